"""Regimes: how the rounds and settings of a model are found. Each is a record here, and nowhere else.

A run always has a regime.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any

from boostweights.errors import check_known, check_range

PARTS = 5
"""Into so many parts a training fold is cut, by groups and classes. A correction and thresholds are learned
from all of them, each scored by a model of the others; the first one is the hold-out."""

LEAST_HELD_OUT = 5
"""With fewer rows of the rarest class in the hold-out nothing is chosen by it: the cell is skipped."""

MOST_CONFIGURATIONS = 20
"""How many were drawn for each library; a suite may use fewer, the first ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Regime:
    """How a model comes to its rounds and settings.

    Attributes
    ----------
    name : str
        Its word in suites, tables and claims.
    words : str
        How pages describe it.
    patience, rounds : int
        Training stops after so many rounds without progress on the hold-out, and after `rounds` in any case.
        0: it does not stop; the library's own number of rounds.
    searches : bool
        Whether settings are chosen on the hold-out from a list of configurations, the first of them empty.
    out_of_fold : bool
        Whether models of the parts of each fold correct every model and tune its thresholds, and more is
        measured. Without it an arm names what it needs.

    Examples
    --------
    >>> REGIMES["stopped"].patience, REGIMES["default"].patience
    (50, 0)
    """

    name: str
    words: str = field(repr=False)
    patience: int = 0
    rounds: int = 0
    searches: bool = False
    out_of_fold: bool = True


FIXED = "fixed"
"""The regime of suites that name none: a suite's own number of rounds."""

ROUNDS = Regime(name="rounds", words="as many rounds as can be chosen", rounds=500, out_of_fold=False)
"""The losses of test rows are read after each round, so that a comparison chooses how many all folds train.
No suite has this regime."""

ENSEMBLE = Regime(name="ensemble", words="the mean of fold models predicts", out_of_fold=False)
"""Models of the parts of each fold predict, by the mean of their fitted log odds: so a comparison tests
``WeightedClassifier(ensemble=True)`` on rows that none of its models has seen. No suite has this regime."""

REGIMES: Mapping[str, Regime] = {
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
        Regime(
            name=FIXED,
            words="100 trees, otherwise each library's own settings",
            rounds=100,
            out_of_fold=False,
        ),
    )
}
"""By name, the most careful one first."""

WORDS: Mapping[str, str] = {regime.name: regime.words for regime in (*REGIMES.values(), ENSEMBLE)}
"""How models are trained, the most careful way first."""

COST_RATIOS = (5.0, 10.0, 50.0)
"""What a missed positive costs in false alarms, for the figures of costs."""


@cache
def drawn_configurations() -> Mapping[str, tuple[Mapping[str, Any], ...]]:
    """Return the configurations of each library that has any: its defaults, then those that were drawn."""
    file = resources.files("boostweights.benchmark.plan") / "configurations.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["drawn"]
    return {library: ({}, *drawn) for library, drawn in tables.items()}


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
    check_known(library, drawn_configurations(), "configurations must have been drawn for a tuned library")
    rule = f"configurations must lie between 1 and {MOST_CONFIGURATIONS}"
    check_range(
        count, rule, "Those that were drawn are in configurations.toml.", least=1, most=MOST_CONFIGURATIONS
    )
    return drawn_configurations()[library][:count]
