"""Verdicts on planted effects, and the page that shows them."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, SideKey, make_datasets, make_metrics
from scipy.stats import false_discovery_control, t

from boostweights.benchmark.claims import (
    FEWEST_FAMILIES,
    Claim,
    Verdict,
    Where,
    as_markdown,
    judge,
    load_claims,
    parse_claims,
    read_results,
    to_table,
)
from boostweights.benchmark.claims.__main__ import main
from boostweights.benchmark.stats import Estimate, Side
from boostweights.errors import InvalidTypeError, InvalidValueError

ROPE = {"recall": 0.01, "log_loss": 0.01, "f1": 0.01}
RISES = Claim(
    id="recall-rises",
    sentence="Weights raise recall.",
    advice="says so",
    metric="recall",
    expect="rise",
    a=Side(arm="unweighted"),
    b=Side(arm="balanced"),
)


def verdict_on(
    claim: Claim, effect: Any, *, families: int = 12, rope: dict[str, float] | None = None, **how: Any
) -> Verdict:
    datasets = make_datasets(families)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}, metric=claim.metric, **how)
    [verdict] = judge([claim], metrics, datasets, ROPE if rope is None else rope, samples=1000)
    return verdict


# The rule


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
    rho = {trend.property: trend.rho for trend in found.trends}
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


# The claims with tests of their own


def side(arm: str, rule: str = "0.5") -> SideKey:
    return (arm, rule, "raw")


BEST = Claim(
    id="not-best",
    sentence="Balanced is not always best.",
    advice="says the opposite",
    metric="recall",
    test="not_always_best",
    a=Side(arm="balanced"),
    others=(Side(arm="unweighted"), Side(arm="root"), Side(arm="absent")),
)


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


# Bad input


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


PLAIN = """
[[claim]]
id = "x"
sentence = "S."
advice = "says so"
metric = "f1"
expect = "rise"
a = { arm = "unweighted" }
b = { arm = "balanced" }
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expect =", "expects =", "Did you mean 'expect'"),
        ('"rise"', '"raise"', "Did you mean 'rise'"),
        ('"says so"', '"say so"', "Did you mean 'says so'"),
        ('expect = "rise"', 'test = "signed_ranks"\nexpect = "rise"', "Did you mean 'signed_rank'"),
        ("{ arm =", "{ arms =", "Did you mean 'arm'"),
        ('{ arm = "balanced" }', "{ }", "must name an arm"),
        ('{ arm = "balanced" }', '"balanced"', "must be a table"),
        ('{ arm = "balanced" }', "{ arm = 1 }", "arm of a side must be a str"),
        ('metric = "f1"\n', "", "no metric"),
        ('b = { arm = "balanced" }\n', "", "no b"),
        ('metric = "f1"', "metric = 1", "must be a string"),
        ('metric = "f1"', 'metric = "f1"\nmargin = -1', "not negative"),
        ('metric = "f1"', 'metric = "f1"\nabsolute = 1', "true or false"),
        ('metric = "f1"', 'metric = "f1"\nabsolute = true', "sizes of differences"),
        ('metric = "f1"', 'metric = "f1"\nwhere = { colum = "rows" }', "Did you mean 'column'"),
        ('metric = "f1"', 'metric = "f1"\nwhere = { at_most = 1 }', "a table with a column|must be a string"),
        ('id = "x"', 'id = "x"\n[[claim]]', "must say id"),
        ("[[claim]]", "[[claims]]", "Did you mean 'claim'"),
        ("[[claim]]", "[claim]", r"tables \[\[claim\]\]"),
        ("[[claim]]", "[[claim]", "must be TOML"),
        (PLAIN, PLAIN + PLAIN, "must differ"),
    ],
)
def test_a_file_of_claims_that_cannot_serve(old: str, new: str, message: str) -> None:
    assert parse_claims(PLAIN)[0].b == Side(arm="balanced")
    with pytest.raises((InvalidTypeError, InvalidValueError), match=message):
        parse_claims(PLAIN.replace(old, new))


