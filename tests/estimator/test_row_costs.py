"""fit(row_costs=): row weights in every library, sliced with the folds; evaluation rows have their own."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest
import sklearn
from libraries import ADAPTERS, ESTIMATORS, EVALUATED, RECORDS, evaluated, hard_data, losses, make_estimator
from sklearn.base import clone
from sklearn.metrics import log_loss, make_scorer
from sklearn.model_selection import StratifiedShuffleSplit, TunedThresholdClassifierCV, cross_validate

import boostweights as bw

X, Y = hard_data(2)
X = np.nan_to_num(X)  # GradientBoostingClassifier takes no missing values
X_VAL, Y_VAL = hard_data(2, rows=300, seed=1)
X_VAL = np.nan_to_num(X_VAL)
ALL = [(library, name) for library, names in ESTIMATORS.items() for name in names]
IDS = [name for _, name in ALL]


def loans(rows: int, seed: int) -> np.ndarray:
    """Costs of (tn, fp, fn, tp): an enquiry, a profit lost, a credit line lost."""
    rng = np.random.default_rng(seed)
    line, profit, enquiry = rng.lognormal(3, 1, rows), rng.uniform(1, 4, rows), rng.uniform(0, 0.3, rows)
    return np.column_stack([np.zeros(rows), profit, line, enquiry])


COSTS, COSTS_VAL = loans(len(Y), 0), loans(len(Y_VAL), 1)


def by_hand(y: np.ndarray, costs: np.ndarray) -> np.ndarray:
    """The issue's formula; labels are 0 and 1."""
    tn, fp, fn, tp = costs.T
    return np.where(y == 1, np.abs(fn - tp), np.abs(fp - tn))


def row_costs(estimator: Any, **settings: Any) -> bw.WeightedClassifier:
    return bw.WeightedClassifier(estimator, weighting=bw.RowCosts(), **settings)


@pytest.fixture
def routing() -> Iterator[None]:
    with sklearn.config_context(enable_metadata_routing=True):
        yield


# --- the weights are the library's own row weights -----------------------------------------------


@pytest.mark.parametrize("scale", ["none", "mean"])
@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_equals_the_library_with_hand_made_weights(library: str, name: str, scale: str) -> None:
    clf = row_costs(make_estimator(library, name)).set_params(weighting__scale=scale)
    weight = by_hand(Y, COSTS)
    weight = weight / weight.mean() if scale == "mean" else weight
    theirs = make_estimator(library, name).fit(X, Y, sample_weight=weight)
    clf.fit(X, Y, row_costs=COSTS)
    np.testing.assert_array_equal(clf.predict_proba(X), theirs.predict_proba(X))
    np.testing.assert_array_equal(clf.predict(X), theirs.predict(X))
    np.testing.assert_array_equal(clf.row_weights_.values, weight)
    unweighted = make_estimator(library, name).fit(X, Y)
    assert np.abs(unweighted.predict_proba(X) - theirs.predict_proba(X)).max() > 0.01


@pytest.mark.parametrize(("library", "name"), ALL, ids=IDS)
def test_the_callers_weights_multiply(library: str, name: str) -> None:
    own = np.random.default_rng(2).uniform(0.5, 2, len(Y))
    dtype = ADAPTERS[library].dtype
    theirs = make_estimator(library, name)
    theirs.fit(X, Y, sample_weight=by_hand(Y, COSTS).astype(dtype) * own.astype(dtype))
    clf = row_costs(make_estimator(library, name)).fit(X, Y, sample_weight=own, row_costs=COSTS)
    np.testing.assert_array_equal(clf.predict_proba(X), theirs.predict_proba(X))
    assert dict(clf.row_weights_.counts) == pytest.approx({k: own[k == Y].sum() for k in (0, 1)})
    by_rows = clone(clf).set_params(count_rows=True).fit(X, Y, sample_weight=own, row_costs=COSTS)
    np.testing.assert_array_equal(by_rows.predict_proba(X), theirs.predict_proba(X))
    assert dict(by_rows.row_weights_.counts) == {k: int((k == Y).sum()) for k in (0, 1)}


@pytest.mark.parametrize("positive", ["bad", "good"])
def test_strings_and_two_columns(positive: str) -> None:
    labels = np.where(Y == 1, "bad", "good")
    fn_fp = COSTS[:, [2, 1]]
    weight = np.where(labels == positive, fn_fp[:, 0], fn_fp[:, 1])
    clf = row_costs(make_estimator("lightgbm"), form="sample_weight")
    clf.set_params(weighting__pos_label=positive)
    frame = pd.DataFrame(X, columns=list("abcdef"))
    clf.fit(frame, pd.Series(labels), row_costs=pd.DataFrame(fn_fp, columns=["fn", "fp"]))
    theirs = make_estimator("lightgbm").fit(frame, labels, sample_weight=weight)
    np.testing.assert_array_equal(clf.predict_proba(frame), theirs.predict_proba(frame))
    np.testing.assert_array_equal(clf.predict(frame), theirs.predict(frame))
    assert clf.classes_.tolist() == ["bad", "good"]


