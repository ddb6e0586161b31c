"""Calibration: beta calibration, and figures of the scores that a run keeps of all folds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from boostweights.benchmark.run.figures import recall_at_alarm_rates
from boostweights.benchmark.run.result import Scores
from boostweights.probabilities.calibration import EDGE, newton

_STEPS: Final = 50
_TOLERANCE: Final = 1e-10
_EDGE: Final = 1e-9
"""How far from 0 and 1 probabilities are held before their log-odds are taken."""

Floats = npt.NDArray[np.float64]
Kept: TypeAlias = Iterable[tuple[tuple[Any, ...], Scores]]
"""Each cell's name (`run.store.CELL`), with its labels and log-odds of one kind of probabilities."""


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


def log_odds(proba: npt.NDArray[np.floating[Any]]) -> Floats:
    """Return the log-odds of probabilities, of shape (n,).

    Examples
    --------
    >>> log_odds(np.array([0.0, 0.5, 1.0])).round(1).tolist()
    [-20.7, 0.0, 20.7]
    """
    held = np.clip(proba.astype(np.float64), _EDGE, 1 - _EDGE)
    return np.log(held) - np.log1p(-held)


def of_alarm_rates(scores: Kept) -> list[tuple[Any, ...]]:
    """Return a row a cell, kind of probabilities and rate: the cell's name, proba, metric, value."""
    return [
        (*cell, each.proba, *figure)
        for cell, each in scores
        for labels, logits in [each.arrays()]
        for figure in recall_at_alarm_rates(labels.astype(np.int64), logits).items()
    ]


def calibration(scores: Kept) -> pd.DataFrame:
    """Return one row a data set, library, regime, arm and kind of probabilities: its slope and intercept.

    Each repeat's folds are pooled, and repeats averaged.
    """
    by_split: dict[tuple[Any, ...], list[Scores]] = defaultdict(list)
    for (dataset, repeat, _fold, library, regime, arm), each in scores:
        by_split[dataset, library, regime, arm, each.proba, repeat].append(each)
    rows = []
    for (*cell, _repeat), kept in by_split.items():
        labels, logits = map(np.concatenate, zip(*(each.arrays() for each in kept), strict=True))
        rows.append((*cell, *slope_and_intercept(labels, logits), len(labels)))
    cell_names, figures = ["dataset", "library", "regime", "arm", "proba"], ["slope", "intercept", "n"]
    by_cell = pd.DataFrame(rows, columns=[*cell_names, *figures]).groupby(cell_names, sort=False)
    means = by_cell[figures].agg(_mean)
    return means.astype({"n": np.int64}).reset_index()


def _mean(values: pd.Series[Any]) -> float:
    return float(values.mean(skipna=False))


def slope_and_intercept(labels: npt.NDArray[Any], logits: npt.NDArray[Any]) -> tuple[float, float]:
    """Return the slope of a logistic regression on log-odds, and the intercept at a slope of 1.

    Both as Van Calster et al. (2016, doi:10.1016/j.jclinepi.2015.12.005): 1 and 0 of honest probabilities.
    NaN where rows are separated, so that there is none.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> honest = rng.normal(-1, 1, 50_000)
    >>> slope, intercept = slope_and_intercept(rng.random(50_000) < expit(honest), 2 * honest)
    >>> round(slope, 2), round(intercept, 1)
    (0.5, 0.7)
    """
    y, x = np.asarray(labels, np.float64), np.asarray(logits, np.float64)
    both = _logistic(y, np.column_stack([np.ones(len(x)), x]), np.zeros(len(x)))
    alone = _logistic(y, np.ones((len(x), 1)), x)
    return float(both[1]), float(alone[0])


def _logistic(y: Floats, design: Floats, offset: Floats) -> Floats:
    """Return the coefficients of a logistic regression, steps halved where the likelihood falls."""

    def loss(point: Floats) -> float:
        scores = design @ point + offset
        return float((np.logaddexp(0.0, scores) - y * scores).sum())

    def derivatives(point: Floats) -> tuple[Floats, Floats]:
        proba = expit(design @ point + offset)
        return design.T @ (proba - y), (design * (proba * (1 - proba))[:, None]).T @ design

    def damped(point: Floats, step: Floats) -> Floats:
        while loss(point - step) > loss(point) and np.abs(step).max() > _TOLERANCE:
            step = step / 2
        return step

    size = design.shape[1]
    mode = newton(derivatives, size, damped, _TOLERANCE * len(y), _STEPS)
    return np.full(size, np.nan) if mode is None else mode
