"""A column of a data set as text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd

from boostweights.tables.text import canonical


def canonical_column(column: pd.Series[Any], missing: Sequence[str]) -> pd.Series[Any]:
    """Return a column as text: stripped, integral numbers without decimals; None where a value is missing.

    Examples
    --------
    >>> canonical_column(pd.Series([" a ", "1.0", "?", "007"]), ("?",)).tolist()
    ['a', '1', None, '007']
    """
    texts = [None if pd.isna(value) else canonical(value, missing) for value in column]
    return pd.Series(texts, index=column.index, dtype=object)


def category(column: pd.Series[Any], missing: Sequence[str]) -> pd.Series[Any]:
    """Return a column as categories: its canonical texts, sorted."""
    values = canonical_column(column, missing)
    return values.astype(pd.CategoricalDtype(sorted(set(values.dropna()))))
