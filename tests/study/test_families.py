"""What families say, beside scipy's, statsmodels' and hand-made figures; and how often intervals cover."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats as scipy_stats
from statsmodels.stats.meta_analysis import combine_effects

from benchmarks.stats.families import (
    Estimate,
    answered,
    bootstrap_interval,
    by_family,
    hinges,
    mean_interval,
    pooled,
    prediction_interval,
    random_effects,
    shares,
)
from boostweights.errors import InvalidValueError


def drawn(seed: int, k: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Effects of families that differ, and their variances, which differ too."""
    rng = np.random.default_rng(seed)
    variances = rng.uniform(0.001, 0.02, k)
    return rng.normal(0.05, np.sqrt(0.04 + variances)), variances


def test_a_family_counts_once_and_its_sets_share_their_noise() -> None:
    table = pd.DataFrame(
        {
            "library": "l",
            "family": ["a", "a", "b"],
            "dataset": ["a1", "a2", "b"],
            "difference": [0.1, 0.3, 0.5],
            "error": [0.1, 0.2, np.nan],
        }
    )
    found = by_family(table).set_index("family")
    assert found["difference"].to_dict() == pytest.approx({"a": 0.2, "b": 0.5})
    assert found["datasets"].to_dict() == {"a": 2, "b": 1}
    assert found.loc["a", "variance"] == pytest.approx((0.1**2 + 0.2**2) / 4)  # of a mean of two
    assert np.isnan(found.loc["b", "variance"])
    assert pooled(by_family(pd.concat([table, table.assign(library="m", difference=0.0)]))).to_dict() == (
        pytest.approx({"a": 0.1, "b": 0.25})
    )


def test_the_order_of_data_sets_changes_no_digit() -> None:
    rng = np.random.default_rng(0)
    rows = {"family": "a", "dataset": range(30), "library": "l", "difference": rng.normal(size=30) ** 9}
    table = pd.DataFrame(rows)
    orders = (table.sample(frac=1, random_state=seed) for seed in range(20))
    assert {by_family(order).loc[0, "difference"] for order in orders} == {
        by_family(table).loc[0, "difference"]
    }


@pytest.mark.parametrize("level", [0.95, 1 - 0.05 / 6])
def test_the_interval_that_decides_is_scipys_one_sample_t_interval(level: float) -> None:
    values, _ = drawn(0)
    found = mean_interval(values, level)
    low, high = scipy_stats.ttest_1samp(values, 0).confidence_interval(level)
    assert (found.value, found.low, found.high) == pytest.approx((values.mean(), low, high))


def test_the_prediction_interval_by_hand() -> None:
    values = np.array([0.1, 0.2, 0.3, 0.4])
    found = prediction_interval(values)
    reach = 4.302653 * values.std(ddof=1) * np.sqrt(1.25)  # t of 2 degrees of freedom
    assert (found.value, found.high) == pytest.approx((0.25, 0.25 + reach))
    assert prediction_interval(values[:2]).high == np.inf


def test_the_bootstrap_interval_is_near_the_normal_one_and_seeded() -> None:
    values = np.random.default_rng(4).normal(0.1, 0.05, 40)
    found = bootstrap_interval(values)
    reach = 1.96 * values.std(ddof=1) / np.sqrt(40)
    assert (found.low, found.high) == pytest.approx(
        (values.mean() - reach, values.mean() + reach), abs=reach / 5
    )
    assert bootstrap_interval(values) == found != bootstrap_interval(values, seed=1)


@pytest.mark.parametrize("seed", range(5))
def test_random_effects_are_those_of_statsmodels(seed: int) -> None:
    values, variances = drawn(seed)
    theirs = combine_effects(values, variances, method_re="iterated", atol=1e-8, maxiter=500)
    assert theirs.tau2 > 0  # a smaller tolerance overshoots, which they take for no variance at all
    assert theirs.scale_hksj_re == pytest.approx(1, abs=1e-4)  # so the scale of at least 1 changes nothing
    table = theirs.summary_frame().loc["random effect"]
    found = random_effects(values, variances)
    reach = scipy_stats.t.ppf(0.975, len(values) - 1) * theirs.sd_eff_w_re_hksj
    assert found.value == pytest.approx(table["eff"], abs=1e-6)
    assert (found.value - found.low, found.high - found.value) == pytest.approx((reach, reach), rel=1e-3)


def test_families_that_agree_better_than_their_noise_are_not_surer_than_it() -> None:
    """Without variance between families the scale would fall below 1, and the interval with it."""
    values, variances = np.array([0.10, 0.11, 0.12, 0.11]), np.full(4, 0.01)
    found = random_effects(values, variances)
    assert found.high - found.value == pytest.approx(scipy_stats.t.ppf(0.975, 3) * np.sqrt(0.01 / 4))


