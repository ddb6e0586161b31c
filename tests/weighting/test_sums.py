"""Exact sums: the same however rows are cut up, rounded once."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boostweights.weighting.counts import ClassCounts, Tally

WEIGHTS = st.lists(st.floats(min_value=0, max_value=1e300, allow_subnormal=True), min_size=1, max_size=40)


@given(weights=WEIGHTS, classes=st.integers(1, 3), cut=st.integers(0, 40))
def test_sums_are_exact_whatever_the_partitions(weights: list[float], classes: int, cut: int) -> None:
    y = np.arange(len(weights)) % classes
    whole = Tally.of(y, weights)
    for label, total in whole.sums.items():
        assert total == sum(map(Fraction, np.array(weights)[y == label].tolist()), Fraction(0))
        assert whole.weighted[label] == math.fsum(np.array(weights)[y == label])
    parts = [Tally.of(y[part], np.array(weights)[part]) for part in (slice(None, cut), slice(cut, None))]
    assert parts[0] + parts[1] == parts[1] + parts[0] == whole


def test_many_classes_of_far_apart_weights() -> None:
    y = np.arange(3000) % 1500
    weight = np.where(y % 2, 1e-300, 1e300) * (1 + y / 1e4)
    assert list(Tally.of(y, weight).sums.values()) == [
        2 * Fraction(value) for value in weight[:1500].tolist()
    ]


def test_naive_sums_are_not() -> None:
    weight = np.array([1e16] + [1.0] * 10)
    assert float(np.bincount(np.zeros(11, int), weights=weight)[0]) != math.fsum(weight)
    assert ClassCounts.of(np.zeros(11, int), weight) == {0: math.fsum(weight)}
