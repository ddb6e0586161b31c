"""Classifiers of Spark's pipelines: their library, their settings, and the columns that they read."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.registry import adapter_named
from boostweights.errors import InvalidTypeError, check_known, check_that, check_type
from boostweights.frames.spark import check_running

_BINS: Final = 256
_PYSPARK: Final = Adapter(
    name="pyspark",
    module="pyspark",
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
    return any(base.__name__ == "SparkXGBClassifier" for base in type(estimator).__mro__)


def adapter_for(estimator: Any) -> Adapter:
    """Return the forms of xgboost, or row weights only."""
    return adapter_named("xgboost") if is_xgboost(estimator) else _PYSPARK


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
    for name, column, kinds, rule, cast in (
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
        if column is not None:
            check_known(column, frame.columns, f"{name} must be a column of the frame")
            kind = frame.schema[column].dataType
            seen = f"column {column!r} of type {kind.simpleString()}"
            check_that(isinstance(kind, kinds), rule, seen, f"Cast the column to {cast}.", InvalidTypeError)
    return frame


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return xgboost's parameters that are set, with the method and bins that it takes on a cluster.

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
    method = settings.get("tree_method") or "hist"
    check_that(
        method != "exact",
        "tree_method must be 'hist' or 'approx' on a cluster",
        "tree_method='exact'",
        "Use tree_method='hist', with max_bin at least the distinct values for exact splits.",
    )
    return {"max_bin": _BINS, **settings, "tree_method": "hist" if method == "auto" else method}


def trainer_of(estimator: Any, label: str, weight: str | None, params: Mapping[str, Any]) -> Any:
    """Return a copy that reads these columns, with these parameters besides."""
    trainer = without_weights(estimator.copy())
    trainer._set(labelCol=label, **({} if weight is None else {"weightCol": weight}))
    if params:
        trainer.setParams(**params)
    return trainer


def without_weights(reader: Any) -> Any:
    """Return an estimator or a model after it forgot its column of row weights."""
    if reader.isSet("weightCol"):
        reader.clear(reader.weightCol)
    return reader
