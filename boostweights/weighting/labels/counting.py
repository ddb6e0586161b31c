"""Class labels: any 1-d column of them → classes, counts and one value a row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import UnknownLabelError, did_you_mean, shown
from boostweights.weighting.labels.blocks import UnmatchedError
from boostweights.weighting.labels.columns import column_of
from boostweights.weighting.labels.rules import Label, LabelMap, checked_sample_weight, positions
from boostweights.weighting.labels.sums import exact_sums, rounded


def count_labels(y: Any, sample_weight: Any = None) -> dict[Label, int | float]:
    """Return label → number of rows, or → sum of their weights, of a 1-d column of labels.

    Parameters
    ----------
    y : array-like of shape (n,)
        A list, numpy array, or pandas, polars or arrow column, categorical or not.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row, finite and at least 0: 0 does not count a row, 2 counts it twice.

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
    column = column_of(y)
    counts = column.counts()
    if sample_weight is None:
        return dict(counts)
    weight = checked_sample_weight(sample_weight, len(column))
    codes = column.lookup(positions(counts), np.dtype(np.intp))
    return rounded(dict(zip(counts, exact_sums(codes, weight, len(counts)), strict=True)))


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

    Raises
    ------
    UnknownLabelError
        If a row's label has no value.

    Examples
    --------
    >>> map_labels(["a", "b", "a"], {"a": 1.0, "b": 9.0}, np.float32)
    array([1., 9., 1.], dtype=float32)
    """
    column = column_of(y)
    values = LabelMap(values)
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
    """Return the position of each row's label among `classes`, as integers.

    Examples
    --------
    >>> encode(["b", "a", "b"], ["a", "b"])
    array([1, 0, 1])
    """
    return map_labels(y, positions(classes), np.intp)


def factorize(y: Any) -> tuple[dict[Label, int], npt.NDArray[Any]]:
    """Return counts by label, sorted, and each row's position among these labels.

    Integers that are 0 to k-1 already are returned as they are, not copied.

    Examples
    --------
    >>> factorize(["b", "a", "b"])
    ({'a': 1, 'b': 2}, array([1, 0, 1]))
    """
    return column_of(y).codes()
