"""Columns of a data frame before a ColumnTransformer: how ONNX takes them, and which values are probed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import isnan
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.adapters.probes import made
from boostweights.adapters.serving import Inputs
from boostweights.errors import InvalidTypeError, shown

Kind: TypeAlias = Literal["text", "int64", "float64", "unused"]
MISSING_TEXT: Final = ""
"""What stands for a missing value where ONNX takes text, which has none."""
_UNKNOWN: Final = "a category that was not in training"


def branches(step: Any) -> Iterator[tuple[str, Any, list[int]]]:
    """Yield each transformer of a fitted ColumnTransformer, with its name and the columns that it takes."""
    names = {name: at for at, name in enumerate(getattr(step, "feature_names_in_", ()))}
    for name, transformer, columns in step.transformers_:
        each: list[Any] = [columns] if isinstance(columns, (str, int)) else columns
        if isinstance(columns, slice) or np.asarray(each).dtype == bool:
            each = np.arange(step.n_features_in_)[columns].tolist()
        yield (
            name,
            transformer,
            [names[column] if isinstance(column, str) else int(column) for column in each],
        )


def steps_of(transformer: Any) -> list[Any]:
    """Return the steps of a Pipeline, and of those inside it, or the one transformer, without idle ones."""
    if hasattr(transformer, "steps"):
        return [step for each in transformer.steps for step in steps_of(each[1])]
    return [] if passes(transformer) else [transformer]


def passes(step: Any) -> bool:
    """Whether a step is 'passthrough', for which a fitted ColumnTransformer has an empty function."""
    return step == "passthrough" or (type(step).__name__ == "FunctionTransformer" and step.func is None)


def takes_columns(clf: Any) -> bool:
    """Whether a Pipeline was fitted on a data frame of which its first step takes columns apart."""
    steps: Any = getattr(clf, "steps", ())
    return bool(steps) and hasattr(steps[0][1], "transformers_") and hasattr(clf, "feature_names_in_")


def kinds_of(clf: Any) -> list[Kind]:
    """Return how ONNX takes each column: as text or whole numbers where an encoder says so, else float64."""
    found: list[set[Kind]] = [set() for _ in range(clf.n_features_in_)]
    for _, transformer, columns in branches(clf.steps[0][1]):
        encoder = encoder_of(transformer)
        for place, column in enumerate(() if transformer == "drop" else columns):
            found[column].add("float64" if encoder is None else _kind(encoder.categories_[place]))
    order: tuple[Kind, ...] = ("text", "float64", "int64")
    return [next((kind for kind in order if kind in each), "unused") for each in found]


def encoder_of(transformer: Any) -> Any:
    """Return the encoder of categories that a transformer is or begins with, after imputers; or None."""
    for step in steps_of(transformer):
        if hasattr(step, "categories_"):
            return step
        if type(step).__name__ != "SimpleImputer":
            return None
    return None


def known(categories: Any) -> list[Any]:
    """Return categories without the missing one."""
    return [each for each in np.asarray(categories).tolist() if not _is_missing(each)]


def _kind(categories: Any) -> Kind:
    if all(isinstance(each, str) for each in known(categories)):
        return "text"
    return "int64" if np.asarray(categories).dtype.kind in "biu" else "float64"


def encoded(transformer: Any) -> Inputs | None:
    """Return what an encoder, behind imputers alone, is shown: its categories, unknown and missing ones."""
    steps, encoder = steps_of(transformer), encoder_of(transformer)
    if encoder is None or encoder is not steps[-1]:
        return None
    imputes = len(steps) > 1
    numbers = [at for at, each in enumerate(encoder.categories_) if _kind(each) != "text"]
    return Inputs(
        thresholds={},
        categories={
            at: _numbers(encoder, each) if at in numbers else _texts(encoder, each, imputes=imputes)
            for at, each in enumerate(encoder.categories_)
        },
        missing=frozenset(
            at
            for at in numbers
            if imputes or len(known(encoder.categories_[at])) < len(encoder.categories_[at])
        ),
        single=True,
    )


def _texts(encoder: Any, categories: Any, *, imputes: bool) -> npt.NDArray[Any]:
    """Return texts, and what stands for a missing one, which is not NaN alone to encoders."""
    values = known(categories)
    missing = [each for each in categories.tolist() if _is_missing(each)]
    if MISSING_TEXT in values or len(missing) > 1:
        raise InvalidTypeError(
            "the empty text stands for a missing value in ONNX",
            f"categories {shown(categories.tolist())} of {shown(encoder)}",
            "Give empty text a name, and let one value stand for what is missing.",
        )
    unknown = [_UNKNOWN] if _takes_unknown(encoder) else []
    return np.array([*values, *unknown, *(missing or [np.nan] * imputes)], dtype=object)


def _numbers(encoder: Any, categories: Any) -> npt.NDArray[Any]:
    """Return numbers, one beyond them and, where they need not be whole, one that lies between."""
    values = known(categories)
    if _takes_unknown(encoder):
        values.append(max(values, default=0) + 1)
        values += [values[-1] - 0.5] if _kind(categories) == "float64" else []
    return np.array(values, dtype=np.float64)


def _takes_unknown(encoder: Any) -> bool:
    return bool(getattr(encoder, "handle_unknown", "ignore") != "error")


def rows_of(inputs: Inputs, kinds: Sequence[Kind], names: Sequence[str]) -> Any:
    """Return made rows in a data frame."""
    from pandas import DataFrame, Series

    text = {at: each for at, each in inputs.categories.items() if kinds[at] == "text" and each is not None}
    codes = {at: np.arange(float(len(values))) for at, values in text.items()}
    table = made(replace(inputs, categories=dict(inputs.categories) | codes), len(names), double=True)
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
    values = [_as_text(value) for value in np.asarray(column, dtype=object).tolist()]
    return np.array(values, dtype=object)


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if _is_missing(value):
        return MISSING_TEXT
    raise InvalidTypeError("a column of text holds text or missing values", shown(value), "Pass text.")


def _is_missing(value: Any) -> bool:
    return value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and isnan(value))
