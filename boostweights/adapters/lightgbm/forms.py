"""What each form of class weights does in LightGBM, and what may be claimed of it.

LightGBM multiplies gradient × label weight × row weight in float64 and stores float32; so the label weight
of ``scale_pos_weight`` or ``is_unbalance`` stands in for a row weight to the bit where one of the factors
is a power of two. The start score knows of row weights only.

At the end: the parameters that scale along when all weights are multiplied by one factor.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from boostweights.adapters import form
from boostweights.adapters.behaviour import Params
from boostweights.adapters.form import Expression, Form, Guarantee, Request, is_power_of_two
from boostweights.adapters.lightgbm import parameters
from boostweights.adapters.lightgbm.model import header, model_text
from boostweights.adapters.lightgbm.parameters import ONE_VS_ALL, is_forest, is_true, name_of, value_of
from boostweights.adapters.readback import Rescaled
from boostweights.errors import IgnoredParameterError, InvalidValueError, shown

PINS: Params = {"boost_from_average": False}
_CONDITION = "the first tree splits"
_OF_FORESTS = "a feature can be split"
_SAME = 1e-6  # relative; ratios nearer than this are one ratio up to float32 roundings
_SAFE = 2.0**64


def sample_weight(request: Request) -> Expression:
    """Row weights: the reference, which only a custom objective can ignore."""
    _objective_that_takes_weights(request.settings, "sample_weight")
    return form.row_weights(request)


def class_weight(request: Request) -> Expression:
    """LGBMClassifier's ``class_weight``: float32 beside the caller's weights, so that products round once."""
    _objective_that_takes_weights(request.settings, "class_weight")
    given = request.weights.class_weight
    stored = {label: float(np.float32(weight)) for label, weight in given.items()}
    exact = request.weights.exact
    twice = exact and request.row_weighted and stored != given
    if device := parameters.other_device(request.settings):
        reason = f"nothing is proved for {device}"
        return Expression(guarantee=Guarantee.DIFFERENT, reason=reason, params={"class_weight": given})
    return Expression(
        guarantee=Guarantee.EQUIVALENT if twice else Guarantee.IDENTICAL,
        reason="LGBMClassifier turns class_weight into row weights (lgb.train does not know it)"
        + ("; their product with the caller's is rounded once, row weights twice" if twice else ""),
        params={"class_weight": given if exact else stored},
    )


def scale_pos_weight(request: Request) -> Expression:
    """The positive label's weight over the negative's, and the negative's as a constant row weight."""
    _binary_objective(request.settings, "scale_pos_weight")
    first, second = request.weights.values
    if request.weights.exact:
        read = parameters.number_read(repr(second / first))
        return _label_weights(request, {"scale_pos_weight": second / first}, (1.0, read))
    ratio = float(np.float32(second)) / float(np.float32(first))
    text = parameters.spelled(ratio)
    unread = "" if text is not None else "LightGBM reads no text as exactly this ratio"
    params = {"scale_pos_weight": ratio if text is None else text}
    return _label_weights(request, params, (1.0, ratio), unread)


def is_unbalance(request: Request) -> Expression:
    """LightGBM's own ratio of row counts, which weighs up the rarer class."""
    _binary_objective(request.settings, "is_unbalance")
    negative, positive = request.row_counts.values()
    factors = (positive / negative, 1.0) if positive > negative else (1.0, negative / positive)
    first, second = request.weights.values
    if not np.isclose(second / first, factors[1] / factors[0], rtol=_SAME, atol=0):
        raise InvalidValueError(
            "form='is_unbalance' can only weigh inversely to the rows of each class",
            f"weights {request.weights.class_weight} for counts {dict(request.row_counts)}",
            "Use form='scale_pos_weight' or form='sample_weight'.",
        )
    return _label_weights(request, {"is_unbalance": True}, factors)


def _label_weights(
    request: Request, params: Params, factors: tuple[float, float], unread: str = ""
) -> Expression:
    """Weights `factors` that LightGBM gives labels 0 and 1, and a constant row weight for the scale."""
    scale = float(np.float32(float(np.float32(request.weights.values[0])) / factors[0]))
    guarantee, reason = _guarantee(request, factors, scale, unread)
    condition, holds = _CONDITION, _first_tree_splits
    if is_forest(request.settings):
        condition, holds = _OF_FORESTS, _has_features
    conditional = factors[0] != factors[1] and guarantee is not Guarantee.DIFFERENT
    return Expression(
        guarantee=guarantee,
        reason=reason,
        condition=condition if conditional else "",
        holds=holds if conditional else None,
        params=params,
        pins=form.unset(request.settings, PINS),
        row_weight=None if scale == 1 else dict.fromkeys(request.weights.classes, scale),
    )


