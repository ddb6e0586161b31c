"""What CatBoost's parameters are the same as, by an estimator's own settings.

All three parameters become row weights inside CatBoost, and, unlike row weights, also weigh the metrics of
evaluation sets. ``class_weights`` is passed as a tuple in CatBoost's order of classes: a dict's order would
set that order, and a list cannot be cloned.

At the end: the parameters that scale along when all weights are multiplied by one factor.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from boostweights.adapters import form
from boostweights.adapters.behaviour import Params
from boostweights.adapters.form import Expression, Form, Guarantee, Request
from boostweights.adapters.readback import Rescaled
from boostweights.errors import InvalidValueError, check_that, shown
from boostweights.weighting.labels.rules import Label

OBJECTIVE_NAMES = ("loss_function", "objective")
OBJECTIVES = ("Logloss", "MultiClass", "MultiClassOneVsAll")
STOPPING = ("early_stopping_rounds", "od_type", "od_wait", "od_pval")
_CUSTOM = ("calc_ders_range", "calc_ders_multi")
_SAME = 1e-6
_NOISE = ("langevin", "posterior_sampling")
_SAFE = 2.0**60
_WHOLE = 2**24
"""Up to here float32 adds whole numbers without rounding."""


def objective_of(settings: Params) -> Any:
    """Return the loss that is trained, by either of its names."""
    return next((settings[name] for name in OBJECTIVE_NAMES if settings.get(name) is not None), "Logloss")


def class_weights(request: Request) -> Expression:
    """Express weights as ``class_weights``, in CatBoost's order of classes."""
    _check_objective(request.settings, "class_weights")
    weights = request.weights.class_weight
    return _expression(
        request,
        Guarantee.IDENTICAL,
        "CatBoost multiplies them into the row weights",
        params={"class_weights": tuple(weights.get(label, 1.0) for label in _order(request))},
        eval_factor=weights,
    )


def scale_pos_weight(request: Request) -> Expression:
    """Express weights as ``scale_pos_weight`` beside a row weight that carries the scale."""
    form.only_objectives(request.settings, OBJECTIVE_NAMES, ("Logloss",), "scale_pos_weight")
    classes = _order(request)
    first, second = (request.weights.class_weight[label] for label in classes)
    ratio = form.quotient(second, first, np.float32)
    ratio = second / first if np.float32(second / first) == np.float32(ratio) else ratio
    exact = form.gives(second, first, ratio, np.float32) and (first == 1 or not request.row_weighted)
    guarantee, reason = Guarantee.IDENTICAL, "CatBoost multiplies it into the row weights"
    if not exact:
        guarantee = Guarantee.EQUIVALENT
        reason = "the ratio times the other row weights misses the class weights by float32 roundings"
        if any(request.settings.get(name) for name in _NOISE):
            guarantee, reason = Guarantee.DIFFERENT, f"{reason}, which the noise of langevin makes larger"
        elif not form.stays_normal((first, second), _SAFE):
            guarantee, reason = Guarantee.DIFFERENT, f"{reason}, and products may lose their digits"
    return _expression(
        request,
        guarantee,
        reason,
        params={"scale_pos_weight": ratio},
        row_weight=None if first == 1 else dict.fromkeys(classes, first),
        eval_factor=dict(zip(classes, (1.0, ratio), strict=True)),
    )


