"""Rows such as a folder of Parquet files holds."""

from typing import Any

import numpy as np
import pandas as pd

FEATURES = ["a", "b", "c", "d", "e", "f"]
SIZES = (120, 0, 101, 379)
"""Rows of each file of 600."""


def frame(rows: int = 300, classes: int = 2, seed: int = 0, few: bool = True) -> pd.DataFrame:
    """Features of few distinct values, some missing, and labels of text that follow them."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 20, (rows, 6)).astype(float) if few else rng.normal(size=(rows, 6))
    X[rng.random((rows, 6)) < 0.1] = np.nan
    score = np.nansum(X[:, :3], axis=1) + rng.normal(size=rows)
    cuts = np.quantile(score, [0.85] if classes == 2 else [0.7, 0.9])
    table = pd.DataFrame(X, columns=FEATURES)
    table["label"] = np.array(["fine", "late", "lost"])[np.searchsorted(cuts, score)]
    return table


def drawn(sizes: tuple[int, ...], share: float, seed: int) -> np.ndarray[Any, Any]:
    """Which rows are left out, as documented: each drawn by itself, by the seed and the file's number."""
    return np.concatenate(
        [np.random.default_rng([seed, number]).random(size) < share for number, size in enumerate(sizes)]
    )
