"""What a recommendation chooses, expects and says."""

import json
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from recommendation.models import COSTS, PROMISED, RNG, ROWS, M, Y, model, pair, proba
from scipy.stats import norm
from sklearn import metrics as sk
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.recommendation.evidence import evidence, expected_counts
from boostweights.recommendation.needs import NEEDS
from boostweights.recommendation.options import Model
from boostweights.recommendation.recommend import choose
from boostweights.recommendation.recommendation import recommended

PLAIN, FITTED, RAW, WEIGHTED = (
    f"lightgbm, {policy}{corrected}"
    for policy in ("unweighted", "balanced")
    for corrected in ("", ", fitted correction")
)
BY_PROMISE = {f"{name}, threshold of the promise" for name in (PLAIN, RAW)}
COMPETE = {
    "costs": (
        {f"{name}, threshold of costs" for name in (PLAIN, FITTED, WEIGHTED)}
        | {f"{name}, threshold tuned" for name in (PLAIN, RAW)}
        | {"flag nobody", "flag everybody", "flag at random (base rate)"},
        f"{FITTED}, threshold of costs",
    ),
    "decisions": (
        {f"{name}, threshold {at}" for name in (PLAIN, RAW) for at in ("tuned", ".5")}
        | {"flag nobody", "flag everybody", "flag at random (base rate)"},
        f"{PLAIN}, threshold tuned",
    ),
    "probabilities": ({PLAIN, FITTED, RAW, WEIGHTED, "the class share for everyone"}, FITTED),
    "ranking": ({PLAIN, RAW, "the class share for everyone"}, PLAIN),
    "alarms at recall": (BY_PROMISE | {"flag everybody"}, f"{PLAIN}, threshold of the promise"),
    "recall at alarm rate": (BY_PROMISE | {"flag nobody"}, f"{PLAIN}, threshold of the promise"),
}


@pytest.mark.parametrize("need", NEEDS)
def test_what_competes_has_a_name_and_one_of_them_is_the_simple_rule(need: str) -> None:
    options = NEEDS[need].options(pair(proba(1.0), proba(1.0)))
    assert sorted(map(str, options)) == sorted(COMPETE[need][0])
    assert [str(each) for each in options if NEEDS[need].is_simple(each)] == [COMPETE[need][1]]


@pytest.mark.parametrize("need", NEEDS)
def test_a_mean_of_fold_models_without_weights_competes_as_the_simple_rule(need: str) -> None:
    models = [*pair(proba(1.0), proba(1.0)), model(None, proba(2.0), "ensemble")]
    found = choose(models, ROWS, need, costs=COSTS, promised=PROMISED.get(need), samples=100)
    said = recommended(found, need, True, PROMISED.get(need))
    assert found.best is found.simple
    assert said.name.startswith("lightgbm, unweighted, mean of fold models")
    assert {"correct_proba": "fitted", "ensemble": True}.items() <= said.arguments.items()
    assert "    ensemble=True,\n" in said.code
    assert bw.WeightedClassifier.from_recommendation(said, LogisticRegression()).ensemble is True


@pytest.mark.parametrize("need", NEEDS)
def test_the_simple_rule_stays_where_nothing_beats_it(need: str) -> None:
    same = proba(1.5)
    found = choose(pair(same, same), ROWS, need, costs=COSTS, promised=PROMISED.get(need), samples=100)
    assert found.best is found.simple
    assert NEEDS[need].is_simple(found.best.option)
    assert "No alternative is clearly better" in recommended(found, need, True).sure


@pytest.mark.parametrize("need", NEEDS)
def test_what_is_clearly_better_is_recommended(need: str) -> None:
    models = pair(proba(0.3), proba(4.0, seed=2))
    found = choose(models, ROWS, need, costs=COSTS, promised=PROMISED.get(need), samples=100)
    assert found.best.option.model is not None
    assert found.best.option.model.weighted
    assert found.again > 0.5
    said = recommended(found, need, True)
    assert said.policy == bw.Balanced()
    plain = json.loads(json.dumps(said.as_plain()))
    for name, figure in [(each.metric, each) for each in said.expected] + list(said.baselines.items()):
        stored = (plain["expected"] | plain["baselines"])[name]
        assert stored == {"value": figure.value, "low": figure.low, "high": figure.high}
    assert said.compared_with in said.baselines
    others = [each for each in found.rivals if str(each[0].option) in COMPETE[need][0] - {said.compared_with}]
    best_first = [each.value for _, each in others if each.metric == NEEDS[need].metric]
    assert best_first == sorted(best_first, reverse=not NEEDS[need].lower)
    models = [str(each.option) for each, _ in others if each.option.model]
    trivial = {str(each.option) for each, _ in found.rivals if not each.option.model}
    assert said.baselines.keys() == {said.compared_with, *models[:1], *trivial}
    assert said.name not in {*said.baselines, *models}


