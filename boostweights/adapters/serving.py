"""What leaves Python: a model in formats of other runtimes, and what its splits say of the features."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.adapters.trees import Tree
from boostweights.errors import InvalidValueError, explained
from boostweights.lazy import needs

Format: TypeAlias = Literal["native", "onnx", "treelite"]
FORMATS: Final[tuple[Format, ...]] = ("native", "onnx", "treelite")
Predictor: TypeAlias = Callable[[Any], npt.NDArray[Any]]
"""Rows → probabilities of shape (n, k), in the order of the model's classes."""
_LEAVES: Final = ("class_weights", "base_values")


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """What a fitted model's splits say of its features.

    Attributes
    ----------
    thresholds : mapping of int to ndarray
        Feature → where its splits are, sorted.
    categories : mapping of int to ndarray or None
        Feature → the codes that its splits name; None where they are not numbers.
    missing : frozenset of int
        The features in which values may be missing.
    single : bool
        Whether the library itself rounds features to float32.
    zero : float
        How near to 0 a number is 0 for the library.
    infinite : bool
        Whether the library predicts rows with infinite values.
    """

    thresholds: Mapping[int, npt.NDArray[np.float64]]
    categories: Mapping[int, npt.NDArray[np.float64] | None]
    missing: frozenset[int]
    single: bool
    zero: float = 0.0
    infinite: bool = False


class Serving(Protocol):
    """Models for other runtimes, by the library's own converters, and how its own files are served."""

    SUFFIXES: tuple[str, ...]
    """The endings of the library's own files; the first is the default."""
    TYPES: tuple[str, ...]
    """What a file of skops may hold of the library, besides what skops trusts."""

    def inputs(self, model: Any) -> Inputs:
        """Return what a fitted model's splits say of its features."""

    def encodes(self, model: Any) -> bool:
        """Whether splits name the places of a data frame's categories, not the categories themselves."""

    def numbered(self, model: Any) -> Mapping[int, list[float]]:
        """Return categories that are numbers, whose places a converted model takes in their stead."""

    def refusal(self, model: Any, to: Format) -> str:
        """Return what of this model a format cannot express, with the reason, or an empty text."""

    def save(self, model: Any, path: Path) -> None:
        """Write the library's own file."""

    def load(self, path: Path) -> Any:
        """Return the model of the library's own file."""

    def predictor(self, model: Any) -> Predictor:
        """Return what predicts the probabilities of a loaded model."""

    def to_onnx(self, model: Any) -> Any:
        """Return a ModelProto: one input of the library's own float, and a tensor of probabilities."""

    def to_treelite(self, model: Any) -> Any:
        """Return a treelite.Model."""


def inputs_of(
    trees: Iterable[Tree],
    missing: Iterable[int],
    *,
    single: bool,
    zero: float = 0.0,
    infinite: bool = False,
) -> Inputs:
    """Return the thresholds and categories of trees whose features are numbered.

    Examples
    --------
    >>> from boostweights.adapters.trees import Node
    >>> stump = (Node(feature=2, threshold=0.5), Node(value=-1.0), Node(value=1.0))
    >>> inputs_of([stump], [2], single=True).thresholds
    {2: array([0.5])}
    """
    numbers: dict[int, set[float]] = {}
    codes: dict[int, set[float]] = {}
    for node in (node for tree in trees for node in tree if node.feature is not None):
        if isinstance(node.threshold, tuple):
            codes.setdefault(int(node.feature), set()).update(node.threshold)
        elif math.isfinite(node.threshold):
            numbers.setdefault(int(node.feature), set()).add(float(node.threshold))
    return Inputs(
        thresholds={feature: np.array(sorted(found)) for feature, found in numbers.items()},
        categories={feature: np.array(sorted(found)) for feature, found in codes.items()},
        missing=frozenset(missing),
        single=single,
        zero=zero,
        infinite=infinite,
    )


def converted_by_onnxmltools(convert: str, model: Any, features: int, **options: Any) -> Any:
    """Return what a function of onnxmltools makes of a model."""
    needs(["onnxmltools"], "An export to ONNX", "serving")
    import onnxmltools
    from onnxmltools.convert.common.data_types import FloatTensorType

    types = [("X", FloatTensorType([None, features]))]
    return getattr(onnxmltools, convert)(model, initial_types=types, **options)


@contextmanager
def treelite() -> Iterator[Any]:
    """Give the module, if it is installed, and turn its errors into ours."""
    needs(["treelite"], "An export to Treelite", "serving")
    import treelite as module

    with explained((module.TreeliteError,), "Treelite must read the model", "Export with to='native'."):
        yield module


def columns(proba: Any) -> npt.NDArray[Any]:
    """Return probabilities of shape (n, k), also where those of the last of two classes were given.

    Examples
    --------
    >>> columns(np.array([0.25])), columns(np.array([[[0.25]]]))
    (array([[0.75, 0.25]]), array([[0.75, 0.25]]))
    """
    found = np.asarray(proba)
    found = found.reshape(len(found), -1)
    return np.column_stack([1 - found, found]) if found.shape[1] == 1 else found


def ensemble(model: Any, **changed: Any) -> None:
    """Change attributes of the one ensemble of trees in a ModelProto; of None they are taken away.

    Raises
    ------
    InvalidValueError
        If there is not exactly one.
    """
    from onnx import helper

    nodes = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(nodes) != 1:
        raise InvalidValueError(
            "a converted booster is one ensemble of trees", f"{len(nodes)} of them", "Export it natively."
        )
    kept = [attribute for attribute in nodes[0].attribute if attribute.name not in changed]
    added = [helper.make_attribute(name, value) for name, value in changed.items() if value is not None]
    del nodes[0].attribute[:]
    nodes[0].attribute.extend([*kept, *added])


def ensemble_attributes(model: Any) -> dict[str, Any]:
    """Return the attributes of the one ensemble of trees in a ModelProto."""
    from onnx import helper

    (node,) = (node for node in model.graph.node if node.op_type.startswith("TreeEnsemble"))
    return {each.name: helper.get_attribute_value(each) for each in node.attribute}


def in_double(model: Any, trees: Iterable[Tree]) -> None:
    """Make an ensemble that compares float64, of one that a converter rounded to float32; nodes are in order.

    Values that are equal in float32 would be told apart no longer, and a value that is a threshold itself, as
    HistGradientBoosting has them, would go to the other side: that moved 30 of 800 training rows.

    Raises
    ------
    InvalidValueError
        If the nodes are not those of the trees.
    """
    from onnx import TensorProto, helper

    found, exact = ensemble_attributes(model), [node for tree in trees for node in tree]
    values = [0.0 if node.feature is None else float(node.threshold) for node in exact]
    split = [mode != b"LEAF" for mode in found["nodes_modes"]]
    with np.errstate(over="ignore"):  # LightGBM tells missing values apart by the largest float64
        rounded = np.asarray(values, np.float32).tolist()
    if rounded != np.where(split, found["nodes_values"], 0.0).tolist():
        raise InvalidValueError(
            "a converter must keep trees and the order of their nodes", "other thresholds", "Export natively."
        )
    lists: dict[str, list[float]] = {name: found[name] for name in _LEAVES if name in found}
    lists["nodes_values"] = values
    tensors = {
        f"{name}_as_tensor": helper.make_tensor(name, TensorProto.DOUBLE, [len(each)], each)
        for name, each in lists.items()
    }
    ensemble(model, nodes_hitrates=None, **dict.fromkeys(lists), **tensors)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    for opset in model.opset_import:
        opset.version = 3 if opset.domain == "ai.onnx.ml" else opset.version
