"""Whether two models part at a tie: where the splits that each preferred gain the same."""

import json
from collections.abc import Iterator, Mapping
from itertools import zip_longest
from typing import Any

import numpy as np

from boostweights.adapters.registry import adapter_named
from boostweights.adapters.trees import Node, first_difference

CLOSE = 1e-6
TIE = 1e-5


def is_tie(library: str, ours: Any, theirs: Any, X: Any) -> bool:
    """Whether the first split in which two models differ gains as much in one as in the other."""
    if library == "xgboost":
        return _is_tie_of_xgboost(ours, theirs)
    if library == "lightgbm":
        return gain_gap(ours, theirs) < TIE
    return library == "catboost" and _is_tie_of_catboost(ours, theirs, X)


def _is_tie_of_catboost(ours: Any, theirs: Any, X: Any) -> bool:
    """Whether the first splits that differ part the rows alike, so that their gains are equal."""
    trees = adapter_named("catboost").trees
    # without leaves, whose values rounding may move
    splits = [
        [tuple(node for node in tree if node.feature is not None) for tree in trees(model)]
        for model in (ours, theirs)
    ]
    parted = first_difference(*splits)
    sides = [_side(node, ours, X) for node in (parted.ours, parted.theirs)] if parted else [None]
    if any(side is None for side in sides):
        return False
    return bool((sides[0] == sides[1]).all() or (sides[0] != sides[1]).all())


def _side(node: Node | None, model: Any, X: Any) -> np.ndarray | None:
    """On which side of a split on a number each row is."""
    if node is None or node.feature is None:
        return None
    split = json.loads(node.feature)
    if split.get("split_type") != "FloatFeature":
        return None
    numerical = [i for i in range(X.shape[1]) if i not in model.get_cat_feature_indices()]
    column = np.asarray(X)[:, numerical[split["float_feature_index"]]].astype(float)
    return np.asarray(column > node.threshold)


def gain_gap(ours: Any, theirs: Any) -> float:
    """Where two models first part: by how much, relatively, the gains differ of what each preferred.

    The gain of a split is the sum over its leaves of G^2 / H; that of making none is the node's own, which
    LightGBM's ``split_gain`` has taken off.
    """
    for one, other in zip_longest(_structures(ours), _structures(theirs), fillvalue={"shrinkage": 1.0}):
        splits, others = _splits(one), _splits(other)
        shapes = [{path: split[:3] for path, split in each.items()} for each in (splits, others)]
        if shapes[0] == shapes[1]:
            continue
        first = [
            split
            for path, split in (*splits.items(), *others.items())
            if shapes[0].get(path) != shapes[1].get(path)
        ]
        ours_first = [split for path, split in splits.items() if shapes[0][path] != shapes[1].get(path)]
        theirs_first = [split for path, split in others.items() if shapes[1][path] != shapes[0].get(path)]
        pairs = [_gap(a, b) for a in ours_first for b in theirs_first]
        return min([*pairs, *(split[3] / split[4] for split in first)])
    return float("inf")


def _gap(one: tuple[Any, ...], other: tuple[Any, ...]) -> float:
    return float(abs(one[3] - other[3]) / max(one[4], other[4]))


def _structures(model: Any) -> Iterator[Mapping[str, Any]]:
    for tree in model.booster_.dump_model()["tree_info"]:
        yield {**tree["tree_structure"], "shrinkage": tree["shrinkage"]}


def _splits(root: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Path → feature, threshold, default, gain of the split, gain with the node's own."""
    found: dict[str, tuple[Any, ...]] = {}

    def walk(node: Mapping[str, Any], path: str) -> None:
        if "split_feature" not in node:
            return
        own = node["internal_weight"] * (node["internal_value"] / root["shrinkage"]) ** 2
        gain = node["split_gain"]
        found[path] = (node["split_feature"], node["threshold"], node["default_left"], gain, gain + own)
        walk(node["left_child"], path + "l")
        walk(node["right_child"], path + "r")

    walk(root, "")
    return found


def _is_tie_of_xgboost(ours: Any, theirs: Any) -> bool:
    """Whether the first split in which two models differ gains as much in one as in the other.

    A gain is a difference of two scores, so that the gap is taken relative to the node's own score
    (its squared leaf value times its hessian) where the gains are smaller than that; a leaf gains 0.
    """
    for mine, other in zip(_grown(ours), _grown(theirs), strict=True):
        # Pruned nodes stay in the arrays, unreachable: one tree may be the longer by them.
        for (split, gain, score), (other_split, other_gain, other_score) in zip(mine, other, strict=False):
            if split != other_split:
                return abs(gain - other_gain) <= TIE * max(gain, other_gain, score, other_score)
    return False


def _grown(model: Any) -> list[list[tuple[Any, float, float]]]:
    """Of each tree's nodes: the split (None for a leaf), its gain, the node's score."""
    booster = json.loads(model.get_booster().save_raw("json"))["learner"]["gradient_booster"]
    grown = booster.get("gbtree", booster)["model"].get("trees", [])
    return [
        [
            (
                None if node.feature is None else (node.feature, node.threshold, node.missing),
                gain,
                weight**2 * hessian,
            )
            for node, gain, weight, hessian in zip(
                nodes, tree["loss_changes"], tree["base_weights"], tree["sum_hessian"], strict=False
            )
        ]
        for nodes, tree in zip(
            adapter_named("xgboost").trees(model), grown, strict=False
        )  # gblinear grows none
    ]
