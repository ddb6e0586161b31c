"""Class offsets: scikit-learn's metrics, random offsets that are no better, and new rows."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.special import log_softmax, softmax
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score, matthews_corrcoef

from boostweights.errors import InvalidValueError
from boostweights.probabilities.offsets import EXACT, Decisions, best_offsets, shrunk_offsets
from boostweights.probabilities.rule import DecisionRule

METRICS: dict[str, Callable[..., float]] = {
    "accuracy": accuracy_score,
    "balanced_accuracy": balanced_accuracy_score,
    "f1_macro": lambda true, decided, **weights: f1_score(true, decided, average="macro", **weights),
    "f1_weighted": lambda true, decided, **weights: f1_score(true, decided, average="weighted", **weights),
    "matthews_corrcoef": matthews_corrcoef,
}


class Problem:
    """Rows of normal classes with unequal shares, and distorted log probabilities of them."""

    def __init__(self, seed: int) -> None:
        self.rng = np.random.default_rng(seed)
        self.k = int(self.rng.integers(3, 7))
        self.shares = softmax(self.rng.normal(0, 1.2, self.k))
        self.means = self.rng.normal(0, 1.0, (self.k, self.k))
        self.slope, self.bias = self.rng.uniform(0.6, 1.2), self.rng.normal(0, 0.4, self.k)

    def rows(self, n: int, metric: Any, *, weighted: bool = False) -> Decisions:
        codes = self.rng.choice(self.k, n, p=self.shares)
        codes[: 5 * self.k] = np.repeat(np.arange(self.k), 5)
        values = self.means[codes] + self.rng.normal(size=(n, self.k))
        scores = -((values[:, None, :] - self.means[None]) ** 2).sum(axis=2) / 2 + np.log(self.shares)
        return Decisions(
            log_proba=log_softmax(self.slope * scores + self.bias, axis=1),
            codes=codes,
            weight=self.rng.uniform(0.5, 2.0, n) if weighted else np.ones(n),
            metric=metric,
            rows=np.arange(n),
        )


def score(decisions: Decisions, offsets: Any) -> float:
    decided = np.argmax(decisions.log_proba + offsets, axis=1)
    metric = METRICS[str(decisions.metric)]
    return float(metric(decisions.codes, decided, sample_weight=decisions.weight))


@pytest.mark.parametrize("metric", EXACT)
@pytest.mark.parametrize("weighted", [False, True])
def test_between_cut_points_are_sklearns_scores(metric: str, weighted: bool) -> None:
    """Also with classes that no row is decided for, and probabilities of 0 and 1."""
    decisions = Problem(3).rows(200, metric, weighted=weighted)
    decisions.log_proba[0] = np.where(np.arange(decisions.log_proba.shape[1]) == 1, 0.0, -np.inf)
    decisions.log_proba[1:20, 0] = -np.inf
    for start in np.random.default_rng(0).normal(0, 1, (5, decisions.log_proba.shape[1])):
        assert decisions.worth(decisions.decided(start)) == pytest.approx(score(decisions, start), abs=1e-12)
        for at in range(len(start)):
            tried, worths = decisions.along(start, at)
            assert len(tried) > 150
            for number in (0, 1, 50, len(tried) - 2, len(tried) - 1):
                moved = np.where(np.arange(len(start)) == at, tried[number], start)
                assert worths[number] == pytest.approx(score(decisions, moved), abs=1e-12)


@pytest.mark.parametrize("metric", ["f1_macro", "balanced_accuracy", "matthews_corrcoef"])
def test_random_offsets_are_no_better_on_the_rows_of_the_search(metric: str) -> None:
    for seed in (*range(7), 34):  # from zeros alone, the search of 34 for the MCC ends far below
        problem = Problem(seed)
        decisions = problem.rows(int(problem.rng.integers(100, 500)), metric)
        found = best_offsets(decisions)
        assert found.mean() == pytest.approx(0, abs=1e-12)
        drawn = problem.rng.normal(size=(500, problem.k))
        assert score(decisions, found) >= max(score_of(decisions, offsets) for offsets in drawn)


def score_of(decisions: Decisions, offsets: Any) -> float:
    return decisions.worth(decisions.decided(offsets))


def test_shrunk_offsets_are_better_on_new_rows_than_none_and_than_the_best() -> None:
    gains = []
    for seed in range(30):
        problem = Problem(seed)
        decisions, new = problem.rows(150, "f1_macro"), problem.rows(20_000, "f1_macro")
        shrunk = shrunk_offsets(decisions, np.arange(150) % 5)
        of_none, *others = (score_of(new, offsets) for offsets in (0, shrunk, best_offsets(decisions)))
        gains.append([other - of_none for other in others])
    of_shrunk, of_best = np.mean(gains, axis=0)
    assert of_shrunk > 0.005
    assert of_shrunk > of_best + 0.005


def test_no_offsets_where_none_are_better_on_folds_left_out() -> None:
    rng = np.random.default_rng(0)
    codes = np.arange(90) % 3
    noise = Decisions(
        log_proba=log_softmax(rng.normal(size=(90, 3)) * 1e-3 + 5 * np.eye(3)[codes], axis=1),
        codes=codes,
        weight=np.ones(90),
        metric="accuracy",
        rows=np.arange(90),
    )
    assert shrunk_offsets(noise, codes * 0 + np.arange(90) // 30).tolist() == [0, 0, 0]


def test_a_scorer_is_asked_at_quantiles_and_comes_near() -> None:
    exact = Problem(1).rows(400, "accuracy")
    calls: list[np.ndarray[Any, Any]] = []

    def scorer(decided: Any, rows: Any) -> float:
        calls.append(rows)
        return float(np.mean(exact.codes[rows] == decided))

    asked = Problem(1).rows(400, scorer)
    part = np.arange(400) % 4 > 0
    found, best = (best_offsets(decisions.part(part)) for decisions in (asked, exact))
    own = exact.part(part)
    assert score_of(own, found) == pytest.approx(score_of(own, best), abs=0.015)
    assert {tuple(rows) for rows in calls} == {tuple(np.flatnonzero(part))}
    with pytest.raises(InvalidValueError, match="must give numbers"):
        best_offsets(Problem(1).rows(50, lambda decided, rows: float("nan")))


def test_a_rule_of_offsets_is_the_highest_shifted_log_probability() -> None:
    decisions = Problem(2).rows(500, "accuracy")
    offsets = np.random.default_rng(0).normal(size=decisions.log_proba.shape[1]) * 3
    rule = DecisionRule.of_offsets(list(range(len(offsets))), offsets)
    expected = np.argmax(decisions.log_proba + offsets, axis=1)
    np.testing.assert_array_equal(rule.decide(np.exp(decisions.log_proba)), expected)
