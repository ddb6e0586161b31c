"""Verdicts on planted effects."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest
from study.claims_on_figures import RISES, ROPE, verdict_on
from study.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from benchmarks.claims.claim import Where
from benchmarks.claims.judge import judge
from benchmarks.claims.page import overview
from benchmarks.stats.paired import Side
from boostweights.benchmark.stats import FEWEST_FAMILIES
from boostweights.errors import InvalidTypeError, InvalidValueError


@pytest.mark.parametrize(
    ("effect", "answer"),
    [(0.1, "higher"), (-0.1, "lower"), (0.0, "equivalent"), (0.008, "equivalent"), (0.01, "unclear")],
)
def test_a_planted_effect_decides(effect: float, answer: str) -> None:
    found = verdict_on(RISES, effect)
    assert found.answer == answer
    assert found.effect is not None
    assert found.effect.value == pytest.approx(effect, abs=0.003)
    assert [one.library for one in found.effects] == ["all", "catboost", "lightgbm", "xgboost"]
    assert {one.answer for one in found.effects} == {answer} or answer == "unclear"
    assert verdict_on(RISES, 0.002).contradicts_advice  # which says that it rises


def test_nine_families_decide_nothing() -> None:
    found = verdict_on(RISES, 0.3, families=9)
    assert FEWEST_FAMILIES == 10
    assert found.answer == "unclear"
    assert found.reason.startswith("Only 9 of at least 10 families")
    assert {one.answer for one in found.effects} == {"unclear"}
    assert found.effect is not None
    assert found.effect.value == pytest.approx(0.3, abs=0.003)
    assert verdict_on(RISES, 0.3, families=10).answer == "higher"


def test_one_family_has_no_interval() -> None:
    found = verdict_on(RISES, 0.3, families=1)
    assert (found.answer, found.effects, found.families) == ("unclear", (), 1)
    assert found.reason == "Only 1 of at least 10 families of data sets have both sides."


def test_two_versions_of_one_source_are_one_family() -> None:
    datasets = make_datasets(10)
    datasets["family"] = datasets["family"].replace({"family-09": "family-00"})
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.3})
    [found] = judge([RISES], metrics, datasets, ROPE)
    assert (found.answer, found.families, found.datasets) == ("unclear", 9, 10)


def test_an_answer_that_hangs_on_one_family_is_none() -> None:
    """Unclear because of one family, and decided because of one: neither is an answer."""
    apart = verdict_on(RISES, lambda place: 0.02 if place < 11 else -0.4)
    assert apart.answer == "unclear"
    assert apart.effects[0].hinges == ("family-11",)
    assert not apart.hangs
    barely = verdict_on(RISES, lambda place: 0.004 + 0.0021 * place, noise=0)
    assert {effect.answer for effect in barely.effects} == {"higher"}
    assert all(effect.hinges for effect in barely.effects)
    assert barely.answer == "unclear"
    assert "hangs on family-" in barely.reason
    assert barely.hangs
    assert "higher in catboost, lightgbm, xgboost; it hangs on single families |" in overview([barely])
    assert not verdict_on(RISES, lambda _place: 0.3).hangs
    [one] = {effect.hinges for effect in barely.effects}
    one_library = dataclasses.replace(RISES, libraries=("catboost",))
    alone = verdict_on(one_library, lambda place: 0.004 + 0.0021 * place, noise=0)
    families = f"{', '.join(one[:3])} and {len(one) - 3} more"
    assert alone.reason == f"Higher in catboost. The answer of catboost hangs on {families}."


def test_what_libraries_and_their_mean_have_in_common_is_said_once() -> None:
    for side, effect, noise in (
        ("Above 0, perhaps by too little to matter,", 0.01, 0.002),
        ("Below 0, perhaps by too little to matter,", -0.01, 0.002),
        ("Unclear", 0.0, 0.2),
    ):
        assert verdict_on(RISES, effect, noise=noise).reason == f"{side} in catboost, lightgbm, xgboost."


def test_one_library_does_not_carry_a_claim() -> None:
    """A rise that is large in one of three libraries and nothing in the others: on average it is there."""
    datasets = make_datasets(12)
    shares = {"catboost": 0.3, "lightgbm": 0.0, "xgboost": 0.0}
    metrics = pd.concat(
        make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}, libraries=[library], noise=0.001, seed=7)
        for library, effect in shares.items()
    )
    [found] = judge([RISES], metrics, datasets, ROPE)
    assert [one.answer for one in found.effects] == ["higher", "higher", "equivalent", "equivalent"]
    assert found.answer == "unclear"
    assert "Higher in catboost; equivalent in lightgbm, xgboost." in found.reason
    [alone] = judge([dataclasses.replace(RISES, libraries=("catboost",))], metrics, datasets, ROPE)
    assert alone.answer == "higher"
    assert "In catboost the interval lies above" in alone.reason


def test_more_claims_in_a_group_make_its_intervals_wider() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1}, noise=0.05)
    others = [dataclasses.replace(RISES, id=f"other-{place}") for place in range(4)]
    apart = dataclasses.replace(RISES, id="apart", group="another")
    alone, together, chosen = (
        judge(claims, metrics, datasets, ROPE, ids=ids)[0]
        for claims, ids in (
            ([RISES], None),
            ([RISES, apart, *others], None),
            ([RISES, *others], ["recall-rises"]),
        )
    )
    assert (alone.level, together.level) == pytest.approx((0.95, 0.99))
    assert chosen.effect == together.effect  # asking for one claim does not change what decides it
    assert alone.effect is not None
    assert together.effect is not None
    assert together.effect.low < alone.effect.low < alone.effect.high < together.effect.high


def test_regimes_are_judged_apart() -> None:
    datasets = make_datasets(12)
    parts = {"fixed": 0.1, "tuned": -0.1}
    metrics = pd.concat(
        make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}).assign(regime=regime)
        for regime, effect in parts.items()
    )
    found = judge([RISES], metrics, datasets, ROPE)
    assert [(one.regime, one.answer) for one in found] == [("tuned", "lower"), ("fixed", "higher")]
    [plain] = judge([RISES], make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1}), datasets, ROPE)
    assert plain.regime == "fixed"
    with pytest.raises(InvalidValueError, match="Did you mean 'tuned'"):
        judge([RISES], metrics.replace({"regime": {"tuned": "tunde"}}), datasets, ROPE)


def test_two_and_more_classes_are_never_averaged() -> None:
    datasets = make_datasets(24, task=["binary"] * 12 + ["multiclass"] * 12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: lambda place: 0.1 if place < 12 else -0.1})
    more = dataclasses.replace(RISES, id="more", task="multiclass")
    found = judge([RISES, more], metrics, datasets, ROPE)
    assert [(one.answer, one.families) for one in found] == [("higher", 12), ("lower", 12)]


def test_the_region_is_the_suites_unless_the_claim_says_how_much_is_little() -> None:
    assert verdict_on(RISES, 0.015).answer == "higher"
    assert verdict_on(dataclasses.replace(RISES, margin=0.03), 0.015).answer == "equivalent"
    missing = verdict_on(RISES, 0.0, rope={"f1": 0.01})
    assert missing.answer == "unclear"
    assert "no region of practical equivalence for recall" in missing.reason
    assert missing.effect is not None


def test_sizes_do_not_cancel_out_and_stand_beside_a_floor() -> None:
    """Side b differs by .03 to either side, and what is practically a itself by .01 or by .03."""
    datasets = make_datasets(12)

    def to_both_sides(size: float) -> Any:
        return lambda place: size * (1 if place % 2 else -1)

    nudged = Side(arm="nudged")
    claim = dataclasses.replace(RISES, expect="not higher", floor=nudged)
    for floor, answer in ((0.01, "higher"), (0.03, "equivalent")):
        sides = {
            UNWEIGHTED: 0.0,
            BALANCED: to_both_sides(0.03),
            ("nudged", "0.5", "raw"): to_both_sides(-floor),
        }
        [found] = judge([claim], make_metrics(datasets, sides, noise=0.0001), datasets, ROPE)
        assert found.answer == answer
        assert found.effect is not None
        assert found.effect.value == pytest.approx(0.03 - floor, abs=0.0005)
    [lacking] = judge([claim], make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.0}), datasets, ROPE)
    assert lacking.reason == "Not in this run: no recall of nudged at 0.5."


def test_a_learner_of_one_library_stands_beside_every_other_one() -> None:
    """Forests, .02 above the boosters' own level, in a library of their own."""
    datasets = make_datasets(12)
    boosters = make_metrics(datasets, {UNWEIGHTED: 0.0}, libraries=["lightgbm", "xgboost"], noise=0.0)
    forests = make_metrics(datasets, {("forest", "0.5", "raw"): 0.0}, libraries=["imblearn"], noise=0.0)
    keys = ["dataset", "repeat", "fold"]
    level = boosters[boosters["library"] == "lightgbm"].set_index(keys)["value"]
    forests = forests.assign(value=level.loc[list(map(tuple, forests[keys].to_numpy()))].to_numpy() + 0.02)
    claim = dataclasses.replace(RISES, b=Side(arm="forest", library="imblearn"))
    [found] = judge([claim], pd.concat([boosters, forests]), datasets, ROPE)
    assert [effect.library for effect in found.effects] == ["all", "lightgbm", "xgboost"]
    assert found.effects[1].interval.value == pytest.approx(0.02)
    other = dataclasses.replace(claim, b=Side(arm="unweighted", library="imblearn"))
    [elsewhere] = judge([other], pd.concat([boosters, forests]), datasets, ROPE)
    assert elsewhere.reason == "Not in this run: no recall of unweighted at 0.5 in imblearn."


