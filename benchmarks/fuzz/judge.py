"""A claim under random settings, both of its sides trained by the library itself, and what that shows."""

import copy
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from equivalence import ties, trials

import boostweights as bw
from benchmarks.fuzz.data import Rows, Settings
from boostweights.adapters.form import Guarantee, NativeForm
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.training import evaluation as scikit_learns
from boostweights.adapters.trees import first_difference
from boostweights.errors import ClaimBrokenError, InvalidTypeError

SHOWN: Final = ("tie", "tie by rounding", "stop by rounding", "rounding")
"""How an EQUIVALENT claim holds beyond 1e-6: gains alike, or row weights a few float32 away do the same."""
_ROUNDINGS: Final = 32
_ROUNDING: Final = 5e-7  # four float32; ties are gains within 1e-5
_ACCUMULATED: Final = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A claim, and what is trained to judge it."""

    library: str
    settings: Settings
    estimator: Any
    rows: Rows
    policy: bw.Policy
    native: NativeForm
    fit_params: Mapping[str, Any]
    stops: bool

    @property
    def class_weight(self) -> dict[Any, float]:
        """The weight of each class."""
        weights = self.native.weights
        assert isinstance(weights, bw.ClassWeights)  # policies of classes are drawn, never costs of rows
        return weights.class_weight


def by_row(weights: Mapping[Any, float], y: np.ndarray, given: Any, dtype: Any) -> np.ndarray | None:
    """Row weights by hand; None for weights of 1, for which scikit-learn's forests draw other rows."""
    if given is None and set(weights.values()) == {1.0}:
        return None
    weight = np.array([weights[label] for label in y.tolist()], dtype)
    return weight if given is None else weight * given.astype(dtype)


def fitted(pair: Pair, params: Mapping[str, Any], fit_kwargs: Mapping[str, Any], weight: Any) -> Any:
    """One side of a pair: the library's own model, with these parameters and row weights."""
    rows, library = pair.rows, pair.library
    model = copy.deepcopy(pair.estimator).set_params(**params)
    X, other = (features(pair, each) for each in (rows.X, rows.X_other))
    evaluation: dict[str, Any] = {}
    if pair.stops:
        evaluation = _evaluation(pair, other, weight)
    quiet = {"verbose": False} if library in ("xgboost", "catboost") else {}
    try:
        return model.fit(X, rows.y, **fit_kwargs, **evaluation, **pair.fit_params, **quiet), ""
    except _FAILURES as failure:
        return None, f"{type(failure).__name__}: {_first_line(failure)}"


def _first_line(failure: Exception) -> str:
    return next((line for line in str(failure).splitlines() if line.strip()), str(failure))


def _evaluation(pair: Pair, X: Any, weight: Any) -> dict[str, Any]:
    y, name = pair.rows.y_other, pair.settings.get("class", "")
    if pair.library == "catboost":
        from catboost import Pool

        return {"eval_set": Pool(X, y, weight=weight, cat_features=pair.settings.get("cat_features"))}
    if pair.library in ("xgboost", "lightgbm"):
        name = {"xgboost": "sample_weight_eval_set", "lightgbm": "eval_sample_weight"}[pair.library]
        return {"eval_set": [(X, y)], **({} if weight is None else {name: [weight]})}
    takes_one = adapter_named(pair.library).evaluation is scikit_learns
    if takes_one and (not name or (name.startswith("Hist") and len(y) % 2)):
        return {"X_val": X, "y_val": y, "sample_weight_val": weight}
    return {}


def features(pair: Pair, X: np.ndarray) -> Any:
    """Features as the library takes them: categories as such, nothing missing where it takes none."""
    columns = pair.rows.categories
    name = pair.settings.get("class", "")
    if name and not name.startswith("Hist"):
        return np.nan_to_num(X)
    if pair.library == "catboost" and columns:
        mixed = X.astype(object)
        mixed[:, columns] = [[f"c{int(value)}" for value in row] for row in X[:, columns]]
        return mixed
    categorical = pair.library == "lightgbm" or pair.settings.get("enable_categorical")
    if columns and categorical:
        import pandas as pd

        frame = pd.DataFrame(X, columns=[f"f{index}" for index in range(X.shape[1])])
        for index in columns:
            frame[f"f{index}"] = pd.Categorical.from_codes(X[:, index].astype(int), pd.Index(range(30)))
        return frame
    return X


