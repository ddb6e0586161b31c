"""The trees of fitted scikit-learn forests and boosters, as plain data."""

from __future__ import annotations

from typing import Any

import numpy as np

from boostweights.adapters.trees import Node, Tree
from boostweights.errors import InvalidTypeError

__all__ = ["trees"]


def trees(model: Any) -> list[Tree]:
    """Return the trees of HistGradientBoosting, of a forest, of GradientBoosting or of one tree."""
    if hasattr(model, "_predictors"):
        grown = [_histogram(each) for stage in model._predictors for each in stage]
        baseline = tuple(Node(value=value) for value in np.ravel(model._baseline_prediction).tolist())
        return [baseline, *grown]
    if hasattr(model, "tree_"):
        return [_tree(model.tree_)]
    if hasattr(model, "estimators_"):
        return [_tree(each.tree_) for each in np.ravel(np.asarray(model.estimators_, object))]
    raise InvalidTypeError("the model must consist of trees", type(model).__name__, "Compare predictions.")


def _histogram(predictor: Any) -> Tree:
    def node(each: Any) -> Node:
        if each["is_leaf"]:
            return Node(value=float(each["value"]))
        threshold: Any = float(each["num_threshold"])
        if each["is_categorical"]:
            threshold = tuple(predictor.raw_left_cat_bitsets[each["bitset_idx"]].tolist())
        missing = "left" if each["missing_go_to_left"] else "right"
        return Node(feature=int(each["feature_idx"]), threshold=threshold, missing=missing)

    return tuple(map(node, predictor.nodes))


def _tree(tree: Any) -> Tree:
    def node(index: int) -> Node:
        if tree.children_left[index] == -1:
            return Node(value=tuple(np.ravel(tree.value[index]).tolist()))
        missing = "left" if tree.missing_go_to_left[index] else "right"
        threshold = float(tree.threshold[index])
        return Node(feature=int(tree.feature[index]), threshold=threshold, missing=missing)

    return tuple(map(node, range(tree.node_count)))
