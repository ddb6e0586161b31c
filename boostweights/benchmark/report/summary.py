"""Means by library and arm, their ranks, and the few figures that fit a terminal and a README."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Final, Literal, TypeAlias

import pandas as pd

from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES
from boostweights.benchmark.metrics import Metric
from boostweights.benchmark.report.figures import BASELINE, Column, Figures, figures_of
from boostweights.benchmark.report.promised import Prices, prices
from boostweights.benchmark.report.tables import Tables
from boostweights.benchmark.stats.ranks import CriticalDifference, critical_difference

ALL = "all"
"""How tables call all libraries together."""

ROW: Final = ["regime", "library", "arm"]
"""The columns that name a row."""

Losses: TypeAlias = Mapping[Column, Mapping[str, float]]

Tone = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One library (or all together) under one arm, in one regime.

    Attributes
    ----------
    regime, library, policy : str
        Which regime and library, and which arm of the suite; ``"all"`` is the mean over libraries.
    means : mapping of str to float
        Per figure, the mean over data sets of the means over folds.
    differences : mapping of str to float
        The same of the differences from the unweighted model of the same fold and library; empty for
        the unweighted row, and if there is no unweighted arm.
    noise : mapping of str to float
        How large a difference its folds leave to chance; of a run of one data set, else empty.
    """

    regime: str
    library: str
    policy: str
    means: Mapping[str, float]
    differences: Mapping[str, float]
    noise: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """What a run measured, in short.

    Attributes
    ----------
    rows : tuple of Row
        A row a regime, library and arm that has figures there, in the plan's order.
    overall : tuple of Row
        A row a regime and arm, over all libraries.
    cells : pandas.DataFrame
        One row a cell, with what became of it.
    columns : mapping of str to Metric
        The figures of the narrow table, those that have a heading.
    losses : mapping
        What `losses` returns.
    prices : Prices or None
        What a promise costs, where arms are compared by one.
    done, failed, planned : int
        Cells with figures, cells that failed, and cells of the plan.
    """

    rows: tuple[Row, ...]
    overall: tuple[Row, ...]
    cells: pd.DataFrame
    columns: Mapping[str, Metric]
    losses: Mapping[str, Losses]
    prices: Prices | None
    done: int
    failed: int
    planned: int


def summarize(tables: Tables, figures: Figures | None = None) -> Summary:
    """Return the means and paired differences of a run: raw probabilities, decided at .5.

    A mean weighs every data set alike, whatever its size, and takes in only the cells that have figures;
    a difference only those whose unweighted model has them too.
    """
    found = figures_of(tables) if figures is None else figures
    columns = {name: metric for name, metric in found.metrics.items() if metric.heading}
    boards = {
        name: leaderboard(found, view, name).set_index(ROW)
        for name, metric in columns.items()
        if found.has(view := "0.5/raw" if metric.of == "decision" else "none/raw", name)
    }
    cells = tables.cells[ROW].drop_duplicates()
    planned = set(pd.concat([cells, cells.assign(library=ALL)]).itertuples(index=False, name=None))
    rows, overall = (
        [_row(boards, *row) for row in product(tables.regimes, libraries, tables.arm_names) if row in planned]
        for libraries in (tables.libraries, [ALL])
    )
    return Summary(
        rows=tuple(rows),
        overall=tuple(overall),
        cells=tables.cells,
        columns=columns,
        losses=losses(found, tables.regimes),
        prices=prices(tables, found),
        done=tables.done,
        failed=len(tables.failed),
        planned=len(tables.cells),
    )


def tone(metric: Metric, difference: float, noise: float = 0.0) -> Tone:
    """Return whether a difference is for the better; within noise, and for fit seconds, it is neither.

    Examples
    --------
    >>> recall, loss = Metric(name="recall", of="decision"), Metric(name="loss", of="score", lower=True)
    >>> tone(recall, 0.1), tone(loss, 0.1), tone(recall, 0.0001), tone(recall, 0.1, noise=0.2)
    ('better', 'worse', 'same', 'same')
    """
    if not metric.toned or abs(difference) < max(0.0005, noise):
        return "same"
    return "better" if (difference < 0) == metric.lower else "worse"


