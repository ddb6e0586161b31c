"""What a fit needs besides rows: evaluation sets, rounds of boosting, and training on Dask."""

import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Floats, Params
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights

Arguments = dict[str, Any]
"""Arguments of ``fit``, or of a constructor, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationSet:
    """Rows on which a fit is evaluated: features as given, labels encoded, weights ready."""

    X: Any
    y: Any
    weight: Any = None
    is_training: bool = False
    """Whether these are the very rows of training, which a library may treat apart."""

    def weight_or_ones(self) -> Any:
        """Weights of an evaluation set beside weighted others: as many ones where it has none."""
        return np.ones(len(self.y), np.float32) if self.weight is None else self.weight


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightedTraining:
    """What a fit trains on besides its features: class weights, encoded labels and row weights."""

    weights: ClassWeights
    codes: npt.NDArray[np.intp]
    sample_weight: Any
    fit_params: Params


class Rounds(Protocol):
    """Training by rounds, whose best number is known afterwards."""

    RECORDED: bool
    """Whether a fit records the loss of an evaluation set; otherwise `losses` computes it."""

    QUIET: Params
    """Arguments of ``fit`` without which it prints every round."""

    def stops(self, params: Params) -> str:
        """Name the setting that stops training early; or nothing."""

    def all_trained(self, params: Params, classes: int) -> Arguments:
        """Return settings under which a fit trains all its rounds, and records what `losses` reads."""

    def number(self, params: Params, rounds: int, like: Any = None) -> Arguments:
        """Return settings under which a fit trains so many rounds, and does not stop before.

        Given a fitted model of more rounds, they are the first ones of training `like` it: what the library
        derives from the number of rounds stays as it was there.
        """

    def losses(self, model: Any, *unrecorded: Any) -> Sequence[float]:
        """Return the mean log loss of evaluation rows after each round.

        Where a fit does not record it, an `EvaluationSet` and what is added to its scores come along.
        """

    def scores(self, model: Any, X: Any, rounds: int) -> Floats:
        """Return raw scores of the first rounds, on the scale of logarithms."""


def repeated(start: Floats, rows: int) -> Floats:
    """Return one start score a row, (n,) or (n, k), of one or k scores."""
    return np.full(rows, start[0]) if len(start) == 1 else np.tile(start, (rows, 1))


def own_start(names: Sequence[str], settings: Params) -> str:
    """Name the caller's start scores, whose place a shift would take; or nothing."""
    given = (name for name in names if settings.get(name) is not None)
    return next((f"{name}={shown(type(settings[name]).__name__)}" for name in given), "")


def refuse_shift(obstacle: str) -> None:
    """Raise where a setting keeps evaluation rows from starting from a shift."""
    if obstacle:
        raise InvalidValueError(
            'eval_weighting="shifted" needs evaluation rows that start from scores of their own',
            obstacle,
            'Change that, or use eval_weighting="none".',
        )


def evaluation(estimator: Any, sets: Sequence[EvaluationSet], fit_params: Params) -> Arguments:
    """Return ``X_val``, ``y_val`` and ``sample_weight_val``, which HistGradientBoosting takes."""
    if "X_val" not in inspect.signature(estimator.fit).parameters:
        name = type(estimator).__name__
        raise InvalidTypeError(
            f"{name} must take an evaluation set for X_val, eval_set or validation_fraction",
            "an estimator whose fit() has no evaluation set",
            "Leave them out, or use a booster; HistGradientBoosting takes one from scikit-learn 1.7 on.",
        )
    if len(sets) != 1:
        raise InvalidTypeError(
            f"{type(estimator).__name__} takes one evaluation set", f"{len(sets)}", "Pass X_val and y_val."
        )
    arguments = {"X_val": sets[0].X, "y_val": sets[0].y}
    return arguments if sets[0].weight is None else {**arguments, "sample_weight_val": sets[0].weight}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed(EvaluationSet):
    """Rows on the cluster, of training too, in aligned partitions that hold rows, each on one worker.

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

    shares: Mapping[str, int]

    def weight_or_ones(self) -> Any:
        """Return Dask's ones."""
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
    classes : int
        How many there are.
    client : distributed.Client
        The cluster.
    """

    data: Packed
    sets: Sequence[Packed]
    classes: int
    client: Any


class OnDask(Protocol):
    """A library that trains on Dask."""

    library: str
    """The name of the adapter."""
    classifier: str
    """The name of its Dask classifier."""
    proba_dtype: type[np.floating[Any]]
    """The dtype of its probabilities."""
    raised: str
    """``"module:Name"`` of what it raises where it cannot train."""
    carried: frozenset[str]
    """Arguments of ``fit`` that do not speak of single rows, and are passed on."""

    def settings(self, settings: Params) -> Arguments:
        """Return settings with what the library itself sets on Dask."""

    def check(self, settings: Params) -> None:
        """Raise where a setting is wrong on Dask: wrong models, or trainings that hang."""

    def fit(self, estimator: Any, job: Job, **fit_params: Any) -> Any:
        """Train, and return the library's own fitted classifier, which needs no cluster."""

    def bins(self, form: str, settings: Params) -> int | None:
        """Return how many distinct values a feature may have for a form to be exact, or None."""
