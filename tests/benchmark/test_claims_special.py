"""The claims with tests of their own."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from benchmark.claims_on_figures import BEST, RISES, ROPE, verdict_on
from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, SideKey, make_datasets, make_metrics
from scipy.stats import false_discovery_control, t

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.benchmark.stats.across import Estimate
from boostweights.benchmark.stats.paired import Side


def side(arm: str, rule: str = "0.5") -> SideKey:
    return (arm, rule, "raw")


def best(effect: Callable[[int], float], noise: float = 0.003, metric: str = "recall") -> Verdict:
    datasets = make_datasets(12)
    sides: dict[SideKey, Any] = {UNWEIGHTED: -0.2, BALANCED: 0.0, side("root"): effect}
    if metric == "log_loss":
        sides[UNWEIGHTED] = 0.2
    metrics = make_metrics(datasets, sides, noise=noise, metric=metric)
    [found] = judge([dataclasses.replace(BEST, metric=metric)], metrics, datasets, ROPE)
    return found


def test_one_family_is_enough_to_be_not_always_best() -> None:
    found = best(lambda place: 0.3 if place == 4 else -0.1)
    assert found.answer == "supported"
    assert found.contradicts_advice
    assert found.effect is not None
    assert found.effect.value == pytest.approx(1 / 12)
    assert found.details[0] == "root at 0.5 is better in 1 families."
    assert found.details[-1] == "The run has no recall of absent at 0.5."


def test_never_beaten_is_refuted_and_noise_is_undecided() -> None:
    assert best(lambda place: -0.1).answer == "refuted"
    noisy = best(lambda place: 0.0, noise=0.05)
    assert noisy.answer == "undecided"
    assert noisy.effect == Estimate(value=0.0, low=0.0, high=0.0)


def test_better_within_the_region_is_not_better() -> None:
    assert best(lambda place: 0.005, noise=0.0003).answer == "refuted"


@pytest.mark.parametrize(("noise", "beaten"), [(0.008, 3), (0.01, 0)])
def test_families_are_counted_by_holms_steps_over_corrected_t_tests(noise: float, beaten: int) -> None:
    datasets = make_datasets(12)
    sides: dict[SideKey, Any] = {UNWEIGHTED: -0.2, BALANCED: 0.0, side("root"): 0.03}
    metrics = make_metrics(datasets, sides, noise=noise)
    means = metrics.groupby(["dataset", "fold", "arm"])["value"].mean().unstack()
    p = []
    for arm in ("root", "unweighted"):
        gain = (means[arm] - means["balanced"]).unstack()
        p += list(t.sf((gain.mean(axis=1) - 0.01) / (gain.std(axis=1) * np.sqrt(1 / 5 + 1 / 4)), 4))
    steps = np.sort(p) < 0.05 / np.arange(24, 0, -1)
    assert beaten == np.argmin(steps)  # Holm stops at the first that is not small enough
    assert (false_discovery_control(p) < 0.05).sum() > beaten  # a laxer method would count more
    [found] = judge([BEST], metrics, datasets, ROPE)
    assert found.effect is not None
    assert found.effect.value == pytest.approx(beaten / 12)


def test_of_a_loss_less_is_better() -> None:
    assert best(lambda place: -0.3, metric="log_loss").answer == "supported"
    assert best(lambda place: 0.3, metric="log_loss").answer == "refuted"


UNSTABLE = dataclasses.replace(RISES, test="spread_by_positives", expect=None, cuts={"positives": 440})


@pytest.mark.parametrize(
    ("growth", "answer"),
    [(0.4, "supported"), (-0.4, "refuted"), (0.03, "undecided")],  # the last: -.45, but perhaps +.05
    ids=["few positives", "many positives", "hardly"],
)
def test_spread_that_depends_on_positives(growth: float, answer: str) -> None:
    """Positives shrink along the table; the balanced side's spread grows or shrinks along it."""

    def noise(place: int, key: SideKey) -> float:
        return 0.01 * np.exp(growth * place * (key == BALANCED)).item()

    found = verdict_on(UNSTABLE, 0.0, noise=noise, folds=10)
    assert found.answer == answer
    assert found.effect is not None
    assert np.sign(found.effect.value) == -np.sign(growth)
    assert [line.split(" (")[0] for line in found.details] == [
        "With fewer than 440 positives",
        "With 440 or more positives",
    ]


def test_spread_of_what_does_not_vary_is_said() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.0})
    metrics.loc[(metrics["dataset"] < "set-03") & (metrics["arm"] == "balanced"), "value"] = 0.5
    [found] = judge([UNSTABLE], metrics, datasets, ROPE)
    assert found.answer == "undecided"
    assert found.reason.startswith("Only 9 of at least 10 families")
    assert found.details == ("9 of 36 pairs of data set and library do not vary over folds.",)


START = Claim(
    id="start",
    sentence="Start from balanced.",
    advice="says so",
    metric="recall",
    test="start_policy",
    a=Side(arm="balanced"),
    others=(Side(arm="unweighted"), Side(arm="root")),
    cuts={"imbalance_ratio": 22, "rows": 21000},
)


def start(root: Callable[[int], float], families: int = 40) -> Verdict:
    datasets = make_datasets(families)
    sides: dict[SideKey, Any] = {UNWEIGHTED: -0.2, BALANCED: 0.0, side("root"): root}
    [found] = judge([START], make_metrics(datasets, sides), datasets, ROPE)
    return found


def test_where_to_start_is_said_part_by_part() -> None:
    assert start(lambda place: -0.1).answer == "supported"
    found = start(lambda place: 0.1 if place >= 20 else -0.1)
    assert found.answer == "refuted"
    assert found.contradicts_advice
    assert "imbalance_ratio ≥ 22" in found.reason
    assert "< 22" not in found.reason
    assert found.details[0].startswith("Where imbalance_ratio < 22 (20 families): start from balanced at 0.5")
    assert found.details[1].startswith("Where imbalance_ratio ≥ 22 (20 families): start from root at 0.5")
    assert found.effect == Estimate(value=1.0, low=1.0, high=1.0)


def test_a_part_of_nine_families_says_nothing() -> None:
    found = start(lambda place: -0.1, families=29)
    assert found.answer == "undecided"
    assert found.details[1] == "Where imbalance_ratio ≥ 22 (9 families): too few families with all policies."
    assert start(lambda place: -0.1, families=9).reason.startswith("No part has 10 families")


def test_two_policies_are_no_choice() -> None:
    [found] = judge(
        [dataclasses.replace(START, others=(Side(arm="unweighted"), Side(arm="absent")))],
        make_metrics(make_datasets(12), {UNWEIGHTED: 0.0, BALANCED: 0.1}),
        make_datasets(12),
        ROPE,
    )
    assert (found.answer, found.reason) == ("undecided", "Fewer than three policies have figures.")
