"""A process that dies while it trains costs one model, and the others are trained."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.foreign import Foreign
from boostweights.benchmark.plan.plan import make_plan
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt

MakeSuite = Callable[..., Suite]


def numbers(rows: int = 300) -> Dataset:
    rng = np.random.default_rng(3)
    X = pd.DataFrame(rng.normal(size=(rows, 4)).round(1), columns=list("abcd"))
    y = np.where(X["a"] + rng.normal(size=rows) > 1.0, "yes", "no")
    return Dataset(name="toy", X=X, y=y, positive="yes")


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
