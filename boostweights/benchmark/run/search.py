"""A search on the hold-out: which configuration's fitted probabilities lose least."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.benchmark.plan.learners import Recipe
from boostweights.benchmark.plan.splits import Groups, inner_splits
from boostweights.benchmark.regimes import PARTS
from boostweights.benchmark.run.fit import Fitted, fit
from boostweights.errors import BoostweightsError
from boostweights.estimator.corrected import Margins, OutOfFold, margins, out_of_fold_correction
from boostweights.probabilities.calibration import affine_of
from boostweights.probabilities.link import log_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.policies.by_class import Explicit

Codes = npt.NDArray[np.int64]
Rows = npt.NDArray[np.int64]


class TooFewHeldOutError(BoostweightsError, ValueError):
    """A hold-out by which nothing can be chosen."""


def searched(
    recipe: Recipe, X: pd.DataFrame, y: Codes, groups: Groups | None, split: tuple[Rows, Rows]
) -> tuple[Recipe, Fitted, dict[str, float]]:
    """Return the recipe whose fitted probabilities lose least on the hold-out, and its model."""
    train, held_out = split
    inner = None if groups is None else groups[held_out]
    best: tuple[float, int, Recipe, Fitted] | None = None
    for number, chosen in enumerate(recipe.configurations):
        tried = replace(recipe, parameters={**recipe.parameters, **chosen})
        fitted = fit(tried, X.iloc[train], y[train])
        scores = margins(fitted.model, X.iloc[held_out]).without(fitted.weights)
        loss = cross_fitted_loss(scores, y[held_out], inner, recipe.seed)
        if best is None or loss < best[0]:
            best = loss, number, tried, fitted
    assert best is not None
    loss, number, tried, fitted = best
    return tried, fitted, {"configuration": float(number), "held_out_log_loss": loss}


def cross_fitted_loss(scores: Margins, y: Codes, groups: Groups | None, seed: int) -> float:
    """Return the mean log loss of fitted probabilities whose map was learned from other rows.

    Parameters
    ----------
    scores : Margins
        Of shape (n,) or (n, k), the analytic shift taken from them.
    y : ndarray of int of shape (n,)
        Labels.
    groups : ndarray of int of shape (n,), optional
        What must not be parted.
    seed : int
        Of the split.
    """
    own = np.arange(len(y)) if groups is None else groups
    least = min(len(np.unique(own[y == label])) for label in np.unique(y))
    if least < 2:
        raise TooFewHeldOutError(
            "a hold-out must have two groups of rows of each class", f"{least}", "Use a larger data set."
        )
    k = 2 if scores.values.ndim == 1 else scores.values.shape[1]
    unit = as_weights((1.0,) * k)
    total = 0.0
    for train, test in inner_splits(y, groups, seed, min(PARTS, least)):
        fold = OutOfFold(replace(scores, values=scores.values[train]), y[train])
        known = out_of_fold_correction([fold], unit)
        changed = affine_of(known, scores.kind)(known.prepared(scores.values[test]))
        total -= float(log_proba(changed, scores.kind)[np.arange(len(test)), y[test]].sum())
    return total / len(y)


def as_weights(values: Sequence[float]) -> ClassWeights:
    """Return class weights of labels 0 to k-1."""
    return Explicit(dict(enumerate(values))).resolve(list(range(len(values))))
