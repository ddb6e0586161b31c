"""What leaves Python as it was: each library in each format, compared in its own runtime, or refused.

python -m benchmarks.serving.measure

Trains on made rows (seeded), exports by `boostweights.serving.export`, and writes the table of
docs/serving.md and benchmarks/results/serving/table.csv: the largest difference of a probability over the
rows made from every split and the training rows, on which all labels agree, too; or why the format refuses.
"""

from __future__ import annotations

import csv
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from sklearn.base import clone
from sklearn.datasets import make_classification
from sklearn.ensemble import (
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from xgboost import XGBClassifier

from boostweights import WeightedClassifier
from boostweights.adapters.serving import FORMATS
from boostweights.errors import BoostweightsError
from boostweights.serving import export
from boostweights.versions import installed_version

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs" / "serving.md"
RESULT: Final = ROOT / "benchmarks" / "results" / "serving" / "table.csv"
MARKS: Final = ("<!-- table -->\n", "<!-- end of table -->\n")
TREES: Final = 50
MODELS: Final[dict[str, Any]] = {
    "xgboost": XGBClassifier(n_estimators=TREES, n_jobs=1, enable_categorical=True),
    "lightgbm": LGBMClassifier(n_estimators=TREES, n_jobs=1, verbose=-1),
    "catboost": CatBoostClassifier(
        iterations=TREES, thread_count=1, verbose=False, allow_writing_files=False, cat_features=None
    ),
    "HistGradientBoosting": HistGradientBoostingClassifier(max_iter=TREES, categorical_features="from_dtype"),
    "GradientBoosting": GradientBoostingClassifier(n_estimators=TREES),
    "RandomForest": RandomForestClassifier(TREES, n_jobs=1, random_state=0),
    "ExtraTrees": ExtraTreesClassifier(TREES, n_jobs=1, random_state=0),
}
CASES: Final = ("analytic", "fitted", "missing", "categorical")
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
    for name, model in MODELS.items():
        for classes in (2, 3):
            for case in CASES:
                X, y = data(classes, case)
                clf = WeightedClassifier(clone(model), correct_proba="fitted" if case == "fitted" else True)
                if name == "catboost" and case == "categorical":
                    clf.set_params(estimator__cat_features=["x7"])
                for to in FORMATS:
                    answer = _answer(clf, X, y, to)
                    yield {"library": name, "classes": str(classes), "case": case, "to": to, "answer": answer}


def _answer(clf: Any, X: Any, y: Any, to: Any) -> str:
    try:
        clf.fit(X, y)
    except (ValueError, TypeError):
        return "not fitted: the library does not take these rows"
    with tempfile.TemporaryDirectory() as folder:
        try:
            exported = export(clf, f"{folder}/model", to, rows=X)
        except BoostweightsError as refused:
            return f"refused: {refused.value}"
    return f"{exported.manifest.largest_difference:.0e}"


def table(found: list[dict[str, str]]) -> str:
    """Return the table as Markdown, a line for a library, task and case."""
    lines = [f"| library | classes | case | {' | '.join(FORMATS)} |", "|---|---|---|" + "---|" * len(FORMATS)]
    cells = {(each["library"], each["classes"], each["case"], each["to"]): each["answer"] for each in found}
    for key in dict.fromkeys(key[:3] for key in cells):
        lines.append(f"| {' | '.join((*key, *(cells[(*key, to)] for to in FORMATS)))} |")
    versions = ", ".join(f"{name} {version}" for name in PACKAGES if (version := installed_version(name)))
    return "\n".join([*lines, "", f"With {versions}.", ""])


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    measured = list(rows())
    RESULT.parent.mkdir(parents=True, exist_ok=True)
    with RESULT.open("w", newline="") as file:
        writer = csv.DictWriter(file, list(measured[0]))
        writer.writeheader()
        writer.writerows(measured)
    before, _, rest = PAGE.read_text().partition(MARKS[0])
    PAGE.write_text(f"{before}{MARKS[0]}\n{table(measured)}\n{MARKS[1]}{rest.partition(MARKS[1])[2]}")
