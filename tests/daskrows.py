"""Rows for distributed tests: a class that only the last partition has, few distinct values everywhere."""

from typing import Any

import numpy as np
import pytest
from libraries import RECORDS

from boostweights.adapters.record import named_class

FEATURES = ["a", "b", "c", "d"]
PARTS = 4
ENGINES: dict[str, tuple[str, dict[str, Any]]] = {
    "xgboost": (
        "xgboost.dask:DaskXGBClassifier",
        {"n_estimators": 8, "max_depth": 3, "base_score": 0.5, "tree_method": "hist"},
    ),
    # Leaf sizes are estimates on a cluster: see docs/dask.md.
    "lightgbm": (
        "lightgbm:DaskLGBMClassifier",
        {"n_estimators": 8, "num_leaves": 7, "min_child_samples": 1, "min_child_weight": 5.0, "verbose": -1},
    ),
}
"""Library → its Dask classifier, settings under which cut points and leaves cannot differ."""


def dask_estimator(library: str, **settings: Any) -> Any:
    name, defaults = ENGINES[library]
    pytest.importorskip(name.partition(":")[0])
    return named_class(name)(**{**defaults, **settings})


def local_estimator(library: str, **settings: Any) -> Any:
    pytest.importorskip(library)
    return named_class(RECORDS[library].classifier)(**{**ENGINES[library][1], "n_jobs": 1, **settings})


def rows(classes: int, count: int = 800, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """X of 8 distinct values a feature; y sorted so that the rarest class is in the last partition only."""
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 8, (count, len(FEATURES))).astype(float)
    score = X[:, 0] + X[:, 1] / 2 + rng.normal(size=count)
    cuts = {2: [0.9], 3: [0.7, 0.93], 4: [0.7, 0.85, 0.95]}[classes]
    y = np.searchsorted(np.quantile(score, cuts), score)
    late = y == classes - 1
    order = np.concatenate([np.flatnonzero(~late), np.flatnonzero(late)])
    return X[order], y[order].astype(np.int64)


def arrays(*columns: np.ndarray, parts: int = PARTS) -> list[Any]:
    """Columns as Dask arrays of the same chunks of rows."""
    import dask.array as da

    size = -(-len(columns[0]) // parts)
    return [da.from_array(each, chunks=(size, -1) if each.ndim == 2 else size) for each in columns]


def dealt(client: Any, deal: list[int], *columns: np.ndarray) -> list[Any]:
    """Columns as Dask arrays, partition i of them in the memory of worker ``deal[i]``."""
    import dask.array as da
    from dask.delayed import delayed

    workers = sorted(client.scheduler_info()["workers"])

    def block(part: np.ndarray, worker: int) -> Any:
        future = client.scatter(part, workers=[workers[worker]], hash=False)
        return da.from_delayed(delayed(future), shape=part.shape, dtype=part.dtype)

    return [
        da.concatenate(
            [block(part, at) for part, at in zip(np.array_split(each, len(deal)), deal, strict=True)]
        )
        for each in columns
    ]


def frame(X: np.ndarray, y: Any, weight: Any = None, parts: int = PARTS) -> Any:
    """A Dask frame of a, b, c, d, label and perhaps weight."""
    import dask.dataframe as dd
    import pandas as pd

    table = pd.DataFrame(X, columns=FEATURES).assign(label=y)
    if weight is not None:
        table["weight"] = weight
    return dd.from_pandas(table, npartitions=parts)
