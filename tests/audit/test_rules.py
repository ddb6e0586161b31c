"""What rules find in weights, folds, evaluation rows, earlier models, thresholds and probabilities."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audit.mistakes import BALANCED, RATIO, TRAIN, VAL, X, Y, cat, codes, lgbm, needed, places, weighted, xgb
from libraries import ADAPTERS, make_estimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.feature_selection import SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import FixedThresholdClassifier, GridSearchCV, TunedThresholdClassifierCV
from sklearn.pipeline import Pipeline
from sklearn.svm import LinearSVC

import boostweights as bw
from boostweights.probabilities import Promised


def test_a_wrapper_with_automatic_weights_counts_row_weights_and_does_not_double_them() -> None:
    doubled = "sample-weight-doubled"
    for clf, found in (
        (weighted(lgbm()), False),
        (weighted(lgbm(), count_rows=True), True),
        (weighted(lgbm(), {0: 1.0, 1: 9.0}), True),
        (weighted(lgbm(), bw.Costs(fn=9, fp=1)), True),
        (weighted(lgbm(), None), False),
        (lgbm(class_weight="balanced"), True),
        (lgbm(is_unbalance=True), True),
    ):
        assert (doubled in codes(clf, Y, sample_weight=BALANCED)) == found
    recency = np.linspace(0.5, 1.0, len(Y))
    assert doubled not in codes(lgbm(class_weight="balanced"), Y, sample_weight=recency)
    turned = np.where(Y == 1, 1.0, 9.0)
    assert doubled not in codes(lgbm(class_weight="balanced"), Y, sample_weight=turned)


def test_what_is_frozen_is_not_trained_again() -> None:
    frozen = needed("sklearn.frozen").FrozenEstimator
    kept = cat(class_weights=[1.0, 9.0]).fit(X, Y)
    for clf, code in (
        (xgb(scale_pos_weight=RATIO).fit(X, Y), "weights-before-folds"),
        (kept, "cannot-clone"),
    ):
        assert code in codes(CalibratedClassifierCV(clf), Y)
        assert code not in codes(CalibratedClassifierCV(frozen(clf)), Y)


def test_metrics_that_are_not_known_to_be_misled_are_left_alone() -> None:
    given = {"y": Y[TRAIN], "eval_set": [(X[VAL], Y[VAL])]}
    found = {"stopping-metric", "evaluation-unweighted"}
    several: dict[str, Any] = {"metric": "auc,binary_error", "early_stopping_round": 3}
    for clf, expected in (
        (xgb(scale_pos_weight=9.0, eval_metric="auc"), set()),
        (xgb(scale_pos_weight=9.0, eval_metric="ams@0.15"), set()),
        (xgb(scale_pos_weight=9.0, eval_metric="error@0.7"), {"evaluation-unweighted"}),
        (xgb(scale_pos_weight=9.0, eval_metric=len), set()),
        (xgb(scale_pos_weight=9.0, eval_metric=["logloss", "auc"], early_stopping_rounds=3), set()),
        (
            xgb(scale_pos_weight=9.0, eval_metric=["auc", "logloss"], early_stopping_rounds=3),
            {"stopping-metric"},
        ),
        (lgbm(scale_pos_weight=9.0, metric="average_precision"), set()),
        (lgbm(scale_pos_weight=9.0, metric="none"), set()),
        (lgbm(scale_pos_weight=9.0, **several), {"stopping-metric"}),
        (lgbm(scale_pos_weight=9.0, **several, first_metric_only=True), set()),
        (lgbm(scale_pos_weight=9.0, early_stopping_round=0), {"evaluation-unweighted"}),
        (weighted(lgbm(early_stopping_round=3)), set()),
        (weighted(lgbm(early_stopping_round=3), eval_weighting="same"), set()),
        (make_estimator("sklearn", class_weight="balanced", early_stopping=True), {"stopping-metric"}),
        (make_estimator("sklearn", class_weight="balanced", early_stopping=False), set()),
        (make_estimator("sklearn", class_weight="balanced", scoring="roc_auc"), set()),
    ):
        assert found & set(codes(clf, **given)) == expected
    by_rows = codes(cat(), **given, sample_weight=BALANCED[TRAIN])
    assert "stopping-metric" in by_rows
    assert "stopping-metric" not in codes(cat(eval_metric="AUC"), **given, sample_weight=BALANCED[TRAIN])


def test_evaluation_rows_that_are_not_given_are_not_guessed() -> None:
    for clf, found in (
        (xgb(scale_pos_weight=9.0, early_stopping_rounds=3), True),
        (xgb(scale_pos_weight=9.0), False),
        (xgb(early_stopping_rounds=3), False),
        (lgbm(class_weight="balanced", early_stopping_round=3), True),
        (cat(scale_pos_weight=9.0, early_stopping_rounds=3), False),
        (make_estimator("sklearn", class_weight="balanced", early_stopping=True), False),
        (weighted(lgbm(early_stopping_round=3)), False),
    ):
        assert ("stopping-metric-open" in codes(clf, Y)) == found
        assert bw.audit(clf, Y).at_least("warning") == ()


def test_neutral_words_of_other_libraries_are_no_mistake() -> None:
    neutral = {"class_weight": None, "is_unbalance": False, "scale_pos_weight": 1}
    for library in ADAPTERS:
        assert bw.audit(neutral, library=library) == ()


def test_weights_that_were_counted_by_row_weights_are_compared_with_row_weights() -> None:
    code = "weights-from-more-rows"
    thrice, aged = np.full(400, 3.0), np.linspace(1.0, 3.0, 400)
    for weights in (thrice, aged):
        fitted = weighted(lgbm()).fit(X[TRAIN], Y[TRAIN], sample_weight=weights)
        assert code not in codes(fitted, Y[TRAIN], sample_weight=weights)
        assert code not in codes(weighted(lgbm(), count_rows=True).fit(X[TRAIN], Y[TRAIN]), Y[TRAIN])
    assert code not in codes(fitted, Y[TRAIN])
    counted = weighted(lgbm(), count_rows=True).fit(X, Y)
    assert code in codes(counted, Y[TRAIN], sample_weight=thrice)
    assert code not in codes(weighted(lgbm()).fit(X[TRAIN], Y[TRAIN]), Y)


def test_small_weights_are_told_only_beside_what_does_not_shrink_with_them() -> None:
    light = np.full(len(Y), 0.05)
    for clf, weights, found in (
        (xgb(), light, True),
        (xgb(), light * 10, False),
        (xgb(reg_lambda=0, min_child_weight=0), light, False),
        (xgb(reg_lambda=0), light, True),
        (lgbm(), light, False),
        (lgbm(min_child_weight=1.0), light, True),
        (lgbm(lambda_l1=1.0), light, True),
        (cat(l2_leaf_reg=3.0), light, False),
        (make_estimator("sklearn"), light, False),
        (make_estimator("sklearn", l2_regularization=1.0), light, True),
    ):
        assert (codes(clf, Y, sample_weight=weights) == ["regularisation-swallows"]) == found
        assert (codes(clf, sample_weight=weights) == ["regularisation-swallows"]) == found


def test_counts_stand_for_labels() -> None:
    model = GridSearchCV(xgb(scale_pos_weight=RATIO), {"max_depth": [3, 6]})
    assert bw.audit(model, bw.ClassCounts.of(Y)) == bw.audit(model, Y)


def test_a_ratio_that_only_rounds_to_the_balanced_one_is_not_said_to_be_of_all_rows() -> None:
    for ratio, found in ((RATIO, True), (round(RATIO, 6), True), (round(RATIO), False), (10.0, False)):
        model = GridSearchCV(xgb(scale_pos_weight=ratio), {"max_depth": [3, 6]})
        assert bool(places(model, "weights-before-folds", Y)) == found
        assert places(xgb(scale_pos_weight=ratio), "weights-before-folds", Y) == []
    by_rows = GridSearchCV(xgb(), {"max_depth": [3, 6]})
    assert places(by_rows, "weights-before-folds", Y, sample_weight=BALANCED) == ["search.XGBClassifier"]


def test_balanced_weights_by_position_are_told_from_others() -> None:
    names = np.where(Y == 1, "bad", "good")  # bad comes first
    for weights, found in (({0: RATIO, 1: 1.0}, True), ({0: 1.0, 1: RATIO}, False), ({0: RATIO}, True)):
        clf = make_estimator("sklearn", class_weight=weights)
        model = GridSearchCV(clf, {"max_iter": [3]})
        assert bool(places(model, "weights-before-folds", names)) == found


def test_weights_of_training_and_evaluation_rows_together_are_told_from_those_of_training_rows() -> None:
    given = {"eval_set": [(X[VAL], Y[VAL], np.ones(len(VAL)))]}
    for rows, found in ((TRAIN, False), (np.arange(600), True)):
        ratio = (Y[rows] == 0).sum() / (Y[rows] == 1).sum()
        assert bool(places(xgb(scale_pos_weight=ratio), "weights-from-more-rows", Y[TRAIN], **given)) == found


def test_evaluation_sets_may_be_of_any_kind() -> None:
    clf = xgb(scale_pos_weight=9.0)
    weights = np.where(Y[VAL] == 1, 9.0, 1.0)
    dmatrix = needed("xgboost").DMatrix
    dataset = needed("lightgbm").Dataset
    pool = needed("catboost").Pool
    weighted_sets = (
        (X[VAL], Y[VAL], weights),
        [(X[VAL], Y[VAL], weights)],
        [(dmatrix(X[VAL], Y[VAL], weight=weights), "eval")],
        dataset(X[VAL], Y[VAL], weight=weights),
        pool(X[VAL], Y[VAL], weight=weights),
    )
    unweighted_sets = (
        (X[VAL], Y[VAL]),
        (X[VAL], Y[VAL], None),
        [(X[VAL], Y[VAL], weights), (X[VAL], Y[VAL])],
        [(dmatrix(X[VAL], Y[VAL]), "eval")],
        dataset(X[VAL], Y[VAL]).construct(),
        pool(X[VAL], Y[VAL]),
        dmatrix(X[VAL]),
        dataset(X[VAL]),
    )
    for sets, found in ((weighted_sets, False), (unweighted_sets, True)):
        for eval_set in sets:
            assert ("evaluation-unweighted" in codes(clf, Y[TRAIN], eval_set=eval_set)) == found


def test_native_models_and_files_are_audited(tmp_path: Path) -> None:
    booster = xgb(scale_pos_weight=9.0).fit(X, Y).get_booster()
    path = tmp_path / "model.ubj"
    booster.save_model(path)
    for model, more in ((booster, {}), (path, {"library": "xgboost"}), (str(path), {"library": "xgboost"})):
        found = bw.audit(model, Y[TRAIN], sample_weight=BALANCED[TRAIN], **more)
        assert "sample-weight-doubled" in found.codes()
    of_lightgbm = lgbm(is_unbalance=True).fit(X, Y).booster_
    assert "weighted-probabilities" in codes(of_lightgbm)
    loaded = needed("catboost").CatBoostClassifier()
    cat(class_weights=(1.0, 9.0)).fit(X, Y).save_model(str(tmp_path / "model.cbm"))
    loaded.load_model(str(tmp_path / "model.cbm"))
    assert "weighted-probabilities" in codes(loaded)


def test_a_loaded_xgboost_model_still_holds_its_weight(tmp_path: Path) -> None:
    path = tmp_path / "model.json"
    xgb(scale_pos_weight=9.0).fit(X, Y).save_model(path)
    loaded = needed("xgboost").XGBClassifier()
    loaded.load_model(path)
    assert places(loaded, "inherited-weight") == [""]


def test_continued_models_are_noted() -> None:
    first = lgbm(n_estimators=4).fit(X, Y)
    assert places(lgbm(n_estimators=4).fit(X, Y, init_model=first), "continued-model") == [""]
    assert places(first, "continued-model") == []
    before = xgb(n_estimators=4).fit(X, Y)
    assert places(xgb(n_estimators=4).fit(X, Y, xgb_model=before.get_booster()), "continued-model") == [""]
    began = cat(iterations=4).fit(X, Y)
    assert places(cat(iterations=4).fit(X, Y, init_model=began), "continued-model") == [""]


def test_a_baked_correction_is_a_correction() -> None:
    clf = lgbm().fit(X, Y)
    weights = bw.Explicit({0: 1.0, 1: 9.0}).resolve(Y)
    baked = bw.bake_correction(lgbm(scale_pos_weight=9.0).fit(X, Y), weights)
    assert "weighted-probabilities" not in codes(baked)
    assert "half-on-corrected" in codes(FixedThresholdClassifier(baked, threshold="auto"))
    assert bw.audit(FixedThresholdClassifier(clf, threshold=0.5)) == ()


def test_the_message_holds_the_evidence() -> None:
    found = bw.audit(lgbm(class_weight="balanced"), [0] * 93 + [1] * 7)
    assert found[0].message == "7 rows of 1 (rows 0: 93, 1: 7), weighed by class_weight='balanced'"
    assert str(found[0]).startswith("warning few-rows: 7 rows of 1")


# --- thresholds and probabilities ---


@pytest.mark.parametrize(
    ("make", "threshold", "expected"),
    [
        (lambda: weighted(lgbm(), correct_proba=True), 0.5, {"half-on-corrected"}),
        (lambda: weighted(lgbm(), correct_proba=True), "auto", {"half-on-corrected"}),
        (lambda: weighted(lgbm(), correct_proba=True), 0.1, set()),
        (lambda: weighted(lgbm()), 0.5, set()),
        (lambda: weighted(lgbm(), None, correct_proba=True), 0.5, set()),
        (lambda: lgbm(scale_pos_weight=9.0), 0.1, {"costs-twice"}),
        (lambda: lgbm(scale_pos_weight=9.0), 0.1005, {"costs-twice"}),
        (lambda: lgbm(scale_pos_weight=9.0), 0.12, set()),
        (lambda: lgbm(scale_pos_weight=9.0), 0.08, set()),
        (lambda: lgbm(scale_pos_weight=9.0), "auto", set()),
        (lambda: lgbm(scale_pos_weight=1.0), 0.5, set()),
        (lambda: lgbm(), 0.1, set()),
        (lambda: weighted(lgbm(), {0: 1.0, 1: 9.0}), 0.1, {"costs-twice"}),
        (lambda: weighted(lgbm(), {0: 1.0, 1: 9.0}, correct_proba=True), 0.1, set()),
        (lambda: CalibratedClassifierCV(lgbm(scale_pos_weight=9.0)), 0.1, set()),
    ],
    ids=range(15),
)
def test_thresholds_and_weights_that_fit_each_other_or_not(
    make: Any, threshold: Any, expected: set[str]
) -> None:
    found = bw.audit(FixedThresholdClassifier(make(), threshold=threshold), Y).at_least("warning")
    assert set(found.codes()) == expected


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"correct_proba": True, "threshold": 0.5}, {"half-on-corrected"}),
        ({"correct_proba": True, "threshold": 0.2}, set()),
        ({"threshold": 0.5}, set()),
        ({"correct_proba": True, "threshold": 0.5, "weighting": None}, set()),
        ({"threshold": 0.1, "weighting": {0: 1.0, 1: 9.0}}, {"costs-twice"}),
        ({"threshold": 0.1, "weighting": {0: 1.0, 1: 9.0}, "correct_proba": True}, set()),
        ({"threshold": "f1", "correct_proba": True}, set()),
        (
            {"threshold": bw.Costs(fn=9, fp=1), "weighting": bw.Costs(fn=9, fp=1), "correct_proba": True},
            set(),
        ),
        ({"threshold": Promised(recall=0.9), "correct_proba": True}, set()),
        ({"threshold": Promised(recall=0.9), "weighting": {0: 1.0, 1: 9.0}}, set()),
    ],
    ids=range(10),
)
def test_a_classifiers_own_threshold_and_its_weights(settings: dict[str, Any], expected: set[str]) -> None:
    clf = bw.WeightedClassifier(lgbm(), **settings)
    assert set(bw.audit(clf, Y).at_least("warning").codes()) == expected


@pytest.mark.parametrize(
    ("around", "threshold", "found"),
    [
        (CalibratedClassifierCV, Promised(recall=0.9), True),
        (FixedThresholdClassifier, 0.3, True),
        (TunedThresholdClassifierCV, "f1", True),
        (TunedThresholdClassifierCV, None, False),
        (lambda clf: GridSearchCV(clf, {"threshold": [None, 0.2]}), None, False),
        (lambda clf: Pipeline([("clf", clf)]), Promised(recall=0.9), False),
        (lambda clf: VotingClassifier([("clf", clf)]), Promised(recall=0.9), False),
    ],
    ids=range(7),
)
def test_a_threshold_is_overruled_where_a_container_decides(around: Any, threshold: Any, found: bool) -> None:
    clf = bw.WeightedClassifier(lgbm(), None, threshold=threshold)
    assert ("threshold-overruled" in codes(around(clf), Y)) == found


def test_a_card_of_a_promise_made_elsewhere_is_no_mistake_where_no_number_decides() -> None:
    rows, y = np.nan_to_num(X), Y
    clf = bw.WeightedClassifier(lgbm(), None).fit(rows[:300], y[:300])
    made = bw.promise(clf.predict_proba(rows[300:])[:, 1], y[300:], at_least={"recall": 0.7})
    bw.Card.of(clf, y[:300], promise=made).attach(clf)
    assert "threshold-off-card" not in codes(clf)
    clf.set_params(threshold=made.threshold)
    assert "threshold-off-card" not in codes(clf)
    assert "threshold-off-card" in codes(clf.set_params(threshold=0.9))


@pytest.mark.parametrize(
    ("sampler", "promised", "found"),
    [
        ("over_sampling.SMOTE", Promised(recall=0.9), True),
        ("combine.SMOTEENN", Promised(recall=0.9), True),
        ("under_sampling.RandomUnderSampler", Promised(recall=0.9), False),
        ("under_sampling.RandomUnderSampler", Promised(alarms=0.1), True),
        ("over_sampling.SMOTE", 0.3, False),
    ],
)
def test_a_promise_after_a_sampler(sampler: str, promised: Any, found: bool) -> None:
    module, _, name = sampler.partition(".")
    made = getattr(needed(f"imblearn.{module}"), name)()
    pipeline = needed("imblearn.pipeline").make_pipeline(
        made, bw.WeightedClassifier(lgbm(), None, threshold=promised)
    )
    assert ("promise-after-sampler" in codes(pipeline, Y)) == found


def test_probabilities_are_scored_as_such_only_where_they_are_weighted_and_scored() -> None:
    code, grid = "probabilities-scored", {"n_estimators": [5]}
    for clf, scoring, found in (
        (lgbm(class_weight="balanced"), "neg_log_loss", True),
        (lgbm(class_weight="balanced"), ["roc_auc", "neg_brier_score"], True),
        (lgbm(class_weight="balanced"), {"honest": "neg_log_loss"}, True),
        (lgbm(class_weight="balanced"), "roc_auc", False),
        (lgbm(class_weight="balanced"), None, False),
        (lgbm(), "neg_log_loss", False),
        (weighted(lgbm(), correct_proba=True), "neg_log_loss", False),
        (CalibratedClassifierCV(lgbm(class_weight="balanced")), "neg_log_loss", False),
    ):
        assert (code in codes(GridSearchCV(clf, grid, scoring=scoring))) == found
    features = Pipeline([("chosen", SelectFromModel(lgbm(class_weight="balanced"))), ("clf", lgbm())])
    assert code not in codes(GridSearchCV(features, grid, scoring="neg_log_loss"))


def test_notes_on_weighted_probabilities_and_on_calibration_that_undoes_them() -> None:
    balanced = LogisticRegression(class_weight="balanced")
    for model, expected in (
        (balanced, {"weighted-probabilities"}),
        (LinearSVC(class_weight="balanced"), set()),
        (CalibratedClassifierCV(balanced), {"weights-undone"}),
        (CalibratedClassifierCV(LogisticRegression()), set()),
        (FixedThresholdClassifier(CalibratedClassifierCV(balanced), threshold=0.2), set()),
        (TunedThresholdClassifierCV(CalibratedClassifierCV(balanced)), set()),
        (Pipeline([("chosen", SelectFromModel(balanced)), ("clf", LogisticRegression())]), set()),
    ):
        assert set(codes(model)) == expected
