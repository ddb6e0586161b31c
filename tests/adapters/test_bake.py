"""A correction baked into a model: what it predicts by itself, loaded anew, are corrected probabilities.

The oracle is the library itself: raw scores of the model as it was trained, shifted and linked in numpy.
"""

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from baking import CASES, DATA, X2, Y2, W, linked, proba, raw, reloaded, trained, with_categories
from libraries import hard_data, make_estimator
from scipy.special import logit

import boostweights as bw
from boostweights.adapters.xgboost import model as xgboost_correction
from boostweights.probabilities import CalibrationMap


def fitted_map(weights: bw.ClassWeights, *, one_vs_all: bool = False) -> CalibrationMap:
    """A map of these weights with slopes and offsets that are easily told apart."""
    kind = "ovr" if one_vs_all else "logit" if len(weights.classes) == 2 else "softmax"
    scores = 1 if kind == "logit" else len(weights.classes)
    return CalibrationMap(
        weights=weights,
        kind=kind,
        slopes=(0.6, 1.3, 0.9)[:scores],
        offsets=(-0.4, 0.7, 0.2)[:scores],
        rows=400.0,
        rarest_rows=40.0,
        loss_before=0.5,
        loss_after=0.4,
        of_proba=kind != "softmax",
    )


@pytest.mark.parametrize("by_map", [False, True], ids=["weights", "map"])
@pytest.mark.parametrize("case", CASES)
def test_the_model_itself_predicts_corrected_probabilities(case: str, by_map: bool, tmp_path: Path) -> None:
    model, X, weights = trained(case)
    one_vs_all = CASES[case][3] == "one vs all"
    before, scores = proba(model, X), raw(model, X)
    found = fitted_map(weights, one_vs_all=one_vs_all)
    correction = found if by_map else weights
    numbers = (found.slopes, found.offsets) if by_map else ()
    expected = linked(scores, weights, *numbers, one_vs_all=one_vs_all)
    if not by_map:
        assert np.abs(expected - before).max() > 0.2  # there is something to correct

    baked = bw.bake_correction(model, correction)
    np.testing.assert_array_equal(proba(model, X), before)
    assert bw.adapters.baked_weights(model) is None
    assert type(baked) is type(model)

    limit = {"xgboost": 1e-6}.get(CASES[case][0], 1e-12)
    for again in (baked, *reloaded(baked, tmp_path)):
        if "softmax" not in case or hasattr(again, "predict_proba"):
            assert np.abs(proba(again, X) - expected).max() < limit
        assert bw.adapters.baked_weights(again) == weights.values
        with pytest.raises(bw.errors.InvalidValueError, match=r"baked in once; got .* weights \(0\.7, 19\.3"):
            bw.bake_correction(again, correction)


@pytest.mark.parametrize("labels", [("bad", "good"), ("good", "bad")])
def test_a_map_follows_the_order_of_a_models_labels(labels: tuple[str, str]) -> None:
    from catboost import CatBoostClassifier

    y = np.where(Y2 == 1, "good", "bad")
    weights = bw.Balanced().resolve(y)
    model = CatBoostClassifier(iterations=5, verbose=0, thread_count=1, class_names=list(labels)).fit(X2, y)
    found = fitted_map(weights)
    baked = bw.bake_correction(model, found)
    good = labels.index("good")
    scores = raw(model, X2) * (1 if good == 1 else -1)
    expected = linked(scores, weights, found.slopes, found.offsets)[:, 1]
    assert np.abs(baked.predict_proba(X2)[:, good] - expected).max() < 1e-12


@pytest.mark.parametrize("name", ["RandomForestClassifier", "ExtraTreesClassifier"])
@pytest.mark.parametrize("classes", [2, 3])
def test_forests_are_corrected_tree_by_tree(name: str, classes: int) -> None:
    import sklearn.ensemble

    X, y = np.nan_to_num(DATA[classes][0]), DATA[classes][1]
    weights = bw.Explicit(W[classes]).resolve(y)
    forest = getattr(sklearn.ensemble, name)(n_estimators=6, min_samples_leaf=5, random_state=0)
    forest.fit(X, y, sample_weight=weights.sample_weight(y))
    by_tree = [tree.predict_proba(X) / np.array(weights.values) for tree in forest.estimators_]
    expected = np.mean([odds / odds.sum(axis=1, keepdims=True) for odds in by_tree], axis=0)
    before = forest.predict_proba(X)
    baked = pickle.loads(pickle.dumps(bw.bake_correction(forest, weights)))
    np.testing.assert_allclose(baked.predict_proba(X), expected, atol=1e-12)
    np.testing.assert_array_equal(forest.predict_proba(X), before)
    assert bw.adapters.baked_weights(baked) == weights.values
    with pytest.raises(bw.errors.InvalidValueError, match="baked in once"):
        bw.bake_correction(baked, weights)


