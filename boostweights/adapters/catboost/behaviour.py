"""What CatBoost makes of settings that weigh classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Subject, foreign_settings, setting_text
from boostweights.adapters.catboost.forms import OBJECTIVE_NAMES, OBJECTIVES, STOPPING
from boostweights.adapters.catboost.readback import WEIGHTING, read, weighs

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
