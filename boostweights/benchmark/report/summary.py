"""Means and differences of the few figures that fit a terminal and a README."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from boostweights.benchmark.metrics import Metric
from boostweights.benchmark.report.board import ALL, leaderboard, losses
from boostweights.benchmark.report.figures import BASELINE, Column, Figures, figures_of
from boostweights.benchmark.report.tables import Tables

Tone = Literal["better", "worse", "same"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One library (or all together) under one arm.

    Attributes
    ----------
    library, policy : str
        Which library, and which arm of the suite; ``"all"`` is the mean over libraries.
    means : mapping of str to float
        Per figure, the mean over data sets of the means over folds.
    differences : mapping of str to float
        The same of the differences from the unweighted model of the same fold and library; empty for
        the unweighted row, and if there is no unweighted arm.
    """

    library: str
    policy: str
    means: Mapping[str, float]
    differences: Mapping[str, float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Summary:
    """What a run measured, in short.

    Attributes
    ----------
    rows : tuple of Row
        A row a library and arm that has figures there, in the plan's order.
    overall : tuple of Row
        A row an arm, over all libraries.
    cells : pandas.DataFrame
        One row a cell, with what became of it.
    columns : mapping of str to Metric
        The figures of the narrow table, those that have a heading.
    losses : mapping
        What `board.losses` returns.
    done, failed, planned : int
        Cells with figures, cells that failed, and cells of the plan.
    """

    rows: tuple[Row, ...]
    overall: tuple[Row, ...]
    cells: pd.DataFrame
    columns: Mapping[str, Metric]
    losses: Mapping[Column, Mapping[str, float]]
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
        name: leaderboard(found, view, name).set_index(["library", "arm"])
        for name, metric in columns.items()
        if found.has(view := "0.5/raw" if metric.of == "decision" else "none/raw", name)
    }
    planned = tables.cells[["library", "arm"]].drop_duplicates()
    pairs = set(planned.itertuples(index=False, name=None))
    rows = [
        _row(boards, library, arm)
        for library in tables.libraries
        for arm in tables.arm_names
        if (library, arm) in pairs
    ]
    return Summary(
        rows=tuple(rows),
        overall=tuple(_row(boards, ALL, arm) for arm in tables.arm_names),
        cells=tables.cells,
        columns=columns,
        losses=losses(found),
        done=tables.done,
        failed=len(tables.failed),
        planned=len(tables.cells),
    )


def tone(metric: Metric, difference: float) -> Tone:
    """Return whether a figure's difference is for the better; for fit seconds it is neither.

    Examples
    --------
    >>> recall, loss = Metric(name="recall", of="decision"), Metric(name="loss", of="score", lower=True)
    >>> tone(recall, 0.1), tone(loss, 0.1), tone(recall, 0.0001)
    ('better', 'worse', 'same')
    """
    if not metric.toned or abs(difference) < 0.0005:
        return "same"
    return "better" if (difference < 0) == metric.lower else "worse"


def _row(boards: Mapping[str, pd.DataFrame], library: str, arm: str) -> Row:
    key = (library, arm)
    here = {name: board for name, board in boards.items() if key in board.index}
    means = {name: _number(board["mean"], key) for name, board in here.items()}
    differences = {name: _number(board["difference"], key) for name, board in here.items()}
    compared = {name: value for name, value in differences.items() if not math.isnan(value)}
    return Row(library=library, policy=arm, means=means, differences={} if arm == BASELINE else compared)


def _number(column: pd.Series[Any], key: tuple[str, str]) -> float:
    return float(column.to_dict()[key])
