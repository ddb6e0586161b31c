"""XGBoost: row weights and ``scale_pos_weight``."""

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.xgboost import model, serving, settings, training
from boostweights.adapters.xgboost.binning import out_of_core, reuse
from boostweights.adapters.xgboost.forms import FORMS, rescale
from boostweights.adapters.xgboost.training import XGBoostOnDask

ADAPTER = Adapter(  # of xgboost-cpu too, which is the same module
    name="xgboost",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.xgboost.record:RECORD",
    get_params=settings.get_params,
    class_weighting=settings.class_weighting,
    class_names=("num_class",),
    device_arrays=True,
    causes={"base_score": "intercept", "tree_method": "cuts", "max_bin": "cuts"},
    evaluation=training.evaluation,
    shifted=training.shifted,
    unshiftable=training.unshiftable,
    rounds=training,
    evaluation_weight="sample_weight_eval_set",
    continued_from="xgb_model",
    iteration_limits=("iteration_range",),
    raw_scores=model,
    baking=model,
    notes=model,
    files=model,
    serving=serving,
    readback=settings,
    describe=settings.describe,
    trees=model.trees,
    rescale=rescale,
    reuse=reuse,
    blocks=out_of_core,
    dask=XGBoostOnDask(),
    open_fold=lambda data: data,  # a DMatrix's labels are readable at once
)
