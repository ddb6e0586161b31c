"""Recipes that need the data or edit the model: they make forms one model where settings cannot."""

import math
from typing import Any

import numpy as np

import boostweights as bw
from boostweights.adapters.catboost.forms import rescale


def frozen_cuts(X: Any, y: Any, sample_weight: Any = None, *, max_bin: int = 256) -> Any:
    """XGBoost's training data with cut points found without weights: ``hist`` then trains one model."""
    import xgboost as xgb

    data = xgb.QuantileDMatrix(X, label=y, max_bin=max_bin)
    if sample_weight is not None:
        data.set_weight(np.asarray(sample_weight, np.float32))
    return data


def weighted_start(weights: bw.ClassWeights) -> dict[str, float]:
    """The ``base_score`` from which XGBoost 3 starts with row weights: their weighted mean."""
    negative, positive = (weights.counts[label] * weight for label, weight in weights.class_weight.items())
    return {"base_score": positive / (negative + positive)}


def average_start(weights: bw.ClassWeights, y: np.ndarray, sigmoid: float = 1.0) -> float:
    """The score from which LightGBM starts with row weights: summed row by row, to the bit."""
    row, epsilon = weights.sample_weight(y, np.float32), float(np.float32(1e-15))
    of_ones, of_all = (np.add.accumulate(part.astype(float))[-1] for part in (np.where(y == 1, row, 0), row))
    share = max(min(of_ones / of_all, 1.0 - epsilon), epsilon)
    return math.log(share / (1.0 - share)) / sigmoid


def with_start(model: Any, start: float) -> Any:
    """A LightGBM Booster that holds the score it was trained from, in the leaves of its first tree."""
    from lightgbm import Booster

    baked = Booster(model_str=model.booster_.model_to_string())
    for leaf in range(baked.dump_model(num_iteration=1)["tree_info"][0]["num_leaves"]):
        baked.set_leaf_output(0, leaf, baked.get_leaf_output(0, leaf) + start)
    return baked


def majority_scale(weights: bw.ClassWeights, params: Any) -> tuple[bw.ClassWeights, Any]:
    """Weights of which the most common class has 1, and CatBoost's parameters that make up for it."""
    unit = weights.class_weight[weights.counts.majority]
    scaled = {label: weight / unit for label, weight in weights.class_weight.items()}
    return bw.ClassWeights(scaled, counts=weights.counts), rescale(params, 1 / unit)


def few_values(X: np.ndarray, most: int = 255) -> np.ndarray:
    """Complete features with at most so many values each, whose bins no weight moves in scikit-learn."""
    coarse = X.copy()
    for column in coarse.T:
        levels = np.unique(column)
        if len(levels) > most:
            kept = levels[np.arange(most) * len(levels) // most]
            column[:] = kept[np.searchsorted(kept, column, side="right") - 1]
    return coarse
