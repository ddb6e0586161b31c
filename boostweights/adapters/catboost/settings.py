"""What CatBoost's settings and models say of class weights: what comes of them, and the policy."""

from collections.abc import Mapping, Sequence
from os import PathLike
from typing import Any

import numpy as np

from boostweights.adapters.behaviour import Behaviour, Params, Subject, foreign_settings, setting_text
from boostweights.adapters.catboost.forms import OBJECTIVES, STOPPING, named_labels, objective_of
from boostweights.adapters.catboost.model import load
from boostweights.adapters.readback import Reading, model_path
from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, shown
from boostweights.weighting.labels.rules import Label, scalar
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Balanced, Explicit, Unweighted

WEIGHTING = ("class_weights", "scale_pos_weight", "auto_class_weights")
_AUTO: Mapping[str, float] = {"Balanced": 1.0, "SqrtBalanced": 0.5}
_UNIT = (None, "None", 1, 1.0)
_CONTINUED = "training was continued, and only the last settings are stored"


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
    if isinstance(source, (str, PathLike)):
        return _of_model(load(model_path(source)))
    settings = source
    if not isinstance(source, Mapping):
        rule = "CatBoost weighting is read from an estimator, parameters, a model or its file"
        remedy = "Pass CatBoostClassifier(…), a dict, or the path of a .cbm or .json file."
        check_that(hasattr(source, "get_all_params"), rule, source, remedy, InvalidTypeError)
        if source.is_fitted():
            return _of_model(source)
        settings = source.get_params()
    weighting = weighting_in(settings)
    if weighting and settings.get("class_names") is not None:
        weighting["class_names"] = list(settings["class_names"])
    objective = objective_of(settings)
    unknown = f"a custom objective, {shown(objective)}, may weigh by itself"
    return Reading(settings=weighting, unknown="" if isinstance(objective, str) else unknown)


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
    if isinstance(weights, Mapping):  # CatBoost takes the text of a label for the label
        labels = named_labels(weights, tuple(classes or ()))
        return Explicit(dict(zip(labels, map(float, weights.values()), strict=True)))
    if "scale_pos_weight" in settings:
        weights = (1.0, settings["scale_pos_weight"])
    if weights is None:
        return Unweighted()
    ordered, names = reading.labels(classes), settings.get("class_names")
    if names is not None:  # otherwise CatBoost sorts the labels
        ordered = named_labels(names, ordered or ())
    count = f"{len(weights)} weights"
    if ordered is None:
        rule = "weights by position need the labels"
        raise InvalidValueError(rule, f"{count}, no classes", "Pass classes=, sorted.")
    rule, seen = "there must be a weight for each label", f"{count} for {shown(list(ordered))}"
    check_that(len(ordered) == len(weights), rule, seen, "Pass the classes that the model was trained on.")
    return Explicit(dict(zip(ordered, map(float, weights), strict=True)))


def class_weighting(params: Params) -> dict[str, Any]:
    """Return the parameters that weight classes, and a dict of ones as well, since it orders them."""
    ordered = params.get("class_weights")
    ones = {"class_weights": ordered} if isinstance(ordered, Mapping) and ordered else {}
    return ones | weighting_in(params)


def weighting_in(settings: Params) -> dict[str, Any]:
    """Return the parameters that weight classes and do not weight all of them by 1."""
    weighting = {}
    for name in WEIGHTING:
        value = settings.get(name)
        weights = list(value.values()) if isinstance(value, Mapping) else value
        if isinstance(weights, str) or not isinstance(weights, (Sequence, np.ndarray)):
            weights = [1 if weights in _UNIT else weights]
        if any(weight != 1 for weight in weights):
            weighting[name] = value
    return weighting


