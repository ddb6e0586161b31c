"""The training of one model, as its recipe specifies; and what the models of one fold share."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psutil

from boostweights.adapters.binning import BinnedFold
from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.plan.learners import estimator, features
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.plan.problem import Problem, read_problem
from boostweights.benchmark.plan.recipes import Recipe
from boostweights.benchmark.plan.resample import resampled
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import corrected_log_proba, uncorrectable
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.by_class import Explicit

Codes = npt.NDArray[np.int64]

VALIDATION_FRACTION = 0.1
"""The part of the training fold on which early stopping evaluates."""


def as_weights(values: Sequence[float]) -> ClassWeights:
    """Return class weights of labels 0 to k-1."""
    return Explicit(dict(enumerate(values))).resolve(list(range(len(values))))


def fold_of(model: Model) -> tuple[object, ...]:
    """Return what models have in common that can share: their rows and their classifier."""
    return model.data, model.split.digest, model.recipe.classifier


class Shared:
    """The rows of a fold as a library takes them, and their bins; those of the last fold alone.

    Bins are used again where the library's adapter knows that this trains the same model to the bit.

    Attributes
    ----------
    problem : Problem
        The data set.
    spared : tuple of float
        The wall and processor seconds of binning that the last model did not need.
    """

    problem: Problem

    def __init__(self) -> None:
        self._fold: tuple[object, ...] = ()
        self._rows: tuple[pd.DataFrame, ...] = ()
        self._bins: dict[tuple[int, str], tuple[BinnedFold | None, tuple[float, float]]] = {}
        self.spared = (0.0, 0.0)

    def rows(self, model: Model) -> tuple[pd.DataFrame, ...]:
        """Return the features of a model's training and test rows, and forget those of another fold.

        All bins are forgotten once the process is at half of the model's limit of memory.
        """
        self.spared, fold = (0.0, 0.0), fold_of(model)
        if fold != self._fold or psutil.Process().memory_info().rss > model.megabytes * 500_000:
            self._bins.clear()
        if fold != self._fold:
            self.problem = read_problem(model.data)
            X = features(self.problem.dataset.X, model.recipe.categories)
            self._rows, self._fold = (X.iloc[model.split.train], X.iloc[model.split.test]), fold
        return tuple(X.copy(deep=False) for X in self._rows)  # a model may change the columns of its own

    def bins(self, recipe: Recipe, plain: Any, X: Any, y: Codes, part: int) -> BinnedFold | None:
        """Return the bins of these rows for row weights of any size, if there can be any.

        Parameters
        ----------
        recipe : Recipe
            How a model is trained: all that is not its weights tells bins apart.
        plain : classifier
            Its unfitted estimator.
        X, y : features and codes
            The rows that it sees.
        part : int
            Which part of the fold they are.
        """
        key = part, repr(replace(recipe, weights=()))
        if key in self._bins:
            binned, seconds = self._bins[key]
            self.spared = self.spared[0] + seconds[0], self.spared[1] + seconds[1]
            return binned
        start = time.perf_counter(), time.process_time()
        make = adapter_of(plain).reuse(plain, X).bin
        binned = None if make is None else make(X, y)
        self._bins[key] = binned, (time.perf_counter() - start[0], time.process_time() - start[1])
        return binned


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A trained model and by how much it saw each class more than there was of it.

    Attributes
    ----------
    model : classifier
        Its ``predict_proba`` has columns 0 to k-1.
    shift : tuple of k floats
        Class weight times rows trained on, by rows of the fold: what a correction undoes.
    calibration : CalibrationMap or None
        The map learned out of fold, where one was asked for.
    of_proba : bool
        Whether the analytic correction is one of probabilities: of ensembles of evenly sampled parts, whose
        members' own leaves hold one class and carry no shares.
    """

    model: Any
    shift: tuple[float, ...]
    calibration: CalibrationMap | None = None
    of_proba: bool = False

    @property
    def weights(self) -> ClassWeights:
        """The shift as class weights."""
        return as_weights(self.shift)

    def probabilities(self, X: pd.DataFrame) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """Return the "raw" probabilities, the "corrected" ones if something can be corrected, and "fitted".

        The last are there where a map was asked for.
        """
        by_kind = {"raw": np.asarray(self.model.predict_proba(X))}
        weighted = len(set(self.shift)) > 1
        if weighted and self.of_proba:
            by_kind["corrected"] = correct_proba(by_kind["raw"], self.weights)
        elif weighted and not uncorrectable(adapter_of(self.model), self.model, len(self.shift)):
            by_kind["corrected"] = np.exp(corrected_log_proba(self.model, X, self.weights))
        if self.calibration is not None:
            by_kind["fitted"] = np.exp(corrected_log_proba(self.model, X, self.calibration))
        return by_kind


