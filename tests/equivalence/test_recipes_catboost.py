"""CatBoost's recipes: weights times a factor, a scale moved into the parameters, metrics without weights."""

from typing import Any

import numpy as np
import pytest
from equivalence import trials
from equivalence.recipes import majority_scale
from equivalence.trials import Found, data, features, held
from libraries import make_estimator, needed

import boostweights as bw
from boostweights.adapters.catboost.forms import rescale

catboost = needed("catboost")
BERNOULLI = {"bootstrap_type": "Bernoulli", "subsample": 0.8}
SETTINGS: dict[str, dict[str, Any]] = {
    "Cosine": BERNOULLI,
    "L2": {**BERNOULLI, "score_function": "L2"},
    "no noise": {**BERNOULLI, "random_strength": 0},
    "MVS, mvs_reg set": {"bootstrap_type": "MVS", "mvs_reg": 0.5},
    "Ordered": {**BERNOULLI, "boosting_type": "Ordered", "l2_leaf_reg": 20.0},
    "Lossguide": {"bootstrap_type": "No", "grow_policy": "Lossguide"},
    "penalties": {**BERNOULLI, "first_feature_use_penalties": [0.5, 0, 0, 0, 0, 1]},
    "penalties, L2": {
        **BERNOULLI,
        "score_function": "L2",
        "first_feature_use_penalties": [0.5, 0, 0, 0, 0, 1],
    },
    "penalties by object": {**BERNOULLI, "per_object_feature_penalties": [0.05, 0, 0, 0, 0, 0.1]},
    "Langevin": {**BERNOULLI, "langevin": True, "diffusion_temperature": 1000},
    "Gradient": {**BERNOULLI, "leaf_estimation_method": "Gradient", "leaf_estimation_iterations": 3},
    "shrinkage": {**BERNOULLI, "model_shrink_rate": 0.1},
    "categorical": {**BERNOULLI, "cat_features": [2, 5]},
    "softmax": {"loss_function": "MultiClass"},
    "one-vs-all": {"loss_function": "MultiClassOneVsAll"},
    "class weights": {**BERNOULLI, "class_weights": (1.0, 3.0)},
    "MVS": {},
    "MVS of fewer rows": {"subsample": 0.5},
    "posterior sampling": {**BERNOULLI, "posterior_sampling": True},
}
DIFFERENT = ("MVS", "MVS of fewer rows", "posterior sampling")
FACTORS = {"identical": (4.0, 2.0**-20), "equivalent": (3.0, 0.013)}


def fitted(settings: Any, X: Any, y: Any, fit_kwargs: Any) -> Any:
    return trials.fitted("catboost", settings, features(settings, X), y, **fit_kwargs)


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    return trials.compare("catboost", ours, theirs, X)


def weighted(settings: Any, c: float, task: str = "binary") -> Any:
    X, y = data("hard", task)
    weight = np.array([0.7, 8.77, 3.1, 2.0], np.float32)[y] * np.float32(c)
    return fitted({**settings, "iterations": 20}, X, y, {"sample_weight": weight})


def rescaled(name: str, c: float, **more: Any) -> tuple[Any, Any]:
    """A claim about weights times c, and what training before and after finds."""
    settings = {**SETTINGS[name], **more}
    task = "multiclass" if "loss_function" in settings else "binary"
    claim = rescale(settings, c)
    before, after = weighted(settings, 1.0, task), weighted({**settings, **claim.params}, c, task)
    return claim, compare(before, after, features(settings, data("hard", task)[0]))


@pytest.mark.parametrize("expected", FACTORS)
@pytest.mark.parametrize("name", [name for name in SETTINGS if name not in DIFFERENT])
def test_weights_times_a_factor(name: str, expected: str) -> None:
    for c in FACTORS[expected]:
        claim, found = rescaled(name, c)
        assert claim.guarantee.value == expected
        assert held(claim, found), (c, claim, found)


@pytest.mark.parametrize("name", ["L2", "penalties, L2"])
def test_powers_of_two_with_a_score_of_squares(name: str) -> None:
    claim, found = rescaled(name, 2.0)
    assert claim.guarantee is bw.adapters.Guarantee.IDENTICAL
    assert found.identical


def test_an_odd_power_of_two_with_a_cosine_score_lets_rounding_decide_ties() -> None:
    claim, found = rescaled("no noise", 2.0)
    assert claim.guarantee is bw.adapters.Guarantee.EQUIVALENT
    assert found.difference is not None
    assert found.tie


