"""Regimes: what they train, what they measure, and what they refuse before training."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier, early_stopping
from scipy import optimize
from scipy.special import expit, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, log_loss, recall_score

from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.metrics import ALARM_RATES
from boostweights.benchmark.plan.learners import estimator
from boostweights.benchmark.plan.plan import Model, Plan, make_plan
from boostweights.benchmark.plan.splits import inner_splits
from boostweights.benchmark.plan.suite import Suite, parse_suite
from boostweights.benchmark.plan.weighting import Cost
from boostweights.benchmark.regimes import PARTS, REGIMES, configurations
from boostweights.benchmark.run.figures import (
    BetaMap,
    recall_at_alarm_rates,
    skill_figures,
    slope_and_intercept,
    threshold_figures,
)
from boostweights.benchmark.run.fit import (
    TooFewHeldOutError,
    Trained,
    cross_fitted_loss,
    fit,
    of_rounds,
    rows_of,
    stopped,
    train_in,
)
from boostweights.benchmark.run.result import Result
from boostweights.benchmark.run.train import attempt, train, tuned_out_of_fold
from boostweights.errors import BoostweightsError, InvalidValueError
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import Margins

LIBRARIES = ("xgboost", "lightgbm", "catboost", "sklearn")
SMALL = {
    "xgboost": {"n_estimators": 6},
    "lightgbm": {"n_estimators": 6},
    "catboost": {"iterations": 6},
    "sklearn": {"max_iter": 6},
}
"""Settings of arms that make the default and tuned regimes quick."""


PlanOf = Callable[..., Plan]
LEARNED = tuple(name for name, regime in REGIMES.items() if regime.out_of_fold)


def measured(trained: Trained, X: Any, y: Any, X_test: Any, *, beta: bool) -> tuple[Any, dict[str, float]]:
    by_kind = trained.whole.probabilities(X_test)
    return by_kind, tuned_out_of_fold(trained, X, y, by_kind, beta=beta)


@pytest.fixture
def plan_of(tmp_path: Path, make_dataset: Callable[..., Dataset]) -> PlanOf:
    """The plan of a suite over toy data."""

    def make(suite: Suite, *, rows: int = 400, classes: int = 2) -> Plan:
        path = tmp_path / f"toy-{rows}-{classes}.parquet"
        write(make_dataset(rows, classes=classes), path)
        return make_plan(suite, {"toy": path})

    return make


def first_of(plan: Plan, regime: str, arm: str) -> Model:
    cell = next(cell for cell in plan.cells if (cell.regime, cell.arm, cell.fold) == (regime, arm, 0))
    return plan.models[cell.model_key]


def fold_of(plan: Plan, regime: str, arm: str) -> tuple[Model, Any, Any, Any]:
    """The first model of an arm, and the features, labels and test features of its fold."""
    model = first_of(plan, regime, arm)
    problem, X, X_test = rows_of(model)
    return model, X, problem.y[model.split.train], X_test


def figures_of(result: Result) -> dict[tuple[str, str, str], float]:
    return {(each.rule, each.proba, each.metric): each.value for each in result.figures}


@pytest.fixture
def suite(make_suite: Callable[..., Suite]) -> Suite:
    return make_suite(libraries=("lightgbm",), arms=("unweighted", "balanced"), regimes=LEARNED)


@pytest.mark.parametrize("library", LIBRARIES)
@pytest.mark.parametrize("classes", [2, 3])
def test_every_regime_trains_every_library(
    make_suite: Callable[..., Suite], plan_of: PlanOf, library: str, classes: int
) -> None:
    arm = {"name": "balanced", "policy": "balanced", "parameters": SMALL[library]}
    plain = make_suite(libraries=(library,), arms=(arm,), regimes=LEARNED, configurations=2)
    plain = dataclasses.replace(plain, costs={"": Cost(fn=10.0, fp=2.0)})
    plan = plan_of(plain, rows=900, classes=classes)
    for regime in LEARNED:
        result = train(first_of(plan, regime, "balanced"))
        found = figures_of(result)
        assert {proba for _, proba, _ in found} == {"raw", "corrected", "fitted"}
        assert found["none", "fitted", "log_loss"] < found["none", "raw", "log_loss"]
        rules = {rule for rule, proba, _ in found if proba == "fitted"}
        of_two = {"none", "0.5", "tuned", "equivalent", "cost", "cost_10", "cost_50"}  # 5 to 1 are the costs
        assert rules == (of_two if classes == 2 else {"none", "0.5", "equivalent"})
        assert (("none", "raw", "rounds") in found) == (regime == "stopped")
        assert (("none", "raw", "configuration") in found) == (regime == "tuned")
        assert len(result.scores) == (3 if classes == 2 else 0)


def test_the_regime_and_its_search_are_in_keys_and_a_suite_that_names_none_has_fixed_rounds(
    make_suite: Callable[..., Suite], suite: Suite, plan_of: PlanOf
) -> None:
    plan = plan_of(suite)
    by_regime = {regime: {c.model_key for c in plan.cells if c.regime == regime} for regime in LEARNED}
    assert len(set.union(*by_regime.values())) == sum(map(len, by_regime.values()))
    assert {cell.regime for cell in plan_of(make_suite()).cells} == {"fixed"}
    searches = (suite, *(dataclasses.replace(suite, **{name: 1}) for name in ("configurations", "seed")))
    assert len({first_of(plan_of(search), "tuned", "balanced").key for search in searches}) == 3


def test_default_is_the_library_as_it_comes(suite: Suite, plan_of: PlanOf) -> None:
    model, X, y, X_test = fold_of(plan_of(suite), "default", "unweighted")
    plain = LGBMClassifier(random_state=0, n_jobs=1, verbosity=-1, deterministic=True, force_row_wise=True)
    by_kind, _ = measured(train_in(model.recipe, X, y, model.split.groups), X, y, X_test, beta=False)
    np.testing.assert_array_equal(by_kind["raw"], plain.fit(X, y).predict_proba(X_test))


def test_stopped_is_lightgbm_stopped_by_hand(suite: Suite, plan_of: PlanOf) -> None:
    """The hold-out's loss after the shift is taken from its scores, by LightGBM's own early stopping."""
    model, X, y, X_test = fold_of(plan_of(suite), "stopped", "balanced")
    train_rows, held_out = next(inner_splits(y, model.split.groups, 0, PARTS))
    weights = np.asarray(model.recipe.weights)
    own = LGBMClassifier(**{**model.recipe.parameters, "n_estimators": 1000, "metric": "binary_logloss"}).fit(
        X.iloc[train_rows],
        y[train_rows],
        sample_weight=weights[y[train_rows]].astype(np.float32),
        eval_X=X.iloc[held_out],
        eval_y=y[held_out],
        eval_init_score=[np.full(len(held_out), -np.log(weights[1] / weights[0]))],
        callbacks=[early_stopping(50, verbose=False)],
    )
    fitted, rounds = stopped(model.recipe, X, y, train_rows, held_out)
    assert rounds == own.best_iteration_
    np.testing.assert_array_equal(fitted.model.predict_proba(X_test), own.predict_proba(X_test))


@pytest.mark.parametrize(("library", "classes"), [("xgboost", 2), ("xgboost", 3), ("catboost", 2)])
def test_a_library_stops_where_the_losses_of_its_shifted_scores_say(
    make_suite: Callable[..., Suite], plan_of: PlanOf, library: str, classes: int
) -> None:
    plain = make_suite(libraries=(library,), arms=("balanced",), regimes=("stopped",))
    model, X, y, *_ = fold_of(plan_of(plain, rows=900, classes=classes), "stopped", "balanced")
    train_rows, held_out = next(inner_splits(y, model.split.groups, 0, PARTS))
    fitted, rounds = stopped(model.recipe, X, y, train_rows, held_out)
    more = rounds + model.recipe.regime.patience
    many = fit(of_rounds(model.recipe, more, fitted.model), X.iloc[train_rows], y[train_rows]).model
    rows = X.iloc[held_out]
    staged = (
        many.staged_predict(rows, prediction_type="RawFormulaVal")
        if library == "catboost"
        else [many.predict(rows, output_margin=True, iteration_range=(0, k)) for k in range(1, more + 1)]
    )
    shift = np.log(model.recipe.weights)
    shares = (lambda s: expit(s - shift[1] + shift[0])) if classes == 2 else (lambda s: softmax(s - shift, 1))
    losses = [log_loss(y[held_out], shares(np.asarray(each))) for each in staged]
    assert len(losses) == more
    assert np.argmin(losses) + 1 == rounds


@pytest.mark.parametrize("library", LIBRARIES)
def test_parts_have_the_rounds_and_settings_of_the_model_that_stopped(
    make_suite: Callable[..., Suite], plan_of: PlanOf, library: str
) -> None:
    """Trained on the same rows with the rounds that were found, it is the same model to the bit."""
    plain = make_suite(libraries=(library,), arms=("balanced",), regimes=("stopped",))
    model, X, y, X_test = fold_of(plan_of(plain, rows=900), "stopped", "balanced")
    train_rows, held_out = next(inner_splits(y, model.split.groups, 0, PARTS))
    fitted, rounds = stopped(model.recipe, X, y, train_rows, held_out)
    again = fit(of_rounds(model.recipe, rounds, fitted.model), X.iloc[train_rows], y[train_rows])
    np.testing.assert_array_equal(again.model.predict_proba(X_test), fitted.model.predict_proba(X_test))


@pytest.mark.parametrize(("rate", "rounds"), [(0.1, 120), (0.003, 700)])
def test_histogram_boosting_stops_where_its_shifted_losses_say(
    make_suite: Callable[..., Suite], plan_of: PlanOf, rate: float, rounds: int
) -> None:
    arm = {"name": "balanced", "policy": "balanced", "parameters": {"learning_rate": rate}}
    plain = make_suite(libraries=("sklearn",), arms=(arm,), regimes=("stopped",))
    model, X, y, *_ = fold_of(plan_of(plain), "stopped", "balanced")
    train_rows, held_out = next(inner_splits(y, model.split.groups, 0, PARTS))
    weights = np.asarray(model.recipe.weights)
    many = estimator(model.recipe.classifier, {**model.recipe.parameters, "max_iter": rounds})
    many.fit(X.iloc[train_rows], y[train_rows], sample_weight=weights[y[train_rows]])
    shift = np.log(weights[1] / weights[0])
    losses = [
        log_loss(y[held_out], expit(np.ravel(each) - shift))
        for each in many.staged_decision_function(X.iloc[held_out])
    ]
    best = int(np.argmin(losses)) + 1
    assert best + 50 < rounds
    assert (best > 100) == (rate < 0.1)  # later than it looks at first
    assert stopped(model.recipe, X, y, train_rows, held_out)[1] == best


def test_the_search_takes_the_configuration_of_least_fitted_loss(suite: Suite, plan_of: PlanOf) -> None:
    model, X, y, X_test = fold_of(plan_of(dataclasses.replace(suite, configurations=3)), "tuned", "balanced")
    rows, held_out = next(inner_splits(y, model.split.groups, 0, PARTS))
    losses = []
    for chosen in configurations("lightgbm", 3):
        clf = LGBMClassifier(**{**model.recipe.parameters, **chosen})
        weights = np.asarray(model.recipe.weights)
        clf.fit(X.iloc[rows], y[rows], sample_weight=weights[y[rows]].astype(np.float32))
        margins = clf.predict(X.iloc[held_out], raw_score=True) - np.log(weights[1] / weights[0])
        scores = Margins(values=margins, kind="logit")
        losses.append(cross_fitted_loss(scores, y[held_out], model.split.groups, 0))
    trained = train_in(model.recipe, X, y, model.split.groups)
    assert trained.chosen["configuration"] == np.argmin(losses)
    assert trained.chosen["held_out_log_loss"] == min(losses)
    best = configurations("lightgbm", 3)[int(np.argmin(losses))]
    own = LGBMClassifier(**{**model.recipe.parameters, **best})
    own.fit(X, y, sample_weight=np.asarray(model.recipe.weights)[y].astype(np.float32))
    np.testing.assert_array_equal(trained.whole.model.predict_proba(X_test), own.predict_proba(X_test))


@pytest.fixture
def scored() -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Log-odds that are too extreme and too high, of so many rows that no prior holds the map."""
    rng = np.random.default_rng(0)
    truth = rng.normal(-1, 1, 4000)
    return 2.5 * truth + 1.5, (rng.random(4000) < expit(truth)).astype(np.int64)


