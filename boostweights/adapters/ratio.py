"""Ratios of weights in the precision that a library stores."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from boostweights.errors import InvalidValueError, shown


def quotient(product: float, factor: float, dtype: type[np.floating[Any]]) -> float:
    """Return the number that times `factor` is `product` in `dtype`, or the nearest to it.

    Division alone may miss a power of two, below which float numbers are closer: then its neighbour is taken.

    Examples
    --------
    >>> q = quotient(5.0, 5 / 9, np.float32)
    >>> float(np.float32(q) * np.float32(5 / 9))
    5.0
    """
    wanted, by = dtype(product), dtype(factor)
    nearest = wanted / by
    above = np.nextafter(nearest, dtype(np.inf))
    return float(above if nearest * by != wanted == above * by else nearest)


def gives(product: float, factor: float, other: float, dtype: type[np.floating[Any]]) -> bool:
    """Whether two factors multiply to `product` in `dtype`, to the last bit.

    Examples
    --------
    >>> gives(9.0, 3.0, 3.0, np.float32)
    True
    """
    return bool(dtype(factor) * dtype(other) == dtype(product))


def is_power_of_two(number: float) -> bool:
    """Whether products with a number lose no digits.

    Examples
    --------
    >>> is_power_of_two(0.25), is_power_of_two(3.0)
    (True, False)
    """
    return math.frexp(number)[0] == 0.5


def checked_factor(c: Any) -> float:
    """Return a factor of all weights, or raise.

    Raises
    ------
    InvalidValueError
        If it is not positive and finite.

    Examples
    --------
    >>> checked_factor(2.0)
    2.0
    """
    if isinstance(c, bool) or not isinstance(c, (int, float)) or not 0 < c < math.inf:
        raise InvalidValueError(
            "c must be positive and finite", shown(c), "Pass the new weight over the old."
        )
    return c
