"""Mistakes that people make with weights, in pipelines like theirs, and the same pipelines mended."""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from libraries import hard_data, make_estimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from sklearn.utils.class_weight import compute_class_weight, compute_sample_weight

import boostweights as bw
from boostweights.probabilities import Promised

X, Y = hard_data(rows=600)
X3, Y3 = hard_data(classes=3, rows=600)
RATIO = float((Y == 0).sum() / (Y == 1).sum())
BALANCED = compute_sample_weight("balanced", Y)
TRAIN, VAL = np.arange(0, 400), np.arange(400, 600)
OF_TRAIN = bw.Balanced().resolve(Y[TRAIN])


@dataclass(frozen=True, kw_only=True)
class Given:
    """What is audited, and what fit would get."""

    model: Any
    y: Any = None
    more: dict[str, Any] = field(default_factory=dict)

    def audit(self) -> bw.audits.Findings:
        return bw.audit(self.model, self.y, **self.more)


@dataclass(frozen=True, kw_only=True)
class Mistake:
    family: str
    code: str
    source: str
    made: Callable[[], Given]
    mended: Callable[[], Given]
    where: str = ""


def needed(module: str) -> Any:
    """A module; the test skips where it is missing, but fails in CI."""
    try:
        return importlib.import_module(module)
    except ImportError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"{module} is not installed")


def corrected_after(rounds: int) -> Given:
    clf = weighted(lgbm(n_estimators=rounds), correct_proba=True).fit(X[TRAIN], Y[TRAIN])
    return Given(model=clf, y=Y[TRAIN], more={"X": X[TRAIN], "eval_set": [(X[VAL], Y[VAL])]})


def features() -> ColumnTransformer:
    numbers = make_pipeline(SimpleImputer(), StandardScaler())
    return ColumnTransformer([("numbers", numbers, [0, 1, 3, 4, 5]), ("few", "passthrough", [2])])


def in_pipeline(clf: Any) -> Pipeline:
    return Pipeline([("features", features()), ("clf", clf)])


def xgb(**settings: Any) -> Any:
    return make_estimator("xgboost", **settings)


def lgbm(**settings: Any) -> Any:
    return make_estimator("lightgbm", **settings)


def cat(**settings: Any) -> Any:
    return make_estimator("catboost", **settings)


def weighted(clf: Any, weighting: Any = "balanced", **more: Any) -> Any:
    return bw.WeightedClassifier(clf, weighting=weighting, **more)


def sampled(clf: Any, **sampler: Any) -> Any:
    pipeline = needed("imblearn.pipeline")
    over = needed("imblearn.over_sampling")
    return pipeline.Pipeline(
        [("features", features()), ("smote", over.SMOTE(random_state=0, **sampler)), ("clf", clf)]
    )


def focal_like(labels: Any, scores: Any) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(scores) - np.asarray(labels), np.ones(len(np.asarray(labels)))


def validation(weight: Any = None) -> list[tuple[Any, ...]]:
    return [(X[VAL], Y[VAL]) if weight is None else (X[VAL], Y[VAL], weight)]


def tuned(*, corrected_before: bool, corrected_now: bool = True) -> Any:
    clf = weighted(LogisticRegression(), correct_proba=corrected_before)
    fitted = TunedThresholdClassifierCV(clf, scoring="f1", cv=2, thresholds=9).fit(np.nan_to_num(X), Y)
    fitted.estimator_.correct_proba = corrected_now
    return fitted


def carded(**settings: Any) -> Any:
    clf = weighted(lgbm(), **{"correct_proba": "fitted", "calibration_cv": 2, **settings}).fit(X, Y)
    return bw.Card.of(clf, Y).attach(clf)


def promising(**settings: Any) -> Any:
    return weighted(lgbm(), None, threshold=Promised(recall=0.9), **settings)


def continued(**settings: Any) -> dict[str, Any]:
    module = needed("xgboost")
    params = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
    before = module.train({**params, "scale_pos_weight": RATIO}, module.DMatrix(X, Y), 2)
    return {**params, "xgb_model": before, **settings}


def by_label(y: Any, names: tuple[str, ...]) -> np.ndarray:
    return np.asarray(names)[np.asarray(y)]


