"""Class weights that are set twice, counted on other rows, or of the wrong size."""

import math
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from boostweights.adapters.behaviour import setting_text
from boostweights.audits.parts import Part, attribute, times
from boostweights.errors import BoostweightsError
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


def weights_multiply(part: Part) -> Iterator[str]:
    """Several parameters weight the classes of one estimator."""
    texts = [setting_text(name, value) for name, value in part.behaviour.weighing.items()]
    if part.behaviour.refused or not texts:
        return
    if part.wrapping:
        yield f"WeightedClassifier(weighting={part.wrapping['weighting']!r}) around {' and '.join(texts)}"
    elif len(texts) > 1:
        yield f"{' and '.join(texts)} multiply"


def weights_refused(part: Part) -> Iterator[str]:
    """Settings with which the library stops with an error."""
    if part.behaviour.refused:
        yield "; ".join(part.behaviour.refused)


def sample_weight_doubled(part: Part) -> Iterator[str]:
    """Row weights that already favour the rare class, and parameters that do it again."""
    by_class = part.data.rare_weighed_up
    if by_class and part.weighs_classes and not _counts_row_weights(part):
        yield (
            f"sample_weight is {_numbers(by_class)} by class, the higher the rarer "
            f"({_numbers(part.counts or {})} rows), and {part.weighting} multiplies with it"
        )


def _counts_row_weights(part: Part) -> bool:
    """Whether class weights are counted by sums of row weights, so that nothing is weighted twice."""
    if not part.is_automatic:
        return False
    if part.policy is not None:
        return isinstance(part.policy, Policy) and not part.wrapping.get("count_rows")
    return part.behaviour.by_sums


def sampler_and_weights(part: Part) -> Iterator[str]:
    """Rows drawn by class, and weights that were not counted on the rows drawn."""
    weighs = part.weighs_classes
    if part.behaviour.resampling and weighs and not hasattr(part.model, "fit_resample"):
        yield f"{part.weighting} is counted before {_sampler(part)} draws its rows"
    elif part.samplers and not part.makes_features:
        drawn = f"{_sampler(part.samplers[-1])} draws rows by class"
        if weighs and not part.is_automatic:
            yield f"{drawn}, and {part.weighting} weighs them by class"
        elif part.predicts and (by_class := part.data.rare_weighed_up):
            yield f"{drawn}, and sample_weight {_numbers(by_class)} weighs them by class"


def balanced_after_sampler(part: Part) -> Iterator[str]:
    """Weights counted on rows that were drawn until classes are even: all of them are 1."""
    even = [sampler for sampler in part.samplers if sampler.behaviour.resampling == "even"]
    if even and part.weighs_classes and part.is_automatic:
        yield f"{part.weighting} is counted after {_sampler(even[-1])}, when all classes are as common"


def _sampler(sampler: Part) -> str:
    strategy = sampler.settings.get("sampling_strategy")
    return f"{type(sampler.model).__name__}(sampling_strategy={strategy!r})"


def _numbers(by_label: Mapping[Label, float]) -> str:
    return "{" + ", ".join(f"{label!r}: {float(number):.6g}" for label, number in by_label.items()) + "}"


_SPLITTING = ("search", "calibrated", "tuned_threshold", "stacking")


_CLOSE = 1e-4  # relative; a ratio written with four digits is that ratio


def weights_before_folds(part: Part) -> Iterator[str]:
    """Numbers that are the balanced weights of all labels, inside what trains on parts of them."""
    splits = (above for above in part.above if above.container in _SPLITTING)
    splitting = next((above for above in splits if above.settings.get("cv") != "prefit"), None)
    counts = part.counts
    if splitting is None or counts is None or part.around("frozen"):
        return
    for what, weights in _fixed(part):
        if _is_balanced(weights, counts):
            within = type(splitting.model).__name__
            yield f"{what} balances all {_rows(counts)}, of which {within} trains on a part"


def weights_from_more_rows(part: Part) -> Iterator[str]:
    """Weights that fit the training rows together with others, not the training rows."""
    counts = part.counts
    if counts is None:
        return
    resolved = attribute(part.above[-1].model, "class_weights_") if part.wrapping else None
    if resolved is not None:
        fitted, given = resolved.counts, part.data.given
        counted = counts if given is None or not given.sums or part.wrapping.get("count_rows") else given.sums
        are_rows = all(isinstance(count, int) for count in fitted.values())
        covers = all(fitted.get(label, 0) >= count for label, count in counted.items())
        if are_rows and covers and fitted.total > sum(counted.values()):
            yield f"the weights were resolved on {_rows(fitted)}, the training labels are {_rows(counts)}"
    together = _with_evaluation(part, counts)
    if together is None or not part.predicts:
        return
    for what, weights in _fixed(part):
        if _is_balanced(weights, together) and not _is_balanced(weights, counts):
            yield f"{what} balances {_rows(together)}, evaluation rows among them, but {_rows(counts)} train"


def _fixed(part: Part) -> Iterator[tuple[str, Mapping[Label, float]]]:
    """Yield weights of classes that are numbers, and what states them."""
    if weights := part.fixed_weights():
        yield part.weighting, weights
    if part.predicts and part.data.given is not None:
        yield "sample_weight", part.data.given.by_class


