"""What goes wrong on a cluster, said as an error of this library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from boostweights.errors import BoostweightsError, InvalidValueError, shown
from boostweights.frames.engines import engine_of

__all__ = ["dying", "failing", "in_partition"]


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

    try:
        yield
    except (KilledWorker, FutureCancelledError) as dead:
        raise InvalidValueError(
            f"{doing} needs workers that live through it",
            f"{type(dead).__name__}: {shown(str(dead))[1:-1]}",
            "Look into the workers' logs: most often a partition needs more memory than a worker has; use "
            "smaller partitions.",
        ) from dead


@contextmanager
def failing(doing: str) -> Iterator[None]:
    """Wrap what a task or the cluster raises in an error that says what was computed and what to do.

    Errors of this library come through as they are.

    Raises
    ------
    InvalidValueError
        If the user's own tasks fail, or workers die.
    """
    try:
        with dying(doing):
            yield
    except BoostweightsError:
        raise
    except engine_of("dask").failures() as broken:
        raise InvalidValueError(
            f"{doing} needs partitions that can be computed",
            f"{type(broken).__name__}: {shown(str(broken))[1:-1]}",
            "Run collection.compute() to see which partition fails.",
        ) from broken


@contextmanager
def in_partition(number: int) -> Iterator[None]:
    """Say in which partition labels or weights break a rule."""
    try:
        yield
    except BoostweightsError as broken:
        kind: Any = type(broken)
        raise kind(broken.rule, f"{broken.value} (partition {number})", broken.mend) from broken
