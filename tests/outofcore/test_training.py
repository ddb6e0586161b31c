"""Trained block by block, the model is that of the same rows in memory, to the bit."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import CELLS, ESTIMATORS, make_estimator
from outofcore_frames import FEATURES, frame
from sklearn.base import clone

import boostweights as bw
from boostweights.outofcore.training import Job

SIZES = (120, 0, 101, 79)
ABLE = {"xgboost": ("disk", "memory"), "lightgbm": ("memory",)}
WHERE = [(library, bins) for library in ABLE for bins in ABLE[library]]
PINNED = {"xgboost": {"base_score": 0.5, "max_bin": 512, "tree_method": "hist"}}
"""Settings under which the parameter is the same as row weights."""
REFUSED = {
    "xgboost": r"exact(, base score set| by its updater)?|approx(, a bin for each row)?|gblinear.*",
    "lightgbm": ".*linear trees.*",
}
"""Names of the cells that only the library trains as itself."""


def same(ours: bw.WeightedClassifier, theirs: bw.WeightedClassifier, rows: pd.DataFrame) -> None:
    np.testing.assert_array_equal(ours.predict_proba(rows), theirs.predict_proba(rows))
    np.testing.assert_array_equal(ours.predict(rows), theirs.predict(rows))
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    assert ours.class_weights_ == theirs.class_weights_
    assert ours.native_ == theirs.native_


@pytest.mark.parametrize("block_rows", [64, 1000])
@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("library", "bins"), WHERE)
def test_the_model_is_that_of_memory(
    library: str, bins: Any, classes: int, block_rows: int, write: Callable[..., Path]
) -> None:
    rows = frame(classes=classes)
    clf = bw.WeightedClassifier(make_estimator(library), weighting="balanced")
    ours = bw.outofcore.fit_parquet(clf, write(rows, SIZES), "label", bins=bins, block_rows=block_rows)
    same(ours, clone(clf).fit(rows[FEATURES], rows["label"]), rows[FEATURES])
    assert len(np.unique(ours.predict_proba(rows[FEATURES]))) > 10
    assert not hasattr(clf, "estimator_")
    assert clf.estimator.get_params() == make_estimator(library).get_params()


@pytest.mark.parametrize(
    ("library", "cell"), [(library, name) for library in ABLE for name in CELLS[library]]
)
def test_every_setting_trains_as_in_memory_or_is_refused(
    library: str, cell: str, write: Callable[..., Path]
) -> None:
    settings = dict(CELLS[library][cell])
    rows = frame(rows=200, classes=3 if "multiclass" in str(settings) else 2)
    clf = bw.WeightedClassifier(make_estimator(library, **settings), weighting="balanced")
    folder, evaluated = write(rows, (120, 80)), frame(rows=60, seed=1)
    stops = any("early_stopping" in name for name in settings)
    options = {"eval_folder": write(evaluated, name="evaluated")} if stops else {}
    if re.fullmatch(REFUSED[library], cell):
        with pytest.raises(bw.errors.InvalidValueError, match="as its library trains it by itself"):
            bw.outofcore.fit_parquet(clf, folder, "label")
        return
    ours = bw.outofcore.fit_parquet(clf, folder, "label", block_rows=64, **options)
    evaluation = {"X_val": evaluated[FEATURES], "y_val": evaluated["label"]} if stops else {}
    same(ours, clone(clf).fit(rows[FEATURES], rows["label"], **evaluation), rows[FEATURES])


@pytest.mark.parametrize("weighting", ["same", "none"])
@pytest.mark.parametrize(("library", "bins"), WHERE)
def test_evaluation_rows_weigh_and_stop_as_in_memory(
    library: str, bins: Any, weighting: str, write: Callable[..., Path]
) -> None:
    rows, evaluated = frame(), frame(rows=90, seed=1)
    name = {"xgboost": "early_stopping_rounds", "lightgbm": "early_stopping_round"}[library]
    booster = make_estimator(library, **{name: 2, "n_estimators": 60, "learning_rate": 0.5})
    clf = bw.WeightedClassifier(booster, weighting={"fine": 1.0, "late": 9.0}, eval_weighting=weighting)
    folder, options = write(rows, SIZES), {"eval_folder": write(evaluated, name="evaluated"), "bins": bins}
    ours = bw.outofcore.fit_parquet(clf, folder, "label", block_rows=64, **options)
    held_out = {"X_val": evaluated[FEATURES], "y_val": evaluated["label"]}
    theirs = clone(clf).fit(rows[FEATURES], rows["label"], **held_out)
    same(ours, theirs, rows[FEATURES])
    assert ours.estimator_.get_params() == theirs.estimator_.get_params()
    best = {"xgboost": "best_iteration", "lightgbm": "best_iteration_"}[library]
    assert getattr(ours.estimator_, best) == getattr(theirs.estimator_, best) < 59
    assert ours.estimator_.evals_result_ == theirs.estimator_.evals_result_


@pytest.mark.parametrize("count_rows", [False, True])
@pytest.mark.parametrize("library", ABLE)
def test_a_column_of_weights_multiplies(library: str, count_rows: bool, write: Callable[..., Path]) -> None:
    rows = frame()
    rows["importance"] = np.random.default_rng(2).integers(1, 9, len(rows)) / 4
    rows.loc[rows["label"] == "late", "importance"] *= float(count_rows)  # one class may weigh 0
    clf = bw.WeightedClassifier(make_estimator(library), weighting="balanced", count_rows=count_rows)
    ours = bw.outofcore.fit_parquet(
        clf, write(rows, SIZES), "label", sample_weight="importance", block_rows=64
    )
    theirs = clone(clf).fit(rows[FEATURES], rows["label"], sample_weight=rows["importance"])
    same(ours, theirs, rows[FEATURES])


@pytest.mark.parametrize("library", ABLE)
def test_unweighted_and_native_forms(library: str, write: Callable[..., Path]) -> None:
    rows = frame()
    folder = write(rows, SIZES)
    for weighting, form in ((None, "auto"), ({"fine": 1.0, "late": 4.0}, "scale_pos_weight")):
        booster = make_estimator(library, **PINNED.get(library, {}))
        clf = bw.WeightedClassifier(booster, weighting=weighting, form=form)
        ours = bw.outofcore.fit_parquet(clf, folder, "label", block_rows=64)
        same(ours, clone(clf).fit(rows[FEATURES], rows["label"]), rows[FEATURES])


LABELS = {
    "int": [1, 2],
    "negative": [-1, 1],
    "bool": [False, True],
    "text": ["bad", "good"],
    "category": pd.Categorical(["bad", "good"]),
    "float": [0.0, 1.0],
}


@pytest.mark.parametrize("kind", LABELS)
def test_labels_of_any_kind(kind: str, write: Callable[..., Path]) -> None:
    rows = frame()
    codes = (rows["label"] == "late").astype(int).to_numpy()
    values = LABELS[kind]
    rows["label"] = values.take(codes) if kind == "category" else np.array(values)[codes]
    clf = bw.outofcore.fit_parquet(make_estimator("lightgbm"), write(rows, SIZES), "label")
    assert clf.classes_.tolist() == list(values)
    assert set(clf.predict(rows[FEATURES])) == set(values)
    assert dict(clf.class_weights_.counts) == dict(zip(values, np.bincount(codes).tolist(), strict=True))


@pytest.mark.parametrize("library", ABLE)
def test_columns_of_every_number_type(library: str, write: Callable[..., Path]) -> None:
    rng = np.random.default_rng(3)
    y = rng.random(200) < 0.2
    columns = {
        "i8": pa.array(rng.integers(-9, 9, 200), pa.int8()),
        "u32": pa.array(rng.integers(0, 9, 200) + y, pa.uint32()),
        "f4": pa.array(rng.integers(0, 9, 200), pa.float32()),
        "flag": pa.array([bool(value) if value < 2 else None for value in rng.integers(0, 3, 200)]),
        "whole": pa.array([int(value) if value else None for value in rng.integers(0, 9, 200)]),
        "price": pa.array(rng.integers(0, 9, 200)).cast(pa.decimal128(25, 2)),
        "coded": pa.array(rng.integers(0, 5, 200)).dictionary_encode(),
        "empty": pa.nulls(200),
    }
    table = pa.table({**columns, "y": y})
    X = np.array(
        [[np.nan if v is None else float(v) for v in column.to_pylist()] for column in columns.values()]
    ).T
    clf = bw.WeightedClassifier(make_estimator(library), weighting="balanced")
    ours = bw.outofcore.fit_parquet(clf, write(table, (150, 50)), "y", block_rows=64)
    theirs = clone(clf).fit(X, y)
    np.testing.assert_array_equal(
        ours.estimator_.predict_proba(pd.DataFrame(X, columns=list(columns))), theirs.predict_proba(X)
    )


def test_chosen_columns_and_files_of_another_column_order(tmp_path: Path) -> None:
    rows = frame()
    for number, names in enumerate((["a", "b", "label", "c"], ["c", "label", "b", "a", "d"])):
        part = rows.iloc[number * 150 : (number + 1) * 150][names]
        pq.write_table(pa.Table.from_pandas(part, preserve_index=False), tmp_path / f"{number}.parquet")
    clf = bw.outofcore.fit_parquet(make_estimator("lightgbm"), tmp_path, "label", columns=["c", "a"])
    theirs = bw.WeightedClassifier(make_estimator("lightgbm")).fit(rows[["c", "a"]], rows["label"])
    np.testing.assert_array_equal(clf.predict_proba(rows[["c", "a"]]), theirs.predict_proba(rows[["c", "a"]]))
    assert clf.feature_names_in_.tolist() == ["c", "a"]


@pytest.mark.parametrize("library", ABLE)
def test_a_fitted_classifier_is_a_whole_one(library: str, write: Callable[..., Path]) -> None:
    rows = frame()
    clf = bw.WeightedClassifier(make_estimator(library), weighting="balanced", correct_proba=True)
    ours = bw.outofcore.fit_parquet(clf, write(rows, SIZES), "label")
    theirs = clone(clf).fit(rows[FEATURES], rows["label"])
    same(ours, theirs, rows[FEATURES])
    same(pickle.loads(pickle.dumps(ours)), theirs, rows[FEATURES])
    assert ours.summary().facts() == theirs.summary().facts()
    assert ours.estimator_.get_params() == theirs.estimator_.get_params()
    assert ours.estimator_.n_features_in_ == len(FEATURES)
    baked = bw.bake_correction(ours)
    np.testing.assert_allclose(
        baked.predict_proba(rows[FEATURES]), ours.predict_proba(rows[FEATURES]), atol=1e-6
    )
    refitted = clone(ours).fit(rows[FEATURES], rows["label"])
    same(refitted, theirs, rows[FEATURES])


def test_pages_on_disk_are_removed(write: Callable[..., Path], tmp_path: Path) -> None:
    seen: list[int] = []
    xgb = pytest.importorskip("xgboost")

    class Watching(xgb.callback.TrainingCallback):  # type: ignore[misc]
        def after_iteration(self, model: Any, epoch: int, evals_log: Any) -> bool:
            seen.append(len(list(pages.rglob("*"))))
            return False

    pages = tmp_path / "pages"
    (pages / ".of-a-killed-run.boostweights-tmp" / "page").mkdir(parents=True)
    booster = make_estimator("xgboost", callbacks=[Watching()], n_estimators=2)
    bw.outofcore.fit_parquet(booster, write(frame()), "label", block_rows=64, cache_folder=pages)
    assert min(seen) > 1
    assert list(pages.iterdir()) == []


@pytest.mark.parametrize(("library", "bins"), WHERE)
def test_a_sweep_is_its_fits(library: str, bins: Any, write: Callable[..., Path]) -> None:
    rows = frame()
    folder = write(rows, SIZES)
    weightings = ["balanced", None, {"fine": 1.0, "late": 30.0}]
    booster = make_estimator(library)
    found = bw.outofcore.sweep_parquet(booster, folder, "label", weightings, bins=bins, block_rows=64)
    for clf, weighting in zip(found, weightings, strict=True):
        alone = bw.WeightedClassifier(booster, weighting=weighting).fit(rows[FEATURES], rows["label"])
        same(clf, alone, rows[FEATURES])
        assert clf.weighting == weighting
        # of a folder nothing tells how many distinct values a feature has, so xgboost's bins are found anew
        assert clf.reused_.startswith("none: " if library == "xgboost" else "exact: ")


@pytest.mark.parametrize("bins", ABLE["xgboost"])
def test_frozen_cuts_are_those_of_unweighted_rows(bins: Any, write: Callable[..., Path]) -> None:
    """The oracle: a QuantileDMatrix made without weights, and weighted before each training."""
    xgb = pytest.importorskip("xgboost")
    rows = frame(few=False, rows=400)
    weightings = ["balanced", {"fine": 1.0, "late": 30.0}]
    booster = make_estimator("xgboost", max_bin=16)
    folder = write(rows, (250, 150))
    found = bw.outofcore.sweep_parquet(
        booster, folder, "label", weightings, bins=bins, block_rows=1000, frozen=True
    )
    y = (rows["label"] == "late").to_numpy()
    data = xgb.QuantileDMatrix(rows[FEATURES], label=y, max_bin=16)
    for clf in found:
        assert clf.reused_.startswith("frozen cuts (approximation): ")
        data.set_weight(clf.class_weights_.sample_weight(rows["label"]))
        params = {**booster.get_xgb_params(), "max_bin": 16}
        expected = xgb.train(params, data, 8).predict(xgb.DMatrix(rows[FEATURES]))
        np.testing.assert_array_equal(clf.predict_proba(rows[FEATURES])[:, 1], expected)
    unfrozen = bw.outofcore.sweep_parquet(booster, folder, "label", weightings, bins=bins, block_rows=1000)
    assert (
        np.abs(unfrozen[1].predict_proba(rows[FEATURES]) - found[1].predict_proba(rows[FEATURES])).max() > 0
    )


@pytest.mark.parametrize("library", [library for library in ESTIMATORS if library not in ABLE])
def test_libraries_that_want_all_rows_say_so(library: str, tmp_path: Path) -> None:
    """Before the folder is looked for."""
    with pytest.raises(bw.errors.InvalidTypeError, match=f"must read rows in blocks; got {library}"):
        bw.outofcore.fit_parquet(make_estimator(library), tmp_path / "absent", "label")


@pytest.mark.parametrize("library", ABLE)
def test_a_threshold_decides_as_in_memory(library: str, write: Callable[..., Path]) -> None:
    rows = frame()
    folder = write(rows, SIZES)
    for settings in (
        {"threshold": 0.3, "pos_label": "late"},
        {"threshold": bw.Costs(fn=9, fp=1, pos_label="late"), "correct_proba": True},
    ):
        clf = bw.WeightedClassifier(make_estimator(library), **settings)
        ours = bw.outofcore.fit_parquet(clf, folder, "label", bins="memory")
        theirs = clone(clf).fit(rows[FEATURES], rows["label"])
        same(ours, theirs, rows[FEATURES])
        assert ours.threshold_ == theirs.threshold_
        assert set(ours.predict(rows[FEATURES])) == {"fine", "late"}
        (swept,) = bw.outofcore.sweep_parquet(clf, folder, "label", [clf.weighting], bins="memory")
        same(swept, theirs, rows[FEATURES])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"threshold": "f1"}, "folds are cut out of rows in the memory of one machine"),
        ({"threshold": 0.5}, "positive label must be given"),
    ],
)
def test_a_threshold_that_cannot_be_found_on_a_folder_is_refused(
    settings: dict[str, Any], said: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Job, "_fitted", lambda *_: pytest.fail("trained before the threshold was looked at"))
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), **settings)
    with pytest.raises(bw.BoostweightsError, match=said):
        bw.outofcore.fit_parquet(clf, write(frame(), SIZES), "label")
