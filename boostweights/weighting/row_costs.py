"""Costs of each row's own: what an error on this loan, this payment or this patient costs."""

from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that
from boostweights.weighting.labels.rules import as_floats, check_rows

_ERRORS: Final = ("fn", "fp")
_OUTCOMES: Final = ("tn", "fp", "fn", "tp")


def checked_row_costs(row_costs: Any, rows: int) -> npt.NDArray[np.float64]:
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

    Returns
    -------
    ndarray of shape (n, 4)
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
    _check_order_of_names(row_costs)
    costs = _as_floats(row_costs)
    check_that(
        costs.shape in ((rows, 2), (rows, 4)),
        f"row costs must have shape ({rows}, 2), (fn, fp) of each row, or ({rows}, 4), (tn, fp, fn, tp)",
        f"shape {costs.shape}",
        "Pass the costs of the same rows; for one cost for all rows use Costs.",
    )
    _check_finite(costs)
    if costs.shape[1] == 4:
        tn, fp, fn, tp = costs.T
        rule = "being right must not cost more than being wrong on both sides of a row"
        check_rows(~((tn > fp) & (tp > fn)), costs, rule, "The order is (tn, fp, fn, tp).")
        return costs.copy()
    rule = "costs of errors alone, (fn, fp), must be at least 0: being right is taken to cost nothing"
    mend = "Pass (tn, fp, fn, tp), benefits as negative costs: to add a constant instead changes savings."
    check_rows((costs >= 0).all(axis=1), costs, rule, mend)
    nothing = np.zeros(rows)
    return np.column_stack([nothing, costs[:, 1], costs[:, 0], nothing])


def checked_row_matrices(row_costs: Any, rows: int, classes: int) -> npt.NDArray[np.float64]:
    """Return a cost matrix of each row, or raise.

    Parameters
    ----------
    row_costs : array-like of shape (n, k, k)
        Row, truth, prediction; finite, benefits negative.
    rows, classes : int
        How many there must be.

    Returns
    -------
    ndarray of shape (n, k, k)

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As `checked_row_costs`.

    Examples
    --------
    >>> checked_row_matrices([[[0, 1], [50, 0]]], rows=1, classes=2)
    array([[[ 0.,  1.],
            [50.,  0.]]])
    """
    costs = _as_floats(row_costs)
    check_that(
        costs.shape == (rows, classes, classes),
        f"row costs must have shape ({rows}, {classes}, {classes}): row, truth, prediction",
        f"shape {costs.shape}",
        "Pass a matrix for each row of probabilities.",
    )
    _check_finite(costs.reshape(rows, -1))
    return costs


def row_costs_ndim(row_costs: Any) -> int:
    """Return how many dimensions row costs have, or raise where they are no numbers.

    Examples
    --------
    >>> row_costs_ndim([[50, 1], [20, 1]])
    2
    """
    return _as_floats(row_costs).ndim


def _as_floats(row_costs: Any) -> npt.NDArray[np.float64]:
    rule = "row costs must be numbers, as many in each row"
    mend = "Pass numbers: (fn, fp) of each row, in an array of shape (n, 2), say."
    return as_floats(row_costs, rule, mend, kinds="uifO")


def _check_finite(costs: npt.NDArray[np.float64]) -> None:
    check_rows(np.isfinite(costs).all(axis=1), costs, "row costs must be finite", "Fill what is missing.")


def _check_order_of_names(row_costs: Any) -> None:
    """Raise where a data frame names its columns in another order than they would be read in."""
    if not hasattr(row_costs, "__array__"):
        return  # lists; lazy frames, refused later
    columns = getattr(row_costs, "column_names", getattr(row_costs, "columns", ()))  # arrow's name for them
    names = [str(name).lower() for name in columns]
    for order in (_ERRORS, _OUTCOMES):
        check_that(
            sorted(names) != sorted(order) or tuple(names) == order,
            f"columns of row costs must be in the order {order}",
            names,
            f"Pass frame[{list(order)}].",
        )
