"""Settings under which distributed trainings are repeatable, and what is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.distributed.dask.collections import check_features, partitions
from boostweights.distributed.dask.engines import engine_named, engine_of
from boostweights.distributed.dask.failing import reduced
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights

_MOST: Final = 4096
Values = npt.NDArray[Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """What makes trainings on the same rows give the same model.

    Attributes
    ----------
    settings : dict
        For the estimator: ``estimator.set_params(**settings)``.
    distinct : int or None
        The most distinct values of a feature; None where there are more than were asked for.
    anywhere : bool
        Whether the model is the same, to the bit, wherever rows are placed, on one machine too (one thread a
        worker).
    reason : str
        Why, or what else it takes.
    """

    settings: dict[str, Any]
    distinct: int | None
    anywhere: bool
    reason: str


def repeatable(
    target: Any, X: Any, *, weights: ClassWeights | None = None, most: int = _MOST, client: Any = None
) -> Repeatable:
    """Return settings that make distributed trainings repeatable.

    XGBoost on Dask merges sketches of each worker's rows into cut points, so that the model depends on which
    worker holds which rows, unless each distinct value has a bin. LightGBM makes the bins of a feature from
    the rows of one worker.

    Parameters
    ----------
    target : estimator or str
        A DaskXGBClassifier, a DaskLGBMClassifier, or a library's name.
    X : dask DataFrame or dask Array of shape (n, p)
        Numeric features, which are read once.
    weights : ClassWeights, default=None
        With which will be trained: LightGBM's least leaf depends on the heaviest row.
    most : int, default=4096
        The most bins to ask for.
    client : distributed.Client, default=None
        The cluster; without one, Dask's default scheduler.

    Returns
    -------
    Repeatable

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the library or the collection cannot serve.

    Examples
    --------
    >>> import dask.array as da, numpy as np
    >>> X = da.from_array(np.arange(600.0).reshape(-1, 2), chunks=(100, 2))
    >>> found = repeatable("xgboost", X)
    >>> found.settings, found.anywhere
    ({'base_score': 0.5, 'max_bin': 300}, True)
    """
    engine = engine_named(target) if isinstance(target, str) else engine_of(target)
    if isinstance(most, bool) or not isinstance(most, int) or most < 2:
        raise InvalidValueError("most must be a number of bins, at least 2", shown(most), "Use most=4096.")
    distinct = count_distinct(X, most, client)
    settings, anywhere, reason = engine.repeatable(distinct, max(weights.values) if weights else 1.0)
    return Repeatable(settings=settings, distinct=distinct, anywhere=anywhere, reason=reason)


def count_distinct(X: Any, most: int, client: Any = None) -> int | None:
    """Return the most distinct values of a feature, or None where there are more than `most`."""
    from dask.delayed import delayed

    check_features(X, "X")
    find = delayed(_distinct, pure=True)
    parts = [find(part, most) for part in partitions(X)]
    found = reduced(parts, partial(_merged, most=most), client, "counting distinct values")
    sizes = [None if values is None else len(values) for values in found]
    return None if None in sizes else max((size for size in sizes if size is not None), default=0)


def _distinct(part: Any, most: int) -> list[Values | None]:
    columns = [part.iloc[:, at] for at in range(part.shape[1])] if hasattr(part, "iloc") else list(part.T)
    return [_capped(_numbers(column), most) for column in columns]


def _numbers(column: Any) -> Values:
    """A column as the float32 that xgboost stores, missing values left out."""
    try:
        values = np.asarray(column).astype(np.float32)
    except (TypeError, ValueError) as text:
        raise InvalidTypeError(
            "features must be numbers to count their distinct values",
            f"a column of type {column.dtype}",
            "Leave categorical columns out of X here: each category has a bin of its own.",
        ) from text
    return values[~np.isnan(values)]


def _capped(values: Values, most: int) -> Values | None:
    return unique if len(unique := np.unique(values)) <= most else None


def _merged(found: Sequence[list[Values | None]], most: int) -> list[Values | None]:
    return [
        None if any(each is None for each in values) else _capped(np.concatenate(values), most)
        for values in zip(*found, strict=True)
    ]
