"""How well a figure of the rarest class can be known from so many rows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Final

_FEW: Final = 1000
_PER_FEATURE: Final = 10


def known_of_rare(rows: float, features: int | None) -> Iterator[str]:
    """Yield what few rows of the rarest class limit: Wilson's interval (1927), and ten rows a feature.

    Examples
    --------
    >>> list(known_of_rare(100, None))
    ['with all 100 rows of the rarest class to test on, a recall of one half is known to ±0.10: label more']
    >>> list(known_of_rare(2000, 10))
    []
    """
    if rows < _FEW:
        yield (
            f"with all {rows:g} rows of the rarest class to test on, a recall of one half is known to "
            f"±{half_width(rows):.2f}: label more"
        )
    if features is not None and rows < _PER_FEATURE * features:
        yield (
            f"there are {rows / features:.2g} rows of the rarest class for each of {features} features; "
            "Peduzzi et al. (1996) ask for ten"
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
