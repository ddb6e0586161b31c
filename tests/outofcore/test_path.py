"""A weight path on a folder: each ratio's model as in memory, learned and tested on different rows."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import make_estimator
from outofcore_frames import FEATURES, SIZES, drawn, frame
from sklearn.base import clone
from sklearn.metrics import f1_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import boostweights as bw
from boostweights.outofcore import weight_path_parquet

RATIOS = [1.0, 4.0, 9.0]


@pytest.fixture
def folder(write: Callable[..., Path]) -> Path:
    return write(frame(rows=600), SIZES)


@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_each_ratio_is_a_fit_on_the_rest(library: str, folder: Path) -> None:
    rows, held = frame(rows=600), drawn(SIZES, 0.3, 3)
    booster = make_estimator(library, random_state=3)
    path = weight_path_parquet(
        booster, folder, "label", RATIOS[1:], pos_label="late", holdout=0.3, block_rows=64
    )
    tested = rows[held].reset_index(drop=True)
    np.testing.assert_array_equal(path.y, tested["label"][path.row] == "late")
    assert path.ratios == (4.0, 9.0)
    assert path.train_size.tolist() == [int((~held).sum())] * 5
    found = dict(zip(path.ratios, zip(path.proba, path.corrected, strict=True), strict=True))
    for ratio in RATIOS:
        weighting = bw.Explicit({"fine": 1.0, "late": ratio}, scale="mean")
        clf = bw.WeightedClassifier(booster, weighting=weighting)
        clf = clone(clf).fit(rows[FEATURES][~held], rows["label"][~held])
        proba = clf.predict_proba(tested[FEATURES])[path.row, 1]
        if ratio == 1.0:
            np.testing.assert_array_equal(path.baseline, proba)
            continue
        np.testing.assert_array_equal(found[ratio][0], proba)
        corrected = clf.set_params(correct_proba=True).predict_proba(tested[FEATURES])[path.row, 1]
        np.testing.assert_array_equal(found[ratio][1], corrected)
    exact = {"lightgbm": "exact: ", "xgboost": "none: "}
    assert path.reused.startswith(exact[library])


def test_what_is_learned_for_a_part_comes_from_the_others(folder: Path) -> None:
    """The oracles: scikit-learn's F1 at each score, and `fit_correction`."""
    path = weight_path_parquet(
        make_estimator("lightgbm"), folder, "label", RATIOS, pos_label="late", holdout=0.4
    )
    assert np.bincount(path.fold).max() - np.bincount(path.fold).min() <= 1
    unweighted = bw.Unweighted().resolve(path.y)
    for part, threshold in list(enumerate(path.tuned_threshold))[::4]:
        others = path.fold != part
        y, proba = path.y[others], path.baseline[others]
        tried = np.unique(proba)[::-1]
        assert threshold == tried[np.argmax([f1_score(y, proba >= each) for each in tried])]
        odds = np.log(path.corrected[2] / (1 - path.corrected[2]))
        by = bw.probabilities.fit_correction(odds[others], y, unweighted)
        expected = 1 / (1 + np.exp(-(by.slopes[0] * odds + by.offsets[0])))
        np.testing.assert_allclose(path.fitted[2][~others], expected[~others], rtol=1e-6)
    assert path.baselines().iloc[-1]["threshold"] == pytest.approx(path.tuned_threshold.mean())
    assert path.best("decisions").threshold is not None


def test_a_hold_out_of_its_own(folder: Path, write: Callable[..., Path]) -> None:
    later = frame(rows=300, seed=9).assign(w=1.0)
    rows = frame(rows=600).assign(w=np.random.default_rng(1).random(600))
    costs = bw.Costs(fn=9.0, fp=1.0, pos_label="late")
    path = weight_path_parquet(
        make_estimator("xgboost"),
        write(rows, SIZES, name="weighted"),
        "label",
        [1.0, 3.0],
        holdout=[write(later, (100, 200), name="later")],
        costs=costs,
        sample_weight="w",
        frozen=True,
        bins="memory",
    )
    np.testing.assert_array_equal(path.y, (later["label"] == "late")[path.row])
    booster = make_estimator("xgboost")
    clf = bw.WeightedClassifier(booster, weighting=None).fit(
        rows[FEATURES], rows["label"], sample_weight=rows["w"]
    )
    np.testing.assert_array_equal(path.baseline, clf.predict_proba(later[FEATURES])[path.row, 1])
    assert (path.need, path.tuned_by, path.pos_label) == ("costs", "cost", "late")
    assert path.reused.startswith("frozen")
    assert "cost" in path.to_frame()
    again = weight_path_parquet(make_estimator("lightgbm"), folder, "label", pos_label="late", holdout=0.5)
    assert again.ratios[0] == 1.0
    assert len(again.ratios) > 4


LGB = make_estimator("lightgbm")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"holdout": None}, "rows to test on; got holdout=None"),
        ({"holdout": 2}, "holdout must be a share"),
        ({"holdout": 0.02}, "needs 5 rows of each class"),
        ({"pos_label": None}, "the positive label must be given"),
        ({"classes": 3}, "for two classes"),
        ({"estimator": make_pipeline(StandardScaler(), LGB)}, "a folder trains a classifier"),
        ({"estimator": bw.WeightedClassifier(LGB, form="class_weight")}, "expresses weights as row weights"),
    ],
)
def test_paths_that_cannot_be(
    changes: dict[str, Any], said: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before anything is trained."""
    lightgbm = pytest.importorskip("lightgbm")
    monkeypatch.setattr(lightgbm, "train", None)
    given = {"estimator": make_estimator("lightgbm"), "pos_label": "late", "classes": 2, **changes}
    folder = write(frame(rows=600, classes=given.pop("classes")), SIZES)
    with pytest.raises((bw.errors.InvalidValueError, bw.errors.InvalidTypeError), match=said):
        weight_path_parquet(given.pop("estimator"), folder, "label", **given)
