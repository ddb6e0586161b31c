"""Small, hard data sets on which checks train."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["complete_data", "hard_data", "row_weights"]


def hard_data(
    classes: int = 2, rows: int = 400, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return features and labels 0 to k-1: rare classes, and six features that are hard to split.

    One has many distinct values, one is its mirror, one has few, one is constant, one has missing values, one
    is noise.

    Examples
    --------
    >>> X, y = hard_data(3)
    >>> X.shape, np.bincount(y)
    ((400, 6), array([352,  24,  24]))
    """
    rng = np.random.default_rng(seed)
    many = rng.normal(size=rows)
    few = rng.integers(0, 4, rows).astype(float)
    missing = np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows))
    X = np.column_stack([many, -many, few, np.ones(rows), missing, rng.normal(size=rows)])
    score = many + 0.5 * few + rng.normal(scale=0.7, size=rows)
    cuts = np.quantile(score, 1 - 0.12 / np.arange(1, classes))
    y = np.searchsorted(np.sort(cuts), score)
    return X, y.astype(np.int64)


def complete_data(
    classes: int = 2, rows: int = 400, seed: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Return `hard_data` with zeros for missing values, which not all estimators take."""
    X, y = hard_data(classes, rows, seed)
    return np.nan_to_num(X), y


def row_weights(rows: int) -> npt.NDArray[np.float64]:
    """Return row weights as a caller may have them."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)
