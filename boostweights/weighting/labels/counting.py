"""Class labels: any 1-d column of them → classes, counts and one value a row.

A column is read a block at a time, so that counting needs memory for one block only, and a value a row needs
only the result besides.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import count
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_that, shown
from boostweights.weighting.labels.arrays import is_array, read_on_host, refuse_lazy
from boostweights.weighting.labels.ondevice import DeviceColumn
from boostweights.weighting.labels.rules import (
    Label,
    LabelMap,
    check_class_count,
    check_labels,
    checked_sample_weight,
    missing_labels,
    not_one_dimensional,
    positions,
    scalar,
    sorted_labels,
    unknown_label,
)
from boostweights.weighting.labels.sums import exact_sums, rounded

Array: TypeAlias = npt.NDArray[Any]

_BLOCK: Final = 1 << 18
"""Rows that are read at once."""
_DENSE: Final = 1 << 16
"""Integers within a range as small as this are their own codes: no block is sorted."""
_UNKNOWN: Final = -1
"""No weight and no code is negative."""


def count_labels(y: Any, sample_weight: Any = None) -> dict[Label, int | float]:
    """Return label → number of rows, or → sum of their weights, of a 1-d column of labels.

    Parameters
    ----------
    y : array-like of shape (n,)
        A list, numpy array, or pandas, polars or arrow column, categorical or not; or an array of torch,
        cupy, jax or another library of the array API standard, which is counted on its device.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row, finite and at least 0: 0 does not count a row, 2 counts it twice. For labels on a
        device: an array on the same device.

    Returns
    -------
    dict
        Python scalars as keys.

    Raises
    ------
    InvalidValueError
        If labels are empty, missing, continuous or not 1-d, or weights do not fit.
    InvalidTypeError
        If `y` is no column of labels.

    Examples
    --------
    >>> count_labels(["good", "bad", "good"])
    {'bad': 1, 'good': 2}
    >>> count_labels([0, 1, 1], sample_weight=[2.0, 0.5, 0.5])
    {0: 2, 1: 1}
    """
    column = column_where_it_lies(y)
    counts = column.counts()
    if sample_weight is None:
        return dict(counts)
    return rounded(dict(zip(counts, column.sums(counts, sample_weight), strict=True)))


def map_labels(y: Any, values: Mapping[Label, float], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return one value a row: ``values[y_i]``.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels, as for `count_labels`.
    values : mapping of label to number
        Numbers that are not negative.
    dtype : dtype-like
        Type of the result.

    Returns
    -------
    ndarray of shape (n,)
        Where `y` is an array of another library than numpy: of that library, on the same device.

    Raises
    ------
    UnknownLabelError
        If a row's label has no value.

    Examples
    --------
    >>> map_labels(["a", "b", "a"], {"a": 1.0, "b": 9.0}, np.float32)
    array([1., 9., 1.], dtype=float32)
    """
    return column_where_it_lies(y).lookup(LabelMap(values), np.dtype(dtype))


def encode(y: Any, classes: Sequence[Label]) -> npt.NDArray[np.intp]:
    """Return the position of each row's label among `classes`, as integers in the host's memory.

    Examples
    --------
    >>> encode(["b", "a", "b"], ["a", "b"])
    array([1, 0, 1])
    """
    return column_of(y).lookup(positions(classes), np.dtype(np.intp))


def factorize(y: Any, *, few: bool = True) -> tuple[dict[Label, int], npt.NDArray[Any]]:
    """Return counts by label, sorted, and each row's position among these labels.

    Integers that are 0 to k-1 already are returned as they are, not copied. Labels must be in the host's
    memory; with ``few=False`` there may be more than 10,000 different ones, as of groups.

    Examples
    --------
    >>> factorize(["b", "a", "b"])
    ({'a': 1, 'b': 2}, array([1, 0, 1]))
    """
    return column_of(y, few=few).codes()


