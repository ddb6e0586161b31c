"""Small, hard data sets and how each library's estimators are made for a test."""

from __future__ import annotations

import importlib
import os
from typing import Any

import numpy as np
import pytest

ESTIMATORS: dict[str, dict[str, tuple[str, dict[str, Any]]]] = {
    "xgboost": {"XGBClassifier": ("xgboost", {"n_estimators": 8, "n_jobs": 1})},
    "lightgbm": {"LGBMClassifier": ("lightgbm", {"n_estimators": 8, "n_jobs": 1, "verbose": -1})},
    "catboost": {
        "CatBoostClassifier": (
            "catboost",
            {"iterations": 8, "thread_count": 1, "verbose": 0, "allow_writing_files": False},
        )
    },
    "sklearn": {
        "HistGradientBoostingClassifier": ("sklearn.ensemble", {"max_iter": 8, "random_state": 0}),
        "GradientBoostingClassifier": ("sklearn.ensemble", {"n_estimators": 8, "random_state": 0}),
        "RandomForestClassifier": ("sklearn.ensemble", {"n_estimators": 8, "random_state": 0}),
    },
}
"""Library → class → (module, constructor arguments); a library in ADAPTERS must be here."""


def make_estimator(library: str, name: str | None = None, **settings: Any) -> Any:
    """A fresh estimator; its test skips where the library is missing, but fails in CI."""
    classes = ESTIMATORS[library]
    module, defaults = classes[name or next(iter(classes))]
    try:
        factory = getattr(importlib.import_module(module), name or next(iter(classes)))
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{module} is not installed")
    return factory(**{**defaults, **settings})


def hard_data(classes: int = 2, rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Many and few distinct values, ties, a mirrored and a constant feature, missing values; rare classes."""
    rng = np.random.default_rng(seed)
    many = rng.normal(size=rows)
    few = rng.integers(0, 4, rows).astype(float)
    missing = np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows))
    X = np.column_stack([many, -many, few, np.ones(rows), missing, rng.normal(size=rows)])
    score = many + 0.5 * few + rng.normal(scale=0.7, size=rows)
    cuts = np.quantile(score, 1 - 0.12 / np.arange(1, classes))
    y = np.searchsorted(np.sort(cuts), score)
    return X, y.astype(np.int64)
