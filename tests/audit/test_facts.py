"""What the audit says of XGBoost and LightGBM, shown by training: what does nothing changes nothing."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from audit.mistakes import codes
from libraries import ADAPTERS, RECORDS, hard_data, make_estimator, needed
from sklearn.base import clone

import boostweights as bw
from boostweights.adapters.xgboost.forms import OBJECTIVES
from boostweights.adapters.xgboost.settings import _IGNORING

X, Y = hard_data(rows=300)
X3, Y3 = hard_data(classes=3, rows=300)
TRAIN = {"nthread": 1, "max_depth": 3, "verbosity": 0}


def squared(scores: Any, data: Any) -> tuple[np.ndarray, np.ndarray]:
    """An objective of one's own that sees labels only."""
    labels = data.get_label() if hasattr(data, "get_label") else data
    truth, guess = (scores, labels) if not hasattr(data, "get_label") else (labels, scores)
    return np.asarray(guess) - np.asarray(truth), np.ones(len(truth))


# --- XGBoost ------------------------------------------------------------------------------------------------


def trained_by_xgboost(params: Mapping[str, Any], X: Any = X, y: Any = Y, **more: Any) -> np.ndarray:
    xgb = needed("xgboost")
    data = xgb.DMatrix(X, y)
    booster = xgb.train({**TRAIN, **params}, data, 4, **more)
    return np.asarray(booster.predict(data, output_margin=True))


@pytest.mark.parametrize("objective", [*_IGNORING, *OBJECTIVES])
def test_xgboost_ignores_scale_pos_weight_where_it_is_said_to(objective: str) -> None:
    more = {"num_class": 2} if objective.startswith("multi:") else {}
    params = {"objective": objective, **more}
    plain, weighted = (trained_by_xgboost({**params, "scale_pos_weight": w}) for w in (1.0, 9.0))
    assert np.array_equal(plain, weighted) == (objective in _IGNORING)
    found = codes({**params, "scale_pos_weight": 9.0}, library="xgboost")
    assert ("ignored-parameter" in found) == (objective in _IGNORING)


def test_xgboost_ignores_scale_pos_weight_with_an_objective_of_ones_own() -> None:
    plain, weighted = (trained_by_xgboost({"scale_pos_weight": w}, obj=squared) for w in (1.0, 9.0))
    assert np.array_equal(plain, weighted)
    clf = make_estimator("xgboost", objective=squared, scale_pos_weight=9.0)
    assert codes(clf) == ["ignored-parameter"]


@pytest.mark.parametrize("name", ["class_weight", "class_weights", "is_unbalance", "auto_class_weights"])
def test_xgboost_knows_no_other_parameter_for_class_weights(name: str) -> None:
    assert np.array_equal(trained_by_xgboost({}), trained_by_xgboost({name: 9.0}))
    assert codes({name: 9.0}, library="xgboost") == ["ignored-parameter"]
    assert codes(make_estimator("xgboost", **{name: 9.0})) == ["ignored-parameter"]


def test_xgboost_ignores_scale_pos_weight_with_three_classes() -> None:
    plain = make_estimator("xgboost").fit(X3, Y3).predict_proba(X3)
    clf = make_estimator("xgboost", scale_pos_weight=9.0, verbosity=0)
    assert np.array_equal(plain, clone(clf).fit(X3, Y3).predict_proba(X3))
    assert "ignored-parameter" in codes(clf, Y3)
    assert "ignored-parameter" not in codes(clf, Y)


