"""What boostweights needs to know of pocketboost, and nothing else does."""

from copy import deepcopy

import numpy as np

from boostweights.adapters import Adapter, Expression, Form, Guarantee
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.record import Record
from boostweights.probabilities.link import Link


def class_weight(request):
    """pocketboost multiplies row weights by its class_weight itself, in float64."""
    known = Guarantee.EQUIVALENT if request.row_weighted else Guarantee.IDENTICAL
    params = {"class_weight": dict(request.weights.class_weight)}
    return Expression(guarantee=known, reason="it becomes row weights", params=params)


def evaluation(estimator, sets, fit_params):
    """The arguments of fit for an evaluation set."""
    return {"valid": (sets[0].X, sets[0].y), "valid_weight": sets[0].weight}


class Scores:
    """Scores before the softmax, and a correction inside them."""

    uncorrectable = staticmethod(lambda params, classes: "")
    scores = table_scores = staticmethod(lambda model, X: model.decision_function(X))
    n_features = staticmethod(lambda model: model.trees_[0].n_features_in_)

    def link(self, model):
        labels = tuple(model.classes_.tolist())
        return Link(kind="softmax", classes=len(labels), objective="log loss", labels=labels)

    def baked(self, model, correction):
        copied = deepcopy(model)
        copied.intercept_ = correction.affine(copied.intercept_)
        for tree in copied.trees_:
            tree.tree_.value[:] *= correction.affine.slope[:, None]
        copied.mark_ = correction.mark
        return copied

    def correction_mark(self, model):
        return getattr(model, "mark_", None)


FORMS = by_name(
    reference_form("sample_weight"),
    Form(
        name="class_weight",
        parameter="class_weight",
        tasks=("binary", "multiclass"),
        guarantee=Guarantee.IDENTICAL,
        reason="it becomes row weights",
        express=class_weight,
    ),
)
ADAPTER = Adapter(
    name="pocketboost",
    extra="pocketboost",
    dtype=np.float64,
    forms=FORMS,
    record="pocketboost.adapter:RECORD",
    class_weighting=lambda params: {name: params[name] for name in ("class_weight",) if name in params},
    evaluation=evaluation,
    prepared=("valid", "valid_weight"),
    raw_scores=Scores(),
    baking=Scores(),
)
RECORD = Record(
    classifier="pocketboost:PocketClassifier",
    distributions=("pocketboost",),
    trees="rounds",
    estimators={"pocketboost:PocketClassifier": {"rounds": 8}},
    settings={"defaults": {}, "slow and shallow": {"learning_rate": 0.1, "max_depth": 1}},
    losses=lambda fitted: fitted.losses_,
)
