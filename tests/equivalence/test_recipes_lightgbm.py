"""What the recipes promise, trained: start scores, scales, one-vs-all, rescaled weights, parsed digits."""

import math
from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.recipes import average_start, with_start
from equivalence.ties import CLOSE, gain_gap
from equivalence.trials import data, policy_of
from libraries import ADAPTERS, make_estimator

import boostweights as bw
from boostweights.adapters.lightgbm.forms import rescale
from boostweights.adapters.lightgbm.parameters import number_read, spelled
from boostweights.adapters.trees import first_difference

ADAPTER = ADAPTERS["lightgbm"]


def fitted(settings: Any, params: Any, X: Any, y: Any, fit_kwargs: Any) -> Any:
    return trials.fitted("lightgbm", {**settings, **params}, X, y, **fit_kwargs)


BAKEABLE: dict[str, dict[str, Any]] = {
    "defaults": {},
    "goss": {"data_sample_strategy": "goss", "learning_rate": 0.5},
    "bagging": {"subsample": 0.7, "subsample_freq": 1, "random_state": 1},
    "steep sigmoid": {"sigmoid": 2.0},
    "quantized": {"use_quantized_grad": True},
    "no split": {"min_child_weight": 1e9},
}


@pytest.mark.parametrize(
    "policy",
    [
        "balanced majority",
        *(
            pytest.param(name, marks=pytest.mark.full)
            for name in ("ratio of a power of two", "heavy", "smallest")
        ),
    ],
)
@pytest.mark.parametrize("cell", BAKEABLE)
def test_a_baked_start_score_is_the_default_model_of_row_weights(cell: str, policy: str) -> None:
    settings = BAKEABLE[cell]
    if trials.aborts("lightgbm", settings):
        pytest.skip("quantized training ends the process in this version")
    for name in ("hard", "positives common", "categorical"):
        X, y = data(name, "binary")
        weights = policy_of(policy, "binary").resolve(y)
        native = bw.to_native(
            weights, make_estimator("lightgbm"), y, form="scale_pos_weight", allow_different=True
        )
        start = average_start(weights, y, sigmoid=settings.get("sigmoid", 1.0))
        extra = {**native.fit_kwargs(y), "init_score": np.full(len(y), start)}
        ours = with_start(fitted(settings, {**native.pins, **native.params}, X, y, extra), start)
        theirs = fitted(settings, {}, X, y, {"sample_weight": weights.sample_weight(y)})
        np.testing.assert_array_equal(ours.predict(X), theirs.predict_proba(X)[:, 1])
        assert first_difference(ADAPTER.trees(ours), ADAPTER.trees(theirs)) is None


def test_a_mean_scale_rounds_twice_and_is_the_same_model_but_for_a_gradient_in_2_to_the_28() -> None:
    """Why a scale that is no power of two is EQUIVALENT: a start score that hits such a gradient."""
    first, second = (float(np.float32(weight)) for weight in (0.3, 8.07))
    start = _start_where(lambda r: r * second, lambda r: r * (second / first) * first)
    X, y = np.repeat([[0.0], [1.0]], 20, axis=0), np.repeat([1, 0], 20)
    extra = {"init_score": np.where(y == 1, start, 0.0)}
    pins = {"boost_from_average": False, "min_child_samples": 1}
    own = np.full(len(y), first)
    row = np.where(y == 1, second, first)
    theirs = fitted(pins, {}, X, y, {**extra, "sample_weight": row})
    ours = fitted(pins, {"scale_pos_weight": second / first}, X, y, {**extra, "sample_weight": own})
    assert first_difference(ADAPTER.trees(ours), ADAPTER.trees(theirs)) is not None
    assert np.abs(ours.predict_proba(X) - theirs.predict_proba(X)).max() < CLOSE
    native = bw.to_native({0: first, 1: second}, "lightgbm", y, form="scale_pos_weight")
    assert native.guarantee is bw.adapters.Guarantee.EQUIVALENT
    assert "rounds twice" in native.reason


