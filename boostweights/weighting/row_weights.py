"""One weight a row, from what an error on that very row costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that
from boostweights.weighting.class_weights import (
    LEAST,
    MOST,
    ClassWeights,
    ResolvedWeights,
    check_same_labels,
    checked_dtype,
    normalise,
)
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.arrays import rows_of
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, LabelMap, check_rows, positive_label
from boostweights.weighting.row_costs import checked_row_costs


class RowWeights(ResolvedWeights):
    """One weight a training row, between two classes.

    Parameters
    ----------
    values : array-like of shape (n,)
        Weights, each 0 or within float32's normal range; copied unless nobody can change them.
    counts : ClassCounts
        The training fold's counts (of the caller's row weights, where there are any).
    sums : mapping of label to float
        What the rows of each class weigh together, the caller's row weights multiplied in.
    positive : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
    unit : float, default=1.0
        What costs were divided by.
    notes : tuple of str, default=()
        What a reader should know of how the weights came about. Not part of equality.

    Attributes
    ----------
    values : ndarray of shape (n,)
        float64, read-only.
    sums : mapping of label to float

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a weight is negative, not finite or lost in float32, if rows of a class weigh 0 that count, or
        labels differ from the counts'.

    Examples
    --------
    >>> from boostweights import RowCosts
    >>> weights = RowCosts().resolve([1, 0, 0], row_costs=[[900.0, 5.0], [40.0, 5.0], [60.0, 8.0]])
    >>> weights.values
    array([900.,   5.,   8.])
    >>> weights
    RowWeights(3 rows, sums={0: 13.0, 1: 900.0}, positive=1)
    """

    __slots__ = ("positive", "sums", "unit", "values")
    values: npt.NDArray[np.float64]
    sums: Mapping[Label, float]
    positive: Label
    unit: float

    def __init__(
        self,
        values: Any,
        *,
        counts: ClassCounts,
        sums: Mapping[Label, float],
        positive: Label = None,
        unit: float = 1.0,
        notes: Iterable[str] = (),
    ) -> None:
        check_same_labels(sums, counts, what="sums")
        normalise(
            self,
            values=checked_values(_frozen(values)),
            counts=counts,
            sums=LabelMap({label: float(sums[label]) for label in counts}),
            positive=positive_label(counts.classes, positive),
            unit=float(unit),
            notes=tuple(notes),
        )
        for label, total in self.sums.items():
            check_that(
                0 < total < np.inf or total == counts[label] == 0,
                "each class needs rows that weigh more than 0",
                f"rows of {label!r} weigh {total} together",
                "Is an error on them ever dearer than being right? Else leave the class out.",
            )

    @property
    def mean(self) -> float:
        """The mean weight of a training row."""
        return sum(self.sums.values()) / self.counts.total

    @property
    def class_means(self) -> dict[Label, float]:
        """Label → mean weight of its rows; 1 where they do not count."""
        return {label: self.sums[label] / count if count else 1.0 for label, count in self.counts.items()}

    def __len__(self) -> int:
        return len(self.values)

    def sample_weight(self, y: Any = None, dtype: npt.DTypeLike = np.float32) -> npt.NDArray[Any]:
        """Return the weights as an array of the dtype that a library stores.

        Parameters
        ----------
        y : array-like of shape (n,), default=None
            The training labels, of which only the number is compared: weights belong to these rows.
        dtype : dtype-like, default=float32
            ``float32`` (what xgboost, lightgbm and catboost store) or ``float64`` (scikit-learn).

        Returns
        -------
        ndarray of shape (n,)
            A new array.

        Raises
        ------
        InvalidValueError
            If there are more or fewer labels than weights.

        Examples
        --------
        >>> from boostweights import RowCosts
        >>> weights = RowCosts(scale="mean").resolve([1, 0], row_costs=[[900.0, 5.0], [40.0, 100.0]])
        >>> weights.sample_weight()
        array([1.8, 0.2], dtype=float32)
        """
        stored = checked_dtype(dtype)
        rows = len(self) if y is None else rows_of(y)
        check_that(
            rows == len(self),
            f"row weights belong to the {len(self)} rows that they were resolved on",
            f"{rows} labels",
            "Resolve RowCosts on these rows; weigh(y, row_costs) does it for an evaluation set.",
        )
        return self.values.astype(stored)

    def weigh(self, y: Any, row_costs: Any) -> npt.NDArray[np.float64]:
        """Return the weights of other rows, such as an evaluation set's, by the same rule and unit.

        Parameters
        ----------
        y : array-like of shape (m,)
            Their labels, each of one of the classes.
        row_costs : array-like of shape (m, 2) or (m, 4)
            Their own costs: (fn, fp), or (tn, fp, fn, tp).

        Returns
        -------
        ndarray of shape (m,)

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownLabelError
            If labels or costs do not fit, or no row weighs more than 0.

        Examples
        --------
        >>> from boostweights import RowCosts
        >>> weights = RowCosts().resolve([1, 0], row_costs=[[900.0, 5.0], [40.0, 5.0]])
        >>> weights.weigh([0, 1], [[20.0, 6.0], [70.0, 5.0]])
        array([ 6., 70.])
        """
        codes = encode(y, self.classes)
        costs = checked_row_costs(row_costs, len(codes))
        gaps = np.abs(cost_gaps(costs, codes == self.classes.index(self.positive)))
        rule = "some row must weigh more than 0"
        check_that(gaps.any(), rule, f"{len(gaps)} rows of weight 0", "Check their row costs.")
        return checked_values(gaps / self.unit)

    def encoded(self) -> RowWeights:
        """Return the same weights for labels 0 and 1, in sorted label order.

        Examples
        --------
        >>> from boostweights import RowCosts
        >>> costs = RowCosts(positive="bad")
        >>> costs.resolve(["bad", "good"], row_costs=[[900.0, 5.0], [40.0, 5.0]]).encoded()
        RowWeights(2 rows, sums={0: 900.0, 1: 5.0}, positive=0)
        """
        return RowWeights(
            self.values,
            counts=self.counts.encoded(),
            sums=dict(enumerate(self.sums.values())),
            positive=self.classes.index(self.positive),
            unit=self.unit,
            notes=self.notes,
        )

    def _key(self) -> tuple[Any, ...]:
        return self.counts, self.sums, self.positive, self.unit, self.values.tobytes()

    def __repr__(self) -> str:
        notes = f", notes={self.notes!r}" if self.notes else ""
        return f"RowWeights({len(self)} rows, sums={self.sums!r}, positive={self.positive!r}{notes})"

    def __reduce__(self) -> tuple[Any, ...]:
        rest = {name: getattr(self, name) for name in ("counts", "positive", "unit", "notes")}
        return partial(RowWeights, sums=dict(self.sums), **rest), (self.values,)


def cost_gaps(costs: npt.NDArray[np.float64], is_positive: npt.NDArray[np.bool_]) -> npt.NDArray[np.float64]:
    """Return what being wrong costs beyond being right: fn - tp of positive rows, fp - tn of others.

    Examples
    --------
    >>> cost_gaps(np.array([[0.0, 5.0, 900.0, 5.0], [0.0, 5.0, 900.0, 5.0]]), np.array([True, False]))
    array([895.,   5.])
    """
    tn, fp, fn, tp = costs.T
    return np.asarray(np.where(is_positive, fn - tp, fp - tn), np.float64)


def checked_values(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return weights of rows, or raise unless each is 0 or a normal number in float32.

    Examples
    --------
    >>> checked_values(np.array([0.0, 2.5]))
    array([0. , 2.5])
    """
    rule = "row weights must be 1-d, one a row"
    check_that(values.ndim == 1, rule, f"shape {values.shape}", "Pass one number a row.")
    right = (values == 0) | ((values >= LEAST) & (values <= MOST))
    rule = f"the weight of a row must be 0 or within float32's normal range [{LEAST:.3g}, {MOST:.3g}]"
    check_rows(right, values, rule, "Give costs in a larger or a smaller unit of money.")
    return values


def _frozen(values: Any) -> npt.NDArray[np.float64]:
    """Values as a read-only array: a copy, unless they are one that owns its memory."""
    own: npt.NDArray[np.float64] = np.asarray(values, np.float64)
    if own.flags.writeable or not own.flags.owndata:
        own = own.copy()
        own.setflags(write=False)
    return own


def by_class(weights: ClassWeights | RowWeights) -> ClassWeights:
    """Return one weight a class: of row weights the mean."""
    if isinstance(weights, ClassWeights):
        return weights
    return ClassWeights(weights.class_means, counts=weights.counts, notes=weights.notes)
