"""A data set survives its file, and its digest sees every change and nothing else."""

import dataclasses
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from boostweights.benchmark.data.dataset import Dataset, read, stored_entry, write


def changed(toy: Dataset, change: Callable[[pd.DataFrame, np.ndarray], object]) -> Dataset:
    X, y = toy.X.copy(), toy.y.copy()
    change(X, y)
    return dataclasses.replace(toy, X=X, y=y)


def test_what_was_written_is_read(toy: Dataset, toy_file: Path) -> None:
    again = read(toy_file)
    assert again.digest == toy.digest
    assert (again.name, again.positive, again.categorical) == (toy.name, toy.positive, ("colour",))
    pd.testing.assert_frame_equal(again.X, toy.X, check_categorical=False)
    assert again.y.tolist() == toy.y.tolist()


CHANGES: dict[str, Callable[[pd.DataFrame, np.ndarray], object]] = {
    "a value": lambda X, y: X.__setitem__("noise", X["noise"].where(X.index != 3, 7.0)),
    "a missing value": lambda X, y: X.__setitem__("noise", X["noise"].where(X.index != 3)),
    "a category": lambda X, y: X.__setitem__("colour", X["colour"].where(X.index != 1)),
    "the levels": lambda X, y: X.__setitem__("colour", X["colour"].cat.rename_categories({"red": "pink"})),
    "a column's name": lambda X, y: X.__setattr__("columns", ["signal", "sound", "colour"]),
    "the columns' order": lambda X, y: X.insert(0, "noise", X.pop("noise")),
    "a label": lambda X, y: y.__setitem__(0, "yes" if y[0] == "no" else "no"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_the_digest_sees(toy: Dataset, name: str) -> None:
    assert changed(toy, CHANGES[name]).digest != toy.digest


def test_the_digest_sees_which_label_is_positive_and_not_the_name(toy: Dataset) -> None:
    assert dataclasses.replace(toy, positive="no").digest != toy.digest
    assert dataclasses.replace(toy, name="other").digest == toy.digest


def test_times_are_kept_but_are_no_part_of_the_digest(toy: Dataset, tmp_path: Path) -> None:
    timed = dataclasses.replace(toy, time=np.arange(len(toy.y))[::-1])
    write(timed, tmp_path / "timed")
    again = read(tmp_path / "timed")
    assert again.time is not None
    assert again.time.tolist() == list(range(len(toy.y)))[::-1]
    assert list(again.X) == list(toy.X)
    assert again.digest == timed.digest == toy.digest
    part = timed.take(np.array([5, 2]))
    assert part.time is not None
    assert part.time.tolist() == [len(toy.y) - 6, len(toy.y) - 3]


def test_a_file_knows_the_entry_that_it_was_made_from(toy: Dataset, tmp_path: Path) -> None:
    assert stored_entry(tmp_path / "none") is None
    write(toy, tmp_path / "some", entry_digest="abc")
    assert stored_entry(tmp_path / "some") == "abc"
