"""What was decided about a claim, and on what grounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.stats.across import Estimate, Regions
from boostweights.tables.results import to_frame

FEWEST_FAMILIES: Final = 10
"""With fewer, nothing is decided."""

Answer: TypeAlias = Literal["supported", "refuted", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryResult:
    """One library's mean difference over families, with Wilcoxon's p, plain and adjusted (Holm).

    The p-values are None where a direction makes no sense (sizes of differences), or of fewer than two
    families.
    """

    library: str
    families: int
    effect: float
    p: float | None
    holm: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided about a claim.

    Attributes
    ----------
    claim : Claim
        What was claimed.
    answer : {"supported", "refuted", "undecided"}
        The verdict.
    reason : str
        Why, with the figures that decided.
    measure : str
        What the effect is, in words.
    effect : Estimate or None
        With its interval over families (bootstrap, .95); None of fewer than two families.
    rope : float or None
        Half-width of practical equivalence that was used.
    regions : Regions or None
        Probabilities below, within and above it.
    libraries : tuple of LibraryResult
        By library.
    trends : mapping of str to Estimate
        By property of the data sets, its Spearman correlation, over families, with the difference.
    families, datasets : int
        How many had both sides.
    details : tuple of str
        What else a reader should know, a sentence each.
    command : str
        Makes this verdict again from the run's Parquet files.
    """

    claim: Claim
    answer: Answer
    reason: str
    measure: str = ""
    effect: Estimate | None = None
    rope: float | None = None
    regions: Regions | None = None
    libraries: tuple[LibraryResult, ...] = ()
    trends: Mapping[str, Estimate] = field(default_factory=dict)
    families: int = 0
    datasets: int = 0
    details: tuple[str, ...] = ()
    command: str = ""

    @property
    def contradicts_advice(self) -> bool:
        """Whether common advice says otherwise."""
        against = {"supported": "says the opposite", "refuted": "says so"}
        return against.get(self.answer) == self.claim.advice


def to_table(verdicts: Sequence[Verdict], backend: str = "pandas") -> Any:
    """Return a row a verdict, as a data frame of the named narwhals backend.

    Raises
    ------
    MissingLibraryError
        If the backend is not installed.
    """
    rows = [_row(verdict) for verdict in verdicts]
    names = list(rows[0]) if rows else []
    return to_frame({name: [row[name] for row in rows] for name in names}, backend)


def _row(verdict: Verdict) -> dict[str, Any]:
    effect, regions = verdict.effect, verdict.regions
    return {
        "claim": verdict.claim.id,
        "sentence": verdict.claim.sentence,
        "verdict": verdict.answer,
        "contradicts_advice": verdict.contradicts_advice,
        "metric": verdict.claim.metric,
        "effect": effect and effect.value,
        "low": effect and effect.low,
        "high": effect and effect.high,
        "rope": verdict.rope,
        "below": regions and regions.below,
        "within": regions and regions.within,
        "above": regions and regions.above,
        "families": verdict.families,
        "datasets": verdict.datasets,
        "reason": verdict.reason,
        "command": verdict.command,
    }
