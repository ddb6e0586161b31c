"""What predictions cost, in the unit of the costs and against doing without a model."""

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, did_you_mean, shown
from boostweights.probabilities.decisions import as_costs, check_one_of_costs
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import (
    Label,
    checked_sample_weight,
    positive_label,
    scalar,
    sorted_labels,
)
from boostweights.weighting.policies.costs import Costs, agreed_positive
from boostweights.weighting.row_costs import checked_row_costs

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[Any]
Pair = tuple[list[Label], Codes, Codes]


def cost_loss(
    y_true: Any,
    y_pred: Any,
    costs: Any = None,
    *,
    row_costs: Any = None,
    positive: Label = None,
    sample_weight: Any = None,
    normalize: bool = True,
) -> float:
    """Return what predictions cost: the mean of a row, or the total.

    With scikit-learn: ``make_scorer(cost_loss, greater_is_better=False, costs=Costs(fn=50, fp=1))``; row
    costs come by metadata routing, as for `savings_score`.

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    costs : Costs or array-like of shape (k, k), default=None
        The same for all rows; of an array, rows are the truth and columns the prediction, in the sorted
        order of the labels that occur.
    row_costs : array-like of shape (n, 2) or (n, 4), default=None
        Each row's own, in place of `costs`: (fn, fp), or (tn, fp, fn, tp).
    positive : label, default=None
        The positive label, unless it is plain from the labels, as in {0, 1}.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row.
    normalize : bool, default=True
        Whether to divide by the number of rows, or their weight.

    Returns
    -------
    float
        In the unit of the costs.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If labels and costs do not fit each other.

    Examples
    --------
    >>> from boostweights import Costs
    >>> cost_loss([0, 0, 1, 1], [0, 1, 1, 0], Costs(fn=50, fp=1))
    12.75
    >>> cost_loss([0, 1], [1, 0], row_costs=[[80, 5], [30, 5]], normalize=False)
    35.0
    """
    mend = "Write costs=Costs(fn=50, fp=1), or row_costs=… with a row of costs for each prediction."
    check_one_of_costs("the cost of predictions", costs, row_costs, mend)
    pair = _coded(y_true, y_pred)
    rows = len(pair[1])
    if row_costs is not None:
        of_rows = _outcome(checked_row_costs(row_costs, rows), *_positives(pair, positive))
    else:
        of_rows = _of_classes(pair, as_costs(costs), positive)
    weight = row_weights(sample_weight, rows)
    total = float(of_rows @ weight)
    return total / float(weight.sum()) if normalize else total


def savings_score(
    y_true: Any,
    y_pred: Any,
    row_costs: Any,
    *,
    positive: Label = None,
    sample_weight: Any = None,
    baseline: Any = None,
) -> float:
    r"""Return which part of the cost of doing without a model is saved.

    :math:`(C_0 - C(\hat y)) / |C_0|`, where :math:`C_0` is what a baseline costs: by default the cheaper of
    predicting the negative or the positive class for all rows, as in :math:`1 - C(\hat y) / \min(C(0), C(1))`
    (Bahnsen et al. 2014). 1 is free of cost, 0 no better than the baseline, below 0 worse. Benefits are
    negative costs (Elkan 2001): savings of a model that gains where the baseline costs are above 1.

    As a scorer, with scikit-learn's metadata routing enabled::

        scorer = make_scorer(savings_score).set_score_request(row_costs=True)
        cross_validate(clf, X, y, scoring=scorer, params={"row_costs": row_costs})

    Parameters
    ----------
    y_true, y_pred : array-like of shape (n,)
        True and predicted labels.
    row_costs : array-like of shape (n, 2) or (n, 4)
        Costs of (fn, fp), or of (tn, fp, fn, tp), of each row.
    positive : label, default=None
        The positive label, unless it is plain from the labels, as in {0, 1}.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row.
    baseline : label or array-like of shape (n,), default=None
        What would be predicted without the model: one label for all rows, or each row's, such as by the
        model in use.

    Returns
    -------
    float
        At most 1, unless there are benefits.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If labels and costs do not fit each other, or the baseline costs nothing.

    References
    ----------
    A. Correa Bahnsen, A. Stojanovic, D. Aouada, B. Ottersten (2014): Improving credit card fraud detection
    with calibrated probabilities. SIAM International Conference on Data Mining.

    C. Elkan (2001): The foundations of cost-sensitive learning. IJCAI.

    Examples
    --------
    >>> savings_score([0, 1, 1, 0], [0, 1, 0, 0], [[1, 4], [3, 1], [3, 2], [1, 2]])
    0.5

    A caught fraud of 30 gains 20; accusing the innocent costs 5. Against predicting nobody:

    >>> savings_score([0, 1], [1, 1], [[0, 5, 30, -20]] * 2, baseline=0)
    1.5
    """
    pair = _coded(y_true, y_pred)
    costs = checked_row_costs(row_costs, len(pair[1]))
    is_true, is_predicted = _positives(pair, positive)
    weight = row_weights(sample_weight, len(is_true))
    if baseline is None:
        instead = [np.zeros_like(is_true), np.ones_like(is_true)]
    else:
        given = [baseline] * len(is_true) if np.ndim(baseline) == 0 else baseline
        instead = [_positives(_coded(y_true, given), positive)[1]]
    without = min(float(_outcome(costs, is_true, each) @ weight) for each in instead)
    if not without:
        remedy = "Use cost_loss, another baseline, or folds that have both classes."
        raise InvalidValueError("savings need a cost to save from", "a cost of 0 for the baseline", remedy)
    saved = 1.0 - float(_outcome(costs, is_true, is_predicted) @ weight) / without
    return saved if without > 0 else -saved


