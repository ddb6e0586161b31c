"""LightGBM's parameters for weights that are all multiplied by one factor."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.adapters.lightgbm.parameters import amplifies, is_custom, name_of, value_of
from boostweights.adapters.ratio import checked_factor, is_power_of_two
from boostweights.adapters.readback import Rescaled

_SCALED: Final[Mapping[str, float]] = {
    "min_sum_hessian_in_leaf": 1e-3,
    "lambda_l1": 0.0,
    "lambda_l2": 0.0,
    "min_gain_to_split": 0.0,
    "linear_lambda": 0.0,
    "cat_l2": 10.0,
    "cegb_tradeoff": 1.0,
}
"""Parameters that stand beside sums of gradients, hessians or gains → their defaults."""

_LEFT: Final[Mapping[str, str]] = {
    "min_data_in_leaf": "counts rows",
    "min_data_per_group": "counts rows",
    "path_smooth": "counts rows",
    "max_delta_step": "bounds leaf values, in which weights cancel",
    "cat_smooth": "is compared with a count of rows and added to a sum of hessians: no one number scales",
    "scale_pos_weight": "is a ratio",
}
_CAT_SMOOTH: Final = 10.0


def rescale(params: Mapping[str, Any], c: float) -> Rescaled:
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

    Raises
    ------
    InvalidValueError
        If c is not positive and finite.

    Examples
    --------
    >>> rescaled = rescale({"reg_lambda": 3.0}, 0.5)
    >>> rescaled.params
    {'min_sum_hessian_in_leaf': 0.0005, 'reg_lambda': 1.5, 'cat_l2': 5.0, 'cegb_tradeoff': 0.5}
    >>> rescaled.guarantee.value
    'equivalent'
    """
    c = checked_factor(c)
    scaled = {
        name_of(params, name): float(value_of(params, name, default)) * c
        for name, default in _SCALED.items()
        if float(value_of(params, name, default))
    }
    guarantee, reason = _guarantee(params, c)
    return Rescaled(params=scaled, left=dict(_LEFT), guarantee=guarantee, reason=reason)


def _guarantee(params: Mapping[str, Any], c: float) -> tuple[Guarantee, str]:
    objective = value_of(params, "objective", "binary")
    if c == 1:
        return Guarantee.IDENTICAL, "nothing changes"
    if is_custom(objective):
        return Guarantee.DIFFERENT, "what a custom objective does with weights cannot be known"
    if fragile := _fragile(params):
        return (
            Guarantee.DIFFERENT,
            f"an epsilon of 1e-15 beside hessians does not scale, and {fragile} amplify it",
        )
    smooth = float(value_of(params, "cat_smooth", _CAT_SMOOTH))
    if smooth and value_of(params, "categorical_feature", "auto") not in ("", "auto", []):
        return Guarantee.DIFFERENT, "cat_smooth cannot be scaled; cat_smooth=0 can"
    categories = "" if not smooth else ", for features without more than max_cat_to_onehot categories"
    if is_power_of_two(c):
        return Guarantee.EQUIVALENT, f"an epsilon of 1e-15 beside hessians does not scale{categories}"
    return Guarantee.EQUIVALENT, f"c w rounds to float32 unless c is a power of two{categories}"


def _fragile(params: Mapping[str, Any]) -> str:
    goss = "goss" in (value_of(params, "data_sample_strategy", ""), value_of(params, "boosting", ""))
    return "the ranks of goss" if goss else amplifies(params)
