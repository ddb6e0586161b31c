"""Labels keep their type and order, whatever column they come in."""

import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from boostweights.errors import InvalidValueError, UnknownLabelError
from boostweights.weighting.labels.counting import count_labels, encode, factorize, map_labels
from boostweights.weighting.labels.rules import LabelMap, label_kind, positive_label


def typed(labels: Any) -> list[tuple[str, Any]]:
    """Labels with their types: 1, 1.0 and True are equal and not the same."""
    return [(type(label).__name__, label) for label in labels]


def state(column: Any) -> bytes:
    return pickle.dumps(column.values if type(column).__name__ == "Foreign" else column)


class TestAnyColumn:
    def test_counts(self, sample: Any) -> None:
        expected = Counter(sample.labels)
        counts = count_labels(sample.make())
        assert counts == dict(expected)
        assert typed(counts) == typed(sorted(expected))
        assert {type(count) for count in counts.values()} == {int}

    def test_codes(self, sample: Any) -> None:
        classes = sorted(set(sample.labels))
        codes = encode(sample.make(), classes)
        assert codes.dtype == np.intp
        assert codes.tolist() == [classes.index(label) for label in sample.labels]
        assert factorize(sample.make()).codes.tolist() == codes.tolist()

    @pytest.mark.parametrize("dtype", ["float32", "float64"])
    def test_values(self, sample: Any, dtype: str) -> None:
        values = {label: 0.1 + place for place, label in enumerate(sorted(set(sample.labels))[::-1])}
        mapped = map_labels(sample.make(), values, dtype)
        assert mapped.dtype == dtype
        assert mapped.tolist() == np.array([values[label] for label in sample.labels], dtype).tolist()

    @pytest.mark.parametrize("place", [0, -1])
    def test_a_label_without_value(self, sample: Any, place: int) -> None:
        lost = sorted(set(sample.labels))[place]
        values = {label: 1.0 for label in sample.labels if label != lost}
        with pytest.raises(UnknownLabelError) as caught:
            map_labels(sample.make(), values, np.float32)
        assert caught.value.value == f"{lost!r} ({type(lost).__name__})"

    def test_weighted_counts(self, sample: Any) -> None:
        weight = np.arange(len(sample.labels)) / 4
        expected: Counter[Any] = Counter()
        for label, w in zip(sample.labels, weight.tolist(), strict=True):
            expected[label] += w
        counts = count_labels(sample.make(), weight)
        assert counts == expected
        assert typed(counts) == typed(sorted(counts))

    def test_stays_as_it_was(self, sample: Any) -> None:
        column = sample.make()
        before = state(column)
        encode(column, list(count_labels(column, np.ones(len(sample.labels)))))
        assert state(column) == before


def test_an_unused_category_may_be_anything() -> None:
    y = pd.Series(pd.Categorical([1.0, 3.0, 1.0], categories=[0.5, 1.0, 3.0]))
    assert count_labels(y) == {1.0: 2, 3.0: 1}
    assert encode(y, [1.0, 3.0]).tolist() == [0, 1, 0]


class TestEqualLabelsOfOtherTypes:
    """1, 1.0 and True are one label to Python, and so to a look-up."""

    COLUMNS = (
        lambda: [0, 1],
        lambda: np.array([0, 1], "i1"),
        lambda: np.array([False, True]),
        lambda: np.array([0.0, 1.0]),
        lambda: pd.Series([False, True], dtype="category"),
        lambda: pd.Series([0, 1], dtype="category"),
        lambda: pd.Series([0.0, 1.0], dtype="category"),
        lambda: pl.Series([False, True]),
        lambda: pa.array([0, 1]).dictionary_encode(),
        lambda: pa.array([0.0, 1.0]).dictionary_encode(),
    )

    @pytest.mark.parametrize("classes", [[0, 1], [0.0, 1.0], [False, True]], ids=str)
    @pytest.mark.parametrize("make", COLUMNS)
    def test_found(self, make: Callable[[], Any], classes: list[Any]) -> None:
        assert encode(make(), classes).tolist() == [0, 1]


RANGES = {
    "one": [5],
    "gap": [0, 7],
    "signs": [-1, 1],
    "255": list(range(255)),
    "300 far apart": [1000 * value for value in range(-150, 150)],
    "65535 apart": [-1, 65534],
    "65536 apart": [0, 65536],
    "huge": [-(10**12), 0, 10**12],
    "edges": [-(2**63), -1, 0, 2**63 - 1],
    "one edge": [2**63 - 2, 2**63 - 1],
    "other edge": [-(2**63), -(2**63) + 1],
}


