"""A worker trains what an arm says: the models, thresholds and figures are those of a training by hand."""

import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from imblearn.over_sampling import RandomOverSampler
from lightgbm import LGBMClassifier
from scipy.special import expit
from sklearn.metrics import brier_score_loss, f1_score, log_loss, recall_score, roc_auc_score
from sklearn.model_selection import StratifiedKFold

import boostweights as bw
from boostweights.adapters.registry import adapter_named
from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.metrics import metrics_of
from boostweights.benchmark.plan.arm import applies, as_arm
from boostweights.benchmark.plan.learners import LEARNERS, estimator, trees_of
from boostweights.benchmark.plan.plan import Model, make_plan
from boostweights.benchmark.plan.resample import counts_after, resampled
from boostweights.benchmark.plan.splits import INNER_FOLDS, inner_splits
from boostweights.benchmark.plan.suite import Suite, load_suite
from boostweights.benchmark.run.fit import fit
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, train
from boostweights.errors import InvalidValueError
from boostweights.probabilities import Promised
from boostweights.probabilities.calibration import fit_correction
from boostweights.probabilities.promise_cost import held_out, promise_cost
from boostweights.tables.preparation import with_categories
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Unweighted

MakeSuite = Callable[..., Suite]


@pytest.fixture
def only(toy: Dataset, toy_file: Path, make_suite: MakeSuite) -> Callable[..., Model]:
    """The one model of the first fold of an arm in a library."""

    def make(library: str, **arm: Any) -> Model:
        settings = {
            key: arm.pop(key) for key in ("trees", "predictions", "early_stopping_rounds") if key in arm
        }
        suite = make_suite(arms=[{"name": "a", **arm}], libraries=(library,), **settings)
        return next(iter(make_plan(suite, {"toy": toy_file}).models.values()))

    return make


def figure(result: Result, metric: str, rule: str = "none", proba: str = "raw") -> float:
    (value,) = (f.value for f in result.figures if (f.rule, f.proba, f.metric) == (rule, proba, metric))
    return value


def test_net_benefit_and_a_promise_are_measured_where_they_are_asked_for(
    toy: Dataset, toy_file: Path, make_suite: MakeSuite
) -> None:
    promised = Promised(recall=0.8, confidence=0.7)
    asked: dict[str, Any] = {"libraries": ("lightgbm",), "arms": ["balanced"], "folds": 2}
    metrics: dict[str, Any] = {"metrics": ("net_benefit_0.2",)}
    plain, *some, more = (
        next(iter(make_plan(make_suite(**asked, **extra), {"toy": toy_file}).models.values()))
        for extra in ({}, metrics, {"promised": promised}, {"promised": promised, **metrics})
    )
    assert len({plain.key, *(each.key for each in some), more.key}) == 4
    before, result = train(plain), train(more)
    assert set(before.figures) < set(result.figures)
    X, y, X_test, y_test = parts(toy, more, "lightgbm")
    weights = bw.Balanced().resolve(y).sample_weight(y)
    model = LGBMClassifier(**more.recipe.parameters).fit(X, y, sample_weight=weights)
    proba = model.predict_proba(X_test)[:, 1]
    called = proba >= 0.2
    expected = (called & (y_test == 1)).mean() - (called & (y_test == 0)).mean() * 0.2 / 0.8
    assert figure(result, "net_benefit_0.2") == pytest.approx(expected, abs=1e-12)
    assert figure(result, "net_benefit_0.2", proba="corrected") != figure(result, "net_benefit_0.2")
    cost = promise_cost(promised, proba, y_test == 1, rows=held_out(promised, toy.y == "yes"))
    assert figure(result, "alarms", "promised") == cost.alarms
    assert figure(result, "recall", "promised") == cost.recall
    assert figure(result, "tp", "promised") == cost.counts[3]
    facts = make_suite(metrics=("net_benefit_0.2",), promised=promised).facts()
    known = metrics_of(facts)
    assert (known["net_benefit_0.2"].text, known["alarms"].lower) == ("net benefit at 0.2", True)
    assert "alarms" not in metrics_of(make_suite().facts())
    assert not {"promised", "metrics"} & {
        name for name, value in make_suite().facts().items() if name == "promised" or value
    }


