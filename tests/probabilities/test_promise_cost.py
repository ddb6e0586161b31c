"""The expected cost of a promise: the share on the wrong side of its threshold has a beta distribution."""

import re
from typing import Any

import numpy as np
import pytest
from scipy import stats

import boostweights as bw
from boostweights.probabilities import Promised
from boostweights.probabilities.promise_cost import (
    flagged_at,
    held_out,
    held_out_share,
    places,
    promise_cost,
    wrong_shares,
)

RNG = np.random.default_rng(0)
POSITIVE = RNG.random(20_000) < 0.25
SCORES = RNG.normal(1.5 * POSITIVE)
CUSTOMER = RNG.integers(5_000, size=20_000)


def asked(wanted: Promised) -> dict[str, Any]:
    [(metric, rate)] = wanted.rates.items()
    name = "at_least" if metric == "recall" else "at_most"
    return {name: {metric: rate}, "confidence": wanted.confidence}


@pytest.mark.parametrize("decimals", [8, 1])  # 1: many scores are tied
@pytest.mark.parametrize("clusters", [None, CUSTOMER])
@pytest.mark.parametrize("wanted", [Promised(recall=0.9), Promised(alarms=0.1, confidence=0.8)])
def test_the_cost_is_the_mean_over_promises_on_rows_drawn_anew(
    wanted: Promised, clusters: np.ndarray | None, decimals: int
) -> None:
    scores = SCORES.round(decimals)
    unit = np.arange(20_000) if clusters is None else clusters
    units = np.unique(unit[POSITIVE] if wanted.recall else unit)
    costs = []
    for seed in range(150):
        drawn = np.random.default_rng(seed).choice(units, 200, replace=False)
        held = np.isin(unit, drawn)
        of = {} if clusters is None else {"clusters": clusters[held], "random_state": seed}
        made = bw.promise(scores[held], POSITIVE[held], **asked(wanted), **of)
        called = made.decide(scores)
        costs.append((called.mean(), called[POSITIVE].mean()))
    alarms, recall = np.mean(costs, axis=0)
    noise = 4 * np.std(costs, axis=0) / np.sqrt(len(costs)) + 0.25 * 10.0**-decimals
    cost = promise_cost(wanted, scores, POSITIVE, rows=200, clusters=clusters)
    assert abs(cost.alarms - alarms) < noise[0] + 0.004
    assert abs(cost.recall - recall) < noise[1] + 0.004
    assert cost.counts.sum() == pytest.approx(20_000)
    assert cost.counts[2:].sum() == pytest.approx(POSITIVE.sum())


@pytest.mark.parametrize("rows", [22, 100, 3_000])
def test_the_wrong_share_is_that_of_an_order_statistic(rows: int) -> None:
    made = bw.promise(np.arange(float(rows)), np.ones(rows, bool), at_least={"recall": 0.9})
    beta = stats.beta(made.rates[0].rank, rows - made.rates[0].rank + 1)
    np.testing.assert_allclose(
        beta.cdf(wrong_shares(Promised(recall=0.9), rows, 4)), [1 / 8, 3 / 8, 5 / 8, 7 / 8]
    )


@pytest.mark.parametrize("positives", [30, 60])
def test_few_positives_do_not_flatter_the_alarms(positives: int) -> None:
    """The oracle: a third of the positives is held out anew, and new rows are of the same distribution."""
    rng, wanted, estimated, came = np.random.default_rng(1), Promised(recall=0.9, confidence=0.6), [], []
    y = np.arange(1_000) < positives
    for _ in range(300):
        tested, new, held = rng.normal(1.5 * y), rng.normal(1.5 * y), rng.normal(1.5, size=positives // 3)
        estimated.append(promise_cost(wanted, tested, y, rows=positives // 3).alarms)
        made = bw.promise(held, np.ones(len(held), bool), at_least={"recall": 0.9}, confidence=0.6)
        came.append(made.decide(new).mean())
    noise = np.hypot(np.std(estimated), np.std(came)) / np.sqrt(300)
    assert abs(np.mean(estimated) - np.mean(came)) < 3 * noise + 0.02


@pytest.mark.parametrize("metric", ["recall", "alarms"])
def test_thresholds_leave_the_wanted_share_on_their_wrong_side(metric: str) -> None:
    weights = RNG.integers(0, 3, size=(20_000, 3)).astype(float)
    shares = np.array([0.01, 0.1, 0.5])
    called = flagged_at(metric, places(metric, SCORES, POSITIVE), POSITIVE, weights, shares)
    side = POSITIVE if metric == "recall" else np.ones(20_000, bool)
    wrong = ~called if metric == "recall" else called
    came = (wrong * weights)[side].sum(axis=0) / weights[side].sum(axis=0)
    np.testing.assert_allclose(came, shares, atol=2 / weights[side].sum(axis=0).min() + 1e-9)


@pytest.mark.parametrize(
    "wanted", [Promised(recall=0.9), Promised(recall=0.95, confidence=0.8), Promised(alarms=0.2)]
)
def test_half_of_the_rows_must_suffice(wanted: Promised) -> None:
    [needed] = wanted.rows_needed.values()
    fewest = 2 * needed
    assert held_out(wanted, np.ones(fewest, bool)) == needed
    with pytest.raises(
        bw.errors.InvalidValueError, match=f"needs at least {needed} .* as many to train on"
    ) as few:
        held_out(wanted, np.ones(fewest - 1, bool))
    rate = float(re.findall(r"promise at \w+ ([\d.]+),", few.value.mend)[0])
    held_out(
        Promised(**dict.fromkeys(wanted.rates, rate), confidence=wanted.confidence), np.ones(fewest - 1, bool)
    )


def test_groups_count_once() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="groups with them.*got 20 of them"):
        held_out(Promised(recall=0.9), np.ones(300, bool), np.arange(300) // 15)


@pytest.mark.parametrize("groups", [None, np.arange(2_000) // 4])
@pytest.mark.parametrize("wanted", [Promised(recall=0.9), Promised(alarms=0.1), Promised(recall=0.97)])
def test_a_fit_holds_out_as_many_rows_as_costs_are_computed_for(
    wanted: Promised, groups: np.ndarray | None
) -> None:
    from sklearn.naive_bayes import GaussianNB

    y = RNG.random(2_000) < 0.2
    X = RNG.normal(size=(2_000, 2)) + y[:, None]
    clf = bw.WeightedClassifier(GaussianNB(), threshold=wanted).fit(X, y, groups=groups)
    assert clf.promise_.rates[0].n == pytest.approx(held_out(wanted, y, groups), abs=1)


def test_a_third_is_held_out_or_what_the_promise_needs() -> None:
    units = {"recall": 130, "alarms": 1_000}
    assert held_out_share(Promised(recall=0.9), units) == 1 / 3
    assert held_out_share(Promised(recall=0.95, alarms=0.1), units) == pytest.approx(59 / 130)
