"""The verdicts of a run's claims, and how a page draws them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.parse import load_claims
from boostweights.benchmark.claims.stored import read_results
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """Verdicts, or why there are none."""

    verdicts: tuple[Verdict, ...]
    reason: str = ""

    def count(self, answer: str) -> int:
        """Return how many verdicts have an answer."""
        return sum(verdict.answer == answer for verdict in self.verdicts)

    @property
    def decided(self) -> list[Verdict]:
        """The decided ones; first those that contradict common advice."""
        found = [verdict for verdict in self.verdicts if verdict.answer != "undecided"]
        return sorted(found, key=lambda verdict: not verdict.contradicts_advice)

    @property
    def undecided(self) -> list[Verdict]:
        """The others."""
        return [verdict for verdict in self.verdicts if verdict.answer == "undecided"]


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
        return Judged(
            verdicts=(),
            reason=(
                f"{families} {'family' if families == 1 else 'families'} of data sets: "
                f"no claim is decided by fewer than {FEWEST_FAMILIES}."
            ),
        )
    runs = ["RUN", *(f"RUN{number}" for number, _ in enumerate(beside, start=2))]
    verdicts = judge(load_claims(), found.metrics, found.datasets, found.rope, known=found.known, runs=runs)
    return Judged(verdicts=tuple(verdicts))


def bar(verdict: Verdict) -> dict[str, Any] | None:
    """Return where a verdict's effect, interval and region of equivalence lie, in percent of a line.

    The line is symmetric about zero; each verdict has its own scale.
    """
    effect = verdict.effect
    if effect is None:
        return None
    rope = verdict.rope if verdict.regions is not None and verdict.rope else 0.0
    reach = 1.12 * max(abs(effect.low), abs(effect.high), abs(effect.value), 2 * rope) or 1.0

    def at(value: float) -> float:
        return round(50 + 50 * value / reach, 2)

    return {
        "value": at(effect.value),
        "low": at(effect.low),
        "width": round(at(effect.high) - at(effect.low), 2),
        "rope_low": at(-rope),
        "rope_width": round(at(rope) - at(-rope), 2),
    }
