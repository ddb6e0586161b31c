"""How long a whole suite takes, by its first folds."""

import dataclasses
import json
from pathlib import Path

import pytest
from test_cli_regimes import SUITE

from benchmarks import forecast
from benchmarks.forecast import WholeRun, first_fold, whole_run
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.suite import load_suite
from boostweights.cli.bench import data_files


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    (tmp_path / "small.toml").write_text(SUITE)
    suite = load_suite(str(tmp_path / "small.toml"))
    return make_plan(suite, data_files(suite, tmp_path))


def test_the_command_times_one_fold_and_writes_what_all_take(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "small.toml").write_text(SUITE)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["forecast", "--suite", "small.toml", "--jobs", "1"])
    forecast.main()
    facts = json.loads((tmp_path / "runs/small/forecast.json").read_text())
    assert facts["not_timed"] == 0
    assert f"configurations = {facts['configurations']}" in capsys.readouterr().out


def test_a_forecast_scales_what_was_timed_to_all_folds_and_arms(plan: Plan) -> None:
    timed = first_fold(plan)
    assert {plan.models[key].recipe.regime.name for key in timed} == {"default", "stopped"}
    assert len(timed) == 2
    found = whole_run(plan, {key: {"fit": 10.0, "search": 2.0} for key in timed})
    assert found.seconds["default", "lightgbm"] == pytest.approx(4 * 12.0, rel=0.01)  # two folds, two arms
    assert found.searching["stopped", "lightgbm"] == pytest.approx(4 * 2.0, rel=0.01)
    assert found.folds == dict.fromkeys([("default", "lightgbm"), ("stopped", "lightgbm")], 2)
    assert found.unknown == 0
    assert "were not timed" not in found.text(jobs=2)
    partly = whole_run(plan, {key: {"fit": 10.0} for key in timed})
    assert set(partly.searching.values()) == {0.0}
    nothing = whole_run(plan, {})
    assert nothing.unknown == 2
    assert "without 2 groups of models that were not timed" in nothing.text(jobs=2)


def test_the_choice_is_the_largest_that_fits() -> None:
    hours = 3600.0
    seconds = {("default", "catboost"): 5 * hours, ("tuned", "xgboost"): 7 * hours}
    whole = WholeRun(
        seconds=seconds,
        searching={("default", "catboost"): 0.0, ("tuned", "xgboost"): 6 * hours},
        configurations=20,
        folds={("default", "catboost"): 5, ("tuned", "xgboost"): 5},
    )
    assert whole.hours(2, 20, 5) == pytest.approx(6.0)
    assert whole.choice(2) == (20, 5)
    assert dataclasses.replace(
        whole,
        seconds={**seconds, ("stopped", "x"): hours},
        searching={**whole.searching, ("stopped", "x"): 0.0},
        folds={**whole.folds, ("stopped", "x"): 5},
    ).choice(2) == (20, 3)
    assert json.dumps(whole.facts(2))
    assert "configurations = 20" in whole.text(2)
