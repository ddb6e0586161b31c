"""How LightGBM reads a parameter's text: not always as the number that was written.

Parameters reach the library as text, which it parses digit by digit (``Common::Atof``). The result may miss
the number by one unit in the last place; a neighbour is then written that is read as the number meant.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, Final

__all__ = ["is_true", "number_read", "spelled"]

_NEIGHBOURS: Final = 64
_MOST_EXPONENT: Final = 308
_STEPS: Final = ((50, 1e50), (8, 1e8), (1, 10.0))


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
    scale = _scale(min(int(exponent.lstrip("+-")), _MOST_EXPONENT)) if exponent else 1.0
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
    return next((near for near in _near(value) if number_read(repr(near)) == value), None)


def is_true(value: Any) -> bool:
    """Whether LightGBM takes a parameter's value as true.

    Examples
    --------
    >>> is_true("+"), is_true("False"), is_true(None)
    (True, False, False)
    """
    return str(value).lower() in ("true", "+")


def _near(value: float) -> Iterator[float]:
    yield value
    below = above = value
    for _ in range(_NEIGHBOURS):
        below, above = math.nextafter(below, 0.0), math.nextafter(above, math.inf)
        yield below
        yield above


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


def _scale(exponent: int) -> float:
    scale = 1.0
    for step, factor in _STEPS:
        while exponent >= step:
            scale *= factor
            exponent -= step
    return scale
