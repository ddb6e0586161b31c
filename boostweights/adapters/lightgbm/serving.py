"""LightGBM's models for other runtimes."""

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from boostweights.adapters.lightgbm.model import booster_of, header, link, model_text, trees
from boostweights.adapters.lightgbm.model import load as read_file
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

SUFFIXES: tuple[str, ...] = (".txt",)
TYPES: tuple[str, ...] = (
    "boostweights.adapters.lightgbm.forms._first_tree_splits",
    "collections.OrderedDict",
    "lightgbm.basic.Booster",
    "lightgbm.sklearn.LGBMClassifier",
)
_SHORTENED = 1e300
_ZERO = 1.0000000180025095e-35
"""What is no farther from 0 is a zero to LightGBM, which leaves those out of rows (kZeroThreshold)."""


def inputs(model: Any) -> Inputs:
    """Return the thresholds and categories; a missing value is 0 where training had no missing one."""
    grown = [tuple(_numbered(tree)) for tree in trees(model)]
    every = range(booster_of(model).num_feature())
    found = inputs_of(grown, every, single=False, zero=_ZERO, infinite=True)
    named = {at: np.asarray(codes) for at, codes in found.categories.items()}
    unseen = {at: np.append(codes, codes.max() + 1) for at, codes in named.items()}
    encoded = bool(booster_of(model).pandas_categorical)  # by training, in which places replace categories
    return replace(found, categories=unseen, encoded=encoded)


def _numbered(tree: Tree) -> Iterator[Node]:
    for node in tree:
        yield replace(node, threshold=_codes(node)) if isinstance(node.threshold, str) else node


def _codes(node: Node) -> tuple[int, ...]:
    """Return the categories that go left at a node, of "0||3"."""
    return tuple(map(int, node.threshold.split("||")))


def refusal(model: Any, to: Format) -> str:
    """Return what of this model a format cannot express, or an empty text."""
    booster = booster_of(model)
    if to != "native" and "is_linear=1" in model_text(booster, iterations=1):
        return "linear_tree, which converters do not know"
    if to != "native" and any("Zero" in (node.missing or ()) for tree in trees(model) for node in tree):
        return "zero_as_missing, which converters do not know (mark missing values as NaN and fit again)"
    if to != "native" and "average_output" in header(booster):
        return 'boosting_type="rf", whose converted trees are summed, not averaged'
    if to == "onnx" and link(model).kind == "ovr":
        return "one model a class, whose probabilities onnxmltools makes sum to 1 (Treelite holds them)"
    return ""


def save(model: Any, path: Path) -> None:
    """Write the Booster."""
    booster_of(model).save_model(path)


load = read_file


def predictor(model: Any) -> Predictor:
    """Return what predicts the probabilities of a loaded Booster."""
    return lambda X: columns(model.predict(X, num_threads=1))


def to_onnx(model: Any) -> Any:
    """Return onnxmltools' conversion, comparing float64."""
    features = booster_of(model).num_feature()
    converted = converted_by_onnxmltools("convert_lightgbm", model, features, zipmap=False)
    in_double(converted, [_by_identifier(_nested(iter(tree))) for tree in trees(model)])
    return converted


_Branch: TypeAlias = "tuple[Node, _Branch | None, _Branch | None]"


def _nested(nodes: Iterator[Node]) -> _Branch:
    """Return a tree as onnxmltools nests it: a node for each category, with the same branch left of them."""
    node = next(nodes)
    if node.feature is None:
        return node, None, None
    left, right = _nested(nodes), _nested(nodes)
    codes = _codes(node) if isinstance(node.threshold, str) else (_exact(node.threshold),)
    for code in reversed(codes):
        right = replace(node, threshold=float(code)), left, right
    return right


def _exact(threshold: float) -> float:
    """Return a threshold that a dump of the model shortens: 1e300 stands for infinity."""
    return math.copysign(math.inf, threshold) if abs(threshold) == _SHORTENED else threshold


def _by_identifier(tree: _Branch) -> Tree:
    """Return nodes in the order of onnxmltools' identifiers: both children of a node, then what is deeper."""
    placed = {id(tree): tree[0]}

    def place(branch: _Branch) -> None:
        fresh = {id(child): child for child in branch[1:] if child is not None and id(child) not in placed}
        placed.update((identifier, child[0]) for identifier, child in fresh.items())
        for child in fresh.values():
            place(child)

    place(tree)
    return tuple(placed.values())


def to_treelite(model: Any) -> Any:
    """Return Treelite's conversion."""
    with treelite() as module:
        return module.frontend.from_lightgbm(booster_of(model))
