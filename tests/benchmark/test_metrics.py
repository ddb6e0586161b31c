"""The figures against their definitions, written out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from boostweights.benchmark.metrics import METRICS, measure

Y = np.array(["no"] * 6 + ["yes"] * 4)
YES = np.array([0.1, 0.2, 0.3, 0.6, 0.4, 0.45, 0.9, 0.8, 0.35, 0.7])
CLASSES = np.array(["no", "yes"])


def binary(yes: np.ndarray = YES, **changes: object) -> dict[str, float]:
    return measure(Y, np.column_stack([1 - yes, yes]), CLASSES, **{"positive": "yes", **changes})  # type: ignore[arg-type]


def test_decisions_by_hand() -> None:
    found = binary()  # tp 3, fn 1, fp 1, tn 5
    assert found["recall"] == 3 / 4
    assert found["precision"] == 3 / 4
    assert found["f1"] == 3 / 4
    assert found["accuracy"] == 8 / 10
    assert found["balanced_accuracy"] == pytest.approx((3 / 4 + 5 / 6) / 2)
    assert found["g_mean"] == pytest.approx(math.sqrt(3 / 4 * 5 / 6))
    assert found["mcc"] == pytest.approx((3 * 5 - 1 * 1) / math.sqrt(4 * 4 * 6 * 6))


def test_probabilities_by_hand() -> None:
    found, truth = binary(), Y == "yes"
    # positives rank 1, 2, 3 and 7 of ten
    assert found["average_precision"] == pytest.approx((1 + 1 + 1 + 4 / 7) / 4)
    above = [(p > n) + 0.5 * (p == n) for p in YES[truth] for n in YES[~truth]]
    assert found["roc_auc"] == pytest.approx(np.mean(above))
    assert found["log_loss"] == pytest.approx(-np.mean(np.log(np.where(truth, YES, 1 - YES))))
    assert found["brier"] == pytest.approx(np.mean((YES - truth) ** 2))


def test_the_positive_label_need_not_be_the_last() -> None:
    swapped = measure(Y, np.column_stack([1 - YES, YES]), CLASSES, positive="no")
    assert swapped["recall"] == 5 / 6
    for same in ("log_loss", "roc_auc", "brier"):
        assert swapped[same] == pytest.approx(binary()[same])
    # negatives rank 1, 2, 3, 5, 6 and 7 of ten by their own probability
    assert swapped["average_precision"] == pytest.approx((1 + 1 + 1 + 4 / 5 + 5 / 6 + 6 / 7) / 6)


def test_a_positive_that_is_never_predicted_has_precision_0_and_no_warning() -> None:
    assert binary(np.full(10, 0.1))["precision"] == 0.0


def test_float32_probabilities_bring_no_warning() -> None:
    proba = np.random.default_rng(0).random((3000, 4), dtype=np.float32)
    proba /= proba.sum(axis=1, keepdims=True)
    classes = np.array(list("abcd"))
    found = measure(np.resize(classes, 3000), proba.astype(np.float64), classes)
    assert found["log_loss"] > 0


def test_many_classes_are_means_over_classes() -> None:
    classes = np.array(["a", "b", "c"])
    y = np.array(["a", "a", "b", "b", "c"])
    proba = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]])
    found = measure(y, proba, classes)
    assert found["recall"] == pytest.approx((1 / 2 + 1 + 1) / 3)
    assert found["precision"] == pytest.approx((1 + 2 / 3 + 1) / 3)
    assert found["g_mean"] == pytest.approx((1 / 2) ** (1 / 3))
    truth = y[:, None] == classes
    assert found["brier"] == pytest.approx(np.mean(((proba - truth) ** 2).sum(axis=1)))
    assert found["average_precision"] == pytest.approx(1.0)


def test_every_figure_is_there_in_order() -> None:
    assert tuple(binary()) == METRICS
    assert all(isinstance(value, float) for value in binary().values())