@pytest.mark.parametrize(("weight", "splits"), [(0.9, False), (1.5, None), (3.0, True)])
@pytest.mark.parametrize(
    ("library", "labels", "floor", "settings"),
    [
        ("xgboost", Y, 10.0, {"base_score": 0.5}),
        ("xgboost", Y3, 20.0, {"base_score": 0.5}),
        ("lightgbm", Y, 10.0, {"boost_from_average": False}),
        ("lightgbm", Y, 10.0, {"boost_from_average": False, "sigmoid": 0.5}),
    ],
    ids=range(4),
)
def test_weights_below_min_child_weight_make_no_split(
    library: str,
    labels: np.ndarray,
    floor: float,
    settings: dict[str, Any],
    weight: float,
    splits: bool | None,
) -> None:
    most = 0.5 if len(set(labels)) > 2 else settings.get("sigmoid", 1.0) ** 2 / 4
    given = np.full(len(labels), weight * 2 * floor / most / len(labels))
    clf = make_estimator(library, min_child_weight=floor, **settings)
    proba = clone(clf).fit(X, labels, sample_weight=given).predict_proba(X)
    assert splits is None or (len(np.unique(proba[:, 0])) > 1) == splits
    assert ("weights-too-small" in codes(clf, labels, sample_weight=given)) == (splits is False)


def test_continued_training_keeps_the_weight_of_the_model_before() -> None:
    xgb = needed("xgboost")
    data = xgb.DMatrix(X, Y)
    params = {**TRAIN, "objective": "binary:logistic"}
    before = xgb.train({**params, "scale_pos_weight": 9.0}, data, 2)

    def after(**more: Any) -> np.ndarray:
        return np.asarray(xgb.train({**params, **more}, data, 2, xgb_model=before.copy()).predict(data))

    assert np.array_equal(after(), after(scale_pos_weight=9.0))
    assert not np.array_equal(after(), after(scale_pos_weight=1.0))
    assert codes({**params, "xgb_model": before}, library="xgboost") == ["inherited-weight"]
    assert codes({**params, "xgb_model": before, "scale_pos_weight": 1.0}, library="xgboost") == []
    continued = make_estimator("xgboost").fit(X, Y, xgb_model=before)
    assert "inherited-weight" in codes(continued)
    assert "inherited-weight" not in codes(make_estimator("xgboost").fit(X, Y))
    assert "inherited-weight" not in codes(make_estimator("xgboost", scale_pos_weight=9.0).fit(X, Y))


# --- LightGBM -----------------------------------------------------------------------------------------------


def trained_by_lightgbm(params: Mapping[str, Any], X: Any = X, y: Any = Y) -> np.ndarray:
    lgb = needed("lightgbm")
    booster = lgb.train({"verbose": -1, "num_threads": 1, **params}, lgb.Dataset(X, y), 4)
    return np.asarray(booster.predict(X, raw_score=True))


WEIGHINGS = ({"scale_pos_weight": 9.0}, {"is_unbalance": True}, {"unbalance": True})


@pytest.mark.parametrize("weighing", WEIGHINGS, ids=lambda weighing: next(iter(weighing)))
@pytest.mark.parametrize("objective", ["multiclass", "softmax", "cross_entropy", "binary", "multiclassova"])
def test_lightgbm_ignores_weights_of_labels_where_it_is_said_to(
    objective: str, weighing: dict[str, Any]
) -> None:
    more = {} if objective in ("cross_entropy", "binary") else {"num_class": 3}
    params, labels = {"objective": objective, **more}, Y3 if more else Y
    same = np.array_equal(
        trained_by_lightgbm(params, y=labels), trained_by_lightgbm({**params, **weighing}, y=labels)
    )
    assert same == (objective not in ("binary", "multiclassova"))
    assert ("ignored-parameter" in codes({**params, **weighing}, library="lightgbm")) == same


@pytest.mark.parametrize("weighing", WEIGHINGS, ids=lambda weighing: next(iter(weighing)))
def test_lightgbm_ignores_weights_of_labels_with_three_classes_or_an_objective_of_ones_own(
    weighing: dict[str, Any],
) -> None:
    for labels, objective in ((Y3, None), (Y, squared)):
        plain, weighted = (
            make_estimator("lightgbm", objective=objective, **settings)
            .fit(X, labels)
            .predict(X, raw_score=True)
            for settings in ({}, weighing)
        )
        assert np.array_equal(plain, weighted)
        assert "ignored-parameter" in codes(
            make_estimator("lightgbm", objective=objective, **weighing), labels
        )
    assert "ignored-parameter" not in codes(make_estimator("lightgbm", **weighing), Y)


