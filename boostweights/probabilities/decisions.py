"""The prediction that costs least in expectation, and what predictions cost."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_keys, check_same_rows, check_that, shown
from boostweights.probabilities import columns
from boostweights.probabilities.link import Floats, two_columns
from boostweights.probabilities.rule import DecisionRule
from boostweights.weighting import row_weights
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import (
    Label,
    checked_sample_weight,
    label_sequence,
    positions,
    positive_label,
    scalar,
    sorted_labels,
)
from boostweights.weighting.policies.costs import Costs, agreed_positive

Codes = npt.NDArray[Any]
Pair = tuple[list[Label], Codes, Codes]
_WHOLE = "Pass predict_proba's result whole."


def decide(
    proba: Any,
    costs: Any = None,
    *,
    row_costs: Any = None,
    classes: Iterable[Label] | None = None,
    pos_label: Label = None,
    abstain_label: Label = None,
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
    pos_label : label, default=None
        For `row_costs` and ``Costs(fn=, fp=)``, unless it is plain from the labels, as in {0, 1}.
    abstain_label : label, default=None
        What is returned where no class is decided; needed with ``Costs(…, abstain=)``.

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
    >>> decide([[0.9, 0.1], [0.6, 0.4]], Costs(fn=2, fp=1, abstain=0.3), abstain_label="ask")
    array([0, 'ask'], dtype=object)
    """
    mend = "Write decide(proba, Costs(fn=50, fp=1)) or decide(proba, row_costs=…)."
    check_one_of_costs("a decision", costs, row_costs, mend)
    given = columns.read(proba, "probabilities")
    values = given.values
    rule = "probabilities must have shape (n, k), a column a class, or (n,), of the last of two classes"
    many = values.ndim == 2 and values.shape[1] > 1
    check_that(values.ndim == 1 or many, rule, f"shape {values.shape}", _WHOLE)
    (columns.check_distributions if many else columns.check_shares)(values)
    labels = _labels(given, costs, classes)
    favoured = _positive(labels, costs, pos_label)
    rule = f"probabilities of shape (n,) are those of the last class, {labels[-1]!r}"
    check_that(many or favoured is None or favoured != labels[0], rule, f"pos_label={favoured!r}", _WHOLE)
    table = two_columns(given.by_label(labels))
    abstain = None
    if costs is not None:
        order = labels if isinstance(costs, Costs) else sorted_labels(labels)  # an array stays as it is
        of_all = as_costs(costs)
        abstain, matrices = of_all.abstain, of_all.cost_matrix(order, favoured)
    else:
        matrices = row_weights.checked_row_costs(row_costs, len(table), len(labels))
        if matrices.ndim == 2:  # tn, fp, fn, tp
            step = -1 if positive_label(sorted_labels(labels), favoured) == labels[0] else 1
            matrices = matrices.reshape(-1, 2, 2)[:, ::step, ::step]
    at = None if len(labels) > 2 else 1 if favoured is None else labels.index(favoured)
    decided = DecisionRule(classes=tuple(labels), at=at, costs=matrices, abstain=abstain).decide(table)
    names = classes if isinstance(classes, np.ndarray) else np.asarray(labels)
    if abstain is None:
        return np.asarray(names[decided])
    remedy = 'Pass abstain_label="none", say.'
    check_that(abstain_label is not None, "Costs(…, abstain=) need a label for no decision", "none", remedy)
    alike = type(abstain_label) in {type(label) for label in labels}
    return np.array([*names.tolist(), abstain_label], None if alike else object)[decided]


def check_one_of_costs(what: str, costs: Any, row_costs: Any, mend: str) -> None:
    """Raise unless either costs or row costs are given."""
    given, rule = "neither" if costs is None else "both", f"{what} needs either costs or row_costs"
    check_that((costs is None) != (row_costs is None), rule, given, mend, InvalidTypeError)


def as_costs(costs: Any) -> Costs:
    """Return costs as a policy: a matrix is checked as that of `Costs`.

    Examples
    --------
    >>> as_costs([[0, 1], [50, 0]])
    Costs(matrix=((0.0, 1.0), (50.0, 0.0)))
    """
    if isinstance(costs, Costs):
        return costs
    mend = "Write Costs(fn=50, fp=1), or row_costs=…; of a threshold write proba >= 0.5, say."
    other = hasattr(costs, "resolve") or isinstance(costs, (str, Mapping)) or np.ndim(costs) < 2
    check_that(not other, "costs must be Costs or a cost matrix", shown(costs), mend, InvalidTypeError)
    return Costs(matrix=costs)


