"""What XGBoost's settings and models say of class weights: what comes of them, and the policy."""

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import is_from
from boostweights.adapters.behaviour import (
    Behaviour,
    Floor,
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

_NAME: Final = "scale_pos_weight"
_ROWS: Final = "row weights leave no trace in a model, nor does a training that it continues"
_FLOAT32: Final = "scale_pos_weight is kept to float32's precision"
_UPDATED: Final = "process_type='update' changes the trees of another model"
_DEFAULT_OBJECTIVE: Final = "reg:squarederror"


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
    if isinstance(source, Mapping):
        return _configured(source)
    if isinstance(source, (str, PathLike)):
        return _booster(load(model_path(source)))
    if hasattr(source, "save_config") and is_from(source, "xgboost"):
        return _booster(source)
    if hasattr(source, "get_params") and is_from(source, "xgboost"):
        return _estimator(source)
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


def _configured(settings: Mapping[str, Any]) -> Reading:
    objective = settings.get("objective")
    weight = settings.get(_NAME)
    if settings.get("process_type", "default") != "default":
        return Reading(unknown=_UPDATED)
    if weight is None or float(weight) == 1:
        return Reading()
    if callable(objective):
        return Reading(unknown=f"a custom objective sees {_NAME} only if it asks for it")
    if objective is not None and objective not in OBJECTIVES:
        return Reading(note=f"objective={objective!r} ignores {_NAME}={weight}")
    number = float(parsed(weight)) if isinstance(weight, str) else float(weight)
    return Reading(settings={_NAME: number})


def _estimator(estimator: Any) -> Reading:
    if not estimator.__sklearn_is_fitted__():
        return _configured(estimator.get_params())
    settings = estimator.get_params()
    if settings.get("process_type", "default") != "default":
        return Reading(unknown=_UPDATED)
    if callable(settings["objective"]):
        return Reading(unknown="a custom objective weighs rows as it likes, and the model does not say how")
    booster = estimator.get_booster()
    rounds, planned = booster.num_boosted_rounds(), settings["n_estimators"]
    if planned is not None and rounds > planned:
        return Reading(
            unknown=f"the model has {rounds} rounds where n_estimators={planned}: it continues another, "
            "whose weighting it does not say"
        )
    return _booster(booster)


def _booster(booster: Any) -> Reading:
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
