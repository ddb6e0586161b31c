"""Across data sets, counted by family: two versions of one source are one observation.

The estimand is the unweighted mean over families, library by library. The interval of `mean_interval`
decides; what stands beside it says how much families differ, and where another weighing would lead.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from boostweights.benchmark.stats import LEVEL, Effects, interval_around, mean_interval, t_quantile
from boostweights.errors import InvalidValueError, shown
from boostweights.recommendation.figures import Estimate

Answer: TypeAlias = Literal["higher", "equivalent", "lower", "unclear"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """Shares of families, which sum to 1: their difference lies below, within or above equivalence."""

    below: float
    within: float
    above: float


def by_family(table: pd.DataFrame) -> pd.DataFrame:
    """Return a mean difference for each family and library: the mean over the family's data sets.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns family, dataset, library, difference; of one metric and one side. With a column error, the
        standard error of each difference, families have variances, too.

    Returns
    -------
    effects : pandas.DataFrame
        Columns library, family, difference, variance (NaN where unknown), datasets; sorted.

    Raises
    ------
    InvalidValueError
        If a data set has more than one difference for a library: choose one metric and one side.

    Examples
    --------
    >>> table = pd.DataFrame({"family": ["a", "a", "b"], "dataset": ["a1", "a2", "b"], "library": "l"})
    >>> by_family(table.assign(difference=[0.0, 0.5, 1.0]))["difference"].tolist()
    [0.25, 1.0]
    """
    ordered = table.sort_values(["library", "family", "dataset"])
    if (again := ordered.duplicated(["library", "dataset"])).any():
        rule = "a data set must have one difference for each library"
        found = shown(dict(ordered.loc[again, ["library", "dataset"]].iloc[0]))
        raise InvalidValueError(rule, found, "Choose one metric and one side.")
    errors = ordered["error"] if "error" in ordered.columns else np.nan
    groups = ordered.assign(square=errors**2).groupby(["library", "family"])
    means = groups[["difference", "square"]].mean()
    means["datasets"] = groups.size()
    means["variance"] = means["square"] / means["datasets"]
    return means.drop(columns="square").reset_index()


def pooled(effects: pd.DataFrame) -> pd.Series[float]:
    """Return one difference a family: the mean over the libraries that have it.

    Parameters
    ----------
    effects : pandas.DataFrame
        What `by_family` returns.

    Examples
    --------
    >>> pooled(pd.DataFrame({"library": ["k", "l"], "family": "a", "difference": [0.0, 0.5]})).to_dict()
    {'a': 0.25}
    """
    return effects.sort_values(["family", "library"]).groupby("family")["difference"].mean()


def prediction_interval(effects: Effects, level: float = LEVEL) -> Estimate:
    r"""Return where a new family's difference is to be expected.

    .. math:: \bar x \pm t_{k-2} s \sqrt{1 + 1/k}

    Two families say nothing of a third: the interval is infinite, unless they agree.

    References
    ----------
    Higgins, Thompson & Spiegelhalter (2009), A re-evaluation of random-effects meta-analysis, JRSS A 172,
    for the degrees of freedom.

    Examples
    --------
    >>> found = prediction_interval(np.array([0.1, 0.2, 0.3]), 0.5)
    >>> round(found.low, 3), round(found.high, 3)
    (0.085, 0.315)
    """
    reach = t_quantile(level, effects.size - 2) if effects.size > 2 else np.inf
    return interval_around(effects, reach * np.sqrt(1 + 1 / effects.size))


def bootstrap_interval(effects: Effects, *, seed: int = 0, samples: int = 9_999) -> Estimate:
    """Return the mean over families with its .95 bootstrap interval: families are drawn with replacement.

    Parameters
    ----------
    effects : array of shape (n,)
        One difference a family.
    seed, samples : int
        Of the bootstrap.

    References
    ----------
    Efron (1987), Better bootstrap confidence intervals, JASA 82: bias-corrected and accelerated; scipy's.

    Examples
    --------
    >>> bootstrap_interval(np.array([0.5, 0.5]))
    Estimate(value=0.5, low=0.5, high=0.5)
    """
    from scipy import stats

    ordered = np.sort(effects)
    value = float(np.mean(ordered))
    if np.ptp(ordered) == 0:  # the bootstrap's acceleration is 0/0 there
        return Estimate(value=value, low=value, high=value)
    rng = np.random.default_rng(seed)
    found = stats.bootstrap((ordered,), np.mean, n_resamples=samples, vectorized=True, rng=rng)
    low, high = found.confidence_interval
    return Estimate(value=value, low=float(low), high=float(high))


def shares(effects: Effects, rope: float) -> Regions:
    """Return the shares of families below, within (ends included) and above practical equivalence.

    Examples
    --------
    >>> shares(np.array([-0.5, 0.0, 0.25, 0.5]), 0.25)
    Regions(below=0.25, within=0.5, above=0.25)
    """
    below, above = float((effects < -rope).mean()), float((effects > rope).mean())
    return Regions(below=below, within=float((np.abs(effects) <= rope).mean()), above=above)


def answered(interval: Estimate, rope: float) -> Answer:
    """Return what an interval says: it lies within practical equivalence, or wholly beyond one of its ends.

    Examples
    --------
    >>> answered(Estimate(value=0.05, low=0.02, high=0.08), 0.01)
    'higher'
    >>> answered(Estimate(value=0.05, low=0.005, high=0.095), 0.01)  # not 0, but perhaps too small to matter
    'unclear'
    """
    if interval.low > rope:
        return "higher"
    if interval.high < -rope:
        return "lower"
    return "equivalent" if -rope <= interval.low and interval.high <= rope else "unclear"


def hinges(effects: Effects, rope: float, level: float) -> tuple[int, ...]:
    """Return the places of families without which `answered` would say something else.

    Each is left out in turn and the interval is made anew from the others, at the same level.

    Examples
    --------
    >>> hinges(np.array([0.1, 0.1, 0.1, 0.1, 0.9]), 0.01, 0.95)  # the last one alone makes it unclear
    (4,)
    """
    answer = answered(mean_interval(effects, level), rope)
    places = range(effects.size if effects.size > 2 else 0)
    return tuple(
        place for place in places if answered(mean_interval(np.delete(effects, place), level), rope) != answer
    )


def random_effects(effects: Effects, variances: Effects, level: float = LEVEL) -> Estimate:
    r"""Return the mean of a random-effects model: families weigh the less, the noisier they are.

    A reading beside `mean_interval`, never the one that decides: where small data sets are noisier and differ
    from large ones in their effect, it is about another mean.

    Parameters
    ----------
    effects, variances : array of shape (k,)
        One difference a family, and the variance of its estimate. A variance below a hundredth of the median
        one (such as 0, where all folds agree) is raised to that; one that is not known (NaN) counts as the
        median.
    level : float, default=0.95
        Of the interval.

    References
    ----------
    Paule & Mandel (1982), Journal of Research of the NBS 87, for the variance between families; Hartung &
    Knapp (2001), Statistics in Medicine 20, for the interval, whose scale is never below 1 (Röver, Knapp &
    Friede 2015, BMC Medical Research Methodology 15).

    Examples
    --------
    >>> found = random_effects(np.array([0.1, 0.2, 0.3]), np.array([0.01, 0.01, 0.01]))
    >>> round(found.value, 3)
    0.2
    """
    noise = _floored(np.asarray(variances, dtype=np.float64))
    weights = 1 / (noise + _between(effects, noise))
    mean = float(np.average(effects, weights=weights))
    scale = max(1.0, float((weights * (effects - mean) ** 2).sum() / (effects.size - 1)))
    reach = t_quantile(level, effects.size - 1) * np.sqrt(scale / weights.sum())
    return Estimate(value=mean, low=mean - float(reach), high=mean + float(reach))


def _floored(variances: Effects) -> Effects:
    known = variances[np.isfinite(variances) & (variances > 0)]
    median = float(np.median(known)) if known.size else 1e-12
    return np.maximum(np.nan_to_num(variances, nan=median), max(median / 100, 1e-12))


def _between(values: Effects, noise: Effects) -> float:
    """Return Paule and Mandel's variance between families: at it, the weighted squares are k - 1."""
    from scipy import optimize

    def excess(variance: float) -> float:
        weights = 1 / (noise + variance)
        squares = weights * (values - np.average(values, weights=weights)) ** 2
        return float(squares.sum()) - (values.size - 1)

    if excess(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(excess, 0.0, float(np.ptp(values)) ** 2 * values.size))
