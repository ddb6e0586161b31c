"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter, EvaluationSet
from boostweights.adapters.lightgbm import model, readback
from boostweights.adapters.lightgbm.behaviour import describe
from boostweights.adapters.lightgbm.binning import out_of_core, reuse
from boostweights.adapters.lightgbm.dask import LightGBMOnDask, evaluation_sets
from boostweights.adapters.lightgbm.forms import FORMS
from boostweights.adapters.lightgbm.parameters import class_weighting
from boostweights.adapters.lightgbm.rescale import rescale


def evaluation(
    estimator: Any, sets: Sequence[EvaluationSet], fit_params: Mapping[str, Any]
) -> dict[str, Any]:
    """Return ``eval_X``, ``eval_y`` (before 4.7: ``eval_set``) and ``eval_sample_weight``."""
    arguments = evaluation_sets(estimator, sets)
    if any(each.weight is not None for each in sets):
        arguments["eval_sample_weight"] = [each.weight for each in sets]
    if any(each.is_training for each in sets) and fit_params.get("eval_names") is None:
        # LightGBM knows its training rows by identity, which encoded labels lose, or by this name: they
        # do not stop it early
        arguments["eval_names"] = [
            "training" if each.is_training else f"valid_{number}" for number, each in enumerate(sets)
        ]
    return arguments


ADAPTER: Final = Adapter(
    name="lightgbm",
    module="lightgbm",
    extra="boostweights[lightgbm]",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.lightgbm.record:RECORD",
    get_params=readback.get_params,
    class_weighting=class_weighting,
    class_names=("num_class", "num_classes"),
    causes={"boost_from_average": "intercept"},
    evaluation=evaluation,
    prepared=("eval_X", "eval_y", "eval_class_weight"),
    evaluation_weight="eval_sample_weight",
    continued_from="init_model",
    iteration_limits=("start_iteration", "num_iteration"),
    raw_scores=model,
    baking=model,
    notes=model,
    files=model,
    readback=readback,
    describe=describe,
    trees=model.trees,
    rescale=rescale,
    reuse=reuse,
    blocks=out_of_core,
    dask=LightGBMOnDask(),
    open_fold=lambda data: data.construct(),  # without which a fold's labels cannot be read
)
