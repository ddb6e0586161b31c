"""Lists of files, other file systems, and all endings of Parquet files."""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import make_estimator
from outofcore_frames import frame
from pyarrow import fs

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet
from boostweights.outofcore.folder import open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    names = ("b.parquet", "a.PARQUET", "c.parq", "d.pq", "e.Pq", "f.csv", "_g.parquet")
    for number, name in enumerate(names):
        pq.write_table(pa.table({"label": [number] * (number + 1)}), tmp_path / name)
    return tmp_path


def test_no_ending_is_skipped(folder: Path) -> None:
    assert count_parquet(folder, "label") == {0: 1, 1: 2, 2: 3, 3: 4, 4: 5}


def test_files_of_a_list_are_in_its_order(folder: Path) -> None:
    files = [folder / "c.parq", str(folder / "a.PARQUET")]
    assert [file.path.name for file in open_folder(files).files] == ["c.parq", "a.PARQUET"]
    assert count_parquet(files, "label") == {1: 2, 2: 3}
    assert count_parquet([folder / "f.csv"], "label") == {5: 6}  # named by its user, whatever its ending
    with pytest.raises(bw.errors.InvalidValueError, match=r"read once; got c\.parq twice"):
        count_parquet([*files, files[0]], "label")
    with pytest.raises(bw.errors.InvalidValueError, match="the folder must exist"):
        count_parquet([*files, folder / "z.parquet"], "label")


def test_columns_of_listed_files_are_in_the_folders_below_the_one_they_share(tmp_path: Path) -> None:
    files = [tmp_path / "run=7" / f"label={label}" / "0.parquet" for label in ("x", "y")]
    for file in files:
        file.parent.mkdir(parents=True)
        pq.write_table(pa.table({"a": [1.0]}), file)
    assert count_parquet(files, "label") == {"x": 1, "y": 1}
    assert open_folder(files).names == ("a", "label")
    assert open_folder(files[:1]).names == ("a",)


def test_other_file_systems(folder: Path, write: Callable[..., Path]) -> None:
    below = fs.SubTreeFileSystem(str(folder), fs.LocalFileSystem())
    expected = count_parquet(folder, "label")
    assert count_parquet("", "label", filesystem=below) == expected
    assert count_parquet(folder.as_uri(), "label") == expected
    rows = write(frame(), (100, 200))
    within = fs.SubTreeFileSystem(str(rows.parent), fs.LocalFileSystem())
    ours = fit_parquet(make_estimator("lightgbm"), rows.name, "label", filesystem=within)
    theirs = fit_parquet(make_estimator("lightgbm"), rows, "label")
    assert ours.estimator_.booster_.model_to_string() == theirs.estimator_.booster_.model_to_string()
    with pytest.raises(bw.errors.InvalidTypeError, match=r"one of pyarrow\.fs; got 'local'.*FSSpecHandler"):
        count_parquet(folder, "label", filesystem="local")
    with pytest.raises(bw.errors.InvalidValueError, match="find the file system of a place; got nowhere://x"):
        count_parquet("nowhere://x", "label")
