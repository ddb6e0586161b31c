"""Recipes beyond constructor settings, and rescaled weights, trained."""

import json
from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.recipes import frozen_cuts, weighted_start
from equivalence.ties import CLOSE
from equivalence.trials import Found, policy_of
from libraries import make_estimator, needed

import boostweights as bw
from boostweights.adapters.form import gives
from boostweights.adapters.trees import first_difference
from boostweights.adapters.xgboost.forms import rescale
from boostweights.adapters.xgboost.model import trees
from boostweights.adapters.xgboost.numbers import digits, factors, fits, parsed

xgb = needed("xgboost")
BASE = {"objective": "binary:logistic", "tree_method": "hist", "base_score": 0.5, "nthread": 1}
MAJOR = int(xgb.__version__.split(".", maxsplit=1)[0])


def make(settings: Any) -> Any:
    return make_estimator("xgboost", **settings)


def data(name: str) -> tuple[Any, np.ndarray]:
    return trials.data(name, "binary")


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    return trials.compare("xgboost", ours, theirs, X)


def booster(params: dict[str, Any], train: Any) -> Any:
    return xgb.train({**BASE, **params}, train, 8)


def same(ours: Any, theirs: Any, X: np.ndarray) -> bool:
    close = np.array_equal(ours.inplace_predict(X), theirs.inplace_predict(X))
    return close and first_difference(trees(ours), trees(theirs)) is None


@pytest.mark.parametrize("max_bin", [4, 32, 256])
@pytest.mark.parametrize("policy", ["ratio", "balanced mean", "heavy", "smallest"])
@pytest.mark.parametrize("name", ["hard", "adversarial"])
def test_frozen_cuts_make_hist_identical(name: str, policy: str, max_bin: int) -> None:
    X, y = data(name)
    weights = policy_of(policy, "binary").resolve(y)
    native = bw.to_native(weights, make(BASE | {"max_bin": 1000}), y, form="scale_pos_weight")
    params = {"max_bin": max_bin}
    row_weight = native.fit_kwargs(y).get("sample_weight")
    ours = booster(params | native.params, frozen_cuts(X, y, row_weight, max_bin=max_bin))
    theirs = booster(params, frozen_cuts(X, y, weights.sample_weight(y), max_bin=max_bin))
    assert same(ours, theirs, X)


@pytest.mark.parametrize(
    "policy", ["ratio", "ratio and scale", "balanced majority", "balanced mean", "costs"]
)
@pytest.mark.parametrize("name", ["hard", "adversarial"])
def test_the_weighted_start_is_the_one_of_row_weights(name: str, policy: str) -> None:
    """From XGBoost 3 on; before, both forms take the same Newton step, and need no base_score at all."""
    X, y = data(name)
    weights = policy_of(policy, "binary").resolve(y)
    native = bw.to_native(weights, "xgboost", y, form="scale_pos_weight")
    reference = bw.to_native(weights, "xgboost", y=y)
    start = weighted_start(weights) if MAJOR >= 3 else {}
    exact = {"tree_method": "exact"}
    ours = make(exact | start | native.params).fit(X, y, **native.fit_kwargs(y))
    theirs = make(exact).fit(X, y, **reference.fit_kwargs(y))
    found = compare(ours, theirs, X)
    assert found.delta <= CLOSE or found.tie


def stored(weight: float) -> float:
    """What XGBoost made of a parameter."""
    train = xgb.DMatrix(np.arange(4.0)[:, None], [0, 1, 0, 1])
    model = xgb.Booster({"objective": "binary:logistic", "scale_pos_weight": weight}, [train])
    config = json.loads(model.save_config())
    return float(np.float32(config["learner"]["objective"]["reg_loss_param"]["scale_pos_weight"]))


