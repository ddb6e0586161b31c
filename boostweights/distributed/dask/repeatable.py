"""Settings under which distributed trainings are repeatable, and what is not."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.registry import adapter_named, adapter_of, adapters_that_can
from boostweights.adapters.training import OnDask
from boostweights.distributed.dask.collections import check_features, partitions, reduced
from boostweights.errors import InvalidTypeError, check_known, check_range, check_that, explained
from boostweights.weighting.class_weights import ClassWeights

_MOST: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeatable:
    """Settings with which trainings on the same rows give the same model.

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
    >>> advice = repeatable("xgboost", X)
    >>> advice.settings, advice.anywhere
    ({'base_score': 0.5, 'max_bin': 300}, True)
    """
    engine = engine_named(target) if isinstance(target, str) else engine_of(target)
    check_range(most, "most must be a number of bins, at least 2", "Use most=4096.", least=2, whole=True)
    distinct = count_distinct(X, most, client)
    settings, anywhere, reason = engine.repeatable(distinct, max(weights.values) if weights else 1.0)
    return Repeatable(settings=settings, distinct=distinct, anywhere=anywhere, reason=reason)


def engine_named(library: Any) -> OnDask:
    """Return the engine of a library's name, or raise."""
    known = [adapter.name for adapter in adapters_that_can("dask")]
    check_known(library, known, "a library that trains on Dask must be named")
    return adapter_named(library).dask


def engine_of(estimator: Any) -> OnDask:
    """Return the engine of an estimator's class, or raise."""
    adapter = adapter_of(estimator)
    names = [base.__name__ for base in type(estimator).__mro__]
    known = " or ".join(able.dask.classifier for able in adapters_that_can("dask"))
    check_that(
        adapter.can("dask") and adapter.dask.classifier in names,
        f"estimator must be an unfitted {known}",
        estimator,
        "Use WeightedClassifier on one machine.",
        InvalidTypeError,
    )
    return adapter.dask


def count_distinct(X: Any, most: int, client: Any = None) -> int | None:
    """Return the most distinct values of a feature, or None where there are more than `most`."""
    from dask.delayed import delayed

    check_features(X, "X")
    find = delayed(_distinct, pure=True)
    parts = [find(part, most) for (part,) in partitions(X)]
    features = reduced(parts, partial(_merged, most=most), client, "counting distinct values")
    largest = max(map(len, features), default=0)
    return largest if largest <= most else None


def _distinct(part: Any, most: int) -> list[npt.NDArray[Any]]:
    """Return the distinct values of each column in float32, as xgboost stores them: at most `most` + 1."""
    columns = [part.iloc[:, at] for at in range(part.shape[1])] if hasattr(part, "iloc") else list(part.T)
    rule = "features must be numbers to count their distinct values"
    with explained((TypeError, ValueError), rule, "Leave out text and categories: each has a bin."):
        floats = [np.asarray(column).astype(np.float32) for column in columns]
    return [np.unique(values[~np.isnan(values)])[: most + 1] for values in floats]


def _merged(parts: Sequence[list[npt.NDArray[Any]]], most: int) -> list[npt.NDArray[Any]]:
    return [np.unique(np.concatenate(values))[: most + 1] for values in zip(*parts, strict=True)]
