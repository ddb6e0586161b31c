"""A run's files that changed since they were written are one line wherever they are read, never a figure."""

import hashlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from benchmark.own_runs import write_own_run
from commands import call, is_one_line

from boostweights.benchmark.digests import DIGESTS, read_file, write_files
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.run.export import TABLES
from boostweights.errors import InvalidValueError

ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "benchmarks" / "results"
PUBLISHED = sorted(folder.parent.name for folder in RESULTS.glob("*/runs.parquet"))
FLIPS = 20
FILES = [*(f"{name}.parquet" for name in TABLES), "evidence.json", "recommendation.json"]
COMMANDS = {
    "report": ("report", "run", "--json"),
    "bench --verify": ("bench", "--verify", "run"),
}
READ_BY = {
    "report": FILES,
    "bench --verify": ["cells.parquet", "runs.parquet"],
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_own_run(tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(written: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return Path(shutil.copytree(written, "run"))


def flipped(content: bytes, bit: int) -> bytes:
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize("name", FILES)
def test_no_flipped_bit_is_read(name: str, run: Path) -> None:
    content = (run / name).read_bytes()
    for bit in np.random.default_rng(FILES.index(name)).integers(0, 8 * len(content), FLIPS):
        (run / name).write_bytes(flipped(content, int(bit)))
        with pytest.raises(InvalidValueError, match=rf"as it was written; got .*{name}, which differs"):
            read_file(run, name)
    (run / name).write_bytes(content)
    assert read_file(run, name) == content


DIFFERS = "differs from its digest"
DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "a flipped bit": (lambda file: file.write_bytes(flipped(file.read_bytes(), 333)), DIFFERS),
    "cut short": (lambda file: file.write_bytes(file.read_bytes()[:100]), DIFFERS),
    "empty": (lambda file: file.write_bytes(b""), DIFFERS),
    "missing": (lambda file: file.unlink(), "which is missing"),
    "without a digest": (lambda file: forget(file), f"which {DIGESTS} does not list"),
    "another digest": (lambda file: forget(file, "0" * 64 + f"  {file.name}"), DIFFERS),
}


def forget(file: Path, line: str = "") -> None:
    digests = file.with_name(DIGESTS)
    lines = [line, *(line for line in digests.read_text().splitlines() if not line.endswith(f" {file.name}"))]
    digests.write_text("".join(f"{line}\n" for line in lines if line))


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize(("command", "name"), [(one, name) for one in COMMANDS for name in READ_BY[one]])
def test_each_command_names_the_file_in_one_line(command: str, name: str, damage: str, run: Path) -> None:
    spoil, reason = DAMAGE[damage]
    spoil(run / name)
    code, out, err = call(*COMMANDS[command])
    assert (code, out) == (2, "")
    assert is_one_line(err)
    assert f"{name}, " in err
    assert reason in err


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"no digest\n", b"{}\n", b"0" * 64 + b"\n", None])
def test_a_list_of_digests_that_is_damaged_or_gone_is_one_line(content: bytes | None, run: Path) -> None:
    if content is None:
        (run / DIGESTS).unlink()
    else:
        (run / DIGESTS).write_bytes(content)
    for command, arguments in COMMANDS.items():
        code, out, err = call(*arguments)
        assert (code, out) == (2, ""), command
        assert is_one_line(err)
        assert DIGESTS in err


def test_the_command_that_the_error_names_lists_a_file_again(run: Path) -> None:
    forget(run / "cells.parquet")
    with pytest.raises(InvalidValueError) as refused:
        read_file(run, "cells.parquet")
    command = str(refused.value).partition("call in this folder: ")[2]
    if shutil.which("sha256sum") is None:
        pytest.skip("no sha256sum")
    subprocess.run(command, shell=True, cwd=run, check=True)
    assert read_file(run, "cells.parquet") == (run / "cells.parquet").read_bytes()


def test_what_is_written_again_or_removed_leaves_the_digests_of_others(tmp_path: Path) -> None:
    write_files(tmp_path / "new", [("a", b"1"), ("b", b"2")])
    write_files(tmp_path / "new", [("a", b"3"), ("b", None), ("c", b"4")])
    files = {name: read_file(tmp_path / "new", name) for name in "abc"}
    assert files == {"a": b"3", "b": None, "c": b"4"}
    lines = [f"{hashlib.sha256(text).hexdigest()}  {name}" for name, text in {"a": b"3", "c": b"4"}.items()]
    assert (tmp_path / "new" / DIGESTS).read_text().splitlines() == lines


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_tables_have_digests(name: str) -> None:
    listed = {line.split()[1] for line in (RESULTS / name / DIGESTS).read_text().splitlines()}
    assert listed == {file.name for file in (RESULTS / name).glob("*.parquet")}
    assert len(read_tables(RESULTS / name).cells)
