"""What a recommendation chooses and expects, against scikit-learn's metrics of the same weighted rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sk

import boostweights as bw
from boostweights.recommendation.needs import NEEDS
from boostweights.recommendation.options import Model, Option, Rows, units_of
from boostweights.recommendation.recommend import choose
from boostweights.recommendation.recommendation import recommended
from boostweights.recommendation.resamples import Resamples
from boostweights.recommendation.worth import worths

COSTS = np.array([0.0, 1.0, 10.0, 0.0])
M = 600
RATE = dict.fromkeys(NEEDS, 0.8) | {"recall": 0.1}
"""Below which share of the positives, or of all rows, a promise flags nothing."""
RNG = np.random.default_rng(0)
Y = RNG.random(M) < 0.2
FOLD = np.arange(M) % 5
ROWS = Rows(y=Y, unit=np.arange(M), fold=FOLD)


def proba(signal: float, seed: int = 1) -> Any:
    """Calibrated probabilities of so much signal, with ties."""
    noise = np.random.default_rng(seed).normal(size=M)
    margin = signal * Y + noise - signal / 2
    return np.round(1 / (1 + np.exp(-(signal * margin + np.log(0.2 / 0.8)))), 2)


def model(policy: Any, scores: Any, correction: Any = "none", need: str = "recall") -> Model:
    return Model(
        library="lightgbm",
        policy=bw.as_policy(policy),
        correction=correction,
        proba=scores,
        flagged=scores >= np.quantile(scores[Y] if need == "recall" else scores, RATE[need]),
    )


def pair(plain: Any, other: Any, need: str = "recall") -> list[Model]:
    """An unweighted and a balanced model, each as it is and corrected."""
    return [
        model(policy, scores, correction, need)
        for policy, scores in ((None, plain), ("balanced", other))
        for correction in ("none", "fitted")
    ]


def option_of(need: str, rule: str, models: list[Model]) -> Option:
    return next(each for each in NEEDS[need].options(models) if each.rule == rule and each.model)


@pytest.mark.parametrize("rule", ["tuned", "0.5"])
def test_f1_is_scikit_learns_of_rows_weighted_as_often_as_they_are_drawn(rule: str) -> None:
    models = [model(None, proba(1.5))]
    resamples = Resamples(rows=ROWS, count=7, seed=3)
    [found] = worths([option_of("f1", rule, models)], NEEDS["f1"], resamples, None)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    scores = models[0].proba
    for at in range(7):
        thresholds = [0.5] if rule == "0.5" else np.unique(scores)[::-1]
        of = lambda t, weights: sk.f1_score(Y, scores >= t, sample_weight=weights)  # noqa: E731
        best = max(thresholds, key=lambda t: of(t, drawn[:, at]))
        fn, fp, tp = found.drawn[2, at], found.drawn[1, at], found.drawn[3, at]
        assert 2 * tp / (2 * tp + fp + fn) == pytest.approx(of(best, drawn[:, at]), abs=1e-12)
        left = (drawn[:, at] == 0).astype(float)
        tn, fp, fn, tp = found.left[:, at]
        expected = sk.confusion_matrix(Y, scores >= best, sample_weight=left).ravel()
        assert [tn, fp, fn, tp] == pytest.approx(expected.tolist())


@pytest.mark.parametrize(
    ("need", "metric"),
    [("probabilities", sk.log_loss), ("ranking", sk.average_precision_score)],
)
def test_figures_of_probabilities_are_scikit_learns(need: str, metric: Any) -> None:
    models = [model(None, proba(1.0).clip(0.01, 0.99))]
    resamples = Resamples(rows=ROWS, count=5, seed=3)
    [found] = worths([option_of(need, "none", models)], NEEDS[need], resamples, None)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    for at in range(5):
        for outcome, weights in ((found.drawn, drawn[:, at]), (found.left, drawn[:, at] == 0)):
            expected = metric(Y, models[0].proba, sample_weight=weights.astype(float))
            assert outcome[0, at] == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("need", NEEDS)
def test_the_simple_rule_stays_where_nothing_beats_it(need: str) -> None:
    same = proba(1.5)
    found = choose(pair(same, same), ROWS, need, costs=COSTS, samples=100)
    assert found.best is found.simple
    assert NEEDS[need].is_simple(found.best.option)
    assert "nothing beats it" in recommended(found, need, True).sure


@pytest.mark.parametrize("need", NEEDS)
def test_what_is_clearly_better_is_recommended(need: str) -> None:
    found = choose(pair(proba(0.3), proba(4.0, seed=2), need), ROWS, need, costs=COSTS, samples=100)
    assert found.best.option.model is not None
    assert found.best.option.model.weighted
    assert found.again > 0.5
    said = recommended(found, need, True)
    assert said.policy == bw.Balanced()
    assert said.as_plain()["expected"].keys() >= {NEEDS[need].metric}
    assert said.compared_with in said.baselines


def test_a_model_that_costs_more_than_doing_nothing_loses_to_doing_nothing() -> None:
    wrong = RNG.random(M)
    found = choose(pair(wrong, wrong), ROWS, "costs", costs=np.array([0.0, 3.0, 4.0, 0.0]), samples=100)
    assert str(found.best.option) == "flag nobody"
    said = recommended(found, "costs", True)
    assert said.library is None
    assert "no model decides better" in said.code


def test_units_are_drawn_whole_and_equal_seeds_draw_alike() -> None:
    rows = Rows(y=Y, unit=np.arange(M) // 3, fold=FOLD)
    [(_, first)], [(_, second)] = (list(Resamples(rows=rows, count=9, seed=1).chunks()) for _ in range(2))
    assert (first == second).all()
    assert (first[0::3] == first[2::3]).all()


def test_rows_are_one_unit_where_any_column_joins_them() -> None:
    assert units_of(np.array([0, 1, 2, 3, 0]), np.array([5, 5, 6, 7, 7])).tolist() == [0, 0, 1, 0, 0]


def test_intervals_are_wider_for_fewer_new_rows_and_stay_possible() -> None:
    models = pair(proba(4.0), proba(4.0))
    many, few = (
        choose(models, ROWS, "f1", samples=200, new_rows=rows).expected for rows in (10 * M, M // 10)
    )
    for wide, narrow in zip(few, many, strict=True):
        assert wide.high - wide.low > narrow.high - narrow.low
        assert wide.low >= 0
        assert wide.metric == "alarms_per_1000" or wide.high <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"need": "cost"}, "a need must be known.*Did you mean 'costs'"),
        ({"need": "costs", "costs": None}, "costs of errors"),
        ({"models": [model("balanced", proba(1.0))]}, "unweighted model"),
        ({"models": [replace(model(None, proba(1.0)), proba=proba(1.0)[:-1])]}, "one a row"),
        ({"models": [replace(model(None, proba(1.0)), proba=proba(1.0) + 1)]}, r"in \[0, 1\]"),
    ],
)
def test_bad_input_says_what_is_missing(change: dict[str, Any], message: str) -> None:
    given = {"models": pair(proba(1.0), proba(1.0)), "rows": ROWS, "need": "f1"} | change
    with pytest.raises(bw.InvalidValueError, match=message):
        choose(**given)


def test_too_few_rows_of_a_class_are_refused() -> None:
    with pytest.raises(bw.InvalidValueError, match="at least 10 rows of each class.*9"):
        Rows(y=np.arange(100) < 9, unit=np.arange(100), fold=np.arange(100) % 2)


def test_the_code_makes_what_is_recommended() -> None:
    good = Model(
        library="scikit-learn",
        classifier="sklearn.ensemble:HistGradientBoostingClassifier",
        settings={"max_iter": 5, "random_state": 0},
        policy=bw.Unweighted(),
        proba=proba(2.0),
    )
    said = recommended(choose([good], ROWS, "f1", samples=50), "f1", True)
    scope: dict[str, Any] = {"X": proba(2.0)[:, None], "y": Y}
    exec(said.code, scope)
    assert scope["clf"].threshold == said.threshold
    assert scope["clf"].estimator.max_iter == 5
