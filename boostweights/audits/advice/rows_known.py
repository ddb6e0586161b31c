"""How well a figure of the rarest class can be known from so many rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

_FEW: Final = 100
_PER_FEATURE: Final = 10


def known_of_rare(rows: float, features: int | None) -> Iterator[str]:
    """Yield what few rows of the rarest class limit: Wilson's interval (1927), and ten rows a feature.

    Examples
    --------
    >>> list(known_of_rare(50, None))
    ['a recall of .5, measured on all 50 rows of the rarest class, has a 95 % interval of ±0.13']
    >>> list(known_of_rare(726, 10))
    []
    """
    if rows < _FEW:
        yield (
            f"a recall of .5, measured on all {rows:g} rows of the rarest class, has a 95 % interval of "
            f"±{half_width(rows):.2f}"
        )
    if features is not None and rows < _PER_FEATURE * features:
        yield (
            f"there are {rows / features:.2g} rows of the rarest class for each of {features} features; "
            "Peduzzi et al. (1996) recommend ten for logistic regression"
        )


def half_width(n: float) -> float:
    """Return the half-width of Wilson's .95 interval of a share of one half.

    Examples
    --------
    >>> round(half_width(100), 3)
    0.096
    """
    z = 1.959963984540054
    return z / (1 + z * z / n) * math.sqrt(0.25 / n + z * z / (4 * n * n))
