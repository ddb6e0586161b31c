"""Evaluation sets in every form, and the part of the training fold that serves as one."""

from typing import Any

import numpy as np
import pandas as pd
import pytest
from libraries import ADAPTERS, EVALUATED, RECORDS, evaluated, hard_data, losses, make_estimator, stopping
from sklearn.metrics import log_loss
from sklearn.model_selection import GridSearchCV, StratifiedShuffleSplit

import boostweights as bw

X, Y = hard_data(2, rows=500)
X_VAL, Y_VAL = hard_data(2, rows=300, seed=1)
POLICY = bw.Balanced(scale="majority")
FORMS = [
    pytest.param(library, form, id=f"{library}-{form}")
    for library in EVALUATED
    for form in ADAPTERS[library].forms
]


@pytest.mark.parametrize("weighting", ["same", "none"])
@pytest.mark.parametrize(("library", "form"), FORMS)
def test_each_form_stops_where_row_weights_stop(library: str, form: str, weighting: str) -> None:
    quiet = RECORDS[library].fit_quietly
    ours, theirs = (
        bw.WeightedClassifier(stopping(library), POLICY, form=chosen, eval_weighting=weighting).fit(
            X, Y, X_val=X_VAL, y_val=Y_VAL, **quiet
        )
        for chosen in (form, "sample_weight")
    )
    identical = ours.native_.guarantee is bw.adapters.Guarantee.IDENTICAL
    # An equivalent form may decide a tie between splits otherwise, some rounds on.
    np.testing.assert_allclose(
        ours.predict_proba(X_VAL), theirs.predict_proba(X_VAL), rtol=0, atol=0 if identical else 0.01
    )


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_eval_set_is_another_spelling(library: str) -> None:
    quiet = RECORDS[library].fit_quietly
    by_name = bw.WeightedClassifier(evaluated(library), weighting=POLICY)
    by_name.fit(X, Y, X_val=X_VAL, y_val=Y_VAL, **quiet)
    for spelled in ([(X_VAL, Y_VAL)], (X_VAL, Y_VAL)):
        other = bw.WeightedClassifier(evaluated(library), weighting=POLICY)
        other.fit(X, Y, eval_set=spelled, **quiet)
        assert losses(library, other) == losses(library, by_name)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm", "catboost"])
def test_the_training_rows_as_evaluation_set_are_weighted_as_asked(library: str) -> None:
    """LightGBM would carry its training weights over, were labels the same object."""
    quiet = RECORDS[library].fit_quietly
    clf = bw.WeightedClassifier(evaluated(library), weighting=POLICY, eval_weighting="none")
    clf.fit(X, Y, eval_set=[(X, Y)], **quiet)
    assert losses(library, clf)[-1] == pytest.approx(log_loss(Y, clf.predict_proba(X)[:, 1]), rel=1e-4)


def test_several_evaluation_sets_each_with_its_weights() -> None:
    clf = bw.WeightedClassifier(make_estimator("xgboost", eval_metric="logloss"), weighting=None)
    weight = np.linspace(0.5, 2, len(Y_VAL))
    clf.fit(X, Y, eval_set=[(X, Y), (X_VAL, Y_VAL)], sample_weight_val=[None, weight], verbose=False)
    result = clf.estimator_.evals_result()
    proba, proba_val = clf.predict_proba(X)[:, 1], clf.predict_proba(X_VAL)[:, 1]
    assert result["validation_0"]["logloss"][-1] == pytest.approx(log_loss(Y, proba), rel=1e-5)
    assert result["validation_1"]["logloss"][-1] == pytest.approx(
        log_loss(Y_VAL, proba_val, sample_weight=weight), rel=1e-5
    )


def test_catboost_categoricals_reach_a_weighted_evaluation_set() -> None:
    frame = pd.DataFrame({"number": X[:, 0], "colour": np.where(X[:, 2] > 1, "red", "blue")})
    held_out = pd.DataFrame({"number": X_VAL[:, 0], "colour": np.where(X_VAL[:, 2] > 1, "red", "blue")})
    for where in ("constructor", "fit"):
        columns = {"cat_features": ["colour"]}
        inner = make_estimator(
            "catboost", eval_metric="Logloss", **(columns if where == "constructor" else {})
        )
        clf = bw.WeightedClassifier(inner, weighting=POLICY)
        clf.fit(frame, Y, X_val=held_out, y_val=Y_VAL, **(columns if where == "fit" else {}))
        assert len(losses("catboost", clf)) == 8


@pytest.mark.parametrize("library", EVALUATED)
def test_validation_fraction_is_the_same_split_by_hand(library: str) -> None:
    """Weights resolve on the rest; the part and its row weights are drawn by the estimator's seed."""
    quiet, inner = RECORDS[library].fit_quietly, evaluated(library)
    seed = 3 if "random_state" in inner.get_params() else 0
    inner.set_params(**({"random_state": seed} if seed else {}))
    weight = np.random.default_rng(0).integers(1, 5, len(Y)) / 4
    clf = bw.WeightedClassifier(inner, validation_fraction=0.25).fit(X, Y, sample_weight=weight, **quiet)
    rest, part = next(StratifiedShuffleSplit(1, test_size=0.25, random_state=seed).split(X, Y))
    sets = {"X_val": X[part], "y_val": Y[part], "sample_weight_val": weight[part]}
    by_hand = bw.WeightedClassifier(inner).fit(X[rest], Y[rest], sample_weight=weight[rest], **sets, **quiet)
    np.testing.assert_array_equal(clf.predict_proba(X_VAL), by_hand.predict_proba(X_VAL))
    assert dict(clf.class_weights_.counts) == {k: weight[rest][Y[rest] == k].sum() for k in (0, 1)}
    assert losses(library, clf) == losses(library, by_hand)


