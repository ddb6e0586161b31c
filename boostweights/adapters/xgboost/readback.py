"""The class weighting that XGBoost's settings and saved models tell of, back to a policy."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

import numpy as np

from boostweights.adapters.adapter import is_from
from boostweights.adapters.readback import Reading, model_path
from boostweights.adapters.saved import saved_parts
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
