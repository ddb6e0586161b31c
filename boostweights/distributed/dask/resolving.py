"""A policy resolved on all partitions, and said in a library's form."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from boostweights.adapters.dask import OnDask, Packed
from boostweights.adapters.expressing import form_for
from boostweights.adapters.form import EvalWeighting, NativeForm
from boostweights.adapters.registry import adapter_named
from boostweights.distributed.dask.collections import Rows, checked_rows
from boostweights.distributed.dask.counting import tallied
from boostweights.distributed.dask.failing import failing
from boostweights.distributed.dask.packing import Placement, packed
from boostweights.distributed.dask.repeatable import count_distinct
from boostweights.errors import InvalidTypeError, InvalidValueError, check_type
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Resolved:
    """Labels and row weights kept on the workers, and what was resolved on them."""

    rows: Rows
    weights: ClassWeights
    native: NativeForm

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return self.weights.classes


def cluster(client: Any) -> Any:
    """Return the client that was given, or the current one, or raise."""
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
    if client.asynchronous:
        raise InvalidTypeError(
            "the client must be synchronous", "an asynchronous client", "Call fit from a thread of its own."
        )
    return client


def resolved(
    engine: OnDask,
    policy: Policy,
    form: str,
    settings: Mapping[str, Any],
    rows: Rows,
    client: Any,
    *,
    count_rows: bool = False,
) -> Resolved:
    """Count labels, resolve the policy and express its weights, or raise before any training.

    Labels and row weights are kept on the workers: they are read again, while features are not yet.
    """
    engine.check(settings)
    on_cluster = engine.settings(settings)
    checked = form_for(adapter_named(engine.library), form, policy, on_cluster)
    kept = _kept(rows, client)
    weighted = kept.sample_weight is not None
    found = tallied(kept.y, kept.sample_weight, client)
    weights = policy.resolve(found.weighted if weighted and not count_rows else found.rows)
    bins = engine.bins(checked.form.name, on_cluster)  # some forms need one for each value
    native = checked.express(
        weights.encoded(),
        found.rows.encoded(),
        found.weighted.encoded() if found.sums else None,
        distinct=None if bins is None else count_distinct(rows.X, bins, client),
    )
    return Resolved(rows=kept, weights=weights, native=native)


def training(found: Resolved, client: Any, placement: Placement) -> Packed:
    """Return the training rows, encoded and weighted."""
    weigh = partial(_training_weight, native=found.native)
    return packed(found.rows, found.classes, weigh, client, placement)


def evaluation(
    found: Resolved, rows: Rows, client: Any, placement: Placement, weighting: EvalWeighting
) -> Packed:
    """Return evaluation rows, encoded as in training and weighted as `weighting` says."""
    weigh = partial(found.native.eval_weight, weighting=weighting)
    return packed(rows, found.classes, weigh, client, placement, "evaluation ")


def _kept(rows: Rows, client: Any) -> Rows:
    """Rows whose labels and weights are computed once: they are small."""
    with failing("reading labels"):
        own = None if rows.sample_weight is None else client.persist(rows.sample_weight)
        return checked_rows(rows.X, client.persist(rows.y), own)


def _training_weight(codes: Any, own: Any, *, native: NativeForm) -> Any:
    return native.fit_kwargs(codes, own).get("sample_weight")
