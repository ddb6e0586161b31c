"""The trees of a fitted XGBoost model, as plain data."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from boostweights.adapters.trees import Node, Tree

__all__ = ["trees"]


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or Booster's trees; gblinear's weights as one tree of leaves."""
    booster = model.get_booster() if hasattr(model, "get_booster") else model
    learner = json.loads(booster.save_raw("json"))["learner"]
    gradient_booster = learner["gradient_booster"]
    if "weight_drop" in gradient_booster:  # dart: each tree's contribution is scaled
        dropped = gradient_booster["weight_drop"]
        grown = gradient_booster["gbtree"]["model"]["trees"]
        return [(*_tree(tree), Node(value=weight)) for tree, weight in zip(grown, dropped, strict=True)]
    if "trees" not in gradient_booster["model"]:
        return [tuple(Node(value=weight) for weight in gradient_booster["model"]["weights"])]
    return [_tree(tree) for tree in gradient_booster["model"]["trees"]]


def _tree(tree: Mapping[str, Any]) -> Tree:
    starts = dict(zip(tree["categories_nodes"], tree["categories_segments"], strict=True))
    sizes = dict(zip(tree["categories_nodes"], tree["categories_sizes"], strict=True))

    def node(index: int) -> Node:
        condition = tree["split_conditions"][index]
        if tree["left_children"][index] == -1:
            return Node(value=condition)
        if tree["split_type"][index]:
            start = starts[index]
            condition = tuple(tree["categories"][start : start + sizes[index]])
        missing = "left" if tree["default_left"][index] else "right"
        return Node(feature=tree["split_indices"][index], threshold=condition, missing=missing)

    return tuple(map(node, range(len(tree["left_children"]))))
