"""XGBoost's models for other runtimes: as many rounds as the classifier predicts with."""

import json
from copy import deepcopy
from dataclasses import replace
from math import isnan
from pathlib import Path
from typing import Any

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
from boostweights.adapters.xgboost.model import load as read_file
from boostweights.adapters.xgboost.model import trees

SUFFIXES: tuple[str, ...] = (".ubj", ".json")
TYPES: tuple[str, ...] = ("xgboost.core.Booster", "xgboost.sklearn.XGBClassifier")


def inputs(model: Any) -> Inputs:
    """Return what the splits say; every split has a direction for missing values."""
    booster, linear = booster_of(model), getattr(model, "booster", "") == "gblinear"
    found = inputs_of(trees(model), range(booster.num_features()), single=True, infinite=not linear)
    encoded = "c" in (booster.feature_types or ()) and hasattr(model, "feature_names_in_")
    if encoded and hasattr(booster, "get_categories"):
        encoded = not booster.get_categories().empty()
    return replace(found, encoded=encoded)


def refusal(model: Any, to: Format) -> str:
    """Return what of this model a format cannot express, or an empty text."""
    booster, missing = document_of(model).booster, getattr(model, "missing", float("nan"))
    if missing is not None and not isnan(missing):
        return f"missing={missing}, which no format carries (mark missing values as NaN and fit again)"
    if to != "native" and booster != "gbtree":
        return f"booster={booster!r}, of which converters know gbtree alone"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the Booster."""
    _as_predicting(model).save_model(path)


load = read_file


def predictor(model: Any) -> Predictor:
    """Return what predicts as the classifier does, which takes infinite values where a DMatrix does not."""
    from xgboost import XGBClassifier

    classifier = XGBClassifier(n_jobs=1, enable_categorical=True)
    classifier.load_model(model.save_raw("ubj"))
    return lambda X: columns(classifier.predict_proba(X))


def to_onnx(model: Any) -> Any:
    """Return onnxmltools' conversion of a copy whose columns have no names, which it refuses."""
    copied, booster = deepcopy(model), _as_predicting(model)
    booster.feature_names = None
    copied._Booster = booster
    return converted_by_onnxmltools("convert_xgboost", copied, booster.num_features())


def to_treelite(model: Any) -> Any:
    """Return Treelite's conversion, without the names of categories, with which Treelite 4.8 refuses it."""
    document = document_of(_as_predicting(model))
    if "cats" in document.model:  # since 3.1
        document.model["cats"] = {name: [] for name in document.model["cats"]}
    with treelite() as module:
        return module.frontend.from_xgboost_json(json.dumps(document.content))


def _as_predicting(model: Any) -> Any:
    """The rounds up to the best one, with which a classifier that stopped early predicts."""
    booster = booster_of(model)
    rounds = model._get_iteration_range(None)[1] if hasattr(model, "_get_iteration_range") else 0
    return booster[:rounds] if rounds else booster.copy()
