"""Regimes: how the rounds and settings of a model are found. Each is a record here, and nowhere else."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final

from boostweights.errors import InvalidValueError, check_known

PARTS: Final = 5
"""Into so many parts a training fold is cut, by groups and classes. A correction and thresholds are learned
from all of them, each scored by a model of the others; the first one is the hold-out."""

LEAST_HELD_OUT: Final = 5
"""With fewer rows of the rarest class in the hold-out nothing is chosen by it: the cell is skipped."""

MOST_CONFIGURATIONS: Final = 20
"""How many were drawn for each library; a suite may use fewer, the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """How a model comes to its rounds and settings.

    Attributes
    ----------
    name : str
        Its word in suites, tables and claims.
    words : str
        What a reader of a page is told.
    patience, rounds : int
        Training stops after so many rounds without progress on the hold-out, and after so many in any case.
        0: it does not stop; the library's own number of rounds.
    searches : bool
        Whether settings are chosen on the hold-out from a list of configurations, the first of them empty.

    Examples
    --------
    >>> REGIMES["stopped"].chooses, REGIMES["default"].chooses
    (True, False)
    """

    name: str
    words: str
    patience: int = 0
    rounds: int = 0
    searches: bool = False

    @property
    def chooses(self) -> bool:
        """Whether it needs a hold-out."""
        return self.patience > 0 or self.searches


REGIMES: Final[Mapping[str, Regime]] = {
    regime.name: regime
    for regime in (
        Regime(name="tuned", words="settings chosen by log loss on an inner hold-out", searches=True),
        Regime(
            name="stopped",
            words="rounds chosen by early stopping on a grouped hold-out",
            patience=50,
            rounds=1000,
        ),
        Regime(name="default", words="each library's own settings"),
    )
}
"""By name, the most careful one first: those that a suite may have."""

FIXED: Final = "fixed"
"""What a suite without regimes is called in tables and claims."""

WORDS: Final[Mapping[str, str]] = {
    **{name: regime.words for name, regime in REGIMES.items()},
    FIXED: "100 trees, otherwise each library's own settings",
}
"""How models are trained, the most careful way first."""

COST_RATIOS: Final = (5.0, 10.0, 50.0)
"""What a missed positive costs in false alarms, for the figures of costs in all regimes."""


@cache
def _configurations() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    text = (resources.files("boostweights.benchmark.plan") / "configurations.toml").read_text(
        encoding="utf-8"
    )
    return {library: ({}, *drawn) for library, drawn in tomllib.loads(text)["drawn"].items()}


def configurations(library: str, count: int = MOST_CONFIGURATIONS) -> tuple[Mapping[str, Any], ...]:
    """Return the first of a library's configurations: its defaults, then those that were drawn.

    Raises
    ------
    InvalidValueError
        If none were drawn for the library, or fewer.

    Examples
    --------
    >>> configurations("lightgbm")[0], len(configurations("lightgbm", 8))
    ({}, 8)
    """
    check_known(library, _configurations(), "configurations must have been drawn for a tuned library")
    if not 1 <= count <= MOST_CONFIGURATIONS:
        rule = f"configurations must lie between 1 and {MOST_CONFIGURATIONS}"
        raise InvalidValueError(rule, str(count), "Those that were drawn are in configurations.toml.")
    return _configurations()[library][:count]
