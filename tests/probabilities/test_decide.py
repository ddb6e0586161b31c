"""Decisions of least expected cost, against enumeration, thresholds and scikit-learn's own deciders."""

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from libraries import hard_data, make_estimator
from sklearn.metrics import make_scorer
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

import boostweights as bw
from boostweights.probabilities import cost_loss
from boostweights.probabilities.rule import DecisionRule

repeatable = settings(derandomize=True, deadline=None, max_examples=80)
cost = st.integers(0, 40).map(float)
dearer = st.integers(1, 40).map(float)


def enumerated(proba: Any, cost_of: Any, labels: list[Any], order: list[int]) -> list[Any]:
    """Every prediction's expected cost added up in words; the first in `order` of the cheapest."""
    chosen = []
    for row, p in enumerate(np.asarray(proba).tolist()):
        expected = {j: sum(p[i] * cost_of(row, i, j) for i in range(len(labels))) for j in range(len(labels))}
        chosen.append(labels[min(order, key=lambda j: expected[j])])
    return chosen


def distributions(rows: int, k: int, seed: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(seed).dirichlet(np.full(k, 0.7), size=rows)


@st.composite
def matrices(draw: st.DrawFn) -> list[list[float]]:
    k = draw(st.integers(2, 5))
    right = draw(st.lists(cost, min_size=k, max_size=k))
    return [[right[i] + (0.0 if i == j else draw(dearer)) for j in range(k)] for i in range(k)]


@repeatable
@given(matrices(), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_labels_decide_not_the_order_of_the_matrix(matrix: Any, seed: int, random: Any) -> None:
    k = len(matrix)
    proba = distributions(20, k, seed)
    labels = [f"class {i}" for i in range(k)]
    order = random.sample(range(k), k)
    turned = [[matrix[i][j] for j in order] for i in order]
    costs = bw.Costs(matrix=turned, classes=[labels[i] for i in order])
    expected = bw.decide(proba, matrix, classes=labels).tolist()
    assert bw.decide(proba, costs, classes=np.array(labels)).tolist() == expected
    assert bw.decide(proba, bw.Costs(matrix=matrix, classes=labels)).tolist() == expected
    shuffled = random.sample(range(k), k)
    names = [labels[i] for i in shuffled]
    for frame in (
        pd.DataFrame(proba[:, shuffled], columns=names),
        pl.DataFrame(proba[:, shuffled], schema=names, orient="row"),
    ):
        assert bw.decide(frame, costs).tolist() == expected
        assert bw.decide(frame, matrix, classes=labels).tolist() == expected
    assert bw.decide(proba[:, shuffled], costs, classes=names).tolist() == expected


@repeatable
@given(matrices(), st.integers(0, 2**32 - 1), st.randoms(use_true_random=False))
def test_an_array_of_costs_is_in_the_order_of_the_columns(matrix: Any, seed: int, random: Any) -> None:
    k = len(matrix)
    proba = distributions(20, k, seed)
    labels = random.sample([f"class {i}" for i in range(k)], k)
    expected = enumerated(proba, lambda row, i, j: matrix[i][j], labels, list(range(k)))
    assert bw.decide(proba, matrix, classes=labels).tolist() == expected
    assert bw.decide(proba, row_costs=[matrix] * 20, classes=labels).tolist() == expected
    in_order = enumerated(proba, lambda row, i, j: matrix[i][j], list(range(k)), list(range(k)))
    for costs in (matrix, np.array(matrix), bw.Costs(matrix=matrix)):
        assert bw.decide(proba, costs).tolist() == in_order
    assert bw.decide(pd.DataFrame(proba, columns=labels), matrix).tolist() == expected


@repeatable
@given(dearer, dearer, st.integers(0, 2**32 - 1))
def test_two_classes_are_a_threshold(fn: float, fp: float, seed: int) -> None:
    p = distributions(50, 2, seed)[:, 1]
    costs = bw.Costs(fn=fn, fp=fp)
    assert costs.threshold() == pytest.approx(fp / (fn + fp), rel=1e-15)
    assume(np.abs(p - costs.threshold()).min() > 1e-12)
    expected = (p >= costs.threshold()).astype(int).tolist()
    two = np.column_stack([1 - p, p])
    for proba in (p, pd.Series(p), two, two.tolist()):
        assert bw.decide(proba, costs).tolist() == expected
    named = bw.Costs(fn=fn, fp=fp, pos_label="bad")
    told = ["bad" if above else "good" for above in expected]
    assert bw.decide(two[:, ::-1], named, classes=["bad", "good"]).tolist() == told
    assert (
        bw.decide(two[:, ::-1], bw.Costs(fn=fn, fp=fp), classes=["bad", "good"], pos_label="bad").tolist()
        == told
    )


@repeatable
@given(matrices().filter(lambda matrix: len(matrix) == 2), st.integers(0, 2**32 - 1))
def test_a_matrix_of_two_classes_is_a_threshold(matrix: list[list[float]], seed: int) -> None:
    p = distributions(50, 2, seed)[:, 1]
    (tn, fp), (fn, tp) = matrix
    threshold = bw.Costs(matrix=matrix).threshold()
    assert threshold == pytest.approx((fp - tn) / (fp - tn + fn - tp), rel=1e-14)
    assert bw.Costs(matrix=matrix, classes=[0, 1]).threshold() == threshold
    turned = bw.Costs(matrix=[[tp, fn], [fp, tn]], classes=["yes", "no"])
    assert turned.threshold(pos_label="yes") == threshold
    assert turned.threshold(pos_label="no") == pytest.approx(1 - threshold, rel=1e-13)
    assume(np.abs(p - threshold).min() > 1e-12)
    assert bw.decide(p, matrix).tolist() == (p >= threshold).astype(int).tolist()


@pytest.mark.parametrize(("fn", "fp", "threshold"), [(9, 1, 0.1), (3, 1, 0.25), (1, 1, 0.5), (1, 3, 0.75)])
def test_at_the_threshold_the_positive_class(fn: float, fp: float, threshold: float) -> None:
    """As FixedThresholdClassifier decides; the favoured class is the positive one wherever it stands."""
    costs = bw.Costs(fn=fn, fp=fp)
    assert costs.threshold() == threshold
    assert bw.decide([threshold], costs).tolist() == [1]
    tie = [[0.5, 0.5]]
    equal = bw.Costs(fn=1, fp=1)
    for positive in ("bad", "good"):
        assert bw.decide(tie, equal, classes=["bad", "good"], pos_label=positive).tolist() == [positive]
        chosen = bw.decide(tie, row_costs=[[2, 2]], classes=["bad", "good"], pos_label=positive)
        assert chosen.tolist() == [positive]
    assert bw.decide(tie, [[0, 1], [1, 0]], classes=["bad", "good"]).tolist() == ["good"]
    assert bw.decide(tie, [[0, 1], [1, 0]], classes=[1, 0]).tolist() == [1]
    assert bw.decide([[0.4, 0.4, 0.2]], 1 - np.eye(3)).tolist() == [0]


ROW = st.lists(st.tuples(cost, dearer, dearer, cost), min_size=1, max_size=12)


@repeatable
@given(ROW, st.integers(0, 2**32 - 1), st.booleans())
def test_costs_of_each_row(rows: list[Any], seed: int, first: bool) -> None:
    """(tn, fp, fn, tp) of each row, by enumeration, with the positive label first or last."""
    four = np.array([[tn, tn + fp, tp + fn, tp] for tn, fp, fn, tp in rows])
    proba = distributions(len(rows), 2, seed)
    positive, labels = (0, ["a", "b"]) if first else (1, ["a", "b"])

    def cost_of(row: int, truth: int, predicted: int) -> float:
        return float(four[row][2 * (truth == positive) + (predicted == positive)])

    order = [positive, 1 - positive]
    told = bw.decide(proba, row_costs=four, classes=labels, pos_label=labels[positive])
    assert told.tolist() == enumerated(proba, cost_of, labels, order)
    as_matrices = [[[cost_of(row, i, j) for j in (0, 1)] for i in (0, 1)] for row in range(len(rows))]
    assert bw.decide(proba, row_costs=as_matrices, classes=labels, pos_label=labels[positive]).tolist() == (
        told.tolist()
    )
    two = four[:, [2, 1]]
    four_of_two = np.column_stack([np.zeros(len(two)), two[:, 1], two[:, 0], np.zeros(len(two))])
    again = bw.decide(proba, row_costs=four_of_two, classes=labels, pos_label=labels[positive]).tolist()
    for costs in (two, two.tolist(), pl.DataFrame(two, schema=["fn", "fp"], orient="row")):
        told = bw.decide(proba, row_costs=costs, classes=labels, pos_label=labels[positive])
        assert told.tolist() == again


@repeatable
@given(st.integers(3, 4), st.integers(0, 2**32 - 1))
def test_a_matrix_a_row(k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    proba, costs = distributions(9, k, seed), rng.integers(0, 30, (9, k, k)).astype(float)
    expected = enumerated(proba, lambda row, i, j: costs[row, i, j], list(range(k)), list(range(k)))
    assert bw.decide(proba, row_costs=costs).tolist() == expected


@pytest.mark.parametrize(
    ("classes", "dtype"),
    [([False, True], np.bool_), ([-1, 1], np.int64), (np.array(["a", "b"], object), object)],
)
def test_labels_keep_their_type(classes: Any, dtype: Any) -> None:
    decided = bw.decide([[0.2, 0.8]], [[0, 1], [1, 0]], classes=classes)
    assert decided.dtype == dtype
    assert decided.tolist() == [list(classes)[1]]


def test_no_rows() -> None:
    assert bw.decide(np.empty((0, 2)), bw.Costs(fn=1, fp=1)).shape == (0,)


class TestScikitLearn:
    """The same decisions by the deciders of scikit-learn, around WeightedClassifier."""

    costs = bw.Costs(fn=12, fp=1)
    X, y = hard_data()

    @pytest.mark.parametrize("corrected", [False, True])
    def test_fixed_threshold(self, corrected: bool) -> None:
        clf = bw.WeightedClassifier(
            make_estimator("lightgbm"),
            weighting="balanced" if corrected else "unweighted",
            correct_proba=corrected,
        )
        fixed = FixedThresholdClassifier(
            clf, threshold=self.costs.threshold(), response_method="predict_proba"
        )
        fixed.fit(self.X, self.y)
        proba = fixed.estimator_.predict_proba(self.X)
        decided = bw.decide(proba, self.costs, classes=fixed.classes_)
        np.testing.assert_array_equal(fixed.predict(self.X), decided)
        assert 0 < decided.sum() < len(decided)
        assert (decided != fixed.estimator_.predict(self.X)).any()

    def test_tuned_threshold(self) -> None:
        """The tuner, given our cost as scorer, finds a threshold as cheap as the best of its grid."""
        clf = bw.WeightedClassifier(make_estimator("lightgbm"), weighting="balanced", correct_proba=True)
        clf.fit(self.X, self.y)
        grid = np.linspace(0.01, 0.99, 50)
        scorer = make_scorer(cost_loss, greater_is_better=False, costs=self.costs)
        tuned = TunedThresholdClassifierCV(clf, scoring=scorer, thresholds=grid, cv="prefit", refit=False)
        tuned.fit(self.X, self.y)
        p = clf.predict_proba(self.X)[:, 1]

        def total(threshold: float) -> float:
            predicted = p >= threshold
            return float((12 * (~predicted & (self.y == 1)) + (predicted & (self.y == 0))).mean())

        assert tuned.best_score_ == pytest.approx(-min(map(total, grid)), rel=1e-12)
        assert total(tuned.best_threshold_) == pytest.approx(-tuned.best_score_, rel=1e-12)


def test_a_thousand_problems_with_benefits_abstention_and_ties_are_enumerated() -> None:
    """Probabilities in sixteenths and whole costs, so that sums are exact and ties occur."""
    rng, ties, none, benefits = np.random.default_rng(0), 0, 0, 0
    for _ in range(1000):
        k = int(rng.integers(2, 9))
        proba = rng.multinomial(16, np.full(k, 1 / k), size=5) / 16
        errors = rng.integers(1, 5, (k, k))
        right = rng.integers(-6, 3, k)
        matrix = right[:, None] + errors * (1 - np.eye(k, dtype=int))
        abstain = None if rng.random() < 0.3 else float(rng.integers(-12, 12)) / 4
        labels = [f"class {place}" for place in range(k)]
        expected = []
        for row in proba.tolist():
            sums = [sum(row[i] * int(matrix[i, j]) for i in range(k)) for j in range(k)]
            first = max(range(k), key=lambda j: (-sums[j], j)) if k == 2 else int(np.argmin(sums))
            declines = abstain is not None and min(sums) > abstain
            expected.append("none" if declines else labels[first])
            ties += sums.count(min(sums)) > 1
            ties += min(sums) == abstain
            none += declines
        benefits += int(matrix.min()) < 0
        costs = bw.Costs(matrix=matrix.tolist(), classes=labels, abstain=abstain)
        assert bw.decide(proba, costs, abstain_label="none").tolist() == expected
        rule = DecisionRule(classes=tuple(labels), at=1 if k == 2 else None, costs=matrix, abstain=abstain)
        codes = [-1 if label == "none" else labels.index(label) for label in expected]
        assert rule.decide(proba).tolist() == codes
    assert min(ties, none, benefits) > 300


def test_abstention_needs_a_label_and_changes_neither_weights_nor_the_kind_of_labels() -> None:
    costs, plain = bw.Costs(fn=9, fp=1, abstain=0.4), bw.Costs(fn=9, fp=1)
    with pytest.raises(bw.errors.InvalidValueError, match="need a label for no decision"):
        bw.decide([0.5], costs)
    assert bw.decide([0.5, 0.01], costs, abstain_label=-1).tolist() == [-1, 0]
    assert bw.decide([0.5, 0.01], costs, abstain_label=-1).dtype == int
    assert bw.decide([0.5, 0.01], costs, abstain_label="ask").tolist() == ["ask", 0]
    assert costs.resolve([0, 1]).class_weight == plain.resolve([0, 1]).class_weight
    assert costs != plain
    assert repr(costs) == "Costs(fn=9.0, fp=1.0, abstain=0.4)"
    with pytest.raises(bw.errors.InvalidValueError, match="cost of abstaining must be finite"):
        bw.Costs(fn=9, fp=1, abstain=float("inf"))


def test_a_threshold_for_one_of_many_classes() -> None:
    proba = np.array([[0.5, 0.3, 0.2], [0.6, 0.25, 0.15], [0.05, 0.05, 0.9], [0.4, 0.4, 0.2]])
    for threshold, expected in ((0.2, [2, 0, 2, 2]), (0.21, [0, 0, 2, 0]), (float("inf"), [0, 0, 0, 0])):
        rule = DecisionRule(classes=("a", "b", "c"), at=2, threshold=threshold)
        assert rule.decide(proba).tolist() == expected
        assert rule.decide(proba.astype(np.float32))[1:3].tolist() == expected[1:3]