def _failures() -> tuple[type[Exception], ...]:
    from catboost import CatBoostError
    from lightgbm.basic import LightGBMError
    from xgboost.core import XGBoostError

    return (ArithmeticError, ValueError, TypeError, CatBoostError, LightGBMError, XGBoostError)


_FAILURES: Final = _failures()


def compared(pair: Pair, ours: Any, theirs: Any) -> dict[str, Any]:
    """What a pair's two models have in common, as facts for its row."""
    native = pair.native
    if native.holds is not None and not native.holds(ours, pair.fit_params):
        return _conditional(pair, ours)
    X = [features(pair, each) for each in (pair.rows.X, pair.rows.X_other)]
    delta, parted = _distance(ours, theirs, X), _parted(pair.library, ours, theirs)
    found = _found(pair, ours, theirs, X, delta) if delta or parted else "identical"
    return {"delta": delta, "parted": str(parted or ""), "found": found, "holds": found != "other"}


def _conditional(pair: Pair, ours: Any) -> dict[str, Any]:
    try:
        pair.native.check(ours, pair.fit_params)
    except ClaimBrokenError:
        return {"found": "condition not met", "holds": None}
    return {"found": "condition not met, and not told", "holds": False}


def _found(pair: Pair, ours: Any, theirs: Any, X: list[Any], delta: float) -> str:
    if pair.native.guarantee is Guarantee.IDENTICAL:
        return "other"
    if delta <= ties.CLOSE:
        return "within 1e-6"
    if ties.is_tie(pair.library, ours, theirs, X[0]):
        return "tie"
    return _rounding_decides(pair, ours, theirs, X, delta) or "other"


def _rounding_decides(pair: Pair, ours: Any, theirs: Any, X: list[Any], delta: float) -> str:
    """What row weights a few float32 away show, moved by row or by class.

    They, too, part from `theirs` at the split at which `ours` does, or stop in the same round, or move as far
    where no split differs.
    """
    rows, rng, dtype = pair.rows, np.random.default_rng(0), pair.native.dtype
    weights = pair.class_weight
    given = by_row(weights, rows.y, rows.sample_weight, dtype)
    given = np.ones(len(rows.y), dtype) if given is None else given
    parted = _parted(pair.library, ours, theirs, leaves=False)
    codes = np.unique(rows.y, return_inverse=True)[1]
    for step in range(_ROUNDINGS):
        moves = rng.uniform(-_ROUNDING, _ROUNDING, len(rows.y))
        near = (given * (1 + (moves if step % 2 else moves[codes]))).astype(dtype)
        np.random.seed(0)
        evaluated = by_row(weights, rows.y_other, None, dtype)
        moved, _ = fitted(pair, pair.native.pins, {"sample_weight": near}, evaluated)
        if moved is None:
            continue
        if _rounds(ours) != _rounds(theirs) and _rounds(moved) == _rounds(ours):
            return "stop by rounding"
        apart = _parted(pair.library, moved, theirs, leaves=False)
        if parted and apart and (apart.tree, apart.node) == (parted.tree, parted.node):
            return "tie by rounding"
        if not parted and delta <= min(_ACCUMULATED, 2 * _distance(moved, theirs, X)):
            return "rounding"
    return ""


def _rounds(model: Any) -> Any:
    """The round that early stopping kept, where it did."""
    names = ("best_iteration", "best_iteration_")
    return next((getattr(model, name) for name in names if hasattr(model, name)), None)


def _parted(library: str, ours: Any, theirs: Any, *, leaves: bool = True) -> Any:
    """Where trees first differ, or the splits of trees."""
    try:
        grown = [adapter_named(library).trees(model) for model in (ours, theirs)]
    except (InvalidTypeError, json.JSONDecodeError):  # a linear model; leaves that are no numbers
        return None
    if not leaves:
        grown = [[tuple(replace(node, value=None) for node in tree) for tree in trees] for trees in grown]
    return first_difference(*grown)


def _distance(ours: Any, theirs: Any, X: list[Any]) -> float:
    pairs = [(trials.proba(ours, rows), trials.proba(theirs, rows)) for rows in X]
    distances = [
        np.where((mine == other) | (np.isnan(mine) & np.isnan(other)), 0, np.abs(mine - other)).max()
        for mine, other in pairs
    ]
    return float(max(distances))