def test_the_best_of_the_others_stands_beside_it_though_the_simple_rule_is_better() -> None:
    given = [
        model(policy, proba(signal, seed=3))
        for policy, signal in ((None, 2.0), ("balanced", 5.0), ("sqrt_balanced", 0.2))
    ]
    said = recommended(choose(given, ROWS, "ranking", samples=50), "ranking", True)
    assert (said.name, said.compared_with) == (RAW, PLAIN)
    assert list(said.baselines) == [PLAIN, "lightgbm, sqrt_balanced", "the class share for everyone"]


@pytest.mark.parametrize("need", ["costs", "decisions"])
def test_figures_are_those_of_the_recommended_threshold_on_all_tested_rows(need: str) -> None:
    chosen = choose(pair(proba(1.5), proba(1.0)), ROWS, need, costs=COSTS, samples=50)
    assert chosen.best.option.model is not None
    flagged = chosen.best.option.model.proba >= chosen.best.threshold
    values = {
        "cost": np.mean(COSTS[2 * Y + flagged]),
        "f1": sk.f1_score(Y, flagged),
        "recall": sk.recall_score(Y, flagged),
        "precision": sk.precision_score(Y, flagged),
        "alarms_per_1000": 1000 * flagged.mean(),
    }
    assert {figure.metric: pytest.approx(figure.value) for figure in chosen.expected} == values
    counts = {figure.metric: figure.value for figure in expected_counts(chosen.best)}
    assert counts["tp"] + counts["fp"] == pytest.approx(values["alarms_per_1000"])
    drawn = evidence(chosen, ROWS, COSTS)
    assert drawn["expected"]["fn"]["value"] == counts["fn"] == drawn["options"][0]["counts"][2]


@pytest.mark.parametrize("folds", [2, 5])
@pytest.mark.parametrize(("much", "beats"), [(0.93, False), (1.07, True)])
def test_what_beats_the_simple_rule_passes_a_corrected_z_test(folds: int, much: float, beats: bool) -> None:
    """Nadeau and Bengio's variance, (1/k + 1/(k-1)) · k of the rows', and Bonferroni over what competes."""
    own = np.random.default_rng(1).normal(size=M)
    error = np.sqrt((1 + folds / (folds - 1)) / M)
    gain = 0.05 * (own - own.mean()) / own.std() + 0.05 * error * much * norm.ppf(1 - 0.05 / 3)
    right, better = np.full(M, np.exp(-0.3)), np.exp(-0.3 + gain)  # of the true class, so the log loss gains
    given = [
        model(policy, np.where(Y, each, 1 - each), correction)
        for policy, correction, each in ((None, "fitted", right), ("balanced", "none", better))
    ]
    given.insert(0, model(None, np.full(M, 0.5)))  # the third is the class share, worse than all
    rows = replace(ROWS, fold=np.arange(M) % folds)
    found = choose(given, rows, "probabilities", samples=3000)
    assert (str(found.best.option) == RAW) == beats
    assert beats or found.best is found.simple


@pytest.mark.parametrize("best", ["a", "b"])
def test_the_simple_rule_is_that_of_the_best_library(best: str) -> None:
    given = [
        replace(model(None, proba(2.0 if library == best else 0.5)), library=library) for library in "ab"
    ]
    found = choose(given, ROWS, "ranking", samples=50)
    assert found.simple.option.model is not None
    assert found.simple.option.model.library == best
    assert found.best is found.simple


def test_libraries_are_ordered_by_log_loss_whatever_the_need() -> None:
    good = proba(2.0)
    lucky = good**0.2  # the same order, far from the class shares
    lucky[np.flatnonzero(Y)[:3]] = 1.0
    given = [
        replace(model(None, scores), library=name) for name, scores in (("good", good), ("lucky", lucky))
    ]
    found = choose(given, ROWS, "decisions", samples=50)
    best = [max(sk.f1_score(Y, scores >= at) for at in np.unique(scores)) for scores in (good, lucky)]
    assert best[0] < best[1]
    assert sk.log_loss(Y, good) < sk.log_loss(Y, lucky)
    assert found.best is found.simple
    assert str(found.simple.option).startswith("good")


def test_a_model_that_costs_more_than_doing_nothing_loses_to_doing_nothing() -> None:
    wrong = RNG.random(M)
    found, again = (
        choose(pair(wrong, wrong), ROWS, "costs", costs=np.array([0.0, 3.0, 4.0, 0.0]), samples=100)
        for _ in range(2)
    )
    assert found.expected == again.expected  # equal seeds
    assert str(found.best.option) == "flag nobody"
    said = recommended(found, "costs", True, Promised(recall=0.8))
    assert (said.library, said.threshold) == (None, None)
    assert "no model is recommended" in said.code
    assert "\ncost a row; 90 % intervals for as many new rows." in str(said)
    assert "Also expected: F1 " in str(said)


