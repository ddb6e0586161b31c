"""Corrected probabilities of the estimator: from raw scores, tree by tree, or baked into the model.

The oracle is the fitted library's own raw score, shifted and linked in numpy.
"""

import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest
from baking import DATA, X2, Y2, W, has_scores, linked, near, proba, raw
from libraries import ADAPTERS, ESTIMATORS, make_estimator
from sklearn.base import clone
from sklearn.ensemble import AdaBoostClassifier, GradientBoostingClassifier
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression, RidgeClassifier

import boostweights as bw

ALL = [(library, name) for library, names in ESTIMATORS.items() for name in names]
IDS = [name for _, name in ALL]
SCORED = [each for each in ALL if each[1] != "RandomForestClassifier"]
SCORED_IDS = [name for _, name in SCORED]
FOREST = ("sklearn", "RandomForestClassifier")


def corrected(estimator: Any, weighting: Any, **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(estimator, weighting=weighting, correct_proba=True, **settings)


def refused(library: str, classes: int) -> str:
    """Why a library's estimator, by its defaults, cannot be corrected; or nothing."""
    return ADAPTERS[library].raw_scores.uncorrectable({}, classes)


@pytest.mark.parametrize("classes", [2, 3])
@pytest.mark.parametrize(("library", "name"), SCORED, ids=SCORED_IDS)
def test_raw_scores_are_shifted(library: str, name: str, classes: int) -> None:
    X, y = np.nan_to_num(DATA[classes][0]), DATA[classes][1]
    clf = corrected(make_estimator(library, name), W[classes])
    if refused(library, classes):
        with pytest.raises(bw.errors.InvalidValueError, match="needs an estimator that gives probabilities"):
            clf.fit(X, y)
        assert not hasattr(clf, "estimator_")
        return
    clf.fit(X, y)
    expected = linked(raw(clf.estimator_, X), clf.class_weights_)
    p = clf.predict_proba(X)
    assert p.dtype == np.float64
    rtol = 1e-12 if has_scores(clf.estimator_) else near(clf.estimator_, X)
    np.testing.assert_allclose(p, expected, rtol=rtol, atol=1e-15)
    np.testing.assert_allclose(p.sum(axis=1), 1, rtol=1e-14)
    np.testing.assert_allclose(clf.predict_log_proba(X), np.log(expected), rtol=rtol, atol=rtol / 100)
    assert np.abs(p - clf.estimator_.predict_proba(X)).max() > 0.2


@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_decisions_are_those_of_the_uncorrected_model(library: str, name: str) -> None:
    X = np.nan_to_num(X2)
    settings = {"min_samples_leaf": 5} if (library, name) == FOREST else {}
    plain = bw.WeightedClassifier(make_estimator(library, name, **settings), weighting=W[2]).fit(X, Y2)
    clf = corrected(make_estimator(library, name, **settings), W[2]).fit(X, Y2)
    np.testing.assert_array_equal(clf.predict(X), plain.predict(X))
    assert (clf.predict(X) != clf.predict_proba(X).argmax(axis=1)).any()


def test_float32_does_not_saturate() -> None:
    X = np.linspace(-1, 1, 2000)[:, None]
    y = (X.ravel() > 0).astype(int)
    clf = corrected(
        make_estimator("xgboost", n_estimators=60, learning_rate=1.0, reg_lambda=0.0), {0: 1, 1: 1e6}
    )
    clf.fit(X, y)
    q, scores = clf.estimator_.predict_proba(X), raw(clf.estimator_, X)
    saturated = q[:, 1] == 1
    assert saturated.sum() > 100
    assert (bw.correct_proba(q, clf.class_weights_)[saturated, 0] == 0).all()  # what would be without scores
    odds = np.exp(-scores[saturated]) * 1e6
    np.testing.assert_allclose(clf.predict_proba(X)[saturated, 0], odds / (1 + odds), rtol=1e-9)
    assert np.isfinite(clf.predict_log_proba(X)).all()


@pytest.mark.parametrize("classes", [2, 3])
def test_forests_are_corrected_tree_by_tree_on_frames_too(classes: int) -> None:
    X = pd.DataFrame(np.nan_to_num(DATA[classes][0]), columns=list("abcdef"))
    clf = corrected(make_estimator(*FOREST, min_samples_leaf=5), W[classes]).fit(X, DATA[classes][1])
    w = np.array(list(W[classes].values()))
    by_tree = [tree.predict_proba(X.to_numpy()) / w for tree in clf.estimator_.estimators_]
    expected = np.mean([odds / odds.sum(axis=1, keepdims=True) for odds in by_tree], axis=0)
    np.testing.assert_allclose(clf.predict_proba(X), expected, atol=1e-12)
    averaged_first = bw.correct_proba(clf.estimator_.predict_proba(X), clf.class_weights_)
    assert np.abs(averaged_first - expected).max() > 0.01


@pytest.mark.parametrize(
    "estimator",
    [
        LogisticRegression(),
        AdaBoostClassifier(n_estimators=5),
        GradientBoostingClassifier(loss="exponential"),
        make_estimator("catboost", loss_function="Focal:focal_alpha=0.3;focal_gamma=2"),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_other_probabilities_are_corrected_as_they_are(estimator: Any) -> None:
    X = np.nan_to_num(X2)
    clf = corrected(estimator, W[2]).fit(X, Y2)
    odds = clf.estimator_.predict_proba(X) / np.array([0.7, 19.3])
    np.testing.assert_allclose(clf.predict_proba(X), odds / odds.sum(axis=1, keepdims=True), rtol=1e-10)


@pytest.mark.parametrize(
    ("library", "settings"),
    [("lightgbm", {"objective": "multiclassova"}), ("catboost", {"loss_function": "MultiClassOneVsAll"})],
    ids=["lightgbm", "catboost"],
)
def test_one_vs_all_models_are_recognised(library: str, settings: dict[str, Any]) -> None:
    X, y = DATA[3]
    clf = corrected(make_estimator(library, **settings), W[3]).fit(X, y)
    expected = linked(raw(clf.estimator_, X), clf.class_weights_, one_vs_all=True)
    np.testing.assert_allclose(clf.predict_proba(X), expected, rtol=1e-11)
    assert np.abs(expected.sum(axis=1) - 1).max() > 0.01


@pytest.mark.parametrize(
    ("library", "settings"),
    [
        ("xgboost", {"n_estimators": 100, "early_stopping_rounds": 3}),
        ("xgboost", {"booster": "dart", "rate_drop": 0.5}),
        ("xgboost", {"booster": "gblinear"}),
        ("lightgbm", {"boosting_type": "rf", "bagging_fraction": 0.6, "bagging_freq": 1}),
        ("lightgbm", {"sigmoid": 2.5}),
        ("lightgbm", {"objective": "cross_entropy"}),
        ("lightgbm", {"linear_tree": True}),
        ("catboost", {"iterations": 100, "early_stopping_rounds": 3, "use_best_model": False}),
    ],
    ids=str,
)
def test_settings_that_change_what_a_score_is(library: str, settings: dict[str, Any]) -> None:
    """The oracle is the probabilities: float32's for xgboost."""
    held_out = {"validation_fraction": 0.3} if "early_stopping_rounds" in settings else {}
    clf = corrected(make_estimator(library, **settings), W[2], **held_out).fit(X2, Y2)
    odds = proba(clf.estimator_, X2) / np.array([0.7, 19.3])
    np.testing.assert_allclose(clf.predict_proba(X2), odds / odds.sum(axis=1, keepdims=True), atol=2e-6)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_the_form_and_the_callers_weights_do_not_enter(library: str) -> None:
    own = np.where(np.arange(len(Y2)) % 3 == 0, 5.0, 1.0)
    clf = corrected(make_estimator(library), W[2]).fit(X2, Y2, sample_weight=own)
    np.testing.assert_allclose(
        clf.predict_proba(X2), linked(raw(clf.estimator_, X2), clf.class_weights_), rtol=1e-12, atol=1e-15
    )
    plain = corrected(make_estimator(library), None).fit(X2, Y2, sample_weight=own)
    np.testing.assert_allclose(plain.predict_proba(X2), proba(plain.estimator_, X2), atol=1e-6)
    form = corrected(make_estimator(library), {0: 1.0, 1: 19.0}, form="scale_pos_weight").fit(X2, Y2)
    expected = linked(raw(form.estimator_, X2), form.class_weights_)
    np.testing.assert_allclose(form.predict_proba(X2), expected, rtol=1e-12, atol=1e-15)


# --- refused before training -----------------------------------------------------------------------


def never(*_: Any) -> Any:
    raise AssertionError("trained")


class Loss:
    calc_ders_range = never


@pytest.mark.parametrize(
    ("library", "settings"),
    [
        ("xgboost", {"objective": never}),
        ("xgboost", {"objective": "binary:hinge"}),
        ("xgboost", {"objective": "binary:logitraw"}),
        ("lightgbm", {"objective": never}),
        ("lightgbm", {"objective": "cross_entropy_lambda"}),
        ("lightgbm", {"objective": None, "loss": "xentlambda"}),
        ("catboost", {"loss_function": Loss(), "eval_metric": "Logloss"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "+".join(value),  # addresses differ by process
)
def test_objectives_without_probabilities_are_refused(library: str, settings: dict[str, Any]) -> None:
    clf = corrected(make_estimator(library, **settings), "balanced")
    with pytest.raises(bw.errors.InvalidValueError, match="gives probabilities; got"):
        clf.fit(X2, Y2)
    assert not hasattr(clf, "estimator_")


@pytest.mark.parametrize(
    ("library", "objective"), [("xgboost", "binary:hinge"), ("lightgbm", "cross_entropy_lambda")]
)
def test_what_is_asked_for_after_the_fit_is_refused_too(library: str, objective: str) -> None:
    clf = bw.WeightedClassifier(make_estimator(library, objective=objective), weighting=W[2]).fit(X2, Y2)
    with pytest.raises(bw.errors.InvalidValueError, match=f"got objective='{objective}'"):
        clf.set_params(correct_proba=True).predict_proba(X2)


@pytest.mark.parametrize("library", [library for library in ADAPTERS if refused(library, 3)])
def test_classes_that_are_too_many_are_refused_after_the_fit_and_for_baking_too(library: str) -> None:
    X, y = DATA[3]
    clf = bw.WeightedClassifier(make_estimator(library), weighting=W[3]).fit(X, y)
    with pytest.raises(bw.errors.InvalidValueError, match="gives probabilities; got .* of 3 classes"):
        clf.set_params(correct_proba=True).predict_proba(X)
    with pytest.raises(bw.errors.InvalidValueError, match="got .* of 3 classes"):
        bw.bake_correction(clf)
    assert not refused(library, 2)


def test_an_estimator_without_probabilities_is_refused() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="RidgeClassifier, which has no predict_proba"):
        corrected(RidgeClassifier(), "balanced").fit(np.nan_to_num(X2), Y2)


# --- baked -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("correct", [False, True], ids=["plain", "corrected"])
@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_a_baked_classifier_predicts_the_same(library: str, name: str, correct: bool) -> None:
    X, y = np.nan_to_num(X2), np.where(Y2 == 1, "bad", "good")
    settings = {"min_samples_leaf": 5} if (library, name) == FOREST else {}
    estimator = make_estimator(library, name, **settings)
    clf = bw.WeightedClassifier(estimator, weighting={"bad": 19.3, "good": 0.7}, correct_proba=correct)
    clf.fit(X, y)
    before = clf.predict_proba(X)
    expected = clone(clf).set_params(correct_proba=True).fit(X, y).predict_proba(X)
    baked = pickle.loads(pickle.dumps(bw.bake_correction(clf)))

    np.testing.assert_array_equal(clf.predict_proba(X), before)
    assert clf.correct_proba is correct
    assert bw.adapters.baked_weights(clf) is None
    assert bw.adapters.baked_weights(baked) == (19.3, 0.7)
    assert baked.correct_proba
    np.testing.assert_allclose(baked.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_allclose(baked.estimator_.predict_proba(X), expected, atol=1e-6)
    np.testing.assert_allclose(np.exp(baked.predict_log_proba(X)), expected, atol=1e-6)
    np.testing.assert_array_equal(baked.predict(X), clf.predict(X))
    assert not hasattr(baked, "decision_function")
    with pytest.raises(bw.errors.InvalidValueError, match="baked in once"):
        bw.bake_correction(baked)


def test_a_baked_classifier_fits_anew_from_the_start() -> None:
    baked = bw.bake_correction(bw.WeightedClassifier(make_estimator("catboost"), weighting=W[2]).fit(X2, Y2))
    expected = corrected(make_estimator("catboost"), W[2]).fit(X2, Y2).predict_proba(X2)
    for fresh in (clone(baked).fit(X2, Y2), baked.fit(X2, Y2)):
        assert bw.adapters.baked_weights(fresh) is None
        np.testing.assert_array_equal(fresh.predict_proba(X2), expected)


def test_weights_for_a_classifier_must_be_its_own() -> None:
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), weighting=W[2]).fit(X2, Y2)
    assert bw.adapters.baked_weights(bw.bake_correction(clf, clf.class_weights_)) == (0.7, 19.3)
    with pytest.raises(bw.errors.InvalidValueError, match=r"that it resolved.*Leave the weights out"):
        bw.bake_correction(clf, bw.Balanced().resolve(Y2))


def test_an_unfitted_classifier_cannot_be_baked() -> None:
    with pytest.raises(NotFittedError):
        bw.bake_correction(bw.WeightedClassifier(make_estimator("lightgbm")))
