"""Verdicts on planted effects."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from benchmark.claims_on_figures import BEST, RISES, ROPE, verdict_on
from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from boostweights.benchmark.claims.claim import Where
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES
from boostweights.benchmark.stats.paired import Side
from boostweights.errors import InvalidTypeError, InvalidValueError


@pytest.mark.parametrize(
    ("expect", "effect", "answer"),
    [
        ("rise", 0.1, "supported"),
        ("rise", -0.1, "refuted"),
        ("rise", 0.0, "refuted"),
        ("fall", -0.1, "supported"),
        ("fall", 0.1, "refuted"),
        ("same", 0.0, "supported"),
        ("same", 0.1, "refuted"),
        ("same", -0.1, "refuted"),
        ("no rise", 0.0, "supported"),
        ("no rise", -0.1, "supported"),
        ("no rise", 0.1, "refuted"),
        ("no fall", 0.0, "supported"),
        ("no fall", 0.1, "supported"),
        ("no fall", -0.1, "refuted"),
    ],
)
def test_a_planted_effect_decides(expect: Any, effect: float, answer: str) -> None:
    found = verdict_on(dataclasses.replace(RISES, expect=expect), effect)
    assert found.answer == answer
    assert found.effect is not None
    assert found.effect.value == pytest.approx(effect, abs=0.003)
    assert found.effect.low <= found.effect.value <= found.effect.high


def test_nine_families_decide_nothing() -> None:
    found = verdict_on(RISES, 0.3, families=9)
    assert FEWEST_FAMILIES == 10
    assert found.answer == "undecided"
    assert found.reason.startswith("Only 9 of at least 10 families")
    assert found.regions is None
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0.3, abs=0.003)
    assert verdict_on(RISES, 0.3, families=10).answer == "supported"


def test_two_versions_of_one_source_are_one_family() -> None:
    datasets = make_datasets(10)
    datasets["family"] = datasets["family"].replace({"family-09": "family-00"})
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.3})
    [found] = judge([RISES], metrics, datasets, ROPE, samples=100)
    assert (found.answer, found.families, found.datasets) == ("undecided", 9, 10)


def test_an_effect_on_half_of_the_families_is_undecided() -> None:
    found = verdict_on(RISES, lambda place: 0.05 * (1 if place % 2 else -1))
    assert found.answer == "undecided"
    assert "neither" in found.reason


def test_an_effect_on_a_quarter_of_the_families_leaves_equality_undecided() -> None:
    same = dataclasses.replace(RISES, expect="same")
    found = verdict_on(same, lambda place: 0.1 if place < 3 else 0.0)
    assert found.answer == "undecided"
    assert found.regions is not None
    assert 0.5 < found.regions.within < 0.95


def test_one_library_does_not_carry_a_claim() -> None:
    """A rise that is large in one of three libraries and nothing in the others: on average it is there."""
    datasets = make_datasets(12)
    shares = {"catboost": 0.3, "lightgbm": 0.0, "xgboost": 0.0}
    metrics = pd.concat(
        make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}, libraries=[library], noise=0.001, seed=7)
        for library, effect in shares.items()
    )
    [found] = judge([RISES], metrics, datasets, ROPE, samples=1000)
    assert found.regions is not None
    assert found.regions.above > 0.95
    assert found.answer == "undecided"
    assert "1 of 3 libraries agree" in found.reason
    by_library = {one.library: one for one in found.libraries}
    assert by_library["catboost"].holm == pytest.approx(3 * 2 / 2**12)  # all of 12 signs alike, times 3
    assert by_library["catboost"].effect == pytest.approx(0.3, abs=0.001)


def test_the_region_is_the_suites_unless_the_claim_says_how_much_is_little() -> None:
    small = dataclasses.replace(RISES, expect="same")
    assert verdict_on(small, 0.015).answer == "refuted"
    assert verdict_on(dataclasses.replace(small, margin=0.03), 0.015).answer == "supported"
    missing = verdict_on(small, 0.0, rope={"f1": 0.01})
    assert missing.answer == "undecided"
    assert "no region of practical equivalence for recall" in missing.reason
    assert missing.effect is not None
    [best] = judge(
        [BEST],
        make_metrics(make_datasets(12), {UNWEIGHTED: 0.0, BALANCED: 0.1}),
        make_datasets(12),
        {},
    )
    assert "no region of practical equivalence for recall" in best.reason


def test_sizes_do_not_cancel_out() -> None:
    same = dataclasses.replace(RISES, expect="same")

    def alternating(place: int) -> float:
        return 0.0095 * (1 if place % 2 else -1)

    wide, narrow = {"recall": 0.0096}, {"recall": 0.009}
    absolute = dataclasses.replace(same, absolute=True)
    cancelled = verdict_on(same, alternating, noise=0, rope=wide).effect
    assert cancelled is not None
    assert cancelled.value == pytest.approx(0, abs=1e-9)
    assert cancelled.low < -0.004 < 0.004 < cancelled.high
    sizes = verdict_on(absolute, alternating, noise=0, rope=wide)
    assert sizes.effect is not None
    assert sizes.effect.value == pytest.approx(0.0095)
    assert sizes.answer == "supported"
    assert verdict_on(absolute, alternating, noise=0, rope=narrow).answer == "refuted"
    assert {one.holm for one in sizes.libraries} == {None}


def test_an_effect_that_grows_with_imbalance_is_seen() -> None:
    found = verdict_on(RISES, lambda place: 0.05 + 0.01 * place)
    rho = found.trends
    assert list(rho) == ["imbalance_ratio", "positives", "rows"]
    assert rho["imbalance_ratio"].value == pytest.approx(1, abs=0.02)
    assert rho["positives"].value == pytest.approx(-1, abs=0.02)
    assert rho["imbalance_ratio"].low > 0.8


def test_lost_figures_are_counted() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    [found] = judge([RISES], metrics.iloc[3:], datasets, ROPE, samples=100)
    assert found.details == ("2 of 180 pairs lack a figure on one side.",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"b": Side(arm="smote")}, "no recall of smote at 0.5"),
        ({"metric": "f1"}, "no f1."),
        ({"split": "time"}, "no recall with splits of the kind “time”"),
        (
            {"where": Where(column="imbalance_ratio", at_most=1.5)},
            "among the data sets that the claim is about",
        ),
        ({"where": Where(column="moon_phase", at_least=1)}, "among the data sets that the claim is about"),
    ],
)
def test_what_a_run_lacks_is_undecided(change: dict[str, Any], reason: str) -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    [found] = judge([dataclasses.replace(RISES, **change)], metrics, datasets, ROPE)
    assert found.answer == "undecided"
    assert reason in found.reason


def test_a_claim_is_about_its_data_sets_and_split() -> None:
    datasets = make_datasets(24)

    def effect(place: int) -> float:
        return 0.1 if place < 12 else 0.0

    plain = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect})
    timed = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: -0.1})
    metrics = pd.concat([plain.assign(split="group"), timed.assign(split="time")], ignore_index=True)
    low = Where(column="imbalance_ratio", at_most=13)
    claims = [
        dataclasses.replace(RISES, where=low),
        dataclasses.replace(RISES, where=Where(column="imbalance_ratio", at_least=14)),
        dataclasses.replace(RISES, expect="fall", split="time"),
    ]
    found = judge(claims, metrics, datasets, ROPE, samples=500)
    assert [one.answer for one in found] == ["supported", "refuted", "supported"]
    assert [one.families for one in found] == [12, 12, 24]


def test_equal_input_gives_equal_verdicts_in_any_order() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.008}, noise=0.02)
    first, again, moved = (
        judge([RISES], one, sets, ROPE, samples=500)
        for one, sets in (
            (metrics, datasets),
            (metrics, datasets),
            (metrics.sample(frac=1, random_state=1), datasets.iloc[::-1]),
        )
    )
    assert first == again == moved
    other = judge([RISES], metrics, datasets, ROPE, samples=500, seed=1)
    assert other != first


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda d: d.drop(columns="positives"), "no positives"),
        (lambda d: d.drop(index=3), "in the table of data sets; got 'set-03'"),
        (lambda d: pd.concat([d, d.tail(1)]), "in its table once"),
        (lambda d: d.to_dict(), "pandas data frame"),
    ],
)
def test_a_table_of_data_sets_that_cannot_serve(broken: Callable[[Any], Any], message: str) -> None:
    datasets = make_datasets(4)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    with pytest.raises((InvalidTypeError, InvalidValueError), match=message):
        judge([RISES], metrics, broken(datasets), ROPE)


@pytest.mark.parametrize("width", [-0.01, float("nan"), "wide"])
def test_a_half_width_must_be_a_number(width: Any) -> None:
    datasets = make_datasets(2)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    with pytest.raises(InvalidValueError, match="of recall must be finite"):
        judge([RISES], metrics, datasets, {"recall": width})
    with pytest.raises(InvalidTypeError, match="load_claims"):
        judge(["recall rises"], metrics, datasets, ROPE)  # type: ignore[list-item]
