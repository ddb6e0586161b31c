"""Rows of the measurement: few values or many, spread evenly over partitions or sorted by label."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

__all__ = ["PARTS", "Rows", "made", "placed"]

PARTS = 8


class Rows(NamedTuple):
    """Features and labels on one machine."""

    X: np.ndarray
    y: np.ndarray


def made(*, values: str, classes: int = 2, ordered: bool = False, count: int = 8000, seed: int = 0) -> Rows:
    """Six features of 12 values or of as many as rows; `ordered` sorts rows by label."""
    rng = np.random.default_rng(seed)
    X = (
        rng.integers(0, 12, (count, 6)).astype(float)
        if values == "few"
        else rng.normal(size=(count, 6)) * 3 + 6
    )
    score = X[:, 0] + X[:, 1] / 2 + 2 * np.sin(X[:, 2]) + rng.normal(scale=2, size=count)
    y = np.searchsorted(np.quantile(score, [0.9] if classes == 2 else [0.8, 0.95]), score)
    order = np.argsort(y, kind="stable") if ordered else np.arange(count)
    return Rows(X=X[order], y=y[order])


def placed(rows: Rows, workers: Sequence[str], client: Any, deal: Sequence[int]) -> tuple[Any, Any]:
    """Return X and y as Dask arrays whose partitions lie on the workers that `deal` says."""
    import dask.array as da
    from dask.delayed import delayed

    def block(part: np.ndarray, worker: int) -> Any:
        future = client.scatter(part, workers=[workers[worker % len(workers)]], direct=False, hash=False)
        return da.from_delayed(delayed(future), shape=part.shape, dtype=part.dtype)

    parts = list(zip(np.array_split(rows.X, PARTS), np.array_split(rows.y, PARTS), deal, strict=True))
    X = da.concatenate([block(X, worker) for X, _, worker in parts])
    return X, da.concatenate([block(y, worker) for _, y, worker in parts])
