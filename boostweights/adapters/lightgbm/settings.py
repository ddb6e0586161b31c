"""What LightGBM's settings and models say of class weights: what comes of them, and the policy."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from boostweights.adapters import behaviour
from boostweights.adapters.behaviour import Behaviour, Floor, Params, Subject, setting_text
from boostweights.adapters.lightgbm import parameters
from boostweights.adapters.lightgbm.model import load
from boostweights.adapters.lightgbm.parameters import ONE_VS_ALL, is_custom, is_true, name_of, value_of
from boostweights.adapters.readback import Reading, model_path
from boostweights.errors import IgnoredParameterError, InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted

_NO_TRACE = "row weights leave no trace in a LightGBM model"
_SIX_DIGITS = "a model file keeps six digits of scale_pos_weight, and no class_weight"
CONTINUED = "the model continues another one (init_model), whose weighting may have been another"


def read(source: Any) -> Reading:
    """Return what a source says of its class weighting, by LightGBM's own names.

    Parameters
    ----------
    source : estimator, dict, Booster or path
        A configured or fitted estimator, parameters, a Booster, or a model file (text).

    Returns
    -------
    Reading
        A continued model is known by more than ``num_iterations`` trees: not where it stopped early.

    Raises
    ------
    InvalidValueError
        If a path leads to no LightGBM model.

    Examples
    --------
    >>> read({"unbalance": True, "objective": "binary"}).settings
    {'is_unbalance': True}
    >>> read({"scale_pos_weight": 9.0, "objective": "multiclass"}).note
    "objective='multiclass' ignores scale_pos_weight=9.0"
    >>> read({"objective": lambda y, score: (score - y, 1.0)}).unknown
    'a custom objective weighs rows as it likes'
    """
    if isinstance(source, (str, os.PathLike)):
        source = load(model_path(source))
    if isinstance(source, Mapping):
        return _of_params(source)
    if hasattr(source, "get_params"):
        params = source.get_params()
        if type(source).__name__.startswith("Dask") and params.get("class_weight") == "balanced":
            return Reading(unknown="class_weight='balanced' is of each Dask worker's own rows")
        if not source.__sklearn_is_fitted__():
            return _of_params(params)
        classes = tuple(source.classes_.tolist()) if hasattr(source, "classes_") else None
        return _of_booster(source.booster_, params, classes)
    if hasattr(source, "model_to_string"):
        return _of_booster(source, params_of(source))
    raise InvalidTypeError(
        "weighting is read from an estimator, parameters, a Booster or a model file",
        shown(source),
        "Pass one of these.",
    )


def params_of(booster: Any) -> dict[str, Any]:
    """Return the parameters of a Booster; old LightGBM leaves them out of a model that is read from text."""
    if booster.params or getattr(booster, "train_set", None) is not None:
        return dict(booster.params)
    return dict(booster._get_loaded_param())


def get_params(model: Any, *, deep: bool = True) -> dict[str, Any]:
    """Return the parameters that an estimator or Booster states, those that are unset left out.

    Examples
    --------
    >>> from lightgbm import LGBMClassifier
    >>> get_params(LGBMClassifier(is_unbalance=True))["is_unbalance"]
    True
    """
    params = model.get_params(deep=deep) if hasattr(model, "get_params") else params_of(model)
    return {name: value for name, value in params.items() if value is not None}


def policy_of(reading: Reading, classes: Sequence[Label] | None) -> Policy:
    """Return the policy that a reading's settings stand for.

    Parameters
    ----------
    reading : Reading
        Of `read`.
    classes : sequence of labels or None
        In sorted order; needed for ``scale_pos_weight``, which names no label.

    Raises
    ------
    InvalidValueError
        If the weighting is not known, or labels are needed and not given, or settings multiply to no policy.

    Examples
    --------
    >>> policy_of(read({"scale_pos_weight": 9.0}), ("bad", "good"))
    Explicit({'bad': 1.0, 'good': 9.0})
    >>> policy_of(read({"is_unbalance": True}), None)
    Balanced(scale='majority')
    """
    reading.check_known()
    labels, settings = reading.labels(classes), reading.settings
    class_weight, ratio = settings.get("class_weight"), settings.get("scale_pos_weight")
    by_label = [name for name in settings if name != "class_weight"]
    if by_label and labels is not None and len(labels) != 2:
        raise IgnoredParameterError(
            f"{by_label[0]} weighs two classes; with more it is ignored", shown(labels), "Use class_weight."
        )
    if not settings:
        return Unweighted()
    if settings == {"class_weight": "balanced"}:
        return Balanced()
    if settings == {"is_unbalance": True}:
        return Balanced(scale="majority")
    if "is_unbalance" in settings or not isinstance(class_weight or {}, Mapping):
        raise InvalidValueError(
            "settings that multiply must be numbers to become one policy",
            f"class_weight={shown(class_weight)} and {', '.join(by_label) or 'nothing else'}",
            "Keep one of them.",
        )
    if ratio is not None and labels is None:
        raise InvalidValueError(
            "scale_pos_weight names no label", "no classes", "Pass classes=(negative, positive)."
        )
    of_labels = class_weight or {}
    weights = {label: of_labels.get(label, 1.0) for label in labels or of_labels}
    if class_weight is None:
        exact = parameters.spelled(float(np.float32(ratio))) != ratio
    else:
        exact = ratio is None and any(float(np.float32(weight)) != weight for weight in weights.values())
    if ratio is not None and labels is not None:
        weights[labels[1]] *= ratio
    return Explicit(weights, exact=True if exact else None)


def _of_params(params: Params, classes: tuple[Label, ...] | None = None, note: str = "") -> Reading:
    objective = value_of(params, "objective", None)
    if is_custom(objective) or callable(params.get("fobj")):
        return Reading(classes=classes, unknown="a custom objective weighs rows as it likes")
    if objective is None and classes is not None and len(classes) > 2:
        objective = "multiclass"
    settings = parameters.class_weighting(params)
    if settings.pop(name_of(params, "is_unbalance"), False):
        settings["is_unbalance"] = True
    if "scale_pos_weight" in settings:
        settings["scale_pos_weight"] = float(settings["scale_pos_weight"])
    by_label = {name: value for name, value in settings.items() if name != "class_weight"}
    texts = ", ".join(f"{name}={value!r}" for name, value in by_label.items())
    if len(by_label) > 1:
        return Reading(classes=classes, unknown=f"LightGBM refuses {texts} together")
    if by_label and objective in ONE_VS_ALL:
        return Reading(classes=classes, unknown=f"{texts} weighs up the own class of each one-vs-all model")
    if by_label and objective not in (None, "binary"):
        settings = {name: value for name, value in settings.items() if name not in by_label}
        note = "; ".join(filter(None, [f"objective={objective!r} ignores {texts}", note]))
    return Reading(settings=settings, classes=classes, note=note)


def _of_booster(booster: Any, params: Params, classes: tuple[Label, ...] | None = None) -> Reading:
    iterations = int(value_of(params_of(booster), "num_iterations", 0))
    if iterations and booster.num_trees() > iterations * booster.num_model_per_iteration():
        return Reading(classes=classes, unknown=CONTINUED)
    in_memory = getattr(booster, "train_set", None) is not None or "class_weight" in params
    loaded = not in_memory and "scale_pos_weight" in params
    return _of_params(params, classes, f"{_NO_TRACE}; {_SIX_DIGITS}" if loaded else _NO_TRACE)


_LOSSES = (
    *("binary_logloss", "binary", "binary_error", "multi_logloss", "multi_error", "multiclass", "softmax"),
    *("multiclassova", "multiclass_ova", "ova", "ovr", "cross_entropy", "xentropy"),
    *("l2", "mse", "rmse", "l1"),
)
"""Metrics that class weights contradict. Others rank rows, which weights hardly move, or are not known."""
_SILENT = ("none", "null", "na", "custom")
_MULTICLASS = ("multiclass", "softmax", *ONE_VS_ALL)
_DEFAULT_METRIC: Mapping[str, tuple[str, ...]] = {
    "binary": ("binary_logloss",),
    **dict.fromkeys(_MULTICLASS, ("multi_logloss",)),
}


def describe(subject: Subject) -> Behaviour:
    """Return what LightGBM makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"objective": "binary", "unbalance": True, "scale_pos_weight": 9})).refused
    ('unbalance=True and scale_pos_weight=9 together are an error',)
    """
    settings = subject.settings
    objective = value_of(settings, "objective", None)
    if objective is None and subject.is_classifier:
        objective = "multiclass" if subject.is_multiclass else "binary"
    metrics = _DEFAULT_METRIC.get(objective, ()) if isinstance(objective, str) else ()
    if given := value_of(settings, "metric", None):
        metrics = tuple(name for name in behaviour.metric_names(given) or () if name.lower() not in _SILENT)
    stops_on: tuple[str, ...] = ()
    if stops := int(value_of(settings, "early_stopping_round", 0)) > 0:
        stops_on = metrics[:1] if is_true(settings.get("first_metric_only")) else metrics
    penalties = {
        name_of(settings, name): float(value_of(settings, name, 0.0))
        for name in ("lambda_l1", "lambda_l2", "min_gain_to_split")
    }
    bound, hessian = name_of(settings, "max_delta_step"), name_of(settings, "min_sum_hessian_in_leaf")
    of_binary = Floor(
        name=hessian,
        value=float(settings.get(hessian, 1e-3)),
        hessian=float(settings.get("sigmoid", 1.0)) ** 2 / 4,
    )
    # rows of a leaf are guessed by its share of the hessian, which at the start is that of the weights
    least_rows = name_of(settings, "min_data_in_leaf")
    fitted = hasattr(subject.model, "__sklearn_is_fitted__") and subject.model.__sklearn_is_fitted__()
    booster = subject.model.booster_ if fitted else subject.model
    continued = hasattr(booster, "num_trees") and read(booster).unknown == CONTINUED
    return Behaviour(
        **_weighting(subject),
        stops_on=stops_on,
        misled=tuple(name for name in metrics if name in _LOSSES),
        evaluates_idly=not stops and not settings.get("callbacks"),
        floor=of_binary if objective == "binary" else None,
        least_rows={} if is_custom(objective) else {least_rows: int(settings.get(least_rows, 20))},
        penalties={name: value for name, value in penalties.items() if value},
        bounded=setting_text(bound, settings[bound]) if settings.get(bound) else "",
        continued=CONTINUED if continued else "",
    )


def _weighting(subject: Subject) -> dict[str, Any]:
    """Return what becomes of parameters that weigh classes, by the names of `Behaviour`'s fields."""
    settings, model = subject.settings, type(subject.model).__name__
    objective = value_of(settings, "objective", None)
    ignored = behaviour.foreign_settings(
        settings, parameters.WEIGHTING, "LightGBM has no such parameter: it warns, and trains without"
    )
    why_labels = why_rows = ""  # of weights of labels, and of class_weight, which becomes row weights
    if is_custom(objective):
        why_labels = "an objective of one's own does not see it"
    elif objective is None:
        why_labels = subject.ignored_for_classes
    elif objective != "binary" and objective not in ONE_VS_ALL:
        why_labels = f"objective={objective!r} takes no notice of it"
    if not hasattr(subject.model, "get_params"):
        why_rows = "lightgbm.train does not know class_weight: LGBMClassifier alone turns it into row weights"
    elif parameters.ignores_weights(objective):
        why_rows = "an objective of (labels, scores) does not see weights"
    weighing, of_labels = {}, {}
    for name, value in parameters.class_weighting(settings).items():
        text, why = setting_text(name, value), why_rows if name == "class_weight" else why_labels
        if why:
            ignored[text] = why
        else:
            weighing[name] = value
            if name != "class_weight":
                of_labels[name] = text
    both = " and ".join(sorted(of_labels.values(), key=lambda text: text.startswith("scale_pos_weight")))
    averages = is_true(settings.get("boost_from_average", True))
    per_worker = settings.get("class_weight") == "balanced" and model.startswith("Dask")
    return {
        "weighing": weighing,
        "automatic": frozenset(
            name
            for name, value in weighing.items()
            if name != "scale_pos_weight" and not isinstance(value, Mapping)
        ),
        "ignored": ignored,
        "refused": (f"{both} together are an error",) if len(of_labels) == 2 else (),
        # row weights, and so class_weight, count in the average of the labels; weights of labels do not
        "starts_unweighted": both if averages and len(weighing) == len(of_labels) == 1 else "",
        "per_worker": f"{model}(class_weight='balanced')" if per_worker else "",
    }
