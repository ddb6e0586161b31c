"""What XGBoost's settings and models say of class weights: what comes of them, and the policy."""

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from boostweights.adapters.adapter import is_from
from boostweights.adapters.behaviour import (
    Behaviour,
    Floor,
    Params,
    Subject,
    foreign_settings,
    metric_names,
    setting_text,
)
from boostweights.adapters.readback import Reading, model_path, saved_parts
from boostweights.adapters.xgboost.document import learner_of
from boostweights.adapters.xgboost.forms import OBJECTIVES
from boostweights.adapters.xgboost.model import load
from boostweights.adapters.xgboost.numbers import parsed
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit, Unweighted

_NAME = "scale_pos_weight"
_UNIT = (None, 1, "1", "1.0")
_ROWS = "row weights leave no trace in a model, nor does a training that it continues"
_FLOAT32 = "scale_pos_weight is kept to float32's precision"
_DEFAULT_OBJECTIVE = "reg:squarederror"


def read(source: Any) -> Reading:
    """Return what a source says of its class weighting.

    Parameters
    ----------
    source : estimator, dict, Booster or path
        A configured or fitted estimator, a parameter dict, a Booster, or a model file (UBJ or JSON).

    Returns
    -------
    Reading

    Raises
    ------
    InvalidTypeError
        If the source is none of these.

    Examples
    --------
    >>> read({"scale_pos_weight": 9.0, "max_depth": 3}).settings
    {'scale_pos_weight': 9.0}
    >>> read({"scale_pos_weight": 9.0, "objective": lambda predt, data: (predt, predt)}).unknown
    'a custom objective sees scale_pos_weight only if it asks for it'
    """
    if isinstance(source, (str, PathLike)):
        source = load(model_path(source))
    if isinstance(source, Mapping):
        return _of_settings(source)
    if is_from(source, "xgboost") and hasattr(source, "save_config"):
        return _of_booster(source)
    if is_from(source, "xgboost") and hasattr(source, "get_params"):
        settings = source.get_params()
        if not _is_fitted(source) or settings.get("process_type", "default") != "default":
            return _of_settings(settings)
        if callable(settings["objective"]):
            unknown = "a custom objective weighs rows as it likes, and the model does not say how"
            return Reading(unknown=unknown)
        if continued := _continued(source, settings):
            unknown = f"the model has {continued}: it continues another, whose weighting is not known"
            return Reading(unknown=unknown)
        return _of_booster(source.get_booster())
    raise InvalidTypeError(
        "a source is an xgboost estimator, a dict of parameters, a Booster or a model file",
        type(source).__name__,
        "Pass one of these.",
    )


def get_params(model: Any, *, deep: bool = True) -> dict[str, Any]:
    """Return the parameters that an estimator or Booster states, those that are unset left out.

    Examples
    --------
    >>> from xgboost import XGBClassifier
    >>> get_params(XGBClassifier(scale_pos_weight=9))["scale_pos_weight"]
    9
    """
    if hasattr(model, "get_params"):
        return {name: value for name, value in model.get_params(deep=deep).items() if value is not None}
    with saved_parts("xgboost"):
        objective = learner_of(model)["objective"]["name"]
    return {"objective": objective, **read(model).settings}


def class_weighting(params: Params) -> dict[str, Any]:
    """Return ``scale_pos_weight`` if it weighs."""
    return {} if params.get(_NAME) in _UNIT else {_NAME: params[_NAME]}


def policy_of(reading: Reading, classes: Sequence[Label] | None = None) -> Policy:
    """Return the policy that a reading stands for.

    Parameters
    ----------
    reading : Reading
        From `read`.
    classes : sequence of two labels, default=None
        In sorted order: the last is the one that ``scale_pos_weight`` weighs. By default the reading's own.

    Returns
    -------
    Policy

    Raises
    ------
    InvalidValueError
        If the weighting is not known, or there are not two classes.

    Examples
    --------
    >>> policy_of(read({"scale_pos_weight": 9.0}), ("bad", "good"))
    Explicit({'bad': 1.0, 'good': 9.0})
    """
    reading.check_known()
    if not reading.settings:
        return Unweighted()
    labels = reading.labels(classes)
    if labels is None or len(labels) != 2:
        raise InvalidValueError(
            "scale_pos_weight speaks of two classes", shown(labels), "Pass classes=(negative, positive)."
        )
    weight = reading.settings[_NAME]
    # a model, which knows its classes, keeps what was read; a parameter is read anew
    missed = reading.classes is None and parsed(str(weight)) != np.float32(weight)
    return Explicit({labels[0]: 1.0, labels[1]: weight}, exact=True if missed else None)


def _of_settings(settings: Params) -> Reading:
    objective = settings.get("objective")
    weight = settings.get(_NAME)
    if settings.get("process_type", "default") != "default":
        return Reading(unknown="process_type='update' changes the trees of another model")
    if weight in _UNIT:
        return Reading()
    if callable(objective):
        return Reading(unknown=f"a custom objective sees {_NAME} only if it asks for it")
    if objective is not None and objective not in OBJECTIVES:
        return Reading(note=f"objective={objective!r} ignores {_NAME}={weight}")
    number = float(parsed(weight)) if isinstance(weight, str) else float(weight)
    return Reading(settings={_NAME: number})


