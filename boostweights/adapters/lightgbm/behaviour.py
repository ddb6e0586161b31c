"""What LightGBM makes of settings that weigh classes."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, Final

from boostweights.adapters.behaviour import (
    Behaviour,
    Floor,
    Subject,
    foreign_settings,
    metric_names,
    setting_text,
)
from boostweights.adapters.lightgbm.parameters import (
    ONE_VS_ALL,
    WEIGHTING,
    class_weighting,
    is_custom,
    is_true,
    name_of,
    value_of,
)
from boostweights.adapters.lightgbm.readback import CONTINUED, read

_LOSSES: Final = (
    *("binary_logloss", "binary", "binary_error", "multi_logloss", "multi_error", "multiclass", "softmax"),
    *("multiclassova", "multiclass_ova", "ova", "ovr", "cross_entropy", "xentropy"),
    *("l2", "mse", "rmse", "l1"),
)
"""Metrics that class weights contradict. Others rank rows, which weights hardly move, or are not known."""
_SILENT: Final = ("none", "null", "na", "custom")
_MULTICLASS: Final = ("multiclass", "softmax", *ONE_VS_ALL)
_DEFAULT_METRIC: Final = {"binary": "binary_logloss", **dict.fromkeys(_MULTICLASS, "multi_logloss")}
_ARGUMENTS_WITH_WEIGHTS: Final = 3  # a custom objective of (labels, scores, weights)


def describe(subject: Subject) -> Behaviour:
    """Return what LightGBM makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"objective": "binary", "unbalance": True, "scale_pos_weight": 9})).refused
    ('unbalance=True and scale_pos_weight=9 together are an error',)
    """
    settings = subject.settings
    requested = class_weighting(settings)
    ignored = _ignored(subject, requested)
    weighing = {name: value for name, value in requested.items() if setting_text(name, value) not in ignored}
    metrics, bound = _metrics(subject), name_of(settings, "max_delta_step")
    return Behaviour(
        weighing=weighing,
        automatic=frozenset(
            {name for name in weighing if not isinstance(weighing[name], Mapping)} - {"scale_pos_weight"}
        ),
        ignored=ignored,
        refused=_refused(weighing),
        stops_on=_stopping(settings, metrics),
        misled=tuple(name for name in metrics if name in _LOSSES),
        evaluates_idly=not _stops(settings) and not settings.get("callbacks"),
        floor=_floor(subject),
        least_rows=_least_rows(settings),
        penalties=_penalties(settings),
        bounded=setting_text(bound, settings[bound]) if settings.get(bound) else "",
        starts_unweighted=_starts_unweighted(settings, weighing),
        per_worker=_per_worker(subject),
        continued=_continued(subject.model),
    )


def _ignored(subject: Subject, requested: Mapping[str, Any]) -> dict[str, str]:
    settings = subject.settings
    objective = value_of(settings, "objective", None)
    why = "LightGBM has no such parameter: it warns, and trains without"
    ignored = foreign_settings(settings, WEIGHTING, why)
    by_label = _label_weights_ignored(subject, objective)
    for name, value in requested.items():
        reason = _rows_ignored(subject, objective) if name == "class_weight" else by_label
        if reason:
            ignored[setting_text(name, value)] = reason
    return ignored


def _label_weights_ignored(subject: Subject, objective: Any) -> str:
    """Why scale_pos_weight and is_unbalance are ignored; or nothing."""
    if is_custom(objective):
        return "an objective of one's own does not see it"
    if objective == "binary" or objective in ONE_VS_ALL:
        return ""
    if objective is not None:
        return f"objective={objective!r} takes no notice of it"
    return subject.ignored_for_classes


def _rows_ignored(subject: Subject, objective: Any) -> str:
    """Why class_weight, which LGBMClassifier turns into row weights, is ignored; or nothing."""
    if not hasattr(subject.model, "get_params"):
        return "lightgbm.train does not know class_weight: LGBMClassifier alone turns it into row weights"
    if callable(objective) and len(inspect.signature(objective).parameters) < _ARGUMENTS_WITH_WEIGHTS:
        return "an objective of (labels, scores) does not see weights"
    return ""


def _refused(weighing: Mapping[str, Any]) -> tuple[str, ...]:
    unbalance = next((name for name in weighing if name not in ("scale_pos_weight", "class_weight")), None)
    if unbalance is None or "scale_pos_weight" not in weighing:
        return ()
    both = [setting_text(name, weighing[name]) for name in (unbalance, "scale_pos_weight")]
    return (f"{both[0]} and {both[1]} together are an error",)


def _stops(settings: Mapping[str, Any]) -> bool:
    return int(value_of(settings, "early_stopping_round", 0)) > 0


def _stopping(settings: Mapping[str, Any], metrics: tuple[str, ...]) -> tuple[str, ...]:
    """The metrics any of which ends training."""
    if not _stops(settings):
        return ()
    return metrics[:1] if is_true(settings.get("first_metric_only")) else metrics


def _objective(subject: Subject) -> Any:
    """The objective that is trained, where it can be known."""
    given = value_of(subject.settings, "objective", None)
    if given is not None or not subject.is_classifier:
        return given
    return "multiclass" if subject.is_multiclass else "binary"


def _metrics(subject: Subject) -> tuple[str, ...]:
    given = value_of(subject.settings, "metric", None)
    if given:
        return tuple(name for name in metric_names(given) or () if name.lower() not in _SILENT)
    objective = _objective(subject)
    default = _DEFAULT_METRIC.get(objective) if isinstance(objective, str) else None
    return () if default is None else (default,)


def _floor(subject: Subject) -> Floor | None:
    if _objective(subject) != "binary":
        return None
    settings = subject.settings
    sigmoid = float(settings.get("sigmoid", 1.0))
    name = name_of(settings, "min_sum_hessian_in_leaf")
    return Floor(name=name, value=float(settings.get(name, 1e-3)), hessian=sigmoid**2 / 4)


def _least_rows(settings: Mapping[str, Any]) -> dict[str, int]:
    """Rows of a leaf are guessed by its share of the hessian, which at the start is that of the weights."""
    name = name_of(settings, "min_data_in_leaf")
    return {} if is_custom(value_of(settings, "objective", None)) else {name: int(settings.get(name, 20))}


def _starts_unweighted(settings: Mapping[str, Any], weighing: Mapping[str, Any]) -> str:
    """Row weights, and so class_weight, count in the average of the labels; weights of labels do not."""
    of_labels = [setting_text(name, weighing[name]) for name in weighing if name != "class_weight"]
    averages = is_true(settings.get("boost_from_average", True))
    return of_labels[0] if averages and len(weighing) == len(of_labels) == 1 else ""


def _penalties(settings: Mapping[str, Any]) -> dict[str, float]:
    names = ("lambda_l1", "lambda_l2", "min_gain_to_split")
    given = {name_of(settings, name): float(value_of(settings, name, 0.0)) for name in names}
    return {name: value for name, value in given.items() if value}


def _per_worker(subject: Subject) -> str:
    if subject.settings.get("class_weight") != "balanced":
        return ""
    name = type(subject.model).__name__
    return f"{name}(class_weight='balanced')" if name.startswith("Dask") else ""


def _continued(model: Any) -> str:
    fitted = hasattr(model, "__sklearn_is_fitted__") and model.__sklearn_is_fitted__()
    booster = model.booster_ if fitted else model
    return CONTINUED if hasattr(booster, "num_trees") and read(booster).unknown == CONTINUED else ""
