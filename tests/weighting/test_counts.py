"""Counts add up, keep their labels' types and refuse what is no count."""

import copy
import itertools
import pickle
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
import pytest

from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import as_float


class TestOf:
    @pytest.mark.parametrize(
        "convert",
        [
            list,
            tuple,
            np.array,
            pd.Series,
            lambda w: pd.Series(w, dtype="Float64"),
            lambda w: np.array(w, "f4"),
        ],
    )
    def test_weighted(self, convert: Any) -> None:
        counts = ClassCounts.of(["b", "a", "b", "c"], convert([1.0, 2.0, 0.5, 0.0]))
        assert repr(counts) == "ClassCounts({'a': 2, 'b': 1.5, 'c': 0})"

    def test_weights_may_be_bools_or_integers(self) -> None:
        assert ClassCounts.of([0, 1, 1], [True, False, True]) == {0: 1, 1: 1}
        assert ClassCounts.of([0, 1, 1], pd.Series([3, 2, 1], dtype="Int64")) == {0: 3, 1: 3}

    def test_classes_without_weight_keep_their_place(self) -> None:
        counts = ClassCounts.of([0, 1, 2], [0.0, 3.0, 0.5])
        assert counts == {0: 0, 1: 3, 2: 0.5}
        assert counts.weighing == {1: 3, 2: 0.5}
        assert counts.encoded() == counts
        assert counts.imbalance_ratio == 6.0
        assert counts + ClassCounts.of([0]) == {0: 1, 1: 3, 2: 0.5}
        assert ClassCounts.of([0, 1], [0, 0]).prior == {0: 0.0, 1: 0.0}


class TestAddition:
    @pytest.mark.parametrize("chunks", [([1], [1.0]), ([1.0], [1]), ([1, 2], [1.0]), ([1.0], [2, 1])])
    def test_a_float_stays_a_float_in_any_order(self, chunks: Any) -> None:
        total = sum(map(ClassCounts.of, chunks))
        assert isinstance(total, ClassCounts)
        assert {type(label) for label in total if label == 1} == {float}
        assert total == Counter(itertools.chain(*chunks))

    def test_only_to_counts(self) -> None:
        counts = ClassCounts({0: 1})
        assert 0 + counts is counts
        for other in (1, {0: 1}, [], None):
            with pytest.raises(TypeError):
                counts + other
            with pytest.raises(TypeError):
                other + counts


class TestValue:
    @pytest.mark.parametrize(
        "same",
        [
            {1: 10.0, 0: 90.0},
            [(0, 90), (1, 10)],
            {np.int64(0): np.int64(90), np.int64(1): np.float32(10)},
            {0: Fraction(90), 1: 10},
            {False: 90, True: 10},
        ],
        ids=str,
    )
    def test_equal_by_meaning(self, same: Any) -> None:
        counts = ClassCounts({0: 90, 1: 10})
        assert ClassCounts(same) == counts
        assert hash(ClassCounts(same)) == hash(counts)

    def test_numbers_are_python_numbers(self) -> None:
        counts = ClassCounts({"a": np.float64(2.0), "b": np.float32(0.5)})
        assert [(type(count), count) for count in counts.values()] == [(int, 2), (float, 0.5)]

    @pytest.mark.parametrize("counts", [{0: 90, 1: 10}, {"b": 1, "a": 2.5}, {True: 3, False: 1}, {}], ids=str)
    def test_repr_pickle_copy(self, counts: Any) -> None:
        counts = ClassCounts(counts)
        for twin in (eval(repr(counts)), pickle.loads(pickle.dumps(counts)), copy.deepcopy(counts)):
            assert type(twin) is ClassCounts
            assert twin == counts
            assert repr(twin) == repr(counts)

    def test_immutable(self) -> None:
        counts = ClassCounts({0: 1})
        with pytest.raises(TypeError):
            counts[0] = 2  # type: ignore[index]
        with pytest.raises(AttributeError):
            counts.note = 1  # type: ignore[attr-defined]


class TestSummaries:
    def test_total(self) -> None:
        assert repr(ClassCounts({0: 90, 1: 10}).total) == "100"
        assert repr(ClassCounts({0: 1.5, 1: 1.5}).total) == "3.0"
        assert ClassCounts(dict.fromkeys(range(10), 0.1)).total == 1.0  # the sum of ten floats is not
        assert repr(ClassCounts({}).total) == "0"

    def test_majority_of_equals_is_the_first(self) -> None:
        assert ClassCounts({"b": 5, "a": 5, "c": 1}).majority == "a"
        assert ClassCounts({"b": 6, "a": 5, "c": 1}).majority == "b"

    def test_prior_and_imbalance(self) -> None:
        counts = ClassCounts({"b": 30, "a": 10, "c": 60})
        assert counts.prior == {"a": 0.1, "b": 0.3, "c": 0.6}
        assert list(counts.prior) == ["a", "b", "c"]
        assert counts.imbalance_ratio == 6.0
        assert counts.classes == ("a", "b", "c")


def test_as_float() -> None:
    assert as_float(3) == 3.0
    assert isinstance(as_float(Fraction(1, 2)), float)
    assert as_float(10**400) == float("inf")
    assert as_float(-(10**400)) == float("-inf")
