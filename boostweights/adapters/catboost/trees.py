"""The trees of a fitted CatBoost model, as plain data."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from boostweights.adapters.trees import Node, Tree

__all__ = ["trees"]


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or model's trees, read from its JSON form."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        pool = {"pool": None} if not model.get_cat_feature_indices() else {}
        model.save_model(str(path), format="json", **pool)
        document = json.loads(path.read_text())
    if "oblivious_trees" in document:
        return [_oblivious(tree) for tree in document["oblivious_trees"]]
    return [tuple(_nodes(tree)) for tree in document["trees"]]


def _oblivious(tree: Mapping[str, Any]) -> Tree:
    splits = [_split(split) for split in tree["splits"] or ()]
    return (*splits, *(Node(value=value) for value in tree["leaf_values"]))


def _nodes(node: Mapping[str, Any]) -> Iterator[Node]:
    if "split" not in node:
        yield Node(value=json.dumps(node["value"]))
        return
    yield _split(node["split"])
    yield from _nodes(node["left"])
    yield from _nodes(node["right"])


def _split(split: Mapping[str, Any]) -> Node:
    names = {name: value for name, value in split.items() if name not in ("border", "split_index", "value")}
    threshold = split.get("border", split.get("value"))
    return Node(feature=json.dumps(names, sort_keys=True), threshold=threshold, missing="as quantised")
