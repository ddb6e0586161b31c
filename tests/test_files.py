"""Files that are written whole or not at all, whoever writes them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from plots.paths import make_path

import boostweights as bw
from boostweights.files import StoreError, temporary_folder, write_atomically
from boostweights.path.store import Store
from boostweights.plots.page.write import write_weight_path_page


def write_card(file: Path) -> None:
    bw.Card.of("balanced", [0, 0, 1]).write(file)


def write_result(file: Path) -> None:
    found = Store(folder=file.parent, base="").get("", lambda: {"a": np.zeros(2)})
    next(file.parent.glob("*.npz")).rename(file)
    assert found["a"].tolist() == [0.0, 0.0]


def write_page(file: Path) -> None:
    write_weight_path_page(make_path(), file)


WRITERS: dict[str, Callable[[Path], None]] = {
    "bytes": lambda file: write_atomically(file, b"new"),
    "a card": write_card,
    "a page": write_page,
    "a result of a path": write_result,
}


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(
    writer: str, step: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, step, full)
        with pytest.raises(StoreError, match="No space left on device"):
            WRITERS[writer](tmp_path / "file")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"file": b"old"}
    WRITERS[writer](tmp_path / "file")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_bytes() != b"old"


def test_a_place_below_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(StoreError, match=r"may be written to; got .*file/new"):
        write_atomically(tmp_path / "file" / "new", b"new")


KILLED = """
import os, signal, sys
from pathlib import Path
from boostweights.files import temporary_folder, write_atomically

os.fsync = lambda _: os.kill(os.getpid(), signal.SIGKILL)
with temporary_folder(Path()) as folder:
    (folder / "page").write_bytes(b"page")
    write_atomically(Path("file"), b"new")
"""


def test_what_a_killed_process_left_is_removed_by_the_next_and_nothing_of_a_living_one(
    tmp_path: Path,
) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with temporary_folder(tmp_path) as ours:
        done = subprocess.run([sys.executable, "-c", KILLED], cwd=tmp_path, env=environment, check=False)
        assert done.returncode == -signal.SIGKILL
        assert sorted(len(list(left.iterdir())) for left in tmp_path.iterdir()) == [0, 1, 1]
        write_atomically(tmp_path / "file", b"new")
        assert set(tmp_path.iterdir()) == {ours, tmp_path / "file"}
    assert set(tmp_path.iterdir()) == {tmp_path / "file"}


def test_where_there_are_no_locks_files_are_written_and_nothing_is_taken_for_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", none)
    with temporary_folder(tmp_path) as ours:
        write_atomically(tmp_path / "file", b"new")
        assert set(tmp_path.iterdir()) == {ours, tmp_path / "file"}
