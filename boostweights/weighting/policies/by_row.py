"""Weights from each row's own costs: fraud amounts, credit lines."""

from dataclasses import dataclass, field
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, shown
from boostweights.weighting.class_weights import normalise
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import (
    Label,
    checked_sample_weight,
    positive_label,
    scalar,
)
from boostweights.weighting.policies.base import check_stated, code_of
from boostweights.weighting.row_costs import checked_row_costs
from boostweights.weighting.row_weights import RowWeights, checked_values, cost_gaps

_SCALES: Final = ("none", "mean")


@dataclass(frozen=True, kw_only=True, slots=True, repr=False)
class RowCosts:
    """Weights from the costs of each row, given to ``fit(row_costs=)``.

    A row weighs what being wrong about it costs beyond being right: :math:`|c_{fn} - c_{tp}|` if it is
    positive, :math:`|c_{fp} - c_{tn}|` if not (Zadrozny, Langford & Abe 2003; costs by row as Elkan 2001 and
    Bahnsen et al. 2013 have them). It has no `power` and no `cap`: they shape ratios between classes.

    Parameters
    ----------
    positive : label, default=None
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
    >>> RowCosts(positive="default").resolve(["default", "paid", "paid"], row_costs=costs).values
    array([3750.,   60.,   90.])
    """

    positive: Label = None
    scale: Literal["none", "mean"] = "none"
    rationale: str = field(default="", compare=False)
    owner: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_stated(self, _SCALES)
        normalise(self, positive=scalar(self.positive))

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
        if isinstance(y, ClassCounts):
            raise InvalidTypeError(
                "row costs belong to rows, not to classes", "ClassCounts", "Pass the labels themselves."
            )
        rows, codes = factorize(y)
        classes = tuple(rows)
        if len(classes) != 2:
            raise InvalidValueError(
                "row costs are for two classes",
                f"{len(classes)}: {shown(list(classes))}",
                "Use Costs(matrix=…) for more; with one, check the target column, or stratify the folds.",
            )
        positive = positive_label(classes, self.positive)
        costs = checked_row_costs(row_costs, len(codes))
        gaps = cost_gaps(costs, codes == classes.index(positive))
        weights = checked_values(np.abs(gaps))  # before any sum, which might overflow
        own = None if sample_weight is None else checked_sample_weight(sample_weight, len(codes))
        counts = rows if own is None else _sums(codes, own, classes)
        with np.errstate(over="ignore"):  # RowWeights refuses infinite sums
            product = weights if own is None else weights * own
        sums = _sums(codes, product, classes)
        class_counts = ClassCounts(counts)
        for label in class_counts.weighing or class_counts:
            check_that(
                sums[label],
                "each class needs rows whose errors cost more than being right",
                f"none for {label!r}",
                "Check weights and costs of its rows, or leave the class out.",
            )
        unit = float(np.average(weights, weights=own)) if self.scale == "mean" else 1.0
        return RowWeights(
            weights / unit,
            counts=class_counts,
            sums={label: total / unit for label, total in sums.items()},
            positive=positive,
            unit=unit,
            notes=_notes(gaps),
        )

    def __repr__(self) -> str:
        return code_of(self)


def check_given(policy: RowCosts, row_costs: Any) -> None:
    """Raise where row costs are lacking."""
    if row_costs is None:
        raise InvalidTypeError(
            f"{policy!r} needs the costs of each row",
            "row_costs=None",
            "Pass row_costs= to fit, or to resolve: an array of shape (n, 2) of (fn, fp).",
        )


def _sums(
    codes: npt.NDArray[Any], weights: npt.NDArray[np.float64], classes: tuple[Label, ...]
) -> dict[Label, float]:
    """Sum of the rows' weights by class."""
    return dict(zip(classes, np.bincount(codes, weights, minlength=len(classes)).tolist(), strict=True))


def _notes(gaps: npt.NDArray[np.float64]) -> tuple[str, ...]:
    nothing, dearer = int((gaps == 0).sum()), int((gaps < 0).sum())
    notes = []
    if nothing:
        notes.append(f"{nothing} of {len(gaps)} rows weigh 0: an error on them costs what being right costs")
    if dearer:
        notes.append(
            f"on {dearer} of {len(gaps)} rows being right costs more than being wrong: they weigh the "
            "difference, yet pull towards their label"
        )
    return tuple(notes)
