"""``verify`` on a caller's own data: what it says against what was trained by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from libraries import ESTIMATORS, hard_data, make_estimator
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression, SGDClassifier
from sklearn.model_selection import StratifiedKFold, StratifiedShuffleSplit
from sklearn.svm import LinearSVC

import boostweights as bw

X, Y = hard_data(2)
MAJORITY = bw.Balanced(scale="majority")


@pytest.mark.parametrize("library", ESTIMATORS)
def test_every_form_is_the_same_model_where_it_is_claimed(library: str) -> None:
    report = bw.verify(make_estimator(library), MAJORITY, X, Y)
    identical = bw.adapters.Guarantee.IDENTICAL
    claimed = [row for row in report.rows if row.claimed is identical]
    for row in claimed:
        assert row.found is identical
        assert row.identical_trees
        assert row.max_train == row.max_test == row.changed_decisions == 0
    if len(claimed) == len(report.rows):  # LightGBM's is_unbalance stays a float32 rounding away
        report.require("identical")


def by_hand(library: str, **settings: Any) -> tuple[Any, Any, tuple[np.ndarray, np.ndarray]]:
    """The parameter alone and row weights, trained on the split that is documented, and its parts."""
    train, test = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=0).split(X, Y))
    ratio = float(np.float32((Y[train] == 0).sum() / (Y[train] == 1).sum()))
    ours, rows = (
        make_estimator(library, **settings, scale_pos_weight=ratio),
        make_estimator(library, **settings),
    )
    rows.fit(X[train], Y[train], sample_weight=np.where(Y[train] == 1, ratio, 1))
    return ours.fit(X[train], Y[train]), rows, (X[train], X[test])


def test_the_numbers_are_those_of_models_trained_by_hand() -> None:
    report = bw.verify(make_estimator("lightgbm"), MAJORITY, X, Y, forms=["scale_pos_weight"])
    pasted, rows, parts = by_hand("lightgbm")
    (row,) = report.rows
    expected = max(np.abs(pasted.predict_proba(part) - rows.predict_proba(part)).max() for part in parts)
    assert row.pasted_max == expected > 0.1
    assert row.causes == ("intercept",)
    assert "boost_from_average=False" in row.conditions


def test_a_difference_is_measured_and_located() -> None:
    settings = {"tree_method": "approx", "base_score": 0.5}
    report = bw.verify(make_estimator("xgboost", **settings), MAJORITY, X, Y, forms=["scale_pos_weight"])
    ours, rows, (_, held_out) = by_hand("xgboost", **settings)
    (row,) = report.rows
    delta = np.abs(ours.predict_proba(held_out) - rows.predict_proba(held_out)).max(axis=1)
    assert row.max_test == pytest.approx(delta.max(), abs=1e-7)
    assert row.mean_test == pytest.approx(delta.mean(), abs=1e-7)
    changed = ours.predict(held_out) != rows.predict(held_out)
    assert row.changed_decisions == pytest.approx(changed.mean())
    assert row.found is row.claimed is bw.adapters.Guarantee.DIFFERENT
    assert "cuts" in row.causes
    assert row.first_difference.startswith("tree 1, node")
    with pytest.raises(bw.errors.InvalidValueError, match="another model than row weights"):
        report.require("equivalent")


def test_linear_models_are_compared_by_coefficients_and_probabilities() -> None:
    filled = np.nan_to_num(X)
    report = bw.verify(LogisticRegression(), "balanced", filled, Y)
    assert (report.rows[0].found, report.rows[0].identical_trees) == (bw.adapters.Guarantee.IDENTICAL, None)

    codes = hard_data(3)[1]
    (row,) = bw.verify(SGDClassifier(loss="log_loss", random_state=0), "balanced", filled, codes).rows
    train, test = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=0).split(filled, codes))
    weights = bw.Balanced().resolve(codes[train])
    rows = weights.sample_weight(codes[train], "f8")
    sides = [
        SGDClassifier(loss="log_loss", random_state=0, class_weight=weighed).fit(
            filled[train], codes[train], None, None, given
        )
        for weighed, given in (
            (weights.class_weight, None),
            (None, rows),
        )
    ]
    first, other = (float(side.coef_[0, 0]) for side in sides)
    assert row.first_difference == f"row 0, coefficient 0: {first} against {other}"
    delta = np.abs(np.subtract(*(side.predict_proba(filled[test]) for side in sides))).max()
    assert row.max_test == pytest.approx(delta, abs=1e-12)
    assert (row.causes, row.identical_trees) == (("objective",), None)


def test_the_scale_is_named_as_a_cause() -> None:
    report = bw.verify(make_estimator("catboost"), "balanced", X, Y, forms=["scale_pos_weight"])
    assert report.rows[0].causes == ("scale",)
    assert report.rows[0].found is bw.adapters.Guarantee.IDENTICAL


def test_intercept_and_cuts_are_told_apart() -> None:
    ratio = bw.Explicit({0: 1.0, 1: 3.0})
    both = bw.verify(make_estimator("xgboost"), ratio, X, Y, forms=["scale_pos_weight"])
    cuts = bw.verify(make_estimator("xgboost", base_score=0.5), ratio, X, Y, forms=["scale_pos_weight"])
    start = bw.verify(make_estimator("xgboost", tree_method="exact"), ratio, X, Y, forms=["scale_pos_weight"])
    major = int(pytest.importorskip("xgboost").__version__.split(".")[0])
    intercept = {"intercept"} if major >= 3 else set()  # before, the start score sees scale_pos_weight too
    assert set(both.rows[0].causes) == {*intercept, "cuts"}
    assert cuts.rows[0].causes == ("cuts",)
    assert set(start.rows[0].causes) == intercept


def test_an_ignored_parameter_is_refused_and_named() -> None:
    report = bw.verify(make_estimator("lightgbm"), MAJORITY, *hard_data(4))
    by_form = {row.form: row for row in report.rows}
    assert by_form["is_unbalance"].causes == ("ignored parameter",)
    assert by_form["class_weight"].found is bw.adapters.Guarantee.IDENTICAL
    with pytest.raises(bw.errors.InvalidValueError, match="refused"):
        report.require("identical")


def test_each_distinct_model_is_trained_once(monkeypatch: pytest.MonkeyPatch) -> None:
    estimator = make_estimator("catboost")
    fits: list[Any] = []
    fit = type(estimator).fit
    monkeypatch.setattr(
        type(estimator), "fit", lambda self, *a, **k: fits.append(self.get_params()) or fit(self, *a, **k)
    )
    bw.verify(estimator, MAJORITY, X, Y)
    assert len(fits) == 4  # row weights, and each of three forms: CatBoost needs no pins


def test_folds_and_frames() -> None:
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(6)])
    folds = StratifiedKFold(3, shuffle=True, random_state=0)
    report = bw.verify(
        make_estimator("lightgbm"), "balanced", frame, pd.Series(Y), forms=["class_weight"], cv=folds
    )
    report.require("identical")
    assert (
        bw.verify(make_estimator("lightgbm"), "balanced", frame, Y, forms=["class_weight"], cv=3).rows
        == report.rows
    )


def test_names_of_classes_need_the_positive_one() -> None:
    labels = np.array(["good", "bad"])[Y]
    with pytest.raises(bw.errors.InvalidValueError, match="pos_label='bad'"):
        bw.verify(make_estimator("xgboost"), MAJORITY, X, labels)
    report = bw.verify(make_estimator("xgboost"), MAJORITY, X, labels, pos_label="bad")
    report.require("identical")
    numbers = bw.verify(make_estimator("xgboost"), MAJORITY, X, Y)
    assert numbers.rows == report.rows


def test_it_reads_in_a_line_and_as_a_table() -> None:
    report = bw.verify(make_estimator("xgboost", enable_categorical=False), MAJORITY, X, Y)
    assert "scale_pos_weight: the same model as row weights, with tree_method='exact'" in repr(report)
    frame = report.to_frame()
    assert frame["found"].tolist() == ["identical"]
    assert list(frame.columns)[:3] == ["form", "claimed", "found"]


BAD = {
    "weighs already": (
        lambda: bw.verify(make_estimator("xgboost", scale_pos_weight=9), MAJORITY, X, Y),
        ValueError,
    ),
    "a form that cannot say the policy": (
        lambda: bw.verify(make_estimator("lightgbm"), bw.Costs(fn=50, fp=1), X, Y, forms=["is_unbalance"]),
        ValueError,
    ),
    "unknown form": (lambda: bw.verify(make_estimator("xgboost"), MAJORITY, X, Y, forms=["spw"]), ValueError),
    "no probabilities": (lambda: bw.verify(LinearSVC(), MAJORITY, np.nan_to_num(X), Y), TypeError),
    "unknown guarantee": (
        lambda: bw.verify(make_estimator("lightgbm"), MAJORITY, X, Y, forms=["class_weight"]).require("same"),
        ValueError,
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input(case: str) -> None:
    call, error = BAD[case]
    with pytest.raises(error) as raised:
        call()
    assert isinstance(raised.value, bw.BoostweightsError)


def test_a_missing_seed_is_named() -> None:
    """Two fits of one forest differ without it: that is no tie."""
    X, y = hard_data(2)
    for seed, causes in ((None, ("no seed",)), (0, ())):
        forest = RandomForestClassifier(5, random_state=seed)
        report = bw.verify(forest, "balanced", np.nan_to_num(X), y, forms=["class_weight"])
        assert report.rows[0].causes == causes
        assert report.rows[0].claimed is (
            bw.adapters.Guarantee.IDENTICAL if causes == () else bw.adapters.Guarantee.EQUIVALENT
        )
