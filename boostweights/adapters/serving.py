"""A model in formats of other runtimes, what its splits say, and rows that show a wrong conversion."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Floats
from boostweights.adapters.trees import Tree
from boostweights.errors import InvalidTypeError, InvalidValueError, explained
from boostweights.lazy import needs

Format = Literal["native", "onnx", "treelite"]
FORMATS: tuple[Format, ...] = ("native", "onnx", "treelite")
Predictor = Callable[[Any], npt.NDArray[Any]]
"""Rows → probabilities of shape (n, k), in the order of the model's classes."""
_LEAVES = ("class_weights", "base_values")


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
    encoded : bool
        Whether splits name the places of a data frame's categories, not the categories themselves.
    numbered : mapping of int to list of float
        Feature → categories that are numbers, whose places a converted model takes in their stead.
    """

    thresholds: Mapping[int, Floats]
    categories: Mapping[int, Floats | None]
    missing: frozenset[int]
    single: bool
    zero: float = 0.0
    infinite: bool = False
    encoded: bool = False
    numbered: Mapping[int, list[float]] = field(default_factory=dict)


class Serving(Protocol):
    """Models for other runtimes, by the library's own converters, and how its own files are served."""

    SUFFIXES: tuple[str, ...]
    """The endings of the library's own files; the first is the default."""
    TYPES: tuple[str, ...]
    """What a file of skops may hold of the library, besides what skops trusts."""

    def inputs(self, model: Any) -> Inputs:
        """Return what a fitted model's splits say of its features."""

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


