"""Saved models are read right in each layout, or not at all; a baked model that is wrong is not returned."""

import copy
import dataclasses
import json
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from baking import CASES, DATA, X2, Y2, W, raw, trained
from libraries import ADAPTERS, make_estimator

import boostweights as bw
from boostweights.adapters.lightgbm import model as lightgbm_model
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.xgboost import model as xgboost_model
from boostweights.adapters.xgboost.document import document_of
from boostweights.probabilities.link import Affine, Correction

DART = {"booster": "dart", "rate_drop": 0.5, "one_drop": 1, "base_score": 0.05}


def dart(**settings: Any) -> Any:
    return make_estimator("xgboost", **DART, **settings).fit(X2, Y2)


# --- layouts of XGBoost ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """A DART model in the layout of 3.4, whatever version made it."""
    content = copy.deepcopy(document_of(dart()).content)
    booster = content["learner"]["gradient_booster"]
    model = booster.pop("gbtree", booster)["model"]
    factors = booster.pop("weight_drop", None) or model["weight_drop"]
    content["learner"]["gradient_booster"] = {"name": "gbtree", "model": {**model, "weight_drop": factors}}
    return content


def before_3_3(booster: dict[str, Any]) -> dict[str, Any]:
    factors = booster["model"].pop("weight_drop")
    return {"name": "dart", "gbtree": {"name": "gbtree", "model": booster["model"]}, "weight_drop": factors}


def in_3_3(booster: dict[str, Any]) -> dict[str, Any]:
    factors = booster["model"].pop("weight_drop")
    return {"name": "gbtree", "model": booster["model"], "weight_drop": factors}


LAYOUTS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "before 3.3": before_3_3,
    "3.3": in_3_3,
    "3.4": lambda booster: booster,
}


