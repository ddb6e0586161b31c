"""Runs in regimes: in parts, forecast, exported with their regime, trained again; and the data they use."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.rows import near_duplicates
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan.forecast import Forecast
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.report.page import write as write_report
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.run.figures import recall_at_alarm_rates, slope_and_intercept
from boostweights.benchmark.run.run import retrained, run, sampled_cells
from boostweights.benchmark.run.store import Store
from boostweights.errors import InvalidValueError


@pytest.fixture
def plan(tmp_path: Path, make_suite: Callable[..., Suite], make_dataset: Callable[..., Dataset]) -> Plan:
    path = tmp_path / "toy.parquet"
    write(make_dataset(300), path)
    arms = [{"name": name, "policy": name, "beta": name == "balanced"} for name in ("unweighted", "balanced")]
    suite = make_suite(libraries=("lightgbm",), arms=arms, regimes=("default", "stopped"), folds=2)
    return make_plan(suite, {"toy": path})


def test_a_run_in_parts_is_the_whole_run_to_the_bit(plan: Plan, tmp_path: Path) -> None:
    with Store(tmp_path / "parts" / "store.sqlite") as parts, Store(tmp_path / "whole.sqlite") as whole:
        for regime in ("default", "stopped"):
            run(plan, parts, jobs=1, part=lambda model, name=regime: model.recipe.regime.name == name)
            assert len(parts.cells()) == len(plan.cells)
        run(plan, whole, jobs=1)
        pd.testing.assert_frame_equal(parts.cells(), whole.cells())
        pd.testing.assert_frame_equal(parts.metrics(), whole.metrics())
        assert (parts.cells()["status"] == "ok").all()


def test_tables_name_the_regime_and_pool_the_folds(plan: Plan, tmp_path: Path) -> None:
    with Store(tmp_path / "run" / "store.sqlite") as store:
        run(plan, store, jobs=1)
        write_report(store, tmp_path / "run")
        kept = [
            scores.arrays()
            for cell, scores in store.scores()
            if cell[3:] == ("lightgbm", "stopped", "balanced") and scores.proba == "fitted"
        ]
    for name in ("cells", "metrics", "curves", "timings", "calibration"):
        frame = pd.read_parquet(tmp_path / "run" / f"{name}.parquet")
        assert set(frame["regime"]) == {"default", "stopped"}, name
    pooled = pd.read_parquet(tmp_path / "run" / "calibration.parquet").set_index(["regime", "arm", "proba"])
    row = pooled.loc[("stopped", "balanced", "fitted")]
    labels, logits = (np.concatenate(part) for part in zip(*kept, strict=True))
    assert len(labels) == row["n"] == 300
    assert (row["slope"], row["intercept"]) == slope_and_intercept(labels, logits)
    arms = pd.read_parquet(tmp_path / "run" / "arms.parquet").set_index("arm")
    assert arms["beta"].to_dict() == {"unweighted": False, "balanced": True}
    metrics = pd.read_parquet(tmp_path / "run" / "metrics.parquet")
    unknown = set(metrics["metric"]) - set(METRICS)
    rates = metrics[metrics["metric"].str.startswith("recall_at_alarm_rate")]
    of_fold = rates[(rates["regime"] == "stopped") & (rates["arm"] == "balanced") & (rates["fold"] == 1)]
    labels, logits = kept[1]
    of_kind = of_fold[of_fold["proba"] == "fitted"].set_index("metric")["value"]
    assert of_kind.to_dict() == recall_at_alarm_rates(labels, logits)
    assert set(rates["rule"]) == {"none"}
    assert set(rates["family"]) == set(metrics["family"])
    assert unknown == {
        *("tn", "fp", "fn", "tp", "threshold", "positives_train", "weight_ratio"),
        *("trees", "rounds", "calibration_rows"),
    }
    tables = read_tables(tmp_path / "run")
    assert (tables.libraries, tables.regimes) == (["lightgbm"], ["stopped", "default"])


def test_trained_again_cells_are_the_same_and_a_changed_one_is_named(plan: Plan, tmp_path: Path) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        run(plan, store, jobs=1)
        cells = store.cells()
    chosen = sampled_cells(cells, seed=1)
    assert len(chosen) == 5
    assert all(each.same for each in retrained(plan, chosen, plan.versions))
    changed = chosen.assign(model_digest=["0" * 64, *chosen["model_digest"][1:]])
    again = list(retrained(plan, changed, {}))
    assert [each.same for each in again] == [False, True, True, True, True]
    assert again[0].cell == "toy 0 0 lightgbm default unweighted"
    with pytest.raises(InvalidValueError, match="which is not a cell of suite toy"):
        list(retrained(plan, chosen.assign(arm="another"), {}))
    with pytest.raises(InvalidValueError, match=r"lightgbm .* in place of 0\.1"):
        list(retrained(plan, chosen, {"lightgbm": "0.1"}))


def test_the_time_left_is_that_of_the_work_left_at_the_speed_so_far(plan: Plan) -> None:
    first, *others = plan.models.values()
    forecast = Forecast(plan.models.values(), {})
    assert (forecast.share, forecast.unknown) == (0.0, {"lightgbm"})
    forecast.done("no model of the plan", 100.0)
    forecast.done(first.key, 3.0 * first.work)
    left = sum(model.work for model in others)
    assert forecast.unknown == set()
    assert forecast.share == pytest.approx(first.work / (first.work + left))
    assert forecast.seconds_left(jobs=1) == pytest.approx(3.0 * left)
    assert forecast.seconds_left(jobs=2) == pytest.approx(1.5 * left)
    for model in others:
        forecast.done(model.key, 0.0)  # failed: no speed to go by
    assert (forecast.share, forecast.seconds_left(jobs=1)) == (1.0, 0.0)


def test_near_duplicates_are_those_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.integers(0, 3, (60, 6)), columns=list("abcdef")).astype(float)
    X.loc[::7, "a"] = np.nan
    train, test = np.arange(40), np.arange(40, 60)
    rows = X.fillna(-1.0).to_numpy()
    near = np.mean([any((rows[at] != rows[other]).sum() <= 1 for other in train) for at in test])
    assert 0 < near < 1
    assert near_duplicates(X, [(train, test)]) == near


def test_the_default_suite_has_every_family_that_qualifies() -> None:
    """At least 50 rows of the rarest class among the rows used; one set a family; not the large tier."""
    suite = load_suite("default")
    entries = catalogue().entries
    qualify = {
        entry.family
        for entry in entries.values()
        if entry.task == "binary"
        and entry.tier != "large"
        and entry.minority_count * min(1.0, suite.max_rows / entry.rows) >= 50
    }
    assert {entries[name].family for name in suite.data} == qualify
    assert len(suite.data) == len(qualify) >= 20
