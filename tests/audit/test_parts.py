"""Where an audit looks: containers, values that a search will try, samplers."""

from typing import Any

import pytest
from audit.mistakes import (
    BALANCED,
    RATIO,
    TWICE,
    Y,
    codes,
    in_pipeline,
    lgbm,
    needed,
    places,
    sampled,
    weighted,
    xgb,
)
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
from sklearn.pipeline import Pipeline

import boostweights as bw
from boostweights.audits.evidence import TrainingData
from boostweights.audits.parts import walk


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
    assert "balanced-after-sampler" not in codes(partly)
    assert places(sampled(lgbm(class_weight="balanced")), "balanced-after-sampler") == ["pipeline.clf"]
    cleaned = needed("imblearn.under_sampling").TomekLinks()
    assert "sampler-and-weights" not in codes(pipeline([("clean", cleaned), ("clf", clf)]))
    own = pipeline([("own", OwnSampler()), ("clf", clf)])
    assert places(own, "sampler-and-weights") == ["pipeline.clf"]
    by_rows = codes(sampled(lgbm()), Y, sample_weight=BALANCED)
    assert "sampler-and-weights" in by_rows


def test_parts_come_with_their_way() -> None:
    parts = {part.where: part for part in walk(containers(lgbm())["search.pipeline.clf"], TrainingData())}
    assert list(parts)[:2] == ["", "search.pipeline"]
    clf = parts["search.pipeline.clf"]
    assert [above.container for above in clf.above] == ["search", "pipeline"]
    assert not clf.makes_features
    assert parts["search.pipeline.features.numbers.simpleimputer"].makes_features