def _of_booster(booster: Any) -> Reading:
    with saved_parts("xgboost"):
        objective = learner_of(booster)["objective"]
        name = objective["name"]
        if name == _DEFAULT_OBJECTIVE:
            return Reading(unknown=f"{name} is also what a custom objective leaves behind")
        if name not in OBJECTIVES:
            return Reading(note=f"objective={name!r} ignores {_NAME}; {_ROWS}")
        weight = float(objective["reg_loss_param"][_NAME])
    if math.isclose(weight, 1.0):
        return Reading(classes=(0, 1), note=_ROWS)
    return Reading(settings={_NAME: weight}, classes=(0, 1), note=f"{_FLOAT32}; {_ROWS}")


_IGNORING = (
    *("multi:softmax", "multi:softprob", "binary:hinge", "rank:pairwise", "rank:ndcg", "rank:map"),
    *("count:poisson", "survival:cox", "reg:absoluteerror", "reg:pseudohubererror"),
)
"""Objectives that take no notice of scale_pos_weight."""
_LOSSES = ("logloss", "mlogloss", "error", "merror", "rmse", "mae")
"""Metrics that class weights contradict. Others rank rows, which weights hardly move, or are not known."""
_DEFAULT_METRIC = {"binary:": "logloss", "multi:": "mlogloss", "reg:logistic": "rmse"}
_PENALTIES = ("reg_lambda", "lambda", "reg_alpha", "alpha", "gamma", "min_split_loss")
_MOST_HESSIAN = {"binary:logistic": 0.25, "reg:logistic": 0.25, "binary:logitraw": 0.25}
_MULTICLASS_HESSIAN = 0.5  # 2 p (1 - p)


def describe(subject: Subject) -> Behaviour:
    """Return what XGBoost makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"objective": "multi:softmax", "scale_pos_weight": 2})).ignored
    {'scale_pos_weight=2': "objective='multi:softmax' takes no notice of it"}
    """
    settings, model = subject.settings, subject.model
    objective = settings.get("objective")
    if subject.is_classifier and not callable(objective):
        objective = "multi:softprob" if subject.is_multiclass else objective or "binary:logistic"
    name = objective if isinstance(objective, str) else ""
    metrics = tuple(metric for start, metric in _DEFAULT_METRIC.items() if name.startswith(start))
    if settings.get("eval_metric") is not None:
        metrics = metric_names(settings["eval_metric"]) or ()
    stops, bound = settings.get("early_stopping_rounds") is not None, settings.get("max_delta_step")
    linear = settings.get("booster") == "gblinear"  # multiplies its penalties by the sum of weights
    hessian = _MULTICLASS_HESSIAN if name.startswith("multi:") else _MOST_HESSIAN.get(name)
    floor = None
    if hessian is not None and not linear:
        least = float(settings.get("min_child_weight", 1))
        floor = Floor(name="min_child_weight", value=least, hessian=hessian)
    penalties = {name: float(settings[name]) for name in _PENALTIES if settings.get(name) is not None}
    if not penalties.keys() & {"reg_lambda", "lambda"}:
        penalties["reg_lambda"] = 1.0
    unknown = "XGBoost has no such parameter: it warns, and trains without"
    ignored = foreign_settings(settings, [_NAME], unknown)
    why = subject.ignored_for_classes
    if callable(settings.get("objective")):
        why = "an objective of one's own does not see it"
    elif settings.get("objective") in _IGNORING:
        why = f"objective={settings['objective']!r} takes no notice of it"
    weighing = class_weighting(settings)
    if why and weighing:
        ignored, weighing = {setting_text(_NAME, weighing[_NAME]): why, **ignored}, {}
    return Behaviour(
        weighing=weighing,
        ignored=ignored,
        stops_on=metrics[-1:] if stops else (),
        evaluates_idly=not stops and not settings.get("callbacks"),
        misled=tuple(metric for metric in metrics if metric.partition("@")[0] in _LOSSES),
        floor=floor,
        penalties={} if linear else {name: value for name, value in penalties.items() if value},
        bounded=setting_text("max_delta_step", bound) if bound else "",
        inherited=_inherited(subject),
        continued=_continued(model, settings) if _is_fitted(model) else "",
    )


def _inherited(subject: Subject) -> str:
    """Training that goes on from a model keeps its scale_pos_weight, unless parameters specify another."""
    settings = subject.settings
    ratio = float(settings.get(_NAME, 1.0))
    before = settings.get("xgb_model")
    if before is not None and _NAME not in settings and _NAME in (stored := read(before).settings):
        return f"xgb_model holds {setting_text(_NAME, stored[_NAME])}, the parameters none"
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


def _continued(model: Any, settings: Params) -> str:
    """Return what shows that a fitted model continues another one; or nothing."""
    rounds, planned = model.get_booster().num_boosted_rounds(), settings.get("n_estimators")
    return f"{rounds} rounds where n_estimators={planned}" if planned and rounds > planned else ""
