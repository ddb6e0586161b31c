"""Does an effect grow with the imbalance, the positives, the size? Rank correlation over families."""

from __future__ import annotations

from typing import Any

import numpy as np

from boostweights.benchmark.stats.across import Effects, Estimate, bootstrapped
from boostweights.errors import InvalidValueError, shown


def spearman(x: Effects, y: Effects, *, seed: int = 0, samples: int = 1_999) -> Estimate:
    """Return Spearman's rank correlation with its bootstrap interval: pairs are drawn with replacement.

    Parameters
    ----------
    x, y : array of shape (n,)
        A covariate and an effect, a pair a family; at least three.
    seed, samples : int
        Of the bootstrap (scipy's), of which the two-sided .95 percentile interval is.

    Returns
    -------
    rho : Estimate
        Between -1 and 1; 0 if one of the two does not vary.

    Raises
    ------
    InvalidValueError
        If the lengths differ, there are fewer than three pairs, or a number is not finite.

    Examples
    --------
    >>> spearman(np.array([1.0, 2.0, 3.0, 4.0]), np.array([10.0, 20.0, 30.0, 40.0])).value
    1.0
    """
    pairs = _pairs(x, y)
    value = float(_rho(*pairs))
    if not value and 0 in np.ptp(pairs, axis=1):
        return Estimate(value=0.0, low=0.0, high=0.0)
    # draws may be constant, at which BCa's jackknife would stumble
    return bootstrapped(value, tuple(pairs), _rho, samples, seed, paired=True, method="percentile")


def _pairs(x: Effects, y: Effects) -> Effects:
    first, second = (np.asarray(values, dtype=np.float64) for values in (x, y))
    if first.shape != second.shape or first.ndim != 1 or first.size < 3:
        rule, seen = "correlation needs three or more pairs", f"shapes {first.shape} and {second.shape}"
        raise InvalidValueError(rule, seen, "Give one x and one y a family.")
    pairs = np.stack([first, second])
    if not np.isfinite(pairs).all():
        rule = "correlation needs finite numbers"
        raise InvalidValueError(rule, shown(pairs[~np.isfinite(pairs)].tolist()), "Leave that family out.")
    return pairs[:, np.lexsort(pairs[::-1])]  # the order of families must not change the draws


def _rho(x: Effects, y: Effects, axis: int = -1) -> Any:
    """Pearson's correlation of the ranks, 0 where one is constant (scipy's own would warn)."""
    from scipy import stats

    ranks = [stats.rankdata(values, axis=axis) for values in (x, y)]
    first, second = (rank - rank.mean(axis=axis, keepdims=True) for rank in ranks)
    scale = np.sqrt((first**2).sum(axis=axis) * (second**2).sum(axis=axis))
    return np.clip((first * second).sum(axis=axis) / np.where(scale == 0, 1.0, scale), -1, 1)
