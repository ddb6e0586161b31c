"""Trains a form of LightGBM's beside row weights and says how far apart the two models are."""

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.metadata import version
from itertools import zip_longest
from typing import Any

import numpy as np
import pandas as pd
import pytest
from libraries import ADAPTERS, hard_data, make_estimator
from lightgbm.basic import LightGBMError

import boostweights as bw
from boostweights.adapters.trees import first_difference
from boostweights.errors import ClaimBrokenError

ADAPTER = ADAPTERS["lightgbm"]
CLOSE = 1e-6
TIE = 1e-5

POLICIES: dict[str, dict[str, Any]] = {
    "binary": {
        "balanced majority": bw.Balanced(scale="majority"),
        "balanced mean": bw.Balanced(),
        "root majority": bw.Balanced(power=0.5, scale="majority"),
        "ratio": bw.Explicit({0: 1.0, 1: 8.77}),
        "ratio of a power of two": bw.Explicit({0: 0.7, 1: 5.6}),
        "ratio and scale": bw.Explicit({0: 0.3, 1: 8.07}),
        "first class heavier": bw.Explicit({0: 4.3, 1: 1.0}),
        "equal, not 1": bw.Explicit({0: 2.3, 1: 2.3}),
        "costs": bw.Costs(fn=50.0, fp=1.0),
        "huge": bw.Explicit({0: 1.0, 1: 1e6}),
        "tiny": bw.Explicit({0: 1.2e-38, 1: 1.3e-37}),
        "tiny beside one": bw.Explicit({0: 1.0, 1: 1.2e-38}),
    },
    "multiclass": {
        "balanced majority": bw.Balanced(scale="majority"),
        "balanced mean": bw.Balanced(),
        "four weights": bw.Explicit({0: 1.0, 1: 8.77, 2: 0.3, 3: 24.31}),
        "huge": bw.Explicit({0: 1.0, 1: 1e6, 2: 1.0, 3: 0.01}),
        "tiny": bw.Explicit({0: 1.2e-38, 1: 1.3e-37, 2: 1.2e-38, 3: 5e-38}),
    },
}
DATA = {
    "binary": ("hard", "positives common", "adversarial"),
    "multiclass": ("hard", "adversarial"),
}


