r"""Class weights as a shift of raw scores.

A weight multiplies the odds of its class (Elkan 2001, theorem 2), so it adds its logarithm to the score.
"""

from __future__ import annotations

import math
from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.weighting.class_weights import ClassWeights

__all__ = ["Kind", "log_shift", "sum_of_others"]

Kind: TypeAlias = Literal["softmax", "ovr"]


def log_shift(weights: ClassWeights, kind: Kind) -> npt.NDArray[np.float64]:
    r"""Return what takes class weights out of raw scores, when added to them.

    Parameters
    ----------
    weights : ClassWeights
        The weights that the model was trained with.
    kind : {"softmax", "ovr"}
        Whether classes have one score each of one model, or one binary model each.

    Returns
    -------
    ndarray of shape (k,)
        :math:`-\log w_k`; for one-vs-all :math:`\log(c_k / w_k)`, where :math:`c_k` is the mean weight of the
        training rows that are not of class k.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> weights = Explicit({0: 1.0, 1: 4.0}).resolve([0, 0, 1])
    >>> log_shift(weights, "softmax").round(3), log_shift(weights, "ovr").round(3)
    (array([-0.   , -1.386]), array([ 1.386, -1.386]))
    """
    logs: npt.NDArray[np.float64] = np.log(np.asarray(weights.values, np.float64))
    if kind == "softmax":
        return -logs
    rows = np.asarray(list(weights.counts.values()), np.float64)
    mean = sum_of_others(rows * np.asarray(weights.values)) / sum_of_others(rows)
    return np.asarray(np.log(mean) - logs, np.float64)


def sum_of_others(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return for each value the sum of all others; total less own could cancel to 0.

    Examples
    --------
    >>> sum_of_others(np.array([1e20, 1.0, 2.0]))
    array([3.e+00, 1.e+20, 1.e+20])
    """
    return np.array([math.fsum(np.delete(values, at)) for at in range(len(values))])
