"""Which library trains on Dask: asked of its adapter."""

from __future__ import annotations

from typing import Any

from boostweights.adapters.dask import OnDask
from boostweights.adapters.registry import adapter_named, adapter_of, adapters_that_can
from boostweights.errors import InvalidTypeError, check_known, shown


def engine_named(library: Any) -> OnDask:
    """Return the engine of a library's name, or raise."""
    known = [adapter.name for adapter in adapters_that_can("dask")]
    check_known(library, known, "a library that trains on Dask must be named")
    return adapter_named(library).dask


def engine_of(estimator: Any) -> OnDask:
    """Return the engine of an estimator's class, or raise."""
    adapter = adapter_of(estimator)
    names = [base.__name__ for base in type(estimator).__mro__]
    if adapter.can("dask") and adapter.dask.classifier in names:
        return adapter.dask
    known = " or ".join(each.dask.classifier for each in adapters_that_can("dask"))
    raise InvalidTypeError(
        f"estimator must be an unfitted {known}", shown(estimator), "Use WeightedClassifier on one machine."
    )