def digest(proba: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(proba, np.float64).tobytes()).hexdigest()


def parts(
    toy: Dataset, model: Model, library: str
) -> tuple[pd.DataFrame, np.ndarray, pd.DataFrame, np.ndarray]:
    X, y = with_categories(toy.X, LEARNERS[library].categories), (toy.y == "yes").astype(int)
    train_rows, test_rows = model.split.train, model.split.test
    return X.iloc[train_rows], y[train_rows], X.iloc[test_rows], y[test_rows]


def test_weights_digest_and_figures_are_those_of_a_model_trained_by_hand(
    only: Callable[..., Model], toy: Dataset
) -> None:
    model = only("lightgbm", policy="balanced")
    X, y, X_test, y_test = parts(toy, model, "lightgbm")
    weights = [len(y) / (2 * (y == code).sum()) for code in (0, 1)]
    by_hand = LGBMClassifier(**model.recipe.parameters).fit(
        X, y, sample_weight=np.asarray(weights, np.float32)[y]
    )
    proba = by_hand.predict_proba(X_test)

    found = train(model)
    assert found.weights == pytest.approx({"no": weights[0], "yes": weights[1]})
    assert found.digest == digest(proba)
    assert figure(found, "recall", "0.5") == recall_score(y_test, by_hand.predict(X_test))
    assert figure(found, "roc_auc") == roc_auc_score(y_test, proba[:, 1])
    assert figure(found, "log_loss") == pytest.approx(log_loss(y_test, proba))
    honest = proba / weights
    honest /= honest.sum(axis=1, keepdims=True)
    assert figure(found, "brier", proba="corrected") == pytest.approx(brier_score_loss(y_test, honest[:, 1]))
    assert figure(found, "roc_auc", proba="corrected") == pytest.approx(figure(found, "roc_auc"))
    cost = figure(found, "cost", "cost", "corrected")
    fn = (y == 0).sum() / (y == 1).sum()  # the default: negatives per positive of the training fold
    decided = honest[:, 1] >= 1 / (1 + fn)
    assert cost == pytest.approx(
        (fn * (y_test & ~decided).sum() + (decided & (y_test == 0)).sum()) / len(y_test)
    )
    assert figure(found, "weight_ratio") == pytest.approx(weights[1] / weights[0])
    assert figure(found, "positives_train") == (y == 1).sum()
    assert set(found.seconds) == {
        f"{step}{cpu}" for step in ("fit", "predict", "measure") for cpu in ("", "_cpu")
    }


def test_unweighted_has_nothing_to_correct(only: Callable[..., Model]) -> None:
    found = train(only("lightgbm"))
    assert {f.proba for f in found.figures} == {"raw"}
    assert {f.rule for f in found.figures} == {"none", "0.5", "equivalent", "cost"}


@pytest.mark.parametrize("arm", [{"policy": "balanced"}, {"resample": "over"}], ids=str)
def test_fitted_figures_are_those_of_a_map_learned_by_hand(
    only: Callable[..., Model], toy: Dataset, arm: dict[str, Any]
) -> None:
    model = only("lightgbm", correction="fitted", trees=20, **arm)
    X, y, X_test, y_test = parts(toy, model, "lightgbm")
    weights = len(y) / (2 * np.bincount(y))

    def scores(rows: np.ndarray, of: pd.DataFrame) -> np.ndarray:
        seen, labels, shift = X.iloc[rows], y[rows], np.log(weights[1] / weights[0])
        row_weights = weights.astype(np.float32)[labels]
        if "resample" in arm:
            shift, row_weights = np.log((labels == 0).sum() / (labels == 1).sum()), None
            seen, labels = RandomOverSampler(random_state=0).fit_resample(seen, labels)
        by_hand = LGBMClassifier(**model.recipe.parameters).fit(seen, labels, sample_weight=row_weights)
        return np.asarray(by_hand.predict(of, raw_score=True)) - shift

    out = np.zeros(len(y))
    for train_rows, left_out in StratifiedKFold(5, shuffle=True, random_state=0).split(X, y):
        out[left_out] = scores(train_rows, X.iloc[left_out])
    learned = fit_correction(out, y, Unweighted().resolve(y))
    proba = expit(learned.slopes[0] * scores(np.arange(len(y)), X_test) + learned.offsets[0])
    found, plain = train(model), train(only("lightgbm", trees=20, **arm))
    assert figure(found, "log_loss", proba="fitted") == pytest.approx(log_loss(y_test, proba), rel=1e-5)
    assert figure(found, "brier", proba="fitted") == pytest.approx(brier_score_loss(y_test, proba), rel=1e-5)
    assert figure(found, "calibration_rows", proba="fitted") == len(y)
    wanted = recall_score(y_test, proba >= weights[0] / weights.sum())
    for rule in ("cost", "equivalent"):
        assert figure(found, "recall", rule, "fitted") == pytest.approx(wanted)
    assert [each for each in found.figures if each.proba != "fitted"] == list(plain.figures)
    assert (found.digest, found.weights) == (plain.digest, plain.weights)
    kinds = {point.proba for point in found.curves if point.curve == "reliability"}
    assert kinds == {"raw", "corrected", "fitted"}


