"""What an audit takes and refuses, where it looks, and that it changes nothing and takes no time."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from audit.mistakes import (
    BALANCED,
    RATIO,
    TRAIN,
    VAL,
    X,
    Y,
    cat,
    in_pipeline,
    lgbm,
    needed,
    sampled,
    weighted,
    xgb,
)
from libraries import ESTIMATORS, make_estimator
from scipy.stats import uniform
from sklearn.base import BaseEstimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.feature_selection import RFECV, SelectFromModel
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    TunedThresholdClassifierCV,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

import boostweights as bw
from boostweights.audit.parts import walk
from boostweights.native import ADAPTERS
from boostweights.native.auditing import Subject

TWICE = {"class_weight": "balanced", "scale_pos_weight": 9.0}
CLASSES = [(library, name) for library in ESTIMATORS for name in ESTIMATORS[library]]


def places(model: Any, code: str, *given: Any, **more: Any) -> list[str]:
    return [each.where for each in bw.audit(model, *given, **more) if each.code == code]


# --- every library ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("library", "name"), CLASSES, ids=lambda part: str(part))
def test_an_unweighted_estimator_is_in_order(library: str, name: str) -> None:
    clf = make_estimator(library, name)
    assert bw.audit(clf, Y, X) == ()
    assert bw.audit(make_estimator(library, name).fit(np.nan_to_num(X), Y), Y) == ()


@pytest.mark.parametrize("library", list(ADAPTERS))
def test_without_parameters_nothing_is_told(library: str) -> None:
    told = ADAPTERS[library].told(Subject(settings={}))
    assert not any((told.weighing, told.ignored, told.refused, told.inherited, told.per_worker))
    assert bw.audit({}, library=library) == ()


@pytest.mark.parametrize("library", list(ADAPTERS))
def test_the_native_weight_of_every_form_is_in_order_alone_and_a_mistake_under_a_wrapper(
    library: str,
) -> None:
    for form in bw.forms(library):
        clf = make_estimator(library)
        try:
            params = bw.to_native("balanced", clf, form.name, Y[TRAIN], allow_different=True).params
        except bw.InvalidValueError:
            params = bw.to_native(bw.Balanced(scale="majority"), clf, form.name, Y[TRAIN]).params
        clf.set_params(**params)
        assert bw.audit(clf, Y).at_least("warning") == ()
        assert ("weights-multiply" in bw.audit(weighted(clf), Y).codes()) == bool(params)


# --- where it looks --------------------------------------------------------------------------------------


def containers(clf: Any) -> dict[str, Any]:
    return {
        "pipeline.clf": in_pipeline(clf),
        "search.pipeline.clf": GridSearchCV(in_pipeline(clf), {"clf__n_estimators": [5]}),
        "calibrated.LGBMClassifier": CalibratedClassifierCV(clf),
        "threshold.LGBMClassifier": FixedThresholdClassifier(clf),
        "tuned_threshold.pipeline.clf": TunedThresholdClassifierCV(in_pipeline(clf)),
        "stacking.first": StackingClassifier([("first", clf), ("second", LogisticRegression())]),
        "stacking.LGBMClassifier": StackingClassifier([("first", LogisticRegression())], clf),
        "voting.first.clf": VotingClassifier([("first", in_pipeline(clf))]),
        "bagging.LGBMClassifier": BaggingClassifier(clf),
        "one_vs_rest.LGBMClassifier": OneVsRestClassifier(clf),
        "pipeline.clf.LGBMClassifier": in_pipeline(CalibratedClassifierCV(clf)),
        "pipeline.chosen.LGBMClassifier": Pipeline([("chosen", SelectFromModel(clf)), ("clf", lgbm())]),
    }


@pytest.mark.parametrize("where", list(containers(LogisticRegression())))
def test_it_looks_inside(where: str) -> None:
    assert places(containers(lgbm(**TWICE))[where], "weights-multiply") == [where]
    assert places(containers(lgbm())[where], "weights-multiply") == []


def test_it_looks_inside_pipelines_of_imbalanced_learn() -> None:
    needed("imblearn")
    assert places(sampled(lgbm(**TWICE)), "weights-multiply") == ["pipeline.clf"]


def test_it_looks_at_the_values_that_a_search_will_try() -> None:
    model = in_pipeline(lgbm(class_weight="balanced"))
    tried = {"clf__scale_pos_weight": [1, 9], "clf__num_leaves": [7, 15]}
    for search in (
        GridSearchCV(model, tried),
        GridSearchCV(model, [{"clf__num_leaves": [7]}, tried]),
        RandomizedSearchCV(model, tried),
        RandomizedSearchCV(model, {"clf__scale_pos_weight": uniform(1, 20)}),
        GridSearchCV(in_pipeline(lgbm()), {"clf": [lgbm(), lgbm(**TWICE)]}),
        GridSearchCV(weighted(lgbm()), {"estimator": [lgbm(), lgbm(**TWICE)]}),
    ):
        assert len(places(search, "weights-multiply")) == 1
    assert places(GridSearchCV(model, {"clf__scale_pos_weight": [1]}), "weights-multiply") == []
    switched = GridSearchCV(model, {"clf__scale_pos_weight": [9.0], "clf__class_weight": [None]})
    assert places(switched, "weights-multiply") == []


def test_searches_that_halve_and_eliminate_are_searches() -> None:
    needed("sklearn.experimental.enable_halving_search_cv")
    halving = needed("sklearn.model_selection").HalvingGridSearchCV
    model = halving(lgbm(class_weight="balanced"), {"scale_pos_weight": [1, 9]})
    assert places(model, "weights-multiply") == ["search.LGBMClassifier"]
    eliminating = RFECV(xgb(scale_pos_weight=RATIO), scoring="neg_log_loss")
    assert places(eliminating, "weights-before-folds", Y) == ["search.XGBClassifier"]
    assert places(eliminating, "probabilities-scored") == ["search.XGBClassifier"]


def test_a_search_may_try_policies() -> None:
    costs = bw.Costs(fn=9, fp=1)
    clf = weighted(lgbm())
    scoring = {"scoring": "neg_brier_score"}
    for grid, found in (
        ({"weighting": [None, costs]}, True),
        ({"weighting": [None]}, False),
        ({"weighting__power": [0.5, 1.0]}, True),
        ({"correct_proba": [True]}, False),
    ):
        assert bool(places(GridSearchCV(clf, grid, **scoring), "probabilities-scored")) == found


class OwnSampler(BaseEstimator):
    def __init__(self, sampling_strategy: str = "auto") -> None:
        self.sampling_strategy = sampling_strategy

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def fit_resample(self, X: Any, y: Any) -> Any:
        return X, y


def test_a_sampler_counts_only_for_what_comes_after_it() -> None:
    over = needed("imblearn.over_sampling").RandomOverSampler
    pipeline = needed("imblearn.pipeline").Pipeline
    clf = xgb(scale_pos_weight=9.0)
    before = pipeline([("chosen", SelectFromModel(LogisticRegression())), ("over", over()), ("clf", clf)])
    assert places(before, "sampler-and-weights") == ["pipeline.clf"]
    partly = sampled(lgbm(class_weight="balanced"), sampling_strategy=0.5)
    assert "balanced-after-sampler" not in bw.audit(partly).codes()
    assert places(sampled(lgbm(class_weight="balanced")), "balanced-after-sampler") == ["pipeline.clf"]
    cleaned = needed("imblearn.under_sampling").TomekLinks()
    assert "sampler-and-weights" not in bw.audit(pipeline([("clean", cleaned), ("clf", clf)])).codes()
    own = pipeline([("own", OwnSampler()), ("clf", clf)])
    assert places(own, "sampler-and-weights") == ["pipeline.clf"]
    by_rows = bw.audit(sampled(lgbm()), Y, sample_weight=BALANCED).codes()
    assert "sampler-and-weights" in by_rows


# --- what it is told -------------------------------------------------------------------------------------


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
        assert (doubled in bw.audit(clf, Y, sample_weight=BALANCED).codes()) == found
    recency = np.linspace(0.5, 1.0, len(Y))
    assert doubled not in bw.audit(lgbm(class_weight="balanced"), Y, sample_weight=recency).codes()
    turned = np.where(Y == 1, 1.0, 9.0)
    assert doubled not in bw.audit(lgbm(class_weight="balanced"), Y, sample_weight=turned).codes()


def test_what_is_frozen_is_not_trained_again() -> None:
    frozen = needed("sklearn.frozen").FrozenEstimator
    kept = cat(class_weights=[1.0, 9.0]).fit(X, Y)
    for clf, code in (
        (xgb(scale_pos_weight=RATIO).fit(X, Y), "weights-before-folds"),
        (kept, "cannot-clone"),
    ):
        assert code in bw.audit(CalibratedClassifierCV(clf), Y).codes()
        assert code not in bw.audit(CalibratedClassifierCV(frozen(clf)), Y).codes()


def test_metrics_that_are_not_known_to_be_misled_are_left_alone() -> None:
    given = {"y": Y[TRAIN], "eval_set": [(X[VAL], Y[VAL])]}
    found = {"stopping-metric", "evaluation-unweighted"}
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
        (lgbm(scale_pos_weight=9.0, metric="auc,binary_error", early_stopping_round=3), {"stopping-metric"}),
        (
            lgbm(
                scale_pos_weight=9.0,
                metric="auc,binary_error",
                early_stopping_round=3,
                first_metric_only=True,
            ),
            set(),
        ),
        (lgbm(scale_pos_weight=9.0, early_stopping_round=0), {"evaluation-unweighted"}),
        (weighted(lgbm(early_stopping_round=3)), set()),
        (weighted(lgbm(early_stopping_round=3), eval_weighting="none"), {"stopping-metric"}),
        (make_estimator("sklearn", class_weight="balanced", early_stopping=True), {"stopping-metric"}),
        (make_estimator("sklearn", class_weight="balanced", early_stopping=False), set()),
        (make_estimator("sklearn", class_weight="balanced", scoring="roc_auc"), set()),
    ):
        assert found & set(bw.audit(clf, **given).codes()) == expected
    by_rows = bw.audit(cat(), **given, sample_weight=BALANCED[TRAIN]).codes()
    assert "stopping-metric" in by_rows
    assert (
        "stopping-metric"
        not in bw.audit(cat(eval_metric="AUC"), **given, sample_weight=BALANCED[TRAIN]).codes()
    )


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
        assert ("stopping-metric-open" in bw.audit(clf, Y).codes()) == found
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
        assert code not in bw.audit(fitted, Y[TRAIN], sample_weight=weights).codes()
        assert (
            code not in bw.audit(weighted(lgbm(), count_rows=True).fit(X[TRAIN], Y[TRAIN]), Y[TRAIN]).codes()
        )
    assert code not in bw.audit(fitted, Y[TRAIN]).codes()
    counted = weighted(lgbm(), count_rows=True).fit(X, Y)
    assert code in bw.audit(counted, Y[TRAIN], sample_weight=thrice).codes()
    assert code not in bw.audit(weighted(lgbm()).fit(X[TRAIN], Y[TRAIN]), Y).codes()


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
    )
    for sets, found in ((weighted_sets, False), (unweighted_sets, True)):
        for eval_set in sets:
            assert ("evaluation-unweighted" in bw.audit(clf, Y[TRAIN], eval_set=eval_set).codes()) == found


def test_native_models_and_files_are_audited(tmp_path: Path) -> None:
    booster = xgb(scale_pos_weight=9.0).fit(X, Y).get_booster()
    path = tmp_path / "model.ubj"
    booster.save_model(path)
    for model, more in ((booster, {}), (path, {"library": "xgboost"}), (str(path), {"library": "xgboost"})):
        found = bw.audit(model, Y[TRAIN], sample_weight=BALANCED[TRAIN], **more)
        assert "sample-weight-doubled" in found.codes()
    of_lightgbm = lgbm(is_unbalance=True).fit(X, Y).booster_
    assert "weighted-probabilities" in bw.audit(of_lightgbm).codes()
    loaded = needed("catboost").CatBoostClassifier()
    cat(class_weights=(1.0, 9.0)).fit(X, Y).save_model(str(tmp_path / "model.cbm"))
    loaded.load_model(str(tmp_path / "model.cbm"))
    assert "weighted-probabilities" in bw.audit(loaded).codes()


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
    assert "weighted-probabilities" not in bw.audit(baked).codes()
    assert "half-on-corrected" in bw.audit(FixedThresholdClassifier(baked, threshold="auto")).codes()
    assert bw.audit(FixedThresholdClassifier(clf, threshold=0.5)) == ()


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
        assert (code in bw.audit(GridSearchCV(clf, grid, scoring=scoring)).codes()) == found
    features = Pipeline([("chosen", SelectFromModel(lgbm(class_weight="balanced"))), ("clf", lgbm())])
    assert code not in bw.audit(GridSearchCV(features, grid, scoring="neg_log_loss")).codes()


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
        assert set(bw.audit(model).codes()) == expected


def test_the_message_holds_the_evidence() -> None:
    found = bw.audit(lgbm(class_weight="balanced"), [0] * 93 + [1] * 7)
    assert found[0].message == "7 rows of 1 (rows 0: 93, 1: 7), weighed by class_weight='balanced'"
    assert str(found[0]).startswith("warning few-rows: 7 rows of 1")


# --- what it refuses -------------------------------------------------------------------------------------


class Hostile(BaseEstimator):
    def __init__(self, raised: type[BaseException] = ValueError) -> None:
        self.raised = raised

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def predict(self, X: Any) -> Any:
        return np.zeros(len(X))

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        raise self.raised("I say nothing")


class Endless(BaseEstimator):
    """Each holds another one."""

    def fit(self, X: Any, y: Any) -> Any:
        return self

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"estimator": Endless()}


class BadProperty(LogisticRegression):
    @property
    def predict_proba(self) -> Any:
        raise RuntimeError("I say nothing")


class BadParams(BaseEstimator):
    def fit(self, X: Any, y: Any) -> Any:
        return self

    def get_params(self, deep: bool = True) -> Any:
        return ["class_weight"]


class BadValue:
    def __repr__(self) -> str:
        raise TypeError("I say nothing")


def holding_itself() -> Any:
    pipeline = Pipeline([("clf", LogisticRegression())])
    pipeline.steps.append(("again", pipeline))
    return pipeline


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Hostile(), "Hostile.get_params"),
        (lambda: Hostile(RecursionError), "RecursionError"),
        (lambda: Hostile(NotImplementedError), "NotImplementedError"),
        (lambda: make_pipeline(StandardScaler(), Hostile(KeyError)), "KeyError"),
        (lambda: Endless(), "must not hold itself"),
        (holding_itself, "must not hold itself"),
        (lambda: BadProperty(class_weight="balanced"), "BadProperty.predict_proba"),
        (lambda: BadParams(), "get_params must return a dict"),
        (lambda: lgbm(scale_pos_weight="many"), "could not convert"),
        (lambda: in_pipeline(lgbm(scale_pos_weight="many")), "pipeline.clf"),
        (lambda: LogisticRegression(class_weight=BadValue()), "LogisticRegression"),
        (lambda: weighted(lgbm(), "balenced"), "balanced"),
        (lambda: GridSearchCV(weighted(lgbm()), {"weighting__powr": [1]}), "powr"),
        (lambda: LogisticRegression, "an audit needs an estimator"),
        (lambda: 7, "an audit needs an estimator"),
        (lambda: None, "an audit needs an estimator"),
        (lambda: {"scale_pos_weight": 9.0}, "library="),
        (lambda: "model.ubj", "library="),
    ],
    ids=range(18),
)
def test_what_cannot_be_read_is_said_in_an_error(make: Any, said: str) -> None:
    with pytest.raises(bw.BoostweightsError, match=said.replace("(", r"\(")):
        bw.audit(make())


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"y": [0, 1, 0.5]}, "discrete"),
        ({"y": [[0, 1], [1, 0]]}, "1-d"),
        ({"y": [0, 1], "X": np.zeros((3, 1))}, "one row each"),
        ({"y": [0, 1], "sample_weight": [1.0]}, "one weight a row"),
        ({"y": [0, 1], "sample_weight": [1.0, -1.0]}, "at least 0"),
        ({"sample_weight": [np.nan]}, "finite"),
        ({"eval_set": [np.zeros(3)]}, "an evaluation set is"),
        ({"eval_set": [(1, 2, 3, 4)]}, "an evaluation set is"),
        ({"library": "xgbost"}, "xgboost"),
    ],
    ids=range(9),
)
def test_data_that_do_not_fit_are_refused(given: dict[str, Any], said: str) -> None:
    model = {"scale_pos_weight": 9.0} if "library" in given else lgbm()
    with pytest.raises(bw.BoostweightsError, match=said):
        bw.audit(model, **given)


def test_pickles_are_not_opened(tmp_path: Path) -> None:
    path = tmp_path / "model.pkl"
    path.write_bytes(pickle.dumps(LogisticRegression()))
    with pytest.raises(bw.InvalidTypeError, match="runs code"):
        bw.audit(path, library="sklearn")


# --- what it leaves alone --------------------------------------------------------------------------------


def test_nothing_is_changed() -> None:
    params = {"objective": "binary", "is_unbalance": True, "scale_pos_weight": 9.0}
    search = GridSearchCV(in_pipeline(lgbm(**TWICE)), {"clf": [lgbm()], "clf__num_leaves": [3]})
    labels, weights = Y.copy(), BALANCED.copy()
    before = repr(params), repr(search), search.estimator["clf"].get_params()
    bw.audit(params, labels, library="lightgbm")
    bw.audit(search, labels, X, sample_weight=weights, eval_set=[(X, labels)])
    assert before == (repr(params), repr(search), search.estimator["clf"].get_params())
    assert (labels == Y).all()
    assert (weights == BALANCED).all()


def test_a_pipeline_takes_milliseconds_and_a_million_labels_little_more() -> None:
    model = GridSearchCV(in_pipeline(weighted(lgbm())), {"clf__weighting__power": [0, 0.5, 1]})
    labels = (np.arange(1_000_000) % 10 == 0).astype(int)
    weights = np.where(labels == 1, 9.0, 1.0)
    bw.audit(model, labels)

    def fastest(*given: Any, **more: Any) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            bw.audit(model, *given, **more)
            times.append(time.perf_counter() - start)
        return min(times)

    assert fastest() < 0.05
    assert fastest(labels) < 0.1
    assert fastest(labels, sample_weight=weights) < 0.5


def test_parts_come_with_their_way() -> None:
    parts = {part.where: part for part in walk(containers(lgbm())["search.pipeline.clf"], None)}
    assert list(parts)[:2] == ["", "search.pipeline"]
    clf = parts["search.pipeline.clf"]
    assert [above.kind for above in clf.above] == ["search", "pipeline"]
    assert not clf.makes_features
    assert parts["search.pipeline.features.numbers.simpleimputer"].makes_features


@pytest.mark.parametrize("first", ["boostweights.audit.catalogue", "boostweights"])
def test_the_function_answers_to_its_name_however_the_room_was_imported(first: str) -> None:
    code = (
        f"import {first}, boostweights as bw; from boostweights.audit import audit; import inspect;"
        "print(bw.audit({}, library='sklearn').codes(), list(inspect.signature(bw.audit).parameters)[:2],"
        "inspect.signature(bw.audit) == inspect.signature(audit))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[] ['model', 'y'] True"
    assert callable(bw.audit)
    assert "library" in inspect.signature(bw.audit).parameters
