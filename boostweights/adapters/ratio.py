"""Ratios of weights in the precision that a library stores."""

from __future__ import annotations

from typing import Any

import numpy as np

__all__ = ["gives", "quotient"]


def quotient(product: float, factor: float, dtype: type[np.floating[Any]]) -> float:
    """Return the number that times `factor` is `product` in `dtype`, or the nearest to it.

    Division alone may miss by one unit in the last place; its neighbours are tried.

    Examples
    --------
    >>> q = quotient(5.0, 5 / 9, np.float32)
    >>> float(np.float32(q) * np.float32(5 / 9))
    5.0
    """
    wanted, by = dtype(product), dtype(factor)
    nearest = wanted / by
    for candidate in (nearest, np.nextafter(nearest, dtype(0)), np.nextafter(nearest, dtype(np.inf))):
        if candidate * by == wanted:
            return float(candidate)
    return float(nearest)


def gives(product: float, factor: float, other: float, dtype: type[np.floating[Any]]) -> bool:
    """Whether two factors multiply to `product` in `dtype`, to the last bit.

    Examples
    --------
    >>> gives(9.0, 3.0, 3.0, np.float32)
    True
    """
    return bool(dtype(factor) * dtype(other) == dtype(product))