def adversarial(classes: int, rows: int = 500, seed: int = 3) -> tuple[pd.DataFrame, np.ndarray]:
    """Every row twice, a mirrored and a constant feature, categories, missing values, 250 distinct values."""
    X, y = hard_data(classes, rows // 2, seed)
    rng = np.random.default_rng(seed)
    code = rng.integers(0, 12, rows // 2) + 3 * (y > 0)
    frame = pd.DataFrame(X, columns=[f"f{index}" for index in range(6)])
    frame["f2"] = pd.Categorical.from_codes(np.where(rng.random(rows // 2) < 0.1, -1, code), range(15))
    twice = np.repeat(np.arange(rows // 2), 2)
    flipped = np.where(rng.random(rows) < 0.03, (y[twice] + 1) % classes, y[twice])
    return frame.iloc[twice].reset_index(drop=True), flipped


@cache
def data(name: str, task: str) -> tuple[Any, np.ndarray]:
    classes = 2 if task == "binary" else 4
    if name == "adversarial":
        return adversarial(classes)
    X, y = hard_data(classes)
    if name == "hard":
        return X, y
    kept = np.sort(np.concatenate([np.flatnonzero(y == 1)[:36], np.flatnonzero(y == 0)[:324]]))
    return X[kept], 1 - y[kept]  # nine to one: is_unbalance's ratio is a float32


def aborts(settings: Mapping[str, Any]) -> bool:
    """Whether this version of the library ends the process under these settings, whatever the weights."""
    release = tuple(int(part) for part in version("lightgbm").split(".")[:2])
    return release < (4, 4) and bool(settings.get("use_quantized_grad"))


def row_weights(rows: int) -> np.ndarray:
    """The caller's own weights."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)


class Trial:
    """A form and row weights on one data set, pins on both sides."""

    def __init__(
        self, cell: Mapping[str, Any], form: str, policy: bw.Policy, X: Any, y: np.ndarray, own: Any = None
    ) -> None:
        estimator = make_estimator("lightgbm", **cell)
        weights = policy.resolve(y)
        self.native = bw.to_native(weights, estimator, y, form=form, sample_weight=own, allow_different=True)
        reference = bw.to_native(weights, estimator, y=y)
        params = {**self.native.pins, **self.native.params}
        self._sides = (
            (params, self.native.fit_kwargs(y, own)),
            (self.native.pins, reference.fit_kwargs(y, own)),
        )
        self._cell, self._X, self._y = cell, X, y
        self._train({})
        if self.first_tree_is_a_leaf and self.native.condition == "the first tree splits":
            with pytest.raises(ClaimBrokenError, match="first tree splits"):
                self.native.check(self.ours)
            self._train({"init_score": np.zeros(len(y))})

    def _train(self, start: Mapping[str, Any]) -> None:
        self.ours, self.theirs = (
            fitted(self._cell, params, self._X, self._y, {**fit_kwargs, **start})
            for params, fit_kwargs in self._sides
        )
        models = (self.ours, self.theirs)
        if None in models:  # the library fails, which it must do on both sides
            self.delta, self.split = (0.0, None) if models == (None, None) else (1.0, None)
            return
        ours, theirs = (model.predict_proba(self._X) for model in models)
        self.delta = float(np.abs(ours - theirs).max())
        self.split = first_difference(*map(ADAPTER.trees, models))

    @property
    def first_tree_is_a_leaf(self) -> bool:
        return self.theirs is not None and len(ADAPTER.trees(self.theirs)[0]) == 1

    @property
    def identical(self) -> bool:
        return self.delta == 0 and self.split is None

    @property
    def equivalent(self) -> bool:
        return self.delta <= CLOSE or gain_gap(self.ours, self.theirs) < TIE

    def check(self) -> None:
        """Fail unless the models are as near as is claimed."""
        claimed, seen = self.native.guarantee, f"{self.delta:.3g}, {self.split}, {self.native.reason}"
        if claimed is bw.adapters.Guarantee.IDENTICAL:
            assert self.identical, seen
        elif claimed is bw.adapters.Guarantee.EQUIVALENT:
            assert self.equivalent, seen


def fitted(
    cell: Mapping[str, Any], params: Mapping[str, Any], X: Any, y: np.ndarray, fit_kwargs: Mapping[str, Any]
) -> Any:
    estimator = make_estimator("lightgbm", **{**cell, **params})
    evaluation = {"eval_set": [(X[::3], y[::3])]} if "early_stopping_round" in cell else {}
    if evaluation and "eval_X" in ADAPTER.prepared and _takes_eval_x(estimator):
        evaluation = {"eval_X": (X[::3],), "eval_y": (y[::3],)}
    try:
        return estimator.fit(X, y, **fit_kwargs, **evaluation)
    except LightGBMError as failure:
        if "Check failed" not in str(failure):
            raise
        return None  # rows in a leaf, reckoned from its hessian, came out as none


def gain_gap(ours: Any, theirs: Any) -> float:
    """Where two models first part: by how much, relatively, the gains differ of what each preferred.

    The gain of a split is the sum over its leaves of G^2 / H; that of making none is the node's own, which
    LightGBM's ``split_gain`` has taken off.
    """
    for one, other in zip_longest(_structures(ours), _structures(theirs), fillvalue={"shrinkage": 1.0}):
        splits, others = _splits(one), _splits(other)
        shapes = [{path: split[:3] for path, split in each.items()} for each in (splits, others)]
        if shapes[0] == shapes[1]:
            continue
        first = [
            split
            for path, split in (*splits.items(), *others.items())
            if shapes[0].get(path) != shapes[1].get(path)
        ]
        ours_first = [split for path, split in splits.items() if shapes[0][path] != shapes[1].get(path)]
        theirs_first = [split for path, split in others.items() if shapes[1][path] != shapes[0].get(path)]
        pairs = [_gap(a, b) for a in ours_first for b in theirs_first]
        return min([*pairs, *(split[3] / split[4] for split in first)])
    return float("inf")


def _gap(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    return float(abs(one[3] - other[3]) / max(one[4], other[4]))


def _structures(model: Any) -> Iterator[Mapping[str, Any]]:
    for tree in model.booster_.dump_model()["tree_info"]:
        yield {**tree["tree_structure"], "shrinkage": tree["shrinkage"]}


def _splits(root: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Path → feature, threshold, default, gain of the split, gain with the node's own."""
    found: dict[str, tuple[Any, ...]] = {}

    def walk(node: Mapping[str, Any], path: str) -> None:
        if "split_feature" not in node:
            return
        own = node["internal_weight"] * (node["internal_value"] / root["shrinkage"]) ** 2
        gain = node["split_gain"]
        found[path] = (node["split_feature"], node["threshold"], node["default_left"], gain, gain + own)
        walk(node["left_child"], path + "l")
        walk(node["right_child"], path + "r")

    walk(root, "")
    return found


def _takes_eval_x(estimator: Any) -> bool:
    return "eval_X" in type(estimator).fit.__code__.co_varnames
