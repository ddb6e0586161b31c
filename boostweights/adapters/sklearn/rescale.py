"""What to scale along in scikit-learn when all weights are multiplied by one factor."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.adapters.ratio import checked_factor, is_power_of_two
from boostweights.adapters.readback import Rescaled
from boostweights.errors import InvalidValueError, shown
from boostweights.versions import at_least

_LEFT: Final[Mapping[str, str]] = {
    "min_samples_leaf": "it counts rows, whatever they weigh",
    "min_samples_split": "it counts rows, whatever they weigh",
    "learning_rate": "steps do not depend on the scale of weights",
    "min_weight_fraction_leaf": "a share of the total weight",
    "min_impurity_decrease": "relative to the total weight",
    "ccp_alpha": "relative to the total weight",
    "max_samples": "rows are drawn by their share of the weight",
}
_HISTOGRAM: Final = ("l2_regularization", "max_bins", "categorical_features", "interaction_cst")
_GROWN: Final = ("n_estimators", "criterion", "splitter", "min_impurity_decrease")
_LEAST_FACTOR: Final = 2.0**-10
_Parts = tuple[dict[str, Any], Guarantee, str]


def rescale(params: Mapping[str, Any], c: float) -> Rescaled:
    """Return what to set so that weights `c` w train the model that weights w train.

    Parameters
    ----------
    params : mapping
        The settings before, best an estimator's ``get_params()``: they tell HistGradientBoosting
        (``l2_regularization``, ``max_bins``, …), boosting (``learning_rate`` beside ``n_estimators``) and
        forests or trees (``n_estimators``, ``criterion``, …) apart.
    c : float
        The factor by which all row weights are multiplied.

    Returns
    -------
    Rescaled
        GradientBoosting, AdaBoost, forests and trees: IDENTICAL for powers of 2, EQUIVALENT for others.
        HistGradientBoosting: EQUIVALENT at best, since a least hessian of 1e-3 and the smoothing of
        categorical features are fixed in its code; since scikit-learn 1.9 its bins are weighted quantiles,
        which only powers of 2 leave where they are.

    Raises
    ------
    InvalidValueError
        If `c` is not positive and finite, or the parameters are of no estimator with a known scaling.

    Examples
    --------
    >>> rescale({"max_iter": 100, "l2_regularization": 1.0}, 4.0).params
    {'l2_regularization': 4.0}
    >>> rescale({"n_estimators": 100, "criterion": "gini"}, 4.0).guarantee.value
    'identical'
    """
    c = checked_factor(c)
    scaled, guarantee, reason = _family(params)(params, c)
    left = {name: why for name, why in _LEFT.items() if name in params and name not in scaled}
    if c == 1:
        guarantee, reason = Guarantee.IDENTICAL, "the weights are as they were"
    return Rescaled(params=scaled, left=left, guarantee=guarantee, reason=reason)


def _family(params: Mapping[str, Any]) -> Callable[[Mapping[str, Any], float], _Parts]:
    if any(name in params for name in _HISTOGRAM):
        return _histogram
    if any(name in params for name in _GROWN):
        return _boosted if "learning_rate" in params else _grown
    raise InvalidValueError(
        "parameters must tell which estimator they are for, one of trees",
        shown(dict(params)),
        "Pass estimator.get_params().",
    )


def _histogram(params: Mapping[str, Any], c: float) -> _Parts:
    scaled = {"l2_regularization": params["l2_regularization"] * c} if params.get("l2_regularization") else {}
    named = params.get("categorical_features")
    if named is not None and not isinstance(named, str):
        return scaled, Guarantee.DIFFERENT, "categories are ordered with a smoothing that cannot be scaled"
    if c < _LEAST_FACTOR:
        return scaled, Guarantee.DIFFERENT, "leaves need a hessian of 1e-3, which cannot be scaled"
    if not is_power_of_two(c) and at_least("scikit-learn", 1, 9):
        return scaled, Guarantee.DIFFERENT, "bins are weighted quantiles, which a rounded product can move"
    reason = "numerical features, and leaves whose hessian stays above 1e-3; sums differ by an epsilon"
    return scaled, Guarantee.EQUIVALENT, reason


def _boosted(params: Mapping[str, Any], c: float) -> _Parts:
    least, criterion = params.get("min_impurity_decrease", 0), params.get("criterion", "friedman_mse")
    scales = least and criterion == "friedman_mse" and not at_least("scikit-learn", 1, 9)
    return {"min_impurity_decrease": least * c} if scales else {}, *_rounded(c)


def _grown(params: Mapping[str, Any], c: float) -> _Parts:
    share = params.get("max_samples")
    if not isinstance(share, float) or not at_least("scikit-learn", 1, 9):
        return {}, *_rounded(c)
    scaled = {"max_samples": share / c}  # of the sum of weights, since 1.9
    if is_power_of_two(c):
        return scaled, *_rounded(c)
    return scaled, Guarantee.DIFFERENT, "rounding may change how many rows max_samples draws: set an int"


def _rounded(c: float) -> tuple[Guarantee, str]:
    if is_power_of_two(c):
        return Guarantee.IDENTICAL, "every step multiplies by a power of two, exactly"
    return (
        Guarantee.EQUIVALENT,
        "products are rounded: equal but for ties between splits, or between one that gains nothing and none",
    )