class Column:
    """A 1-d column of labels in the host's memory: a numpy array, or a narwhals series of text."""

    def __init__(self, data: Any, *, few: bool = True) -> None:
        self.data = data
        self.few = few

    def __len__(self) -> int:
        return len(self.data)

    def counts(self) -> dict[Label, int]:
        """Return label → number of rows, sorted; raises where one is missing or continuous, or too many."""
        counts: Counter[Label] = Counter()
        for block in self._blocks():
            labels, codes = _coded(block)
            check_labels(labels)
            sizes = np.bincount(codes, minlength=len(labels)).tolist()
            counts.update({label: size for label, size in zip(labels, sizes, strict=True) if size})
            check_class_count(len(counts) if self.few else 0)
        return {label: counts[label] for label in sorted_labels(counts)}

    def codes(self) -> tuple[dict[Label, int], Array]:
        """Return counts in sorted label order, and each row's position among these labels."""
        counts = self.counts()
        is_coded = isinstance(self.data, np.ndarray) and self.data.dtype.kind in "iu"
        if is_coded and list(counts) == list(range(len(counts))):
            return counts, self.data
        return counts, self.lookup(positions(counts), np.dtype(np.intp))

    def lookup(self, values: Mapping[Label, float], dtype: np.dtype[Any]) -> Array:
        """Return the value of each row's label, or raise where one has none."""
        looked_up = np.empty(len(self), dtype)
        start = 0
        for block in self._blocks():
            labels, codes = _coded(block)
            table = np.array([values.get(label, _UNKNOWN) for label in labels], dtype)
            part = looked_up[start : start + len(block)]
            np.take(table, codes, out=part, mode="clip")  # no code is out of range, and numpy need not check
            if part.min() < 0:
                raise unknown_label(self.counts(), values)
            start += len(block)
        return looked_up

    def sums(self, counts: Mapping[Label, int], sample_weight: Any) -> list[Fraction]:
        """Return the exact sum of the row weights of each class."""
        weight = checked_sample_weight(sample_weight, len(self))
        return exact_sums(self.lookup(positions(counts), np.dtype(np.intp)), weight, len(counts))

    def _blocks(self) -> Iterator[Array]:
        for start in range(0, len(self), _BLOCK):
            block = self.data[start : start + _BLOCK]
            yield block if isinstance(block, np.ndarray) else _objects(block.to_list())


def column_of(y: Any, *, few: bool = True) -> Column:
    """Choose how to read a column in the host's memory, of `few` classes or of any number.

    Raises unless it is 1-d and not empty.
    """
    if isinstance(y, (list, tuple, range)):
        data: Any = _objects(y)
    else:
        refuse_lazy(y)
        array = read_on_host(y) if is_array(y) else y
        is_numpy = isinstance(getattr(array, "dtype", None), np.dtype)  # or pandas' on top of it
        data = _supported(np.asarray(array)) if is_numpy else _series_or_array(array)
    column = Column(data, few=few)
    _check_filled(column)
    return column


def column_where_it_lies(y: Any) -> Column | DeviceColumn:
    """Choose how to read a column, on whatever device; raises unless it is 1-d and not empty."""
    if not is_array(y):
        return column_of(y)
    column = DeviceColumn(y)
    _check_filled(column)
    return column


def _check_filled(column: Column | DeviceColumn) -> None:
    check_that(len(column), "labels must not be empty", "0 rows", "Pass at least one row of each class.")


def _coded(block: Array) -> tuple[Sequence[Label], Array]:
    """Return labels, not all of which need occur, and each row's position among them."""
    if block.dtype.kind in "OT":
        rows = block.tolist()
        try:
            place = dict(zip(dict.fromkeys(rows), count(), strict=False))
            codes = np.fromiter(map(place.__getitem__, rows), np.intp, len(rows))
        except TypeError as unhashable:
            raise not_one_dimensional(shown(rows[0])) from unhashable
        return list(map(scalar, place)), codes
    if block.dtype.kind in "iu":
        low, high = int(block.min()), int(block.max())
        if high - low < _DENSE:
            wide = np.uint64 if block.dtype.kind == "u" else np.int64
            above = np.subtract(block, low, dtype=wide) if low else block
            return range(low, high + 1), above.astype(np.intp, copy=False)
    labels, codes = np.unique(block, return_inverse=True)
    return labels.tolist(), codes


def _supported(array: Array) -> Array:
    if array.ndim != 1:
        raise not_one_dimensional(f"shape {array.shape}")
    kind = f"dtype {array.dtype}"
    check_that(array.dtype.kind != "c", "Complex data not supported as labels", kind, "Use .real.")
    check_that(
        array.dtype.kind in "buifUSOT" and array.dtype.char != "g",  # a longdouble is no Python float
        "labels must be bools, integers, strings or categories",
        kind,
        "Convert the column, for example with .astype(str).",
        InvalidTypeError,
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
        check_that(
            hasattr(y, "__array__"),
            "labels must be a 1-d column",
            shown(y),
            "Pass a list, a numpy array or a column of a data frame.",
            InvalidTypeError,
        )
        return _supported(np.asarray(y))
    series = nw.from_native(y, series_only=True)
    if nulls := series.null_count():
        raise missing_labels(f"{nulls} of {len(series)} missing")
    is_text = series.dtype in (nw.String, nw.Categorical, nw.Enum)
    return series if is_text else _supported(np.asarray(series.to_numpy()))
