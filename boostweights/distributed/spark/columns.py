"""The columns of a Spark frame that a training reads, checked by their types before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown

__all__ = ["Columns", "checked_frame", "free_name"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of columns: labels; the caller's row weights, and whether a row is for evaluation, or None."""

    label: str
    weight: str | None = None
    validation: str | None = None


def checked_frame(frame: Any, columns: Columns) -> Any:
    """Return a Spark frame that has these columns, of types that can serve, or raise."""
    from pyspark.sql import DataFrame
    from pyspark.sql.types import BooleanType, NumericType

    if not isinstance(frame, DataFrame):
        raise InvalidTypeError(
            "a Spark data frame is needed", shown(type(frame).__name__), "Use spark.createDataFrame(frame)."
        )
    for name, column in (
        ("label_col", columns.label),
        ("weight_col", columns.weight),
        ("validation_indicator_col", columns.validation),
    ):
        if column is not None and column not in frame.columns:
            raise InvalidValueError(
                f"{name} must be a column of the frame", shown(column), did_you_mean(column, frame.columns)
            )
    label = frame.schema[columns.label].dataType
    if not isinstance(label, NumericType):
        raise InvalidTypeError(
            "labels must be numbers in Spark's pipelines, as predictions are",
            f"column {columns.label!r} of type {label.simpleString()}",
            "Put StringIndexer(stringOrderType='alphabetAsc') before it, or cast a bool to int.",
        )
    if columns.weight is not None and not isinstance(frame.schema[columns.weight].dataType, NumericType):
        raise InvalidTypeError(
            "row weights must be numbers",
            f"column {columns.weight!r} of type {frame.schema[columns.weight].dataType.simpleString()}",
            "Cast the column to double.",
        )
    if columns.validation is not None:
        indicator = frame.schema[columns.validation].dataType
        if not isinstance(indicator, BooleanType):
            raise InvalidTypeError(
                "the validation indicator must be a column of bools",
                f"column {columns.validation!r} of type {indicator.simpleString()}",
                "Cast the column to boolean.",
            )
    return frame


def free_name(frame: Any, name: str) -> str:
    """Return a column's name that the frame does not have, whatever the case of its letters."""
    taken = {column.casefold() for column in frame.columns}
    while name.casefold() in taken:
        name += "_"
    return name
