"""Runs as they are stored in Parquet files, and claims judged by them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pandas as pd

from boostweights.benchmark.claims.claim import load_claims
from boostweights.benchmark.claims.evidence import with_regime
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.benchmark.digests import read_file
from boostweights.errors import InvalidValueError, did_you_mean, explained, printable, shown

_RULE: Final = "a run's directory must hold its exported tables"
_REMEDY: Final = "Run the suite, or its report, again."


def judge_runs(
    runs: Sequence[Path], *, file: Path | None = None, ids: Sequence[str] | None = None
) -> list[Verdict]:
    """Return a verdict for each claim, by the Parquet files of runs.

    Parameters
    ----------
    runs : sequence of Path
        Their directories.
    file : Path, optional
        A TOML file of claims instead of the package's own.
    ids : sequence of str, optional
        Only the claims with these ids.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a run or the file of claims cannot serve, or an id is unknown.
    """
    found, claims = read_results(runs), load_claims(file)
    names = [printable(str(run)) for run in runs]
    return judge(claims, found.metrics, found.datasets, found.rope, ids=ids, runs=names)


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """What judging needs of one or more runs: figures (with regime and split), data sets, half-widths."""

    metrics: pd.DataFrame
    datasets: pd.DataFrame
    rope: Mapping[str, float]


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
        regions of practical equivalence for a metric.
    """
    if not directories:
        raise InvalidValueError("there must be a run to read", "none", "Name a run's directory.")
    suites = [read_runs(directory)[-1]["suite"] for directory in directories]
    rope: dict[str, float] = {}
    for suite in suites:
        for metric, width in suite.get("rope", {}).items():
            if rope.setdefault(metric, width) != width:
                rule = "runs that are judged together must share their regions of practical equivalence"
                seen = f"{metric}: {rope[metric]} and {width}"
                raise InvalidValueError(rule, seen, "Judge them one by one.")
    metrics = [
        with_regime(_figures(directory)).assign(split=suite.get("split", "stratified"))
        for directory, suite in zip(directories, suites, strict=True)
    ]
    datasets = pd.concat([read_table(directory, "datasets") for directory in directories], ignore_index=True)
    return Results(
        metrics=pd.concat(metrics, ignore_index=True),
        datasets=datasets.drop_duplicates("dataset", ignore_index=True),
        rope=rope,
    )


def _figures(directory: Path) -> pd.DataFrame:
    """The figures of each fold; and as a first fold's those of all folds together, where a run pools them."""
    metrics = read_table(directory, "metrics")
    pooled = _table(directory, "calibration")
    if pooled is None:
        return metrics
    families = metrics.drop_duplicates("dataset").set_index("dataset")["family"]
    pooled = pooled.assign(family=pooled["dataset"].map(families), repeat=0, fold=0, rule="none")
    return pd.concat(
        [metrics]
        + [
            pooled.assign(metric=f"calibration_{name}", value=pooled[name])[metrics.columns]
            for name in ("slope", "intercept")
        ],
        ignore_index=True,
    )


def read_runs(directory: Path) -> tuple[Mapping[str, Any], ...]:
    """Return the facts of each run that a directory's tables are of, the first one first.

    Raises
    ------
    InvalidValueError
        If no run is recorded.
    """
    runs = read_table(directory, "runs").sort_values("run")["facts"]
    if runs.empty:
        raise InvalidValueError("a run must be recorded", f"none in {directory}", "Run the suite first.")
    with explained((TypeError, ValueError), "the facts of a run must be JSON", _REMEDY, "runs.parquet"):
        return tuple(json.loads(facts) for facts in runs)


def read_table(directory: Path, name: str, columns: Iterable[str] = ()) -> pd.DataFrame:
    """Return one table of a run.

    Raises
    ------
    InvalidValueError
        If it is missing, is not as it was written, or lacks a column.
    """
    table = _table(directory, name)
    if table is None:
        raise InvalidValueError(_RULE, f"{directory} without {name}.parquet", _REMEDY)
    for column in columns:
        if column not in table.columns:
            rule = f"{name}.parquet must have the columns {', '.join(columns)}"
            raise InvalidValueError(rule, f"no {shown(column)}", did_you_mean(column, table.columns))
    return table


def _table(directory: Path, name: str) -> pd.DataFrame | None:
    content = read_file(directory, f"{name}.parquet")
    if content is None:
        return None
    with explained((OSError, ValueError), _RULE, _REMEDY, f"{name}.parquet"):  # pyarrow's are ValueErrors
        return pd.read_parquet(io.BytesIO(content))