def test_digits_survive_xgboosts_parser() -> None:
    numbers = (10 ** np.random.default_rng(0).uniform(-37, 38, 300)).astype(np.float32)
    lost = found = 0
    for number in map(float, [*numbers, 1e6, 1e-6, 1 / 3, np.finfo(np.float32).tiny]):
        wanted = float(np.float32(number))
        assert float(parsed(str(wanted))) == stored(wanted)
        lost += stored(wanted) != wanted
        text = digits(number)
        if text is not None:
            found += 1
            assert stored(text) == wanted
    assert lost > 20
    assert found > 250


def test_digits_between_a_ten_thousandth_and_ten_quadrillion_are_safe() -> None:
    numbers = (10 ** np.random.default_rng(0).uniform(-3.9, 15.9, 500)).astype(np.float32)
    assert all(digits(float(number)) == float(number) for number in numbers)


def test_constant_row_weight_times_ratio() -> None:
    rng = np.random.default_rng(0)
    apart = 0
    for first, second in (10 ** rng.uniform(-3, 3, (500, 2))).astype(np.float32):
        found = factors(float(first), float(second))
        assert found.exact
        assert found.negative == first
        assert gives(second, found.ratio, found.positive, np.float32)
        assert found.positive == pytest.approx(first, rel=1.5e-6)
        apart += found.positive != found.negative
    assert 0 < apart < 250


def test_factors_beside_the_callers_weights() -> None:
    assert factors(1.0, 8.77, row_weighted=True).exact
    assert factors(0.25, 8.77, row_weighted=True).exact
    assert not factors(0.3, 8.07, row_weighted=True).exact
    assert not factors(2.0**-126, 1.0, row_weighted=True).exact
    assert not fits(1e39)


FACTORS = [2.0, 0.5, 2.0**10, 2.0**-8, 2.0**40]
SETTINGS: dict[str, dict[str, Any]] = {
    "hist": {"tree_method": "hist", "max_bin": 32},
    "hist, pure leaves": {"reg_lambda": 0.0, "min_child_weight": 0.0, "max_depth": 10, "learning_rate": 1.0},
    "approx": {"tree_method": "approx", "alpha": 0.3, "min_split_loss": 1e-3},
    "dart": {"booster": "dart", "rate_drop": 0.4, "max_delta_step": 0.5},
    "by leaves": {"grow_policy": "lossguide", "max_leaves": 20, "gamma": 0.01, "lambda": 3.0},
    "multi-class": {"objective": "multi:softprob", "num_class": 2, "gamma": 1e-3},
    "gblinear": {"booster": "gblinear", "reg_lambda": 0.3, "reg_alpha": 0.02},
    "exact": {"tree_method": "exact", "gamma": 0.1},
}


@pytest.mark.parametrize("c", FACTORS)
@pytest.mark.parametrize("case", SETTINGS)
def test_a_power_of_two(case: str, c: float) -> None:
    X, y = data("hard")
    settings = {"n_estimators": 15, **SETTINGS[case]}
    rescaled = rescale(settings, c)
    assert rescaled.guarantee is bw.adapters.Guarantee.IDENTICAL or case == "exact" or c < 1
    found = trained_twice(settings, rescaled.params, X, y, c)
    assert found.identical or rescaled.guarantee is bw.adapters.Guarantee.DIFFERENT


def trained_twice(
    settings: Any, rescaled: Any, X: Any, y: np.ndarray, c: float, policy: str = "costs"
) -> Any:
    weights = policy_of(policy, "binary").resolve(y).sample_weight(y)
    ours = make({**settings, **rescaled}).fit(X, y, sample_weight=weights * np.float32(c))
    return compare(ours, make(settings).fit(X, y, sample_weight=weights), X)


def test_each_scaled_parameter_is_needed() -> None:
    X, y = data("hard")
    settings = {"reg_alpha": 0.5, "gamma": 0.5, "min_child_weight": 4.0, "reg_lambda": 2.0}
    rescaled = rescale(settings, 64.0).params
    assert rescaled == {name: value * 64 for name, value in settings.items()}
    assert trained_twice(settings, rescaled, X, y, 64.0).identical
    for name in rescaled:
        kept = {other: value for other, value in rescaled.items() if other != name}
        assert not trained_twice(settings, kept, X, y, 64.0).identical, name


