"""What the audit says of XGBoost and LightGBM, shown by training: what does nothing changes nothing."""

import warnings
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


WEIGHINGS = ({"scale_pos_weight": 9.0}, {"is_unbalance": True}, {"unbalance": True})
BY_LABEL = {"class_weight": {0: 1.0, 1: 9.0}}


def squared(labels: Any, scores: Any) -> tuple[np.ndarray, np.ndarray]:
    """An objective of one's own that sees labels only."""
    return np.asarray(scores) - np.asarray(labels), np.ones(len(labels))


def weighted_squared(labels: Any, scores: Any, weights: Any) -> tuple[np.ndarray, np.ndarray]:
    """One that sees row weights, too."""
    factor = np.ones(len(labels)) if weights is None else weights
    return (scores - labels) * factor, factor


def scores_of(library: str, params: dict[str, Any], y: np.ndarray) -> np.ndarray:
    module = needed(library)
    if library == "xgboost":
        data = module.DMatrix(X, y)
        return np.asarray(module.train({**TRAIN, **params}, data, 4).predict(data, output_margin=True))
    booster = module.train({"verbose": -1, "num_threads": 1, **params}, module.Dataset(X, y), 4)
    return np.asarray(booster.predict(X, raw_score=True))


LIGHTGBM_OBJECTIVES = (
    *(("multiclass", 3, True), ("softmax", 3, True), ("multiclassova", 3, False)),
    *(("cross_entropy", 0, True), ("binary", 0, False)),
)
NAMES_OF_OTHERS = ("class_weight", "class_weights", "auto_class_weights")
PARAMS = [
    *(
        ("xgboost", objective, 2 * objective.startswith("multi:"), WEIGHINGS[0], objective in _IGNORING)
        for objective in (*_IGNORING, *OBJECTIVES)
    ),
    *(("xgboost", "binary:logistic", 0, {name: 9.0}, True) for name in (*NAMES_OF_OTHERS, "is_unbalance")),
    *(
        ("lightgbm", objective, classes, weighing, ignored)
        for weighing in WEIGHINGS
        for objective, classes, ignored in LIGHTGBM_OBJECTIVES
    ),
    *(("lightgbm", "binary", 0, {name: "balanced"}, True) for name in NAMES_OF_OTHERS),
]


@pytest.mark.parametrize(("library", "objective", "classes", "weighing", "ignored"), PARAMS, ids=str)
def test_training_ignores_parameters_that_are_reported(
    library: str, objective: str, classes: int, weighing: dict[str, Any], ignored: bool
) -> None:
    params = {"objective": objective, **({"num_class": classes} if classes else {})}
    y = Y3 if classes == 3 else Y
    same = np.array_equal(scores_of(library, params, y), scores_of(library, params | weighing, y))
    assert same == ignored == ("ignored-parameter" in codes(params | weighing, library=library))


CLASSIFIERS = [
    *(("xgboost", None, Y, {name: 9.0}, True) for name in (*NAMES_OF_OTHERS, "is_unbalance")),
    *(
        (library, objective, y, weighing, ignored)
        for library, weighings in (("xgboost", WEIGHINGS[:1]), ("lightgbm", WEIGHINGS))
        for weighing in weighings
        for objective, y, ignored in ((None, Y, False), (None, Y3, True), (squared, Y, True))
    ),
    ("lightgbm", squared, Y, BY_LABEL, True),
    ("lightgbm", weighted_squared, Y, BY_LABEL, False),
]


@pytest.mark.parametrize(("library", "objective", "y", "weighing", "ignored"), CLASSIFIERS)
def test_classifiers_ignore_parameters_that_are_reported(
    library: str, objective: Any, y: np.ndarray, weighing: dict[str, Any], ignored: bool
) -> None:
    raw = {"xgboost": {"output_margin": True}, "lightgbm": {"raw_score": True}}[library]
    settings = {"objective": objective, "verbosity": 0 if library == "xgboost" else -1}
    plain, clf = (make_estimator(library, **settings, **more) for more in ({}, weighing))
    same = np.array_equal(*(clone(model).fit(X, y).predict(X, **raw) for model in (plain, clf)))
    assert same == ignored == ("ignored-parameter" in codes(clf, y))


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
