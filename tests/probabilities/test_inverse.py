"""Undoing weights inverts weighting, from tiny to huge; shifts of scores say the same."""

import math
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, log_softmax, softmax

import boostweights as bw
from boostweights.probabilities import correct_proba, correct_scores, score_shift

repeatable = settings(derandomize=True, deadline=None, max_examples=120)
weight = st.floats(-6, 6).map(lambda power: 10.0**power)
tiny_to_one = st.floats(-300, 0).map(lambda power: 10.0**power)
counts = st.integers(1, 10**6)


@st.composite
def models(draw: st.DrawFn) -> tuple[np.ndarray[Any, Any], bw.ClassWeights]:
    """Probabilities down to 1e-300 and up to 1 - 1e-16 of some classes, and their weights."""
    k = draw(st.integers(2, 6))
    shares = np.array(draw(st.lists(tiny_to_one, min_size=k, max_size=k)))
    shares[draw(st.integers(0, k - 1))] = 1.0
    rows = [shares / shares.sum(), np.r_[1 - 1e-16, np.zeros(k - 2), 1e-16], np.full(k, 1 / k)]
    return np.array(rows), of_weights(
        draw(st.lists(weight, min_size=k, max_size=k)), draw(st.lists(counts, min_size=k, max_size=k))
    )


def of_weights(values: list[float], rows: list[int]) -> bw.ClassWeights:
    return bw.ClassWeights(dict(enumerate(values)), counts=bw.ClassCounts(enumerate(rows)))


def reciprocal(weights: bw.ClassWeights) -> bw.ClassWeights:
    """Weights that undo weights, on the rows as the weighted model counts them."""
    return bw.ClassWeights(
        {label: 1 / w for label, w in weights.class_weight.items()},
        counts=bw.ClassCounts(
            {label: weights.counts[label] * w for label, w in weights.class_weight.items()}
        ),
    )


@repeatable
@given(models())
def test_correcting_and_weighting_again_returns_the_input(model: tuple[Any, bw.ClassWeights]) -> None:
    proba, weights = model
    corrected = correct_proba(proba, weights)
    again = correct_proba(corrected, reciprocal(weights))
    np.testing.assert_allclose(again, proba, atol=1e-12, rtol=0)
    kept = (proba > 1e-280) & (corrected > 1e-280)  # below that floats have fewer digits
    np.testing.assert_allclose(again[kept], proba[kept], rtol=2e-12)


@repeatable
@given(models())
def test_equals_exact_fractions(model: tuple[Any, bw.ClassWeights]) -> None:
    proba, weights = model
    odds = [Fraction(q) / Fraction(w) for q, w in zip(proba[0].tolist(), weights.values, strict=True)]
    expected = [float(value / sum(odds)) for value in odds]
    np.testing.assert_allclose(correct_proba(proba[:1], weights), [expected], rtol=2e-12, atol=1e-300)


@repeatable
@given(models(), st.integers(0, 2**32 - 1))
def test_scores_and_probabilities_are_corrected_alike(model: Any, seed: int) -> None:
    _, weights = model
    scores = np.random.default_rng(seed).normal(scale=20, size=(5, len(weights.classes)))
    of_scores = softmax(correct_scores(scores, weights), axis=1)
    of_proba = correct_proba(softmax(scores, axis=1), weights)
    np.testing.assert_allclose(of_scores, of_proba, rtol=1e-11, atol=1e-300)
    expected = np.log(softmax(scores, axis=1)) - np.log(weights.values)
    np.testing.assert_allclose(np.log(of_scores), log_softmax(expected, axis=1), atol=1e-10)


@repeatable
@given(st.lists(st.floats(0, 1), min_size=1, max_size=5), st.floats(-3, 3), counts, counts)
def test_one_column_is_the_last_of_two(q: list[float], power: float, first: int, last: int) -> None:
    weights = of_weights([2.5, 2.5 * 10.0**power], [first, last])
    column = correct_proba(np.array(q), weights)
    two = correct_proba(np.column_stack([1 - np.array(q), q]), weights)
    np.testing.assert_array_equal(column, two[:, 1])
    # one against the rest between two classes is the same model
    np.testing.assert_allclose(correct_proba(np.array(q), weights, "ovr"), column, atol=1e-12)
    np.testing.assert_allclose(correct_proba(column, reciprocal(weights)), q, atol=1e-12)
    scores = np.array([-3.0, 0.0, 40.0])
    shifted = correct_scores(scores, weights)
    np.testing.assert_allclose(shifted, scores - power * math.log(10), rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(shifted, correct_scores(scores, weights, "ovr"), rtol=1e-12, atol=1e-14)


@repeatable
@given(st.lists(st.tuples(st.floats(-3, 3), counts), min_size=3, max_size=6), st.integers(0, 2**32 - 1))
def test_one_against_the_rest(classes: list[tuple[float, int]], seed: int) -> None:
    """Each class by itself: odds times the mean weight of the others' rows over its own."""
    values, rows = [10.0**power for power, _ in classes], [n for _, n in classes]
    weights = of_weights(values, rows)
    q = np.random.default_rng(seed).random((4, len(values)))
    corrected = correct_proba(q, weights, "ovr")
    for k, w in enumerate(values):
        others = [(n, v) for j, (n, v) in enumerate(zip(rows, values, strict=True)) if j != k]
        factor = sum(n * v for n, v in others) / sum(n for n, _ in others) / w
        odds = q[:, k] / (1 - q[:, k]) * factor
        np.testing.assert_allclose(corrected[:, k], odds / (1 + odds), rtol=1e-9)
        assert score_shift(weights, "ovr")[k] == pytest.approx(math.log(factor), rel=1e-9, abs=1e-12)
    certain = np.eye(len(values))[:1]
    np.testing.assert_array_equal(correct_proba(certain, weights, "ovr"), certain)
    if max(values) / min(values) < 1e2:  # beyond that 1 - p has too few digits
        np.testing.assert_allclose(correct_proba(corrected, reciprocal(weights), "ovr"), q, atol=1e-12)


def test_scores_beyond_a_probability_of_1() -> None:
    """Where a float32 probability is 1, its score still tells."""
    weights = of_weights([1.0, 1000.0], [999, 1])
    scores = np.array([20.0, 30.0], np.float32)
    assert (expit(scores) == 1).all()
    assert correct_scores(scores, weights).dtype == np.float64
    np.testing.assert_allclose(correct_scores(scores, weights), [20 - math.log(1000), 30 - math.log(1000)])
    assert correct_scores([np.inf, -np.inf], weights).tolist() == [np.inf, -np.inf]


@pytest.mark.parametrize("kind", ["softmax", "ovr"])
@pytest.mark.parametrize("k", [2, 3])
def test_inputs_stay_and_results_are_new(kind: Any, k: int) -> None:
    weights = of_weights([1.0] * k, [1] * k)
    for function in (correct_proba, correct_scores):
        for given_rows in (np.full((3, k), 1 / k), np.full((0, k), 1.0)):
            before = given_rows.copy()
            given_rows.flags.writeable = False
            result = function(given_rows, weights, kind)
            assert result.shape == before.shape
            assert not np.shares_memory(result, given_rows)
            np.testing.assert_array_equal(given_rows, before)
