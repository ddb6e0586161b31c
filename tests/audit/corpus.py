"""Configurations of the libraries' own examples, documentation and tests: an audit may not cry wolf at them.

Each row names its repository and path. Where an example really holds a mistake, the codes that must be found
are listed.
"""

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
    build: Callable[[], Given]
    expected: tuple[str, ...] = ()


def of(build: Callable[[], Any], y: Any = None, *expected: str, **more: Any) -> Example:
    return Example(build=lambda: Given(build(), y, more), expected=expected)


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

OF_SKLEARN = {
    "examples/svm/plot_separating_hyperplane_unbalanced.py": of(
        lambda: SVC(kernel="linear", class_weight={1: 10}), MANY
    ),
    "examples/applications/plot_face_recognition.py": of(
        lambda: RandomizedSearchCV(
            SVC(kernel="rbf", class_weight="balanced"),
            {"C": loguniform(1e3, 1e5), "gamma": loguniform(1e-4, 1e-1)},
        ),
        DIGITS,
    ),
    "examples/calibration/plot_calibration_curve.py, isotonic": of(
        lambda: CalibratedClassifierCV(GaussianNB(), cv=2, method="isotonic")
    ),
    "examples/calibration/plot_calibration_curve.py, sigmoid": of(
        lambda: CalibratedClassifierCV(LinearSVC(), cv=2, method="sigmoid")
    ),
    "examples/model_selection/plot_cost_sensitive_learning.py": of(
        lambda: TunedThresholdClassifierCV(
            HistGradientBoostingClassifier(categorical_features="from_dtype"), store_cv_results=True
        ),
        CREDIT,
    ),
    "sklearn/model_selection/_classification_threshold.py, FixedThresholdClassifier": of(
        lambda: FixedThresholdClassifier(
            LogisticRegression(), threshold=0.1, response_method="predict_proba"
        ),
        IMBALANCED,
    ),
    "sklearn/model_selection/_classification_threshold.py, TunedThresholdClassifierCV": of(
        lambda: TunedThresholdClassifierCV(RandomForestClassifier(), scoring="balanced_accuracy"), IMBALANCED
    ),
    **{
        f"sklearn/ensemble/tests/test_forest.py, {forest.__name__} {number}": of(
            lambda forest=forest, settings=settings: forest(**settings), y
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
    },
    "sklearn/linear_model/tests/test_logistic.py, labels of text": of(
        lambda: LogisticRegression(class_weight={"bar": 1, "baz": 2, "foo": 0}),
        np.repeat(["bar", "baz", "foo"], 50),
    ),
    "sklearn/linear_model/tests/test_logistic.py, class weights": of(
        lambda: LogisticRegression(class_weight={0: 1, 1: 2}), CANCER
    ),
    "sklearn/linear_model/tests/test_sgd.py": of(
        lambda: SGDClassifier(alpha=0.1, class_weight={0: 0.5}), IMBALANCED
    ),
    "sklearn/linear_model/tests/test_ridge.py": of(lambda: RidgeClassifier(class_weight="balanced"), IRIS),
    "sklearn/linear_model/tests/test_ridge.py, RidgeClassifierCV": of(
        lambda: RidgeClassifierCV(class_weight={1: 0.001}, alphas=[0.01, 0.1, 1, 10])
    ),
    "sklearn/svm/tests/test_svm.py": of(lambda: SVC(class_weight={0: 0.1, 1: 10}), CANCER),
    "sklearn/utils/tests/test_class_weight.py": of(
        lambda: DecisionTreeClassifier(class_weight={0: 1, 1: 10, 2: 20}), IRIS
    ),
    "sklearn/ensemble/_hist_gradient_boosting/tests/test_gradient_boosting.py, a dict": of(
        lambda: HistGradientBoostingClassifier(
            min_samples_leaf=2, max_depth=2, class_weight={0: 1.0, 1: 3.0}
        ),
        CANCER,
    ),
    "sklearn/ensemble/_hist_gradient_boosting/tests/test_gradient_boosting.py, balanced": of(
        lambda: HistGradientBoostingClassifier(min_samples_leaf=2, class_weight="balanced"), IMBALANCED
    ),
    "sklearn/ensemble/_stacking.py": of(
        lambda: StackingClassifier(
            [
                ("rf", RandomForestClassifier(n_estimators=10)),
                ("svr", make_pipeline(StandardScaler(), LinearSVC())),
            ],
            final_estimator=LogisticRegression(),
        ),
        IRIS,
    ),
    "sklearn/ensemble/_voting.py": of(
        lambda: VotingClassifier(
            [("lr", LogisticRegression()), ("rf", RandomForestClassifier()), ("gnb", GaussianNB())]
        ),
        IRIS,
    ),
    "sklearn/ensemble/_bagging.py": of(lambda: BaggingClassifier(SVC(), n_estimators=10), IRIS),
    "sklearn/multiclass.py": of(lambda: OneVsRestClassifier(SVC()), IRIS),
    "sklearn/ensemble/_weight_boosting.py": of(lambda: AdaBoostClassifier(n_estimators=100)),
    "sklearn/ensemble/_gb.py": of(
        lambda: GradientBoostingClassifier(n_estimators=100, learning_rate=1.0, max_depth=1)
    ),
    "sklearn/feature_selection/_from_model.py": of(
        lambda: make_pipeline(SelectFromModel(LogisticRegression()), KNeighborsClassifier())
    ),
}

OF_XGBOOST = {
    "demo/guide-python/cat_in_the_dat.py": of(
        lambda: xgb(tree_method="hist", eval_metric="auc", enable_categorical=True, max_cat_to_onehot=1),
        CANCER,
        eval_set=held_out(CANCER),
    ),
    "demo/guide-python/sklearn_examples.py, early stopping": of(
        lambda: xgb(early_stopping_rounds=10, eval_metric="auc"), DIGITS, eval_set=held_out(DIGITS)
    ),
    "doc/python/sklearn_estimator.rst": of(
        lambda: xgb(tree_method="hist", early_stopping_rounds=2), CANCER, eval_set=held_out(CANCER)
    ),
    "doc/tutorials/custom_metric_obj.rst": of(lambda: xgb(tree_method="hist", objective=softprob), IRIS),
    "demo/guide-python/predict_first_ntree.py": of(lambda: xgb(n_estimators=3, max_depth=2, eta=1)),
    "demo/guide-python/continuation.py": of(
        lambda: xgb(n_estimators=128, eval_metric="logloss"), CANCER, eval_set=held_out(CANCER)
    ),
    "demo/kaggle-higgs/higgs-numpy.py": of(lambda: HIGGS, library="xgboost"),
    "demo/guide-python/cross_validation.py": of(
        lambda: {"max_depth": 2, "eta": 1, "objective": "binary:logistic", "scale_pos_weight": 1.07},
        library="xgboost",
    ),
    "demo/multiclass_classification/train.py": of(
        lambda: {"objective": "multi:softmax", "eta": 0.1, "max_depth": 6, "num_class": 6}, library="xgboost"
    ),
    "demo/guide-python/generalized_linear_model.py": of(
        lambda: {"objective": "binary:logistic", "booster": "gblinear", "alpha": 0.0001, "lambda": 1},
        library="xgboost",
    ),
    "demo/guide-python/evals_result.py": of(
        lambda: {"max_depth": 2, "objective": "binary:logistic", "eval_metric": ["logloss", "error"]},
        library="xgboost",
    ),
    "python-package/xgboost/testing/intercept.py": of(
        lambda: {"objective": "binary:logistic", "scale_pos_weight": 4.0, "device": "cpu"}, library="xgboost"
    ),
    "tests/python/test_with_sklearn.py, RFECV of two classes": of(
        lambda: RFECV(xgb(**RFECV_SETTINGS, objective="binary:logistic"), cv=3, scoring="roc_auc"), CANCER
    ),
    "tests/python/test_with_sklearn.py, RFECV of three classes": of(
        lambda: RFECV(
            xgb(**RFECV_SETTINGS, objective="multi:softprob", scale_pos_weight=0.5),
            cv=3,
            scoring="neg_log_loss",
        ),
        IRIS,
        "ignored-parameter",
    ),
    "doc/tutorials/dask.rst": of(lambda: needed("xgboost.dask").DaskXGBClassifier(tree_method="hist")),
}

OF_LIGHTGBM = {
    "examples/binary_classification/train.conf": of(
        lambda: LGB_BINARY, library="lightgbm", eval_set=held_out(CANCER)
    ),
    "examples/multiclass_classification/train.conf": of(lambda: LGB_MULTI, library="lightgbm"),
    "examples/python-guide/simple_example.py": of(
        lambda: {"boosting_type": "gbdt", "objective": "regression", "metric": {"l2", "l1"}},
        library="lightgbm",
    ),
    "examples/python-guide/advanced_example.py": of(
        lambda: {"boosting_type": "gbdt", "objective": "binary", "metric": "binary_logloss"},
        library="lightgbm",
    ),
    "examples/python-guide/logistic_regression.py": of(
        lambda: {"objective": "xentropy", "feature_fraction": 1, "bagging_fraction": 1, "seed": 123},
        library="lightgbm",
    ),
    "examples/python-guide/dask/binary-classification.py": of(
        lambda: needed("lightgbm").DaskLGBMClassifier(n_estimators=10)
    ),
    "tests/python_package_test/test_sklearn.py, stacking": of(
        lambda: StackingClassifier(
            [("gbm1", lgbm(n_estimators=3)), ("gbm2", lgbm(n_estimators=3))],
            final_estimator=lgbm(n_estimators=3),
            passthrough=True,
        ),
        IRIS,
    ),
    "tests/python_package_test/test_sklearn.py, grid search": of(
        lambda: GridSearchCV(
            lgbm(subsample=0.8, subsample_freq=1),
            {"boosting_type": ["rf", "gbdt"], "n_estimators": [4, 6], "reg_alpha": [0.01, 0.005]},
            cv=2,
        ),
        IRIS.astype(str),
        eval_set=held_out(IRIS.astype(str)),
    ),
    "tests/python_package_test/test_sklearn.py, an objective of one's own": of(
        lambda: lgbm(objective=softprob), CANCER
    ),
    "tests/python_package_test/test_sklearn.py, class weights": of(
        lambda: lgbm(class_weight="balanced"), DIGITS, "evaluation-unweighted", eval_set=held_out(DIGITS)
    ),
}

OF_CATBOOST = {
    "catboost/docs/en/concepts/python-usages-examples.md, two classes": of(
        lambda: cat(iterations=2, learning_rate=1, depth=2), [1, 1, -1]
    ),
    "catboost/docs/en/concepts/python-usages-examples.md, object weights": of(
        lambda: cat(iterations=10), [1, 1, -1], sample_weight=[0.1, 0.2, 0.3]
    ),
    "catboost/docs/en/concepts/python-usages-examples.md, more classes": of(
        lambda: cat(iterations=10, learning_rate=1, depth=2, loss_function="MultiClass"),
        ["France", "USA", "USA", "UK"],
    ),
    "catboost/docs/en/concepts/python-usages-examples.md, best iteration": of(
        lambda: cat(learning_rate=0.03, eval_metric="AUC"),
        [0, 0, 1, 1],
        eval_set=([[2, 1], [3, 1], [9, 0], [5, 3]], [0, 1, 1, 0]),
    ),
    "catboost/docs/en/concepts/python-usages-examples.md, cv": of(
        lambda: {"iterations": 100, "depth": 2, "loss_function": "Logloss", "verbose": False},
        library="catboost",
    ),
    "catboost/python-package/ut/medium/test_with_sklearn.py": of(
        lambda: CalibratedClassifierCV(needed("sklearn.frozen").FrozenEstimator(cat()), method="isotonic")
    ),
    "catboost/python-package/ut/medium/test_search_class_weights.py, class_weights": of(
        lambda: cat(iterations=12, depth=3, eval_metric="Logloss", class_weights=[1, 5]),
        np.repeat([0, 1], [255, 45]),
        eval_set=held_out(np.repeat([0, 1], [85, 15])),
    ),
    "catboost/python-package/ut/medium/test_search_class_weights.py, three classes": of(
        lambda: cat(iterations=12, depth=3, eval_metric="MultiClass", class_weights=[1, 5, 2]),
        np.repeat([0, 1, 2], [180, 90, 30]),
    ),
    "catboost/python-package/ut/medium/test_search_class_weights.py, unweighted metric": of(
        lambda: cat(auto_class_weights="SqrtBalanced", eval_metric="Logloss:use_weights=false"),
        np.repeat([0, 1], [96, 24]),
        eval_set=held_out(np.repeat([0, 1], [32, 8])),
    ),
    "catboost/tutorials, events/2021_06_09_odsc_europe/odsc_europe_2021.ipynb": of(
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
}

OF_IMBLEARN = {
    "examples/applications/plot_impact_imbalanced_classes.py, class_weight": of(
        lambda: make_pipeline(features(), LogisticRegression(max_iter=1000, class_weight="balanced")),
        IMBALANCED,
    ),
    "examples/applications/plot_impact_imbalanced_classes.py, under-sampling": of(
        lambda: imblearn("pipeline", "make_pipeline", features(), under(), RandomForestClassifier()),
        IMBALANCED,
    ),
    "examples/applications/plot_impact_imbalanced_classes.py, balanced forest": of(
        lambda: make_pipeline(
            features(),
            imblearn("ensemble", "BalancedRandomForestClassifier", sampling_strategy="all", replacement=True),
        ),
        IMBALANCED,
    ),
    "examples/applications/plot_impact_imbalanced_classes.py, balanced bag": of(
        lambda: imblearn("ensemble", "BalancedBaggingClassifier", estimator=HistGradientBoostingClassifier()),
        IMBALANCED,
    ),
}


def under() -> Any:
    return imblearn("under_sampling", "RandomUnderSampler", random_state=42)


CORPUS = {
    f"{repository}: {path}": example
    for repository, examples in zip(
        (SKLEARN, XGB, LGB, CAT, IMB),
        (OF_SKLEARN, OF_XGBOOST, OF_LIGHTGBM, OF_CATBOOST, OF_IMBLEARN),
        strict=True,
    )
    for path, example in examples.items()
}