@pytest.mark.parametrize("case", ["xgboost", "xgboost early", "lightgbm", "lightgbm 3", "lightgbm early"])
def test_boosters_are_taken_too(case: str) -> None:
    model, X, weights = trained(case)
    booster = model.get_booster() if hasattr(model, "get_booster") else model.booster_
    baked = bw.bake_correction(booster, weights)
    assert type(baked) is type(booster)
    assert np.abs(proba(baked, X) - linked(raw(model, X), weights)).max() < 1e-6


def test_the_error_is_no_larger_than_float32s_own() -> None:
    import xgboost as xgb

    X, y = hard_data(2, rows=3000)
    weights = bw.Explicit(W[2]).resolve(y)
    model = make_estimator("xgboost", n_estimators=500, learning_rate=0.03, max_depth=3)
    model.fit(X, y, sample_weight=weights.sample_weight(y))
    learner = json.loads(model.get_booster().save_raw("json"))["learner"]
    trees = learner["gradient_booster"]["model"]["trees"]
    leaves = model.get_booster().predict(xgb.DMatrix(X), pred_leaf=True).astype(int)
    each = [np.float32(tree["split_conditions"])[leaves[:, i]] for i, tree in enumerate(trees)]
    start = np.ravel(json.loads(learner["learner_model_param"]["base_score"]))[0]
    exact = np.log(start / (1 - start)) + np.sum(each, axis=0, dtype=np.float64)
    assert np.abs(proba(bw.bake_correction(model, weights), X) - linked(exact, weights)).max() < 1e-6


def test_the_mark_stays_what_saved_models_hold() -> None:
    """Models that were saved earlier must still be known as baked."""
    model, _, weights = trained("xgboost")
    assert bw.bake_correction(model, weights).get_booster().attributes()["boostweights_correction"] == (
        "logit 0.7 19.3"
    )
    assert bw.adapters.baked_weights(model) is None
    model.get_booster().set_attr(boostweights_correction="logit 0.7 19.3")
    assert bw.adapters.baked_weights(model) == (0.7, 19.3)


# --- xgboost's intercept ---------------------------------------------------------------------------


def test_a_probability_too_near_1_for_float32_goes_into_the_leaves() -> None:
    X, y = X2, np.where(np.arange(len(X2)) < 4, 0, 1)
    weights = bw.Explicit({0: 1.0, 1: 1e-3}).resolve(y)
    model = make_estimator("xgboost").fit(X, y, sample_weight=weights.sample_weight(y))
    baked = bw.bake_correction(model, weights)
    assert base_score(baked) == base_score(model)
    assert np.abs(proba(baked, X) - linked(raw(model, X), weights)).max() < 1e-6
    np.testing.assert_allclose(raw(baked, X) - raw(model, X), np.log(1e3), atol=2e-6)


@pytest.mark.parametrize(("start", "ratio"), [(1e-7, 1e-3), (1e-7, 30.0), (0.5, 1e9), (1 - 1e-7, 1e3)])
def test_base_scores_that_xgboost_cuts_off_are_left_alone(start: float, ratio: float) -> None:
    """Since 3.2 it predicts as if no base score were nearer to 0 or 1 than 1e-6, whatever the model says."""
    weights = bw.Explicit({0: 1.0, 1: ratio}).resolve(Y2)
    model = make_estimator("xgboost", base_score=start).fit(X2, Y2)
    baked = bw.bake_correction(model, weights)
    # leaves of -106 are summed in float32
    np.testing.assert_allclose(raw(baked, X2) - raw(model, X2), -np.log(ratio), atol=1e-5)
    assert np.abs(proba(baked, X2) - linked(raw(model, X2), weights)).max() < 1e-6


def base_score(model: Any) -> str:
    document = json.loads(model.get_booster().save_config())
    return str(document["learner"]["learner_model_param"]["base_score"])


