"""What one option does for one need: by what was measured, or by what can be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from boostweights.audits.advice.evidence import Evidence, Measured
from boostweights.audits.advice.result import Needs, VerdictName
from boostweights.weighting.counts import ClassCounts

Effect: TypeAlias = Literal["helps", "neutral", "unclear", "harms"]

EXACT: Final = "none: it follows from the definition"

_OUTCOMES: Final[dict[str, tuple[Effect, str]]] = {
    "better": ("helps", "it does better than {baseline}"),
    "same": ("neutral", "it makes no practical difference beside {baseline}"),
    "not better": ("neutral", "it does not do better than {baseline}"),
    "not worse": ("unclear", "it does no worse than {baseline}; whether better is open"),
    "undecided": ("unclear", "published results leave open whether it does better than {baseline}"),
    "worse": ("harms", "it does worse than {baseline}"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """The data, what is needed, and what was published.

    Attributes
    ----------
    counts : ClassCounts
        Rows by class.
    needs : Needs
        What the model is for.
    features : int or None
        Columns of X; None where it was not given.
    evidence : Evidence
        Published results.
    """

    counts: ClassCounts
    needs: Needs
    features: int | None
    evidence: Evidence

    @property
    def level(self) -> bool:
        """Whether all classes have the same number of rows."""
        return self.counts.imbalance_ratio == 1

    @property
    def binary(self) -> bool:
        """Whether there are two classes."""
        return len(self.counts) == 2

    def measured(self, option: str, need: str) -> tuple[Measured, ...]:
        """Return what was measured of an option on data like these."""
        return self.evidence.of(option, need, self.counts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What an option does for one need, and how that is known."""

    need: str
    effect: Effect
    reason: str
    evidence: str
    uncertainty: str


def judgement(need: str, effect: Effect, reason: str, evidence: str, uncertainty: str = EXACT) -> Judgement:
    """Return a judgement, by default one that needs no measurement."""
    return Judgement(need=need, effect=effect, reason=reason, evidence=evidence, uncertainty=uncertainty)


def measured(need: str, found: Sequence[Measured]) -> Judgement:
    """Return the judgement that published results bear.

    Of several variants of one option, one that does better makes the option help; only if all do worse does
    the option harm.
    """
    if not found:
        return judgement(need, "unclear", "published results do not cover it", "none", "unknown")
    effects = [_OUTCOMES[each.outcome][0] for each in found]
    effect: Effect = "unclear"
    if "helps" in effects:
        effect = "helps"
    elif len(set(effects)) == 1:
        effect = effects[0]
    elif "unclear" not in effects:
        effect = "neutral"
    evidence = "; ".join(map(figures, found))
    uncertainty = "; ".join(dict.fromkeys(map(probabilities, found)))
    return judgement(need, effect, "; ".join(_reasons(found)), evidence, uncertainty)


def _reasons(found: Sequence[Measured]) -> Iterator[str]:
    """Yield what was found, once for all variants of which it is true."""
    alike: dict[str, list[str]] = {}
    for each in found:
        words = _OUTCOMES[each.outcome][1].format(baseline=each.baseline)
        alike.setdefault(words, []).append(each.variant)
    for words, variants in alike.items():
        yield f"{', '.join(variants)}: {words}" if len(alike) > 1 else words


def figures(entry: Measured) -> str:
    """Return an entry's effect with its interval, as text."""
    compared = f"{entry.side} beside {entry.baseline}"
    if entry.effect is None or entry.low is None or entry.high is None:
        return f"no published {entry.metric} of {compared}"
    where = "" if entry.stratum == "all" else f" where {entry.stratum}"
    numbers = f"{entry.effect:+.3f} ({entry.low:+.3f} to {entry.high:+.3f})"
    less = " (less is better)" if entry.lower else ""
    families = "family" if entry.families == 1 else "families"
    return f"{entry.metric}{less} {numbers}, {compared}, {entry.families} {families} of data sets{where}"


def probabilities(entry: Measured) -> str:
    """Return how sure an entry is, as text."""
    if entry.worse is None or entry.alike is None or entry.better is None:
        return f"undecided: {entry.reason}"
    chances = f"P(worse) {entry.worse:.2f}, P(alike) {entry.alike:.2f}, P(better) {entry.better:.2f}"
    return f"{entry.outcome}: {chances}"


def best(found: Sequence[Measured]) -> Measured | None:
    """Return the entry of those that do better whose effect is the largest; None if none does."""
    better = [each for each in found if each.outcome == "better"]
    return max(better, key=lambda each: abs(each.effect or 0.0), default=None)


def combined(judged: Sequence[Judgement]) -> VerdictName:
    """Return the verdict over several needs: harm for one is enough to avoid, help must be clear for all.

    Examples
    --------
    >>> helps = judgement("recall", "helps", "", "")
    >>> harms = judgement("probabilities", "harms", "", "")
    >>> idle = judgement("ranking", "neutral", "", "")
    >>> combined([helps, idle]), combined([helps, harms]), combined([idle])
    ('use', 'avoid', 'avoid')
    """
    effects = {each.effect for each in judged}
    if "harms" in effects or effects == {"neutral"}:
        return "avoid"
    return "consider" if "unclear" in effects else "use"