def _labels(given: columns.Given, costs: Any, classes: Iterable[Label] | None) -> list[Label]:
    """The class of each column."""
    count = 2 if given.values.ndim == 1 else given.values.shape[1]
    labels = list(range(count)) if given.names is None else list(map(scalar, given.names))
    if classes is not None:
        labels = label_sequence(classes, "Pass clf.classes_, say.")
        unique = len(set(labels)) == len(labels)
        check_that(unique, "each class may be named once", labels, "Pass clf.classes_, say.")
    elif isinstance(costs, Costs) and costs.classes is not None:
        labels = sorted_labels(costs.classes)
        check_that(
            given.names is not None or list(costs.classes) == labels,
            "columns must be named where costs name the classes in another than sorted order",
            f"Costs(classes={shown(list(costs.classes))}) and columns without names",
            "Pass classes=clf.classes_.",
        )
    rule = f"probabilities must have shape (n, {len(labels)}), a column a class"
    check_that(len(labels) == count, rule, f"shape {given.values.shape}", _WHOLE)
    return labels


def _positive(labels: list[Label], costs: Any, pos_label: Label) -> Label:
    """The positive label, if anyone named it or the labels themselves do."""
    if pos_label is None and isinstance(costs, Costs):
        pos_label = costs.pos_label
    if pos_label is None:
        return 1 if sorted_labels(labels) in ([0, 1], [-1, 1]) else None
    unnamed = labels == list(range(len(labels))) and scalar(pos_label) not in labels
    rule, remedy = "the labels of the columns must be known", "Pass classes=clf.classes_."
    check_that(not unnamed, rule, f"pos_label={pos_label!r}, and columns without names", remedy)
    return positive_label(labels, scalar(pos_label))


