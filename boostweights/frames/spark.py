"""Counts and columns by label on Spark: expressions, or beyond a few labels a join with a small table."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidValueError
from boostweights.weighting.labels.rules import MOST_CLASSES, Label

_FEW = 32
"""Up to so many labels, a search among them costs a row no more than a join does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """A column to be added: a value for each label, of a type of Spark's."""

    name: str
    kind: str
    values: Sequence[float]


def check_running(frame: Any) -> None:
    """Raise if the session of a Spark frame was stopped: Spark itself would fail without a word."""
    from pyspark import SparkContext
    from pyspark.sql.utils import is_remote

    if not is_remote() and SparkContext._active_spark_context is None:
        raise InvalidValueError(
            "a Spark frame needs a running session",
            f"a {type(frame).__name__} of a session that was stopped",
            "Make a new session (SparkSession.builder.getOrCreate()) and read the frame again.",
        )


def column(name: str) -> Any:
    """Return a column by its whole name: without quotes a dot would ask for a field."""
    from pyspark.sql import functions

    quoted = name.replace("`", "``")
    return functions.col(f"`{quoted}`")


def free_name(frame: Any, name: str) -> str:
    """Return a column's name that the frame does not have, whatever the case of its letters."""
    taken = {present.casefold() for present in frame.columns}
    while name.casefold() in taken:
        name += "_"
    return name


def grouped(frame: Any, *keys: Any) -> list[tuple[Any, ...]]:
    """Return the keys and the number of rows of each group: nothing else leaves the executors."""
    named = [key.alias(f"key{at}") for at, key in enumerate(keys)]
    names = [f"key{at}" for at in range(len(keys))]
    most = (MOST_CLASSES + 1) * 2 ** (len(keys) - 1)
    return [tuple(row) for row in frame.select(*named).groupBy(*names).count().limit(most).collect()]


def spark_counts(frame: Any, target: str) -> Mapping[Label, int]:
    """Return label → rows of a Spark frame by one group-by, missing labels under None or NaN."""
    check_running(frame)
    return dict(grouped(frame, column(target)))


def spark_column(frame: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    """Return a Spark frame with a column of float32 planned; null where a label has no weight."""
    check_running(frame)
    return with_values(
        frame, target, list(weights), [Added(name=name, kind="float", values=list(weights.values()))]
    )


def with_values(frame: Any, target: str, labels: Sequence[Label], added: Sequence[Added]) -> Any:
    """Return a frame with columns that depend on the label; null for others than these labels.

    The column is searched among a few labels, and joined with a table of many, which each executor is sent.
    """
    from pyspark.sql import functions
    from pyspark.sql.types import IntegralType

    dtype = frame.schema[target].dataType
    # integers of any width are compared as the widest, so that all labels fit
    kind = "bigint" if isinstance(dtype, IntegralType) else dtype.simpleString()
    looked_for = column(target).cast(kind)
    keys = [str(label) for label in labels]
    if len(keys) <= _FEW:
        place = functions.array_position(functions.lit(keys).cast(f"array<{kind}>"), looked_for) - 1
        for new in added:
            values = functions.lit(list(new.values)).cast(f"array<{new.kind}>")
            frame = frame.withColumn(new.name, functions.get(values, place.cast("int")))
        return frame
    key, names = free_name(frame, "boostweights_key"), [f"value{at}" for at in range(len(added))]
    rows = list(zip(keys, *([float(value) for value in new.values] for new in added), strict=True))
    schema = ", ".join(["key string", *(f"{name} double" for name in names)])
    table = frame.sparkSession.createDataFrame(rows, schema)
    typed = [column(name).cast(new.kind).alias(new.name) for name, new in zip(names, added, strict=True)]
    table = table.select(column("key").cast(kind).alias(key), *typed)
    return frame.join(functions.broadcast(table), looked_for == column(key), "left").drop(key)
