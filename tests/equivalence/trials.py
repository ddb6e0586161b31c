"""A form trained beside row weights, in any library: settings, policies, data, and how the models differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from typing import Any

import numpy as np
import pytest
from equivalence.ties import CLOSE, is_tie
from libraries import ADAPTERS, CELLS, RECORDS, hard_data, make_estimator
from scipy.special import expit

import boostweights as bw
from boostweights.adapters.trees import TreeDifference, first_difference
from boostweights.errors import ClaimBrokenError

TINY = float(np.finfo(np.float32).tiny)
CLASSES = {"binary": 2, "multiclass": 4}
POLICIES: dict[str, Any] = {
    "balanced majority": bw.Balanced(scale="majority"),
    "balanced mean": bw.Balanced(),
    "root majority": bw.Balanced(power=0.5, scale="majority"),
    "ratio": {0: 1.0, 1: 8.77},
    "ratio of a power of two": {0: 0.7, 1: 5.6},
    "ratio and scale": {0: 0.3, 1: 8.07},
    "first class heavier": {0: 4.3, 1: 1.0},
    "equal, not 1": {0: 2.3, 1: 2.3},
    "unweighted": bw.Unweighted(),
    "costs": bw.Costs(fn=50.0, fp=3.0),
    "heavy": {0: 1.0, 1: 1e6},
    "light": {0: 1e6, 1: 1.0},
    "smallest": {0: 1.3 * TINY, 1: 11.0 * TINY},
    "smallest beside one": {0: 1.0, 1: TINY},
    "first class tiny": {0: TINY, 1: 1.0},
    "no ratio in float32": {0: 1.3 * TINY, 1: 1e6},
}
REST = {2: 0.3, 3: 24.31}
"""How given weights go on with more classes."""
FEW_TREES = ("RandomForestClassifier", "ExtraTreesClassifier", "GradientBoostingClassifier")
NO_MISSING = (*FEW_TREES[2:], "LogisticRegression", "LogisticRegressionCV", "SGDClassifier", "NuSVC")
MODULES = {"L": "linear_model", "S": "linear_model", "N": "svm", "D": "tree"}


def policy_of(name: str, task: str) -> Any:
    """A policy for as many classes as there are."""
    policy = POLICIES[name]
    if name == "costs" and task == "multiclass":
        policy = {0: 3.0, 1: 50.0}
    if isinstance(policy, dict):
        return bw.Explicit(policy if task == "binary" else {**policy, **REST})
    return policy


def settings_of(library: str, cell: str) -> dict[str, Any]:
    """A cell's settings; scikit-learn's with the name of the class."""
    if library not in CELLS:
        return dict(RECORDS[library].settings[cell])
    of_class = {"class": cell.partition(": ")[0]} if library == "sklearn" else {}
    return {**of_class, **CELLS[library][cell]}


def make(library: str, settings: Mapping[str, Any]) -> Any:
    """An estimator with these settings."""
    if "class" not in settings:
        return make_estimator(library, **settings)
    name = settings["class"]
    module = "tree" if name == "ExtraTreeClassifier" else MODULES.get(name[0], "ensemble")
    trees = {"max_iter": 8} if name.startswith("Hist") else {"n_estimators": 8} if name in FEW_TREES else {}
    settings = {"random_state": 0, **trees, **settings}
    del settings["class"]
    return getattr(import_module(f"sklearn.{module}"), name)(**settings)


@cache
def data(name: str, task: str) -> tuple[Any, np.ndarray]:
    """Six features and labels.

    "hard" and "positives common" are `hard_data`; "adversarial" has ties, a mirrored and a constant feature,
    long tails and missing values; "categorical" is a frame in which each row is there twice.
    """
    if name == "hard":
        return hard_data(CLASSES[task])
    if name == "categorical":
        return with_categories(CLASSES[task])
    if name == "positives common":  # nine to one: is_unbalance's ratio is a float32
        X, y = hard_data(2)
        kept = np.sort(np.concatenate([np.flatnonzero(y == 1)[:36], np.flatnonzero(y == 0)[:324]]))
        return X[kept], 1 - y[kept]
    rng = np.random.default_rng(7)
    wide = rng.normal(size=600)
    few = rng.integers(0, 20, 600).astype(float)
    gaps = np.where(rng.random(600) < 0.1, np.nan, np.exp(3 * wide))
    score = wide + 0.5 * np.cos(few) + rng.normal(size=600)
    cuts = {"binary": [1.5], "multiclass": [0.5, 1.2, 2.0]}[task]
    return np.column_stack([wide, -wide, few, np.zeros(600), gaps, np.round(wide)]), np.digitize(score, cuts)


def with_categories(classes: int, rows: int = 500, seed: int = 3) -> tuple[Any, np.ndarray]:
    """A frame: every row twice, 250 distinct values, categories with missing ones, labels that are noise."""
    pd = pytest.importorskip("pandas")
    X, y = hard_data(classes, rows // 2, seed)
    rng = np.random.default_rng(seed)
    code = rng.integers(0, 12, rows // 2) + 3 * (y > 0)
    frame = pd.DataFrame(X, columns=[f"f{index}" for index in range(6)])
    frame["f2"] = pd.Categorical.from_codes(np.where(rng.random(rows // 2) < 0.1, -1, code), range(15))
    twice = np.repeat(np.arange(rows // 2), 2)
    flipped = np.where(rng.random(rows) < 0.03, (y[twice] + 1) % classes, y[twice])
    return frame.iloc[twice].reset_index(drop=True), flipped


def names_for(library: str, settings: Mapping[str, Any], task: str) -> tuple[str, ...]:
    """The data sets on which settings are tried."""
    if settings.get("enable_categorical"):
        return ("categorical",)
    if library != "lightgbm":
        return ("hard", "adversarial")
    common = ("positives common",) if task == "binary" else ()
    return ("hard", "adversarial", "categorical", *common)


def row_weights(rows: int) -> np.ndarray:
    """Weights of a caller's own."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)