@pytest.mark.parametrize(
    ("library", "arm"),
    [
        ("sklearn", {}),
        ("lightgbm", {"policy": "balanced", "form": "scale_pos_weight", "pinned": False}),
        ("lightgbm", {"policy": "balanced", "early_stopping": "weighted", "tune": True}),
    ],
    ids=str,
)
def test_whatever_an_arm_trains_may_be_fitted(
    only: Callable[..., Model], library: str, arm: dict[str, Any], large_toy: Dataset, toy_file: Path
) -> None:
    write(large_toy, toy_file)
    found = train(only(library, correction="fitted", **arm))
    loss = {kind: figure(found, "log_loss", proba=kind) for kind in {each.proba for each in found.figures}}
    assert loss.keys() == ({"raw", "corrected", "fitted"} if arm else {"raw", "fitted"})
    assert loss["fitted"] < loss["raw"] or not arm


def test_of_many_classes_there_are_fitted_figures(
    only: Callable[..., Model], toy_of_three: Dataset, toy_file: Path
) -> None:
    write(toy_of_three, toy_file)
    found = train(only("sklearn", policy="balanced", correction="fitted"))
    assert figure(found, "log_loss", proba="fitted") < figure(found, "log_loss", proba="corrected")


def test_what_a_correction_cannot_be_learned_from_is_a_failed_row(
    only: Callable[..., Model], toy: Dataset, toy_file: Path
) -> None:
    hinge = attempt(only("xgboost", correction="fitted", parameters={"objective": "binary:hinge"}))
    few = np.sort(np.r_[np.flatnonzero(toy.y == "no"), np.flatnonzero(toy.y == "yes")[:6]])
    write(toy.take(few), toy_file)  # 4 of them train
    found = attempt(only("lightgbm", policy="balanced", correction="fitted"))
    assert (hinge.status, found.status) == ("error", "error")
    assert "correct_proba needs an estimator that gives probabilities" in str(hinge.error)
    assert "must be in at least 5 groups of rows" in str(found.error)


PASTED: Mapping[str, Mapping[str, Any]] = {
    "xgboost": {"scale_pos_weight": lambda r: {"scale_pos_weight": r}},
    "lightgbm": {
        "scale_pos_weight": lambda r: {"scale_pos_weight": r},
        "is_unbalance": lambda r: {"is_unbalance": True},
        "class_weight": lambda r: {"class_weight": {0: 1.0, 1: r}},
    },
    "catboost": {
        "scale_pos_weight": lambda r: {"scale_pos_weight": r},
        "class_weights": lambda r: {"class_weights": (1.0, r)},
        "auto_class_weights": lambda r: {"auto_class_weights": "Balanced"},
    },
    "sklearn": {"class_weight": lambda r: {"class_weight": {0: 1.0, 1: r}}},
}


