"""A classifier decides by a threshold: as scikit-learn's own do, by costs, scorers and promises."""

import pickle
from typing import Any

import numpy as np
import pytest
from libraries import make_estimator
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.metrics import confusion_matrix, f1_score, make_scorer, precision_recall_curve
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    PredefinedSplit,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils import get_tags
from xgboost import XGBClassifier

import boostweights as bw
from boostweights.probabilities import Promised

RNG = np.random.default_rng(0)
X = RNG.normal(size=(3000, 4))
Y = (RNG.random(3000) < expit(2 * X[:, 0] - 2.5)).astype(int)
TRAIN, TEST = np.arange(1500), np.arange(1500, 3000)
FIRST = TRAIN[:600]
WORDS = np.where(Y, "bad", "good")
RECALL = Promised(recall=0.9)
CORRECTIONS = [False, True, "fitted"]
LIBRARIES = ["lightgbm", "xgboost", "catboost", "sklearn"]


def classifier(threshold: Any, library: str = "lightgbm", **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(make_estimator(library), threshold=threshold, **settings)


@pytest.mark.parametrize(("library", "correct"), [("lightgbm", False), ("xgboost", True)])
def test_a_number_is_that_of_sklearns_fixed_threshold_classifier(library: str, correct: bool) -> None:
    clf = classifier(0.3, library, correct_proba=correct, pos_label="bad").fit(X[TRAIN], WORDS[TRAIN])
    without = classifier(None, library, correct_proba=correct)
    fixed = FixedThresholdClassifier(
        without, threshold=0.3, pos_label="bad", response_method="predict_proba"
    ).fit(X[TRAIN], WORDS[TRAIN])
    np.testing.assert_array_equal(clf.predict(X[TEST]), fixed.predict(X[TEST]))
    assert clf.threshold_ == 0.3
    np.testing.assert_array_equal(
        clf.set_params(threshold=0.7).predict(X[TEST]), fixed.set_params(threshold=0.7).predict(X[TEST])
    )
    edge = float(clf.predict_proba(X[TEST])[7, 0])  # "bad" comes first
    assert clf.set_params(threshold=edge).predict(X[TEST])[7] == "bad"


@pytest.mark.parametrize(
    "settings",
    [{"correct_proba": "fitted"}, {"correct_proba": True}, {"weighting": bw.Costs(fn=9, fp=1, power=0)}],
    ids=["fitted", "analytic", "without weights"],
)
def test_costs_decide_as_decide_does(settings: dict[str, Any]) -> None:
    costs = bw.Costs(fn=9, fp=1)
    clf = classifier(costs, **{"weighting": costs, **settings}).fit(X[TRAIN], Y[TRAIN])
    assert clf.threshold_ == 0.1
    np.testing.assert_array_equal(clf.predict(X[TEST]), bw.decide(clf.predict_proba(X[TEST]), costs))


def test_costs_that_name_their_classes() -> None:
    matrix = bw.Costs(matrix=[[0, 9], [1, 0]], classes=["bad", "good"])
    clf = classifier(matrix, weighting=None, pos_label="bad").fit(X[TRAIN], WORDS[TRAIN])
    assert clf.threshold_ == 0.1
    expected = bw.decide(clf.predict_proba(X[TEST]), matrix, classes=clf.classes_, pos_label="bad")
    np.testing.assert_array_equal(clf.predict(X[TEST]), expected)
    named = bw.Costs(fn=9, fp=1, pos_label="bad")
    again = classifier(named, weighting=bw.Balanced(power=0)).fit(X[TRAIN], WORDS[TRAIN])
    np.testing.assert_array_equal(again.predict(X[TEST]), expected)


@pytest.mark.parametrize("correct", [False, pytest.param(True, marks=pytest.mark.full), "fitted"])
def test_a_scorer_is_tuned_on_scores_out_of_fold(correct: Any) -> None:
    clf = classifier("f1", correct_proba=correct, calibration_cv=3).fit(X[TRAIN], Y[TRAIN])
    cv = StratifiedKFold(3, shuffle=True, random_state=0)
    inner = classifier(None, correct_proba=bool(correct))
    proba = cross_val_predict(inner, X[TRAIN], Y[TRAIN], cv=cv, method="predict_proba")[:, 1]
    precision, recall, at = precision_recall_curve(Y[TRAIN], proba)
    scores = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    if correct != "fitted":
        assert f1_score(Y[TRAIN], proba >= clf.threshold_) == pytest.approx(max(scores), abs=0.005)
    else:  # the map keeps the order of rows: it flags about as many as the analytic correction's best
        best = at[int(np.argmax(scores))]
        flagged = (clf.predict_proba(X[TRAIN])[:, 1] >= clf.threshold_).mean()
        assert flagged == pytest.approx(
            (inner.fit(X[TRAIN], Y[TRAIN]).predict_proba(X[TRAIN])[:, 1] >= best).mean(), abs=0.02
        )
    expected = (clf.predict_proba(X[TEST])[:, 1] >= clf.threshold_).astype(int)
    np.testing.assert_array_equal(clf.predict(X[TEST]), expected)
    assert "by 'f1'" in repr(clf.summary())


def test_a_scorer_with_words_and_weights_is_asked_about_weighted_rows() -> None:
    costs = bw.Costs(fn=9, fp=1, pos_label="bad")
    cost = make_scorer(bw.probabilities.cost_loss, greater_is_better=False, costs=costs)
    weight = np.where(Y[FIRST] == 1, 3.0, 1.0)
    settings: dict[str, Any] = {"pos_label": "bad", "weighting": None}
    clf = classifier(cost, calibration_cv=2, **settings).fit(X[FIRST], WORDS[FIRST], sample_weight=weight)
    proba = np.empty(600)
    for train, test in StratifiedKFold(2, shuffle=True, random_state=0).split(X[FIRST], Y[FIRST]):
        part = classifier(None, weighting=None)
        part.fit(X[FIRST][train], WORDS[FIRST][train], sample_weight=weight[train])
        proba[test] = part.predict_proba(X[FIRST][test])[:, 0]
    candidates = np.unique(proba[Y[FIRST] == 1])
    wrong = [np.where(Y[FIRST], 9 * (proba < t), proba >= t) @ weight for t in candidates]
    found = np.where(Y[FIRST], 9 * (proba < clf.threshold_), proba >= clf.threshold_) @ weight
    assert found <= min(wrong) * 1.01


@pytest.mark.full
@pytest.mark.parametrize("correct", [True, "fitted"])
def test_scores_out_of_fold_are_those_of_the_rounds_chosen(correct: Any) -> None:
    """Flags as many rows as a fixed number of rounds: that which the folds chose."""
    clf = classifier("f1", calibration_cv=3, n_rounds="cv", correct_proba=correct).fit(X[TRAIN], Y[TRAIN])
    fixed = bw.WeightedClassifier(
        make_estimator("lightgbm", n_estimators=clf.n_rounds_),
        threshold="f1",
        calibration_cv=3,
        correct_proba=correct,
    ).fit(X[TRAIN], Y[TRAIN])
    assert clf.threshold_ == pytest.approx(fixed.threshold_, abs=1e-6)


@pytest.mark.full
def test_it_is_about_the_threshold_that_sklearn_tunes() -> None:
    """Which takes the mean over folds, of a hundred thresholds."""
    cv, model = PredefinedSplit(np.arange(1500) % 3), LogisticRegression()
    tuned = TunedThresholdClassifierCV(bw.WeightedClassifier(model, None), scoring="f1", cv=cv)
    own = bw.WeightedClassifier(model, None, threshold="f1", calibration_cv=cv).fit(X[TRAIN], Y[TRAIN])
    assert own.threshold_ == pytest.approx(tuned.fit(X[TRAIN], Y[TRAIN]).best_threshold_, abs=0.08)


ALL = [(library, correct) for library in LIBRARIES for correct in CORRECTIONS]
QUICK = [("lightgbm", False), ("lightgbm", "fitted"), ("xgboost", True), ("catboost", False)]


@pytest.mark.parametrize(
    ("library", "correct"),
    [pytest.param(*each, marks=[] if each in QUICK else pytest.mark.full) for each in ALL],
)
def test_a_promise_survives(library: str, correct: Any) -> None:
    settings: dict[str, Any] = {"correct_proba": correct, "calibration_cv": 2, "weighting": "balanced"}
    clf = classifier(RECALL, library, **settings).fit(X[TRAIN], Y[TRAIN])
    positives = int(Y[TRAIN].sum())
    [rate] = clf.promise_.rates
    assert (rate.metric, rate.minimal_n) == ("recall", 22)
    assert rate.n + clf.class_weights_.counts[1] == positives
    assert rate.n == int(np.ceil(positives / 3))
    expected = clf.predict(X[TEST])
    np.testing.assert_array_equal(clf.promise_.decide(clf.predict_proba(X[TEST])[:, 1]), expected)
    assert clf.promise_.check(clf.predict_proba(X[TEST])[:, 1], Y[TEST]).kept
    card = bw.Card.from_text(bw.Card.of(clf, Y[TRAIN]).to_text())
    np.testing.assert_array_equal(card.promise.decide(clf.predict_proba(X[TEST])[:, 1]), expected)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(clf)).predict(X[TEST]), expected)
    np.testing.assert_array_equal(clone(clf).fit(X[TRAIN], Y[TRAIN]).predict(X[TEST]), expected)
    piped = make_pipeline(StandardScaler(with_mean=False, with_std=False), clone(clf)).fit(X[TRAIN], Y[TRAIN])
    np.testing.assert_array_equal(piped.predict(X[TEST]), expected)
    baked = pickle.loads(pickle.dumps(bw.bake_correction(clf)))
    np.testing.assert_array_equal(baked.predict(X), clf.predict(X))
    assert baked.promise_ == clf.promise_


