"""What XGBoost makes of settings that weigh classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.behaviour import (
    Behaviour,
    Floor,
    Subject,
    foreign_settings,
    metric_names,
    setting_text,
)
from boostweights.adapters.xgboost.readback import read

_NAME: Final = "scale_pos_weight"
_IGNORING: Final = (
    *("multi:softmax", "multi:softprob", "binary:hinge", "rank:pairwise", "rank:ndcg", "rank:map"),
    *("count:poisson", "survival:cox", "reg:absoluteerror", "reg:pseudohubererror"),
)
"""Objectives that take no notice of scale_pos_weight."""
_LOSSES: Final = ("logloss", "mlogloss", "error", "merror", "rmse", "mae")
"""Metrics that class weights contradict. Others rank rows, which weights hardly move, or are not known."""
_DEFAULT_METRIC: Final = {"binary:": "logloss", "multi:": "mlogloss", "reg:logistic": "rmse"}
_MOST_HESSIAN: Final = {"binary:logistic": 0.25, "reg:logistic": 0.25, "binary:logitraw": 0.25}
_MULTICLASS_HESSIAN: Final = 0.5  # 2 p (1 - p)


def describe(subject: Subject) -> Behaviour:
    """Return what XGBoost makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"objective": "multi:softmax", "scale_pos_weight": 2})).ignored
    {'scale_pos_weight=2': "objective='multi:softmax' takes no notice of it"}
    """
    settings = subject.settings
    ignored = _ignored(subject)
    weighs = _weighs(settings.get(_NAME)) and setting_text(_NAME, settings[_NAME]) not in ignored
    metrics, bound = _metrics(subject), settings.get("max_delta_step")
    stops = settings.get("early_stopping_rounds") is not None
    return Behaviour(
        weighing={_NAME: settings[_NAME]} if weighs else {},
        ignored=ignored,
        stops_on=metrics[-1:] if stops else (),
        evaluates_idly=not stops and not settings.get("callbacks"),
        misled=tuple(name for name in metrics if name.partition("@")[0] in _LOSSES),
        floor=_floor(subject),
        penalties=_penalties(settings),
        bounded=setting_text("max_delta_step", bound) if bound else "",
        inherited=_inherited(subject),
        continued=_continued(subject),
    )


def _weighs(value: Any) -> bool:
    return value is not None and float(value) != 1


def _ignored(subject: Subject) -> dict[str, str]:
    settings = subject.settings
    unknown = "XGBoost has no such parameter: it warns, and trains without"
    others = foreign_settings(settings, [_NAME], unknown)
    if not _weighs(settings.get(_NAME)):
        return others
    objective, spelled = settings.get("objective"), setting_text(_NAME, settings[_NAME])
    if callable(objective):
        return {spelled: "an objective of one's own does not see it", **others}
    if objective in _IGNORING:
        return {spelled: f"objective={objective!r} takes no notice of it", **others}
    return {spelled: subject.ignored_for_classes, **others} if subject.ignored_for_classes else others


def _objective(subject: Subject) -> Any:
    """The objective that is trained, where it can be known."""
    given = subject.settings.get("objective")
    if not subject.is_classifier or callable(given):
        return given
    return "multi:softprob" if subject.is_multiclass else given or "binary:logistic"


def _metrics(subject: Subject) -> tuple[str, ...]:
    given = subject.settings.get("eval_metric")
    if given is not None:
        return metric_names(given) or ()
    objective = _objective(subject)
    if not isinstance(objective, str):
        return ()
    return tuple(metric for start, metric in _DEFAULT_METRIC.items() if objective.startswith(start))


def _floor(subject: Subject) -> Floor | None:
    objective = _objective(subject)
    if not isinstance(objective, str):
        return None
    hessian = _MULTICLASS_HESSIAN if objective.startswith("multi:") else _MOST_HESSIAN.get(objective)
    if hessian is None or subject.settings.get("booster") == "gblinear":
        return None
    least = float(subject.settings.get("min_child_weight", 1))
    return Floor(name="min_child_weight", value=least, hessian=hessian)


def _penalties(settings: Mapping[str, Any]) -> dict[str, float]:
    """The penalties that are set, and lambda's default; gblinear multiplies them by the sum of weights."""
    if settings.get("booster") == "gblinear":
        return {}
    names = ("reg_lambda", "lambda", "reg_alpha", "alpha", "gamma", "min_split_loss")
    given = {name: float(settings[name]) for name in names if settings.get(name) is not None}
    if not given.keys() & {"reg_lambda", "lambda"}:
        given["reg_lambda"] = 1.0
    return {name: value for name, value in given.items() if value}


def _inherited(subject: Subject) -> str:
    """Training that goes on from a model keeps its scale_pos_weight, unless parameters say another."""
    settings = subject.settings
    ratio = float(settings.get(_NAME, 1.0))
    before = settings.get("xgb_model")
    if before is not None and _NAME not in settings and _NAME in (held := read(before).settings):
        return f"xgb_model holds {setting_text(_NAME, held[_NAME])}, the parameters none"
    if not _is_fitted(subject.model) or callable(settings.get("objective")):
        return ""
    reading = read(subject.model.get_booster())
    weight = float(reading.settings.get(_NAME, 1.0))
    if reading.unknown or "ignores" in reading.note or np.isclose(weight, ratio, rtol=1e-6):
        return ""
    trained, stated = setting_text(_NAME, weight), setting_text(_NAME, ratio)
    return f"the trained model holds {trained}, its parameters {stated}"


def _is_fitted(model: Any) -> bool:
    return hasattr(model, "get_booster") and bool(model.__sklearn_is_fitted__())


def _continued(subject: Subject) -> str:
    model, planned = subject.model, subject.settings.get("n_estimators")
    if planned is None or not _is_fitted(model):
        return ""
    rounds = model.get_booster().num_boosted_rounds()
    return f"{rounds} rounds where n_estimators={planned}" if rounds > planned else ""
