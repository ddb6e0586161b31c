"""Dask collections, checked before anything is computed: what they are, and whether they are aligned."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.lazy import needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Features, labels and the caller's row weights (or None), as aligned Dask collections."""

    X: Any
    y: Any
    sample_weight: Any = None


def require_dask() -> None:
    """Raise unless dask and distributed are installed."""
    needs(["dask", "distributed"], "boostweights.distributed.dask", "dask")


def is_dask(value: Any) -> bool:
    """Whether a value is a Dask collection."""
    require_dask()
    from dask.base import is_dask_collection

    return bool(is_dask_collection(value))


def checked_rows(X: Any, y: Any, sample_weight: Any = None, what: str = "") -> Rows:
    """Return rows whose partitions are the same, as far as can be known without computing, or raise."""
    check_features(X, f"{what}X")
    given = {f"{what}y": y} | ({} if sample_weight is None else {f"{what}sample_weight": sample_weight})
    for name, column in given.items():
        _check_column(column, name)
        _check_aligned(X, column, f"{what}X", name)
    return Rows(X=X, y=y, sample_weight=sample_weight)


def partitions(collection: Any) -> list[Any]:
    """Return the partitions of a frame, or the blocks of rows of an array, as delayed values."""
    parts = collection.to_delayed()
    return list(parts.ravel()) if hasattr(parts, "ravel") else list(parts)


def label_partitions(y: Any, sample_weight: Any = None) -> list[tuple[Any, Any]]:
    """Return the partitions of labels, each with those of its row weights or None, or raise."""
    _check_column(y, "y")
    if sample_weight is None:
        return [(part, None) for part in partitions(y)]
    _check_column(sample_weight, "sample_weight")
    _check_aligned(y, sample_weight, "y", "sample_weight")
    return list(zip(partitions(y), partitions(sample_weight), strict=True))


def check_features(X: Any, name: str) -> None:
    """Raise unless features are a Dask collection of whole rows."""
    if not is_dask(X) or getattr(X, "ndim", 0) != 2 or not hasattr(X, "to_delayed"):
        raise InvalidTypeError(
            f"{name} must be a Dask data frame or a Dask array of two dimensions",
            _kind(X),
            "Use dask.dataframe.from_pandas(X, npartitions=…) or dask.array.from_array(X, chunks=(…, -1)).",
        )
    if hasattr(X, "chunks") and len(X.chunks[1]) != 1:
        raise InvalidValueError(
            f"a chunk of {name} must hold all columns of its rows",
            f"{len(X.chunks[1])} chunks along the columns",
            f"Pass {name}.rechunk({{1: -1}}).",
        )


def check_lengths(rows: int, column: Any, names: str, mend: str) -> None:
    """Raise where a partition of a column, if there is one, has another number of rows."""
    if column is not None and len(column) != rows:
        rule = f"{names} must have the same rows in each partition"
        raise InvalidValueError(rule, f"{rows} and {len(column)}", mend)


def _check_column(column: Any, name: str) -> None:
    if not is_dask(column) or not hasattr(column, "to_delayed"):
        raise InvalidTypeError(
            f"{name} must be a Dask series or a Dask array: a local one does not know the partitions",
            _kind(column),
            "Take it from the frame of the features, or use dask.array.from_array with the chunks of X.",
        )
    if getattr(column, "ndim", 0) != 1:
        raise InvalidValueError(
            f"{name} must be 1-d",
            f"{_kind(column)} of {getattr(column, 'ndim', 0)} dimensions",
            "Pass one column, such as frame['target'] or array[:, 0].",
        )


def _check_aligned(first: Any, second: Any, name: str, other: str) -> None:
    mend = f"Take {name} and {other} from one collection, or repartition (rechunk) one like the other."
    sizes, others = _sizes(first), _sizes(second)
    if len(sizes) != len(others):
        rule = f"{name} and {other} must have the same partitions"
        raise InvalidValueError(rule, f"{len(sizes)} of {name} and {len(others)} of {other}", mend)
    for number, (own, theirs) in enumerate(zip(sizes, others, strict=True)):
        if own != theirs and not (math.isnan(own) or math.isnan(theirs)):
            raise InvalidValueError(
                f"{name} and {other} must have the same rows in each partition",
                f"{int(own)} of {name} and {int(theirs)} of {other} in partition {number}",
                mend,
            )
    divisions = [each.divisions for each in (first, second) if getattr(each, "known_divisions", False)]
    if len(divisions) == 2 and divisions[0] != divisions[1]:
        raise InvalidValueError(
            f"{name} and {other} must have the same divisions",
            f"{divisions[0]} of {name} and {divisions[1]} of {other}",
            mend,
        )


def _sizes(collection: Any) -> list[float]:
    """Rows of each partition, NaN where that is unknown: it is checked when partitions are computed."""
    chunks = getattr(collection, "chunks", None)
    return [math.nan] * int(collection.npartitions) if chunks is None else [float(size) for size in chunks[0]]


def _kind(value: Any) -> str:
    return f"{type(value).__module__.partition('.')[0]}'s {type(value).__name__}"
