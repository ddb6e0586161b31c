"""Ranks of several sides over families: Friedman's test, Nemenyi's, and the critical difference."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.stats.paired import PAIR, Side, figures
from boostweights.errors import InvalidValueError, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class CriticalDifference:
    """What a critical-difference diagram shows.

    Attributes
    ----------
    mean_ranks : dict of str to float
        By side, best first; 1 is the best.
    friedman_p : float
        That all sides are alike.
    nemenyi_p : dict of str to dict
        By pair of sides, two-sided and adjusted for all pairs.
    width : float
        Mean ranks that differ by less are not told apart.
    cliques : tuple of tuple of str
        The bars of the diagram: largest groups of sides that are not told apart, best first.
    families : int
        How many families were ranked.
    """

    mean_ranks: dict[str, float]
    friedman_p: float
    nemenyi_p: dict[str, dict[str, float]]
    width: float
    cliques: tuple[tuple[str, ...], ...]
    families: int


def family_means(metrics: pd.DataFrame, sides: Sequence[Side], metric: str) -> pd.DataFrame:
    """Return each family's mean figure on each side, over what has all sides.

    A data set, library and fold counts only if it was measured on every side. Folds are averaged first,
    then libraries, then the data sets of a family.

    Parameters
    ----------
    metrics : pandas.DataFrame
        One row a figure, as `figures` describes.
    sides : sequence of Side
        The columns.
    metric : str
        The figure.

    Returns
    -------
    means : pandas.DataFrame
        A row a family, a column a side (by its text); sorted by family. Empty if nothing has all sides.
    """
    found = figures(metrics, metric)
    wanted = pd.DataFrame(
        [{"arm": side.arm, "rule": side.rule, "proba": side.proba, "side": str(side)} for side in sides]
    )
    chosen = found.merge(wanted, on=["arm", "rule", "proba"], how="inner")
    names = [str(side) for side in sides]
    wide = chosen.pivot(index=list(PAIR), columns="side", values="value").reindex(columns=names).dropna()
    for level in (["family", "dataset", "library"], ["family", "dataset"], ["family"]):
        wide = wide.groupby(level, sort=True).mean()
    return wide.rename_axis(columns=None)


def critical_difference(means: pd.DataFrame, *, lower_is_better: bool = False) -> CriticalDifference:
    r"""Return mean ranks over families, which of them are told apart, and by how much they must differ.

    .. math:: CD = \frac{q_\alpha}{\sqrt 2} \sqrt{\frac{k (k + 1)}{6 n}}

    for k sides on n families, with the studentized range's quantile :math:`q_\alpha` (k groups, infinitely
    many degrees of freedom).

    Parameters
    ----------
    means : pandas.DataFrame of shape (n, k)
        A row a family, a column a side: what `family_means` returns. At least 2 rows and 3 columns.
    lower_is_better : bool, default=False
        Rank 1 is the smallest figure instead of the largest.

    Raises
    ------
    InvalidValueError
        If there are too few rows or columns, or a figure is missing.

    References
    ----------
    Demšar (2006), Statistical comparisons of classifiers over multiple data sets, JMLR 7. Friedman's test is
    scipy's, Nemenyi's is scikit-posthocs'.

    Examples
    --------
    >>> means = pd.DataFrame({"a": [0.9, 0.8, 0.9], "b": [0.5, 0.6, 0.4], "c": [0.4, 0.5, 0.3]})
    >>> found = critical_difference(means)
    >>> found.mean_ranks, round(found.width, 3), found.cliques
    ({'a': 1.0, 'b': 2.0, 'c': 3.0}, 1.914, (('a', 'b'), ('b', 'c')))
    """
    from scipy import stats

    _check_block(means)
    families, k = means.shape
    oriented = means if lower_is_better else -means
    ranks = oriented.rank(axis=1).mean().sort_values(kind="stable")
    quantile = float(stats.studentized_range.ppf(0.95, k, np.inf))
    width = quantile / np.sqrt(2) * np.sqrt(k * (k + 1) / (6 * families))
    return CriticalDifference(
        mean_ranks={str(name): float(rank) for name, rank in ranks.items()},
        friedman_p=_friedman(oriented),
        nemenyi_p=_nemenyi(oriented),
        width=float(width),
        cliques=_cliques(ranks, width),
        families=families,
    )


def _check_block(means: pd.DataFrame) -> None:
    families, k = means.shape
    if families < 2 or k < 3:
        rule = "ranking needs at least two families and three sides"
        raise InvalidValueError(rule, f"{families} families, {k} sides", "Compare two sides in pairs.")
    if means.isna().any(axis=None):
        rule = "ranking needs each side's figure for each family"
        first = means.index[means.isna().any(axis=1)][0]
        raise InvalidValueError(rule, f"none for {shown(first)}", "Leave that family out.")


def _friedman(oriented: pd.DataFrame) -> float:
    from scipy import stats

    if (oriented.nunique(axis=1) == 1).all():  # all tied: the statistic is 0/0
        return 1.0
    return float(stats.friedmanchisquare(*oriented.to_numpy().T).pvalue)


def _nemenyi(oriented: pd.DataFrame) -> dict[str, dict[str, float]]:
    from scikit_posthocs import posthoc_nemenyi_friedman

    names = [str(name) for name in oriented.columns]
    rows = posthoc_nemenyi_friedman(oriented.to_numpy()).to_numpy().tolist()
    return {name: dict(zip(names, row, strict=True)) for name, row in zip(names, rows, strict=True)}


def _cliques(ranks: pd.Series[float], width: float) -> tuple[tuple[str, ...], ...]:
    """Return the longest runs of sorted mean ranks that span less than the width."""
    names, values = [str(name) for name in ranks.index], ranks.to_numpy()
    ends = [int(np.searchsorted(values, value + width, side="left")) for value in values]
    longest = [
        (start, end)
        for start, end in enumerate(ends)
        if end - start > 1 and (start == 0 or end > ends[start - 1])
    ]
    return tuple(tuple(names[start:end]) for start, end in longest)
