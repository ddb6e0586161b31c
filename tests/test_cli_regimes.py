"""``boostweights bench`` in regimes: parts, published cells trained again."""

from pathlib import Path

import pandas as pd
import pytest
from benchmark.report_runs import write_table
from commands import call

from boostweights.benchmark.run import run as run_module

SUITE = """
like = "default"
name = "small"
data = ["yeast4"]
libraries = ["lightgbm"]
regimes = ["default", "stopped"]
folds = 2

[[arm]]
name = "unweighted"
parameters = {n_estimators = 20}

[[arm]]
name = "balanced"
policy = "balanced"
parameters = {n_estimators = 20}
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "small.toml").write_text(SUITE)
    return tmp_path


def test_parts_make_the_whole_which_is_verified_and_a_changed_digest_is_named(here: Path) -> None:
    suite = ("--suite", "small.toml", "--jobs", "1")
    assert call("bench", *suite, "--regime", "stopped", "--library", "lightgbm")[0] == 0
    cells = here / "runs/small/cells.parquet"
    assert pd.read_parquet(cells).groupby("regime")["status"].count().to_dict() == {
        "default": 0,
        "stopped": 4,
    }
    assert call("bench", *suite)[0] == 0
    code, out, _ = call("bench", "--verify", "runs/small", "--suite", "small.toml", "--seed", "3")
    assert (code, out.count("same:")) == (0, 5)
    assert "5 of 5 cells are the same to the bit" in out
    frame = pd.read_parquet(cells)
    write_table(frame.assign(model_digest="0"), cells.parent, "cells")
    code, out, _ = call("bench", "--verify", "runs/small", "--suite", "small.toml")
    assert code == 1
    assert out.count("DIFFERENT: yeast4 0 ") == 5


def test_cells_that_a_suite_lacks_cannot_be_verified(here: Path) -> None:
    suite = ("--suite", "small.toml", "--jobs", "1", "--regime", "stopped")
    assert call("bench", *suite)[0] == 0
    (here / "small.toml").write_text(SUITE.replace('name = "balanced"', 'name = "weighted"'))
    code, _, err = call("bench", "--verify", "runs/small", "--suite", "small.toml")
    assert code == 2
    assert "balanced, which is not a cell of suite small" in err


@pytest.mark.parametrize("found", [None, "0123abcd and changes"])
def test_the_locked_suite_runs_from_a_clean_commit_only(
    here: Path, monkeypatch: pytest.MonkeyPatch, found: str | None
) -> None:
    monkeypatch.setattr(run_module, "commit", lambda: found)
    code, _, err = call("bench", "--suite", "locked")
    assert code == 2
    assert "this run needs a clean commit" in err
    assert not (here / "runs").exists()
