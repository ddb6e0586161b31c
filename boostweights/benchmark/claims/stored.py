"""Results of a run, read from its Parquet files."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from boostweights.benchmark.metrics import Metric, metrics_of
from boostweights.errors import InvalidValueError, shown

__all__ = ["Results", "read_results"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What judging needs of one or more runs: figures (with their split), data sets, half-widths, metrics."""

    metrics: pd.DataFrame
    datasets: pd.DataFrame
    rope: Mapping[str, float]
    known: Mapping[str, Metric]


def read_results(directories: Sequence[Path]) -> Results:
    """Return the results of runs, of one suite or of suites that differ in their splits.

    Parameters
    ----------
    directories : sequence of Path
        Each holds ``metrics.parquet``, ``datasets.parquet`` and ``runs.parquet``.

    Raises
    ------
    InvalidValueError
        If there is no directory, a file is missing or is no Parquet, or the runs' suites fixed different
        regions of practical equivalence.
    """
    if not directories:
        raise InvalidValueError("there must be a run to read", "none", "Name a run's directory.")
    suites = [_suite(directory) for directory in directories]
    ropes = [suite.get("rope", {}) for suite in suites]
    if any(rope != ropes[0] for rope in ropes):
        rule = "runs that are judged together must share their regions of practical equivalence"
        raise InvalidValueError(rule, shown(ropes), "Judge them one by one.")
    metrics = [
        _table(directory, "metrics").assign(split=suite.get("split", "stratified"))
        for directory, suite in zip(directories, suites, strict=True)
    ]
    datasets = pd.concat([_table(directory, "datasets") for directory in directories], ignore_index=True)
    return Results(
        metrics=pd.concat(metrics, ignore_index=True),
        datasets=datasets.drop_duplicates("dataset", ignore_index=True),
        rope=ropes[0],
        known=metrics_of(suites[0]),
    )


def _suite(directory: Path) -> Mapping[str, Any]:
    """Return the suite of the newest run in a store."""
    runs = _table(directory, "runs")
    if runs.empty:
        raise InvalidValueError("a run must be there", f"none in {directory}", "Run the suite first.")
    found: Mapping[str, Any] = json.loads(runs.sort_values("run")["facts"].iloc[-1])["suite"]
    return found


def _table(directory: Path, name: str) -> pd.DataFrame:
    path = directory / f"{name}.parquet"
    try:
        return pd.read_parquet(path)
    except (OSError, ValueError) as broken:  # pyarrow's errors are ValueErrors
        rule = "a run's directory must hold its exported tables"
        raise InvalidValueError(rule, f"{path}: {broken}", "Run the suite, or its report, again.") from broken
