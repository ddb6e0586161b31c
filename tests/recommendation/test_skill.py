"""The test of skill: DeLong's variance, uniform on noise, and what is recommended without skill."""

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from lightgbm import LGBMClassifier
from recommendation.models import COSTS, PROMISED, ROWS, M, Y, model, pair, proba
from scipy import stats
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

import boostweights as bw
from boostweights.recommendation.needs import NEEDS
from boostweights.recommendation.options import Rows
from boostweights.recommendation.recommend import choose
from boostweights.recommendation.recommendation import Recommendation, recommended
from boostweights.recommendation.skill import SIGNIFICANCE, skill

NOISE = np.round(np.random.default_rng(5).random(M), 2)


def rows_of(y: Any, fold: Any = 0, unit: Any = None) -> Rows:
    return Rows(
        y=y, unit=np.arange(len(y)) if unit is None else unit, fold=np.broadcast_to(fold, len(y)).astype(int)
    )


def best(models: Any, need: str = "costs", costs: Any = COSTS) -> Recommendation:
    return recommended(
        choose(models, ROWS, need, costs=costs, promised=PROMISED.get(need), samples=50), need, True
    )


@pytest.mark.parametrize("digits", [1, 8], ids=["ties", "no ties"])
@pytest.mark.parametrize(("positives", "negatives"), [(10, 10), (12, 300), (200, 100)])
@pytest.mark.parametrize("signal", [-0.5, 0.0, 0.5])
def test_one_fold_is_the_test_of_brunner_and_munzel(
    positives: int, negatives: int, signal: float, digits: int
) -> None:
    """Its variance is DeLong's, computed by scipy from ranks."""
    y = np.arange(positives + negatives) < positives
    scores = np.round(signal * y + np.random.default_rng(positives).normal(size=len(y)), digits)
    measured = skill(scores, rows_of(y))
    theirs = stats.brunnermunzel(scores[~y], scores[y], alternative="less")
    assert measured.auc == pytest.approx(roc_auc_score(y, scores))
    assert measured.p_value == pytest.approx(theirs.pvalue)
    assert (measured.auc - 0.5) / measured.standard_error == pytest.approx(theirs.statistic)


@pytest.mark.parametrize("mixed", [False, True])
def test_the_standard_error_of_folds_and_groups_is_that_of_a_bootstrap(mixed: bool) -> None:
    """Groups of four rows share most of their score, which rows alone would count as evidence.

    A group of one class moves its own side; a mixed one moves both sides, and their order less.
    """
    rng = np.random.default_rng(1)
    group = np.arange(400) // 4
    y, fold = (np.arange(400) if mixed else group) % 2 == 0, group // 2 % 5
    scores = rng.normal(size=100)[group] + 0.5 * y + 0.3 * rng.normal(size=400)
    draws = []
    for _ in range(1000):
        drawn = (4 * rng.integers(100, size=100)[:, None] + np.arange(4)).ravel()
        sides = [[drawn[(fold[drawn] == k) & (y[drawn] == side)] for side in (True, False)] for k in range(5)]
        draws.append(np.mean([(scores[ones][:, None] > scores[others]).mean() for ones, others in sides]))
    grouped, alone = skill(scores, rows_of(y, fold, group)), skill(scores, rows_of(y, fold))
    assert grouped.standard_error == pytest.approx(np.std(draws), rel=0.12)
    ratio = grouped.standard_error / alone.standard_error
    assert ratio < 0.7 if mixed else ratio > 1.6
    assert grouped.auc == alone.auc


def test_scores_of_two_folds_are_never_compared() -> None:
    fold = ROWS.fold
    apart = skill(NOISE + 10 * fold, ROWS)
    aucs = [roc_auc_score(Y[fold == k], NOISE[fold == k]) for k in range(5)]
    sizes = [stats.hmean([Y[fold == k].sum(), (~Y[fold == k]).sum()]) for k in range(5)]
    assert apart.auc == pytest.approx(np.average(aucs, weights=sizes))
    assert apart.auc == pytest.approx(skill(NOISE, ROWS).auc)
    one_class = Rows(y=np.append(Y, [True] * 9), unit=np.arange(M + 9), fold=np.append(fold, [5] * 9))
    assert skill(np.append(NOISE, np.ones(9)), one_class).auc == pytest.approx(apart.auc)


def test_repetitions_of_the_same_rows_are_no_new_evidence() -> None:
    twice = Rows(y=np.tile(Y, 2), unit=np.tile(ROWS.unit, 2), fold=np.append(ROWS.fold, ROWS.fold + 5))
    again, once = skill(np.tile(NOISE, 2), twice), skill(NOISE, ROWS)
    assert (again.auc, again.standard_error) == pytest.approx((once.auc, once.standard_error))


@pytest.mark.parametrize("positives", [10, 100])
@pytest.mark.parametrize("grouped", [False, True])
def test_p_values_of_noise_are_uniform(positives: int, grouped: bool) -> None:
    rng = np.random.default_rng(positives)
    y, group = np.arange(5 * positives) < positives, np.arange(5 * positives)
    fold = group % 5
    if grouped:
        y, fold, group = (np.repeat(each, 2) for each in (y, fold, group))
    rows = rows_of(y, fold, group)
    p_values = [skill(rng.normal(size=5 * positives)[group], rows).p_value for _ in range(400)]
    assert stats.kstest(p_values, "uniform").pvalue > 0.01
    assert np.mean(np.less(p_values, SIGNIFICANCE)) <= 0.025


