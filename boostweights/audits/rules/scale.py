"""Weights too small beside regularisation, which is absolute, or so large that other rows vanish."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import fixed_weights, is_weighted, resolved, weighs_classes
from boostweights.weighting.labels.rules import Label

_LIGHT = 0.1  # a mean weight below which penalties are more than ten times what they were chosen to be


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scale:
    """How much all rows weigh: row weights times class weights."""

    name: str
    total: float
    mean: float


def weights_too_small(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights whose hessians cannot fill two leaves: no split is ever made."""
    scale, floor = _scale(part, evidence), part.behaviour.floor
    if scale is not None and floor is not None and _cannot_split(part, scale):
        yield (
            f"{scale.name} sums to {scale.total:.6g}, a hessian of at most {floor.hessian * scale.total:.6g} "
            f"where two leaves need {floor.name}={floor.value:.6g} each"
        )


def weights_too_heavy(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights beside which other rows count as fewer than a leaf must have: no split sets them apart."""
    for name, least in part.behaviour.least_rows.items():
        for what, rows, counted in _shares(part, evidence):
            if rows >= least > round(counted):
                yield f"{what} count as {counted:.3g} by their weight, where a leaf needs {name}={least}"


def regularisation_swallows(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights so small on average that penalties count for many times as much."""
    scale, floor = _scale(part, evidence), part.behaviour.floor
    if scale is None or not 0 < scale.mean < _LIGHT or _cannot_split(part, scale):
        return
    beside = dict(part.behaviour.penalties)
    if floor is not None and floor.value * _LIGHT > scale.mean * floor.hessian:
        beside[floor.name] = floor.value
    if beside:
        names, times = ", ".join(f"{name}={value:.6g}" for name, value in beside.items()), 1 / scale.mean
        yield f"{scale.name} is {scale.mean:.3g} on average, so {names} counts {times:.3g} times as much"


def max_delta_step(part: Part, evidence: Evidence) -> Iterator[str]:
    """A bound on leaf values, which is the way to honest probabilities, beside class weights."""
    if part.behaviour.bounded and is_weighted(part, evidence):
        yield f"{part.behaviour.bounded} beside {part.weighting or 'sample_weight by class'}"


def _scale(part: Part, evidence: Evidence) -> _Scale | None:
    """The scale of all weights; None where nothing weighs, or it cannot be known."""
    given, counts = evidence.given, evidence.counts
    weights = resolved(part, evidence) if weighs_classes(part) else None
    if weights is None or counts is None:
        return None if given is None else _Scale(name="sample_weight", total=given.total, mean=given.mean)
    names = [*(["sample_weight"] if given else []), part.weighting]
    total = sum(_times(given.sums if given else counts, weights).values())
    return _Scale(name=" times ".join(names), total=total, mean=total / counts.total)


def _cannot_split(part: Part, scale: _Scale) -> bool:
    floor = part.behaviour.floor
    return floor is not None and scale.mean < 1 and floor.hessian * scale.total < 2 * floor.value


def _shares(part: Part, evidence: Evidence) -> Iterator[tuple[str, float, float]]:
    """Yield groups of rows: who they are, how many, and as how many they count by their share of weight."""
    given, counts = evidence.given, evidence.counts
    weighs = weighs_classes(part)
    if given is not None and given.total and not weighs:
        rows = given.total / given.mean
        others = rows * (1 - given.most / given.total)
        yield f"all rows but one of sample_weight {given.most:.6g}", rows - 1, others
    weights = fixed_weights(part, evidence) if weighs else dict.fromkeys(counts or (), 1.0)
    if counts is None or weights is None or (given is not None and not given.by_class):
        return
    sums = _times(given.sums if given else counts, weights)
    for label, weight in sums.items():
        if weight:
            what = f"the {counts[label]} rows of {label!r} beside {part.weighting or 'sample_weight'}"
            yield what, counts[label], counts.total * weight / sum(sums.values())


def _times(sums: Mapping[Label, float], weights: Mapping[Label, float]) -> dict[Label, float]:
    return {label: sums[label] * weight for label, weight in weights.items()}
