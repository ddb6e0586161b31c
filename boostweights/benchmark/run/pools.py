"""Where models are trained: processes of this machine, or the workers of a Dask cluster."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run.fit import fold_of
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, failure
from boostweights.benchmark.run.workers import Worker, Workers, next_of
from boostweights.errors import InvalidValueError
from boostweights.lazy import needs


def local(models: Sequence[Model], seconds: float, jobs: int) -> Iterator[Result]:
    """Yield results of processes of this machine, in the order in which they end.

    A process trains the models of a fold one after another, which share what `Shared` says. One that needs
    too long or too much memory, or dies, costs its own model only: another one goes on with the fold.

    Parameters
    ----------
    models : sequence of Model
        What to train.
    seconds : float
        The most that a model may take.
    jobs : int
        Models trained at the same time.
    """
    waiting = _Waiting(models)
    pool = Workers(models)
    workers: list[Worker] = []
    try:
        workers += (pool.start() for _ in range(min(jobs, len(models))))
        while workers:
            worker = next_of(workers)
            result = worker.take(seconds)
            if waiting and not worker.ended:
                worker.give(waiting.next_for(worker), seconds)
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


class _Waiting:
    """Models that are not trained yet, fold by fold."""

    def __init__(self, models: Sequence[Model]) -> None:
        self._folds: dict[Hashable, list[Model]] = defaultdict(list)
        self._at: dict[Worker, Hashable] = {}
        for model in reversed(models):
            self._folds[fold_of(model)].append(model)

    def __bool__(self) -> bool:
        return bool(self._folds)

    def next_for(self, worker: Worker) -> Model:
        """Take a model of the worker's fold, or of one at which no other works, or of the largest one."""
        fold = self._at.pop(worker, None)
        if fold not in self._folds:
            others = {at for other, at in self._at.items() if not other.ended}
            free = (each for each in reversed(self._folds) if each not in others)
            fold = next(free, None) or max(self._folds, key=lambda each: len(self._folds[each]))
        self._at[worker] = fold
        models = self._folds[fold]
        model = models.pop()
        if not models:
            del self._folds[fold]
        return model


def on_dask(models: Sequence[Model], seconds: float, address: str) -> Iterator[Result]:
    """Yield results of the workers of a Dask cluster, in the order in which they end.

    The workers need boostweights, the libraries, and the data sets' files under the same paths. Models share
    nothing there: a cluster places them where it likes, and threads of one worker would share. One that
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
