"""The settings that could decide whether CatBoost's forms agree, alone and where they interact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CELLS"]

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "Ordered": {"boosting_type": "Ordered"},
    "Ordered, Bayesian, Gradient": {
        "boosting_type": "Ordered",
        "bootstrap_type": "Bayesian",
        "bagging_temperature": 0.5,
        "leaf_estimation_method": "Gradient",
    },
    "start score": {"boost_from_average": True},
    "no start score": {"boost_from_average": False},
    "Newton, several steps": {"leaf_estimation_method": "Newton", "leaf_estimation_iterations": 5},
    "Gradient, several steps": {"leaf_estimation_method": "Gradient", "leaf_estimation_iterations": 3},
    "no bootstrap": {"bootstrap_type": "No", "random_strength": 0},
    "Bernoulli by level": {
        "bootstrap_type": "Bernoulli",
        "subsample": 0.6,
        "sampling_frequency": "PerTreeLevel",
    },
    "MVS, mvs_reg set": {"bootstrap_type": "MVS", "subsample": 0.5, "mvs_reg": 0.5},
    "L2 score": {"score_function": "L2", "l2_leaf_reg": 0.1},
    "Depthwise": {"grow_policy": "Depthwise", "min_data_in_leaf": 10},
    "Lossguide, L2 score": {"grow_policy": "Lossguide", "max_leaves": 9, "score_function": "L2"},
    "single leaf": {"grow_policy": "Depthwise", "min_data_in_leaf": 10_000},
    "random trees": {"random_strength": 5.0, "rsm": 0.5, "random_seed": 7},
    "penalties": {
        "first_feature_use_penalties": [0.5, 0, 0, 0, 0, 1],
        "feature_weights": [1, 1, 0.2, 1, 1, 1],
    },
    "monotone": {"monotone_constraints": [1, 0, 0, 0, 0, 0]},
    "Langevin": {"langevin": True, "diffusion_temperature": 1000},
    "posterior sampling": {"posterior_sampling": True},
    "shrinkage": {"model_shrink_rate": 0.2, "learning_rate": 0.3},
    "few borders": {"border_count": 8, "feature_border_type": "Uniform", "nan_mode": "Max"},
    "has time": {"has_time": True, "boosting_type": "Ordered"},
    "categorical": {"cat_features": [2, 5], "one_hot_max_size": 2},
    "categorical, Ordered, MVS": {
        "cat_features": [2, 5],
        "boosting_type": "Ordered",
        "bootstrap_type": "MVS",
        "mvs_reg": 0.1,
        "model_size_reg": 2.0,
    },
    "categorical, one-hot, Depthwise": {
        "cat_features": [2, 5],
        "one_hot_max_size": 50,
        "grow_policy": "Depthwise",
    },
    "one-vs-all": {"loss_function": "MultiClassOneVsAll"},
    "one-vs-all, Depthwise, Gradient": {
        "loss_function": "MultiClassOneVsAll",
        "grow_policy": "Depthwise",
        "leaf_estimation_method": "Gradient",
    },
    "softmax": {"loss_function": "MultiClass", "bootstrap_type": "Bernoulli", "subsample": 0.7},
    "classes reversed": {"class_names": "reversed"},
    "cross entropy": {"loss_function": "CrossEntropy"},
    "focal": {"loss_function": "Focal:focal_alpha=0.5;focal_gamma=2.0"},
}
"""Name → constructor settings of CatBoostClassifier; every claim about them is tested by training.

``class_names="reversed"`` stands for the labels at hand in reverse order.
"""
