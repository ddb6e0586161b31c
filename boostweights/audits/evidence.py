"""What is known of the data, and the class weights that a part of a model trains with."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.audits.parts import Part
from boostweights.errors import BoostweightsError, InvalidTypeError, check_same_rows, check_that
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs

_SAME: Final = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenWeights:
    """The caller's row weights, summed up.

    Attributes
    ----------
    total, mean, most : float
        Their sum, mean, and the heaviest.
    sums : mapping of label to float
        Their sum by class; empty where labels are not known.
    by_class : mapping of label to float
        The weight of each class, where all rows of a class have the same weight; else empty.
    """

    total: float
    mean: float
    most: float
    sums: Mapping[Label, float] = field(default_factory=dict)
    by_class: Mapping[Label, float] = field(default_factory=dict)

    @property
    def tells_classes_apart(self) -> bool:
        """Whether each class has one weight, and not all the same."""
        weights = list(self.by_class.values())
        return bool(weights) and max(weights) > min(weights) * (1 + _SAME)

    def favours_rare(self, counts: ClassCounts) -> bool:
        """Whether each class has one weight, the higher the rarer it is.

        Examples
        --------
        >>> sums, by_class = {0: 9.0, 1: 9.0}, {0: 1.0, 1: 9.0}
        >>> given = GivenWeights(total=18.0, mean=1.8, most=9.0, sums=sums, by_class=by_class)
        >>> given.favours_rare(ClassCounts({0: 9, 1: 1})), given.favours_rare(ClassCounts({0: 1, 1: 9}))
        (True, False)
        """
        if not self.tells_classes_apart:
            return False
        ordered = sorted(counts, key=counts.__getitem__)
        return all(
            self.by_class[rare] > self.by_class[common]
            or counts[rare] == counts[common]
            or np.isclose(self.by_class[rare], self.by_class[common], rtol=_SAME)
            for rare, common in pairwise(ordered)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationRows:
    """One evaluation set: whether its rows are weighted, and the rows of each class, if they can be read."""

    weighted: bool
    counts: ClassCounts | None = None
    X: Any = None
    y: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingData:
    """All that an audit was given besides the model."""

    counts: ClassCounts | None = None
    given: GivenWeights | None = None
    evaluation: tuple[EvaluationRows, ...] = ()
    X: Any = None
    y: Any = None

    @property
    def labels(self) -> tuple[Label, ...] | None:
        """The training labels in sorted order, where they are known."""
        return None if self.counts is None else self.counts.classes

    @property
    def rare_weighed_up(self) -> Mapping[Label, float]:
        """The caller's weight of each class, if it is the higher the rarer the class; else empty."""
        if self.given is None or self.counts is None or not self.given.favours_rare(self.counts):
            return {}
        return self.given.by_class

    @property
    def evaluates_unweighted(self) -> bool:
        """Whether there are evaluation rows without weights."""
        return any(not rows.weighted for rows in self.evaluation)


def evidence_of(y: Any, X: Any, sample_weight: Any, eval_set: Any) -> TrainingData:
    """Return the facts about the data, in one pass over the labels.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If labels, rows and weights do not fit each other, or an evaluation set cannot be read.

    Examples
    --------
    >>> found = evidence_of([0, 0, 1], None, [1.0, 1.0, 2.0], None)
    >>> found.counts, found.given.by_class
    (ClassCounts({0: 2, 1: 1}), {0: 1.0, 1: 2.0})
    """
    sets = eval_set if isinstance(eval_set, list) else [] if eval_set is None else [eval_set]
    evaluation = tuple(map(_evaluation_rows, sets))
    if y is None or isinstance(y, ClassCounts):
        rows = len(sample_weight) if hasattr(sample_weight, "__len__") else 0
        summary = None if sample_weight is None else _given(checked_sample_weight(sample_weight, rows))
        return TrainingData(counts=y, given=summary, evaluation=evaluation)
    labels = y if hasattr(y, "__len__") else np.asarray(y)
    _check_rows(X, labels)
    if sample_weight is None:
        return TrainingData(counts=counts_of(labels, None), evaluation=evaluation, X=X, y=labels)
    counted, codes = factorize(labels)
    counts = counts_of(ClassCounts(counted), None)
    weights = checked_sample_weight(sample_weight, len(codes))
    return TrainingData(
        counts=counts, given=_summed(weights, codes, counts), evaluation=evaluation, X=X, y=labels
    )


