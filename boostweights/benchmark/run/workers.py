"""Processes of this machine that train models one after another, and end with the run that started them."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from multiprocessing import connection, forkserver, resource_tracker
from typing import Any, Final

import numpy as np

from boostweights.benchmark.plan.learners import LEARNERS
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.run.fit import Shared
from boostweights.benchmark.run.limits import TOO_LARGE
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, failure
from boostweights.errors import BoostweightsError

METHODS: Final = ["forkserver", "spawn"] if sys.platform == "linux" else ["spawn"]
"""How a process starts, the first that works: by fork of a server that imported the libraries, or anew."""

_WITHOUT_THREADS: Final = {"OPENBLAS_NUM_THREADS": "1", "JE_ARROW_MALLOC_CONF": "background_thread:false"}
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
        self.deadline = float("inf")
        self.tasks, theirs = context.Pipe()
        self._model: Model | None = None
        # a daemon: an interpreter that exits ends it before it waits for it
        self._process = context.Process(target=_serve, args=[theirs], daemon=True)
        # a server may import for seconds before it forks, in which an interrupt is wanted
        with theirs, nullcontext() if method == "forkserver" else _interrupts_blocked():
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
        self.deadline = float("inf")
        try:
            result: Result | None = self.tasks.recv()
        except (EOFError, OSError):
            self._process.join()
            self.ended = True
            return None if model is None else _death(model, self._process.exitcode)
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
                "What it printed says why. A script must start runs below if __name__ == '__main__'.",
            ) from failed
        if method in self._methods:
            self._methods.remove(method)


def next_of(workers: Sequence[Worker]) -> Worker:
    """Wait, and return one that is ready, has a result, has ended, or is past its deadline."""
    soonest = min(workers, key=lambda worker: worker.deadline)
    left = max(soonest.deadline - time.monotonic(), 0.0)
    spoke = connection.wait([worker.tasks for worker in workers], None if left == float("inf") else left)
    return next((worker for worker in workers if worker.tasks in spoke), soonest)


def _serve(tasks: Any) -> None:
    """Train what is asked for, until the run ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it is for the run, which ends its workers
    multiprocessing.current_process().daemon = False  # what is trained may start processes
    np.random.seed()  # what has no seed would draw the same numbers in all forks
    threading.Thread(target=_end_with_the_run, daemon=True).start()
    with suppress(EOFError, OSError):  # the run has ended
        tasks.send(None)
        shared = Shared()
        while True:
            tasks.send(attempt(tasks.recv(), shared=shared))


def _end_with_the_run() -> None:
    run = multiprocessing.parent_process()
    assert run is not None
    run.join()  # the end of a pipe, which closes when the run ends, however it does
    os._exit(1)


def _death(model: Model, code: int | None) -> Result:
    if code == TOO_LARGE:
        most = f"its process needed more than {model.megabytes} megabytes"
        return failure(model.key, "out of memory", most)
    return failure(model.key, "killed", f"the process ended by itself, exit code {code}")


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
