"""Arms with learners of their own: what they train, and that their probabilities get every correction."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from imblearn.ensemble import BalancedRandomForestClassifier

import boostweights as bw
from boostweights.benchmark.data.dataset import Dataset, write
from boostweights.benchmark.plan.focal import (
    ALPHA,
    GAMMA,
    FocalLightGBM,
    FocalXGBoost,
    best_constant,
    focal_derivatives,
    focal_loss,
)
from boostweights.benchmark.plan.learners import SPECIAL
from boostweights.benchmark.plan.plan import Plan, make_plan
from boostweights.benchmark.plan.problem import read_problem
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.run.fit import rows_of, train_in
from boostweights.benchmark.run.train import train
from boostweights.tables.preparation import with_categories

LIBRARIES = ("xgboost", "lightgbm", "catboost", "sklearn", "imblearn")
CELLS = [(learner, library) for learner, by_library in SPECIAL.items() for library in by_library]


@pytest.fixture
def plan_of(
    tmp_path: Path, make_suite: Callable[..., Suite], make_dataset: Callable[..., Dataset]
) -> Callable[..., Plan]:
    def make(learner: str, *, missing: bool = False, **changes: object) -> Plan:
        dataset = make_dataset(500)
        if not missing:
            X = dataset.X.fillna({"signal": 0.0}).assign(colour=dataset.X["colour"].fillna("blue"))
            dataset = Dataset(name="toy", X=X, y=dataset.y, positive="yes")
        write(dataset, tmp_path / "toy.parquet")
        arm = {"name": learner, "learner": learner, **changes}
        suite = make_suite(libraries=LIBRARIES, arms=(arm,), regimes=("stopped",))
        return make_plan(suite, {"toy": tmp_path / "toy.parquet"})

    return make


@pytest.mark.parametrize(("learner", "library"), CELLS)
def test_every_learner_is_trained_where_it_exists_and_corrected(
    plan_of: Callable[..., Plan], learner: str, library: str
) -> None:
    plan = plan_of(learner)
    assert {cell.library for cell in plan.cells} == set(SPECIAL[learner])
    key = next(cell.model_key for cell in plan.cells if cell.library == library)
    result = train(plan.models[key])
    found = {(each.proba, each.metric): each.value for each in result.figures if each.rule == "none"}
    balanced = SPECIAL[learner][library].balanced
    assert {proba for proba, _ in found} == {"raw", "fitted", *(["corrected"] if balanced else [])}
    assert found["fitted", "log_loss"] < found["raw", "log_loss"]
    assert found["fitted", "log_loss_skill"] > 0
    if balanced:
        assert found["corrected", "log_loss"] < found["raw", "log_loss"]


def test_an_ensemble_without_missing_values_has_no_cell_where_there_are_some(
    plan_of: Callable[..., Plan],
) -> None:
    assert plan_of("easy_ensemble", missing=True).cells == ()
    assert len(plan_of("balanced_random_forest", missing=True).cells) == 3


def test_bagging_sees_as_many_rows_of_each_class(plan_of: Callable[..., Plan]) -> None:
    plan = plan_of("under_bagging")
    model = plan.models[plan.cells[0].model_key]
    found = model.recipe.parameters
    y = read_problem(model.data).y[model.split.train]
    assert found["neg_bagging_fraction"] * (y == 0).sum() == pytest.approx((y == 1).sum())
    assert (found["pos_bagging_fraction"], found["bagging_freq"]) == (1.0, 1)


def test_a_forest_is_corrected_after_its_mean(plan_of: Callable[..., Plan]) -> None:
    """Its trees' leaves hold one class: tree by tree, nothing could be corrected."""
    plan = plan_of("balanced_random_forest", parameters={"n_estimators": 10})
    model = plan.models[plan.cells[0].model_key]
    problem, X, X_test = rows_of(model)
    y = problem.y[model.split.train]
    found = train_in(model.recipe, X, y, model.split.groups).whole.probabilities(X_test)
    own = BalancedRandomForestClassifier(
        n_estimators=10, random_state=0, n_jobs=1, sampling_strategy="all", replacement=True, bootstrap=False
    ).fit(X, y)
    np.testing.assert_array_equal(found["raw"], own.predict_proba(X_test))
    weights = bw.Balanced().resolve(y)
    np.testing.assert_allclose(
        found["corrected"], bw.correct_proba(own.predict_proba(X_test), weights), atol=1e-12
    )


def test_codes_keep_the_order_of_levels_and_missing_ones(toy: Dataset) -> None:
    changed = with_categories(toy.X, "codes")["colour"]
    assert changed.isna().equals(toy.X["colour"].isna())
    levels = dict(enumerate(toy.X["colour"].cat.categories))
    assert changed.dropna().map(levels).tolist() == toy.X["colour"].dropna().tolist()


def test_focal_derivatives_are_those_of_its_loss() -> None:
    rng = np.random.default_rng(0)
    y, at, step = rng.integers(0, 2, 50), rng.normal(0, 2, 50), 1e-5
    gradient, hessian = focal_derivatives(y, at)
    slope = (focal_loss(y, at + step) - focal_loss(y, at - step)) / (2 * step)
    np.testing.assert_allclose(gradient, slope, atol=1e-9)
    bend = (focal_derivatives(y, at + step)[0] - focal_derivatives(y, at - step)[0]) / (2 * step)
    np.testing.assert_allclose(hessian, np.maximum(bend, 1e-6), atol=1e-9)


def test_focal_loss_is_the_papers() -> None:
    margins = np.array([-1.0, 0.5])
    p = 1 / (1 + np.exp(-margins))
    own = [-ALPHA * (1 - p[0]) ** GAMMA * np.log(p[0]), -(1 - ALPHA) * p[1] ** GAMMA * np.log(1 - p[1])]
    np.testing.assert_allclose(focal_loss(np.array([1, 0]), margins), own)


@pytest.mark.parametrize("kind", [FocalLightGBM, FocalXGBoost])
def test_focal_models_descend_their_loss_and_predict_from_margins(kind: type) -> None:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(600, 3))
    y = (X[:, 0] + rng.normal(size=600) > 1.6).astype(int)
    quiet = {"verbosity": -1} if kind is FocalLightGBM else {}
    model = kind(n_estimators=200, n_jobs=1, early_stopping_rounds=20, **quiet)
    model.fit(X[:400], y[:400], held_out=(X[400:], y[400:]))
    start = focal_loss(y[400:], np.full(200, best_constant(y[:400]))).mean()
    assert focal_loss(y[400:], model.decision_function(X[400:])).mean() < 0.9 * start
    proba = model.predict_proba(X)
    np.testing.assert_allclose(proba[:, 1], 1 / (1 + np.exp(-model.decision_function(X))))
    again = kind(n_estimators=model.best_iteration_, n_jobs=1, **quiet).fit(X[:400], y[:400])
    np.testing.assert_array_equal(again.predict_proba(X), proba)
