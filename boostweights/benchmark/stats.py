"""Intervals of what a run measured: over the folds of a data set, and over families of data sets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from boostweights.errors import InvalidValueError, shown
from boostweights.recommendation.figures import Estimate

Effects = np.ndarray[Any, np.dtype[np.floating[Any]]]

LEVEL = 0.95
"""Confidence level of intervals."""

FEWEST_FAMILIES = 10
"""With fewer families of data sets, nothing is decided."""


def mean_interval(effects: Effects, level: float = LEVEL) -> Estimate:
    r"""Return the mean over families with its t interval, :math:`\bar x \pm t_{k-1} s / \sqrt k`.

    Parameters
    ----------
    effects : array of shape (k,)
        One difference a family.
    level : float, default=0.95
        With m comparisons in a group, ``1 - .05 / m`` makes their intervals hold together (Bonferroni).

    Raises
    ------
    InvalidValueError
        If there are fewer than two families, or a difference is not finite.

    Examples
    --------
    >>> mean_interval(np.array([0.5, 0.5]))
    Estimate(value=0.5, low=0.5, high=0.5)
    """
    values = np.asarray(effects, dtype=np.float64)
    if values.ndim != 1 or values.size < 2 or not np.isfinite(values).all():
        rule = "effects must be two or more finite numbers, one a family"
        raise InvalidValueError(rule, shown(values.tolist()), "Count the families before testing.")
    return interval_around(values, t_quantile(level, values.size - 1) / np.sqrt(values.size))


def corrected_error(sd: pd.Series[float], n: pd.Series[int], folds: pd.Series[Any]) -> pd.Series[float]:
    r"""Return the standard error of a mean over cross-validation folds, corrected for shared training rows.

    .. math:: s \sqrt{\frac{1}{n} + \frac{n_\text{test}}{n_\text{train}}},
        \qquad \frac{n_\text{test}}{n_\text{train}} = \frac{1}{\text{folds} - 1}

    Parameters
    ----------
    sd : Series
        Standard deviation (of a sample) of the differences, in the metric's unit.
    n : Series
        How many differences: repeats times folds.
    folds : Series
        Folds of one repeat.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error, Machine Learning 52; for repeated
    cross-validation Bouckaert & Frank (2004), PAKDD. Exact for folds of equal size; for expanding windows
    of time the early folds train on less and it is a little too narrow.
    """
    return sd * np.sqrt(1 / n + 1 / (folds - 1))


def reach(error: pd.Series[float], n: pd.Series[int]) -> pd.Series[float]:
    """Return half the .95 t interval of a mean of n differences with this error."""
    from scipy import stats

    return pd.Series(stats.t.ppf(0.975, (n - 1).clip(lower=1)), index=n.index) * error


def interval_around(effects: Effects, errors: float) -> Estimate:
    """Return the mean of effects, and to either side of it so many standard deviations."""
    ordered = np.sort(effects)  # the order of families must not change the last digit
    mean, spread = float(ordered.mean()), float(ordered.std(ddof=1))
    half = errors * spread if spread > 0 else 0.0
    return Estimate(value=mean, low=float(mean - half), high=float(mean + half))


def t_quantile(level: float, freedom: int) -> float:
    """Return how many standard errors a t interval of a level reaches to either side."""
    from scipy import stats

    return float(stats.t.ppf((1 + level) / 2, freedom))
