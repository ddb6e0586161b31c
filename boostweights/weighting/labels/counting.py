"""Class labels: any 1-d column of them → classes, counts, and one value or one sum a row.

A column on a device is counted there, by operations of the Python array API standard
(https://data-apis.org/array-api) alone: only a few numbers a class come to the host.
"""

import math
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from itertools import count, pairwise
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_that, shown
from boostweights.weighting.labels import rules
from boostweights.weighting.labels.arrays import (
    compat,
    is_array,
    namespace,
    place,
    read,
    read_on_host,
    refuse_lazy,
    rows_of,
)
from boostweights.weighting.labels.rules import Label, as_float

Array = npt.NDArray[Any]

_DENSE = 1 << 16
"""Integers within a range as small as this are their own codes: no column is sorted."""
_NUMBERS = ("bool", "integral", "real floating")


class Column(NamedTuple):
    """A 1-d column of labels, counted.

    Attributes
    ----------
    counts : dict
        Label → number of rows, sorted; Python scalars as keys.
    codes : array of shape (n,)
        Each row's position among these labels; where the column is.
    """

    counts: dict[Label, int]
    codes: Any

    def lookup(self, values: Mapping[Label, float], dtype: npt.DTypeLike) -> Any:
        """Return the value of each row's label, or raise where one has none."""
        if any(label not in values for label in self.counts):
            raise rules.unknown_label(self.counts, values)
        return _beside(self.codes, [values[label] for label in self.counts], dtype)[self.codes]

    def sums(self, sample_weight: Any) -> dict[Label, Fraction]:
        """Return label → the exact sum of its rows' weights, which is the same in any order of rows.

        Floats are integers times a power of two: rows are sorted by class, and what is left of each weight is
        cut off from above in integers, which an integer type adds up without overflow.

        Examples
        --------
        >>> factorize(["a", "a", "b"]).sums([1e16, 1.0, 0.5])
        {'a': Fraction(10000000000000001, 1), 'b': Fraction(1, 2)}
        """
        xp = namespace(self.codes)
        ends = _beside(self.codes, np.cumsum(list(self.counts.values())) - 1, np.int64)
        rest = xp.take(weights_beside(self.codes, sample_weight), xp.argsort(self.codes))
        add_up = getattr(xp, "cumulative_sum", np.cumsum)  # numpy 2 has it
        floats = xp.finfo(rest.dtype)
        precision = 2 - math.frexp(float(floats.eps))[1]
        bits = min(precision, int(xp.iinfo(ends.dtype).bits) - 1 - rows_of(rest).bit_length())
        least = math.frexp(float(floats.smallest_normal))[1] - precision
        totals = dict.fromkeys(self.counts, Fraction(0))
        for power in range(math.frexp(read(xp.max(rest)))[1] - bits, least - bits, -bits):
            unit = 2.0 ** max(power, least)
            cut = xp.floor(rest / unit)
            sums = [0, *read(add_up(xp.asarray(cut, dtype=ends.dtype))[ends])]
            for label, (before, after) in zip(totals, pairwise(sums), strict=True):
                totals[label] += (after - before) * Fraction(unit)
            rest = rest - cut * unit
            if not read(xp.any(rest > 0)):
                break
        return totals


def factorize(y: Any, *, few: bool = True) -> Column:
    """Return counts by label, sorted, and each row's position among these labels.

    Labels must be in the host's memory. With ``few=False`` there may be more than 10,000 different ones, as
    of groups.

    Examples
    --------
    >>> counts, codes = factorize(["b", "a", "b"])
    >>> counts, codes
    ({'a': 1, 'b': 2}, array([1, 0, 1]))
    """
    if isinstance(y, (list, tuple, range)):
        column: Any = np.fromiter(y, object, len(y))  # np.asarray would turn [1, "a"] into strings
    else:
        refuse_lazy(y)
        array = read_on_host(y) if is_array(y) else y
        is_numpy = isinstance(getattr(array, "dtype", None), np.dtype)  # or pandas' on top of it
        column = _supported(np.asarray(array)) if is_numpy else _series_or_array(array)
    _check_filled(len(column))
    labels, codes = _coded(column)
    sizes = np.bincount(codes, minlength=len(labels)).tolist()
    sized = {label: size for label, size in zip(labels, sizes, strict=True) if size}
    rules.check_labels(sized)
    rules.check_class_count(len(sized) if few else 0)
    counts = {label: sized[label] for label in rules.sorted_labels(sized)}
    if list(counts) != list(labels):
        order = rules.positions(counts)
        codes = np.array([order.get(label, -1) for label in labels], np.intp)[codes]
    return Column(counts, codes)


def column_where_it_lies(y: Any) -> Column:
    """Return counts and positions as `factorize` does; of an array on a device, positions on that device."""
    if not is_array(y):
        return factorize(y)
    if y.ndim != 1:
        raise rules.not_one_dimensional(f"shape {tuple(y.shape)}")
    _check_filled(rows_of(y))
    xp = namespace(y)
    check_that(
        y.dtype in xp.__array_namespace_info__().dtypes(device=compat().device(y), kind=_NUMBERS).values(),
        "labels on a device must be bools, integers or whole floats of the array API standard",
        f"dtype {y.dtype}",
        "Convert the column, for example to int64.",
        InvalidTypeError,
    )
    read(y[:1])  # raises where there are no numbers yet
    is_bool = xp.isdtype(y.dtype, "bool")
    numbers = xp.astype(y, xp.uint8) if is_bool else y
    unique, sizes = xp.unique_counts(numbers)
    labels = read(unique[: min(rows_of(unique), rules.MOST_CLASSES + 1)])
    rules.check_labels(labels)
    rules.check_class_count(len(labels))
    counts = dict(zip(map(bool, labels) if is_bool else labels, read(sizes), strict=True))
    return Column(counts, xp.unique_inverse(numbers)[1])


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
    return dict(column.counts) if sample_weight is None else rounded(column.sums(sample_weight))


