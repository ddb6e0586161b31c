"""The training of one model, as its recipe says."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.plan.learners import Recipe, estimator
from boostweights.benchmark.plan.resample import resampled
from boostweights.benchmark.plan.splits import CALIBRATION_FOLDS, Groups, inner_splits
from boostweights.benchmark.run.shared import Shared
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import (
    OutOfFold,
    check_correctable,
    corrected_log_proba,
    out_of_fold_correction,
    uncorrectable,
)
from boostweights.probabilities.calibration import CalibrationMap
from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.by_class import Explicit

Codes = npt.NDArray[np.int64]

VALIDATION_FRACTION = 0.1
"""The part of the training fold on which early stopping evaluates."""

TUNING = 1
"""The part of a fold on which a threshold is tuned; those from which a correction is learned follow."""


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
        What was learned out of fold, where that was asked; nothing of too few rows of a class.
    of_proba : bool
        Whether the analytic correction is one of probabilities: of ensembles of evenly sampled parts, whose
        members' own leaves hold one class and tell nothing of shares.
    """

    model: Any
    shift: tuple[float, ...]
    calibration: CalibrationMap | None = None
    of_proba: bool = False

    @property
    def weights(self) -> ClassWeights:
        """The shift as class weights."""
        codes = list(range(len(self.shift)))
        return Explicit(dict(zip(codes, self.shift, strict=True))).resolve(codes)

    def probabilities(self, X: pd.DataFrame) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """Return the "raw" probabilities, the "corrected" ones if something can be corrected, and "fitted".

        The last are there where a map was asked for.
        """
        found = {"raw": np.asarray(self.model.predict_proba(X))}
        weighted = len(set(self.shift)) > 1
        if weighted and self.of_proba:
            found["corrected"] = correct_proba(found["raw"], self.weights)
        elif weighted and not uncorrectable(adapter_of(self.model), self.model, len(self.shift)):
            found["corrected"] = np.exp(corrected_log_proba(self.model, X, self.weights))
        if (known := self.calibration) is not None:
            found["fitted"] = np.exp(corrected_log_proba(self.model, X, known))
        return found


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
        What models of the fold have left.
    part : int, default=0
        Which part of the fold these rows are, for what is shared; 0 for all.
    """
    X_seen, y_seen = resampled(recipe.resample, X, y, recipe.seed)
    if recipe.bare:
        bare = estimator(recipe.classifier, recipe.parameters).fit(X_seen, y_seen)
        return Fitted(model=bare, shift=shift_of(recipe, y, y_seen), of_proba=recipe.balanced)
    model = None if shared is None else _on_bins(recipe, X_seen, y_seen, shared, part)
    if model is None:
        make = _as_weighted if recipe.pinned else _pasted
        model = make(recipe, X_seen, y_seen)
    return Fitted(model=model, shift=shift_of(recipe, y, y_seen))


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


def calibrated(
    recipe: Recipe,
    fitted: Fitted,
    X: pd.DataFrame,
    y: Codes,
    groups: Groups | None,
    shared: Shared | None = None,
) -> Fitted:
    """Return a fold's model with the map to fitted probabilities, learned from models of the fold's parts.

    As ``WeightedClassifier(correct_proba="fitted")``, also of what it does not train: resampled folds, forms
    without pins, groups of equal rows.

    Raises
    ------
    InvalidValueError
        If the model gives no probabilities that could be corrected, or a class has too few groups of rows.
    """
    k = len(recipe.weights)
    check_correctable(adapter_of(fitted.model), fitted.model, k)
    folds = []
    parts = inner_splits(y, groups, recipe.seed, CALIBRATION_FOLDS)
    for number, (train, test) in enumerate(parts, TUNING + 1):
        part = fit(recipe, X.iloc[train], y[train], shared, number)
        folds.append(OutOfFold.scored(part.model, X.iloc[test], y[test], part.weights))
    return replace(fitted, calibration=out_of_fold_correction(folds, fitted.weights))


def _on_bins(recipe: Recipe, X: pd.DataFrame, y: Codes, shared: Shared, part: int) -> Any:
    """Train with row weights on shared bins; None where they would not train the same model."""
    if len(recipe.weights) != 2 or not all(recipe.weights):  # a row that weighs 0 has no part in bins
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
    """Train with a native parameter and nothing that would make it say what row weights say."""
    plain = estimator(recipe.classifier, recipe.parameters)
    policy = Explicit(dict(enumerate(recipe.weights)))
    native = to_native(policy.resolve(y), plain, y, form=recipe.form, allow_different=True)
    return estimator(recipe.classifier, {**recipe.parameters, **native.params}).fit(X, y)
