"""Trees, or coefficients, as plain data, so that those of two models can be compared one by one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A split (feature, threshold or categories, where missing values go) or a leaf (its value).

    Covers, gains and stored parameters are left out: they are no part of the model's predictions.
    """

    feature: Any = None
    threshold: Any = None
    missing: Any = None
    value: Any = None
    place: ClassVar[str] = "tree {}, node {}"

    def __str__(self) -> str:
        if self.feature is None:
            return f"leaf {self.value}"
        return f"split on {self.feature} at {self.threshold} (missing {self.missing})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Coefficient(Node):
    """A coefficient of a linear model, whose row of them, or column, stands for a tree."""

    place: ClassVar[str] = "row {}, coefficient {}"

    def __str__(self) -> str:
        return str(self.value)


Tree = tuple[Node, ...]
"""Nodes in the library's own order, which fixes the shape."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TreeDifference:
    """Where two sequences of trees part."""

    tree: int
    node: int
    ours: Node | None
    theirs: Node | None

    def __str__(self) -> str:
        place = (self.ours or self.theirs or Node()).place.format(self.tree, self.node)
        return f"{place}: {self.ours or 'none'} against {self.theirs or 'none'}"


def first_difference(ours: Sequence[Tree], theirs: Sequence[Tree]) -> TreeDifference | None:
    """Return the first node in which two models differ, or None if their trees are identical.

    Examples
    --------
    >>> stump = (Node(feature=0, threshold=0.5), Node(value=-1.0), Node(value=1.0))
    >>> other = (Node(feature=0, threshold=0.5), Node(value=-1.0), Node(value=2.0))
    >>> print(first_difference([stump, stump], [stump, other]))
    tree 1, node 2: leaf 1.0 against leaf 2.0
    >>> first_difference([stump], [stump]) is None
    True
    """
    for index, (tree, other) in enumerate(zip_longest(ours, theirs, fillvalue=())):
        for position, (node, counterpart) in enumerate(zip_longest(tree, other)):
            if node != counterpart:
                return TreeDifference(tree=index, node=position, ours=node, theirs=counterpart)
    return None
