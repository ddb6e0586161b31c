"""What LightGBM's settings and models say of class weights: what comes of them, and the policy."""

import inspect
import os
from collections.abc import Mapping, Sequence
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
from boostweights.adapters.lightgbm.model import load
from boostweights.adapters.lightgbm.parameters import (
    ONE_VS_ALL,
    WEIGHTING,
    class_weighting,
    is_custom,
    is_true,
    name_of,
    spelled,
    value_of,
)
from boostweights.adapters.readback import Reading, model_path
from boostweights.errors import IgnoredParameterError, InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted

_NO_TRACE: Final = "row weights leave no trace in a LightGBM model"
_SIX_DIGITS: Final = "a model file keeps six digits of scale_pos_weight, and no class_weight"
CONTINUED: Final = "the model continues another one (init_model), whose weighting may have been another"


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
        booster = load(model_path(source))
        return _of_booster(booster, params_of(booster))
    if isinstance(source, Mapping):
        return _of_params(source)
    if hasattr(source, "get_params"):
        return _of_estimator(source)
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
    labels = reading.labels(classes)
    settings = reading.settings
    by_label = [name for name in settings if name != "class_weight"]
    if by_label and labels is not None and len(labels) != 2:
        raise IgnoredParameterError(
            f"{by_label[0]} weighs two classes; with more it is ignored", shown(labels), "Use class_weight."
        )
    if "class_weight" in settings:
        return _of_class_weight(settings["class_weight"], settings.get("scale_pos_weight"), by_label, labels)
    if "is_unbalance" in settings:
        return Balanced(scale="majority")
    if "scale_pos_weight" in settings:
        ratio = settings["scale_pos_weight"]
        stored = spelled(float(np.float32(ratio))) == ratio
        return Explicit(_positive_over_negative(ratio, labels), exact=None if stored else True)
    return Unweighted()


def _of_class_weight(
    class_weight: Any, ratio: float | None, by_label: list[str], labels: tuple[Label, ...] | None
) -> Policy:
    """The policy of ``class_weight``, times ``scale_pos_weight`` where that is set as well."""
    if not by_label and class_weight == "balanced":
        return Balanced()
    if not isinstance(class_weight, Mapping) or "is_unbalance" in by_label:
        raise InvalidValueError(
            "settings that multiply must be numbers to become one policy",
            f"class_weight={shown(class_weight)} and {', '.join(by_label) or 'nothing else'}",
            "Keep one of them.",
        )
    weights = {label: class_weight.get(label, 1.0) for label in labels or class_weight}
    if ratio is None:
        stored = all(float(np.float32(weight)) == weight for weight in weights.values())
        return Explicit(weights, exact=None if stored else True)
    factors = _positive_over_negative(ratio, labels)
    return Explicit({label: factors[label] * weights[label] for label in factors})


def _positive_over_negative(ratio: float, labels: tuple[Label, ...] | None) -> dict[Label, float]:
    if labels is None:
        raise InvalidValueError(
            "scale_pos_weight names no label", "no classes", "Pass classes=(negative, positive)."
        )
    return {labels[0]: 1.0, labels[1]: ratio}


def _of_params(
    params: Mapping[str, Any], classes: tuple[Label, ...] | None = None, note: str = ""
) -> Reading:
    objective = value_of(params, "objective", None)
    if is_custom(objective) or callable(params.get("fobj")):
        return Reading(classes=classes, unknown="a custom objective weighs rows as it likes")
    if objective is None and classes is not None and len(classes) > 2:
        objective = "multiclass"
    settings = _weighing(params)
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


def _weighing(params: Mapping[str, Any]) -> dict[str, Any]:
    settings = class_weighting(params)
    if settings.pop(name_of(params, "is_unbalance"), False):
        settings["is_unbalance"] = True
    if "scale_pos_weight" in settings:
        settings["scale_pos_weight"] = float(settings["scale_pos_weight"])
    return settings


def _of_estimator(estimator: Any) -> Reading:
    params = estimator.get_params()
    per_worker = type(estimator).__name__.startswith("Dask") and params.get("class_weight") == "balanced"
    if per_worker:
        return Reading(unknown="class_weight='balanced' is of each Dask worker's own rows")
    if not estimator.__sklearn_is_fitted__():
        return _of_params(params)
    classes = tuple(estimator.classes_.tolist()) if hasattr(estimator, "classes_") else None
    return _of_booster(estimator.booster_, params, classes)


def _of_booster(booster: Any, params: Mapping[str, Any], classes: tuple[Label, ...] | None = None) -> Reading:
    iterations = int(value_of(params_of(booster), "num_iterations", 0))
    if iterations and booster.num_trees() > iterations * booster.num_model_per_iteration():
        return Reading(classes=classes, unknown=CONTINUED)
    in_memory = getattr(booster, "train_set", None) is not None or "class_weight" in params
    loaded = not in_memory and "scale_pos_weight" in params
    note = f"{_NO_TRACE}; {_SIX_DIGITS}" if loaded else _NO_TRACE
    return _of_params(params, classes, note)


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
