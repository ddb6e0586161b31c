"""The settings of LightGBM under which every form's claim is proved by training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CELLS"]

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
