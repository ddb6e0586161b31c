"""Six features each: real data sets of the catalogue, and one made to be hard."""

from functools import cache
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from boostweights.benchmark.data.load import load
from boostweights.weighting.labels.counting import factorize

CATEGORICAL: Final = (2, 5)  # positions of columns that are codes of categories
_ROWS: Final = 700
_REAL: Final = {
    "hypothyroid": ["TSH", "T3", "sex", "FTI", "age", "sick"],  # missing values, categories
    "lending-club": [
        "annual_inc",
        "int_rate",
        "term",
        "total_bal_il",
        "revol_util",
        "sub_grade",
    ],  # many values
    "hpc-jobs": ["compounds", "input_fields", "protocol", "iterations", "num_pending", "day"],  # four classes
}
DATA: Final = {
    "binary": ("hypothyroid", "lending-club", "adversarial"),
    "multiclass": ("hpc-jobs", "adversarial"),
}


@cache
def data(name: str, task: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Features as numbers, categories as codes with NaN for a missing one; labels 0 to k-1."""
    return _adversarial(task) if name == "adversarial" else _real(name)


def prepared(X: pd.DataFrame, library: str, settings: dict[str, Any]) -> pd.DataFrame:
    """Features as a library and its settings take them."""
    X = X.copy()
    if settings.get("enable_categorical") or settings.get("max_cat_to_onehot"):
        for column in CATEGORICAL:
            codes = X.iloc[:, column].fillna(-1).astype(int)
            names = [f"c{code}" for code in range(int(codes.max()) + 1)]
            X[X.columns[column]] = pd.Categorical.from_codes(codes.tolist(), pd.Index(names))
    if "cat_features" in settings:
        for column in CATEGORICAL:
            text = X.iloc[:, column].fillna(-1).astype(int).astype(str).astype(object)
            X = X.assign(**{X.columns[column]: text})
    return X


def _real(name: str) -> tuple[pd.DataFrame, np.ndarray]:
    loaded = load(name)
    labels, codes = factorize(loaded.y)
    if loaded.positive is not None:
        codes = (np.asarray(loaded.y) == loaded.positive).astype(np.int64)
    assert len(labels) == codes.max() + 1
    X = loaded.X[_REAL[name]].copy()
    for column in X.select_dtypes("category"):
        numbers = X[column].cat.codes.astype(float)
        X[column] = numbers.where(numbers >= 0)
    kept, _ = train_test_split(np.arange(len(codes)), train_size=_ROWS, stratify=codes, random_state=0)
    return X.iloc[kept].reset_index(drop=True), codes[kept]


def _adversarial(task: str) -> tuple[pd.DataFrame, np.ndarray]:
    """Ties, a mirrored and a constant feature, long tails, missing values, each row twice."""
    rng = np.random.default_rng(7)
    half = _ROWS // 2
    wide = rng.normal(size=half)
    few = rng.integers(0, 9, half).astype(float)
    gaps = np.where(rng.random(half) < 0.1, np.nan, np.exp(3 * wide))
    X = np.column_stack([wide, -wide, few, np.zeros(half), gaps, np.clip(np.round(wide), -2, 2) + 2])
    score = wide + 0.3 * few + rng.normal(size=half)
    cuts = np.quantile(score, [0.9] if task == "binary" else [0.6, 0.85, 0.95])
    twice = np.repeat(np.arange(half), 2)
    y = np.digitize(score, cuts)[twice]
    flipped = rng.random(len(y)) < 0.03
    y = np.where(flipped, (y + 1) % (len(cuts) + 1), y)
    return pd.DataFrame(X[twice], columns=[f"f{i}" for i in range(6)]), y.astype(np.int64)
