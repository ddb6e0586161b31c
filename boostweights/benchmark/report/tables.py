"""A run's exported tables: all that a report reads."""

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boostweights.benchmark.digests import read_file
from boostweights.benchmark.metrics import Metric, metrics_of
from boostweights.benchmark.regimes import FIXED, WORDS
from boostweights.errors import InvalidValueError, check_known, check_that, explained

SPLIT = ("dataset", "repeat", "fold")
CELL = ("regime", *SPLIT, "library", "arm")
"""The columns that name a cell; a run without regimes has the same one everywhere."""

_RULE = "a run's directory must hold its exported tables"
_REMEDY = "Run the suite, or its report, again."

_STORED = CELL[1:]
FAILED = ["dataset", "repeat", "fold", "regime", "library", "arm", "status", "error", "traceback"]
"""The columns of a failed cell that reports show."""

_COLUMNS = {
    "cells": (*_STORED, "family", "status", "weights", "model_digest", "error", "traceback"),
    "metrics": (*_STORED, "family", "rule", "proba", "metric", "value"),
    "curves": ("dataset", "library", "arm", "curve", "proba", "place", "x", "y", "n"),
    "timings": (*_STORED, "step", "seconds"),
    "arms": ("arm",),
    "datasets": ("dataset", "family", "digest"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tables:
    """The tables of a run, as `boostweights.benchmark.run.export` wrote them.

    Attributes
    ----------
    cells, metrics, curves, timings, arms, datasets : pandas.DataFrame
        One row a cell; a figure; a point of a curve of a data set, library and arm; a cell and step; an arm;
        a data set.
    runs : tuple of mappings
        The facts of each run, the first one first.
    run, suite : mapping
        The facts of the newest run, and its suite.
    libraries, regimes, arm_names : list of str
        Those of the cells: in the plan's order, the most careful one first, and in the suite's order.
    known_metrics : mapping of str to Metric
        The metrics that come along, and those of the run's own.
    failed : pandas.DataFrame
        The cells that were tried and have no figures.
    """

    cells: pd.DataFrame
    metrics: pd.DataFrame
    curves: pd.DataFrame
    timings: pd.DataFrame
    arms: pd.DataFrame
    datasets: pd.DataFrame
    runs: tuple[Mapping[str, Any], ...]
    run: Mapping[str, Any]
    suite: Mapping[str, Any]
    libraries: list[str]
    regimes: list[str]
    arm_names: list[str]
    known_metrics: Mapping[str, Metric]
    failed: pd.DataFrame


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
    frames |= {name: with_regime(frame) for name, frame in frames.items() if "library" in frame}
    runs, cells = read_runs(directory), frames["cells"]
    return Tables(
        **frames,
        runs=runs,
        run=runs[-1],
        suite=runs[-1]["suite"],
        libraries=list(dict.fromkeys(cells["library"])),
        regimes=list(by_regime(cells)),
        arm_names=[str(name) for name in frames["arms"]["arm"] if name in set(cells["arm"])],
        known_metrics=metrics_of(runs[-1]["suite"]),
        failed=cells[cells["status"].notna() & (cells["status"] != "ok")],
    )


def read_runs(directory: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the facts of each run that a directory's tables are of, the first one first.

    Raises
    ------
    InvalidValueError
        If no run is recorded.
    """
    runs = read_table(directory, "runs").sort_values("run")["facts"]
    check_that(len(runs), "a run must be recorded", f"none in {directory}", "Run the suite first.")
    with explained((TypeError, ValueError), "the facts of a run must be JSON", _REMEDY, "runs.parquet"):
        return tuple(json.loads(facts) for facts in runs)


def read_table(directory: Path, name: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return one table of a run.

    Raises
    ------
    InvalidValueError
        If it is missing, is not as it was written, or lacks a column.
    """
    content = read_file(directory, f"{name}.parquet")
    if content is None:
        raise InvalidValueError(_RULE, f"{directory} without {name}.parquet", _REMEDY)
    with explained((OSError, ValueError), _RULE, _REMEDY, f"{name}.parquet"):  # pyarrow's are ValueErrors
        table = pd.read_parquet(io.BytesIO(content))
    for column in columns:
        rule, remedy = f"{name}.parquet must have the columns {', '.join(columns)}", "Export the run again."
        check_that(column in table.columns, rule, f"no {column!r}", remedy)
    return table


def with_regime(metrics: pd.DataFrame) -> pd.DataFrame:
    """Return figures that name their regime: "fixed" if they name none."""
    return metrics if "regime" in metrics.columns else metrics.assign(regime=FIXED)


def by_regime(metrics: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the figures of each regime, the most careful one first.

    Examples
    --------
    >>> list(by_regime(pd.DataFrame({"regime": ["fixed", "tuned"]})))
    ['tuned', 'fixed']
    >>> list(by_regime(pd.DataFrame({"value": [0.5]})))
    ['fixed']
    """
    found = {str(name): part for name, part in with_regime(metrics).groupby("regime", sort=False)}
    for name in found:
        check_known(name, WORDS, "a regime must be known")
    return {name: found[name] for name in WORDS if name in found} or {FIXED: metrics}


def named(name: str, regime: str) -> str:
    """Return a name for readers, with the regime of a run that has any.

    Examples
    --------
    >>> named("xgboost", "tuned"), named("xgboost", "fixed")
    ('xgboost, tuned', 'xgboost')
    """
    return name if regime == FIXED else f"{name}, {regime}"


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a table; numbers that JSON does not have, and what is missing, are None.

    Examples
    --------
    >>> records(pd.DataFrame({"arm": ["balanced"], "mean": [float("nan")]}))
    [{'arm': 'balanced', 'mean': None}]
    """
    plain = frame.replace([np.inf, -np.inf], np.nan).astype(object)
    rows = plain.where(plain.notna(), None).to_dict("records")
    return [{str(name): value for name, value in row.items()} for row in rows]
