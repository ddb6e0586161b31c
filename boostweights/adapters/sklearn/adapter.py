"""scikit-learn, and any other classifier with its interface: row weights and ``class_weight``."""

import numpy as np

from boostweights.adapters import notes
from boostweights.adapters.adapter import Adapter
from boostweights.adapters.binning import Reuse
from boostweights.adapters.sklearn import model, serving, settings, training
from boostweights.adapters.sklearn.forms import FORMS, rescale
from boostweights.adapters.training import evaluation

ADAPTER = Adapter(
    name="sklearn",
    extra="scikit-learn",
    dtype=np.float64,
    forms=FORMS,
    record="boostweights.adapters.sklearn.record:RECORD",
    class_weighting=settings.class_weighting,
    evaluation=evaluation,
    rounds=training,
    raw_scores=model,
    baking=model,
    tree_probabilities=model.tree_probabilities,
    notes=notes,
    files=model,
    serving=serving,
    readback=settings,
    describe=settings.describe,
    trees=model.trees,
    rescale=rescale,
    reuse=lambda estimator, X: Reuse(how="none: scikit-learn's estimators bin, if at all, by weight"),
)
