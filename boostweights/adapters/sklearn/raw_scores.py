"""scikit-learn's raw scores, and the correction in its boosters and forests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.attribute_notes import read_note, write_note
from boostweights.errors import InvalidTypeError
from boostweights.probabilities.link import MARK, Correction, Link, LinkKind

__all__ = ["baked", "correction_mark", "link", "scores", "tree_probabilities", "uncorrectable"]


def link(model: Any) -> Link:
    """Return how a classifier comes to its probabilities."""
    if not hasattr(model, "classes_"):
        raise InvalidTypeError(
            "the model must be a fitted classifier or a Booster",
            type(model).__name__,
            "Call fit first; of a Pipeline, pass the last step.",
        )
    classes = model.classes_
    one_label_each = isinstance(classes, np.ndarray)
    return Link(
        kind=_link_kind(model, len(classes)) if one_label_each else "proba",
        classes=len(classes),
        objective=f"{type(model).__name__}(loss={model.loss!r})" if hasattr(model, "loss") else repr(model),
        labels=tuple(classes.tolist()) if one_label_each else None,
    )


def scores(model: Any, X: Any) -> npt.NDArray[np.float64] | None:
    """Return the decision function of a booster."""
    if link(model).kind not in ("logit", "softmax"):
        return None
    return np.asarray(model.decision_function(X), np.float64)


def tree_probabilities(model: Any, X: Any) -> Iterator[npt.NDArray[np.float64]]:
    """Yield the probabilities, of shape (n, k), of each tree of a forest."""
    for tree, leaves in zip(model.estimators_, model.apply(X).T, strict=True):
        shares = tree.tree_.value[leaves, 0, :]
        yield shares / shares.sum(axis=1, keepdims=True)


def correction_mark(model: Any) -> str | None:
    """Return the mark of a baked model. It is on the first tree, since a new fit replaces that."""
    return read_note(model, MARK)


def baked(model: Any, correction: Correction) -> Any:
    """Return a copy that predicts from shifted scores, or from leaves that are corrected one by one."""
    copied = deepcopy(model)
    if correction.link.kind == "mean":
        for each in copied.estimators_:
            shares = each.tree_.value
            shares /= np.asarray(correction.weights)
            shares /= shares.sum(axis=2, keepdims=True)
    elif hasattr(copied, "_baseline_prediction"):
        baseline = copied._baseline_prediction
        copied._baseline_prediction = baseline + correction.shift.reshape(1, -1)
    else:  # GradientBoosting: whatever its init, trees come on top of it
        for each, step in zip(copied.estimators_[0], correction.shift, strict=True):
            each.tree_.value[:] += step / copied.learning_rate
    write_note(copied, MARK, correction.mark)
    return copied


def _link_kind(model: Any, classes: int) -> LinkKind:
    from sklearn.ensemble import (
        ExtraTreesClassifier,
        GradientBoostingClassifier,
        HistGradientBoostingClassifier,
        RandomForestClassifier,
    )

    if isinstance(model, (RandomForestClassifier, ExtraTreesClassifier)):
        return "mean"
    boosted = isinstance(model, (HistGradientBoostingClassifier, GradientBoostingClassifier))
    if not boosted or model.loss != "log_loss":
        return "proba" if hasattr(model, "predict_proba") else "none"
    return "logit" if classes == 2 else "softmax"


def uncorrectable(settings: Mapping[str, Any], classes: int | None = None) -> str:
    """Say nothing: what scikit-learn calls predict_proba gives probabilities."""
    return ""
