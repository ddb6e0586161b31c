"""Killed at any moment and started again, a run has the results of one left alone; nothing is lost."""

import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.pools import METHODS
from boostweights.benchmark.run.run import run
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import attempt


def full(values: Iterable[Any]) -> list[Any]:
    return [pytest.param(value, marks=pytest.mark.full) for value in values]


RESULTS = ("cells", "metrics", "datasets", "arms")


def environment() -> dict[str, str]:
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}


def left_alone(plan: Plan, directory: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, pd.DataFrame]:
    with monkeypatch.context() as patch, Store(directory / "store.sqlite") as store:
        patch.setattr(pools, "local", lambda models, *_: map(attempt, models))
        run(plan, store)
        return tables(store, directory)


def tables(store: Store, directory: Path) -> dict[str, pd.DataFrame]:
    export(store, directory)
    return {name: pd.read_parquet(directory / f"{name}.parquet") for name in RESULTS}


def kills(seed: int = 0) -> Iterator[dict[str, Any]]:
    """Twenty-one of them, fourteen inside a commit: of the run's beginning, of a result, whole and torn."""
    rng = np.random.default_rng(seed)
    for number in range(14):
        yield {"where": "commit", "write": int(rng.integers(1, 25)), "torn": bool(number % 2)}
        if number % 4 == 1:
            yield {"where": "training", "model": 2}
        if number % 4 == 3:
            yield {"where": "reported", "model": 1}
    yield {"where": "commit", "write": 1, "torn": True}


@pytest.mark.full
def test_twenty_kills_lose_nothing_and_change_nothing(
    toy_file: Path, make_suite: Callable[..., Suite], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    suite = make_suite(folds=5, trees=3)
    plan = make_plan(suite, {"toy": toy_file})
    wanted = left_alone(plan, tmp_path / "alone", monkeypatch)
    (tmp_path / "suite").write_bytes(pickle.dumps(suite))
    path = tmp_path / "killed" / "store.sqlite"
    planned = list(kills())
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("killing.py"), toy_file, tmp_path / "suite", path],
        input=json.dumps([*planned, {"where": "nowhere"}]),
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    died = [line["killed"] for line in lines if "killed" in line]
    assert died == planned
    assert len(died) >= 20
    assert sum(kill["where"] == "commit" for kill in died) >= 5
    assert [line["signal"] for line in lines if "signal" in line] == [signal.SIGKILL] * len(died) + [0]

    told: list[str] = []
    for line in lines:
        told += [line["told"]] if "told" in line else []
        if "known" in line:
            assert set(told) <= set(line["known"]), "a result that was told of is lost"
            assert line["damage"] == "ok"
    assert len(told) == len(set(told)), "a model was computed twice"
    with Store(path) as store:
        for name, table in tables(store, tmp_path / "killed").items():
            pd.testing.assert_frame_equal(table, wanted[name], check_exact=True)


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


def bench(method: str) -> list[str]:
    """Return the command that runs the suite on workers that start so."""
    chosen = f"from boostweights.benchmark.run import pools; pools.METHODS[:] = [{method!r}]"
    command = "from boostweights.cli.main import main; main()"
    return [sys.executable, "-c", f"{chosen}; {command}", "bench", "--suite", "slow.toml"]


@pytest.fixture
def slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `bench` works, and the store that it fills."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(filter(None, sys.path)))
    (tmp_path / "slow.toml").write_text(SLOW)
    return tmp_path / "runs" / "slow" / "store.sqlite"


def ended_when(
    condition: Callable[[], bool], how: Callable[[int], None], method: str = METHODS[0]
) -> tuple[int, str]:
    """Start `bench`, end it at some moment, and return the exit code and what it said."""
    with subprocess.Popen(
        bench(method), stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            wait_for(condition)
        finally:
            how(process.pid)
        _, says = process.communicate(timeout=20)
    wait_for(lambda: not group_lives(process.pid), seconds=10)
    return process.returncode, says


def press_ctrl_c(process: int) -> None:
    os.killpg(process, signal.SIGINT)  # as a terminal does: to all of the group


def kill(process: int) -> None:
    os.kill(process, signal.SIGKILL)  # the run itself alone; its workers must end by themselves


both = pytest.mark.parametrize("method", [METHODS[0], *full(METHODS[1:])])


@both
def test_ctrl_c_ends_cleanly_and_the_same_command_goes_on(method: str, slow: Path) -> None:
    code, says = ended_when(lambda: known(slow) >= 1, press_ctrl_c, method)
    assert code == 130
    assert "the same command goes on" in says
    assert "Traceback" not in says
    kept = known(slow)
    assert 1 <= kept < 12

    done = subprocess.run(bench(method), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    with Store(slow) as finished:
        assert len(finished.known()) == 12
        assert finished.runs()[-1]["new_results"] == {"ok": 12 - kept}


@both
@pytest.mark.parametrize("times", [1, *full([20])])
def test_ctrl_c_pressed_again_and_again_at_the_start_ends_within_seconds(
    method: str, times: int, slow: Path
) -> None:
    rng = np.random.default_rng(times)

    def press(process: int) -> None:
        for pause in (rng.uniform(0, 3), *rng.uniform(0, 0.3, rng.integers(1, 3))):
            time.sleep(pause)
            with suppress(ProcessLookupError):
                press_ctrl_c(process)

    for _ in range(times):
        shutil.rmtree(slow.parent, ignore_errors=True)
        code, _ = ended_when(slow.exists, press, method)
        assert code in {
            130,
            -signal.SIGINT,
            1,
        }  # the last two where it is pressed while the first is answered


@both
@pytest.mark.parametrize("times", [1, *full([8])])
def test_a_killed_bench_leaves_no_process_and_goes_on(
    method: str, times: int, slow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(times):
        before = known(slow)
        assert ended_when(lambda least=before: known(slow) > least, kill, method)[0] == -signal.SIGKILL
        assert known(slow) > before or number == times - 1
    if times > 1:
        assert subprocess.run(bench(method), capture_output=True, check=False).returncode == 0
        from boostweights.benchmark.data.load import prepare

        plan = make_plan(load_suite("slow.toml"), {"yeast4": prepare("yeast4")})
        wanted = left_alone(plan, tmp_path / "alone", monkeypatch)
        with Store(slow) as store:
            for name, table in tables(store, tmp_path / "killed").items():
                pd.testing.assert_frame_equal(table, wanted[name], check_exact=True)


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
