"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``."""

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.catboost import model, serving, settings, training
from boostweights.adapters.catboost.forms import FORMS, rescale
from boostweights.adapters.catboost.settings import describe
from boostweights.adapters.catboost.training import reuse, unfitted


def class_weighting(params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that weigh classes."""
    return {
        name: value for name, value in params.items() if name in settings.WEIGHTING and not _is_neutral(value)
    }


def _is_neutral(value: Any) -> bool:
    if isinstance(value, (int, float)):
        return value == 1
    return value is None or value == "None" or (isinstance(value, (list, tuple, dict)) and not value)


ADAPTER: Final = Adapter(
    name="catboost",
    module="catboost",
    extra="boostweights[catboost]",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.catboost.record:RECORD",
    unfitted=unfitted,
    class_weighting=class_weighting,
    class_names=("class_names", "classes_count"),
    evaluation=training.evaluation,
    shifted=training.shifted,
    unshiftable=training.unshiftable,
    rounds=training,
    continued_from="init_model",
    iteration_limits=("ntree_start", "ntree_end"),
    raw_scores=model,
    baking=model,
    notes=model,
    files=model,
    serving=serving,
    readback=settings,
    describe=describe,
    trees=model.trees,
    rescale=rescale,
    reuse=reuse,
)
