"""Every cell of settings × form × task × policy: the claim holds when both sides are trained."""

from typing import Any

import numpy as np
import pytest
from equivalence.trials_catboost import (
    CLASSES,
    FORMS,
    POLICIES,
    compare,
    data,
    fitted,
    held,
    policy_of,
    row_weights,
    trial,
)
from libraries import CELLS as ALL
from libraries import make_estimator

import boostweights as bw
from boostweights.errors import IgnoredParameterError

CELLS = ALL["catboost"]
BINARY_ONLY = ("start score", "monotone", "cross entropy", "focal")
"""Cells that CatBoost does not train with more classes."""
BY_COUNTS = ("balanced majority", "root majority")
IGNORED_LOSSES = ("cross entropy", "focal")
MULTI_LOSSES = ("one-vs-all", "one-vs-all, Depthwise, Gradient", "softmax")


def can_say(cell: str, form: str, task: str) -> bool:
    """Whether a form is one for this task and loss."""
    two_classes = form == "scale_pos_weight"
    return cell not in IGNORED_LOSSES and not (two_classes and (task == "multiclass" or cell in MULTI_LOSSES))


def cases(policies: Any) -> list[Any]:
    return [
        pytest.param(cell, form, task, policy, id=f"{cell}-{form}-{task}-{policy}")
        for cell in CELLS
        for form in FORMS
        for task in CLASSES
        for policy in policies
        if task == "binary" or cell not in BINARY_ONLY
    ]


def check(cell: str, form: str, task: str, policy: str, name: str, *, row_weighted: bool) -> None:
    X, y = data(name, task)
    given = row_weights(len(y)) if row_weighted else None
    arguments = (CELLS[cell], form, policy_of(policy, task), X, y, given)
    if not can_say(cell, form, task):
        with pytest.raises(IgnoredParameterError, match="sample_weight|class_weights"):
            trial(*arguments)
        return
    if form == "auto_class_weights" and (row_weighted or policy not in BY_COUNTS):
        with pytest.raises(bw.errors.InvalidValueError, match="n_max / n_k.*form='class_weights'"):
            trial(*arguments)
        return
    native, found = trial(*arguments)
    assert held(native, found), (native.guarantee, native.reason, found)
    if form == "class_weights" or (policy == "balanced majority" and cell != "classes reversed"):
        assert native.guarantee is bw.adapters.Guarantee.IDENTICAL


@pytest.mark.parametrize(("cell", "form", "task", "policy"), cases(["balanced majority"]))
def test_a_claim_holds(cell: str, form: str, task: str, policy: str) -> None:
    check(cell, form, task, policy, {"binary": "hard", "multiclass": "adversarial"}[task], row_weighted=False)


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize("task", CLASSES)
@pytest.mark.parametrize("form", FORMS)
def test_every_kind_of_policy_beside_row_weights(form: str, task: str, policy: str) -> None:
    check("categorical, Ordered, MVS", form, task, policy, "adversarial", row_weighted=True)


@pytest.mark.full
@pytest.mark.parametrize("row_weighted", [False, True], ids=["", "row-weighted"])
@pytest.mark.parametrize("name", ["hard", "adversarial"])
@pytest.mark.parametrize(("cell", "form", "task", "policy"), cases(POLICIES))
def test_every_claim_holds(
    cell: str, form: str, task: str, policy: str, name: str, row_weighted: bool
) -> None:
    check(cell, form, task, policy, name, row_weighted=row_weighted)


def native(settings: Any, form: str, y: Any, policy: Any, **arguments: Any) -> Any:
    return bw.to_native(policy, make_estimator("catboost", **settings), y, form=form, **arguments)


def test_weights_follow_the_estimators_own_order_of_classes() -> None:
    y = ["bad", "good", "good", "good"]
    order = {"class_names": ["good", "bad"]}
    policy = {"bad": 9.0, "good": 1.0}
    assert native(order, "class_weights", y, policy).params == {"class_weights": (1.0, 9.0)}
    assert native(order, "scale_pos_weight", y, policy).params == {"scale_pos_weight": 9.0}
    assert native({}, "class_weights", y, policy).params == {"class_weights": (9.0, 1.0)}
    with pytest.raises(bw.errors.InvalidValueError, match="'bad' is not among.*unset"):
        native({"class_names": ["good", "worse"]}, "class_weights", y, policy)


