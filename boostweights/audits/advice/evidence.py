"""Published results, as they come with the package: which constant rule does best, how far others lag.

`benchmarks/evidence.py` makes the file; nothing here knows how it was measured.
"""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from boostweights.recommendation.figures import Estimate
from boostweights.weighting.counts import ClassCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A constant rule: an arm of a suite, how it decides, and which probabilities it uses."""

    arm: str
    rule: str
    proba: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared(Estimate):
    """The difference of a rule from another one, in the metric's unit, with its interval.

    Attributes
    ----------
    worse : float
        The probability that it is worse: than the advised rule by more than the region, than doing nothing.
    """

    worse: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a rule did for a need.

    Attributes
    ----------
    rule : Rule
        Which.
    mean : float
        Its figure, the mean over families.
    regret : Estimate
        By how much it is worse than the rule that is best with hindsight, family by family.
    best, nothing : Compared
        Beside the advised rule, and beside doing nothing.
    """

    rule: Rule
    mean: float
    regret: Estimate
    best: Compared
    nothing: Compared


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """All rules for a need in a regime.

    Attributes
    ----------
    need, regime, trained : str
        What for; how the models were trained, by name and in words.
    metric : str
        The figure; ``lower`` says whether less of it is better.
    region : float
        Half-width of practical equivalence.
    families, datasets : int
        How many have all rules.
    ranges : mapping of str to (low, high)
        Of the data sets' properties, what was measured.
    price : float or None
        What a missed positive cost in false alarms.
    advised : Estimate
        The regret of advice, whose rule is chosen for each family on the others.
    parts : sequence of mappings
        What a choice by a property of the counts gains in regret: ``column``, ``cut``, and the ``gain`` with
        the ends of its interval, each family's rule being chosen on the others.
    column, at_least, below : str, float
        The data that it is about, where a dependence gains; all of them if the column is empty.
    rules : tuple of Standing
        The advised one first, then by regret.
    """

    need: str
    regime: str
    trained: str
    metric: str
    lower: bool
    region: float
    families: int
    datasets: int
    ranges: Mapping[str, tuple[float, float]]
    price: float | None
    advised: Estimate
    parts: Sequence[Mapping[str, Any]]
    column: str
    at_least: float
    below: float
    rules: tuple[Standing, ...]

    def holds(self, counts: ClassCounts) -> bool:
        """Whether labels with these counts belong to it."""
        return not self.column or self.at_least <= properties_of(counts)[self.column] < self.below

    def beyond(self, counts: ClassCounts) -> tuple[str, ...]:
        """Return a sentence for each property of the data that is outside of what was measured."""
        return tuple(
            f"the {_WORDS[name]} is {value:g}; the public data sets have {low:g} to {high:g}"
            for name, value in properties_of(counts).items()
            for low, high in [self.ranges[name]]
            if not low <= value <= high
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was measured, and where it comes from: tables, the most careful regime first."""

    tables: tuple[Table, ...]
    versions: Mapping[str, str]
    command: str

    @property
    def regimes(self) -> tuple[str, ...]:
        """The regimes, the most careful one first."""
        return tuple(dict.fromkeys(table.regime for table in self.tables))

    def of(self, need: str, regime: str | None, counts: ClassCounts) -> Table | None:
        """Return the table of a need in a regime, or in the most careful one that measured it."""
        for table in self.tables:
            if table.need == need and regime in (None, table.regime) and table.holds(counts):
                return table
        return None


_WORDS = {"imbalance_ratio": "imbalance ratio", "positives": "number of rows of the rarest class"}


def properties_of(counts: ClassCounts) -> dict[str, float]:
    """Return the properties of the user's data that could matter.

    Examples
    --------
    >>> properties_of(ClassCounts({0: 90, 1: 10}))
    {'imbalance_ratio': 9.0, 'positives': 10}
    """
    return {"imbalance_ratio": counts.imbalance_ratio, "positives": min(counts.values())}


@cache
def shipped() -> Evidence:
    """Return the results that come with the package."""
    text = (resources.files("boostweights.audits.advice") / "evidence.json").read_text(encoding="utf-8")
    return parse(json.loads(text))


def parse(plain: Mapping[str, Any]) -> Evidence:
    """Return evidence from the plain values of its file."""
    return Evidence(**{**plain, "tables": tuple(map(_table, plain["tables"]))})


def _table(entry: Mapping[str, Any]) -> Table:
    made = {
        "ranges": {name: tuple(ends) for name, ends in entry["ranges"].items()},
        "advised": Estimate(**_interval(entry["advised"])),
        "rules": tuple(map(_standing, entry["rules"])),
        "below": math.inf if entry["below"] is None else entry["below"],  # JSON has no infinity
    }
    return Table(**{**entry, **made})


def _standing(entry: Mapping[str, Any]) -> Standing:
    return Standing(
        rule=Rule(arm=entry["arm"], rule=entry["rule"], proba=entry["proba"]),
        mean=entry["mean"],
        regret=Estimate(**_interval(entry["regret"])),
        best=Compared(**_interval(entry["best"])),
        nothing=Compared(**_interval(entry["nothing"])),
    )


def _interval(numbers: Iterable[float]) -> dict[str, float]:
    """Return value and ends, and where there is one the probability of being worse, by name."""
    return dict(zip(("value", "low", "high", "worse"), numbers, strict=False))
