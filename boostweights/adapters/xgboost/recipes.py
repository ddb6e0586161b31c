"""Recipes that need the data: they make forms the same model where constructor settings cannot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.weighting.class_weights import ClassWeights

__all__ = ["cuts_see_weights", "frozen_cuts", "weighted_start"]


def frozen_cuts(
    X: Any, y: Any, sample_weight: Any = None, *, max_bin: int = 256, ref: Any = None, **options: Any
) -> Any:
    """Return training data whose cut points were found without weights, for ``xgb.train``.

    IDENTICAL: ``scale_pos_weight`` and row weights train the same model on it with ``tree_method="hist"``,
    one ``base_score`` and one ``max_bin``, however many distinct values a feature has.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Whatever ``xgboost.QuantileDMatrix`` takes.
    y : array-like of shape (n,)
        Labels 0 and 1.
    sample_weight : array-like of shape (n,), default=None
        Row weights; the gradients see them, the cut points do not.
    max_bin : int, default=256
        Must be that of the parameters.
    ref : QuantileDMatrix, default=None
        Data whose cut points to share.
    **options
        Go to ``QuantileDMatrix``: ``missing``, ``enable_categorical``, ``nthread``, …

    Returns
    -------
    xgboost.QuantileDMatrix

    Examples
    --------
    >>> import numpy as np, xgboost as xgb
    >>> X = np.random.default_rng(0).normal(size=(600, 2)); y = (X[:, 0] > 1.2).astype(int)
    >>> params = {"objective": "binary:logistic", "base_score": 0.5, "max_bin": 16, "nthread": 1}
    >>> rows = xgb.train(params, frozen_cuts(X, y, np.where(y == 1, 9.0, 1.0), max_bin=16), 5)
    >>> ratio = xgb.train({**params, "scale_pos_weight": 9.0}, frozen_cuts(X, y, max_bin=16), 5)
    >>> bool((rows.inplace_predict(X) == ratio.inplace_predict(X)).all())
    True
    """
    import xgboost as xgb

    data = xgb.QuantileDMatrix(X, label=y, max_bin=max_bin, ref=ref, **options)
    if sample_weight is not None:
        data.set_weight(np.asarray(sample_weight, np.float32))
    return data


def cuts_see_weights(X: Any, max_bin: int = 256) -> bool:
    """Whether the cut points of ``tree_method="hist"`` can depend on row weights, for these features.

    They cannot where each numeric feature has at most `max_bin` distinct values: each has its own bin, and
    ``scale_pos_weight`` and row weights are IDENTICAL at one ``base_score``. Not so for
    ``tree_method="approx"``, whose sketch leaves out values of little weight however few there are.

    Parameters
    ----------
    X : array-like or data frame of shape (n, p)
        Categorical columns of a frame do not count: they are never cut.
    max_bin : int, default=256
        XGBoost's own default.

    Returns
    -------
    bool

    Examples
    --------
    >>> cuts_see_weights([[0.0], [1.0], [1.0], [2.0]], max_bin=3)
    False
    >>> cuts_see_weights([[0.0], [1.0], [1.0], [2.0]], max_bin=2)
    True
    """
    return any(_distinct(values) > max_bin for values in _numeric(X))


def weighted_start(weights: ClassWeights) -> dict[str, float]:
    """Return the ``base_score`` from which XGBoost 3 starts with these row weights: their weighted mean.

    EQUIVALENT: with it, ``scale_pos_weight`` is the model that row weights are with ``base_score`` left
    open (and cut points that weights do not move); XGBoost's own mean is summed in another order. To be
    IDENTICAL, set it on both sides.

    Parameters
    ----------
    weights : ClassWeights
        Of two classes, with the counts of the training rows.

    Returns
    -------
    dict
        ``{"base_score": mean}``.

    Examples
    --------
    >>> from boostweights import Balanced
    >>> weighted_start(Balanced().resolve([0] * 90 + [1] * 10))
    {'base_score': 0.5}
    """
    negative, positive = (weights.counts[label] * weight for label, weight in weights.class_weight.items())
    return {"base_score": positive / (negative + positive)}


def _numeric(X: Any) -> Iterator[npt.NDArray[Any]]:
    if hasattr(X, "tocsc"):
        columns = X.tocsc()
        yield from (
            columns.data[start:end]
            for start, end in zip(columns.indptr[:-1], columns.indptr[1:], strict=True)
        )
    elif hasattr(X, "dtypes") and hasattr(X, "items"):
        yield from (column.to_numpy() for _, column in X.items() if str(column.dtype) != "category")
    else:
        yield from np.asarray(X).T


def _distinct(values: npt.NDArray[Any]) -> int:
    stored = np.asarray(values, np.float32)
    return len(np.unique(stored[~np.isnan(stored)]))