def features(settings: Mapping[str, Any], X: Any) -> Any:
    """Features as the library and its settings take them."""
    if settings.get("class") in NO_MISSING:
        return np.nan_to_num(X)
    if "cat_features" not in settings:
        return X
    mixed = X.astype(object)
    for column in settings["cat_features"]:
        mixed[:, column] = [f"c{round(value)}" for value in X[:, column]]
    return mixed


@dataclass(frozen=True)
class Found:
    """Largest difference in probability (or decision), the first in trees, and whether that is a tie."""

    delta: float
    difference: TreeDifference | None = None
    tie: bool = False

    @property
    def identical(self) -> bool:
        return self.delta == 0 and self.difference is None


def held(native: Any, found: Found) -> bool:
    """Whether what was found is what was claimed."""
    if native.guarantee is bw.adapters.Guarantee.IDENTICAL:
        return found.identical
    if native.guarantee is bw.adapters.Guarantee.EQUIVALENT:
        return found.delta <= CLOSE or found.tie
    return True  # that it differs on some data is a test of its own


def compare(library: str, ours: Any, theirs: Any, X: Any) -> Found:
    """Probabilities (or decisions) on the training rows, and trees or coefficients."""
    if isinstance(ours, str) or isinstance(theirs, str):  # the library fails, which it must do on both sides
        return Found(delta=0.0 if ours == theirs else 1.0)
    mine, other = (proba(model, X) for model in (ours, theirs))
    assert np.isfinite(mine).all()
    grown = ADAPTERS[library].trees if ADAPTERS[library].can("trees") else lambda model: []
    difference = first_difference(grown(ours), grown(theirs))
    tie = difference is not None and is_tie(library, ours, theirs, X)
    return Found(delta=float(np.abs(mine - other).max()), difference=difference, tie=tie)


def proba(model: Any, X: Any) -> np.ndarray:
    """Probabilities; of raw scores, what they stand for; decisions, where there are none."""
    if not hasattr(model, "predict_proba"):
        return np.asarray(model.decision_function(X), np.float64)
    by_class = np.asarray(model.predict_proba(X), np.float64)
    return expit(by_class) if getattr(model, "objective", "") == "binary:logitraw" else by_class


def trial(
    library: str, settings: Mapping[str, Any], form: str, policy: Any, X: Any, y: Any, own: Any = None
) -> tuple[Any, Found]:
    """A claim, and what training both sides finds. Errors of `to_native` pass through."""
    if settings.get("class_names") == "reversed":
        settings = {**settings, "class_names": np.unique(y)[::-1].tolist()}
    weights, X = policy.resolve(y), features(settings, X)
    native = bw.to_native(
        weights, make(library, settings), y, form=form, sample_weight=own, allow_different=True
    )
    reference = bw.to_native(weights, make(library, settings), y=y)

    def models(**start: Any) -> tuple[Any, Any]:
        sides = (
            ({**settings, **native.pins, **native.params}, native),
            ({**settings, **native.pins}, reference),
        )
        ours, theirs = (
            fitted(
                library,
                params,
                X,
                y,
                **side.fit_kwargs(y, own),
                **evaluation(library, params, side, X, y),
                **start,
            )
            for params, side in sides
        )
        return ours, theirs

    ours, theirs = models()
    conditional = native.condition == "the first tree splits" and not isinstance(theirs, str)
    if conditional and len(ADAPTERS[library].trees(theirs)[0]) == 1:
        with pytest.raises(ClaimBrokenError, match="first tree splits"):
            native.check(ours)
        ours, theirs = models(init_score=np.zeros(len(y)))
    return native, compare(library, ours, theirs, X)


def fitted(library: str, settings: Mapping[str, Any], X: Any, y: Any, **fit_kwargs: Any) -> Any:
    """A model, or what the library says where weights are too small for it to sample rows or fill leaves."""
    from lightgbm.basic import LightGBMError

    catboost = pytest.importorskip("catboost")
    try:
        return make(library, settings).fit(X, y, **fit_kwargs)
    except (LightGBMError, catboost.CatBoostError) as failure:
        if "Check failed" not in str(failure) and "Too few sampling units" not in str(failure):
            raise
        return "too little weight"


def evaluation(library: str, settings: Mapping[str, Any], native: Any, X: Any, y: Any) -> dict[str, Any]:
    """Every third row, on which a model that stops early is evaluated."""
    if not settings.get("early_stopping_rounds", settings.get("early_stopping_round")):
        return {}
    third = slice(None, None, 3)
    if library == "xgboost":
        weights = [native.eval_weight(y[third])]
        return {"eval_set": [(X[third], y[third])], "sample_weight_eval_set": weights, "verbose": False}
    if tuple(map(int, version(library).split(".")[:2])) >= (4, 7):
        return {"eval_X": (X[third],), "eval_y": (y[third],)}
    return {"eval_set": [(X[third], y[third])]}


def aborts(library: str, settings: Mapping[str, Any]) -> bool:
    """Whether this version of LightGBM ends the process under these settings, whatever the weights."""
    quantized = bool(settings.get("use_quantized_grad"))
    return quantized and tuple(map(int, version(library).split(".")[:2])) < (4, 4)
