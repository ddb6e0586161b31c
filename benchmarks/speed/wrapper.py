"""``WeightedClassifier.fit`` against the same library trained by hand on encoded labels and row weights.

    python benchmarks/speed/wrapper.py [--libraries xgboost lightgbm] [--repeats 3]

One thread a fit. Fit times scatter by more than the layer costs, so the layer is also timed alone: over a
subclass of the library's own estimator whose fit does nothing, divided by the native fit's median.
"""

from __future__ import annotations

import os

os.environ["OMP_NUM_THREADS"] = "1"  # HistGradientBoostingClassifier has no other setting; before any import

from importlib.metadata import packages_distributions
from typing import Any

import numpy as np
from catboost import CatBoostClassifier
from lightgbm import LGBMClassifier
from measure import Options, Ratio, Spread, alternate, resident_bytes, traced_bytes, whole, write
from sklearn.ensemble import HistGradientBoostingClassifier
from xgboost import XGBClassifier

import boostweights as bw

FEATURES, TREES = 20, 20
AT_MOST_SHARE, AT_MOST_MS = 0.01, 5.0
BUDGET = 20.0  # seconds a side after which it is repeated no more
NAMES = np.array(["bad", "good"], object)


class NoFit:
    """The estimator of a library, but for its training."""

    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
        return self


class NoFitXGB(NoFit, XGBClassifier):
    pass


class NoFitLGBM(NoFit, LGBMClassifier):  # type: ignore[misc]
    pass


class NoFitCatBoost(NoFit, CatBoostClassifier):  # type: ignore[misc]
    pass


class NoFitHistGradientBoosting(NoFit, HistGradientBoostingClassifier):  # type: ignore[misc]
    pass


SETTINGS: dict[str, dict[str, Any]] = {
    "xgboost": {"n_estimators": TREES, "tree_method": "hist", "n_jobs": 1},
    "lightgbm": {"n_estimators": TREES, "n_jobs": 1, "verbose": -1},
    "catboost": {
        "iterations": TREES,
        "thread_count": 1,
        "logging_level": "Silent",
        "allow_writing_files": False,
    },
    "sklearn": {"max_iter": TREES, "early_stopping": False},
}
REAL = {
    "xgboost": XGBClassifier,
    "lightgbm": LGBMClassifier,
    "catboost": CatBoostClassifier,
    "sklearn": HistGradientBoostingClassifier,
}
IDLE = {
    "xgboost": NoFitXGB,
    "lightgbm": NoFitLGBM,
    "catboost": NoFitCatBoost,
    "sklearn": NoFitHistGradientBoosting,
}


def data(rows: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """float32 features and 2 % positive labels that depend on them."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((rows, FEATURES), np.float32)
    score = X[:, 0] + X[:, 1] * X[:, 2] + rng.standard_normal(rows, np.float32)
    return X, (score > np.quantile(score, 0.98)).astype(np.int64)


def compare(library: str, rows: int, repeats: int, layer_repeats: int) -> dict[str, Any]:
    """Both fits in turn, then the layer alone for three types of label."""
    X, y = data(rows)
    resolved = bw.Balanced().resolve(y)
    weight = bw.to_native(resolved.encoded(), library).fit_kwargs(y)["sample_weight"]

    def native() -> Any:
        return REAL[library](**SETTINGS[library]).fit(X, y, sample_weight=weight)

    def wrapped() -> Any:
        return bw.WeightedClassifier(REAL[library](**SETTINGS[library])).fit(X, y)

    if rows <= 100_000:  # the same model, so the same work
        np.testing.assert_array_equal(native().predict_proba(X), wrapped().predict_proba(X))
    mine, peer = alternate(wrapped, native, repeats=repeats, budget=BUDGET)
    result = {
        "library": library,
        "rows": rows,
        "features": FEATURES,
        "trees": TREES,
        "settings": SETTINGS[library],
        "ratio": Ratio.of(mine, peer),
        "difference_ms": (mine.median - peer.median) * 1e3,
        "seconds": mine,
        "native_seconds": peer,
    }
    for kind, labels in (("int64", y), ("object", NAMES[y]), ("bool", y == 1)):
        result[f"layer_{kind}"] = layer(library, X, labels, peer, layer_repeats)
    report(result)
    return result


def layer(library: str, X: Any, y: Any, native: Spread, repeats: int) -> dict[str, Any]:
    """Our layer alone: its seconds, its share of the native fit, its peak bytes a row."""

    def idle() -> Any:
        return IDLE[library](**SETTINGS[library]).fit(X, y)

    def wrapped() -> Any:
        return bw.WeightedClassifier(IDLE[library](**SETTINGS[library])).fit(X, y)

    wrapped()
    mine, bare = alternate(wrapped, idle, repeats=repeats)
    alone = mine.median - bare.median
    resident = resident_bytes(wrapped)
    weight = np.dtype(np.float64 if library == "sklearn" else np.float32).itemsize
    return {
        "milliseconds": alone * 1e3,
        "share_of_native_fit": alone / native.median,
        "seconds": mine,
        "bare_seconds": bare,
        "peak_bytes_a_row": {
            "traced": round(traced_bytes(wrapped) / len(y), 3),
            "resident": None if resident is None else round(resident / len(y), 3),
            "prepared_by_hand": weight + (0 if y.dtype == np.int64 else np.dtype(np.int64).itemsize),
        },
    }


def report(result: dict[str, Any]) -> None:
    ratio, own = result["ratio"], result["layer_int64"]
    print(
        f"{result['rows']:>9,}  {result['library']:<9} native {result['native_seconds'].median:7.3f} s,"
        f" wrapped / native {ratio.median:.3f} [{ratio.min:.3f} {ratio.max:.3f}];"
        f" layer alone {own['milliseconds']:.2f} ms = {own['share_of_native_fit']:.3%}"
        f" (strings {result['layer_object']['milliseconds']:.2f} ms"
        f" = {result['layer_object']['share_of_native_fit']:.3%}),"
        f" peak {own['peak_bytes_a_row']['traced']} bytes a row",
        flush=True,
    )


def main() -> None:
    parser = Options(__doc__, large=20_000, small=2_000, repeats=2, layer_repeats=3)
    parser.add_argument("--libraries", nargs="+", choices=REAL, default=list(REAL))
    parser.add_argument("--large", type=whole, default=1_000_000, help="rows where a share is to be kept")
    parser.add_argument("--small", type=whole, default=10_000, help="rows where milliseconds are")
    parser.add_argument("--repeats", type=int, default=3, help="of the large fits; small ones fivefold")
    parser.add_argument("--layer-repeats", type=int, default=15)
    options = parser.read()
    large = [
        compare(library, options.large, options.repeats, options.layer_repeats)
        | {"required_share": AT_MOST_SHARE}
        for library in options.libraries
    ]
    small = [
        compare(library, options.small, 5 * options.repeats, options.layer_repeats)
        | {"required_ms": AT_MOST_MS}
        for library in options.libraries
    ]
    versions = (
        "boostweights",
        "numpy",
        "scikit-learn",
        "lightgbm",
        "catboost",
        packages_distributions()["xgboost"][0],
    )
    write("wrapper", options, versions, large=large, small=small)


if __name__ == "__main__":
    main()
