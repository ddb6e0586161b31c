"""What an audit was given besides the model: labels, row weights, evaluation rows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_same_rows, check_that
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight

_SAME = 1e-6


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
    def differ(self) -> bool:
        """Whether each class has one weight, and not all the same."""
        weights = list(self.by_class.values())
        return bool(weights) and max(weights) > min(weights) * (1 + _SAME)


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
        """The caller's weight of each class, if it is the higher the rarer the class; else empty.

        Examples
        --------
        >>> evidence_of([0] * 9 + [1], None, [1.0] * 9 + [9.0], None).rare_weighed_up
        {0: 1.0, 1: 9.0}
        >>> evidence_of([0] * 9 + [1], None, [9.0] * 9 + [1.0], None).rare_weighed_up
        {}
        """
        if self.given is None or self.counts is None or not self.given.differ:
            return {}
        weights, counts = self.given.by_class, self.counts
        pairs = pairwise(sorted(counts, key=counts.__getitem__))
        favoured = all(
            weights[rare] > weights[common] * (1 - _SAME) or counts[rare] == counts[common]
            for rare, common in pairs
        )
        return weights if favoured else {}


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
        weights = None if sample_weight is None else checked_sample_weight(sample_weight, rows)
        return TrainingData(counts=y, given=_given(weights, {}), evaluation=evaluation)
    labels = y if hasattr(y, "__len__") else np.asarray(y)
    rows = X.shape[0] if hasattr(X, "shape") else len(X) if hasattr(X, "__len__") else len(labels)
    check_same_rows(X=rows, y=len(labels))
    given = None
    if sample_weight is None:
        counts = counts_of(labels, None)
    else:
        counted, codes = factorize(labels)
        counts = counts_of(ClassCounts(counted), None)
        weights = checked_sample_weight(sample_weight, len(codes))
        given = _given(weights, {label: weights[codes == code] for code, label in enumerate(counts)})
    return TrainingData(counts=counts, given=given, evaluation=evaluation, X=X, y=labels)


def _given(
    weights: npt.NDArray[np.float64] | None, by_label: Mapping[Label, npt.NDArray[np.float64]]
) -> GivenWeights | None:
    if weights is None:
        return None
    constant = all(np.ptp(rows) <= _SAME * rows.max() for rows in by_label.values())
    return GivenWeights(
        total=float(weights.sum()),
        mean=float(weights.sum() / max(len(weights), 1)),
        most=float(weights.max(initial=0.0)),
        sums={label: float(rows.sum()) for label, rows in by_label.items()},
        by_class={label: float(rows.max()) for label, rows in by_label.items()} if constant else {},
    )


def _evaluation_rows(rows: Any) -> EvaluationRows:
    """(X, y), (X, y, weight), a native data set, or (data set, name)."""
    data = rows[0] if isinstance(rows, tuple) and rows else rows
    if hasattr(data, "get_label"):  # a DMatrix or Pool; or a Dataset, which has attributes first
        is_lazy = hasattr(data, "construct")
        weight = data.weight if is_lazy else data.get_weight()
        label = data.label if is_lazy else data.get_label()
        weighted = weight is not None and len(np.unique(np.asarray(weight))) > 1
        counts = None if label is None or not len(label) else ClassCounts.of(np.asarray(label))
        return EvaluationRows(weighted=weighted, counts=counts)
    rule = "an evaluation set is (X, y), (X, y, weight) or a data set of the library"
    remedy = "Pass eval_set=[(X_val, y_val)], the weights of its rows as a third."
    is_set = isinstance(rows, tuple) and len(rows) in (2, 3)
    check_that(is_set, rule, repr(type(rows).__name__), remedy, InvalidTypeError)
    X, y, *weights = rows
    return EvaluationRows(
        weighted=any(weight is not None for weight in weights), counts=ClassCounts.of(y), X=X, y=y
    )