def _guarantee(
    request: Request, factors: tuple[float, float], scale: float, unread: str
) -> tuple[Guarantee, str]:
    settings, wanted = request.settings, [float(np.float32(weight)) for weight in request.weights.values]
    apart, powers = factors[0] != factors[1], all(map(is_power_of_two, factors))
    if device := parameters.other_device(settings):
        return Guarantee.DIFFERENT, f"nothing is proved for {device}"
    if apart and is_true(settings.get("boost_from_average", False)):
        return Guarantee.DIFFERENT, "boost_from_average=True starts from unweighted labels"
    if apart and (unsplit := _unsplit(request)):
        return Guarantee.DIFFERENT, unsplit
    rounded = ""  # why label weight × row weight is another float32 than the row weight
    if [scale * factor for factor in factors] != wanted:
        rounded = "the library's own ratio is float64, and the row weight its float32"
    elif request.row_weighted and not (powers and form.stays_normal(wanted, _SAFE)):
        rounded = "the product with the caller's weights rounds in another order"
    if rounded and (amplified := parameters.amplifies(settings)):
        return Guarantee.DIFFERENT, f"{rounded}, which {amplified} amplify"
    inexact = rounded or unread
    if not inexact and not powers and not is_power_of_two(scale):
        inexact = (
            "label weight × row weight rounds twice in float64, which reaches one float32 gradient in 2^28"
        )
    reason = "the start score is fixed, and bins do not see weights"
    return (Guarantee.EQUIVALENT, f"{reason}; {inexact}") if inexact else (Guarantee.IDENTICAL, reason)


def _unsplit(request: Request) -> str:
    """Say why no first tree splits: too few rows, or too little hessian at the even start; or nothing."""
    settings, counts = request.settings, request.row_counts
    if is_forest(settings):
        return ""  # without a split, its first tree is 0 and later ones see the weights
    left = "of two leaves, so no split is made and the one leaf is the prior of unweighted labels"
    if sum(counts.values()) < 2 * int(value_of(settings, "min_data_in_leaf", 20)):
        return f"there are fewer rows than min_data_in_leaf asks {left}"
    sums = request.weight_sums or counts
    total = math.fsum(weight * sums[label] for label, weight in request.weights.class_weight.items())
    sigmoid = float(settings.get("sigmoid", 1.0))
    least = float(value_of(settings, "min_sum_hessian_in_leaf", 1e-3))
    if sigmoid**2 / 4 * total < 2 * least * (1 - _SAME):
        return f"the weights sum to less hessian than min_sum_hessian_in_leaf asks {left}"
    return ""


def _first_tree_splits(model: Any, fit_params: Params) -> bool:
    """Whether it does, or scores started elsewhere than at the mean of the labels."""
    if fit_params.get("init_score") is not None or fit_params.get("init_model") is not None:
        return True
    # as text, which unlike LightGBM's JSON can be read where a leaf is not a number
    return "\nnum_leaves=1\n" not in model_text(getattr(model, "booster_", model), iterations=1)


def _has_features(model: Any, fit_params: Params) -> bool:
    """Whether it has: without one a random forest, too, starts at the mean of the labels."""
    return {*header(getattr(model, "booster_", model))["feature_infos"].split()} != {"none"}


def _binary_objective(settings: Params, name: str) -> None:
    objective = value_of(settings, "objective", "binary")
    remedy = "Use form='sample_weight' or form='class_weight'."
    if objective in ONE_VS_ALL:
        raise InvalidValueError(
            f"form={name!r} must weigh classes",
            f"objective={objective!r}, where it weighs up the own class of each one-vs-all model",
            remedy,
        )
    if objective != "binary":
        rule = f"form={name!r} needs one of the objectives binary; others ignore it"
        raise IgnoredParameterError(rule, f"objective={shown(objective)}", remedy)


