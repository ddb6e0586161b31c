"""Where models are trained: processes of this machine that end with the run, or workers of a Dask cluster."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, nullcontext, suppress
from itertools import islice
from math import inf
from multiprocessing import connection, forkserver, resource_tracker
from types import ModuleType
from typing import Any

import numpy as np

from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import TOO_LARGE, attempt, failure
from boostweights.errors import BoostweightsError, explained
from boostweights.lazy import needs

METHODS = ["forkserver", "spawn"] if sys.platform == "linux" else ["spawn"]
"""How a process starts, the first that works: by fork of a server that imported the libraries, or anew."""

_WITHOUT_THREADS = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
"""Under which NumPy and Arrow start none when they are imported; a fit has the threads of its model."""


class Worker:
    """A process that trains one model after another.

    Attributes
    ----------
    ready : bool
        Whether it has started.
    ended : bool
        Whether it was seen to have ended.
    tasks : multiprocessing.connection.Connection
        Readable when it is ready for its first model, has a result, or has ended.
    deadline : float
        By the monotonic clock, of its model.
    """

    def __init__(self, method: str) -> None:
        context: Any = multiprocessing.get_context(method)
        self.method, self.ready, self.ended = method, False, False
        self.deadline = inf
        self.tasks, theirs = context.Pipe()
        self._model: Model | None = None
        # a daemon: an interpreter that exits ends it before it waits for it
        self._process = context.Process(target=_serve, args=[theirs], daemon=True)
        # a server may import for seconds before it forks, in which an interrupt is wanted
        with theirs, _without_main(), nullcontext() if method == "forkserver" else _interrupts_blocked():
            self._process.start()

    def give(self, model: Model, seconds: float) -> None:
        """Have it train a model."""
        self._model, self.deadline = model, time.monotonic() + seconds
        with suppress(OSError):  # it has died, as will be read
            self.tasks.send(model)

    def take(self, seconds: float) -> Result | None:
        """Return what became of its model; None if it had none."""
        model, self._model = self._model, None
        if model is not None and not self.tasks.poll():
            self.stop()
            return failure(model.key, "timeout", f"stopped after {seconds:g} seconds")
        self.deadline = inf
        try:
            result: Result | None = self.tasks.recv()
        except (EOFError, OSError):
            self._process.join()
            self.ended = True
            if model is None:
                return None
            if (code := self._process.exitcode) == TOO_LARGE:
                reason = f"its process needed more than {model.megabytes} megabytes"
                return failure(model.key, "out of memory", reason)
            return failure(model.key, "killed", f"the process ended by itself, exit code {code}")
        self.ready = True
        return result

    def stop(self) -> None:
        """End it, whatever it does."""
        self._process.kill()
        self._process.join()
        self.ended = True


class Workers:
    """Starts workers for models."""

    def __init__(self, models: Iterable[Model]) -> None:
        self._methods = list(METHODS)
        if self._methods[0] == "forkserver":
            _start_server(_safe_to_fork({model.library for model in models}))

    def start(self) -> Worker:
        """Return a new worker; raise BoostweightsError if none can be started."""
        while True:
            method = self._methods[0]
            try:
                return Worker(method)
            except (EOFError, OSError) as failed:
                self.give_up(method, failed)

    def give_up(self, method: str, failed: Exception | None = None) -> None:
        """Start others by the next method, or raise BoostweightsError if it was the last one."""
        if self._methods == [method]:
            raise BoostweightsError(
                "a process that trains must start",
                f"{failed or 'it ended before it was ready'}",
                "What it printed says why.",
            ) from failed
        if method in self._methods:
            self._methods.remove(method)


def local(models: Sequence[Model], seconds: float, jobs: int, until: float = inf) -> Iterator[Result]:
    """Yield results of processes of this machine, in the order in which they end.

    A process trains one model after another. One that needs too long or too much memory, or dies, costs its
    own model only: another one goes on.

    Parameters
    ----------
    models : sequence of Model
        What to train.
    seconds : float
        The most that a model may take.
    jobs : int
        Models trained at the same time.
    until : float
        By the monotonic clock: when all that still train are stopped, without results.
    """
    waiting = deque(models)
    pool = Workers(models)
    workers: list[Worker] = []
    try:
        workers += (pool.start() for _ in range(min(jobs, len(models))))
        while workers:
            # one that is ready, has a result, has ended, or is past its deadline
            soonest = min(workers, key=lambda worker: worker.deadline)
            left = max(min(soonest.deadline, until) - time.monotonic(), 0.0)
            ready = connection.wait([worker.tasks for worker in workers], None if left == inf else left)
            if time.monotonic() >= until:
                return
            worker = next((worker for worker in workers if worker.tasks in ready), soonest)
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


def _serve(tasks: Any) -> None:
    """Train what is asked for, until the run ends."""

    def end_with_the_run() -> None:
        run = multiprocessing.parent_process()
        assert run is not None
        run.join()  # the end of a pipe, which closes when the run ends, however it does
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the run, which ends its workers
    multiprocessing.current_process().daemon = False  # what is trained may start processes
    np.random.seed()  # what has no seed would draw the same numbers in all forks
    threading.Thread(target=end_with_the_run, daemon=True).start()
    with suppress(EOFError, OSError):  # the run has ended
        tasks.send(None)
        while True:
            tasks.send(attempt(tasks.recv()))


def _safe_to_fork(libraries: Iterable[str]) -> list[str]:
    """Return the modules of those libraries whose import starts no thread: a fork would lack it."""
    records = [LEARNERS[name] for name in libraries if name in LEARNERS]
    return sorted(record.classifier.partition(":")[0] for record in records if record.forks)


def _start_server(modules: list[str]) -> None:
    """Start the server that forks workers, if none runs; it imports modules while this process goes on."""
    # not __main__, which would run the caller's script again
    forkserver.set_forkserver_preload([__name__, *modules])
    before = {name: os.environ.get(name) for name in _WITHOUT_THREADS}
    os.environ.update(_WITHOUT_THREADS)
    try:
        with _interrupts_blocked():
            forkserver.ensure_running()
    finally:
        for name, value in before.items():
            os.environ.pop(name)
            if value is not None:
                os.environ[name] = value


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep a process that starts from running the caller's script again; it needs none of its names."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Keep Ctrl-C from the processes that start meanwhile, and from those that they start.

    A blocked signal stays so there. (Workers ignore it by themselves, but only once they have imported all.)
    """
    resource_tracker.ensure_running()  # it would unblock the signal for its own sake
    blocks = hasattr(signal, "pthread_sigmask")
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT}) if blocks else set()
    try:
        yield
    finally:
        if blocks:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)


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
    needs(["distributed"], "a Dask cluster", "dask")
    from distributed import Client, KilledWorker

    rule, remedy = (
        "a Dask scheduler must answer at the address",
        "Start one with `dask scheduler`, or correct it.",
    )
    with explained((OSError, ValueError), rule, remedy, address):
        client = Client(address, set_as_default=False)
    try:
        # pure=False: Dask would otherwise take equal calls for one
        executor = client.get_executor(pure=False)
        most = 2 * max(sum(client.nthreads().values()), 1)  # more would be lost where the run is interrupted
        waiting, under_way = iter(models), dict[Future[Result], Model]()
        while True:
            for model in islice(waiting, most - len(under_way)):
                under_way[executor.submit(attempt, model, seconds)] = model
            if not under_way:
                return
            for future in wait(under_way, return_when=FIRST_COMPLETED).done:
                model = under_way.pop(future)
                try:
                    yield future.result()
                except KilledWorker as killed:
                    reason = f"its worker died, of itself or at its limit of time or memory: {killed}"
                    yield failure(model.key, "killed", " ".join(reason.split()))
    finally:
        client.close()
