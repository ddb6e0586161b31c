"""Mistakes that people make with weights, in pipelines like theirs, and the same pipelines mended."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from libraries import hard_data, make_estimator, needed
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
TWICE = {"class_weight": "balanced", "scale_pos_weight": 9.0}
TRAIN, VAL = np.arange(0, 400), np.arange(400, 600)
OF_TRAIN = bw.Balanced().resolve(Y[TRAIN])


@dataclass(frozen=True)
class Given:
    """What is audited, and what fit would get."""

    model: Any
    y: Any
    more: dict[str, Any]

    def audit(self) -> bw.audits.Findings:
        return bw.audit(self.model, self.y, **self.more)


def given(model: Any, y: Any = None, **more: Any) -> Given:
    return Given(model, y, more)


@dataclass(frozen=True)
class Mistake:
    code: str
    source: str
    made: Callable[[], Given]
    mended: Callable[[], Given]
    where: str = ""


def corrected_after(rounds: int) -> Given:
    clf = weighted(lgbm(n_estimators=rounds), correct_proba=True).fit(X[TRAIN], Y[TRAIN])
    return given(clf, Y[TRAIN], X=X[TRAIN], eval_set=[(X[VAL], Y[VAL])])


def codes(*audited: Any, **more: Any) -> list[str]:
    return bw.audit(*audited, **more).codes()


def places(model: Any, code: str, *audited: Any, **more: Any) -> list[str]:
    return [finding.where for finding in bw.audit(model, *audited, **more) if finding.code == code]


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


def moved(to: float | None) -> Any:
    clf = carded(threshold=Promised(recall=0.7), correct_proba=False)
    return clf.set_params(threshold=clf.threshold_ if to is None else clf.threshold_ + to)


def promising(**settings: Any) -> Any:
    return weighted(lgbm(), None, threshold=Promised(recall=0.9), **settings)


def continued(**settings: Any) -> dict[str, Any]:
    module = needed("xgboost")
    params = {"objective": "binary:logistic", "max_depth": 3, "nthread": 1}
    before = module.train({**params, "scale_pos_weight": RATIO}, module.DMatrix(X, Y), 2)
    return {**params, "xgb_model": before, **settings}


def stopped_by(rows: Any) -> Given:
    clf = lgbm(early_stopping_rounds=5, metric="binary_logloss")
    return given(clf, Y[TRAIN], sample_weight=OF_TRAIN.sample_weight(Y[TRAIN]), eval_set=rows)


def by_metric(metric: str) -> Given:
    return given(cat(class_weights=(1.0, 8.0), eval_metric=metric), Y[TRAIN], eval_set=validation())


def by_log_loss(clf: Any, grid: dict[str, list[int]]) -> Given:
    return given(GridSearchCV(in_pipeline(clf), grid, scoring="neg_log_loss"))


INNER, LOGISTIC = "clf__estimator__", {"objective": "binary:logistic"}
DEPTHS, INNER_DEPTHS = {"clf__max_depth": [3, 6]}, {f"{INNER}max_depth": [3, 6]}
POWERS: dict[str, list[Any]] = {"clf__weighting__power": [0.5, 1.0]}
SCALES = {"clf__scale_pos_weight": [1, 10, 50], "clf__num_leaves": [7]}
SOFTMAX: dict[str, Any] = {"objective": "multi:softmax", "num_class": 7, "eta": 0.05}
CORRECTED: dict[str, Any] = {"validation_fraction": 0.2, "correct_proba": True}
NAMED = np.where(Y, "yes", "no")
OF_THREE = compute_class_weight("balanced", classes=np.unique(Y3), y=Y3[TRAIN])


MISTAKES = (
    Mistake(
        "weights-multiply",
        "https://github.com/lightgbm-org/LightGBM/issues/1114",
        lambda: given(in_pipeline(lgbm(class_weight="balanced", scale_pos_weight=RATIO))),
        lambda: given(in_pipeline(lgbm(class_weight="balanced"))),
        "pipeline.clf",
    ),
    Mistake(
        "weights-multiply",
        "own: the estimator's weight left in place beneath a WeightedClassifier",
        lambda: given(
            GridSearchCV(in_pipeline(weighted(xgb())), POWERS | {f"{INNER}scale_pos_weight": [1, 10]})
        ),
        lambda: given(GridSearchCV(in_pipeline(weighted(xgb())), POWERS)),
        "search.pipeline.clf",
    ),
    Mistake(
        "sample-weight-doubled",
        "https://github.com/dmlc/xgboost/issues/2773",
        lambda: given(in_pipeline(xgb(scale_pos_weight=32)), Y, sample_weight=Y * 32 - Y + 1.0),
        lambda: given(in_pipeline(xgb(scale_pos_weight=32)), Y),
        "pipeline.clf",
    ),
    Mistake(
        "sampler-and-weights",
        "https://github.com/minerva-ml/open-solution-home-credit/issues/72",
        lambda: given(sampled(xgb(scale_pos_weight=RATIO))),
        lambda: given(sampled(xgb())),
        "pipeline.clf",
    ),
    Mistake(
        "ignored-parameter",
        "https://github.com/dmlc/xgboost/issues/5788",
        lambda: given(SOFTMAX | {"scale_pos_weight": 2}, library="xgboost"),
        lambda: given(SOFTMAX, library="xgboost"),
    ),
    Mistake(
        "ignored-parameter",
        "https://github.com/dmlc/xgboost/issues/3007",
        lambda: given(xgb(objective=focal_like, scale_pos_weight=RATIO), Y),
        lambda: given(weighted(xgb(objective=focal_like)), Y),
    ),
    Mistake(
        "ignored-parameter",
        "https://github.com/lightgbm-org/LightGBM/issues/2418",
        lambda: given({"objective": "multiclass", "class_weight": "balanced"}, Y3, library="lightgbm"),
        lambda: given(lgbm(objective="multiclass", class_weight="balanced"), Y3),
    ),
    Mistake(
        "weights-refused",
        "https://github.com/lightgbm-org/LightGBM/issues/742",
        lambda: given(RandomizedSearchCV(in_pipeline(lgbm(is_unbalance=True)), SCALES)),
        lambda: given(RandomizedSearchCV(in_pipeline(lgbm()), SCALES)),
        "search.pipeline.clf",
    ),
    Mistake(
        "weights-before-folds",
        "https://datascience.stackexchange.com/questions/6842",
        lambda: given(
            GridSearchCV(in_pipeline(xgb(scale_pos_weight=RATIO)), DEPTHS, cv=StratifiedKFold(10)), Y
        ),
        lambda: given(GridSearchCV(in_pipeline(weighted(xgb())), INNER_DEPTHS, cv=StratifiedKFold(10)), Y),
        "search.pipeline.clf",
    ),
    Mistake(
        "weights-from-more-rows",
        "own: a WeightedClassifier fitted on all rows, audited against the training fold",
        lambda: given(weighted(lgbm()).fit(X, Y), Y[TRAIN]),
        lambda: given(weighted(lgbm()).fit(X[TRAIN], Y[TRAIN]), Y[TRAIN]),
    ),
    Mistake(
        "stopping-metric",
        "https://github.com/ing-bank/probatus/pull/144",
        lambda: stopped_by(validation()),
        lambda: stopped_by(validation(OF_TRAIN.sample_weight(Y[VAL]))),
    ),
    Mistake(
        "stopping-weighted",
        "own: measured by make rounds",
        lambda: given(weighted(lgbm(early_stopping_rounds=5), eval_weighting="same", **CORRECTED)),
        lambda: given(weighted(lgbm(early_stopping_rounds=5), eval_weighting="shifted", **CORRECTED)),
    ),
    Mistake(
        "trained-past-correction",
        "https://arxiv.org/abs/2412.16209",
        lambda: corrected_after(300),
        lambda: corrected_after(5),
    ),
    Mistake(
        "calibrated-twice",
        "own: CalibratedClassifierCV around correct_proba='fitted'",
        lambda: given(CalibratedClassifierCV(weighted(lgbm(), correct_proba="fitted"))),
        lambda: given(weighted(lgbm(), correct_proba="fitted")),
        "calibrated.weighted",
    ),
    Mistake(
        "evaluation-unweighted",
        "https://github.com/dmlc/xgboost/issues/8184",
        lambda: given(xgb(scale_pos_weight=1000), Y[TRAIN], eval_set=validation()),
        lambda: given(xgb(scale_pos_weight=1000), Y[TRAIN], eval_set=validation(999.0 * Y[VAL] + 1)),
    ),
    *(
        Mistake(
            "validation-fraction-unread",
            f"own: {library} without early stopping trains on fewer rows",
            lambda made=made: given(bw.WeightedClassifier(made, validation_fraction=0.2)),
            lambda mended=mended: given(bw.WeightedClassifier(mended, validation_fraction=0.2)),
        )
        for library, made, mended in (
            ("XGBoost", xgb(), xgb(early_stopping_rounds=5)),
            ("LightGBM", lgbm(), lgbm(early_stopping_round=5)),
            ("CatBoost", cat(use_best_model=False), cat()),
        )
    ),
    Mistake(
        "evaluation-weighted",
        "https://github.com/catboost/catboost/issues/1888",
        lambda: by_metric("Precision"),
        lambda: by_metric("Precision:use_weights=false"),
    ),
    Mistake(
        "weights-too-small",
        "https://github.com/dmlc/xgboost/issues/3684",
        lambda: given(xgb(), Y, sample_weight=BALANCED * 1e-3),
        lambda: given(xgb(), Y, sample_weight=BALANCED),
    ),
    Mistake(
        "regularisation-swallows",
        "https://github.com/lightgbm-org/LightGBM/pull/407",
        lambda: given(lgbm(reg_lambda=1.0), Y, sample_weight=BALANCED / BALANCED.sum()),
        lambda: given(lgbm(reg_lambda=1.0), Y, sample_weight=BALANCED / BALANCED.mean()),
    ),
    Mistake(
        "weights-too-small",
        "own: costs in millions, in LightGBM",
        lambda: given(weighted(lgbm(), {0: 1e-6, 1: 1e-5}), Y),
        lambda: given(weighted(lgbm(), {0: 1, 1: 10}), Y),
    ),
    Mistake(
        "weights-too-heavy",
        "https://github.com/lightgbm-org/LightGBM/issues/5935",
        lambda: given(in_pipeline(lgbm()), Y, sample_weight=np.where(np.arange(600) == 0, 1e6, 1.0)),
        lambda: given(in_pipeline(lgbm()), Y, sample_weight=np.where(np.arange(600) == 0, 1e3, 1.0)),
        "pipeline.clf",
    ),
    Mistake(
        "weights-too-heavy",
        "own: a loss in money as scale_pos_weight",
        lambda: given(lgbm(scale_pos_weight=25_000.0), Y),
        lambda: given(lgbm(scale_pos_weight=25.0), Y),
    ),
    Mistake(
        "average-start",
        "https://github.com/lightgbm-org/LightGBM/issues/1913",
        lambda: given(in_pipeline(lgbm(is_unbalance=True)), Y),
        lambda: given(in_pipeline(lgbm(is_unbalance=True, boost_from_average=False)), Y),
        "pipeline.clf",
    ),
    Mistake(
        "average-start",
        "https://github.com/lightgbm-org/LightGBM/issues/2672",
        lambda: given({"objective": "binary", "unbalance": "true"}, 1 - Y, library="lightgbm"),
        lambda: given(lgbm(class_weight="balanced"), 1 - Y),
    ),
    Mistake(
        "no-classifier",
        "https://github.com/dmlc/xgboost/issues/2626",
        lambda: given(GridSearchCV(in_pipeline(needed("xgboost").XGBRegressor(**LOGISTIC)), DEPTHS), Y),
        lambda: given(GridSearchCV(in_pipeline(xgb()), DEPTHS), Y),
        "search.pipeline.clf",
    ),
    Mistake(
        "no-classifier",
        "own: LightGBM's regressor inside a WeightedClassifier",
        lambda: given(weighted(needed("lightgbm").LGBMRegressor())),
        lambda: given(weighted(lgbm())),
    ),
    Mistake(
        "missing-seed",
        "own: a forest's class_weight, said to be its row weights",
        lambda: given(in_pipeline(weighted(RandomForestClassifier(), form="class_weight")), Y),
        lambda: given(in_pipeline(weighted(RandomForestClassifier(random_state=0), form="class_weight")), Y),
        "pipeline.clf",
    ),
    Mistake(
        "unseeded-search",
        "own: settings tried at random",
        lambda: given(RandomizedSearchCV(in_pipeline(xgb()), DEPTHS, n_iter=1), Y),
        lambda: given(RandomizedSearchCV(in_pipeline(xgb()), DEPTHS, n_iter=1, random_state=0), Y),
    ),
    Mistake(
        "unseeded-search",
        "https://github.com/scikit-learn/scikit-learn/issues/10237",
        lambda: given(GridSearchCV(xgb(), {}, cv=StratifiedKFold(5, shuffle=True)), Y),
        lambda: given(GridSearchCV(xgb(), {}, cv=StratifiedKFold(5, shuffle=True, random_state=0)), Y),
    ),
    Mistake(
        "max-delta-step",
        "https://github.com/dmlc/xgboost/pull/800",
        lambda: given(in_pipeline(xgb(max_delta_step=1, scale_pos_weight=RATIO))),
        lambda: given(in_pipeline(xgb(max_delta_step=1))),
        "pipeline.clf",
    ),
    Mistake(
        "encoded-keys",
        "https://github.com/scikit-learn/scikit-learn/issues/19665",
        lambda: given(BaggingClassifier(DecisionTreeClassifier(class_weight={1: 1, 2: 8})), Y + 1),
        lambda: given(BaggingClassifier(DecisionTreeClassifier(class_weight={0: 1, 1: 8})), Y),
        "bagging.DecisionTreeClassifier",
    ),
    Mistake(
        "encoded-keys",
        "own: labels of text in HistGradientBoosting",
        lambda: given(in_pipeline(HistGradientBoostingClassifier(class_weight={"no": 1, "yes": 8})), NAMED),
        lambda: given(in_pipeline(weighted(HistGradientBoostingClassifier(), {"no": 1, "yes": 8})), NAMED),
        "pipeline.clf",
    ),
    Mistake(
        "class-order",
        "https://github.com/catboost/catboost/issues/771",
        lambda: given(in_pipeline(cat(class_weights={"yes": 8.0, "no": 1.0})), NAMED),
        lambda: given(in_pipeline(cat(class_weights=(1.0, 8.0))), NAMED),
        "pipeline.clf",
    ),
    Mistake(
        "cannot-clone",
        "https://github.com/catboost/catboost/issues/1038",
        lambda: given(GridSearchCV(cat(class_weights=list(OF_THREE)), {"depth": [4, 6]}), Y3),
        lambda: given(GridSearchCV(cat(class_weights=tuple(OF_THREE)), {"depth": [4, 6]}), Y3),
        "search.CatBoostClassifier",
    ),
    Mistake(
        "unknown-keys",
        "own: a key that is no label",
        lambda: given(lgbm(class_weight={0: 1.0, 2: 8.0}), Y),
        lambda: given(lgbm(class_weight={0: 1.0, 1: 8.0}), Y),
    ),
    Mistake(
        "majority-weighed-up",
        "https://github.com/lightgbm-org/LightGBM/issues/2672",
        lambda: given(in_pipeline(lgbm(scale_pos_weight=8.0)), np.where(Y, "default", "paid")),
        lambda: given(in_pipeline(lgbm(scale_pos_weight=1 / 8.0)), np.where(Y, "default", "paid")),
        "pipeline.clf",
    ),
    Mistake(
        "probabilities-scored",
        "https://github.com/dmlc/xgboost/issues/500",
        lambda: by_log_loss(xgb(scale_pos_weight=30), DEPTHS),
        lambda: by_log_loss(weighted(xgb(), {0: 1.0, 1: 30.0}, correct_proba=True), INNER_DEPTHS),
        "search.pipeline.clf",
    ),
    Mistake(
        "costs-twice",
        "https://github.com/lightgbm-org/LightGBM/issues/2107",
        lambda: given(FixedThresholdClassifier(lgbm(scale_pos_weight=9.0), threshold=0.1), Y),
        lambda: given(FixedThresholdClassifier(lgbm(), threshold=0.1), Y),
        "threshold.LGBMClassifier",
    ),
    Mistake(
        "threshold-from-weighted",
        "own: correct_proba switched on after the threshold was tuned",
        lambda: given(tuned(corrected_before=False), Y),
        lambda: given(tuned(corrected_before=True), Y),
        "tuned_threshold.weighted",
    ),
    Mistake(
        "threshold-from-corrected",
        "own: correct_proba switched off after the threshold was tuned",
        lambda: given(tuned(corrected_before=True, corrected_now=False), Y),
        lambda: given(tuned(corrected_before=True), Y),
        "tuned_threshold.weighted",
    ),
    Mistake(
        "threshold-overruled",
        "own: a threshold tuned around a classifier that promises",
        lambda: given(TunedThresholdClassifierCV(promising(), scoring="f1"), Y),
        lambda: given(promising(), Y),
        "tuned_threshold.weighted",
    ),
    Mistake(
        "decision-left-out",
        "own: estimator_ served in place of the classifier that promises",
        lambda: given(carded(threshold=Promised(recall=0.7), correct_proba=False).estimator_),
        lambda: given(carded(threshold=Promised(recall=0.7), correct_proba=False)),
    ),
    Mistake(
        "threshold-off-card",
        "own: the threshold moved after the promise was reviewed",
        lambda: given(moved(0.05), Y),
        lambda: given(moved(None), Y),
    ),
    Mistake(
        "promise-after-sampler",
        "own: a promise in a pipeline that over-samples",
        lambda: given(sampled(promising()), Y),
        lambda: given(promising(), Y),
        "pipeline.clf",
    ),
    *(
        Mistake(
            "correction-left-out",
            "own: estimator_ given to a converter, or logged by autologging",
            lambda how=how: given(carded(correct_proba=how).estimator_),
            lambda how=how: given(bw.bake_correction(carded(correct_proba=how)).estimator_),
        )
        for how in (True, "fitted")
    ),
    Mistake(
        "half-on-corrected",
        "own: the usual threshold left on corrected probabilities",
        lambda: given(FixedThresholdClassifier(weighted(lgbm(), correct_proba=True), threshold=0.5), Y),
        lambda: given(FixedThresholdClassifier(weighted(lgbm(), correct_proba=True), threshold=1 / 9), Y),
        "threshold.weighted",
    ),
    Mistake(
        "weights-per-worker",
        "own: LightGBM's balanced weights, taken to a cluster",
        lambda: given(needed("lightgbm").DaskLGBMClassifier(class_weight="balanced")),
        lambda: given(needed("lightgbm").DaskLGBMClassifier(is_unbalance=True)),
    ),
    Mistake(
        "inherited-weight",
        "https://github.com/dmlc/xgboost/issues/3297",
        lambda: given(continued(), library="xgboost"),
        lambda: given(continued(scale_pos_weight=1.0), library="xgboost"),
    ),
    Mistake(
        "already-balanced",
        "own: weights kept after the rows were evened out",
        lambda: given(in_pipeline(lgbm(class_weight="balanced")), np.arange(300) % 2),
        lambda: given(in_pipeline(lgbm()), np.arange(300) % 2),
        "pipeline.clf",
    ),
    Mistake(
        "few-rows",
        "own: 9 positives of 600",
        lambda: given(in_pipeline(lgbm(class_weight="balanced")), np.arange(600) < 9),
        lambda: given(in_pipeline(lgbm()), np.arange(600) < 9),
        "pipeline.clf",
    ),
)
