"""The trees of a fitted LightGBM model, as plain data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from boostweights.adapters.trees import Node, Tree

__all__ = ["trees"]


def trees(model: Any) -> list[Tree]:
    """Return a classifier's or Booster's trees."""
    booster = getattr(model, "booster_", model)
    return [tuple(_nodes(info["tree_structure"])) for info in booster.dump_model()["tree_info"]]


def _nodes(node: Mapping[str, Any]) -> Iterator[Node]:
    if "leaf_value" in node:
        linear = node.get("leaf_coeff", [])  # linear trees: a model in each leaf
        value = node["leaf_value"]
        yield Node(value=(value, node["leaf_const"], *linear) if "leaf_const" in node else value)
        return
    yield Node(
        feature=node["split_feature"],
        threshold=node["threshold"],
        missing=(node["missing_type"], "left" if node["default_left"] else "right"),
    )
    yield from _nodes(node["left_child"])
    yield from _nodes(node["right_child"])
