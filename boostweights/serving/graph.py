"""Converters for skl2onnx: of WeightedClassifier, and of steps in float64 and with missing categories."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boostweights.errors import InvalidTypeError, check_that
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.lazy import needs
from boostweights.probabilities.rule import DecisionRule
from boostweights.serving.pipelines import MISSING_TEXT, known
from boostweights.serving.served import classifier_at_end, labels_of, served


@dataclass(frozen=True, slots=True)
class _Graph:
    """A graph to which a converter adds nodes and constants under free names."""

    scope: Any
    container: Any

    def node(
        self, kind: str, inputs: list[str], output: str = "", *, version: int = 13, **settings: Any
    ) -> str:
        """Add a node with one output; return the output's name."""
        output = output or self.scope.get_unique_variable_name(kind)
        name = self.scope.get_unique_operator_name(kind)
        self.container.add_node(kind, inputs, output, op_version=version, name=name, **settings)
        return output

    def cast(self, name: str, kind: str, output: str = "") -> str:
        """Add a cast to a type of ONNX's; return the output's name."""
        from onnx import TensorProto

        return self.node("Cast", [name], output, to=getattr(TensorProto, kind))

    def constant(self, values: Any, dtype: Any = None) -> str:
        """Add an array, of text or of numbers; return its name."""
        from onnx import helper

        array = np.asarray(values, dtype)
        if array.dtype.kind in "UO":
            array = np.array([text.encode() for text in array.ravel()], object).reshape(array.shape)
        name = str(self.scope.get_unique_variable_name("constant"))
        kind = helper.np_dtype_to_tensor_dtype(array.dtype)
        self.container.add_initializer(name, kind, list(array.shape), array.ravel().tolist())
        return name

    def decided(self, proba: str, rule: DecisionRule) -> str:
        """Add numbers whose first highest one is decided, in the order of a rule; return their name."""
        proba, order = self.cast(proba, "DOUBLE"), rule.order
        if rule.costs is not None:
            return self.node("MatMul", [proba, self.constant(-np.asarray(rule.costs)[:, order])])
        first, others = (
            self.node("Gather", [proba, self.constant(places)], axis=1) for places in (order[:1], order[1:])
        )
        side = self.node("Sign", [self.node("Sub", [first, self.constant(rule.threshold)])])
        # below the threshold -0.5, at it 1.5, above it 3.5: others are between 0 and 1
        scaled = self.node("Mul", [side, self.constant(2.0)])
        return self.node("Concat", [self.node("Add", [scaled, self.constant(1.5)]), others], axis=1)

    def inlined(self, converted: Any, features: str) -> str:
        """Add another graph under free names, and return the name of its tensor of probabilities."""
        from onnx import helper, numpy_helper

        graph = converted.graph
        names = {graph.input[0].name: features}

        def named(name: str) -> str:
            return names.setdefault(name, self.scope.get_unique_variable_name(name)) if name else ""

        for tensor in graph.initializer:
            values = numpy_helper.to_array(tensor).ravel().tolist()
            self.container.add_initializer(named(tensor.name), tensor.data_type, list(tensor.dims), values)
        versions = {opset.domain: opset.version for opset in converted.opset_import}
        proba = graph.output[1].name
        for node in graph.node:
            if node.op_type == "ZipMap":
                proba = node.input[0]
                continue
            self.container.add_node(
                node.op_type,
                [named(name) for name in node.input],
                [named(name) for name in node.output],
                op_domain=node.domain,
                op_version=versions.get(node.domain, 1),
                name=self.scope.get_unique_operator_name(node.op_type),
                **{setting.name: helper.get_attribute_value(setting) for setting in node.attribute},
            )
        return named(proba)


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
    alias = "BoostweightsWeightedClassifier"
    update_registered_converter(WeightedClassifier, alias, _shapes, _convert, options=options)


def _shapes(operator: Any) -> None:
    from skl2onnx.common import data_types as types

    clf = classifier_at_end(operator.raw_operator)
    rows = operator.inputs[0].get_first_dimension()
    kinds = {"b": types.BooleanTensorType, "i": types.Int64TensorType, "u": types.Int64TensorType}
    kinds |= {"U": types.StringTensorType, "f": types.DoubleTensorType}
    operator.outputs[0].type = kinds[np.asarray(labels_of(clf.classes_)).dtype.kind]([rows])
    operator.outputs[1].type = types.FloatTensorType([rows, len(clf.classes_)])