MISTAKES = (
    Mistake(
        family="weightings that multiply",
        code="weights-multiply",
        source="https://github.com/lightgbm-org/LightGBM/issues/1114",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(lgbm(class_weight="balanced", scale_pos_weight=RATIO))),
        mended=lambda: Given(model=in_pipeline(lgbm(class_weight="balanced"))),
    ),
    Mistake(
        family="weightings that multiply",
        code="weights-multiply",
        source="own: the estimator's weight left in place beneath a WeightedClassifier",
        where="search.pipeline.clf",
        made=lambda: Given(
            model=GridSearchCV(
                in_pipeline(weighted(xgb())),
                {"clf__estimator__scale_pos_weight": [1, 10], "clf__weighting__power": [0.5, 1.0]},
            )
        ),
        mended=lambda: Given(
            model=GridSearchCV(in_pipeline(weighted(xgb())), {"clf__weighting__power": [0.5, 1.0]})
        ),
    ),
    Mistake(
        family="sample_weight that already carries class weights",
        code="sample-weight-doubled",
        source="https://github.com/dmlc/xgboost/issues/2773",
        where="pipeline.clf",
        made=lambda: Given(
            model=in_pipeline(xgb(scale_pos_weight=32)),
            y=Y,
            more={"sample_weight": ((Y * 32) - Y) + np.ones(len(Y))},
        ),
        mended=lambda: Given(model=in_pipeline(xgb(scale_pos_weight=32)), y=Y),
    ),
    Mistake(
        family="sampler upstream with weights downstream",
        code="sampler-and-weights",
        source="https://github.com/minerva-ml/open-solution-home-credit/issues/72",
        where="pipeline.clf",
        made=lambda: Given(model=sampled(xgb(scale_pos_weight=RATIO))),
        mended=lambda: Given(model=sampled(xgb())),
    ),
    Mistake(
        family="ignored for the task or objective",
        code="ignored-parameter",
        source="https://github.com/dmlc/xgboost/issues/5788",
        made=lambda: Given(
            model={"objective": "multi:softmax", "num_class": 7, "eta": 0.05, "scale_pos_weight": 2},
            more={"library": "xgboost"},
        ),
        mended=lambda: Given(
            model={"objective": "multi:softmax", "num_class": 7, "eta": 0.05}, more={"library": "xgboost"}
        ),
    ),
    Mistake(
        family="ignored for the task or objective",
        code="ignored-parameter",
        source="https://github.com/dmlc/xgboost/issues/3007",
        made=lambda: Given(model=xgb(objective=focal_like, scale_pos_weight=RATIO), y=Y),
        mended=lambda: Given(model=weighted(xgb(objective=focal_like)), y=Y),
    ),
    Mistake(
        family="ignored for the task or objective",
        code="ignored-parameter",
        source="https://github.com/lightgbm-org/LightGBM/issues/2418",
        made=lambda: Given(
            model={"objective": "multiclass", "num_class": 3, "class_weight": "balanced"},
            y=Y3,
            more={"library": "lightgbm"},
        ),
        mended=lambda: Given(model=lgbm(objective="multiclass", class_weight="balanced"), y=Y3),
    ),
    Mistake(
        family="is_unbalance and scale_pos_weight",
        code="weights-refused",
        source="https://github.com/lightgbm-org/LightGBM/issues/742",
        where="search.pipeline.clf",
        made=lambda: Given(
            model=RandomizedSearchCV(
                in_pipeline(lgbm(is_unbalance=True)),
                {"clf__scale_pos_weight": [1, 10, 50], "clf__num_leaves": [7]},
            )
        ),
        mended=lambda: Given(
            model=RandomizedSearchCV(
                in_pipeline(lgbm()), {"clf__scale_pos_weight": [1, 10, 50], "clf__num_leaves": [7]}
            )
        ),
    ),
    Mistake(
        family="weights resolved on more rows than the training fold",
        code="weights-before-folds",
        source="https://datascience.stackexchange.com/questions/6842",
        where="search.pipeline.clf",
        made=lambda: Given(
            model=GridSearchCV(
                in_pipeline(xgb(scale_pos_weight=RATIO)),
                {"clf__max_depth": [3, 6]},
                cv=StratifiedKFold(10),
                scoring="roc_auc",
            ),
            y=Y,
        ),
        mended=lambda: Given(
            model=GridSearchCV(
                in_pipeline(weighted(xgb())),
                {"clf__estimator__max_depth": [3, 6]},
                cv=StratifiedKFold(10),
                scoring="roc_auc",
            ),
            y=Y,
        ),
    ),
    Mistake(
        family="weights resolved on more rows than the training fold",
        code="weights-from-more-rows",
        source="own: a WeightedClassifier fitted on all rows, audited against the training fold",
        made=lambda: Given(model=weighted(lgbm()).fit(X, Y), y=Y[TRAIN]),
        mended=lambda: Given(model=weighted(lgbm()).fit(X[TRAIN], Y[TRAIN]), y=Y[TRAIN]),
    ),
    Mistake(
        family="early stopping on a metric that the weights contradict",
        code="stopping-metric",
        source="https://github.com/ing-bank/probatus/pull/144",
        made=lambda: Given(
            model=lgbm(early_stopping_rounds=5, metric="binary_logloss"),
            y=Y[TRAIN],
            more={"sample_weight": OF_TRAIN.sample_weight(Y[TRAIN]), "eval_set": validation()},
        ),
        mended=lambda: Given(
            model=lgbm(early_stopping_rounds=5, metric="binary_logloss"),
            y=Y[TRAIN],
            more={
                "sample_weight": OF_TRAIN.sample_weight(Y[TRAIN]),
                "eval_set": validation(OF_TRAIN.sample_weight(Y[VAL])),
            },
        ),
    ),
    Mistake(
        family="early stopping on a weighted loss beside probabilities",
        code="stopping-weighted",
        source="own: measured by make rounds",
        made=lambda: Given(
            model=weighted(
                lgbm(early_stopping_rounds=5),
                eval_weighting="same",
                validation_fraction=0.2,
                correct_proba=True,
            )
        ),
        mended=lambda: Given(
            model=weighted(
                lgbm(early_stopping_rounds=5),
                eval_weighting="shifted",
                validation_fraction=0.2,
                correct_proba=True,
            )
        ),
    ),
    Mistake(
        family="an analytic correction far past the best round",
        code="trained-past-correction",
        source="https://arxiv.org/abs/2412.16209",
        made=lambda: corrected_after(300),
        mended=lambda: corrected_after(5),
    ),
    Mistake(
        family="a fitted correction calibrated once more",
        code="calibrated-twice",
        source="own: CalibratedClassifierCV around correct_proba='fitted'",
        made=lambda: Given(model=CalibratedClassifierCV(weighted(lgbm(), correct_proba="fitted"))),
        mended=lambda: Given(model=weighted(lgbm(), correct_proba="fitted")),
        where="calibrated.weighted",
    ),
    Mistake(
        family="evaluation unweighted where training is weighted",
        code="evaluation-unweighted",
        source="https://github.com/dmlc/xgboost/issues/8184",
        made=lambda: Given(
            model=xgb(scale_pos_weight=1000, eval_metric="logloss"),
            y=Y[TRAIN],
            more={"eval_set": validation()},
        ),
        mended=lambda: Given(
            model=xgb(scale_pos_weight=1000, eval_metric="logloss"),
            y=Y[TRAIN],
            more={"eval_set": validation(np.where(Y[VAL] == 1, 1000.0, 1.0))},
        ),
    ),
    *(
        Mistake(
            family="rows held out for nothing",
            code="validation-fraction-unread",
            source=f"own: {library} without early stopping trains on fewer rows",
            made=lambda made=made: Given(model=bw.WeightedClassifier(made, validation_fraction=0.2)),
            mended=lambda mended=mended: Given(model=bw.WeightedClassifier(mended, validation_fraction=0.2)),
        )
        for library, made, mended in (
            ("XGBoost", xgb(), xgb(early_stopping_rounds=5)),
            ("LightGBM", lgbm(), lgbm(early_stopping_round=5)),
            ("CatBoost", cat(use_best_model=False), cat()),
        )
    ),
    Mistake(
        family="CatBoost's silently weighted evaluation",
        code="evaluation-weighted",
        source="https://github.com/catboost/catboost/issues/1888",
        made=lambda: Given(
            model=cat(class_weights=(1.0, 8.0), eval_metric="Precision"),
            y=Y[TRAIN],
            more={"eval_set": validation()},
        ),
        mended=lambda: Given(
            model=cat(class_weights=(1.0, 8.0), eval_metric="Precision:use_weights=false"),
            y=Y[TRAIN],
            more={"eval_set": validation()},
        ),
    ),
    Mistake(
        family="weights that regularisation swallows",
        code="weights-too-small",
        source="https://github.com/dmlc/xgboost/issues/3684",
        made=lambda: Given(model=xgb(), y=Y, more={"sample_weight": BALANCED * 1e-3}),
        mended=lambda: Given(model=xgb(), y=Y, more={"sample_weight": BALANCED}),
    ),
    Mistake(
        family="weights that regularisation swallows",
        code="regularisation-swallows",
        source="https://github.com/lightgbm-org/LightGBM/pull/407",
        made=lambda: Given(
            model=lgbm(reg_lambda=1.0), y=Y, more={"sample_weight": BALANCED / BALANCED.sum()}
        ),
        mended=lambda: Given(
            model=lgbm(reg_lambda=1.0), y=Y, more={"sample_weight": BALANCED / BALANCED.mean()}
        ),
    ),
    Mistake(
        family="weights that regularisation swallows",
        code="weights-too-small",
        source="own: costs in millions, in LightGBM",
        made=lambda: Given(model=weighted(lgbm(), {0: 1e-6, 1: 1e-5}), y=Y),
        mended=lambda: Given(model=weighted(lgbm(), {0: 1, 1: 10}), y=Y),
    ),
    Mistake(
        family="weights beside which other rows vanish",
        code="weights-too-heavy",
        source="https://github.com/lightgbm-org/LightGBM/issues/5935",
        where="pipeline.clf",
        made=lambda: Given(
            model=in_pipeline(lgbm()), y=Y, more={"sample_weight": np.where(np.arange(600) == 0, 1e6, 1.0)}
        ),
        mended=lambda: Given(
            model=in_pipeline(lgbm()), y=Y, more={"sample_weight": np.where(np.arange(600) == 0, 1e3, 1.0)}
        ),
    ),
    Mistake(
        family="weights beside which other rows vanish",
        code="weights-too-heavy",
        source="own: a loss in money as scale_pos_weight",
        made=lambda: Given(model=lgbm(scale_pos_weight=25_000.0), y=Y),
        mended=lambda: Given(model=lgbm(scale_pos_weight=25.0), y=Y),
    ),
    Mistake(
        family="is_unbalance beside the average start",
        code="average-start",
        source="https://github.com/lightgbm-org/LightGBM/issues/1913",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(lgbm(is_unbalance=True)), y=Y),
        mended=lambda: Given(model=in_pipeline(lgbm(is_unbalance=True, boost_from_average=False)), y=Y),
    ),
    Mistake(
        family="is_unbalance beside the average start",
        code="average-start",
        source="https://github.com/lightgbm-org/LightGBM/issues/2672",
        made=lambda: Given(
            model={"objective": "binary", "unbalance": "true"}, y=1 - Y, more={"library": "lightgbm"}
        ),
        mended=lambda: Given(model=lgbm(class_weight="balanced"), y=1 - Y),
    ),
    Mistake(
        family="a regressor",
        code="no-classifier",
        source="https://github.com/dmlc/xgboost/issues/2626",
        where="search.pipeline.clf",
        made=lambda: Given(
            model=GridSearchCV(
                in_pipeline(needed("xgboost").XGBRegressor(objective="binary:logistic")),
                {"clf__max_depth": [3, 6]},
            ),
            y=Y,
        ),
        mended=lambda: Given(model=GridSearchCV(in_pipeline(xgb()), {"clf__max_depth": [3, 6]}), y=Y),
    ),
    Mistake(
        family="a regressor",
        code="no-classifier",
        source="own: LightGBM's regressor inside a WeightedClassifier",
        made=lambda: Given(model=weighted(needed("lightgbm").LGBMRegressor())),
        mended=lambda: Given(model=weighted(lgbm())),
    ),
    Mistake(
        family="a missing seed",
        code="missing-seed",
        source="own: a forest's class_weight, said to be its row weights",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(weighted(RandomForestClassifier(), form="class_weight")), y=Y),
        mended=lambda: Given(
            model=in_pipeline(weighted(RandomForestClassifier(random_state=0), form="class_weight")), y=Y
        ),
    ),
    Mistake(
        family="a missing seed",
        code="unseeded-search",
        source="own: settings tried at random",
        made=lambda: Given(
            model=RandomizedSearchCV(in_pipeline(cat()), {"clf__depth": [3, 4, 6]}, n_iter=2), y=Y
        ),
        mended=lambda: Given(
            model=RandomizedSearchCV(in_pipeline(cat()), {"clf__depth": [3, 4, 6]}, n_iter=2, random_state=0),
            y=Y,
        ),
    ),
    Mistake(
        family="a missing seed",
        code="unseeded-search",
        source="https://github.com/scikit-learn/scikit-learn/issues/10237",
        made=lambda: Given(model=GridSearchCV(weighted(xgb()), {}, cv=StratifiedKFold(5, shuffle=True)), y=Y),
        mended=lambda: Given(
            model=GridSearchCV(weighted(xgb()), {}, cv=StratifiedKFold(5, shuffle=True, random_state=0)), y=Y
        ),
    ),
    Mistake(
        family="max_delta_step",
        code="max-delta-step",
        source="https://github.com/dmlc/xgboost/pull/800",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(xgb(max_delta_step=1, scale_pos_weight=RATIO))),
        mended=lambda: Given(model=in_pipeline(xgb(max_delta_step=1))),
    ),
    Mistake(
        family="keys looked up against encoded labels",
        code="encoded-keys",
        source="https://github.com/scikit-learn/scikit-learn/issues/19665",
        where="bagging.DecisionTreeClassifier",
        made=lambda: Given(
            model=BaggingClassifier(DecisionTreeClassifier(class_weight={1: 1, 2: 8})), y=Y + 1
        ),
        mended=lambda: Given(model=BaggingClassifier(DecisionTreeClassifier(class_weight={0: 1, 1: 8})), y=Y),
    ),
    Mistake(
        family="keys looked up against encoded labels",
        code="encoded-keys",
        source="own: labels of text in HistGradientBoosting",
        where="pipeline.clf",
        made=lambda: Given(
            model=in_pipeline(HistGradientBoostingClassifier(class_weight={"good": 1.0, "bad": 8.0})),
            y=by_label(Y, ("good", "bad")),
        ),
        mended=lambda: Given(
            model=in_pipeline(weighted(HistGradientBoostingClassifier(), {"good": 1.0, "bad": 8.0})),
            y=by_label(Y, ("good", "bad")),
        ),
    ),
    Mistake(
        family="CatBoost dict order",
        code="class-order",
        source="https://github.com/catboost/catboost/issues/771",
        where="pipeline.clf",
        made=lambda: Given(
            model=in_pipeline(cat(class_weights={"yes": 8.0, "no": 1.0})), y=by_label(Y, ("no", "yes"))
        ),
        mended=lambda: Given(model=in_pipeline(cat(class_weights=(1.0, 8.0))), y=by_label(Y, ("no", "yes"))),
    ),
    Mistake(
        family="CatBoost dict order",
        code="cannot-clone",
        source="https://github.com/catboost/catboost/issues/1038",
        where="search.CatBoostClassifier",
        made=lambda: Given(
            model=GridSearchCV(
                cat(class_weights=list(compute_class_weight("balanced", classes=np.unique(Y3), y=Y3[TRAIN]))),
                {"depth": [4, 6]},
            ),
            y=Y3,
        ),
        mended=lambda: Given(
            model=GridSearchCV(
                cat(
                    class_weights=tuple(compute_class_weight("balanced", classes=np.unique(Y3), y=Y3[TRAIN]))
                ),
                {"depth": [4, 6]},
            ),
            y=Y3,
        ),
    ),
    Mistake(
        family="the other class weighed up",
        code="majority-weighed-up",
        source="https://github.com/lightgbm-org/LightGBM/issues/2672",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(lgbm(scale_pos_weight=8.0)), y=by_label(Y, ("paid", "default"))),
        mended=lambda: Given(
            model=in_pipeline(lgbm(scale_pos_weight=1 / 8.0)), y=by_label(Y, ("paid", "default"))
        ),
    ),
    Mistake(
        family="probabilities used as probabilities after weighting",
        code="probabilities-scored",
        source="https://github.com/dmlc/xgboost/issues/500",
        where="search.pipeline.clf",
        made=lambda: Given(
            model=GridSearchCV(
                in_pipeline(xgb(scale_pos_weight=30)), {"clf__max_depth": [3, 6]}, scoring="neg_log_loss"
            )
        ),
        mended=lambda: Given(
            model=GridSearchCV(
                in_pipeline(weighted(xgb(), {0: 1.0, 1: 30.0}, correct_proba=True)),
                {"clf__estimator__max_depth": [3, 6]},
                scoring="neg_log_loss",
            )
        ),
    ),
    Mistake(
        family="probabilities used as probabilities after weighting",
        code="costs-twice",
        source="https://github.com/lightgbm-org/LightGBM/issues/2107",
        where="threshold.LGBMClassifier",
        made=lambda: Given(model=FixedThresholdClassifier(lgbm(scale_pos_weight=9.0), threshold=0.1), y=Y),
        mended=lambda: Given(model=FixedThresholdClassifier(lgbm(), threshold=0.1), y=Y),
    ),
    Mistake(
        family="threshold of weighted applied to corrected probabilities",
        code="threshold-from-weighted",
        source="own: correct_proba switched on after the threshold was tuned",
        where="tuned_threshold.weighted",
        made=lambda: Given(model=tuned(corrected_before=False), y=Y),
        mended=lambda: Given(model=tuned(corrected_before=True), y=Y),
    ),
    Mistake(
        family="threshold of weighted applied to corrected probabilities",
        code="threshold-from-corrected",
        source="own: correct_proba switched off after the threshold was tuned",
        where="tuned_threshold.weighted",
        made=lambda: Given(model=tuned(corrected_before=True, corrected_now=False), y=Y),
        mended=lambda: Given(model=tuned(corrected_before=True), y=Y),
    ),
    Mistake(
        family="threshold chosen for a model that does not decide by it",
        code="threshold-overruled",
        source="own: a threshold tuned around a classifier that promises",
        where="tuned_threshold.weighted",
        made=lambda: Given(model=TunedThresholdClassifierCV(promising(), scoring="f1"), y=Y),
        mended=lambda: Given(model=promising(), y=Y),
    ),
    Mistake(
        family="threshold chosen for a model that does not decide by it",
        code="decision-left-out",
        source="own: estimator_ served in place of the classifier that promises",
        made=lambda: Given(model=carded(threshold=Promised(recall=0.7), correct_proba=False).estimator_),
        mended=lambda: Given(model=carded(threshold=Promised(recall=0.7), correct_proba=False)),
    ),
    Mistake(
        family="promise on rows that training saw",
        code="promise-after-sampler",
        source="own: a promise in a pipeline that over-samples",
        where="pipeline.clf",
        made=lambda: Given(model=sampled(promising()), y=Y),
        mended=lambda: Given(model=promising(), y=Y),
    ),
    Mistake(
        family="probabilities used as probabilities after weighting",
        code="correction-left-out",
        source="own: estimator_ given to a converter, or logged by autologging",
        made=lambda: Given(model=carded().estimator_),
        mended=lambda: Given(model=bw.bake_correction(carded()).estimator_),
    ),
    Mistake(
        family="threshold of weighted applied to corrected probabilities",
        code="half-on-corrected",
        source="own: the usual threshold left on corrected probabilities",
        where="threshold.weighted",
        made=lambda: Given(
            model=FixedThresholdClassifier(weighted(lgbm(), correct_proba=True), threshold=0.5), y=Y
        ),
        mended=lambda: Given(
            model=FixedThresholdClassifier(
                weighted(lgbm(), correct_proba=True), threshold=bw.Costs(fn=8, fp=1).threshold()
            ),
            y=Y,
        ),
    ),
    Mistake(
        family="weights per Dask worker",
        code="weights-per-worker",
        source="own: LightGBM's balanced weights, taken to a cluster",
        made=lambda: Given(model=needed("lightgbm").DaskLGBMClassifier(class_weight="balanced")),
        mended=lambda: Given(model=needed("lightgbm").DaskLGBMClassifier(is_unbalance=True)),
    ),
    Mistake(
        family="continuation that inherits a stored weight",
        code="inherited-weight",
        source="https://github.com/dmlc/xgboost/issues/3297",
        made=lambda: Given(model=continued(), more={"library": "xgboost"}),
        mended=lambda: Given(model=continued(scale_pos_weight=1.0), more={"library": "xgboost"}),
    ),
    Mistake(
        family="balanced on balanced data",
        code="already-balanced",
        source="own: weights kept after the rows were evened out",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(lgbm(class_weight="balanced")), y=np.arange(300) % 2),
        mended=lambda: Given(model=in_pipeline(lgbm()), y=np.arange(300) % 2),
    ),
    Mistake(
        family="a handful of positives",
        code="few-rows",
        source="own: 9 positives of 600",
        where="pipeline.clf",
        made=lambda: Given(model=in_pipeline(lgbm(class_weight="balanced")), y=np.arange(600) < 9),
        mended=lambda: Given(model=in_pipeline(lgbm()), y=np.arange(600) < 9),
    ),
)
