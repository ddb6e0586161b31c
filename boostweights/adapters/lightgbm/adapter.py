"""LightGBM: row weights, ``scale_pos_weight``, ``is_unbalance`` and LGBMClassifier's ``class_weight``.

``scale_pos_weight`` and ``is_unbalance`` multiply the gradients of a class, but the start score does not see
them; so the same model needs ``boost_from_average=False``. ``class_weight`` becomes row weights in Python.
"""

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.lightgbm import model, serving, settings, training
from boostweights.adapters.lightgbm.binning import out_of_core, reuse
from boostweights.adapters.lightgbm.forms import FORMS, rescale
from boostweights.adapters.lightgbm.parameters import class_weighting
from boostweights.adapters.lightgbm.training import LightGBMOnDask

ADAPTER = Adapter(
    name="lightgbm",
    dtype=np.float32,
    forms=FORMS,
    record="boostweights.adapters.lightgbm.record:RECORD",
    get_params=settings.get_params,
    class_weighting=class_weighting,
    class_names=("num_class", "num_classes"),
    causes={"boost_from_average": "intercept"},
    evaluation=training.evaluation,
    shifted=training.shifted,
    unshiftable=training.unshiftable,
    rounds=training,
    prepared=("eval_X", "eval_y", "eval_class_weight"),
    evaluation_weight="eval_sample_weight",
    continued_from="init_model",
    iteration_limits=("start_iteration", "num_iteration"),
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
    dask=LightGBMOnDask(),
    open_fold=lambda data: data.construct(),  # without which a fold's labels cannot be read
)