def _row(boards: Mapping[str, pd.DataFrame], regime: str, library: str, arm: str) -> Row:
    key = (regime, library, arm)
    here = {name: board for name, board in boards.items() if key in board.index}
    means, differences = (
        {name: float(board[column].loc[key]) for name, board in here.items()}
        for column in ("mean", "difference")
    )
    compared = {name: value for name, value in differences.items() if not math.isnan(value)}
    noise = {name: float(board["noise"].loc[key]) for name, board in here.items()}
    return Row(
        regime=regime,
        library=library,
        policy=arm,
        means=means,
        differences={} if arm == BASELINE else compared,
        noise={name: value for name, value in noise.items() if not math.isnan(value)},
    )


def leaderboard(figures: Figures, view: str, metric: str) -> pd.DataFrame:
    """Return a row a regime, arm and library (and all libraries together).

    Means weigh each data set and library alike, whatever the data set's size and number of folds. Arms that
    were not measured on all data sets have the mean over theirs; differences are from the unweighted models
    of the same folds.

    Returns
    -------
    table : pandas.DataFrame
        Columns regime, arm, library, mean, difference (NaN without an unweighted arm), noise (of one data set
        and library, else NaN), datasets.
    """
    cells = figures.table(view, metric).reset_index()
    together = pd.concat([cells.assign(library=ALL, own=cells["library"]), cells.assign(own="")])
    grouped = together.groupby(["regime", "arm", "library"], sort=False)
    found = grouped.agg(
        mean=("mean", "mean"),
        difference=("difference", "mean"),
        noise=("noise", "first"),
        datasets=("dataset", "nunique"),
    )
    found["noise"] = found["noise"].where(grouped.size() == 1)
    return found.reset_index()


def losses(figures: Figures, regimes: Sequence[str]) -> dict[str, dict[Column, dict[str, float]]]:
    """Return log loss and Brier score, as trained, corrected and fitted, of each arm that has them.

    Returns
    -------
    dict of str to dict of (view, metric) to dict
        By regime, means over data sets and libraries by arm.
    """
    found: dict[str, dict[Column, dict[str, float]]] = {regime: {} for regime in regimes}
    for name, view in product(("log_loss", "brier"), ("none/raw", "none/corrected", "none/fitted")):
        if figures.has(view, name):
            board = leaderboard(figures, view, name).query("library == @ALL")
            for regime, means in found.items():
                here = board[board["regime"] == regime]
                means[view, name] = dict(zip(here["arm"], here["mean"], strict=True))
    return found


def loss_rows(found: Losses) -> Iterator[tuple[str, ...]]:
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


def ranking(figures: Figures, view: str, metric: str, regime: str) -> Ranking:
    """Rank the arms that every library has in a regime, over the families that have all of them.

    Libraries whose learners are their own, with no unweighted one beside them, are left out.

    A data set and library counts if every planned fold of each of these arms has the figure. Libraries are
    averaged first, then the data sets of a family.
    """
    cells = figures.table(view, metric)
    cells = cells[cells.index.get_level_values("regime") == regime]
    wide = cells["mean"].where(cells["whole"]).unstack("arm")
    if BASELINE in wide:
        wide = wide[wide[BASELINE].groupby(level="library").transform("count") > 0]
    measured = wide.notna().groupby(level="library").any().all()
    arms = [arm for arm in dict.fromkeys(cells.index.get_level_values("arm")) if measured[arm]]
    means = wide[arms].dropna().groupby(level="dataset", sort=True).mean()
    families = figures.families.reindex(means.index)
    means = means.groupby(families.to_numpy(), sort=True).mean()
    if len(arms) < 3 or len(means) < 2:
        return Ranking(arms=tuple(arms), families=len(means), found=None)
    found = critical_difference(means, lower_is_better=figures.metrics[metric].lower)
    return Ranking(arms=tuple(arms), families=len(means), found=found)
