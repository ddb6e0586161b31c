"""Folders that cannot serve: each error says what to do, before a feature is read."""

from __future__ import annotations

import os
from collections.abc import Callable
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
from boostweights.adapters.binning import BINS
from boostweights.outofcore.columns import checked_columns
from boostweights.outofcore.folder import open_folder
from boostweights.outofcore.rows import FolderRows


def parquet(path: Path, **columns: Any) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), path)


def both(folder: Any, target: str = "label", **options: Any) -> list[Callable[[], Any]]:
    booster = make_estimator("lightgbm")
    return [
        lambda: bw.outofcore.count_parquet(folder, target),
        lambda: bw.outofcore.fit_parquet(booster, folder, target, **options),
    ]


def test_no_folder(tmp_path: Path) -> None:
    for asked in both(tmp_path / "absent"):
        with pytest.raises(bw.InvalidValueError, match="the folder must exist"):
            asked()
    for place in (None, 3, [], [3]):
        with pytest.raises(bw.InvalidTypeError, match="folder must be a path"):
            bw.outofcore.count_parquet(place, "label")


def test_no_parquet_inside(tmp_path: Path) -> None:
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"end in \.parquet, .*; got .* with nothing"):
            asked()
    (tmp_path / "rows.csv").write_text("label\n1\n")
    parquet(tmp_path / "_temporary" / "1.parquet", label=[1])
    parquet(tmp_path / ".hidden.parquet", label=[1])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"with .*rows\.csv"):
            asked()


def test_no_rows(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=pa.array([], pa.int64()), a=pa.array([], pa.float64()))
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match="labels must not be empty; got 0 rows"):
            asked()


def test_empty_files_and_row_groups_are_passed_over(tmp_path: Path) -> None:
    schema = pa.schema({"label": pa.string(), "a": pa.float64()})
    with pq.ParquetWriter(tmp_path / "1.parquet", schema) as writer:
        for labels in (["x", "y"], [], ["y"]):
            writer.write_table(pa.table([labels, [1.0] * len(labels)], schema=schema))
    parquet(tmp_path / "0.parquet", label=pa.array([], pa.string()), a=pa.array([], pa.float64()))
    assert bw.outofcore.count_parquet(tmp_path, "label") == {"x": 1, "y": 2}


def test_files_below_the_folder_are_read_in_the_order_of_their_paths(tmp_path: Path) -> None:
    parquet(tmp_path / "2.parquet", label=[2])
    parquet(tmp_path / "1" / "b.parquet", label=[1])
    parquet(tmp_path / "1" / "a.parquet", label=[0, 0])
    assert bw.outofcore.count_parquet(tmp_path, "label") == {0: 2, 1: 1, 2: 1}
    assert [file.path.name for file in open_folder(tmp_path).files] == ["a.parquet", "b.parquet", "2.parquet"]
    assert bw.outofcore.count_parquet(tmp_path / "2.parquet", "label") == {2: 1}


@pytest.mark.parametrize("cut", [0, 3, 100])
def test_a_file_cut_short_is_named(tmp_path: Path, cut: int) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0])
    parquet(tmp_path / "2.parquet", label=[1, 0], a=[1.0, 2.0])
    whole = (tmp_path / "2.parquet").read_bytes()
    (tmp_path / "2.parquet").write_bytes(whole[:cut])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"must be whole Parquet; got 2\.parquet"):
            asked()


def test_a_file_damaged_within_a_page_is_named(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0])
    rows = pa.table({"label": np.arange(300) % 2, "a": np.arange(300.0)})
    file = tmp_path / "2.parquet"
    pq.write_table(rows, file, compression="none", use_dictionary=False, write_page_checksum=True)
    data, group = bytearray(file.read_bytes()), pq.ParquetFile(file).metadata.row_group(0)
    for column in range(2):
        data[group.column(column).data_page_offset + 900] ^= 1  # a value, which is as good as any other
    file.write_bytes(data)
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"be whole Parquet; got 2\.parquet: .*checksum"):
            asked()


