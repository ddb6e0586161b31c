"""What leaves Python as it was: each library in each format, compared in its own runtime, or refused.

    python benchmarks/serving/measure.py OUT.jsonl

Trains on made rows (seeded) and exports by `boostweights.serving.export`. Writes for each cell the largest
difference of a probability over the rows made from every split and the training rows, on which all labels
agree, too; or why the format refuses. A library that does not take missing values, or categories, stands
behind a SimpleImputer, or a OneHotEncoder.
"""

import json
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import XGBClassifier

from boostweights import WeightedClassifier
from boostweights.adapters.serving import FORMATS
from boostweights.errors import BoostweightsError
from boostweights.serving import export
from boostweights.versions import installed_version

TREES, FOREST = 50, 10  # trees of a forest are far deeper
MODELS: Final[dict[str, Any]] = {
    "xgboost": XGBClassifier(n_estimators=TREES, n_jobs=1, enable_categorical=True),
    "lightgbm": LGBMClassifier(n_estimators=TREES, n_jobs=1, verbose=-1),
    "catboost": CatBoostClassifier(
        iterations=TREES, thread_count=1, verbose=False, allow_writing_files=False, cat_features=None
    ),
    "HistGradientBoosting": HistGradientBoostingClassifier(max_iter=TREES, categorical_features="from_dtype"),
    "GradientBoosting": GradientBoostingClassifier(n_estimators=TREES),
    "RandomForest": RandomForestClassifier(FOREST, n_jobs=1, random_state=0),
    "ExtraTrees": ExtraTreesClassifier(FOREST, n_jobs=1, random_state=0),
}
CASES: Final[dict[str, dict[str, Any]]] = {
    "plain": {"correct_proba": False},
    "analytic": {"correct_proba": True},
    "fitted": {"correct_proba": "fitted"},
    "threshold": {"correct_proba": True, "threshold": 0.05, "pos_label": "bad"},
    "missing": {"correct_proba": True},
    "categorical": {"correct_proba": True},
}
"""Case → settings of the classifier; the last two are of other rows."""
TAKES: Final = {
    "missing": {*MODELS} - {"GradientBoosting"},
    "categorical": {"xgboost", "lightgbm", "catboost", "HistGradientBoosting"},
}
NAMES: Final = ("library", "classes", "case", "to", "answer")
PACKAGES: Final = (
    *("scikit-learn", "xgboost-cpu", "xgboost", "lightgbm", "catboost", "onnx", "onnxruntime"),
    *("onnxmltools", "skl2onnx", "treelite", "skops"),
)


def data(classes: int, case: str) -> tuple[Any, Any]:
    """1,500 rows, a tenth of the values missing, or a column of categories."""
    X, codes = make_classification(
        1500,
        8,
        n_informative=6,
        n_classes=classes,
        weights=[0.9] + [0.1 / (classes - 1)] * (classes - 1),
        random_state=0,
    )
    y = np.array(["paid", "bad", "late"])[codes]
    if case == "missing":
        X[np.random.default_rng(0).random(X.shape) < 0.1] = np.nan
    if case != "categorical":
        return X, y
    import pandas as pd

    frame = pd.DataFrame(X, columns=[f"x{each}" for each in range(8)])
    frame["x7"] = pd.Categorical(np.array(["a", "b", "c", "d"])[np.digitize(X[:, 7], [-1, 0, 1])])
    return frame, y


def rows() -> Iterator[dict[str, str]]:
    """Yield the cells; a threshold is one of two classes."""
    for name in MODELS:
        for classes in (2, 3):
            for case in [each for each in CASES if classes == 2 or each != "threshold"]:
                before = None if name in TAKES.get(case, MODELS) else _steps(case)
                told = case if before is None else f"{case}, {type(before).__name__}"
                X, y = data(classes, case)
                clf = classifier(name, case)
                model = (clf if before is None else make_pipeline(before, clf)).fit(X, y)
                for to in FORMATS:
                    cell = (name, str(classes), told, to, _answer(model, X, to))
                    yield dict(zip(NAMES, cell, strict=True))


def classifier(name: str, case: str) -> WeightedClassifier:
    """The model of a case, not fitted."""
    clf = WeightedClassifier(clone(MODELS[name]), **CASES[case])
    if name == "catboost" and case == "categorical":
        clf.set_params(estimator__cat_features=["x7"])
    return clf


def _steps(case: str) -> Any:
    """What a Pipeline does about rows that a library does not take."""
    if case == "missing":
        return SimpleImputer()
    encoder = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer([("text", encoder, ["x7"])], remainder="passthrough")


def _answer(model: Any, X: Any, to: Any) -> str:
    with tempfile.TemporaryDirectory() as folder:
        try:
            exported = export(model, f"{folder}/model", to, rows=X)
        except BoostweightsError as refused:
            return f"refused: {re.sub(r'[(].*[)]|/[^ ]*/(?=model[.])', '', refused.value)}"
    return f"{exported.manifest.largest_difference:.0e}"


def main(out: str) -> None:
    """Write the versions, then a cell a line."""
    warnings.simplefilter("ignore")
    versions = {name: version for name in PACKAGES if (version := installed_version(name))}
    with Path(out).open("w") as file:
        for line in chain([versions], rows()):
            file.write(json.dumps(line) + "\n")
            file.flush()


if __name__ == "__main__":
    main(sys.argv[1])
