"""Rows that a split must not part."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.rows import duplicate_groups, split_groups, stratified_splits
from boostweights.errors import InvalidValueError


def small(X: pd.DataFrame, y: Any = None, group: Any = None) -> Dataset:
    labels = np.array(["n", "p"] * len(X))[: len(X)] if y is None else np.asarray(y)
    return Dataset(name="small", X=X, y=labels, group=None if group is None else np.asarray(group))


def partition(numbers: Any) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(numbers == number).tolist()) for number in np.unique(numbers)}


def test_equal_rows_share_a_number_missing_values_and_categories_too() -> None:
    X = pd.DataFrame(
        {
            "a": [1.0, 1.0, np.nan, np.nan, 0.0, -0.0],
            "c": pd.Categorical(["x", "x", None, None, "x", "x"], categories=["w", "x"]),
        }
    )
    assert duplicate_groups(small(X)).tolist() == [0, 0, 1, 1, 2, 2]


def test_rows_that_differ_in_a_category_or_in_what_is_missing_do_not() -> None:
    X = pd.DataFrame({"a": [1.0, 1.0, np.nan], "c": pd.Categorical(["x", "y", "x"])})
    assert duplicate_groups(small(X)).tolist() == [0, 1, 2]


cells = st.one_of(st.none(), st.sampled_from([0.0, 1.0, 2.0]))


@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=30))
def test_the_numbers_are_pandas_groups(rows: list[tuple[float | None, float | None]]) -> None:
    X = pd.DataFrame(rows, columns=["a", "b"], dtype="float64")
    expected = X.groupby(["a", "b"], dropna=False).ngroup().to_numpy()
    assert partition(duplicate_groups(small(X))) == partition(expected)


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40))
def test_groups_and_equal_rows_join(pairs: list[tuple[int, int]]) -> None:
    values, group = np.array(pairs).T
    found = split_groups(small(pd.DataFrame({"a": values.astype(float)}), group=group * 10 - 5))
    joined = {frozenset(np.flatnonzero(values == value).tolist()) for value in values}
    joined |= {frozenset(np.flatnonzero(group == number).tolist()) for number in group}
    while True:  # merge whatever overlaps, the slow and obvious way
        overlap = next(((a, b) for a in joined for b in joined if a != b and a & b), None)
        if overlap is None:
            break
        joined = joined - set(overlap) | {overlap[0] | overlap[1]}
    assert partition(found) == joined


def test_a_rare_class_is_in_every_fold_even_if_its_groups_are_mixed() -> None:
    rng = np.random.default_rng(0)
    group = np.repeat(np.arange(60), 5)
    y = np.full(300, "n")
    y[::5][:12] = "p"  # one row of twelve groups
    data = small(pd.DataFrame({"a": rng.normal(size=300)}), y, group)
    for train, test in stratified_splits(data, 4, 0):
        assert (y[test] == "p").sum() == 3
        assert not set(group[train]) & set(group[test])


def test_every_group_may_have_every_class() -> None:
    data = small(pd.DataFrame({"a": np.arange(20.0)}), ["n", "p"] * 10, np.repeat(np.arange(10), 2))
    assert [len(test) for _, test in stratified_splits(data, 5, 0)] == [4] * 5


def test_a_class_that_is_the_rarest_of_few_groups_warns_of_nothing() -> None:
    y = ["n", "p"] * 9 + ["n", "n"]
    data = small(pd.DataFrame({"a": np.arange(20.0)}), y, np.repeat(np.arange(10), 2))
    assert len(list(stratified_splits(data, 3, 0))) == 3


@pytest.mark.parametrize(
    ("second", "folds", "says"),
    [
        (2.0, 5, "at least 5 groups.*got 'p' in 2. Use 2 folds"),
        (1.0, 2, "got 'p' in 1. Add rows of it, or leave it out"),
    ],
)
def test_more_folds_than_groups_with_a_class_are_refused(second: float, folds: int, says: str) -> None:
    X = pd.DataFrame({"a": [1.0, second, *range(5, 23)]})
    with pytest.raises(InvalidValueError, match=says):
        next(stratified_splits(small(X, ["p", "p", *["n"] * 18]), folds, 0))


def test_rows_are_taken_by_position(toy: Dataset) -> None:
    rows = np.array([7, 3])
    whole = dataclasses.replace(toy, group=np.arange(len(toy.y)) // 2)
    part = whole.take(rows)
    assert part.y.tolist() == toy.y[rows].tolist()
    assert part.X["noise"].tolist() == toy.X["noise"].to_numpy()[rows].tolist()
    assert part.X.index.tolist() == [0, 1]
    assert list(part.X["colour"].cat.categories) == ["blue", "green", "red"]
    assert part.group is not None
    assert part.group.tolist() == [3, 1]
    assert (part.name, part.positive, part.family) == ("toy", "yes", "toy")
