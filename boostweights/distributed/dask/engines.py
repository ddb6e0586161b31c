"""What a library's training on Dask needs to be told; one row of the table a library."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Protocol

import numpy as np

from boostweights.distributed.dask.lightgbm import LightGBMOnDask
from boostweights.distributed.dask.packing import Packed
from boostweights.distributed.dask.xgboost import XGBoostOnDask
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown

__all__ = ["ENGINES", "Engine", "engine_named", "engine_of"]


class Engine(Protocol):
    """A library that trains on Dask."""

    @property
    def library(self) -> str:
        """The name in ``ADAPTERS``."""

    @property
    def classifier(self) -> str:
        """The name of its Dask classifier."""

    @property
    def proba_dtype(self) -> type[np.floating[Any]]:
        """The dtype of its probabilities."""

    @property
    def carried(self) -> frozenset[str]:
        """Arguments of ``fit`` that do not speak of single rows, and are passed on."""

    def settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings with what the library itself sets on Dask."""

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise where a setting is wrong on Dask: wrong models, or trainings that hang."""

    def fit(
        self,
        estimator: Any,
        data: Packed,
        sets: Sequence[Packed],
        classes: int,
        client: Any,
        **fit_params: Any,
    ) -> Any:
        """Train, and return the library's own fitted classifier, which needs no cluster."""

    def train(
        self,
        params: Mapping[str, Any],
        data: Packed,
        sets: Sequence[tuple[Packed, str]],
        classes: int,
        client: Any,
        **train_params: Any,
    ) -> tuple[Any, dict[str, Any]]:
        """Train by the library's parameters, and return its booster and the history of metrics."""

    def bins(self, form: str, settings: Mapping[str, Any]) -> int | None:
        """Return how many distinct values a feature may have for a form to be exact, or None."""

    def repeatable(self, distinct: int | None, heaviest: float) -> tuple[dict[str, Any], bool, str]:
        """Return settings that make runs repeatable, whether wherever rows are placed, and why (not)."""


ENGINES: Final[Mapping[str, Engine]] = {
    engine.library: engine for engine in (XGBoostOnDask(), LightGBMOnDask())
}


def engine_named(library: Any) -> Engine:
    """Return the engine of a library's name, or raise."""
    if isinstance(library, str) and library in ENGINES:
        return ENGINES[library]
    raise InvalidValueError(
        "a library that trains on Dask must be named", shown(library), did_you_mean(library, ENGINES)
    )


def engine_of(estimator: Any) -> Engine:
    """Return the engine of an estimator's class, or raise."""
    for engine in ENGINES.values():
        if any(base.__name__ == engine.classifier for base in type(estimator).__mro__):
            return engine
    names = " or ".join(engine.classifier for engine in ENGINES.values())
    raise InvalidTypeError(
        f"estimator must be an unfitted {names}", shown(estimator), "Use WeightedClassifier on one machine."
    )