def test_lightgbm_reads_some_ratios_as_their_neighbours() -> None:
    ratio = float(np.float32(0.29820528626441956))
    read = number_read(repr(ratio))
    assert read != ratio
    start = _start_where(lambda r: r * ratio, lambda r: r * read)
    X, y = np.repeat([[0.0], [1.0]], 20, axis=0), np.repeat([1, 0], 20)
    extra = {"init_score": np.where(y == 1, start, 0.0)}
    pins = {"boost_from_average": False, "min_child_samples": 1}
    theirs = fitted(pins, {}, X, y, {**extra, "sample_weight": np.where(y == 1, ratio, 1.0)})
    ours = fitted(pins, {"scale_pos_weight": ratio}, X, y, extra)
    assert first_difference(ADAPTER.trees(ours), ADAPTER.trees(theirs)) is not None
    native = bw.to_native({0: 1.0, 1: ratio}, "lightgbm", y, form="scale_pos_weight")
    assert native.guarantee is bw.adapters.Guarantee.EQUIVALENT
    assert "reads no text" in native.reason


def test_a_neighbour_is_written_that_is_read_as_the_ratio() -> None:
    moved = [ratio for ratio in _float32_ratios() if spelled(ratio) not in (ratio, None)]
    assert moved
    for ratio in moved[:5]:
        start = _start_where(lambda r, w=ratio: r * w, lambda r, w=ratio: r * number_read(repr(w)))
        X, y = np.repeat([[0.0], [1.0]], 20, axis=0), np.repeat([1, 0], 20)
        extra = {"init_score": np.where(y == 1, start, 0.0)}
        pins = {"boost_from_average": False, "min_child_samples": 1, "min_child_weight": 0.0}
        theirs = fitted(pins, {}, X, y, {**extra, "sample_weight": np.where(y == 1, ratio, 1.0)})
        native = bw.to_native({0: 1.0, 1: ratio}, "lightgbm", y, form="scale_pos_weight")
        assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
        ours = fitted(pins, native.params, X, y, extra)
        naive = fitted(pins, {"scale_pos_weight": ratio}, X, y, extra)
        assert first_difference(ADAPTER.trees(ours), ADAPTER.trees(theirs)) is None
        assert first_difference(ADAPTER.trees(naive), ADAPTER.trees(theirs)) is not None


def _float32_ratios() -> list[float]:
    return np.random.default_rng(0).uniform(0.01, 1, 2000).astype(np.float32).astype(float).tolist()


def _start_where(one: Any, other: Any) -> float:
    """A score at which a positive row's gradient, as float32, differs between two ways to weigh it."""
    rng = np.random.default_rng(0)
    while True:
        middle = float(np.float32(one(rng.uniform(0.1, 0.9))))
        middle = (middle + float(np.nextafter(np.float32(middle), np.float32(np.inf)))) / 2
        near = math.log(one(1.0) / middle - 1)
        for step in range(-40, 40):
            score = near + step * math.ulp(near)
            response = 1.0 / (1.0 + math.exp(score))
            if np.float32(one(response)) != np.float32(other(response)):
                return score


ONE_VS_ALL = {"objective": "multiclassova", "n_estimators": 6}


def test_one_vs_all_takes_class_weights_as_row_weights_only() -> None:
    """spw there is K two-class models, each with its own class weighed up: no class weights say that."""
    X, y = data("hard", "multiclass")
    raw = fitted(ONE_VS_ALL, {"scale_pos_weight": 9.0}, X, y, {}).booster_.predict(X, raw_score=True)
    for label in range(4):
        binary = fitted({"n_estimators": 6}, {"scale_pos_weight": 9.0}, X, (y == label).astype(int), {})
        np.testing.assert_array_equal(raw[:, label], binary.booster_.predict(X, raw_score=True))
    native, found = trials.trial(
        "lightgbm", ONE_VS_ALL, "class_weight", policy_of("ratio", "multiclass"), X, y
    )
    assert native.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical


def test_softmax_ignores_scale_pos_weight() -> None:
    X, y = data("hard", "multiclass")
    models = [fitted({}, params, X, y, {}) for params in ({}, {"scale_pos_weight": 9.0})]
    np.testing.assert_array_equal(*[model.predict_proba(X) for model in models])
    with pytest.raises(bw.errors.IgnoredParameterError, match="class_weight"):
        bw.to_native("balanced", "lightgbm", y, form="scale_pos_weight")


