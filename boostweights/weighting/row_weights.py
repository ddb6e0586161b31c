"""Weights from each row's own costs: fraud amounts, credit lines."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_that
from boostweights.weighting import class_weights
from boostweights.weighting.class_weights import LEAST, MOST, ClassWeights, normalise
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels import rules
from boostweights.weighting.labels.arrays import rows_of
from boostweights.weighting.labels.counting import encode, factorize
from boostweights.weighting.labels.rules import Label, LabelMap, check_rows, positive_label
from boostweights.weighting.policies.base import check_stated, code_of

_ORDERS = (("fn", "fp"), ("tn", "fp", "fn", "tp"))
_SCALES = ("none", "mean")


def checked_row_costs(row_costs: Any, rows: int, classes: int = 0) -> npt.NDArray[np.float64]:
    """Return the cost of each outcome of each row, or raise.

    A right decision may cost more than a wrong one, as for a small fraud that is not worth the enquiry
    (Bahnsen et al. 2013); a row where *both* right decisions do is taken for columns in another order.

    Parameters
    ----------
    row_costs : array-like of shape (n, 2) or (n, 4)
        Costs of (fn, fp), at least 0, or of (tn, fp, fn, tp), of each row: finite, in one unit. Benefits are
        negative costs, against any one baseline, such as the state before the decision (Elkan 2001). A
        data frame whose columns have these names must have them in this order.
    rows : int
        The number of rows that there must be.
    classes : int, default=0
        If given, a matrix of each row will do: shape (n, k, k), of row, truth and prediction.

    Returns
    -------
    ndarray of shape (n, 4), or as matrices were given
        Costs of (tn, fp, fn, tp); with two columns being right costs nothing. A new array.

    Raises
    ------
    InvalidTypeError
        If costs are no numbers.
    InvalidValueError
        If costs are of another shape or order, missing or infinite, or costs of errors alone negative.

    Examples
    --------
    >>> checked_row_costs([[50, 1], [20, 1]], rows=2)
    array([[ 0.,  1., 50.,  0.],
           [ 0.,  1., 20.,  0.]])
    """
    if hasattr(row_costs, "__array__"):  # a data frame; neither lists nor lazy frames
        columns = getattr(row_costs, "columns", ())
        names = tuple(str(name).lower() for name in getattr(row_costs, "column_names", columns))  # arrow's
        for order in _ORDERS:
            check_that(
                sorted(names) != sorted(order) or names == order,
                f"columns of row costs must be in the order {order}",
                list(names),
                f"Pass frame[{list(order)}].",
            )
    rule = "row costs must be numbers, as many in each row"
    mend = "Pass numbers: (fn, fp) of each row, in an array of shape (n, 2), say."
    costs = rules.as_floats(row_costs, rule, mend, kinds="uifO")
    matrices = (rows, classes, classes)
    rule = f"row costs must have shape ({rows}, 2), (fn, fp) of each row, or ({rows}, 4), (tn, fp, fn, tp)"
    rule += f", or {matrices}, row, truth and prediction" * bool(classes)
    shapes = ((rows, 2), (rows, 4), matrices)
    mend = "Pass the costs of the same rows; for one cost for all rows use Costs."
    check_that(costs.shape in shapes, rule, f"shape {costs.shape}", mend)
    check_rows(np.isfinite(costs), costs, "row costs must be finite", "Fill what is missing.")
    if costs.ndim == 3:
        return costs
    if costs.shape[1] == 4:
        tn, fp, fn, tp = costs.T
        rule = "being right must not cost more than being wrong on both sides of a row"
        check_rows(~((tn > fp) & (tp > fn)), costs, rule, "The order is (tn, fp, fn, tp).")
        return costs.copy()
    rule = "costs of errors alone, (fn, fp), must be at least 0: being right is taken to cost nothing"
    mend = "Pass (tn, fp, fn, tp), benefits as negative costs: to add a constant instead changes savings."
    check_rows(costs >= 0, costs, rule, mend)
    nothing = np.zeros(rows)
    return np.column_stack([nothing, costs[:, 1], costs[:, 0], nothing])


@dataclass(frozen=True, slots=True, init=False, repr=False, eq=False)
class RowWeights:
    """One weight a training row, between two classes.

    Parameters
    ----------
    values : array-like of shape (n,)
        Weights, each 0 or within float32's normal range; copied unless nobody can change them.
    counts : ClassCounts
        The training fold's counts (of the caller's row weights, where there are any).
    sums : mapping of label to float
        What the rows of each class weigh together, the caller's row weights multiplied in.
    pos_label : label, default=None
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
    RowWeights(3 rows, sums={0: 13.0, 1: 900.0}, pos_label=1)
    """

    values: npt.NDArray[np.float64]
    counts: ClassCounts
    sums: Mapping[Label, float]
    pos_label: Label
    unit: float
    notes: tuple[str, ...]

    def __init__(
        self,
        values: Any,
        *,
        counts: ClassCounts,
        sums: Mapping[Label, float],
        pos_label: Label = None,
        unit: float = 1.0,
        notes: Iterable[str] = (),
    ) -> None:
        class_weights.check_same_labels(sums, counts, what="sums")
        kept: npt.NDArray[np.float64] = np.asarray(values, np.float64)
        if kept.flags.writeable or not kept.flags.owndata:
            kept = kept.copy()
            kept.setflags(write=False)
        normalise(
            self,
            values=checked_values(kept),
            counts=counts,
            sums=LabelMap({label: float(sums[label]) for label in counts}),
            pos_label=positive_label(counts.classes, pos_label),
            unit=float(unit),
            notes=tuple(notes),
        )
        for label, total in self.sums.items():
            check_that(
                0 < total < np.inf or (total == counts[label] == 0 and counts.weighing),
                "each class needs rows whose errors cost more than being right, in finite weights",
                f"rows of {label!r} weigh {total} together",
                "Check weights and costs of its rows, or leave the class out.",
            )

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return self.counts.classes

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
        stored = class_weights.checked_dtype(dtype)
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
        gaps = np.abs(cost_gaps(costs, codes == self.classes.index(self.pos_label)))
        rule = "some row must weigh more than 0"
        check_that(gaps.any(), rule, f"{len(gaps)} rows of weight 0", "Check their row costs.")
        return checked_values(gaps / self.unit)

    def encoded(self) -> RowWeights:
        """Return the same weights for labels 0 and 1, in sorted label order.

        Examples
        --------
        >>> from boostweights import RowCosts
        >>> costs = RowCosts(pos_label="bad")
        >>> costs.resolve(["bad", "good"], row_costs=[[900.0, 5.0], [40.0, 5.0]]).encoded()
        RowWeights(2 rows, sums={0: 900.0, 1: 5.0}, pos_label=0)
        """
        return RowWeights(
            self.values,
            counts=self.counts.encoded(),
            sums=dict(enumerate(self.sums.values())),
            pos_label=self.classes.index(self.pos_label),
            unit=self.unit,
            notes=self.notes,
        )

    def _key(self) -> tuple[Any, ...]:
        return self.counts, self.sums, self.pos_label, self.unit, self.values.tobytes()

    def __eq__(self, other: object) -> bool:
        return self._key() == other._key() if isinstance(other, RowWeights) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._key())

    def __repr__(self) -> str:
        notes = f", notes={self.notes!r}" if self.notes else ""
        return f"RowWeights({len(self)} rows, sums={self.sums!r}, pos_label={self.pos_label!r}{notes})"

    def __reduce__(self) -> tuple[Any, ...]:
        rest = {name: getattr(self, name) for name in ("counts", "pos_label", "unit", "notes")}
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


def by_class(weights: ClassWeights | RowWeights) -> ClassWeights:
    """Return one weight a class: of row weights the mean."""
    if isinstance(weights, ClassWeights):
        return weights
    return ClassWeights(weights.class_means, counts=weights.counts, notes=weights.notes)


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class RowCosts:
    """Weights from the costs of each row, given to ``fit(row_costs=)``.

    A row weighs what being wrong about it costs beyond being right: :math:`|c_{fn} - c_{tp}|` if it is
    positive, :math:`|c_{fp} - c_{tn}|` if not (Zadrozny, Langford & Abe 2003; costs by row as Elkan 2001 and
    Bahnsen et al. 2013 have them). It has no `power` and no `cap`: they shape ratios between classes.

    Parameters
    ----------
    pos_label : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
    scale : {"none", "mean"}, default="none"
        ``"none"``: weights are costs, in their own unit; regularisation is absolute, so the unit changes
        a boosted model. ``"mean"``: training rows weigh 1 on average.
    rationale, owner : str, default=""
        Why these weights, and who decided. Kept and printed; not part of equality.

    Examples
    --------
    Loans: a default loses most of the credit line, a good customer refused loses the profit.

    >>> import numpy as np
    >>> line, profit = np.array([5000.0, 800.0, 1200.0]), np.array([300.0, 60.0, 90.0])
    >>> costs = np.column_stack([0.75 * line, profit])  # (fn, fp): default granted, customer refused
    >>> RowCosts(pos_label="default").resolve(["default", "paid", "paid"], row_costs=costs).values
    array([3750.,   60.,   90.])
    """

    pos_label: Label = None
    scale: Literal["none", "mean"] = "none"
    rationale: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_stated(self, _SCALES)
        normalise(self, pos_label=rules.scalar(self.pos_label))

    def resolve(self, y: Any, sample_weight: Any = None, *, row_costs: Any = None) -> RowWeights:
        """Return the weight of each row of a training fold.

        Parameters
        ----------
        y : array-like of shape (n,)
            The training fold's labels, of two classes.
        sample_weight : array-like of shape (n,), default=None
            The caller's weight of each row, by which rows are counted and the mean is taken; it is not
            multiplied into the weights returned. The rows of a class may all weigh 0.
        row_costs : array-like of shape (n, 2) or (n, 4)
            Costs of (fn, fp), or of (tn, fp, fn, tp), of each row.

        Returns
        -------
        RowWeights
            `notes` say how many rows weigh 0, and for how many being right is dearer than being wrong.

        Raises
        ------
        InvalidTypeError
            If there are no row costs, or counts instead of labels.
        InvalidValueError
            If labels are not of two classes, it is unclear which is positive, costs do not fit, or no error
            on a class costs more than being right.

        Examples
        --------
        >>> RowCosts(scale="mean").resolve([1, 0, 0], row_costs=[[8.0, 9.0], [9.0, 1.0], [9.0, 3.0]]).values
        array([2.  , 0.25, 0.75])
        """
        check_given(self, row_costs)
        rows, codes = factorize(y)
        pos_label = positive_label(list(rows), self.pos_label)
        costs = checked_row_costs(row_costs, len(codes))
        gaps = cost_gaps(costs, codes == list(rows).index(pos_label))
        values = checked_values(np.abs(gaps))  # before any sum, which might overflow
        times = None if sample_weight is None else rules.checked_sample_weight(sample_weight, len(codes))
        with np.errstate(over="ignore"):  # RowWeights refuses infinite sums
            product = values if times is None else values * times
        unit = float(np.average(values, weights=times)) if self.scale == "mean" and product.any() else 1.0
        notes = []
        if nothing := (gaps == 0).sum():
            notes += [f"{nothing} of {len(gaps)} rows weigh 0: an error on them costs what being right costs"]
        if dearer := (gaps < 0).sum():
            notes += [
                f"on {dearer} of {len(gaps)} rows being right costs more than being wrong: they weigh the "
                "difference, yet pull towards their label"
            ]
        counts = rows if times is None else dict(zip(rows, np.bincount(codes, times).tolist(), strict=True))
        return RowWeights(
            values / unit,
            counts=ClassCounts(counts),
            sums=dict(zip(rows, (np.bincount(codes, product) / unit).tolist(), strict=True)),
            pos_label=pos_label,
            unit=unit,
            notes=notes,
        )

    def __repr__(self) -> str:
        return code_of(self)


def check_given(policy: RowCosts, row_costs: Any) -> None:
    """Raise where row costs are lacking."""
    rule, remedy = f"{policy!r} needs the costs of each row", "Pass row_costs=: (fn, fp) of each row."
    check_that(row_costs is not None, rule, "row_costs=None", remedy, InvalidTypeError)