DIFFERENT = {
    "exact, pure leaves": (
        {"tree_method": "exact", "reg_lambda": 0.0, "min_child_weight": 0.0},
        2.0**10,
        "ratio",
    ),
    "small gains": ({"tree_method": "hist"}, 2.0**-10, "ratio"),
    "no power of two": ({"tree_method": "hist", "max_bin": 32, "gamma": 0.001}, 0.1, "heavy"),
}


@pytest.mark.parametrize("case", DIFFERENT)
def test_where_no_scaling_exists(case: str) -> None:
    settings, c, policy = DIFFERENT[case]
    rescaled = rescale(settings, c)
    assert rescaled.guarantee is bw.adapters.Guarantee.DIFFERENT
    settings = {"n_estimators": 60, **settings}
    deltas = [
        trained_twice(settings, rescaled.params, *data(name), c, policy).delta
        for name in ("hard", "adversarial")
    ]
    assert max(deltas) > 1e-6


def test_a_least_gain_in_both_models_makes_a_small_factor_identical() -> None:
    X, y = data("hard")
    assert "gamma of at least 0.001" in rescale({}, 2.0**-10).reason
    rescaled = rescale({"gamma": 0.0011}, 2.0**-10)
    assert rescaled.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert trained_twice({"n_estimators": 60, "gamma": 0.0011}, rescaled.params, X, y, 2.0**-10).identical


def test_gblinear_with_any_factor_is_equivalent() -> None:
    X, y = data("hard")
    rescaled = rescale(SETTINGS["gblinear"], 3.7)
    assert (rescaled.params, rescaled.guarantee) == ({}, bw.adapters.Guarantee.EQUIVALENT)
    assert trained_twice(SETTINGS["gblinear"], {}, X, y, 3.7).delta <= CLOSE


def test_what_is_left_says_why() -> None:
    left = rescale({"max_delta_step": 1.0}, 2.0).left
    assert {"max_delta_step", "learning_rate", "scale_pos_weight"} <= left.keys()
    assert "gblinear" in rescale(SETTINGS["gblinear"], 2.0).left["reg_lambda"]
    assert rescale({}, 1.0).guarantee is bw.adapters.Guarantee.IDENTICAL
    with pytest.raises(bw.errors.InvalidValueError, match="min_child_weight.*nearer 1"):
        rescale({}, 2.0**-130)


@pytest.mark.full
def test_random_rescalings() -> None:
    from benchmarks.fuzz.data import draw_policy, draw_rows
    from benchmarks.fuzz.settings import xgboost

    X, y = data("hard")
    rows, checked = draw_rows(np.random.default_rng(0), encoded=True), 0
    for seed in range(300):
        rng = np.random.default_rng(seed)
        settings = {**xgboost(rng, rows), "early_stopping_rounds": None, "monotone_constraints": None}
        weights = draw_policy(rng, [0, 1]).resolve(y).sample_weight(y)
        c = FACTORS[seed % len(FACTORS)]
        if seed % 3 == 0 and settings.get("booster") != "gblinear":
            settings["gamma"] = 1e-3
        rescaled = rescale(settings, c)
        squares_overflow = weights.sum(dtype=np.float64) * c > 1e18  # gains are float32 as well
        if squares_overflow or rescaled.guarantee is not bw.adapters.Guarantee.IDENTICAL:
            continue
        try:
            theirs = make(settings).fit(X, y, sample_weight=weights)
        except xgb.core.XGBoostError:  # settings that the library refuses together
            continue
        ours = make({**settings, **rescaled.params}).fit(X, y, sample_weight=weights * np.float32(c))
        assert compare(ours, theirs, X).identical, (seed, settings, c)
        checked += 1
    assert checked > 60
