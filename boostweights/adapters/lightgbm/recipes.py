"""Recipes that need the data or edit the model, where constructor settings do not make two forms one model.

``zero_start`` covers the one case that ``boost_from_average=False`` leaves open. ``average_start`` and
``with_start`` give the model that row weights train by default, from ``scale_pos_weight`` instead.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.lightgbm.names import value_of
from boostweights.adapters.lightgbm.spelling import is_true
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights

__all__ = ["average_start", "start_fit_kwargs", "with_start", "zero_start"]

_EPSILON: Final = float(np.float32(1e-15))  # LightGBM's kEpsilon


def zero_start(rows: int) -> dict[str, Any]:
    """Return the argument of ``fit`` by which scores start at 0 also where the first tree makes no split.

    With ``boost_from_average=False`` a first tree without a split becomes the prior after all, of row
    weights but not of ``scale_pos_weight`` and ``is_unbalance``. Guarantee: passed to both fits, forms that
    are claimed identical "where the first tree splits" are so everywhere. Not for random forests, which
    take no start score and need none.

    Parameters
    ----------
    rows : int
        Number of training rows.

    Examples
    --------
    >>> zero_start(2)
    {'init_score': array([0., 0.])}
    """
    return {"init_score": np.zeros(rows)}


def average_start(weights: ClassWeights, y: Any, sample_weight: Any = None, *, sigmoid: float = 1.0) -> float:
    r"""Return the score from which LightGBM starts with these row weights and ``boost_from_average=True``.

    :math:`\log(p / (1 - p)) / \sigma` with :math:`p = \sum_{y_i = 1} w_i / \sum_i w_i`, summed row by row in
    float64 as LightGBM does on one thread, so that it is the same number to the bit.

    Parameters
    ----------
    weights : ClassWeights
        Of two classes; the last in sorted order is the positive one.
    y : array-like of shape (n,)
        The training labels, in the order of the rows.
    sample_weight : array-like of shape (n,), default=None
        The caller's row weights, which multiply in float32.
    sigmoid : float, default=1.0
        LightGBM's parameter of that name.

    Examples
    --------
    >>> from boostweights import Explicit
    >>> y = [0, 0, 0, 1]
    >>> average_start(Explicit({0: 1.0, 1: 3.0}).resolve(y), y)
    0.0
    """
    if len(weights.classes) != 2:
        raise InvalidValueError(
            "a start score is for two classes", f"{len(weights.classes)} classes", "Use row weights."
        )
    row = weights.sample_weight(y, np.float32)
    if sample_weight is not None:
        row = row * np.asarray(sample_weight, np.float32)
    positive = ClassWeights({weights.classes[0]: 1.0, weights.classes[1]: 2.0}, counts=weights.counts)
    is_positive = positive.sample_weight(y, np.float32) == 2
    share = _sum_in_order(np.where(is_positive, row, 0)) / _sum_in_order(row)
    share = max(min(share, 1.0 - _EPSILON), _EPSILON)
    return math.log(share / (1.0 - share)) / sigmoid


def start_fit_kwargs(start: float, rows: int) -> dict[str, Any]:
    """Return the argument of ``fit`` that makes all scores start at `start`.

    Evaluation rows need it too: ``eval_init_score=[np.full(len(y_val), start)]``.

    Examples
    --------
    >>> start_fit_kwargs(-1.5, 2)
    {'init_score': array([-1.5, -1.5])}
    """
    return {"init_score": np.full(rows, start)}


def with_start(model: Any, start: float) -> Any:
    """Return a Booster that predicts with a start score, which it was trained from but does not hold.

    The score is added to the first tree's leaves, where LightGBM itself puts it. Guarantee: a model trained
    by ``scale_pos_weight`` with ``start_fit_kwargs(average_start(…), n)`` becomes, to the bit, the model that
    row weights train with ``boost_from_average=True``: wherever `scale_pos_weight` is identical with
    ``boost_from_average=False``. Not for dart, which rescales the first tree, nor linear trees, nor random
    forests.

    Parameters
    ----------
    model : LGBMClassifier or Booster
        A fitted two-class model; it is not changed.
    start : float
        What it was trained from.

    Raises
    ------
    InvalidValueError
        If the model is of a kind whose leaves cannot hold the score.
    """
    from lightgbm import Booster

    booster = getattr(model, "booster_", model)
    if not isinstance(booster, Booster):
        raise InvalidTypeError(
            "a start score is added to a fitted LightGBM model", shown(model), "Pass it after fit()."
        )
    _refuse_unbakeable(booster.params)
    baked = Booster(model_str=booster.model_to_string())
    leaves = baked.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]
    for leaf in range(leaves):
        baked.set_leaf_output(0, leaf, baked.get_leaf_output(0, leaf) + start)
    return baked


def _refuse_unbakeable(params: Any) -> None:
    boosting = value_of(params, "boosting", "gbdt")
    linear = is_true(value_of(params, "linear_tree", False))
    if boosting in ("gbdt", "gbrt", "goss") and not linear:
        return
    raise InvalidValueError(
        "the first tree's leaves must be constants that stay as they are",
        "linear_tree=True" if linear else f"boosting={boosting!r}",
        "Use row weights, or boost_from_average=False with both forms.",
    )


def _sum_in_order(values: npt.NDArray[np.float32]) -> float:
    return float(np.add.accumulate(values.astype(np.float64))[-1])