@pytest.mark.parametrize("value", [1e39, -np.inf])
def test_a_number_beyond_the_librarys_own_is_named(value: float, tmp_path: Path) -> None:
    pytest.importorskip("xgboost")  # whose rows are float32
    parquet(tmp_path / "1.parquet", label=[1, 0] * 9, a=[1.0, np.nan] * 9)
    parquet(tmp_path / "2.parquet", label=[1, 0] * 9, a=[1.0] * 17 + [value])
    message = rf"finite in float32.*; got {value!r} in column 'a' in 2\.parquet\. .*columns="
    with pytest.raises(bw.InvalidValueError, match=message.replace("+", r"\+")):
        bw.outofcore.fit_parquet(make_estimator("xgboost"), tmp_path, "label")
    marked = make_estimator("xgboost", missing=value)
    if np.isinf(value):  # which then marks what is missing
        assert bw.outofcore.fit_parquet(marked, tmp_path, "label").classes_.tolist() == [0, 1]


def test_a_target_that_is_missing(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0])
    for asked in both(tmp_path, "lable"):
        with pytest.raises(bw.InvalidValueError, match=r"got 'lable'.*Did you mean 'label'\?"):
            asked()
    parquet(tmp_path / "2.parquet", a=[1.0])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"got 'label', not in 2\.parquet"):
            asked()
    with pytest.raises(bw.InvalidValueError, match="got 0, not in"):
        bw.outofcore.count_parquet(tmp_path, 0)  # type: ignore[arg-type]


def test_labels_of_two_kinds(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0])
    parquet(tmp_path / "2.parquet", label=["1", "0"], a=[1.0, 2.0])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidTypeError, match=r"of type string in 2\.parquet, of int64"):
            asked()


def test_labels_of_one_kind_written_in_several_ways(tmp_path: Path) -> None:
    labels = ["good", "bad", "good"]
    for number, column in enumerate(
        [
            pa.array(labels),
            pa.array(labels, pa.large_string()),
            pa.array(labels, pa.string_view()),
            pa.array(labels).dictionary_encode(),
            pa.array(pd.Categorical(labels, categories=["unused", "good", "bad"])),
        ]
    ):
        parquet(tmp_path / f"{number}.parquet", label=column)
    assert bw.outofcore.count_parquet(tmp_path, "label") == {"bad": 5, "good": 10}


@pytest.mark.parametrize(
    "label",
    [
        pytest.param([1, None], id="ints"),
        pytest.param(["a", None], id="text"),
        pytest.param(pa.array(["a", None]).dictionary_encode(), id="categories"),
        pytest.param([1.0, float("nan")], id="nan"),
        pytest.param([True, None], id="bools"),
    ],
)
def test_missing_labels_name_the_file(tmp_path: Path, label: Any) -> None:
    parquet(
        tmp_path / "1.parquet", label=label.slice(0, 1) if isinstance(label, pa.Array) else label[:1], a=[1.0]
    )
    parquet(tmp_path / "2.parquet", label=label, a=[1.0, 2.0])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidValueError, match=r"labels must not be missing.* in 2\.parquet"):
            asked()


def test_labels_that_are_none(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=pa.array([1, 2]).cast(pa.timestamp("s")), a=[1.0, 2.0])
    for asked in both(tmp_path):
        with pytest.raises(bw.InvalidTypeError, match=r"labels must be bools.*timestamp.* in 1\.parquet"):
            asked()


def test_features_that_differ_between_files(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0])
    parquet(tmp_path / "2.parquet", label=[1, 0], a=[1.0, 2.0], b=[1.0, 2.0])
    with pytest.raises(bw.InvalidValueError, match=r"equal columns.*got 'b', only in 2\.parquet"):
        both(tmp_path)[1]()
    assert both(tmp_path, columns=["a"])[1]().feature_names_in_.tolist() == ["a"]
    with pytest.raises(bw.InvalidValueError, match="got 'b', not in"):
        both(tmp_path, columns=["a", "b"])[1]()


@pytest.mark.parametrize(
    "column",
    [
        pytest.param(pa.array([1, 2], pa.timestamp("s")), id="times"),
        pytest.param([[1.0], [2.0]], id="lists"),
    ],
)
def test_features_that_are_no_numbers_are_named(tmp_path: Path, column: Any) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0], place=column)
    with pytest.raises(
        bw.InvalidTypeError, match=r"a feature must be of numbers.*'place'.*1\.parquet"
    ) as caught:
        both(tmp_path)[1]()
    assert "columns=[…]" in caught.value.mend
    assert both(tmp_path, columns=["a"])[1]().classes_.tolist() == [0, 1]


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        ("a", "columns must be a list"),
        ([], "features must be named"),
        (["a", "a"], "features must be named, each once"),
        (["a", "label"], "'label', the target, in columns"),
        (["a", "w"], "'w', the sample_weight, in columns"),
        (["a", 3], "got 3, not in"),
    ],
)
def test_columns_that_do_not_fit(tmp_path: Path, columns: Any, said: str) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0], w=[1.0, 1.0])
    with pytest.raises((bw.InvalidValueError, bw.InvalidTypeError), match=said):
        both(tmp_path, columns=columns, sample_weight="w")[1]()


