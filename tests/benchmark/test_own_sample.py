"""A sample of a user's table: stratified, in order, and refused where a class would be too small."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import sampled_data
from boostweights.errors import InvalidValueError
from boostweights.tables.roles import Roles


def data(counts: list[int]) -> TableData:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(len(counts)), counts))
    line = np.arange(len(labels))
    rows = {"y": labels, "row": line * 1.5, "day": line[::-1], "person": line, "price": line + 0.5}
    costs = (1.0, "price") if len(counts) == 2 else None
    roles = Roles(target="y", time="day", group="person", costs=costs, drop=("price",))
    return as_table_data(pa.table(rows), roles, name="d")


@given(
    counts=st.lists(st.integers(10, 200), min_size=2, max_size=4),
    max_rows=st.integers(1, 400),
    seed=st.integers(0, 9),
)
def test_each_class_keeps_its_share_to_the_row(counts: list[int], max_rows: int, seed: int) -> None:
    whole = data(counts)
    found = sampled_data(whole, max_rows, least=0, seed=seed)
    if max_rows >= sum(counts):
        assert found is whole
        return
    kept = np.bincount(found.dataset.y.astype(int), minlength=len(counts))
    assert kept.sum() == max_rows
    assert (np.abs(kept - np.array(counts) * max_rows / sum(counts)) < 1).all()
    assert found.sampled_from == sum(counts)
    row = found.dataset.X["row"].to_numpy() / 1.5
    assert (np.diff(row) > 0).all()  # in their order, none twice
    places = row.astype(int)
    assert (found.dataset.y == whole.dataset.y[places]).all()
    assert (found.dataset.group == whole.dataset.group[places]).all()
    if found.dataset.costs is not None:
        assert (found.dataset.costs.fixed[:, 1] == places + 0.5).all()
    assert found.times is not None
    assert (found.times == stats.rankdata(whole.times[places], "dense") - 1).all()
    again = sampled_data(whole, max_rows, least=0, seed=seed)
    pd.testing.assert_frame_equal(again.dataset.X, found.dataset.X)


def test_another_seed_is_another_sample() -> None:
    samples = [sampled_data(data([100, 50]), 60, least=2, seed=seed).dataset.digest for seed in range(3)]
    assert len(set(samples)) == 3


def test_nought_is_all_rows() -> None:
    whole = data([20, 10])
    assert sampled_data(whole, 0, least=5, seed=0) is whole


@pytest.mark.parametrize("least", [2, 5, 7])
def test_the_number_of_rows_that_an_error_names_will_do(least: int) -> None:
    whole = data([991, 13])
    with pytest.raises(InvalidValueError, match=rf"must have {least} rows of each class") as raised:
        sampled_data(whole, 30, least=least, seed=0)
    enough = int(raised.value.mend.split("--max-rows ")[1].split(" ")[0])
    found = sampled_data(whole, enough, least=least, seed=0)
    assert (found.dataset.y == "1").sum() >= least
