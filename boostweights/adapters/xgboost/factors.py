"""Two class weights as a ratio and a row weight whose float32 products are the class weights."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from boostweights.adapters.ratio import gives, quotient
from boostweights.adapters.xgboost.digits import digits, fits
from boostweights.errors import InvalidValueError, shown

__all__ = ["Factors", "factors"]

_STEPS: Final = 12  # of float32, to either side of the nearest ratio
_SAFE: Final = 60  # powers of two between 2^-60 and 2^60 leave the caller's weights room in float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Factors:
    """``scale_pos_weight`` and what rows of either class weigh beside it.

    Attributes
    ----------
    ratio : float
        Its text is what XGBoost reads as the wanted float32, where `exact`.
    negative, positive : float
        Row weights; one number, or two that are a few float32 apart.
    exact : bool
        Whether ``ratio * positive``, and that times the caller's weights, is exact in float32.
    """

    ratio: float
    negative: float
    positive: float
    exact: bool


def factors(first: float, second: float, *, row_weighted: bool = False) -> Factors:
    """Return the ratio and row weights that say two class weights.

    A constant row weight times a ratio misses some weights by a unit in the last place: then rows of the
    positive class carry a row weight nearby with which the product is exact.

    Parameters
    ----------
    first, second : float
        Weights of labels 0 and 1.
    row_weighted : bool, default=False
        Whether the caller's row weights multiply as well.

    Returns
    -------
    Factors

    Raises
    ------
    InvalidValueError
        If the ratio is none that XGBoost takes.

    Examples
    --------
    >>> factors(1.0, 9.0)
    Factors(ratio=9.0, negative=1.0, positive=1.0, exact=True)
    >>> found = factors(5 / 9, 5.0)
    >>> bool(np.float32(found.ratio) * np.float32(found.positive) == np.float32(5.0))
    True
    """
    first, second = float(np.float32(first)), float(np.float32(second))
    if not fits(second / first):
        raise InvalidValueError(
            "xgboost takes a scale_pos_weight within float32's normal range",
            f"{shown(second / first)} between the weights {first} and {second}",
            "Use form='sample_weight'.",
        )
    with np.errstate(over="ignore", under="ignore"):
        nearest = quotient(second, first, np.float32)
        for ratio in _readable(nearest):
            if gives(second, ratio, first, np.float32) and (not row_weighted or _keeps_bits(first)):
                return Factors(ratio=ratio, negative=first, positive=first, exact=True)
        for ratio in () if row_weighted else _readable(nearest):
            beside = quotient(second, ratio, np.float32)
            if gives(second, ratio, beside, np.float32):
                return Factors(ratio=ratio, negative=first, positive=beside, exact=True)
    return Factors(ratio=nearest, negative=first, positive=first, exact=False)


def _readable(nearest: float) -> Iterator[float]:
    """The ratio, then its neighbours, where there is a text that XGBoost reads as just this number."""
    below = above = np.float32(nearest)
    for _ in range(_STEPS):
        for near in dict.fromkeys((float(below), float(above))):
            found = digits(near) if fits(near) else None
            if found is not None:
                yield found
        below, above = np.nextafter(below, np.float32(0)), np.nextafter(above, np.float32(np.inf))


def _keeps_bits(factor: float) -> bool:
    """Whether products with a factor are not rounded: then their order does not matter."""
    mantissa, exponent = math.frexp(factor)
    return factor == 1 or (mantissa == 0.5 and abs(exponent) <= _SAFE)
