"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``."""

from __future__ import annotations

import inspect
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter, EvaluationSet
from boostweights.adapters.reuse import Reuse
from boostweights.adapters.sklearn import files, notes, raw_scores, readback
from boostweights.adapters.sklearn.behaviour import describe
from boostweights.adapters.sklearn.forms import FORMS
from boostweights.adapters.sklearn.rescale import rescale
from boostweights.adapters.sklearn.trees import trees
from boostweights.errors import InvalidTypeError

__all__ = ["ADAPTER"]


def class_weighting(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``class_weight``, also of estimators inside, where it is set."""
    return {name: value for name, value in params.items() if name.rpartition("__")[2] == "class_weight"}


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
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


ADAPTER: Final = Adapter(
    name="sklearn",
    module="sklearn",
    extra="scikit-learn",
    dtype=np.float64,
    forms=FORMS,
    owns=lambda estimator: True,  # whatever no other adapter owns may be fitted as scikit-learn's are
    record="boostweights.adapters.sklearn.record:RECORD",
    class_weighting=class_weighting,
    evaluation=evaluation,
    raw_scores=raw_scores,
    baking=raw_scores,
    tree_probabilities=raw_scores.tree_probabilities,
    notes=notes,
    files=files,
    readback=readback,
    describe=describe,
    trees=trees,
    rescale=rescale,
    reuse=lambda estimator, X: Reuse(how="none: scikit-learn's estimators bin, if at all, by weight"),
)
