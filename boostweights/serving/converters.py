"""Converters of steps for skl2onnx: in float64, as scikit-learn computes, with missing categories."""

from __future__ import annotations

from typing import Any

import numpy as np

from boostweights.errors import InvalidTypeError, shown
from boostweights.serving.columns import MISSING_TEXT, known


def own_converters() -> dict[type, Any]:
    """Return converters of steps that skl2onnx 1.20 computes in float32, or whose missing values it loses.

    A value imputed is the same in many rows, often a threshold: rounded, all of them go to the other side.
    Encoders write a missing category as the text 'nan', and numbers between categories as those.
    """
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder

    return {SimpleImputer: _impute, OneHotEncoder: _one_hot, OrdinalEncoder: _ordinal}


def _impute(scope: Any, operator: Any, container: Any) -> None:
    """Write values in the place of missing ones; ONNX Runtime has no Imputer of float64."""
    from onnx import TensorProto

    step, text = operator.raw_operator, _is_text(operator.inputs[0])
    values = np.asarray(step.statistics_, object if text else np.float64)
    lost = len(known(values)) < len(values)
    if lost or step.add_indicator or step.missing_values == step.missing_values:
        raise InvalidTypeError(
            "an imputer is converted that fills NaN in, in every column",
            shown(step),
            "Take columns without values out, leave add_indicator off and mark missing values as NaN.",
        )
    name = scope.get_unique_variable_name("imputed")
    X, filled, given, holes = (
        operator.inputs[0].full_name,
        f"{name}_values",
        f"{name}_given",
        f"{name}_missing",
    )
    if text:
        _text(container, filled, [1, len(values)], values)
        _text(container, f"{name}_none", [1], [MISSING_TEXT])
        container.add_node("Identity", [X], given, op_version=13, name=f"{name}_Identity")
        container.add_node("Equal", [X, f"{name}_none"], holes, op_version=19, name=f"{name}_Equal")
    else:
        container.add_initializer(filled, TensorProto.DOUBLE, [1, len(values)], values.tolist())
        container.add_node("Cast", [X], given, op_version=13, name=f"{name}_Cast", to=TensorProto.DOUBLE)
        container.add_node("IsNaN", [given], holes, op_version=13, name=f"{name}_IsNaN")
    out = operator.outputs[0].full_name
    container.add_node("Where", [holes, filled, given], out, op_version=13, name=f"{name}_Where")


def _one_hot(scope: Any, operator: Any, container: Any) -> None:
    """Compare each column with its categories, where those that are unknown give zeros."""
    from onnx import TensorProto

    step = operator.raw_operator
    if step.handle_unknown != "ignore" or step.min_frequency or step.max_categories:
        _check_known(step)
        _skl2onnx("SklearnOneHotEncoder")(scope, operator, container)
        return
    parts = []
    dropped = [None] * len(step.categories_) if step.drop_idx_ is None else step.drop_idx_
    for (column, kind), categories, drop in zip(
        _columns(scope, operator, container), step.categories_, dropped, strict=True
    ):
        kept = [each for at, each in enumerate(categories.tolist()) if at != drop]
        name = scope.get_unique_variable_name("one_hot")
        _compared(container, name, column, kept, kind)
        container.add_node("Cast", [name], f"{name}_out", op_version=13, name=name, to=TensorProto.FLOAT)
        parts.append(f"{name}_out")
    joined = scope.get_unique_variable_name("joined")
    container.add_node("Concat", parts, joined, op_version=13, name=joined, axis=1)
    whole = np.issubdtype(step.dtype, np.signedinteger)
    kind = TensorProto.INT64 if whole else TensorProto.FLOAT
    container.add_node(
        "Cast", [joined], operator.outputs[0].full_name, op_version=13, name=f"{joined}_cast", to=kind
    )


def _compared(container: Any, name: str, column: str, categories: list[Any], kind: str) -> None:
    """Add a node of bools, of shape (n, categories): which one is in a column."""
    from onnx import TensorProto

    if kind == "text":
        texts = [each if isinstance(each, str) else MISSING_TEXT for each in categories]
        _text(container, f"{name}_values", [1, len(texts)], texts)
    else:
        if len(known(categories)) < len(categories):
            raise InvalidTypeError(
                "categories that are numbers are all there in ONNX",
                shown(categories),
                "Impute missing values before they are encoded.",
            )
        proto = TensorProto.INT64 if kind == "int64" else TensorProto.DOUBLE
        numbers = np.asarray(categories, kind).tolist()
        container.add_initializer(f"{name}_values", proto, [1, len(numbers)], numbers)
    container.add_node("Equal", [column, f"{name}_values"], name, op_version=19, name=f"{name}_equal")


def _ordinal(scope: Any, operator: Any, container: Any) -> None:
    """Write codes of texts, of missing and of unknown ones besides."""
    step = operator.raw_operator
    text = all(map(_is_text, operator.inputs))
    told = step.handle_unknown == "use_encoded_value"
    if not text or not told or step.min_frequency or step.max_categories:
        _check_known(step)
        _skl2onnx("SklearnOrdinalEncoder")(scope, operator, container)
        return
    parts = []
    for (column, _), categories in zip(_columns(scope, operator, container), step.categories_, strict=True):
        codes = {each: float(at) for at, each in enumerate(known(categories))}
        if len(codes) < len(categories):
            codes[MISSING_TEXT] = float(step.encoded_missing_value)
        name = scope.get_unique_variable_name("ordinal")
        container.add_node(
            "LabelEncoder",
            [column],
            name,
            op_domain="ai.onnx.ml",
            op_version=2,
            name=name,
            keys_strings=[each.encode() for each in codes],
            values_floats=list(codes.values()),
            default_float=float(step.unknown_value),
        )
        parts.append(name)
    out = operator.outputs[0].full_name
    container.add_node("Concat", parts, out, op_version=13, name=f"{parts[0]}_joined", axis=1)


def _check_known(step: Any) -> None:
    """Raise where skl2onnx would write a missing category as the text 'nan'."""
    if any(len(known(each)) < len(each) for each in step.categories_):
        raise InvalidTypeError(
            "a missing category is converted of text, by an encoder that takes unknown ones",
            shown(step),
            'Impute it before, or use handle_unknown="ignore" (OrdinalEncoder: "use_encoded_value").',
        )


def _columns(scope: Any, operator: Any, container: Any) -> list[tuple[str, str]]:
    """Return the name of a tensor of each column, of shape (n, 1), and its kind."""
    from onnx import TensorProto
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    kinds = {StringTensorType: "text", Int64TensorType: "int64", DoubleTensorType: "float64"}
    found = []
    for given in operator.inputs:
        width, kind = given.type.shape[1], kinds[type(given.type)]
        if width == 1:
            found.append((given.full_name, kind))
            continue
        for at in range(width):
            name = scope.get_unique_variable_name("column")
            container.add_initializer(f"{name}_at", TensorProto.INT64, [1], [at])
            nodes = [given.full_name, f"{name}_at"]
            container.add_node("Gather", nodes, name, op_version=13, name=name, axis=1)
            found.append((name, kind))
    return found


def _is_text(variable: Any) -> bool:
    return type(variable.type).__name__ == "StringTensorType"


def _text(container: Any, name: str, shape: list[int], values: Any) -> None:
    from onnx import TensorProto

    container.add_initializer(name, TensorProto.STRING, shape, [each.encode() for each in values])


def _skl2onnx(alias: str) -> Any:
    from skl2onnx.common._registration import get_converter

    return get_converter(alias)
