"""Figures of the scores that a run keeps: another one needs no training."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from boostweights.benchmark.run.metrics import recall_at_alarm_rates
from boostweights.benchmark.run.result import Scores
from boostweights.probabilities.calibration import newton

_STEPS: Final = 50
_TOLERANCE: Final = 1e-10
_EDGE: Final = 1e-9
"""How far from 0 and 1 probabilities are held before their log-odds are taken."""

Floats = npt.NDArray[np.float64]
Kept: TypeAlias = Iterable[tuple[tuple[Any, ...], Scores]]
"""Each cell's name (`run.store.CELL`), with its labels and log-odds of one kind of probabilities."""


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


def calibration(scores: Kept) -> list[dict[str, Any]]:
    """Return one row a data set, library, regime, arm and kind of probabilities: its slope and intercept.

    Each repeat's folds are pooled, and repeats averaged.
    """
    by_split: dict[tuple[Any, ...], list[Scores]] = defaultdict(list)
    for (dataset, repeat, _fold, library, regime, arm), each in scores:
        by_split[dataset, library, regime, arm, each.proba, repeat].append(each)
    by_cell: dict[tuple[Any, ...], list[tuple[float, float, int]]] = defaultdict(list)
    for (*cell, _repeat), kept in by_split.items():
        labels, logits = (
            np.concatenate(part) for part in zip(*(each.arrays() for each in kept), strict=True)
        )
        by_cell[tuple(cell)].append((*slope_and_intercept(labels, logits), len(labels)))
    names = ("dataset", "library", "regime", "arm", "proba")
    return [
        dict(zip(names, cell, strict=True))
        | dict(
            zip(("slope", "intercept"), np.mean([found[:2] for found in each], axis=0).tolist(), strict=True)
        )
        | {"n": each[0][2]}
        for cell, each in by_cell.items()
    ]


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
