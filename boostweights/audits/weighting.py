"""What a part trains its classes with."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from boostweights.adapters.adapter import Adapter
from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.errors import BoostweightsError, InvalidTypeError
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

_CLOSE = 1e-4  # relative; a ratio written with four digits is that ratio


def weighs_classes(part: Part) -> bool:
    """Whether a part's own settings, or the WeightedClassifier around it, weigh classes."""
    return bool(part.behaviour.weighing) or (part.wrapper is not None and part.wrapper.weighs)


def is_weighted(part: Part, evidence: Evidence) -> bool:
    """Whether a part trains with class weights, be they the caller's row weights."""
    by_rows = evidence.given is not None and evidence.given.tells_classes_apart
    return weighs_classes(part) or by_rows


def is_automatic(part: Part) -> bool:
    """Whether all class weights of a part are counted on the rows that it trains on."""
    automatic = all(name in part.behaviour.automatic for name in part.behaviour.weighing)
    if part.wrapper is None or not part.wrapper.weighs:
        return automatic and bool(part.behaviour.weighing)
    return automatic and not isinstance(part.wrapper.policy, (Explicit, Costs, RowCosts))


def is_corrected(part: Part) -> bool:
    """Whether a part gives probabilities from which the weights are taken out."""
    return (part.wrapper is not None and bool(part.wrapper.corrects)) or is_baked(part.adapter, part.model)


def is_baked(adapter: Adapter, model: Any) -> bool:
    """Whether a correction is baked into a model; into one that is not fitted none can be."""
    try:
        return (
            model is not None and adapter.can("baking") and adapter.baking.correction_mark(model) is not None
        )
    except InvalidTypeError:
        return False


def resolved(part: Part, evidence: Evidence) -> dict[Label, float] | None:
    """Return the weight of each class, the caller's row weights left out; None where it cannot be known."""
    if evidence.counts is None:
        return None
    weights = _estimator_weights(part, evidence.counts)
    if weights is None or part.wrapper is None or not part.wrapper.weighs:
        return weights
    policy = part.wrapper.policy
    if not isinstance(policy, Policy):
        return None
    try:
        factors = policy.resolve(evidence.counts).class_weight
    except BoostweightsError:  # labels that do not fit: a rule of its own says so
        return None
    return {label: weight * factors[label] for label, weight in weights.items()}


def fixed_weights(part: Part, evidence: Evidence) -> dict[Label, float] | None:
    """Return the weight of each class where the weights are numbers, not counted by the library."""
    return None if is_automatic(part) or not weighs_classes(part) else resolved(part, evidence)


def is_balanced(weights: Mapping[Label, float], counts: ClassCounts) -> bool:
    """Whether weights are, up to their scale, the inverse of these counts.

    Examples
    --------
    >>> is_balanced({0: 1.0, 1: 9.0}, ClassCounts({0: 90, 1: 10}))
    True
    >>> is_balanced({0: 1.0, 1: 1.0}, ClassCounts({0: 50, 1: 50}))
    False
    """
    if weights.keys() != counts.keys() or counts.imbalance_ratio < 1 + _CLOSE:
        return False
    sums = [weights[label] * counts[label] for label in counts]
    return all(math.isclose(each, sums[0], rel_tol=_CLOSE) for each in sums)


def _estimator_weights(part: Part, counts: ClassCounts) -> dict[Label, float] | None:
    weights = dict.fromkeys(counts, 1.0)
    for name, value in part.behaviour.weighing.items():
        factors = _of_parameter(part, name, value, counts)
        if factors is None:
            return None
        weights = {label: weight * factors[label] for label, weight in weights.items()}
    return weights


def _of_parameter(part: Part, name: str, value: object, counts: ClassCounts) -> dict[Label, float] | None:
    if part.behaviour.positions is not None and isinstance(value, Mapping):
        return {label: float(value.get(place, 1.0)) for place, label in enumerate(counts)}
    settings = {name: value}
    if "class_names" in part.settings:
        settings["class_names"] = part.settings["class_names"]
    try:
        policy = part.adapter.readback.policy_of(part.adapter.readback.read(settings), counts.classes)
        return policy.resolve(counts).class_weight
    except BoostweightsError:  # labels that do not fit: a rule of its own says so
        return None
