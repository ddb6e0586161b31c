"""LightGBM's parameters: all their names, and how it reads text: not always as the number written.

Parameters reach the library as text, which it parses digit by digit (``Common::Atof``). The result may miss
the number by one unit in the last place; a neighbour is then written that is read as the number meant.
"""

import inspect
import math
from collections.abc import Mapping
from typing import Any

from boostweights.adapters.behaviour import Params

ONE_VS_ALL = ("multiclassova", "multiclass_ova", "ova", "ovr")
_CUSTOM = ("custom", "none", "null", "na")
_ARGUMENTS_WITH_WEIGHTS = 3  # a custom objective of (labels, scores, weights)

ALIASES: Mapping[str, tuple[str, ...]] = {
    "objective": ("objective_type", "app", "application", "loss"),
    "boosting": ("boosting_type", "boost"),
    "num_iterations": (
        *("num_iteration", "n_iter", "num_tree", "num_trees", "num_round", "num_rounds", "nrounds"),
        *("num_boost_round", "n_estimators", "max_iter"),
    ),
    "device_type": ("device",),
    "is_unbalance": ("unbalance", "unbalanced_sets"),
    "min_sum_hessian_in_leaf": (
        *("min_sum_hessian_per_leaf", "min_sum_hessian", "min_hessian", "min_child_weight"),
    ),
    "lambda_l1": ("reg_alpha", "l1_regularization"),
    "lambda_l2": ("reg_lambda", "lambda", "l2_regularization"),
    "min_data_in_leaf": ("min_data_per_leaf", "min_data", "min_child_samples", "min_samples_leaf"),
    "min_gain_to_split": ("min_split_gain",),
    "monotone_constraints": ("mc", "monotone_constraint", "monotonic_cst"),
    "linear_tree": ("linear_trees",),
    "max_delta_step": ("max_tree_output", "max_leaf_output"),
    "metric": ("metrics", "metric_types"),
    "early_stopping_round": ("early_stopping_rounds", "early_stopping", "n_iter_no_change"),
    "categorical_feature": ("cat_feature", "categorical_column", "cat_column", "categorical_features"),
}
"""Name → its aliases, of the parameters that are read here; the name itself wins, then the first alias."""

EARLY_STOPPING = ("early_stopping_round", *ALIASES["early_stopping_round"])

WEIGHTING = ("scale_pos_weight", "is_unbalance", *ALIASES["is_unbalance"], "class_weight")
"""Parameters that weigh classes."""


def class_weighting(settings: Params) -> dict[str, Any]:
    """Return the parameters that weigh classes, under the names by which they are set.

    Examples
    --------
    >>> class_weighting({"unbalance": True, "scale_pos_weight": 1.0})
    {'unbalance': True}
    """
    unbalance = name_of(settings, "is_unbalance")
    weighs = {
        "scale_pos_weight": float(value_of(settings, "scale_pos_weight", 1)) != 1,
        unbalance: is_true(settings.get(unbalance)),
        "class_weight": settings.get("class_weight") is not None,
    }
    return {name: settings[name] for name, weighs_classes in weighs.items() if weighs_classes}


def value_of(settings: Params, name: str, default: Any) -> Any:
    """Return a parameter's value under any of its names.

    Examples
    --------
    >>> value_of({"reg_lambda": 3.0}, "lambda_l2", 0.0)
    3.0
    """
    found = settings.get(name_of(settings, name))
    return default if found is None else found


def name_of(settings: Params, name: str) -> str:
    """Return the name under which a parameter is set, or its own.

    Examples
    --------
    >>> name_of({"reg_lambda": 3.0}, "lambda_l2")
    'reg_lambda'
    """
    names = (name, *ALIASES.get(name, ()))
    return next((alias for alias in names if settings.get(alias) is not None), name)


