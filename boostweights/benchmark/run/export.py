"""A store's tables as Parquet files, readable by pandas, polars, DuckDB and others."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from boostweights.benchmark.data.dataset import as_parquet
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.run.figures import calibration, of_alarm_rates, pooled
from boostweights.benchmark.run.store import CELL, Store

TABLES = ("cells", "metrics", "curves", "timings", "arms", "datasets", "runs")
"""What is always written; ``predictions`` and ``calibration`` where probabilities or scores were kept."""

_WHOLE = (
    *("repeat", "fold", "run", "place", "n"),
    *("rows", "features", "categorical", "missing_cells", "positives", "groups", "cost_rows"),
)


def export(store: Store, directory: Path) -> None:
    """Write each table of `TABLES` to ``<table>.parquet``, whole or not at all, and the digests of all.

    Results are in ``cells``, ``metrics`` and ``curves`` (a data set's folds in one), which are equal for two
    runs of one plan; times, machine and dates in ``timings`` and ``runs``.

    Parameters
    ----------
    store : Store
        Where the results are.
    directory : Path
        Made if it does not exist.

    Raises
    ------
    StoreError
        If there is no space left.
    """
    scores, metrics = list(store.scores()), store.metrics()
    scored = pd.DataFrame(of_alarm_rates(scores), columns=[*CELL, "proba", "metric", "value"])
    if len(scored):  # after the figures that were measured in training
        families = metrics.drop_duplicates("dataset").set_index("dataset")["family"]
        scored = scored.assign(family=scored["dataset"].map(families), rule="none")
        metrics = pd.concat([metrics, scored[metrics.columns]], ignore_index=True)
    tables = {
        "cells": store.cells(),
        "metrics": metrics,
        "curves": pooled(store.curves(), ["dataset", "library", "regime", "arm"]),
        "timings": store.timings(),
        "arms": _described("arm", store.arms()),
        "datasets": _described("dataset", store.datasets()),
        "runs": pd.DataFrame(
            [{"run": run, "facts": json.dumps(facts)} for run, facts in enumerate(store.runs(), start=1)]
        ),
    }
    files: dict[str, pa.Table | None] = {}
    for name, frame in tables.items():
        schema = pa.schema([(column, _type(column, frame[column])) for column in frame.columns])
        files[name] = pa.Table.from_pandas(frame, schema=schema, preserve_index=False)
    # none of those that an earlier plan had and this one has not
    over_folds = calibration(scores)
    kept = [_predicted(cell, *predictions.arrays()) for cell, predictions in store.predictions()]
    files["calibration"] = pa.Table.from_pandas(over_folds, preserve_index=False) if len(over_folds) else None
    files["predictions"] = pa.concat_tables(kept) if kept else None
    contents = {name: None if table is None else as_parquet(table) for name, table in files.items()}
    write_files(directory, [(f"{name}.parquet", content) for name, content in contents.items()])


def _described(name: str, by_name: Mapping[str, Mapping[str, Any]]) -> pd.DataFrame:
    """One row a data set or arm; what is no plain value, such as class counts and sources, is JSON.

    A switch that only some of them name is off for the others.
    """
    plain = (str, int, float, type(None))
    rows: list[dict[str, Any]] = [
        {name: key}
        | {fact: each if isinstance(each, plain) else json.dumps(each) for fact, each in facts.items()}
        for key, facts in by_name.items()
    ]
    switches = {fact for row in rows for fact, each in row.items() if isinstance(each, bool)}
    rows = [row | dict.fromkeys(sorted(switches - row.keys()), False) for row in rows]
    return pd.DataFrame(rows).drop(columns="name", errors="ignore")


def _type(name: str, column: pd.Series[Any]) -> pa.DataType:
    """Return the type of a column by what it is to hold, also where it is empty or all missing."""
    if name in _WHOLE:
        return pa.int64()
    if pd.api.types.is_bool_dtype(column):
        return pa.bool_()
    return pa.float64() if pd.api.types.is_numeric_dtype(column) else pa.string()


def _predicted(cell: tuple[Any, ...], rows: Any, proba: Any) -> pa.Table:
    """Return a row a test row and class: the cell, row, label, proba.

    A label is its position in sorted order; of two, the positive one is the last.
    """
    n, k = proba.shape
    columns = {name: pa.repeat(value, n * k) for name, value in zip(CELL, cell, strict=True)}
    row, label = np.repeat(rows, k), np.tile(np.arange(k, dtype=np.int32), n)
    return pa.table({**columns, "row": row, "label": label, "proba": proba.ravel()})