@pytest.mark.parametrize(("library", "form"), [(lib, form) for lib in PASTED for form in PASTED[lib]])
def test_a_form_without_pins_is_its_parameter_pasted_alone(
    only: Callable[..., Model], toy: Dataset, library: str, form: str
) -> None:
    model = only(library, policy={"kind": "Balanced", "scale": "majority"}, form=form, pinned=False)
    X, y, X_test, _ = parts(toy, model, library)
    ratio = float(np.float32((y == 0).sum() / (y == 1).sum()))
    pasted = {**model.recipe.parameters, **PASTED[library][form](ratio)}
    proba = estimator(model.recipe.classifier, pasted).fit(X, y).predict_proba(X_test)
    fitted = fit(model.recipe, X, y)
    np.testing.assert_allclose(fitted.probabilities(X_test)["raw"], proba, atol=1e-6)


def test_a_pinned_form_is_the_row_weights_model(only: Callable[..., Model]) -> None:
    pinned = only("catboost", policy="balanced", form="class_weights")
    assert train(pinned).digest == train(only("catboost", policy="balanced")).digest


@pytest.mark.parametrize("weighted", [False, True])
def test_resampled_rows_and_their_weights_are_imbalanced_learns(
    only: Callable[..., Model], toy: Dataset, weighted: bool
) -> None:
    arm = {"policy": "balanced", "resolve": "before"} if weighted else {}
    model = only("lightgbm", resample="over", **arm)
    X, y, X_test, y_test = parts(toy, model, "lightgbm")
    X_more, y_more = RandomOverSampler(random_state=0).fit_resample(X, y)
    weights = len(y) / (2 * np.bincount(y)) if weighted else np.ones(2)
    by_hand = LGBMClassifier(**model.recipe.parameters)
    by_hand.fit(X_more, y_more, sample_weight=weights.astype(np.float32)[y_more] if weighted else None)
    proba = by_hand.predict_proba(X_test)
    found = train(model)
    assert found.digest == digest(proba)
    seen = weights * np.bincount(y_more) / np.bincount(y)  # correction undoes both
    honest = proba / seen
    honest /= honest.sum(axis=1, keepdims=True)
    assert figure(found, "log_loss", proba="corrected") == pytest.approx(log_loss(y_test, honest))


@pytest.mark.parametrize("kind", ["over", "under", "smote"])
@pytest.mark.parametrize("columns", [["signal", "noise"], ["signal", "noise", "colour"], ["colour"]], ids=len)
@pytest.mark.parametrize("categories", ["dtype", "text"])
def test_resampling_keeps_rows_types_and_missing_values(
    kind: str, columns: list[str], categories: Any, toy: Dataset
) -> None:
    X, y = with_categories(toy.X, categories)[columns], (toy.y == "yes").astype(int)
    before = X.copy(deep=True)
    X_more, y_more = resampled(kind, X, y, seed=0)
    pd.testing.assert_frame_equal(X, before)
    assert X_more.dtypes.to_dict() == X.dtypes.to_dict()
    counts = ClassCounts(enumerate(np.bincount(y).tolist()))
    assert dict(enumerate(np.bincount(y_more).tolist())) == dict(counts_after(kind, counts))
    if kind != "under":
        pd.testing.assert_frame_equal(X_more.iloc[: len(X)].reset_index(drop=True), X)
    if kind == "smote" and "signal" in columns:
        made, positives = X_more.iloc[len(X) :], X[y == 1]
        assert made["signal"].notna().all()
        assert made["noise"].between(positives["noise"].min(), positives["noise"].max()).all()
        assert len(made["noise"].unique()) > len(made) / 2
    again, _ = resampled(kind, X, y, seed=0)
    pd.testing.assert_frame_equal(again, X_more)


def test_smote_without_a_neighbour_is_an_error(toy: Dataset) -> None:
    y = np.zeros(len(toy.y), np.int64)
    y[0] = 1
    with pytest.raises(
        InvalidValueError, match="SMOTE needs at least two rows of each class; got a class with 1"
    ):
        resampled("smote", toy.X, y, seed=0)


