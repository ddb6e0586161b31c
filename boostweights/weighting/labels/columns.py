"""Columns of labels, wherever they come from, read in place.

A column is read a block at a time, so that counting needs no extra memory and a value a row needs only the
result. A column of strings or categories of a data frame library stays with that library.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final, TypeVar

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.arrays import is_array, read_on_host, refuse_lazy
from boostweights.weighting.labels.blocks import (
    Array,
    UnmatchedError,
    count_array,
    count_known,
    count_series,
    writer,
)
from boostweights.weighting.labels.ondevice import DeviceColumn
from boostweights.weighting.labels.rules import (
    Label,
    check_class_count,
    check_labels,
    checked_sample_weight,
    missing_labels,
    not_one_dimensional,
    positions,
    sorted_labels,
)
from boostweights.weighting.labels.sums import exact_sums

T = TypeVar("T")
C = TypeVar("C", "Column", DeviceColumn)
_CODE: Final = np.dtype(np.intp)

_ARRAY_BLOCK: Final = 1 << 17  # rows: a block and its mask stay in the processor's cache
_HEAD: Final = 1 << 12
_SERIES_BLOCK: Final = 1 << 18  # a slice of a series costs some microseconds more
_LONG: Final = 1 << 20  # rows from which on threads pay
_MOST_THREADS: Final = 4  # memory, not arithmetic, is the bound


class Column:
    """A 1-d column of labels: a numpy array, or a narwhals series of strings or categories."""

    def __init__(self, data: Any, *, few: bool = True) -> None:
        self.data = data
        self.few = few
        self.is_array = isinstance(data, np.ndarray)
        self.kind = data.dtype.kind if self.is_array else "O"

    def __len__(self) -> int:
        return len(self.data)

    def counts(self) -> dict[Label, int]:
        """Return label → number of rows, sorted; raises where one is missing or continuous, or too many."""
        count_block = count_array if self.is_array else count_series

        def count(start: int, stop: int) -> Counter[Label]:
            counts: Counter[Label] = Counter()
            for block in self._blocks(self.data, start, stop):
                found = count_known(block, counts)
                if found is None:
                    found = count_block(block)
                    check_labels(found)
                counts.update(found)
                check_class_count(len(counts) if self.few else 0)
            return counts

        counts = sum(self._spans(count), start=Counter())
        return {label: counts[label] for label in sorted_labels(counts)}

    def codes(self) -> tuple[dict[Label, int], Array]:
        """Return counts in sorted label order, and each row's position among these labels.

        Labels are found in the first rows and met again in the others, mostly; so columns are read once.
        """
        if self.kind in "iu":
            counts = self.counts()
            are_codes = list(counts) == list(range(len(counts)))
            return counts, self.data if are_codes else self.lookup(positions(counts), _CODE)
        try:
            classes = list(Column(self.data[:_HEAD], few=self.few).counts())
            codes = self.lookup(positions(classes), _CODE)
        except UnmatchedError:
            classes = list(self.counts())
            codes = self.lookup(positions(classes), _CODE)
        sizes = np.bincount(codes, minlength=len(classes)).tolist()
        return dict(zip(classes, sizes, strict=True)), codes

    def lookup(self, values: Mapping[Label, float], dtype: np.dtype[Any]) -> Array:
        """Return the value of each row's label; UnmatchedError where there is none."""
        write_block = writer(self._comparable(values), self.kind, dtype)
        out = np.empty(len(self.data), dtype)

        def write(start: int, stop: int) -> None:
            blocks = zip(self._blocks(self.data, start, stop), self._blocks(out, start, stop), strict=True)
            for block, part in blocks:
                write_block(block, part)

        self._spans(write)
        return out

    def sums(self, counts: Mapping[Label, int], sample_weight: Any) -> list[Fraction]:
        """Return the exact sum of the row weights of each class."""
        weight = checked_sample_weight(sample_weight, len(self))
        return exact_sums(self.lookup(positions(counts), _CODE), weight, len(counts))

    def _comparable(self, values: Mapping[Label, float]) -> Mapping[Label, float]:
        """Values by the labels that the column can hold: data frames refuse to compare with others."""
        if self.is_array:
            return values
        import narwhals.stable.v1 as nw

        if self.data.dtype == nw.String:
            return {label: value for label, value in values.items() if isinstance(label, str)}
        categories = self.data.cat.get_categories().to_list()
        return {label: values[label] for label in categories if label in values}

    def _blocks(self, data: Any, start: int, stop: int) -> list[Any]:
        rows = _ARRAY_BLOCK if self.is_array else _SERIES_BLOCK
        head = min(start + _HEAD, stop)  # short: its labels are found the slow way
        edges = [start, head, *range(head + rows, stop, rows), stop]
        return [data[first:last] for first, last in pairwise(edges) if first < last]

    def _spans(self, work: Callable[[int, int], T]) -> list[T]:
        """Do work on all rows; on a few threads where the rows are many and numpy's own."""
        rows = len(self.data)
        threads = min(_cores(), _MOST_THREADS)
        if rows < _LONG or threads == 1 or self.kind in "OT":
            return [work(0, rows)]
        from concurrent.futures import ThreadPoolExecutor

        edges = [rows * part // threads for part in range(threads + 1)]
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(work, edges[:-1], edges[1:]))


