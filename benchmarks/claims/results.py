"""Runs as they are stored in Parquet files, and claims judged by them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from benchmarks.claims.claim import load_claims
from benchmarks.claims.judge import judge
from benchmarks.claims.verdict import Verdict
from boostweights.benchmark.digests import read_file
from boostweights.benchmark.report.tables import read_runs, read_table, with_regime
from boostweights.errors import InvalidValueError, printable


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
    if read_file(directory, "calibration.parquet") is None:
        return metrics
    pooled = read_table(directory, "calibration")
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