@pytest.mark.parametrize("library", [name for name, learner in LEARNERS.items() if learner.patience])
def test_early_stopping_stops_and_weighs_its_metric_as_asked(
    only: Callable[..., Model],
    library: str,
    large_toy: Dataset,
    toy_file: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    write(large_toy, toy_file)  # enough rows for two metrics to stop at different rounds
    patient = {"trees": 300, "early_stopping_rounds": 3, "policy": "balanced"}
    stopped = {
        kind: train(only(library, early_stopping=kind, **patient)) for kind in ("unweighted", "weighted")
    }
    assert all(figure(found, "trees") < 300 for found in stopped.values())
    assert stopped["unweighted"].digest != stopped["weighted"].digest
    assert capfd.readouterr().out == ""
    assert figure(train(only(library, policy="balanced", trees=7)), "trees") == 7


def test_trees_are_counted_where_a_model_says_it() -> None:
    assert trees_of(object()) is None


def test_the_threshold_is_tuned_on_a_part_of_the_training_fold(
    only: Callable[..., Model], toy: Dataset
) -> None:
    model = only("lightgbm", policy="balanced", tune=True)
    X, y, X_test, y_test = parts(toy, model, "lightgbm")
    fit_rows, tune_rows = next(inner_splits(y, None, 0, INNER_FOLDS))
    assert sorted([*fit_rows, *tune_rows]) == list(range(len(y)))
    weights = (len(y) / (2 * np.bincount(y))).astype(np.float32)
    estimators = {
        name: LGBMClassifier(**model.recipe.parameters).fit(
            X.iloc[rows], y[rows], sample_weight=weights[y[rows]]
        )
        for name, rows in {"inner": fit_rows, "whole": np.arange(len(y))}.items()
    }
    score = estimators["inner"].predict_proba(X.iloc[tune_rows])[:, 1]
    by_threshold = {t: f1_score(y[tune_rows], score >= t) for t in np.unique(score)}
    found = train(model)
    threshold = figure(found, "threshold", "tuned")
    assert by_threshold[threshold] == max(by_threshold.values())
    decided = estimators["whole"].predict_proba(X_test)[:, 1] >= threshold
    assert figure(found, "f1", "tuned") == pytest.approx(f1_score(y_test, decided))
    assert "tune_cpu" in found.seconds


def test_predictions_are_kept_where_asked(only: Callable[..., Model]) -> None:
    model = only("lightgbm", predictions=True)
    found = train(model)
    assert found.predictions is not None
    rows, proba = found.predictions.arrays()
    assert rows.tolist() == model.split.test.tolist()
    assert proba.shape == (len(rows), 2)
    np.testing.assert_allclose(proba.sum(axis=1), 1, atol=1e-6)
    assert train(only("lightgbm")).predictions is None


def test_the_dummy_says_the_training_folds_shares(only: Callable[..., Model], toy: Dataset) -> None:
    model = only("lightgbm", dummy=True)
    _, y, _, y_test = parts(toy, model, "lightgbm")
    found = train(model)
    assert figure(found, "log_loss") == pytest.approx(log_loss(y_test, np.full(len(y_test), y.mean())))
    assert figure(found, "roc_auc") == 0.5


FIRST = ("xgboost", "lightgbm", "catboost", "sklearn")


@pytest.mark.parametrize("classes", [2, 3])
def test_every_arm_of_the_default_suite_trains_in_every_library(
    classes: int, toy: Dataset, toy_of_three: Dataset, make_suite: MakeSuite, tmp_path: Path
) -> None:
    write(toy if classes == 2 else toy_of_three, tmp_path / "data")
    suite = dataclasses.replace(make_suite(libraries=tuple(LEARNERS), trees=3), arms=load_suite("fixed").arms)
    plan = make_plan(suite, {"toy": tmp_path / "data"})
    first = {cell.model_key for cell in plan.cells if cell.fold == 0}
    results = [attempt(plan.models[key]) for key in first]
    assert [result.error for result in results if result.status != "ok"] == []
    arms = {(cell.library, cell.arm) for cell in plan.cells}
    assert len({pair for pair in arms if pair[0] in FIRST}) == (88 if classes == 2 else 76)
    assert arms == {
        (library, arm.name) for library in LEARNERS for arm in suite.arms if applies(arm, library, classes)
    }


@pytest.mark.parametrize("library", LEARNERS)
def test_an_arm_that_stops_early_is_of_libraries_that_can(library: str) -> None:
    arm = as_arm({"name": "stops", "policy": "balanced", "early_stopping": "weighted"})
    assert applies(arm, library, 2) == adapter_named(library).can("evaluation")
