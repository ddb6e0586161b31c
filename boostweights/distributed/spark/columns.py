"""The columns of a Spark frame that a training reads, checked by their types before anything is computed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, check_known, shown
from boostweights.frames.spark import check_running


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of columns: labels; the caller's row weights, and whether a row is for evaluation, or None."""

    label: str
    weight: str | None = None
    validation: str | None = None


def checked_frame(frame: Any, columns: Columns) -> Any:
    """Return a Spark frame that has these columns, of types that can serve, or raise."""
    from pyspark.sql import DataFrame
    from pyspark.sql.types import BooleanType, NumericType, StringType

    if not isinstance(frame, DataFrame):
        raise InvalidTypeError(
            "a Spark data frame is needed", shown(type(frame).__name__), "Use spark.createDataFrame(frame)."
        )
    check_running(frame)
    names = ("label_col", "weight_col", "validation_indicator_col")
    for name, column in zip(names, (columns.label, columns.weight, columns.validation), strict=True):
        if column is not None:
            check_known(column, frame.columns, f"{name} must be a column of the frame")
    rule = "labels must be numbers, text or bools"
    kinds = (NumericType, StringType, BooleanType)
    _check_kind(frame, columns.label, kinds, rule, "Cast the column to string.")
    _check_kind(
        frame, columns.weight, NumericType, "row weights must be numbers", "Cast the column to double."
    )
    rule = "the validation indicator must be a column of bools"
    _check_kind(frame, columns.validation, BooleanType, rule, "Cast the column to boolean.")
    return frame


def _check_kind(frame: Any, column: str | None, kind: type | tuple[type, ...], rule: str, mend: str) -> None:
    if column is not None and not isinstance(found := frame.schema[column].dataType, kind):
        raise InvalidTypeError(rule, f"column {column!r} of type {found.simpleString()}", mend)