@pytest.mark.parametrize("case", ["xgboost 3", "xgboost 3 dart", "xgboost 3 early"])
def test_where_one_base_score_serves_all_classes_it_goes_into_the_leaves(
    case: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, X, weights = trained(case)  # XGBoost before 3.1 has such base scores only
    monkeypatch.setattr(xgboost_correction, "_changed_base_score", lambda text, scores: None)
    baked = bw.bake_correction(model, weights)
    assert base_score(baked) == base_score(model)
    assert np.abs(proba(baked, X) - linked(raw(model, X), weights)).max() < 1e-6


def test_how_a_base_score_is_written() -> None:
    def written(text: str, start: list[float], shift: list[float]) -> Any:
        return xgboost_correction._changed_base_score(text, np.array(start) + np.array(shift))

    nine = -np.log(9.0)
    assert float(written("5E-1", [0.0], [nine])) == pytest.approx(0.1, rel=1e-7)
    assert json.loads(written("[5E-1]", [0.0], [nine])) == pytest.approx([0.1], rel=1e-7)
    assert json.loads(written("[5E-1,0E0]", [0.5, 0.0], [0.0, nine])) == pytest.approx([0.5, nine], rel=1e-7)
    assert written("5E-1", [0.5, 0.5], [0.0, nine]) is None
    assert written("[9.99E-1]", [6.9], [7.0]) is None
    for shift in (1000.0, -1000.0, -14.0):
        assert written("[5E-1]", [0.0], [shift]) is None
    assert json.loads(written("[9E-7]", [logit(1e-6)], [1.0])) == pytest.approx([1e-6 * np.e], rel=1e-4)


def test_trees_of_many_classes_without_a_base_score_each_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, weights = trained("xgboost 3 vector")
    monkeypatch.setattr(xgboost_correction, "_changed_base_score", lambda text, scores: None)
    with pytest.raises(bw.errors.InvalidValueError, match="multi_output_tree"):
        bw.bake_correction(model, weights)


def test_threads_names_and_early_stopping_are_kept() -> None:
    X, y = with_categories(X2), Y2
    weights = bw.Explicit(W[2]).resolve(y)
    model = make_estimator("xgboost", enable_categorical=True, scale_pos_weight=3.0).fit(X, y)
    baked = bw.bake_correction(model, weights)
    one, other = (json.loads(each.get_booster().save_config()) for each in (model, baked))
    assert one["learner"]["generic_param"] == other["learner"]["generic_param"]
    assert one["learner"]["objective"] == other["learner"]["objective"]
    assert baked.get_booster().feature_names == list(X.columns)
    early, _, weights = trained("xgboost early")
    assert bw.bake_correction(early, weights).best_iteration == early.best_iteration
    lgbm, _, weights = trained("lightgbm early")
    again = bw.bake_correction(lgbm, weights)
    assert again.booster_.best_iteration == lgbm.booster_.best_iteration > 0
    assert again.booster_.num_trees() == lgbm.booster_.num_trees()
    assert again.booster_.params == lgbm.booster_.params
    assert again.booster_.best_score == lgbm.booster_.best_score


def test_trees_after_the_best_iteration_stay_and_stay_unused() -> None:
    import lightgbm as lgb

    half = len(Y2) // 2
    train = lgb.Dataset(X2[:half], Y2[:half])
    booster = lgb.train(
        {"objective": "binary", "verbose": -1, "num_threads": 1},
        train,
        200,
        valid_sets=[train.create_valid(X2[half:], Y2[half:])],
        callbacks=[lgb.early_stopping(3, verbose=False)],
        keep_training_booster=True,
    )
    assert 0 < booster.best_iteration < booster.num_trees()
    weights = bw.Explicit(W[2]).resolve(Y2)
    baked = bw.bake_correction(booster, weights)
    assert baked.num_trees() == booster.num_trees()
    expected = linked(booster.predict(X2, raw_score=True), weights)[:, 1]
    assert np.abs(baked.predict(X2) - expected).max() < 1e-12
    assert np.abs(pickle.loads(pickle.dumps(baked)).predict(X2) - expected).max() < 1e-12


# --- SHAP ----------------------------------------------------------------------------------------


def contributions(model: Any, X: np.ndarray) -> np.ndarray:
    """(n, k, p + 1): the library's own SHAP values, base value last; k = 1 for log-odds."""
    if hasattr(model, "get_booster"):
        import xgboost as xgb

        values = model.get_booster().predict(xgb.DMatrix(X), pred_contribs=True)
    elif hasattr(model, "booster_"):
        values = model.booster_.predict(X, pred_contrib=True)
    else:
        from catboost import Pool

        values = model.get_feature_importance(Pool(X), type="ShapValues")
    return np.asarray(values, float).reshape(len(X), -1, X.shape[1] + 1)


SHIFTED = (
    *("xgboost", "xgboost dart", "xgboost linear", "xgboost 3", "xgboost 3 linear"),
    *("lightgbm", "lightgbm 3", "lightgbm no split", "lightgbm dart", "catboost", "catboost 3"),
)
SLOPED = ("xgboost", "xgboost 3", "lightgbm", "lightgbm 3", "catboost", "catboost 3")


@pytest.mark.parametrize(
    ("case", "by_map"), [*((case, False) for case in SHIFTED), *((case, True) for case in SLOPED)]
)
def test_shap_values_are_multiplied_by_slopes_and_base_values_move_by_the_shift(
    case: str, by_map: bool
) -> None:
    model, X, weights = trained(case)
    found = fitted_map(weights)
    baked = bw.bake_correction(model, found if by_map else weights)
    before, after = contributions(model, X), contributions(baked, X)
    slopes = np.array(found.slopes if by_map else [1.0] * before.shape[1])[:, None]
    limit = 2e-5 if case.startswith("xgboost") else 1e-9
    if not by_map or case != "catboost 3":  # whose own values are no multiples where slopes differ
        np.testing.assert_allclose(after[..., :-1], slopes * before[..., :-1], atol=limit)
    np.testing.assert_allclose(after.sum(axis=-1).ravel(), raw(baked, X).ravel(), atol=limit)
    if not by_map:
        w = np.array(weights.values)
        shift = -np.log(w) if CASES[case][1] == 3 else np.array([-np.log(w[1] / w[0])])
        moved = np.broadcast_to(shift, before.shape[:2])
        np.testing.assert_allclose(after[..., -1] - before[..., -1], moved, atol=limit)


@pytest.mark.filterwarnings("ignore:LightGBM binary classifier with TreeExplainer")
@pytest.mark.parametrize("case", ["xgboost", "lightgbm", "catboost", "histogram", "gradient"])
def test_shaps_expected_value_agrees(case: str) -> None:
    shap = pytest.importorskip("shap")
    model, X, weights = trained(case)
    shift = -np.log(weights.values[1] / weights.values[0])
    one, other = (shap.TreeExplainer(each) for each in (model, bw.bake_correction(model, weights)))
    values, corrected = one.shap_values(X[:20]), other.shap_values(X[:20])
    np.testing.assert_allclose(corrected, values, atol=1e-5)
    difference = np.ravel(other.expected_value)[-1] - np.ravel(one.expected_value)[-1]
    assert difference == pytest.approx(shift, abs=1e-5)


# --- weights and labels ----------------------------------------------------------------------------


def test_weights_go_by_label_where_the_model_knows_its_labels() -> None:
    y = np.where(Y2 == 1, "bad", "good")  # CatBoost's order here: good, bad
    weights = bw.Explicit({"bad": 19.3, "good": 0.7}).resolve(y)
    model = make_estimator("catboost", class_names=["good", "bad"])
    model.fit(X2, y, sample_weight=weights.sample_weight(y))
    assert list(model.classes_) == ["good", "bad"]
    baked = bw.bake_correction(model, weights)
    moved = baked.predict(X2, prediction_type="RawFormulaVal") - raw(model, X2)
    np.testing.assert_allclose(moved, -np.log(19.3 / 0.7), atol=1e-12)
    assert bw.adapters.baked_weights(baked) == (0.7, 19.3)


def test_weights_of_labels_serve_a_model_of_their_codes() -> None:
    y = np.where(Y2 == 1, "good", "bad")
    weights = bw.Explicit({"bad": 0.7, "good": 19.3}).resolve(y)
    model = make_estimator("xgboost").fit(X2, Y2, sample_weight=weights.sample_weight(y))
    assert (
        np.abs(proba(bw.bake_correction(model, weights), X2) - linked(raw(model, X2), weights)).max() < 1e-6
    )


@pytest.mark.parametrize("case", ["xgboost", "lightgbm", "catboost", "histogram", "gradient"])
def test_a_new_fit_is_not_taken_for_baked(case: str) -> None:
    model, _, weights = trained(case)
    baked = bw.bake_correction(model, weights)
    assert bw.adapters.baked_weights(baked) is not None
    assert bw.adapters.baked_weights(baked.fit(np.nan_to_num(X2), Y2)) is None