def test_intervals_are_wider_for_fewer_new_rows_and_stay_possible() -> None:
    models = pair(proba(4.0), proba(4.0))
    many, few = (
        choose(models, ROWS, "decisions", samples=200, new_rows=rows).expected for rows in (10 * M, M // 10)
    )
    for wide, narrow in zip(few, many, strict=True):
        assert wide.high - wide.low > narrow.high - narrow.low
        assert wide.low >= 0
        assert wide.metric == "alarms_per_1000" or wide.high <= 1


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"need": "costs", "costs": None}, "costs of errors"),
        ({"models": [model("balanced", proba(1.0))]}, "unweighted model"),
        ({"models": [replace(model(None, proba(1.0)), proba=proba(1.0)[:-1])]}, "one a row"),
        ({"models": [replace(model(None, proba(1.0)), proba=proba(1.0) + 1)]}, r"in \[0, 1\]"),
    ],
)
def test_bad_input_says_what_is_missing(change: dict[str, Any], message: str) -> None:
    given = {"models": pair(proba(1.0), proba(1.0)), "rows": ROWS, "need": "decisions"} | change
    with pytest.raises(bw.errors.InvalidValueError, match=message):
        choose(**given)


@dataclass(frozen=True, slots=True, kw_only=True)
class Own(bw.Balanced):
    """A policy of the user's own."""


def test_the_code_makes_what_is_recommended() -> None:
    good = Model(
        library="scikit-learn",
        classifier="sklearn.ensemble:HistGradientBoostingClassifier",
        settings={"max_iter": 5, "random_state": 0},
        policy=bw.Unweighted(),
        proba=proba(2.0),
    )
    found = choose([good], ROWS, "decisions", samples=50)
    said = recommended(found, "decisions", True)
    assert len({said, recommended(found, "decisions", True)}) == 1
    promised = recommended(found, "decisions", True, Promised(recall=0.8))
    assert (said.threshold, promised.threshold) == (found.best.threshold, Promised(recall=0.8))
    assert json.loads(json.dumps(said.as_plain()))["threshold"] == said.threshold
    assert promised.as_plain()["threshold"] == repr(promised.threshold)
    for each in (said, promised, replace(said, policy=Own())):
        scope: dict[str, Any] = {"X": proba(2.0)[:, None], "y": Y}
        exec(each.code, scope)
        assert scope["clf"].threshold == each.threshold
        assert scope["clf"].weighting == each.policy
        assert scope["clf"].estimator.max_iter == 5


def test_it_prints_figures_below_one_another_and_names_beside_them() -> None:
    said = recommended(choose(pair(proba(1.0), proba(1.0)), ROWS, "ranking", samples=50), "ranking", True)
    assert "\naverage precision; 90 % intervals for as many new rows." in str(said)
    names = [said.name, *said.baselines]
    lines = str(said).splitlines()[1 : 1 + len(names)]
    assert {line.find(name) for line, name in zip(lines, names, strict=True)} == {lines[0].index("lightgbm")}


def test_costs_by_row_decide_each_row_and_are_measured_by_the_row() -> None:
    given, of_all = pair(proba(1.5), proba(1.0)), np.tile(COSTS[:, None], M)
    same, by_row = (choose(given, ROWS, "costs", costs=costs, samples=50) for costs in (COSTS, of_all))
    figures = {str(worth.option): str(figure) for worth, figure in same.rivals}
    figures[str(same.best.option)] = str(same.expected[0])
    for worth, figure in [(by_row.best, by_row.expected[0]), *by_row.rivals]:
        assert "tuned" not in str(worth.option)
        assert (worth.threshold, str(figure)) == (None, figures[str(worth.option)])
    amounts = np.random.default_rng(1).lognormal(1, 1, M)
    costs = np.stack([np.zeros(M), np.full(M, 2.0), amounts, np.zeros(M)])
    found = choose(given, ROWS, "costs", costs=costs, samples=50)
    rows = costs[[2, 1]].T
    for worth, figure in [(found.best, found.expected[0]), *found.rivals]:
        if (decided := worth.option.model) is not None:
            labels = bw.decide(decided.proba, row_costs=rows, pos_label=1)
            assert figure.value == pytest.approx(
                bw.probabilities.cost_loss(Y.astype(int), labels, row_costs=rows)
            )
    trivial = {worth.option.trivial: figure.value for worth, figure in found.rivals}
    assert trivial["flag nobody"] == pytest.approx((amounts * Y).mean())
    assert trivial["flag everybody"] == pytest.approx(2 * (~Y).mean())
    drawn = evidence(found, ROWS, costs)
    assert (drawn["costs"], drawn["benefit"]["marked"]) == (None, None)
    assert sum(drawn["options"][0]["counts"]) == pytest.approx(1000, abs=0.01)
