"""Probabilities without the class weights, from raw scores where the library gives them."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.probabilities.correct import correct_proba
from boostweights.probabilities.link import link_shift, log_proba, reweighted
from boostweights.weighting.class_weights import ClassWeights


def check_correctable(adapter: Adapter, estimator: Any, classes: int | None = None) -> None:
    """Raise where an estimator will give no probabilities that could be corrected."""
    refused = uncorrectable(adapter, estimator, classes)
    if not hasattr(estimator, "predict_proba") and not refused:
        refused = f"{type(estimator).__name__}, which has no predict_proba"
    if refused:
        raise InvalidValueError(
            "correct_proba=True needs an estimator that gives probabilities",
            refused,
            "Choose an objective such as the library's default, or correct_proba=False.",
        )


def uncorrectable(adapter: Adapter, estimator: Any, classes: int | None) -> str:
    """Say why an estimator, by its parameters, gives no probabilities that could be corrected; or nothing."""
    if not adapter.can("raw_scores"):
        return ""
    return adapter.raw_scores.uncorrectable(adapter.get_params(estimator), classes)


def checked_class_weights(given: Any, fitted: Any) -> ClassWeights:
    """Return a fitted classifier's own class weights, or raise where others are given or it has none."""
    if not isinstance(fitted, ClassWeights):
        raise InvalidTypeError(
            "a correction undoes class weights; weights of single rows cannot be undone",
            "a WeightedClassifier whose weights are those of its rows",
            "Decide by expected cost on an unweighted model instead.",
        )
    if given is not None and given != fitted:
        raise InvalidValueError(
            "a WeightedClassifier is corrected for the weights that it resolved",
            shown(given),
            "Leave the weights out.",
        )
    return fitted


def corrected_log_proba(
    model: Any, X: Any, weights: ClassWeights, direction: Literal[1, -1] = 1
) -> npt.NDArray[np.float64]:
    """Return log-probabilities of shape (n, k) of a fitted estimator, its class weights undone.

    Raw scores are shifted in float64, so that nothing saturates at float32's 1; forests are corrected tree
    by tree before averaging; other probabilities as `correct_proba` does. In `direction` -1 they are as they
    were before the correction was baked in.
    """
    adapter = adapter_of(model)
    if not adapter.can("raw_scores"):
        return np.asarray(np.log(correct_proba(model.predict_proba(X), weights)))
    link = adapter.raw_scores.link(model)
    scores = adapter.raw_scores.scores(model, X)
    if scores is not None:
        return log_proba(scores + direction * link_shift(weights, link.kind), link.kind)
    if link.kind == "none":
        check_correctable(adapter, model, link.classes)
    with np.errstate(divide="ignore"):  # the logarithm of a probability of 0
        if link.kind == "mean":
            factors = np.asarray(weights.values, np.float64) ** -direction
            return np.asarray(np.log(_mean_of_trees(adapter, model, X, factors)))
        return np.asarray(np.log(correct_proba(model.predict_proba(X), weights)))


def _mean_of_trees(
    adapter: Adapter, model: Any, X: Any, factors: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """One tree at a time: a forest's probabilities tree by tree may not fit into memory."""
    total: Any = 0.0
    count = 0
    for proba in adapter.tree_probabilities(model, X):
        total = total + reweighted(proba, factors)
        count += 1
    return np.asarray(total / count)
