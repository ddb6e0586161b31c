"""The converter of WeightedClassifier for skl2onnx: its library's own graph, then the decision."""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from boostweights.adapters.serving import Format
from boostweights.errors import InvalidTypeError
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.lazy import needs
from boostweights.serving.served import Served, classifier_at_end, served

_ALIAS: Final = "BoostweightsWeightedClassifier"
_TO: Final[Format] = "onnx"


def register_skl2onnx() -> None:
    """Make `WeightedClassifier` known to skl2onnx, also as the last step of a Pipeline.

    A graph has the probabilities of ``predict_proba`` and, as labels, what ``predict`` decides, whether the
    correction is baked in already or not. `export` does this by itself, and checks the result.

    Raises
    ------
    MissingLibraryError
        If skl2onnx is not installed.
    """
    needs(["skl2onnx"], "A conversion to ONNX", "serving")
    from skl2onnx import update_registered_converter

    options = {
        "zipmap": [True, False, "columns"],
        "nocl": [True, False],
        "output_class_labels": [False, True],
    }
    update_registered_converter(WeightedClassifier, _ALIAS, _shapes, _convert, options=options)


def _shapes(operator: Any) -> None:
    from skl2onnx.common import data_types as types

    clf = classifier_at_end(operator.raw_operator)
    rows = operator.inputs[0].get_first_dimension()
    kinds = {"b": types.BooleanTensorType, "i": types.Int64TensorType, "u": types.Int64TensorType}
    kinds |= {"U": types.StringTensorType, "f": types.DoubleTensorType}
    operator.outputs[0].type = kinds[_labels(clf.classes_).dtype.kind]([rows])
    operator.outputs[1].type = types.FloatTensorType([rows, len(clf.classes_)])


def _labels(classes: Any) -> Any:
    """Return labels as an array that ONNX can hold."""
    found = np.asarray(classes.tolist())
    if found.dtype.kind not in "biuUf":
        raise InvalidTypeError(
            "labels in ONNX are numbers, bools or text", f"labels of {found.dtype}", "Export natively."
        )
    return found


def _convert(scope: Any, operator: Any, container: Any) -> None:
    from onnx import TensorProto

    ready = served(classifier_at_end(operator.raw_operator), _TO)
    cast, given = scope.get_unique_variable_name("cast"), operator.inputs[0].full_name
    kind = TensorProto.FLOAT if ready.inputs.single else TensorProto.DOUBLE
    container.add_node("Cast", given, cast, op_version=9, name=cast, to=kind)
    proba, decided = _probabilities(scope, container, ready, cast)
    container.add_node("Identity", proba, operator.outputs[1].full_name, name=f"{cast}_proba")
    code = scope.get_unique_variable_name("code")
    container.add_node("ArgMax", decided, code, op_version=13, name=code, axis=1, keepdims=0)
    labels, values = scope.get_unique_variable_name("labels"), _labels(ready.classes)
    kinds = {"b": TensorProto.BOOL, "U": TensorProto.STRING, "f": TensorProto.DOUBLE}
    encoded = [each.encode() for each in values.tolist()] if values.dtype.kind == "U" else values.tolist()
    container.add_initializer(labels, kinds.get(values.dtype.kind, TensorProto.INT64), [len(values)], encoded)
    container.add_node("Gather", [labels, code], operator.outputs[0].full_name, op_version=13, name=labels)


def _probabilities(scope: Any, container: Any, ready: Served, features: str) -> tuple[str, str]:
    """Add the models' graphs; return the names of the probabilities and of what decides."""
    from onnx import TensorProto

    convert = ready.adapter.serving.to_onnx
    proba = _inlined(scope, container, convert(ready.model), features)
    if ready.decider is not None:
        return proba, _inlined(scope, container, convert(ready.decider), features)
    if len(set(ready.factors)) == 1:
        return proba, proba
    factors, decided = (scope.get_unique_variable_name(name) for name in ("factors", "weighed"))
    container.add_initializer(factors, TensorProto.FLOAT, [1, len(ready.factors)], list(ready.factors))
    container.add_node("Mul", [proba, factors], decided, op_version=13, name=decided)
    return proba, decided


def _inlined(scope: Any, container: Any, converted: Any, features: str) -> str:
    """Add a graph under names of its own, and return the name of its tensor of probabilities."""
    from onnx import helper

    graph = converted.graph
    names = {graph.input[0].name: features}

    def named(name: str) -> str:
        return names.setdefault(name, scope.get_unique_variable_name(name)) if name else ""

    for each in graph.initializer:
        container.add_initializer(named(each.name), each.data_type, list(each.dims), _values(each))
    versions = {opset.domain: opset.version for opset in converted.opset_import}
    zipped = ""
    for node in graph.node:
        if node.op_type == "ZipMap":
            zipped = node.input[0]
            continue
        container.add_node(
            node.op_type,
            [named(name) for name in node.input],
            [named(name) for name in node.output],
            op_domain=node.domain,
            op_version=versions.get(node.domain, 1),
            name=scope.get_unique_operator_name(node.op_type),
            **{each.name: helper.get_attribute_value(each) for each in node.attribute},
        )
    return named(zipped or graph.output[1].name)


def _values(tensor: Any) -> Any:
    from onnx import numpy_helper

    return numpy_helper.to_array(tensor).ravel().tolist()
