"""Rows made ready for training: on each partition labels are encoded, rows weighted and all of it checked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias, cast

import numpy as np

from boostweights.adapters.dask import Packed
from boostweights.distributed.dask.collections import Rows, check_lengths, partitions
from boostweights.distributed.dask.failing import failing
from boostweights.errors import InvalidValueError, check_known, placed
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, checked_sample_weight

Placement: TypeAlias = Literal["free", "pinned"]
PLACEMENTS: Final[tuple[Placement, ...]] = ("free", "pinned")
Weigh: TypeAlias = Callable[[Any, Any], Any]


def checked_placement(value: Any) -> Placement:
    """Return the value if it is "free" or "pinned", or raise."""
    check_known(value, PLACEMENTS, f"placement must be one of {PLACEMENTS}")
    return cast(Placement, value)


def packed(
    rows: Rows, classes: Sequence[Label], weigh: Weigh, client: Any, placement: Placement, what: str = ""
) -> Packed:
    """Compute rows on the workers, ready to be trained with.

    Parameters
    ----------
    rows : Rows
        Checked and aligned.
    classes : sequence of labels
        Of all training partitions, sorted.
    weigh : callable
        ``(codes, sample_weight) -> weights or None``, for the rows of a partition.
    client : distributed.Client
        The cluster.
    placement : {"free", "pinned"}
        Whether a partition stays where its features are, or goes to the worker of its number.
    what : str, default=""
        Which rows, for errors.

    Returns
    -------
    Packed

    Raises
    ------
    UnknownLabelError, InvalidValueError
        If partitions do not align, hold labels that training lacks, or cannot be computed.
    """
    prepare = partial(_prepared, classes=tuple(classes), weigh=weigh)
    with failing(f"preparing {what or 'training '}rows"):
        parts = _placed(_tasks(rows, prepare), client, placement)
        summaries = client.gather(client.map(_summary, parts, pure=False))
        holders = client.who_has(parts)
    kept = [(part, summary) for part, summary in zip(parts, summaries, strict=True) if summary[0]]
    if not kept:
        raise InvalidValueError(
            "an evaluation set must have rows", "0 rows in all partitions", "Leave the set out."
        )
    futures = [part for part, _ in kept]
    sizes = [rows_of for (_, (rows_of, _)) in kept]
    weighted = kept[0][1][1]
    shares: Counter[str] = Counter()
    for part, rows_of in zip(futures, sizes, strict=True):
        shares[min(holders[part.key], default="")] += rows_of
    features, codes, weights = (client.map(itemgetter(at), futures, pure=False) for at in range(3))
    return Packed(
        X=_features(rows.X, features, sizes),
        y=_array(codes, sizes, np.dtype(np.intp)),
        weight=_array(weights, sizes, weighted) if weighted else None,
        shares=shares,
    )


def _tasks(rows: Rows, prepare: Callable[..., Any]) -> list[Any]:
    from dask.delayed import delayed

    features, labels = partitions(rows.X), partitions(rows.y)
    own = [None] * len(labels) if rows.sample_weight is None else partitions(rows.sample_weight)
    task = delayed(prepare, name="prepared", pure=False)
    return [task(number, *each) for number, each in enumerate(zip(features, labels, own, strict=True))]


def _placed(tasks: Sequence[Any], client: Any, placement: Placement) -> list[Any]:
    """Compute tasks; pinned, runs of them go to the workers in the order of addresses, which ranks follow.

    Labels and weights come along: a partition is one task.
    """
    from distributed import wait

    futures = client.compute(list(tasks))
    wait(futures)
    for future in futures:
        if future.status == "error":
            raise future.exception()
    if placement == "free":
        return list(futures)
    workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
    pinned = [
        client.submit(
            _same,
            future,
            workers=[workers[number * len(workers) // len(futures)]],
            allow_other_workers=True,
            pure=False,
        )
        for number, future in enumerate(futures)
    ]
    wait(pinned)
    return pinned


def _prepared(
    number: int, X: Any, y: Any, own: Any, *, classes: tuple[Label, ...], weigh: Weigh
) -> tuple[Any, Any, Any]:
    rows = X.shape[0]
    with placed(f"(partition {number})"):
        mend = "Take both from one collection: filtered or shuffled apart, their rows no longer match."
        check_lengths(rows, y, "X and y", mend)
        check_lengths(rows, own, "X and sample_weight", mend)
        if not rows:
            return X, None, None
        weight = None if own is None else checked_sample_weight(own, rows)
        codes = encode(y, classes)
        return X, codes, weigh(codes, weight)


def _summary(part: tuple[Any, Any, Any]) -> tuple[int, Any]:
    X, _, weight = part
    return int(X.shape[0]), None if weight is None else weight.dtype


def _same(part: Any) -> Any:
    return part


def _features(X: Any, futures: Sequence[Any], sizes: Sequence[int]) -> Any:
    import dask.dataframe as dd

    if hasattr(X, "chunks"):
        return _array(futures, sizes, X.dtype, X.shape[1:], X._meta)
    return dd.from_delayed(list(futures), meta=X._meta, verify_meta=False)


def _array(
    futures: Sequence[Any], sizes: Sequence[int], dtype: Any, wide: tuple[int, ...] = (), meta: Any = None
) -> Any:
    import dask.array as da
    from dask.delayed import delayed

    blocks = [
        da.from_delayed(delayed(future), shape=(rows, *wide), dtype=dtype, meta=meta)
        for future, rows in zip(futures, sizes, strict=True)
    ]
    return da.concatenate(blocks)
