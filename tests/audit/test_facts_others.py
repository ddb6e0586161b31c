"""What the audit says of CatBoost, scikit-learn and imbalanced-learn, shown by training."""

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from audit.mistakes import codes
from libraries import hard_data, make_estimator, needed
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import (
    BaggingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
    StackingClassifier,
    VotingClassifier,
)
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    RepeatedStratifiedKFold,
    StratifiedKFold,
    StratifiedShuffleSplit,
    check_cv,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_sample_weight

import boostweights as bw
from boostweights.adapters.sklearn.settings import _ENCODING

X, Y = hard_data(rows=300)
X3, Y3 = hard_data(classes=3, rows=300)
TRAIN = {"nthread": 1, "max_depth": 3, "verbosity": 0}


# --- CatBoost -----------------------------------------------------------------------------------------------

REFUSED: tuple[dict[str, Any], ...] = (
    {"class_weights": (1.0, 9.0), "scale_pos_weight": 9.0},
    {"class_weights": (1.0, 9.0), "auto_class_weights": "Balanced"},
    {"scale_pos_weight": 9.0, "auto_class_weights": "Balanced"},
    {"scale_pos_weight": 9.0, "loss_function": "MultiClass"},
    {"class_weights": (1.0, 9.0), "loss_function": "CrossEntropy"},
    {"class_weights": (1.0, 9.0, 2.0)},
    {"scale_pos_weight": 9.0},  # for three classes
)


def test_catboost_refuses_what_it_is_said_to_refuse() -> None:
    catboost = needed("catboost")
    for settings in REFUSED:
        features, y = (X, Y) if len(settings) > 1 or "class_weights" in settings else (X3, Y3)
        clf = make_estimator("catboost", **settings)
        assert "weights-refused" in codes(clf, y), settings
        with pytest.raises(catboost.CatBoostError):
            clf.fit(features, y)
    assert "weights-refused" not in codes(make_estimator("catboost", scale_pos_weight=9.0), Y)
    params = {"loss_function": "Logloss", "class_weight": "balanced", "allow_writing_files": False}
    assert codes(params, library="catboost") == ["weights-refused"]
    with pytest.raises((catboost.CatBoostError, TypeError)):
        catboost.CatBoost(params).fit(X, Y)


def test_the_order_of_a_dict_becomes_that_of_catboosts_classes() -> None:
    turned = make_estimator("catboost", class_weights={1: 9.0, 0: 1.0})
    spelled = make_estimator("catboost", class_weights={"0": 1.0, "1": 9.0})
    straight = make_estimator("catboost", class_weights={0: 1.0, 1: 9.0})
    assert ["class-order" in codes(clf, Y) for clf in (turned, spelled, straight)] == [True, True, False]
    assert list(turned.fit(X, Y).classes_) == [1, 0]
    assert list(spelled.fit(X, Y).classes_) == ["0", "1"]
    assert list(straight.fit(X, Y).classes_) == [0, 1]


def test_clone_refuses_what_it_is_said_to_refuse() -> None:
    for weights in ([1.0, 9.0], {0: 1.0, 1: 9.0}, np.array([1.0, 9.0])):
        clf = make_estimator("catboost", class_weights=weights)
        assert "cannot-clone" in codes(CalibratedClassifierCV(clf))
        with pytest.raises(RuntimeError, match="clone"):
            clone(clf)
    kept = make_estimator("catboost", class_weights=(1.0, 9.0))
    assert "cannot-clone" not in codes(CalibratedClassifierCV(kept))
    clone(kept)


def test_catboost_weighs_a_metric_of_ones_own_choice_unless_told_not_to() -> None:
    def shown(metric: str) -> float:
        clf = make_estimator("catboost", class_weights=(1.0, 9.0), eval_metric=metric)
        clf.fit(X, Y, eval_set=(X, Y))
        name = next(name for name in clf.get_evals_result()["validation"] if name.startswith("Accuracy"))
        return float(clf.get_evals_result()["validation"][name][-1])

    weighted, unweighted = shown("Accuracy"), shown("Accuracy:use_weights=false")
    assert weighted != unweighted
    given = {"y": Y, "eval_set": (X, Y)}
    for metric, found in (("Accuracy", True), ("Accuracy:use_weights=false", False), ("AUC", False)):
        clf = make_estimator("catboost", class_weights=(1.0, 9.0), eval_metric=metric)
        assert ("evaluation-weighted" in codes(clf, **given)) == found