def saved(document: dict[str, Any], change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """A Booster that saves itself so."""
    content = copy.deepcopy(document)
    content["learner"]["gradient_booster"] = change(content["learner"]["gradient_booster"])
    return SimpleNamespace(save_raw=lambda form: json.dumps(content))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_darts_factors_are_read_in_each_layout(layout: str, document: dict[str, Any]) -> None:
    booster = saved(document, LAYOUTS[layout])
    factors = document["learner"]["gradient_booster"]["model"]["weight_drop"]
    assert len(set(factors)) > 1
    assert [tree[-1].value for tree in xgboost_model.trees(booster)] == factors
    assert document_of(booster).booster == "dart"
    assert xgboost_model.training(booster) == xgboost_model.training(saved(document, LAYOUTS["3.4"]))


def moved(booster: dict[str, Any]) -> dict[str, Any]:
    return {**booster, "dropout": {"weights": booster["model"].pop("weight_drop")}}


def renamed(booster: dict[str, Any]) -> dict[str, Any]:
    booster["model"]["tree_weights"] = booster["model"].pop("weight_drop")
    return booster


def lacking(*path: str) -> Callable[[dict[str, Any]], dict[str, Any]]:
    def change(booster: dict[str, Any]) -> dict[str, Any]:
        part: Any = booster["model"]
        for name in path[:-1]:
            part = part[name][0] if isinstance(part[name], list) else part[name]
        del part[path[-1]]
        return booster

    return change


UNKNOWN: dict[str, tuple[Callable[[dict[str, Any]], dict[str, Any]], str]] = {
    "factors moved": (moved, "dropout"),
    "factors renamed": (renamed, "tree_weights"),
    "dart without factors": (lambda booster: {**before_3_3(booster), "weight_drop": []}, "0 factors"),
    "no thresholds": (lacking("trees", "split_conditions"), "split_conditions"),
    "no size of leaves": (lacking("trees", "tree_param", "size_leaf_vector"), "size_leaf_vector"),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_format_that_is_not_known_is_an_error(case: str, document: dict[str, Any]) -> None:
    change, part = UNKNOWN[case]
    with pytest.raises(bw.errors.InvalidValueError, match=rf"a saved model must have the parts.*{part}"):
        xgboost_model.trees(saved(document, change))


@pytest.mark.parametrize("settings", [{}, DART, {"multi_strategy": "multi_output_tree"}], ids=str)
def test_trees_sum_to_the_margins(settings: dict[str, Any]) -> None:
    """Values of the leaves that XGBoost names, times the factor of their tree, are its own margins."""
    classes = 3 if "multi_strategy" in settings else 2
    X, y = DATA[classes]
    model = make_estimator("xgboost", **settings).fit(X, y)
    sums = np.tile(xgboost_model.start_scores(model, classes if classes > 2 else 1), (len(X), 1))
    leaves = model.apply(X).astype(int)
    dropped = document_of(model).dropped
    for tree, of_tree in zip(xgboost_model.trees(model), leaves.reshape(len(X), -1).T, strict=True):
        factor = 1.0 if dropped is None else tree[-1].value
        sums += factor * np.array([np.ravel(tree[leaf].value) for leaf in of_tree])
    margins = model.predict(X, output_margin=True).reshape(len(X), -1)
    np.testing.assert_allclose(sums, margins, atol=2e-5)


# --- the other libraries -----------------------------------------------------------------------------


@pytest.mark.parametrize("part", ["leaf_value=", "sigmoid:", "num_class="])
def test_a_text_of_lightgbm_without_what_is_needed_is_an_error(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_estimator("lightgbm").fit(X2, Y2)
    text = lightgbm_model.model_text(model.booster_)
    changed = text.replace(part, "another")
    assert changed != text
    monkeypatch.setattr(lightgbm_model, "model_text", lambda booster, iterations=-1: changed)
    with pytest.raises(bw.errors.InvalidValueError, match=f"a saved model must have.*{part[:-1]}"):
        bw.bake_correction(model, bw.Explicit(W[2]).resolve(Y2))


@pytest.mark.parametrize("part", ["oblivious_trees", "leaf_values"])
def test_a_document_of_catboost_without_what_is_needed_is_an_error(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = make_estimator("catboost").fit(X2, Y2)
    loads = json.loads

    def without(text: str) -> Any:
        found = loads(text)
        for holder in (found, *found["oblivious_trees"]):
            holder.pop(part, None)
        return found

    monkeypatch.setattr("boostweights.adapters.catboost.model.json.loads", without)
    with pytest.raises(bw.errors.InvalidValueError, match="a saved model must have the parts"):
        ADAPTERS["catboost"].trees(model)


# --- the check of a baked model ------------------------------------------------------------------------


def baking_with(model: Any, change: Callable[[Affine], Affine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the library of a model bake another correction than the one asked for."""
    adapter = adapter_of(model)

    def baked(model: Any, correction: Correction) -> Any:
        wrong = dataclasses.replace(correction, affine=change(correction.affine))
        weights = tuple(weight**0.9 for weight in wrong.weights)  # which forests are corrected by
        return adapter.baking.baked(model, dataclasses.replace(wrong, weights=weights))

    names = ("correction_mark", "n_features", "table_scores")
    wrong = SimpleNamespace(baked=baked, **{name: getattr(adapter.baking, name) for name in names})
    faulty = dataclasses.replace(adapter, baking=wrong)
    monkeypatch.setattr("boostweights.adapters.baking.adapter_of", lambda model: faulty)


CHECKED = [
    *(case for case in CASES if case.partition(" ")[0] in ("xgboost", "lightgbm", "catboost")),
    *("histogram", "histogram 3", "gradient", "gradient 3"),
]


@pytest.mark.parametrize("case", CHECKED)
def test_a_model_with_another_shift_is_not_returned(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model, _, weights = trained(case)
    baking_with(model, lambda affine: Affine(affine.slope, affine.shift + 0.003), monkeypatch)
    with pytest.raises(bw.errors.InvalidValueError, match=r"a baked model must predict.*difference of 0\.0"):
        bw.bake_correction(model, weights)


OTHERS = [name for name, each in ADAPTERS.items() if each.can("baking") and not each.can("serving")]


@pytest.mark.parametrize("library", [*OTHERS, "RandomForestClassifier"])
def test_other_libraries_are_checked_too(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name = None if library in ADAPTERS else library
    X, weights = np.nan_to_num(X2), bw.Explicit(W[2]).resolve(Y2)
    settings = {"min_samples_leaf": 20} if name else {}
    model = make_estimator("sklearn" if name else library, name, **settings).fit(X, Y2)
    assert bw.bake_correction(model, weights) is not None
    baking_with(model, lambda affine: Affine(affine.slope, affine.shift + 0.003), monkeypatch)
    with pytest.raises(bw.errors.InvalidValueError, match="a baked model must predict"):
        bw.bake_correction(model, weights)


def test_a_bake_that_loses_darts_factors_is_not_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    """What 3.4 made of the code for 3.2: wrong by up to 6.9 in log-odds, without a word."""
    model, weights = dart(), bw.Explicit({0: 1.0, 1: 1e5}).resolve(Y2)
    baked = bw.bake_correction(model, weights)
    np.testing.assert_allclose(raw(baked, X2) - raw(model, X2), -np.log(1e5), atol=1e-5)

    def without(model: Any) -> Any:
        return dataclasses.replace(document_of(model), dropped=None)

    monkeypatch.setattr(xgboost_model, "document_of", without)
    with pytest.raises(
        bw.errors.InvalidValueError, match=r"within 0\.0001 in log-odds; got a difference of [1-9]"
    ):
        bw.bake_correction(model, weights)
