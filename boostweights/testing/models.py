"""Checks of fitted models, and of what must be refused."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from boostweights.adapters.adapter import unfitted_with
from boostweights.adapters.baking import bake_correction, baked_weights
from boostweights.adapters.expressing import to_native
from boostweights.adapters.notes import note_of, write
from boostweights.audits.audit import audit
from boostweights.errors import InvalidTypeError, InvalidValueError, MissingAbilityError
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import uncorrectable
from boostweights.probabilities.correct import correct_proba
from boostweights.testing.case import Case, refused
from boostweights.testing.data import complete_data
from boostweights.weighting.policies.by_class import Balanced

__all__ = ["MODEL_CHECKS"]

_NAMES: Final = np.array(["ant", "bee", "cat"])
_CLOSE: Final = 2e-5  # float32 probabilities, whose odds are multiplied by weights


def _fitted(case: Case, classes: int, *, correct: bool = False) -> WeightedClassifier:
    X, y = complete_data(classes)
    return WeightedClassifier(case.make(), weighting="balanced", correct_proba=correct).fit(X, _NAMES[y])


def check_copies(case: Case) -> None:
    """A clone is unfitted and trains the same model; a pickle predicts the same."""
    X, y = complete_data()
    clf = _fitted(case, 2)
    copied, loaded = clone(clf), pickle.loads(pickle.dumps(clf))
    assert not hasattr(copied, "estimator_"), "a clone must be unfitted"
    for model in (copied.fit(X, _NAMES[y]), loaded):
        np.testing.assert_array_equal(model.predict_proba(X), clf.predict_proba(X))


def _corrected_by_hand(case: Case, clf: WeightedClassifier, X: Any) -> npt.NDArray[np.float64]:
    """Return `correct_proba` of what the model predicts, of forests tree by tree."""
    model, adapter, proba = clf.estimator_, case.adapter, clf.estimator_.predict_proba(X)
    link = adapter.raw_scores.link(model).kind if adapter.can("raw_scores") else "proba"
    if link == "mean":
        trees = np.stack(list(adapter.tree_probabilities(model, X)))
        np.testing.assert_allclose(trees.mean(axis=0), proba, atol=_CLOSE)
        proba = trees
    return np.asarray(correct_proba(proba, clf.class_weights_, "ovr" if link == "ovr" else "softmax"))


def check_correction(case: Case) -> None:
    """Corrected probabilities are those of `correct_proba`; where there are none, fit says so at once."""
    for classes in (2, 3):
        X = complete_data(classes)[0]
        if uncorrectable(case.adapter, case.make(), classes):
            with refused(InvalidValueError, "correct_proba=True"):
                _fitted(case, classes, correct=True)
            continue
        clf = _fitted(case, classes, correct=True)
        np.testing.assert_allclose(clf.predict_proba(X), _corrected_by_hand(case, clf, X), atol=_CLOSE)


def check_baking(case: Case) -> None:
    """A baked model predicts corrected probabilities, says so, keeps it in a pickle, and is baked once."""
    for classes in (2, 3):
        if uncorrectable(case.adapter, case.make(), classes):
            continue
        X, clf = complete_data(classes)[0], _fitted(case, classes)
        weights = clf.class_weights_.encoded()
        baked = bake_correction(clf.estimator_, weights)
        loaded = pickle.loads(pickle.dumps(baked))
        np.testing.assert_allclose(loaded.predict_proba(X), _corrected_by_hand(case, clf, X), atol=_CLOSE)
        assert baked_weights(loaded) == baked_weights(baked) == weights.values
        assert baked_weights(clf.estimator_) is None, "the given model must stay as it is"
        with refused(InvalidValueError, "a second correction"):
            bake_correction(loaded, weights)


def check_notes(case: Case) -> None:
    """A note stays in a pickle and changes no prediction; another training leaves it behind."""
    X, y = complete_data()
    model = case.make().fit(X, y)
    before = model.predict_proba(X)
    assert note_of(model, "boostweights_test") is None
    write(model, "boostweights_test", "é\n]=\"'")
    loaded = pickle.loads(pickle.dumps(model))
    kept = note_of(loaded, "boostweights_test")
    assert kept is not None
    assert (kept.text, kept.current) == ("é\n]=\"'", True)
    np.testing.assert_array_equal(loaded.predict_proba(X), before)
    stale = note_of(loaded.fit(X[:300], y[:300]), "boostweights_test")
    assert stale is None or not stale.current, "a note of another training must be stale"


def check_audit(case: Case) -> None:
    """An audit finds nothing in an unweighted estimator, and two weightings of one model."""
    X, y = complete_data()
    assert not audit(case.make(), y, X), "an unweighted estimator must have no findings"
    weights = Balanced(scale="majority").resolve(y)
    for form in case.adapter.forms:
        try:
            native = to_native(weights, case.make(), form=form, y=y)
        except InvalidValueError:
            continue
        if not native.params:
            continue
        weighing = unfitted_with(case.adapter, case.make(), native.params)
        assert case.adapter.class_weighting(case.adapter.get_params(weighing)), f"{form} weighs classes"
        clf = WeightedClassifier(weighing, weighting="balanced")
        assert audit(clf, y, X), f"{form} inside a WeightedClassifier must be found"
        with refused(InvalidValueError, f"{form} inside a WeightedClassifier"):
            clf.fit(X, y)


def check_refusals(case: Case) -> None:
    """What would bypass labels and weights is refused before any training."""
    (X, y), adapter = complete_data(), case.adapter
    clf = WeightedClassifier(case.make())
    for name in adapter.prepared:
        with refused(InvalidTypeError, f"fit({name}=…)"):
            clf.fit(X, y, **{name: 1})
    for name in adapter.class_names:
        for classes in (7, ["no", "such"]):
            named = WeightedClassifier(case.make(**{name: classes}), weighting=None)
            with refused(InvalidValueError, f"{name}={classes}"):
                named.fit(X, y)
    if not adapter.can("evaluation"):
        with refused(MissingAbilityError, "an evaluation set"):
            clf.fit(X, y, X_val=X, y_val=y)
    assert not hasattr(clf, "estimator_")


MODEL_CHECKS: Final[Mapping[str, tuple[Callable[[Case], None], str]]] = {
    "clone and pickle": (check_copies, ""),
    "correction": (check_correction, ""),
    "baking": (check_baking, "baking"),
    "notes": (check_notes, "notes"),
    "audit": (check_audit, ""),
    "refusals": (check_refusals, ""),
}
"""Name → check, and the ability that it needs."""
