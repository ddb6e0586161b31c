"""A run: train the models of a plan that the store lacks, several at a time, each within its limits."""

import os
import platform
import shlex
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from boostweights.benchmark.plan.plan import Model, Plan
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.provenance import analysis_digest, commit
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.run.train import failure


def run(
    plan: Plan,
    store: Store,
    *,
    jobs: int = 2,
    dask: str | None = None,
    on_result: Callable[[Result], None] | None = None,
    part: Callable[[Model], bool] = lambda _model: True,
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
    dask : str, optional
        The address of a Dask scheduler, whose workers train in place of processes of this machine.
    on_result : callable, optional
        Behaviour of every new result, after it was stored.
    part : callable, optional
        Which of the plan's models to train now; the plan stays the whole one.

    Returns
    -------
    counts : mapping of str to int
        How many new results of each status.

    Raises
    ------
    StoreError
        If another run works on the store, it is damaged, or there is no space left; results that were told
        of are stored.
    """
    store.claim()
    number = store.begin_run(_facts(plan, jobs, dask), plan.data, plan.cells, plan.suite.arms)
    known = store.known()
    missing = _one_of_each_first(
        [model for key, model in plan.models.items() if key not in known and part(model)]
    )
    counts: Counter[str] = Counter()
    try:
        for result in _results(missing, plan.suite.seconds_per_model, jobs, dask):
            store.save(result)
            counts[result.status] += 1
            if on_result is not None:
                on_result(result)
    finally:
        store.end_run(number, {"finished": _now(), "new_results": dict(counts)})
    return counts


def _one_of_each_first(models: list[Model]) -> list[Model]:
    """Return the models with the first one of each library first, so that times are known soon."""
    first = {model.library: model.key for model in reversed(models)}
    return sorted(models, key=lambda model: model.key != first[model.library])


def _results(models: list[Model], seconds: float, jobs: int, dask: str | None) -> Iterator[Result]:
    for model in models:
        if not model.installed:
            yield failure(model.key, "not installed", f"{model.recipe.classifier} is not installed")
    wanted = [model for model in models if model.installed]
    if not wanted:
        return
    if dask is None:
        yield from pools.local(wanted, seconds, jobs)
    else:
        yield from pools.on_dask(wanted, seconds, dask)


def _facts(plan: Plan, jobs: int, dask: str | None) -> dict[str, Any]:
    return {
        "suite": plan.suite.facts(),
        "versions": plan.versions,
        "estimators": {
            model.recipe.classifier: {k: v for k, v in model.recipe.parameters.items() if k != "cat_features"}
            for model in reversed(list(plan.models.values()))  # of several, the first one
        },
        "commit": commit(),
        "analysis": analysis_digest(),
        "command": shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "jobs": jobs,
        "dask": dask,
        "started": _now(),
    }


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
