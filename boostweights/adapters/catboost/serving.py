"""CatBoost's models for other runtimes, with a repair of what ONNX Runtime misreads."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

import numpy as np

from boostweights.adapters.catboost.model import _document
from boostweights.adapters.catboost.model import load as read_file
from boostweights.adapters.serving import Format, Inputs, Predictor, columns, ensemble, ensemble_attributes
from boostweights.errors import InvalidValueError
from boostweights.files import temporary_folder
from boostweights.lazy import needs

SUFFIXES: Final[tuple[str, ...]] = (".cbm",)
TYPES: Final[tuple[str, ...]] = ("catboost.core.CatBoostClassifier",)


def inputs(model: Any) -> Inputs:
    """Return the borders; each feature of numbers may be missing."""
    with _document(model) as (_, document):
        about = document["features_info"]
    floats = about.get("float_features", ())
    return Inputs(
        thresholds={
            each["flat_feature_index"]: np.array(each["borders"]) for each in floats if each.get("borders")
        },
        categories={each["flat_feature_index"]: None for each in about.get("categorical_features", ())},
        missing=frozenset(each["flat_feature_index"] for each in floats),
        single=True,
        infinite=True,
    )


def encodes(model: Any) -> bool:
    """Return False: models are shown the categories themselves."""
    return False


def numbered(model: Any) -> dict[int, list[float]]:
    """Return none."""
    return {}


def refusal(model: Any, to: Format) -> str:
    """Return what of this model a format cannot express, or an empty text."""
    if to == "treelite":
        return "CatBoost, of which Treelite has no reader"
    if to == "onnx" and model.get_cat_feature_indices():
        return "categories, which CatBoost does not write to ONNX"
    if to == "onnx" and model.get_all_params().get("loss_function") == "MultiClassOneVsAll":
        return "one model a class, whose probabilities CatBoost writes to ONNX as a softmax"
    if to == "onnx" and str(model.get_all_params().get("grow_policy", "SymmetricTree")) != "SymmetricTree":
        return "trees that are not symmetric, which CatBoost does not write to ONNX"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the model in CatBoost's binary format."""
    model.save_model(str(path), format="cbm")


load: Final = read_file


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
    found = ensemble_attributes(converted)
    if "base_values" not in found:
        return
    base = dict(enumerate(found["base_values"]))
    of_class: Iterable[tuple[float, int, int]] = zip(
        found["class_weights"], found["class_ids"], found["class_treeids"], strict=True
    )
    weights = [weight + (base[code] if tree == 0 else 0.0) for weight, code, tree in of_class]
    ensemble(converted, class_weights=weights, base_values=None)


def to_treelite(model: Any) -> Any:
    """Raise: Treelite does not read CatBoost's models."""
    raise InvalidValueError("Treelite must have a reader", refusal(model, "treelite"), "Export natively.")