def _cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def column_of(y: Any, *, few: bool = True) -> Column:
    """Choose how to read a column in the host's memory, of `few` classes or of any.

    Raises unless it is 1-d and not empty.
    """
    array = _own_array(y)
    return _filled(Column(_series_or_array(y) if array is None else array, few=few))


def column_where_it_lies(y: Any) -> Column | DeviceColumn:
    """Choose how to read a column, on whatever device; raises unless it is 1-d and not empty."""
    return _filled(DeviceColumn(y)) if is_array(y) else column_of(y)


def _filled(column: C) -> C:
    if not len(column):
        raise InvalidValueError("labels must not be empty", "0 rows", "Pass at least one row of each class.")
    return column


def _own_array(y: Any) -> Array | None:
    """What numpy reads as it is; None for columns of data frame libraries."""
    if isinstance(y, (list, tuple, range)):
        return _objects(y)
    if not isinstance(y, np.ndarray):
        refuse_lazy(y)
        if is_array(y):
            y = read_on_host(y)
        numpy_backed = isinstance(getattr(y, "dtype", None), np.dtype) and getattr(y, "ndim", 0) == 1
        if not numpy_backed:
            return None
        y = np.asarray(y)
    return _supported(y)


def _supported(array: Array) -> Array:
    if array.ndim != 1:
        raise not_one_dimensional(f"shape {array.shape}")
    if array.dtype.kind == "c":
        raise InvalidValueError("Complex data not supported as labels", f"dtype {array.dtype}", "Use .real.")
    if array.dtype.kind not in "buifUSOT" or array.dtype.char == "g":  # a longdouble is no Python float
        raise InvalidTypeError(
            "labels must be bools, integers, strings or categories",
            f"dtype {array.dtype}",
            "Convert the column, for example with .astype(str).",
        )
    return array


def _objects(values: Sequence[Any]) -> Array:
    """Python objects as they are: np.asarray would turn [1, "a"] into strings."""
    array = np.empty(len(values), object)
    try:
        array[:] = values
    except ValueError as nested:
        raise not_one_dimensional(shown(values)) from nested
    return array


def _series_or_array(y: Any) -> Any:
    import narwhals.stable.v1 as nw

    if nw.dependencies.is_into_dataframe(y):
        raise not_one_dimensional(f"a data frame of shape {y.shape}")
    if type(y).__module__ == "pyarrow.lib" and hasattr(y, "buffers"):  # which narwhals takes only in chunks
        y = sys.modules["pyarrow"].chunked_array([y])
    if not nw.dependencies.is_into_series(y):
        if hasattr(y, "__array__"):
            return _supported(np.asarray(y))
        raise InvalidTypeError(
            "labels must be a 1-d column", shown(y), "Pass a list, a numpy array or a column of a data frame."
        )
    series = nw.from_native(y, series_only=True)
    if nulls := series.null_count():
        raise missing_labels(f"{nulls} of {len(series)} missing")
    kind = str(getattr(y, "type", getattr(y, "dtype", "")))
    if kind.removeprefix("dictionary<values=").startswith("string_view"):
        return _series_or_array(_comparable_text(series.to_arrow()))
    if kind.startswith("dictionary<") and hasattr(y, "dtype"):
        return _series_or_array(series.to_arrow())  # of pandas, which does not tell its categories
    is_text = series.dtype in (nw.String, nw.Categorical, nw.Enum)
    return series if is_text else _supported(np.asarray(series.to_numpy()))


def _comparable_text(column: Any) -> Any:
    """Arrow's text that is held as views, as text that arrow can compare."""
    pa, held = sys.modules["pyarrow"], column.type
    text = pa.large_string()
    return column.cast(pa.dictionary(held.index_type, text) if hasattr(held, "index_type") else text)
