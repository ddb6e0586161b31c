"""The columns of codes and weights that are trained with: expressions, computed with the rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.form import EvalWeighting, NativeForm
from boostweights.distributed.spark.columns import Columns, free_name
from boostweights.weighting.labels.rules import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """A frame with a column of codes, and one of weights unless all rows weigh 1."""

    frame: Any
    label: str
    weight: str | None


def prepared(
    frame: Any, columns: Columns, classes: Sequence[Label], native: NativeForm, weighting: EvalWeighting
) -> Prepared:
    """Return a frame with labels as 0 to k-1 and the weights of training and evaluation rows."""
    from pyspark.sql import functions

    codes = np.arange(len(classes))
    label = free_name(frame, "boostweights_label")
    ready = frame.withColumn(
        label, _mapped(functions.col(f"`{columns.label}`"), classes, codes.tolist(), "double")
    )
    training = native.fit_kwargs(codes).get("sample_weight")
    evaluation = None if columns.validation is None else native.eval_weight(codes, None, weighting)
    if training is None and evaluation is None and columns.weight is None:
        return Prepared(frame=ready, label=label, weight=None)
    weight = free_name(ready, "boostweights_weight")
    ready = ready.withColumn(weight, _weights(columns, classes, training, evaluation))
    return Prepared(frame=ready, label=label, weight=weight)


def decoded(codes: Any, classes: Sequence[Label]) -> Any:
    """Return an expression of the labels that codes stand for, as doubles."""
    return _mapped(codes, range(len(classes)), [float(label) for label in classes], "double")


def _weights(
    columns: Columns,
    classes: Sequence[Label],
    training: npt.NDArray[Any] | None,
    evaluation: npt.NDArray[Any] | None,
) -> Any:
    """Class weight × the caller's, both as float32, as the library itself would multiply them."""
    from pyspark.sql import functions

    labels = functions.col(f"`{columns.label}`")
    weight = _by_class(labels, classes, training)
    if columns.validation is not None:
        is_evaluation = functions.col(f"`{columns.validation}`")
        weight = functions.when(is_evaluation, _by_class(labels, classes, evaluation)).otherwise(weight)
    if columns.weight is not None:
        weight = weight * functions.col(f"`{columns.weight}`").cast("float")
    return weight


def _by_class(labels: Any, classes: Sequence[Label], weight: npt.NDArray[Any] | None) -> Any:
    from pyspark.sql import functions

    if weight is None:
        return functions.lit(1.0).cast("float")
    return _mapped(labels, classes, weight.tolist(), "float")


def _mapped(column: Any, keys: Sequence[Any], values: Sequence[float], kind: str) -> Any:
    """A value for each key, null for others; typed, so that a float32 stays the number that it is."""
    from pyspark.sql import functions

    pairs: Mapping[Any, float] = dict(zip(keys, values, strict=True))
    (first, value), *others = pairs.items()
    chain = functions.when(column == functions.lit(first), functions.lit(value).cast(kind))
    for key, value in others:
        chain = chain.when(column == functions.lit(key), functions.lit(value).cast(kind))
    return chain
