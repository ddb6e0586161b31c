"""A claim under random settings, and both of its sides, each trained by the library itself."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

import boostweights as bw
from benchmarks.fuzz.data import Rows, Settings
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.training import evaluation as scikit_learns


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
