"""Row weights of a Dask column, lazy and in its partitions."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.distributed.dask.collections import check_lengths, label_partitions
from boostweights.errors import InvalidTypeError, check_type
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import checked_sample_weight


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
        What xgboost and lightgbm store.

    Returns
    -------
    dask Series or dask Array of shape (n,)
        Of the kind of `y`; nothing is computed. A label without a weight raises UnknownLabelError when its
        partition is.

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
    if hasattr(y, "chunks"):
        return _blocks(y, own, weights, np.dtype(dtype))
    return _series(y, own, weights, np.dtype(dtype))


def _blocks(y: Any, own: tuple[Any, ...], weights: ClassWeights, dtype: np.dtype[Any]) -> Any:
    import dask.array as da

    arrays = [each if hasattr(each, "chunks") else each.to_dask_array() for each in own]
    return da.map_blocks(_weigh, y, *arrays, weights=weights, to=dtype, dtype=dtype, meta=np.empty(0, dtype))


def _series(y: Any, own: tuple[Any, ...], weights: ClassWeights, dtype: np.dtype[Any]) -> Any:
    import pandas as pd

    if any(hasattr(each, "chunks") for each in own):
        raise InvalidTypeError(
            "y and sample_weight must be of one kind", "a Dask series and an array", "Pass two series."
        )
    meta = pd.Series([], dtype=dtype, name="weight", index=y._meta.index)
    return y.map_partitions(_weigh_series, *own, weights=weights, to=dtype, meta=meta, align_dataframes=False)


def _weigh(
    y: Any, own: Any = None, *, weights: ClassWeights, to: np.dtype[Any]
) -> npt.NDArray[np.floating[Any]]:
    if not len(y):
        return np.empty(0, to)
    weight = weights.sample_weight(y, to)
    if own is not None:
        weight *= checked_sample_weight(own, len(y)).astype(to, copy=False)
    return weight


def _weigh_series(y: Any, own: Any = None, *, weights: ClassWeights, to: np.dtype[Any]) -> Any:
    import pandas as pd

    check_lengths(len(y), own, "y and sample_weight", "Take both from one frame.")
    return pd.Series(_weigh(y, own, weights=weights, to=to), index=y.index, name="weight")