def _is_balanced(weights: Mapping[Label, float], counts: ClassCounts) -> bool:
    """Whether weights are, up to their scale, the inverse of these counts.

    Examples
    --------
    >>> _is_balanced({0: 1.0, 1: 9.0}, ClassCounts({0: 90, 1: 10}))
    True
    >>> _is_balanced({0: 1.0, 1: 1.0}, ClassCounts({0: 50, 1: 50}))
    False
    """
    if weights.keys() != counts.keys() or counts.imbalance_ratio < 1 + _CLOSE:
        return False
    sums = [weights[label] * counts[label] for label in counts]
    return all(math.isclose(total, sums[0], rel_tol=_CLOSE) for total in sums)


def _with_evaluation(part: Part, counts: ClassCounts) -> ClassCounts | None:
    known = [
        rows.counts for rows in part.data.evaluation if rows.counts is not None and rows.counts != counts
    ]
    if not known:
        return None
    try:
        return sum(known, start=counts)
    except BoostweightsError:  # labels of another kind, such as encoded evaluation rows
        return None


def _rows(counts: ClassCounts) -> str:
    return f"{counts.total} rows ({', '.join(f'{label!r}: {count}' for label, count in counts.items())})"


_LIGHT = 0.1  # a mean weight below which penalties are more than ten times what they were chosen to be


class _TotalWeight(NamedTuple):
    """The total weight of all rows: row weights times class weights."""

    name: str
    total: float
    mean: float


def weights_too_small(part: Part) -> Iterator[str]:
    """Weights whose hessians cannot fill two leaves: no split is ever made."""
    scale, floor = _scale(part), part.behaviour.floor
    if scale is not None and floor is not None and _cannot_split(part, scale):
        yield (
            f"{scale.name} sums to {scale.total:.6g}, a hessian of at most {floor.hessian * scale.total:.6g} "
            f"where two leaves need {floor.name}={floor.value:.6g} each"
        )


def weights_too_heavy(part: Part) -> Iterator[str]:
    """Weights so large that the other rows count as fewer than a leaf needs: no split separates them."""
    for name, least in part.behaviour.least_rows.items():
        for what, rows, counted in _shares(part):
            if rows >= least > round(counted):
                yield f"{what} count as {counted:.3g} by their weight, where a leaf needs {name}={least}"


def regularisation_swallows(part: Part) -> Iterator[str]:
    """Weights so small on average that penalties count for many times as much."""
    scale, floor = _scale(part), part.behaviour.floor
    if scale is None or not 0 < scale.mean < _LIGHT or _cannot_split(part, scale):
        return
    beside = dict(part.behaviour.penalties)
    if floor is not None and floor.value * _LIGHT > scale.mean * floor.hessian:
        beside[floor.name] = floor.value
    if beside:
        names, times = ", ".join(f"{name}={value:.6g}" for name, value in beside.items()), 1 / scale.mean
        yield f"{scale.name} is {scale.mean:.3g} on average, so {names} counts {times:.3g} times as much"


def max_delta_step(part: Part) -> Iterator[str]:
    """A bound on leaf values, which keeps probabilities honest, together with class weights."""
    if part.behaviour.bounded and part.is_weighted:
        yield f"{part.behaviour.bounded} beside {part.weighting or 'sample_weight by class'}"


def _scale(part: Part) -> _TotalWeight | None:
    """Return the total weight; None where nothing is weighted, or it is unknown."""
    row_weights, counts = part.data.given, part.counts
    weights = part.weights() if part.weighs_classes else None
    if weights is None or counts is None:
        if row_weights is None:
            return None
        return _TotalWeight("sample_weight", row_weights.total, row_weights.mean)
    names = [*(["sample_weight"] if row_weights else []), part.weighting]
    total = sum(times(weights, row_weights.sums if row_weights else counts).values())
    return _TotalWeight(" times ".join(names), total, total / counts.total)


def _cannot_split(part: Part, scale: _TotalWeight) -> bool:
    floor = part.behaviour.floor
    return floor is not None and scale.mean < 1 and floor.hessian * scale.total < 2 * floor.value


def _shares(part: Part) -> Iterator[tuple[str, float, float]]:
    """Yield groups of rows: who they are, how many, and as how many they count by their share of weight."""
    row_weights, counts = part.data.given, part.counts
    weighs = part.weighs_classes
    if row_weights is not None and row_weights.total and not weighs:
        rows = row_weights.total / row_weights.mean
        others = rows * (1 - row_weights.most / row_weights.total)
        yield f"all rows but one of sample_weight {row_weights.most:.6g}", rows - 1, others
    weights = part.fixed_weights() if weighs else dict.fromkeys(counts or (), 1.0)
    if counts is None or weights is None or (row_weights is not None and not row_weights.by_class):
        return
    sums = times(weights, row_weights.sums if row_weights else counts)
    for label, weight in sums.items():
        if weight:
            what = f"the {counts[label]} rows of {label!r} beside {part.weighting or 'sample_weight'}"
            yield what, counts[label], counts.total * weight / sum(sums.values())
