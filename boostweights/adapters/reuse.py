"""Training many weights on data that were binned once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

__all__ = ["BinnedFold", "Prediction", "Reuse", "functions_in", "is_own_class"]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Prediction:
    """Of the second of two classes, float64.

    Attributes
    ----------
    proba : ndarray of shape (n,)
        The probability, as the library gives it.
    score : ndarray of shape (n,)
        Its log-odds, as the library gives them: they do not saturate where float32 probabilities do.
    """

    proba: Floats
    score: Floats


class BinnedFold(Protocol):
    """A training fold that was binned once."""

    def fit_predict(self, weight: npt.NDArray[Any] | None, X: Any) -> Prediction:
        """Train with these row weights (None: none), and predict other rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """Whether and how bins serve for many weights.

    Attributes
    ----------
    how : str
        ``"exact: …"``, ``"frozen cuts (approximation): …"`` or ``"none: …"``, with the reason.
    bin : callable or None
        Training features and labels 0 and 1 → `BinnedFold`, or None of rows that cannot be binned for all
        weights; None itself where each fit bins anew.
    """

    how: str
    bin: Callable[[Any, npt.NDArray[np.intp]], BinnedFold | None] | None = None


def functions_in(settings: Mapping[str, Any]) -> list[str]:
    """Return the settings that are functions, or lists with one: objectives, metrics, callbacks.

    Examples
    --------
    >>> functions_in({"objective": len, "n_estimators": 3})
    ['objective']
    """
    return [
        name
        for name, value in settings.items()
        if callable(value) or (isinstance(value, (list, tuple)) and any(map(callable, value)))
    ]


def is_own_class(estimator: Any, name: str, module: str) -> bool:
    """Whether an estimator is of the library's own class and of none derived from it."""
    of = type(estimator)
    return of.__name__ == name and of.__module__.partition(".")[0] == module
