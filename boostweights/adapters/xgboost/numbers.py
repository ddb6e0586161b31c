"""Numbers as XGBoost reads them: decimal digits that it reads back as one float32, and ratios of weights.

XGBoost's parameters pass as text, whose exponent its parser applies in float32: a few units in the last place
are lost outside [1e-4, 1e16), where Python writes an exponent. Another text of the same number may survive.
Two class weights become a ratio and a row weight whose float32 products are the class weights.
"""

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from boostweights.adapters.form import gives, quotient
from boostweights.errors import InvalidValueError, shown

_STEPS = 12  # of float32, to either side of the nearest ratio
_SAFE = 60  # powers of two between 2^-60 and 2^60 leave the caller's weights room in float32


class Factors(NamedTuple):
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


def factors(first: float, second: float, *, row_weighted: bool = False, exact: bool = False) -> Factors:
    """Return the ratio and row weights that say two class weights.

    A constant row weight times a ratio misses some weights by a unit in the last place: then rows of the
    positive class carry a row weight nearby with which the product is exact.

    Parameters
    ----------
    first, second : float
        Weights of labels 0 and 1.
    row_weighted : bool, default=False
        Whether the caller's row weights multiply as well.
    exact : bool, default=False
        Whether the ratio is to be the quotient of the weights, however XGBoost reads it.

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
    unrounded = second / first
    first, second = float(np.float32(first)), float(np.float32(second))
    if not fits(second / first):
        raise InvalidValueError(
            "xgboost takes a scale_pos_weight within float32's normal range",
            f"{shown(second / first)} between the weights {first} and {second}",
            "Use form='sample_weight'.",
        )
    mantissa, exponent = math.frexp(first)  # products with powers of two are not rounded, in whatever order
    keeps_bits = first == 1 or (mantissa == 0.5 and abs(exponent) <= _SAFE)
    with np.errstate(over="ignore", under="ignore"):
        nearest = quotient(second, first, np.float32)
        for ratio, read in _readable(nearest, unrounded, exact=exact):
            if gives(second, read, first, np.float32) and (keeps_bits or not row_weighted):
                return Factors(ratio, first, first, True)
        for ratio, read in () if row_weighted or exact else _readable(nearest, unrounded):
            beside = quotient(second, read, np.float32)
            if gives(second, read, beside, np.float32):
                return Factors(ratio, first, beside, True)
    return Factors(unrounded if exact else nearest, first, first, False)


def _readable(nearest: float, unrounded: float, *, exact: bool = False) -> Iterator[tuple[float, float]]:
    """Ratios and what XGBoost reads in their texts: unrounded, if `exact` or nearest; then neighbours."""
    read = float(parsed(str(unrounded)))
    if exact or read == nearest:
        yield unrounded, read
    if exact:
        return
    below = above = np.float32(nearest)
    for _ in range(_STEPS):
        for near in dict.fromkeys((float(below), float(above))):
            if fits(near) and (text := digits(near)) is not None:
                yield text, near
        below, above = np.nextafter(below, np.float32(0)), np.nextafter(above, np.float32(np.inf))


_LEAST = float(np.finfo(np.float32).tiny)
_MOST = float(np.finfo(np.float32).max)
_NEAR = 64  # steps of a quarter to half a unit of float32 to either side


def parsed(text: str) -> np.float32:
    """Return the float32 that XGBoost reads in a positive number's text.

    Examples
    --------
    >>> float(parsed("8.77")) == float(np.float32(8.77))
    True
    >>> far = float(np.float32(5.155159222874276e17))
    >>> float(parsed(str(far))) == far
    False
    """
    mantissa, _, exponent = text.partition("e")
    whole, _, fraction = mantissa.partition(".")
    fraction = fraction[:19]
    value = np.float32(int(whole))
    if fraction:
        value += np.float32(np.float64(int(fraction)) / np.float64(10 ** len(fraction)))
    power, scale = int(exponent or 0), np.float32(1)
    for _ in range(abs(power) // 8):
        scale *= np.float32(1e8)
    for _ in range(abs(power) % 8):
        scale *= np.float32(10)
    with np.errstate(over="ignore", under="ignore"):
        return np.float32(value / scale) if power < 0 else np.float32(value * scale)


def digits(number: float) -> float | None:
    """Return a float whose text XGBoost reads as the float32 nearest to a number; None where none is near.

    Examples
    --------
    >>> digits(8.77)
    8.770000457763672
    >>> text = str(digits(5.155159222874276e17))
    >>> float(parsed(text)) == float(np.float32(5.155159222874276e17))
    True
    """
    wanted = np.float32(number)
    nearest = float(wanted)
    steps = [sign * step * nearest * 2.0**-25 for step in range(1, _NEAR) for sign in (1, -1)]
    near = (nearest, *(value for step in steps if fits(value := nearest + step)))
    return next((value for value in near if parsed(str(value)) == wanted), None)


def fits(number: float) -> bool:
    """Whether XGBoost takes a number as a float32: smaller and larger ones it refuses.

    Examples
    --------
    >>> fits(1e6), fits(1e40)
    (True, False)
    """
    return _LEAST <= number <= _MOST
