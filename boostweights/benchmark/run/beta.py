"""Beta calibration."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from boostweights.probabilities.calibration import EDGE

Floats = npt.NDArray[np.float64]


class BetaMap:
    r"""Probabilities mapped by :math:`\sigma(a \ln p - b \ln(1 - p) + c)`, a and b not negative.

    Kull, Silva Filho and Flach (2017, doi:10.1214/17-EJS1338SI): a logistic regression on the two logarithms;
    a variable whose coefficient is negative is left out.

    Parameters
    ----------
    proba : ndarray of shape (n,)
        Of the positive class, out of fold.
    y : ndarray of int of shape (n,)
        Labels 0 and 1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> proba = rng.random(20_000)
    >>> y = (rng.random(20_000) < proba).astype(int)
    >>> BetaMap(proba, y)(np.array([0.2, 0.7])).round(1)
    array([0.2, 0.7])
    """

    def __init__(self, proba: npt.NDArray[Any], y: npt.NDArray[Any]) -> None:
        self._columns = [0, 1]
        self._model = _fitted(_logarithms(proba), y)
        if (self._model.coef_ < 0).any():
            self._columns = [int(np.argmax(self._model.coef_))]
            self._model = _fitted(_logarithms(proba)[:, self._columns], y)

    def __call__(self, proba: npt.NDArray[Any]) -> Floats:
        """Return calibrated probabilities of shape (n,)."""
        return np.asarray(self._model.predict_proba(_logarithms(proba)[:, self._columns])[:, 1])


def _logarithms(proba: npt.NDArray[Any]) -> Floats:
    held = np.clip(np.asarray(proba, np.float64), EDGE, 1 - EDGE)
    return np.column_stack([np.log(held), -np.log1p(-held)])


def _fitted(logarithms: Floats, y: npt.NDArray[Any]) -> LogisticRegression:
    return LogisticRegression(C=np.inf, max_iter=1000).fit(logarithms, y)
