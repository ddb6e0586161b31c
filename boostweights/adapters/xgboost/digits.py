"""Decimal digits that XGBoost reads back as one float32.

XGBoost's parameters pass as text, whose exponent its parser applies in float32: a few units in the last place
are lost outside [1e-4, 1e16), where Python writes an exponent. Another text of the same number may survive.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

__all__ = ["digits", "fits", "parsed"]

_LEAST: Final = float(np.finfo(np.float32).tiny)
_MOST: Final = float(np.finfo(np.float32).max)
_NEAR: Final = 64  # steps of a quarter to half a unit of float32 to either side


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
    power = int(exponent or 0)
    scale = _scale(abs(power))
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
    return next((near for near in _near(float(wanted)) if parsed(str(near)) == wanted), None)


def fits(number: float) -> bool:
    """Whether XGBoost takes a number as a float32: smaller and larger ones it refuses.

    Examples
    --------
    >>> fits(1e6), fits(1e40)
    (True, False)
    """
    return _LEAST <= number <= _MOST


def _near(number: float) -> Iterator[float]:
    yield number
    half = number * 2.0**-25
    for step in range(1, _NEAR):
        yield from (near for near in (number + step * half, number - step * half) if fits(near))


def _scale(power: int) -> np.float32:
    scale = np.float32(1)
    for _ in range(power // 8):
        scale *= np.float32(1e8)
    for _ in range(power % 8):
        scale *= np.float32(10)
    return scale