def map_labels(y: Any, values: Mapping[Label, float], dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return one value a row: ``values[y_i]``.

    Parameters
    ----------
    y : array-like of shape (n,)
        Labels, as for `count_labels`.
    values : mapping of label to number
        The value of each label.
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
    return column_where_it_lies(y).lookup(values, dtype)  # type: ignore[no-any-return]


def encode(y: Any, classes: Sequence[Label]) -> npt.NDArray[np.intp]:
    """Return the position of each row's label among `classes`, as integers in the host's memory.

    Examples
    --------
    >>> encode(["b", "a", "b"], ["a", "b"])
    array([1, 0, 1])
    """
    return factorize(y).lookup(rules.positions(classes), np.intp)  # type: ignore[no-any-return]


def rounded(sums: Mapping[Label, Fraction]) -> dict[Label, float]:
    """Return sums as the nearest floats, ints where they are whole.

    Examples
    --------
    >>> rounded({"a": Fraction(4), "b": Fraction(1, 2), "c": Fraction(0)})
    {'a': 4, 'b': 0.5, 'c': 0}
    """
    floats = {label: as_float(total) for label, total in sums.items()}
    return {label: int(total) if total.is_integer() else total for label, total in floats.items()}


def weights_beside(rows: Any, sample_weight: Any) -> Any:
    """Return checked row weights as the widest floats, where the other array of these rows is, or raise.

    Examples
    --------
    >>> weights_beside(np.array([0, 1]), [1, 2])
    array([1., 2.])
    """
    if not is_array(rows):
        return rules.checked_sample_weight(sample_weight, len(rows))
    check_that(
        is_array(sample_weight) and place(rows) == place(sample_weight),
        "labels and row weights must be arrays of one library on one device",
        f"{place(rows)} and {place(sample_weight)}",
        "Move one of them; nothing is copied between devices unasked.",
    )
    xp = namespace(rows)
    check_that(
        xp.isdtype(sample_weight.dtype, _NUMBERS),
        "sample_weight must be numbers",
        f"dtype {sample_weight.dtype}",
        "Pass one number a row.",
        InvalidTypeError,
    )
    dtypes = xp.__array_namespace_info__().dtypes(device=compat().device(rows))
    weights = xp.astype(sample_weight, dtypes.get("float64", xp.float32), copy=False)
    rules.check_weights(weights, rows_of(rows))
    return weights


def _beside(rows: Any, values: Any, dtype: npt.DTypeLike) -> Any:
    """Return a few numbers as an array where that of the rows is; the widest integers that it has."""
    stored = np.dtype(dtype)
    if not is_array(rows):
        return np.asarray(values, stored)
    xp, device = namespace(rows), compat().device(rows)
    dtypes = xp.__array_namespace_info__().dtypes(device=device)
    known = dtypes.get(stored.name, dtypes["int32"] if stored.kind == "i" else None)
    check_that(
        known is not None,
        f"row weights of {stored.name} need a device that can hold them",
        place(rows),
        "Pass dtype=np.float32, or labels on the host.",
        InvalidTypeError,
    )
    return xp.asarray(list(values), dtype=known, device=device)


def _check_filled(rows: int) -> None:
    check_that(rows, "labels must not be empty", "0 rows", "Pass at least one row of each class.")


def _coded(column: Any) -> tuple[Sequence[Label], Array]:
    """Return labels, not all of which need occur, and each row's position among them."""
    kind = column.dtype.kind if isinstance(column, np.ndarray) else "O"  # or a series of text
    if kind in "OT":
        place_of: dict[Label, int] = defaultdict(count().__next__)
        rows: Iterable[Any] = column.tolist() if isinstance(column, np.ndarray) else column
        try:
            codes = np.fromiter(map(place_of.__getitem__, rows), np.intp, len(column))
        except TypeError as unhashable:
            raise rules.not_one_dimensional(shown(column[0])) from unhashable
        return list(map(rules.scalar, place_of)), codes
    if kind in "iu":
        low, high = int(column.min()), int(column.max())
        if high - low < _DENSE:
            wide = np.uint64 if kind == "u" else np.int64
            above = np.subtract(column, low, dtype=wide) if low else column
            return range(low, high + 1), above.astype(np.intp, copy=False)
    labels, codes = np.unique(column, return_inverse=True)
    return labels.tolist(), codes


def _supported(array: Array) -> Array:
    if array.ndim != 1:
        raise rules.not_one_dimensional(f"shape {array.shape}")
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


def _series_or_array(y: Any) -> Any:
    import narwhals.stable.v1 as nw

    if nw.dependencies.is_into_dataframe(y):
        raise rules.not_one_dimensional(f"a data frame of shape {y.shape}")
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
        raise rules.missing_labels(f"{nulls} of {len(series)} missing")
    is_text = series.dtype in (nw.String, nw.Categorical, nw.Enum)
    return series if is_text else _supported(np.asarray(series.to_numpy()))
