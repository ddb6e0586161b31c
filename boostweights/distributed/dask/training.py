"""Training on Dask: weights resolved on all partitions, rows packed on the workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Params, names_of
from boostweights.adapters.expressing import checked_eval_weighting, form_for
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_named, adapter_of, adapters_that_can
from boostweights.adapters.training import Job, OnDask, Packed
from boostweights.distributed.dask.collections import (
    check_features,
    check_lengths,
    check_rows,
    cluster,
    failing,
    partitions,
    reduced,
)
from boostweights.distributed.dask.counting import tallied
from boostweights.errors import (
    InvalidTypeError,
    check_known,
    check_that,
    explained,
    placed,
)
from boostweights.estimator.rows import Rows
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, checked_sample_weight
from boostweights.weighting.policies.base import Policy

Placement = Literal["free", "pinned"]
PLACEMENTS: tuple[Placement, ...] = ("free", "pinned")


def prepared(
    clf: Any, engine: OnDask, policy: Policy, settings: Params, rows: Rows, sets: Sequence[Rows], client: Any
) -> tuple[ClassWeights, NativeForm, Job]:
    """Count labels, resolve the policy, express its weights and pack the rows; or raise.

    Labels and row weights are kept on the workers: they are read again, while features are not yet.
    """
    check_known(clf.placement, PLACEMENTS, f"placement must be one of {PLACEMENTS}")
    check_rows(rows)
    for evaluation in sets:
        check_rows(evaluation, "evaluation ")
    weighting, on = checked_eval_weighting(clf.eval_weighting), cluster(client)
    engine.check(settings)
    on_cluster = engine.settings(settings)
    checked = form_for(adapter_named(engine.library), clf.form, policy, on_cluster)
    with failing("reading labels"):
        row_weights = None if rows.sample_weight is None else on.persist(rows.sample_weight)
        kept = rows._replace(y=on.persist(rows.y), sample_weight=row_weights)
    tally = tallied(kept.y, row_weights, on)
    weights = policy.resolve(tally.rows if clf.count_rows else tally.weighted)
    bins = engine.bins(checked.form.name, on_cluster)  # some forms need one for each value
    native = checked.express(
        weights.encoded(),
        tally.rows.encoded(),
        tally.weighted.encoded() if tally.sums else None,
        distinct=None if bins is None else count_distinct(rows.X, bins, on),
    )
    pack = partial(_packed, classes=weights.classes, client=on, placement=clf.placement)
    evaluating = partial(native.eval_weight, weighting=weighting)
    job = Job(
        data=pack(kept, lambda *labels: native.fit_kwargs(*labels).get("sample_weight"), "training"),
        sets=[pack(evaluation, evaluating, "evaluation") for evaluation in sets],
        classes=len(weights.classes),
        client=on,
    )
    return weights, native, job


def engine_of(estimator: Any) -> OnDask:
    """Return the engine of an estimator's class, or raise."""
    adapter = adapter_of(estimator)
    known = " or ".join(able.dask.classifier for able in adapters_that_can("dask"))
    check_that(
        adapter.can("dask") and adapter.dask.classifier in names_of(estimator),
        f"estimator must be an unfitted {known}",
        estimator,
        "Use WeightedClassifier on one machine.",
        InvalidTypeError,
    )
    return adapter.dask


def count_distinct(X: Any, most: int, client: Any) -> int | None:
    """Return the most distinct values of a feature, or None where there are more than `most`."""
    check_features(X, "X")
    from dask.delayed import delayed

    find = delayed(_distinct, pure=True)
    parts = [find(part, most) for (part,) in partitions(X)]
    features = reduced(parts, partial(_merged, most=most), client, "counting distinct values")
    largest = max(map(len, features), default=0)
    return largest if largest <= most else None


def _distinct(part: Any, most: int) -> list[npt.NDArray[Any]]:
    """Return the distinct values of each column in float32, as xgboost stores them: at most `most` + 1."""
    columns = [part.iloc[:, at] for at in range(part.shape[1])] if hasattr(part, "iloc") else list(part.T)
    rule = "features must be numbers to count their distinct values"
    with explained((TypeError, ValueError), rule, "Leave out text and categories: each has a bin."):
        floats = [np.asarray(column).astype(np.float32) for column in columns]
    return [np.unique(values[~np.isnan(values)])[: most + 1] for values in floats]


def _merged(parts: Sequence[list[npt.NDArray[Any]]], most: int) -> list[npt.NDArray[Any]]:
    return [np.unique(np.concatenate(values))[: most + 1] for values in zip(*parts, strict=True)]


def _packed(
    rows: Rows,
    weigh: Callable[[Any, Any], Any],
    what: str,
    *,
    classes: tuple[Label, ...],
    client: Any,
    placement: Placement,
) -> Packed:
    """Encode labels and weight rows where they are, and return those partitions that hold rows.

    Pinned, runs of them go to the workers in the order of addresses, which ranks follow. Labels and weights
    come along: a partition is one task.
    """
    from dask.delayed import delayed
    from distributed import wait

    task = delayed(partial(_prepared, classes=classes, weigh=weigh), name="prepared", pure=False)
    parts = partitions(rows.X, rows.y, rows.sample_weight)
    with failing(f"preparing {what} rows"):
        futures = client.compute([task(number, *part) for number, part in enumerate(parts)])
        wait(futures)
        for future in futures:
            if future.status == "error":
                raise future.exception()
        if placement == "pinned":
            workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
            for number, future in enumerate(futures):
                worker = workers[number * len(workers) // len(futures)]
                options = {"workers": [worker], "allow_other_workers": True, "pure": False}
                futures[number] = client.submit(lambda part: part, future, **options)
            wait(futures)
        facts = client.gather(client.map(_facts, futures, pure=False))
        holders = client.who_has(futures)
    kept = [(future, *fact) for future, fact in zip(futures, facts, strict=True) if fact[0]]
    check_that(kept, "an evaluation set must have rows", "0 rows in all partitions", "Leave the set out.")
    futures, sizes, dtypes = map(list, zip(*kept, strict=True))
    shares: Counter[str] = Counter()
    for future, size in zip(futures, sizes, strict=True):
        shares[min(holders[future.key], default="")] += size
    features, codes, weights = (client.map(itemgetter(at), futures, pure=False) for at in range(3))
    X = rows.X
    if hasattr(X, "chunks"):
        X = _array(features, sizes, X.dtype, X.shape[1:], X._meta)
    else:
        import dask.dataframe as dd

        X = dd.from_delayed(features, meta=X._meta, verify_meta=False)
    return Packed(
        X=X,
        y=_array(codes, sizes, np.dtype(np.intp)),
        weight=_array(weights, sizes, dtypes[0]) if dtypes[0] else None,
        shares=shares,
    )


def _prepared(
    number: int, X: Any, y: Any, own: Any, *, classes: tuple[Label, ...], weigh: Callable[[Any, Any], Any]
) -> tuple[Any, Any, Any]:
    rows = X.shape[0]
    with placed(f"(partition {number})"):
        remedy = "Take both from one collection: filtered or shuffled apart, their rows no longer match."
        check_lengths(rows, y, "X and y", remedy)
        check_lengths(rows, own, "X and sample_weight", remedy)
        if not rows:
            return X, None, None
        codes = encode(y, classes)
        return X, codes, weigh(codes, None if own is None else checked_sample_weight(own, rows))


def _facts(part: tuple[Any, Any, Any]) -> tuple[int, Any]:
    return part[0].shape[0], getattr(part[2], "dtype", None)


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