def auto_class_weights(request: Request) -> Expression:
    """Express weights as ``auto_class_weights``, where its formula gives them.

    CatBoost counts rows, or the whole part of the sum of their weights, of each class.
    """
    _check_objective(request.settings, "auto_class_weights")
    weights, sums, remedy = request.weights, request.weight_sums, "Use form='class_weights'."
    counted = request.row_counts if sums is None else sums
    rows = np.floor(np.array(list(counted.values()), np.float32))
    least = "form='auto_class_weights' needs sums of row weights that, rounded down, are at least 1"
    check_that(rows.min() >= 1, least, str(dict(counted)), remedy)
    scale, counts = weights.class_weight[request.row_counts.majority], rows.astype(int).tolist()
    top, bottom = float(np.float32(scale)).as_integer_ratio()
    if sums is not None or any(top * n % bottom or top * n >= _WHOLE for n in counts):
        scale = 1.0  # a constant row weight would not multiply the sums of weights exactly
    wanted, balanced = np.array(weights.values, np.float32), rows.max() / rows
    for name, factors in (("Balanced", balanced), ("SqrtBalanced", np.sqrt(balanced))):
        product = factors * np.float32(scale)
        if np.allclose(product, wanted, rtol=_SAME, atol=0):
            reason = "CatBoost computes the same weights from the rows of each class"
            guarantee = Guarantee.IDENTICAL
            total = np.array(list((sums or {}).values()), float)
            if (np.abs(total - np.rint(total)) <= 1e-5 * total).any():  # its rounding may decide the floor
                guarantee, near = Guarantee.DIFFERENT, "which CatBoost's float32 sum may miss and round down"
                reason = f"the row weights sum to a whole number, {near}"
            elif (product != wanted).any():
                guarantee, reason = Guarantee.EQUIVALENT, f"{reason}, up to a float32 rounding"
            return _expression(
                request,
                guarantee,
                reason,
                params={"auto_class_weights": name},
                row_weight=None if scale == 1 else dict.fromkeys(weights.classes, scale),
                eval_factor=dict(zip(weights.classes, factors.tolist(), strict=True)),
                takes_sample_weight=request.row_weighted,
            )
    floors = f", which CatBoost rounds down from row weights' sums {dict(sums)}" if sums else ""
    raise InvalidValueError(
        "form='auto_class_weights' can only weigh by n_max / n_k or its square root",
        f"weights {weights.class_weight} for n = {dict(zip(weights.classes, counts, strict=True))}{floors}",
        remedy if sums else "Use scale='majority', or form='class_weights'.",
    )


def _check_objective(settings: Params, name: str) -> None:
    """Raise where the loss does not take class weights; a custom loss receives them as row weights."""
    named = {key: value for key, value in settings.items() if not any(hasattr(value, way) for way in _CUSTOM)}
    form.only_objectives(named, OBJECTIVE_NAMES, OBJECTIVES, name)


def _order(request: Request) -> tuple[Label, ...]:
    """The classes as CatBoost orders them: sorted, unless class_names or classes_count specify the order."""
    classes, settings = request.weights.classes, request.settings
    if settings.get("class_names") is not None:
        order = named_labels(settings["class_names"], classes)
    elif settings.get("classes_count"):
        order = tuple(range(int(settings["classes_count"])))
    else:
        return classes
    for label in classes:
        check_that(
            label in order,
            "class_names and classes_count must cover the labels",
            f"{shown(label)} is not among {shown(list(order))}",
            "Leave both unset: CatBoost finds the classes itself.",
        )
    return order


def named_labels(names: Any, classes: tuple[Label, ...]) -> tuple[Label, ...]:
    """Names as labels: CatBoost matches them by their text."""
    by_text = {str(label): label for label in classes}
    return tuple(by_text.get(str(name), name) for name in names)


def _expression(request: Request, guarantee: Guarantee, reason: str, **answer: Any) -> Expression:
    """Return an answer, with what device and early stopping mean for the claim."""
    settings = request.settings
    if str(settings.get("task_type", "CPU")).upper() != "CPU":
        guarantee = Guarantee.DIFFERENT
        reason = f"nothing is proved for task_type={settings['task_type']!r}, which adds in another order"
    elif any(settings.get(name) for name in (*STOPPING, "use_best_model")):
        reason = f"{reason}; evaluation rows need eval_weight(), since it weighs metrics too"
    return Expression(guarantee=guarantee, reason=reason, **answer)


FORMS = form.by_name(
    form.reference_form("fit(sample_weight=) or Pool(weight=)"),
    Form(
        name="scale_pos_weight",
        tasks=("binary",),
        reason="becomes row weights, if the ratio is exact in float32",
        express=scale_pos_weight,
    ),
    Form(name="class_weights", reason="becomes row weights", express=class_weights),
    Form(
        name="auto_class_weights",
        reason="only balanced or root-balanced weights of scale 'majority'; becomes row weights",
        express=auto_class_weights,
    ),
)
"""Row weights first."""


