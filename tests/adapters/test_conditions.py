"""Claims that hold on a condition: it stands with the claim, and a fitted model is held to it."""

from typing import Any

import numpy as np
import pytest
from libraries import hard_data, make_estimator
from sklearn.ensemble import ExtraTreesClassifier, HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.tree import DecisionTreeClassifier

import boostweights as bw
from boostweights.adapters import Guarantee
from boostweights.errors import ClaimBrokenError

SPW = {"weighting": bw.Balanced(scale="majority"), "form": "scale_pos_weight"}


def test_too_few_rows_to_split_are_refused_before_training() -> None:
    """LightGBM would predict .2 for all, row weights .5; corrected it would say .0588 where .2 is right."""
    X, y = np.random.default_rng(0).normal(size=(30, 2)), np.arange(30) % 5 == 0
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), **SPW)
    with pytest.raises(
        bw.errors.InvalidValueError, match=r"fewer rows than min_data_in_leaf.*form='sample_weight'"
    ):
        clf.fit(X, y)
    assert not hasattr(clf, "estimator_")
    clf.set_params(estimator__min_child_samples=2).fit(X, y)
    assert clf.native_.condition == "the first tree splits"
    assert "identical if the first tree splits" in str(clf.summary())


@pytest.mark.parametrize(
    "settings", [{"min_split_gain": 1e9}, {"reg_lambda": 1e12, "min_split_gain": 1.0}, {}], ids=str
)
def test_a_first_tree_without_a_split_breaks_the_claim(settings: dict[str, Any]) -> None:
    X, y = hard_data(2)
    if not settings:  # nothing to split on
        X = np.ones_like(X)
    model = make_estimator("lightgbm", **settings)
    clf = bw.WeightedClassifier(model, **SPW)
    with pytest.raises(ClaimBrokenError, match="if the first tree splits.*form='sample_weight'"):
        clf.fit(X, y)
    assert not hasattr(clf, "estimator_")
    by_row = bw.WeightedClassifier(model, **{**SPW, "form": "auto"}).fit(X, y)
    assert by_row.predict_proba(X)[:, 1] == pytest.approx(0.5, abs=1e-6)
    start = bw.WeightedClassifier(model, **SPW).fit(X, y, init_score=np.zeros(len(y)))
    assert start.predict_proba(X)[:, 1] == pytest.approx(0.5, abs=1e-6)


def test_a_claim_is_checked_by_hand() -> None:
    X, y = hard_data(2)
    native = bw.to_native("balanced", "lightgbm", y, form="scale_pos_weight")
    native.check(make_estimator("lightgbm", **native.params, **native.pins).fit(X, y))
    bw.to_native("balanced", "xgboost", y, form="scale_pos_weight").check(None)  # has no condition


UNSEEDED = {
    "forest": (RandomForestClassifier(3), True),
    "trees": (ExtraTreesClassifier(3), True),
    "tree": (DecisionTreeClassifier(), True),
    "SGD": (SGDClassifier(loss="log_loss"), True),
    "saga": (LogisticRegression(solver="saga"), True),
    "lbfgs": (LogisticRegression(), False),
    "boosting": (HistGradientBoostingClassifier(), False),
    "boosting that stops": (HistGradientBoostingClassifier(early_stopping=True), True),
    "boosting of few features": (HistGradientBoostingClassifier(max_features=0.5), True),
}


@pytest.mark.parametrize("name", UNSEEDED)
def test_without_a_seed_nothing_random_is_identical(name: str) -> None:
    X, y = hard_data(2)
    model, random = UNSEEDED[name]
    native = bw.to_native("balanced", model, y, form="class_weight")
    assert native.guarantee is (Guarantee.EQUIVALENT if random else Guarantee.IDENTICAL)
    assert ("random_state=None" in native.reason) == random
    seeded = type(model)(**{**model.get_params(), "random_state": 0})
    assert bw.to_native("balanced", seeded, y, form="class_weight").guarantee is Guarantee.IDENTICAL
    if not random:
        first, second = (model.fit(np.nan_to_num(X), y).predict_proba(np.nan_to_num(X)) for _ in range(2))
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize(("rows", "random"), [(10_000, False), (10_001, True)])
def test_many_rows_stop_early_and_so_need_a_seed(rows: int, random: bool) -> None:
    y = np.arange(rows) % 7 == 0
    native = bw.to_native("balanced", HistGradientBoostingClassifier(), y, form="class_weight")
    assert ("early stopping" in native.reason) == random
    quiet = HistGradientBoostingClassifier(early_stopping=False)
    assert bw.to_native("balanced", quiet, y, form="class_weight").guarantee is Guarantee.IDENTICAL
    many = bw.ClassCounts({0: 20 * rows, 1: 1})
    assert "bins" in bw.to_native(bw.Balanced().resolve(many), quiet, form="class_weight").reason


@pytest.mark.parametrize(("C", "guarantee"), [(1.0, Guarantee.IDENTICAL), (0.7, Guarantee.EQUIVALENT)])
def test_liblinear_rounds_in_another_order(C: float, guarantee: Guarantee) -> None:
    y = hard_data(2)[1]
    own = np.random.default_rng(0).uniform(0.5, 2, len(y))
    model = LogisticRegression(solver="liblinear", C=C, random_state=0)
    native = bw.to_native("balanced", model, y, form="class_weight", sample_weight=own)
    assert native.guarantee is guarantee
    assert bw.to_native("balanced", model, y, form="class_weight").guarantee is Guarantee.IDENTICAL
