"""Class labels: any 1-d column of them → classes, counts and one value a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import UnknownLabelError, did_you_mean, shown
from boostweights.weighting.labels.blocks import UnmatchedError
from boostweights.weighting.labels.columns import Column, column_of, column_where_it_lies
from boostweights.weighting.labels.ondevice import DeviceColumn
from boostweights.weighting.labels.rules import Label, LabelMap, positions
from boostweights.weighting.labels.sums import rounded


def count_labels(y: Any, sample_weight: Any = None) -> dict[Label, int | float]:
    """Return label → number of rows, or → sum of their weights, of a 1-d column of labels.

    Parameters
    ----------
    y : array-like of shape (n,)
        A list, numpy array, or pandas, polars or arrow column, categorical or not; or an array of torch,
        cupy, jax or another library of the array API standard, which is counted where it lies.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row, finite and at least 0: 0 does not count a row, 2 counts it twice. Of labels on a
        device: an array beside them.

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
    return _looked_up(column_where_it_lies(y), LabelMap(values), dtype)


def _looked_up(
    column: Column | DeviceColumn, values: Mapping[Label, float], dtype: npt.DTypeLike
) -> npt.NDArray[Any]:
    try:
        return column.lookup(values, np.dtype(dtype))
    except UnmatchedError:
        unknown = [label for label in column.counts() if label not in values]
    raise UnknownLabelError(
        f"every label must be one of {shown(list(values))}",
        f"{shown(unknown[0])} ({type(unknown[0]).__name__})",
        did_you_mean(unknown[0], values),
    )


def encode(y: Any, classes: Sequence[Label]) -> npt.NDArray[np.intp]:
    """Return the position of each row's label among `classes`, as integers in the host's memory.

    Examples
    --------
    >>> encode(["b", "a", "b"], ["a", "b"])
    array([1, 0, 1])
    """
    return _looked_up(column_of(y), positions(classes), np.intp)


def factorize(y: Any) -> tuple[dict[Label, int], npt.NDArray[Any]]:
    """Return counts by label, sorted, and each row's position among these labels.

    Integers that are 0 to k-1 already are returned as they are, not copied. Labels must be in the host's
    memory.

    Examples
    --------
    >>> factorize(["b", "a", "b"])
    ({'a': 1, 'b': 2}, array([1, 0, 1]))
    """
    return column_of(y).codes()
