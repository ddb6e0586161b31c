"""Published results, as they come with the package: what each option did, beside what, on how much data.

`benchmarks/evidence.py` makes the file; nothing here knows how it was measured.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib import resources
from typing import Any, Final

from boostweights.weighting.counts import ClassCounts


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the data sets: those whose property lies in [at_least, below)."""

    name: str
    column: str
    at_least: float
    below: float

    def holds(self, properties: Mapping[str, float]) -> bool:
        """Whether data with these properties belong to it."""
        return self.column == "" or self.at_least <= properties[self.column] < self.below


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What one option did beside another side, for one need, in one part of the data sets.

    Attributes
    ----------
    option, variant, need, stratum : str
        Which; the variant tells several ways of one option apart.
    metric : str
        The figure; ``lower`` says whether less of it is better.
    side, baseline : str
        What was compared with what.
    effect, low, high : float or None
        Mean difference of the figure, side minus baseline, with its .95 interval over families.
    worse, alike, better : float or None
        Probabilities that the option is worse, practically the same, or better (Bayesian signed-rank test).
    families, datasets : int
        How many had both sides.
    outcome : {"better", "worse", "same", "not better", "not worse", "undecided"}
        By the rule of `boostweights.benchmark.claims`; "undecided" with fewer than ten families.
    reason : str
        What decided, or why nothing could.
    """

    option: str
    variant: str
    need: str
    stratum: str
    metric: str
    lower: bool
    side: str
    baseline: str
    effect: float | None
    low: float | None
    high: float | None
    worse: float | None
    alike: float | None
    better: float | None
    families: int
    datasets: int
    outcome: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that was measured, and where it comes from.

    Attributes
    ----------
    measured : tuple of Measured
        In the file's order.
    strata : tuple of Stratum
        Parts of the data sets.
    ranges : mapping of str to (low, high)
        Of the data sets' properties, what was measured.
    versions : mapping of str to str
        Packages.
    suites : tuple of str
        Names of the suites that were run.
    cost_ratio : float or None
        What a missed positive cost in false alarms; None where it was each data set's imbalance ratio.
    command : str
        Makes the file again from the published results.
    """

    measured: tuple[Measured, ...]
    strata: tuple[Stratum, ...]
    ranges: Mapping[str, tuple[float, float]]
    versions: Mapping[str, str]
    suites: tuple[str, ...]
    cost_ratio: float | None
    command: str

    def of(self, option: str, need: str, counts: ClassCounts) -> tuple[Measured, ...]:
        """Return what was measured of an option on data like these: one entry a variant.

        Of the parts of the data sets to which the counts belong and that were measured, the smallest one; it
        is chosen by its size alone, never by its outcome. For data beyond all that were measured, nothing is
        decided.
        """
        properties = properties_of(counts)
        inside = {part.name for part in self.strata if part.holds(properties)}
        found: dict[str, Measured] = {}
        for entry in self.measured:
            if (entry.option, entry.need) != (option, need) or entry.stratum not in inside:
                continue
            known = found.get(entry.variant)
            if known is None or entry.families < known.families:
                found[entry.variant] = entry
        if self.beyond(counts):
            return tuple(replace(entry, outcome="undecided") for entry in found.values())
        return tuple(found.values())

    def beyond(self, counts: ClassCounts) -> tuple[str, ...]:
        """Return a sentence for each property of the data that lies outside of what was measured."""
        return tuple(
            f"the {_WORDS[name]}, {value:g}, lies outside of what was measured, {low:g} to {high:g}"
            for name, value in properties_of(counts).items()
            if name in self.ranges
            for low, high in [self.ranges[name]]
            if not low <= value <= high
        )


_WORDS: Final = {"imbalance_ratio": "imbalance ratio", "positives": "number of rows of the rarest class"}


def properties_of(counts: ClassCounts) -> dict[str, float]:
    """Return the properties by which data sets are divided, of the user's data.

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
    return Evidence(
        measured=tuple(Measured(**entry) for entry in plain["measured"]),
        strata=tuple(
            Stratum(**entry | {"below": math.inf if entry["below"] is None else entry["below"]})
            for entry in plain["strata"]  # JSON has no infinity
        ),
        ranges={name: (low, high) for name, (low, high) in plain["ranges"].items()},
        suites=tuple(plain["suites"]),
        **{name: plain[name] for name in ("versions", "cost_ratio", "command")},
    )