def test_the_loss_of_a_search_is_that_of_scikit_learns_map(scored: Any) -> None:
    logits, y = scored
    total = 0.0
    for learned, kept in inner_splits(y, None, 0, PARTS):
        fitted = LogisticRegression(C=np.inf, tol=1e-10).fit(logits[learned, None], y[learned])
        total += log_loss(y[kept], fitted.predict_proba(logits[kept, None]), normalize=False)
    found = cross_fitted_loss(Margins(values=logits, kind="logit"), y, None, 0)
    assert found == pytest.approx(total / len(y), rel=1e-3)
    assert found < log_loss(y, expit(logits))


def test_the_loss_of_a_search_of_more_classes_is_of_what_the_scores_order(scored: Any) -> None:
    logits, y = scored
    scores = np.column_stack([np.zeros(4000), logits, np.random.default_rng(1).normal(0, 1, 4000)])
    labels = np.where(np.arange(4000) % 5 == 0, 2, y)
    found, scaled = (
        cross_fitted_loss(Margins(values=each, kind="softmax"), labels, None, 0)
        for each in (scores, 3.0 * scores + np.array([0.0, 2.0, -1.0]))
    )
    assert found == pytest.approx(scaled, rel=1e-3)  # slope and offsets are learned
    assert found < log_loss(labels, softmax(scores, axis=1))