def _coded(y_true: Any, y_pred: Any) -> Pair:
    """The labels that occur, sorted, and the position of each row's true and predicted one."""
    true_counts, true = factorize(y_true)
    predicted_counts, predicted = factorize(y_pred)
    if len(true) != len(predicted):
        rule, remedy = "there must be one prediction a row", "Pass predictions of the same rows."
        raise InvalidValueError(rule, f"{len(true)} true labels and {len(predicted)} predicted", remedy)
    labels = sorted_labels({**true_counts, **predicted_counts})
    own, other = ([labels.index(label) for label in counts] for counts in (true_counts, predicted_counts))
    return labels, np.asarray(own)[true], np.asarray(other)[predicted]


def _of_classes(pair: Pair, costs: Costs, positive: Label) -> Floats:
    labels, true, predicted = pair
    if costs.matrix is None:
        of_outcomes = np.array([[0.0, costs.fp or 0.0, costs.fn or 0.0, 0.0]])
        named = agreed_positive(costs.positive, scalar(positive))
        return _outcome(np.repeat(of_outcomes, len(true), axis=0), *_positives(pair, named))
    classes = labels if costs.classes is None else list(costs.classes)
    for label in labels:
        if label not in classes:
            rule = f"labels must be among the classes of the costs, {shown(classes)}"
            raise InvalidValueError(rule, shown(label), did_you_mean(label, classes))
    at = np.array([classes.index(label) for label in labels])
    return np.asarray(costs.cost_matrix(classes)[at[true], at[predicted]])


def _outcome(costs: Floats, is_true: Codes, is_predicted: Codes) -> Floats:
    """The cost of each row's outcome, of (tn, fp, fn, tp)."""
    return np.asarray(costs[np.arange(len(costs)), 2 * is_true + is_predicted])


def _positives(pair: Pair, positive: Label) -> tuple[Codes, Codes]:
    """Whether each row is, and is predicted, positive, as 0 and 1."""
    labels, true, predicted = pair
    at = position_of_positive(labels, scalar(positive))
    return (true == at).astype(np.intp), (predicted == at).astype(np.intp)


def position_of_positive(labels: list[Label], positive: Label) -> int:
    """Where the positive label is; -1 where no row has it: a fold may lack positives or negatives."""
    if len(labels) > 1:
        return labels.index(positive_label(labels, positive))
    if positive is None and labels[0] not in (-1, 0, 1):
        rule = "the positive label must be given unless labels are {0, 1}, {-1, 1} or bool"
        raise InvalidValueError(rule, shown(labels), f"Pass positive={labels[0]!r}, say.")
    return 0 if labels[0] == (1 if positive is None else positive) else -1


def row_weights(sample_weight: Any, rows: int) -> Floats:
    """Return the weight of each row, 1 unless they are given."""
    if sample_weight is None:
        return np.ones(rows)
    weight = checked_sample_weight(sample_weight, rows)
    if not weight.sum() > 0:
        raise InvalidValueError("some row must weigh more than 0", "weights that sum to 0", "Check them.")
    return weight
