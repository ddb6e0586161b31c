"""Random settings of scikit-learn's classifiers that take class weights."""

from typing import Final

import numpy as np

from benchmarks.fuzz.data import Rows, Settings, Space, few, one, some, upto

FORESTS: Final = (
    "RandomForestClassifier",
    "ExtraTreesClassifier",
    "DecisionTreeClassifier",
    "ExtraTreeClassifier",
)
GROWN: Final[Space] = {
    "criterion": ("gini", "entropy", "log_loss"),
    "max_depth": (1, 3),
    "max_leaf_nodes": (2, 7),
    "min_samples_leaf": (1, 4, 20),
    "min_samples_split": (2, 30),
    "min_weight_fraction_leaf": (0.05, 0.3),
    "min_impurity_decrease": (0.005, upto(-5, -1)),
    "ccp_alpha": (0.005, upto(-4, -1)),
    "max_features": (1, 0.5, "sqrt", None),
}
HISTOGRAM: Final[Space] = {
    "learning_rate": (0.05, 0.3, 1.0),
    "max_leaf_nodes": (2, 5, 20),
    "max_depth": (1, 3),
    "min_samples_leaf": (1, 5, 60),
    "l2_regularization": (0.0, 1.0, 30.0, upto(-4, 4)),
    "max_bins": (30, 60, 255),
    "max_features": (0.5,),
    "early_stopping": (True, False),
    "n_iter_no_change": (2,),
    "validation_fraction": (0.1, 0.3),
    "scoring": ("loss", "accuracy", "roc_auc_ovr"),
    "warm_start": (True,),
}
LOGISTIC: Final[Space] = {
    "solver": ("lbfgs", "liblinear", "newton-cg", "newton-cholesky", "sag", "saga"),
    "C": (1.0, 0.3, upto(-4, 4)),
    "fit_intercept": (False,),
    "intercept_scaling": (3.0,),
    "tol": (1e-2, 1e-8),
    "warm_start": (True,),
    "max_iter": (5, 50),
}
DESCENT: Final[Space] = {
    "loss": ("hinge", "log_loss", "modified_huber", "squared_hinge", "perceptron", "squared_error", "huber"),
    "penalty": ("l2", "l1", "elasticnet", None),
    "alpha": (upto(-6, 0),),
    "average": (True, 10),
    "early_stopping": (True,),
    "shuffle": (False,),
    "learning_rate": ("constant", "invscaling", "adaptive", "optimal"),
    "eta0": (0.01, 0.5),
    "fit_intercept": (False,),
    "max_iter": (1, 5, 50),
    "n_iter_no_change": (2,),
}


def sklearn(rng: np.random.Generator, rows: Rows) -> Settings:
    """Settings, with the class's name under ``"class"``."""
    name = one(
        rng,
        *("HistGradientBoostingClassifier",) * 4,
        *FORESTS,
        *("LogisticRegression",) * 3,
        *("SGDClassifier",) * 3,
    )
    drawn = {"class": name, **_of_sklearn(rng, rows, name)}
    if rng.random() < 0.75:
        drawn["random_state"] = int(rng.integers(100))
    return drawn


def _of_sklearn(rng: np.random.Generator, rows: Rows, name: str) -> Settings:
    if name == "LogisticRegression":
        return _logistic(rng)
    if name == "SGDClassifier":
        return some(rng, DESCENT, 0.4)
    if name == "HistGradientBoostingClassifier":
        drawn = {"max_iter": few(rng), **some(rng, HISTOGRAM, 0.3)}
        if rows.categories and rng.random() < 0.7:
            drawn["categorical_features"] = rows.categories
        elif len(rows.labels) == 2 and rng.random() < 0.2:
            drawn["monotonic_cst"] = rng.integers(-1, 2, rows.X.shape[1]).tolist()
        return drawn
    drawn = some(rng, GROWN, 0.25)
    if name in FORESTS[:2]:
        drawn |= {"n_estimators": int(rng.integers(1, 6)), "bootstrap": one(rng, False, True)}
        if drawn["bootstrap"]:
            drawn["max_samples"] = one(rng, None, 0.5, 8)
            drawn["oob_score"] = one(rng, False, True)
    elif rng.random() < 0.3:
        drawn["splitter"] = one(rng, "best", "random")
    if len(rows.labels) == 2 and rng.random() < 0.15:
        drawn["monotonic_cst"] = rng.integers(-1, 2, rows.X.shape[1]).tolist()
    return drawn


def _logistic(rng: np.random.Generator) -> Settings:
    drawn = some(rng, LOGISTIC, 0.5)
    solver = drawn.get("solver", "lbfgs")
    if solver in ("liblinear", "saga") and rng.random() < 0.4:
        drawn["l1_ratio"] = one(rng, 0.0, 1.0)
    if solver == "liblinear" and rng.random() < 0.2:
        drawn["dual"] = True
    return drawn
