"""One CatBoost form trained beside row weights, and what was found."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from libraries import hard_data, make_estimator

import boostweights as bw
from boostweights.adapters.catboost.model import trees
from boostweights.adapters.trees import Node, TreeDifference, first_difference

catboost = pytest.importorskip("catboost")

TINY = float(np.finfo(np.float32).tiny)
FORMS = ("scale_pos_weight", "class_weights", "auto_class_weights")
CLASSES = {"binary": 2, "multiclass": 4}
POLICIES: dict[str, Any] = {
    "balanced majority": bw.Balanced(scale="majority"),
    "balanced mean": bw.Balanced(),
    "root majority": bw.Balanced(power=0.5, scale="majority"),
    "ratio": {0: 1.0, 1: 8.77},
    "ratio and scale": {0: 0.3, 1: 8.07},
    "heavy": {0: 1.0, 1: 1e6},
    "light": {0: 1e6, 1: 1.0},
    "smallest": {0: 1.3 * TINY, 1: 11.0 * TINY},
    "smallest beside one": {0: 1.0, 1: TINY},
    "costs": {0: 3.0, 1: 50.0},
}
"""Kinds of policy; given weights go on in threes and more with those of REST."""
REST = {2: 0.3, 3: 24.31}
CLOSE = 1e-6


@cache
def data(name: str, task: str) -> tuple[np.ndarray, np.ndarray]:
    """Six features: "hard", or "adversarial": ties, a mirrored and a constant feature, long tails."""
    if name == "hard":
        return hard_data(CLASSES[task])
    rng = np.random.default_rng(7)
    wide = rng.normal(size=600)
    gaps = np.where(rng.random(600) < 0.1, np.nan, np.exp(3 * wide))
    blocks = [wide, -wide, np.round(wide), np.zeros(600), gaps, rng.integers(0, 9, 600).astype(float)]
    score = wide + rng.normal(scale=1.5, size=600)
    cuts = {"binary": [2.0], "multiclass": [0.5, 2.0, 3.0]}[task]
    return np.column_stack(blocks), np.digitize(score, cuts).astype(np.int64)


def features(X: np.ndarray, settings: Any) -> Any:
    """Columns that are to be categories, as text."""
    if "cat_features" not in settings:
        return X
    mixed = X.astype(object)
    for column in settings["cat_features"]:
        mixed[:, column] = [f"c{round(value)}" for value in X[:, column]]
    return mixed


def policy_of(name: str, task: str) -> Any:
    """A policy, or given weights for as many classes as there are."""
    policy = POLICIES[name]
    if not isinstance(policy, dict):
        return policy
    if name == "costs" and task == "binary":
        return bw.Costs(fn=policy[1], fp=policy[0])
    return bw.Explicit(policy if task == "binary" else {**policy, **REST})


def row_weights(rows: int) -> np.ndarray:
    """Weights of a caller's own."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)


def resolved(settings: Any, y: Any) -> dict[str, Any]:
    """Settings with the classes at hand."""
    if settings.get("class_names") != "reversed":
        return dict(settings)
    return {**settings, "class_names": np.unique(y)[::-1].tolist()}


@dataclass(frozen=True)
class Found:
    """Largest difference in probability, the first in trees, and whether that is a tie."""

    delta: float
    difference: TreeDifference | None
    tie: bool

    @property
    def identical(self) -> bool:
        return self.delta == 0 and self.difference is None


def trial(
    settings: Any, form: str, policy: Any, X: Any, y: np.ndarray, given: np.ndarray | None = None
) -> tuple[Any, Found]:
    """A claim, and what training both sides finds. Errors of `to_native` pass through."""
    settings = resolved(settings, y)
    weights = policy.resolve(y)
    native = bw.to_native(
        weights,
        make_estimator("catboost", **settings),
        y,
        form=form,
        sample_weight=given,
        allow_different=True,
    )
    reference = bw.to_native(weights, make_estimator("catboost", **settings), y=y)
    ours = fitted({**settings, **native.pins, **native.params}, X, y, native.fit_kwargs(y, given))
    theirs = referenced({**settings, **native.pins}, X, y, reference.fit_kwargs(y, given))
    if isinstance(ours, str) or isinstance(theirs, str):
        assert ours == theirs
        return native, Found(delta=0.0, difference=None, tie=False)
    return native, compare(ours, theirs, features(X, settings))


def fitted(settings: Any, X: Any, y: Any, fit_kwargs: Any) -> Any:
    """A model, or what CatBoost says where weights are too small for it to sample rows."""
    try:
        return make_estimator("catboost", **settings).fit(features(X, settings), y, **fit_kwargs)
    except catboost.CatBoostError as refused:
        if "Too few sampling units" not in str(refused):
            raise
        return str(refused)


_REFERENCES: dict[Any, Any] = {}


def referenced(settings: Any, X: Any, y: Any, fit_kwargs: Any) -> Any:
    """A model of row weights, trained once for all forms."""
    weight = fit_kwargs.get("sample_weight", np.ones(0))
    key = repr(settings), np.asarray(X, float).tobytes(), np.asarray(y).tobytes(), weight.tobytes()
    if key not in _REFERENCES:
        _REFERENCES[key] = fitted(settings, X, y, fit_kwargs)
    return _REFERENCES[key]


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    """Probabilities on the training rows, and trees."""
    mine, other = (np.asarray(model.predict_proba(X)) for model in (ours, theirs))
    assert np.isfinite(mine).all()
    assert ours.classes_.tolist() == theirs.classes_.tolist()
    difference = first_difference(trees(ours), trees(theirs))
    parted = first_difference(splits(ours), splits(theirs))
    tie = parted is not None and is_tie(parted, ours, X)
    return Found(delta=float(np.abs(mine - other).max()), difference=difference, tie=tie)


def splits(model: Any) -> list[Any]:
    """Trees without their leaves, whose values rounding may move."""
    return [tuple(node for node in tree if node.feature is not None) for tree in trees(model)]


def is_tie(difference: TreeDifference, model: Any, X: Any) -> bool:
    """Whether the first splits that differ part the rows alike, so that their gains are equal."""
    sides = [_side(node, model, X) for node in (difference.ours, difference.theirs)]
    if any(side is None for side in sides):
        return False
    return bool((sides[0] == sides[1]).all() or (sides[0] != sides[1]).all())


def _side(node: Node | None, model: Any, X: Any) -> np.ndarray | None:
    """On which side of a split on a number each row is."""
    import json

    if node is None or node.feature is None:
        return None
    split = json.loads(node.feature)
    if split.get("split_type") != "FloatFeature":
        return None
    numerical = [i for i in range(X.shape[1]) if i not in model.get_cat_feature_indices()]
    column = X[:, numerical[split["float_feature_index"]]].astype(float)
    return np.asarray(column > node.threshold)


def held(native: Any, found: Found) -> bool:
    """Whether what was found is what was claimed."""
    if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
        return found.identical
    if native.guarantee is bw.adapters.Guarantee.EQUIVALENT:
        return found.delta <= CLOSE or found.tie
    return True  # that it differs on some data is a test of its own
