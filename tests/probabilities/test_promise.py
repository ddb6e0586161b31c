"""Promises are kept as often as they say: by enumeration, by scipy's binomial, by simulation."""

import itertools
import math
import pickle
import warnings
from typing import Any

import numpy as np
import pytest
from scipy import stats

import boostweights as bw
from boostweights.probabilities import Promise
from boostweights.probabilities.promises import rank_of, rows_needed, share_at

SHARES = np.array([0.15, 0.25, 0.2, 0.4])  # of the scores 0, 1, 2, 3
ONE = np.ones(8, int)


def made(scores: Any, y: Any = None, **asked: Any) -> Promise:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        return bw.promise(scores, y, **asked)


def true_rate(promise: Promise, metric: str) -> float:
    flagged = promise.decide(np.arange(len(SHARES)))
    return float(SHARES[flagged].sum())


@pytest.mark.parametrize(
    ("asked", "rate", "confidence"),
    [("at_least", 0.5, 0.75), ("at_least", 0.7, 0.6), ("at_least", 0.85, 0.5), ("at_most", 0.5, 0.8)],
)
def test_violations_are_those_of_the_binomial_by_enumeration_of_tied_scores(
    asked: str, rate: float, confidence: float
) -> None:
    n, metric = 5, "recall" if asked == "at_least" else "alarms"
    broken = 0.0
    for drawn in itertools.product(range(4), repeat=n):
        promise = made(drawn, np.ones(n, int), **{asked: {metric: rate}}, confidence=confidence)
        found = true_rate(promise, metric)
        wrong = found < rate - 1e-12 if metric == "recall" else found > rate + 1e-12
        broken += math.prod(SHARES[list(drawn)]) if wrong else 0.0
    missable = 1 - rate if metric == "recall" else rate
    k = max(
        k for k in range(n + 1) if k == 0 or stats.binom.cdf(k - 1, n, missable) <= 1 - confidence + 1e-12
    )
    cumulated = np.cumsum(SHARES if metric == "recall" else SHARES[::-1])
    beyond = min(share for share in cumulated if share > missable + 1e-12)  # at the last value that keeps it
    assert broken == pytest.approx(stats.binom.cdf(k - 1, n, beyond), abs=1e-12)
    assert broken <= 1 - confidence


@pytest.mark.parametrize("rate", [0.5, 0.7, 0.9, 0.95, 0.99])
@pytest.mark.parametrize("confidence", [0.5, 0.8, 0.9, 0.95])
def test_ranks_are_those_of_scipys_binomial(rate: float, confidence: float) -> None:
    level = round(1 - confidence, 12)
    needed = rows_needed(1 - rate, level)
    assert rate**needed <= level + 1e-12
    assert rate ** (needed - 1) > level + 1e-12 or needed == 1
    for n in (1, needed - 1, needed, 57, 1000):
        k = rank_of(n, 1 - rate, level)
        assert k == 0 or stats.binom.cdf(k - 1, n, 1 - rate) <= level + 1e-12
        assert k == n or stats.binom.cdf(k, n, 1 - rate) > level - 1e-12
        if k:
            exact = stats.binomtest(k - 1, n).proportion_ci(1 - 2 * level, "exact").high
            assert share_at(k, n, level) == pytest.approx(exact, abs=1e-9)


def test_order_statistics_decide() -> None:
    scores = np.random.default_rng(0).permutation(np.arange(1000.0))
    recall = bw.promise(scores, scores >= 0, at_least={"recall": 0.9})
    assert (recall.threshold, recall.strict, recall.rates[0].rank) == (87.0, False, 88)
    assert recall.rates[0].expected == pytest.approx(1 - 88 / 1001)
    alarms = bw.promise(scores, at_most={"alarms": 0.1})
    assert (alarms.threshold, alarms.strict) == (1000.0 - 88, True)
    assert alarms.decide(scores).sum() == 87
    assert pickle.loads(pickle.dumps(alarms)) == alarms
    assert eval(repr(alarms), {"Promise": Promise, "Rate": type(alarms.rates[0])}) == alarms


