"""The steps of a Pipeline before the classifier: columns that they take apart, and values that probe them."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import dropwhile
from math import isnan
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from boostweights.adapters.serving import Inputs, made
from boostweights.errors import InvalidTypeError, check_that, shown

Kind = Literal["text", "int64", "float64", "unused"]
Floats = npt.NDArray[np.float64]
MISSING_TEXT = ""
"""The text that means a missing value in ONNX, whose text has none."""
ALTERNATIVE = "Transform the rows by it and export the steps behind it; or serve all of it (MLflow, skops)."
"""For a Pipeline with a step that ONNX does not have."""
_UNKNOWN = "a category that was not in training"
_SCALERS = ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler")
"""Steps that transform each column apart, and keep missing values as they are."""


def branches(step: Any) -> Iterator[tuple[str, Any, list[int]]]:
    """Yield each transformer of a fitted ColumnTransformer, with its name and the columns that it takes."""
    for name, transformer, _ in step.transformers_:
        yield name, transformer, list(step._transformer_to_input_indices[name])


def steps_of(transformer: Any) -> list[Any]:
    """Return the steps of a Pipeline, and of those inside it, or the one transformer, without idle ones."""
    if hasattr(transformer, "steps"):
        return [inner for _, step in transformer.steps for inner in steps_of(step)]
    passes = type(transformer).__name__ == "FunctionTransformer" and transformer.func is None
    return [] if passes or transformer == "passthrough" else [transformer]


def kinds_of(clf: Any) -> list[Kind]:
    """Return how ONNX takes each column of a Pipeline whose first step takes a data frame's columns apart.

    As text or whole numbers where an encoder of theirs does, else as float64. Empty for other models.
    """
    first = clf.steps[0][1] if hasattr(clf, "steps") else clf
    if not hasattr(first, "transformers_") or not hasattr(clf, "feature_names_in_"):
        return []
    kinds: list[set[Kind]] = [set() for _ in range(clf.n_features_in_)]
    for _, transformer, columns in branches(first):
        encoder = next(iter(_encoders(transformer)), None)
        for place, column in enumerate(() if transformer == "drop" else columns):
            kinds[column].add("float64" if encoder is None else _kind(encoder.categories_[place]))
    order: tuple[Kind, ...] = ("text", "float64", "int64")
    return [next((kind for kind in order if kind in seen), "unused") for seen in kinds]


def _encoders(transformer: Any) -> list[Any]:
    """Return an encoder of categories, after imputers, and the steps behind it; empty where none is."""
    steps = list(dropwhile(lambda step: type(step).__name__ == "SimpleImputer", steps_of(transformer)))
    return steps if steps and hasattr(steps[0], "categories_") else []


def known(categories: Any) -> list[Any]:
    """Return categories without the missing one."""
    return [value for value in np.asarray(categories).tolist() if not _is_missing(value)]


def _kind(categories: Any) -> Kind:
    if all(isinstance(value, str) for value in known(categories)):
        return "text"
    return "int64" if np.asarray(categories).dtype.kind in "biu" else "float64"


def _encoded(transformer: Any) -> Inputs | None:
    """Return what an encoder, behind imputers alone, is shown: its categories, unknown and missing ones."""
    encoders = _encoders(transformer)
    if len(encoders) != 1:
        return None
    (encoder,), imputes = encoders, len(steps_of(transformer)) > 1
    shows_unknown = getattr(encoder, "handle_unknown", "ignore") != "error"
    categories: dict[int, Any] = {}
    missing: set[int] = set()
    for at, levels in enumerate(encoder.categories_):
        values, kind = known(levels), _kind(levels)
        if kind == "text":
            holes = [level for level in levels.tolist() if _is_missing(level)]
            check_that(
                MISSING_TEXT not in values and len(holes) < 2,
                "the empty text stands for a missing value in ONNX",
                f"categories {shown(levels.tolist())} of {shown(encoder)}",
                "Give empty text a name, and let one value stand for what is missing.",
                InvalidTypeError,
            )
            values += [_UNKNOWN] if shows_unknown else []
            categories[at] = np.array([*values, *(holes or [np.nan] * imputes)], dtype=object)
            continue
        if imputes or len(values) < len(levels):
            missing.add(at)
        if shows_unknown:  # a number beyond all, and where they need not be whole one between them
            values.append(max(values, default=0) + 1)
            values += [values[-1] - 0.5] if kind == "float64" else []
        categories[at] = np.array(values, dtype=np.float64)
    return Inputs(thresholds={}, categories=categories, missing=frozenset(missing), single=True)


def rows_of(inputs: Inputs, kinds: Sequence[Kind], names: Sequence[str]) -> Any:
    """Return made rows in a data frame."""
    from pandas import DataFrame, Series

    text = {
        at: levels for at, levels in inputs.categories.items() if levels is not None and kinds[at] == "text"
    }
    codes = {at: np.arange(float(len(levels))) for at, levels in text.items()}
    table = made(replace(inputs, categories={**inputs.categories, **codes}), len(names), double=True)
    frame = {}
    for at, name in enumerate(names):
        if at in text:
            frame[name] = Series(list(text[at][table[:, at].astype(int)]), dtype=object)
        else:
            frame[name] = Series(table[:, at].astype("int64" if kinds[at] == "int64" else "float64"))
    return DataFrame(frame)


def as_text(column: Any) -> npt.NDArray[Any]:
    """Return a column of text for ONNX, missing values as the empty text.

    Raises
    ------
    InvalidTypeError
        If there is something else in it.

    Examples
    --------
    >>> as_text(["a", None, float("nan")]).tolist()
    ['a', '', '']
    """
    values = np.asarray(column, dtype=object).tolist()
    rule = "a column of text holds text or missing values"
    for value in values:
        check_that(isinstance(value, str) or _is_missing(value), rule, value, "Pass text.", InvalidTypeError)
    return np.array([value if isinstance(value, str) else MISSING_TEXT for value in values], dtype=object)


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and isnan(value))


def before(steps: list[Any], inputs: Inputs, features: int) -> Inputs | None:
    """Return the thresholds and categories of a Pipeline's own features; None where unknown.

    Steps that compute round, so that the neighbours of a threshold are a ten-thousandth of its range away.
    """
    cuts = inputs.thresholds
    length = max(map(len, cuts.values()), default=1)
    table = np.column_stack([np.resize(cuts.get(at, np.zeros(1)), length) for at in range(features)])
    span = np.ptp(table, axis=0) + 1e-6
    spread = np.concatenate([table - 1e-4 * span, table + 1e-4 * span])
    return _back(steps, spread, inputs.missing)


def _back(steps: list[Any], spread: Floats, missing: frozenset[int]) -> Inputs | None:
    """Return what stands before steps, of values that stand behind them."""
    for at, step in reversed(list(enumerate(steps))):
        if hasattr(step, "transformers_"):
            return _by_column(step, spread, missing) if at == 0 else None
        name = type(step).__name__
        invertible = hasattr(step, "inverse_transform") and not hasattr(step, "categories_")
        if getattr(step, "n_features_in_", -1) != spread.shape[1]:
            return None
        if name != "SimpleImputer":
            if not invertible:
                return None
            spread = np.asarray(step.inverse_transform(spread), np.float64)
        missing = missing if name in _SCALERS else frozenset()
    if steps and type(steps[0]).__name__ == "SimpleImputer":
        missing = frozenset(range(spread.shape[1]))
    cuts = {at: np.unique(spread[:, at]) for at in range(spread.shape[1])}
    return Inputs(thresholds=cuts, categories={}, missing=missing, single=True)


def _by_column(step: Any, spread: Floats, missing: frozenset[int]) -> Inputs | None:
    cuts: dict[int, Any] = {}
    categories: dict[int, Any] = {}
    lacking: set[int] = set()
    for name, transformer, columns in branches(step):
        if transformer == "drop" or not columns:
            continue
        places = range(spread.shape[1])[step.output_indices_[name]]
        inner = frozenset(at for at, place in enumerate(places) if place in missing)
        inputs = _encoded(transformer) or _back(steps_of(transformer), spread[:, places], inner)
        if inputs is None:
            return None
        for at, column in enumerate(columns):
            cuts[column] = np.union1d(cuts.get(column, ()), inputs.thresholds.get(at, ()))
            if at in inputs.categories:
                categories[column] = inputs.categories[at]
            lacking |= {column} if at in inputs.missing else set()
    return Inputs(thresholds=cuts, categories=categories, missing=frozenset(lacking), single=True)


def check_steps(steps: list[Any]) -> None:
    """Raise, naming the step, where skl2onnx has no converter for one."""
    from skl2onnx._supported_operators import sklearn_operator_name_map

    for step in (inner for outer in steps for inner in steps_of(outer)):
        if hasattr(step, "transformers_"):
            check_steps([inner for _, inner, _ in step.transformers_ if inner != "drop"])
            continue
        known = type(step) in sklearn_operator_name_map and type(step).__name__ != "FunctionTransformer"
        rule = "each step of a Pipeline needs a converter of skl2onnx"
        check_that(known, rule, f"the step {shown(step)}", ALTERNATIVE, InvalidTypeError)
