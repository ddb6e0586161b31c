"""Dask collections: checked before anything is computed, and computed on a cluster that may fail."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pkgutil import resolve_name
from typing import Any

from boostweights.errors import (
    BoostweightsError,
    InvalidTypeError,
    InvalidValueError,
    check_that,
    check_type,
)
from boostweights.estimator.rows import Rows
from boostweights.frames.blocks import merged
from boostweights.frames.engines import engine_of
from boostweights.lazy import needs


def is_dask(value: Any) -> bool:
    """Return whether a value is a Dask collection, or raise where dask or distributed is not installed."""
    needs(["dask", "distributed"], "boostweights.distributed.dask", "dask")
    from dask.base import is_dask_collection

    return bool(is_dask_collection(value))


def check_rows(rows: Rows, what: str = "") -> None:
    """Raise unless rows are in the same partitions, as far as can be known without computing."""
    check_features(rows.X, f"{what}X")
    for name, column in (("y", rows.y), ("sample_weight", rows.sample_weight)):
        if column is not None or name == "y":
            _check_column(rows.X, column, f"{what}X", what + name)


def partitions(*collections: Any) -> list[tuple[Any, ...]]:
    """Return the partitions of aligned collections as delayed values; all but the first may be None."""
    columns = [[None] * int(collections[0].npartitions)] * len(collections)
    for number, collection in enumerate(collections):
        if collection is not None:  # of an array, the blocks of rows
            parts = collection.to_delayed()
            columns[number] = list(parts.ravel() if hasattr(parts, "ravel") else parts)
    return list(zip(*columns, strict=True))


def label_partitions(y: Any, sample_weight: Any = None) -> list[tuple[Any, ...]]:
    """Return the partitions of labels, each with those of its row weights or None, or raise."""
    _check_column(y, y, "y", "y")
    if sample_weight is not None:
        _check_column(y, sample_weight, "y", "sample_weight")
    return partitions(y, sample_weight)


def check_features(X: Any, name: str) -> None:
    """Raise unless features are a Dask collection of whole rows."""
    check_that(
        is_dask(X) and getattr(X, "ndim", 0) == 2 and hasattr(X, "to_delayed"),
        f"{name} must be a Dask data frame or a Dask array of two dimensions",
        _kind(X),
        "Use dask.dataframe.from_pandas(X, npartitions=…) or dask.array.from_array(X, chunks=(…, -1)).",
        InvalidTypeError,
    )
    chunks = len(X.chunks[1]) if hasattr(X, "chunks") else 1
    check_that(
        chunks == 1,
        f"a chunk of {name} must hold all columns of its rows",
        f"{chunks} chunks along the columns",
        f"Pass {name}.rechunk({{1: -1}}).",
    )


def check_lengths(rows: int, column: Any, names: str, remedy: str) -> None:
    """Raise where a partition of a column, if there is one, has another number of rows."""
    if column is not None:
        rule = f"{names} must have the same rows in each partition"
        check_that(len(column) == rows, rule, f"{rows} and {len(column)}", remedy)


def cluster(client: Any) -> Any:
    """Return the client that was passed, or the current one, or raise."""
    from distributed import Client, get_client

    if client is None:
        try:
            return get_client()
        except ValueError as none:
            raise InvalidValueError(
                "training on Dask needs a cluster",
                "no client",
                "Make one first: client = distributed.Client(), or pass client=.",
            ) from none
    check_type(client, Client, "client must be a distributed.Client", "Pass client=Client(address).")
    check_that(
        not client.asynchronous,
        "the client must be synchronous",
        "an asynchronous client",
        "Call fit from another thread.",
        InvalidTypeError,
    )
    return client


@contextmanager
def dying(doing: str, client: Any = None, raised: str = "") -> Iterator[None]:
    """Turn the deaths of workers into an error that reports what they were doing and what to do.

    Parameters
    ----------
    doing : str
        The work, as errors name it.
    client : distributed.Client, default=None
        The cluster, whose lost workers are named.
    raised : str, default=""
        ``"module:Name"`` of the error that a library raises on a worker when it loses another worker, or
        refuses rows or settings.

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
        rule = f"{doing} needs workers that live through it"
        remedy = (
            "Look into the workers' logs: most often a partition needs more memory than a worker has; use "
            "smaller partitions."
        )
        if lost:
            seen = f"{' and '.join(lost)} died: {seen}"
        elif not isinstance(broken, FutureCancelledError):
            rule = f"{doing} needs rows and settings that the library takes"
            remedy = "Look into the workers' logs for the first error, such as infinite numbers in X."
        raise InvalidValueError(rule, seen, remedy) from broken


@contextmanager
def failing(doing: str) -> Iterator[None]:
    """Turn what a task or the cluster raises into an error that reports what was computed and what to do.

    Errors of this library come through as they are.

    Raises
    ------
    InvalidValueError
        If the user's own tasks fail, or workers die.
    """
    with engine_of("dask").failing(doing), dying(doing):
        yield


def reduced(parts: Sequence[Any], merge: Callable[..., Any], client: Any, doing: str) -> Any:
    """Merge the results of all partitions' tasks, eight at a time, and return the last one."""
    result = merged(parts, merge)
    with failing(doing):
        return result.compute() if client is None else client.compute(result).result()


def _workers(client: Any) -> set[str]:
    return set() if client is None else set(client.scheduler_info(n_workers=-1)["workers"])


def _check_column(first: Any, column: Any, first_name: str, name: str) -> None:
    """Raise unless a column is one of Dask's, with the partitions of another collection."""
    dimensions = getattr(column, "ndim", 0)
    check_that(
        is_dask(column) and hasattr(column, "to_delayed") and dimensions == 1,
        f"{name} must be a Dask series or a 1-d Dask array: a local one does not know the partitions",
        f"{_kind(column)} of {dimensions} dimensions",
        "Take one column of the frame of the features, or use dask.array.from_array with the chunks of X.",
        InvalidTypeError,
    )
    names = f"{first_name} and {name}"
    remedy = f"Take {names} from one collection, or repartition (rechunk) one like the other."
    parts, others = first.npartitions, column.npartitions
    seen = f"{parts} of {first_name} and {others} of {name}"
    check_that(parts == others, f"{names} must have the same partitions", seen, remedy)
    divisions = [part.divisions for part in (first, column) if getattr(part, "known_divisions", False)]
    check_that(
        len(divisions) < 2 or divisions[0] == divisions[1],
        f"{names} must have the same divisions",
        " and ".join(map(str, divisions)),
        remedy,
    )


def _kind(value: Any) -> str:
    return f"{type(value).__module__.partition('.')[0]}'s {type(value).__name__}"
