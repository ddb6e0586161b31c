"""A weight path of six weights and five folds, against GridSearchCV over the same weights.

    python benchmarks/speed/path.py [--rows 1e4 1e5 2.5e5] [--libraries lightgbm] [--repeats 3]

The path holds the unweighted baselines, the tuned threshold and the fitted correction beside the weights, the
threshold tuned on the other folds' scores, and once, as by default, within each training fold ("nested");
the peer is ``GridSearchCV`` of ``scale_pos_weight`` with one metric and without a refit. Features are real
numbers ("fine"), or such that have at most 256 values ("coarse"), for which xgboost's bins serve for all
weights. One thread; seconds are of the processor, so that what others do counts little.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from fitted import ratio_of
from measure import Options, whole, write
from sklearn.model_selection import GridSearchCV

import boostweights as bw

FEATURES, FOLDS = 30, 5
RATIOS: Final = (1.0, 2.0, 3.0, 5.0, 8.0, 13.0)
QUIET: Final[dict[str, dict[str, Any]]] = {
    "lightgbm": {"n_jobs": 1, "verbose": -1},
    "xgboost": {"n_jobs": 1},
    "catboost": {"thread_count": 1, "verbose": False, "allow_writing_files": False},
}
CASES: Final = (
    ("lightgbm", "fine", "auto", "folds"),
    ("xgboost", "coarse", "auto", "folds"),
    ("xgboost", "fine", "frozen", "folds"),
    ("xgboost", "fine", "auto", "folds"),
    ("catboost", "fine", "auto", "folds"),
    ("lightgbm", "fine", "auto", "nested"),
)


def at_most(library: str, values: str, reuse: str, tuning: str, rows: int) -> float | None:
    """The target. Bins are a smaller part of a fit on fewer rows; catboost bins more rows for each weight.

    Thresholds that are tuned within training folds cost fits that GridSearchCV does not make: no target.
    """
    if tuning == "nested":
        return None
    if rows < 100_000:
        return 1.0
    if library == "catboost":
        return 0.9 if rows <= 200_000 else 1.05
    return 1.05 if (library, values, reuse) == ("xgboost", "fine", "auto") else 0.7


def estimator(library: str, trees: int) -> Any:
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from xgboost import XGBClassifier

    of = {"lightgbm": LGBMClassifier, "xgboost": XGBClassifier, "catboost": CatBoostClassifier}[library]
    return of(n_estimators=trees, random_state=0, **QUIET[library])


def data(rows: int, values: str) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, FEATURES))
    y = (X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=rows) > 3).astype(np.intp)
    return (np.clip(np.round(25 * X), -127, 127) if values == "coarse" else X), y


def measured(
    library: str, values: str, reuse: Any, tuning: Any, rows: int, trees: int, repeats: int
) -> dict[str, Any]:
    X, y = data(rows, values)
    found: list[bw.path.WeightPath] = []

    def ours() -> None:
        found[:] = [
            bw.weight_path(
                estimator(library, trees), X, y, RATIOS, cv=FOLDS, reuse=reuse, tuning=tuning, progress=False
            )
        ]

    def theirs() -> None:
        grid = {"scale_pos_weight": list(RATIOS)}
        GridSearchCV(estimator(library, trees), grid, scoring="roc_auc", cv=FOLDS, refit=False).fit(X, y)

    result = {
        "library": library,
        "values": values,
        "reuse": reuse,
        "tuning": tuning,
        "rows": rows,
        "ratio": ratio_of(ours, theirs, repeats),
        "reused": found[0].reused,
        "at_most": at_most(library, values, reuse, tuning, rows),
    }
    print(result, flush=True)
    return result


def cases(options: Any) -> Iterator[tuple[str, str, str, str, int]]:
    for rows in options.rows:
        for case in CASES:
            if case[0] in options.libraries:
                yield *case, rows


def main() -> None:
    parser = Options(__doc__, rows=[2_000], trees=5, repeats=1)
    parser.add_argument("--rows", type=whole, nargs="+", default=[10_000, 100_000, 250_000])
    parser.add_argument("--trees", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--libraries", nargs="+", default=list(QUIET))
    options = parser.read()
    found = [measured(*case, options.trees, options.repeats) for case in cases(options)]
    packages = ("boostweights", "numpy", "scikit-learn", "lightgbm", "xgboost-cpu", "catboost")
    write("path", options, packages, paths=found)


if __name__ == "__main__":
    main()
