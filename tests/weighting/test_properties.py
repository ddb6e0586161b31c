"""What holds for any labels, counts and weights."""

import math
from collections import Counter
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from boostweights.errors import InvalidValueError
from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.labels.counting import count_labels, encode
from boostweights.weighting.policies.by_class import Balanced, EffectiveNumber, Explicit, TargetPrior

repeatable = settings(max_examples=50, derandomize=True, database=None)

KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int": st.integers(-(2**70), 2**70),
    "small int": st.integers(-3, 3),
    "int64": st.integers(-(2**63), 2**63 - 1),
    "bool": st.booleans(),
    "float": st.integers(-1000, 1000).map(float),
    "str": st.text(max_size=3),
    "bytes": st.binary(max_size=3),
}
columns = st.sampled_from(list(KINDS)).flatmap(lambda name: st.lists(KINDS[name], min_size=1, max_size=30))
rows = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=1, max_size=30)
sizes = st.dictionaries(st.integers(0, 9), st.integers(1, 10**9), min_size=2)
positive = st.floats(1e-6, 1e6)


@repeatable
@given(columns)
def test_counting_is_counting(labels: list[Any]) -> None:
    counts = ClassCounts.of(labels)
    assert counts == Counter(labels)
    assert list(counts) == sorted(set(labels))


@repeatable
@given(columns, st.data())
def test_any_chunks_in_any_order_add_up(labels: list[Any], data: st.DataObject) -> None:
    cuts = sorted(data.draw(st.sets(st.integers(1, len(labels)))) | {len(labels)})
    chunks = [labels[start:stop] for start, stop in zip([0, *cuts], cuts, strict=False)]
    order = data.draw(st.permutations(chunks))
    assert sum(map(ClassCounts.of, order)) == Counter(labels)


@repeatable
@given(rows)
def test_sample_weight_repeats_rows(weighted: list[tuple[int, int]]) -> None:
    labels, times = zip(*weighted, strict=True)
    repeated = [label for label, count in weighted for _ in range(count)]
    assert count_labels(list(labels), list(times)) == {**dict.fromkeys(labels, 0), **Counter(repeated)}
    if len(set(repeated)) > 1:
        resolved = Balanced().resolve(list(labels), sample_weight=list(times)).class_weight
        expected = Balanced().resolve(repeated).class_weight
        assert resolved == {**dict.fromkeys(labels, 1.0), **expected}


@repeatable
@given(columns)
def test_codes_round_trip(labels: list[Any]) -> None:
    classes = sorted(set(labels))
    codes = encode(labels, classes)
    assert [classes[code] for code in codes] == labels


@repeatable
@given(columns, st.data())
def test_row_weights_look_up_class_weights(labels: list[Any], data: st.DataObject) -> None:
    counts = ClassCounts.of(labels)
    given_weights = {label: data.draw(positive) for label in counts}
    weights = ClassWeights(given_weights, counts=counts)
    assert weights.sample_weight(labels, "float64").tolist() == [given_weights[label] for label in labels]
    singles = [float(np.float32(given_weights[label])) for label in labels]
    assert weights.sample_weight(labels).tolist() == singles
    assert weights.encoded().sample_weight(encode(labels, counts.classes)).tolist() == singles


@repeatable
@given(sizes, st.integers(1, 1000), st.floats(0, 1), st.sampled_from(["mean", "majority"]))
def test_balanced_knows_shares_only(counts: dict[int, int], times: int, power: float, scale: Any) -> None:
    policy = Balanced(power=power, scale=scale)
    more = {label: count * times for label, count in counts.items()}
    assert policy.resolve(ClassCounts(more)).class_weight == policy.resolve(ClassCounts(counts)).class_weight


@repeatable
@given(sizes)
def test_balanced_is_n_over_k_n_k(counts: dict[int, int]) -> None:
    total = sum(counts.values())
    expected = {label: float(Fraction(total, len(counts) * count)) for label, count in counts.items()}
    assert Balanced().resolve(ClassCounts(counts)).class_weight == expected


@repeatable
@given(sizes, st.floats(0, 0.999999), st.floats(0, 1), st.one_of(st.none(), st.floats(1, 1e6)))
def test_rarer_never_weighs_less(
    counts: dict[int, int], beta: float, power: float, cap: float | None
) -> None:
    for policy in (Balanced(power=power, cap=cap), EffectiveNumber(beta=beta, power=power, cap=cap)):
        weights = policy.resolve(ClassCounts(counts))
        assert weights.mean == pytest.approx(1, rel=1e-12)
        by_size = sorted(counts, key=counts.__getitem__)
        values = [weights.class_weight[label] for label in by_size]
        assert values == sorted(values, reverse=True)
        if cap is not None:
            assert max(values) <= cap * min(values) * (1 + 1e-12)


@repeatable
@given(st.dictionaries(st.integers(0, 9), positive, min_size=2), st.floats(0.5, 2))
def test_scale_mean_forgets_a_common_factor(given_weights: dict[int, float], factor: float) -> None:
    counts = ClassCounts({label: label + 1 for label in given_weights})
    scaled = {label: weight * factor for label, weight in given_weights.items()}
    one, other = (Explicit(w, scale="mean").resolve(counts).values for w in (given_weights, scaled))
    assert one == pytest.approx(other, rel=1e-12)


@repeatable
@given(st.lists(st.tuples(positive, st.integers(1, 10**6)), min_size=2, max_size=6))
def test_target_prior_is_met(classes: list[tuple[float, int]]) -> None:
    total = math.fsum(share for share, _ in classes)
    prior = {label: share / total for label, (share, _) in enumerate(classes)}
    counts = ClassCounts(enumerate(count for _, count in classes))
    weights = TargetPrior(prior).resolve(counts).class_weight
    met = {label: counts[label] * weight / counts.total for label, weight in weights.items()}
    assert met == pytest.approx(prior, rel=1e-9)


@settings(repeatable, max_examples=200)
@given(st.lists(st.tuples(positive, st.floats(0, 1)), min_size=2, max_size=6))
def test_correction_undoes_weighting(classes: list[tuple[float, float]]) -> None:
    given_weights, masses = map(np.array, zip(*classes, strict=True))
    masses = masses + 1e-9
    p = masses / masses.sum()
    weighted = p * given_weights / (p * given_weights).sum()
    weights = Explicit(dict(enumerate(given_weights.tolist()))).resolve(list(range(len(p))))
    np.testing.assert_allclose(correct_proba([weighted], weights), [p], atol=1e-12, rtol=0)


@repeatable
@given(
    st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1e6, allow_subnormal=False)), min_size=1, max_size=60),
    st.randoms(use_true_random=False),
)
def test_sums_of_weights_are_rounded_once_in_any_order(rows: list[tuple[int, float]], random: Any) -> None:
    exact: dict[int, Fraction] = {}
    for label, weight in rows:
        exact[label] = exact.get(label, Fraction(0)) + Fraction(weight)
    wanted = {label: float(total) for label, total in sorted(exact.items())}
    random.shuffle(rows)
    labels, weights = zip(*rows, strict=True)
    assert count_labels(list(labels), list(weights)) == wanted


def test_sums_beyond_float64_are_refused_in_our_words() -> None:
    with pytest.raises(
        InvalidValueError,
        match="the sum of sample_weight in a class, must be at least 0 and finite; got inf for 0",
    ):
        ClassCounts.of([0, 0, 1], [1e308, 1.5e308, 0.5])


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
