"""A run trains what is missing, each model once; whatever happens to a model is a row."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.metrics import recall_score, roc_auc_score

from boostweights.benchmark import run as run_module
from boostweights.benchmark.data import Dataset, read, write
from boostweights.benchmark.learners import LEARNERS, Learner
from boostweights.benchmark.plan import Plan, Split, make_plan, stratified
from boostweights.benchmark.run import run
from boostweights.benchmark.store import Result, Store
from boostweights.benchmark.suite import Suite
from boostweights.benchmark.train import attempt, train

MakeSuite = Callable[..., Suite]


@pytest.fixture
def no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> None:
        raise AssertionError("nothing is missing, so no process may be started")

    monkeypatch.setattr(run_module, "ProcessPool", refuse)


@pytest.fixture
def plan(toy_file: Path, make_suite: MakeSuite) -> Plan:
    return make_plan(make_suite(libraries=tuple(LEARNERS), folds=2), {"toy": toy_file})


def test_two_runs_of_one_plan_are_equal_and_a_third_trains_nothing(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Result] = []
    for name, jobs in {"one": 1, "two": 2}.items():
        with Store(tmp_path / name / "store.sqlite") as store:
            assert run(plan, store, jobs=jobs, on_result=seen.append) == {"ok": len(plan.cells)}
            store.export(tmp_path / name)
    assert len(seen) == 2 * len(plan.models)
    one, two = (pd.read_parquet(tmp_path / name / "cells.parquet") for name in ("one", "two"))
    pd.testing.assert_frame_equal(one, two, check_exact=True)
    assert (tmp_path / "one/cells.parquet").read_bytes() == (tmp_path / "two/cells.parquet").read_bytes()

    monkeypatch.setattr(run_module, "ProcessPool", None)
    with Store(tmp_path / "one" / "store.sqlite") as store:
        assert run(plan, store, on_result=seen.append) == {}
        assert [facts["new_results"] for facts in store.runs()] == [{"ok": len(plan.models)}, {}]
    assert len(seen) == 2 * len(plan.models)


def test_only_what_is_missing_is_trained(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pooled(models: list[object], *_: object) -> list[Result]:
        asked.extend(model.key for model in models)  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(run_module, "_pooled", pooled)
    first, *others = plan.models
    with Store(tmp_path / "store.sqlite") as store:
        store.save(Result(model_key=first, status="ok"))
        run(plan, store)
    assert asked == others


HOSTILE = """
import os, time
from sklearn.ensemble import HistGradientBoostingClassifier

