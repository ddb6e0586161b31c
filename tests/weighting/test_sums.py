"""Exact sums: the same however rows are cut up, rounded once."""

import math
from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from boostweights.weighting.labels.sums import exact_sums, rounded

WEIGHTS = st.lists(st.floats(min_value=0, max_value=1e300, allow_subnormal=True), min_size=1, max_size=40)


@given(weights=WEIGHTS, classes=st.integers(1, 3), cut=st.integers(0, 40))
def test_sums_are_exact_whatever_the_partitions(weights: list[float], classes: int, cut: int) -> None:
    weight = np.array(weights)
    codes = np.arange(len(weight)) % classes
    whole = exact_sums(codes, weight, classes)
    for code, total in enumerate(whole):
        assert total == sum(map(Fraction, weight[codes == code].tolist()), Fraction(0))
    parts = [exact_sums(codes[part], weight[part], classes) for part in (slice(None, cut), slice(cut, None))]
    assert [first + second for first, second in zip(*parts, strict=True)] == whole


@given(weights=WEIGHTS)
def test_rounded_once_they_are_math_fsum(weights: list[float]) -> None:
    total = exact_sums(np.zeros(len(weights), np.intp), np.array(weights), 1)[0]
    assert rounded({"a": total}).get("a", 0) == math.fsum(weights)


def test_many_classes_of_far_apart_weights() -> None:
    codes = np.arange(3000) % 1500
    weight = np.where(codes % 2, 1e-300, 1e300) * (1 + codes / 1e4)
    found = exact_sums(codes, weight, 1500)
    assert found == [2 * Fraction(each) for each in weight[:1500].tolist()]


def test_naive_sums_are_not() -> None:
    weight = np.array([1e16] + [1.0] * 10)
    assert float(np.bincount(np.zeros(11, int), weights=weight)[0]) != math.fsum(weight)
    assert rounded({0: exact_sums(np.zeros(11, np.intp), weight, 1)[0]}) == {0: math.fsum(weight)}


def test_a_sum_beyond_2_to_the_53_is_not_added_in_float64() -> None:
    weight = np.array([3.0 * 2**51 + 1, 3.0 * 2**51])
    assert exact_sums(np.zeros(2, np.intp), weight, 1) == [Fraction(3 * 2**52 + 1)]