def test_a_hold_out_must_have_two_rows_of_each_class(scored: Any) -> None:
    logits, y = scored
    few = np.zeros_like(y)
    few[:1] = 1
    with pytest.raises(TooFewHeldOutError, match="two groups of rows of each class"):
        cross_fitted_loss(Margins(values=logits, kind="logit"), few, None, 0)
    few[:2] = 1
    groups = np.arange(len(y))
    groups[1] = groups[0]
    with pytest.raises(TooFewHeldOutError, match="two groups of rows of each class"):
        cross_fitted_loss(Margins(values=logits, kind="logit"), few, groups, 0)
    assert cross_fitted_loss(Margins(values=logits, kind="logit"), few, None, 0) > 0


def test_of_configurations_as_good_the_first_is_taken(suite: Suite, plan_of: PlanOf) -> None:
    model, X, y, *_ = fold_of(plan_of(dataclasses.replace(suite, configurations=3)), "tuned", "balanced")
    twice = dataclasses.replace(model.recipe, configurations=({}, {}))
    assert train_in(twice, X, y, model.split.groups).chosen["configuration"] == 0


def test_the_map_and_thresholds_of_default_are_those_of_the_estimator(suite: Suite, plan_of: PlanOf) -> None:
    """WeightedClassifier learns the same map, given the same parts."""
    model, X, y, X_test = fold_of(plan_of(suite), "default", "balanced")
    trained = train_in(model.recipe, X, y, model.split.groups)
    by_kind, thresholds = measured(trained, X, y, X_test, beta=False)
    clf = WeightedClassifier(
        LGBMClassifier(**model.recipe.parameters),
        weighting=dict(enumerate(model.recipe.weights)),
        correct_proba="fitted",
        calibration_cv=list(inner_splits(y, model.split.groups, 0, PARTS)),
    ).fit(X, y)
    np.testing.assert_allclose(by_kind["fitted"], clf.predict_proba(X_test), rtol=1e-6)
    inner, rows = trained.out_of_fold(X)
    scores = inner["fitted"][:, 1]
    best = max(f1_score(y[rows], scores >= at) for at in np.unique(scores))
    assert f1_score(y[rows], scores >= thresholds["fitted"]) == pytest.approx(best)
    assert sorted(rows) == list(range(len(y)))


