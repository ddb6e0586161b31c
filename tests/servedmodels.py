"""Models that leave Python in tests: small, of text labels, with and without missing values."""

from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from libraries import needed
from lightgbm import LGBMClassifier
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from xgboost import XGBClassifier

from boostweights import WeightedClassifier

MODELS: dict[str, Any] = {
    "xgboost": lambda: XGBClassifier(n_estimators=8, n_jobs=1),
    "lightgbm": lambda: LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1),
    "catboost": lambda: CatBoostClassifier(
        iterations=8, thread_count=1, verbose=False, allow_writing_files=False
    ),
    "HistGradientBoosting": lambda: HistGradientBoostingClassifier(max_iter=8),
    "GradientBoosting": lambda: GradientBoostingClassifier(n_estimators=8),
    "RandomForest": lambda: RandomForestClassifier(8, n_jobs=1, random_state=0),
    "ExtraTrees": lambda: ExtraTreesClassifier(8, random_state=0),
}
NEEDS = {"native": (), "onnx": ("onnxruntime", "skl2onnx", "onnxmltools"), "treelite": ("treelite",)}
"""Format → the modules that its exports take."""


def need(to: str) -> None:
    for module in NEEDS[to]:
        needed(module)


def data(classes: int = 2, *, missing: bool = False) -> tuple[Any, Any]:
    """Return 500 rows of five features; the labels are text, in another order than their shares."""
    X, codes = make_classification(
        500,
        5,
        n_informative=4,
        n_redundant=0,
        n_classes=classes,
        weights=[0.85] + [0.15 / (classes - 1)] * (classes - 1),
        random_state=1,
    )
    if missing:
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    return X, np.array(["paid", "bad", "late"])[codes]


def fitted(name: str, classes: int = 2, *, missing: bool = False, **settings: Any) -> Any:
    settings = {"correct_proba": True} | settings
    return WeightedClassifier(MODELS[name](), **settings).fit(*data(classes, missing=missing))


def same(exported: Any, clf: Any, X: Any) -> bool:
    """Whether an export predicts what its classifier does, as exactly as its format can."""
    apart = np.abs(exported.predict_proba(X) - clf.predict_proba(X))
    lost = np.isnan(exported.predict_proba(X)) & np.isnan(clf.predict_proba(X))
    near = apart[~lost] < exported.manifest.tolerance
    return bool(near.all()) and bool((exported.predict(X) == clf.predict(X)).all())
