"""Counts and row weights of Dask columns: partitions are read where they are, and counts add up in a tree."""

from functools import partial, reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.distributed.dask.collections import check_lengths, label_partitions, reduced
from boostweights.errors import InvalidTypeError, check_that, check_type, placed
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.labels.rules import checked_sample_weight

_TAKE_BOTH = "Take both from one collection."


def count_classes(y: Any, sample_weight: Any = None, *, client: Any = None) -> ClassCounts:
    """Count the labels of a Dask column on its workers.

    Parameters
    ----------
    y : dask Series or dask Array of shape (n,)
        Labels of any kind; partitions may be empty, or lack classes.
    sample_weight : dask Series or dask Array of shape (n,), default=None
        Weight of each row, in the same partitions.
    client : distributed.Client, default=None
        The cluster; without one, Dask's default scheduler.

    Returns
    -------
    ClassCounts
        The same, to the last bit, for any partitions: sums of weights are exact and rounded once.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If they are no Dask columns, do not align, or labels are missing, continuous or of several kinds.

    Notes
    -----
    Counts are a monoid: a partition's counts are added to its neighbours', eight at a time, so that only one
    number a class reaches the client. A worker that dies meanwhile costs its own partitions, which Dask
    counts again elsewhere.

    Examples
    --------
    >>> import dask.array as da, numpy as np
    >>> count_classes(da.from_array(np.array(["a", "b", "a", "a"]), chunks=2))
    ClassCounts({'a': 3, 'b': 1})
    """
    return tallied(y, sample_weight, client).weighted


def tallied(y: Any, sample_weight: Any, client: Any) -> Tally:
    """Return rows and sums of weights of each class; raises where there are no rows."""
    columns = label_partitions(y, sample_weight)
    from dask.delayed import delayed

    count = delayed(_tally, pure=True)
    parts = [count(number, *part) for number, part in enumerate(columns)]
    tally: Tally = reduced(parts, partial(reduce, Tally.__add__), client, "counting labels")
    tally.check()
    return tally


def _tally(number: int, labels: Any, own: Any) -> Tally:
    with placed(f"(partition {number})"):
        check_lengths(len(labels), own, "y and sample_weight", _TAKE_BOTH)
        return Tally.of(labels, own)


def sample_weight(
    y: Any, weights: ClassWeights, sample_weight: Any = None, *, dtype: npt.DTypeLike = np.float32
) -> Any:
    """Return one weight a row, lazy, in the partitions of the labels.

    Parameters
    ----------
    y : dask Series or dask Array of shape (n,)
        Labels, each of one of the classes.
    weights : ClassWeights
        Resolved on the counts of the whole training column: ``policy.resolve(count_classes(y))``.
    sample_weight : dask Series or dask Array of shape (n,), default=None
        The caller's weights in the same partitions, which multiply in `dtype`.
    dtype : dtype-like, default=float32
        The default is the dtype in which xgboost and lightgbm store weights.

    Returns
    -------
    dask Series or dask Array of shape (n,)
        The kind is that of `y`; nothing is computed. A label without a weight raises UnknownLabelError when
        its partition is computed.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If these are no Dask columns, do not align, or `weights` are no ClassWeights.

    Examples
    --------
    >>> import boostweights as bw, dask.array as da, numpy as np
    >>> y = da.from_array(np.array([0, 0, 0, 1]), chunks=2)
    >>> weights = bw.Balanced().resolve(bw.ClassCounts({0: 3, 1: 1}))
    >>> sample_weight(y, weights).compute()
    array([0.6666667, 0.6666667, 0.6666667, 2.       ], dtype=float32)
    """
    rule = "weights must be resolved on the counts of all partitions"
    check_type(weights, ClassWeights, rule, "Pass policy.resolve(count_classes(y)).")
    label_partitions(y, sample_weight)
    own = () if sample_weight is None else (sample_weight,)
    to = np.dtype(dtype)
    if hasattr(y, "chunks"):
        import dask.array as da

        arrays = [column if hasattr(column, "chunks") else column.to_dask_array() for column in own]
        return da.map_blocks(_weights, y, *arrays, weights=weights, to=to, dtype=to, meta=np.empty(0, to))
    import pandas as pd

    kinds = "y and sample_weight must be of one kind"
    local = not any(hasattr(column, "chunks") for column in own)
    check_that(local, kinds, "a Dask series and an array", "Pass two series.", InvalidTypeError)
    meta = pd.Series([], dtype=to, name="weight", index=y._meta.index)
    return y.map_partitions(_weights, *own, weights=weights, to=to, meta=meta, align_dataframes=False)


def _weights(y: Any, own: Any = None, *, weights: ClassWeights, to: np.dtype[Any]) -> Any:
    """Return the weights of a partition: a series for a series."""
    check_lengths(len(y), own, "y and sample_weight", _TAKE_BOTH)
    values = weights.sample_weight(y, to) if len(y) else np.empty(0, to)
    if own is not None and len(y):
        values *= checked_sample_weight(own, len(y)).astype(to, copy=False)
    if not hasattr(y, "index"):
        return values
    import pandas as pd

    return pd.Series(values, index=y.index, name="weight")