def _check_rows(X: Any, labels: Any) -> None:
    rows = X.shape[0] if hasattr(X, "shape") else len(X) if hasattr(X, "__len__") else None
    if isinstance(rows, int):
        check_same_rows(X=rows, y=len(labels))


def _summed(weights: npt.NDArray[np.float64], codes: npt.NDArray[Any], counts: ClassCounts) -> GivenWeights:
    size = len(counts)
    codes = np.asarray(codes, np.intp)
    sums = np.bincount(codes, weights=weights, minlength=size)
    least, most = np.full(size, np.inf), np.full(size, -np.inf)
    np.minimum.at(least, codes, weights)
    np.maximum.at(most, codes, weights)
    constant = bool((most - least <= _SAME * most).all())
    by_class = dict(zip(counts, most.tolist(), strict=True)) if constant else {}
    return _given(weights, sums=dict(zip(counts, sums.tolist(), strict=True)), by_class=by_class)


def _given(weights: npt.NDArray[np.float64], **by_label: Mapping[Label, float]) -> GivenWeights:
    total = float(weights.sum())
    most = float(weights.max(initial=0.0))
    return GivenWeights(total=total, mean=total / max(len(weights), 1), most=most, **by_label)


def _evaluation_rows(rows: Any) -> EvaluationRows:
    """(X, y), (X, y, weight), a native data set, or (data set, name)."""
    data = rows[0] if isinstance(rows, tuple) and rows else rows
    if hasattr(data, "get_label"):
        return _native_rows(data)
    rule = "an evaluation set is (X, y), (X, y, weight) or a data set of the library"
    remedy = "Pass eval_set=[(X_val, y_val)], the weights of its rows as a third."
    is_set = isinstance(rows, tuple) and len(rows) in (2, 3)
    check_that(is_set, rule, repr(type(rows).__name__), remedy, InvalidTypeError)
    X, y, *weights = rows
    return EvaluationRows(
        weighted=any(weight is not None for weight in weights), counts=ClassCounts.of(y), X=X, y=y
    )


def _native_rows(data: Any) -> EvaluationRows:
    """A DMatrix or Pool; or a Dataset, which before it is constructed has but attributes."""
    is_lazy = hasattr(data, "construct")
    weight = data.weight if is_lazy else data.get_weight()
    label = data.label if is_lazy else data.get_label()
    weighted = weight is not None and len(np.unique(np.asarray(weight))) > 1
    counts = None if label is None or not len(label) else ClassCounts.of(np.asarray(label))
    return EvaluationRows(weighted=weighted, counts=counts)


_CLOSE = 1e-4  # relative; a ratio written with four digits is that ratio


def weighs_classes(part: Part) -> bool:
    """Whether a part's own settings, or the WeightedClassifier around it, weight its classes."""
    return bool(part.behaviour.weighing) or (part.wrapper is not None and part.wrapper.weighs)


def is_weighted(part: Part, evidence: TrainingData) -> bool:
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


def resolved(part: Part, evidence: TrainingData) -> dict[Label, float] | None:
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
    except BoostweightsError:  # labels that do not fit, which another rule reports
        return None
    return {label: weight * factors[label] for label, weight in weights.items()}


def fixed_weights(part: Part, evidence: TrainingData) -> dict[Label, float] | None:
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
    return all(math.isclose(total, sums[0], rel_tol=_CLOSE) for total in sums)


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
    except BoostweightsError:  # labels that do not fit, which another rule reports
        return None