def test_an_unreadable_file_of_claims(tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=r"gone\.toml"):
        load_claims(tmp_path / "gone.toml")


# The claims that come with the package


def test_the_shipped_claims_name_arms_rules_and_metrics_of_the_default_suite() -> None:
    suite = tomllib.loads(
        (resources.files("boostweights.benchmark") / "suites" / "default.toml").read_text(encoding="utf-8")
    )
    arms = {arm["name"]: arm for arm in suite["arm"]}
    free = {"average_precision", "roc_auc", "log_loss", "brier", "ece"}
    for claim in load_claims():
        assert claim.margin is not None or claim.metric in suite["rope"]
        for one in filter(None, (claim.a, claim.b, *claim.others)):
            assert one.arm in arms, claim.id
            assert (one.rule == "none") == (claim.metric in free), claim.id
            assert one.rule in ("none", "0.5", "tuned", "equivalent", "cost")
            assert one.rule != "tuned" or arms[one.arm].get("tune"), claim.id


def test_every_shipped_claim_gets_a_verdict_from_figures_of_all_its_sides() -> None:
    datasets = make_datasets(20, groups=[True] * 20, imbalance_ratio=[1.2, *range(5, 24)])
    claims = load_claims()
    parts = []
    for metric in sorted({claim.metric for claim in claims}):
        sides = {
            (one.arm, one.rule, one.proba): 0.01 * (len(one.arm) % 7)
            for claim in claims
            if claim.metric == metric
            for one in (claim.a, claim.b, *claim.others)
            if one is not None
        }
        parts.append(make_metrics(datasets, sides, metric=metric, folds=3, libraries=["xgboost"]))
    metrics = pd.concat(parts, ignore_index=True).assign(split="group")
    rope = dict.fromkeys(metrics["metric"].unique(), 0.01)
    found = {one.claim.id: one for one in judge(claims, metrics, datasets, rope, samples=200)}
    undecided = {name for name, one in found.items() if one.answer == "undecided"}
    assert {"all-data-flatters-in-time", "nearly-balanced-data-unaffected"} <= undecided
    assert len(undecided) < 8
    for one in found.values():
        assert one.effect is not None or one.families < 2
        assert one.reason.endswith(".")
    page = as_markdown(list(found.values()))
    assert page.count("\n## ") == 3 + len(claims)
    assert all(f"--claim {claim.id}\n" in page for claim in claims)


# The page and the command


@pytest.mark.parametrize(
    ("answer", "advice", "contradicts"),
    [
        ("supported", "says so", False),
        ("refuted", "says so", True),
        ("undecided", "says so", False),
        ("supported", "says the opposite", True),
        ("refuted", "says the opposite", False),
        ("supported", "is divided", False),
        ("refuted", "is divided", False),
    ],
)
def test_advice_is_contradicted_by_verdicts_only(answer: Any, advice: Any, contradicts: bool) -> None:
    verdict = Verdict(claim=dataclasses.replace(RISES, advice=advice), answer=answer, reason="R.")
    assert verdict.contradicts_advice is contradicts
    assert ("Where this contradicts common advice" in as_markdown([verdict])) is contradicts


def test_the_page_shows_verdict_effect_interval_and_command() -> None:
    verdict = verdict_on(RISES, -0.1)
    page = as_markdown([verdict])
    assert verdict.effect is not None
    assert "1 claims: 0 supported, 1 refuted, 0 undecided. 1 of the verdicts contradict" in page
    assert f"{verdict.effect.value:+.3f} | {verdict.effect.low:+.3f} to {verdict.effect.high:+.3f}" in page
    assert "python -m boostweights.benchmark.claims RUN --claim recall-rises" in page
    assert "| xgboost | 12 | -0.10" in page
    assert "imbalance" in page


