"""Random settings of each library: most of what its claims depend on, and what they should not."""

from collections.abc import Callable, Mapping
from typing import Final

import numpy as np

from benchmarks.fuzz.data import Rows, Settings, Space, few, one, some, upto
from boostweights.adapters.record import record_of
from boostweights.adapters.registry import adapter_named, adapters

XGBOOST: Final[Space] = {
    "tree_method": ("exact", "hist", "approx", "auto"),
    "booster": ("gbtree", "dart"),
    "objective": ("binary:logistic", "binary:logitraw", "reg:logistic", "reg:squarederror"),
    "base_score": (0.5, 0.1, 0.8),
    "max_bin": (4, 8, 64, 256, 600),
    "max_depth": (1, 2, 3, 8),
    "max_leaves": (0, 6),
    "grow_policy": ("depthwise", "lossguide"),
    "learning_rate": (0.05, 0.3, 1.0, upto(-2, 0)),
    "min_child_weight": (0.0, 1.0, 20.0, upto(-6, 3)),
    "reg_lambda": (0.0, 0.0, 1.0, 30.0, upto(-8, 2)),
    "reg_alpha": (0.0, 0.5, upto(-4, 1)),
    "gamma": (0.0, 0.3, upto(-4, 2)),
    "max_delta_step": (0.0, 0.7),
    "subsample": (1.0, 0.5),
    "sampling_method": ("uniform", "gradient_based"),
    "colsample_bytree": (1.0, 0.6),
    "colsample_bylevel": (1.0, 0.6),
    "colsample_bynode": (1.0, 0.6),
    "num_parallel_tree": (1, 3),
    "random_state": (0, 1, 2),
    "missing": (0.0,),
    "multi_strategy": ("multi_output_tree",),
    "max_cat_to_onehot": (1, 4, 100),
    "device": ("cpu",),
}
DART: Final[Space] = {
    "rate_drop": (0.2, 0.6),
    "skip_drop": (0.0, 0.3),
    "sample_type": ("uniform", "weighted"),
    "normalize_type": ("tree", "forest"),
    "one_drop": (True,),
}
LINEAR: Final[Space] = {
    "updater": ("shotgun", "coord_descent"),
    "feature_selector": ("cyclic", "shuffle", "greedy", "thrifty"),
    "reg_lambda": (0.0, 0.5, upto(-4, 1)),
    "reg_alpha": (0.0, 0.05),
    "learning_rate": (0.3, 0.8),
    "base_score": (0.5, 0.2),
    "random_state": (0, 1, 2),
}


def xgboost(rng: np.random.Generator, rows: Rows) -> Settings:
    """Settings of an XGBClassifier."""
    if rng.random() < 0.15:
        drawn = {"booster": "gblinear", **some(rng, LINEAR, 0.5)}
    else:
        drawn = some(rng, XGBOOST, 0.25)
        if drawn.get("booster") == "dart":
            drawn |= some(rng, DART, 0.6)
        if rng.random() < 0.15:
            drawn["monotone_constraints"] = tuple(int(rng.integers(-1, 2)) for _ in range(rows.X.shape[1]))
        if rows.categories and drawn.get("tree_method") != "exact":
            drawn["enable_categorical"] = True
            drawn.pop("monotone_constraints", None)
    if rng.random() < 0.15:
        drawn |= {"early_stopping_rounds": 2, "eval_metric": one(rng, "logloss", "aucpr", "error")}
    return {"n_jobs": 1, "n_estimators": few(rng), "verbosity": 0, **drawn}


LIGHTGBM: Final[Space] = {
    "boosting_type": ("gbdt", "dart", "rf"),
    "boost_from_average": (True, False),
    "data_sample_strategy": ("bagging", "goss"),
    "linear_tree": (True,),
    "num_leaves": (2, 3, 8, 31),
    "max_depth": (-1, 1, 3),
    "learning_rate": (0.05, 0.3, 1.0, upto(-2, 0)),
    "min_child_samples": (0, 1, 3, 10, 60),
    "min_child_weight": (0.0, 1e-3, 0.5, 5.0, upto(-5, 2)),
    "reg_alpha": (0.0, 0.5, upto(-3, 2)),
    "reg_lambda": (0.0, 1.0, 20.0, upto(-3, 3)),
    "min_split_gain": (0.0, 0.2, upto(-3, 2)),
    "max_delta_step": (0.0, 0.3),
    "path_smooth": (0.0, 2.0),
    "colsample_bytree": (1.0, 0.7),
    "feature_fraction_bynode": (0.7,),
    "extra_trees": (True,),
    "max_bin": (2, 8, 63, 255),
    "min_data_in_bin": (1, 3, 40),
    "bin_construct_sample_cnt": (20, 200000),
    "feature_pre_filter": (False,),
    "zero_as_missing": (True,),
    "use_missing": (False,),
    "max_cat_to_onehot": (1, 4, 20),
    "min_data_per_group": (1, 100),
    "cat_smooth": (0.0, 10.0),
    "cat_l2": (0.0, 10.0),
    "sigmoid": (1.0, 0.6, 3.0),
    "use_quantized_grad": (True,),
    "quant_train_renew_leaf": (True,),
    "stochastic_rounding": (False,),
    "cegb_penalty_split": (0.0, 0.01),
    "drop_rate": (0.5,),
    "skip_drop": (0.1,),
    "xgboost_dart_mode": (True,),
    "pos_bagging_fraction": (0.5,),
    "objective": ("binary", "binary", "multiclassova"),
    "random_state": (0, 1, 2),
    "deterministic": (True,),
}


