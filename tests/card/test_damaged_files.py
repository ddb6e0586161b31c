"""Damaged model files: an error of ours or a reading, whatever they do to the process that reads them."""

import contextlib
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from card.test_model import FILED, fitted
from libraries import RECORDS
from typer.testing import CliRunner

import boostweights as bw
from benchmarks.damaged.formats import saved_files
from benchmarks.damaged.mutation import damaged
from boostweights import isolated
from boostweights.card.model import loaded
from boostweights.cli.app import app


@pytest.mark.full
@pytest.mark.parametrize("seed", range(75))
@pytest.mark.parametrize("library", FILED)
def test_a_damaged_file_is_read_or_refused(library: str, seed: int, tmp_path: Path) -> None:
    rng = np.random.default_rng(seed)
    files = saved_files(RECORDS[library], fitted(library).estimator_, tmp_path)
    if not files:
        pytest.skip("models of this library are saved by skops")
    file = files[int(rng.integers(len(files)))]
    file.write_bytes(damaged(file.read_bytes(), rng))
    with pytest.raises(bw.BoostweightsError):  # there is no card in it, if nothing else is wrong
        bw.Card.from_model(file)
    with contextlib.suppress(bw.BoostweightsError):
        bw.from_native(library, file, classes=(0, 1))


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("kill", "ends the process by SIGSEGV"),
        ("leave", "ends the process with exit code 3: a last word"),
        ("sleep", "takes more than"),
        ("grow", "ends the process with exit code 1: MemoryError"),
    ],
)
def test_whatever_ends_the_reader_is_an_error(
    does: str, says: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = tmp_path / "reader.py"
    module.write_text(Path(__file__).with_name("reader_that_ends.py").read_text())
    monkeypatch.setattr(
        isolated, "_CODE", f"import sys; sys.path.append({str(tmp_path)!r}); {isolated._CODE}"
    )
    monkeypatch.setattr(isolated, "SECONDS", 5.0)
    with pytest.raises(bw.errors.InvalidValueError, match=f"model.bin.*{says}"):
        isolated.in_child(f"reader:{does}", tmp_path / "model.bin")


def test_a_failed_check_of_lightgbm_is_one_line(tmp_path: Path) -> None:
    file = tmp_path / "model.txt"
    fitted("lightgbm").estimator_.booster_.save_model(file)
    file.write_text(re.sub(r"(?m)^(leaf_value=\S+) .*$", r"\1", file.read_text(), count=1))
    with pytest.raises(bw.errors.InvalidValueError, match="Check failed") as said:
        loaded(file)
    assert len(str(said.value).splitlines()) == 1


def test_parameters_of_too_many_digits_are_one_line(tmp_path: Path) -> None:
    file = tmp_path / "params.json"
    file.write_text(f'{{"max_depth": {"9" * 5000}}}')
    done: Any = CliRunner().invoke(app, ["audit", str(file), "--library", "lightgbm"])
    assert done.exit_code == 2
    assert len(done.stderr.splitlines()) == 1


def test_the_command_line_says_so_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "model.txt"
    fitted("lightgbm").estimator_.booster_.save_model(file)
    text = file.read_text()
    file.write_text(re.sub(r"(?m)^left_child=.*$", "left_child=99999999", text, count=1))
    done: Any = CliRunner().invoke(app, ["audit", str(file)])
    assert done.exit_code in (0, 2)
    assert len(done.stderr.splitlines()) <= 1