def test_names_cannot_carry_markup_into_the_page() -> None:
    nasty = 'a|b <script>alert("x")</script> [x](y) `c`\n# d'
    claim = dataclasses.replace(RISES, sentence=nasty, b=Side(arm=nasty), id="x y`z", note=nasty)
    datasets = make_datasets(11)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, (nasty, "0.5", "raw"): 0.1}, libraries=["**l|<b>"])
    page = as_markdown(judge([claim], metrics, datasets, ROPE, runs=["my `run`\n```"], samples=100))
    assert "<script" not in page
    assert "<b>" not in page
    assert "[x](y)" not in page
    assert page.count("```") == 2
    for line in page.splitlines():
        if line.startswith("| ") and "script" in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 7


def test_verdicts_as_a_table() -> None:
    verdict = verdict_on(RISES, 0.1)
    row = to_table([verdict]).iloc[0]
    assert row["verdict"] == "supported"
    assert row["low"] < row["effect"] < row["high"]
    assert row["below"] + row["within"] + row["above"] == pytest.approx(1)
    assert to_table([verdict], "polars")["families"].to_list() == [12]


def store(
    directory: Path, *, effect: float = 0.1, rope: dict[str, float] | None = None, **suite: Any
) -> Path:
    directory.mkdir()
    datasets = make_datasets(12)
    make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}).to_parquet(directory / "metrics.parquet")
    datasets.to_parquet(directory / "datasets.parquet")
    facts = [{"suite": {"rope": {}}}, {"suite": {"rope": ROPE if rope is None else rope, **suite}}]
    runs = pd.DataFrame({"run": [1, 2], "facts": [json.dumps(one) for one in facts]})
    runs.iloc[::-1].to_parquet(directory / "runs.parquet")
    return directory


def test_the_command_makes_a_verdict_again(tmp_path: Path) -> None:
    run = store(tmp_path / "a run")
    found = read_results([run])
    [verdict] = judge(load_claims()[:1], found.metrics, found.datasets, found.rope, runs=[str(run)])
    assert verdict.answer == "supported"
    python, *arguments = __import__("shlex").split(verdict.command)
    assert python == "python"
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=True)
    assert done.stdout == as_markdown([verdict]) + "\n"


def test_runs_that_differ_in_their_splits_are_judged_together(tmp_path: Path) -> None:
    runs = [store(tmp_path / "one", split="group"), store(tmp_path / "two", effect=-0.1, split="time")]
    found = read_results(runs)
    assert len(found.datasets) == 12
    claims = [RISES, dataclasses.replace(RISES, split="time", expect="fall")]
    verdicts = judge(claims, found.metrics, found.datasets, found.rope, samples=200)
    assert [one.answer for one in verdicts] == ["supported", "supported"]


def test_the_command_says_in_one_line_what_is_wrong(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = store(tmp_path / "run")
    cases = {
        "Did you mean 'recall-rises'": [str(run), "--claim", "recall-rise"],
        "exported tables": [str(tmp_path / "gone")],
        "gone.toml": [str(run), "--claims", str(tmp_path / "gone.toml")],
        "share their regions": [str(run), str(store(tmp_path / "other", rope={"recall": 0.5}))],
    }
    for message, arguments in cases.items():
        assert main(arguments) == 2
        error = capsys.readouterr().err
        assert message in error
        assert error.count("\n") == 1
    (run / "metrics.parquet").write_bytes(b"no parquet")
    assert main([str(run)]) == 2
    assert "metrics.parquet" in capsys.readouterr().err


def test_the_command_gives_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = store(tmp_path / "run")
    assert main([str(run), "--json", "--claim", "recall-rises", "--claim", "f1-rises"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["claim"], row["verdict"]) for row in rows] == [
        ("recall-rises", "supported"),
        ("f1-rises", "undecided"),
    ]


def test_statistics_and_claims_never_import_a_run() -> None:
    code = "import boostweights.benchmark.claims.__main__, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rooms = {name.split(".")[2] for name in loaded.split() if name.startswith("boostweights.benchmark.")}
    assert rooms == {"claims", "stats"}
    assert not set(loaded.split()) & {"xgboost", "lightgbm", "catboost", "matplotlib", "statsmodels"}
