"""Across data sets, counted by family: two versions of one source are one observation; trends, too."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from boostweights.errors import InvalidValueError, shown

Effects: TypeAlias = np.ndarray[Any, np.dtype[np.floating[Any]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with the ends of its interval, in the value's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Regions:
    """Probabilities that sum to 1: the difference lies below, within or above practical equivalence."""

    below: float
    within: float
    above: float


def by_family(table: pd.DataFrame) -> pd.DataFrame:
    """Return a mean difference for each family and library: the mean over the family's data sets.

    Parameters
    ----------
    table : pandas.DataFrame
        Columns family, dataset, library, difference; of one metric and one side.

    Returns
    -------
    effects : pandas.DataFrame
        Columns library, family, difference, datasets; sorted.

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
    means = ordered.groupby(["library", "family"], sort=True)["difference"].agg(["mean", "size"])
    return means.rename(columns={"mean": "difference", "size": "datasets"}).reset_index()


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
    return effects.sort_values(["family", "library"]).groupby("family", sort=True)["difference"].mean()


def signed_rank(effects: Effects, rope: float, *, seed: int = 0, samples: int = 20_000) -> Regions:
    """Return the posterior of the Bayesian signed-rank test.

    Parameters
    ----------
    effects : array of shape (n,)
        One difference a family, in the metric's unit.
    rope : float
        Half-width of the region of practical equivalence, in the same unit, not negative.
    seed, samples : int
        Of the posterior's draws; the standard error of a probability is at most .5 / sqrt(samples).

    References
    ----------
    Benavoli et al. (2014), A Bayesian Wilcoxon signed-rank test based on the Dirichlet process, ICML;
    Benavoli et al. (2017), Time for a change, JMLR 18, for the region. The implementation is baycomp's: a
    probability is the share of posterior draws in which that region is the most probable of the three.

    Examples
    --------
    >>> signed_rank(np.array([0.2, 0.3, 0.25, 0.4, 0.3]), 0.01, samples=200).above
    1.0
    """
    import baycomp

    if not (np.isfinite(rope) and rope >= 0):
        rule = "the region of practical equivalence must be finite and not negative"
        raise InvalidValueError(rule, shown(rope), "Use the metric's half-width, such as 0.01.")
    ordered = _sorted(effects)  # the test is about a set: equal sets give equal draws
    posterior = baycomp.SignedRankTest(
        np.zeros_like(ordered), ordered, rope=rope, nsamples=samples, random_state=seed
    )
    below, within, above = posterior.probs()
    return Regions(below=float(below), within=float(within), above=float(above))


def wilcoxon_holm(effects: Mapping[str, Effects]) -> dict[str, tuple[float, float]]:
    """Return each library's Wilcoxon signed-rank p-value, as it is and adjusted over the libraries.

    Parameters
    ----------
    effects : mapping of str to array of shape (n,)
        By library, one difference a family.

    Returns
    -------
    p : dict of str to tuple
        By library, the two-sided p-value and the one adjusted by Holm's method. Where all differences are 0
        nothing speaks against equality: p is 1.

    References
    ----------
    Wilcoxon (1945), Biometrics Bulletin 1 (scipy's); Holm (1979), Scandinavian Journal of Statistics 6
    (statsmodels').

    Examples
    --------
    >>> few = np.array([0.1, 0.2, 0.3, 0.4, 0.5])
    >>> p, adjusted = wilcoxon_holm({"k": few, "l": -few})["k"]
    >>> round(p, 4), round(adjusted, 4)
    (0.0625, 0.125)
    """
    from statsmodels.stats.multitest import multipletests

    plain = {library: _wilcoxon(_sorted(values)) for library, values in effects.items()}
    if len(plain) < 2:  # nothing to adjust for
        return {library: (p, p) for library, p in plain.items()}
    adjusted = multipletests(list(plain.values()), method="holm")[1]
    return {library: (p, float(holm)) for (library, p), holm in zip(plain.items(), adjusted, strict=True)}


def mean_interval(effects: Effects, *, seed: int = 0, samples: int = 9_999) -> Estimate:
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
    >>> mean_interval(np.array([0.5, 0.5]))
    Estimate(value=0.5, low=0.5, high=0.5)
    """
    ordered = _sorted(effects)
    value = float(np.mean(ordered))
    if np.ptp(ordered) == 0:  # the bootstrap's acceleration is 0/0 there
        return Estimate(value=value, low=value, high=value)
    return bootstrapped(value, (ordered,), np.mean, samples, seed)


def bootstrapped(
    value: float, data: Sequence[Effects], statistic: Any, samples: int, seed: int, **how: Any
) -> Estimate:
    """Return a value with its two-sided .95 interval by scipy's bootstrap; `how` are its other settings."""
    from scipy import stats

    rng = np.random.default_rng(seed)
    found = stats.bootstrap(data, statistic, n_resamples=samples, vectorized=True, rng=rng, **how)
    low, high = found.confidence_interval
    return Estimate(value=value, low=float(low), high=float(high))


def _sorted(effects: Effects) -> Effects:
    found = np.sort(np.asarray(effects, dtype=np.float64))
    if found.ndim != 1 or found.size < 2 or not np.isfinite(found).all():
        rule = "effects must be two or more finite numbers, one a family"
        raise InvalidValueError(rule, shown(found.tolist()), "Count the families before testing.")
    return found


def _wilcoxon(effects: Effects) -> float:
    from scipy import stats

    return float(stats.wilcoxon(effects).pvalue) if effects.any() else 1.0


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
