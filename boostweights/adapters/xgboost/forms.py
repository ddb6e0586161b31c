"""What ``scale_pos_weight`` is the same as, by an estimator's own settings.

``scale_pos_weight`` multiplies the gradients of rows with label 1, but neither the intercept nor the cut
points see it; so the same model needs a fixed ``base_score`` and cut points that weights do not move.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from boostweights.adapters.form import (
    Expression,
    Form,
    Guarantee,
    Request,
    by_name,
    only_objectives,
    reference_form,
    unset,
)
from boostweights.adapters.xgboost.numbers import Factors, factors

OBJECTIVES: Final = ("binary:logistic", "binary:logitraw", "reg:logistic", "reg:squarederror")
"""Those that apply scale_pos_weight, in every supported version."""
PINS: Final[Mapping[str, Any]] = {"tree_method": "exact", "base_score": 0.5}
MOST_BINS: Final = 2**14
"""Up to so many rows each may have a bin of its own: more would take too much memory."""
_DEFAULT_BINS: Final = 256
_UPDATERS: Final = {"grow_colmaker": "exact", "grow_quantile_histmaker": "hist", "grow_histmaker": "approx"}
_PENALTIES: Final = ("reg_lambda", "lambda", "reg_alpha", "alpha")


def scale_pos_weight(request: Request) -> Expression:
    """Express weights as ``scale_pos_weight`` beside a row weight that carries the scale."""
    only_objectives(request.settings, ["objective"], OBJECTIVES, "scale_pos_weight")
    found = factors(*request.weights.values, row_weighted=request.row_weighted, exact=request.weights.exact)
    if device := _device(request.settings):
        start = unset(request.settings, {"base_score": PINS["base_score"]})
        return _expression(request, found, Guarantee.DIFFERENT, f"no claim is proved for {device}", start)
    linear = request.settings.get("booster") == "gblinear"
    return (_linear if linear else _trees)(request, found)


def tree_method(settings: Mapping[str, Any]) -> str | None:
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


def _trees(request: Request, found: Factors) -> Expression:
    settings = request.settings
    start = unset(settings, {"base_score": PINS["base_score"]})
    method = tree_method(settings)
    unproved = _unproved(settings, method)
    if unproved:
        return _expression(request, found, Guarantee.DIFFERENT, f"no claim is proved for {unproved}", start)
    method = method or ("hist" if _needs_bins(settings) else "exact")
    start = {**unset(settings, {"tree_method": method}), **start}
    if method == "exact":
        reason = "exact splits and a fixed base_score, neither of which sees weights"
        return _expression(request, found, Guarantee.IDENTICAL, reason, start)
    if method == "approx":
        reason = "the cut points of tree_method='approx' follow row weights twice: alone and in hessians"
        return _expression(request, found, Guarantee.DIFFERENT, reason, start)
    return _binned(request, found, start)


def _binned(request: Request, found: Factors, start: Mapping[str, Any]) -> Expression:
    """Weights move no cut point of hist where each distinct value has a bin."""
    counted = request.row_counts.values()
    rows = sum(counted) if all(count == int(count) for count in counted) else math.inf  # sums of weights
    bins = request.settings.get("max_bin")
    if request.distinct is not None and bins is not None and request.distinct <= bins < rows:
        reason = f"a fixed base_score, and a bin for each of at most {request.distinct} distinct values"
        return _expression(request, found, Guarantee.IDENTICAL, reason, start)
    if rows > (MOST_BINS if bins is None else bins):
        reason = (
            "the cut points of tree_method='hist' follow row weights but not scale_pos_weight "
            "where a feature has more distinct values than max_bin (the recipe frozen_cuts holds them)"
        )
        return _expression(request, found, Guarantee.DIFFERENT, reason, start)
    wider = {"max_bin": int(rows)} if bins is None and rows > _DEFAULT_BINS else {}
    most = int(bins or max(rows, _DEFAULT_BINS))
    reason = f"a fixed base_score, and a bin for each value of up to {most} rows"
    return _expression(request, found, Guarantee.IDENTICAL, reason, {**start, **wider})


def _linear(request: Request, found: Factors) -> Expression:
    """Gblinear multiplies its penalties by the sum of row weights, which scale_pos_weight is not part of."""
    settings = request.settings
    start = unset(settings, {"base_score": PINS["base_score"]})
    penalties = {name: settings[name] for name in _PENALTIES if settings.get(name)}
    if not penalties:
        reason = "gblinear without penalties, and a fixed base_score"
        return _expression(request, found, Guarantee.IDENTICAL, reason, start)
    rows = request.weight_sums or request.row_counts
    theirs = sum(rows[label] * weight for label, weight in request.weights.class_weight.items())
    ours = sum(
        rows[label] * weight
        for label, weight in zip(request.weights.classes, (found.negative, found.positive), strict=True)
    )
    scaled = {name: float(value) * theirs / ours for name, value in penalties.items()}
    reason = "gblinear multiplies its penalties by the sum of row weights, so they are scaled to these rows"
    return _expression(request, found, Guarantee.EQUIVALENT, reason, start, scaled)


def _expression(
    request: Request,
    found: Factors,
    guarantee: Guarantee,
    reason: str,
    pins: Mapping[str, Any],
    scaled: Mapping[str, float] | None = None,
) -> Expression:
    if guarantee is Guarantee.IDENTICAL and not found.exact:
        guarantee = Guarantee.EQUIVALENT
        reason = "the ratio times the other row weights misses the class weights by float32 roundings"
    row_weight = dict(zip(request.weights.classes, (found.negative, found.positive), strict=True))
    return Expression(
        guarantee=guarantee,
        reason=reason,
        params={"scale_pos_weight": found.ratio, **(scaled or {})},
        pins=pins,
        row_weight=None if set(row_weight.values()) == {1.0} else row_weight,
        takes_sample_weight=scaled is None or request.row_weighted,
    )


def _device(settings: Mapping[str, Any]) -> str:
    """Name the setting by which it trains on another device than the CPU; or nothing."""
    for name in ("device", "tree_method", "updater"):
        said = str(settings.get(name) or "cpu")
        if "gpu" in said or (name == "device" and not said.startswith("cpu")):
            return f"{name}={said!r}: sums there come in no fixed order"
    return ""


def _unproved(settings: Mapping[str, Any], method: str | None) -> str:
    """A setting beyond the claims: trees not grown but updated, another updater."""
    if settings.get("process_type", "default") != "default":
        return f"process_type={settings['process_type']!r}"
    return "" if method in (None, "exact", "hist", "approx") else f"trees grown by {method!r}"


def _needs_bins(settings: Mapping[str, Any]) -> bool:
    """Whether settings are among those that tree_method='exact' refuses or ignores."""
    return (
        bool(settings.get("enable_categorical"))
        or "c" in (settings.get("feature_types") or ())
        or settings.get("max_depth") == 0
        or bool(settings.get("max_leaves"))
        or settings.get("grow_policy") == "lossguide"
        or settings.get("colsample_bynode", 1) != 1
        or settings.get("sampling_method") == "gradient_based"
        or settings.get("multi_strategy") == "multi_output_tree"
    )


FORMS: Final = by_name(
    reference_form("fit(sample_weight=) or DMatrix(weight=)"),
    Form(
        name="scale_pos_weight",
        parameter="scale_pos_weight",
        tasks=("binary",),
        reason="with tree_method='exact' and base_score set, if the ratio is exact in float32",
        pins=PINS,
        express=scale_pos_weight,
    ),
)
"""Row weights first."""
