"""Probabilities without the class weights, from raw scores where the library gives them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, check_that
from boostweights.probabilities.calibration import EDGE, CalibrationMap, affine_of, learned, scores_of
from boostweights.probabilities.correct import correct_proba
from boostweights.probabilities.link import Affine, LinkKind, link_shift, log_proba, reweighted
from boostweights.weighting.class_weights import ClassWeights

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Margins:
    """Scores of rows on the scale of logarithms, from which a map is learned.

    Attributes
    ----------
    values : ndarray of shape (n,) or (n, k)
        The log-odds of the last of two classes, also of models that have a score for each of the two.
    kind : {"logit", "softmax", "ovr"}
    edge : float
        How far from 0 and 1 probabilities were held of which these are the logarithms; 0 for raw scores.
    """

    values: Floats
    kind: LinkKind
    edge: float = 0.0

    def without(self, weights: ClassWeights) -> Margins:
        """Return the scores from which the analytic shift of class weights is taken."""
        return replace(self, values=self.values + link_shift(weights, self.kind))


OutOfFold = tuple[Margins, npt.NDArray[np.intp], npt.NDArray[Any]]
"""Scores without the shift of class weights, labels 0 to k-1 and weights of rows not trained on."""


def out_of_fold_correction(folds: Iterable[OutOfFold], weights: ClassWeights) -> CalibrationMap:
    """Return the map learned from rows out of fold, for a model that was trained with `weights`.

    Raises
    ------
    InvalidValueError
        If a class has no row that counts.

    Examples
    --------
    >>> from boostweights import Unweighted
    >>> codes = np.tile([0, 0, 0, 1], 50)
    >>> fold = Margins(values=np.tile([-2.0, -2.0, 1.0, 1.0], 50), kind="logit"), codes, np.ones(200)
    >>> correction = out_of_fold_correction([fold, fold], Unweighted().resolve(codes))
    >>> correction.rows, correction.loss_after < correction.loss_before
    (400.0, True)
    """
    scores, codes, row_weights = zip(*folds, strict=True)
    kind, edge = scores[0].kind, scores[0].edge
    return learned(
        np.concatenate([margins.values for margins in scores]),
        np.concatenate(codes),
        np.concatenate(row_weights),
        weights,
        kind,
        of_proba=kind != "softmax" or edge > 0,
        edge=edge,
    )


def margins(model: Any, X: Any, rounds: int | None = None) -> Margins:
    """Return the scores of a fitted estimator, or of its first rounds; of two classes always log-odds."""
    adapter, values = adapter_of(model), None
    kind: LinkKind = adapter.raw_scores.link(model).kind if adapter.can("raw_scores") else "none"
    if rounds is not None:
        values = adapter.rounds.scores(model, X, rounds)
    elif adapter.can("raw_scores"):
        values = adapter.raw_scores.scores(model, X)
    edge = EDGE if values is None else 0.0
    if values is None:
        values = np.asarray(model.predict_proba(X), np.float64)
    two = values.ndim == 1 or values.shape[1] == 2
    kind = "ovr" if kind == "ovr" else "logit" if two else "softmax"
    if edge:
        values = scores_of(values, kind, edge)
    elif kind == "logit" and values.ndim == 2:
        values = values[:, 1] - values[:, 0]
    return Margins(values=values, kind=kind, edge=edge)


def check_correctable(adapter: Adapter, estimator: Any, classes: int | None = None) -> None:
    """Raise where an estimator will give no probabilities that could be corrected."""
    refused = uncorrectable(adapter, estimator, classes)
    remedy = "Choose an objective such as the library's default, or correct_proba=False."
    check_that(not refused, "correct_proba needs an estimator that gives probabilities", refused, remedy)


def uncorrectable(adapter: Adapter, estimator: Any, classes: int | None) -> str:
    """Return why an estimator, by its parameters, gives no probabilities to be corrected; or nothing."""
    refused = ""
    if adapter.can("raw_scores"):
        refused = adapter.raw_scores.uncorrectable(adapter.get_params(estimator), classes)
    has_none = not hasattr(estimator, "predict_proba")
    return refused or f"{type(estimator).__name__}, which has no predict_proba" * has_none


def checked_class_weights(given: Any, fitted: Any) -> ClassWeights:
    """Return a fitted classifier's own class weights, or raise where others are given or it has none."""
    if not isinstance(fitted, ClassWeights):
        raise InvalidTypeError(
            "a correction undoes class weights; weights of single rows cannot be undone",
            "a WeightedClassifier whose weights are those of its rows",
            'Fit it with correct_proba="fitted", or decide by expected cost on an unweighted model instead.',
        )
    rule = "a WeightedClassifier is corrected for the weights that it resolved"
    check_that(given is None or given == fitted, rule, given, "Leave the weights out.")
    return fitted


def corrected_log_proba(
    model: Any,
    X: Any,
    correction: ClassWeights | CalibrationMap,
    direction: Literal[1, -1] = 1,
    rounds: int | None = None,
) -> Floats:
    """Return log-probabilities of shape (n, k) of a fitted estimator, its class weights undone.

    Raw scores are changed in float64, so that nothing saturates at float32's 1; forests are corrected tree
    by tree before averaging, by a map after it; other probabilities as `correct_proba` does. In `direction`
    -1 they are as they were before the correction was baked in. A map may correct the first `rounds` alone.
    """
    adapter, scores = adapter_of(model), None
    kind: LinkKind = "proba"
    if isinstance(correction, CalibrationMap):
        uncorrected = margins(model, X, rounds)
        scores, kind = correction.prepared(uncorrected.values), uncorrected.kind
    elif adapter.can("raw_scores"):
        link = adapter.raw_scores.link(model)
        scores, kind = adapter.raw_scores.scores(model, X), link.kind
        if scores is None and kind == "none":
            check_correctable(adapter, model, link.classes)
    if scores is not None:
        affine = affine_of(correction, kind)
        if direction != 1:
            affine = Affine(1.0 / affine.slope, -affine.shift / affine.slope)
        return log_proba(affine(scores), kind)
    if kind == "mean" and isinstance(correction, ClassWeights):
        # one tree at a time: a forest's probabilities tree by tree may not fit into memory
        factors, total = np.asarray(correction.values, np.float64) ** -direction, np.zeros(1)
        for count, tree in enumerate(adapter.tree_probabilities(model, X), 1):  # noqa: B007
            total = total + reweighted(tree, factors)
        proba = total / count
    else:
        proba = correct_proba(model.predict_proba(X), correction)
    with np.errstate(divide="ignore"):  # the logarithm of a probability of 0
        return np.asarray(np.log(proba))
