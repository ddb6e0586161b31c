"""A report: all that its page, its text and its tables for machines say, by the tables alone."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from boostweights.benchmark.claims.claim import load_claims
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.runs import read_results
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, Verdict
from boostweights.benchmark.digests import read_file
from boostweights.benchmark.report.figures import Figures, figures_of
from boostweights.benchmark.report.summary import Summary, summarize
from boostweights.benchmark.report.tables import Tables, read_tables


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report:
    """What a run says.

    Attributes
    ----------
    tables : Tables
        What it was made from.
    figures : Figures
        By data set, library and arm.
    summary : Summary
        The few that fit a terminal.
    judged : Judged
        The verdicts of the claims.
    recommendation : mapping
        What is recommended, of a comparison on a table of one's own, or why nothing is; else empty.
    evidence : mapping
        What its page draws beside that; ``table`` is always there.
    """

    tables: Tables
    figures: Figures
    summary: Summary
    judged: Judged
    recommendation: Mapping[str, Any] = field(default_factory=dict)
    evidence: Mapping[str, Any] = field(default_factory=dict)


FACTS: Final = "recommendation.json"
"""Where a run keeps what it recommends."""
EVIDENCE: Final = "evidence.json"
"""Where a run keeps what its page draws beside that."""


def make_report(directory: Path, beside: Sequence[Path] = ()) -> Report:
    """Return the report of the tables in a directory, wherever they were made.

    Parameters
    ----------
    directory : Path
        Holds a run's Parquet files; nothing else of the run is needed.
    beside : sequence of Path
        Further runs whose figures claims may use: the same arms on other kinds of split.

    Raises
    ------
    InvalidValueError
        If a table is missing or broken, or the runs fixed different regions of practical equivalence.
    """
    tables = read_tables(directory)
    figures = figures_of(tables)
    summary = summarize(tables, figures)
    return Report(
        tables=tables,
        figures=figures,
        summary=summary,
        judged=judged(directory, beside),
        recommendation=_kept(directory, FACTS),
        evidence=_kept(directory, EVIDENCE),
    )


def _kept(directory: Path, name: str) -> Mapping[str, Any]:
    content = read_file(directory, name)
    facts: Mapping[str, Any] = {} if content is None else json.loads(content)
    return facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Verdicts, or why there are none."""

    verdicts: tuple[Verdict, ...]
    reason: str = ""

    def count(self, answer: str) -> int:
        """Return how many verdicts have an answer."""
        return sum(verdict.answer == answer for verdict in self.verdicts)

    @property
    def ordered(self) -> list[Verdict]:
        """The decided ones first, and of these those that contradict common advice."""
        return sorted(self.verdicts, key=lambda one: (not one.decided, not one.contradicts_advice))


def judged(directory: Path, beside: Sequence[Path] = ()) -> Judged:
    """Judge the claims that come with the package by the tables of a run.

    Parameters
    ----------
    directory : Path
        Holds the run's tables.
    beside : sequence of Path
        Runs of the same arms on other kinds of split, which some claims are about.

    Returns
    -------
    judged : Judged
        Nothing is judged by fewer than ten families of data sets.
    """
    found = read_results([directory, *beside])
    families = found.datasets["family"].nunique()
    if families < FEWEST_FAMILIES:
        reason = f"{families} {'family' if families == 1 else 'families'} of data sets"
        return Judged(verdicts=(), reason=f"{reason}: no claim is decided by fewer than {FEWEST_FAMILIES}.")
    runs = ["RUN", *(f"RUN{number}" for number, _ in enumerate(beside, start=2))]
    verdicts = judge(load_claims(), found.metrics, found.datasets, found.rope, runs=runs)
    return Judged(verdicts=tuple(verdicts))


def forest(verdict: Verdict) -> dict[str, Any] | None:
    """Return a verdict's forest plot, in percent of lines that are symmetric about zero, on one scale.

    Returns
    -------
    dict or None
        ``rope`` and ``rows``, the mean over libraries first: each with its ``library``, the ``value``, the
        interval that decides (``low``, ``width``), where a new family is to be expected (``new_low``,
        ``new_width``), and the ``families``. None of a verdict without effects.
    """
    if not verdict.effects:
        return None
    rope = verdict.rope or 0.0
    ends = [
        value
        for effect in verdict.effects
        for value in (effect.interval.low, effect.interval.high, *effect.families.values())
    ]
    reach = 1.06 * max(2 * rope, *map(abs, ends)) or 1.0

    def at(value: float) -> float:
        return round(50 + 50 * min(max(value / reach, -1.0), 1.0), 2)

    return {
        "rope": {"low": at(-rope), "width": round(at(rope) - at(-rope), 2)},
        "rows": [
            {
                "effect": effect,
                "value": at(effect.interval.value),
                "low": at(effect.interval.low),
                "width": round(at(effect.interval.high) - at(effect.interval.low), 2),
                "new_low": at(effect.prediction.low),
                "new_width": round(at(effect.prediction.high) - at(effect.prediction.low), 2),
                "families": [at(value) for value in effect.families.values()],
            }
            for effect in verdict.effects
        ],
    }