def test_costs_are_those_of_each_ratio_and_of_the_suite(suite: Suite, plan_of: PlanOf) -> None:
    priced = dataclasses.replace(suite, costs={"": Cost(fn=20.0, fp=2.0)})
    found = figures_of(train(first_of(plan_of(priced), "default", "balanced")))
    for rule, ratio in (("cost_5", 5), ("cost", 10), ("cost_50", 50), ("0.5", 1), ("tuned", None)):
        fn, fp, rows = (found[rule, "fitted", name] for name in ("fn", "fp", "tn"))
        rows += fn + fp + found[rule, "fitted", "tp"]
        assert found[rule, "fitted", "cost_5"] == pytest.approx((5 * fn + fp) / rows)
        assert found[rule, "fitted", "cost"] == pytest.approx((20 * fn + 2 * fp) / rows)
        if ratio:
            assert found[rule, "fitted", "threshold"] == pytest.approx(1 / (1 + ratio))
    assert ("cost_10", "fitted", "f1") not in found


def test_no_threshold_or_map_sees_the_test_rows(suite: Suite, plan_of: PlanOf) -> None:
    model, X, y, X_test = fold_of(plan_of(suite), "stopped", "balanced")
    trained = train_in(model.recipe, X, y, model.split.groups)
    by_kind, first = measured(trained, X, y, X_test, beta=True)
    inner, rows = trained.out_of_fold(X)
    learned = BetaMap(inner["raw"][:, 1], y[rows])
    np.testing.assert_allclose(by_kind["beta"][:, 1], learned(by_kind["raw"][:, 1]))
    assert measured(trained, X, y, X_test.iloc[:5], beta=True)[1] == first


