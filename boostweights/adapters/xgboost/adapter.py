"""XGBoost: row weights and ``scale_pos_weight``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter, EvaluationSet
from boostweights.adapters.xgboost import model, readback
from boostweights.adapters.xgboost.behaviour import describe
from boostweights.adapters.xgboost.binning import frozen_reuse, out_of_core, reuse
from boostweights.adapters.xgboost.dask import XGBoostOnDask
from boostweights.adapters.xgboost.forms import FORMS
from boostweights.adapters.xgboost.rescale import rescale


def class_weighting(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return ``scale_pos_weight`` if it weighs."""
    return {name: value for name, value in params.items() if name == "scale_pos_weight" and value != 1}


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``eval_set`` and, where any is weighted, ``sample_weight_eval_set``."""
    arguments: dict[str, Any] = {"eval_set": [(each.X, each.y) for each in sets]}
    if any(each.weight is not None for each in sets):
        arguments["sample_weight_eval_set"] = [
            np.ones(len(each.y), np.float32) if each.weight is None else each.weight for each in sets
        ]
    return arguments


ADAPTER: Final = Adapter(  # of xgboost-cpu too, which is the same module
    name="xgboost",
    module="xgboost",
    extra="boostweights[xgboost]",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.xgboost.record:RECORD",
    get_params=readback.get_params,
    class_weighting=class_weighting,
    class_names=("num_class",),
    causes={"base_score": "intercept", "tree_method": "cuts", "max_bin": "cuts"},
    evaluation=evaluation,
    evaluation_weight="sample_weight_eval_set",
    continued_from="xgb_model",
    iteration_limits=("iteration_range",),
    raw_scores=model,
    baking=model,
    notes=model,
    files=model,
    readback=readback,
    describe=describe,
    trees=model.trees,
    rescale=rescale,
    reuse=reuse,
    frozen_reuse=frozen_reuse,
    blocks=out_of_core,
    dask=XGBoostOnDask(),
    open_fold=lambda data: data,  # a DMatrix's labels are readable at once
)
