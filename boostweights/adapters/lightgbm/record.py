"""LightGBM's record for tests and the benchmark, and recipes that go beyond constructor settings.

``zero_start`` covers the one case that ``boost_from_average=False`` leaves open. ``average_start`` and
``with_start`` give the model that row weights train by default, from ``scale_pos_weight`` instead.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.lightgbm.parameters import is_true, value_of
from boostweights.adapters.record import REPEATED_ROWS, Record
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights

_BAGGED: Final = {"subsample": 0.7, "subsample_freq": 1, "random_state": 1}
_GOSS: Final = {"learning_rate": 0.5, "top_rate": 0.3, "other_rate": 0.2, "random_state": 1}

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "start at the average": {"boost_from_average": True},
    "start at zero": {"boost_from_average": False},
    "dart": {"boosting_type": "dart", "drop_rate": 0.5, "skip_drop": 0.0, "random_state": 1},
    "dart as xgboost's, linear trees": {
        "boosting_type": "dart",
        "xgboost_dart_mode": True,
        "skip_drop": 0.0,
        "linear_tree": True,
    },
    "random forest": {"boosting_type": "rf", **_BAGGED},
    "random forest from the average": {"boosting_type": "rf", "boost_from_average": True, **_BAGGED},
    "goss": {"data_sample_strategy": "goss", **_GOSS},
    "goss, dart": {"boosting_type": "dart", "data_sample_strategy": "goss", **_GOSS},
    "bagging": _BAGGED,
    "bagging by class": {
        "pos_bagging_fraction": 0.9,
        "neg_bagging_fraction": 0.4,
        "subsample_freq": 1,
        "random_state": 1,
    },
    "linear trees": {"linear_tree": True, "linear_lambda": 0.5},
    "linear trees, bagging": {"linear_tree": True, **_BAGGED},
    "l1, l2, least gain": {"reg_alpha": 0.3, "reg_lambda": 2.0, "min_split_gain": 0.05},
    "bounded, smoothed leaves": {"max_delta_step": 0.4, "path_smooth": 3.0},
    "monotone": {
        "monotone_constraints": [1, -1, 0, 0, 0, 0],
        "monotone_constraints_method": "advanced",
        "monotone_penalty": 0.5,
    },
    "interactions": {"interaction_constraints": [[0, 2], [1, 3, 4, 5]]},
    "random thresholds": {"extra_trees": True, "random_state": 1},
    "sampled features": {"colsample_bytree": 0.6, "feature_fraction_bynode": 0.7, "random_state": 1},
    "costly features": {"cegb_tradeoff": 0.5, "cegb_penalty_split": 0.001},
    "quantized gradients": {"use_quantized_grad": True, "num_grad_quant_bins": 8},
    "quantized, renewed leaves": {
        "use_quantized_grad": True,
        "stochastic_rounding": False,
        "quant_train_renew_leaf": True,
    },
    "steep sigmoid": {"sigmoid": 2.0},
    "coarse bins": {"max_bin": 15, "min_data_in_bin": 20},
    "deep trees": {"num_leaves": 63, "min_child_samples": 5, "min_child_weight": 0.01},
    "many categories": {"max_cat_to_onehot": 1, "cat_smooth": 1.0, "cat_l2": 1.0, "min_data_per_group": 5},
    "missing as zero": {"zero_as_missing": True, "use_missing": True},
    "early stopping": {"early_stopping_round": 2, "n_estimators": 30, "learning_rate": 0.5},
    "cross-entropy": {"objective": "cross_entropy"},
    "one-vs-all": {"objective": "multiclassova"},
}
"""Name → constructor settings of LGBMClassifier; the data have six features."""


def _saved(model: Any, folder: Path) -> list[Path]:
    model.booster_.save_model(folder / "model.txt")
    return [folder / "model.txt"]


RECORD: Final = Record(
    classifier="lightgbm:LGBMClassifier",
    distributions=("lightgbm",),
    forks=True,
    trees="n_estimators",
    # without the last two, LightGBM times two ways of summing and takes the faster one
    fixed={"verbosity": -1, "deterministic": True, "force_row_wise": True},
    patience="early_stopping_rounds",
    estimators={"lightgbm:LGBMClassifier": {"n_estimators": 8, "n_jobs": 1, "verbose": -1}},
    settings=CELLS,
    trained_on={
        "early stopping": (),
        "quantized, renewed leaves": (),
        "cross-entropy": (2,),
        "one-vs-all": (3,),
    },
    evaluated={"metric": "binary_logloss", "boost_from_average": False},
    losses=lambda fitted: next(iter(fitted.evals_result_.values()))["binary_logloss"],
    save=_saved,
    excused={"LGBMClassifier": REPEATED_ROWS},
)


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
    boosting = value_of(booster.params, "boosting", "gbdt")
    linear = is_true(value_of(booster.params, "linear_tree", False))
    if linear or boosting not in ("gbdt", "gbrt", "goss"):
        raise InvalidValueError(
            "the first tree's leaves must be constants that stay as they are",
            "linear_tree=True" if linear else f"boosting={boosting!r}",
            "Use row weights, or boost_from_average=False with both forms.",
        )
    baked = Booster(model_str=booster.model_to_string())
    leaves = baked.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]
    for leaf in range(leaves):
        baked.set_leaf_output(0, leaf, baked.get_leaf_output(0, leaf) + start)
    return baked


def _sum_in_order(values: npt.NDArray[np.float32]) -> float:
    return float(np.add.accumulate(values.astype(np.float64))[-1])
