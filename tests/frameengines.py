"""The same labels in the frames of every engine."""

from collections.abc import Callable
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

LABELS: dict[str, list[Any]] = {
    "int": [3, -1, 3, 3, 0, -1],
    "codes": [0, 1, 1, 0, 1, 1],
    "bool": [True, False, True, True, False, True],
    "str": ["good", "bad", "good", "", "größer ", "good"],
    "float": [2.0, -1.0, 2.0, 0.0, 2.0, 2.0],
    "category": ["good", "bad", "good", "worst", "bad", "good"],
    "enum": ["good", "bad", "good", "worst", "bad", "good"],
}
CATEGORIES = ["worst", "unused", "good", "bad"]
EAGER = ("pandas", "pandas nullable", "pandas arrow", "polars", "pyarrow")
LAZY = ("polars lazy", "duckdb", "dask", "spark")
LACKING = {  # what an engine has no type for
    ("duckdb", "category"),
    ("pyarrow", "enum"),
    ("pandas arrow", "enum"),
    ("spark", "category"),
    ("spark", "enum"),
}
CELLS = [(engine, kind) for engine in (*EAGER, *LAZY) for kind in LABELS if (engine, kind) not in LACKING]


def make(engine: str, kind: str, labels: list[Any], spark: Callable[[], Any]) -> Any:
    """A frame of the columns row and label; None among the labels is a missing one."""
    return MAKERS[engine](kind, list(labels), spark)


def rows(frame: Any) -> dict[str, list[Any]]:
    """The columns of any frame, in the order of its rows' numbers."""
    lazy = nw.from_native(frame).lazy()
    table = lazy.collect(backend="pyarrow").to_native().sort_by("row").select(lazy.collect_schema().names())
    columns: dict[str, list[Any]] = table.to_pydict()
    return columns


def _pandas(kind: str, labels: list[Any], _: Any = None) -> pd.DataFrame:
    column: Any = pd.Series(labels, dtype=object if None in labels and kind != "str" else None)
    if kind in ("int", "codes", "float") and None in labels:
        column = column.astype(float)
    if kind == "category":
        column = pd.Categorical(labels)
    if kind == "enum":
        column = pd.Categorical(labels, categories=CATEGORIES, ordered=True)
    return pd.DataFrame({"row": range(len(labels)), "label": column})


def _odd_index(kind: str, labels: list[Any], _: Any) -> pd.DataFrame:
    return _pandas(kind, labels).set_index(pd.Index([7] * len(labels)))


def _nullable(kind: str, labels: list[Any], _: Any) -> pd.DataFrame:
    dtypes = {"int": "Int64", "codes": "Int8", "bool": "boolean", "str": "string", "float": "Float64"}
    frame = _pandas(kind, labels)
    return frame.astype({"label": dtypes[kind]}) if kind in dtypes else frame


def _arrow(kind: str, labels: list[Any], _: Any = None) -> pa.Table:
    column = pa.array(labels, None if any(label is not None for label in labels) else pa.string())
    if kind == "category":
        column = column.dictionary_encode()
    return pa.table({"row": range(len(labels)), "label": column})


def _pandas_arrow(kind: str, labels: list[Any], _: Any) -> pd.DataFrame:
    return _arrow(kind, labels).to_pandas(types_mapper=pd.ArrowDtype)


def _polars(kind: str, labels: list[Any], _: Any = None) -> pl.DataFrame:
    dtype = {"category": pl.Categorical, "enum": pl.Enum(CATEGORIES), "codes": pl.Int8}.get(kind)
    return pl.DataFrame({"row": range(len(labels)), "label": pl.Series(labels, dtype=dtype)})


def _duckdb(kind: str, labels: list[Any], _: Any) -> Any:
    import duckdb

    connection = duckdb.connect()  # which the relation keeps open
    connection.register("labels", _arrow("str" if kind == "enum" else kind, labels))
    if kind == "enum":
        connection.execute(f"create type quality as enum {tuple(CATEGORIES)}")
        return connection.sql("select row, label::quality as label from labels")
    return connection.sql("select * from labels")


def _dask(kind: str, labels: list[Any], _: Any) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(_pandas(kind, labels), npartitions=3)


def _spark(kind: str, labels: list[Any], spark: Callable[[], Any]) -> Any:
    types = {"int": "long", "codes": "byte", "bool": "boolean", "str": "string", "float": "double"}
    return spark().createDataFrame(list(enumerate(labels)), f"row long, label {types[kind]}")


MAKERS: dict[str, Callable[[str, list[Any], Any], Any]] = {
    "pandas": _odd_index,
    "pandas nullable": _nullable,
    "pandas arrow": _pandas_arrow,
    "polars": _polars,
    "pyarrow": _arrow,
    "polars lazy": lambda kind, labels, spark: _polars(kind, labels).lazy(),
    "duckdb": _duckdb,
    "dask": _dask,
    "spark": _spark,
}
