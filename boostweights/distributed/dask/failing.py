"""Computing on a cluster, and what goes wrong there said as an error of this library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any

from boostweights.errors import BoostweightsError, InvalidValueError, explained
from boostweights.frames.dask import merged
from boostweights.frames.engines import engine_of


@contextmanager
def dying(doing: str, client: Any = None, raised: str = "") -> Iterator[None]:
    """Wrap the deaths of workers in an error that says what they were doing and what to do.

    Parameters
    ----------
    doing : str
        What the workers are asked for.
    client : distributed.Client, default=None
        The cluster, whose lost workers are named.
    raised : str, default=""
        ``"module:Name"`` of what a library raises on a worker: where it loses another one, or else refuses
        rows or settings.

    Raises
    ------
    InvalidValueError
        If workers die again and again, or one dies on which the library's training depends.
    """
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    kinds = (KilledWorker, FutureCancelledError, *map(resolve_name, filter(None, [raised])))
    before = _workers(client)
    try:
        yield
    except BoostweightsError:
        raise
    except kinds as broken:
        last = getattr(broken, "last_worker", None)
        lost = sorted(before - _workers(client)) if last is None else [last.address]
        seen = f"{type(broken).__name__}: {' '.join(str(broken).partition('Stack trace')[0].split())}"
        if not lost and not isinstance(broken, FutureCancelledError):
            rule = f"{doing} needs rows and settings that the library takes"
            mend = "Look into the workers' logs for the first error, such as infinite numbers in X."
            raise InvalidValueError(rule, seen, mend) from broken
        raise InvalidValueError(
            f"{doing} needs workers that live through it",
            f"{' and '.join(lost)} died: {seen}" if lost else seen,
            "Look into the workers' logs: most often a partition needs more memory than a worker has; use "
            "smaller partitions.",
        ) from broken


def _workers(client: Any) -> set[str]:
    return set() if client is None else set(client.scheduler_info(n_workers=-1)["workers"])


@contextmanager
def failing(doing: str) -> Iterator[None]:
    """Wrap what a task or the cluster raises in an error that says what was computed and what to do.

    Errors of this library come through as they are.

    Raises
    ------
    InvalidValueError
        If the user's own tasks fail, or workers die.
    """
    rule = f"{doing} needs partitions that can be computed"
    mend = "Run collection.compute() to see which partition fails."
    with explained(engine_of("dask").failures(), rule, mend), dying(doing):
        yield


def reduced(parts: Sequence[Any], merge: Callable[..., Any], client: Any, doing: str) -> Any:
    """Merge what the tasks of all partitions find, eight at a time, and return what is left of it."""
    found = merged(parts, merge)
    with failing(doing):
        return found.compute() if client is None else client.compute(found).result()
