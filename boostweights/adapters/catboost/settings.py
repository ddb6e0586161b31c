"""What CatBoost's settings and models say of class weights: what comes of them, and the policy."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any, Final

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Subject, foreign_settings, setting_text
from boostweights.adapters.catboost.forms import OBJECTIVE_NAMES, OBJECTIVES, STOPPING, named_labels
from boostweights.adapters.catboost.model import load
from boostweights.adapters.readback import Reading, model_path
from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import Label, scalar
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted

WEIGHTING: Final = ("class_weights", "scale_pos_weight", "auto_class_weights")
_AUTO: Final[Mapping[str, float]] = {"Balanced": 1.0, "SqrtBalanced": 0.5}
_UNIT: Final = (None, "None", 1, 1.0)


def read(source: Any) -> Reading:
    """Return what a source says of its class weights.

    Parameters
    ----------
    source : CatBoost estimator, mapping, path
        A configured or fitted estimator, a parameter dict, or a model saved as ``.cbm`` or ``.json``.

    Returns
    -------
    Reading
        Row weights leave no trace in a model. CatBoost stores class weights as float32, scale_pos_weight
        as the second of two class weights, and resolved automatic weights beside their name. A continued
        model shows only its last settings: it is unknown if it has more trees than its own iterations, the
        only trace of it.

    Raises
    ------
    InvalidTypeError
        If the source is none of these.
    InvalidValueError
        If the file is none that CatBoost loads.

    Examples
    --------
    >>> read({"class_weights": (1.0, 9.0)}).settings
    {'class_weights': (1.0, 9.0)}
    """
    if isinstance(source, Mapping):
        return _of_settings(source)
    if isinstance(source, (str, PathLike)):
        return _of_model(load(model_path(source)))
    if not hasattr(source, "get_all_params"):
        raise InvalidTypeError(
            "CatBoost weighting is read from an estimator, parameters, a model or its file",
            shown(source),
            "Pass CatBoostClassifier(…), a dict, or the path of a .cbm or .json file.",
        )
    return _of_model(source) if source.is_fitted() else _of_settings(source.get_params())


def policy_of(reading: Reading, classes: Sequence[Label] | None = None) -> Policy:
    """Return the policy that a reading stands for.

    Parameters
    ----------
    reading : Reading
        What `read` returned.
    classes : sequence of labels, default=None
        In sorted order; needed for weights by position where the model does not know its labels.

    Raises
    ------
    InvalidValueError
        If the weighting is unknown, or labels are needed and missing, or of another number.

    Examples
    --------
    >>> policy_of(read({"scale_pos_weight": 9.0}), classes=["bad", "good"])
    Explicit({'bad': 1.0, 'good': 9.0})
    >>> policy_of(read({"auto_class_weights": "SqrtBalanced"}))
    Balanced(power=0.5, scale='majority')
    """
    reading.check_known()
    settings = reading.settings
    if settings.get("auto_class_weights") in _AUTO:
        return Balanced(power=_AUTO[settings["auto_class_weights"]], scale="majority")
    weights = settings.get("class_weights")
    if isinstance(weights, Mapping):
        return Explicit(_with_labels(weights, classes))
    if "scale_pos_weight" in settings:
        weights = (1.0, settings["scale_pos_weight"])
    if weights is None:
        return Unweighted()
    labels = _ordered(settings, reading.labels(classes), len(weights))
    return Explicit(dict(zip(labels, map(float, weights), strict=True)))


def _of_settings(settings: Mapping[str, Any]) -> Reading:
    weighing = {name: settings[name] for name in WEIGHTING if weighs(settings.get(name))}
    if weighing and settings.get("class_names") is not None:
        weighing["class_names"] = list(settings["class_names"])
    objective = settings.get("loss_function", settings.get("objective"))
    if objective is not None and not isinstance(objective, str):
        return Reading(
            settings=weighing, unknown=f"a custom objective, {shown(objective)}, may weigh by itself"
        )
    return Reading(settings=weighing)


def weighs(value: Any) -> bool:
    """Return whether a setting is other than unset or a weight of 1 for all."""
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray)):
        return value not in _UNIT
    return any(weight != 1 for weight in value)


def _of_model(model: Any) -> Reading:
    if "params" not in model.get_metadata():
        return Reading(unknown="the model holds no parameters, as one that sum_models made")
    settings = model.get_all_params()
    labels = tuple(scalar(label) for label in model.classes_)
    classes = tuple(sorted(labels)) or None
    weighing = {name: settings[name] for name in WEIGHTING if weighs(settings.get(name))}
    unknown = _unknown(model, settings)
    if "class_weights" in weighing:
        weighing["class_weights"] = tuple(float(np.float32(weight)) for weight in weighing["class_weights"])
        if labels != classes:
            weighing["class_names"] = list(labels)
    note = "CatBoost stores class weights as float32, and no row weights" if weighing else ""
    return Reading(settings=weighing, classes=classes, note=note, unknown=unknown)


def _unknown(model: Any, settings: Mapping[str, Any]) -> str:
    objective = str(settings.get("loss_function", ""))
    if "UserDefined" in objective:
        return f"a custom objective, {objective}, may weigh by itself"
    if model.tree_count_ > settings["iterations"]:
        return (
            f"{model.tree_count_} trees for {settings['iterations']} iterations: training was continued, and "
            "only the last settings are stored"
        )
    return ""


def _ordered(settings: Mapping[str, Any], labels: tuple[Label, ...] | None, count: int) -> tuple[Label, ...]:
    """Labels in CatBoost's order: sorted, unless class_names say otherwise."""
    names = settings.get("class_names")
    if names is not None:
        labels = named_labels(names, labels or ())
    if labels is None:
        raise InvalidValueError(
            "weights by position need the labels", f"{count} weights, no classes", "Pass classes=, sorted."
        )
    if len(labels) != count:
        raise InvalidValueError(
            "there must be a weight for each label",
            f"{count} weights for {shown(list(labels))}",
            "Pass the classes that the model was trained on.",
        )
    return labels