def test_catboosts_automatic_weights_follow_row_weights_and_are_not_doubled() -> None:
    balanced = compute_sample_weight("balanced", Y)
    balanced *= 100 / balanced.min()  # CatBoost rounds sums down
    auto = make_estimator("catboost", auto_class_weights="Balanced")
    once = make_estimator("catboost").fit(X, Y, sample_weight=balanced).predict_proba(X)
    both = clone(auto).fit(X, Y, sample_weight=balanced).predict_proba(X)
    assert np.abs(once - both).max() < 1e-3
    assert "sample-weight-doubled" not in codes(auto, Y, sample_weight=balanced)
    fixed = make_estimator("catboost", scale_pos_weight=9.0)
    assert "sample-weight-doubled" in codes(fixed, Y, sample_weight=balanced)


# --- scikit-learn, imbalanced-learn -------------------------------------------------------------------------


def encoders() -> dict[str, Callable[[Any], Any]]:
    return {
        "BaggingClassifier": lambda clf: BaggingClassifier(clf, n_estimators=3, random_state=0),
        "VotingClassifier": lambda clf: VotingClassifier([("a", clf)]),
        "StackingClassifier": lambda clf: StackingClassifier([("a", clf)], LogisticRegression(), cv=2),
        "OneVsRestClassifier": OneVsRestClassifier,
        "OneVsOneClassifier": OneVsOneClassifier,
        "OutputCodeClassifier": lambda clf: OutputCodeClassifier(clf, random_state=0),
    }


def test_every_encoding_meta_estimator_is_tried() -> None:
    assert set(encoders()) == set(_ENCODING)


@pytest.mark.parametrize("name", list(encoders()))
def test_a_key_named_as_the_label_does_not_reach_it_inside(name: str) -> None:
    """Labels 1, 2, 3: weights of label 2 are not what `{2: …}` weighs, or the fit fails."""
    labels = Y3 + 1
    seen = []
    clf = DecisionTreeClassifier(max_depth=3, random_state=0, class_weight={1: 1.0, 2: 50.0, 3: 1.0})
    assert "encoded-keys" in codes(encoders()[name](clf), labels)

    class Watched(DecisionTreeClassifier):
        def fit(self, X: Any, y: Any, **more: Any) -> Any:
            seen.append({int(label) for label in np.unique(y)})
            return super().fit(X, y, **more)

    inside = Watched(max_depth=2, random_state=0)
    encoders()[name](inside).fit(np.nan_to_num(X3), labels)
    assert all(each <= {0, 1, 2} and 3 not in each for each in seen)
    by_position = all(each == {0, 1, 2} for each in seen)
    clf = DecisionTreeClassifier(class_weight={0: 1.0, 1: 50.0, 2: 1.0})
    assert ("encoded-keys" in codes(encoders()[name](clf), Y3)) == (not by_position)
    assert "encoded-keys" not in codes(encoders()[name](clf.set_params(class_weight={0: 1.0, 1: 50.0})), Y)


def test_keys_of_histgradientboosting_are_positions() -> None:
    """The fact itself: tests/regressions/test_sklearn_encoded_class_weight_keys.py."""
    clf = make_estimator("sklearn", class_weight={1: 1.0, 2: 9.0})
    assert "encoded-keys" in codes(clf, Y + 1)
    assert "encoded-keys" not in codes(clf, Y3 * 0 + Y3 % 3)
    assert "encoded-keys" in codes(make_estimator("sklearn", class_weight={"a": 1.0, "b": 9.0}))


def test_a_balanced_forest_counts_its_weights_before_it_draws_rows() -> None:
    ensemble = needed("imblearn.ensemble")
    common = {"n_estimators": 5, "random_state": 0, "max_depth": 3}
    plain = ensemble.BalancedRandomForestClassifier(**common)
    weighted = ensemble.BalancedRandomForestClassifier(**common, class_weight="balanced")
    assert "sampler-and-weights" in codes(weighted)
    assert codes(plain) == []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        raised = weighted.fit(np.nan_to_num(X), Y).predict_proba(np.nan_to_num(X))[:, 1].mean()
        assert raised > plain.fit(np.nan_to_num(X), Y).predict_proba(np.nan_to_num(X))[:, 1].mean() + 0.05


