"""Where models are trained: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, failure
from boostweights.benchmark.run.workers import Worker, Workers, next_of
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
    waiting = deque(models)
    pool = Workers(models)
    workers: list[Worker] = []
    try:
        workers += (pool.start() for _ in range(min(jobs, len(models))))
        while workers:
            worker = next_of(workers)
            result = worker.take(seconds)
            if waiting and not worker.ended:
                worker.give(waiting.popleft(), seconds)
            else:
                workers.remove(worker)
                worker.stop()
            if waiting and worker.ended:
                if not worker.ready:
                    pool.give_up(worker.method)
                workers.append(pool.start())
            if result is not None:
                yield result
    finally:
        for worker in workers:
            worker.stop()


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