_LEFT: Mapping[str, str] = {
    "l2_leaf_reg": "CatBoost multiplies it by the mean weight itself",
    "reg_lambda": "CatBoost multiplies it by the mean weight itself",
    "min_data_in_leaf": "it counts rows, whatever they weigh",
    "min_child_samples": "it counts rows, whatever they weigh",
    "learning_rate": "steps do not depend on the scale of weights",
    "eta": "steps do not depend on the scale of weights",
    "bagging_temperature": "random weights multiply the row weights",
    "subsample": "a share of rows",
    "feature_weights": "they multiply scores",
    "model_size_reg": "it multiplies scores",
    "model_shrink_rate": "a share of the model",
}
_PENALTIES = ("first_feature_use_penalties", "per_object_feature_penalties")


def rescale(params: Params, c: float) -> Rescaled:
    """Return what to set so that weights `c` w train the model that weights w train.

    CatBoost rescales ``l2_leaf_reg`` by the mean weight, so it stays. A Cosine score grows with the root of
    the weights, an L2 score with the weights; ``random_strength`` is added to the one as it is and follows
    the other by itself. MVS adds ``mvs_reg`` to squared gradients; Langevin noise is added to gradients with
    a variance of one over ``diffusion_temperature``.

    Parameters
    ----------
    params : mapping
        The settings before; defaults that must scale are set explicitly.
    c : float
        The factor by which all row weights are multiplied.

    Returns
    -------
    Rescaled
        IDENTICAL for powers of 4, and for powers of 2 with ``score_function="L2"``, where every step is
        exact; EQUIVALENT for other factors; DIFFERENT where MVS or posterior sampling choose a constant
        themselves that does not scale.

    Examples
    --------
    >>> rescale({"bootstrap_type": "MVS", "mvs_reg": 0.5}, 4.0).params
    {'random_strength': 0.5, 'mvs_reg': 8.0}
    >>> rescale({}, 4.0).guarantee.value
    'different'
    """
    by_squares = params.get("score_function") == "L2"
    grown = c if by_squares else math.sqrt(c)  # of a score
    scaled: dict[str, Any] = {}
    strength = params.get("random_strength", 1.0)  # relative to the gradients' norm, which grows by c
    if strength and not by_squares:
        scaled["random_strength"] = strength / grown
    if params.get("langevin") and not params.get("posterior_sampling"):
        scaled["diffusion_temperature"] = params.get("diffusion_temperature", 10000.0) / c**2
    if any(params.get(name) for name in _PENALTIES):
        scaled["penalties_coefficient"] = params.get("penalties_coefficient", 1.0) * grown
    if params.get("mvs_reg") is not None:
        scaled["mvs_reg"] = params["mvs_reg"] * c**2
    left = {name: reason for name, reason in _LEFT.items() if name in params}
    guarantee, reason = _guarantee(params, c)
    return Rescaled(params=scaled, left=left, guarantee=guarantee, reason=reason)


def _guarantee(params: Params, c: float) -> tuple[Guarantee, str]:
    if c == 1:
        return Guarantee.IDENTICAL, "the weights are as they were"
    if params.get("posterior_sampling"):
        return Guarantee.DIFFERENT, "posterior_sampling sets its temperature from the number of rows"
    multiclass = objective_of(params) in OBJECTIVES[1:]
    bootstrap = params.get("bootstrap_type", "Bayesian" if multiclass else "MVS")
    if bootstrap == "MVS" and params.get("mvs_reg") is None and params.get("subsample") != 1:
        return (
            Guarantee.DIFFERENT,
            "MVS (the default of two classes) takes its mvs_reg from leaf values, which do not scale: set "
            "mvs_reg, or another bootstrap_type",
        )
    if params.get("auto_class_weights", "None") != "None":
        return Guarantee.DIFFERENT, "auto_class_weights rounds sums of row weights down: set class_weights"
    exponent = math.log2(c)
    if exponent.is_integer() and (params.get("score_function") == "L2" or exponent % 2 == 0):
        return Guarantee.IDENTICAL, "every step multiplies by a power of two, exactly"
    return Guarantee.EQUIVALENT, "products are rounded: equal but for ties between splits"