# --- folds ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("enabled", "make"), [(False, np.asarray), (True, np.ndarray.tolist), (True, pd.DataFrame)]
)
def test_cross_validate_slices_costs_of_any_kind_with_the_folds(enabled: bool, make: Any) -> None:
    arguments = {"params": {"row_costs": make(COSTS)}, "return_estimator": True, "return_indices": True}
    with sklearn.config_context(enable_metadata_routing=enabled):
        clf = row_costs(make_estimator("lightgbm"))
        clf = clf.set_fit_request(row_costs=True) if enabled else clf
        result = cross_validate(clf, X, Y, cv=2, error_score="raise", **arguments)
    for each, rows in zip(result["estimator"], result["indices"]["train"], strict=True):
        np.testing.assert_array_equal(each.row_weights_.values, by_hand(Y, COSTS)[rows])


# --- composition ---------------------------------------------------------------------------------


def test_inside_a_tuned_threshold(routing: None) -> None:
    """Costs are sliced for the fit and for the metric that tunes the threshold."""

    def gain(y: np.ndarray, predicted: np.ndarray, row_costs: np.ndarray) -> float:
        wrong = y != predicted
        return -float((by_hand(y, row_costs) * wrong).sum())

    def tuned(fit_by: Any) -> TunedThresholdClassifierCV:
        scorer = make_scorer(gain).set_score_request(row_costs=True)
        return TunedThresholdClassifierCV(
            fit_by, scoring=scorer, cv=StratifiedShuffleSplit(1, test_size=0.5, random_state=0), thresholds=20
        )

    clf = row_costs(make_estimator("lightgbm")).set_fit_request(row_costs=True)
    ours = tuned(clf).fit(X, Y, row_costs=COSTS)
    bare = make_estimator("lightgbm").set_fit_request(sample_weight=True)
    theirs = tuned(bare).fit(X, Y, row_costs=COSTS, sample_weight=by_hand(Y, COSTS))
    assert ours.best_threshold_ == theirs.best_threshold_
    np.testing.assert_array_equal(ours.predict(X), theirs.predict(X))
    assert len(ours.estimator_.row_weights_) == len(Y)


# --- evaluation ----------------------------------------------------------------------------------


@pytest.mark.parametrize("given", [False, True], ids=["", "weights of the caller's"])
@pytest.mark.parametrize("weighting", ["same", "none"])
@pytest.mark.parametrize("library", EVALUATED)
def test_evaluation_rows_weigh_by_their_own_costs(library: str, weighting: str, given: bool) -> None:
    """Oracle: scikit-learn's log loss of the fitted model, with the weights that were asked for."""
    own = np.random.default_rng(2).uniform(0.5, 2, len(Y_VAL)) if given else None
    clf = row_costs(evaluated(library), eval_weighting=weighting)
    costs = COSTS_VAL if given or weighting == "same" else None  # "none" needs no costs
    sets = {"X_val": X_VAL, "y_val": Y_VAL, "sample_weight_val": own, "row_costs_val": costs}
    clf.fit(X, Y, row_costs=COSTS, **sets, **RECORDS[library].fit_quietly)
    weight = np.ones(len(Y_VAL)) if own is None else own
    weight = weight * by_hand(Y_VAL, COSTS_VAL) if weighting == "same" else weight
    expected = log_loss(Y_VAL, clf.predict_proba(X_VAL)[:, 1], sample_weight=weight)
    assert losses(library, clf)[-1] == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_each_set_has_its_own_costs(library: str) -> None:
    clf = row_costs(evaluated(library), eval_weighting="same")
    sets = [(X_VAL, Y_VAL), (X_VAL[:150], Y_VAL[:150])]
    costs = [COSTS_VAL, COSTS_VAL[150:].tolist()]
    clf.fit(X, Y, row_costs=COSTS, eval_set=sets, row_costs_val=costs, **RECORDS[library].fit_quietly)
    found = [next(iter(each.values()))[-1] for each in clf.estimator_.evals_result_.values()]
    proba = clf.predict_proba(X_VAL)[:, 1]
    expected = [
        log_loss(Y_VAL, proba, sample_weight=by_hand(Y_VAL, COSTS_VAL)),
        log_loss(Y_VAL[:150], proba[:150], sample_weight=by_hand(Y_VAL[:150], COSTS_VAL[150:])),
    ]
    assert found == pytest.approx(expected, rel=2e-5)


