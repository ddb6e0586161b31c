"""What happens while a folder is trained on: files are written, disks fill, processes are ended."""

import os
import shutil
import signal
import subprocess
import sys
from collections import namedtuple
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from libraries import make_estimator
from outofcore_frames import FEATURES, frame

import boostweights as bw
from boostweights.outofcore import count_parquet, fit_parquet, predict_parquet, sweep_parquet
from boostweights.outofcore import folder as folders
from boostweights.outofcore import rows as blocks

LIBRARIES = ("xgboost", "lightgbm")
Usage = namedtuple("Usage", "total used free")


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_file_written_during_the_last_pass(
    library: str, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as the last pass has begun to read: the labels of then would be paired with other features."""
    folder, read = write(frame(), (100, 200)), folders.Folder._batches
    passes: list[str] = []

    def reading_with(opened: Any, file: Any, names: Any, *args: Any, **options: Any) -> Any:
        if "a" in names and file.name == "part-1.parquet":
            passes.append(file.name)
            if len(passes) == last:
                flipped = frame().iloc[100:][::-1]
                pq.write_table(
                    pa.Table.from_pandas(flipped, preserve_index=False), folder / file.name, row_group_size=37
                )
        return read(opened, file, names, *args, **options)

    monkeypatch.setattr(folders.Folder, "_batches", reading_with)
    last = 0
    fit_parquet(make_estimator(library), folder, "label")
    last, passes[:] = len(passes), []
    with pytest.raises(bw.errors.InvalidValueError, match=r"stay as it is.*part-1|got part-1"):
        fit_parquet(make_estimator(library), folder, "label")


def test_a_file_of_the_same_size_and_time_is_known_by_its_footer(tmp_path: Path) -> None:
    file = tmp_path / "1.parquet"
    table = pa.table({"label": [0, 1] * 50, "a": np.arange(100.0)})
    plain: dict[str, Any] = {"compression": "none", "use_dictionary": False}
    pq.write_table(table, file, **plain)
    before, opened = file.stat(), folders.open_folder(tmp_path)
    pq.write_table(table.set_column(1, "a", pa.array(np.arange(100.0) + 1)), file, **plain)
    assert file.stat().st_size == before.st_size
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    opened.check_unchanged()
    with pytest.raises(bw.errors.InvalidValueError, match=r"must stay as it is.*1\.parquet"):
        opened.check_unchanged(footers=True)


@pytest.mark.parametrize("train", ["fit", pytest.param("sweep", marks=pytest.mark.full), "predict"])
def test_footers_are_compared_at_the_end(
    train: str, tmp_path: Path, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, booster = write(frame()), make_estimator("lightgbm")
    clf = fit_parquet(booster, folder, "label")
    asked: list[bool] = []

    def checking(self: Any, *, footers: bool = False) -> None:
        asked.append(footers)

    monkeypatch.setattr(folders.Folder, "check_unchanged", checking)
    {
        "fit": lambda: fit_parquet(booster, folder, "label"),
        "sweep": lambda: sweep_parquet(booster, folder, "label", [None]),
        "predict": lambda: predict_parquet(clf, folder, tmp_path / "out"),
    }[train]()
    assert asked[-1]


@pytest.fixture
def uncounted(monkeypatch: pytest.MonkeyPatch) -> None:
    """No label may be read."""

    def counted(*args: Any) -> Any:
        raise AssertionError("counted before all was checked")

    monkeypatch.setattr(blocks.FolderRows, "counted", counted)


@pytest.mark.usefixtures("uncounted")
def test_a_full_disk_is_seen_before_a_label_is_read(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, booster = write(frame()), make_estimator("xgboost")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: Usage(10**9, 10**9 - 3599, 3599))
    with pytest.raises(bw.errors.InvalidValueError, match="must find space.*needed at least"):
        fit_parquet(booster, folder, "label", cache_folder=tmp_path)  # 300 rows, 6 features, 2 bytes


def test_a_disk_that_fills_while_pages_are_written(
    write: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, booster = write(frame(), (200, 100)), make_estimator("xgboost")
    asked: list[int] = []

    def usage(place: Path) -> Usage:
        asked.append(10**6 if len(asked) < 7 else 100)
        return Usage(10**9, 0, asked[-1])

    monkeypatch.setattr(shutil, "disk_usage", usage)
    pages = tmp_path / "pages"
    pages.mkdir()
    with pytest.raises(bw.errors.InvalidValueError, match="must find space"):
        fit_parquet(booster, folder, "label", cache_folder=pages, block_rows=64)
    assert len(asked) == 8
    assert not list(pages.iterdir())
    assert fit_parquet(booster, folder, "label", bins="memory").classes_.tolist() == ["fine", "late"]


@pytest.mark.usefixtures("uncounted")
@pytest.mark.parametrize(
    ("library", "name", "said"),
    [
        ("lightgbm", "c,d", "lightgbm takes no names.*in 'c,d'"),
        ("xgboost", "a<b", "xgboost takes no names.*got < in 'a<b'"),
    ],
)
def test_names_that_a_library_refuses(library: str, name: str, said: str, write: Callable[..., Path]) -> None:
    folder = write(frame().rename(columns={"a": name}))
    with pytest.raises(bw.errors.InvalidValueError, match=said):
        fit_parquet(make_estimator(library), folder, "label")


@pytest.mark.usefixtures("uncounted")
def test_a_cache_folder_that_is_none(write: Callable[..., Path], tmp_path: Path) -> None:
    folder, booster = write(frame()), make_estimator("xgboost")
    for place in (tmp_path / "absent", folder / "part-0.parquet"):
        with pytest.raises(bw.errors.InvalidValueError, match="cache_folder must be a folder.*none"):
            fit_parquet(booster, folder, "label", cache_folder=place)
    with pytest.raises(bw.errors.InvalidTypeError, match="cache_folder must be a path; got 3"):
        fit_parquet(booster, folder, "label", cache_folder=3)


@pytest.mark.usefixtures("uncounted")
def test_without_pyarrow(write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write(frame())
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for asked in (
        lambda: count_parquet(folder, "label"),
        lambda: fit_parquet(make_estimator("lightgbm"), folder, "label"),
    ):
        with pytest.raises(bw.errors.MissingLibraryError, match=r"needs pyarrow.*boostweights\[frames\]"):
            asked()


ENDED = """
import os, signal, sys
import boostweights as bw
from xgboost import XGBClassifier
from xgboost.callback import TrainingCallback
folder, pages = sys.argv[1:]
class Ending(TrainingCallback):
    def after_iteration(self, model, epoch, evals_log):
        assert any(os.scandir(pages))
        os.kill(os.getpid(), signal.SIGTERM)
        return False
booster = XGBClassifier(n_estimators=3, n_jobs=1, callbacks=[Ending()])
bw.outofcore.fit_parquet(booster, folder, "label", cache_folder=pages, block_rows=64)
"""


@pytest.mark.full
@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_pages_are_removed_at_sigterm(write: Callable[..., Path], tmp_path: Path) -> None:
    pytest.importorskip("xgboost")
    pages = tmp_path / "pages"
    pages.mkdir()
    command = [sys.executable, "-c", ENDED, str(write(frame())), str(pages)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == -signal.SIGTERM, done.stderr
    assert list(pages.iterdir()) == []


def test_a_handler_of_the_users_own_stays(write: Callable[..., Path]) -> None:
    pytest.importorskip("xgboost")
    folder, booster = write(frame()), make_estimator("xgboost", n_estimators=1)
    before = signal.getsignal(signal.SIGTERM)
    try:
        for handler in (signal.SIG_DFL, signal.SIG_IGN, lambda number, seen: None):
            signal.signal(signal.SIGTERM, handler)
            fit_parquet(booster, folder, "label")
            assert signal.getsignal(signal.SIGTERM) is handler
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize("seed", range(2))
def test_sums_of_weights_are_those_of_all_rows_at_once(
    seed: int, write: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = frame(seed=seed)
    rows["w"] = np.random.default_rng(seed).lognormal(0, 3, len(rows))
    monkeypatch.setattr(blocks, "LABEL_BATCH", 40)
    clf = bw.WeightedClassifier(make_estimator("lightgbm", n_estimators=1))
    ours = fit_parquet(clf, write(rows, (120, 100, 80)), "label", sample_weight="w")
    theirs = clf.fit(rows[FEATURES], rows["label"], sample_weight=rows["w"])
    assert dict(ours.class_weights_.counts) == dict(theirs.class_weights_.counts)
