"""The command line: what it prints, where it writes, with what it exits."""

import dataclasses
import importlib
import importlib.util
import json
from pathlib import Path
from typing import Any

import pytest
from commands import call, refused

import boostweights as bw
from boostweights.benchmark import needed
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt, failure
from boostweights.cli import main as cli
from boostweights.errors import InvalidValueError, MissingLibraryError

SMALL = """
name = "small"
title = "Small"
data = ["yeast4"]
libraries = ["lightgbm"]
policies = ["unweighted", "balanced"]
folds = 2
trees = 3
threads = 1
seed = 0
seconds_per_model = 60
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SMALL)
    return tmp_path


def test_bench_prints_writes_resumes_and_can_be_reported_again(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    code, out, _ = call("bench", "--suite", "small.toml")
    assert code == 0
    assert "lightgbm" in out
    assert "balanced" in out
    directory = here / "runs" / "small"
    files = {"store.sqlite", "cells.parquet", "timings.parquet", "report.html"}
    assert files <= {file.name for file in directory.iterdir()}

    monkeypatch.setattr(pools, "Workers", None)  # nothing is left to train
    assert call("bench", "--suite", "small.toml")[:2] == (0, out)
    (directory / "report.html").unlink()
    assert call("report", "small")[:2] == (0, out)
    assert (directory / "report.html").exists()
    assert call("report", "runs/small")[0] == 0


def all_fail(models: Any, *_: object) -> list[Result]:
    return [failure(model.key, "error", "E: no") for model in models]


def test_failed_models_are_exit_code_1(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "local", all_fail)
    assert call("bench", "--suite", "small.toml")[0] == 1
    monkeypatch.setattr(pools, "local", None)
    assert call("bench", "--suite", "small.toml")[0] == 1
    asked: list[object] = []
    monkeypatch.setattr(pools, "local", lambda models, *_: asked.extend(models) or [])
    call("bench", "--suite", "small.toml", "--retry-failed")
    assert len(asked) == 4


def test_a_run_can_be_had_as_json(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pools, "local", all_fail)
    named = ("--out", "elsewhere", "--name", "a run", "--seed", "7")
    code, out, _ = call("bench", "--suite", "small.toml", "--json", *named)
    found = json.loads(out)
    assert (code, found["cells"]) == (1, {"planned": 4, "done": 0, "failed": 4})
    assert found["failures"] == ["lightgbm: 4 cells error: E: no"]
    assert Path(found["report"]).is_file()
    with Store(here / "elsewhere" / "a run" / "store.sqlite") as store:
        assert store.runs()[0]["suite"]["seed"] == 7


def test_an_interruption_is_exit_code_130(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(pools, "local", interrupted)
    code, _, err = call("bench", "--suite", "small.toml")
    assert code == 130
    assert "the same command goes on" in err


def test_a_second_run_on_a_store_is_one_line(here: Path) -> None:
    with Store(here / "runs" / "small" / "store.sqlite") as store:
        store.claim()
        refused("bench", "--suite", "small.toml", says="one run at a time may work on a store")
        refused("report", "small", says="must have begun")
        refused("report", "smal", says="Did you mean 'small'?")
        assert store.known() == frozenset()


def test_no_space_left_is_one_line_and_keeps_what_was_trained(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[str] = []
    save = Store.save

    def save_one(store: Store, result: Result) -> None:
        if saved:
            store.rows("PRAGMA max_page_count = 1")
        save(store, dataclasses.replace(result, traceback="x" * 100_000))
        saved.append(result.model_key)

    monkeypatch.setattr(Store, "save", save_one)
    monkeypatch.setattr(pools, "local", lambda models, *_: map(attempt, models))
    code, _, err = call("bench", "--suite", "small.toml")
    assert code == 2
    assert "no space left on the disk" in err
    assert "Traceback" not in err
    with Store(here / "runs" / "small" / "store.sqlite") as store:
        assert store.known() == {saved[0]}


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["bench", "--suite", "tinny"], "Did you mean 'tiny'?"),
        (["bench", "--suite", "none.toml"], "none.toml"),
        (["bench", "--suite", "small.toml", "--name", "a/b"], "got 'a/b'"),
        (["bench", "--suite", "small.toml", "--name", ".."], "got '..'"),
        (["bench", "--suite", "small.toml", "--regime", "early"], "--regime must be one of suite small"),
        (["bench", "--suite", "small.toml", "--library", "catboost"], "--library must be one of suite small"),
        (["report", "nothing"], "got 'nothing'"),
        (["forms", "lihgtgbm"], "Did you mean 'lightgbm'?"),
    ],
)
def test_an_error_is_one_line_and_exit_code_2(here: Path, arguments: list[str], says: str) -> None:
    refused(*arguments, says=says)
    with pytest.raises(InvalidValueError):
        call(*arguments, "--debug")
    assert not (here / "runs").exists()


def test_without_its_extra_the_command_line_names_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_spec", lambda name: None if name == "typer" else object())
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 2
    assert "needs typer" in (says := capsys.readouterr().err)
    assert "boostweights[cli]" in says


def test_without_its_extra_the_harness_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    true = importlib.util.find_spec
    monkeypatch.setattr(needed, "find_spec", lambda name: None if name == "psutil" else true(name))
    with pytest.raises(MissingLibraryError, match=r"got no module named psutil\..*boostweights\[bench\]"):
        needed.require_bench()


def test_forms_are_listed(here: Path) -> None:
    code, out, _ = call("forms", "lightgbm")
    assert (code, out) == (0, f"{bw.forms('lightgbm')}\n")
    code, out, _ = call("forms", "lightgbm", "--json")
    rows = json.loads(out)
    assert (code, [row["form"] for row in rows]) == (0, [form.name for form in bw.forms("lightgbm")])
    assert {row["library"] for row in rows} == {"lightgbm"}
    assert call("forms")[1] == f"{bw.forms()}\n"
