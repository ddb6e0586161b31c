"""``factorize``: counts and positions in one reading, whatever the column."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boostweights.errors import InvalidValueError
from boostweights.weighting.labels.counting import factorize

MAKE = {
    "list": list,
    "numpy": np.array,
    "object": lambda y: np.array(y, object),
    "pandas": pd.Series,
    "category": lambda y: pd.Series(y, dtype="category"),
    "polars": pl.Series,
}


@pytest.mark.parametrize("column", MAKE)
@given(y=st.lists(st.sampled_from(["ant", "bee", "cat", "dog", "eel"]), min_size=1, max_size=40))
def test_equals_numpys_unique(column: str, y: list[str]) -> None:
    labels, positions, sizes = np.unique(np.array(y), return_inverse=True, return_counts=True)
    counts, codes = factorize(MAKE[column](y))
    assert counts == dict(zip(labels.tolist(), sizes.tolist(), strict=True))
    assert list(counts) == labels.tolist()
    np.testing.assert_array_equal(codes, positions)


@pytest.mark.parametrize("dtype", ["int64", "uint8", "bool", "float64", "U3", "O"])
def test_a_label_met_only_late_is_found(dtype: str) -> None:
    y = np.zeros(10_000)
    y[-1] = 1
    y = y.astype(bool) if dtype == "bool" else y.astype(int).astype(dtype)
    counts, codes = factorize(y)
    assert list(counts.values()) == [9_999, 1]
    np.testing.assert_array_equal(np.flatnonzero(codes), [9_999])


def test_codes_are_not_copied() -> None:
    y = np.array([0, 2, 1, 2])
    assert factorize(y)[1] is y
    np.testing.assert_array_equal(factorize(y + 1)[1], y)


@pytest.mark.parametrize("late", [np.nan, 0.5])
def test_a_late_missing_or_continuous_label_raises(late: float) -> None:
    y = np.zeros(10_000)
    y[-1] = late
    with pytest.raises(InvalidValueError):
        factorize(y)
