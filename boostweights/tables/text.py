"""A value as text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

_INTEGRAL: Final = re.compile(r"[+-]?\d+\.0*")


def canonical(value: Any, missing: Sequence[str]) -> str | None:
    """Return a value as text: stripped, integral numbers without decimals; None where it is missing.

    Examples
    --------
    >>> [canonical(value, ("?",)) for value in (" a ", "1.0", "?", "007", 2.0, float("nan"))]
    ['a', '1', None, '007', '2', None]
    """
    if value is None or value != value:  # noqa: PLR0124  NaN
        return None
    stripped = str(value).strip()
    plain = stripped.partition(".")[0] if _INTEGRAL.fullmatch(stripped) else stripped
    return None if plain in missing else plain