def test_a_column_that_is_there_twice(tmp_path: Path) -> None:
    pq.write_table(
        pa.table([[1, 0], [1.0, 2.0], [1.0, 2.0]], names=["label", "a", "a"]), tmp_path / "1.parquet"
    )
    with pytest.raises(bw.InvalidValueError, match="'a', twice in 1.parquet|each once"):
        both(tmp_path)[1]()


def test_weights_that_do_not_fit(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 0], a=[1.0, 2.0], w=[1.0, -1.0], none=[1.0, None])
    for name, said in (
        ("w", "finite and at least 0"),
        ("none", "finite and at least 0"),
        ("weights", "got 'weights', not in"),
    ):
        with pytest.raises(bw.InvalidValueError, match=said):
            both(tmp_path, columns=["a"], sample_weight=name)[1]()


def test_a_class_that_only_a_later_file_has(tmp_path: Path) -> None:
    """The first file alone would be trained as of two classes."""
    rows = frame(classes=3).sort_values("label")
    for number, part in enumerate(np.array_split(np.arange(len(rows)), 3)):
        table = pa.Table.from_pandas(rows.iloc[part], preserve_index=False)
        pq.write_table(table, tmp_path / f"{number}.parquet")
    for library in (name for name, adapter in ADAPTERS.items() if adapter.can("blocks")):
        clf = bw.outofcore.fit_parquet(make_estimator(library), tmp_path, "label", block_rows=50)
        assert clf.classes_.tolist() == ["fine", "late", "lost"]
        assert clf.predict_proba(rows[FEATURES]).shape == (300, 3)


def test_one_class(tmp_path: Path) -> None:
    parquet(tmp_path / "1.parquet", label=[1, 1], a=[1.0, 2.0])
    assert bw.outofcore.count_parquet(tmp_path, "label") == {1: 2}
    with pytest.raises(bw.InvalidValueError, match="at least two classes"):
        both(tmp_path)[1]()


def test_evaluation_folders_that_do_not_fit(write: Callable[..., Path]) -> None:
    rows = frame()
    folder = write(rows)
    unknown = write(rows.assign(label="new"), name="unknown")
    with pytest.raises(bw.UnknownLabelError, match="among those of training.*got 'new'"):
        bw.outofcore.fit_parquet(make_estimator("lightgbm"), folder, "label", eval_folder=unknown)
    lacking = write(rows.drop(columns="c"), name="lacking")
    with pytest.raises(bw.InvalidValueError, match="got 'c', not in"):
        bw.outofcore.fit_parquet(make_estimator("lightgbm"), folder, "label", eval_folder=lacking)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_early_stopping_needs_an_evaluation_folder(library: str, write: Callable[..., Path]) -> None:
    name = {"xgboost": "early_stopping_rounds", "lightgbm": "n_iter_no_change"}[library]
    with pytest.raises(bw.InvalidValueError, match=r"early stopping needs rows.*=3 without eval_folder"):
        bw.outofcore.fit_parquet(make_estimator(library, **{name: 3}), write(frame()), "label")


