"""Every cell of estimator and settings × task × policy: the claim holds when both sides are trained."""

from typing import Any

import numpy as np
import pytest
from equivalence.trials_sklearn import (
    CELLS,
    CLASSES,
    POLICIES,
    data,
    data_for,
    estimator_of,
    from_cell,
    make,
    policy_of,
    row_weights,
    trial,
)

import boostweights as bw

pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::UserWarning")
BINARY_ONLY = (
    "HistGradientBoostingClassifier: monotone",
    "HistGradientBoostingClassifier: categorical, monotone, penalty",
    "LogisticRegression: liblinear",
    "SGDClassifier: log loss, averaged",
)
"""Cells that scikit-learn does not train with more classes, or that are DIFFERENT there."""
DIFFERENT = {
    "LogisticRegressionCV: three folds": "binary",
    "NuSVC: decisions": "binary",
    "SGDClassifier: log loss, averaged": "multiclass",
}
REFUSED = ("GradientBoostingClassifier: defaults",)
SLOW_TO_CONVERGE = ("LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "NuSVC")
"""Not tried with weights that their optimisers do not converge with."""
MODERATE = ("unweighted", "balanced majority", "balanced mean", "ratio")


def cases(policies: Any) -> list[Any]:
    return [
        pytest.param(cell, task, policy, id=f"{cell}-{task}-{policy}")
        for cell in CELLS
        for task in CLASSES
        for policy in policies
        if (task == "binary" or cell not in BINARY_ONLY)
        and (policy in MODERATE or estimator_of(cell) not in SLOW_TO_CONVERGE)
        and DIFFERENT.get(cell) != "binary"
    ]


def check(cell: str, task: str, policy: str, name: str, *, row_weighted: bool) -> None:
    X, y = data_for(cell, name, task)
    given = row_weights(len(y)) if row_weighted else None
    if cell in REFUSED:
        with pytest.raises(bw.errors.InvalidValueError, match="form='sample_weight'"):
            trial(from_cell(cell), policy_of(policy, task), X, y, given)
        return
    native, found = trial(from_cell(cell), policy_of(policy, task), X, y, given)
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical, (native.reason, found)


@pytest.mark.parametrize(("cell", "task", "policy"), cases(["balanced mean"]))
def test_a_claim_holds(cell: str, task: str, policy: str) -> None:
    name = {"binary": "adversarial", "multiclass": "hard"}[task]
    check(cell, task, policy, name, row_weighted=task == "multiclass")


@pytest.mark.parametrize("policy", POLICIES)
@pytest.mark.parametrize(
    "cell", ["HistGradientBoostingClassifier: defaults", "ExtraTreesClassifier: bootstrap"]
)
def test_every_kind_of_policy(cell: str, policy: str) -> None:
    check(cell, "binary", policy, "hard", row_weighted=False)


@pytest.mark.full
@pytest.mark.parametrize(("name", "row_weighted"), [("hard", False), ("adversarial", True)])
@pytest.mark.parametrize(("cell", "task", "policy"), cases(POLICIES))
def test_every_claim_holds(cell: str, task: str, policy: str, name: str, row_weighted: bool) -> None:
    check(cell, task, policy, name, row_weighted=row_weighted)


@pytest.mark.parametrize("cell", DIFFERENT)
def test_a_different_form_differs_and_is_refused(cell: str) -> None:
    task, policy = DIFFERENT[cell], policy_of("ratio", DIFFERENT[cell])
    deltas = []
    for name in ("hard", "adversarial"):
        X, y = data_for(cell, name, task)
        native, found = trial(from_cell(cell), policy, X, y)
        assert native.guarantee is bw.adapters.Guarantee.DIFFERENT
        deltas.append(found.delta)
    assert max(deltas) > 1e-6
    with pytest.raises(
        bw.errors.InvalidValueError, match="must train the model that row weights.*allow_different"
    ):
        bw.to_native(policy, from_cell(cell), y, form="class_weight")


def test_weights_of_one_are_left_out() -> None:
    """Since scikit-learn 1.9 a forest draws other rows for weights of 1 than for none."""
    y = data("hard", "binary")[1]
    native = bw.to_native(
        bw.Unweighted(), from_cell("RandomForestClassifier: defaults"), y, form="class_weight"
    )
    assert native.params == {"class_weight": None}


@pytest.mark.parametrize("labels", [["bad", "good"], [-1, 1], [False, True], [1, 2]], ids=str)
@pytest.mark.parametrize("name", ["HistGradientBoostingClassifier", "RandomForestClassifier"])
def test_labels_of_any_kind(name: str, labels: list[Any]) -> None:
    X, codes = data("hard", "binary")
    y = np.array(labels)[codes]
    native, found = trial(make(name), bw.Explicit(dict(zip(labels, [1.0, 9.0], strict=True))), X, y)
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical


def test_a_fit_that_is_not_scikit_learns_is_not_vouched_for() -> None:
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.svm import LinearSVC

    class Same(RandomForestClassifier):
        pass

    class Resampled(RandomForestClassifier):
        def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Any:
            return super().fit(X[::2], y[::2])

    policy, y = bw.Explicit({0: 1.0, 1: 2.0}), [0, 0, 1]
    assert (
        bw.to_native(policy, Same(random_state=0), y, form="class_weight").guarantee
        is bw.adapters.Guarantee.IDENTICAL
    )
    for estimator, reason in ((Resampled(), "whose fit is not scikit-learn's"), (LinearSVC(), "LinearSVC")):
        with pytest.raises(bw.errors.InvalidValueError, match=f"{reason}.*allow_different"):
            bw.to_native(policy, estimator, y, form="class_weight")
