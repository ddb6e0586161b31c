"""The options, the simplest first: for each, what it does for each need.

Published results decide where they can; where something follows from the definition, that is said instead.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from boostweights.audits.advice.judgement import (
    Effect,
    Judgement,
    Situation,
    best,
    figures,
    judgement,
    measured,
    probabilities,
)
from boostweights.weighting.policies.costs import Costs

_ELKAN: Final = "Elkan (2001), The Foundations of Cost-Sensitive Learning"
_ODDS: Final = "weights multiply the odds, and dividing by them is exact (Saerens et al. 2002)"
_WILSON: Final = "half-width of Wilson's .95 interval (1927)"
_PEDUZZI: Final = "; Peduzzi et al. (1996) ask for ten rows a feature"
_HANDFUL: Final = 100
_PLENTY: Final = 1000
_PER_FEATURE: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One way to treat imbalance.

    Attributes
    ----------
    name : str
        How advice calls it.
    how : str
        The code that does it.
    judge : callable
        What it does for a need.
    """

    name: str
    how: str
    judge: Callable[[Situation, str], Judgement]


def _nothing(situation: Situation, need: str) -> Judgement:
    rivals = [entry for name in _rivals(situation) for entry in situation.measured(name, need)]
    if situation.level and not rivals:
        return judgement(need, "helps", "the classes are of one size", "counts")
    if (beats := best(rivals)) is not None:
        reason = f"{beats.side} does better than {beats.baseline}"
        return judgement(need, "harms", reason, figures(beats), probabilities(beats))
    known = [entry for entry in rivals if entry.effect is not None]
    judged = [measured(need, [entry]) for entry in known]
    clear = len(known) == len(rivals) > 0 and all(each.effect in ("neutral", "harms") for each in judged)
    words = "no option that was measured does better" if clear else "whether any option does better is open"
    evidence = "; ".join(each.evidence for each in judged) or "none"
    uncertainty = "; ".join(dict.fromkeys(each.uncertainty for each in judged)) or "unknown"
    return judgement(need, "helps" if clear else "unclear", words, evidence, uncertainty)


def _rivals(situation: Situation) -> Iterator[str]:
    """Yield the options that are another thing than doing nothing, on these data."""
    if situation.binary:
        yield "threshold"
    if not situation.level:
        yield from ("sqrt", "balanced")
    if "costs" in situation.needs.names:
        yield "costs"


def _threshold(situation: Situation, need: str) -> Judgement:
    if not situation.binary:
        reason = "a threshold is for two classes; decide(proba, costs) is for more"
        return judgement(need, "neutral", reason, _ELKAN)
    if need in ("ranking", "probabilities"):
        return judgement(need, "neutral", f"it leaves {need} as they are", "the definition of a threshold")
    found = measured(need, situation.measured("threshold", need))
    costs = situation.needs.costs
    if need != "costs":
        return found
    words = f"the least expected cost, where probabilities are honest ({_ELKAN})"
    if isinstance(costs, Costs) and costs.matrix is None:
        words = f"positive where p ≥ {costs.threshold():.4g} is {words}"
    return _with(found, words)


def _unless_level(option: str, reason: str, evidence: str) -> Callable[[Situation, str], Judgement]:
    def judge(situation: Situation, need: str) -> Judgement:
        if situation.level:
            return judgement(need, "neutral", f"the classes are of one size{reason}", evidence)
        return measured(need, situation.measured(option, need))

    return judge


def _costs(situation: Situation, need: str) -> Judgement:
    if "costs" not in situation.needs.names:
        reason = "the costs of errors are not known; state them with needs=Costs(fn=…, fp=…)"
        return judgement(need, "unclear", reason, "none", "unknown until the costs are")
    found = measured(need, situation.measured("costs", need))
    return _with(found, _priced(situation))


def _priced(situation: Situation) -> str:
    """Return at which costs results were measured."""
    ratio = situation.evidence.cost_ratio
    if ratio is None:
        return "measured where a missed row of the rare class cost the imbalance ratio in false alarms"
    return f"measured where a missed row of the rare class cost {ratio:g} false alarms"


def _correction(situation: Situation, need: str) -> Judgement:
    if need == "ranking" and situation.binary:
        return judgement(need, "neutral", "it keeps the order of the rows", _ODDS)
    if need in ("decisions", "recall", "precision"):
        words = "predict() stays as it was; a cut at .5 on corrected probabilities would undo the weights"
        return judgement(need, "neutral", words, _ODDS)
    found = measured(need, situation.measured("correction", need))
    return _with(found, "only for a model trained with weights")


def _collect(situation: Situation, need: str) -> Judgement:
    label, rows = min(situation.counts.items(), key=lambda pair: pair[1])
    half = _half_width(rows)
    features = situation.features
    thin = features is not None and rows < _PER_FEATURE * features
    known = f"with all {rows:g} rows of {label!r} to test on, a recall of one half is known to ±{half:.2f}"
    if thin:
        known += f", and there are {rows / (features or 1):.2g} rows of it for each of {features} features"
    effect, words = _enough(rows, thin=thin)
    evidence = _WILSON + (_PEDUZZI if thin else "")
    uncertainty = "exact for how well a figure is known; how much a model gains from more rows is unknown"
    return judgement(need, effect, f"{known}; {words}", evidence, uncertainty)


def _enough(rows: float, *, thin: bool) -> tuple[Effect, str]:
    if rows < _HANDFUL:
        return "helps", "too few to tell options apart"
    if rows < _PLENTY or thin:
        return "unclear", "more would tell options apart better"
    return "neutral", "enough"


def _half_width(n: float) -> float:
    """Return the half-width of Wilson's .95 interval of a share of one half.

    Examples
    --------
    >>> round(_half_width(100), 3)
    0.096
    """
    z = 1.959963984540054
    return z / (1 + z * z / n) * math.sqrt(0.25 / n + z * z / (4 * n * n))


def _with(found: Judgement, words: str) -> Judgement:
    return replace(found, reason=f"{found.reason}; {words}")


_ONES: Final = (", so every such weight is 1", "the policy's formula")
_EVEN: Final = (": there is nothing to resample", "counts")

OPTIONS: Final[Mapping[str, Option]] = {
    option.name: option
    for option in (
        Option(name="nothing", how="Unweighted()", judge=_nothing),
        Option(name="threshold", how="decide(proba, Costs(fn=…, fp=…)), or a tuned one", judge=_threshold),
        Option(name="sqrt", how="Balanced(power=0.5)", judge=_unless_level("sqrt", *_ONES)),
        Option(name="balanced", how="Balanced()", judge=_unless_level("balanced", *_ONES)),
        Option(name="costs", how="Costs(fn=…, fp=…), or RowCosts()", judge=_costs),
        Option(
            name="correction",
            how="WeightedClassifier(…, correct_proba=True), or correct_proba(proba, weights)",
            judge=_correction,
        ),
        Option(name="collect more", how="label more rows of the rarest class", judge=_collect),
        Option(
            name="resample",
            how="imbalanced-learn, in its own Pipeline",
            judge=_unless_level("resample", *_EVEN),
        ),
    )
}
"""By name, the simplest first."""