def _of_model(model: Any) -> Reading:
    if "params" not in model.get_metadata():
        return Reading(unknown="the model holds no parameters, as one that sum_models made")
    settings = model.get_all_params()
    labels = tuple(map(scalar, model.classes_))
    classes = tuple(sorted(labels)) or None
    weighting = weighting_in(settings)
    objective, unknown = str(settings.get("loss_function", "")), ""
    if "UserDefined" in objective:
        unknown = f"a custom objective, {objective}, may weigh by itself"
    elif model.tree_count_ > settings["iterations"]:
        unknown = f"{model.tree_count_} trees for {settings['iterations']} iterations: {_CONTINUED}"
    if "class_weights" in weighting:
        weighting["class_weights"] = tuple(float(np.float32(weight)) for weight in weighting["class_weights"])
        if labels != classes:
            weighting["class_names"] = list(labels)
    note = "CatBoost stores class weights as float32, and no row weights" if weighting else ""
    return Reading(settings=weighting, classes=classes, note=note, unknown=unknown)


_RANKING = ("AUC", "PRAUC", "NormalizedGini")
"""Metrics that compare rows with each other; weights of classes hardly move them."""
_LOSSES = ("Logloss", "CrossEntropy", "MultiClass", "MultiClassOneVsAll", "Accuracy", "ZeroOneLoss")
"""Metrics that class weights contradict where evaluation rows do not weigh."""


def describe(subject: Subject) -> Behaviour:
    """Return what CatBoost makes of a model's settings.

    Examples
    --------
    >>> describe(Subject(settings={"auto_class_weights": "Balanced", "scale_pos_weight": 2.0})).refused
    ("scale_pos_weight=2.0 and auto_class_weights='Balanced' together are an error",)
    """
    settings, model = subject.settings, subject.model
    weighting, class_weights = weighting_in(settings), settings.get("class_weights")
    texts = [setting_text(name, value) for name, value in weighting.items()]
    objective = objective_of(settings)
    metric = settings.get("eval_metric", objective)  # of evaluation sets; it may be an object of the user's
    named = isinstance(metric, str)
    base = metric.partition(":")[0] if named else ""
    chosen = named and "eval_metric" in settings and metric != objective and base not in _RANKING
    # the best iteration on the evaluation set is kept unless that is switched off
    stops = settings.get("use_best_model") is not False or any(settings.get(name) for name in STOPPING)
    fitted = hasattr(model, "is_fitted") and model.is_fitted()
    continued = read(model).unknown if fitted else ""
    uncloneable = model is not None and isinstance(class_weights, (list, dict, np.ndarray))
    return Behaviour(
        weighing=weighting,
        automatic=frozenset({"auto_class_weights"} & weighting.keys()),
        by_sums=True,
        refused=_refused(subject, weighting, texts, objective),
        ordered=class_weights if isinstance(class_weights, Mapping) and class_weights else None,
        stops_on=(metric,) if named and metric and stops else (),
        evaluates_idly=not stops,
        misled=(metric,) if base in _LOSSES else (),
        evaluates_weighted=texts[0] if texts else "",
        chosen_metric=metric if chosen and "use_weights" not in metric else "",
        continued=continued if _CONTINUED in continued else "",
        uncloneable=setting_text("class_weights", class_weights) if uncloneable else "",
    )


def _refused(subject: Subject, weighting: Params, texts: list[str], objective: Any) -> tuple[str, ...]:
    """Return why CatBoost does not train. A custom objective receives class weights as row weights."""
    settings = subject.settings
    others = foreign_settings(settings, WEIGHTING, "CatBoost knows no such parameter")
    refused = [f"{spelled}: {why}" for spelled, why in others.items()]
    if len(texts) > 1:
        refused.append(f"{' and '.join(texts)} together are an error")
    if weighting and isinstance(objective, str) and objective.partition(":")[0] not in OBJECTIVES:
        refused.append(f"{texts[0]} with {objective}: only {', '.join(OBJECTIVES)} take class weights")
    elif "scale_pos_weight" in weighting and (subject.is_multiclass or objective in OBJECTIVES[1:]):
        refused.append(f"{texts[0]} for more than two classes")
    weights: Any = weighting.get("class_weights")
    unnamed = settings.get("class_names") is None and not settings.get("classes_count")
    by_position = isinstance(weights, (list, tuple, np.ndarray)) and unnamed  # the labels alone say how many
    if by_position and subject.labels and len(weights) != len(subject.labels):
        refused.append(f"{len(weights)} class_weights for {len(subject.labels)} classes")
    return tuple(refused)
