"""Every cell of settings × policy × rows weighted or not: the claim holds when both sides are trained."""

from typing import Any

import numpy as np
import pytest
from equivalence.trials_xgboost import POLICIES, Found, data, held, make, names_for, row_weights, trial, xgb
from libraries import CELLS as ALL
from libraries import hard_data

import boostweights as bw
from boostweights.errors import IgnoredParameterError

CELLS = ALL["xgboost"]
QUICK = ("balanced majority", "balanced mean")
VERSION = tuple(map(int, xgb.__version__.split(".")[:2]))
OWN = {"hist, gradient-based sampling": "3.2"}
"""Cells that older versions refuse to train."""
ALIKE_SINCE = {"approx, a bin for each row": (3, 3)}
"""Cells in which a version trains the same model, which is not claimed."""


def tried(cell: str, policy: str, name: str, *, row_weighted: bool) -> tuple[Any, Found]:
    if cell in OWN and VERSION < (3, 2):
        pytest.skip(f"not in xgboost {xgb.__version__}")
    return trial(CELLS[cell], POLICIES[policy], name, row_weighted=row_weighted)


def cases(policies: Any) -> list[Any]:
    return [
        pytest.param(cell, policy, name, id=f"{cell}-{policy}-{name}")
        for cell, settings in CELLS.items()
        for policy in policies
        for name in names_for(settings)
    ]


def check(cell: str, policy: str, name: str, *, row_weighted: bool) -> None:
    if policy == "no ratio in float32":
        with pytest.raises(
            bw.errors.InvalidValueError, match="scale_pos_weight within float32.*'sample_weight'"
        ):
            tried(cell, policy, name, row_weighted=row_weighted)
        return
    native, found = tried(cell, policy, name, row_weighted=row_weighted)
    assert held(native, found), (native.guarantee, native.reason, found)


@pytest.mark.parametrize(("cell", "policy", "name"), cases(QUICK))
def test_a_claim_holds(cell: str, policy: str, name: str) -> None:
    check(cell, policy, name, row_weighted=policy == "balanced majority")


@pytest.mark.full
@pytest.mark.parametrize("row_weighted", [False, True], ids=["", "row-weighted"])
@pytest.mark.parametrize(("cell", "policy", "name"), cases(POLICIES))
def test_every_claim_holds(cell: str, policy: str, name: str, row_weighted: bool) -> None:
    check(cell, policy, name, row_weighted=row_weighted)


CLAIMED = {
    **dict.fromkeys(CELLS, "identical"),
    "hist, few bins": "different",
    "approx": "different",
    "approx, a bin for each row": "different",
    "gblinear, penalties": "equivalent",
    "gblinear, greedy, penalty": "equivalent",
}


@pytest.mark.parametrize("cell", CELLS)
def test_what_is_claimed(cell: str) -> None:
    """Written out, so that a weaker claim cannot slip in unseen."""
    y = data("hard")[1]
    native = bw.to_native(
        POLICIES["ratio"].resolve(y), make(CELLS[cell]), y, form="scale_pos_weight", allow_different=True
    )
    assert native.guarantee.value == CLAIMED[cell]


@pytest.mark.parametrize("cell", [cell for cell, claim in CLAIMED.items() if claim == "different"])
def test_a_claim_of_difference_holds(cell: str) -> None:
    deltas = [
        tried(cell, policy, name, row_weighted=False)[1].delta
        for policy in ("ratio", "costs")
        for name in names_for(CELLS[cell])
    ]
    assert (max(deltas) > 0.01) == (ALIKE_SINCE.get(cell, (99,)) > VERSION)
    y = data("hard")[1]
    with pytest.raises(bw.errors.InvalidValueError, match="allow_different"):
        bw.to_native(POLICIES["ratio"].resolve(y), make(CELLS[cell]), y, form="scale_pos_weight")


@pytest.mark.parametrize("cell", CELLS)
def test_pins_fill_what_is_left_open(cell: str) -> None:
    """A pin never overrules what the estimator says, and the intercept is never left to the labels."""
    native, _ = tried(cell, "ratio", names_for(CELLS[cell])[0], row_weighted=False)
    assert not native.pins.keys() & CELLS[cell].keys()
    assert "base_score" in native.pins or "base_score" in CELLS[cell]


@pytest.mark.parametrize("cell", CELLS)
def test_more_than_two_classes_are_refused(cell: str) -> None:
    y = hard_data(4)[1]
    estimator = make({**CELLS[cell], "objective": "multi:softprob"})
    with pytest.raises(IgnoredParameterError, match="form='sample_weight'"):
        bw.to_native("balanced", estimator, y, form="scale_pos_weight")


