"""What was decided about a claim in one regime, and on what grounds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.claims.claim import EXPECTED, Claim
from benchmarks.stats.families import Answer, Regions
from boostweights.recommendation.figures import Estimate
from boostweights.tables.results import to_frame

ANSWERS: Final[tuple[Answer, ...]] = ("higher", "equivalent", "lower", "unclear")

ALL: Final = "all"
"""How tables call the mean over a claim's libraries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What families say of one comparison in one library, or in the mean over libraries.

    Attributes
    ----------
    library : str
        Which; ``"all"`` is the mean over the claim's libraries, family by family.
    interval : Estimate
        The mean over families with the interval that decides.
    answer : {"higher", "equivalent", "lower", "unclear"}
        What the interval says; "unclear" of too few families.
    hinges : tuple of str
        Families without any one of which it would say something else.
    sd, median : float
        Over families.
    prediction, bootstrap : Estimate
        Where a new family is to be expected; the mean with families drawn anew.
    weighted : Estimate or None
        The mean of a random-effects model, where the noise of families is known.
    shares : Regions or None
        Of families; None without a region.
    families : mapping of str to float
        By family, its mean difference.
    """

    library: str
    interval: Estimate
    answer: Answer
    hinges: tuple[str, ...]
    sd: float
    median: float
    prediction: Estimate
    bootstrap: Estimate
    weighted: Estimate | None
    shares: Regions | None
    families: Mapping[str, float]

    @property
    def in_words(self) -> str:
        """The answer; of an unclear one, whether it is open on which side of 0 the mean lies."""
        low, high = self.interval.low, self.interval.high
        if self.answer != "unclear" or low <= 0 <= high:
            return self.answer
        return f"{'above' if low > 0 else 'below'} 0, perhaps by too little to matter,"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What was decided about a claim.

    Attributes
    ----------
    claim : Claim
        What was claimed.
    regime : str
        How the models were trained.
    answer : {"higher", "equivalent", "lower", "unclear"}
        What b is beside a, in every library of the claim and whichever family is left out.
    reason : str
        Why, with what decided.
    measure : str
        What the effects are, in words.
    rope : float or None
        Half-width of practical equivalence that was used.
    level : float
        Of each interval, so that those of the claim's group hold together.
    effects : tuple of Effect
        The mean over libraries first, then each library; empty of fewer than two families.
    families, datasets : int
        How many had both sides.
    details : tuple of str
        What else a reader should know, a sentence each.
    command : str
        Makes this verdict again from the run's Parquet files.
    """

    claim: Claim
    regime: str
    answer: Answer
    reason: str
    measure: str = ""
    rope: float | None = None
    level: float = 0.95
    effects: tuple[Effect, ...] = ()
    families: int = 0
    datasets: int = 0
    details: tuple[str, ...] = ()
    command: str = ""

    @property
    def effect(self) -> Estimate | None:
        """The mean over libraries and families, with its interval."""
        return self.effects[0].interval if self.effects else None

    @property
    def decided(self) -> bool:
        """Whether there is an answer."""
        return self.answer != "unclear"

    @property
    def hangs(self) -> bool:
        """Whether each library has the same answer, but not whichever family is left out."""
        answers = {effect.answer for effect in self.effects}
        return not self.decided and len(answers) == 1 and "unclear" not in answers

    @property
    def contradicts_advice(self) -> bool:
        """Whether common advice says otherwise."""
        borne_out = self.answer in EXPECTED[self.claim.expect]
        against = "says the opposite" if borne_out else "says so"
        return self.decided and self.claim.advice == against


def in_regimes(verdicts: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """Return verdicts by their regime, in the order in which regimes are met."""
    found: dict[str, list[Verdict]] = {}
    for verdict in verdicts:
        found.setdefault(verdict.regime, []).append(verdict)
    return found


def by_library(effects: Sequence[Effect]) -> str:
    """Return the libraries by what each one's interval says, such as ``higher in k; unclear in l, m``."""
    by_words: dict[str, list[str]] = {}
    for effect in effects:
        if effect.library != ALL:
            by_words.setdefault(effect.in_words, []).append(effect.library)
    return "; ".join(f"{words} in {', '.join(names)}" for words, names in by_words.items())


def to_table(verdicts: Sequence[Verdict], backend: str = "pandas") -> Any:
    """Return a row a verdict and library ("all" first), as a data frame of the named narwhals backend.

    A verdict without effects has one row.

    Raises
    ------
    MissingLibraryError
        If the backend is not installed.
    """
    rows = [_row(verdict, effect) for verdict in verdicts for effect in verdict.effects or (None,)]
    names = list(rows[0]) if rows else []
    return to_frame({name: [row[name] for row in rows] for name in names}, backend)


def _row(verdict: Verdict, effect: Effect | None) -> dict[str, Any]:
    interval = effect and effect.interval
    prediction, weighted, shares = (
        (None, None, None) if effect is None else (effect.prediction, effect.weighted, effect.shares)
    )
    return {
        "claim": verdict.claim.id,
        "regime": verdict.regime,
        "group": verdict.claim.group,
        "sentence": verdict.claim.sentence,
        "verdict": verdict.answer,
        "contradicts_advice": verdict.contradicts_advice,
        "metric": verdict.claim.metric,
        "library": ALL if effect is None else effect.library,
        "library_verdict": effect and effect.answer,
        "effect": interval and interval.value,
        "low": interval and interval.low,
        "high": interval and interval.high,
        "level": verdict.level,
        "rope": verdict.rope,
        "sd": effect and effect.sd,
        "median": effect and effect.median,
        "predicted_low": prediction and prediction.low,
        "predicted_high": prediction and prediction.high,
        "random_effects": weighted and weighted.value,
        "random_effects_low": weighted and weighted.low,
        "random_effects_high": weighted and weighted.high,
        "below": shares and shares.below,
        "within": shares and shares.within,
        "above": shares and shares.above,
        "families": len(effect.families) if effect else verdict.families,
        "datasets": verdict.datasets,
        "reason": verdict.reason,
        "command": verdict.command,
    }
