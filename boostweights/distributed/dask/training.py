"""Training on Dask: weights are resolved on all partitions, and rows packed on the workers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import itemgetter
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from boostweights.adapters.expressing import checked_eval_weighting, form_for
from boostweights.adapters.form import EvalWeighting, FormName, NativeForm
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.training import Job, OnDask, Packed
from boostweights.distributed.dask.collections import (
    check_lengths,
    check_rows,
    cluster,
    dying,
    failing,
    partitions,
    require_dask,
)
from boostweights.distributed.dask.counting import tallied
from boostweights.distributed.dask.repeatable import count_distinct, engine_named
from boostweights.errors import InvalidTypeError, check_known, check_that, check_type, placed
from boostweights.estimator.rows import Rows
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label, checked_sample_weight
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import WeightingLike, class_policy

Placement: TypeAlias = Literal["free", "pinned"]
PLACEMENTS: Final[tuple[Placement, ...]] = ("free", "pinned")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trained:
    """The result of a training by parameters.

    Attributes
    ----------
    booster : xgboost.Booster or lightgbm.Booster
        It knows labels 0 to k-1, in the order of `classes`.
    history : dict
        Metrics by evaluation set and iteration.
    classes : tuple of labels
    class_weights : ClassWeights
    native : NativeForm
    """

    booster: Any
    history: dict[str, Any]
    classes: tuple[Label, ...]
    class_weights: ClassWeights
    native: NativeForm


def train(  # noqa: PLR0913
    library: str,
    params: Mapping[str, Any],
    X: Any,
    y: Any,
    *,
    weighting: WeightingLike = "balanced",
    sample_weight: Any = None,
    evals: Sequence[tuple[Any, ...]] = (),
    form: FormName = "auto",
    eval_weighting: EvalWeighting = "auto",
    placement: Placement = "free",
    client: Any = None,
    **train_params: Any,
) -> Trained:
    """Train on Dask by a library's parameters, with class weights of a policy.

    XGBoost's ``xgboost.dask.train`` does the work; LightGBM has no such function, so an estimator takes the
    parameters.

    Parameters
    ----------
    library : {"xgboost", "lightgbm"}
        Which library.
    params : dict
        Its parameters. Without an objective, binary or softmax log loss by the number of classes.
    X, y, sample_weight : dask collections
        As for `DaskWeightedClassifier.fit`.
    weighting, form, eval_weighting, placement
        As of `DaskWeightedClassifier`.
    evals : sequence of (X, y, name) or (X, y, name, sample_weight), default=()
        Evaluation sets.
    client : distributed.Client, default=None
        The cluster; the current one where it is left out.
    **train_params : dict
        ``num_boost_round`` and others of the library's ``train``.

    Returns
    -------
    Trained

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnknownLabelError
        Before any training.
    """
    require_dask()
    engine = engine_named(library)
    check_type(
        params, Mapping, "params must be a dict of the library's parameters", "Write {'max_depth': 4}."
    )
    sets = [_evaluation_rows(evaluation) for evaluation in evals]
    # Early stopping is asked for in either place.
    stopping = {name: train_params[name] for name in train_params if name.startswith("early_stopping")}
    prepared = Prepared.of(
        *(engine, class_policy(weighting), form, {**params, **stopping}),
        rows=Rows(X, y, sample_weight),
        sets=[rows for rows, _ in sets],
        names=[name for _, name in sets],
        placement=placement,
        eval_weighting=eval_weighting,
        client=client,
    )
    parameters = {**params, **prepared.parameters}
    with dying(f"training {library}", prepared.job.client, engine.raised):
        booster, history = engine.train(parameters, prepared.job, **train_params)
    return Trained(
        booster=booster,
        history=history,
        classes=prepared.weights.classes,
        class_weights=prepared.weights,
        native=prepared.native,
    )


def _evaluation_rows(evaluation: Any) -> tuple[Rows, str]:
    check_that(
        isinstance(evaluation, (tuple, list))
        and len(evaluation) in (3, 4)
        and isinstance(evaluation[2], str),
        "evals must be tuples of (X, y, name) or (X, y, name, sample_weight)",
        type(evaluation).__name__,
        "Write evals=[(X_val, y_val, 'validation')].",
        InvalidTypeError,
    )
    X, y, name, *own = evaluation
    return Rows(X, y, *own), name


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Class weights that were resolved on all partitions, and what a library trains on by them.

    Attributes
    ----------
    weights : ClassWeights
    native : NativeForm
    job : Job
    """

    weights: ClassWeights
    native: NativeForm
    job: Job

    @property
    def parameters(self) -> dict[str, Any]:
        """The parameters of the library that express the weights."""
        return {**self.native.pins, **self.native.params}

    @classmethod
    def of(  # noqa: PLR0913
        cls,
        engine: OnDask,
        policy: Policy,
        form: str,
        settings: Mapping[str, Any],
        *,
        rows: Rows,
        sets: Sequence[Rows],
        placement: Any,
        eval_weighting: Any,
        client: Any,
        names: Sequence[str] = (),
        count_rows: bool = False,
    ) -> Prepared:
        """Count labels, resolve the policy, express its weights and pack the rows; or raise.

        Labels and row weights are kept on the workers: they are read again, while features are not yet.
        """
        check_known(placement, PLACEMENTS, f"placement must be one of {PLACEMENTS}")
        check_rows(rows)
        for evaluation in sets:
            check_rows(evaluation, "evaluation ")
        weighting, on = checked_eval_weighting(eval_weighting), cluster(client)
        engine.check(settings)
        on_cluster = engine.settings(settings)
        checked = form_for(adapter_named(engine.library), form, policy, on_cluster)
        with failing("reading labels"):
            own = None if rows.sample_weight is None else on.persist(rows.sample_weight)
            kept = rows._replace(y=on.persist(rows.y), sample_weight=own)
        tally = tallied(kept.y, own, on)
        weights = policy.resolve(tally.rows if count_rows else tally.weighted)
        bins = engine.bins(checked.form.name, on_cluster)  # some forms need one for each value
        native = checked.express(
            weights.encoded(),
            tally.rows.encoded(),
            tally.weighted.encoded() if tally.sums else None,
            distinct=None if bins is None else count_distinct(rows.X, bins, on),
        )
        pack = partial(_packed, classes=weights.classes, client=on, placement=placement)
        evaluating = partial(native.eval_weight, weighting=weighting)
        job = Job(
            data=pack(kept, partial(_training_weight, native=native), "training"),
            sets=[pack(evaluation, evaluating, "evaluation") for evaluation in sets],
            names=names,
            classes=len(weights.classes),
            client=on,
        )
        return cls(weights=weights, native=native, job=job)


