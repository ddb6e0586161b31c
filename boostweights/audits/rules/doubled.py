"""Weights that multiply, and settings that libraries refuse together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boostweights.adapters.behaviour import setting_text
from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_automatic, weighs_classes
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


def weights_multiply(part: Part, evidence: Evidence) -> Iterator[str]:
    """Several parameters weigh the classes of one estimator."""
    texts = [setting_text(name, value) for name, value in part.behaviour.weighing.items()]
    if part.behaviour.refused or not texts:
        return
    if part.wrapper is not None:
        yield f"WeightedClassifier(weighting={part.wrapper.policy!r}) around {' and '.join(texts)}"
    elif len(texts) > 1:
        yield f"{' and '.join(texts)} multiply"


def weights_refused(part: Part, evidence: Evidence) -> Iterator[str]:
    """Settings with which the library stops with an error."""
    if part.behaviour.refused:
        yield "; ".join(part.behaviour.refused)


def sample_weight_doubled(part: Part, evidence: Evidence) -> Iterator[str]:
    """Row weights that already weigh up the rare class, beside parameters that do it again."""
    by_class = evidence.rare_weighed_up
    if by_class and weighs_classes(part) and not _counts_row_weights(part):
        yield (
            f"sample_weight is {_numbers(by_class)} by class, the higher the rarer "
            f"({_numbers(evidence.counts or {})} rows), and {part.weighting} multiplies with it"
        )


def _counts_row_weights(part: Part) -> bool:
    """Whether class weights are counted by sums of row weights, so that they do not weigh twice."""
    if not is_automatic(part):
        return False
    if part.wrapper is not None and part.wrapper.weighs:
        return isinstance(part.wrapper.policy, Policy) and not part.wrapper.counts_rows
    return part.behaviour.by_sums


def sampler_and_weights(part: Part, evidence: Evidence) -> Iterator[str]:
    """Rows drawn by class, and weights that were not counted on the rows drawn."""
    weighs = weighs_classes(part)
    if part.behaviour.resampling and weighs and not hasattr(part.model, "fit_resample"):
        yield f"{part.weighting} is counted before {_sampler(part)} draws its rows"
    elif part.samplers and not part.makes_features:
        drawn = f"{_sampler(part.samplers[-1])} draws rows by class"
        if weighs and not is_automatic(part):
            yield f"{drawn}, and {part.weighting} weighs them by class"
        elif part.predicts and (by_class := evidence.rare_weighed_up):
            yield f"{drawn}, and sample_weight {_numbers(by_class)} weighs them by class"


def balanced_after_sampler(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights counted on rows that were drawn until classes are even: all of them are 1."""
    even = [sampler for sampler in part.samplers if sampler.behaviour.resampling == "even"]
    if even and weighs_classes(part) and is_automatic(part):
        yield f"{part.weighting} is counted after {_sampler(even[-1])}, when all classes are as common"


def _sampler(sampler: Part) -> str:
    strategy = sampler.settings.get("sampling_strategy")
    return f"{type(sampler.model).__name__}(sampling_strategy={strategy!r})"


def _numbers(by_label: Mapping[Label, float]) -> str:
    return "{" + ", ".join(f"{label!r}: {float(number):.6g}" for label, number in by_label.items()) + "}"
