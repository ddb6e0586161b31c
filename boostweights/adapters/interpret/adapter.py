"""InterpretML's ExplainableBoostingClassifier: row weights, which weigh the rows that it holds out too."""

from copy import deepcopy
from typing import Any

import numpy as np

from boostweights.adapters import notes
from boostweights.adapters.adapter import Adapter
from boostweights.adapters.additive import Additive
from boostweights.adapters.behaviour import Behaviour, Params, Subject, foreign_settings, names_of
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.trees import Node, Tree
from boostweights.errors import shown
from boostweights.probabilities.link import Affine


def owns(estimator: Any) -> bool:
    """Whether it is an explainable boosting machine; the library's other classifiers are scikit-learn's."""
    return "ExplainableBoostingClassifier" in names_of(estimator)


def describe(subject: Subject) -> Behaviour:
    """Return what a machine makes of settings: it knows none that weigh classes."""
    others = foreign_settings(subject.settings, (), "ExplainableBoostingClassifier knows no such parameter")
    return Behaviour(refused=tuple(f"{spelled}: {why}" for spelled, why in others.items()), holds_out=True)


def uncorrectable(params: Params, classes: int | None) -> str:
    """Name an objective other than log loss."""
    objective = params.get("objective", "log_loss")
    return "" if objective == "log_loss" else f"objective={shown(objective)}"


def changed(model: Any, affine: Affine) -> Any:
    """Return a copy with changed intercepts and scores of terms, those of its bags too."""
    copied = deepcopy(model)
    copied.intercept_ = affine(copied.intercept_)
    copied.bagged_intercept_ = affine(copied.bagged_intercept_)
    slope = affine.slope if len(affine.slope) > 1 else float(affine.slope[0])
    for name in ("term_scores_", "bagged_scores_", "standard_deviations_"):
        setattr(copied, name, [table * slope for table in getattr(copied, name)])
    return copied


def trees(model: Any) -> list[Tree]:
    """Return the intercept, and the cuts and the table of scores of each term, as if it were a tree."""
    terms = zip(model.term_features_, model.term_scores_, strict=True)
    return [_leaves(model.intercept_), *(_term(model.bins_, *term) for term in terms)]


def _term(bins: Any, features: tuple[int, ...], table: Any) -> Tree:
    """A feature may have several resolutions of bins: in a term of more features it takes a coarser one."""
    cuts = (bins[feature][min(len(features), len(bins[feature])) - 1] for feature in features)
    written = [cut.tolist() if hasattr(cut, "tolist") else sorted(cut.items()) for cut in cuts]
    return (Node(feature=features, threshold=repr(written)), *_leaves(table))


def _leaves(table: Any) -> Tree:
    return tuple(Node(value=value) for value in table.ravel().tolist())


_ADDITIVE = Additive(
    uncorrectable=uncorrectable, raw=lambda model, X: model.decision_function(X), changed=changed
)

ADAPTER = Adapter(
    name="interpret",
    dtype=np.float64,
    forms=by_name(reference_form("fit(sample_weight=)")),
    owns=owns,
    record="boostweights.adapters.interpret.record:RECORD",
    raw_scores=_ADDITIVE,
    baking=_ADDITIVE,
    notes=notes,
    describe=describe,
    trees=trees,
)