def cost_loss(
    y_true: Any,
    y_pred: Any,
    costs: Any = None,
    *,
    row_costs: Any = None,
    pos_label: Label = None,
    abstain_label: Label = None,
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
    pos_label : label, default=None
        The positive label, unless it is plain from the labels, as in {0, 1}.
    abstain_label : label, default=None
        The label in `y_pred` of rows without a decision; each costs what ``Costs(…, abstain=)`` specifies.
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
    >>> cost_loss([0, 1, 1], ["ask", 0, 1], Costs(fn=9, fp=1, abstain=3), abstain_label="ask")
    4.0
    """
    mend = "Write costs=Costs(fn=50, fp=1), or row_costs=… with a row of costs for each prediction."
    check_one_of_costs("the cost of predictions", costs, row_costs, mend)
    of_all = None if costs is None else as_costs(costs)
    if abstain_label is not None:
        rule, remedy = "abstain_label requires Costs(…, abstain=)", "Add abstain= to the costs."
        check_that(of_all is not None and of_all.abstain is not None, rule, "no cost of abstaining", remedy)
        check_same_rows(y_true=len(y_true), y_pred=len(y_pred))
        abstains = np.array([scalar(label) == abstain_label for label in y_pred], np.bool_)
        y_pred = [true if none else label for true, label, none in zip(y_true, y_pred, abstains, strict=True)]
    pair = labels, true, predicted = _coded(y_true, y_pred)
    rows = len(true)
    if of_all is None:
        of_rows = _outcome(row_weights.checked_row_costs(row_costs, rows), *_positives(pair, pos_label))
    elif of_all.matrix is None:
        of_outcomes = np.tile([0.0, of_all.fp or 0.0, of_all.fn or 0.0, 0.0], (rows, 1))
        named = agreed_positive(of_all.pos_label, scalar(pos_label))
        of_rows = _outcome(of_outcomes, *_positives(pair, named))
    else:
        classes = labels if of_all.classes is None else list(of_all.classes)
        check_keys(labels, classes, f"labels must be among the classes of the costs, {shown(classes)}")
        at = np.array([classes.index(label) for label in labels])
        of_rows = np.asarray(of_all.cost_matrix(classes)[at[true], at[predicted]])
    if abstain_label is not None and of_all is not None:
        of_rows = np.where(abstains, of_all.abstain or 0.0, of_rows)
    weight = checked_weights(sample_weight, rows)
    total = float(of_rows @ weight)
    return total / float(weight.sum()) if normalize else total


def coverage_curve(
    y_true: Any, proba: Any, costs: Any, abstain: Any, *, classes: Any = None, pos_label: Label = None
) -> dict[str, Floats]:
    """Return coverage and cost of decisions at each cost of abstaining (Chow 1970).

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels.
    proba : array-like of shape (n, k) or (n,)
        Honest probabilities, as in `decide`.
    costs : Costs or array-like of shape (k, k)
        The costs of decisions.
    abstain : array-like of shape (m,)
        What it costs to leave a row undecided.
    classes : sequence of k labels, default=None
        The labels of the columns, as in `decide`.
    pos_label : label, default=None
        The positive label, as in `decide`.

    Returns
    -------
    dict of ndarrays of shape (m,)
        ``abstain``; ``coverage``, the share of rows that are decided; ``decided_cost``, the mean cost of the
        decided rows (NaN without any); ``cost``, the mean cost of all rows, abstentions included.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As `decide` and `cost_loss` do.

    Examples
    --------
    >>> curve = coverage_curve([0, 1, 1], [0.1, 0.4, 0.9], [[0, 1], [2, 0]], [0.1, 0.3, 1])
    >>> curve["coverage"].round(2).tolist(), curve["cost"].round(2).tolist()
    ([0.33, 0.67, 1.0], [0.07, 0.1, 0.0])
    """
    values, of_all, none = np.asarray(abstain, np.float64).reshape(-1), as_costs(costs), object()
    rows = np.empty((len(values), 2))
    for at, value in enumerate(values.tolist()):
        one = replace(of_all, abstain=value)
        labels = decide(proba, one, classes=classes, pos_label=pos_label, abstain_label=none)
        total = cost_loss(y_true, labels, one, pos_label=pos_label, abstain_label=none)
        rows[at] = np.mean([label is not none for label in labels]), total
    coverage, cost = rows.T
    spent = cost - (1 - coverage) * values
    decided = np.divide(spent, coverage, out=np.full(len(values), np.nan), where=coverage > 0)
    return {"abstain": values, "coverage": coverage, "decided_cost": decided, "cost": cost}


def savings_score(
    y_true: Any,
    y_pred: Any,
    row_costs: Any,
    *,
    pos_label: Label = None,
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
    pos_label : label, default=None
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
    costs = row_weights.checked_row_costs(row_costs, len(pair[1]))
    is_true, is_predicted = _positives(pair, pos_label)
    weight = checked_weights(sample_weight, len(is_true))
    if baseline is None:
        instead = [np.zeros_like(is_true), np.ones_like(is_true)]
    else:
        given = [baseline] * len(is_true) if np.ndim(baseline) == 0 else baseline
        instead = [_positives(_coded(y_true, given), pos_label)[1]]
    without = min(float(_outcome(costs, is_true, decided) @ weight) for decided in instead)
    remedy = "Use cost_loss, another baseline, or folds that have both classes."
    check_that(without, "savings need a cost to save from", "a cost of 0 for the baseline", remedy)
    saved = 1.0 - float(_outcome(costs, is_true, is_predicted) @ weight) / without
    return saved if without > 0 else -saved


def _coded(y_true: Any, y_pred: Any) -> Pair:
    """The labels that occur, sorted, and the position of each row's true and predicted one."""
    true, predicted = factorize(y_true), factorize(y_pred)
    check_same_rows(y_true=len(true.codes), y_pred=len(predicted.codes))
    labels = sorted_labels({**true.counts, **predicted.counts})
    at = positions(labels)
    return labels, true.lookup(at, np.intp), predicted.lookup(at, np.intp)


def _outcome(costs: Floats, is_true: Codes, is_predicted: Codes) -> Floats:
    """The cost of each row's outcome, of (tn, fp, fn, tp)."""
    return np.asarray(costs[np.arange(len(costs)), 2 * is_true + is_predicted])


def _positives(pair: Pair, pos_label: Label) -> tuple[Codes, Codes]:
    """Whether each row is, and is predicted, positive, as 0 and 1."""
    labels, true, predicted = pair
    at = position_of_positive(labels, scalar(pos_label))
    return (true == at).astype(np.intp), (predicted == at).astype(np.intp)


def position_of_positive(labels: list[Label], pos_label: Label) -> int:
    """Where the positive label is; -1 where no row has it: a fold may lack positives or negatives."""
    if len(labels) > 1:
        return labels.index(positive_label(labels, pos_label))
    rule = "the positive label must be given unless labels are {0, 1}, {-1, 1} or bool"
    plain = pos_label is not None or labels[0] in (-1, 0, 1)
    check_that(plain, rule, labels, f"Pass pos_label={labels[0]!r}, say.")
    return 0 if labels[0] == (1 if pos_label is None else pos_label) else -1


def checked_weights(sample_weight: Any, rows: int) -> Floats:
    """Return the weight of each row, 1 unless they are given."""
    if sample_weight is None:
        return np.ones(rows)
    weight = checked_sample_weight(sample_weight, rows)
    check_that(weight.sum() > 0, "some row must weigh more than 0", "weights that sum to 0", "Check them.")
    return weight
