"""Class counts of a Spark frame by one group-by; sums of row weights exactly, whatever the partitions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from boostweights.distributed.spark.columns import Columns
from boostweights.errors import InvalidValueError, UnknownLabelError, did_you_mean, explained, shown
from boostweights.frames.engines import engine_of
from boostweights.frames.spark import Added, column, grouped, with_values
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight, missing_labels
from boostweights.weighting.labels.sums import exact_sums, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Training rows of each class, and the sums of their weights, or None."""

    rows: ClassCounts
    weighted: ClassCounts | None = None


def tallied(frame: Any, columns: Columns) -> Tally:
    """Count training rows by label, and see that evaluation rows have no other labels.

    Raises
    ------
    InvalidValueError
        If a label is missing or continuous, there are no rows, weights do not serve, or Spark fails.
    UnknownLabelError
        If evaluation rows have a label that no training row has.
    """
    training, evaluation = _grouped(frame, columns)
    if not training:
        raise InvalidValueError("labels must not be empty", "0 training rows", "Pass rows of each class.")
    rows = counts_of(ClassCounts(training), None)
    for label in evaluation:
        if label not in rows:
            raise UnknownLabelError(
                f"every label of evaluation rows must be one of {shown(list(rows))}",
                repr(label),
                did_you_mean(label, rows),
            )
    if columns.weight is None:
        return Tally(rows=rows)
    return Tally(rows=rows, weighted=_weighted(frame, columns, rows))


def failing(doing: str) -> AbstractContextManager[None]:
    """Wrap what Spark raises in an error that says what was computed and what to do."""
    engine = engine_of("pyspark")
    return explained(engine.failures(), f"{doing} needs a frame that Spark can compute", engine.mend)


def _grouped(frame: Any, columns: Columns) -> tuple[dict[Label, int], dict[Label, int]]:
    """Rows by label, of training and of evaluation: one group-by, whose result is a row a class."""
    from pyspark.sql import functions

    validation = functions.lit(False) if columns.validation is None else column(columns.validation)
    with failing(f"counting {columns.label!r}"):
        found = grouped(frame, column(columns.label), validation)
    sides: dict[bool, dict[Label, int]] = {False: {}, True: {}}
    for label, is_evaluation, count in found:
        if is_evaluation is None:
            raise InvalidValueError(
                "the validation indicator must be true or false", f"{count} rows of null", "Fill the column."
            )
        if label is None or label != label:  # noqa: PLR0124  NaN
            raise missing_labels(f"{count} rows of {'null' if label is None else 'NaN'}")
        whole = int(label) if type(label).__name__ == "Decimal" and label == int(label) else label
        sides[is_evaluation][whole] = count
    return sides[False], sides[True]


def _weighted(frame: Any, columns: Columns, rows: ClassCounts) -> ClassCounts:
    kept = frame if columns.validation is None else frame.filter(~column(columns.validation))
    code, weight = Added(name="code", kind="int", values=range(len(rows))), column(columns.weight or "")
    kept = kept.select(column(columns.label).alias("label"), weight.cast("double").alias("weight"))
    pairs = with_values(kept, "label", rows.classes, [code]).select("code", "weight")
    with failing(f"summing {columns.weight!r}"):
        found = pairs.mapInPandas(_summed, "code int, total string, problem string").collect()
    problems = [problem for _, _, problem in found if problem]
    if problems:
        raise InvalidValueError(
            "row weights must be finite and at least 0", problems[0], "Use 0 to leave a row out."
        )
    sums: dict[Label, Fraction] = {label: Fraction(0) for label in rows}
    for code_found, total, _ in found:
        sums[rows.classes[code_found]] += Fraction(total)
    return ClassCounts(rounded(sums))


def _summed(batches: Iterator[Any]) -> Iterator[Any]:
    """Sum weights in batches of rows: exact, as text, since no column of Spark holds such numbers."""
    import pandas as pd

    for batch in batches:
        if not len(batch):
            continue
        counts, codes = factorize(batch["code"].to_numpy())
        problem = ""
        totals = [Fraction(0)] * len(counts)
        try:
            weight = checked_sample_weight(batch["weight"].to_numpy(), len(batch))
            totals = exact_sums(codes, weight, len(counts))
        except InvalidValueError as broken:
            problem = broken.value
        yield pd.DataFrame(
            {"code": list(counts), "total": [str(total) for total in totals], "problem": problem}
        )
