"""What is computed, and when: a plan costs nothing, a count one pass, and one row a class comes out."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from dask.delayed import Delayed
from frameengines import LAZY, make
from sparksession import session

import boostweights as bw

ROWS, PARTS = 600, 3
WEIGHTS = bw.ClassWeights({0: 1.0, 1: 9.0}, counts=bw.ClassCounts({0: 9, 1: 1}))


class Loads:
    """Frames that note each time that a part of their rows is made."""

    def __init__(self) -> None:
        self.parts: list[int] = []

    def part(self, number: int = 0) -> pd.DataFrame:
        self.parts.append(number)
        label = (np.arange(ROWS // PARTS) % 10 == 0).astype(np.int64)
        return pd.DataFrame({"label": label, "feature": label * 2.0})

    def polars(self) -> pl.LazyFrame:
        schema = {"label": pl.Int64, "feature": pl.Float64}

        def made(frame: pl.DataFrame) -> pl.DataFrame:
            return pl.concat([pl.from_pandas(self.part(number)) for number in range(PARTS)])

        return pl.LazyFrame(schema=schema).map_batches(made, schema=schema, streamable=False)

    def duckdb(self) -> Any:
        import duckdb

        def made() -> Iterator[pa.RecordBatch]:
            for number in range(PARTS):
                yield pa.RecordBatch.from_pandas(self.part(number))

        schema = pa.schema({"label": pa.int64(), "feature": pa.float64()})
        connection = duckdb.connect()
        return connection.from_arrow(pa.RecordBatchReader.from_batches(schema, made()))

    def dask(self) -> Any:
        import dask.dataframe as dd

        meta = pd.DataFrame({"label": pd.Series(dtype="int64"), "feature": pd.Series(dtype="float64")})
        return dd.from_map(self.part, range(PARTS), meta=meta)


@pytest.fixture
def collected(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Rows of each frame that comes out of an engine."""
    rows: list[int] = []

    def note(owner: Any, method: str) -> None:
        given = getattr(owner, method)

        def counting(self: Any, *args: Any, **kwargs: Any) -> Any:
            found = given(self, *args, **kwargs)
            rows.append(len(found))
            return found

        monkeypatch.setattr(owner, method, counting)

    note(nw.LazyFrame, "collect")
    note(Delayed, "compute")
    with suppress(ImportError):
        from pyspark.sql.classic.dataframe import DataFrame

        note(DataFrame, "collect")
    return rows


@pytest.mark.parametrize("engine", ["polars", "duckdb", "dask"])
def test_a_plan_computes_nothing_and_a_count_reads_once(engine: str, collected: list[int]) -> None:
    loads = Loads()
    frame = getattr(loads, engine)()
    loads.parts.clear()  # Dask looks at one to learn its type
    weighted = bw.frames.with_weights(frame, "label", WEIGHTS)
    many = bw.Balanced().resolve(list(range(300)))  # beyond a few classes, too
    bw.frames.with_weights(frame, "label", many)
    assert (loads.parts, collected) == ([], [])
    counts = bw.frames.count_classes(frame, "label")
    assert counts == {0: 540, 1: 60}
    assert sorted(loads.parts) == list(range(PARTS))
    assert collected == [2]
    assert weighted is not None


@pytest.mark.parametrize("engine", ["polars", "duckdb", "dask"])
def test_a_policy_on_a_lazy_frame_is_one_count(engine: str, collected: list[int]) -> None:
    loads = Loads()
    frame = getattr(loads, engine)()
    loads.parts.clear()
    bw.frames.with_weights(frame, "label", "balanced")
    assert sorted(loads.parts) == list(range(PARTS))
    assert collected == [2]


@pytest.mark.parametrize("engine", LAZY)
def test_one_row_a_class_comes_out(engine: str, collected: list[int]) -> None:
    labels = [0] * 40 + [1] * 9 + [2]
    bw.frames.count_classes(make(engine, "int", labels, session), "label")
    assert collected == [3]


def test_spark_runs_no_job_for_a_plan(spark: Any) -> None:
    frame = spark.range(100).selectExpr("id % 10 = 0 as late", "id as feature")
    weights = bw.ClassWeights({False: 1.0, True: 9.0}, counts=bw.ClassCounts({False: 9, True: 1}))
    tracker = spark.sparkContext.statusTracker()

    def jobs(name: str, work: Callable[[], Any]) -> int:
        spark.sparkContext.setJobGroup(name, name)
        work()
        return len(tracker.getJobIdsForGroup(name))

    assert jobs("plan", lambda: bw.frames.with_weights(frame, "late", weights)) == 0
    many = bw.Balanced().resolve(list(range(300)))
    assert jobs("many", lambda: bw.frames.with_weights(frame, "feature", many)) == 0
    assert jobs("count", lambda: bw.frames.count_classes(frame, "late")) > 0


def test_polars_counts_read_the_label_column_only() -> None:
    read: list[list[str] | None] = []

    def scan(with_columns: Any, predicate: Any, n_rows: Any, batch_size: Any) -> Iterator[pl.DataFrame]:
        read.append(with_columns)
        frame = pl.DataFrame({"label": [0, 1, 1], "feature": [1.0, 2.0, 3.0]})
        yield frame if with_columns is None else frame.select(with_columns)

    from polars.io.plugins import register_io_source

    frame = register_io_source(scan, schema={"label": pl.Int64, "feature": pl.Float64})
    assert bw.frames.count_classes(frame, "label") == {0: 1, 1: 2}
    assert read == [["label"]]
