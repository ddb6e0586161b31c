"""Recipes beyond constructor settings: features whose bins no weight moves."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, shown

__all__ = ["few_values"]


def few_values(X: Any, max_bins: int = 255) -> npt.NDArray[np.float64]:
    """Return features with at most `max_bins` distinct values each, so that no weight moves their bins.

    Since scikit-learn 1.9 HistGradientBoosting's bins are weighted quantiles where a feature has more
    distinct values than bins. On the returned features every value has a bin of its own, whatever rows
    weigh: weights times any factor are then EQUIVALENT with `rescale`, where they are DIFFERENT without.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Numerical features; NaN is left as it is.
    max_bins : int, default=255
        The estimator's ``max_bins``.

    Returns
    -------
    ndarray of shape (n, p)
        Each value replaced by the largest quantile of its feature that is not above it. Only training
        rows need it: thresholds lie between the values that are left, so rows to come are taken as they are.

    Examples
    --------
    >>> few_values([[1.0], [2.0], [3.0], [4.0]], max_bins=2).ravel()
    array([1., 1., 3., 3.])
    """
    if not 2 <= max_bins <= 255:
        raise InvalidValueError("max_bins must lie in [2, 255]", shown(max_bins), "Use the estimator's own.")
    features = np.array(X, np.float64)
    for column in features.T:
        present = ~np.isnan(column)
        levels = np.unique(column[present])
        if len(levels) > max_bins:
            kept = levels[np.arange(max_bins) * len(levels) // max_bins]
            column[present] = kept[np.searchsorted(kept, column[present], side="right") - 1]
    return features
