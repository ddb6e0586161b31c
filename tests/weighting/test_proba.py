"""Probabilities as they were without weights."""

import numpy as np
import pytest

from boostweights.probabilities.correct import correct_proba
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.by_class import Balanced, Explicit, TargetPrior


def test_elkan_theorem_2() -> None:
    """p = b (q - q b') / (b' - q b' + q b - b b'), for base rates b' in training and b in truth."""
    trained, true = 0.5, 0.04
    q = np.linspace(0.001, 0.999, 99)
    expected = true * (q - q * trained) / (trained - q * trained + q * true - true * trained)
    weights = TargetPrior({0: 1 - trained, 1: trained}).resolve(ClassCounts({0: 96, 1: 4}))
    np.testing.assert_allclose(correct_proba(np.c_[1 - q, q], weights)[:, 1], expected, rtol=1e-13)


def test_certain_rows_stay() -> None:
    weights = Explicit({0: 1.0, 1: 1e6}).resolve([0, 1])
    assert correct_proba([[1.0, 0.0], [0.0, 1.0]], weights).tolist() == [[1.0, 0.0], [0.0, 1.0]]


def test_extreme_weights_and_probabilities() -> None:
    weights = ClassWeights({0: 1e-30, 1: 1e30}, counts=ClassCounts({0: 1, 1: 1}))
    corrected = correct_proba([[1e-300, 1.0], [0.5, 0.5], [1.0, 1e-300]], weights)
    assert np.isfinite(corrected).all()
    np.testing.assert_allclose(corrected[1], [1.0, 1e-60], rtol=1e-12)
    np.testing.assert_allclose(corrected[0], [1e-240, 1.0], rtol=1e-12)


def test_equal_weights_change_nothing_however_large() -> None:
    for weight in (1e-30, 1e30):
        weights = ClassWeights({0: weight, 1: weight}, counts=ClassCounts({0: 1, 1: 1}))
        np.testing.assert_allclose(correct_proba([[1e-300, 1.0]], weights), [[1e-300, 1.0]], rtol=1e-12)


def test_float32_is_read_as_it_is() -> None:
    proba = np.array([[0.3, 0.7], [0.001, 0.999]], np.float32)
    odds = proba.astype(float) / [1.0, 9.0]
    expected = odds / odds.sum(axis=1, keepdims=True)
    corrected = correct_proba(proba, Explicit({0: 1.0, 1: 9.0}).resolve([0, 1]))
    np.testing.assert_allclose(corrected, expected, rtol=1e-13)


@pytest.mark.parametrize("off", [0.0009, -0.0009])
def test_sums_nearly_one(off: float) -> None:
    weights = Explicit({0: 1.0, 1: 1.0}).resolve([0, 1])
    assert correct_proba([[0.5, 0.5 + off]], weights).sum() == pytest.approx(1.0, abs=1e-15)


def test_no_rows() -> None:
    assert correct_proba(np.empty((0, 2)), Balanced().resolve([0, 1])).shape == (0, 2)


def test_input_stays() -> None:
    proba = np.array([[0.5, 0.5], [0.1, 0.9]])
    proba.flags.writeable = False
    correct_proba(proba, Explicit({0: 1.0, 1: 9.0}).resolve([0, 1]))
    assert proba.tolist() == [[0.5, 0.5], [0.1, 0.9]]
