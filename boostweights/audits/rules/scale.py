"""Weights too small beside regularisation, which is absolute."""

from __future__ import annotations

from boostweights.audits.evidence import Evidence, GivenWeights
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_weighted, resolved

_LIGHT = 0.1  # a mean weight below which penalties are more than ten times what they were chosen to be


def weights_too_small(part: Part, evidence: Evidence) -> str:
    """Row weights whose hessians cannot fill two leaves: no split is ever made."""
    given, floor = evidence.given, part.behaviour.floor
    if given is None or floor is None or not _cannot_split(part, evidence, given):
        return ""
    most = floor.hessian * _total(part, evidence)
    return (
        f"sample_weight sums to {given.total:.6g}, a hessian of at most {most:.6g} "
        f"where two leaves need {floor.name}={floor.value:.6g} each"
    )


def regularisation_swallows(part: Part, evidence: Evidence) -> str:
    """Row weights so small on average that penalties count for many times as much."""
    given = evidence.given
    if given is None or not 0 < given.mean < _LIGHT or _cannot_split(part, evidence, given):
        return ""
    floor = part.behaviour.floor
    beside = dict(part.behaviour.penalties)
    if floor is not None and floor.value * _LIGHT > given.mean * floor.hessian:
        beside[floor.name] = floor.value
    if not beside:
        return ""
    names = ", ".join(f"{name}={value:.6g}" for name, value in beside.items())
    return (
        f"sample_weight is {given.mean:.3g} on average, so {names} counts {1 / given.mean:.3g} times as much"
    )


def max_delta_step(part: Part, evidence: Evidence) -> str:
    """A bound on leaf values, which is the way to honest probabilities, beside class weights."""
    if not part.behaviour.bounded or not is_weighted(part, evidence):
        return ""
    return f"{part.behaviour.bounded} beside {part.weighting or 'sample_weight by class'}"


def _total(part: Part, evidence: Evidence) -> float:
    """The sum of row weights times class weights."""
    given, weights = evidence.given, resolved(part, evidence)
    if given is None:
        return 0.0
    if weights is None or not given.sums:
        return given.total
    return sum(given.sums[label] * weight for label, weight in weights.items())


def _cannot_split(part: Part, evidence: Evidence, given: GivenWeights) -> bool:
    floor = part.behaviour.floor
    if floor is None or given.mean >= 1:
        return False
    return floor.hessian * _total(part, evidence) < 2 * floor.value
