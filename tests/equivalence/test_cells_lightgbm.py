"""Every claim of LightGBM's forms, under every cell's settings, trained beside row weights."""

from typing import Any

import numpy as np
import pytest
from equivalence.harness_lightgbm import (
    ADAPTER,
    CLOSE,
    DATA,
    POLICIES,
    Trial,
    aborts,
    adversarial,
    data,
    fitted,
    row_weights,
)
from libraries import CELLS as ALL
from libraries import make_estimator

import boostweights as bw

CELLS = ALL["lightgbm"]
FORMS = [form for form in ADAPTER.forms if form != "sample_weight"]
QUICK = ("balanced majority", "ratio and scale", "four weights")


def is_quick(cell: str, form: str, task: str, policy: str) -> bool:
    return (policy in QUICK and task == "binary" and form == "scale_pos_weight") or (cell, policy) == FIRST


FIRST = ("defaults", "balanced majority")
CASES = [
    pytest.param(
        *(cell, form, task, policy),
        id=f"{cell}-{form}-{task}-{policy}",
        marks=() if is_quick(cell, form, task, policy) else pytest.mark.full,
    )
    for cell in CELLS
    for form in FORMS
    for task in POLICIES
    for policy in POLICIES[task]
]


def applies(cell: str, task: str) -> bool:
    """Whether the cell's objective is for this many classes."""
    wanted = {"multiclassova": "multiclass", "cross_entropy": "binary"}
    return wanted.get(CELLS[cell].get("objective", ""), task) == task


@pytest.mark.parametrize(("cell", "form", "task", "policy"), CASES)
def test_a_claim_holds(cell: str, form: str, task: str, policy: str) -> None:
    if not applies(cell, task):
        return
    if aborts(CELLS[cell]):
        pytest.skip("quantized training ends the process in this version")
    for name in DATA[task]:
        X, y = data(name, task)
        for own in (None, row_weights(len(y))):
            try:
                trial = Trial(CELLS[cell], form, POLICIES[task][policy], X, y, own)
            except bw.errors.InvalidValueError:
                continue  # said before any training; which, the tests of refusals below say
            trial.check()


EXPECTED = {
    **dict.fromkeys(CELLS, bw.adapters.Guarantee.IDENTICAL),
    "start at the average": bw.adapters.Guarantee.DIFFERENT,
    "random forest from the average": bw.adapters.Guarantee.DIFFERENT,
}
"""What is claimed of scale_pos_weight and majority-scale weights: a claim that grows weaker fails here."""


@pytest.mark.parametrize("cell", [cell for cell in CELLS if "objective" not in CELLS[cell]])
def test_the_claim_is_no_weaker_than_it_was(cell: str) -> None:
    _, y = data("hard", "binary")
    weights = bw.Explicit({0: 1.0, 1: 8.77}).resolve(y)
    estimator = make_estimator("lightgbm", **CELLS[cell])
    native = bw.to_native(weights, estimator, y, form="scale_pos_weight", allow_different=True)
    assert native.guarantee is EXPECTED[cell]


@pytest.mark.parametrize("cell", ["defaults", "dart", "goss", "random forest", "linear trees"])
def test_is_unbalance_is_identical_where_its_ratio_is_a_float32(cell: str) -> None:
    X, y = data("positives common", "binary")
    trial = Trial(CELLS[cell], "is_unbalance", bw.Balanced(scale="majority"), X, y)
    assert trial.native.guarantee is bw.adapters.Guarantee.IDENTICAL
    trial.check()


DIFFERENT = {
    "start score": ("start at the average", "scale_pos_weight", "ratio", False),
    "start score of a forest": ("random forest from the average", "scale_pos_weight", "ratio", False),
    "start score, is_unbalance": ("start at the average", "is_unbalance", "balanced majority", False),
    "no split": ("defaults", "scale_pos_weight", "tiny", False),
    "roundings, linear trees": ("dart as xgboost's, linear trees", "scale_pos_weight", "huge", True),
    "float64 ratio, linear trees": ("linear trees", "is_unbalance", "balanced majority", False),
    "float64 ratio, monotone": ("monotone", "is_unbalance", "balanced majority", False),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_what_is_claimed_different_differs(case: str) -> None:
    cell, form, policy, row_weighted = DIFFERENT[case]
    deltas = []
    for name in DATA["binary"]:
        X, y = data(name, "binary")
        own = row_weights(len(y)) if row_weighted else None
        trial = Trial(CELLS[cell], form, POLICIES["binary"][policy], X, y, own)
        if trial.native.guarantee is bw.adapters.Guarantee.DIFFERENT:
            deltas.append(trial.delta)
    assert max(deltas) > CLOSE


def test_roundings_of_quantized_gradients_differ() -> None:
    """One data set in some twenty shows it."""
    settings = {**CELLS["quantized gradients"], "n_estimators": 20}
    if aborts(settings):
        pytest.skip("quantized training ends the process in this version")
    X, y = adversarial(2, 500, 10)
    trial = Trial(settings, "scale_pos_weight", POLICIES["binary"]["huge"], X, y, row_weights(len(y)))
    assert trial.native.guarantee is bw.adapters.Guarantee.DIFFERENT
    assert trial.delta > 1e-3


REFUSED: dict[str, tuple[str, str, type[Exception], str]] = {
    "cross-entropy ignores the ratio": (
        "scale_pos_weight",
        "cross_entropy",
        bw.errors.InvalidValueError,
        "others ignore it.*sample_weight",
    ),
    "cross-entropy ignores is_unbalance": (
        "is_unbalance",
        "cross_entropy",
        bw.errors.InvalidValueError,
        "class_weight",
    ),
    "one-vs-all weighs each model's own class": (
        "scale_pos_weight",
        "ova",
        bw.errors.InvalidValueError,
        "own class",
    ),
    "one-vs-all, is_unbalance": ("is_unbalance", "multiclassova", bw.errors.InvalidValueError, "own class"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_an_objective_for_which_the_form_is_none_refuses(case: str) -> None:
    form, objective, error, message = REFUSED[case]
    with pytest.raises(error, match=message):
        bw.to_native("balanced", make_estimator("lightgbm", objective=objective), [0] * 9 + [1], form=form)


@pytest.mark.parametrize("form", ["sample_weight", "class_weight"])
def test_an_objective_without_weights_refuses_even_row_weights(form: str) -> None:
    def logistic(y: np.ndarray, score: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        p = 1 / (1 + np.exp(-score))
        return p - y, p * (1 - p)

    def weighted(y: np.ndarray, score: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        gradient, hessian = logistic(y, score)
        return (gradient, hessian) if weight is None else (gradient * weight, hessian * weight)

    X, y = data("hard", "binary")
    heavy = np.where(y == 1, 9.0, 1.0)

    def score(objective: Any, weight: Any) -> np.ndarray:
        return np.asarray(fitted({"objective": objective}, {}, X, y, weight).booster_.predict(X))

    np.testing.assert_array_equal(score(logistic, {"sample_weight": heavy}), score(logistic, {}))
    assert np.abs(score(weighted, {"sample_weight": heavy}) - score(weighted, {})).max() > CLOSE
    with pytest.raises(bw.errors.InvalidValueError, match="ignores them.*labels, scores, weights"):
        bw.to_native("balanced", make_estimator("lightgbm", objective=logistic), y, form=form)
    assert bw.to_native("balanced", make_estimator("lightgbm", objective=weighted), y, form=form)
