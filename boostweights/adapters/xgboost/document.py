"""A Booster's own JSON, in the layouts of XGBoost 2.1 to 3.4: the one place that reads it.

The factors of DART's trees are next to ``gbtree`` before 3.3, next to ``model`` in 3.3 and inside it since
3.4, where any model of trees may have them. The vectors of multi-output leaves are base weights before 3.2.
"""

import json
from dataclasses import dataclass
from typing import Any

from boostweights.adapters.readback import saved_parts
from boostweights.adapters.trees import Coefficient, Node, Tree
from boostweights.errors import check_fitted

_DROPPED = "weight_drop"
_BOOSTER = frozenset({"name", "model", "gbtree", _DROPPED})
_MODEL = frozenset(
    {"gbtree_model_param", "trees", "tree_info", "iteration_indptr", "cats", _DROPPED, "weights"}
) | {"boosted_rounds"}
"""Whatever else a version keeps there may decide numbers, so it is an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """What a Booster's JSON holds.

    Attributes
    ----------
    content : dict
        All of it, which loads again.
    params : dict
        Base score and numbers of classes, features and targets, as text.
    model : dict
        Trees, or the weights of gblinear. This and `params` are parts of `content`: changes there show here.
    dropped : list of float or None
        DART's factor of each tree; None where trees have none.
    """

    content: dict[str, Any]
    params: dict[str, Any]
    model: dict[str, Any]
    dropped: list[float] | None

    @property
    def booster(self) -> str:
        """The kind of model: "gblinear", "dart" or "gbtree"."""
        return "gblinear" if "weights" in self.model else "gbtree" if self.dropped is None else "dart"

    def nodes(self) -> list[Tree]:
        """Return the trees, each with its factor behind its nodes; the weights of gblinear as one."""
        if self.booster == "gblinear":
            return [tuple(Coefficient(value=weight) for weight in self.model["weights"])]
        grown = [_nodes(tree) for tree in self.model["trees"]]
        if self.dropped is None:
            return grown
        return [(*nodes, Node(value=factor)) for nodes, factor in zip(grown, self.dropped, strict=True)]

    def to_bytes(self) -> bytearray:
        """Return what XGBoost loads."""
        return bytearray(json.dumps(self.content).encode())


def document_of(model: Any) -> Document:
    """Return what a fitted classifier, or a Booster, keeps.

    Raises
    ------
    InvalidValueError
        If the format is not one of those that are known here.
    """
    content = json.loads(booster_of(model).save_raw("json"))
    with saved_parts("xgboost"):
        learner = content["learner"]
        booster = learner["gradient_booster"]
        held = booster["gbtree"] if booster["name"] == "dart" else booster
        grown = held["model"]
        unknown = (set(booster) - _BOOSTER) | (set(grown) - _MODEL)
        if unknown:
            raise LookupError(f"an unknown part, {', '.join(sorted(unknown))}")
        factors = [part[_DROPPED] for part in (booster, grown) if _DROPPED in part]
        if booster["name"] == "dart" and not factors:
            raise KeyError(_DROPPED)
        dropped = factors[0] if factors else None
        if booster["name"] != "gblinear" and dropped is not None and len(dropped) != len(grown["trees"]):
            raise LookupError(f"{len(dropped)} factors of {len(grown['trees'])} trees")
        return Document(content=content, params=learner["learner_model_param"], model=grown, dropped=dropped)


def learner_of(model: Any) -> dict[str, Any]:
    """Return how a fitted classifier, or a Booster, was configured: its objective and its parameters."""
    with saved_parts("xgboost"):
        learner: dict[str, Any] = json.loads(booster_of(model).save_config())["learner"]
        return learner


def booster_of(model: Any) -> Any:
    """Return the Booster of a fitted classifier, or a Booster as it is."""
    if not hasattr(model, "get_booster"):
        return model
    check_fitted(model.__sklearn_is_fitted__(), model)
    return model.get_booster()


def has_vectors(tree: dict[str, Any]) -> bool:
    """Whether a tree's leaves hold a value for each class."""
    return int(tree["tree_param"]["size_leaf_vector"]) > 1


