"""Classifiers of Spark's pipelines: their library, settings and columns, and a copy that is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.form import by_name, reference_form
from boostweights.adapters.registry import adapter_named
from boostweights.distributed.spark.columns import Columns
from boostweights.errors import InvalidTypeError, InvalidValueError, shown

_BINS: Final = 256
_PYSPARK: Final = Adapter(
    name="pyspark",
    module="pyspark",
    extra="spark",
    dtype=np.float64,
    forms=by_name(reference_form("weightCol")),
)


def checked_estimator(estimator: Any) -> Any:
    """Return the estimator if it is an unfitted classifier that takes row weights, or raise."""
    from pyspark.ml import Estimator

    if isinstance(estimator, Estimator) and (is_xgboost(estimator) or _takes_weights(estimator)):
        return estimator
    raise InvalidTypeError(
        "estimator must be an unfitted SparkXGBClassifier or a classifier of pyspark.ml with a weightCol",
        shown(estimator),
        "Pass estimator=SparkXGBClassifier(…), GBTClassifier(…), RandomForestClassifier(…) or another.",
    )


def _takes_weights(estimator: Any) -> bool:
    """Whether a classifier of ``pyspark.ml`` reads row weights: some inherit the parameter and ignore it."""
    each = estimator.getClassifier() if hasattr(estimator, "getClassifier") else estimator  # OneVsRest
    return all(hasattr(each, name) for name in ("setWeightCol", "setRawPredictionCol"))


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


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return xgboost's parameters that are set, with the method and bins that it takes on a cluster.

    Of pyspark.ml's classifiers none has a parameter that weighs classes.

    Raises
    ------
    InvalidValueError
        For exact splits, which need all rows in one place.
    """
    if not is_xgboost(estimator):
        return {}
    found = {param.name: value for param, value in estimator.extractParamMap().items() if value is not None}
    found |= found.pop("arbitrary_params_dict", {})
    method = found.get("tree_method") or "hist"
    if method == "exact":
        raise InvalidValueError(
            "tree_method must be 'hist' or 'approx' on a cluster",
            "tree_method='exact'",
            "Use tree_method='hist', with max_bin at least the distinct values for exact splits.",
        )
    return {"max_bin": _BINS, **found, "tree_method": "hist" if method == "auto" else method}


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


def local_of(model: Any, classes: int) -> Any:
    """Return the XGBClassifier of a fitted Spark model, or raise where it is another's."""
    if not hasattr(model, "get_booster"):
        raise InvalidTypeError(
            "of a SparkXGBClassifier's model there is one of one machine",
            shown(type(model).__name__),
            "Predict with transform, or train a SparkXGBClassifier.",
        )
    from xgboost import XGBClassifier

    local = XGBClassifier()
    local.load_model(model.get_booster().save_raw("ubj"))
    local.n_classes_ = classes
    return local
