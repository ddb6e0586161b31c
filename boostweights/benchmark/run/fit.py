"""The training of one model, as its recipe says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.plan.learners import Recipe, estimator
from boostweights.benchmark.plan.resample import resampled
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import corrected_log_proba, uncorrectable
from boostweights.weighting.policies.by_class import Explicit

Codes = npt.NDArray[np.int64]

VALIDATION_FRACTION = 0.1
"""The part of the training fold on which early stopping evaluates."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fitted:
    """A trained model and by how much it saw each class more than there was of it.

    Attributes
    ----------
    model : classifier
        Its ``predict_proba`` has columns 0 to k-1.
    shift : tuple of k floats
        Class weight times rows trained on, by rows of the fold: what a correction undoes.
    """

    model: Any
    shift: tuple[float, ...]

    def probabilities(self, X: pd.DataFrame) -> dict[str, npt.NDArray[np.floating[Any]]]:
        """Return the "raw" probabilities, and the "corrected" ones if something can be corrected."""
        raw = np.asarray(self.model.predict_proba(X))
        if len(set(self.shift)) == 1 or uncorrectable(adapter_of(self.model), self.model, len(self.shift)):
            return {"raw": raw}
        codes = list(range(len(self.shift)))
        shift = Explicit(dict(zip(codes, self.shift, strict=True))).resolve(codes)
        return {"raw": raw, "corrected": np.exp(corrected_log_proba(self.model, X, shift))}


def fit(recipe: Recipe, X: pd.DataFrame, y: Codes) -> Fitted:
    """Train a model on a fold.

    Parameters
    ----------
    recipe : Recipe
        How.
    X : pandas.DataFrame of shape (n, d)
        Features as `learners.features` returns them; not changed.
    y : ndarray of int of shape (n,)
        Labels 0 to k-1, each of them present.
    """
    k = len(recipe.weights)
    X_seen, y_seen = resampled(recipe.resample, X, y, recipe.seed)
    before, after = (np.bincount(codes, minlength=k) for codes in (y, y_seen))
    shift = tuple(w * (a / b) for w, a, b in zip(recipe.weights, after, before, strict=True))
    make = _as_weighted if recipe.pinned else _pasted
    return Fitted(model=make(recipe, X_seen, y_seen), shift=shift)


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
    native = to_native(policy.resolve(y), plain, recipe.form, y=y, allow_different=True)
    return estimator(recipe.classifier, {**recipe.parameters, **native.params}).fit(X, y)
