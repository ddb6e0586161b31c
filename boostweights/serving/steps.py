"""The steps of a Pipeline before the classifier: what they make of its splits, and whether ONNX has them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.adapters.serving import Inputs
from boostweights.errors import InvalidTypeError, shown
from boostweights.serving.columns import branches, encoded, steps_of

DOOR: Final = "Transform the rows by it and export the steps behind it; or serve all of it (MLflow, skops)."
"""For a Pipeline with a step that ONNX does not have."""
Floats = npt.NDArray[np.float64]
_SCALERS: Final = ("StandardScaler", "RobustScaler", "MinMaxScaler", "MaxAbsScaler")
"""Steps that give each column apart, and missing values as they are."""


def before(steps: list[Any], inputs: Inputs, features: int) -> Inputs | None:
    """Return what the splits behind a Pipeline's first steps say of its own features; None where unknown.

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
        back = _inverse(step)
        if back is None or getattr(step, "n_features_in_", -1) != spread.shape[1]:
            return None
        spread = np.asarray(back(spread), np.float64)
        missing = missing if type(step).__name__ in _SCALERS else frozenset()
    if steps and type(steps[0]).__name__ == "SimpleImputer":
        missing = frozenset(range(spread.shape[1]))
    cuts = {at: np.unique(spread[:, at]) for at in range(spread.shape[1])}
    return Inputs(thresholds=cuts, categories={}, missing=missing, single=True)


def _inverse(step: Any) -> Callable[[Any], Any] | None:
    if type(step).__name__ == "SimpleImputer":
        return lambda table: table
    if hasattr(step, "categories_"):
        return None
    back: Callable[[Any], Any] | None = getattr(step, "inverse_transform", None)
    return back


def _by_column(step: Any, spread: Floats, missing: frozenset[int]) -> Inputs | None:
    cuts: dict[int, Any] = {}
    categories: dict[int, Any] = {}
    lacking: set[int] = set()
    for name, transformer, columns in branches(step):
        if transformer == "drop" or not columns:
            continue
        places = range(spread.shape[1])[step.output_indices_[name]]
        inner = frozenset(at for at, place in enumerate(places) if place in missing)
        found = encoded(transformer) or _back(steps_of(transformer), spread[:, places], inner)
        if found is None:
            return None
        for at, column in enumerate(columns):
            cuts[column] = np.union1d(cuts.get(column, ()), found.thresholds.get(at, ()))
            if at in found.categories:
                categories[column] = found.categories[at]
            lacking |= {column} if at in found.missing else set()
    return Inputs(thresholds=cuts, categories=categories, missing=frozenset(lacking), single=True)


def check_steps(steps: list[Any]) -> None:
    """Raise, naming the step, where skl2onnx has no converter for one."""
    from skl2onnx._supported_operators import sklearn_operator_name_map

    for step in _flat(steps):
        if type(step) not in sklearn_operator_name_map or type(step).__name__ == "FunctionTransformer":
            raise InvalidTypeError(
                "each step of a Pipeline needs a converter of skl2onnx", f"the step {shown(step)}", DOOR
            )


def _flat(steps: list[Any]) -> Iterator[Any]:
    for step in (one for each in steps for one in steps_of(each)):
        if hasattr(step, "transformers_"):
            yield from _flat([each for _, each, _ in branches(step) if each != "drop"])
        else:
            yield step
