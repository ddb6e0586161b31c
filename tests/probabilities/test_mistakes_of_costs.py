"""Bad input to thresholds, decisions and costs: the rule, the value and the mend are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import boostweights as bw
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.weighting.row_costs import checked_row_costs

V, T = InvalidValueError, InvalidTypeError
NAN, INF = float("nan"), float("inf")
TWO = bw.Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
THREE = bw.Balanced().resolve(["a", "b", "b", "c"])
HALF = [[0.5, 0.5]]
COSTS = bw.Costs(fn=9, fp=1)
WORDS = bw.Costs(fn=9, fp=1, positive="bad")
NAMED = pd.DataFrame([[0, 1], [9, 0]], index=["good", "bad"], columns=["good", "bad"])

CASES: list[tuple[str, Callable[[], Any], type, str, str]] = [
    # thresholds
    (
        "threshold of three",
        lambda: bw.Costs(matrix=1 - np.eye(3)).threshold(),
        V,
        "a cost matrix of 3",
        "Use decide(proba, costs)",
    ),
    (
        "threshold of words",
        lambda: bw.Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"]).threshold(),
        V,
        "['bad', 'good']",
        "positive='bad'",
    ),
    (
        "threshold of an unnamed row",
        lambda: bw.Costs(matrix=[[0, 1], [9, 0]]).threshold(positive=0),
        V,
        "positive=0",
        "classes=[…]",
    ),
    (
        "columns of costs out of order",
        lambda: bw.decide(HALF, bw.Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"])),
        V,
        "['good', 'bad']",
        "classes=clf.classes_",
    ),
    (
        "a frame of costs in an order of its own",
        lambda: bw.Costs(matrix=NAMED),
        V,
        "['good', 'bad'] and classes=None",
        "classes=labels",
    ),
    (
        "columns of costs in another order than classes",
        lambda: bw.Costs(matrix=NAMED, classes=["bad", "good"]),
        V,
        "['good', 'bad'] and classes=('bad', 'good')",
        "classes=labels",
    ),
    (
        "numbered columns of costs in another order than classes",
        lambda: bw.Costs(matrix=pd.DataFrame([[0, 1], [9, 0]]), classes=[1, 0]),
        V,
        "[0, 1] and classes=(1, 0)",
        "classes=labels",
    ),
    (
        "a table of costs in another order than classes",
        lambda: bw.Costs(matrix=pa.table({"good": [0, 9], "bad": [1, 0]}), classes=["bad", "good"]),
        V,
        "['good', 'bad'] and classes=('bad', 'good')",
        "classes=labels",
    ),
    (
        "rows of costs in another order than columns",
        lambda: bw.Costs(matrix=NAMED.iloc[::-1], classes=["good", "bad"]),
        V,
        "['bad', 'good'] and classes=('good', 'bad')",
        "classes=labels",
    ),
    (
        "a frame of costs in a decision",
        lambda: bw.decide(HALF, NAMED),
        V,
        "['good', 'bad']",
        "classes=labels",
    ),
    ("two positives", lambda: WORDS.threshold(positive="good"), V, "'good'", "Leave it out"),
    ("matrix of others", lambda: WORDS.cost_matrix(["x", "y"]), V, "'bad'", "Use one of"),
    (
        "cost matrix of three for two",
        lambda: bw.Costs(matrix=1 - np.eye(3)).cost_matrix([0, 1]),
        V,
        "3 rows",
        "Pass classes=",
    ),
    # decisions
    ("no costs", lambda: bw.decide(HALF), T, "neither", "Costs(fn=50, fp=1)"),
    ("both costs", lambda: bw.decide(HALF, COSTS, row_costs=[[1, 1]]), T, "both", "row_costs"),
    ("a policy as costs", lambda: bw.decide(HALF, bw.Balanced()), T, "Balanced()", "Costs(fn=50"),
    ("rows as costs", lambda: bw.decide(HALF, bw.RowCosts()), T, "RowCosts()", "row_costs"),
    ("a matrix of three", lambda: bw.decide(HALF, 1 - np.eye(3)), V, "3 rows", "Pass classes="),
    ("a negative cost", lambda: bw.decide(HALF, [[0, -1], [1, 0]]), V, "-1.0 beside it", "transposed"),
    ("a NaN cost", lambda: bw.decide(HALF, [[0, NAN], [1, 0]]), T, "nan", "0.5"),
    ("(n, 2) as matrix", lambda: bw.decide(HALF, [[9, 1]]), V, "[[9, 1]]", "Rows are the truth"),
    ("fn, fp of three", lambda: bw.decide([[1, 0, 0]], COSTS), V, "[0, 1, 2]", "cost matrix"),
    ("no such column", lambda: bw.decide(HALF, WORDS), V, "positive='bad'", "classes=clf.classes_"),
    (
        "no positive",
        lambda: bw.decide(HALF, COSTS, classes=["bad", "good"]),
        V,
        "['bad', 'good']",
        "positive='bad'",
    ),
    (
        "no positive of rows",
        lambda: bw.decide(HALF, row_costs=[[9, 1]], classes=["bad", "good"]),
        V,
        "['bad', 'good']",
        "positive='bad'",
    ),
    (
        "another positive",
        lambda: bw.decide(HALF, COSTS, classes=["bad", "good"], positive="Bad"),
        V,
        "'Bad'",
        "Did you mean 'bad'?",
    ),
    (
        "two positives in a decision",
        lambda: bw.decide(HALF, WORDS, classes=["bad", "good"], positive="good"),
        V,
        "'good'",
        "Leave it out",
    ),
    (
        "one column of the first class",
        lambda: bw.decide([0.5], WORDS, classes=["bad", "good"]),
        V,
        "positive='bad'",
        "whole",
    ),
    (
        "one column of the first class, rows",
        lambda: bw.decide([0.5], row_costs=[[9, 1]], classes=["bad", "good"], positive="bad"),
        V,
        "positive='bad'",
        "whole",
    ),
    ("a class short", lambda: bw.decide(HALF, COSTS, classes=[0]), V, "shape (1, 2)", "whole"),
    ("a class twice", lambda: bw.decide(HALF, COSTS, classes=[0, 0]), V, "[0, 0]", "clf.classes_"),
    (
        "classes without an order",
        lambda: bw.decide(HALF, COSTS, classes={"bad", "good"}, positive="bad"),
        T,
        "'bad'",
        "clf.classes_",
    ),
    (
        "classes of a matrix without an order",
        lambda: bw.Costs(matrix=[[0, 1], [9, 0]], classes=frozenset({0, 1})),  # type: ignore[arg-type]
        T,
        "frozenset({0, 1})",
        "classes=[0, 1]",
    ),
    ("rows of other lengths", lambda: bw.decide(HALF * 2, row_costs=[[1, 2], [1]]), T, "[1]]", "(n, 2)"),
    ("classes as text", lambda: bw.decide(HALF, COSTS, classes="ab"), T, "'ab'", "clf.classes_"),
    (
        "columns of others",
        lambda: bw.decide(pd.DataFrame(HALF, columns=["a", "b"]), COSTS, classes=[0, 1]),
        V,
        "'a' among",
        "array",
    ),
    ("decide on scores", lambda: bw.decide([[-2.0, 3.0]], COSTS), V, "[-2.0, 3.0] in row 0", "scores"),
    ("decide on sums", lambda: bw.decide([[0.5, 0.6]], COSTS), V, "[0.5, 0.6] in row 0", "scores"),
    ("decide on 3-d", lambda: bw.decide([[[0.5, 0.5]]], COSTS), V, "shape (1, 1, 2)", "whole"),
    ("decide on a column", lambda: bw.decide([[1.0]], COSTS), V, "shape (1, 1)", "whole"),
    (
        "matrices of another shape",
        lambda: bw.decide(HALF, row_costs=np.ones((1, 3, 3))),
        V,
        "(1, 3, 3)",
        "for each row",
    ),
    ("infinite matrices", lambda: bw.decide(HALF, row_costs=[[[0, 1], [INF, 0]]]), V, "in row 0", "missing"),
    ("matrices of text", lambda: bw.decide(HALF, row_costs=[[["0", "1"], ["1", "0"]]]), T, "'0'", "numbers"),
    (
        "rows of three classes",
        lambda: bw.decide([[1, 0, 0]], row_costs=[[9, 1]]),
        V,
        "[0, 1, 2]",
        "cost matrix",
    ),
    # costs of rows
    ("as many rows", lambda: checked_row_costs([[1, 1]], 2), V, "shape (1, 2)", "same rows"),
    ("three columns", lambda: checked_row_costs([[1, 1, 1]], 1), V, "shape (1, 3)", "same rows"),
    ("one cost a row", lambda: checked_row_costs([1, 1], 2), V, "shape (2,)", "Costs"),
    ("NaN", lambda: checked_row_costs([[1, 1], [NAN, 1]], 2), V, "[nan, 1.0] in row 1", "missing"),
    ("infinite", lambda: checked_row_costs([[INF, 1]], 1), V, "[inf, 1.0] in row 0", "missing"),
    (
        "negative",
        lambda: checked_row_costs([[1, -1]], 1),
        V,
        "[1.0, -1.0] in row 0",
        "a constant instead changes savings",
    ),
    (
        "missing",
        lambda: checked_row_costs(pl.DataFrame({"fn": [None, 1.0], "fp": [1.0, 1.0]}), 2),
        V,
        "row 0",
        "missing",
    ),
    ("text", lambda: checked_row_costs([["1", "1"]], 1), T, "'1'", "(n, 2)"),
    ("ragged", lambda: checked_row_costs([[1, 1], [1]], 2), T, "[[1, 1], [1]]", "(n, 2)"),
    ("complex", lambda: checked_row_costs([[1j, 1]], 1), T, "1j", "(n, 2)"),
    ("None", lambda: checked_row_costs(None, 1), V, "shape ()", "Costs"),
    ("turned", lambda: checked_row_costs([[0, 1, 9, 0], [5, 1, 2, 9]], 2), V, "in row 1", "(tn, fp, fn, tp)"),
    (
        "columns turned",
        lambda: checked_row_costs(pd.DataFrame({"fp": [1], "fn": [9]}), 1),
        V,
        "['fp', 'fn']",
        "['fn', 'fp']",
    ),
    (
        "columns of arrow turned",
        lambda: checked_row_costs(pa.table({"fp": [1], "fn": [9]}), 1),
        V,
        "['fp', 'fn']",
        "['fn', 'fp']",
    ),
    (
        "four turned",
        lambda: checked_row_costs(pl.DataFrame({"TP": [0], "FP": [1], "FN": [9], "TN": [0]}), 1),
        V,
        "'tp'",
        "'tn', 'fp'",
    ),
    # what predictions cost
    ("cost of nothing", lambda: bw.probabilities.cost_loss([0, 1], [0, 1]), T, "neither", "costs=Costs"),
    (
        "cost of both",
        lambda: bw.probabilities.cost_loss([0], [0], COSTS, row_costs=[[1, 1]]),
        T,
        "both",
        "row_costs",
    ),
    (
        "cost by a policy",
        lambda: bw.probabilities.cost_loss([0], [0], bw.Balanced()),
        T,
        "Balanced()",
        "Costs(fn=50",
    ),
    (
        "lengths",
        lambda: bw.probabilities.cost_loss([0, 1], [0], COSTS),
        V,
        "2 true labels and 1 predicted",
        "same rows",
    ),
    (
        "unclear labels",
        lambda: bw.probabilities.cost_loss(["a", "b"], ["a", "b"], COSTS),
        V,
        "['a', 'b']",
        "positive='b'",
    ),
    (
        "an unknown label",
        lambda: bw.probabilities.cost_loss(["a", "bad"], ["a", "b"], COSTS, positive="bad"),
        V,
        "['a', 'b', 'bad']",
        "matrix",
    ),
    (
        "positive of others",
        lambda: bw.probabilities.cost_loss(["a", "b"], ["a", "b"], COSTS, positive="B"),
        V,
        "'B'",
        "Did you mean 'b'?",
    ),
    (
        "two positives of a cost",
        lambda: bw.probabilities.cost_loss(["bad", "good"], ["good", "bad"], WORDS, positive="good"),
        V,
        "'good'",
        "Leave it out",
    ),
    (
        "a label beyond the matrix",
        lambda: bw.probabilities.cost_loss([0, 1], [0, 2], bw.Costs(matrix=[[0, 1], [9, 0]], classes=[0, 1])),
        V,
        "2",
        "Use one of: 0, 1.",
    ),
    (
        "a fold short of a class",
        lambda: bw.probabilities.cost_loss([0, 1], [0, 1], 1 - np.eye(3)),
        V,
        "3 rows",
        "Pass classes=",
    ),
    (
        "weights that sum to 0",
        lambda: bw.probabilities.cost_loss([0, 1], [0, 1], COSTS, sample_weight=[0, 0]),
        V,
        "sum to 0",
        "Check",
    ),
    (
        "savings of nothing",
        lambda: bw.probabilities.savings_score([0, 0], [0, 1], [[9, 1], [9, 1]]),
        V,
        "a cost of 0",
        "cost_loss",
    ),
    (
        "savings of three",
        lambda: bw.probabilities.savings_score([0, 1, 2], [0, 1, 2], np.ones((3, 2))),
        V,
        "[0, 1, 2]",
        "matrix",
    ),
    (
        "savings of other rows",
        lambda: bw.probabilities.savings_score([0, 1], [0, 1], [[9, 1]]),
        V,
        "shape (1, 2)",
        "same rows",
    ),
]


@pytest.mark.parametrize(
    ("make", "error", "value", "mend"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_error(make: Callable[[], Any], error: type[bw.BoostweightsError], value: str, mend: str) -> None:
    with pytest.raises(error) as caught:
        make()
    assert type(caught.value) is error
    assert value in caught.value.value
    assert mend in caught.value.mend


def test_costs_in_a_frame() -> None:
    """Named by the classes in their order, or not at all."""
    expected = bw.Costs(matrix=[[0, 1], [9, 0]], classes=["good", "bad"])
    assert bw.Costs(matrix=NAMED, classes=["good", "bad"]) == expected
    assert bw.Costs(matrix=pd.DataFrame([[0, 1], [9, 0]]), classes=["good", "bad"]) == expected
    numbered = pd.DataFrame([[0, 1], [9, 0]])
    assert bw.Costs(matrix=numbered) == bw.Costs(matrix=[[0, 1], [9, 0]])
    assert bw.Costs(matrix=numbered, classes=[0, 1]) == bw.Costs(matrix=[[0, 1], [9, 0]], classes=[0, 1])
    for make in (pl.DataFrame, pa.table):
        unindexed = make({"good": [0, 9], "bad": [1, 0]})
        assert bw.Costs(matrix=unindexed, classes=["good", "bad"]) == expected
    assert bw.Costs(
        matrix=NAMED.set_axis([-1, 1]).set_axis(["-1", "1"], axis=1), classes=[-1, 1]
    ) == bw.Costs(matrix=[[0, 1], [9, 0]], classes=[-1, 1])


def test_row_costs_in_four_columns() -> None:
    """The order (tn, fp, fn, tp), a new array, whatever they come in."""
    four = np.array([[0.0, 1.0, 9.0, 2.0], [3.0, 2.0, 5.0, 1.0]])  # one right decision may be dearer
    frame = pd.DataFrame(four, columns=["tn", "fp", "fn", "tp"], index=[7, 3])
    for given in (four, four.tolist(), frame, pl.from_pandas(frame), frame.astype("Float64")):
        checked = checked_row_costs(given, 2)
        np.testing.assert_array_equal(checked, four)
        assert checked.dtype == np.float64
    assert not np.shares_memory(checked_row_costs(four, 2), four)
    two = checked_row_costs(pd.DataFrame({"fn": [9, 8], "fp": [1, 2]}), 2)
    np.testing.assert_array_equal(two, [[0, 1, 9, 0], [0, 2, 8, 0]])
    assert checked_row_costs(np.empty((0, 2)), 0).shape == (0, 4)