def _convert(scope: Any, operator: Any, container: Any) -> None:
    graph, ready = _Graph(scope, container), served(classifier_at_end(operator.raw_operator), "onnx")
    serving = ready.adapter.serving
    rows = graph.cast(operator.inputs[0].full_name, "FLOAT" if ready.inputs.single else "DOUBLE")
    proba = decided = graph.inlined(serving.to_onnx(ready.model), rows)
    if ready.decider is not None:
        decided = graph.inlined(serving.to_onnx(ready.decider), rows)
    elif len(set(ready.factors)) > 1:
        odds = graph.node("Mul", [proba, graph.constant([ready.factors], np.float32)])
        decided = graph.node("Div", [odds, graph.node("ReduceSum", [odds, graph.constant([1])])])
    graph.node("Identity", [proba], operator.outputs[1].full_name)
    labels = labels_of(ready.classes)
    if ready.rule is not None:
        decided, labels = graph.decided(decided, ready.rule), [labels[place] for place in ready.rule.order]
    code = graph.node("ArgMax", [decided], axis=1, keepdims=0)
    graph.node("Gather", [graph.constant(labels), code], operator.outputs[0].full_name)


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
    graph, step, X = _Graph(scope, container), operator.raw_operator, operator.inputs[0].full_name
    text = _is_text(operator.inputs[0])
    values = np.asarray(step.statistics_, object if text else np.float64)
    lost = len(known(values)) < len(values)
    check_that(
        not (lost or step.add_indicator or step.missing_values == step.missing_values),
        "an imputer is converted that fills NaN in, in every column",
        step,
        "Take columns without values out, leave add_indicator off and mark missing values as NaN.",
        InvalidTypeError,
    )
    if text:
        holes = graph.node("Equal", [X, graph.constant([MISSING_TEXT])], version=19)
    else:
        X = graph.cast(X, "DOUBLE")
        holes = graph.node("IsNaN", [X])
    graph.node("Where", [holes, graph.constant([values]), X], operator.outputs[0].full_name)


def _one_hot(scope: Any, operator: Any, container: Any) -> None:
    """Compare each column with its categories, where those that are unknown give zeros."""
    graph, step = _Graph(scope, container), operator.raw_operator
    if step.handle_unknown != "ignore" or step.min_frequency or step.max_categories:
        _by_skl2onnx("SklearnOneHotEncoder", scope, operator, container)
        return
    parts = []
    dropped = [None] * len(step.categories_) if step.drop_idx_ is None else step.drop_idx_
    rule, remedy = (
        "categories that are numbers are all there in ONNX",
        "Impute missing values before they are encoded.",
    )
    for (column, kind), levels, drop in zip(
        _columns(graph, operator), step.categories_, dropped, strict=True
    ):
        kept = [level for at, level in enumerate(levels.tolist()) if at != drop]
        if kind == "text":
            kept = [level if isinstance(level, str) else MISSING_TEXT for level in kept]
        check_that(len(known(kept)) == len(kept), rule, kept, remedy, InvalidTypeError)
        values = graph.constant([kept], object if kind == "text" else kind)
        equal = graph.node("Equal", [column, values], version=19)
        parts.append(graph.cast(equal, "FLOAT"))
    joined = graph.node("Concat", parts, axis=1)
    whole = np.issubdtype(step.dtype, np.signedinteger)
    graph.cast(joined, "INT64" if whole else "FLOAT", operator.outputs[0].full_name)


def _ordinal(scope: Any, operator: Any, container: Any) -> None:
    """Write codes of texts, of missing and of unknown ones besides."""
    graph, step = _Graph(scope, container), operator.raw_operator
    text = all(map(_is_text, operator.inputs))
    encodes_unknown = step.handle_unknown == "use_encoded_value"
    if not text or not encodes_unknown or step.min_frequency or step.max_categories:
        _by_skl2onnx("SklearnOrdinalEncoder", scope, operator, container)
        return
    parts = []
    for (column, _), levels in zip(_columns(graph, operator), step.categories_, strict=True):
        codes = {level: float(at) for at, level in enumerate(known(levels))}
        if len(codes) < len(levels):
            codes[MISSING_TEXT] = float(step.encoded_missing_value)
        part = graph.node(
            "LabelEncoder",
            [column],
            version=2,
            op_domain="ai.onnx.ml",
            keys_strings=[level.encode() for level in codes],
            values_floats=list(codes.values()),
            default_float=float(step.unknown_value),
        )
        parts.append(part)
    graph.node("Concat", parts, operator.outputs[0].full_name, axis=1)


def _by_skl2onnx(alias: str, scope: Any, operator: Any, container: Any) -> None:
    """Convert by skl2onnx, which would write a missing category as the text 'nan'."""
    from skl2onnx.common._registration import get_converter

    step = operator.raw_operator
    check_that(
        all(len(known(levels)) == len(levels) for levels in step.categories_),
        "a missing category is converted of text, by an encoder that takes unknown ones",
        step,
        'Impute it before, or use handle_unknown="ignore" (OrdinalEncoder: "use_encoded_value").',
        InvalidTypeError,
    )
    get_converter(alias)(scope, operator, container)


def _columns(graph: _Graph, operator: Any) -> Sequence[tuple[str, str]]:
    """Return the name of a tensor of each column, of shape (n, 1), and its kind."""
    from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType

    kinds = {StringTensorType: "text", Int64TensorType: "int64", DoubleTensorType: "float64"}
    columns = []
    for tensor in operator.inputs:
        width, kind, name = tensor.type.shape[1], kinds[type(tensor.type)], tensor.full_name
        for at in range(width):
            one = name if width == 1 else graph.node("Gather", [name, graph.constant([at])], axis=1)
            columns.append((one, kind))
    return columns


def _is_text(variable: Any) -> bool:
    return type(variable.type).__name__ == "StringTensorType"