RESCALED: dict[str, dict[str, Any]] = {
    "defaults": {},
    "l1, l2, least gain": {"reg_alpha": 0.3, "lambda_l2": 2.0, "min_gain_to_split": 0.05},
    "linear trees": {"linear_tree": True, "linear_lambda": 0.5},
    "costly splits": {"cegb_penalty_split": 0.001},
    "bounded, smoothed leaves": {"max_delta_step": 0.4, "path_smooth": 3.0},
    "goss": {"data_sample_strategy": "goss", "learning_rate": 0.5},
    "dart": {"boosting_type": "dart"},
    "no smoothing of categories": {"cat_smooth": 0.0, "max_cat_to_onehot": 1, "min_data_per_group": 5},
}


@pytest.mark.parametrize(
    "c", [0.125, 3.7, *(pytest.param(c, marks=pytest.mark.full) for c in (2.0, 1024.0, 0.01))]
)
@pytest.mark.parametrize("cell", RESCALED)
def test_rescaled_parameters_make_up_for_rescaled_weights(cell: str, c: float) -> None:
    params = RESCALED[cell]
    rescaled = rescale(params, c)
    for name in ("hard", "categorical") if "categories" in cell else ("hard", "positives common"):
        X, y = data(name, "binary")
        weight = np.where(y == 1, 8.0, 1.0)
        before = fitted(params, {}, X, y, {"sample_weight": weight})
        after = fitted(params, rescaled.params, X, y, {"sample_weight": c * weight})
        if rescaled.guarantee is bw.adapters.Guarantee.EQUIVALENT:
            delta = np.abs(before.predict_proba(X) - after.predict_proba(X)).max()
            assert delta <= CLOSE or gain_gap(before, after) < 1e-5


def test_each_scaled_parameter_is_needed() -> None:
    X, y = data("hard", "binary")
    params = {"reg_alpha": 0.3, "reg_lambda": 2.0, "min_split_gain": 1.5, "min_child_weight": 4.0}
    before = fitted(params, {}, X, y, {}).predict_proba(X)
    rescaled = rescale(params, 4.0).params
    assert params.keys() <= rescaled.keys()
    for name in params:
        rest = {other: value for other, value in rescaled.items() if other != name}
        after = fitted(params, rest, X, y, {"sample_weight": np.full(len(y), 4.0)}).predict_proba(X)
        assert np.abs(before - after).max() > 1e-3, name


@pytest.mark.parametrize(
    ("name", "params"),
    [
        ("cat_l2", {"cat_smooth": 0.0, "max_cat_to_onehot": 1, "min_data_per_group": 5}),
        ("linear_lambda", {"linear_tree": True, "linear_lambda": 20.0}),
    ],
)
def test_each_scaled_parameter_of_some_trees_is_needed(name: str, params: dict[str, Any]) -> None:
    frame, y = data("categorical", "binary")
    X = frame[["f2"]] if name == "cat_l2" else frame[["f0"]]
    rescaled = rescale(params, 16.0).params
    heavy = {"sample_weight": np.full(len(y), 16.0)}
    before, after, without = (
        fitted(params, changed, X, y, weight).predict_proba(X)
        for changed, weight in (
            ({}, {}),
            (rescaled, heavy),
            ({other: value for other, value in rescaled.items() if other != name}, heavy),
        )
    )
    assert np.abs(before - after).max() <= CLOSE
    assert np.abs(before - without).max() > 1e-4


def test_where_no_scaling_exists_it_is_said() -> None:
    frame, y = data("categorical", "binary")
    X = frame[["f2"]]
    params = {"categorical_feature": [0], "max_cat_to_onehot": 1, "min_data_per_group": 5}
    rescaled = rescale(params, 16.0)
    assert rescaled.guarantee is bw.adapters.Guarantee.DIFFERENT
    assert "cat_smooth=0" in rescaled.reason
    plain = {name: value for name, value in params.items() if name != "categorical_feature"}
    before = fitted(plain, {}, X, y, {}).predict_proba(X)
    heavy = {"sample_weight": np.full(len(y), 16.0)}
    after = fitted(plain, rescaled.params, X, y, heavy).predict_proba(X)
    assert np.abs(before - after).max() > CLOSE
    assert rescale({"objective": lambda y, score: None}, 2.0).guarantee is bw.adapters.Guarantee.DIFFERENT
    assert rescale({"linear_tree": True}, 3.7).guarantee is bw.adapters.Guarantee.DIFFERENT
    assert rescale({}, 1.0).guarantee is bw.adapters.Guarantee.IDENTICAL
    assert "max_delta_step" in rescaled.left