class TestIntegers:
    @pytest.mark.parametrize("name", RANGES)
    @pytest.mark.parametrize("dtype", ["i2", "i4", "i8", "u8", ">i8", "f8", "O"])
    def test_ranges(self, name: str, dtype: str) -> None:
        labels = RANGES[name]
        if dtype in ("i2", "i4", "i8", "u8", ">i8"):
            edges = np.iinfo(dtype)
            labels = [label for label in labels if edges.min <= label <= edges.max] or [7]
        elif dtype == "f8":
            labels = [label for label in labels if abs(label) <= 2**53] or [7]
        rng = np.random.default_rng(0)
        places = np.concatenate([np.arange(len(labels)), rng.integers(len(labels), size=500)])
        y = np.array([labels[place] for place in places], dtype)
        assert count_labels(y) == Counter(labels[place] for place in places)
        assert encode(y, labels).tolist() == places.tolist()

    def test_near_the_end_of_uint64(self) -> None:
        labels = [0, 2**63, 2**64 - 2, 2**64 - 1]
        y = np.array([*labels, 2**64 - 1], np.uint64)
        assert count_labels(y) == {0: 1, 2**63: 1, 2**64 - 2: 1, 2**64 - 1: 2}
        assert encode(y, labels).tolist() == [0, 1, 2, 3, 3]
        narrow = y[2:]
        assert count_labels(narrow) == {2**64 - 2: 1, 2**64 - 1: 2}
        assert encode(narrow, labels[2:]).tolist() == [0, 1, 1]

    @pytest.mark.parametrize(
        ("dtype", "classes", "strange"),
        [
            ("u8", [-1, 0], 2**64 - 1),  # would wrap to -1
            ("i8", [0, 1], -(2**63)),
            ("i8", [0, 5], 3),
            ("i1", [0, 300], 44),  # 300 would wrap to 44
            ("?", [0, 2], True),
            ("f8", [0, 1], 2),
            ("i8", [k * 10**6 for k in range(200)], 5),
            ("O", list(range(200)), 200),
        ],
    )
    def test_strange_labels_are_found(self, dtype: str, classes: list[int], strange: int) -> None:
        known = [label for label in classes if dtype not in "u8u1?" or label >= 0][:1]
        y = np.array([*([] if dtype == "?" else known), strange], dtype)
        with pytest.raises(UnknownLabelError) as caught:
            encode(y, classes)
        assert caught.value.value.startswith(f"{y.tolist()[-1]!r} (")


class TestLabelMap:
    def test_sorted_with_python_keys(self) -> None:
        labels = LabelMap([(np.int64(3), "c"), (np.int8(-1), "a")])
        assert list(labels.items()) == [(-1, "a"), (3, "c")]
        assert typed(labels) == [("int", -1), ("int", 3)]
        assert len(labels) == 2
        assert repr(labels) == "{-1: 'a', 3: 'c'}"

    def test_compares_and_hashes_by_meaning(self) -> None:
        labels = LabelMap({1: 2.0, 0: 1.0})
        assert labels == {0: 1.0, 1: 2.0}
        assert labels == LabelMap({0: 1, 1: 2})
        assert hash(labels) == hash(LabelMap({0: 1, 1: 2}))
        assert labels != LabelMap({0: 1, 1: 3})
        assert hash(labels) != hash(LabelMap({0: 1, 1: 3}))
        assert pickle.loads(pickle.dumps(labels)) == labels

    def test_immutable(self) -> None:
        labels = LabelMap({0: 1.0})
        with pytest.raises(TypeError):
            labels[0] = 2.0  # type: ignore[index]
        with pytest.raises(AttributeError):
            labels.note = ""  # type: ignore[attr-defined]


class TestPositiveLabel:
    @pytest.mark.parametrize(
        ("classes", "named", "positive"),
        [
            *(([0, 1], None, 1), ([-1, 1], None, 1), ([False, True], None, True), ((-1.0, 1.0), None, 1.0)),
            *((["bad", "good"], "bad", "bad"), ([0, 1], 0, 0), ([0, 1], np.float64(1), 1)),
        ],
    )
    def test_plain_or_named(self, classes: Any, named: Any, positive: Any) -> None:
        assert typed([positive_label(classes, named)]) == typed([positive])

    @pytest.mark.parametrize("classes", [[1, 2], ["0", "1"], ["bad", "good"], [0, 2], [-1, 0]], ids=str)
    def test_unclear(self, classes: Any) -> None:
        with pytest.raises(InvalidValueError, match="Pass pos_label="):
            positive_label(classes)


@pytest.mark.parametrize(
    ("label", "kind"),
    [(True, "bool"), (1, "number"), (1.5, "number"), ("1", "str"), (b"1", "bytes"), (None, "NoneType")],
)
def test_kinds(label: Any, kind: str) -> None:
    assert label_kind(label) == kind


@pytest.mark.parametrize("labels", [["a", "a\0"], ["\0"], [b"", b"\0", b"\0\0"], [(1, 2), (0, 1)]], ids=repr)
@pytest.mark.parametrize(
    "wrap", [list, lambda labels: pd.Series(labels, dtype=object)], ids=["list", "pandas"]
)
def test_labels_that_numpy_would_shorten_or_unpack(labels: list[Any], wrap: Callable[..., Any]) -> None:
    rows = [*labels, labels[0]]
    counts = count_labels(wrap(rows))
    assert counts == Counter(rows)
    assert encode(wrap(rows), list(counts)).tolist() == [sorted(labels).index(label) for label in rows]


@pytest.mark.skipif(not hasattr(np.dtypes, "StringDType"), reason="numpy 2 has it")
def test_string_dtype_keeps_its_last_nul() -> None:
    column = np.array(["a", "a\0", "b"], np.dtypes.StringDType())
    assert encode(column, ["a", "a\0", "b"]).tolist() == [0, 1, 2]


def test_fixed_width_strings_never_equal_a_longer_label() -> None:
    values = {"a": 1.0, "a\0": 9.0}
    assert map_labels(np.array(["a", "a"]), values, np.float64).tolist() == [1.0, 1.0]
