"""Classifiers of Spark's pipelines, and the columns that they read: checked, counted and weighted."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import names_of
from boostweights.adapters.form import EvalWeighting, NativeForm, by_name, reference_form
from boostweights.adapters.registry import adapter_named
from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_that,
    check_type,
)
from boostweights.frames.engines import engine_of
from boostweights.frames.spark import Added, check_running, column, free_name, grouped, with_values
from boostweights.probabilities.rule import DecisionRule
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.labels.rules import Label, missing_labels

SPARK = engine_of("pyspark")
PYSPARK = Adapter(
    name="pyspark",
    extra="spark",
    dtype=np.float64,
    forms=by_name(reference_form("weightCol")),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Names of columns: labels; the caller's row weights, and whether a row is for evaluation, or None."""

    label: str
    weight: str | None = None
    validation: str | None = None


def checked_estimator(estimator: Any) -> Any:
    """Return the estimator if it is an unfitted classifier that takes row weights, or raise."""
    from pyspark.ml import Estimator

    inner = estimator.getClassifier() if hasattr(estimator, "getClassifier") else estimator  # of OneVsRest
    # some classifiers of pyspark.ml inherit the parameter, and ignore it
    weighs = all(hasattr(inner, name) for name in ("setWeightCol", "setRawPredictionCol"))
    check_that(
        isinstance(estimator, Estimator) and (is_xgboost(estimator) or weighs),
        "estimator must be an unfitted SparkXGBClassifier or a classifier of pyspark.ml with a weightCol",
        estimator,
        "Pass estimator=SparkXGBClassifier(…), GBTClassifier(…), RandomForestClassifier(…) or another.",
        InvalidTypeError,
    )
    return estimator


def is_xgboost(estimator: Any) -> bool:
    """Whether an estimator is a SparkXGBClassifier."""
    return "SparkXGBClassifier" in names_of(estimator)


def columns_of(estimator: Any) -> Columns:
    """Return the columns that an estimator names."""

    def named(name: str) -> str | None:
        known = estimator.hasParam(name) and estimator.isDefined(name)
        return estimator.getOrDefault(name) or None if known else None

    return Columns(
        label=named("labelCol") or "label",
        weight=named("weightCol"),
        validation=named("validationIndicatorCol"),
    )


def checked_frame(frame: Any, columns: Columns) -> Any:
    """Return a Spark frame that has these columns, of types that can serve, or raise."""
    from pyspark.sql import DataFrame
    from pyspark.sql.types import BooleanType, NumericType, StringType

    check_type(frame, DataFrame, "a Spark data frame is needed", "Use spark.createDataFrame(frame).")
    check_running(frame)
    labels = (NumericType, StringType, BooleanType)
    for name, named, kinds, rule, cast in (
        ("label_col", columns.label, labels, "labels must be numbers, text or bools", "string"),
        ("weight_col", columns.weight, NumericType, "row weights must be numbers", "double"),
        (
            "validation_indicator_col",
            columns.validation,
            BooleanType,
            "the validation indicator must be a column of bools",
            "boolean",
        ),
    ):
        if named is not None:
            check_known(named, frame.columns, f"{name} must be a column of the frame")
            kind = frame.schema[named].dataType
            seen = f"column {named!r} of type {kind.simpleString()}"
            check_that(isinstance(kind, kinds), rule, seen, f"Cast the column to {cast}.", InvalidTypeError)
    return frame


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return xgboost's parameters that are set, with those that it sets on a cluster, whichever it is.

    No classifier of pyspark.ml has a parameter that weights classes.

    Raises
    ------
    InvalidValueError
        For exact splits, which need all rows in one place.
    """
    if not is_xgboost(estimator):
        return {}
    parameters = estimator.extractParamMap().items()
    settings = {param.name: value for param, value in parameters if value is not None}
    settings |= settings.pop("arbitrary_params_dict", {})
    on_cluster = adapter_named("xgboost").dask
    on_cluster.check(settings)
    return on_cluster.settings(settings)


def without_weights(reader: Any) -> Any:
    """Return an estimator or a model after it forgot its column of row weights."""
    if reader.isSet("weightCol"):
        reader.clear(reader.weightCol)
    return reader


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
    with SPARK.failing(f"counting {columns.label!r}"):
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
    kept = frame if columns.validation is None else frame.filter(~validation)
    weight = column(columns.weight).cast("double").alias("weight")
    kept = kept.select(column(columns.label).alias("label"), weight)
    code = Added(name="code", kind="int", values=range(len(tally.rows)))
    pairs = with_values(kept, "label", tally.rows.classes, [code]).select("code", "weight")
    with SPARK.failing(f"summing {columns.weight!r}"):
        batches = pairs.mapInPandas(_summed, "code int, total string, problem string").collect()
    sums: dict[Label, Fraction] = {label: Fraction(0) for label in tally.rows}
    rule = "row weights must be finite and at least 0"
    for number, total, problem in batches:
        check_that(not problem, rule, problem, "Use 0 to leave a row out.")
        sums[tally.rows.classes[number]] += Fraction(total)
    return Tally(rows=tally.rows, sums=sums)


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


def decided(proba: Any, rule: DecisionRule) -> Any:
    """Return an expression of the codes that a rule decides for arrays of probabilities."""
    from pyspark.sql import functions

    worths = {place: functions.get(proba, functions.lit(place)) for place in rule.order}
    if rule.threshold is not None:  # -0.5 below it, 1.5 at it, 3.5 above it: the others are between 0 and 1
        first = rule.order[0]
        worths[first] = 2 * functions.signum(worths[first] - rule.threshold) + 1.5
    else:
        costs, none = np.asarray(rule.costs), functions.lit(0.0)
        worths = {
            place: sum((part * -float(costs[row, place]) for row, part in worths.items()), start=none)
            for place in worths
        }
    best = functions.greatest(*worths.values())
    return functions.coalesce(*(functions.when(worth == best, place) for place, worth in worths.items()))


def decoded(codes: Any, classes: Sequence[Label]) -> Any:
    """Return an expression of the labels that codes stand for, numbers among them as doubles."""
    from pyspark.sql import functions

    numbers = not isinstance(classes[0], (str, bool))
    labels = functions.lit([float(label) if numbers else label for label in classes])
    return functions.get(labels, codes.cast("int"))