def test_a_promise_is_made_on_rows_that_training_never_saw() -> None:
    """By a classifier that knows its training rows by heart: 1 where it saw a positive, else noise."""
    seen: list[np.ndarray] = []

    class Recorder(LogisticRegression):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            seen.append(np.asarray(X)[:, 0])
            return super().fit(X, y, sample_weight)

    for settings in ({}, {"threshold": RECALL, "correct_proba": "fitted", "calibration_cv": 3}):
        seen.clear()
        clf = bw.WeightedClassifier(Recorder(), **settings).fit(X[TRAIN], Y[TRAIN])
        trained = {value for column in seen for value in column}
        held = [at for at in TRAIN if X[at, 0] not in trained]
        assert bool(held) == bool(settings)
    scores = clf.predict_proba(X[held])[:, 1]
    own = bw.promise(scores, Y[held], at_least={"recall": 0.9})
    assert own.rates == clf.promise_.rates
    np.testing.assert_array_equal(own.decide(scores), clf.predict(X[held]))
    assert abs(Y[held].mean() - Y[TRAIN].mean()) < 0.01


def test_rows_of_a_promise_stop_nothing_early() -> None:
    """Trained on, evaluated on, promised on: three kinds of rows, which make up all."""
    seen: dict[str, set[float]] = {}

    class Recorder(XGBClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None, eval_set: Any = None, **more: Any) -> Any:
            seen["train"] = set(np.asarray(X)[:, 0])
            seen["stop"] = {value for each, _ in eval_set for value in np.asarray(each)[:, 0]}
            return super().fit(X, y, sample_weight=sample_weight, eval_set=eval_set, **more)

    model = Recorder(n_estimators=20, early_stopping_rounds=3, n_jobs=1)
    clf = bw.WeightedClassifier(model, threshold=RECALL, validation_fraction=0.2).fit(X[TRAIN], Y[TRAIN])
    assert seen["train"].isdisjoint(seen["stop"])
    held = [at for at in TRAIN if X[at, 0] not in seen["train"] | seen["stop"]]
    own = bw.promise(clf.predict_proba(X[held])[:, 1], Y[held], at_least={"recall": 0.9})
    assert own.rates == clf.promise_.rates
    with pytest.raises(bw.errors.InvalidValueError, match="nothing else looks at"):
        clf.set_params(validation_fraction=None).fit(X, Y, X_val=X, y_val=Y)


