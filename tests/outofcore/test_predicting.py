"""Rows left out of training: predicted to Parquet, and what corrections are learned from."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from libraries import make_estimator
from outofcore_frames import FEATURES, SIZES, drawn, frame
from sklearn.base import clone
from sklearn.ensemble import HistGradientBoostingClassifier

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet, predict_parquet, sweep_parquet
from boostweights.outofcore.folder import open_folder


@pytest.mark.parametrize(("correct", "classes"), [(False, 2), (True, 3)])
def test_predictions_are_the_classifiers_own(
    correct: bool, classes: int, tmp_path: Path, write: Callable[..., Path]
) -> None:
    rows = frame(rows=600, classes=classes)
    rows["id"] = [f"row {number}" for number in range(600)]
    folder = write(rows, SIZES)
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), correct_proba=correct)
    ours = fit_parquet(clf, folder, "label", columns=FEATURES)
    out = predict_parquet(ours, folder, tmp_path / "out", keep=["id", "label"], block_rows=50)
    assert sorted(path.name for path in out.iterdir()) == [f"part-{number}.parquet" for number in (0, 2, 3)]
    found = pq.read_table(out).to_pandas()
    names = [f"proba_{label}" for label in ours.classes_]
    assert found.columns.tolist() == ["id", "label", "prediction", *names]
    assert found["id"].tolist() == rows["id"].tolist()
    theirs = clf.fit(rows[FEATURES], rows["label"])
    np.testing.assert_array_equal(found[names], theirs.predict_proba(rows[FEATURES]))
    np.testing.assert_array_equal(found["prediction"], theirs.predict(rows[FEATURES]))
    assert count_parquet(out, "prediction") == dict(found["prediction"].value_counts())


def test_predictions_of_a_classifier_of_any_library(tmp_path: Path, write: Callable[..., Path]) -> None:
    rows = frame().assign(place=lambda table: np.where(table["a"] > 9, "high", "low"))
    X = rows[[*FEATURES, "place"]].astype({"place": "category"})
    booster = HistGradientBoostingClassifier(max_iter=5, categorical_features="from_dtype")
    clf = bw.WeightedClassifier(booster).fit(X, rows["label"])
    out = predict_parquet(clf, write(rows, (100, 200)), tmp_path / "out")
    np.testing.assert_array_equal(pq.read_table(out)["proba_late"], clf.predict_proba(X)[:, 1])


def test_predictions_that_cannot_be_written(tmp_path: Path, write: Callable[..., Path]) -> None:
    rows = frame()
    folder = write(rows)
    clf = fit_parquet(make_estimator("lightgbm"), folder, "label")
    for options, said in (
        ({"out": folder}, "out must be a new folder; got .*which is there"),
        ({"out": tmp_path / "absent" / "out"}, "in no folder"),
        ({"out": 3}, "out must be a path"),
        ({"keep": ["nothing"]}, "'nothing', not in part-0"),
        ({"keep": ["a", "a"]}, "each once; got 'a'"),
        ({"unseen": "drop"}, "unseen must be known"),
        ({"classifier": bw.WeightedClassifier(make_estimator("lightgbm"))}, "fitted on features with names"),
        ({"folder": write(rows.drop(columns="c"), name="lacking")}, "'c', not in part-0"),
    ):
        given = {"classifier": clf, "folder": folder, "out": tmp_path / "out", **options}
        with pytest.raises((bw.errors.InvalidValueError, bw.errors.InvalidTypeError), match=said):
            predict_parquet(**given)  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_correction_is_learned_from_rows_left_out(library: str, write: Callable[..., Path]) -> None:
    """The oracle: the other rows in memory, and `fit_correction` on the scores of these."""
    rows = frame(rows=600)
    folder, held = write(rows, SIZES), drawn(SIZES, 0.3, 7)
    clf = bw.WeightedClassifier(make_estimator(library, random_state=7), correct_proba="fitted")
    ours = fit_parquet(clf, folder, "label", calibration=0.3, block_rows=64)
    theirs = clone(clf).set_params(correct_proba=False).fit(rows[FEATURES][~held], rows["label"][~held])
    assert ours.class_weights_ == theirs.class_weights_
    proba = theirs.predict_proba(rows[FEATURES])
    np.testing.assert_array_equal(ours.set_params(correct_proba=False).predict_proba(rows[FEATURES]), proba)
    scores = np.log(proba[held])
    expected = bw.probabilities.fit_correction(scores, rows["label"][held], theirs.class_weights_)
    found = ours.calibration_
    np.testing.assert_allclose(found.slopes, expected.slopes, rtol=1e-4)
    np.testing.assert_allclose(found.offsets, expected.offsets, atol=1e-4)
    assert found.rows == held.sum()
    assert "fitted: slope" in str(found)
    corrected = ours.set_params(correct_proba="fitted").predict_proba(rows[FEATURES])
    np.testing.assert_allclose(corrected, bw.correct_proba(proba, expected), atol=1e-5)


def test_a_correction_from_another_folder_and_in_sweeps(write: Callable[..., Path]) -> None:
    rows, others = frame(rows=600), frame(rows=200, seed=1)
    folder, other = write(rows, SIZES), write(others, name="others")
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), correct_proba="fitted")
    weightings = ["balanced", {"fine": 1.0, "late": 9.0}]
    found = sweep_parquet(clf, folder, "label", weightings, calibration=other)
    for each, weighting in zip(found, weightings, strict=True):
        alone = fit_parquet(clone(clf).set_params(weighting=weighting), folder, "label", calibration=other)
        assert each.calibration_ == alone.calibration_
        assert each.calibration_.rows == 200
    assert found[0].calibration_ != found[1].calibration_


def test_weights_of_rows_left_out_count_as_often(write: Callable[..., Path]) -> None:
    rows = frame(rows=200, seed=1).assign(w=lambda table: 1.0 + (table["a"] > 9))
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), correct_proba="fitted", count_rows=True)
    folder = write(frame(rows=600).assign(w=1.0))
    twice = rows.loc[rows.index.repeat(rows["w"].astype(int))].assign(w=1.0)
    found, expected = (
        fit_parquet(clf, folder, "label", sample_weight="w", calibration=write(each, name=name)).calibration_
        for each, name in ((rows, "weighted"), (twice, "twice"))
    )
    np.testing.assert_allclose(found.slopes, expected.slopes, rtol=1e-6)
    np.testing.assert_allclose(found.offsets, expected.offsets, rtol=1e-6)


def test_corrections_that_cannot_be_learned(write: Callable[..., Path]) -> None:
    folder = write(frame(), (100, 200))
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), correct_proba="fitted")
    fine = write(frame()[lambda table: table["label"] == "fine"], name="fine")
    for given, said in (
        ({}, 'are given together.*got correct_proba="fitted" with calibration=None'.replace('"', "'", 2)),
        ({"calibration": 1.0}, "calibration must be a share of the rows"),
        ({"calibration": 1e-9}, "rows left out of training must be of each class"),
        ({"calibration": fine}, "no row of 'late'"),
    ):
        with pytest.raises(bw.errors.InvalidValueError, match=said):
            fit_parquet(clf, folder, "label", **given)
    with pytest.raises(bw.errors.InvalidValueError, match="are given together"):
        fit_parquet(clone(clf).set_params(correct_proba=True), folder, "label", calibration=0.1)


def test_parts_of_a_folder_hold_each_row_once(write: Callable[..., Path]) -> None:
    folder = open_folder(write(frame(rows=600), SIZES))
    train, rest = folder.split(0.3, 7, "holdout")
    assert train.rows + rest.rows == folder.rows == 600
    taken = np.concatenate([file.taken for file in rest.files if file.taken is not None])
    np.testing.assert_array_equal(taken, drawn(SIZES, 0.3, 7))
