"""Figures of counts, thresholds and intervals, against scikit-learn's, scipy's and definitions."""

import math
from typing import Any

import numpy as np
import pytest
from recommendation.models import model, proba
from scipy import stats
from sklearn import metrics as sk

from boostweights.recommendation.figures import metrics_of
from boostweights.recommendation.options import Option
from boostweights.recommendation.worth import Ordered, Worth, threshold_of

COSTS = np.array([1.0, 4.0, 9.0, -2.0])
M = 100
Y = np.random.default_rng(0).random(M) < 0.3
SCORES = np.random.default_rng(1).normal(1.0 * Y)
FLAGGED = [SCORES >= 1, SCORES >= 0, np.zeros(M, bool), np.ones(M, bool)]
DRAWN = np.random.default_rng(2).integers(0, 3, (M, len(FLAGGED))).astype(float)


def counts_of(y: Any, flagged: Any, weights: Any) -> Any:
    """Return tn, fp, fn, tp, of scikit-learn."""
    return sk.confusion_matrix(y, flagged, sample_weight=weights, labels=[False, True]).ravel()


EXPECTED = {
    "cost": lambda flagged, weights: np.average(COSTS[2 * Y + flagged], weights=weights),
    "f1": lambda flagged, weights: sk.f1_score(Y, flagged, sample_weight=weights),
    "recall": lambda flagged, weights: sk.recall_score(Y, flagged, sample_weight=weights),
    "precision": lambda flagged, weights: sk.precision_score(
        Y, flagged, sample_weight=weights, zero_division=0
    ),
    "alarms_per_1000": lambda flagged, weights: 1000 * np.average(flagged, weights=weights),
}


@pytest.mark.parametrize("need", EXPECTED)
def test_figures_of_counts_are_scikit_learns_and_the_needs_own_is_first(need: str) -> None:
    cases = list(zip(FLAGGED, DRAWN.T, strict=True))
    counts = np.stack([counts_of(Y, *case) for case in cases], axis=1)
    found = metrics_of(need, COSTS)
    assert next(iter(found)) == need
    assert found.keys() == EXPECTED.keys()
    for name, value in found.items():
        np.testing.assert_allclose(value(counts), [EXPECTED[name](*case) for case in cases])


def test_without_costs_no_cost_is_said_and_without_positives_no_recall() -> None:
    found = metrics_of("f1", None)
    assert found.keys() == EXPECTED.keys() - {"cost"}
    none = counts_of(Y & False, FLAGGED[0], DRAWN[:, 0])[:, None]
    assert {name for name, value in found.items() if np.isnan(value(none))[0]} == {"f1", "recall"}
    assert list(metrics_of("log_loss", COSTS)) == ["log_loss"]


@pytest.mark.parametrize(
    "costs", [COSTS, np.array([0.0, 1.0, 10.0, 0.0]), np.array([-3.0, 5.0, 0.5, 0.0]), None]
)
def test_at_the_threshold_of_costs_either_decision_costs_the_same(costs: Any) -> None:
    at = threshold_of(costs)
    tn, fp, fn, tp = (0.0, 1.0, 1.0, 0.0) if costs is None else costs
    assert (1 - at) * fp + at * tp == pytest.approx((1 - at) * tn + at * fn)


def worth(figures: Any, whole: float, *, trained: bool) -> Worth:
    """An option whose outcomes are one figure."""
    option = Option(model=model(None, proba(1.0))) if trained else Option(trivial="flag nobody")
    return Worth(option, None, np.array([[whole]]), figures[None], figures[None], figures[None])


def first(outcomes: Any) -> Any:
    return outcomes[0]


@pytest.mark.parametrize("part", [0.0, 0.5, 4.0])
@pytest.mark.parametrize(
    ("trained", "decides", "variances"), [(False, False, (1, 1)), (True, True, (2, 1)), (True, False, (2, 2))]
)
def test_an_interval_adds_the_noise_of_new_rows_to_that_of_rows_and_training(
    trained: bool, decides: bool, variances: tuple[int, int], part: float
) -> None:
    fixed = np.append(
        np.random.default_rng(0).normal(0.35, 0.01, 100_000), np.nan
    )  # flattered by .05, as an order may be
    expected, again = (
        worth(fixed, 0.3, trained=trained).expected("f1", first, decides=decides, part=part) for _ in range(2)
    )
    reach = stats.norm.ppf(0.95) * 0.01 * math.sqrt(variances[0] + variances[1] * part)
    assert expected.value == pytest.approx(0.3)
    assert (expected.low, expected.high) == pytest.approx((0.3 - reach, 0.3 + reach), abs=reach / 40)
    assert again == expected


def test_an_interval_is_as_skew_as_the_figure() -> None:
    fixed = np.random.default_rng(0).exponential(0.01, 100_000)
    expected = worth(fixed, 0.3, trained=False).expected("cost", first, decides=True)
    assert (expected.low, expected.high) == pytest.approx(
        tuple(0.28 + stats.gamma(2, scale=0.01).ppf([0.05, 0.95])), abs=0.0005
    )


@pytest.mark.parametrize(
    ("metric", "value", "low", "high"),
    [
        *((name, 0.5, 0, 1) for name in ("f1", "recall", "precision", "average_precision")),
        *((name, 500, 0, 1000) for name in ("alarms_per_1000", "tp")),
        ("cost", 1500, 0, np.inf),
        ("log_loss", 1.5, 0, np.inf),
    ],
)
def test_an_interval_ends_where_the_figure_does(metric: str, value: float, low: float, high: float) -> None:
    fixed = np.random.default_rng(0).normal(value, 2 * value, 1000)
    expected = worth(fixed, value, trained=True).expected(metric, first, decides=True)
    assert expected.low == low
    assert expected.high == high if np.isfinite(high) else 2 * value < expected.high < 12 * value


def test_thresholds_lie_above_all_scores_and_at_scores_from_the_highest_to_the_lowest() -> None:
    for most, length in ((M, M + 1), (30, 31)):
        ordered = Ordered(SCORES, Y, most=most)
        at = ordered.threshold
        assert (at[0], at[1], at[-1]) == (np.inf, SCORES.max(), SCORES.min())
        assert len(at) == length
        assert (ordered.places(at) == np.arange(length)).all()
        counts = ordered.counts(DRAWN)
        for place, threshold in enumerate(at):
            for draw, weights in enumerate(DRAWN.T):
                expected = counts_of(Y, threshold <= SCORES, weights)
                np.testing.assert_allclose(counts[:, place, draw], expected)
