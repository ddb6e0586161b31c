"""A run trains what is missing, each model once; whatever happens to a model is a row."""

import dataclasses
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import dask
import numpy as np
import pandas as pd
import psutil
import pytest

from boostweights.adapters.record import Record
from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.splits import Split, folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.pools import METHODS
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt, train
from boostweights.errors import InvalidValueError

MakeSuite = Callable[..., Suite]


@pytest.fixture
def no_pool(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError("nothing is missing, so no process may be started")

    monkeypatch.setattr(pools, "Workers", refuse)


@pytest.fixture
def plan(toy_file: Path, make_suite: MakeSuite) -> Plan:
    return make_plan(make_suite(libraries=tuple(LEARNERS), folds=2), {"toy": toy_file})


@pytest.mark.parametrize(
    "method", [METHODS[0], *(pytest.param(other, marks=pytest.mark.full) for other in METHODS[1:])]
)
def test_two_runs_of_one_plan_are_equal_and_a_third_trains_nothing(
    method: str, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pools, "METHODS", [method])
    seen: list[Result] = []
    ways = {"one": lambda models, *_: map(attempt, models), "two": pools.local}  # in this process, in others
    for name, way in ways.items():
        monkeypatch.setattr(pools, "local", way)
        with Store(tmp_path / name / "store.sqlite") as store:
            assert run(plan, store, on_result=seen.append) == {"ok": len(plan.cells)}
            export(store, tmp_path / name)
    assert method == "spawn" or server().num_threads() == 1
    assert len(seen) == 2 * len(plan.models)
    for table in ("cells", "metrics", "datasets", "arms"):
        one, two = (tmp_path / name / f"{table}.parquet" for name in ("one", "two"))
        pd.testing.assert_frame_equal(pd.read_parquet(one), pd.read_parquet(two), check_exact=True)
        assert one.read_bytes() == two.read_bytes()

    monkeypatch.setattr(pools, "Workers", None)
    with Store(tmp_path / "one" / "store.sqlite") as store:
        assert run(plan, store, on_result=seen.append) == {}
        assert [facts["new_results"] for facts in store.runs()] == [{"ok": len(plan.models)}, {}]
    assert len(seen) == 2 * len(plan.models)


def server() -> psutil.Process:
    """Return the process from which workers are forked."""
    (found,) = (each for each in psutil.Process().children() if "forkserver" in " ".join(each.cmdline()))
    return found


def test_models_that_still_train_at_the_end_are_stopped_without_results(plan: Plan, tmp_path: Path) -> None:
    until = time.monotonic() + 0.01  # before any process can be ready
    with Store(tmp_path / "store.sqlite") as store:
        assert run(plan, store, until=until) == {}
        assert store.known() == frozenset()
    assert multiprocessing.active_children() == []


def test_only_what_is_missing_is_trained(plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def pooled(models: list[object], *_: object) -> list[Result]:
        asked.extend(model.key for model in models)  # type: ignore[attr-defined]
        return []

    monkeypatch.setattr(pools, "local", pooled)
    first, *others = plan.models
    with Store(tmp_path / "store.sqlite") as store:
        store.save(Result(model_key=first, status="ok"))
        run(plan, store)
    assert sorted(asked) == sorted(others)  # one of each library first


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

class Eats(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        eaten = [bytearray(b"x" * 50_000_000) for _ in range(40)]
        time.sleep(60)

class Dies(HistGradientBoostingClassifier):
    def fit(self, X, y, sample_weight=None):
        os._exit(3)
"""


def hostile(name: str, *, installed: bool = True) -> Record:
    return dataclasses.replace(
        LEARNERS["sklearn"],
        classifier=f"hostile:{name}",
        distributions=("scikit-learn",) if installed else ("no-such-package",),
    )


def first_fold(dataset: Dataset, suite: Suite) -> list[Split]:
    return list(folds(dataset, suite))[:1]


def test_every_failure_is_a_row_and_costs_only_itself(
    toy_file: Path, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    learners: Mapping[str, Record] = {
        "sklearn": LEARNERS["sklearn"],
        "raises": hostile("Raises"),
        "exhausts": hostile("Exhausts"),
        "absent": hostile("Raises", installed=False),
        "no module": dataclasses.replace(hostile("Raises"), classifier="no_such_module:Raises"),
        "dies": hostile("Dies"),
        "sleeps": hostile("Sleeps"),
        "eats": hostile("Eats"),
    }
    suite = make_suite(
        libraries=tuple(learners), arms=["balanced"], seconds_per_model=8.0, megabytes_per_model=1000
    )
    plan = make_plan(suite, {"toy": toy_file}, split=first_fold, learners=learners)
    with Store(tmp_path / "store.sqlite") as store:
        counts = run(plan, store, jobs=1)
        rows = store.cells().set_index("library")
        assert set(store.metrics()["library"]) == {"sklearn"}
    assert rows["status"].to_dict() == {
        "dies": "killed",
        "sleeps": "timeout",
        "eats": "out of memory",
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
    assert rows.loc["sleeps", "error"] == "stopped after 8 seconds"
    assert "exit code 3" in rows.loc["dies", "error"]
    assert rows.drop("sklearn")["error"].notna().all()
    assert rows.loc["eats", "error"] == "its process needed more than 1000 megabytes"


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
        figures = store.metrics()
        log_loss = figures[(figures["metric"] == "log_loss") & (figures["proba"] == "raw")]
        return store.cells().merge(log_loss, on=["dataset", "repeat", "fold", "library", "arm"])


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
    assert (before["value"] != after["value"]).all()
    weighted = before["arm"] != "unweighted"
    assert ((before["weights"] == after["weights"]) == ((which == "test") | ~weighted)).all()
    assert ((before["model_digest"] == after["model_digest"]) == (which == "test")).all()


def test_an_error_in_the_worker_is_a_result(plan: Plan) -> None:
    model = next(iter(plan.models.values()))
    broken = dataclasses.replace(
        model, recipe=dataclasses.replace(model.recipe, classifier="json:JSONDecoder")
    )
    assert attempt(broken).status == "error"


# Elsewhere: a Dask cluster.


def test_a_dask_cluster_gives_the_results_of_this_machine(
    toy_file: Path, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    distributed = pytest.importorskip("distributed")
    (tmp_path / "hostile.py").write_text(HOSTILE)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    learners = {"lightgbm": LEARNERS["lightgbm"], "dies": hostile("Dies"), "raises": hostile("Raises")}
    suite = make_suite(libraries=tuple(learners), arms=["balanced"])
    plan = make_plan(suite, {"toy": toy_file}, split=first_fold, learners=learners)
    options = {
        "distributed.scheduler.allowed-failures": 0,
        "distributed.admin.log-length": 0,
        "distributed.comm.retry.count": 0,
    }
    with (
        dask.config.set(options),
        distributed.LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=logging.CRITICAL
        ) as cluster,
        Store(tmp_path / "store.sqlite") as store,
    ):
        run(plan, store, dask=cluster.scheduler_address)
        rows = store.cells().set_index("library")
        assert store.runs()[0]["dask"] == cluster.scheduler_address
    assert rows["status"].to_dict() == {"lightgbm": "ok", "dies": "killed", "raises": "error"}
    assert "its worker died" in rows.loc["dies", "error"]
    here = train(plan.models[rows.loc["lightgbm", "model_key"]])
    assert here.digest == rows.loc["lightgbm", "model_digest"]


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense://x"])
def test_an_address_where_no_scheduler_answers_is_one_line(plan: Plan, tmp_path: Path, address: str) -> None:
    pytest.importorskip("distributed")
    with (
        dask.config.set({"distributed.comm.timeouts.connect": "1s"}),
        Store(tmp_path / "store.sqlite") as store,
        pytest.raises(InvalidValueError, match="a Dask scheduler must answer at the address"),
    ):
        run(plan, store, dask=address)