@pytest.mark.parametrize("library", EVALUATED)
def test_early_stopping_inside_grid_search(library: str) -> None:
    clf = bw.WeightedClassifier(stopping(library, 100), validation_fraction=0.2)
    search = GridSearchCV(clf, {"weighting__power": [0.0, 1.0]}, cv=2, error_score="raise")
    search.fit(X, Y, **RECORDS[library].fit_quietly)
    assert set(search.cv_results_["param_weighting__power"]) == {0.0, 1.0}
    inner = search.best_estimator_.estimator_
    kept = [getattr(inner, n) for n in ("best_iteration", "best_iteration_", "n_iter_") if hasattr(inner, n)]
    assert 0 < kept[0] < 100


SET = {"X_val": X_VAL, "y_val": Y_VAL}
REFUSED: list[tuple[Any, ...]] = [
    ("lightgbm", {}, {"X_val": X_VAL}, TypeError, "y_val=None"),
    ("lightgbm", {}, {**SET, "eval_set": [(X_VAL, Y_VAL)]}, TypeError, "both X_val and eval_set"),
    ("lightgbm", {"validation_fraction": 0.1}, SET, TypeError, "validation_fraction"),
    ("lightgbm", {"validation_fraction": 1.0}, {}, ValueError, "between 0 and 1"),
    ("lightgbm", {}, {"X_val": X_VAL, "y_val": Y_VAL + 1}, KeyError, "every label must be one of"),
    ("xgboost", {}, {"X_val": X_VAL, "y_val": Y_VAL[:-1]}, ValueError, "299 rows of its y"),
    ("xgboost", {}, {"sample_weight_val": Y_VAL}, TypeError, "no evaluation set"),
    ("xgboost", {}, {**SET, "sample_weight_val": np.ones(7)}, ValueError, r"shape \(300,\)"),
    ("xgboost", {}, {**SET, "sample_weight_val": [np.ones(300), np.ones(300)]}, ValueError, "2 for 1 sets"),
    ("catboost", {}, {"eval_set": object()}, TypeError, r"\[\(X_val, y_val\)\]"),
    ("sklearn", {}, {"eval_set": [(X_VAL, Y_VAL)] * 2}, TypeError, "one evaluation set"),
    ("lightgbm", {}, {"eval_X": X_VAL, "eval_y": Y_VAL}, TypeError, "eval_X"),
    ("xgboost", {"eval_weighting": "sane"}, {}, ValueError, "Did you mean 'same'"),
]


@pytest.mark.parametrize(("library", "settings", "arguments", "error", "message"), REFUSED)
def test_refused_before_training(
    library: str, settings: Any, arguments: Any, error: Any, message: str
) -> None:
    clf = bw.WeightedClassifier(make_estimator(library)).set_params(**settings)
    with pytest.raises(error, match=message) as raised:
        clf.fit(X, Y, **arguments)
    assert isinstance(raised.value, bw.BoostweightsError)
    assert not hasattr(clf, "estimator_")


@pytest.mark.parametrize("name", ["GradientBoostingClassifier", "RandomForestClassifier"])
@pytest.mark.parametrize("how", ["X_val", "validation_fraction"])
def test_estimators_without_evaluation_sets_refuse(name: str, how: str) -> None:
    clf = bw.WeightedClassifier(make_estimator("sklearn", name))
    arguments: dict[str, Any] = {"X_val": X_VAL, "y_val": Y_VAL} if how == "X_val" else {}
    clf.set_params(validation_fraction=None if arguments else 0.2)
    with pytest.raises(bw.errors.InvalidTypeError, match=f"{name} must take an evaluation set"):
        clf.fit(np.nan_to_num(X), Y, **arguments)


def test_a_class_of_one_row_cannot_be_split() -> None:
    y = np.zeros(len(Y), int)
    y[0] = 1
    clf = bw.WeightedClassifier(make_estimator("lightgbm"), validation_fraction=0.2)
    with pytest.raises(bw.errors.InvalidValueError, match="two rows of each class"):
        clf.fit(X, y)


def test_rows_held_out_for_nothing_are_a_warning_of_the_summary() -> None:
    from lightgbm import early_stopping

    clf = bw.WeightedClassifier(make_estimator("lightgbm"), validation_fraction=0.2)
    said = "validation_fraction=0.2 holds rows out, on which nothing in LGBMClassifier stops training early"
    assert clf.fit(X, Y).summary().facts()["warning"] == said
    assert bw.audit(clf).codes().count("validation-fraction-unread") == 1
    stopped = clf.fit(X, Y, callbacks=[early_stopping(5, verbose=False)])
    assert "warning" not in stopped.summary().facts()
    assert "validation-fraction-unread" not in bw.audit(stopped).codes()
