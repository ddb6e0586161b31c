"""Curves of probabilities, as the few points that a report draws.

Their places are the same for every model, so that curves of folds can be averaged point by point.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.metrics import precision_recall_curve

EDGES: Final = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of the bins of reliability curves: fine near 0, where the probabilities of rare classes lie."""

RECALLS: Final = tuple(at / 20 for at in range(1, 21))
"""The recalls at which precision is read."""

_ROUNDING: Final = 1e-12

Codes = npt.NDArray[np.int64]
Proba = npt.NDArray[np.floating[Any]]


class Point(NamedTuple):
    """One point: on which curve, its place there, x and y, and the rows that stand behind it."""

    curve: str
    proba: str
    place: int
    x: float
    y: float
    n: int


def curve_points(y: Codes, by_kind: Mapping[str, Proba]) -> list[Point]:
    """Return the points of the reliability and precision-recall curves between two classes.

    "reliability" has a point a bin of `EDGES` that holds rows: their mean probability and their share of
    positives. "precision_recall" has the best precision that reaches each of `RECALLS`; the order of two
    classes' corrected or fitted probabilities is that of the raw ones, which alone are read. With more than
    two classes there are none.

    Parameters
    ----------
    y : ndarray of int of shape (n,)
        Labels 0 and 1, some of them 1.
    by_kind : mapping of "raw", "corrected" and "fitted" to arrays of shape (n, 2)
        Probabilities.

    Examples
    --------
    >>> proba = np.array([[0.95, 0.05], [0.65, 0.35], [0.66, 0.34], [0.05, 0.95]])
    >>> points = curve_points(np.array([0, 0, 1, 1]), {"raw": proba})
    >>> [(point.place, point.x, point.y, point.n) for point in points if point.curve == "reliability"]
    [(4, 0.05, 0.0, 1), (7, 0.345, 0.5, 2), (13, 0.95, 1.0, 1)]
    >>> [round(point.y, 2) for point in points if point.curve == "precision_recall"][8:12]
    [1.0, 1.0, 0.67, 0.67]
    """
    if by_kind["raw"].shape[1] != 2:
        return []
    reliability = (point for kind, proba in by_kind.items() for point in _reliability(y, proba[:, 1], kind))
    return [*reliability, *_precision_recall(y, by_kind["raw"][:, 1])]


def _reliability(y: Codes, positive: Proba, kind: str) -> Iterator[Point]:
    score = positive.astype(np.float64)
    bins = np.searchsorted(EDGES[1:-1], score, side="right")
    size = len(EDGES) - 1
    rows = np.bincount(bins, minlength=size)
    means, shares = (np.bincount(bins, weights=part, minlength=size) for part in (score, y))
    for place in np.flatnonzero(rows).tolist():
        n = int(rows[place])
        yield Point("reliability", kind, place, float(means[place] / n), float(shares[place] / n), n)


def _precision_recall(y: Codes, positive: Proba) -> Iterator[Point]:
    precision, recall, _ = precision_recall_curve(y, positive)  # from recall 1 down to 0
    positives = int(y.sum())
    for place, wanted in enumerate(RECALLS):
        best = precision[recall >= wanted - _ROUNDING].max()
        yield Point("precision_recall", "raw", place, wanted, float(best), positives)


def pooled(points: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Return the curves of groups of models: at each place the means of x and y, weighted by rows.

    Parameters
    ----------
    points : pandas.DataFrame
        A row a model and point: the columns `by` and those of `Point`.
    by : list of str
        The columns that name a group.
    """
    names = [*by, "curve", "proba", "place"]
    weighed = points.assign(x=points["x"] * points["n"], y=points["y"] * points["n"])
    sums = weighed.groupby(names, sort=False)[["x", "y", "n"]].sum().reset_index()
    return sums.assign(x=sums["x"] / sums["n"], y=sums["y"] / sums["n"])