def test_a_hold_out_of_few_rows_is_a_skipped_row_that_says_so(
    suite: Suite, tmp_path: Path, make_dataset: Callable[..., Dataset]
) -> None:
    path = tmp_path / "few.parquet"
    toy = make_dataset(200)
    rare = np.flatnonzero(toy.y == "yes")[12:]
    write(toy.take(np.setdiff1d(np.arange(200), rare)), path)
    plan = make_plan(dataclasses.replace(suite, folds=2), {"toy": path})
    for regime in ("stopped", "tuned"):
        result = attempt(first_of(plan, regime, "balanced"))
        assert result.status == "skipped"
        assert "5 rows of the rarest class" in str(result.error)
        assert result.digest is None
    assert attempt(first_of(plan, "default", "balanced")).status == "ok"


HEAD = """
like = "default"
name = "mine"
data = ["yeast4"]
libraries = ["lightgbm"]
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('[rope]\nrecall = 0.02\n[[arm]]\nname = "unweighted"', "must name the region of every metric"),
        ('[[arm]]\nname = "prior"\ndummy = true', "arm prior: a dummy, which has no scores"),
        ('[[arm]]\nname = "s"\nearly_stopping = "weighted"', "arm s: early_stopping='weighted'"),
        ('regimes = ["stoped"]\n[[arm]]\nname = "a"', "regimes of suite mine must be known"),
        (
            'regimes = ["stopped"]\n[[arm]]\nname = "b"\n[[arm]]\nname = "a"\nregimes = ["tuned"]',
            "must be of suite mine",
        ),
        ('configurations = 21\n[[arm]]\nname = "a"', "configurations must lie between 1 and 20"),
        ('[fewer_folds.tuned]\ncatboost = 3\n[[arm]]\nname = "a"', "must be of its libraries"),
        ('[[arm]]\nname = "f"\nlearner = "focal"\npolicy = "balanced"', "a learner of an arm's own"),
        ('[[arm]]\nname = "f"\nlearner = "easy_ensemble"', "form of arm f must be one of a library"),
    ],
)
def test_what_cannot_be_trained_corrected_or_judged_is_refused_before(text: str, message: str) -> None:
    with pytest.raises(BoostweightsError, match=message):
        parse_suite(HEAD + text)


def test_two_and_more_classes_are_suites_apart() -> None:
    text = HEAD.replace('"yeast4"', '"yeast4", "hpc-jobs"') + '[[arm]]\nname = "unweighted"'
    with pytest.raises(InvalidValueError, match="all have two classes, or all more"):
        parse_suite(text)


def test_fewer_folds_are_the_first_ones(suite: Suite, plan_of: PlanOf) -> None:
    fewer = dataclasses.replace(suite, fewer_folds={"default": {"lightgbm": 2}})
    cells = plan_of(fewer).cells
    assert {cell.fold for cell in cells if cell.regime == "default"} == {0, 1}
    assert {cell.fold for cell in cells if cell.regime == "stopped"} == {0, 1, 2}


def test_skill_is_that_of_the_training_shares() -> None:
    rng = np.random.default_rng(0)
    y, proba = (rng.random(500) < 0.1).astype(int), rng.random(500)
    two, shares = np.column_stack([1 - proba, proba]), np.array([0.8, 0.2])
    base = log_loss(y, np.tile(shares, (500, 1)))
    assert skill_figures(y, two, shares)["log_loss_skill"] == pytest.approx(1 - log_loss(y, two) / base)
    brier = ((proba - y) ** 2).mean() / ((0.2 - y) ** 2).mean()
    assert skill_figures(y, two, shares)["brier_skill"] == pytest.approx(1 - brier)


def test_alarms_are_the_fewest_of_any_threshold() -> None:
    rng = np.random.default_rng(1)
    y = (rng.random(300) < 0.2).astype(int)
    score = expit(np.round(y + rng.normal(size=300), 1))
    found = threshold_figures(y, score)
    tried = [score >= at for at in np.unique(score)]
    enough = [each.sum() for each in tried if y[each].sum() >= 0.8 * y.sum()]
    precise = [y[each].sum() / y.sum() for each in tried if y[each].mean() >= 0.5]
    assert found["alarms_at_recall_0.8"] == pytest.approx(1000 * min(enough) / 300)
    assert found["recall_at_precision_0.5"] == pytest.approx(max(precise))


@pytest.mark.parametrize("seed", range(5))
def test_recall_at_an_alarm_rate_is_the_highest_of_any_threshold_that_flags_so_few(seed: int) -> None:
    rng = np.random.default_rng(seed)
    y = (rng.random(250) < 0.2).astype(int)
    score = np.round(y + rng.normal(size=250), 1)  # with ties
    flagged = [score >= at for at in [*np.unique(score), np.inf]]
    found = recall_at_alarm_rates(y, score)
    assert [float(name.rpartition("_")[2]) for name in found] == list(ALARM_RATES)
    for rate, value in zip(ALARM_RATES, found.values(), strict=True):
        few = [each for each in flagged if each.sum() <= rate * 250]
        assert value == max(recall_score(y, each, zero_division=0) for each in few)


def test_slope_is_that_of_a_logistic_regression() -> None:
    rng = np.random.default_rng(2)
    logits = rng.normal(-2, 2, 4000)
    y = (rng.random(4000) < expit(0.6 * logits + 0.5)).astype(int)
    slope, intercept = slope_and_intercept(y, logits)
    own = LogisticRegression(C=np.inf, tol=1e-10, max_iter=1000).fit(logits[:, None], y)
    assert slope == pytest.approx(own.coef_[0, 0], abs=1e-5)
    assert expit(logits + intercept).mean() == pytest.approx(y.mean(), abs=1e-8)


@pytest.mark.parametrize("bend", [1.0, -3.0])
def test_beta_calibration_is_the_most_likely_one_of_rising_maps(bend: float) -> None:
    rng = np.random.default_rng(0)
    p = rng.beta(0.5, 2.0, 3000).clip(1e-4, 1 - 1e-4)
    y = (rng.random(3000) < expit(1.5 * np.log(p) - 0.5 * bend * np.log1p(-p) + 0.7)).astype(int)

    def scores(found: Any) -> Any:
        return found[0] * np.log(p) - found[1] * np.log1p(-p) + found[2]

    best = optimize.minimize(
        lambda found: log_loss(y, expit(scores(found))),
        [1, 1, 0],
        bounds=[(0, None), (0, None), (None, None)],
    )
    found = BetaMap(p, y)
    np.testing.assert_allclose(found(p), expit(scores(best.x)), atol=1e-3)
    assert np.isfinite(found(np.array([0.0, 1.0]))).all()


def test_configurations_are_those_that_the_script_draws() -> None:
    from benchmarks.configurations import FILE, drawn

    assert FILE.read_text() == drawn()
    assert all(configurations(library)[0] == {} for library in LIBRARIES)
    frame = pd.DataFrame(list(configurations("xgboost")[1:]))
    assert frame["learning_rate"].between(0.02, 0.3).all()