@pytest.mark.parametrize(("scores", "evident"), [(np.full(M, 0.5), False), (Y * 1.0, True), (1.0 - Y, False)])
def test_scores_without_a_variance(scores: Any, evident: bool) -> None:
    assert skill(scores, ROWS).evident == evident


@pytest.mark.parametrize("need", NEEDS)
def test_no_model_is_recommended_without_evidence_of_skill(need: str) -> None:
    made = best(pair(NOISE, NOISE), need)
    assert (made.library, made.policy, made.skill.evident) == (None, None, False)
    assert str(made).startswith("No evidence of skill: ")
    assert "beats" not in str(made)
    assert "import" not in made.code
    assert made.compared_with in made.baselines  # the model is still reported
    plain = json.loads(json.dumps(made.as_plain()))
    assert plain["statements"] == list(made.statements)
    assert plain["skill"]["p_value"] == made.skill.p_value > SIGNIFICANCE
    assert "No evidence of skill" in made._repr_html_()


@pytest.mark.parametrize("need", NEEDS)
def test_a_model_with_skill_has_no_statement(need: str) -> None:
    made = best(pair(proba(2.0), proba(2.0)), need)
    assert made.skill.evident
    assert made.library == "lightgbm"
    assert made.statements == ()
    assert str(made).startswith(f"For {need}: ")


@pytest.mark.parametrize(
    ("costs", "cheapest"),
    [((0.0, 1.0, 400.0, 0.0), "flag everybody"), ((0.0, 400.0, 1.0, 0.0), "flag nobody")],
)
def test_a_rule_without_a_model_is_recommended_where_it_costs_less(costs: Any, cheapest: str) -> None:
    """Both statements are kept apart: the model has skill, yet the costs leave nothing for it to decide."""
    spoilt = np.where(proba(1.0) > 0.3, 0.9999, 0.0001)
    made = best(pair(spoilt, spoilt), costs=np.array(costs))
    assert made.skill.evident
    assert made.name == cheapest
    [statement] = made.statements
    assert statement.startswith("By the estimates, no model is needed: cost a row ")
    assert "The model has skill" in statement
    assert made.expected[0].value <= min(figure.value for figure in made.baselines.values())
    assert {each.metric: each.value for each in made.expected}["recall"] == float(
        cheapest == "flag everybody"
    )


def test_a_rule_without_a_model_is_expected_to_do_what_it_does() -> None:
    """The class share beats probabilities that are far off, though their order has skill."""
    spoilt = np.where(proba(1.0) > 0.3, 0.999, 0.001)
    found = choose(pair(spoilt, spoilt), ROWS, "probabilities", samples=50)
    assert found.skill.evident
    assert str(found.best.option) == "the class share for everyone"
    [statement] = recommended(found, "probabilities", True).statements
    assert statement.startswith("By the estimates, no model is needed: log loss ")


def test_the_skill_is_that_of_the_recommended_model() -> None:
    given = [model(None, proba(0.6)), model("balanced", proba(4.0, seed=2))]
    made = choose(given, ROWS, "ranking", samples=50)
    assert made.best.option.model is given[1]
    assert made.skill == skill(given[1].proba, ROWS, candidates=2)


@pytest.mark.parametrize("libraries", [1, 4])
def test_the_best_of_several_libraries_without_skill_is_not_taken_for_skill(libraries: int) -> None:
    """The chance that the smallest of k p-values is below 1 % is that of one being below 1 % / k."""
    evident = []
    for seed in range(150):
        rng = np.random.default_rng((seed, libraries))
        given = [replace(model(None, rng.random(M)), library=f"library{at}") for at in range(libraries)]
        chosen = choose(given, ROWS, "ranking", samples=2)
        scores = chosen.model.option.model.proba
        assert chosen.skill.p_value == pytest.approx(min(libraries * skill(scores, ROWS).p_value, 1))
        evident.append(chosen.skill.evident)
    assert np.mean(evident) <= 0.04


def out_of_fold(seed: int, signal: float = 0.0) -> bool:
    """Whether a model of five features shows skill, the first of which has so much signal."""
    rng = np.random.default_rng(seed)
    X, y = rng.normal(size=(600, 5)), rng.random(600) < 0.1
    X[:, 0] += signal * y
    fold = np.empty(600, int)
    splits = list(StratifiedKFold(5, shuffle=True, random_state=seed).split(X, y))
    for number, (_, tested) in enumerate(splits):
        fold[tested] = number
    lgbm = LGBMClassifier(n_estimators=10, n_jobs=1, verbose=-1)
    scores = cross_val_predict(lgbm, X, y, cv=splits, method="predict_proba")[:, 1]
    return skill(scores, rows_of(y, fold)).evident


def test_few_tables_of_noise_show_skill_and_a_table_with_signal_does() -> None:
    """A quick twin of `make warnings`: three of 20 tables would pass with a probability of .001."""
    assert sum(map(out_of_fold, range(20))) <= 2
    assert all(out_of_fold(seed, signal=1.5) for seed in range(3))


def test_a_weight_path_reports_it() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(600, 3)), rng.random(600) < 0.1
    path = bw.weight_path(
        LGBMClassifier(n_estimators=5, n_jobs=1, verbose=-1), X, y, ratios=[1, 9], cv=2, tuning="folds"
    )
    made = path.best()
    assert made.statements[0].startswith("No evidence of skill")
    assert made.library is None
