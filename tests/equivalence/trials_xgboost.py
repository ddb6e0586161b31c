"""One XGBoost form trained beside row weights, and what was found."""

import json
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import pytest
from libraries import hard_data

import boostweights as bw
from boostweights.adapters.trees import TreeDifference, first_difference
from boostweights.adapters.xgboost.model import trees

xgb = pytest.importorskip("xgboost")

TINY = float(np.finfo(np.float32).tiny)
POLICIES: dict[str, Any] = {
    "balanced majority": bw.Balanced(scale="majority"),
    "balanced mean": bw.Balanced(),
    "ratio": bw.Explicit({0: 1.0, 1: 8.77}),
    "ratio and scale": bw.Explicit({0: 0.3, 1: 8.07}),
    "costs": bw.Costs(fn=50.0, fp=3.0),
    "root majority": bw.Balanced(power=0.5, scale="majority"),
    "heavy": bw.Explicit({0: 1.0, 1: 1e6}),
    "light": bw.Explicit({0: 1e6, 1: 1.0}),
    "smallest": bw.Explicit({0: 1.3 * TINY, 1: 11.0 * TINY}),
    "smallest beside one": bw.Explicit({0: 1.0, 1: TINY}),
    "first class tiny": bw.Explicit({0: TINY, 1: 1.0}),
    "no ratio in float32": bw.Explicit({0: 1.3 * TINY, 1: 1e6}),
}
"""Two classes; the last is one that no ratio says."""
CLOSE, TIE = 1e-6, 1e-5


@cache
def data(name: str) -> tuple[Any, np.ndarray]:
    """Two classes: "hard" and "adversarial" (600 rows), "categorical" (a frame)."""
    if name == "hard":
        return hard_data(2)
    rng = np.random.default_rng(7)
    wide = rng.normal(size=600)
    tied = np.round(wide, 1)
    blocks = [wide, -wide, tied, np.zeros(600), np.exp(3 * wide), rng.integers(0, 2, 600).astype(float)]
    X = np.column_stack(blocks)
    y = (wide + rng.normal(scale=1.5, size=600) > 2).astype(np.int64)
    if name == "adversarial":
        return X, y
    pd = pytest.importorskip("pandas")
    X[rng.random(600) < 0.1, 0] = np.nan
    frame = pd.DataFrame(X, columns=[f"f{i}" for i in range(6)])
    frame["few"] = pd.Categorical.from_codes(np.clip(np.digitize(tied, [-1, 0, 1]), 0, 3), list("abcd"))
    frame["many"] = pd.Categorical.from_codes(rng.integers(0, 30, 600), [f"c{i}" for i in range(30)])
    frame.loc[::17, "few"] = None
    return frame, y


def names_for(settings: Any) -> tuple[str, ...]:
    """The data sets on which settings are tried."""
    return ("categorical",) if settings.get("enable_categorical") else ("hard", "adversarial")


def row_weights(rows: int) -> np.ndarray:
    """Weights of a caller's own."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)


@dataclass(frozen=True)
class Found:
    """Largest difference in probability, the first in trees, and whether that is a tie."""

    delta: float
    difference: TreeDifference | None
    tie: bool

    @property
    def identical(self) -> bool:
        return self.delta == 0 and self.difference is None


def make(settings: Any) -> Any:
    return xgb.XGBClassifier(**{"n_estimators": 8, "n_jobs": 1, **settings})


def trial(settings: Any, policy: Any, name: str, *, row_weighted: bool) -> tuple[Any, Found]:
    """A claim, and what training both sides finds. Errors of `to_native` pass through."""
    X, y = data(name)
    given = row_weights(len(y)) if row_weighted else None
    weights = policy.resolve(y)
    native = bw.to_native(
        weights, make(settings), y, form="scale_pos_weight", sample_weight=given, allow_different=True
    )
    reference = bw.to_native(weights, make(settings), y=y)
    ours = fitted(settings, {**native.pins, **native.params}, native, X, y, given)
    theirs = fitted(settings, native.pins, reference, X, y, given)
    return native, compare(ours, theirs, X)


def held(native: Any, found: Found) -> bool:
    """Whether what was found is what was claimed."""
    if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
        return found.identical
    if native.guarantee is bw.adapters.Guarantee.EQUIVALENT:
        return found.delta <= CLOSE or found.tie
    return True  # that it differs on some data is a test of its own


def fitted(settings: Any, more: Any, native: Any, X: Any, y: np.ndarray, given: Any) -> Any:
    """An estimator trained in one form; with early stopping, evaluated as its class weights say."""
    estimator = make({**settings, **more})
    evaluation = {}
    if "early_stopping_rounds" in settings:
        held = slice(None, None, 3)
        evaluation = {
            "eval_set": [(X[held], y[held])],
            "sample_weight_eval_set": [native.eval_weight(y[held])],
            "verbose": False,
        }
    return estimator.fit(X, y, **native.fit_kwargs(y, given), **evaluation)


def compare(ours: Any, theirs: Any, X: Any) -> Found:
    """Probabilities on the training rows, and trees."""
    mine, other = (proba(model, X) for model in (ours, theirs))
    assert np.isfinite(mine).all()
    difference = first_difference(trees(ours), trees(theirs))
    tie = difference is not None and is_tie(ours, theirs)
    return Found(delta=float(np.abs(mine - other).max()), difference=difference, tie=tie)


def proba(model: Any, X: Any) -> np.ndarray:
    """Probabilities; of raw scores, what they stand for."""
    given = np.asarray(model.predict_proba(X), np.float64)
    return 1 / (1 + np.exp(-given[:, 1])) if model.objective == "binary:logitraw" else given


def is_tie(ours: Any, theirs: Any) -> bool:
    """Whether the first split in which two models differ gains as much in one as in the other.

    A gain is a difference of two scores, so that the gap is taken relative to the node's own score
    (its squared leaf value times its hessian) where the gains are smaller than that; a leaf gains 0.
    """
    for mine, other in zip(_grown(ours), _grown(theirs), strict=True):
        # Pruned nodes stay in the arrays, unreachable: one tree may be the longer by them.
        for (split, gain, score), (other_split, other_gain, other_score) in zip(mine, other, strict=False):
            if split != other_split:
                return abs(gain - other_gain) <= TIE * max(gain, other_gain, score, other_score)
    return False


def _grown(model: Any) -> list[list[tuple[Any, float, float]]]:
    """Of each tree's nodes: the split (None for a leaf), its gain, the node's score."""
    booster = json.loads(model.get_booster().save_raw("json"))["learner"]["gradient_booster"]
    grown = booster.get("gbtree", booster)["model"].get("trees", [])
    return [
        [
            (
                None if node.feature is None else (node.feature, node.threshold, node.missing),
                gain,
                weight**2 * hessian,
            )
            for node, gain, weight, hessian in zip(
                nodes, tree["loss_changes"], tree["base_weights"], tree["sum_hessian"], strict=False
            )
        ]
        for nodes, tree in zip(trees(model), grown, strict=False)  # gblinear grows none
    ]