class Raises(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        raise RuntimeError("no <b>trees</b>\\nhere")

class Exhausts(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        raise MemoryError("too many trees")

class Sleeps(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        time.sleep(60)

class Dies(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        os._exit(3)
"""


def hostile(name: str, *, installed: bool = True) -> Learner:
    return dataclasses.replace(
        LEARNERS["sklearn"],
        classifier=f"hostile:{name}",
        distributions=("scikit-learn",) if installed else ("no-such-package",),
    )


def first_fold(dataset: Dataset, suite: Suite) -> list[Split]:
    return list(stratified(dataset, suite))[:1]


def test_every_failure_is_a_row_and_costs_only_itself(
    toy_file: Path, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    learners: Mapping[str, Learner] = {
        "dies": hostile("Dies"),
        "sleeps": hostile("Sleeps"),
        "raises": hostile("Raises"),
        "exhausts": hostile("Exhausts"),
        "absent": hostile("Raises", installed=False),
        "no module": dataclasses.replace(hostile("Raises"), classifier="no_such_module:Raises"),
        "sklearn": LEARNERS["sklearn"],
    }
    suite = make_suite(libraries=tuple(learners), policies=("balanced",), seconds_per_model=4.0)
    plan = make_plan(suite, {"toy": toy_file}, split=first_fold, learners=learners)
    with Store(tmp_path / "store.sqlite") as store:
        counts = run(plan, store)
        rows = store.cells().set_index("library")
    assert rows["status"].to_dict() == {
        "dies": "killed",
        "sleeps": "timeout",
        "raises": "error",
        "exhausts": "out of memory",
        "absent": "not installed",
        "no module": "error",
        "sklearn": "ok",
    }
    assert sum(counts.values()) == len(learners)
    assert rows.loc["raises", "error"] == "RuntimeError: no <b>trees</b> here"
    assert "Traceback" in rows.loc["raises", "traceback"]
    assert "in fit" in rows.loc["raises", "traceback"]
    assert rows.loc["sleeps", "error"] == "stopped after 4 seconds"
    assert "exit code 3" in rows.loc["dies", "error"]
    assert rows.drop("sklearn")["error"].notna().all()
    assert rows.drop("sklearn")["recall"].isna().all()
    assert rows.loc["sklearn", "recall"] >= 0


def test_a_failure_is_not_tried_again_unless_it_is_forgotten(
    plan: Plan, tmp_path: Path, no_pool: None
) -> None:
    with Store(tmp_path / "store.sqlite") as store:
        for key in plan.models:
            store.save(Result(model_key=key, status="error", error="no"))
        assert run(plan, store) == {}
        assert store.forget_failures() == len(plan.models)
        with pytest.raises(AssertionError, match="nothing is missing"):
            run(plan, store)


# What a model may know: its training rows.


def stored(plan: Plan, path: Path) -> pd.DataFrame:
    with Store(path) as store:
        store.begin_run({}, plan.data, plan.cells)
        for model in plan.models.values():
            store.save(train(model))
        return store.cells()


def with_labels_changed(toy: Dataset, rows: np.ndarray) -> Dataset:
    y = toy.y.copy()
    y[rows] = np.where(y[rows] == "no", "yes", "no")
    return dataclasses.replace(toy, y=y)


@pytest.mark.parametrize("which", ["test", "train"])
def test_labels_of_the_test_fold_change_no_weight_and_no_model(
    which: str, toy: Dataset, make_suite: MakeSuite, tmp_path: Path
) -> None:
    suite = make_suite(libraries=tuple(LEARNERS))
    folds = first_fold(toy, suite)
    files = {"as it is": toy, "changed": with_labels_changed(toy, getattr(folds[0], which)[:40])}
    found = {}
    for name, dataset in files.items():
        write(dataset, tmp_path / name)
        plan = make_plan(suite, {"toy": tmp_path / name}, split=lambda *_: folds)
        found[name] = stored(plan, tmp_path / f"{name}.sqlite")
    before, after = found["as it is"], found["changed"]
    assert len(before) == len(LEARNERS) * 3
    assert (before["status"] == "ok").all()
    assert (before["log_loss"] != after["log_loss"]).all()
    weighted = before["policy"] != "unweighted"
    assert ((before["weights"] == after["weights"]) == ((which == "test") | ~weighted)).all()
    assert ((before["model_digest"] == after["model_digest"]) == (which == "test")).all()


def test_weights_digest_and_figures_are_those_of_a_model_trained_by_hand(plan: Plan) -> None:
    model = next(m for m in plan.models.values() if m.policy == "balanced" and "lightgbm" in m.classifier)
    dataset, train_rows, test_rows = read(model.data), model.split.train, model.split.test
    labels = dataset.y[train_rows]
    weights = {label: len(labels) / (2 * (labels == label).sum()) for label in ("no", "yes")}
    by_hand = LGBMClassifier(**model.parameters).fit(
        dataset.X.iloc[train_rows], labels, sample_weight=np.vectorize(weights.get)(labels).astype(np.float32)
    )
    proba = by_hand.predict_proba(dataset.X)

    found = train(model)
    assert found.weights == pytest.approx(weights)
    assert found.digest == hashlib.sha256(np.ascontiguousarray(proba).tobytes()).hexdigest()
    predicted = by_hand.predict(dataset.X.iloc[test_rows])
    assert found.metrics["recall"] == recall_score(dataset.y[test_rows], predicted, pos_label="yes")
    assert found.metrics["roc_auc"] == roc_auc_score(dataset.y[test_rows] == "yes", proba[test_rows, 1])
    assert set(found.seconds) == {"fit", "fit_cpu", "predict"}


def test_many_classes_are_trained_and_measured(
    toy_of_three: Dataset, make_suite: MakeSuite, tmp_path: Path
) -> None:
    write(toy_of_three, tmp_path / "three")
    plan = make_plan(
        make_suite(libraries=tuple(LEARNERS), policies=("balanced",)),
        {"toy": tmp_path / "three"},
        split=first_fold,
    )
    rows = stored(plan, tmp_path / "store.sqlite")
    assert (rows["status"] == "ok").all()
    assert (rows["roc_auc"] > 0.5).all()


def test_an_error_in_the_worker_is_a_result(plan: Plan) -> None:
    model = dataclasses.replace(next(iter(plan.models.values())), classifier="json:JSONDecoder")
    assert attempt(model).status == "error"


SLOW = """
name = "slow"
title = "Slow"
data = ["yeast4"]
libraries = ["lightgbm"]
policies = ["unweighted", "sqrt_balanced", "balanced"]
folds = 4
trees = 300
threads = 1
seed = 0
seconds_per_model = 60
"""


BENCH = [sys.executable, "-c", "from boostweights.cli import main; main()", "bench", "--suite", "slow.toml"]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `BENCH` works, and the store that it fills."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    (tmp_path / "slow.toml").write_text(SLOW)
    return tmp_path / "runs" / "slow" / "store.sqlite"


def interrupted_when(condition: Callable[[], bool]) -> tuple[int, str]:
    """Start `BENCH`, press Ctrl-C at some moment, and return the exit code and what it said."""
    with subprocess.Popen(BENCH, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            wait_for(condition)
        finally:
            os.killpg(process.pid, signal.SIGINT)  # as a terminal does: to all of the group
        _, says = process.communicate(timeout=30)
    wait_for(lambda: not group_lives(process.pid), seconds=10)
    return process.returncode, says


def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(slow: Path) -> None:
    code, says = interrupted_when(lambda: known(slow) >= 1)
    assert code == 130
    assert "the same command goes on" in says
    assert "Traceback" not in says
    kept = known(slow)
    assert 1 <= kept < 12

    done = subprocess.run(BENCH, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Store(slow) as finished:
        assert len(finished.known()) == 12
        assert finished.runs()[-1]["new_results"] == {"ok": 12 - kept}


def test_ctrl_c_while_the_workers_start_ends_cleanly(slow: Path) -> None:
    def workers_import() -> bool:
        time.sleep(1.0)
        return True

    code, says = interrupted_when(lambda: slow.exists() and workers_import())
    assert code == 130
    assert "Traceback" not in says


def group_lives(group: int) -> bool:
    """Whether the group has a process that is no zombie: those wait for the machine's own init."""
    listed = subprocess.run(["ps", "-eo", "pgid=,stat="], capture_output=True, text=True, check=True)
    states = [line.split() for line in listed.stdout.splitlines()]
    return any(int(of) == group and not state.startswith("Z") for of, state in states)


def known(path: Path) -> int:
    if not path.exists():
        return 0
    with Store(path) as store:
        return len(store.known())


def wait_for(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.05)