def test_alarms_and_both() -> None:
    logistic = bw.WeightedClassifier(LogisticRegression(), threshold=Promised(alarms=0.05))
    alarms = logistic.fit(X[TRAIN], Y[TRAIN])
    assert alarms.promise_.rates[0].n >= 45
    assert alarms.predict(X[TEST]).mean() <= 0.07
    both = classifier(Promised(recall=0.7, alarms=0.6)).fit(X[TRAIN], Y[TRAIN])
    assert [each.metric for each in both.promise_.rates] == ["recall", "alarms"]
    with pytest.raises(bw.errors.InvalidValueError, match="kept by one threshold"):
        classifier(Promised(recall=0.9, alarms=0.05)).fit(X[TRAIN], Y[TRAIN])


@pytest.mark.parametrize("correct", [False, True])
def test_rows_that_no_model_tells_apart_are_decided_alike(correct: bool) -> None:
    same = np.zeros((1500, 2))
    for promised, called in ((RECALL, 1), (Promised(alarms=0.1), 0)):
        clf = classifier(promised, "xgboost", correct_proba=correct)
        with pytest.warns(UserWarning, match="for scores are tied"):
            clf.fit(same, Y[TRAIN])
        assert set(clf.predict(same)) == set(bw.bake_correction(clf).predict(same)) == {called}


def test_whole_groups_are_held_out() -> None:
    groups = np.arange(1500) // 3
    clf = classifier(RECALL).fit(X[TRAIN], Y[TRAIN], groups=groups)
    with_positives = len(np.unique(groups[Y[TRAIN] == 1]))
    assert clf.promise_.clustered
    assert clf.promise_.rates[0].n == int(np.ceil(with_positives / 3))