def leaves_of(tree: dict[str, Any]) -> dict[int, tuple[list[float], slice]]:
    """Return where the values of each leaf are, one or one a class: a list of the tree, and a part of it."""
    leaves = [node for node, child in enumerate(tree["left_children"]) if child == -1]
    size, places = int(tree["tree_param"]["size_leaf_vector"]), leaves
    stored = tree["split_conditions"]
    if size > 1:
        stored = tree["leaf_weights" if "leaf_weights" in tree else "base_weights"]
        if "leaf_weights" in tree:  # since 3.2 a leaf's right child is the number of its vector
            places = [tree["right_children"][leaf] for leaf in leaves]
    size = max(size, 1)
    return {
        leaf: (stored, slice(size * place, size * (place + 1)))
        for leaf, place in zip(leaves, places, strict=True)
    }


def _nodes(tree: dict[str, Any]) -> Tree:
    starts = dict(zip(tree["categories_nodes"], tree["categories_segments"], strict=True))
    sizes = dict(zip(tree["categories_nodes"], tree["categories_sizes"], strict=True))
    leaves = leaves_of(tree)

    def node(index: int) -> Node:
        if index in leaves:
            stored, place = leaves[index]
            return Node(value=tuple(stored[place]) if has_vectors(tree) else stored[place][0])
        threshold = tree["split_conditions"][index]
        if tree["split_type"][index]:
            start = starts[index]
            threshold = tuple(tree["categories"][start : start + sizes[index]])
        missing = "left" if tree["default_left"][index] else "right"
        return Node(feature=tree["split_indices"][index], threshold=threshold, missing=missing)

    return tuple(map(node, range(len(tree["left_children"]))))


_SIZES = {
    **dict.fromkeys(b"ZNTF", 0),
    **dict.fromkeys(b"iUC", 1),
    **dict.fromkeys(b"I", 2),
    **dict.fromkeys(b"ld", 4),
    **dict.fromkeys(b"LD", 8),
}
"""Type → bytes of a value (UBJSON draft 12)."""
_INTEGERS = b"iUIlL"
_OBJECT, _OBJECT_END, _ARRAY = b"{}["
_TYPE, _COUNT, _STRING, _NUMBER = b"$#SH"


def is_whole(data: bytes) -> bool:
    """Whether a document ends with the last byte and not before, nor after.

    Examples
    --------
    >>> document = b"{i\\x01a[$d#i\\x01\\x00\\x00\\x00\\x00}"
    >>> is_whole(document), is_whole(document[:-3]), is_whole(document + b"}")
    (True, False, False)
    """
    try:
        return _end(data, 0) == len(data)
    except (IndexError, ValueError, RecursionError):
        return False


def _end(data: bytes, start: int) -> int:
    """Return the position behind a value; a position behind the data is an IndexError where it is used."""
    marker, position = data[start], start + 1
    if marker in (_STRING, _NUMBER):
        length, position = _integer(data, position)
        return position + length
    if marker in _SIZES:
        return position + _SIZES[marker]
    if marker == _OBJECT:
        while data[position] != _OBJECT_END:
            length, position = _integer(data, position)
            position = _end(data, position + length)
        return position + 1
    size = None  # of the values of a typed array
    if data[position] == _TYPE:
        size, position = _SIZES.get(data[position + 1], len(data)), position + 2
    if marker != _ARRAY or data[position] != _COUNT:
        raise ValueError("nothing that XGBoost writes")
    count, position = _integer(data, position + 1)
    if size is not None:
        return position + count * size
    for _ in range(count):
        position = _end(data, position)
    return position


def _integer(data: bytes, position: int) -> tuple[int, int]:
    """Return a length and the position behind it."""
    marker = data[position]
    if marker not in _INTEGERS:
        raise ValueError(f"no integer of UBJSON: {marker}")
    end = position + 1 + _SIZES[marker]
    value = int.from_bytes(data[position + 1 : end], "big", signed=marker != _INTEGERS[1])
    if value < 0:
        raise ValueError("a length below 0")
    return value, end