@pytest.mark.parametrize(
    ("clf", "drawn"),
    [
        (RandomForestClassifier(5), True),
        (DecisionTreeClassifier(max_features=1, max_depth=2), True),
        (LogisticRegression(), False),
        (LogisticRegression(solver="saga", max_iter=5), True),
        (HistGradientBoostingClassifier(max_iter=3), False),
        (HistGradientBoostingClassifier(max_iter=3, early_stopping=True), True),
    ],
    ids=str,
)
def test_a_form_without_a_seed_is_named_where_two_fits_differ(clf: Any, drawn: bool) -> None:
    clean = np.nan_to_num(X)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # saga is stopped early
        several = [clone(clf).fit(clean, Y).predict_proba(clean) for _ in range(3)]
    assert all(np.array_equal(several[0], each) for each in several[1:]) != drawn
    claimed = bw.WeightedClassifier(clf, form="class_weight")
    assert ("missing-seed" in codes(claimed, Y)) == drawn
    assert "missing-seed" not in codes(clone(claimed).set_params(estimator__random_state=0), Y)
    assert "missing-seed" not in codes(clone(claimed).set_params(form="auto"), Y)
    assert "missing-seed" not in codes(clone(claimed).set_params(weighting=None), Y)
    assert "missing-seed" not in codes(clf, Y)


def test_histgradientboosting_draws_rows_above_ten_thousand_of_them() -> None:
    claimed = bw.WeightedClassifier(HistGradientBoostingClassifier(), form="class_weight")
    for rows, found in ((10_000, False), (10_001, True)):
        assert ("missing-seed" in codes(claimed, bw.ClassCounts({0: 50, 1: rows - 50}))) == found
    assert "missing-seed" not in codes(claimed)


@pytest.mark.parametrize(
    ("folds", "drawn"),
    [
        (5, False),
        (StratifiedKFold(3), False),
        (StratifiedKFold(3, shuffle=True), True),
        (StratifiedKFold(3, shuffle=True, random_state=0), False),
        (StratifiedShuffleSplit(3), True),
        (RepeatedStratifiedKFold(n_splits=2, n_repeats=2), True),
        (RepeatedStratifiedKFold(n_splits=2, n_repeats=2, random_state=0), False),
    ],
    ids=str,
)
def test_folds_without_a_seed_are_named_where_they_are_drawn_anew(folds: Any, drawn: bool) -> None:
    splitter = check_cv(folds, Y, classifier=True)
    first, again = ([held.tolist() for _, held in splitter.split(X, Y)] for _ in range(2))
    assert (first != again) == drawn
    clf = LogisticRegression()
    for held in (
        GridSearchCV(clf, {}, cv=folds),
        CalibratedClassifierCV(clf, cv=folds),
        RandomizedSearchCV(clf, {}, random_state=0, cv=folds),
    ):
        assert ("unseeded-search" in codes(held)) == drawn
    assert "unseeded-search" in codes(RandomizedSearchCV(clf, {}, cv=folds))


def test_a_regressor_is_named_only_where_its_predictions_are_the_models() -> None:
    for model, where in (
        (Ridge(), ""),
        (make_pipeline(StandardScaler(), Ridge()), "pipeline.ridge"),
        (GridSearchCV(make_pipeline(Ridge()), {}), "search.pipeline.ridge"),
        (FixedThresholdClassifier(Ridge(), threshold=0.5), "threshold.Ridge"),
        (make_pipeline(SelectFromModel(Ridge()), LogisticRegression()), None),
        (make_pipeline(RFECV(Ridge()), LogisticRegression()), None),
        (OneVsRestClassifier(Ridge()), None),
        (LogisticRegression(), None),
    ):
        found = [each.where for each in bw.audit(model) if each.code == "no-classifier"]
        assert found == ([] if where is None else [where])
    with pytest.raises(bw.errors.InvalidTypeError):
        bw.WeightedClassifier(Ridge()).fit(np.nan_to_num(X), Y)
    assert "no-classifier" in codes(bw.WeightedClassifier(Ridge()))


def test_calibration_takes_the_weights_out_and_predict_does_not_put_them_back() -> None:
    clean = np.nan_to_num(X)
    weighted = LogisticRegression(class_weight="balanced")
    recalled = clone(weighted).fit(clean, Y).predict(clean).sum()
    calibrated = CalibratedClassifierCV(weighted).fit(clean, Y)
    assert calibrated.predict_proba(clean)[:, 1].mean() == pytest.approx(Y.mean(), abs=0.02)
    assert calibrated.predict(clean).sum() < recalled
    assert "weights-undone" in codes(CalibratedClassifierCV(weighted))