@pytest.mark.parametrize("settings", [{}, {"booster": "gblinear"}, {"tree_method": "approx"}], ids=str)
@pytest.mark.parametrize("classes", [2, 4])
def test_softmax_ignores_the_form(settings: dict[str, Any], classes: int) -> None:
    """What the refusal above says of the library."""
    X, y = hard_data(classes)
    softmax = {"objective": "multi:softprob", "n_jobs": 1, "verbosity": 0, **settings}
    if classes == 2:
        softmax["num_class"] = 2
    models = [
        xgb.XGBClassifier(n_estimators=4, scale_pos_weight=weight, **softmax).fit(X, y).predict_proba(X)
        for weight in (1.0, 9.0)
    ]
    np.testing.assert_array_equal(*models)


@pytest.mark.parametrize("objective", ["binary:hinge", "reg:tweedie", "count:poisson", "multi:softprob"])
def test_an_objective_that_ignores_the_form_is_refused(objective: str) -> None:
    y = data("hard")[1]
    with pytest.raises(IgnoredParameterError, match="Use form='sample_weight'"):
        bw.to_native("balanced", make({"objective": objective}), y, form="scale_pos_weight")


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("cell", CELLS)
def test_the_reference_is_the_librarys_own_row_weights(cell: str, classes: int) -> None:
    y = hard_data(classes)[1]
    native = bw.to_native(bw.Balanced(), make(CELLS[cell]), y=y)
    assert (native.params, native.pins) == ({}, {})
    wanted = (len(y) / (classes * np.bincount(y)))[y].astype(np.float32)
    np.testing.assert_array_equal(native.fit_kwargs(y)["sample_weight"], wanted)


UNPROVED = {
    "device": {"device": "cuda"},
    "updated trees": {"process_type": "update", "updater": "refresh"},
    "another updater": {"updater": "refresh"},
    "an unknown method": {"tree_method": "gpu_hist"},
}


@pytest.mark.parametrize("case", UNPROVED)
def test_what_is_not_proved_is_refused(case: str) -> None:
    y = data("hard")[1]
    with pytest.raises(bw.errors.InvalidValueError, match="no claim is proved"):
        bw.to_native("balanced", make(UNPROVED[case]), y, form="scale_pos_weight")


def test_too_many_rows_for_a_bin_each() -> None:
    counts = bw.ClassCounts({0: 90_000, 1: 10_000})
    weights = bw.Balanced(scale="majority").resolve(counts)
    with pytest.raises(bw.errors.InvalidValueError, match="frozen_cuts"):
        bw.to_native(weights, make({"tree_method": "hist"}), form="scale_pos_weight")
    sums = bw.Balanced(scale="majority").resolve(bw.ClassCounts({0: 9.5, 1: 1.2}))
    with pytest.raises(bw.errors.InvalidValueError, match="frozen_cuts"):
        bw.to_native(sums, make({"tree_method": "hist"}), form="scale_pos_weight")


def test_penalties_of_gblinear_are_scaled_for_given_row_weights_only() -> None:
    y = data("hard")[1]
    native = bw.to_native("balanced", make(CELLS["gblinear, penalties"]), y, form="scale_pos_weight")
    with pytest.raises(bw.errors.InvalidValueError, match="sample_weight"):
        native.fit_kwargs(y, row_weights(len(y)))


BEYOND_EXACT: dict[str, Any] = {
    "enable_categorical": True,
    "max_depth": 0,
    "max_leaves": 8,
    "grow_policy": "lossguide",
    "colsample_bynode": 0.5,
    "sampling_method": "gradient_based",
    "multi_strategy": "multi_output_tree",
    "feature_types": ["q"] * 5 + ["c"],
}


@pytest.mark.parametrize("name", BEYOND_EXACT)
def test_what_exact_refuses_or_ignores_is_pinned_to_hist(name: str) -> None:
    y = data("hard")[1]
    native = bw.to_native("balanced", make({name: BEYOND_EXACT[name]}), y, form="scale_pos_weight")
    assert native.pins == {"tree_method": "hist", "base_score": 0.5, "max_bin": len(y)}
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL


def test_two_roundings_are_no_identity() -> None:
    """The caller's weights times a scale times a ratio: claimed weaker, and not the same bits."""
    deltas = []
    for name in ("hard", "adversarial"):
        native, found = trial({}, POLICIES["ratio and scale"], name, row_weighted=True)
        assert native.guarantee is bw.adapters.Guarantee.EQUIVALENT
        assert "float32 roundings" in native.reason
        deltas.append(found.delta)
    assert 0 < max(deltas) <= 1e-6
