"""Probabilities as they were without class weights, and under another prior."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np

from boostweights.errors import check_that, shown
from boostweights.probabilities.calibration import CalibrationMap, affine_of, scores_of
from boostweights.probabilities.columns import Given, check_distributions, check_shares, read_by_class
from boostweights.probabilities.link import (
    Floats,
    LinkKind,
    MulticlassLink,
    check_kind,
    checked_class_weights,
    log_proba,
    score_shift,
    shifted_proba,
    trained_shares,
    two_columns,
)
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label, check_rows

_STEPS = 2000
_SETTLED = 1e-10  # the largest change of a share in a step
_LEAST_SHARE = float(np.finfo(np.float32).tiny)


def correct_proba(
    proba: Any,
    weights: ClassWeights | CalibrationMap,
    kind: MulticlassLink = "softmax",
    *,
    prior: Mapping[Label, float] | Literal["estimate"] | None = None,
) -> Any:
    r"""Return probabilities as they were without class weights.

    Weighting multiplies the odds of class k by its weight; so :math:`p_k \propto q_k / w_k` (Elkan 2001,
    theorem 2; Saerens et al. 2002), computed in logarithms. This inverts the weighting exactly: correcting
    again with the reciprocal weights gives the same probabilities back. It cannot repair what weights did to
    the training itself: leaves shrunk by regularisation, trees stopped early, or leaves of one class only,
    whose probability of 0 or 1 no weight has changed. What is left of that a `CalibrationMap` has learned.

    Parameters
    ----------
    proba : array-like of shape (n, k), (n,) or (trees, n, k)
        Probabilities of the weighted model. An array's columns are in sorted label order; a data frame's
        are named by the labels (or their text), in any order. (n,): of the last of two classes, as
        ``predict_proba(X)[:, 1]``. (trees, n, k): each tree of a forest is corrected by itself, then they are
        averaged, since the average's correction is not the corrections' average.
    weights : ClassWeights or CalibrationMap
        The weights it was trained with; a caller's own row weights stay in. Or what `fit_correction` learned
        (of a forest: from the average of its trees).
    kind : {"softmax", "ovr"}, default="softmax"
        ``"ovr"``: one binary model a class, as in LightGBM's ``multiclassova``; rows need not sum to 1,
        before or after. The odds of class k are multiplied by :math:`c_k / w_k`, where :math:`c_k` is the
        mean weight of the training rows of other classes: a shift of scores, inverted by reciprocal
        weights counted by weight, and an approximation, since the others' mean weight is another in each
        row. Dividing rows by their sum and correcting them as ``"softmax"`` can come closer by log loss,
        but is no shift of scores.
    prior : mapping of label to float, or "estimate", default=None
        The share of each class where the model is used, if it is not the training fold's. ``"estimate"``:
        from the rows given (see `estimate_prior`), for ``"softmax"``.

    Returns
    -------
    ndarray of float64, or a data frame or column like the given one
        Shape (n, k), rows summing to 1 unless ``"ovr"``; (n,) for (n,). A data frame keeps its columns and
        index. (n,) and ``"ovr"`` are exact to the spacing of floats near 1; two columns keep small
        probabilities exact on either side.

    Raises
    ------
    InvalidTypeError
        If `weights` are no ClassWeights, or probabilities no numbers.
    InvalidValueError
        If there is not one column a class, a row is not a distribution, or kind or prior do not fit.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> weights = Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
    >>> correct_proba([[0.5, 0.5]], weights)
    array([[0.9, 0.1]])
    >>> correct_proba([0.5, 0.9], weights)
    array([0.1, 0.5])
    >>> import pandas as pd
    >>> correct_proba(pd.DataFrame({"1": [0.5], "0": [0.5]}, index=["Ann"]), weights)
           1    0
    Ann  0.1  0.9

    Of a forest, tree by tree:

    >>> trees = [[[0.5, 0.5]], [[0.1, 0.9]]]  # np.stack([t.predict_proba(X) for t in forest.estimators_])
    >>> correct_proba(trees, weights)
    array([[0.7, 0.3]])
    """
    check_kind(kind)
    if isinstance(weights, CalibrationMap):
        _check_no_prior(prior)
        given, values = _read(proba, weights.weights, kind)
        rule = "a map for probabilities is learned from whole probabilities, or from scores of two classes"
        check_that(values.ndim < 3, rule, f"shape {values.shape}", "Average the trees first.")
        seen = f"raw scores of {len(weights.classes)} classes"
        check_that(weights.of_proba, rule, seen, "Pass raw scores to correct_scores.")
        link: LinkKind = "logit" if kind == "softmax" and len(weights.classes) == 2 else kind
        scores = scores_of(two_columns(values), link, weights.edge)
        corrected = np.exp(log_proba(affine_of(weights, link)(scores), link))
        return given.like_given(corrected if values.ndim == 2 else corrected[:, 1], weights.classes)
    given, values = _read(proba, checked_class_weights(weights), kind)
    if isinstance(prior, str):
        rule = 'a prior is a mapping of label to share, "estimate" or None'
        check_that(prior == "estimate", rule, shown(prior), 'Use "estimate".')
        remedy = 'Divide rows by their sum and pass kind="softmax", or give the prior as a mapping.'
        check_that(kind != "ovr", 'prior="estimate" needs rows that sum to 1', f'kind="{kind}"', remedy)
        # A share may go to 0, of which there is no logarithm: no row is of this class then, and stays so.
        shares = estimate_prior(proba, weights).items()
        prior = {label: max(share, _LEAST_SHARE) for label, share in shares}
    corrected = shifted_proba(values, score_shift(weights, kind, prior=prior), kind)
    return given.like_given(corrected, weights.classes)


def correct_scores(
    scores: Any,
    weights: ClassWeights | CalibrationMap,
    kind: MulticlassLink = "softmax",
    *,
    prior: Mapping[Label, float] | None = None,
) -> Any:
    """Return raw scores as they were without class weights.

    Scores keep what probabilities lose: in float32 a probability saturates at 1 from a score of 17 on.

    Parameters
    ----------
    scores : array-like of shape (n,) or (n, k)
        The log-odds of the last of two classes, or one score a class; an array, list, data frame (columns
        named by the labels, in any order) or a column of one.
    weights : ClassWeights or CalibrationMap
        The weights that the model was trained with, or what `fit_correction` learned.
    kind : {"softmax", "ovr"}, default="softmax"
        How scores become probabilities: together, or each by itself, one class against the rest.
    prior : mapping of label to float, default=None
        See `score_shift`.

    Returns
    -------
    ndarray of float64, or a data frame or column like the given one
        Scores plus `score_shift`; of the same shape.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If scores are missing or do not fit the classes, and as `score_shift`.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> weights = Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
    >>> correct_scores([0.0, 2.2], weights).round(3)
    array([-2.197,  0.003])
    """
    check_kind(kind)
    classes = (weights if isinstance(weights, CalibrationMap) else checked_class_weights(weights)).classes
    given, table = read_by_class(scores, "scores", classes)
    check_rows(~np.isnan(table), table, "scores must not be missing", "Drop these rows.")
    if isinstance(weights, CalibrationMap):
        _check_no_prior(prior)
        if kind != "softmax" or len(classes) > 2:
            mapped = affine_of(weights, kind)(weights.prepared(table))
        else:  # of two columns the last one moves
            affine = affine_of(weights, "logit")
            columns = table.T
            mapped = (
                affine(table)
                if table.ndim == 1
                else np.column_stack([columns[0], columns[0] + affine(columns[1] - columns[0])])
            )
        return given.like_given(mapped, classes)
    shift = score_shift(weights, kind, prior=prior)
    if table.ndim == 1:
        shift = shift[1] - shift[0] if kind == "softmax" else shift[1]
    return given.like_given(table + shift, classes)


def estimate_prior(proba: Any, weights: ClassWeights) -> dict[Label, float]:
    r"""Return the share of each class among the rows given, which need no labels.

    Saerens, Latinne & Decaestecker (2002), equation 2.9: from the training prior :math:`\pi_k` on,
    :math:`\pi'_k` becomes the mean over rows of :math:`p_{ik} \pi'_k / \pi_k`, each row divided by its sum,
    until no share moves by more than 1e-10 (at most 2000 steps). It assumes that rows of one class look as
    they did in training, and corrected probabilities that are calibrated.

    Parameters
    ----------
    proba : array-like of shape (n, k), (n,) or (trees, n, k)
        Probabilities of the weighted model, as for `correct_proba`.
    weights : ClassWeights
        The weights it was trained with.

    Returns
    -------
    dict
        Label → share, in sorted label order.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        As `correct_proba`, or if there are no rows.

    Examples
    --------
    >>> from boostweights import Unweighted
    >>> weights = Unweighted().resolve([0, 0, 0, 1])
    >>> estimate_prior([[0.01, 0.99], [0.01, 0.99], [0.99, 0.01]], weights)[1] > 0.6
    True
    """
    values = _read(proba, checked_class_weights(weights), "softmax")[1]
    table = shifted_proba(two_columns(values), score_shift(weights), "softmax")
    check_that(len(table), "estimating a prior needs rows", "0 rows", "Give the prior as a mapping.")
    shares = trained = trained_shares(weights)
    for _ in range(_STEPS):
        posterior = table * (shares / trained)
        posterior /= posterior.sum(axis=1, keepdims=True)
        before, shares = shares, posterior.mean(axis=0)
        if np.abs(shares - before).max() <= _SETTLED:
            break
    return dict(zip(weights.classes, shares.tolist(), strict=True))


def _check_no_prior(prior: Any) -> None:
    rule = "a calibration map is of the prior that it was learned from"
    remedy = "Move the result there: correct_proba(result, Unweighted().resolve(y), prior=…)."
    check_that(prior is None, rule, f"prior={shown(prior)}", remedy)


def _read(proba: Any, weights: ClassWeights, kind: MulticlassLink) -> tuple[Given, Floats]:
    """What was given, and its checked values with columns in label order."""
    given, table = read_by_class(proba, "probabilities", weights.classes, trees=True)
    (check_shares if table.ndim == 1 or kind == "ovr" else check_distributions)(table)
    return given, table