def _with_labels(weights: Mapping[Any, float], classes: Sequence[Label] | None) -> dict[Label, float]:
    """Weights by label; CatBoost takes a label's text for the label."""
    labels = named_labels(weights, tuple(classes or ()))
    return dict(zip(labels, map(float, weights.values()), strict=True))


_RANKING: Final = ("AUC", "PRAUC", "NormalizedGini")
"""Metrics that compare rows with each other; weights of classes hardly move them."""
_LOSSES: Final = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "Accuracy", "ZeroOneLoss")
"""Metrics that class weights contradict where evaluation rows do not weigh."""


def describe(subject: Subject) -> Behaviour:
    """Return what CatBoost makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"auto_class_weights": "Balanced", "scale_pos_weight": 2.0})).refused
    ("scale_pos_weight=2.0 and auto_class_weights='Balanced' together are an error",)
    """
    settings = subject.settings
    weighing = {name: settings[name] for name in WEIGHTING if weighs(settings.get(name))}
    metric = _metric(settings)
    given = settings.get("class_weights")
    cloneable = subject.model is None or not isinstance(given, (list, dict, np.ndarray))
    return Behaviour(
        weighing=weighing,
        automatic=frozenset({"auto_class_weights"} & weighing.keys()),
        by_sums=True,
        refused=_refused(subject, weighing),
        ordered=given if isinstance(given, Mapping) and given else None,
        stops_on=(metric,) if metric and _stops(settings) else (),
        evaluates_idly=not _stops(settings),
        misled=(metric,) if metric and metric.partition(":")[0] in _LOSSES else (),
        evaluates_weighted=next((setting_text(name, weighing[name]) for name in weighing), ""),
        chosen_metric=_weighed_unasked(settings),
        continued=_continued(subject.model),
        uncloneable="" if cloneable else setting_text("class_weights", given),
    )


def _refused(subject: Subject, weighing: Mapping[str, Any]) -> tuple[str, ...]:
    settings = subject.settings
    others = foreign_settings(settings, WEIGHTING, "CatBoost knows no such parameter")
    refused = [f"{spelled}: {why}" for spelled, why in others.items()]
    both = [setting_text(name, value) for name, value in weighing.items()]
    if len(both) > 1:
        refused.append(f"{' and '.join(both)} together are an error")
    objective = _objective(settings)
    if weighing and isinstance(objective, str) and objective.partition(":")[0] not in OBJECTIVES:
        refused.append(f"{both[0]} with {objective}: only {', '.join(OBJECTIVES)} take class weights")
    elif "scale_pos_weight" in weighing and (subject.is_multiclass or objective in OBJECTIVES[1:]):
        refused.append(f"{both[0]} for more than two classes")
    weights: Any = weighing.get("class_weights")
    unnamed = settings.get("class_names") is None and not settings.get("classes_count")
    by_position = isinstance(weights, (list, tuple, np.ndarray)) and unnamed  # the labels alone say how many
    if by_position and subject.labels and len(weights) != len(subject.labels):
        refused.append(f"{len(weights)} class_weights for {len(subject.labels)} classes")
    return tuple(refused)


def _objective(settings: Mapping[str, Any]) -> Any:
    """The loss; one's own, an object, is handed class weights as row weights."""
    return next((settings[name] for name in OBJECTIVE_NAMES if settings.get(name) is not None), "Logloss")


def _metric(settings: Mapping[str, Any]) -> str:
    """The metric of evaluation sets; nothing where it is one's own."""
    given = settings.get("eval_metric", _objective(settings))
    return given if isinstance(given, str) else ""


def _stops(settings: Mapping[str, Any]) -> bool:
    """The best iteration on the evaluation set is kept unless that is switched off."""
    return settings.get("use_best_model") is not False or any(settings.get(name) for name in STOPPING)


def _weighed_unasked(settings: Mapping[str, Any]) -> str:
    given = settings.get("eval_metric")
    if not isinstance(given, str) or "use_weights" in given or given.partition(":")[0] in _RANKING:
        return ""
    return "" if given == _objective(settings) else given


def _continued(model: Any) -> str:
    if not hasattr(model, "is_fitted") or not model.is_fitted():
        return ""
    unknown = read(model).unknown
    return unknown if "continued" in unknown else ""