def test_it_is_searched_and_its_parameters_are_told() -> None:
    grid = {"threshold": [None, 0.2, 0.8, RECALL]}
    search = GridSearchCV(classifier(None), grid, scoring="recall", cv=2).fit(X[TRAIN], Y[TRAIN])
    scores = dict(zip(map(repr, grid["threshold"]), search.cv_results_["mean_test_score"], strict=True))
    assert scores["0.2"] > scores["0.8"]
    assert scores[repr(RECALL)] > 0.85


def test_what_was_found_for_something_else_is_not_used() -> None:
    clf = classifier("f1", calibration_cv=2).fit(X[FIRST], Y[FIRST])
    for changed in ({"threshold": "balanced_accuracy"}, {"correct_proba": True}):
        with pytest.raises(bw.errors.InvalidTypeError, match="is found while fitting"):
            pickle.loads(pickle.dumps(clf)).set_params(**changed).predict(X)
    number = clone(clf).set_params(threshold=0.5)
    assert not get_tags(number).classifier_tags.multi_class
    for many in ({"pos_label": 1}, {"threshold": None}, {"threshold": 1 - np.eye(3)}):
        assert get_tags(clone(number).set_params(**many)).classifier_tags.multi_class
    clf.set_params(threshold=None)
    assert not hasattr(clf.fit(X, Y), "threshold_")


FEW = np.flatnonzero(Y[:2000] == 0)[:400], np.flatnonzero(Y[:2000] == 1)[:40]
THREE = np.arange(1500) % 3


@pytest.mark.parametrize(
    ("settings", "fit", "said"),
    [
        ({"threshold": "f11"}, {}, "Did you mean 'f1'"),
        ({"threshold": [0.5]}, {}, r"a cost matrix or Promised.*got \[0.5\]"),
        ({"threshold": float("nan")}, {}, "must be a probability; got nan. Write 0.1"),
        ({"threshold": "costs"}, {}, r"a scorer, Costs.*; got 'costs'"),
        ({"threshold": bw.Costs(fn=9, fp=1)}, {}, "costs would count twice"),
        ({"threshold": [[0, 1], [9, 0]]}, {}, "costs would count twice"),
        (
            {"threshold": bw.Costs(fn=9, fp=1, pos_label=1), "pos_label": 0, "weighting": None},
            {},
            "one that is named already, 1",
        ),
        ({"threshold": 0.5}, {"y": WORDS[TRAIN]}, "positive label must be given"),
        ({"threshold": 0.5}, {"y": THREE}, "Only binary classification is supported"),
        ({"threshold": "roc_auc"}, {}, "by a scorer of decisions"),
        (
            {"threshold": bw.Costs(matrix=[[0, 9], [1, 0]]), "weighting": None, "pos_label": 0},
            {},
            "positive class last",
        ),
        ({"threshold": RECALL}, {"sample_weight": np.ones(1500)}, "a promise counts rows"),
        ({"threshold": RECALL, "weighting": bw.RowCosts()}, {}, "for all rows"),
        ({"threshold": RECALL, "estimator": RidgeClassifier()}, {}, "has no predict_proba"),
    ],
)
def test_what_cannot_be_decided_by_is_refused(
    settings: dict[str, Any], fit: dict[str, Any], said: str
) -> None:
    arguments: dict[str, Any] = {"X": X[TRAIN], "y": Y[TRAIN], **fit}
    with pytest.raises(bw.BoostweightsError, match=said):
        bw.WeightedClassifier(**{"estimator": make_estimator("lightgbm"), **settings}).fit(**arguments)


def test_too_few_positives_say_what_could_be_promised() -> None:
    rows = np.concatenate(FEW)
    with pytest.raises(bw.errors.InvalidValueError, match="at least 22 positives") as few:
        classifier(RECALL).fit(X[rows], Y[rows])
    assert few.value.mend == "Gather 4 more, or promise at least 0.891, or this with a confidence of 0.878."
    classifier(Promised(recall=0.891)).fit(X[rows], Y[rows])
    classifier(Promised(recall=0.9, confidence=0.878)).fit(X[rows], Y[rows])


def test_fewer_trees_keep_no_promise() -> None:
    clf = classifier(RECALL).fit(X[TRAIN], Y[TRAIN])
    with pytest.raises(bw.errors.InvalidValueError, match="by the model that it was made with"):
        clf.predict(X, num_iteration=3)
    few = classifier(0.4).fit(X[TRAIN], Y[TRAIN])
    expected = few.predict_proba(X, num_iteration=3)[:, 1] >= 0.4
    np.testing.assert_array_equal(few.predict(X, num_iteration=3), expected)
    assert confusion_matrix(Y, expected).sum() == 3000
