"""Honest probabilities from a model that was trained with class weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError
from boostweights.weights import ClassWeights

__all__ = ["correct_proba"]

_SUM_TOLERANCE = 1e-3  # float32 probabilities of many classes


def correct_proba(proba: Any, weights: ClassWeights) -> npt.NDArray[np.float64]:
    """Return probabilities as they were without class weights.

    Weighting multiplies the odds of class k by its weight; so :math:`p_k \\propto q_k / w_k` (Elkan 2001,
    theorem 2; Saerens et al. 2002), computed in logarithms.

    Parameters
    ----------
    proba : array-like of shape (n, k)
        Probabilities of the weighted model, columns in sorted label order.
    weights : ClassWeights
        The weights it was trained with.

    Returns
    -------
    ndarray of shape (n, k)
        Rows sum to 1.

    Raises
    ------
    InvalidValueError
        If there is not one column a class, or a row is not a distribution.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> weights = Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
    >>> correct_proba([[0.5, 0.5]], weights)
    array([[0.9, 0.1]])
    """
    weighted = _checked(proba, len(weights.classes))
    with np.errstate(divide="ignore"):  # the logarithm of a probability of 0
        logits = np.log(weighted) - np.log(weights.values)
    logits -= logits.max(axis=1, keepdims=True)
    odds: npt.NDArray[np.float64] = np.exp(logits)
    odds /= odds.sum(axis=1, keepdims=True)
    return odds


def _checked(proba: Any, classes: int) -> npt.NDArray[np.float64]:
    array = np.asarray(proba, np.float64)
    if array.ndim != 2 or array.shape[1] != classes:
        raise InvalidValueError(
            f"probabilities must have shape (n, {classes}), a column a class",
            f"shape {array.shape}",
            "Pass predict_proba's result whole.",
        )
    wrong = ~((array >= 0).all(axis=1) & (np.abs(array.sum(axis=1) - 1) <= _SUM_TOLERANCE))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InvalidValueError(
            "each row of probabilities must be at least 0 and sum to 1",
            f"{array[row].tolist()} in row {row}",
            "Pass predict_proba's result, not raw scores.",
        )
    return array
