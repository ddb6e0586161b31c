"""The rules of an audit: each looks at one part and says what it found, or nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.rules.doubled import (
    balanced_after_sampler,
    sample_weight_doubled,
    sampler_and_weights,
    weights_multiply,
    weights_refused,
)
from boostweights.audits.rules.evaluation import (
    evaluation_unweighted,
    evaluation_weighted,
    stopping_metric,
    stopping_metric_open,
)
from boostweights.audits.rules.folds import weights_before_folds, weights_from_more_rows
from boostweights.audits.rules.parameters import (
    cannot_clone,
    class_order,
    encoded_keys,
    ignored_parameter,
    majority_weighed_up,
    unknown_keys,
)
from boostweights.audits.rules.probabilities import (
    costs_twice,
    half_on_corrected,
    probabilities_scored,
    threshold_from_weighted,
    weighted_probabilities,
    weights_undone,
)
from boostweights.audits.rules.scale import max_delta_step, regularisation_swallows, weights_too_small
from boostweights.audits.rules.training import (
    already_balanced,
    continued_model,
    few_rows,
    inherited_weight,
    weights_per_worker,
)

__all__ = ["RULES", "Rule"]

Rule: TypeAlias = Callable[[Part, Evidence], str]

RULES: Final[Mapping[str, Rule]] = {
    # weightings that multiply, or are refused together
    "weights-multiply": weights_multiply,
    "weights-refused": weights_refused,
    "sample-weight-doubled": sample_weight_doubled,
    "sampler-and-weights": sampler_and_weights,
    "balanced-after-sampler": balanced_after_sampler,
    # parameters and keys that mean something else, or nothing
    "ignored-parameter": ignored_parameter,
    "encoded-keys": encoded_keys,
    "class-order": class_order,
    "unknown-keys": unknown_keys,
    "majority-weighed-up": majority_weighed_up,
    "cannot-clone": cannot_clone,
    # weights of more rows than train
    "weights-before-folds": weights_before_folds,
    "weights-from-more-rows": weights_from_more_rows,
    # evaluation rows
    "stopping-metric": stopping_metric,
    "stopping-metric-open": stopping_metric_open,
    "evaluation-unweighted": evaluation_unweighted,
    "evaluation-weighted": evaluation_weighted,
    # the scale of weights
    "weights-too-small": weights_too_small,
    "regularisation-swallows": regularisation_swallows,
    "max-delta-step": max_delta_step,
    # probabilities and thresholds
    "probabilities-scored": probabilities_scored,
    "costs-twice": costs_twice,
    "half-on-corrected": half_on_corrected,
    "threshold-from-weighted": threshold_from_weighted,
    "weights-undone": weights_undone,
    "weighted-probabilities": weighted_probabilities,
    # workers and continued training
    "weights-per-worker": weights_per_worker,
    "inherited-weight": inherited_weight,
    "continued-model": continued_model,
    # the counts of classes
    "already-balanced": already_balanced,
    "few-rows": few_rows,
}
"""Code → rule. What each means, and its severity, stands in ``catalogue.toml``."""
