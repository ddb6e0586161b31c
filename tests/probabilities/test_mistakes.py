"""Bad input to corrections, thresholds, decisions and costs: class and value of each error."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import boostweights as bw
from boostweights import Costs, correct_proba, decide
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.probabilities import correct_scores, cost_loss, estimate_prior, savings_score, score_shift
from boostweights.weighting.row_weights import checked_row_costs as row_costs

V, T = InvalidValueError, InvalidTypeError
NAN, INF = float("nan"), float("inf")
TWO = bw.Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
THREE = bw.Balanced().resolve(["a", "b", "b", "c"])
HALF = [[0.5, 0.5]]
COSTS = Costs(fn=9, fp=1)
WORDS = Costs(fn=9, fp=1, pos_label="bad")
NAMED = pd.DataFrame([[0, 1], [9, 0]], index=["good", "bad"], columns=["good", "bad"])

CASES: list[tuple[Callable[[], Any], type[bw.BoostweightsError], str]] = [
    (lambda: correct_proba(HALF, bw.Balanced()), T, "Balanced()"),
    (lambda: correct_scores(HALF, None), T, "None"),
    (
        lambda: correct_proba(HALF, bw.RowCosts().resolve([0, 1], row_costs=[[9, 1], [5, 1]])),
        T,
        "RowWeights(2 rows",
    ),
    (lambda: score_shift(bw.RowCosts()), T, "RowCosts()"),
    (lambda: correct_proba(HALF, TWO, "ova"), V, "'ova'"),
    (lambda: correct_scores(HALF, TWO, "logit"), V, "'logit'"),
    (lambda: correct_proba(HALF, THREE), V, "shape (1, 2)"),
    (lambda: correct_proba(np.empty((0, 3, 2)), TWO), V, "(0, 3, 2)"),
    (lambda: correct_scores(np.ones((1, 1, 2)), TWO), V, "(1, 1, 2)"),
    (lambda: correct_scores(HALF, THREE), V, "shape (1, 2)"),
    (lambda: correct_proba([[[0.5, 0.5]], [[0.6, 0.5]]], TWO), V, "[0.6, 0.5] in row 1"),
    (
        lambda: correct_proba([HALF * 2, [[0.5, 0.5], [1.1, 0.5]]], TWO, "ovr"),
        V,
        "[1.1, 0.5] in row 3",
    ),
    (lambda: correct_proba([[0.5, 1.1]], TWO, "ovr"), V, "1.1] in row 0"),
    (lambda: correct_proba([0.5, NAN], TWO), V, "nan in row 1"),
    (lambda: correct_scores([0.0, NAN], TWO), V, "nan in row 1"),
    (lambda: correct_proba([["0.5", "0.5"]], TWO), T, "'0.5'"),
    (lambda: score_shift(TWO, prior={0: 0.5, 1: 0.6}), V, "sums to 1.1"),
    (lambda: score_shift(TWO, prior={0: 0.5, 2: 0.5}), V, "2 (int)"),
    (lambda: score_shift(TWO, prior={0: 0, 1: 1}), V, "0 for label 0"),
    (lambda: score_shift(TWO, prior=[0.5, 0.5]), T, "[0.5, 0.5]"),
    (lambda: correct_scores([0.5], TWO, prior="estimate"), T, "'estimate'"),
    (lambda: correct_proba(HALF, TWO, prior="guess"), V, "'guess'"),
    (lambda: correct_proba(HALF, TWO, "ovr", prior="estimate"), V, 'kind="ovr"'),
    (lambda: estimate_prior(np.empty((0, 2)), TWO), V, "0 rows"),
    (lambda: Costs(matrix=1 - np.eye(3)).threshold(), V, "a cost matrix of 3"),
    (lambda: Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"]).threshold(), V, "['bad', 'good']"),
    (lambda: Costs(matrix=[[0, 1], [9, 0]]).threshold(pos_label=0), V, "pos_label=0"),
    (lambda: decide(HALF, Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"])), V, "['good', 'bad']"),
    (lambda: Costs(matrix=NAMED), V, "['good', 'bad'] and classes=None"),
    (lambda: Costs(matrix=NAMED, classes=["bad", "good"]), V, "['good', 'bad'] and classes=('bad', 'good')"),
    (lambda: decide(HALF, NAMED), V, "['good', 'bad']"),
    (lambda: WORDS.threshold(pos_label="good"), V, "'good'"),
    (lambda: WORDS.cost_matrix(["x", "y"]), V, "'bad'"),
    (lambda: Costs(matrix=1 - np.eye(3)).cost_matrix([0, 1]), V, "3 rows"),
    (lambda: decide(HALF), T, "neither"),
    (lambda: decide(HALF, COSTS, row_costs=[[1, 1]]), T, "both"),
    (lambda: decide(HALF, bw.Balanced()), T, "Balanced()"),
    (lambda: decide(HALF, 1 - np.eye(3)), V, "3 rows"),
    (lambda: decide(HALF, [[0, -1], [1, 0]]), V, "-1.0 beside it"),
    (lambda: decide(HALF, [[0, NAN], [1, 0]]), T, "nan"),
    (lambda: decide(HALF, [[9, 1]]), V, "[[9, 1]]"),
    (lambda: decide([[1, 0, 0]], COSTS), V, "[0, 1, 2]"),
    (lambda: decide(HALF, WORDS), V, "pos_label='bad'"),
    (lambda: decide(HALF, COSTS, classes=["bad", "good"]), V, "['bad', 'good']"),
    (lambda: decide(HALF, row_costs=[[9, 1]], classes=["bad", "good"]), V, "['bad', 'good']"),
    (lambda: decide(HALF, COSTS, classes=["bad", "good"], pos_label="Bad"), V, "'Bad'"),
    (lambda: decide(HALF, WORDS, classes=["bad", "good"], pos_label="good"), V, "'good'"),
    (lambda: decide([0.5], WORDS, classes=["bad", "good"]), V, "pos_label='bad'"),
    (lambda: decide([0.5], row_costs=[[9, 1]], classes=["bad", "good"], pos_label="bad"), V, "pos_label="),
    (lambda: decide(HALF, COSTS, classes=[0]), V, "shape (1, 2)"),
    (lambda: decide(HALF, COSTS, classes=[0, 0]), V, "[0, 0]"),
    (lambda: decide(HALF, COSTS, classes={"bad", "good"}, pos_label="bad"), T, "'bad'"),
    (lambda: Costs(matrix=[[0, 1], [9, 0]], classes=frozenset({0, 1})), T, "frozenset({0, 1})"),
    (lambda: decide(HALF * 2, row_costs=[[1, 2], [1]]), T, "[1]]"),
    (lambda: decide(pd.DataFrame(HALF, columns=["a", "b"]), COSTS, classes=[0, 1]), V, "'a' among"),
    (lambda: decide([[-2.0, 3.0]], COSTS), V, "[-2.0, 3.0] in row 0"),
    (lambda: decide([[[0.5, 0.5]]], COSTS), V, "shape (1, 1, 2)"),
    (lambda: decide([[1.0]], COSTS), V, "shape (1, 1)"),
    (lambda: decide(HALF, row_costs=[[[0, 1], [INF, 0]]]), V, "in row 0"),
    (lambda: row_costs([[1, 1]], 2), V, "shape (1, 2)"),
    (lambda: row_costs([[1, 1, 1]], 1), V, "shape (1, 3)"),
    (lambda: row_costs([[1, 1], [NAN, 1]], 2), V, "[nan, 1.0] in row 1"),
    (lambda: row_costs([[1, -1]], 1), V, "[1.0, -1.0] in row 0"),
    (lambda: row_costs(pl.DataFrame({"fn": [None, 1.0], "fp": [1.0, 1.0]}), 2), V, "row 0"),
    (lambda: row_costs([["1", "1"]], 1), T, "'1'"),
    (lambda: row_costs(None, 1), V, "shape ()"),
    (lambda: row_costs([[0, 1, 9, 0], [5, 1, 2, 9]], 2), V, "in row 1"),
    (lambda: row_costs(pd.DataFrame({"fp": [1], "fn": [9]}), 1), V, "['fp', 'fn']"),
    (lambda: row_costs(pl.DataFrame({"TP": [0], "FP": [1], "FN": [9], "TN": [0]}), 1), V, "'tp'"),
    (lambda: cost_loss([0, 1], [0, 1]), T, "neither"),
    (lambda: cost_loss([0, 1], [0], COSTS), V, "2 rows of y_true and 1 rows of y_pred"),
    (lambda: cost_loss(["a", "b"], ["a", "b"], COSTS), V, "['a', 'b']"),
    (lambda: cost_loss(["a", "bad"], ["a", "b"], COSTS, pos_label="bad"), V, "['a', 'b', 'bad']"),
    (lambda: cost_loss(["a", "b"], ["a", "b"], COSTS, pos_label="B"), V, "'B'"),
    (lambda: cost_loss(["bad", "good"], ["good", "bad"], WORDS, pos_label="good"), V, "'good'"),
    (lambda: cost_loss([0, 1], [0, 2], Costs(matrix=[[0, 1], [9, 0]], classes=[0, 1])), V, "2"),
    (lambda: cost_loss([0, 1], [0, 1], COSTS, sample_weight=[0, 0]), V, "sum to 0"),
    (lambda: savings_score([0, 0], [0, 1], [[9, 1], [9, 1]]), V, "a cost of 0"),
]


@pytest.mark.parametrize(("make", "error", "value"), CASES)
def test_error(make: Callable[[], Any], error: type[bw.BoostweightsError], value: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert type(caught.value) is error
    assert value in caught.value.value
    assert caught.value.mend


def test_costs_in_a_frame() -> None:
    """Named by the classes in their order, or not at all."""
    expected = Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"])
    assert Costs(matrix=NAMED, classes=["good", "bad"]) == expected
    assert Costs(matrix=pd.DataFrame([[0, 1], [9, 0]]), classes=["good", "bad"]) == expected
    numbered = pd.DataFrame([[0, 1], [9, 0]])
    assert Costs(matrix=numbered) == Costs(matrix=[[0, 1], [9, 0]])
    assert Costs(matrix=numbered, classes=[0, 1]) == Costs(matrix=[[0, 1], [9, 0]], classes=[0, 1])
    for make in (pl.DataFrame, pa.table):
        unindexed = make({"good": [0, 9], "bad": [1, 0]})
        assert Costs(matrix=unindexed, classes=["good", "bad"]) == expected
    assert Costs(matrix=NAMED.set_axis([-1, 1]).set_axis(["-1", "1"], axis=1), classes=[-1, 1]) == Costs(
        matrix=[[0, 1], [9, 0]], classes=[-1, 1]
    )


def test_row_costs_in_four_columns() -> None:
    """The order (tn, fp, fn, tp), a new array, whatever they come in."""
    four = np.array([[0.0, 1.0, 9.0, 2.0], [3.0, 2.0, 5.0, 1.0]])  # one right decision may be dearer
    frame = pd.DataFrame(four, columns=["tn", "fp", "fn", "tp"], index=[7, 3])
    for given in (four, four.tolist(), frame, pl.from_pandas(frame), frame.astype("Float64")):
        checked = row_costs(given, 2)
        np.testing.assert_array_equal(checked, four)
        assert checked.dtype == np.float64
    assert not np.shares_memory(row_costs(four, 2), four)
    two = row_costs(pd.DataFrame({"fn": [9, 8], "fp": [1, 2]}), 2)
    np.testing.assert_array_equal(two, [[0, 1, 9, 0], [0, 2, 8, 0]])
    assert row_costs(np.empty((0, 2)), 0).shape == (0, 4)
