"""Folders that cannot serve: each error says what to do, before a feature is read."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import ADAPTERS, make_estimator
from outofcore_frames import FEATURES, frame

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet, sweep_parquet
from boostweights.outofcore.folder import open_folder
from boostweights.outofcore.rows import checked_rows

Files = list[dict[str, Any]]
WRONG = (bw.errors.InvalidValueError, bw.errors.InvalidTypeError)
PLAIN: dict[str, Any] = {"label": [1, 0], "a": [1.0, 2.0]}
NO_ROWS = {"label": pa.array([], pa.int64()), "a": pa.array([], pa.float64())}
TIMES = pa.array([1, 2]).cast(pa.timestamp("s"))
WEIGHTS, WEIGHED = {"w": [1.0, -1.0]}, {"sample_weight": "w"}


def parquet(path: Path, **columns: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def folder_of(files: Files, folder: Path) -> Path:
    for number, columns in enumerate(files, start=1):
        parquet(folder / f"{number}.parquet", **columns)
    return folder


def both(folder: Any, target: Any = "label", **options: Any) -> list[Callable[[], Any]]:
    booster = make_estimator("lightgbm")
    return [lambda: count_parquet(folder, target), lambda: fit_parquet(booster, folder, target, **options)]


COUNTED: dict[str, tuple[Files, dict[str, Any], str]] = {
    "nothing inside": ([], {}, r"end in \.parquet, .*; got .* with nothing"),
    "no rows": ([NO_ROWS], {}, "labels must not be empty; got 0 rows"),
    "target mistyped": ([PLAIN], {"target": "lable"}, r"got 'lable'.*Did you mean 'label'\?"),
    "target in one file": ([PLAIN, {"a": [1.0]}], {}, r"got 'label', not in 2\.parquet"),
    "two kinds": ([PLAIN, {**PLAIN, "label": ["1", "0"]}], {}, r"of type string in 2\.parquet, of int64"),
    "times for labels": ([{**PLAIN, "label": TIMES}], {}, r"labels must be bools.*timestamp.* in 1\."),
    "null": ([{**PLAIN, "label": ["a", None]}], {}, r"missing.* in 1\.parquet"),
}
TRAINED: dict[str, tuple[Files, dict[str, Any], str]] = {
    "one class": ([{**PLAIN, "label": [1, 1]}], {}, "at least two classes"),
    "a column of one file": ([PLAIN, {**PLAIN, "b": [1.0, 2.0]}], {}, r"equal columns.*got 'b', only in 2\."),
    "times": ([{**PLAIN, "place": TIMES}], {}, r"feature must be of numbers.*'place'.*1\..*columns=\[…\]"),
    "one name": ([PLAIN], {"columns": "a"}, "columns must be a list"),
    "no names": ([PLAIN], {"columns": []}, "features must be named"),
    "names twice": ([PLAIN], {"columns": ["a", "a"]}, "features must be named, each once"),
    "the target": ([PLAIN], {"columns": ["a", "label"]}, "'label', the target, in columns"),
    "the weights": (
        [{**PLAIN, **WEIGHTS}],
        {"columns": ["w"], **WEIGHED},
        "'w', the sample_weight",
    ),
    "weights": ([{**PLAIN, **WEIGHTS}], {"columns": ["a"], **WEIGHED}, "finite and at least 0"),
}


@pytest.mark.parametrize("case", [*COUNTED, *TRAINED])
def test_folders_that_are_refused(case: str, tmp_path: Path) -> None:
    files, options, words = {**COUNTED, **TRAINED}[case]
    count, fit = both(folder_of(files, tmp_path), **options)
    for asked in (fit, count) if case in COUNTED else (fit,):
        with pytest.raises(WRONG, match=words):
            asked()


def test_no_folder(tmp_path: Path) -> None:
    for asked in both(tmp_path / "absent"):
        with pytest.raises(bw.errors.InvalidValueError, match="the folder must exist"):
            asked()
    for place in (None, 3, [], [3]):
        with pytest.raises(bw.errors.InvalidTypeError, match="folder must be a path"):
            count_parquet(place, "label")


def test_empty_files_and_row_groups_are_passed_over(tmp_path: Path) -> None:
    schema = pa.schema({"label": pa.string(), "a": pa.float64()})
    with pq.ParquetWriter(tmp_path / "1.parquet", schema) as writer:
        for labels in (["x", "y"], [], ["y"]):
            writer.write_table(pa.table([labels, [1.0] * len(labels)], schema=schema))
    parquet(tmp_path / "0.parquet", label=pa.array([], pa.string()), a=pa.array([], pa.float64()))
    assert count_parquet(tmp_path, "label") == {"x": 1, "y": 2}


def test_files_below_the_folder_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, labels in (("2", [2]), ("1/b", [1]), ("1/a", [0, 0])):
        parquet(tmp_path / f"{name}.parquet", label=labels)
    assert count_parquet(tmp_path, "label") == {0: 2, 1: 1, 2: 1}
    assert [file.path.name for file in open_folder(tmp_path).files] == ["a.parquet", "b.parquet", "2.parquet"]
    assert count_parquet(tmp_path / "2.parquet", "label") == {2: 1}


@pytest.mark.parametrize("cut", [0, 100])
def test_a_file_cut_short_is_named(tmp_path: Path, cut: int) -> None:
    file = folder_of([PLAIN, PLAIN], tmp_path) / "2.parquet"
    file.write_bytes(file.read_bytes()[:cut])
    for asked in both(tmp_path):
        with pytest.raises(bw.errors.InvalidValueError, match=r"must be whole Parquet; got 2\.parquet"):
            asked()


def test_a_file_damaged_within_a_page_is_named(tmp_path: Path) -> None:
    rows = pa.table({"label": np.arange(300) % 2, "a": np.arange(300.0)})
    file = folder_of([PLAIN], tmp_path) / "2.parquet"
    pq.write_table(rows, file, compression="none", use_dictionary=False, write_page_checksum=True)
    data, group = bytearray(file.read_bytes()), pq.ParquetFile(file).metadata.row_group(0)
    for column in range(2):
        data[group.column(column).data_page_offset + 900] ^= 1  # a value, which is as good as any other
    file.write_bytes(data)
    for asked in both(tmp_path):
        with pytest.raises(WRONG, match=r"be whole Parquet; got 2\.parquet: .*checksum"):
            asked()


@pytest.mark.parametrize("value", [1e39, -np.inf])
def test_a_number_beyond_the_librarys_own_is_named(value: float, tmp_path: Path) -> None:
    pytest.importorskip("xgboost")  # whose rows are float32
    first, second = ({"label": [1, 0] * 9, "a": [1.0] * 17 + [last]} for last in (np.nan, value))
    folder_of([first, second], tmp_path)
    message = rf"finite in float32.*; got {value!r} in column 'a' in 2\.parquet\. .*columns="
    with pytest.raises(bw.errors.InvalidValueError, match=message.replace("+", r"\+")):
        fit_parquet(make_estimator("xgboost"), tmp_path, "label")
    if np.isinf(value):  # which then marks what is missing
        marked = make_estimator("xgboost", missing=value)
        assert fit_parquet(marked, tmp_path, "label").classes_.tolist() == [0, 1]


def test_labels_of_one_kind_written_in_several_ways(tmp_path: Path) -> None:
    labels = pa.array(["good", "bad", "good"])
    unused = pd.Categorical(labels.to_pylist(), categories=["unused", "good", "bad"])
    columns = [labels, labels.cast(pa.large_string()), labels.cast(pa.string_view())]
    columns += [labels.dictionary_encode(), pa.array(unused)]
    folder_of([{"label": column} for column in columns], tmp_path)
    assert count_parquet(tmp_path, "label") == {"bad": 5, "good": 10}


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    table = pa.table([[1, 0], [1.0, 2.0], [1.0, 2.0]], names=["label", "a", "a"])
    pq.write_table(table, tmp_path / "1.parquet")
    with pytest.raises(bw.errors.InvalidValueError, match=r"'a', twice in 1\.parquet|each once"):
        both(tmp_path)[1]()


def test_a_class_that_only_a_later_file_has(tmp_path: Path) -> None:
    """The first file alone would be trained as of two classes."""
    rows = frame(classes=3).sort_values("label")
    folder_of([dict(rows.iloc[part]) for part in np.array_split(np.arange(len(rows)), 3)], tmp_path)
    for library in (name for name, adapter in ADAPTERS.items() if adapter.can("blocks")):
        clf = fit_parquet(make_estimator(library), tmp_path, "label", block_rows=50)
        assert clf.classes_.tolist() == ["fine", "late", "lost"]
        assert clf.predict_proba(rows[FEATURES]).shape == (300, 3)


def test_a_folder_that_changes_between_passes(write: Callable[..., Path]) -> None:
    folder = write(frame(), (100, 200))
    rows = checked_rows([open_folder(folder)], "label", None, None, 64)
    rows = replace(rows, labels_of=("fine", "late"))
    assert sum(len(block.y) for block in rows.blocks(np.float32)) == 300
    for change, name in (
        (lambda: parquet(folder / "part-9.parquet", label=["fine"]), "part-9"),
        (lambda: os.remove(folder / "part-0.parquet"), "part-0"),
    ):
        change()
        for read in (rows.labels, lambda: list(rows.blocks(np.float32))):
            with pytest.raises(bw.errors.InvalidValueError, match=f"must stay as it is.*{name}"):
                read()
        (folder / "part-9.parquet").unlink(missing_ok=True)


SETTINGS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "validation_fraction": ({"validation_fraction": 0.1}, {}, "evaluation rows must be in another folder"),
    "costs by row": ({"weighting": bw.RowCosts()}, {}, "RowCosts weighs row by row"),
    "classes": ({"estimator__num_class": 3}, {}, "must be the 2 of y"),
    "early stopping": ({"estimator__n_iter_no_change": 3}, {}, "stopping needs rows.*=3 without eval_folder"),
    "bins on disk": ({}, {"bins": "disk"}, "lightgbm keeps its bins in memory; got bins='disk'"),
    "no rows a block": ({}, {"block_rows": 0}, "block_rows must be a whole number"),
}


@pytest.mark.parametrize("case", SETTINGS)
def test_settings_that_cannot(case: str, write: Callable[..., Path]) -> None:
    settings, options, words = SETTINGS[case]
    clf = bw.WeightedClassifier(make_estimator("lightgbm")).set_params(**settings)
    with pytest.raises(WRONG, match=words):
        fit_parquet(clf, write(frame()), "label", **options)


def test_evaluation_rows_that_do_not_fit(write: Callable[..., Path]) -> None:
    rows, booster = frame(), make_estimator("lightgbm")
    folder = write(rows)
    for others, error, words in (
        (rows.assign(label="new"), bw.errors.UnknownLabelError, "every label must be one of.*got 'new'"),
        (rows.drop(columns="c"), bw.errors.InvalidValueError, "got 'c', not in"),
    ):
        with pytest.raises(error, match=words):
            fit_parquet(booster, folder, "label", eval_folder=write(others, name="others"))
    with pytest.raises(WRONG, match="early stopping needs rows.*=3 without eval_folder"):
        fit_parquet(make_estimator("xgboost", early_stopping_rounds=3), folder, "label")


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_subclasses_functions_and_double_weights(library: str, tmp_path: Path) -> None:
    """Before the folder is looked for."""
    booster = make_estimator(library)
    function = make_estimator(library, objective=lambda y, p: (p - y, np.ones_like(p)))
    for refused, words in (
        (type("Derived", (type(booster),), {})(n_jobs=1), "as its library trains it by itself"),
        (function, "as its library trains it by itself"),
        (make_estimator(library, scale_pos_weight=3.0), "classes may be weighted in one place"),
        (type(booster), "a classifier is needed"),
    ):
        with pytest.raises(WRONG, match=words):
            fit_parquet(refused, tmp_path / "absent", "label")


def test_sweeps_that_cannot(write: Callable[..., Path]) -> None:
    folder, booster = write(frame()), make_estimator("lightgbm")
    form = bw.WeightedClassifier(booster, form="scale_pos_weight")
    for clf, weightings, words in (
        *((booster, weightings, "weightings must be a list") for weightings in ([], "balanced", None)),
        (form, ["balanced"], "a sweep expresses weights as row weights"),
        (booster, ["balanced", "balenced"], "a policy's name must be known"),
    ):
        with pytest.raises(WRONG, match=words):
            sweep_parquet(clf, folder, "label", weightings)  # type: ignore[arg-type]