def test_an_objective_of_labels_and_scores_does_not_see_class_weight() -> None:
    def heeding(labels: Any, scores: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
        factor = np.ones(len(labels)) if weights is None else weights
        return (scores - labels) * factor, factor

    for objective, ignored in ((squared, True), (heeding, False)):
        plain, weighted = (
            make_estimator("lightgbm", objective=objective, class_weight=weights)
            .fit(X, Y)
            .predict(X, raw_score=True)
            for weights in (None, {0: 1.0, 1: 9.0})
        )
        assert np.array_equal(plain, weighted) == ignored
        clf = make_estimator("lightgbm", objective=objective, class_weight="balanced")
        assert ("ignored-parameter" in codes(clf)) == ignored


@pytest.mark.parametrize("name", ["class_weight", "class_weights", "auto_class_weights"])
def test_lightgbm_train_knows_no_class_weight(name: str) -> None:
    params = {"objective": "binary"}
    assert np.array_equal(trained_by_lightgbm(params), trained_by_lightgbm({**params, name: "balanced"}))
    assert codes({**params, name: "balanced"}, library="lightgbm") == ["ignored-parameter"]


def test_lightgbm_multiplies_class_weight_with_scale_pos_weight_and_refuses_two_of_labels() -> None:
    lgb = needed("lightgbm")
    pinned = {"boost_from_average": False}
    by_rows = np.where(Y == 1, 8.0, 1.0)
    product = make_estimator("lightgbm", **pinned).fit(X, Y, sample_weight=by_rows).predict_proba(X)
    both = make_estimator("lightgbm", class_weight={0: 1.0, 1: 4.0}, scale_pos_weight=2.0, **pinned)
    assert np.array_equal(product, clone(both).fit(X, Y).predict_proba(X))
    assert "weights-multiply" in codes(both)
    refused = make_estimator("lightgbm", is_unbalance=True, scale_pos_weight=9.0)
    assert "weights-refused" in codes(refused)
    with pytest.raises(lgb.basic.LightGBMError):
        refused.fit(X, Y)


@pytest.mark.parametrize("weighing", WEIGHINGS, ids=lambda weighing: next(iter(weighing)))
def test_weights_of_labels_are_not_in_the_average_that_lightgbm_starts_from(weighing: dict[str, Any]) -> None:
    positive = 9.0 if "scale_pos_weight" in weighing else (Y == 0).sum() / (Y == 1).sum()
    for pins in ({}, {"boost_from_average": True}, {"boost_from_average": False}):
        by_rows = make_estimator("lightgbm", class_weight={0: 1.0, 1: positive}, **pins)
        clf = make_estimator("lightgbm", **weighing, **pins)
        apart = np.abs(by_rows.fit(X, Y).predict_proba(X) - clone(clf).fit(X, Y).predict_proba(X)).max()
        assert (apart > 0.1) == ("average-start" in codes(clf, Y))
        assert apart > 0.1 or apart < 1e-6
        assert "average-start" not in codes(by_rows, Y)
    even = make_estimator("lightgbm", is_unbalance=True)
    assert "average-start" not in codes(even, np.arange(300) % 2)
    assert "average-start" not in codes({"objective": "multiclass", **weighing}, library="lightgbm")


@pytest.mark.parametrize(
    ("heavy", "least", "found"),
    [(1.0, 20, False), (4e3, 20, False), (2e4, 20, True), (2e4, 1, False), (1e6, 1, True), (1e6, 0, False)],
)
def test_a_row_as_heavy_as_all_others_leaves_lightgbm_no_split(heavy: float, least: int, found: bool) -> None:
    weight = np.where(np.arange(300) == 7, heavy, 1.0)
    clf = make_estimator("lightgbm", min_child_samples=least, boost_from_average=False)
    for labels in (Y, Y3):
        proba = clone(clf).fit(X, labels, sample_weight=weight).predict_proba(X)
        assert (len(np.unique(proba[:, 0])) == 1) == found
        assert ("weights-too-heavy" in codes(clf, labels, sample_weight=weight)) == found
    assert ("weights-too-heavy" in codes(clf, sample_weight=weight)) == found


@pytest.mark.parametrize(("heavy", "found"), [(1.0, False), (13.5, False), (15.0, True), (1e6, True)])
def test_classes_as_heavy_as_all_others_leave_lightgbm_no_leaf_for_these(heavy: float, found: bool) -> None:
    y = np.arange(300) % 2
    for clf in (
        make_estimator("lightgbm", class_weight={0: 1.0, 1: heavy}),
        make_estimator("lightgbm", scale_pos_weight=heavy, boost_from_average=False),
        bw.WeightedClassifier(make_estimator("lightgbm"), weighting={0: 1.0, 1: heavy}),
    ):
        proba = clone(clf).fit(y[:, None], y).predict_proba(y[:, None])
        assert (len(np.unique(proba[:, 0])) == 1) == found
        assert ("weights-too-heavy" in codes(clf, y)) == found
    params = {"objective": "binary", "scale_pos_weight": heavy}
    assert ("weights-too-heavy" in codes(params, y, library="lightgbm")) == found
    weight = np.where(y == 1, heavy, 1.0)
    assert ("weights-too-heavy" in codes(make_estimator("lightgbm"), y, sample_weight=weight)) == found
    assert "weights-too-heavy" not in codes(
        make_estimator("lightgbm"), y, sample_weight=np.where(y, 1.0, 0.0)
    )
    assert "weights-too-heavy" not in codes(make_estimator("xgboost"), y, sample_weight=weight)


@pytest.mark.parametrize(("scale", "splits"), [(1e-6, False), (1e-3, True)])
@pytest.mark.parametrize("library", ["lightgbm", "xgboost"])
def test_light_class_weights_make_no_split_either(library: str, scale: float, splits: bool) -> None:
    floor = {"xgboost": 10.0, "lightgbm": 0.01}[library]
    scale = scale * floor / 0.01
    clf = bw.WeightedClassifier(
        make_estimator(library, min_child_weight=floor), weighting={0: scale, 1: 2 * scale}
    )
    proba = clone(clf).fit(X, Y).predict_proba(X)
    assert (len(np.unique(proba[:, 0])) > 1) == splits
    assert ("weights-too-small" in codes(clf, Y)) != splits


# --- both ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("library", ["xgboost", "lightgbm"])
def test_a_loss_on_unweighted_rows_stops_weighted_training_elsewhere(library: str) -> None:
    record, weight = RECORDS[library], ADAPTERS[library].evaluation_weight
    assert record.losses is not None
    X, Y = hard_data(rows=600)
    train, val = slice(0, 400), slice(400, 600)
    settings = {"n_estimators": 60, "scale_pos_weight": 30.0, record.patience: 3, "learning_rate": 0.1}
    sets = [(X[val], Y[val])]
    rounds = []
    for more in ({}, {weight: [np.where(Y[val] == 1, 30.0, 1.0)]}):
        clf = make_estimator(library, **settings)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            clf.fit(X[train], Y[train], eval_set=sets, **record.fit_quietly, **more)
        rounds.append(len(record.losses(clf)))
    assert abs(rounds[0] - rounds[1]) > 10
    clf = make_estimator(library, **settings)
    assert "stopping-metric" in codes(clf, Y[train], eval_set=sets)
    weighted = [(X[val], Y[val], np.where(Y[val] == 1, 30.0, 1.0))]
    assert "stopping-metric" not in codes(clf, Y[train], eval_set=weighted)
