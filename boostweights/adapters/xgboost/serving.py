"""XGBoost's models for other runtimes: as many rounds as the classifier predicts with."""

from __future__ import annotations

import json
from copy import deepcopy
from math import isnan
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.serving import (
    Format,
    Inputs,
    Predictor,
    columns,
    converted_by_onnxmltools,
    inputs_of,
    treelite,
)
from boostweights.adapters.xgboost.document import booster_of, document_of
from boostweights.adapters.xgboost.model import trees
from boostweights.lazy import needs

SUFFIX: Final = ".ubj"
TYPES: Final[tuple[str, ...]] = ("xgboost.core.Booster", "xgboost.sklearn.XGBClassifier")


def inputs(model: Any) -> Inputs:
    """Return what the splits say; every split has a direction for missing values."""
    return inputs_of(trees(model), range(booster_of(model).num_features()), single=True)


def categories(model: Any) -> dict[int, list[Any]]:
    """Return those of a data frame's columns, which XGBoost keeps since 3.1."""
    booster = booster_of(model)
    if "c" not in (booster.feature_types or ()) or not hasattr(booster, "get_categories"):
        return {}
    needs(["pyarrow"], "Categories of XGBoost", "frames")
    kept = booster.get_categories(export_to_arrow=True)
    if kept.empty():
        return {}
    return {at: each.to_pylist() for at, (_, each) in enumerate(kept.to_arrow()) if each is not None}


def refusal(model: Any, to: Format) -> str:
    """Say what of this model a format cannot hold; or nothing."""
    booster, missing = document_of(model).booster, getattr(model, "missing", float("nan"))
    if missing is not None and not isnan(missing):
        return f"missing={missing}, which no format carries (mark missing values as NaN and fit again)"
    if to != "native" and booster != "gbtree":
        return f"booster={booster!r}, of which converters know gbtree alone"
    of_frame = hasattr(model, "feature_names_in_") and not categories(model)
    if to != "native" and of_frame and "c" in (booster_of(model).feature_types or ()):
        return "categories of a data frame, of which XGBoost before 3.1 keeps no names"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the Booster."""
    _as_predicting(model).save_model(path)


def predictor(path: Path) -> Predictor:
    """Read the Booster."""
    import xgboost

    booster = xgboost.Booster(model_file=path)
    names = booster.feature_names

    def predict(X: Any) -> Any:
        named = None if hasattr(X, "columns") else names
        matrix = xgboost.DMatrix(X, feature_names=named, enable_categorical=True, nthread=1)
        return columns(booster.predict(matrix))

    return predict


def to_onnx(model: Any) -> Any:
    """Return onnxmltools' conversion of a copy whose columns have no names, which it refuses."""
    copied, booster = deepcopy(model), _as_predicting(model)
    booster.feature_names = None
    copied._Booster = booster
    return converted_by_onnxmltools("convert_xgboost", copied, booster.num_features())


def to_treelite(model: Any) -> Any:
    """Return Treelite's conversion."""
    with treelite() as module:
        return module.frontend.from_xgboost_json(json.dumps(_of_codes(_as_predicting(model))))


def _of_codes(booster: Any) -> dict[str, Any]:
    """Return a model without the names of its categories, with which Treelite 4.8 refuses it."""
    document = document_of(booster)
    if "cats" in document.model:  # since 3.1
        document.model["cats"] = {name: [] for name in document.model["cats"]}
    return document.content


def _as_predicting(model: Any) -> Any:
    """The rounds up to the best one, with which a classifier that stopped early predicts."""
    booster = booster_of(model)
    rounds = model._get_iteration_range(None)[1] if hasattr(model, "_get_iteration_range") else 0
    return booster[:rounds] if rounds else booster.copy()