@pytest.mark.parametrize("library", EVALUATED)
def test_validation_fraction_slices_costs(library: str) -> None:
    """Both parts weigh by their own rows' costs, in the training part's unit."""
    clf = row_costs(evaluated(library), validation_fraction=0.25, eval_weighting="same")
    clf.set_params(weighting__scale="mean").fit(X, Y, row_costs=COSTS, **RECORDS[library].fit_quietly)
    splitter = StratifiedShuffleSplit(1, test_size=0.25, random_state=0)
    train, held_out = next(splitter.split(X, Y))
    weight = by_hand(Y, COSTS)
    np.testing.assert_allclose(clf.row_weights_.values, weight[train] / weight[train].mean(), rtol=1e-12)
    expected = log_loss(Y[held_out], clf.predict_proba(X[held_out])[:, 1], sample_weight=weight[held_out])
    assert losses(library, clf)[-1] == pytest.approx(expected, rel=2e-5)


# --- what it says of itself ----------------------------------------------------------------------


def test_it_has_no_class_weights() -> None:
    clf = row_costs(make_estimator("lightgbm"))
    for state in (clf, clf.fit(X, Y, row_costs=COSTS)):
        with pytest.raises(AttributeError, match="class_weights_"):
            state.class_weights_
        assert not hasattr(state, "class_weights_")
    clf.set_params(weighting="balanced").fit(X, Y)
    assert not hasattr(clf, "row_weights_")
    assert clf.class_weights_.mean == pytest.approx(1.0)
    clf.set_params(weighting=bw.RowCosts()).fit(X, Y, row_costs=COSTS)
    assert not hasattr(clf, "class_weights_")
    assert clf.native_.guarantee is bw.adapters.Guarantee.IDENTICAL


def test_summary_shows_weights_by_row() -> None:
    costs = COSTS.copy()
    costs[np.flatnonzero(Y == 0)[0], 1] = 0.0
    clf = row_costs(make_estimator("lightgbm")).fit(X, Y, row_costs=costs)
    weight = by_hand(Y, costs)
    text = repr(clf.summary())
    for part in (
        "RowCosts()",
        f"{len(Y)}, from 0 to {weight.max():.6g}, median {np.median(weight):.6g}, mean {weight.mean():.6g}",
        f"1 of {len(Y)} rows weigh 0",
    ):
        assert part in text
    frame = clf.summary().to_frame()
    sums = np.array([weight[k == Y].sum() for k in (0, 1)])
    assert frame["mean weight"].tolist() == pytest.approx([weight[k == Y].mean() for k in (0, 1)])
    assert frame["weighted share"].tolist() == pytest.approx(sums / sums.sum())
    assert "mean weight" in clf._repr_html_()


# --- bad input -----------------------------------------------------------------------------------

LGB = make_estimator("lightgbm")
SETS: dict[str, Any] = {"X_val": X_VAL, "y_val": Y_VAL}
BAD: list[tuple[Any, ...]] = [
    ({}, {"row_costs": None}, TypeError, "needs the costs of each row"),
    ({"weighting": "balanced"}, {}, TypeError, r"weighting=Balanced\(\)"),
    ({"correct_proba": True}, {}, ValueError, "correct_proba=True with weighting=RowCosts"),
    ({"weighting": None}, {**SETS, "row_costs": None, "row_costs_val": COSTS_VAL}, TypeError, "costs_val"),
    ({"eval_weighting": "same"}, SETS, TypeError, "costs of its own rows.*eval_weighting='none'"),
    ({}, {"row_costs_val": COSTS_VAL}, TypeError, "no evaluation set"),
    ({}, {"eval_set": [(X_VAL, Y_VAL)] * 2, "row_costs_val": COSTS_VAL}, ValueError, "1 for 2 sets"),
    ({"eval_weighting": "none"}, {**SETS, "row_costs_val": COSTS}, ValueError, r"\(300, 2\)"),
    ({}, {"row_costs": COSTS[:-1]}, ValueError, r"\(399, 4\)"),
    ({"form": "scale_pos_weight"}, {}, ValueError, "form='scale_pos_weight', which weighs classes"),
]


@pytest.mark.parametrize(("settings", "data", "error", "message"), BAD)
def test_bad_input_raises_before_any_training(
    settings: dict[str, Any], data: dict[str, Any], error: type[Exception], message: str
) -> None:
    clf = bw.WeightedClassifier(**{"estimator": clone(LGB), "weighting": bw.RowCosts(), **settings})
    with pytest.raises(error, match=message) as raised:
        clf.fit(**{"X": X, "y": Y, "row_costs": COSTS, **data})
    assert isinstance(raised.value, bw.BoostweightsError)
    assert not hasattr(clf, "estimator_")


def test_corrected_probabilities_after_the_fit_are_an_error_too() -> None:
    clf = row_costs(make_estimator("lightgbm")).fit(X, Y, row_costs=COSTS).set_params(correct_proba=True)
    with pytest.raises((bw.BoostweightsError, AttributeError), match="row"):
        clf.predict_proba(X)
