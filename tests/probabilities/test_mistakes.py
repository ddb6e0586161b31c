"""Bad input to corrections of probabilities and scores: the rule, the value and the mend are named."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import boostweights as bw
from boostweights.errors import InvalidTypeError, InvalidValueError

V, T = InvalidValueError, InvalidTypeError
NAN, INF = float("nan"), float("inf")
TWO = bw.Explicit({0: 1.0, 1: 9.0}).resolve([0, 1])
THREE = bw.Balanced().resolve(["a", "b", "b", "c"])
HALF = [[0.5, 0.5]]
COSTS = bw.Costs(fn=9, fp=1)
WORDS = bw.Costs(fn=9, fp=1, positive="bad")

CASES: list[tuple[str, Callable[[], Any], type, str, str]] = [
    # weights
    ("policy", lambda: bw.correct_proba(HALF, bw.Balanced()), T, "Balanced()", "Resolve the policy"),
    ("name", lambda: bw.correct_proba(HALF, "balanced"), T, "'balanced'", "Resolve the policy"),
    ("dict", lambda: bw.correct_proba(HALF, {0: 1.0, 1: 9.0}), T, "{0: 1.0", "Resolve the policy"),
    ("None", lambda: bw.probabilities.correct_scores(HALF, None), T, "None", "Resolve the policy"),
    (
        "weights of rows",
        lambda: bw.correct_proba(HALF, bw.RowCosts().resolve([0, 1], row_costs=[[9, 1], [5, 1]])),
        T,
        "RowWeights(2 rows",
        "cannot be undone by class",
    ),
    (
        "shift of rows",
        lambda: bw.probabilities.score_shift(bw.RowCosts()),
        T,
        "RowCosts()",
        "cannot be undone",
    ),
    # kind and shape
    ("kind", lambda: bw.correct_proba(HALF, TWO, "ova"), V, "'ova'", "Did you mean 'ovr'?"),
    (
        "kind of scores",
        lambda: bw.probabilities.correct_scores(HALF, TWO, "logit"),
        V,
        "'logit'",
        "Use one of",
    ),
    ("1-d of three", lambda: bw.correct_proba([0.5], THREE), V, "shape (1,)", "whole"),
    ("two of three", lambda: bw.correct_proba(HALF, THREE), V, "shape (1, 2)", "whole"),
    ("two of three, ovr", lambda: bw.correct_proba(HALF, THREE, "ovr"), V, "shape (1, 2)", "whole"),
    ("no trees", lambda: bw.correct_proba(np.empty((0, 3, 2)), TWO), V, "(0, 3, 2)", "whole"),
    ("4-d", lambda: bw.correct_proba(np.ones((1, 1, 1, 2)), TWO), V, "(1, 1, 1, 2)", "whole"),
    ("a number", lambda: bw.correct_proba(0.5, TWO), V, "shape ()", "whole"),
    (
        "scores 3-d",
        lambda: bw.probabilities.correct_scores(np.ones((1, 1, 2)), TWO),
        V,
        "(1, 1, 2)",
        "raw scores",
    ),
    ("scores of two", lambda: bw.probabilities.correct_scores(HALF, THREE), V, "shape (1, 2)", "raw scores"),
    ("scores 1-d", lambda: bw.probabilities.correct_scores([1.0], THREE), V, "shape (1,)", "raw scores"),
    # values
    (
        "a tree",
        lambda: bw.correct_proba([[[0.5, 0.5]], [[0.6, 0.5]]], TWO),
        V,
        "[0.6, 0.5] in row 0 of tree 1",
        "not raw scores",
    ),
    (
        "a tree, ovr",
        lambda: bw.correct_proba([HALF * 2, [[0.5, 0.5], [1.1, 0.5]]], TWO, "ovr"),
        V,
        "[1.1, 0.5] in row 1 of tree 1",
        "not raw scores",
    ),
    ("ovr over 1", lambda: bw.correct_proba([[0.5, 1.1]], TWO, "ovr"), V, "1.1] in row 0", "scores"),
    ("ovr NaN", lambda: bw.correct_proba([[0.5, NAN]], TWO, "ovr"), V, "nan] in row 0", "scores"),
    ("1-d NaN", lambda: bw.correct_proba([0.5, NAN], TWO), V, "nan in row 1", "not raw scores"),
    ("1-d negative", lambda: bw.correct_proba([-0.1], TWO), V, "-0.1 in row 0", "not raw scores"),
    ("scores NaN", lambda: bw.probabilities.correct_scores([0.0, NAN], TWO), V, "NaN in row 1", "Drop"),
    ("text", lambda: bw.correct_proba([["0.5", "0.5"]], TWO), T, "'0.5'", "whole"),
    ("ragged", lambda: bw.correct_proba([[0.5, 0.5], [1.0]], TWO), T, "[1.0]]", "whole"),
    ("complex", lambda: bw.correct_proba([[0.5j, 0.5]], TWO), T, "0.5j", "whole"),
    # priors
    (
        "prior sum",
        lambda: bw.probabilities.score_shift(TWO, prior={0: 0.5, 1: 0.6}),
        V,
        "sums to 1.1",
        "Divide",
    ),
    (
        "prior label",
        lambda: bw.probabilities.score_shift(TWO, prior={0: 0.5, 2: 0.5}),
        V,
        "2 (int)",
        "Use one of",
    ),
    ("prior lacks", lambda: bw.probabilities.score_shift(TWO, prior={0: 1.0}), V, "none for 1", "Add 1"),
    (
        "prior of 0",
        lambda: bw.probabilities.score_shift(TWO, prior={0: 0, 1: 1}),
        V,
        "0 for label 0",
        "remove",
    ),
    (
        "prior NaN",
        lambda: bw.probabilities.score_shift(TWO, prior={0: NAN, 1: 1}),
        V,
        "nan for label 0",
        "remove",
    ),
    (
        "prior list",
        lambda: bw.probabilities.score_shift(TWO, prior=[0.5, 0.5]),
        T,
        "[0.5, 0.5]",
        "estimate_prior",
    ),
    (
        "prior of scores",
        lambda: bw.probabilities.correct_scores([0.5], TWO, prior="estimate"),  # type: ignore[arg-type]
        T,
        "'estimate'",
        "estimate_prior",
    ),
    ("prior name", lambda: bw.correct_proba(HALF, TWO, prior="guess"), V, "'guess'", '"estimate"'),
    (
        "estimate ovr",
        lambda: bw.correct_proba(HALF, TWO, "ovr", prior="estimate"),
        V,
        'kind="ovr"',
        "Divide rows by their sum",
    ),
    (
        "estimate from nothing",
        lambda: bw.probabilities.estimate_prior(np.empty((0, 2)), TWO),
        V,
        "0 rows",
        "Give the prior",
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
