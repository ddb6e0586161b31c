"""Figures of decisions are scikit-learn's and imbalanced-learn's; those of probabilities as defined."""

import warnings
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from imblearn.metrics import geometric_mean_score
from sklearn import metrics as sk

from boostweights.benchmark.metrics import COUNTS, METRICS
from boostweights.benchmark.regimes import COST_RATIOS
from boostweights.benchmark.run.figures import (
    confusion,
    decision_figures,
    recall_at_alarm_rates,
    score_figures,
    skill_figures,
    threshold_figures,
)

Y = np.array([0] * 6 + [1] * 4)
YES = np.array([0.1, 0.2, 0.3, 0.6, 0.4, 0.45, 0.9, 0.8, 0.35, 0.7])


def by_libraries(y: np.ndarray, predicted: np.ndarray, k: int) -> dict[str, float]:
    """The oracle: row by row, by the libraries' own functions."""
    of: dict[str, Any] = {"average": "binary"} if k == 2 else {"average": "macro", "labels": np.arange(k)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # a decision for a class without rows
        return {
            "recall": sk.recall_score(y, predicted, zero_division=0, **of),
            "precision": sk.precision_score(y, predicted, zero_division=0, **of),
            "f1": sk.f1_score(y, predicted, zero_division=0, **of),
            "accuracy": sk.accuracy_score(y, predicted),
            "balanced_accuracy": sk.balanced_accuracy_score(y, predicted),
            "mcc": sk.matthews_corrcoef(y, predicted),
            "g_mean": geometric_mean_score(y, predicted, labels=np.arange(k), average="multiclass"),
        }


@given(k=st.integers(2, 4), seed=st.integers(0, 2**32 - 1), rows=st.integers(8, 60), skill=st.floats(0, 1))
@settings(max_examples=60)
def test_decisions_are_the_libraries_figures(k: int, seed: int, rows: int, skill: float) -> None:
    rng = np.random.default_rng(seed)
    y = np.concatenate([np.arange(k), rng.integers(0, k, rows)])
    predicted = np.where(rng.random(len(y)) < skill, y, rng.integers(0, k, len(y)))
    found = decision_figures(confusion(y, predicted, k))
    for name, value in by_libraries(y, predicted, k).items():
        assert found[name] == pytest.approx(value, abs=1e-12), name


@pytest.mark.parametrize("decided", [0, 1])
def test_one_class_alone_decided_is_no_error_and_no_warning(decided: int) -> None:
    predicted = np.full(len(Y), decided)
    found = decision_figures(confusion(Y, predicted, 2))
    for name, value in by_libraries(Y, predicted, 2).items():
        assert found[name] == pytest.approx(value, abs=1e-12), name


def test_confusion_counts_are_scikit_learns() -> None:
    predicted = (YES >= 0.5).astype(int)
    matrix = confusion(Y, predicted, 2)
    assert matrix.tolist() == sk.confusion_matrix(Y, predicted).tolist()
    found = decision_figures(matrix)
    assert (found["tn"], found["fp"], found["fn"], found["tp"]) == (5, 1, 1, 3)


def test_probabilities_by_hand() -> None:
    found, truth = score_figures(Y, np.column_stack([1 - YES, YES])), Y == 1
    # positives rank 1, 2, 3 and 7 of ten
    assert found["average_precision"] == pytest.approx((1 + 1 + 1 + 4 / 7) / 4)
    above = [(p > n) + 0.5 * (p == n) for p in YES[truth] for n in YES[~truth]]
    assert found["roc_auc"] == pytest.approx(np.mean(above))
    assert found["log_loss"] == pytest.approx(-np.mean(np.log(np.where(truth, YES, 1 - YES))))
    assert found["brier"] == pytest.approx(np.mean((YES - truth) ** 2))


def test_float32_probabilities_bring_no_warning() -> None:
    proba = np.random.default_rng(0).random((3000, 4), dtype=np.float32)
    proba /= proba.sum(axis=1, keepdims=True)
    found = score_figures(np.resize(np.arange(4), 3000), proba)
    assert found["log_loss"] > 0


def test_many_classes_are_means_of_one_against_the_rest() -> None:
    y = np.array([0, 0, 1, 1, 2])
    proba = np.array([[0.8, 0.1, 0.1], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1], [0.2, 0.7, 0.1], [0.2, 0.2, 0.6]])
    found = score_figures(y, proba)
    truth = y[:, None] == np.arange(3)
    assert found["brier"] == pytest.approx(np.mean(((proba - truth) ** 2).sum(axis=1)))
    assert found["average_precision"] == pytest.approx(1.0)
    assert found["roc_auc"] == pytest.approx(sk.roc_auc_score(y, proba, multi_class="ovr"))


def test_every_figure_has_a_place_in_the_tables() -> None:
    decided = decision_figures(confusion(Y, Y, 2))
    scores = score_figures(Y, np.column_stack([1 - YES, YES]))
    costs = {"cost", *(f"cost_{ratio:g}" for ratio in COST_RATIOS)}
    assert set(decided) == {*_of("decision"), *COUNTS} - costs
    in_regimes = skill_figures(Y, np.column_stack([1 - YES, YES]), np.array([0.5, 0.5]))
    in_regimes |= threshold_figures(Y, YES) | recall_at_alarm_rates(Y, YES)
    assert {*scores, *in_regimes} == {*_of("score")}
    assert _of("fit") == ("fit_cpu",)


def _of(what: str) -> tuple[str, ...]:
    return tuple(name for name, metric in METRICS.items() if metric.of == what)


def test_a_class_of_one_row_counts() -> None:
    found = decision_figures(np.array([[9, 0], [0, 1]]))
    assert [found[name] for name in ("recall", "precision", "f1", "mcc", "g_mean")] == pytest.approx(
        [1.0] * 5
    )