def lightgbm(rng: np.random.Generator, rows: Rows) -> Settings:
    """Settings of an LGBMClassifier."""
    drawn = some(rng, LIGHTGBM, 0.17)
    if drawn.get("boosting_type") == "rf" or rng.random() < 0.2:
        drawn |= {"subsample": 0.7, "subsample_freq": 1}
    if drawn.get("data_sample_strategy") == "goss":
        drawn |= {"subsample": 1.0, "subsample_freq": 0}
    if drawn.get("linear_tree"):
        drawn |= {"use_quantized_grad": False, "extra_trees": False, "zero_as_missing": False}
    elif rng.random() < 0.1 and not rows.categories:
        drawn["monotone_constraints"] = rng.integers(-1, 2, rows.X.shape[1]).tolist()
        drawn["monotone_constraints_method"] = one(rng, "basic", "intermediate", "advanced")
        drawn["use_quantized_grad"] = False
    if (drawn.pop("objective", None) if len(rows.labels) > 2 else "") == "multiclassova":
        drawn |= {"objective": "multiclassova", "num_class": len(rows.labels)}
    if rng.random() < 0.1:
        drawn |= {"early_stopping_round": 2, "metric": one(rng, "auc", "binary_logloss", "average_precision")}
        drawn["metric"] = drawn["metric"] if len(rows.labels) == 2 else "multi_logloss"
    return {"n_jobs": 1, "n_estimators": few(rng), "verbose": -1, **drawn}


CATBOOST: Final[Space] = {
    "score_function": ("Cosine", "L2"),
    "leaf_estimation_method": ("Newton", "Gradient", "Simple"),
    "leaf_estimation_iterations": (1, 3, 10),
    "leaf_estimation_backtracking": ("No", "AnyImprovement"),
    "random_strength": (0, 1, 3.0),
    "l2_leaf_reg": (0.0, 1.0, upto(-3, 3)),
    "learning_rate": (0.05, 0.3, 1.0),
    "depth": (1, 2, 4),
    "rsm": (0.6,),
    "border_count": (1, 4, 32, 254),
    "feature_border_type": ("Median", "Uniform", "UniformAndQuantiles", "MaxLogSum", "MinEntropy"),
    "random_seed": (0, 7, 99),
    "has_time": (True,),
    "boost_from_average": (True, False),
    "langevin": (True,),
    "model_size_reg": (0.0, 5.0),
    "fold_permutation_block": (1, 7),
    "sampling_frequency": ("PerTree", "PerTreeLevel"),
    "loss_function": ("Logloss", "MultiClass", "MultiClassOneVsAll"),
    "max_ctr_complexity": (1, 2),
    "one_hot_max_size": (2, 30),
    "nan_mode": ("Min", "Max"),
    "model_shrink_rate": (0.1,),
}


def catboost(rng: np.random.Generator, rows: Rows) -> Settings:
    """Settings of a CatBoostClassifier."""
    drawn = some(rng, CATBOOST, 0.25)
    drawn["grow_policy"] = one(rng, "SymmetricTree", "SymmetricTree", "Depthwise", "Lossguide")
    if drawn["grow_policy"] == "SymmetricTree":
        drawn["boosting_type"] = one(rng, "Plain", "Ordered")
    elif rng.random() < 0.5:
        drawn["min_data_in_leaf"] = int(one(rng, 1, 5, 50))
    bootstrap = one(rng, "Bayesian", "Bernoulli", "MVS", "No", None)
    if bootstrap:
        drawn["bootstrap_type"] = bootstrap
    if bootstrap in ("Bernoulli", "MVS"):
        drawn["subsample"] = one(rng, 0.5, 0.9)
    if bootstrap == "MVS" and rng.random() < 0.5:
        drawn["mvs_reg"] = one(rng, 0.0, 0.5)
    if rows.categories:
        drawn["cat_features"] = rows.categories
    if rng.random() < 0.2 and rows.labels != [False, True]:  # which CatBoost takes in this order only
        drawn["class_names"] = [rows.labels[i] for i in rng.permutation(len(rows.labels))]
    if len(rows.labels) > 2:
        drawn.pop("boost_from_average", None)
        if drawn.get("loss_function") == "Logloss":
            del drawn["loss_function"]
    if rng.random() < 0.15:
        drawn |= {"early_stopping_rounds": 2}
    quiet = {"thread_count": 1, "verbose": 0, "allow_writing_files": False}
    return {**quiet, "iterations": few(rng), **drawn}


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


def by_record(library: str) -> Callable[[np.random.Generator, Rows], Settings]:
    """What other libraries are drawn from: any of the settings that their records name, put together."""
    record = record_of(adapter_named(library))

    def draw(rng: np.random.Generator, rows: Rows) -> Settings:
        drawn: Settings = dict(record.fixed)
        for settings in record.settings.values():
            if rng.random() < 0.25:
                drawn |= settings
        return {**drawn, str(record.threads): 1, record.trees: few(rng)}

    return draw


def _others() -> list[str]:
    """Libraries of the registry that have more than one form."""
    return [each.name for each in adapters() if each.name not in OWN and len(each.forms) > 1]


OWN: Final[Mapping[str, Callable[[np.random.Generator, Rows], Settings]]] = {
    "xgboost": xgboost,
    "lightgbm": lightgbm,
    "catboost": catboost,
    "sklearn": sklearn,
}
DRAWS: Final = {**OWN, **{library: by_record(library) for library in _others()}}
