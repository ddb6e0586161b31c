"""scikit-learn's record for tests and the benchmark, and recipes that go beyond constructor settings.

Features whose bins no weight moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.record import REPEATED_ROWS, Record
from boostweights.errors import InvalidValueError, shown

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


RECORD: Final = Record(
    classifier="sklearn.ensemble:HistGradientBoostingClassifier",
    distributions=("scikit-learn",),
    forks=True,
    trees="max_iter",
    threads=None,
    # "auto" would stop early on more than 10 000 rows, and so train fewer trees than the others
    fixed={"categorical_features": "from_dtype", "early_stopping": False},
    patience="n_iter_no_change",
    stopping={"early_stopping": True},
    categories="few",
    estimators={
        "sklearn.ensemble:HistGradientBoostingClassifier": {"max_iter": 8, "random_state": 0},
        "sklearn.ensemble:GradientBoostingClassifier": {"n_estimators": 8, "random_state": 0},
        "sklearn.ensemble:RandomForestClassifier": {"n_estimators": 8, "random_state": 0},
    },
    settings=CELLS,
    trained_on={
        **{name: () for name in CELLS if not name.startswith(("HistGr", "Random"))},
        **{name: (2,) for name in CELLS if "monotone" in name},
    },
    evaluated={"early_stopping": True, "scoring": "loss", "n_iter_no_change": 8},
    losses=lambda fitted: (-fitted.validation_score_[1:]).tolist(),
    excused={
        "HistGradientBoostingClassifier": REPEATED_ROWS[:1],
        "GradientBoostingClassifier": REPEATED_ROWS,
        "RandomForestClassifier": REPEATED_ROWS,
    },
)


def few_values(X: Any, max_bins: int = 255) -> npt.NDArray[np.float64]:
    """Return features with at most `max_bins` distinct values each, so that no weight moves their bins.

    Since scikit-learn 1.9 HistGradientBoosting's bins are weighted quantiles where a feature has more
    distinct values than bins. On the returned features every value has a bin of its own, whatever rows
    weigh: weights times any factor are then EQUIVALENT with `rescale`, where they are DIFFERENT without.

    Parameters
    ----------
    X : array-like of shape (n, p)
        Numerical features; NaN is left as it is.
    max_bins : int, default=255
        The estimator's ``max_bins``.

    Returns
    -------
    ndarray of shape (n, p)
        Each value replaced by the largest quantile of its feature that is not above it. Only training
        rows need it: thresholds lie between the values that are left, so rows to come are taken as they are.

    Examples
    --------
    >>> few_values([[1.0], [2.0], [3.0], [4.0]], max_bins=2).ravel()
    array([1., 1., 3., 3.])
    """
    if not 2 <= max_bins <= 255:
        raise InvalidValueError("max_bins must lie in [2, 255]", shown(max_bins), "Use the estimator's own.")
    features = np.array(X, np.float64)
    for column in features.T:
        present = ~np.isnan(column)
        levels = np.unique(column[present])
        if len(levels) > max_bins:
            kept = levels[np.arange(max_bins) * len(levels) // max_bins]
            column[present] = kept[np.searchsorted(kept, column[present], side="right") - 1]
    return features