def test_lost_figures_are_counted() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    [found] = judge([RISES], metrics.iloc[3:], datasets, ROPE)
    assert found.details == ("2 of 180 pairs lack a figure on one side.",)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"b": Side(arm="smote")}, "no recall of smote at 0.5"),
        ({"metric": "f1"}, "no f1."),
        ({"split": "time"}, "no recall with splits of the kind “time”"),
        ({"where": Where(column="imbalance_ratio", at_most=1.5)}, "among the data sets that the claim is"),
        ({"where": Where(column="moon_phase", at_least=1)}, "among the data sets that the claim is about"),
    ],
)
def test_what_a_run_lacks_is_unclear(change: dict[str, Any], reason: str) -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    [found] = judge([dataclasses.replace(RISES, **change)], metrics, datasets, ROPE)
    assert found.answer == "unclear"
    assert reason in found.reason


def test_a_side_that_never_has_a_figure_was_not_measured() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.1})
    lost = metrics.assign(value=metrics["value"].where(metrics["arm"] == "unweighted"))
    [found] = judge([RISES], lost, datasets, ROPE)
    assert found.reason == "Not in this run: no recall of balanced at 0.5."


def test_a_claim_is_about_its_data_sets_and_split() -> None:
    datasets = make_datasets(24)

    plain = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: lambda place: 0.1 if place < 12 else 0.0})
    timed = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: -0.1})
    metrics = pd.concat([plain.assign(split="group"), timed.assign(split="time")], ignore_index=True)
    low = Where(column="imbalance_ratio", at_most=13)
    claims = [
        dataclasses.replace(RISES, where=low),
        dataclasses.replace(RISES, where=Where(column="imbalance_ratio", at_least=14)),
        dataclasses.replace(RISES, split="time"),
    ]
    found = judge(claims, metrics, datasets, ROPE)
    assert [one.answer for one in found] == ["higher", "equivalent", "lower"]
    assert [one.families for one in found] == [12, 12, 24]


def test_equal_input_gives_equal_verdicts_in_any_order() -> None:
    datasets = make_datasets(12)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: 0.008}, noise=0.02)
    moved = metrics.sample(frac=1, random_state=1), datasets.iloc[::-1]
    assert judge([RISES], metrics, datasets, ROPE) == judge([RISES], *moved, ROPE)


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (lambda d: d.drop(columns="task"), "no task"),
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
    with pytest.raises(InvalidValueError, match=f"of recall must be finite.*; got {width!r}"):
        judge([RISES], metrics, datasets, {"recall": width})
    with pytest.raises(InvalidTypeError, match="load_claims"):
        judge(["recall rises"], metrics, datasets, ROPE)  # type: ignore[list-item]
