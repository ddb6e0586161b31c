"""Class weights: values, and one weight a row."""

import copy
import pickle
from typing import Any
from unittest import mock

import numpy as np
import pytest

from boostweights.weighting.class_weights import ClassWeights, check_same_labels, checked_weights
from boostweights.weighting.counts import ClassCounts

LEAST = 2.0**-126  # float32's smallest normal number
MOST = (2 - 2.0**-23) * 2.0**127  # and its largest


def weights_of(class_weight: Any, **settings: Any) -> ClassWeights:
    return ClassWeights(class_weight, counts=ClassCounts(dict.fromkeys(class_weight, 5)), **settings)


class TestValue:
    def test_parts(self) -> None:
        counts = ClassCounts({"b": 30, "a": 10})
        weights = ClassWeights({"b": 1, "a": np.float32(2.5)}, counts=counts, notes=["n"])
        assert list(weights.class_weight.items()) == [("a", 2.5), ("b", 1.0)]
        assert [type(value) for value in weights.values] == [float, float]
        assert weights.values == (2.5, 1.0)
        assert weights.classes == ("a", "b")
        assert weights.counts is counts
        assert weights.notes == ("n",)
        assert weights.mean == (2.5 * 10 + 30) / 40

    def test_labels_are_those_of_the_counts(self) -> None:
        weights = ClassWeights({1.0: 2.0, False: 1.0}, counts=ClassCounts({0: 1, 1: 1}))
        assert repr(weights.class_weight) == "{0: 1.0, 1: 2.0}"

    def test_class_weight_is_a_copy(self) -> None:
        weights = weights_of({0: 1.0, 1: 2.0})
        weights.class_weight[0] = 9.0
        assert weights.class_weight == {0: 1.0, 1: 2.0}

    def test_immutable(self) -> None:
        weights = weights_of({0: 1.0})
        for name in ("counts", "notes", "_class_weight"):
            with pytest.raises(AttributeError, match=f"cannot assign.*{name}"):
                setattr(weights, name, None)

    def test_equality(self) -> None:
        weights = weights_of({0: 1.0, 1: 2.0})
        for same in (weights_of({1: 2, 0: 1}), weights_of({0: 1.0, 1: 2.0}, notes=("said",))):
            assert same == weights
            assert hash(same) == hash(weights)
        assert weights != weights_of({0: 1.0, 1: 3.0})
        assert weights != ClassWeights({0: 1.0, 1: 2.0}, counts=ClassCounts({0: 5, 1: 6}))
        assert weights != {0: 1.0, 1: 2.0}
        assert weights == mock.ANY  # others may say that they equal
        assert len({hash(weights_of({0: 1.0, 1: 2.0 + step})) for step in range(5)}) == 5
        counted = [ClassWeights({0: 1.0}, counts=ClassCounts({0: rows})) for rows in range(1, 6)]
        assert len(set(map(hash, counted))) == 5

    @pytest.mark.parametrize("notes", [(), ("one", "two")])
    def test_repr_pickle_copy(self, notes: tuple[str, ...]) -> None:
        weights = weights_of({"a": 0.1, "b": 2.0}, notes=notes)
        for twin in (eval(repr(weights)), pickle.loads(pickle.dumps(weights)), copy.deepcopy(weights)):
            assert twin == weights
            assert twin.notes == notes
        assert ("notes=" in repr(weights)) == bool(notes)


class TestSampleWeight:
    @pytest.mark.parametrize("dtype", ["float32", "float64", np.float32, float, np.dtype("f4")])
    def test_any_column(self, sample: Any, dtype: Any) -> None:
        class_weight = {label: 0.1 * place + 0.7 for place, label in enumerate(sorted(set(sample.labels)))}
        result = weights_of(class_weight).sample_weight(sample.make(), dtype=dtype)
        assert result.dtype == np.dtype(dtype)
        assert result.tolist() == np.array([class_weight[label] for label in sample.labels], dtype).tolist()

    def test_new_array_each_time(self) -> None:
        weights = weights_of({0: 1.0, 1: 2.0})
        weights.sample_weight([0, 1])[:] = 7
        assert weights.sample_weight([0, 1]).tolist() == [1.0, 2.0]


class TestChecks:
    @pytest.mark.parametrize("value", [LEAST, MOST, 1, np.int8(3), np.float32(0.5)])
    def test_what_float32_holds(self, value: Any) -> None:
        (checked,) = checked_weights({0: value}).values()
        assert checked == value
        assert type(checked) is float

    def test_same_labels(self) -> None:
        check_same_labels({1: 1.0, 0: 2.0}, ClassCounts({0: 5, 1: 5}))
        check_same_labels({True: 1.0, 0.0: 2.0}, ClassCounts({0: 5, 1: 5}))
