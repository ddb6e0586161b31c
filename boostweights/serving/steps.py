"""The steps of a Pipeline in front of the classifier: what they make of its splits, and their converters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.serving import Inputs
from boostweights.errors import InvalidTypeError, shown

Floats = npt.NDArray[np.float64]


def before(steps: list[Any], thresholds: dict[int, Floats], features: int) -> Inputs | None:
    """Return what the splits behind a Pipeline's first steps say of its own features; None where unknown.

    Steps that compute round, so that the neighbours of a threshold are a ten-thousandth of its range away.
    """
    length = max(map(len, thresholds.values()), default=1)
    table = np.column_stack([np.resize(thresholds.get(at, np.zeros(1)), length) for at in range(features)])
    span = np.ptp(table, axis=0) + 1e-6
    spread = np.concatenate([table - 1e-4 * span, table + 1e-4 * span])
    for step in reversed(steps):
        back = _inverse(step)
        if back is None or getattr(step, "n_features_in_", -1) != spread.shape[1]:
            return None
        spread = np.asarray(back(spread), np.float64)
    imputes = any(type(step).__name__ == "SimpleImputer" for step in steps[:1])
    return Inputs(
        thresholds={at: np.unique(spread[:, at]) for at in range(spread.shape[1])},
        categories={},
        missing=frozenset(range(features) if imputes else ()),
        single=True,
    )


def _inverse(step: Any) -> Callable[[Any], Any] | None:
    if type(step).__name__ == "SimpleImputer":
        return lambda table: table
    back: Callable[[Any], Any] | None = getattr(step, "inverse_transform", None)
    return back


def check_steps(steps: list[Any]) -> None:
    """Raise, naming the step, where skl2onnx has no converter for one."""
    from skl2onnx._supported_operators import sklearn_operator_name_map

    for step in steps:
        if type(step) not in sklearn_operator_name_map and step != "passthrough":
            raise InvalidTypeError(
                "each step of a Pipeline needs a converter of skl2onnx",
                f"the step {shown(step)}",
                "Transform the rows by that step before, and export the steps behind it.",
            )


def in_double() -> dict[type, Any]:
    """Return converters that compute in float64, as the steps do, where skl2onnx has them for float32 only.

    A value imputed is the same in many rows, often a threshold: rounded, all of them go to the other side.
    """
    from sklearn.impute import SimpleImputer

    return {SimpleImputer: _impute}


def _impute(scope: Any, operator: Any, container: Any) -> None:
    """Write values in the place of missing ones; ONNX Runtime has no Imputer of float64."""
    from onnx import TensorProto

    step = operator.raw_operator
    values = np.asarray(step.statistics_, np.float64)
    if not np.isfinite(values).all() or step.add_indicator or step.missing_values == step.missing_values:
        raise InvalidTypeError(
            "an imputer is converted that fills NaN in, in every column",
            shown(step),
            "Take columns without values out, leave add_indicator off and mark missing values as NaN.",
        )
    name = scope.get_unique_variable_name("imputed")
    X = operator.inputs[0].full_name
    container.add_initializer(f"{name}_values", TensorProto.DOUBLE, [1, len(values)], values.tolist())
    for node, inputs, output, options in (
        ("Cast", [X], f"{name}_double", {"to": TensorProto.DOUBLE}),
        ("IsNaN", [f"{name}_double"], f"{name}_missing", {}),
        ("Where", [f"{name}_missing", f"{name}_values", f"{name}_double"], operator.outputs[0].full_name, {}),
    ):
        container.add_node(node, inputs, output, op_version=13, name=f"{name}_{node}", **options)
