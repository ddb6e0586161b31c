"""Weights that multiply, and settings that libraries refuse together."""

from __future__ import annotations

from collections.abc import Mapping

from boostweights.adapters.behaviour import setting_text
from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_automatic, weighs_classes
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


def weights_multiply(part: Part, evidence: Evidence) -> str:
    """Several parameters weigh the classes of one estimator."""
    names = list(part.behaviour.weighing)
    if part.behaviour.refused:
        return ""
    if part.wrapper is not None and names:
        return f"WeightedClassifier(weighting={part.wrapper.policy!r}) around {_settings_text(part)}"
    return f"{_settings_text(part)} multiply" if len(names) > 1 else ""


def _settings_text(part: Part) -> str:
    """Return the estimator's own parameters that weigh, as one writes them."""
    return " and ".join(setting_text(name, value) for name, value in part.behaviour.weighing.items())


def weights_refused(part: Part, evidence: Evidence) -> str:
    """Settings with which the library stops with an error."""
    return "; ".join(part.behaviour.refused)


def sample_weight_doubled(part: Part, evidence: Evidence) -> str:
    """Row weights that already weigh up the rare class, beside parameters that do it again."""
    given, counts = evidence.given, evidence.counts
    if given is None or counts is None or not given.favours_rare(counts):
        return ""
    if not weighs_classes(part) or _counts_row_weights(part):
        return ""
    return (
        f"sample_weight is {_numbers(given.by_class)} by class, the higher the rarer "
        f"({_numbers(counts)} rows), and {part.weighting} multiplies with it"
    )


def _counts_row_weights(part: Part) -> bool:
    """Whether class weights are counted by sums of row weights, so that they do not weigh twice."""
    if not is_automatic(part):
        return False
    if part.wrapper is not None and part.wrapper.weighs:
        return isinstance(part.wrapper.policy, Policy) and not part.wrapper.counts_rows
    return part.behaviour.by_sums


def sampler_and_weights(part: Part, evidence: Evidence) -> str:
    """Rows drawn by class, and weights that were not counted on the rows drawn."""
    samples = part.behaviour.resampling and weighs_classes(part)
    if samples and not hasattr(part.model, "fit_resample"):
        return f"{part.weighting} is counted before {_sampler(part)} draws its rows"
    if not part.samplers or part.makes_features:
        return ""
    sampler = _sampler(part.samplers[-1])
    if weighs_classes(part) and not is_automatic(part):
        return f"{sampler} draws rows by class, and {part.weighting} weighs them by class"
    given, counts = evidence.given, evidence.counts
    if given is None or counts is None or not given.favours_rare(counts) or not part.predicts:
        return ""
    return f"{sampler} draws rows by class, and sample_weight {_numbers(given.by_class)} weighs them by class"


def balanced_after_sampler(part: Part, evidence: Evidence) -> str:
    """Weights counted on rows that were drawn until classes are even: all of them are 1."""
    even = [sampler for sampler in part.samplers if sampler.behaviour.resampling == "even"]
    if not even or not weighs_classes(part) or not is_automatic(part):
        return ""
    return f"{part.weighting} is counted after {_sampler(even[-1])}, when all classes are as common"


def _sampler(sampler: Part) -> str:
    strategy = sampler.settings.get("sampling_strategy")
    return f"{type(sampler.model).__name__}(sampling_strategy={strategy!r})"


def _numbers(by_label: Mapping[Label, float]) -> str:
    return "{" + ", ".join(f"{label!r}: {float(number):.6g}" for label, number in by_label.items()) + "}"
