"""The columns of codes and weights that are trained with: expressions, computed with the rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from boostweights.adapters.form import EvalWeighting, NativeForm
from boostweights.distributed.spark.columns import Columns
from boostweights.frames.spark import Added, column, free_name, with_values
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
    """Return a frame with labels as 0 to k-1 and the weights of training and evaluation rows.

    Class weights multiply with the caller's in the dtype of the library, as it would multiply them itself.
    """
    from pyspark.sql import functions

    codes = np.arange(len(classes))
    label, kind = free_name(frame, "boostweights_label"), np.dtype(native.dtype).name.replace("32", "")
    kind = kind.replace("float64", "double")
    training = native.fit_kwargs(codes).get("sample_weight")
    evaluation = None if columns.validation is None else native.eval_weight(codes, None, weighting)
    ones = np.ones(len(classes))
    added = [Added(name=label, kind="double", values=codes.tolist())]
    if training is None and evaluation is None and columns.weight is None:
        return Prepared(frame=with_values(frame, columns.label, classes, added), label=label, weight=None)
    names = [free_name(frame, f"boostweights_{side}") for side in ("weight", "evaluation")]
    for name, each in zip(names, (training, evaluation), strict=True):
        added.append(Added(name=name, kind=kind, values=(ones if each is None else each).tolist()))
    weight, other = map(column, names)
    ready = with_values(frame, columns.label, classes, added)
    if columns.validation is not None:
        weight = functions.when(column(columns.validation), other).otherwise(weight)
    if columns.weight is not None:
        weight = weight * column(columns.weight).cast(kind)
    return Prepared(frame=ready.withColumn(names[0], weight).drop(names[1]), label=label, weight=names[0])


def decoded(codes: Any, classes: Sequence[Label]) -> Any:
    """Return an expression of the labels that codes stand for, numbers among them as doubles."""
    from pyspark.sql import functions

    numbers = not isinstance(classes[0], (str, bool))
    labels = functions.lit([float(label) if numbers else label for label in classes])
    return functions.get(labels, codes.cast("int"))
