"""The prediction that costs least in expectation."""

from collections.abc import Iterable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.probabilities.columns import Given, check_distributions, check_shares, read, wrong_shape
from boostweights.probabilities.link import two_columns
from boostweights.weighting.labels.rules import Label, label_sequence, positive_label, scalar, sorted_labels
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.row_costs import checked_row_costs, checked_row_matrices, row_costs_ndim

Floats = npt.NDArray[np.float64]


def decide(
    proba: Any,
    costs: Any = None,
    *,
    row_costs: Any = None,
    classes: Iterable[Label] | None = None,
    positive: Label = None,
) -> npt.NDArray[Any]:
    r"""Return for each row the class of least expected cost.

    Predicting class j costs :math:`\sum_i p_i C_{ij}` in expectation (Elkan 2001, equation 1). It needs
    honest probabilities: of an unweighted model, or corrected ones (see `correct_proba`). Between two
    classes with the same costs for all rows this is ``p >= costs.threshold()``. Benefits are negative costs,
    against any baseline: the same added to all costs of a row, or of a true class, changes no decision.

    Parameters
    ----------
    proba : array-like of shape (n, k) or (n,)
        Probabilities; (n,): of the last of two classes. A data frame's columns name the classes.
    costs : Costs or array-like of shape (k, k), default=None
        The same for all rows; of an array, rows are the truth and columns the prediction, in the order of
        `classes`.
    row_costs : array-like of shape (n, 2), (n, 4) or (n, k, k), default=None
        Each row's own, in place of `costs`: (fn, fp), or (tn, fp, fn, tp), or a matrix a row.
    classes : iterable of k labels, default=None
        The labels of the columns, such as ``clf.classes_``. By default a data frame's column names, the
        classes of `costs` where they stand in sorted order, or 0 to k-1.
    positive : label, default=None
        For `row_costs` and ``Costs(fn=, fp=)``, unless it is plain from the labels, as in {0, 1}.

    Returns
    -------
    ndarray of shape (n,)
        Labels. Of equal costs, two classes give the positive one (the last, if none is known), as
        ``p >= threshold`` does; more give the first in order.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If probabilities, costs and classes do not fit each other, or the positive label is not plain.

    Examples
    --------
    >>> from boostweights import Costs
    >>> decide([[0.95, 0.05], [0.85, 0.15]], Costs(fn=9, fp=1))
    array([0, 1])
    >>> decide([0.05, 0.05], row_costs=[[900, 20], [90, 20]])
    array([1, 0])
    >>> decide([[0.5, 0.3, 0.2]], [[0, 1, 9], [1, 0, 9], [9, 9, 0]], classes=["A", "B", "C"])
    array(['A'], dtype='<U1')
    """
    mend = "Write decide(proba, Costs(fn=50, fp=1)) or decide(proba, row_costs=…)."
    check_one_of_costs("a decision", costs, row_costs, mend)
    given = read(proba, "probabilities")
    _check(given)
    labels = _labels(given, costs, classes)
    favoured = _positive(labels, costs, positive)
    table = _table(given, labels, favoured)
    if costs is not None:
        order = labels if isinstance(costs, Costs) else sorted_labels(labels)  # an array stays as it is
        expected = table @ as_costs(costs).cost_matrix(order, favoured)
    else:
        matrices = _row_matrices(row_costs, len(table), labels, favoured)
        expected = np.einsum("ni,nij->nj", table, matrices)
    names = classes if isinstance(classes, np.ndarray) else np.asarray(labels)
    return np.asarray(names[_cheapest(expected, labels, favoured)])


def check_one_of_costs(what: str, costs: Any, row_costs: Any, mend: str) -> None:
    """Raise unless either costs or row costs are given."""
    if (costs is None) == (row_costs is None):
        given = "neither" if costs is None else "both"
        raise InvalidTypeError(f"{what} needs either costs or row_costs", given, mend)


