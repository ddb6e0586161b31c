"""A run: train the models of a plan that the store lacks, several at a time, each within its time limit."""

from __future__ import annotations

import multiprocessing
import os
import platform
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from datetime import UTC, datetime
from multiprocessing import resource_tracker
from typing import Any

from pebble import ProcessExpired, ProcessPool

from boostweights.benchmark.plan import Model, Plan
from boostweights.benchmark.store import Result, Store
from boostweights.benchmark.train import attempt, failure

__all__ = ["run"]


def run(
    plan: Plan, store: Store, *, jobs: int = 2, on_result: Callable[[Result], None] | None = None
) -> Mapping[str, int]:
    """Train what the store lacks and keep each result as soon as it is there.

    Interrupting it, or killing it at any moment, loses at most the models that were being trained.

    Parameters
    ----------
    plan : Plan
        What is wanted; it becomes the plan that the store reports.
    store : Store
        Where results are and go.
    jobs : int, default=2
        Models trained at the same time, each in a process of its own.
    on_result : callable, optional
        Told of every new result, after it was stored.

    Returns
    -------
    counts : mapping of str to int
        How many new results of each status.
    """
    number = store.begin_run(_facts(plan, jobs), plan.data, plan.cells)
    known = store.known()
    missing = [model for key, model in plan.models.items() if key not in known]
    counts: Counter[str] = Counter()
    try:
        for result in _results(missing, plan.suite.seconds_per_model, jobs):
            store.save(result)
            counts[result.status] += 1
            if on_result is not None:
                on_result(result)
    finally:
        store.end_run(number, {"finished": _now(), "new_results": dict(counts)})
    return counts


def _results(models: Iterable[Model], seconds: float, jobs: int) -> Iterator[Result]:
    wanted = []
    for model in models:
        if model.installed:
            wanted.append(model)
        else:
            yield failure(model.key, "not installed", f"{model.classifier} is not installed")
    if wanted:
        yield from _pooled(wanted, seconds, jobs)


def _pooled(models: list[Model], seconds: float, jobs: int) -> Iterator[Result]:
    """Yield results in the order in which they end; never more than two models a worker are under way."""
    # "spawn": a fork of a process whose libraries have started threads may hang
    pool = ProcessPool(max_workers=jobs, context=multiprocessing.get_context("spawn"))
    _start(pool)
    waiting = iter(models)
    under_way: dict[Future[Result], Model] = {}
    try:
        while True:
            while len(under_way) < 2 * jobs and (model := next(waiting, None)) is not None:
                under_way[pool.schedule(attempt, args=[model], timeout=seconds)] = model
            if not under_way:
                break
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                yield _result(future, under_way.pop(future), seconds)
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _result(future: Future[Result], model: Model, seconds: float) -> Result:
    try:
        return future.result()
    except TimeoutError:
        return failure(model.key, "timeout", f"stopped after {seconds:g} seconds")
    except ProcessExpired as expired:
        return failure(model.key, "killed", f"the process ended by itself, exit code {expired.exitcode}")


def _start(pool: ProcessPool) -> None:
    """Start the workers so that Ctrl-C is for this process alone, which then stops them.

    A signal blocked here stays so in every thread and process that starts meanwhile, and in those that
    they start. (Workers ignore it by themselves too, but only when they have imported everything.)
    """
    resource_tracker.ensure_running()  # it would unblock the signal for its own sake
    blocks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        assert pool.active  # asking starts it
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _facts(plan: Plan, jobs: int) -> dict[str, Any]:
    suite = plan.suite
    return {
        "suite": {name: getattr(suite, name) for name in type(suite).__slots__},
        "versions": plan.versions,
        "estimators": {
            model.classifier: {k: v for k, v in model.parameters.items() if k != "cat_features"}
            for model in plan.models.values()
        },
        "command": shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        "jobs": jobs,
        "started": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
