"""Where models are trained: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from multiprocessing import resource_tracker
from typing import Any

from pebble import ProcessExpired, ProcessPool

from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run.limits import TOO_LARGE
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, failure
from boostweights.errors import InvalidValueError
from boostweights.lazy import needs


def local(models: Sequence[Model], seconds: float, jobs: int) -> Iterator[Result]:
    """Yield results of processes of this machine, in the order in which they end.

    A process that needs too long or too much memory, or dies, costs its own model only.

    Parameters
    ----------
    models : sequence of Model
        What to train.
    seconds : float
        The most that a model may take.
    jobs : int
        Models trained at the same time.
    """
    # "spawn": a fork of a process whose libraries have started threads may hang
    pool = ProcessPool(max_workers=jobs, context=multiprocessing.get_context("spawn"))
    _start(pool)
    try:
        yield from _in_turn(
            models,
            2 * jobs,
            lambda model: pool.schedule(attempt, args=[model], timeout=seconds),
            lambda future, model: _local_result(future, model, seconds),
        )
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def on_dask(models: Sequence[Model], seconds: float, address: str) -> Iterator[Result]:
    """Yield results of the workers of a Dask cluster, in the order in which they end.

    The workers need boostweights, the libraries, and the data sets' files under the same paths. A model that
    kills its worker is tried as often as the scheduler allows, then is a failed row.

    Parameters
    ----------
    models : sequence of Model
        What to train.
    seconds : float
        How long to wait for the cluster, and the most that a model may take. Dask cannot stop a task, so a
        model's own watch ends its worker's process, which the cluster then starts anew.
    address : str
        Of the scheduler, such as ``"tcp://10.0.0.1:8786"``.

    Raises
    ------
    InvalidValueError
        If no scheduler answers there.
    """
    client = _client(address)
    try:
        # pure=False: Dask would otherwise take equal calls for one
        executor = client.get_executor(pure=False)
        workers = max(sum(client.nthreads().values()), 1)
        yield from _in_turn(
            models,
            2 * workers,
            lambda model: executor.submit(attempt, model, seconds),
            _dask_result,
        )
    finally:
        client.close()


def _in_turn(
    models: Sequence[Model],
    most: int,
    submit: Callable[[Model], Future[Result]],
    result: Callable[[Future[Result], Model], Result],
) -> Iterator[Result]:
    """Keep so many models under way, and no more, so that little is lost when the run is interrupted."""
    waiting = iter(models)
    under_way: dict[Future[Result], Model] = {}
    while True:
        while len(under_way) < most and (model := next(waiting, None)) is not None:
            under_way[submit(model)] = model
        if not under_way:
            return
        for future in wait(under_way, return_when=FIRST_COMPLETED).done:
            yield result(future, under_way.pop(future))


def _local_result(future: Future[Result], model: Model, seconds: float) -> Result:
    try:
        return future.result()
    except TimeoutError:
        return failure(model.key, "timeout", f"stopped after {seconds:g} seconds")
    except ProcessExpired as expired:
        if expired.exitcode == TOO_LARGE:
            most = f"its process needed more than {model.megabytes} megabytes"
            return failure(model.key, "out of memory", most)
        return failure(model.key, "killed", f"the process ended by itself, exit code {expired.exitcode}")


def _dask_result(future: Future[Result], model: Model) -> Result:
    from distributed import KilledWorker

    try:
        return future.result()
    except KilledWorker as killed:
        why = f"its worker died, of itself or at its limit of time or memory: {killed}"
        return failure(model.key, "killed", " ".join(why.split()))


def _client(address: str) -> Any:
    needs(["distributed"], "a Dask cluster", "dask")
    from distributed import Client

    try:
        return Client(address, set_as_default=False)
    except (OSError, ValueError) as unreachable:
        raise InvalidValueError(
            "a Dask scheduler must answer at the address",
            f"{address!r}: {' '.join(str(unreachable).split())}",
            "Start one with `dask scheduler`, or correct the address.",
        ) from unreachable


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
