"""Which parameters go along when all weights are multiplied by one factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from boostweights.adapters.form import Guarantee
from boostweights.adapters.ratio import checked_factor, is_power_of_two
from boostweights.adapters.readback import Rescaled
from boostweights.adapters.xgboost.forms import tree_method
from boostweights.adapters.xgboost.numbers import digits, fits, parsed
from boostweights.errors import InvalidValueError

_SCALED: Final[Mapping[tuple[str, ...], float]] = {
    ("min_child_weight",): 1.0,
    ("reg_lambda", "lambda"): 1.0,
    ("reg_alpha", "alpha"): 0.0,
    ("gamma", "min_split_loss"): 0.0,
}
"""Names of a parameter → its default."""
_GAMMA: Final = ("gamma", "min_split_loss")
_LEAST_GAIN: Final = float(np.nextafter(np.float32(1e-6), np.float32(1)))
"""XGBoost makes no split that gains 1e-6 or less, whatever the weights."""
_LEFT: Final[Mapping[str, str]] = {
    "learning_rate": "leaves are quotients of sums of gradients, in which the factor cancels",
    "max_delta_step": "it bounds a leaf's value, in which the factor cancels",
    "base_score": "a mean, in which the factor cancels",
    "scale_pos_weight": "a ratio of weights",
    "subsample": "rows are drawn by number, or by gradients to each other",
}
_LINEAR: Final = "gblinear multiplies it by the sum of row weights by itself"


def rescale(params: Mapping[str, Any], c: float) -> Rescaled:
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
        If the factor is not positive and finite, or a parameter leaves float32.

    Examples
    --------
    >>> rescaled = rescale({"tree_method": "hist", "reg_alpha": 0.5, "gamma": 0.1}, 2.0)
    >>> rescaled.params["min_child_weight"], rescaled.params["reg_alpha"], rescaled.guarantee.value
    (2.0, 1.0, 'identical')
    """
    c = checked_factor(c)
    if params.get("booster") == "gblinear":
        left = {**_LEFT, "reg_lambda": _LINEAR, "reg_alpha": _LINEAR}
        if is_power_of_two(c):
            return Rescaled(params={}, left=left, guarantee=Guarantee.IDENTICAL, reason=_LINEAR)
        reason = f"{_LINEAR}; products with a factor that is no power of two are rounded"
        return Rescaled(params={}, left=left, guarantee=Guarantee.EQUIVALENT, reason=reason)
    wanted = {name: _read(value) * c for name, value in _given(params, c).items()}
    scaled = {name: _text(name, value) for name, value in wanted.items()}
    guarantee, reason = _guarantee(params, c)
    if guarantee is Guarantee.IDENTICAL and any(_read(scaled[name]) != wanted[name] for name in wanted):
        guarantee, reason = Guarantee.EQUIVALENT, "a scaled parameter is rounded to float32"
    return Rescaled(params=scaled, left=dict(_LEFT), guarantee=guarantee, reason=reason)


def _given(params: Mapping[str, Any], c: float) -> dict[str, Any]:
    """What to scale, as it was: parameters that are set, and defaults other than 0."""
    given: dict[str, Any] = {}
    for names, default in _SCALED.items():
        name = next((name for name in names if params.get(name) is not None), names[0])
        value = params.get(name)
        if names == _GAMMA and c > 1 and tree_method(params) != "exact":
            value = max(_LEAST_GAIN, _read(value or 0.0))
        given |= {name: default if value is None else value}
    return {name: value for name, value in given.items() if _read(value)}


def _guarantee(params: Mapping[str, Any], c: float) -> tuple[Guarantee, str]:
    floor = _LEAST_GAIN / min(c, 1.0)
    gamma = max(_read(params.get(name) or 0.0) for name in _GAMMA)
    if c == 1:
        return Guarantee.IDENTICAL, "nothing changes"
    if not is_power_of_two(c):
        return (
            Guarantee.DIFFERENT,
            "a factor that is no power of two rounds the weights, which moves weighted cut points and ties",
        )
    if tree_method(params) == "exact":
        return (
            Guarantee.DIFFERENT,
            "tree_method='exact' makes no split that gains 1e-6 or less, before gamma and whatever the "
            "weights: the models part where a gain is that small in one of them",
        )
    if c < 1 and gamma < floor:
        return (
            Guarantee.DIFFERENT,
            "no split gains 1e-6 or less, whatever the weights, and that cannot be lowered: "
            f"with gamma of at least {floor:.2g} in both models they are the same",
        )
    return Guarantee.IDENTICAL, "penalties and the least gain of a split scale along"


def _read(value: Any) -> float:
    """A parameter as XGBoost reads it."""
    return float(parsed(str(value)))


def _text(name: str, value: float) -> float:
    if not fits(value):
        raise InvalidValueError(
            "a parameter must stay within float32's normal range", f"{name}={value}", "Use a factor nearer 1."
        )
    found = digits(value)
    return value if found is None else found
