"""Digests of labels are the same whichever library holds the column; of splits, of indices and masks."""

import hashlib
from typing import Any

import numpy as np
import pandas as pd
import pytest

import boostweights as bw
from boostweights.card.content import labels_digest, split_digest

KINDS: dict[str, list[Any]] = {
    "int": [3, 1, 2, 1],
    "encoded": [0, 1, 1, 0],
    "str": ["b", "a", "ü", "a"],
    "bool": [True, False, True, True],
}


def frame_column(module: str, labels: list[Any], categorical: bool) -> Any:
    library = pytest.importorskip(module)
    if module == "pandas":
        return library.Series(labels, dtype="category" if categorical else None)
    if module == "polars":
        return library.Series(labels, dtype=library.Categorical if categorical else None)
    column = library.chunked_array([labels[:1], labels[1:]])
    return column.dictionary_encode() if categorical else column


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("module", ["pandas", "polars", "pyarrow"])
def test_columns_of_the_same_labels_have_one_digest(kind: str, module: str) -> None:
    labels = KINDS[kind]
    expected = labels_digest(labels)
    columns = (tuple(labels), np.array(labels), np.array(labels, object), frame_column(module, labels, False))
    assert {labels_digest(column) for column in columns} == {expected}
    if kind == "str":
        assert labels_digest(frame_column(module, labels, True)) == expected


@pytest.mark.parametrize("dtype", ["int8", "uint16", "float32", "float64", "int64"])
def test_equal_numbers_have_one_digest(dtype: str) -> None:
    assert labels_digest(np.array([2, 1, 2], dtype)) == labels_digest([2, 1, 2])


def test_the_digest_is_the_documented_one() -> None:
    content = b'boostweights labels\n["a", "b"]' + np.array([1, 0, 1], "<i4").tobytes()
    assert labels_digest(["b", "a", "b"]) == f"sha256:{hashlib.sha256(content).hexdigest()}"
    content = b"boostweights split\n" + np.array([4, 0, 2], "<i8").tobytes()
    assert split_digest([4, 0, 2]) == f"sha256:{hashlib.sha256(content).hexdigest()}"


def test_blocks_of_long_columns_are_all_in_the_digest() -> None:
    y = np.zeros((1 << 20) + 5, np.int8)
    y[3] = 1
    seen = {labels_digest(y)}
    for row in (0, (1 << 20) - 1, 1 << 20, len(y) - 1):
        other = y.copy()
        other[row] = 1
        seen.add(labels_digest(other))
    assert len(seen) == 5


@pytest.mark.parametrize(
    "other", [[1, 2, 1, 3], [3, 1, 2], ["3", "1", "2", "1"], [3, 1, 2, 2], [4, 1, 2, 1]], ids=str
)
def test_other_labels_have_another_digest(other: list[Any]) -> None:
    assert labels_digest(other) != labels_digest([3, 1, 2, 1])
    assert labels_digest([True, False]) != labels_digest([1, 0])


def test_a_split_is_positions_in_their_order_or_a_mask() -> None:
    mask, positions = np.array([True, False, True]), np.array([0, 2], np.uint8)
    for same in (positions, mask, mask.tolist(), pd.Index([0, 2]), range(0, 3, 2)):
        assert split_digest(same, 2) == split_digest([0, 2])
    assert split_digest([2, 0]) != split_digest([0, 2])


@pytest.mark.parametrize(
    ("split", "message"),
    [
        ([[0, 1]], "must be the positions"),
        (["a", "b"], "must be the positions"),
        ([0.0, 1.0], "must be the positions"),
        ([0, -1], "at least 0; got -1"),
        ([0, 1, 2], "must name the 2 training rows that y has; got 3 rows"),
        ([True, False], "must name the 2 training rows that y has; got 1 rows"),
    ],
)
def test_what_is_no_split_is_refused(split: Any, message: str) -> None:
    with pytest.raises((bw.errors.InvalidTypeError, bw.errors.InvalidValueError), match=message):
        split_digest(split, 2)