@pytest.mark.parametrize(
    "variances", [[0.0, 0.01, 0.01, 0.01], [0.0] * 4, [np.nan] * 4, [np.nan, 0.0, 0.01, 0.02]], ids=str
)
@pytest.mark.parametrize("values", [[0.1, 0.2, 0.3, 0.1], [0.1] * 4], ids=str)
def test_a_family_without_variance_makes_no_nan(variances: list[float], values: list[float]) -> None:
    found = random_effects(np.array(values), np.array(variances))
    assert np.isfinite([found.low, found.high]).all()
    assert min(values) - 1e-12 <= found.value <= max(values) + 1e-12
    for interval in (mean_interval, prediction_interval, bootstrap_interval):
        assert np.isfinite(interval(np.array(values)).high)


def test_a_variance_that_is_nothing_counts_as_little_and_one_that_is_not_known_as_most_do() -> None:
    """The median of those that are known is .02, a hundredth of it .0002."""
    values, known = np.array([0.1, 0.2, 0.3, 0.1, 0.2]), [0.0002, 0.0002, 0.0002, 0.02, 0.02]
    given = [0.0, 0.0, 0.0, 0.02, np.nan]
    assert random_effects(values, np.array(given)) == random_effects(values, np.array(known))


def test_shares_of_families() -> None:
    found = shares(np.array([-0.011, -0.01, 0.0, 0.01, 0.5]), 0.01)
    assert (found.below, found.within, found.above) == pytest.approx((0.2, 0.6, 0.2))


@pytest.mark.parametrize(
    ("low", "high", "answer"),
    [
        (0.011, 0.5, "higher"),
        (0.010, 0.5, "unclear"),
        (0.005, 0.5, "unclear"),
        (-0.010, 0.010, "equivalent"),
        (0.001, 0.009, "equivalent"),
        (-0.011, 0.005, "unclear"),
        (-0.5, -0.010, "unclear"),
        (-0.5, -0.011, "lower"),
        (-0.5, 0.5, "unclear"),
    ],
)
def test_an_interval_says_where_it_lies_wholly(low: float, high: float, answer: str) -> None:
    assert answered(Estimate(value=(low + high) / 2, low=low, high=high), 0.01) == answer


def test_a_verdict_that_hangs_on_one_family_is_found() -> None:
    values = np.array([0.02] * 10 + [0.5])
    rope, level = 0.01, 0.95
    assert hinges(values, rope, level) == (10,)  # unclear with it, higher without it
    assert hinges(np.append(values[:-1], 0.021), rope, level) == ()
    for place in range(len(values)):
        alone = answered(mean_interval(np.delete(values, place), level), rope)
        assert (place in hinges(values, rope, level)) == (alone != answered(mean_interval(values), rope))


@pytest.mark.parametrize(
    "values", [np.array([0.1]), np.array([0.1, np.nan]), np.ones((2, 2))], ids=["one", "missing", "table"]
)
def test_effects_must_be_finite_numbers(values: np.ndarray) -> None:
    with pytest.raises(InvalidValueError, match="finite numbers"):
        mean_interval(values)


@settings(max_examples=5)
@given(order=st.permutations(range(11)), seed=st.integers(0, 5))
def test_the_order_of_families_changes_nothing(order: list[int], seed: int) -> None:
    values = np.random.default_rng(seed).normal(0.01, 0.02, 11)
    for interval in (mean_interval, prediction_interval, lambda x: bootstrap_interval(x, samples=99)):
        assert interval(values[order]) == interval(values)


def test_the_mean_is_covered_where_small_sets_are_noisier_and_differ() -> None:
    """The interval that decides beside that of statsmodels, whose mean is that of the large sets.

    Twenty families; the smaller one is, the noisier its estimate and the larger its effect. The truth is the
    mean over families, each alike.
    """
    rng = np.random.default_rng(0)
    runs, k, folds = 600, 20, 5
    covered = {"mean": 0, "combined": 0}
    for _ in range(runs):
        noise = np.exp(rng.normal(-3.5, 0.8, k))
        truth = 0.05 + 0.3 * (noise - np.exp(-3.5 + 0.8**2 / 2))  # .05 on average
        spread = noise * np.sqrt(rng.chisquare(folds - 1, k) / (folds - 1))  # as five folds estimate it
        effects = rng.normal(truth, np.sqrt(noise**2 + 0.01**2))
        found = mean_interval(effects)
        covered["mean"] += found.low <= 0.05 <= found.high
        theirs = combine_effects(effects, spread**2, method_re="iterated")
        reach = scipy_stats.t.ppf(0.975, k - 1) * theirs.sd_eff_w_re_hksj
        covered["combined"] += abs(theirs.mean_effect_re - 0.05) <= reach
    assert covered["mean"] / runs > 0.93
    assert covered["combined"] / runs < 0.92
