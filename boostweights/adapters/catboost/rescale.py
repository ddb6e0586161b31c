"""What to scale along in CatBoost when all weights are multiplied by one factor."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from boostweights.adapters.form import Guarantee
from boostweights.adapters.ratio import checked_factor
from boostweights.adapters.readback import Rescaled

_LEFT: Final[Mapping[str, str]] = {
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
_MULTI: Final = ("MultiClass", "MultiClassOneVsAll")
_PENALTIES: Final = ("first_feature_use_penalties", "per_object_feature_penalties")


def rescale(params: Mapping[str, Any], c: float) -> Rescaled:
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

    Raises
    ------
    InvalidValueError
        If `c` is not positive and finite.

    Examples
    --------
    >>> rescale({"bootstrap_type": "MVS", "mvs_reg": 0.5}, 4.0).params
    {'random_strength': 0.5, 'mvs_reg': 8.0}
    >>> rescale({}, 4.0).guarantee.value
    'different'
    """
    c = checked_factor(c)
    grown = c if _is_l2(params) else math.sqrt(c)
    scaled = {**_noise(params, c, grown), **_penalties(params, grown)}
    if params.get("mvs_reg") is not None:
        scaled["mvs_reg"] = params["mvs_reg"] * c**2
    left = {name: reason for name, reason in _LEFT.items() if name in params}
    guarantee, reason = _guarantee(params, c)
    return Rescaled(params=scaled, left=left, guarantee=guarantee, reason=reason)


def _is_l2(params: Mapping[str, Any]) -> bool:
    return params.get("score_function") == "L2"


def _noise(params: Mapping[str, Any], c: float, grown: float) -> dict[str, Any]:
    """Noise on scores (relative to the gradients' norm, which grows by c) and on gradients."""
    scaled = {}
    strength = params.get("random_strength", 1.0)
    if strength and not _is_l2(params):
        scaled["random_strength"] = strength / grown
    if params.get("langevin") and not params.get("posterior_sampling"):
        scaled["diffusion_temperature"] = params.get("diffusion_temperature", 10000.0) / c**2
    return scaled


def _penalties(params: Mapping[str, Any], grown: float) -> dict[str, Any]:
    if not any(params.get(name) for name in _PENALTIES):
        return {}
    return {"penalties_coefficient": params.get("penalties_coefficient", 1.0) * grown}


def _samples_by_gradients(params: Mapping[str, Any]) -> bool:
    """Whether MVS is in use with a constant of its own, which follows leaf values instead of weights."""
    multiclass = params.get("loss_function", params.get("objective")) in _MULTI
    bootstrap = params.get("bootstrap_type", "Bayesian" if multiclass else "MVS")
    return bool(bootstrap == "MVS" and params.get("mvs_reg") is None and params.get("subsample") != 1)


def _guarantee(params: Mapping[str, Any], c: float) -> tuple[Guarantee, str]:
    if c == 1:
        return Guarantee.IDENTICAL, "the weights are as they were"
    if params.get("posterior_sampling"):
        return Guarantee.DIFFERENT, "posterior_sampling sets its temperature from the number of rows"
    if _samples_by_gradients(params):
        return (
            Guarantee.DIFFERENT,
            "MVS (the default of two classes) takes its mvs_reg from leaf values, which do not scale: set "
            "mvs_reg, or another bootstrap_type",
        )
    if params.get("auto_class_weights", "None") != "None":
        return Guarantee.DIFFERENT, "auto_class_weights rounds sums of row weights down: set class_weights"
    exponent = math.log2(c)
    if exponent.is_integer() and (_is_l2(params) or exponent % 2 == 0):
        return Guarantee.IDENTICAL, "every step multiplies by a power of two, exactly"
    return Guarantee.EQUIVALENT, "products are rounded: equal but for ties between splits"
