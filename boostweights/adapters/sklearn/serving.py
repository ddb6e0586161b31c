"""scikit-learn's models for other runtimes, with repairs of what skl2onnx leaves out.

Its own file is that of skops, of which these models need no types beyond those that skops trusts.
"""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.adapters.serving import (
    Format,
    Inputs,
    Predictor,
    ensemble,
    ensemble_attributes,
    in_double,
    inputs_of,
    treelite,
)
from boostweights.adapters.sklearn.model import encoded_categories, trees
from boostweights.lazy import needs

_LEFT = "nodes_missing_value_tracks_true"
SUFFIXES: tuple[str, ...] = (".skops",)
TYPES: tuple[str, ...] = (
    "functools.partial",
    "sklearn.compose._column_transformer._RemainderColsList",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.tree._tree.Tree",
    "sklearn.utils.validation.check_array",
)
"""The functions of a partial are looked at by themselves; _RemainderColsList is scikit-learn 1.6's."""


def inputs(model: Any) -> Inputs:
    """Return what the splits say; a model does not say whether values were missing in training."""
    histogram = hasattr(model, "_predictors")
    takes_missing = histogram or "Gradient" not in type(model).__name__
    missing = range(model.n_features_in_ if takes_missing else 0)
    named = getattr(model, "is_categorical_", None)
    if named is None:
        return inputs_of(trees(model), missing, single=not histogram, infinite=histogram)
    order = np.argsort(~named, kind="stable")  # the encoder puts categories first
    nodes = (node for tree in trees(model)[1:] for node in tree if isinstance(node.threshold, float))
    numbers = tuple(replace(node, feature=order[node.feature]) for node in nodes)
    categories: dict[int, Any] = {}
    numbered = {}
    for at, levels in encoded_categories(model).items():
        categories[at] = None
        if levels.dtype.kind in "iuf":
            known = np.asarray(levels, np.float64)
            categories[at] = np.append(known, np.nanmax(known, initial=0.0) + 1)  # and one that is unseen
            numbered[at] = known[~np.isnan(known)].tolist()
    splits = inputs_of([numbers], missing, single=False, infinite=True)
    return replace(splits, categories=categories, numbered=numbered)


def refusal(model: Any, to: Format) -> str:
    """Return what of this model a format cannot express, or an empty text."""
    from sklearn import ensemble as known

    categories = encoded_categories(model).values()
    gradient = isinstance(model, known.GradientBoostingClassifier)
    others = (known.HistGradientBoostingClassifier, known.ExtraTreesClassifier, known.RandomForestClassifier)
    if to != "native" and not (gradient or isinstance(model, others)):
        return f"{type(model).__name__}, whose conversion is not known here"
    if to == "onnx" and categories:
        return "categories, which skl2onnx leaves out of HistGradientBoosting (Treelite reads numbers)"
    if to == "treelite" and any(levels.dtype.kind not in "iuf" for levels in categories):
        return "categories that are text, which Treelite does not read of HistGradientBoosting"
    if to == "treelite" and gradient and model.loss == "exponential":
        return "loss='exponential', whose scores Treelite takes for log odds"
    if to != "native" and gradient and model.init is not None:
        return "an init of its own, which converters leave out"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the model in skops's format."""
    needs(["skops.io"], "A file of scikit-learn's models", "serving")
    import skops.io

    skops.io.dump(model, path)


def load(path: Path) -> Any:
    """Return the model of a file, trusting its own types only."""
    needs(["skops.io"], "A file of scikit-learn's models", "serving")
    import skops.io

    return skops.io.load(path, trusted=list(TYPES))


def predictor(model: Any) -> Predictor:
    """Return what predicts the probabilities of a loaded model."""
    return lambda X: np.asarray(model.predict_proba(X))


def to_onnx(model: Any) -> Any:
    """Return skl2onnx's conversion, missing values sent where scikit-learn sends them."""
    needs(["skl2onnx"], "An export to ONNX", "serving")
    from skl2onnx import convert_sklearn
    from skl2onnx.common.data_types import FloatTensorType

    converted = convert_sklearn(
        model,
        initial_types=[("X", FloatTensorType([None, model.n_features_in_]))],
        options={"zipmap": False},
        custom_conversion_functions={type(model): _histogram} if hasattr(model, "_predictors") else None,
    )
    if hasattr(model, "_predictors"):
        in_double(converted, trees(model)[1:])
    elif model.estimators_[0].__class__.__name__.endswith("TreeClassifier"):
        repair_missing(converted, model)
    return converted


def _histogram(scope: Any, operator: Any, container: Any) -> None:
    """Convert HistGradientBoosting, whose directions skl2onnx 1.20 writes as bools and integers mixed."""
    from skl2onnx.common._registration import get_converter

    get_converter("SklearnHistGradientBoostingClassifier")(scope, operator, _Integers(container))


class _Integers:
    """A container whose nodes take whole numbers only where they are whole."""

    def __init__(self, container: Any) -> None:
        self._container = container

    def __getattr__(self, name: str) -> Any:
        return getattr(self._container, name)

    def add_node(self, *args: Any, **attributes: Any) -> None:
        if _LEFT in attributes:
            attributes[_LEFT] = [int(left) for left in attributes[_LEFT]]
        self._container.add_node(*args, **attributes)


def repair_missing(converted: Any, forest: Any) -> None:
    """Say of each node of a forest where missing values go, which skl2onnx 1.20 does not."""
    attributes = ensemble_attributes(converted)
    left = [
        int(forest.estimators_[tree].tree_.missing_go_to_left[node])
        for tree, node in zip(attributes["nodes_treeids"], attributes["nodes_nodeids"], strict=True)
    ]
    ensemble(converted, **{_LEFT: left})


def to_treelite(model: Any) -> Any:
    """Return Treelite's conversion, of places of categories: it cuts them to whole numbers otherwise."""
    if encoded_categories(model):
        model = deepcopy(model)
        encoder = model._preprocessor.named_transformers_["encoder"]
        encoder.categories_ = [np.arange(len(categories)) for categories in encoder.categories_]
    with treelite() as module:
        return module.sklearn.import_model(model)