@pytest.mark.parametrize("name", DIFFERENT)
def test_what_has_no_scaling_differs(name: str) -> None:
    deltas = []
    for c in (0.25, 2.0**-20):
        claim, found = rescaled(name, c)
        assert claim.guarantee is bw.adapters.Guarantee.DIFFERENT
        deltas.append(found.delta)
    assert max(deltas) > 1e-3


@pytest.mark.parametrize("name", ["Cosine", "MVS, mvs_reg set", "penalties", "penalties, L2", "Langevin"])
def test_each_scaled_parameter_is_needed(name: str) -> None:
    """Without any one of them the model is another."""
    settings, c = SETTINGS[name], 2.0**-6
    scaled = rescale(settings, c).params
    before = weighted(settings, 1.0)
    for left_out in scaled:
        kept = {key: value for key, value in scaled.items() if key != left_out}
        after = weighted({**settings, **kept}, c)
        assert compare(before, after, data("hard", "binary")[0]).delta > 1e-6, left_out


@pytest.mark.parametrize(
    ("name", "value"), [("l2_leaf_reg", 3.0 * 4), ("min_data_in_leaf", 20), ("learning_rate", 0.3)]
)
def test_what_must_be_left_alone(name: str, value: float) -> None:
    settings = {**BERNOULLI, "grow_policy": "Depthwise", "learning_rate": 0.1, "l2_leaf_reg": 3.0}
    claim = rescale({**settings, name: value}, 4.0)
    assert name in claim.left
    assert name not in claim.params


def test_a_factor_of_one_and_weights_from_sums() -> None:
    assert rescale({}, 1.0).guarantee is bw.adapters.Guarantee.IDENTICAL
    auto = rescale({**BERNOULLI, "auto_class_weights": "Balanced"}, 4.0)
    assert auto.guarantee is bw.adapters.Guarantee.DIFFERENT
    X, y = data("hard", "binary")
    settings = {**BERNOULLI, "auto_class_weights": "Balanced"}
    before, after = (
        fitted(one, X, y, {"sample_weight": np.full(len(y), weight, np.float32)})
        for one, weight in ((settings, 0.3), ({**settings, **auto.params}, 0.3 / 4))
    )
    assert compare(before, after, X).delta > 1e-6


@pytest.mark.parametrize("form", ["auto_class_weights", "scale_pos_weight"])
@pytest.mark.parametrize(("scale", "guarantee"), [(0.25, "identical"), (None, "equivalent")])
def test_a_scale_moves_into_the_parameters(form: str, scale: float | None, guarantee: str) -> None:
    """Forms that cannot say a mean scale, or only beside a row weight, say it by the parameters."""
    X, y = data("hard", "binary")
    majority = bw.Balanced(scale="majority").resolve(y)
    policy = (
        bw.Balanced()
        if scale is None
        else bw.Explicit({k: v * scale for k, v in majority.class_weight.items()})
    )
    weights, settings = policy.resolve(y), SETTINGS["Cosine"]
    moved, claim = majority_scale(weights, settings)
    native = bw.to_native(moved, make_estimator("catboost", **settings), y, form=form)
    assert native.fit_kwargs(y) == {}
    assert claim.guarantee.value == guarantee
    ours = fitted({**settings, **claim.params, **native.params}, X, y, {})
    theirs = fitted(settings, X, y, bw.to_native(weights, "catboost", y=y).fit_kwargs(y))
    assert held(claim, compare(ours, theirs, X))


FORMS = {
    "class_weights": {"class_weights": (1.0, 9.0)},
    "scale_pos_weight": {"scale_pos_weight": 9.0},
}
STOPPING = {"iterations": 200, "learning_rate": 0.3, "early_stopping_rounds": 3}


def stopped(settings: Any, y_weight: Any, eval_weight: Any) -> Any:
    X, y = data("hard", "binary")
    train, held_out = slice(None, None, 2), slice(1, None, 2)
    pool = catboost.Pool(
        X[held_out], y[held_out], weight=None if eval_weight is None else eval_weight(y[held_out])
    )
    weight = None if y_weight is None else y_weight(y[train])
    return make_estimator("catboost", **{**STOPPING, **settings}).fit(
        X[train], y[train], sample_weight=weight, eval_set=pool
    )


def nine(y: np.ndarray) -> np.ndarray:
    return np.where(y == 1, 9.0, 1.0).astype(np.float32)


@pytest.mark.parametrize("form", FORMS)
def test_evaluation_without_weights_stops_where_row_weights_stop(form: str) -> None:
    theirs = stopped({}, nine, None)
    naive = stopped(FORMS[form], None, None)
    assert naive.tree_count_ != theirs.tree_count_
    ours = stopped({**FORMS[form], "eval_metric": "Logloss:use_weights=false"}, None, None)
    assert compare(ours, theirs, data("hard", "binary")[0]).identical