def fit(recipe: Recipe, X: pd.DataFrame, y: Codes, shared: Shared | None = None, part: int = 0) -> Fitted:
    """Train a model on a fold.

    Parameters
    ----------
    recipe : Recipe
        How.
    X : pandas.DataFrame of shape (n, d)
        Features as `learners.features` returns them; not changed.
    y : ndarray of int of shape (n,)
        Labels 0 to k-1, each of them present.
    shared : Shared, optional
        What earlier models of the fold have left.
    part : int, default=0
        Which part of the fold these rows are, for what is shared; 0 for all.
    """
    X_seen, y_seen = resampled(recipe.resample, X, y, recipe.seed)
    if recipe.bare:
        model = estimator(recipe.classifier, recipe.parameters).fit(X_seen, y_seen)
    else:
        model = None if shared is None else _on_bins(recipe, X_seen, y_seen, shared, part)
        if model is None:
            model = (_as_weighted if recipe.pinned else _pasted)(recipe, X_seen, y_seen)
    of_proba = recipe.bare and recipe.balanced
    return Fitted(model=model, shift=shift_of(recipe, y, y_seen), of_proba=of_proba)


def shift_of(recipe: Recipe, y: Codes, y_seen: Codes) -> tuple[float, ...]:
    """Return by how much a model sees each class more than there is of it among labels `y`.

    Parameters
    ----------
    recipe : Recipe
        Its weights.
    y : ndarray of int
        Labels of the rows.
    y_seen : ndarray of int
        Those of the rows after resampling.
    """
    k = len(recipe.weights)
    before, after = (np.bincount(codes, minlength=k) for codes in (y, y_seen))
    if recipe.balanced:
        after = np.full(k, before.mean())
    return tuple(w * (a / b) for w, a, b in zip(recipe.weights, after, before, strict=True))


def _on_bins(recipe: Recipe, X: pd.DataFrame, y: Codes, shared: Shared, part: int) -> Any:
    """Train with row weights on shared bins; None where they would not train the same model."""
    if len(recipe.weights) != 2 or not all(recipe.weights):  # a row of weight 0 has no part in bins
        return None
    if not recipe.pinned or recipe.early_stopping != "none":
        return None
    plain = estimator(recipe.classifier, recipe.parameters)
    native = to_native(Explicit(dict(enumerate(recipe.weights))).resolve(y), plain, form=recipe.form)
    if native.params or native.pins or (binned := shared.bins(recipe, plain, X, y, part)) is None:
        return None
    return binned.fit(native.fit_kwargs(y)["sample_weight"] if recipe.weighted else None)


def _as_weighted(recipe: Recipe, X: pd.DataFrame, y: Codes) -> Any:
    stops = recipe.early_stopping != "none"
    clf = WeightedClassifier(
        estimator(recipe.classifier, recipe.parameters),
        weighting=Explicit(dict(enumerate(recipe.weights))) if recipe.weighted else None,
        form=recipe.form,
        eval_weighting="same" if recipe.early_stopping == "weighted" else "none",
        validation_fraction=VALIDATION_FRACTION if stops else None,
    )
    return clf.fit(X, y, **recipe.fit_arguments).estimator_


def _pasted(recipe: Recipe, X: pd.DataFrame, y: Codes) -> Any:
    """Train with a native parameter and nothing that would make it equal to row weights."""
    plain = estimator(recipe.classifier, recipe.parameters)
    policy = Explicit(dict(enumerate(recipe.weights)))
    native = to_native(policy.resolve(y), plain, y, form=recipe.form, allow_different=True)
    return estimator(recipe.classifier, {**recipe.parameters, **native.params}).fit(X, y)
