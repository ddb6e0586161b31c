"""Configurations of the libraries' own examples, documentation and tests: an audit may not cry wolf at them.

Each row names its repository and path. Where an example really holds a mistake, the codes that must be found
are listed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from audit.mistakes import Given, cat, features, lgbm, xgb
from libraries import needed
from scipy.stats import loguniform
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer, load_digits, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.linear_model import LogisticRegression, RidgeClassifier, RidgeClassifierCV, SGDClassifier
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, LinearSVC
from sklearn.tree import DecisionTreeClassifier

IRIS = load_iris().target
CANCER = load_breast_cancer().target
DIGITS = load_digits().target
MANY = np.repeat([0, 1], [1000, 100])
IMBALANCED = np.repeat([0, 1], [900, 100])
CREDIT = np.repeat(["bad", "good"], [300, 700])


@dataclass(frozen=True, kw_only=True)
class Example:
    source: str
    build: Callable[[], Given]
    expected: tuple[str, ...] = ()


def of(source: str, build: Callable[[], Any], y: Any = None, *expected: str, **more: Any) -> Example:
    return Example(source=source, build=lambda: Given(build(), y, more), expected=expected)


def imblearn(module: str, name: str, *args: Any, **settings: Any) -> Any:
    return getattr(needed(f"imblearn.{module}"), name)(*args, **settings)


def held_out(y: Any) -> list[tuple[Any, ...]]:
    return [(np.zeros((len(y), 1)), y)]


def softprob(labels: Any, predt: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(predt), np.ones_like(predt)


SKLEARN, XGB, LGB = "scikit-learn/scikit-learn", "dmlc/xgboost", "lightgbm-org/LightGBM"
CAT, IMB = "catboost/catboost", "scikit-learn-contrib/imbalanced-learn"
HIGGS = {"objective": "binary:logitraw", "scale_pos_weight": 600.0, "eta": 0.1, "eval_metric": "auc"}
LGB_BINARY = {
    "boosting_type": "gbdt",
    "objective": "binary",
    "metric": "binary_logloss,auc",
    "num_leaves": 63,
    "min_sum_hessian_in_leaf": 5.0,
}
LGB_MULTI = {
    "objective": "multiclass",
    "metric": "multi_logloss,auc_mu",
    "num_class": 5,
    "early_stopping": 10,
}
RFECV_SETTINGS = {"booster": "gblinear", "learning_rate": 0.1, "n_estimators": 10, "random_state": 0}
MULTI_OUTPUT = [{-1: 0.5, 1: 1.0}, {-2: 1.0, 2: 1.0}]

OF_SKLEARN = (
    of(
        f"{SKLEARN}: examples/svm/plot_separating_hyperplane_unbalanced.py",
        lambda: SVC(kernel="linear", class_weight={1: 10}),
        MANY,
    ),
    of(
        f"{SKLEARN}: examples/applications/plot_face_recognition.py",
        lambda: RandomizedSearchCV(
            SVC(kernel="rbf", class_weight="balanced"),
            {"C": loguniform(1e3, 1e5), "gamma": loguniform(1e-4, 1e-1)},
        ),
        DIGITS,
    ),
    of(
        f"{SKLEARN}: examples/calibration/plot_calibration_curve.py, isotonic",
        lambda: CalibratedClassifierCV(GaussianNB(), cv=2, method="isotonic"),
    ),
    of(
        f"{SKLEARN}: examples/calibration/plot_calibration_curve.py, sigmoid",
        lambda: CalibratedClassifierCV(LinearSVC(), cv=2, method="sigmoid"),
    ),
    of(
        f"{SKLEARN}: examples/model_selection/plot_cost_sensitive_learning.py",
        lambda: TunedThresholdClassifierCV(
            HistGradientBoostingClassifier(categorical_features="from_dtype"), store_cv_results=True
        ),
        CREDIT,
    ),
    of(
        f"{SKLEARN}: sklearn/model_selection/_classification_threshold.py, FixedThresholdClassifier",
        lambda: FixedThresholdClassifier(
            LogisticRegression(), threshold=0.1, response_method="predict_proba"
        ),
        IMBALANCED,
    ),
    of(
        f"{SKLEARN}: sklearn/model_selection/_classification_threshold.py, TunedThresholdClassifierCV",
        lambda: TunedThresholdClassifierCV(RandomForestClassifier(), scoring="balanced_accuracy"),
        IMBALANCED,
    ),
    *(
        of(
            f"{SKLEARN}: sklearn/ensemble/tests/test_forest.py, {forest.__name__} {number}",
            lambda forest=forest, settings=settings: forest(**settings),  # type: ignore[misc]
            y,
        )
        for forest in (RandomForestClassifier, ExtraTreesClassifier)
        for number, (settings, y) in enumerate(
            (
                ({"class_weight": "balanced"}, IRIS),
                ({"class_weight": {0: 1.0, 1: 100.0, 2: 1.0}}, IRIS),
                ({"class_weight": "balanced_subsample", "bootstrap": True}, IRIS),
                ({"class_weight": MULTI_OUTPUT, "random_state": 0}, None),
                ({"class_weight": "balanced", "warm_start": True}, None),
            )
        )
    ),
    of(
        f"{SKLEARN}: sklearn/linear_model/tests/test_logistic.py, labels of text",
        lambda: LogisticRegression(class_weight={"bar": 1, "baz": 2, "foo": 0}),
        np.repeat(["bar", "baz", "foo"], 50),
    ),
    of(
        f"{SKLEARN}: sklearn/linear_model/tests/test_logistic.py, class weights",
        lambda: LogisticRegression(class_weight={0: 1, 1: 2}),
        CANCER,
    ),
    of(
        f"{SKLEARN}: sklearn/linear_model/tests/test_sgd.py",
        lambda: SGDClassifier(alpha=0.1, class_weight={0: 0.5}),
        IMBALANCED,
    ),
    of(
        f"{SKLEARN}: sklearn/linear_model/tests/test_ridge.py",
        lambda: RidgeClassifier(class_weight="balanced"),
        IRIS,
    ),
    of(
        f"{SKLEARN}: sklearn/linear_model/tests/test_ridge.py, RidgeClassifierCV",
        lambda: RidgeClassifierCV(class_weight={1: 0.001}, alphas=[0.01, 0.1, 1, 10]),
    ),
    of(f"{SKLEARN}: sklearn/svm/tests/test_svm.py", lambda: SVC(class_weight={0: 0.1, 1: 10}), CANCER),
    of(
        f"{SKLEARN}: sklearn/utils/tests/test_class_weight.py",
        lambda: DecisionTreeClassifier(class_weight={0: 1, 1: 10, 2: 20}),
        IRIS,
    ),
    of(
        f"{SKLEARN}: sklearn/ensemble/_hist_gradient_boosting/tests/test_gradient_boosting.py, a dict",
        lambda: HistGradientBoostingClassifier(
            min_samples_leaf=2, max_depth=2, class_weight={0: 1.0, 1: 3.0}
        ),
        CANCER,
    ),
    of(
        f"{SKLEARN}: sklearn/ensemble/_hist_gradient_boosting/tests/test_gradient_boosting.py, balanced",
        lambda: HistGradientBoostingClassifier(min_samples_leaf=2, class_weight="balanced"),
        IMBALANCED,
    ),
    of(
        f"{SKLEARN}: sklearn/ensemble/_stacking.py",
        lambda: StackingClassifier(
            [
                ("rf", RandomForestClassifier(n_estimators=10)),
                ("svr", make_pipeline(StandardScaler(), LinearSVC())),
            ],
            final_estimator=LogisticRegression(),
        ),
        IRIS,
    ),
    of(
        f"{SKLEARN}: sklearn/ensemble/_voting.py",
        lambda: VotingClassifier(
            [("lr", LogisticRegression()), ("rf", RandomForestClassifier()), ("gnb", GaussianNB())]
        ),
        IRIS,
    ),
    of(f"{SKLEARN}: sklearn/ensemble/_bagging.py", lambda: BaggingClassifier(SVC(), n_estimators=10), IRIS),
    of(f"{SKLEARN}: sklearn/multiclass.py", lambda: OneVsRestClassifier(SVC()), IRIS),
    of(f"{SKLEARN}: sklearn/ensemble/_weight_boosting.py", lambda: AdaBoostClassifier(n_estimators=100)),
    of(
        f"{SKLEARN}: sklearn/ensemble/_gb.py",
        lambda: GradientBoostingClassifier(n_estimators=100, learning_rate=1.0, max_depth=1),
    ),
    of(
        f"{SKLEARN}: sklearn/feature_selection/_from_model.py",
        lambda: make_pipeline(SelectFromModel(LogisticRegression()), KNeighborsClassifier()),
    ),
)

OF_XGBOOST = (
    of(
        f"{XGB}: demo/guide-python/cat_in_the_dat.py",
        lambda: xgb(tree_method="hist", eval_metric="auc", enable_categorical=True, max_cat_to_onehot=1),
        CANCER,
        eval_set=held_out(CANCER),
    ),
    of(
        f"{XGB}: demo/guide-python/sklearn_examples.py, early stopping",
        lambda: xgb(early_stopping_rounds=10, eval_metric="auc"),
        DIGITS,
        eval_set=held_out(DIGITS),
    ),
    of(
        f"{XGB}: doc/python/sklearn_estimator.rst",
        lambda: xgb(tree_method="hist", early_stopping_rounds=2),
        CANCER,
        eval_set=held_out(CANCER),
    ),
    of(
        f"{XGB}: doc/tutorials/custom_metric_obj.rst",
        lambda: xgb(tree_method="hist", objective=softprob),
        IRIS,
    ),
    of(f"{XGB}: demo/guide-python/predict_first_ntree.py", lambda: xgb(n_estimators=3, max_depth=2, eta=1)),
    of(
        f"{XGB}: demo/guide-python/continuation.py",
        lambda: xgb(n_estimators=128, eval_metric="logloss"),
        CANCER,
        eval_set=held_out(CANCER),
    ),
    of(f"{XGB}: demo/kaggle-higgs/higgs-numpy.py", lambda: HIGGS, library="xgboost"),
    of(
        f"{XGB}: demo/guide-python/cross_validation.py",
        lambda: {"max_depth": 2, "eta": 1, "objective": "binary:logistic", "scale_pos_weight": 1.07},
        library="xgboost",
    ),
    of(
        f"{XGB}: demo/multiclass_classification/train.py",
        lambda: {"objective": "multi:softmax", "eta": 0.1, "max_depth": 6, "num_class": 6},
        library="xgboost",
    ),
    of(
        f"{XGB}: demo/guide-python/generalized_linear_model.py",
        lambda: {"objective": "binary:logistic", "booster": "gblinear", "alpha": 0.0001, "lambda": 1},
        library="xgboost",
    ),
    of(
        f"{XGB}: demo/guide-python/evals_result.py",
        lambda: {"max_depth": 2, "objective": "binary:logistic", "eval_metric": ["logloss", "error"]},
        library="xgboost",
    ),
    of(
        f"{XGB}: python-package/xgboost/testing/intercept.py",
        lambda: {"objective": "binary:logistic", "scale_pos_weight": 4.0, "device": "cpu"},
        library="xgboost",
    ),
    of(
        f"{XGB}: tests/python/test_with_sklearn.py, RFECV of two classes",
        lambda: RFECV(xgb(**RFECV_SETTINGS, objective="binary:logistic"), cv=3, scoring="roc_auc"),
        CANCER,
    ),
    of(
        f"{XGB}: tests/python/test_with_sklearn.py, RFECV of three classes",
        lambda: RFECV(
            xgb(**RFECV_SETTINGS, objective="multi:softprob", scale_pos_weight=0.5),
            cv=3,
            scoring="neg_log_loss",
        ),
        IRIS,
        "ignored-parameter",
    ),
    of(
        f"{XGB}: doc/tutorials/dask.rst", lambda: needed("xgboost.dask").DaskXGBClassifier(tree_method="hist")
    ),
)

OF_LIGHTGBM = (
    of(
        f"{LGB}: examples/binary_classification/train.conf",
        lambda: LGB_BINARY,
        library="lightgbm",
        eval_set=held_out(CANCER),
    ),
    of(f"{LGB}: examples/multiclass_classification/train.conf", lambda: LGB_MULTI, library="lightgbm"),
    of(
        f"{LGB}: examples/python-guide/simple_example.py",
        lambda: {"boosting_type": "gbdt", "objective": "regression", "metric": {"l2", "l1"}},
        library="lightgbm",
    ),
    of(
        f"{LGB}: examples/python-guide/advanced_example.py",
        lambda: {"boosting_type": "gbdt", "objective": "binary", "metric": "binary_logloss"},
        library="lightgbm",
    ),
    of(
        f"{LGB}: examples/python-guide/logistic_regression.py",
        lambda: {"objective": "xentropy", "feature_fraction": 1, "bagging_fraction": 1, "seed": 123},
        library="lightgbm",
    ),
    of(
        f"{LGB}: examples/python-guide/dask/binary-classification.py",
        lambda: needed("lightgbm").DaskLGBMClassifier(n_estimators=10),
    ),
    of(
        f"{LGB}: tests/python_package_test/test_sklearn.py, stacking",
        lambda: StackingClassifier(
            [("gbm1", lgbm(n_estimators=3)), ("gbm2", lgbm(n_estimators=3))],
            final_estimator=lgbm(n_estimators=3),
            passthrough=True,
        ),
        IRIS,
    ),
    of(
        f"{LGB}: tests/python_package_test/test_sklearn.py, grid search",
        lambda: GridSearchCV(
            lgbm(subsample=0.8, subsample_freq=1),
            {"boosting_type": ["rf", "gbdt"], "n_estimators": [4, 6], "reg_alpha": [0.01, 0.005]},
            cv=2,
        ),
        IRIS.astype(str),
        eval_set=held_out(IRIS.astype(str)),
    ),
    of(
        f"{LGB}: tests/python_package_test/test_sklearn.py, an objective of one's own",
        lambda: lgbm(objective=softprob),
        CANCER,
    ),
    of(
        f"{LGB}: tests/python_package_test/test_sklearn.py, class weights",
        lambda: lgbm(class_weight="balanced"),
        DIGITS,
        "evaluation-unweighted",
        eval_set=held_out(DIGITS),
    ),
)

OF_CATBOOST = (
    of(
        f"{CAT}: catboost/docs/en/concepts/python-usages-examples.md, two classes",
        lambda: cat(iterations=2, learning_rate=1, depth=2),
        [1, 1, -1],
    ),
    of(
        f"{CAT}: catboost/docs/en/concepts/python-usages-examples.md, object weights",
        lambda: cat(iterations=10),
        [1, 1, -1],
        sample_weight=[0.1, 0.2, 0.3],
    ),
    of(
        f"{CAT}: catboost/docs/en/concepts/python-usages-examples.md, more classes",
        lambda: cat(iterations=10, learning_rate=1, depth=2, loss_function="MultiClass"),
        ["France", "USA", "USA", "UK"],
    ),
    of(
        f"{CAT}: catboost/docs/en/concepts/python-usages-examples.md, best iteration",
        lambda: cat(learning_rate=0.03, eval_metric="AUC"),
        [0, 0, 1, 1],
        eval_set=([[2, 1], [3, 1], [9, 0], [5, 3]], [0, 1, 1, 0]),
    ),
    of(
        f"{CAT}: catboost/docs/en/concepts/python-usages-examples.md, cv",
        lambda: {"iterations": 100, "depth": 2, "loss_function": "Logloss", "verbose": False},
        library="catboost",
    ),
    of(
        f"{CAT}: catboost/python-package/ut/medium/test_with_sklearn.py",
        lambda: CalibratedClassifierCV(needed("sklearn.frozen").FrozenEstimator(cat()), method="isotonic"),
    ),
    of(
        f"{CAT}: catboost/python-package/ut/medium/test_search_class_weights.py, class_weights",
        lambda: cat(iterations=12, depth=3, eval_metric="Logloss", class_weights=[1, 5]),
        np.repeat([0, 1], [255, 45]),
        eval_set=held_out(np.repeat([0, 1], [85, 15])),
    ),
    of(
        f"{CAT}: catboost/python-package/ut/medium/test_search_class_weights.py, three classes",
        lambda: cat(iterations=12, depth=3, eval_metric="MultiClass", class_weights=[1, 5, 2]),
        np.repeat([0, 1, 2], [180, 90, 30]),
    ),
    of(
        f"{CAT}: catboost/python-package/ut/medium/test_search_class_weights.py, unweighted metric",
        lambda: cat(auto_class_weights="SqrtBalanced", eval_metric="Logloss:use_weights=false"),
        np.repeat([0, 1], [96, 24]),
        eval_set=held_out(np.repeat([0, 1], [32, 8])),
    ),
    of(
        "catboost/tutorials: events/2021_06_09_odsc_europe/odsc_europe_2021.ipynb",
        lambda: RandomizedSearchCV(
            cat(iterations=300, learning_rate=0.4, early_stopping_rounds=20),
            {
                "auto_class_weights": [None, "Balanced", "SqrtBalanced"],
                "l2_leaf_reg": [1, 3, 5],
                "depth": [4, 5, 6],
            },
        ),
        IMBALANCED,
    ),
)

OF_IMBLEARN = (
    of(
        f"{IMB}: examples/applications/plot_impact_imbalanced_classes.py, class_weight",
        lambda: make_pipeline(features(), LogisticRegression(max_iter=1000, class_weight="balanced")),
        IMBALANCED,
    ),
    of(
        f"{IMB}: examples/applications/plot_impact_imbalanced_classes.py, under-sampling",
        lambda: imblearn("pipeline", "make_pipeline", features(), under(), RandomForestClassifier()),
        IMBALANCED,
    ),
    of(
        f"{IMB}: examples/applications/plot_impact_imbalanced_classes.py, balanced forest",
        lambda: make_pipeline(
            features(),
            imblearn("ensemble", "BalancedRandomForestClassifier", sampling_strategy="all", replacement=True),
        ),
        IMBALANCED,
    ),
    of(
        f"{IMB}: examples/applications/plot_impact_imbalanced_classes.py, balanced bag",
        lambda: imblearn("ensemble", "BalancedBaggingClassifier", estimator=HistGradientBoostingClassifier()),
        IMBALANCED,
    ),
)


def under() -> Any:
    return imblearn("under_sampling", "RandomUnderSampler", random_state=42)


CORPUS = (*OF_SKLEARN, *OF_XGBOOST, *OF_LIGHTGBM, *OF_CATBOOST, *OF_IMBLEARN)
