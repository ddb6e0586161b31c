"""The settings that could decide whether scikit-learn's forms agree, alone and where they interact."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["CELLS", "estimator_of"]

_BY_ESTIMATOR: Final[Mapping[str, Mapping[str, Mapping[str, Any]]]] = {
    "HistGradientBoostingClassifier": {
        "defaults": {},
        "penalty": {"l2_regularization": 3.0, "min_samples_leaf": 5},
        "few leaves": {"max_leaf_nodes": 4, "learning_rate": 0.5},
        "single leaf": {"min_samples_leaf": 10_000},
        "few bins": {"max_bins": 8},
        "columns sampled": {"max_features": 0.5, "interaction_cst": "pairwise"},
        "monotone": {"monotonic_cst": [1, 0, 0, 0, 0, 0]},
        "categorical": {"categorical_features": [2]},
        "categorical, monotone, penalty": {
            "categorical_features": [2],
            "monotonic_cst": [1, 0, 0, 0, 0, -1],
            "l2_regularization": 1.0,
        },
        "early stopping": {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 30},
        "early stopping by ranking, categorical": {
            "early_stopping": True,
            "n_iter_no_change": 2,
            "max_iter": 30,
            "scoring": "roc_auc_ovr",
            "categorical_features": [2],
        },
        "warm start": {"warm_start": True},
    },
    "RandomForestClassifier": {
        "defaults": {},
        "entropy, pruned": {"criterion": "entropy", "ccp_alpha": 0.01},
        "no bootstrap": {"bootstrap": False, "max_features": 2},
        "rows sampled, least share of weight": {"max_samples": 0.4, "min_weight_fraction_leaf": 0.02},
        "out of bag": {"oob_score": True, "n_estimators": 15, "min_impurity_decrease": 0.001},
    },
    "ExtraTreesClassifier": {"defaults": {}, "bootstrap": {"bootstrap": True, "criterion": "log_loss"}},
    "DecisionTreeClassifier": {"defaults": {}, "random splits": {"splitter": "random", "max_depth": 4}},
    "ExtraTreeClassifier": {"defaults": {}},
    "LogisticRegression": {"defaults": {"max_iter": 1000}, "liblinear": {"solver": "liblinear"}},
    "SGDClassifier": {"log loss, averaged": {"loss": "log_loss", "average": True}},
    "LogisticRegressionCV": {"three folds": {"cv": 3, "Cs": [0.001, 0.01, 0.1, 1.0]}},
    "NuSVC": {"decisions": {"nu": 0.05}},
    "GradientBoostingClassifier": {"defaults": {}},
}

CELLS: Final[Mapping[str, Mapping[str, Any]]] = {
    f"{estimator}: {name}": settings
    for estimator, cells in _BY_ESTIMATOR.items()
    for name, settings in cells.items()
}
"""Estimator and name → constructor settings; every claim about them is tested by training."""


def estimator_of(cell: str) -> str:
    """Return the class that a cell's settings are for.

    Examples
    --------
    >>> estimator_of("RandomForestClassifier: defaults")
    'RandomForestClassifier'
    """
    return cell.partition(": ")[0]
