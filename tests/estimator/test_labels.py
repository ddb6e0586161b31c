"""Any labels train the model that the library trains by hand with encoded labels and row weights."""

import inspect
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from libraries import ADAPTERS, ESTIMATORS, EVALUATED, make_estimator, stopping

import boostweights as bw
from boostweights.testing.case import complete_data
from boostweights.testing.check import KINDS

ALL = [pytest.param(library, name, id=name) for library, names in ESTIMATORS.items() for name in names]
LABELS = {name: list(labels) for name, labels in KINDS.items() if len(labels) == 2}
CLASS_WEIGHTS = [1.0, 8.77]


def by_hand(
    library: str, name: str, X: Any, y: np.ndarray, table: list[float], **evaluation: Any
) -> np.ndarray:
    weight = np.array(table)[y].astype(ADAPTERS[library].dtype)
    return make_estimator(library, name).fit(X, y, sample_weight=weight, **evaluation).predict_proba(X)


@pytest.mark.parametrize(("library", "name"), ALL)
def test_many_classes_in_sorted_order(library: str, name: str) -> None:
    X, y = complete_data(4)
    names = np.array(["ant", "bee", "cat", "dog"])
    order = [3, 1, 0, 2]  # rows are not sorted by class, nor is the dict
    table = [1.0, 8.77, 0.3, 24.31]
    weighting = {names[k]: table[k] for k in order}
    clf = bw.WeightedClassifier(make_estimator(library, name), weighting=weighting).fit(X, names[y])
    np.testing.assert_array_equal(clf.predict_proba(X), by_hand(library, name, X, y, table))
    assert clf.classes_.tolist() == names.tolist()


COLUMNS = {
    "list": lambda y: y.tolist(),
    "object": lambda y: y.astype(object),
    "pandas str": lambda y: pd.Series(y.tolist()),
    "pandas category": lambda y: pd.Series(y.tolist(), dtype="category"),
    "polars": lambda y: pl.Series(y.tolist()),
    "polars enum": lambda y: pl.Series(y.tolist(), dtype=pl.Enum(["good", "bad"])),
}


@pytest.mark.parametrize("column", COLUMNS)
def test_labels_of_any_column(column: str) -> None:
    X, y = complete_data()
    labels = np.array(["bad", "good"])[y]
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), weighting={"bad": 1.0, "good": 8.77})
    clf.fit(X, COLUMNS[column](labels))
    np.testing.assert_array_equal(
        clf.predict_proba(X), by_hand("lightgbm", "LGBMClassifier", X, y, CLASS_WEIGHTS)
    )
    assert clf.predict(X).tolist() == np.array(["bad", "good"])[clf.predict_proba(X).argmax(axis=1)].tolist()


@pytest.mark.parametrize("weighting", ["same", "none"])
@pytest.mark.parametrize("kind", LABELS)
@pytest.mark.parametrize("library", EVALUATED)
def test_with_an_evaluation_set_to_the_bit(library: str, kind: str, weighting: str) -> None:
    X, y = complete_data()
    X_val, y_val = complete_data(seed=1)
    clf = bw.WeightedClassifier(
        stopping(library),
        weighting=dict(zip(LABELS[kind], CLASS_WEIGHTS, strict=True)),
        eval_weighting=weighting,
    )
    to_label = np.array(LABELS[kind])
    clf.fit(X, to_label[y], X_val=X_val, y_val=to_label[y_val])
    expected = stopped_by_hand(library, X, y, X_val, y_val, weigh_validation=weighting == "same")
    np.testing.assert_array_equal(clf.predict_proba(X_val), expected.predict_proba(X_val))
    assert rounds(clf.estimator_) == rounds(expected) < 200


def stopped_by_hand(
    library: str, X: Any, y: np.ndarray, X_val: Any, y_val: np.ndarray, *, weigh_validation: bool
) -> Any:
    dtype, estimator = ADAPTERS[library].dtype, stopping(library)
    weight, weight_val = (np.array(CLASS_WEIGHTS)[labels].astype(dtype) for labels in (y, y_val))
    weights = [weight_val] if weigh_validation else None
    sets: dict[str, Any] = {"eval_set": [(X_val, y_val)]}
    if library == "xgboost":
        sets |= {"sample_weight_eval_set": weights, "verbose": False}
    elif library == "lightgbm":
        if "eval_X" in inspect.signature(estimator.fit).parameters:  # newer versions
            sets = {"eval_X": (X_val,), "eval_y": (y_val,)}
        sets["eval_sample_weight"] = weights or [None]
    elif library == "catboost":
        pool = pytest.importorskip("catboost").Pool
        sets = {"eval_set": pool(X_val, y_val, weight=weight_val if weights else None)}
    else:
        sets = {"X_val": X_val, "y_val": y_val, "sample_weight_val": weight_val if weights else None}
    return estimator.fit(X, y, sample_weight=weight, **sets)


def rounds(estimator: Any) -> int:
    """Rounds that were kept."""
    for name in ("best_iteration", "best_iteration_", "n_iter_"):
        if hasattr(estimator, name):
            return int(getattr(estimator, name))
    raise AssertionError(f"{type(estimator).__name__} does not say its rounds")


OWN_CLASSES = [
    pytest.param(library, name, id=f"{library}-{name}")
    for library, adapter in ADAPTERS.items()
    for name in adapter.class_names
]


@pytest.mark.parametrize(("library", "setting"), OWN_CLASSES)
def test_the_same_classes_of_the_estimators_own_change_nothing(library: str, setting: str) -> None:
    X, y = complete_data(3)
    labels = np.array(["ant", "bee", "cat"])[y]
    said = [0, 1, 2] if setting == "class_names" else 3
    found = [
        bw.WeightedClassifier(make_estimator(library, **settings)).fit(X, labels).predict_proba(X)
        for settings in ({}, {setting: said})
    ]
    np.testing.assert_array_equal(*found)
