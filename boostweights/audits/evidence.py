"""What is known of the data: counts of labels, row weights by class, evaluation rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_same_rows, check_that
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight

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
        The weight of each class, where all rows of a class weigh alike; else empty.
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
    """One evaluation set: whether its rows weigh, and how many each class has, where that can be read."""

    weighted: bool
    counts: ClassCounts | None = None
    X: Any = None
    y: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
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
        """Whether there are evaluation rows that do not weigh."""
        return any(not rows.weighted for rows in self.evaluation)


def evidence_of(y: Any, X: Any, sample_weight: Any, eval_set: Any) -> Evidence:
    """Return what the data say, in one pass over the labels.

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
        given = None if sample_weight is None else _given(checked_sample_weight(sample_weight, rows))
        return Evidence(counts=y, given=given, evaluation=evaluation)
    labels = y if hasattr(y, "__len__") else np.asarray(y)
    _check_rows(X, labels)
    if sample_weight is None:
        return Evidence(counts=counts_of(labels, None), evaluation=evaluation, X=X, y=labels)
    found, codes = factorize(labels)
    counts = counts_of(ClassCounts(found), None)
    weights = checked_sample_weight(sample_weight, len(codes))
    return Evidence(
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
