"""A run's exported tables: all that a report reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.benchmark.claims.evidence import by_regime, with_regime
from boostweights.benchmark.claims.runs import read_runs, read_table
from boostweights.benchmark.digests import DIGESTS
from boostweights.benchmark.metrics import Metric, metrics_of
from boostweights.benchmark.regimes import FIXED

SPLIT: Final = ("dataset", "repeat", "fold")
CELL: Final = ("regime", *SPLIT, "library", "arm")
"""The columns that name a cell; a run without regimes has the same one everywhere."""

_STORED: Final = CELL[1:]

_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "cells": (*_STORED, "family", "status", "weights", "model_digest", "error", "traceback"),
    "metrics": (*_STORED, "family", "rule", "proba", "metric", "value"),
    "curves": ("dataset", "library", "arm", "curve", "proba", "place", "x", "y", "n"),
    "timings": (*_STORED, "step", "seconds"),
    "arms": ("arm",),
    "datasets": ("dataset", "family", "digest"),
}


@dataclass(frozen=True, kw_only=True, eq=False)
class Tables:
    """The tables of a run, as `boostweights.benchmark.run.export` wrote them.

    Attributes
    ----------
    cells, metrics, curves, timings, arms, datasets : pandas.DataFrame
        One row a cell; a figure; a point of a curve of a data set, library and arm; a cell and step; an arm;
        a data set.
    runs : tuple of mappings
        The facts of each run, the first one first.
    """

    cells: pd.DataFrame
    metrics: pd.DataFrame
    curves: pd.DataFrame
    timings: pd.DataFrame
    arms: pd.DataFrame
    datasets: pd.DataFrame
    runs: tuple[Mapping[str, Any], ...]

    @property
    def run(self) -> Mapping[str, Any]:
        """The facts of the newest run."""
        return self.runs[-1]

    @property
    def suite(self) -> Mapping[str, Any]:
        """The suite of the newest run."""
        found: Mapping[str, Any] = self.run["suite"]
        return found

    @cached_property
    def libraries(self) -> list[str]:
        """The libraries of the cells, in the plan's order."""
        return list(dict.fromkeys(self.cells["library"]))

    @cached_property
    def regimes(self) -> list[str]:
        """The regimes of the cells, the most careful one first; "fixed" alone of a run without any."""
        return list(by_regime(self.cells))

    @cached_property
    def arm_names(self) -> list[str]:
        """The arms of the cells, in the suite's order."""
        found = set(self.cells["arm"])
        return [str(name) for name in self.arms["arm"] if name in found]

    @cached_property
    def known_metrics(self) -> Mapping[str, Metric]:
        """The metrics that come along, and those of the run's own."""
        return metrics_of(self.suite)

    @cached_property
    def failed(self) -> pd.DataFrame:
        """The cells that were tried and have no figures."""
        status = self.cells["status"]
        return self.cells[status.notna() & (status != "ok")]

    @property
    def done(self) -> int:
        """How many cells have figures."""
        return int((self.cells["status"] == "ok").sum())


def has_tables(directory: Path) -> bool:
    """Whether a directory holds a run's figures, or should hold them by its digests."""
    return any((directory / name).is_file() for name in ("metrics.parquet", DIGESTS))


def read_tables(directory: Path) -> Tables:
    """Return the tables in a directory; nothing else of the run is needed.

    Parameters
    ----------
    directory : Path
        Holds ``cells.parquet``, ``metrics.parquet``, ``curves.parquet``, ``timings.parquet``,
        ``arms.parquet``, ``datasets.parquet`` and ``runs.parquet``, and their digests.

    Raises
    ------
    InvalidValueError
        If a table is missing, is not as it was written, lacks a column, or no run is recorded.
    """
    frames = {name: read_table(directory, name, columns) for name, columns in _COLUMNS.items()}
    trained = {name: with_regime(frame) for name, frame in frames.items() if "library" in frame}
    return Tables(**frames | trained, runs=read_runs(directory))


def named(name: str, regime: str) -> str:
    """Return a name for readers, with the regime of a run that has any.

    Examples
    --------
    >>> named("xgboost", "tuned"), named("xgboost", "fixed")
    ('xgboost, tuned', 'xgboost')
    """
    return name if regime == FIXED else f"{name}, {regime}"
