"""What ``scale_pos_weight`` is the same as, by an estimator's own settings.

``scale_pos_weight`` multiplies the gradients of rows with label 1, but neither the intercept nor the cut
points see it; so the same model needs a fixed ``base_score`` and cut points that weights do not move.

At the end: the parameters that scale along when all weights are multiplied by one factor.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np

from boostweights.adapters import form
from boostweights.adapters.behaviour import Params
from boostweights.adapters.form import Expression, Form, Guarantee, Request, is_power_of_two
from boostweights.adapters.readback import Rescaled
from boostweights.adapters.xgboost import numbers
from boostweights.adapters.xgboost.numbers import parsed
from boostweights.errors import InvalidValueError

OBJECTIVES = ("binary:logistic", "binary:logitraw", "reg:logistic", "reg:squarederror")
"""Those that apply scale_pos_weight, in every supported version."""
PINS: Params = {"tree_method": "exact", "base_score": 0.5}
MOST_BINS = 2**14
"""Up to so many rows each may have a bin of its own: more would take too much memory."""
_DEFAULT_BINS = 256
_UPDATERS = {"grow_colmaker": "exact", "grow_quantile_histmaker": "hist", "grow_histmaker": "approx"}
_PENALTIES = ("reg_lambda", "lambda", "reg_alpha", "alpha")
_BEYOND_EXACT: Params = {
    "max_depth": 0,
    "grow_policy": "lossguide",
    "sampling_method": "gradient_based",
    "multi_strategy": "multi_output_tree",
}
"""Settings that tree_method='exact' refuses or ignores; it takes no categories or bounded leaves either."""


def scale_pos_weight(request: Request) -> Expression:
    """Express weights as ``scale_pos_weight`` beside a row weight that carries the scale."""
    weights, settings = request.weights, request.settings
    form.only_objectives(settings, ["objective"], OBJECTIVES, "scale_pos_weight")
    factors = numbers.factors(*weights.values, row_weighted=request.row_weighted, exact=weights.exact)
    row_weight = dict(zip(weights.classes, (factors.negative, factors.positive), strict=True))
    guarantee, reason, pins = _claim(request)
    penalties = {}
    if settings.get("booster") == "gblinear" and not _device(settings):
        penalties = {name: settings[name] for name in _PENALTIES if settings.get(name)}
    if penalties:  # multiplied by the sum of row weights, which scale_pos_weight is not part of
        rows = request.weight_sums or request.row_counts
        theirs = sum(rows[label] * weight for label, weight in weights.class_weight.items())
        ours = sum(rows[label] * weight for label, weight in row_weight.items())
        penalties = {name: float(value) * theirs / ours for name, value in penalties.items()}
    if guarantee is Guarantee.IDENTICAL and not factors.exact:
        guarantee = Guarantee.EQUIVALENT
        reason = "the ratio times the other row weights misses the class weights by float32 roundings"
    return Expression(
        guarantee=guarantee,
        reason=reason,
        params={"scale_pos_weight": factors.ratio, **penalties},
        pins=pins,
        row_weight=None if set(row_weight.values()) == {1.0} else row_weight,
        takes_sample_weight=not penalties or request.row_weighted,
    )


def tree_method(settings: Params) -> str | None:
    """Return how trees are grown by these settings, or None where they leave it open.

    Examples
    --------
    >>> tree_method({"tree_method": "auto"}), tree_method({"updater": "grow_colmaker,prune"})
    ('hist', 'exact')
    """
    if settings.get("updater"):
        growers = [name for name in str(settings["updater"]).split(",") if name in _UPDATERS]
        return _UPDATERS[growers[0]] if growers else str(settings["updater"])
    method = settings.get("tree_method")
    return "hist" if method == "auto" else method


def _claim(request: Request) -> tuple[Guarantee, str, dict[str, Any]]:  # noqa: PLR0911  one a reason
    """Return what may be claimed where the ratio is exact, why, and the pins."""
    settings = request.settings
    pins = form.unset(settings, {"base_score": PINS["base_score"]})
    if device := _device(settings):
        return Guarantee.DIFFERENT, f"no claim is proved for {device}", pins
    if settings.get("booster") == "gblinear":
        if not any(settings.get(name) for name in _PENALTIES):
            return Guarantee.IDENTICAL, "gblinear without penalties, and a fixed base_score", pins
        reason = (
            "gblinear multiplies its penalties by the sum of row weights, so they are scaled to these rows"
        )
        return Guarantee.EQUIVALENT, reason, pins
    method = tree_method(settings)
    unproved = "" if method in (None, "exact", "hist", "approx") else f"trees grown by {method!r}"
    if settings.get("process_type", "default") != "default":
        unproved = f"process_type={settings['process_type']!r}"
    if unproved:
        return Guarantee.DIFFERENT, f"no claim is proved for {unproved}", pins
    needs_bins = (
        any(settings.get(name) == value for name, value in _BEYOND_EXACT.items())
        or any(settings.get(name) for name in ("enable_categorical", "max_leaves"))
        or "c" in (settings.get("feature_types") or ())
        or settings.get("colsample_bynode", 1) != 1
    )
    method = method or ("hist" if needs_bins else "exact")
    pins = {**form.unset(settings, {"tree_method": method}), **pins}
    if method == "exact":
        reason = "exact splits and a fixed base_score, neither of which sees weights"
        return Guarantee.IDENTICAL, reason, pins
    if method == "approx":
        reason = "the cut points of tree_method='approx' follow row weights twice: alone and in hessians"
        return Guarantee.DIFFERENT, reason, pins
    # weights move no cut point of hist where each distinct value has a bin
    counts = request.row_counts.values()
    rows = sum(counts) if all(count == int(count) for count in counts) else math.inf  # sums of weights
    bins = settings.get("max_bin")
    if request.distinct is not None and bins is not None and request.distinct <= bins < rows:
        reason = f"a fixed base_score, and a bin for each of at most {request.distinct} distinct values"
        return Guarantee.IDENTICAL, reason, pins
    if rows > (MOST_BINS if bins is None else bins):
        reason = (
            "the cut points of tree_method='hist' follow row weights but not scale_pos_weight "
            "where a feature has more distinct values than max_bin (the recipe frozen_cuts holds them)"
        )
        return Guarantee.DIFFERENT, reason, pins
    if bins is None and rows > _DEFAULT_BINS:
        pins["max_bin"] = int(rows)
    most = int(bins or max(rows, _DEFAULT_BINS))
    return Guarantee.IDENTICAL, f"a fixed base_score, and a bin for each value of up to {most} rows", pins


def _device(settings: Params) -> str:
    """Name the setting by which it trains on another device than the CPU; or nothing."""
    for name in ("device", "tree_method", "updater"):
        value = str(settings.get(name) or "cpu")
        if "gpu" in value or (name == "device" and not value.startswith("cpu")):
            return f"{name}={value!r}: sums there come in no fixed order"
    return ""


FORMS = form.by_name(
    form.reference_form("fit(sample_weight=) or DMatrix(weight=)"),
    Form(
        name="scale_pos_weight",
        tasks=("binary",),
        reason="with tree_method='exact' and base_score set, if the ratio is exact in float32",
        pins=PINS,
        express=scale_pos_weight,
    ),
)
"""Row weights first."""


_SCALED: Mapping[tuple[str, ...], float] = {
    ("min_child_weight",): 1.0,
    ("reg_lambda", "lambda"): 1.0,
    ("reg_alpha", "alpha"): 0.0,
    ("gamma", "min_split_loss"): 0.0,
}
"""Names of a parameter → its default."""
_GAMMA = ("gamma", "min_split_loss")
_LEAST_GAIN = float(np.nextafter(np.float32(1e-6), np.float32(1)))
"""XGBoost makes no split that gains 1e-6 or less, whatever the weights."""
_LEFT: Mapping[str, str] = {
    "learning_rate": "leaves are quotients of sums of gradients, in which the factor cancels",
    "max_delta_step": "it bounds a leaf's value, in which the factor cancels",
    "base_score": "a mean, in which the factor cancels",
    "scale_pos_weight": "a ratio of weights",
    "subsample": "rows are drawn by number, or by gradients to each other",
}
_LINEAR = "gblinear multiplies it by the sum of row weights by itself"


def rescale(params: Params, c: float) -> Rescaled:
    """Return the parameters for weights that are all multiplied by a factor.

    Leaf values are :math:`-G / (H + \\lambda)` and gains :math:`G^2 / (H + \\lambda) - \\gamma`, so that
    ``min_child_weight``, ``reg_lambda``, ``reg_alpha`` and ``gamma`` scale along. A power of two rounds
    nothing. What cannot scale is XGBoost's own floor under gains, 1e-6: where histograms are used, a
    ``gamma`` above it takes its place; ``tree_method="exact"`` applies it before ``gamma``.

    Parameters
    ----------
    params : mapping
        Settings of the model with the weights as they were.
    c : float
        The positive factor.

    Returns
    -------
    Rescaled

    Raises
    ------
    InvalidValueError
        If a parameter leaves float32.

    Examples
    --------
    >>> rescaled = rescale({"tree_method": "hist", "reg_alpha": 0.5, "gamma": 0.1}, 2.0)
    >>> rescaled.params["min_child_weight"], rescaled.params["reg_alpha"], rescaled.guarantee.value
    (2.0, 1.0, 'identical')
    """
    if params.get("booster") == "gblinear":
        left = {**_LEFT, "reg_lambda": _LINEAR, "reg_alpha": _LINEAR}
        if is_power_of_two(c):
            return Rescaled(params={}, left=left, guarantee=Guarantee.IDENTICAL, reason=_LINEAR)
        reason = f"{_LINEAR}; products with a factor that is no power of two are rounded"
        return Rescaled(params={}, left=left, guarantee=Guarantee.EQUIVALENT, reason=reason)
    guarantee, reason = _rescaled_claim(params, c)
    scaled = {}
    for names, default in _SCALED.items():
        name = next((name for name in names if params.get(name) is not None), names[0])
        before = default if params.get(name) is None else _read(params[name])
        if names == _GAMMA and c > 1 and tree_method(params) != "exact":
            before = max(_LEAST_GAIN, before)
        value = before * c
        if not before:
            continue
        if not numbers.fits(value):
            raise InvalidValueError(
                "a parameter must stay within float32's normal range",
                f"{name}={value}",
                "Use a factor nearer 1.",
            )
        scaled[name] = numbers.digits(value) or value
        if guarantee is Guarantee.IDENTICAL and _read(scaled[name]) != value:
            guarantee, reason = Guarantee.EQUIVALENT, "a scaled parameter is rounded to float32"
    return Rescaled(params=scaled, left=dict(_LEFT), guarantee=guarantee, reason=reason)


def _rescaled_claim(params: Params, c: float) -> tuple[Guarantee, str]:
    floor = _LEAST_GAIN / min(c, 1.0)
    gamma = max(_read(params.get(name) or 0.0) for name in _GAMMA)
    if c == 1:
        return Guarantee.IDENTICAL, "nothing changes"
    if not is_power_of_two(c):
        reason = (
            "a factor that is no power of two rounds the weights, which moves weighted cut points and ties"
        )
    elif tree_method(params) == "exact":
        reason = (
            "tree_method='exact' makes no split that gains 1e-6 or less, before gamma and whatever the "
            "weights: the models part where a gain is that small in one of them"
        )
    elif c < 1 and gamma < floor:
        reason = (
            "no split gains 1e-6 or less, whatever the weights, and that cannot be lowered: "
            f"with gamma of at least {floor:.2g} in both models they are the same"
        )
    else:
        return Guarantee.IDENTICAL, "penalties and the least gain of a split scale along"
    return Guarantee.DIFFERENT, reason


def _read(value: Any) -> float:
    """A parameter as XGBoost reads it."""
    return float(parsed(str(value)))
