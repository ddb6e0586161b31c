"""The settings that decide whether XGBoost's forms agree, alone and where they interact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CELLS"]

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    "defaults": {},
    "exact": {"tree_method": "exact"},
    "exact, base score set": {"tree_method": "exact", "base_score": 0.3},
    "exact, penalties": {"reg_alpha": 1.0, "reg_lambda": 0.0, "gamma": 0.5, "min_child_weight": 5.0},
    "exact, raw scores": {"objective": "binary:logitraw"},
    "exact, reg:logistic": {"objective": "reg:logistic", "max_delta_step": 0.5},
    "exact, squared error": {"objective": "reg:squarederror", "eval_metric": "logloss"},
    "exact, rows and columns sampled": {"subsample": 0.6, "colsample_bytree": 0.5, "colsample_bylevel": 0.8},
    "exact, monotone": {"monotone_constraints": (1, 0, 0, 0, 0, 0), "max_depth": 3},
    "exact, interaction constraints": {"interaction_constraints": "[[0, 1, 2], [3, 4, 5]]"},
    "exact, early stopping": {"early_stopping_rounds": 2, "n_estimators": 30},
    "exact by its updater": {"updater": "grow_colmaker,prune", "verbosity": 0},
    "hist": {"tree_method": "hist"},
    "auto": {"tree_method": "auto", "base_score": 0.05},
    "hist, few bins": {"tree_method": "hist", "max_bin": 32},
    "hist, a bin for each row": {"tree_method": "hist", "max_bin": 1024},
    "hist, by leaves": {"grow_policy": "lossguide", "max_leaves": 8, "max_depth": 0},
    "hist, columns sampled by node": {"colsample_bynode": 0.5, "subsample": 0.7},
    "hist, gradient-based sampling": {"sampling_method": "gradient_based", "subsample": 0.5},
    "hist, vector leaves": {"multi_strategy": "multi_output_tree"},
    "hist, categorical": {"enable_categorical": True, "max_cat_to_onehot": 2},
    "hist, categorical, dart": {"enable_categorical": True, "booster": "dart", "rate_drop": 0.4},
    "approx": {"tree_method": "approx", "max_bin": 32},
    "approx, a bin for each row": {"tree_method": "approx", "max_bin": 600},
    "dart": {"booster": "dart", "rate_drop": 0.5, "one_drop": True},
    "dart, hist, weighted": {
        "booster": "dart",
        "tree_method": "hist",
        "sample_type": "weighted",
        "normalize_type": "forest",
        "rate_drop": 0.5,
    },
    "random forest": {
        "num_parallel_tree": 4,
        "n_estimators": 1,
        "learning_rate": 1.0,
        "subsample": 0.8,
        "colsample_bynode": 0.8,
    },
    "gblinear": {"booster": "gblinear"},
    "gblinear, one thread's order": {"booster": "gblinear", "updater": "coord_descent"},
    "gblinear, penalties": {"booster": "gblinear", "reg_lambda": 0.3, "reg_alpha": 0.02},
    "gblinear, greedy, penalty": {
        "booster": "gblinear",
        "updater": "coord_descent",
        "feature_selector": "greedy",
        "reg_lambda": 1.0,
    },
}
"""Name → constructor settings of XGBClassifier; every claim about them is tested by training."""
