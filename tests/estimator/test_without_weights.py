"""Classifiers whose fit takes no row weights: their probabilities are corrected, and a rule decides."""

from typing import Any

import numpy as np
import pytest
from scipy.special import expit
from sklearn.base import clone
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.serving import export

RNG = np.random.default_rng(0)
X = RNG.normal(size=(900, 3))
TWO = np.where(RNG.random(900) < expit(2 * X[:, 0] - 1.5), "bad", "paid")
THREE = np.array(["bad", "late", "paid"])[np.digitize(X[:, 0] + RNG.normal(0, 0.5, 900), [-0.9, 0.0])]
TRAIN, TEST = slice(0, 300), slice(300, 900)
ESTIMATORS = {
    "neighbours": KNeighborsClassifier(9),
    "discriminant": LinearDiscriminantAnalysis(),
    "process": GaussianProcessClassifier(random_state=0),
}
every = pytest.mark.parametrize("name", ESTIMATORS)


def classifier(name: str, threshold: Any = None, correct: Any = "fitted", **settings: Any) -> Any:
    return bw.WeightedClassifier(
        ESTIMATORS[name],
        weighting=None,
        correct_proba=correct,
        threshold=threshold,
        calibration_cv=3,
        **settings,
    )


@every
@pytest.mark.parametrize("y", [TWO, THREE], ids=["two", "three"])
def test_it_trains_as_the_bare_classifier(name: str, y: Any) -> None:
    bare = clone(ESTIMATORS[name]).fit(X[TRAIN], y[TRAIN])
    for correct in (False, True):
        ours = classifier(name, correct=correct).fit(X[TRAIN], y[TRAIN])
        np.testing.assert_allclose(ours.predict_proba(X[TEST]), bare.predict_proba(X[TEST]), atol=1e-12)
        np.testing.assert_array_equal(ours.predict(X[TEST]), bare.predict(X[TEST]))
    fitted = classifier(name).fit(X[TRAIN], y[TRAIN])
    losses = [log_loss(y[TEST], model.predict_proba(X[TEST])) for model in (bare, fitted)]
    assert losses[1] < losses[0] + 0.005
    if name == "neighbours":  # whose probabilities of 0 are wrong
        assert losses[1] < losses[0] - 0.02


@every
def test_rules_decide(name: str) -> None:
    costs = bw.Costs(fn=9, fp=1, pos_label="bad")
    by_costs = classifier(name, costs).fit(X[TRAIN], TWO[TRAIN])
    expected = bw.decide(by_costs.predict_proba(X[TEST]), costs, classes=by_costs.classes_)
    np.testing.assert_array_equal(by_costs.predict(X[TEST]), expected)
    assert by_costs.threshold_ == 0.1
    tuned = classifier(name, "f1", pos_label="bad").fit(X[TRAIN], TWO[TRAIN])
    reached = tuned.predict_proba(X[TEST])[:, 0] >= tuned.threshold_
    np.testing.assert_array_equal(tuned.predict(X[TEST]), np.where(reached, "bad", "paid"))
    offsets = classifier(name, "balanced_accuracy", ensemble=True).fit(X[TRAIN], THREE[TRAIN])
    shifted = np.log(offsets.predict_proba(X[TEST])) + offsets.offsets_
    np.testing.assert_array_equal(offsets.predict(X[TEST]), offsets.classes_[np.argmax(shifted, axis=1)])
    promise = classifier(name, Promised(recall={"bad": 0.8}), correct=False).fit(X[TRAIN], THREE[TRAIN])
    found = promise.predict(X[TEST])[THREE[TEST] == "bad"] == "bad"
    assert found.mean() > 0.7
    assert promise.promise_.check(promise.predict_proba(X[TEST])[:, 0], THREE[TEST]).kept


@every
def test_cards_audit_and_cross_validation(name: str) -> None:
    clf = classifier(name, bw.Costs(fn=9, fp=1, pos_label="bad")).fit(X[TRAIN], TWO[TRAIN])
    card = bw.Card.from_text(bw.Card.of(clf, TWO[TRAIN]).to_text())
    assert card.weights.class_weight == {"bad": 1.0, "paid": 1.0}
    assert card.decision == "positive from 0.1 on, by Costs(fn=9.0, fp=1.0, pos_label='bad')"
    assert not bw.audit(clf, TWO[TRAIN]).at_least("warning").codes()
    assert "fitted: slope" in repr(clf.summary())
    assert cross_val_score(classifier(name), X[TRAIN], TWO[TRAIN], cv=2).mean() > 0.6


@every
@pytest.mark.parametrize(
    ("settings", "arguments"),
    [
        ({"weighting": "balanced"}, {}),
        ({"weighting": {"bad": 9.0, "paid": 1.0}}, {}),
        ({"weighting": bw.RowCosts()}, {"row_costs": np.ones((300, 2))}),
        ({"weighting": None}, {"sample_weight": np.ones(300)}),
    ],
    ids=["balanced", "mapping", "row costs", "sample_weight"],
)
def test_weights_are_refused_before_training(
    name: str, settings: Any, arguments: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = type(ESTIMATORS[name])

    def fit(self: Any, X: Any, y: Any) -> None:
        pytest.fail("it was trained")

    monkeypatch.setattr(kind, "fit", fit)
    refused = pytest.raises(
        bw.errors.InvalidTypeError, match=f"fit must take sample_weight; got {kind.__name__}"
    )
    with refused:
        bw.WeightedClassifier(ESTIMATORS[name], **settings).fit(X[TRAIN], TWO[TRAIN], **arguments)


def test_what_needs_weights_or_a_known_library_is_refused(tmp_path: Any) -> None:
    clf = classifier("neighbours").fit(X[TRAIN], TWO[TRAIN])
    with pytest.raises(bw.errors.InvalidTypeError, match="Wrap the classifier inside the Pipeline"):
        bw.WeightedClassifier(make_pipeline(LogisticRegression()), None).fit(X, TWO)
    with pytest.raises(bw.errors.InvalidTypeError, match="fit must take sample_weight"):
        bw.weight_path(KNeighborsClassifier(), X, TWO, ratios=[1, 2], pos_label="bad")
    for refused in (lambda: bw.bake_correction(clf), lambda: export(clf, tmp_path / "model")):
        with pytest.raises(bw.BoostweightsError, match="KNeighborsClassifier"):
            refused()
