"""The ability of a library to train on Dask: what it needs to be told, and the rows that it is given."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """Rows on the cluster, in aligned partitions that hold rows, each on one worker.

    Attributes
    ----------
    X : dask collection of shape (n, p)
        As given, without empty partitions.
    y : dask Array of shape (n,)
        Labels as 0 to k-1.
    weight : dask Array of shape (n,) or None
        What rows weigh, in the library's dtype; None where all weigh 1.
    shares : mapping
        Worker's address → how many of the rows it holds.
    """

    X: Any
    y: Any
    weight: Any
    shares: Mapping[str, int]

    def weight_or_ones(self) -> Any:
        """Weights of an evaluation set beside weighted others: as many ones where it has none."""
        import dask.array as da

        return da.ones_like(self.y, dtype="float32") if self.weight is None else self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is trained on a cluster.

    Attributes
    ----------
    data : Packed
        The rows of training.
    sets : sequence of Packed
        Evaluation sets.
    names : sequence of str
        The names of these, or none of them.
    classes : int
        How many there are.
    client : distributed.Client
        The cluster.
    """

    data: Packed
    sets: Sequence[Packed]
    names: Sequence[str] = ()
    classes: int
    client: Any


class OnDask(Protocol):
    """A library that trains on Dask."""

    @property
    def library(self) -> str:
        """The name of the adapter."""

    @property
    def classifier(self) -> str:
        """The name of its Dask classifier."""

    @property
    def proba_dtype(self) -> type[np.floating[Any]]:
        """The dtype of its probabilities."""

    @property
    def raised(self) -> str:
        """``"module:Name"`` of what it raises where it cannot train."""

    @property
    def carried(self) -> frozenset[str]:
        """Arguments of ``fit`` that do not speak of single rows, and are passed on."""

    def settings(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return settings with what the library itself sets on Dask."""

    def check(self, settings: Mapping[str, Any]) -> None:
        """Raise where a setting is wrong on Dask: wrong models, or trainings that hang."""

    def fit(self, estimator: Any, job: Job, **fit_params: Any) -> Any:
        """Train, and return the library's own fitted classifier, which needs no cluster."""

    def train(self, params: Mapping[str, Any], job: Job, **train_params: Any) -> tuple[Any, dict[str, Any]]:
        """Train by the library's parameters, and return its booster and the history of metrics."""

    def bins(self, form: str, settings: Mapping[str, Any]) -> int | None:
        """Return how many distinct values a feature may have for a form to be exact, or None."""

    def repeatable(self, distinct: int | None, heaviest: float) -> tuple[dict[str, Any], bool, str]:
        """Return settings that make runs repeatable, whether wherever rows are placed, and why (not)."""