def test_classes_that_the_fold_lacks_weigh_one() -> None:
    X, y = data("hard", "multiclass")
    settings = {"classes_count": 5, "loss_function": "MultiClass"}
    claimed, found = trial(settings, "class_weights", policy_of("ratio", "multiclass"), X, y)
    assert claimed.params == {"class_weights": (1.0, 8.77, 0.3, 24.31, 1.0)}
    assert found.identical


@pytest.mark.parametrize("scale", [2.0, 0.25, 3.0])
def test_auto_carries_a_scale_that_leaves_sums_of_weights_whole(scale: float) -> None:
    y = np.repeat([0, 1], [320, 64])
    X = np.random.default_rng(0).normal(size=(384, 3)) + y[:, None]
    claimed, found = trial({}, "auto_class_weights", bw.Explicit({0: scale, 1: 5 * scale}), X, y)
    assert claimed.fit_kwargs(y)["sample_weight"].max() == scale
    assert claimed.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical


def test_auto_cannot_carry_a_scale_that_its_whole_sums_would_bend() -> None:
    """A constant row weight beside it is summed and rounded down: the ratio becomes another."""
    X, y = data("hard", "binary")
    weights = bw.Balanced().resolve(y)
    with pytest.raises(bw.errors.InvalidValueError, match="scale='majority'.*form='class_weights'"):
        native({}, "auto_class_weights", y, bw.Balanced())
    constant = np.full(len(y), weights.class_weight[0], np.float32)
    naive = fitted({"auto_class_weights": "Balanced"}, X, y, {"sample_weight": constant})
    theirs = fitted({}, X, y, {"sample_weight": weights.sample_weight(y)})
    assert compare(naive, theirs, X).delta > 1e-6


def test_auto_beside_row_weights_that_sum_between_whole_numbers() -> None:
    X, y = data("hard", "binary")
    given = np.full(len(y), 0.3)
    sums = np.floor([(y == k).sum() * 0.3 for k in (0, 1)])
    policy = bw.Explicit({0: 1.0, 1: float(np.float32(sums[0] / sums[1]))})
    claimed, found = trial({}, "auto_class_weights", policy, X, y, given)
    assert claimed.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical


def test_auto_beside_row_weights_that_sum_to_a_whole_number_is_different() -> None:
    """CatBoost's own sum is 7.9999995, of which it takes 7."""
    y = np.repeat([0, 1], [400, 47])
    X = np.random.default_rng(0).normal(size=(len(y), 3)) + y[:, None]
    given = np.where(y == 1, 8 / 47, 1.0)
    policy = bw.Explicit({0: 1.0, 1: 50.0})
    claimed, found = trial({}, "auto_class_weights", policy, X, y, given)
    assert claimed.guarantee is bw.adapters.Guarantee.DIFFERENT
    assert found.delta > 1e-6
    with pytest.raises(bw.errors.InvalidValueError, match="whole number.*allow_different"):
        native({}, "auto_class_weights", y, policy, sample_weight=given)


def test_another_device_is_no_proved_claim() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="task_type='GPU'.*allow_different"):
        native({"task_type": "GPU"}, "class_weights", [0, 0, 1], {0: 1.0, 1: 2.0})


class OwnLoss:
    """Logloss, written by hand."""

    def calc_ders_range(self, approxes: Any, targets: Any, weights: Any) -> list[tuple[float, float]]:
        p = 1 / (1 + np.exp(-np.array(approxes)))
        w = np.ones(len(p)) if weights is None else np.array(weights)
        return list(zip(w * (np.array(targets) - p), -w * p * (1 - p), strict=True))


@pytest.mark.filterwarnings("ignore:Failed to (import numba|optimize method)")
def test_a_loss_of_ones_own_is_handed_class_weights_as_row_weights() -> None:
    X, y = data("hard", "binary")
    settings = {"loss_function": OwnLoss(), "eval_metric": "Logloss"}
    for form in ("class_weights", "auto_class_weights"):
        claimed, found = trial(settings, form, policy_of("balanced majority", "binary"), X, y)
        assert claimed.guarantee is bw.adapters.Guarantee.IDENTICAL
        assert found.identical
    with pytest.raises(IgnoredParameterError, match="sample_weight"):
        native(settings, "scale_pos_weight", y, bw.Balanced(scale="majority"))
