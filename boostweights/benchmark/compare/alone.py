"""How well one column tells the classes apart, alone: the area under its ROC curve."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.plan.problem import as_problem

Ints = npt.NDArray[np.int64]

FEWEST: Final = 10
"""Rows of each class, below which a column may tell them apart by chance."""
_BINS: Final = 64
_ROWS: Final = 50_000
"""Of a larger table a sample of so many is looked at."""


def areas_alone(data: TableData) -> dict[str, float]:
    """Return for each column the area under the ROC curve that it has alone, over classes on average.

    A number's own order counts, either way, and what is known of each level of a category, or of each of 64
    bins of a number: the share of each class in the other half of the rows, so that a level of one row tells
    nothing. Missing values are a level.

    Parameters
    ----------
    data : TableData
        The table.

    Returns
    -------
    dict of str to float
        Column's own name → area from .5 to 1; empty where a class has fewer than 10 rows.
    """
    problem = as_problem(data.dataset)
    codes, k = problem.y, len(problem.classes)
    rows = _sample(codes)
    X, codes = data.dataset.X.iloc[rows], codes[rows]
    if np.bincount(codes, minlength=k).min() < FEWEST:
        return {}
    first = np.random.default_rng(0).permutation(len(codes)) % 2 == 0
    return {data.names[str(name)]: _area(column, codes, k, first) for name, column in X.items()}


def _sample(codes: Ints) -> Ints:
    if len(codes) <= _ROWS:
        return np.arange(len(codes))
    return np.sort(np.random.default_rng(0).choice(len(codes), _ROWS, replace=False))


def _area(column: pd.Series[Any], codes: Ints, k: int, first: npt.NDArray[np.bool_]) -> float:
    areas = [_area_of_levels(_levels(column), codes, k, first)]
    if k == 2 and not isinstance(column.dtype, pd.CategoricalDtype):
        values = column.to_numpy()
        order = pd.factorize(values, sort=True)[0]
        for missing in (-1, len(values)):
            area = area_under_roc(codes == 1, np.where(order < 0, missing, order))
            areas.append(max(area, 1 - area))
    return max(areas)


def _levels(column: pd.Series[Any]) -> Ints:
    """Return each row's level, from 0; that of missing values is the first."""
    if not isinstance(column.dtype, pd.CategoricalDtype) and column.nunique() > _BINS:
        column = pd.qcut(column, _BINS, labels=False, duplicates="drop")
    return np.asarray(pd.factorize(column, use_na_sentinel=True)[0]) + 1


def _area_of_levels(levels: Ints, codes: Ints, k: int, first: npt.NDArray[np.bool_]) -> float:
    """Return the mean area of each class's share in the rows of a level, each half told by the other."""
    half, many = first.astype(np.int64), int(levels.max()) + 1
    cells = (half * many + levels) * k + codes
    counts = np.bincount(cells, minlength=2 * many * k).reshape(2, many, k)
    prior = np.bincount(codes, minlength=k) / len(codes)
    shares = (counts + prior) / (counts.sum(axis=2, keepdims=True) + 1)
    told = shares[1 - half, levels]
    return float(np.mean([area_under_roc(codes == code, told[:, code]) for code in range(k)]))


def area_under_roc(found: npt.NDArray[np.bool_], scores: npt.NDArray[Any]) -> float:
    """Return the share of pairs of a positive and a negative in which the positive scores higher; ties half.

    Examples
    --------
    >>> area_under_roc(np.array([False, True, True]), np.array([1, 1, 2]))
    0.75
    """
    places, many = pd.factorize(scores, sort=True)
    positives = np.bincount(places[found], minlength=len(many))
    negatives = np.bincount(places[~found], minlength=len(many))
    lower = np.cumsum(negatives) - negatives
    return float(positives @ (lower + negatives / 2) / (positives.sum() * negatives.sum()))
