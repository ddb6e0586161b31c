"""Computing on a cluster, and what goes wrong there said as an error of this library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from boostweights.errors import explained
from boostweights.frames.engines import engine_of

_SPLIT: Final = 8
"""So many results are merged in one task: 1e5 partitions take six levels."""


@contextmanager
def dying(doing: str) -> Iterator[None]:
    """Wrap the deaths of workers in an error that says what they were doing and what to do.

    Raises
    ------
    InvalidValueError
        If workers die again and again.
    """
    from distributed import KilledWorker
    from distributed.client import FutureCancelledError

    mend = (
        "Look into the workers' logs: most often a partition needs more memory than a worker has; use "
        "smaller partitions."
    )
    with explained((KilledWorker, FutureCancelledError), f"{doing} needs workers that live through it", mend):
        yield


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
    from dask.delayed import delayed

    level, merged = list(parts), delayed(merge, pure=True)
    while len(level) > 1:
        level = [merged(level[start : start + _SPLIT]) for start in range(0, len(level), _SPLIT)]
    with failing(doing):
        return level[0].compute() if client is None else client.compute(level[0]).result()