def inputs_of(trees: Iterable[Tree], missing: Iterable[int], *, single: bool, **others: Any) -> Inputs:
    """Return the thresholds and categories of trees whose features are numbered.

    Examples
    --------
    >>> from boostweights.adapters.trees import Node
    >>> stump = (Node(feature=2, threshold=0.5), Node(value=-1.0), Node(value=1.0))
    >>> inputs_of([stump], [2], single=True).thresholds
    {2: array([0.5])}
    """
    numbers: defaultdict[int, set[float]] = defaultdict(set)
    codes: defaultdict[int, set[float]] = defaultdict(set)
    for node in (node for tree in trees for node in tree if node.feature is not None):
        if isinstance(node.threshold, tuple):
            codes[int(node.feature)].update(node.threshold)
        elif math.isfinite(node.threshold):
            numbers[int(node.feature)].add(float(node.threshold))
    return Inputs(
        thresholds={feature: np.array(sorted(values)) for feature, values in numbers.items()},
        categories={feature: np.array(sorted(values)) for feature, values in codes.items()},
        missing=frozenset(missing),
        single=single,
        **others,
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
    by_class = np.asarray(proba)
    by_class = by_class.reshape(len(by_class), -1)
    return np.column_stack([1 - by_class, by_class]) if by_class.shape[1] == 1 else by_class


def ensemble(model: Any, **changed: Any) -> None:
    """Change attributes of the one ensemble of trees in a ModelProto; of None they are taken away.

    Raises
    ------
    InvalidValueError
        If there is not exactly one.
    """
    from onnx import helper

    node = _ensemble_of(model)
    kept = [attribute for attribute in node.attribute if attribute.name not in changed]
    added = [helper.make_attribute(name, value) for name, value in changed.items() if value is not None]
    del node.attribute[:]
    node.attribute.extend([*kept, *added])


def _ensemble_of(model: Any) -> Any:
    nodes = [node for node in model.graph.node if node.op_type.startswith("TreeEnsemble")]
    if len(nodes) != 1:
        raise InvalidValueError(
            "a converted booster is one ensemble of trees", f"{len(nodes)} of them", "Export it natively."
        )
    return nodes[0]


def ensemble_attributes(model: Any) -> dict[str, Any]:
    """Return the attributes of the one ensemble of trees in a ModelProto."""
    from onnx import helper

    return {part.name: helper.get_attribute_value(part) for part in _ensemble_of(model).attribute}


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

    attributes = ensemble_attributes(model)
    values = [0.0 if node.feature is None else float(node.threshold) for tree in trees for node in tree]
    split = [mode != b"LEAF" for mode in attributes["nodes_modes"]]
    with np.errstate(over="ignore"):  # LightGBM tells missing values apart by the largest float64
        rounded = np.asarray(values, np.float32).tolist()
    if rounded != np.where(split, attributes["nodes_values"], 0.0).tolist():
        raise InvalidValueError(
            "a converter must keep trees and the order of their nodes", "other thresholds", "Export natively."
        )
    lists: dict[str, list[float]] = {name: attributes[name] for name in _LEAVES if name in attributes}
    lists["nodes_values"] = values
    tensors = {
        f"{name}_as_tensor": helper.make_tensor(name, TensorProto.DOUBLE, [len(numbers)], numbers)
        for name, numbers in lists.items()
    }
    ensemble(model, nodes_hitrates=None, **dict.fromkeys(lists), **tensors)
    model.graph.input[0].type.tensor_type.elem_type = TensorProto.DOUBLE
    for opset in model.opset_import:
        opset.version = 3 if opset.domain == "ai.onnx.ml" else opset.version


_MISSING = 0.1  # the share of values taken out, in half of the rows
_EDGE = 0.05  # how far beyond the outer thresholds synthetic values lie, of their range
_FEWEST = 200
_FARTHEST = 1e37  # thresholds beyond it only tell missing values apart
_ZEROS = np.array([0.0, -0.0])
_EXTREMES = np.array([np.inf, -np.inf, 1e39, -1e39])


def made(inputs: Inputs, features: int, rows: Any = None, *, double: bool, seed: int = 0) -> Any:
    """Return rows in which each feature takes each of its probing values, in random company.

    Parameters
    ----------
    inputs : Inputs
        Of the model.
    features : int
        How many there are.
    rows : array or DataFrame, default=None
        The caller's: their columns, types and categories. None: an array of floats.
    double : bool
        Whether the runtime compares float64; otherwise all values are ones of float32.
    seed : int
        Of the company.

    Raises
    ------
    InvalidTypeError
        If categories are not numbers and there are no rows to take them from.
    """
    random = np.random.default_rng(seed)
    values = {feature: _values(inputs, feature, random, double=double) for feature in range(features)}
    unknown = [feature for feature, each in inputs.categories.items() if each is None]
    if unknown and rows is None:
        raise InvalidTypeError(
            "categories that are not numbers must be shown to be checked",
            f"features {unknown} and no rows",
            "Pass rows= with each category in it.",
        )
    count = max(_FEWEST, *map(len, values.values()))
    table = np.column_stack(
        [random.permutation(np.resize(random.permutation(column), count)) for column in values.values()]
    )
    again = np.column_stack([random.permutation(column) for column in table.T])
    table = np.concatenate([table, _with_missing(again, sorted(inputs.missing), random)])
    return table if rows is None else _as_given(table, rows, inputs, random)


def categorical(inputs: Inputs, names: Sequence[str], categories: Mapping[int, list[Any]]) -> Any:
    """Return made rows in a data frame, where columns of pandas categories take each of these."""
    import pandas as pd

    codes = {at: np.arange(float(len(values))) for at, values in categories.items()}
    known = replace(inputs, categories=dict(inputs.categories) | codes)
    frame = named(made(known, len(names), double=not inputs.single), names)
    for at, values in categories.items():
        places = np.nan_to_num(frame[names[at]].to_numpy(), nan=-1).astype(int)
        frame[names[at]] = pd.Series(pd.Categorical.from_codes(places, pd.Index(values)))
    return frame


def _values(inputs: Inputs, feature: int, random: np.random.Generator, *, double: bool) -> Floats:
    codes = inputs.categories.get(feature)
    if codes is not None:
        return np.asarray(codes, np.float64)
    cuts = np.asarray(inputs.thresholds.get(feature, ()), np.float64)
    inner = cuts[np.abs(cuts) < _FARTHEST]
    low, high = (inner.min(), inner.max()) if len(inner) else (0.0, 1.0)
    edge = _EDGE * (high - low or 1.0)
    within = random.uniform(low - edge, high + edge, _FEWEST)
    near = [neighbours(cuts, double=double), within, neighbours(_ZEROS, double=double), _ZEROS]
    values = np.concatenate(near)
    values = values[np.abs(values) <= np.finfo(np.float32).max]
    if inputs.infinite:
        values = np.concatenate([values, _EXTREMES])
    if not double:
        with np.errstate(over="ignore"):
            values = values.astype(np.float32).astype(np.float64)
    values[(np.abs(values) == inputs.zero) & (values != 0)] = 0.0
    return np.asarray(values)


def neighbours(cuts: Floats, *, double: bool) -> Floats:
    """Return thresholds and the numbers on both sides of them: of float32, or of float64 besides.

    Examples
    --------
    >>> neighbours(np.array([1.0]), double=False) - 1
    array([-5.96046448e-08,  0.00000000e+00,  1.19209290e-07])
    """
    values: list[npt.NDArray[Any]] = []
    with np.errstate(over="ignore"):
        for at in (cuts.astype(np.float32), cuts)[: 1 + double]:
            ends = at.dtype.type(np.inf)
            values += [np.nextafter(at, -ends), at, np.nextafter(at, ends)]
    return np.concatenate(values, dtype=np.float64)


def _with_missing(table: Floats, missing: list[int], random: np.random.Generator) -> Floats:
    """Take values out; the first row lacks all that may be missing, each of the next ones one."""
    holes = random.random((len(table), len(missing))) < _MISSING
    first = min(len(missing), len(table) - 1)
    holes[0] = True
    holes[1 : first + 1] = np.eye(len(missing), dtype=bool)[:first]
    table[:, missing] = np.where(holes, np.nan, table[:, missing])
    return table


def _as_given(table: Floats, rows: Any, inputs: Inputs, random: np.random.Generator) -> Any:
    """Return made rows in the columns of the caller's; categories, text and bools are drawn from those."""
    drawn = random.integers(len(rows), size=len(table))
    if not hasattr(rows, "iloc"):
        categories = sorted(inputs.categories)
        table = table.copy()
        table[:, categories] = np.asarray(rows)[drawn][:, categories]
        return table
    frame = rows.iloc[drawn].reset_index(drop=True)
    for feature, name in enumerate(frame.columns):
        if feature not in inputs.categories and getattr(frame[name].dtype, "kind", "O") in "iuf":
            frame[name] = table[:, feature]
    return frame


def named(table: Any, names: Sequence[str]) -> Any:
    """Return rows in a data frame, where a classifier was fitted on one and they are not in one yet."""
    if not names or hasattr(table, "columns"):
        return table
    from pandas import DataFrame

    return DataFrame(table, columns=list(names))
