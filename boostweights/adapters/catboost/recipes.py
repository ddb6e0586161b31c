"""Recipes beyond constructor settings: metrics without weights, and a scale moved into the parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from boostweights.adapters.catboost.rescale import rescale
from boostweights.adapters.readback import Rescaled
from boostweights.weighting.class_weights import ClassWeights

__all__ = ["majority_scale", "unweighted_metric"]


def unweighted_metric(metric: str) -> str:
    """Return a metric that class weights do not weigh.

    CatBoost weighs evaluation rows by ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``, and
    so early stopping. With this ``eval_metric`` each of them stops where row weights on the training rows
    alone stop: IDENTICAL, trees and number of trees.

    Parameters
    ----------
    metric : str
        As ``eval_metric`` takes it.

    Examples
    --------
    >>> unweighted_metric("Logloss"), unweighted_metric("F:beta=2")
    ('Logloss:use_weights=false', 'F:beta=2;use_weights=false')
    """
    name, _, settings = metric.partition(":")
    kept = [each for each in settings.split(";") if each and not each.startswith("use_weights")]
    return f"{name}:{';'.join([*kept, 'use_weights=false'])}"


def majority_scale(weights: ClassWeights, params: Mapping[str, Any]) -> tuple[ClassWeights, Rescaled]:
    """Return weights of which the most common class has 1, and the parameters that make up for it.

    ``auto_class_weights`` cannot say weights of mean scale, nor ``scale_pos_weight`` without a row weight
    beside it. They can say the returned ones, and with the returned parameters they train the model of the
    weights given: IDENTICAL if the scale is a power of 4 (of 2 with ``score_function="L2"``), EQUIVALENT
    for others, and DIFFERENT where the parameters have no scaling, as the `Rescaled` says.

    Parameters
    ----------
    weights : ClassWeights
        Of any scale.
    params : mapping
        The estimator's settings.

    Examples
    --------
    >>> from boostweights import Balanced
    >>> weights = Balanced().resolve([0] * 90 + [1] * 10)
    >>> scaled, rescaled = majority_scale(weights, {"bootstrap_type": "No"})
    >>> scaled.class_weight, rescaled.guarantee.value
    ({0: 1.0, 1: 9.0}, 'equivalent')
    """
    unit = weights.class_weight[weights.counts.majority]
    scaled = {label: weight / unit for label, weight in weights.class_weight.items()}
    return ClassWeights(scaled, counts=weights.counts, notes=weights.notes), rescale(params, 1 / unit)
