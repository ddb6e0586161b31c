"""CatBoost: row weights, ``class_weights``, ``scale_pos_weight`` and ``auto_class_weights``."""

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.catboost import model, serving, settings, training
from boostweights.adapters.catboost.forms import FORMS, rescale

ADAPTER = Adapter(
    name="catboost",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.catboost.record:RECORD",
    unfitted=training.unfitted,
    class_weighting=settings.class_weighting,
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
    describe=settings.describe,
    trees=model.trees,
    rescale=rescale,
    reuse=training.reuse,
)
