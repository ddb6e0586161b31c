"""Values of a column as text."""

from __future__ import annotations

import re
from typing import Any, Final

import pandas as pd

__all__ = ["canonical"]

_INTEGRAL: Final = re.compile(r"[+-]?\d+\.0*")


def canonical(column: pd.Series[Any], missing: tuple[str, ...]) -> pd.Series[Any]:
    """Return a column as text: stripped, integral numbers without decimals; None where a value is missing.

    Examples
    --------
    >>> canonical(pd.Series([" a ", "1.0", "?", "007"]), ("?",)).tolist()
    ['a', '1', None, '007']
    """

    def text(value: Any) -> str | None:
        if pd.isna(value):
            return None
        stripped = str(value).strip()
        plain = stripped.partition(".")[0] if _INTEGRAL.fullmatch(stripped) else stripped
        return None if plain in missing else plain

    return pd.Series([text(value) for value in column], index=column.index, dtype=object)
