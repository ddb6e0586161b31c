"""SparkXGBClassifier: its settings and columns, and a copy that is trained."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.distributed.spark.columns import Columns
from boostweights.errors import InvalidTypeError, InvalidValueError, shown

LIBRARY: Final = "xgboost"
_BINS: Final = 256


def checked_estimator(estimator: Any) -> Any:
    """Return the estimator if it is a SparkXGBClassifier, or raise."""
    if any(base.__name__ == "SparkXGBClassifier" for base in type(estimator).__mro__):
        return estimator
    raise InvalidTypeError(
        "estimator must be an unfitted SparkXGBClassifier",
        shown(estimator),
        "Pass estimator=SparkXGBClassifier(…).",
    )


def columns_of(estimator: Any) -> Columns:
    """Return the columns that an estimator names."""

    def named(name: str) -> str | None:
        return estimator.getOrDefault(name) or None if estimator.isDefined(name) else None

    return Columns(
        label=named("labelCol") or "label",
        weight=named("weightCol"),
        validation=named("validationIndicatorCol"),
    )


def settings_of(estimator: Any) -> dict[str, Any]:
    """Return xgboost's parameters that are set, with the method and bins that it takes on a cluster.

    Raises
    ------
    InvalidValueError
        For exact splits, which need all rows in one place.
    """
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
    trainer = estimator.copy()
    if trainer.isSet("weightCol"):
        trainer.clear(trainer.weightCol)
    trainer.setParams(label_col=label, **({} if weight is None else {"weight_col": weight}), **params)
    return trainer


def local_of(model: Any, classes: int) -> Any:
    """Return the XGBClassifier of a fitted Spark model."""
    from xgboost import XGBClassifier

    local = XGBClassifier()
    local.load_model(model.get_booster().save_raw("ubj"))
    local.n_classes_ = classes
    return local