def test_several_promises_share_the_confidence_and_one_threshold_keeps_them() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [9000, 1000])
    scores = rng.normal(3 * y)
    both = bw.promise(scores, y, at_least={"recall": 0.9}, at_most={"alarms": 0.3})
    recall = bw.promise(scores, y, at_least={"recall": 0.9}, confidence=0.95)
    assert both.threshold == recall.threshold
    assert [each.confidence for each in both.rates] == pytest.approx([0.95, 0.95])
    with pytest.raises(bw.errors.InvalidValueError, match="kept by one threshold") as conflict:
        bw.promise(scores, y, at_least={"recall": 0.9}, at_most={"alarms": 0.05})
    assert "recall 0.5 with alarms 0.0" in conflict.value.mend
    together = float(conflict.value.mend.split("recall 0.9 with alarms ")[1].split(";")[0])
    bw.promise(scores, y, at_least={"recall": 0.9}, at_most={"alarms": together})
    with pytest.raises(bw.errors.InvalidValueError):
        bw.promise(scores, y, at_least={"recall": 0.9}, at_most={"alarms": together - 2e-4})


def test_it_holds_in_each_group() -> None:
    rng = np.random.default_rng(0)
    y, by = np.repeat([0, 1], [4000, 1000]), rng.choice(["a", "b"], 5000)
    scores = rng.normal(2 * y + 0.5 * (by == "a"))
    promise = bw.promise(scores, y, at_least={"recall": 0.9}, by=by)
    alone = [bw.promise(scores[by == g], y[by == g], at_least={"recall": 0.9}, confidence=0.95) for g in "ab"]
    assert [each.threshold for each in promise.rates] == [each.threshold for each in alone]
    assert promise.threshold == min(each.threshold for each in alone)
    assert promise.check(scores, y, by=by).columns()["group"] == ["a", "b"]
    with pytest.raises(bw.errors.InvalidTypeError, match="about groups"):
        promise.check(scores, y)
    assert promise.check(scores, y, by=np.full(5000, "a")).columns()["n"] == [1000, 0]
    few = np.where(np.arange(5000) >= 4990, "few", by)
    with pytest.raises(bw.errors.InvalidValueError, match="29 positives|32 positives|positives in 'few'"):
        bw.promise(scores, y, at_least={"recall": 0.9}, by=few)


def test_clusters_give_one_row_each() -> None:
    rng = np.random.default_rng(0)
    customer = np.repeat(np.arange(60), 5)
    scores = rng.normal(size=60)[customer] + 0.01 * rng.normal(size=300)
    y = np.ones(300, int)
    asked: dict[str, Any] = {"at_least": {"recall": 0.8}, "clusters": customer}
    promise = made(scores, y, **asked)
    assert (promise.rates[0].n, promise.clustered) == (60, True)
    assert "drawn from a new cluster" in str(promise)
    assert made(scores, y, **asked) == promise != made(scores, y, **asked, random_state=1)
    assert promise.check(scores, y, clusters=customer).columns()["n"] == [60]
    with pytest.raises(bw.errors.InvalidTypeError, match="rows of clusters"):
        promise.check(scores, y)
    within = np.concatenate([promise.rates[0].threshold - scores[customer == each] for each in range(60)])
    assert np.isclose(within, 0).any()


@pytest.mark.full
def test_clusters_keep_what_rows_break() -> None:
    """Twelve clusters' worth of equal rows: counted as rows a promise is broken far too often."""
    broken = {"rows": 0, "clusters": 0}
    rng = np.random.default_rng(0)
    for _ in range(1000):
        customer = np.repeat(np.arange(30), 5)
        scores = rng.random(30)[customer]
        for name, clusters in (("rows", None), ("clusters", customer)):
            found = made(scores, np.ones(150, int), at_least={"recall": 0.9}, clusters=clusters)
            broken[name] += found.threshold > 0.1
    assert broken["clusters"] / 1000 <= 0.1 + 3 * math.sqrt(0.09 / 1000)
    assert broken["rows"] / 1000 > 0.15