def test_a_folder_that_changes_between_passes(write: Callable[..., Path]) -> None:
    folder = write(frame(), (100, 200))
    opened = open_folder(folder)
    rows = FolderRows(
        folder=opened,
        columns=checked_columns([opened], "label", None, None),
        labels_of=("fine", "late"),
        weigh=lambda codes, given: None,
        block_rows=64,
        levels={},
    )
    assert sum(len(block.y) for block in rows.blocks(np.float32)) == 300
    for change, name in (
        (lambda: parquet(folder / "part-9.parquet", label=["fine"]), "part-9"),
        (lambda: os.remove(folder / "part-0.parquet"), "part-0"),
    ):
        change()
        for read in (rows.labels, lambda: list(rows.blocks(np.float32))):
            with pytest.raises(bw.InvalidValueError, match=f"must stay as it is.*{name}"):
                read()
        (folder / "part-9.parquet").unlink(missing_ok=True)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_folder_that_changes_while_it_is_counted_is_not_trained_on(
    library: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write(frame(), (100, 200))
    adapter = ADAPTERS[library]
    blocks = adapter.blocks

    def changing(*args: Any, **kwargs: Any) -> Any:
        if (folder / "part-1.parquet").exists():
            calls.append(None)
        if len(calls) == 2:  # the first is the check of settings
            parquet(folder / "part-2.parquet", label=["fine"])
        return blocks(*args, **kwargs)

    calls: list[None] = []
    monkeypatch.setitem(vars(adapter), "blocks", changing)
    with pytest.raises(bw.InvalidValueError, match="must stay as it is.*part-2"):
        bw.outofcore.fit_parquet(make_estimator(library), folder, "label")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"validation_fraction": 0.1}, "evaluation rows are a folder"),
        ({"weighting": bw.RowCosts()}, "RowCosts weighs row by row"),
        ({"weighting": {"fine": 1.0}}, "must name every label"),
        ({"weighting": "balenced"}, "Did you mean 'balanced'"),
        ({"form": "classweights"}, "a form of lightgbm must be known"),
        ({"estimator__num_class": 3}, "must be the 2 of y"),
    ],
)
def test_classifiers_that_cannot(changes: dict[str, Any], said: str, write: Callable[..., Path]) -> None:
    clf = bw.WeightedClassifier(make_estimator("lightgbm")).set_params(**changes)
    with pytest.raises((bw.InvalidValueError, bw.InvalidTypeError), match=said):
        bw.outofcore.fit_parquet(clf, write(frame()), "label")


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_subclasses_functions_and_double_weights(library: str, tmp_path: Path) -> None:
    """Before the folder is looked for."""
    booster = make_estimator(library)
    derived = type("Derived", (type(booster),), {})(n_jobs=1)
    function = make_estimator(library, objective=lambda y, p: (p - y, np.ones_like(p)))
    for refused in (derived, function):
        with pytest.raises(bw.InvalidValueError, match="as its library trains it by itself"):
            bw.outofcore.fit_parquet(refused, tmp_path / "absent", "label")
    with pytest.raises(bw.InvalidValueError, match="classes may be weighted in one place"):
        bw.outofcore.fit_parquet(make_estimator(library, scale_pos_weight=3.0), tmp_path / "absent", "label")
    with pytest.raises(bw.InvalidTypeError, match="a classifier is needed"):
        bw.outofcore.fit_parquet(type(booster), tmp_path, "label")


def test_where_bins_are_kept(write: Callable[..., Path]) -> None:
    folder = write(frame())
    with pytest.raises(bw.InvalidValueError, match="lightgbm keeps its bins in memory; got bins='disk'"):
        bw.outofcore.fit_parquet(make_estimator("lightgbm"), folder, "label", bins="disk")
    with pytest.raises(bw.InvalidValueError, match="bins must be one of"):
        bw.outofcore.fit_parquet(make_estimator("lightgbm"), folder, "label", bins="dsk")  # type: ignore[arg-type]
    assert BINS == ("auto", "disk", "memory")


@pytest.mark.parametrize("block_rows", [0, -1, 1.5, True, None])
def test_block_rows(block_rows: Any, write: Callable[..., Path]) -> None:
    with pytest.raises(bw.InvalidValueError, match="block_rows must be a whole number"):
        bw.outofcore.fit_parquet(make_estimator("lightgbm"), write(frame()), "label", block_rows=block_rows)


def test_sweeps_that_cannot(write: Callable[..., Path]) -> None:
    folder, booster = write(frame()), make_estimator("lightgbm")
    for weightings in ([], "balanced", None):
        with pytest.raises(bw.InvalidTypeError, match="weightings must be a list"):
            bw.outofcore.sweep_parquet(booster, folder, "label", weightings)  # type: ignore[arg-type]
    clf = bw.WeightedClassifier(booster, form="scale_pos_weight")
    with pytest.raises(bw.InvalidValueError, match="a sweep expresses weights as row weights"):
        bw.outofcore.sweep_parquet(clf, folder, "label", ["balanced"])
    with pytest.raises(bw.InvalidValueError, match="a policy's name must be known"):
        bw.outofcore.sweep_parquet(booster, folder, "label", ["balanced", "balenced"])