def _objective_that_takes_weights(settings: Params, name: str) -> None:
    objective = value_of(settings, "objective", "")
    if parameters.ignores_weights(objective):
        raise IgnoredParameterError(
            f"form={name!r} needs an objective that takes weights; one of (labels, scores) ignores them",
            f"objective={shown(objective)}",
            "Write it as (labels, scores, weights) and multiply gradients and hessians by the weights.",
        )


FORMS = form.by_name(
    form.reference_form("fit(sample_weight=) or Dataset(weight=)", sample_weight),
    Form(
        name="scale_pos_weight",
        tasks=("binary",),
        reason="with boost_from_average=False",
        condition=_CONDITION,
        pins=PINS,
        express=scale_pos_weight,
    ),
    Form(
        name="is_unbalance",
        tasks=("binary",),
        guarantee=Guarantee.EQUIVALENT,
        reason="only balanced weights, with boost_from_average=False; its ratio stays float64",
        condition=_CONDITION,
        pins=PINS,
        express=is_unbalance,
    ),
    Form(
        name="class_weight",
        parameter="LGBMClassifier(class_weight=)",
        reason="becomes row weights; not a parameter of lgb.train",
        express=class_weight,
    ),
)
"""Row weights first."""


_SCALED: Mapping[str, float] = {
    "min_sum_hessian_in_leaf": 1e-3,
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "min_gain_to_split": 0.0,
    "linear_lambda": 0.0,
    "cat_l2": 10.0,
    "cegb_tradeoff": 1.0,
}
"""Parameters that stand beside sums of gradients, hessians or gains → their defaults."""

_LEFT: Mapping[str, str] = {
    "min_data_in_leaf": "counts rows",
    "min_data_per_group": "counts rows",
    "path_smooth": "counts rows",
    "max_delta_step": "bounds leaf values, in which weights cancel",
    "cat_smooth": "is compared with a count of rows and added to a sum of hessians: no one number scales",
    "scale_pos_weight": "is a ratio",
}


def rescale(params: Params, c: float) -> Rescaled:
    """Return the parameters with which weights c w train what weights w trained.

    Parameters
    ----------
    params : mapping
        Of the estimator or of ``lgb.train``, under any of their names.
    c : float
        The positive factor of all weights.

    Returns
    -------
    Rescaled
        `params` holds only what changes. Nothing is identical to the bit but c = 1: LightGBM adds an
        unscalable 1e-15 to sums of hessians.

    Examples
    --------
    >>> rescaled = rescale({"reg_lambda": 3.0}, 0.5)
    >>> rescaled.params
    {'min_sum_hessian_in_leaf': 0.0005, 'reg_lambda': 1.5, 'cat_l2': 5.0, 'cegb_tradeoff': 0.5}
    >>> rescaled.guarantee.value
    'equivalent'
    """
    values = {
        name_of(params, name): float(value_of(params, name, default)) * c for name, default in _SCALED.items()
    }
    guarantee, reason = _rescaled_claim(params, c)
    scaled = {name: value for name, value in values.items() if value}
    return Rescaled(params=scaled, left=dict(_LEFT), guarantee=guarantee, reason=reason)


def _rescaled_claim(params: Params, c: float) -> tuple[Guarantee, str]:
    epsilon, smooth = (
        "an epsilon of 1e-15 beside hessians does not scale",
        value_of(params, "cat_smooth", 10.0),
    )
    goss = "goss" in (value_of(params, "data_sample_strategy", ""), value_of(params, "boosting", ""))
    if c == 1:
        return Guarantee.IDENTICAL, "nothing changes"
    if parameters.is_custom(value_of(params, "objective", "binary")):
        return Guarantee.DIFFERENT, "what a custom objective does with weights cannot be known"
    if fragile := "the ranks of goss" if goss else parameters.amplifies(params):
        return Guarantee.DIFFERENT, f"{epsilon}, and {fragile} amplify it"
    if float(smooth) and value_of(params, "categorical_feature", "auto") not in ("", "auto", []):
        return Guarantee.DIFFERENT, "cat_smooth cannot be scaled; cat_smooth=0 can"
    reason = epsilon if is_power_of_two(c) else "c w rounds to float32 unless c is a power of two"
    categories = ", for features without more than max_cat_to_onehot categories" if float(smooth) else ""
    return Guarantee.EQUIVALENT, f"{reason}{categories}"
