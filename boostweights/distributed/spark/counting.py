"""Counts of a Spark frame by one group-by, exact sums of row weights, and columns of codes and weights."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from fractions import Fraction
from typing import Any

import numpy as np

from boostweights.adapters.form import EvalWeighting, NativeForm
from boostweights.distributed.spark.estimators import Columns
from boostweights.errors import InvalidValueError, check_that, explained
from boostweights.frames.engines import engine_of
from boostweights.frames.spark import Added, column, free_name, grouped, with_values
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.labels.rules import Label, missing_labels


def failing(doing: str) -> AbstractContextManager[None]:
    """Turn what Spark raises into an error that reports what was computed and what to do."""
    engine = engine_of("pyspark")
    return explained(engine.failures(), f"{doing} needs a frame that Spark can compute", engine.mend)


def tallied(frame: Any, columns: Columns) -> Tally:
    """Count training rows by label, and check that evaluation rows have no other labels.

    Raises
    ------
    InvalidValueError
        If a label is missing or continuous, there are no rows, weights do not serve, or Spark fails.
    UnknownLabelError
        If evaluation rows have a label that no training row has.
    """
    from pyspark.sql import functions

    validation = functions.lit(False) if columns.validation is None else column(columns.validation)
    with failing(f"counting {columns.label!r}"):
        groups = grouped(frame, column(columns.label), validation)
    sides: dict[bool, dict[Label, int]] = {False: {}, True: {}}
    for label, is_evaluation, count in groups:
        rule = "the validation indicator must be true or false"
        check_that(is_evaluation is not None, rule, f"{count} rows of null", "Fill the column.")
        if label is None or label != label:  # noqa: PLR0124  NaN
            raise missing_labels(f"{count} rows of {'null' if label is None else 'NaN'}")
        whole = int(label) if type(label).__name__ == "Decimal" and label == int(label) else label
        sides[is_evaluation][whole] = count
    tally = Tally(rows=ClassCounts(sides[False]))
    tally.check()
    tally.check_known(sides[True])
    if columns.weight is None:
        return tally
    return Tally(rows=tally.rows, sums=_sums(frame, columns, tally.rows))


def _sums(frame: Any, columns: Columns, rows: ClassCounts) -> dict[Label, Fraction]:
    kept = frame if columns.validation is None else frame.filter(~column(columns.validation))
    weight = column(columns.weight or "").cast("double").alias("weight")
    kept = kept.select(column(columns.label).alias("label"), weight)
    code = Added(name="code", kind="int", values=range(len(rows)))
    pairs = with_values(kept, "label", rows.classes, [code]).select("code", "weight")
    with failing(f"summing {columns.weight!r}"):
        batches = pairs.mapInPandas(_summed, "code int, total string, problem string").collect()
    sums: dict[Label, Fraction] = {label: Fraction(0) for label in rows}
    for number, total, problem in batches:
        check_that(
            not problem, "row weights must be finite and at least 0", problem, "Use 0 to leave a row out."
        )
        sums[rows.classes[number]] += Fraction(total)
    return sums


def _summed(batches: Iterator[Any]) -> Iterator[Any]:
    """Sum weights in batches of rows: exact, as text, since no column of Spark holds such numbers."""
    import pandas as pd

    for batch in batches:
        sums, problem = {0: Fraction(0)}, ""
        try:
            sums |= Tally.of(batch["code"].to_numpy(), batch["weight"].to_numpy()).sums
        except InvalidValueError as broken:
            problem = broken.value
        yield pd.DataFrame({"code": list(sums), "total": list(map(str, sums.values())), "problem": problem})


def prepared(
    frame: Any, columns: Columns, classes: Sequence[Label], native: NativeForm, weighting: EvalWeighting
) -> tuple[Any, str, str | None]:
    """Return a frame with labels as 0 to k-1 and the weights of training and evaluation rows.

    Class weights multiply with the caller's in the dtype of the library, as it would multiply them itself.

    Returns
    -------
    frame : pyspark.sql.DataFrame
    label, weight : str
        The names of the two columns; no column of weights where all weights are 1.
    """
    from pyspark.sql import functions

    codes = np.arange(len(classes))
    label = free_name(frame, "boostweights_label")
    added = [Added(name=label, kind="double", values=codes.tolist())]
    training = native.fit_kwargs(codes).get("sample_weight")
    evaluation = None if columns.validation is None else native.eval_weight(codes, None, weighting)
    if training is None and evaluation is None and columns.weight is None:
        return with_values(frame, columns.label, classes, added), label, None
    kind = {"float32": "float", "float64": "double"}[np.dtype(native.dtype).name]
    names = [free_name(frame, f"boostweights_{side}") for side in ("weight", "evaluation")]
    for name, weights in zip(names, (training, evaluation), strict=True):
        values = np.ones(len(classes)) if weights is None else weights
        added.append(Added(name=name, kind=kind, values=values.tolist()))
    weight, other = map(column, names)
    ready = with_values(frame, columns.label, classes, added)
    if columns.validation is not None:
        weight = functions.when(column(columns.validation), other).otherwise(weight)
    if columns.weight is not None:
        weight = weight * column(columns.weight).cast(kind)
    return ready.withColumn(names[0], weight).drop(names[1]), label, names[0]


def decoded(codes: Any, classes: Sequence[Label]) -> Any:
    """Return an expression of the labels that codes stand for, numbers among them as doubles."""
    from pyspark.sql import functions

    numbers = not isinstance(classes[0], (str, bool))
    labels = functions.lit([float(label) if numbers else label for label in classes])
    return functions.get(labels, codes.cast("int"))
