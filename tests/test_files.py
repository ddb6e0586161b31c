"""Files that are written whole or not at all, whoever writes them."""

import os
import signal
import socket
import stat
import subprocess
import sys
import tty
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from benchmark.report_runs import write_run
from commands import call, refused, table
from plots.paths import make_path

import boostweights as bw
from boostweights.files import StoreError, temporary_folder, write_atomically
from boostweights.path.weight_path import Store
from boostweights.plots.page import write_weight_path_page


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


COMMANDS: dict[str, Callable[[Path], None]] = {
    "card write": lambda file: succeeds("card", "write", file, "t.csv", "--target", "bad", "--force"),
    "report": lambda file: succeeds("report", "run", "--json", "--output", file),
}


def succeeds(*arguments: str | Path) -> None:
    code, _, err = call(*arguments)
    assert code == 0, err


@pytest.fixture(params=[name for name in WRITERS | COMMANDS if name != "a result of a path"])
def writer(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Path], None]:
    """Each way to write a file that a user names."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    table().to_csv("t.csv", index=False)
    monkeypatch.setattr("boostweights.plots.page.weight_path_page", lambda _: "page")  # quick
    if request.param == "report":
        write_run(Path("run"), families=2)
    return (WRITERS | COMMANDS)[request.param]


@pytest.mark.parametrize("mode", [0o600, 0o755])
def test_a_file_keeps_its_mode_and_a_new_one_has_the_umasks(
    mode: int, writer: Callable[[Path], None], tmp_path: Path
) -> None:
    writer(tmp_path / "old")
    (tmp_path / "old").chmod(mode)
    inode = (tmp_path / "old").stat().st_ino
    before = os.umask(0o027)
    try:
        writer(tmp_path / "old")
        writer(tmp_path / "new")
    finally:
        os.umask(before)
    assert (tmp_path / "old").stat().st_ino != inode  # it was replaced whole
    assert [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("old", "new")] == [mode, 0o640]


@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_what_it_points_to_is_written(
    exists: bool, writer: Callable[[Path], None], tmp_path: Path
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "second").symlink_to("folder/file")
    (tmp_path / "link").symlink_to("second")
    if exists:
        writer(tmp_path / "folder" / "file")
    writer(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "second").is_symlink()
    assert (tmp_path / "folder" / "file").stat().st_size
    assert os.listdir(tmp_path / "folder") == ["file"]


def test_a_pipe_is_written_into(writer: Callable[[Path], None], tmp_path: Path) -> None:
    writer(tmp_path / "file")
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor() as pool:
        received = pool.submit((tmp_path / "pipe").read_bytes)
        writer(tmp_path / "pipe")
        assert len(received.result(10)) == len((tmp_path / "file").read_bytes())
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.parametrize("link", [True, False])
def test_a_device_is_written_into(link: bool, writer: Callable[[Path], None], tmp_path: Path) -> None:
    """A terminal's other side: what arrives there was written into the device."""
    main, device = os.openpty()
    tty.setraw(device)
    place = Path(os.ttyname(device))
    if link:
        (tmp_path / "link").symlink_to(place)
    with ThreadPoolExecutor() as pool:
        received = pool.submit(all_of, main)
        try:
            writer(tmp_path / "link" if link else place)
            assert stat.S_ISCHR(place.stat().st_mode)
        finally:
            os.close(device)
        assert received.result(20)
    os.close(main)


def all_of(terminal: int) -> bytes:
    """Read a terminal's other side until nobody has it open."""
    content = b""
    with suppress(OSError):
        while part := os.read(terminal, 1 << 16):
            content += part
    return content


def bind(file: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(file.name)


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda file: file.symlink_to(file), "symbolic links"),
        (lambda file: file.symlink_to("/dev/full"), "No space left"),
        (lambda file: file.mkdir(), "Is a directory"),
        (bind, "No such device"),
    ],
    ids=["a link to itself", "a full device", "a folder", "a socket"],
)
def test_a_place_that_cannot_be_written_to_is_one_line(
    make: Callable[[Path], None], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    table().to_csv("t.csv", index=False)
    make(tmp_path / "place")
    refused("card", "write", "place", "t.csv", "--target", "bad", "--force", says=reason)
