"""Points of curves, against pandas' binning, a search over all thresholds, and rows put together."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from boostweights.benchmark.run.figures import EDGES, RECALLS, curve_points, pooled
from boostweights.benchmark.run.result import Point


def some(seed: int, n: int) -> tuple[Any, dict[str, Any]]:
    """Labels with both classes, raw probabilities in float32 and lower ones; edges of bins among them."""
    rng = np.random.default_rng(seed)
    y = np.r_[0, 1, rng.integers(0, 2, n)]
    p = np.r_[rng.choice(EDGES, 2), rng.beta(0.3, 1, n)]
    return y, {"raw": np.c_[1 - p, p].astype(np.float32), "corrected": np.c_[1 - p / 2, p / 2]}


def frame(points: list[Point]) -> pd.DataFrame:
    return pd.DataFrame(points, columns=list(Point._fields))


@given(st.integers(0, 2**32 - 1), st.integers(0, 200))
def test_reliability_is_that_of_rows_in_bins(seed: int, n: int) -> None:
    y, by_kind = some(seed, n)
    points = frame(curve_points(y, by_kind))
    for kind, proba in by_kind.items():
        positive = pd.Series(proba[:, 1].astype(np.float64))
        # the last bin is closed on both sides
        bins = pd.cut(positive, [*EDGES[:-1], np.inf], right=False, labels=False)
        wanted = pd.DataFrame({"x": positive, "y": y}).groupby(bins.to_numpy()).agg(["mean", "size"])
        found = points[(points["curve"] == "reliability") & (points["proba"] == kind)].set_index("place")
        assert found.index.tolist() == wanted.index.tolist()
        np.testing.assert_allclose(found["x"], wanted["x", "mean"], rtol=1e-12)
        np.testing.assert_allclose(found["y"], wanted["y", "mean"], rtol=1e-12)
        assert found["n"].tolist() == wanted["x", "size"].tolist()


@given(st.integers(0, 2**32 - 1), st.integers(0, 60))
@pytest.mark.full
def test_precision_is_the_best_that_reaches_a_recall(seed: int, n: int) -> None:
    y, by_kind = some(seed, n)
    score = by_kind["raw"][:, 1]
    decided = [score >= threshold for threshold in np.unique(score)]
    pairs = [(recall_score(y, one), precision_score(y, one)) for one in decided]
    found = frame(curve_points(y, by_kind)).query("curve == 'precision_recall'")
    assert found["x"].tolist() == list(RECALLS)
    for recall, precision in zip(found["x"], found["y"], strict=True):
        best = max(p for r, p in pairs if r >= recall - 1e-12)
        assert precision == pytest.approx(best, abs=1e-12)
    assert set(found["n"]) == {int(y.sum())}


@given(st.integers(0, 2**32 - 1))
def test_pooled_folds_are_the_curve_of_all_their_rows(seed: int) -> None:
    folds = [some(seed + fold, 30) for fold in range(3)]
    parts = [frame(curve_points(y, by_kind)).assign(arm="a") for y, by_kind in folds]
    found = pooled(pd.concat(parts), ["arm"]).query("curve == 'reliability' and proba == 'raw'")
    y = np.concatenate([y for y, _ in folds])
    raw = np.concatenate([by_kind["raw"] for _, by_kind in folds])
    wanted = frame(curve_points(y, {"raw": raw})).query("curve == 'reliability'").set_index("place")
    found = found.set_index("place").sort_index()
    np.testing.assert_allclose(found[["x", "y", "n"]], wanted[["x", "y", "n"]], rtol=1e-9)


def test_more_than_two_classes_have_none() -> None:
    assert curve_points(np.array([0, 1, 2]), {"raw": np.full((3, 3), 1 / 3)}) == []
