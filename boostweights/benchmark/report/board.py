"""The leaderboard: arms by library, and their mean ranks over families."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import pandas as pd

from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES
from boostweights.benchmark.report.figures import Column, Figures
from boostweights.benchmark.stats.ranks import CriticalDifference, critical_difference

ALL = "all"
"""How tables call all libraries together."""


def leaderboard(figures: Figures, view: str, metric: str) -> pd.DataFrame:
    """Return a row an arm and library (and all libraries together).

    Means weigh each data set and library alike, whatever the data set's size and number of folds. Arms that
    were not measured on all data sets have the mean over theirs; differences are from the unweighted models
    of the same folds.

    Returns
    -------
    table : pandas.DataFrame
        Columns arm, library, mean, difference (NaN without an unweighted arm), datasets.
    """
    cells = figures.table(view, metric).reset_index()
    together = pd.concat([cells.assign(library=ALL, own=cells["library"]), cells.assign(own="")])
    grouped = together.groupby(["arm", "library"], sort=False)
    found = grouped.agg(
        mean=("mean", "mean"), difference=("difference", "mean"), datasets=("dataset", "nunique")
    )
    return found.reset_index()


def losses(figures: Figures) -> dict[Column, dict[str, float]]:
    """Return log loss and Brier score, as trained, corrected and fitted, of each arm that has them.

    Returns
    -------
    dict of (view, metric) to dict
        Means over data sets and libraries by arm.
    """
    found: dict[Column, dict[str, float]] = {}
    for name, view in product(("log_loss", "brier"), ("none/raw", "none/corrected", "none/fitted")):
        if figures.has(view, name):
            board = leaderboard(figures, view, name).query("library == @ALL")
            found[view, name] = dict(zip(board["arm"], board["mean"], strict=True))
    return found


def loss_rows(found: Mapping[Column, Mapping[str, float]]) -> Iterator[tuple[str, ...]]:
    """Yield a row an arm for tables: its name, and each of its `losses` as text."""
    for arm in dict.fromkeys(arm for means in found.values() for arm in means):
        yield arm, *(f"{means[arm]:.4f}" if arm in means else "–" for means in found.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Mean ranks of arms.

    Attributes
    ----------
    arms : tuple of str
        The arms that were ranked: those that every library has.
    families : int
        Families of data sets with all of them.
    found : CriticalDifference or None
        None of fewer than two families or three arms.
    """

    arms: tuple[str, ...]
    families: int
    found: CriticalDifference | None

    @property
    def decides(self) -> bool:
        """Whether there are families enough to tell arms apart."""
        return self.found is not None and self.families >= FEWEST_FAMILIES


def ranking(figures: Figures, view: str, metric: str) -> Ranking:
    """Rank the arms that every library has, over the families that have all of them.

    A data set and library counts if every planned fold of each of these arms has the figure. Libraries are
    averaged first, then the data sets of a family.
    """
    cells = figures.table(view, metric)
    wide = cells["mean"].where(cells["whole"]).unstack("arm")
    measured = wide.notna().groupby(level="library").any().all()
    arms = [arm for arm in dict.fromkeys(cells.index.get_level_values("arm")) if measured[arm]]
    means = wide[arms].dropna().groupby(level="dataset", sort=True).mean()
    families = figures.families.reindex(means.index)
    means = means.groupby(families.to_numpy(), sort=True).mean()
    if len(arms) < 3 or len(means) < 2:
        return Ranking(arms=tuple(arms), families=len(means), found=None)
    found = critical_difference(means, lower_is_better=figures.metrics[metric].lower)
    return Ranking(arms=tuple(arms), families=len(means), found=found)