def other_device(settings: Params) -> str:
    """Name the setting by which LightGBM trains elsewhere than on the CPU; or nothing.

    Examples
    --------
    >>> other_device({"device": "gpu"})
    "device_type='gpu', which adds in another order"
    """
    device = str(value_of(settings, "device_type", "cpu"))
    return "" if device.lower() == "cpu" else f"device_type={device!r}, which adds in another order"


def amplifies(settings: Params) -> str:
    """Name the settings that turn roundings of gradients into other models; or nothing.

    Examples
    --------
    >>> amplifies({"linear_tree": True})
    'the least squares of linear trees'
    """
    if is_true(value_of(settings, "linear_tree", False)):
        return "the least squares of linear trees"
    if is_true(value_of(settings, "use_quantized_grad", False)):
        return "quantized gradients"
    if any(value_of(settings, "monotone_constraints", None) or ()):
        return "monotone constraints"
    return ""


def is_custom(objective: Any) -> bool:
    """Whether an objective is the user's own, a function or the text that stands for one.

    Examples
    --------
    >>> is_custom("none"), is_custom("binary"), is_custom(None)
    (True, False, False)
    """
    return callable(objective) or (isinstance(objective, str) and objective.lower() in _CUSTOM)


def ignores_weights(objective: Any) -> bool:
    """Whether an objective is a function of (labels, scores), which does not see row weights.

    Examples
    --------
    >>> ignores_weights(lambda y, score: (score - y, 1.0)), ignores_weights("binary")
    (True, False)
    """
    return callable(objective) and len(inspect.signature(objective).parameters) < _ARGUMENTS_WITH_WEIGHTS


def is_forest(settings: Params) -> bool:
    """Whether trees are averaged.

    Examples
    --------
    >>> is_forest({"boosting_type": "rf"}), is_forest({})
    (True, False)
    """
    return value_of(settings, "boosting", "gbdt") in ("rf", "random_forest")


_NEIGHBOURS = 64
_MOST_EXPONENT = 308
_STEPS = ((50, 1e50), (8, 1e8), (1, 10.0))


def number_read(text: str) -> float:
    """Return the number that LightGBM reads in a text.

    Examples
    --------
    >>> number_read("9.0")
    9.0
    >>> number_read("0.29820528626441956") - 0.29820528626441956
    5.551115123125783e-17
    """
    digits, _, exponent = text.partition("e")
    whole, _, fraction = digits.partition(".")
    value = _digits(whole)
    if fraction:
        value += _digits(fraction) / _power_of_ten(len(fraction))
    scale, left = 1.0, min(int(exponent.lstrip("+-") or 0), _MOST_EXPONENT)
    for step, factor in _STEPS:
        while left >= step:
            scale *= factor
            left -= step
    return value / scale if exponent.startswith("-") else value * scale


def spelled(value: float) -> float | None:
    """Return the float whose text LightGBM reads as `value`; None where no near one is.

    Examples
    --------
    >>> spelled(9.0)
    9.0
    >>> spelled(1 / 54), 1 / 54
    (0.018518518518518514, 0.018518518518518517)
    >>> number_read("0.018518518518518514") == 1 / 54
    True
    """
    below = above = value
    for _ in range(_NEIGHBOURS + 1):
        for near in (below, above):
            if number_read(repr(near)) == value:
                return near
        below, above = math.nextafter(below, 0.0), math.nextafter(above, math.inf)
    return None


def is_true(value: Any) -> bool:
    """Whether LightGBM takes a parameter's value as true.

    Examples
    --------
    >>> is_true("+"), is_true("False"), is_true(None)
    (True, False, False)
    """
    return str(value).lower() in ("true", "+")


def _digits(text: str) -> float:
    value = 0.0
    for digit in text:
        value = value * 10.0 + int(digit)
    return value


def _power_of_ten(power: int, base: float = 10.0) -> float:
    if power == 0:
        return 1.0
    if power % 2 == 0:
        return _power_of_ten(power // 2, base * base)
    if power % 3 == 0:
        return _power_of_ten(power // 3, base * base * base)
    return base * _power_of_ten(power - 1, base)
