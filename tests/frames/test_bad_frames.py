"""Frames that cannot serve: each error says what to do."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from frameengines import EAGER, LAZY, make
from sparksession import session

import boostweights as bw

WEIGHTS = bw.ClassWeights({0: 1.0, 1: 9.0}, counts=bw.ClassCounts({0: 9, 1: 1}))


def codes(engine: str) -> Any:
    return make(engine, "codes", [0, 1, 0], session)


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_a_target_that_is_no_column(engine: str) -> None:
    for asked in (bw.frames.count_classes, lambda *given: bw.frames.with_weights(*given, WEIGHTS)):
        with pytest.raises(bw.errors.InvalidValueError, match=r"got 'lable'. Did you mean 'label'\?"):
            asked(codes(engine), "lable")


@pytest.mark.parametrize("engine", [*EAGER, *LAZY])
def test_a_name_that_is_taken(engine: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="must be free; got name='row'.*Pass name='row_2'"):
        bw.frames.with_weights(codes(engine), "label", WEIGHTS, name="row")


@pytest.mark.parametrize("engine", ["duckdb", "spark"])
def test_a_name_that_differs_in_case_is_taken_where_case_does_not_count(engine: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="must be free"):
        bw.frames.with_weights(codes(engine), "label", WEIGHTS, name="ROW")
    weighted = bw.frames.with_weights(codes("polars"), "label", WEIGHTS, name="ROW")
    assert weighted.columns[-1] == "ROW"


@pytest.mark.parametrize(
    ("target", "name"), [(0, "weight"), (None, "weight"), (["label"], "weight"), ("label", ""), ("label", 1)]
)
def test_names_are_text(target: Any, name: Any) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="must be the name of"):
        bw.frames.with_weights(codes("pandas"), target, WEIGHTS, name=name)


@pytest.mark.parametrize(
    ("frame", "mend"),
    [
        *(([1, 2], "data frame"), (np.eye(2), "ClassCounts.of"), (None, "Pass a data frame")),
        *((pd.Series([0, 1]), "ClassCounts.of"), (pa.chunked_array([[0, 1]]), "ClassCounts.of")),
        *(({"label": [0, 1]}, "Pass a data frame"), ("rows.csv", "Pass a data frame")),
    ],
    ids=lambda frame: type(frame).__name__,
)
def test_what_is_no_frame(frame: Any, mend: str) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="a frame is needed") as caught:
        bw.frames.count_classes(frame, "label")
    assert mend in caught.value.mend
    with pytest.raises(bw.errors.InvalidTypeError, match="of several, count_classes takes a list"):
        bw.frames.with_weights([frame], "label", WEIGHTS)


def test_columns_of_one_name() -> None:
    names = ["label", "label"]
    for frame in (pd.DataFrame([[0, 1]], columns=names), pa.table([[1], [2]], names)):
        with pytest.raises(bw.errors.InvalidValueError, match="names of their own; got .*'label' 2 times"):
            bw.frames.count_classes(frame, "label")


def test_frames_of_different_engines() -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="of one engine; got pandas and polars"):
        bw.frames.count_classes([codes("pandas"), codes("polars")], "label")
    with pytest.raises(bw.errors.InvalidTypeError, match="of one engine; got duckdb and polars"):
        bw.frames.count_classes([codes("duckdb"), codes("polars lazy")], "label")
    with pytest.raises(bw.errors.InvalidValueError, match="an empty list"):
        bw.frames.count_classes([], "label")


def test_a_class_that_only_a_later_frame_has_is_counted() -> None:
    parts = [make("dask", "str", labels, session) for labels in (["a", "b"], ["c", "a"])]
    assert bw.frames.count_classes(parts, "label") == {"a": 2, "b": 1, "c": 1}


@pytest.mark.parametrize("column", [pd.to_datetime(["2026-01-01", "2026-01-02"]), [[1], [2]]], ids=str)
@pytest.mark.parametrize("make_frame", [pl.DataFrame, pl.LazyFrame])
def test_columns_that_hold_no_labels(column: Any, make_frame: Any) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="labels must be bools, integers, strings"):
        bw.frames.count_classes(make_frame({"label": column}), "label")


def test_weights_by_row_are_no_weights_by_class() -> None:
    weights = bw.RowCosts().resolve([0, 1], row_costs=[[1.0, 2.0], [3.0, 4.0]])
    with pytest.raises(bw.errors.InvalidTypeError, match="made of weights by class"):
        bw.frames.with_weights(codes("pandas"), "label", weights)
    with pytest.raises(bw.errors.InvalidTypeError, match="RowCosts weighs row by row"):
        bw.frames.with_weights(codes("pandas"), "label", bw.RowCosts())


def test_a_regression_target_is_not_collected() -> None:
    frame = pl.LazyFrame({"label": pl.arange(0, 150_000, eager=True)})
    with pytest.raises(bw.errors.InvalidValueError, match="at most 10,000 classes"):
        bw.frames.count_classes(frame, "label")


def fails(part: Any) -> Any:
    if len(part):
        raise ZeroDivisionError("row 17 has no amount")
    return part


def failing_dask() -> Any:
    import dask.dataframe as dd

    frame = pd.DataFrame({"label": [0, 1]})
    return dd.from_pandas(frame, npartitions=2).map_partitions(fails, meta=frame.iloc[:0])


SQL = "select error('row 17 has no amount') as amount, 0 as label"
SPARK = "if(id > 2, raise_error('row 17 has no amount'), 'fine') as label"
FAILING = [
    (lambda: pl.LazyFrame({"label": [0]}).map_batches(fails, schema={"label": pl.Int64}), "frame.collect()"),
    (lambda: pytest.importorskip("duckdb").connect().sql(SQL).filter("amount > 1"), "relation.fetchall()"),
    (failing_dask, "frame.compute()"),
    (lambda: session().range(4).selectExpr(SPARK), "see that Java runs"),
]


@pytest.mark.parametrize(("make_failing", "mend"), FAILING, ids=["polars", "duckdb", "dask", "spark"])
def test_an_engine_that_fails_midway(make_failing: Any, mend: str) -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="needs a frame that .* can compute") as caught:
        bw.frames.count_classes(make_failing(), "label")
    assert "row 17 has no amount" in caught.value.value
    assert mend in caught.value.mend
    assert caught.value.__cause__ is not None
