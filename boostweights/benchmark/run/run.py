"""A run: train the models of a plan that the store lacks; and train cells of a published run again."""

import math
import os
import platform
import shlex
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path

import numpy as np
import pandas as pd

from boostweights.benchmark.plan.forecast import Forecast
from boostweights.benchmark.plan.plan import Model, Plan
from boostweights.benchmark.run import pools
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.store import CELL, Store
from boostweights.benchmark.run.train import attempt, failure
from boostweights.errors import check_that
from boostweights.progress import progress_bar


def run(
    plan: Plan,
    store: Store,
    *,
    jobs: int = 2,
    dask: str | None = None,
    on_result: Callable[[Result], None] | None = None,
    until: float = math.inf,
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
    until : float, optional
        By the monotonic clock: when what is not trained yet is left out.
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
    facts = {
        "suite": plan.suite.facts(),
        "versions": plan.versions,
        "estimators": {
            model.recipe.classifier: {k: v for k, v in model.recipe.parameters.items() if k != "cat_features"}
            for model in reversed(list(plan.models.values()))  # of several, the first one
        },
        "commit": commit(),
        "command": shlex.join([os.path.basename(sys.argv[0]), *sys.argv[1:]]),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "jobs": jobs,
        "dask": dask,
        "started": _now(),
    }
    number = store.begin_run(facts, plan.data, plan.cells, plan.suite.arms)
    known = store.known()
    missing = [model for key, model in plan.models.items() if key not in known and part(model)]
    if until == math.inf:  # the first one of each library first, so that times are known soon
        first = {model.library: model.key for model in reversed(missing)}
        missing.sort(key=lambda model: model.key != first[model.library])
    absent = (
        failure(model.key, "not installed", f"{model.recipe.classifier} is not installed")
        for model in missing
        if not model.installed
    )
    installed = [model for model in missing if model.installed]
    counts: Counter[str] = Counter()
    trained: Iterable[Result] = ()
    if installed:
        seconds = plan.suite.seconds_per_model
        trained = (
            pools.local(installed, seconds, jobs, until)
            if dask is None
            else pools.on_dask(installed, seconds, dask)
        )
    try:
        for result in chain(absent, trained):
            store.save(result)
            counts[result.status] += 1
            if on_result is not None:
                on_result(result)
            if time.monotonic() >= until:
                break
    finally:
        store.end_run(number, {"finished": _now(), "new_results": dict(counts)})
    return counts


def run_with_progress(
    plan: Plan,
    store: Store,
    *,
    jobs: int = 2,
    dask: str | None = None,
    part: Callable[[Model], bool] = lambda _model: True,
    until: float = math.inf,
    drawn: bool = False,
    line: Callable[[str], object] = str,
) -> None:
    """Train what a plan's store lacks, or a part of it, and show the time left.

    Parameters
    ----------
    plan, store, jobs, dask, part, until
        As for `run`.
    drawn : bool, default=False
        Whether to draw a bar.
    line : callable, optional
        Prints a line on the work.
    """
    store.claim()
    seconds = store.model_seconds()
    known = store.known()
    wanted = {key: model for key, model in plan.models.items() if part(model)}
    forecast = Forecast(wanted.values(), {key: seconds.get(key, 0.0) for key in known})
    begun = count = sum(key in known for key in wanted)
    is_announced = count == len(wanted)
    with progress_bar("training", drawn=drawn, line=line) as show_share:

        def show_count() -> None:
            left = _duration(forecast.seconds_left(jobs))
            show_share(forecast.share, f"{count}/{len(wanted)} models, about {left} left, so far")

        def on_result(result: Result) -> None:
            nonlocal count, is_announced
            count += 1
            forecast.done(result.model_key, result.wall_seconds)
            show_count()
            if not is_announced and not forecast.unknown:
                is_announced = True
                left = len(wanted) - count
                about = _duration(forecast.seconds_left(jobs))
                line(f"about {about} for {left} more models, by {count - begun} first fits")

        show_count()
        run(plan, store, jobs=jobs, dask=dask, on_result=on_result, until=until, part=part)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def commit() -> str | None:
    """Return the commit of the checkout that is run, marked where files differ; None where it is none."""
    home = Path(__file__).parents[3]
    if not (home / ".git").exists():
        return None
    git = ["git", "-C", str(home)]
    with suppress(FileNotFoundError, subprocess.CalledProcessError):  # no git, or no commit
        head = subprocess.check_output([*git, "rev-parse", "HEAD"], text=True, stderr=subprocess.DEVNULL)
        changes = subprocess.check_output([*git, "status", "--porcelain", "--untracked-files=no"], text=True)
        return f"{head.strip()} and changes" if changes.strip() else head.strip()
    return None


def check_clean_commit() -> None:
    """Raise unless the checkout is exactly a commit.

    Raises
    ------
    InvalidValueError
        If it is no checkout, or files differ from the commit.
    """
    head, rule = commit(), "this run needs a clean commit, which it records"
    is_clean = head is not None and not head.endswith("changes")
    check_that(is_clean, rule, str(head), "Commit, or check out a commit.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A published cell and what came of training it again.

    Attributes
    ----------
    cell : str
        Data set, fold, library, regime and arm.
    status : str
        "ok", or why it failed now.
    same : bool
        Whether its probabilities are the same to the bit.
    """

    cell: str
    status: str
    same: bool


def sampled_cells(cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return a random 1 % of the cells that have results, at least five.

    Examples
    --------
    >>> cells = pd.DataFrame({"status": ["ok"] * 9 + ["error"], "cell": range(10)})
    >>> len(sampled_cells(cells, seed=0))
    5
    """
    done = cells[cells["status"] == "ok"]
    count = min(len(done), max(5, round(0.01 * len(done))))
    chosen = np.random.default_rng(seed).choice(len(done), count, replace=False)
    return done.iloc[np.sort(chosen)]


def retrained(plan: Plan, chosen: pd.DataFrame, versions: Mapping[str, str | None]) -> Iterator[Retrained]:
    """Train cells again, one after another.

    Parameters
    ----------
    plan : Plan
        The plan of their suite, by this version's code.
    chosen : pandas.DataFrame
        The cells, each found in the plan by its name.
    versions : mapping of str to str
        The versions of packages that the published run records.

    Raises
    ------
    InvalidValueError
        If another version of a package is installed, or the plan has no such cell.
    """
    rule = "a published cell is trained again by the code, the data and the versions that made it"
    remedy = "Check out the commit in its run.json, and install the versions recorded there."
    for package in versions.keys() & plan.versions.keys():
        recorded, here = versions[package], plan.versions[package]
        check_that(here == recorded, rule, f"{package} {here} in place of {recorded}", remedy)
    models = {tuple(getattr(cell, name) for name in CELL): cell.model_key for cell in plan.cells}
    for row in chosen.to_dict("records"):
        cell = tuple(row[name] for name in CELL)
        where = " ".join(map(str, cell))
        check_that(cell in models, rule, f"{where}, which is not a cell of suite {plan.suite.name}", remedy)
        result = attempt(plan.models[models[cell]])
        yield Retrained(cell=where, status=result.status, same=result.digest == row["model_digest"])