def as_costs(costs: Any) -> Costs:
    """Return costs as a policy: a matrix is checked as that of `Costs`.

    Examples
    --------
    >>> as_costs([[0, 1], [50, 0]])
    Costs(matrix=((0.0, 1.0), (50.0, 0.0)))
    """
    if isinstance(costs, Costs):
        return costs
    if isinstance(costs, Real):
        mend = f"Of a threshold write proba >= {costs}; of the costs of errors Costs(fn=50, fp=1)."
        raise InvalidTypeError("costs must be Costs or a cost matrix", shown(costs), mend)
    if hasattr(costs, "resolve") or isinstance(costs, (str, Mapping)) or np.ndim(costs) < 2:
        raise InvalidTypeError(
            "costs must be Costs or a cost matrix", shown(costs), "Write Costs(fn=50, fp=1), or row_costs=…."
        )
    return Costs(matrix=costs)


def _check(given: Given) -> None:
    values = given.values
    if values.ndim == 1:
        check_shares(values)
    elif values.ndim != 2 or values.shape[1] < 2:
        rule = "probabilities must have shape (n, k), a column a class, or (n,), of the last of two classes"
        raise InvalidValueError(rule, f"shape {values.shape}", "Pass predict_proba's result whole.")
    else:
        check_distributions(values)


def _labels(given: Given, costs: Any, classes: Iterable[Label] | None) -> list[Label]:
    """The class of each column."""
    columns = 2 if given.values.ndim == 1 else given.values.shape[1]
    labels: Sequence[Label]
    if classes is not None:
        labels = label_sequence(classes, "Pass clf.classes_, say.")
        if len(set(labels)) < len(labels):
            raise InvalidValueError("each class may be named once", shown(labels), "Pass clf.classes_, say.")
    elif isinstance(costs, Costs) and costs.classes is not None:
        labels = sorted_labels(costs.classes)
        if given.names is None and list(costs.classes) != labels:
            raise InvalidValueError(
                "columns must be named where costs name the classes in another than sorted order",
                f"Costs(classes={shown(list(costs.classes))}) and columns without names",
                "Pass classes=clf.classes_.",
            )
    else:
        labels = range(columns) if given.names is None else list(map(scalar, given.names))
    if len(labels) != columns:
        raise wrong_shape("probabilities", len(labels), given.values.shape)
    return list(labels)


def _table(given: Given, labels: list[Label], positive: Label) -> Floats:
    """Probabilities with a column a class, in the order of labels."""
    if given.values.ndim == 2:
        return given.by_label(labels)
    if positive is not None and positive == labels[0]:
        rule = f"probabilities of shape (n,) are those of the last class, {labels[1]!r}"
        raise InvalidValueError(rule, f"positive={positive!r}", "Pass predict_proba's result whole.")
    return two_columns(given.values)


def _positive(labels: list[Label], costs: Any, positive: Label) -> Label:
    """The positive label, if anyone named it or the labels themselves do."""
    if positive is None and isinstance(costs, Costs):
        positive = costs.positive
    if positive is None:
        return 1 if sorted_labels(labels) in ([0, 1], [-1, 1]) else None
    if labels == list(range(len(labels))) and scalar(positive) not in labels:
        rule, remedy = "the labels of the columns must be known", "Pass classes=clf.classes_."
        raise InvalidValueError(rule, f"positive={positive!r}, and columns without names", remedy)
    return positive_label(labels, scalar(positive))


def _row_matrices(row_costs: Any, rows: int, labels: list[Label], positive: Label) -> Floats:
    """The costs of each row as (n, k, k): rows, truth, prediction."""
    if row_costs_ndim(row_costs) == 3:
        return checked_row_matrices(row_costs, rows, len(labels))
    first = positive_label(sorted_labels(labels), positive) == labels[0]
    matrices = checked_row_costs(row_costs, rows).reshape(rows, 2, 2)
    return matrices[:, ::-1, ::-1] if first else matrices


def _cheapest(expected: Floats, labels: list[Label], positive: Label) -> npt.NDArray[np.intp]:
    """The cheapest column of each row; of two equally cheap ones the positive, of more the first."""
    if len(labels) > 2:
        return np.asarray(np.argmin(expected, axis=1), np.intp)
    favoured = 1 if positive is None else labels.index(positive)
    return np.asarray(np.where(expected[:, favoured] <= expected[:, 1 - favoured], favoured, 1 - favoured))
