"""CatBoost's models for other runtimes, with a repair of what ONNX Runtime misreads."""

from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.catboost.model import document_of
from boostweights.adapters.catboost.model import load as read_file
from boostweights.adapters.serving import Format, Inputs, Predictor, columns, ensemble, ensemble_attributes
from boostweights.errors import InvalidValueError
from boostweights.files import temporary_folder
from boostweights.lazy import needs

SUFFIXES: tuple[str, ...] = (".cbm",)
TYPES: tuple[str, ...] = ("catboost.core.CatBoostClassifier",)


def inputs(model: Any) -> Inputs:
    """Return the borders; each feature of numbers may be missing."""
    with document_of(model) as (_, document):
        about = document["features_info"]
    floats = {column["flat_feature_index"]: column for column in about.get("float_features", ())}
    texts = about.get("categorical_features", ())
    return Inputs(
        thresholds={
            at: np.array(column["borders"]) for at, column in floats.items() if column.get("borders")
        },
        categories={column["flat_feature_index"]: None for column in texts},
        missing=frozenset(floats),
        single=True,
        infinite=True,
    )


def refusal(model: Any, to: Format) -> str:
    """Return what of this model a format cannot express, or an empty text."""
    if to != "onnx":
        return "CatBoost, of which Treelite has no reader" if to == "treelite" else ""
    params = model.get_all_params()
    if model.get_cat_feature_indices():
        return "categories, which CatBoost does not write to ONNX"
    if params.get("loss_function") == "MultiClassOneVsAll":
        return "one model a class, whose probabilities CatBoost writes to ONNX as a softmax"
    if str(params.get("grow_policy", "SymmetricTree")) != "SymmetricTree":
        return "trees that are not symmetric, which CatBoost does not write to ONNX"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the model in CatBoost's binary format."""
    model.save_model(str(path), format="cbm")


load = read_file


def predictor(model: Any) -> Predictor:
    """Return what predicts the probabilities of a loaded model."""
    return lambda X: columns(model.predict(X, prediction_type="Probability", thread_count=1))


def to_onnx(model: Any) -> Any:
    """Return CatBoost's own conversion, its bias where ONNX Runtime reads it."""
    needs(["onnx"], "An export to ONNX", "serving")
    import onnx

    with temporary_folder() as folder:
        path = folder / "model.onnx"
        model.save_model(str(path), format="onnx")
        converted = onnx.load(path)
    if len(model.classes_) == 2:
        repair_bias(converted)
    return converted


def repair_bias(converted: Any) -> None:
    """Add the bias of a model of two classes to the leaves of its first tree.

    CatBoost writes leaves of -s for class 0 and s for class 1 beside `base_values` of (-b, b); ONNX Runtime
    misreads them (microsoft/onnxruntime#1007).
    """
    tree_ensemble = ensemble_attributes(converted)
    if "base_values" not in tree_ensemble:
        return
    columns_of_leaves = (tree_ensemble[f"class_{name}"] for name in ("weights", "ids", "treeids"))
    weights = [
        weight + (tree_ensemble["base_values"][code] if tree == 0 else 0.0)
        for weight, code, tree in zip(*columns_of_leaves, strict=True)
    ]
    ensemble(converted, class_weights=weights, base_values=None)


def to_treelite(model: Any) -> Any:
    """Raise: Treelite does not read CatBoost's models."""
    raise InvalidValueError("Treelite must have a reader", refusal(model, "treelite"), "Export natively.")
