"""Ten weights on rows that were binned once, against ten fits, beside the most that binning once can save.

    python benchmarks/speed/sweep.py [--rows 2e5 2e6] [--trees 30]

A fit takes b seconds for bins and t for trees. Ten of them take 10 (b + t); with bins made once, at the least
b + 10 t: the bound of what can be saved is 9 b. `reached` is the share of it that was saved. What is timed is
what `weight_path` calls: `Reuse.bin` and `BinnedFold.fit_predict` on 1000 test rows; the peer is the
library's own estimator, fitted and asked for the same. One thread; seconds are of the processor.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from measure import Options, whole, write

from boostweights.adapters.registry import adapter_of
from boostweights.weighting.policies.by_class import Explicit

RATIOS = (1, 2, 3, 5, 8, 13, 20, 30, 50, 100)
TESTED = 1000


def estimators(trees: int) -> dict[str, tuple[Any, bool]]:
    """One of each library that reuses bins, and whether its cut points are frozen."""
    from catboost import CatBoostClassifier
    from lightgbm import LGBMClassifier
    from xgboost import XGBClassifier

    quiet = {"verbose": False, "allow_writing_files": False}
    return {
        "lightgbm": (LGBMClassifier(n_estimators=trees, n_jobs=1, verbose=-1), False),
        "catboost": (CatBoostClassifier(iterations=trees, thread_count=1, **quiet), False),
        "xgboost": (XGBClassifier(n_estimators=trees, n_jobs=1, tree_method="hist"), True),
    }


def seconds(work: Callable[[], object]) -> float:
    start = time.process_time()  # one thread: what others do on the machine does not count
    work()
    return time.process_time() - start


def measured(
    library: str, estimator: Any, *, frozen: bool, rows: int, features: int
) -> dict[str, Any] | None:
    """None where so many rows cannot be binned for all weights."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, features)).astype(np.float32)
    y = (X[:, 0] + rng.normal(size=rows) > 2.5).astype(np.intp)
    weights = [Explicit({0: 1.0, 1: float(ratio)}).resolve(y).sample_weight(y) for ratio in RATIOS]
    adapter = adapter_of(estimator)
    reuse = (adapter.frozen_reuse if frozen else adapter.reuse)(estimator, X)
    assert reuse.bin is not None, reuse.how
    bin_rows, folds = reuse.bin, []
    binning = seconds(lambda: folds.append(bin_rows(X, y)))
    fold = folds[0]
    if fold is None:
        return None
    swept = seconds(lambda: [fold.fit_predict(weight, X[:TESTED]) for weight in weights])
    fits = seconds(lambda: [_fitted(estimator, X, y, weight) for weight in weights])
    bound = 9 * binning
    saved = fits - binning - swept
    print(
        f"{library:<9}{rows:>10,}  ten fits {fits:7.2f} s, binning {binning:6.2f} s, sweep {swept:7.2f} s: "
        f"saves {saved / fits:.0%} of at most {bound / fits:.0%}",
        flush=True,
    )
    return {
        "library": library,
        "how": reuse.how,
        "rows": rows,
        "features": features,
        "weightings": len(RATIOS),
        "ten_fits": fits,
        "binning": binning,
        "sweep": swept,
        "saved_share": saved / fits,
        "bound_share": bound / fits,
        "reached": saved / bound,
    }


def _fitted(estimator: Any, X: Any, y: Any, weight: Any) -> Any:
    from sklearn.base import clone

    return clone(estimator).fit(X, y, sample_weight=weight).predict_proba(X[:TESTED])


def main() -> None:
    parser = Options(__doc__, rows=[20_000], trees=5)
    parser.add_argument("--rows", type=whole, nargs="+", default=[200_000, 2_000_000])
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--trees", type=int, default=30)
    parser.add_argument("--libraries", nargs="+", default=["lightgbm", "catboost", "xgboost"])
    options = parser.read()
    results = [
        measured(library, estimator, frozen=frozen, rows=rows, features=options.features)
        for rows in options.rows
        for library, (estimator, frozen) in estimators(options.trees).items()
        if library in options.libraries
    ]
    packages = ("boostweights", "numpy", "lightgbm", "catboost", "xgboost-cpu")
    write("sweep", options, packages, sweeps=[result for result in results if result is not None])


if __name__ == "__main__":
    main()
