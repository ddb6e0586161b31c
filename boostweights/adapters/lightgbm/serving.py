"""LightGBM's models for other runtimes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any, Final

from boostweights.adapters.lightgbm.model import booster_of, header, link, model_text, trees
from boostweights.adapters.serving import (
    Format,
    Inputs,
    Predictor,
    columns,
    converted_by_onnxmltools,
    in_double,
    inputs_of,
    treelite,
)
from boostweights.adapters.trees import Node, Tree

SUFFIX: Final = ".txt"
TYPES: Final[tuple[str, ...]] = (
    "boostweights.adapters.lightgbm.forms._first_tree_splits",
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
)
_ZERO: Final = 1.0000000180025095e-35
"""What is no farther from 0 is a zero to LightGBM, which leaves those out of rows (kZeroThreshold)."""


def inputs(model: Any) -> Inputs:
    """Return what the splits say; LightGBM knows which features lacked values in training."""
    grown = [tuple(_numbered(tree)) for tree in trees(model)]
    splits = [node for tree in grown for node in tree if node.feature is not None]
    missing = {node.feature for node in splits if node.missing[0] == "NaN"}
    return inputs_of(grown, missing, single=False, zero=_ZERO)


def _numbered(tree: Tree) -> Iterator[Node]:
    for node in tree:
        if isinstance(node.threshold, str):  # "0||3": the codes that go left
            codes = tuple(map(int, node.threshold.split("||")))
            yield Node(feature=node.feature, threshold=codes, missing=node.missing)
        else:
            yield node


def refusal(model: Any, to: Format) -> str:
    """Say what of this model a format cannot hold; or nothing."""
    booster = booster_of(model)
    if to != "native" and "is_linear=1" in model_text(booster, iterations=1):
        return "linear_tree, which converters do not know"
    if to != "native" and "average_output" in header(booster):
        return 'boosting_type="rf", whose converted trees are summed, not averaged'
    if to == "onnx" and link(model).kind == "ovr":
        return "one model a class, whose probabilities onnxmltools makes sum to 1 (Treelite holds them)"
    if to != "native" and booster.pandas_categorical:
        return "columns of pandas categories, which LightGBM alone encodes"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the Booster."""
    booster_of(model).save_model(path)


def predictor(path: Path) -> Predictor:
    """Read the Booster."""
    import lightgbm

    booster = lightgbm.Booster(model_file=path)
    return lambda X: columns(booster.predict(X, num_threads=1))


def to_onnx(model: Any) -> Any:
    """Return onnxmltools' conversion, comparing float64."""
    features = booster_of(model).num_feature()
    converted = converted_by_onnxmltools("convert_lightgbm", model, features, zipmap=False)
    in_double(converted, [_by_identifier(tree) for tree in trees(model)])
    return converted


def _by_identifier(tree: Tree) -> Tree:
    """Return nodes in the order of onnxmltools' identifiers: both children of a node, then what is deeper."""
    placed: dict[int, Node] = {}
    nodes, identifiers = iter(tree), count(1)

    def place(identifier: int) -> None:
        placed[identifier] = node = next(nodes)
        if node.feature is not None:
            for child in (next(identifiers), next(identifiers)):
                place(child)

    place(0)
    return tuple(placed[identifier] for identifier in sorted(placed))


def to_treelite(model: Any) -> Any:
    """Return Treelite's conversion."""
    with treelite() as module:
        return module.frontend.from_lightgbm(booster_of(model))
