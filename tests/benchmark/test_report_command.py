"""The command ``report``, from Parquet files and into files."""

import json
from pathlib import Path

import pytest
from benchmark.report_runs import LIBRARIES, write_run
from commands import call, refused

from boostweights.benchmark.run.store import Store


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "runs" / "new", families=3)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_unknown_run_is_exit_code_2(run: Path, here: Path) -> None:
    refused("report", "nwe", says="Did you mean 'new'?")


def test_a_report_is_made_from_parquet_files_alone(run: Path, here: Path) -> None:
    code, out, _ = call("report", "new")
    assert code == 0
    assert LIBRARIES[0] in out
    page = (run / "report.html").read_text()
    assert call("report", str(run), "--output", "page.html")[:2] == (0, "")
    assert (here / "page.html").read_text() == page
    assert not (run / "store.sqlite").exists()


def test_json_goes_where_it_is_asked_to(run: Path, here: Path) -> None:
    code, out, _ = call("report", "new", "--json")
    assert code == 0
    assert json.loads(out)["run"]["suite"]["name"] == "made-up"
    assert call("report", "new", "--json", "--output", "run.json")[:2] == (0, "")
    assert (here / "run.json").read_text() == out
    assert not (run / "report.html").exists()


def test_a_store_that_was_never_run_is_refused(here: Path) -> None:
    Store(here / "runs" / "empty" / "store.sqlite").close()
    refused("report", "empty", says="a run must have begun")
