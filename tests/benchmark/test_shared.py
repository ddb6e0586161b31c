"""Models of one fold share its rows; each is the same to the bit as one that shares nothing."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.foreign import Foreign
from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Model, make_plan
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.fit import Shared
from boostweights.benchmark.run.pools import Worker
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt

MakeSuite = Callable[..., Suite]

ARMS = [
    {"name": "unweighted", "tune": True},
    {"name": "root", "policy": "sqrt_balanced", "correction": "fitted"},
    {"name": "balanced", "policy": "balanced", "tune": True},
    {"name": "over", "resample": "over"},
    {"name": "over, weighted", "policy": "balanced", "resample": "over", "resolve": "before"},
    {"name": "pasted", "policy": "balanced", "form": "scale_pos_weight", "pinned": False},
    {"name": "form", "policy": "balanced", "form": "class_weight"},
    {"name": "stopped", "policy": "balanced", "early_stopping": "unweighted"},
]


def numbers(rows: int = 300) -> Dataset:
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(rows, 4)).round(1), columns=list("abcd"))
    y = np.where(X["a"] + rng.normal(size=rows) > 1.0, "yes", "no")
    return Dataset(name="toy", X=X, y=y, positive="yes")


@pytest.fixture
def models_of(make_suite: MakeSuite, tmp_path: Path) -> Callable[..., list[Model]]:
    """The models of a suite over a data set, by default of numbers alone."""

    def make(library: str, dataset: Dataset | None = None, **changes: Any) -> list[Model]:
        write(dataset or numbers(), tmp_path / "toy.parquet")
        suite = make_suite(libraries=(library,), folds=2, **changes)
        return list(make_plan(suite, {"toy": tmp_path / "toy.parquet"}).models.values())

    return make


def told(result: Result) -> Result:
    """A result without its times."""
    return dataclasses.replace(result, seconds={})


@pytest.mark.parametrize(
    "library",
    [
        name if name in ("xgboost", "lightgbm", "catboost") else pytest.param(name, marks=pytest.mark.full)
        for name in LEARNERS
    ],
)
@pytest.mark.parametrize("kind", ["numbers", pytest.param("categories", marks=pytest.mark.full)])
def test_what_is_shared_changes_no_bit_of_any_result(
    kind: str, library: str, toy: Dataset, models_of: Callable[..., list[Model]]
) -> None:
    models = models_of(library, toy if kind == "categories" else None, arms=ARMS)
    alone = {model.key: told(attempt(model)) for model in models}
    for order in (models, models[::-1]):
        shared = Shared()
        assert {model.key: told(attempt(model, shared=shared)) for model in order} == alone
    assert {result.status for result in alone.values()} == {"ok"}


# Which model goes where.


def test_a_worker_stays_in_its_fold_and_helps_where_most_is_left(
    toy_file: Path, make_suite: MakeSuite
) -> None:
    models = list(make_plan(make_suite(libraries=("lightgbm",), folds=2), {"toy": toy_file}).models.values())
    waiting = pools._Waiting(models)
    one, two, three = (cast(Worker, type("Stub", (), {"ended": False})()) for _ in range(3))
    taken = [waiting.next_for(worker) for worker in (one, two, two)]
    assert [models.index(model) for model in taken] == [0, 3, 4]
    two.ended = True  # and so nobody works at the second fold
    assert waiting.next_for(three) is models[5]
    assert waiting.next_for(three) is models[1]  # the first is all that is left
    assert waiting.next_for(one) is models[2]
    assert not waiting


# A process that dies in the middle of a fold.

GRIM = """
import os, time
from pathlib import Path
from boostweights.benchmark.metrics import Metric

def dies(y, proba):
    return once(lambda: os._exit(3))

def sleeps(y, proba):
    return once(lambda: time.sleep(60))

measured = []

def once(end):
    measured.append(1)
    if len(measured) == 3 and not Path(__file__).with_name("done").exists():  # the third model of a process
        Path(__file__).with_name("done").touch()
        end()
    return 0.0

dying = Metric(name="dying", of="score", value=dies)
sleeping = Metric(name="sleeping", of="score", value=sleeps)
"""


@pytest.mark.full
@pytest.mark.parametrize(("what", "status"), [("dying", "killed"), ("sleeping", "timeout")])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_process_that_ends_in_a_fold_costs_one_model_and_the_fold_goes_on(
    what: str, status: str, jobs: int, make_suite: MakeSuite, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "grim.py").write_text(GRIM)
    monkeypatch.syspath_prepend(tmp_path)
    write(numbers(), tmp_path / "toy.parquet")
    own = Foreign(name=f"grim:{what}", folder=str(tmp_path), source="grim")
    policies: list[Any] = [{"kind": "Explicit", "positive": float(ratio)} for ratio in (2, 3, 5, 8, 13)]
    arms = [{"name": str(at), "policy": policy} for at, policy in enumerate(policies)]
    suite = make_suite(libraries=("lightgbm",), arms=arms, folds=2, seconds_per_model=8.0)
    suite = dataclasses.replace(suite, own={what: own}, metrics=(what,))
    plan = make_plan(suite, {"toy": tmp_path / "toy.parquet"})
    with Store(tmp_path / "store.sqlite") as store:
        counts = run(plan, store, jobs=jobs)
        found = store.cells()
    assert counts == {"ok": len(plan.models) - 1, status: 1}
    (tmp_path / "done").touch()
    for _, row in found[found["status"] == "ok"].iterrows():
        assert attempt(plan.models[row["model_key"]]).digest == row["model_digest"]