@pytest.mark.parametrize("metric", ["recall", "alarms"])
def test_a_check_is_scipys_binomial_test(metric: str) -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], [900, 100])
    word, rate = ("at_least", 0.9) if metric == "recall" else ("at_most", 0.05)
    promise = bw.promise(rng.normal(2 * y), y, **{word: {metric: rate}})
    for shift in (-2, -0.3, 0, 0.3, 2):
        scores = rng.normal(2 * y + shift)
        [seen] = promise.check(scores, y).rates
        counted = promise.decide(scores[y == 1] if metric == "recall" else scores)
        side = "less" if metric == "recall" else "greater"
        expected = stats.binomtest(int(counted.sum()), len(counted), rate, alternative=side).pvalue
        assert seen.p_value == pytest.approx(expected, rel=1e-9)
        assert seen.kept == (expected > 0.05)
    assert promise.check(rng.normal(2 * y) + (-3 if metric == "recall" else 3), y).kept is False
    assert "was promised and is" in str(seen)


def test_words_for_labels() -> None:
    y = np.repeat(["good", "bad"], [500, 100])
    scores = np.arange(600.0)
    promise = bw.promise(scores, y, at_least={"recall": 0.9}, pos_label="bad")
    assert promise.threshold >= 500
    assert promise.check(scores, y).kept
    with pytest.raises(bw.errors.InvalidValueError, match="positive label must be given"):
        bw.promise(scores, y, at_least={"recall": 0.9})


def test_all_rows_tied() -> None:
    y = np.repeat([0, 1], [300, 100])
    with pytest.warns(UserWarning, match="flagging all rows, for scores are tied"):
        promise = bw.promise(np.full(400, 0.5), y, at_least={"recall": 0.9})
    assert promise.decide([0.5]).all()
    with pytest.warns(UserWarning, match="none of the rows"):
        promise = bw.promise(np.full(400, 0.5), at_most={"alarms": 0.1})
    assert not promise.decide([0.5]).any()


Y50 = np.repeat([0, 1], [50, 50])
S100 = np.arange(100.0)
RECALL: dict[str, Any] = {"at_least": {"recall": 0.9}}


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: bw.promise(S100, Y50), "neither"),
        (lambda: bw.promise(S100, Y50, at_least={"precision": 0.9}), 'can promise "recall"'),
        (lambda: bw.promise(S100, Y50, at_least=0.9), "must map a metric to a rate"),
        (lambda: bw.promise(S100, Y50, **RECALL, confidence=0.0), "confidence must lie between"),
        (lambda: bw.promise(S100, Y50, **RECALL, sample_weight=np.ones(100)), "weighted rows"),
        (lambda: bw.promise(S100, **RECALL), "y=None"),
        (lambda: bw.promise(np.where(S100 == 7, np.nan, S100), Y50, **RECALL), "nan in row 7"),
        (lambda: bw.promise(np.ones((100, 2)), Y50, **RECALL), "one number a row"),
        (lambda: bw.promise(S100, Y50[1:], **RECALL), "99 rows of y"),
        (lambda: bw.promise(S100, Y50, **RECALL, clusters=[None] * 100), "in clusters"),
        (lambda: bw.promise(S100, np.arange(100) % 3, **RECALL), "only between two classes"),
        (lambda: bw.promise(S100, Y50, **RECALL).check(S100, Y50, level=2), "level must lie between"),
        (lambda: bw.promise([], at_most={"alarms": 0.1}), "needs at least 22 rows"),
    ],
)
def test_bad_input_is_refused(call: Any, said: str) -> None:
    with pytest.raises(bw.BoostweightsError, match=said):
        call()


def test_too_few_positives_say_what_could_be_promised() -> None:
    y = np.repeat([0, 1], [100, 15])
    with pytest.raises(
        bw.errors.InvalidValueError, match="needs at least 22 positives; got 15 of them"
    ) as few:
        bw.promise(np.arange(115.0), y, **RECALL)
    assert few.value.mend == ("Gather 7 more, or promise at least 0.857, or this with a confidence of 0.794.")
    bw.promise(np.arange(115.0), y, at_least={"recall": 0.857})
    bw.promise(np.arange(115.0), y, **RECALL, confidence=0.794)
    with pytest.raises(bw.errors.InvalidValueError):
        bw.promise(np.arange(115.0), y, at_least={"recall": 0.858})
