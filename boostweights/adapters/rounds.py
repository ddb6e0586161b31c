"""Rounds of boosting: how many a library trains, and what evaluation rows say after each of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, shown

Floats = npt.NDArray[np.float64]


class Rounds(Protocol):
    """Training by rounds, whose best number is known afterwards."""

    RECORDED: bool
    """Whether a fit records the loss of an evaluation set; otherwise `losses` computes it."""

    QUIET: Mapping[str, Any]
    """Arguments of ``fit`` without which it prints every round."""

    def stops(self, params: Mapping[str, Any]) -> str:
        """Name the setting that stops training early; or nothing."""

    def all_trained(self, params: Mapping[str, Any], classes: int) -> dict[str, Any]:
        """Return settings under which a fit trains all its rounds, and records what `losses` reads."""

    def number(self, params: Mapping[str, Any], rounds: int, like: Any = None) -> dict[str, Any]:
        """Return settings under which a fit trains so many rounds, and does not stop before.

        Given a fitted model of more rounds, they are the first ones of training `like` it: what the library
        derives from the number of rounds stays as it was there.
        """

    def losses(self, model: Any, *unrecorded: Any) -> Sequence[float]:
        """Return the mean log loss of evaluation rows after each round.

        Where a fit does not record it, an `EvaluationSet` and what is added to its scores come along.
        """

    def scores(self, model: Any, X: Any, rounds: int) -> Floats:
        """Return raw scores of the first rounds, on the scale of logarithms."""


def repeated(start: Floats, rows: int) -> Floats:
    """Return one start score a row, (n,) or (n, k), of one or k scores."""
    return np.full(rows, start[0]) if len(start) == 1 else np.tile(start, (rows, 1))


def own_start(names: Sequence[str], settings: Mapping[str, Any]) -> str:
    """Name the caller's start scores, whose place a shift would take; or nothing."""
    given = (name for name in names if settings.get(name) is not None)
    return next((f"{name}={shown(type(settings[name]).__name__)}" for name in given), "")


def refuse_shift(obstacle: str) -> None:
    """Raise where a setting keeps evaluation rows from starting from a shift."""
    if obstacle:
        raise InvalidValueError(
            'eval_weighting="shifted" needs evaluation rows that start from scores of their own',
            obstacle,
            'Change that, or use eval_weighting="none".',
        )