def _training_weight(codes: Any, own: Any, *, native: NativeForm) -> Any:
    return native.fit_kwargs(codes, own).get("sample_weight")


def _packed(
    rows: Rows,
    weigh: Callable[[Any, Any], Any],
    what: str,
    *,
    classes: tuple[Label, ...],
    client: Any,
    placement: Placement,
) -> Packed:
    """Encode labels and weight rows where they are, and return those partitions that hold rows."""
    from dask.delayed import delayed

    task = delayed(partial(_prepared, classes=classes, weigh=weigh), name="prepared", pure=False)
    parts = partitions(rows.X, rows.y, rows.sample_weight)
    with failing(f"preparing {what} rows"):
        futures = _placed([task(number, *part) for number, part in enumerate(parts)], client, placement)
        sizes = client.gather(client.map(lambda part: part[0].shape[0], futures, pure=False))
        dtypes = client.gather(client.map(lambda part: getattr(part[2], "dtype", None), futures, pure=False))
        holders = client.who_has(futures)
    kept = [part for part in zip(futures, sizes, dtypes, strict=True) if part[1]]
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


def _placed(tasks: Sequence[Any], client: Any, placement: Placement) -> list[Any]:
    """Compute tasks; pinned, runs of them go to the workers in the order of addresses, which ranks follow.

    Labels and weights come along: a partition is one task.
    """
    from distributed import wait

    futures: list[Any] = client.compute(list(tasks))
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
    return futures


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
