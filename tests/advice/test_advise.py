"""Advice: what it says follows from counts, needs and evidence, and never without its uncertainty."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import boostweights as bw
from boostweights.audits.advice import advise as advice
from boostweights.audits.advice.evidence import Evidence, Measured, Stratum, shipped
from boostweights.audits.advice.judgement import Situation
from boostweights.audits.advice.options import OPTIONS
from boostweights.audits.advice.result import NEEDS, as_needs

COUNTS = {0: 9000, 1: 1000}
NEEDED = sorted(NEEDS)


def entry(option: str, need: str, outcome: str, **changes: Any) -> Measured:
    known = {
        "option": option,
        "variant": "",
        "need": need,
        "stratum": "all",
        "metric": NEEDS[need],
        "lower": need in ("probabilities", "costs"),
        "side": f"{option} side",
        "baseline": "the baseline",
        "effect": 0.1,
        "low": 0.05,
        "high": 0.15,
        "worse": 0.01,
        "alike": 0.01,
        "better": 0.98,
        "families": 20,
        "datasets": 25,
        "outcome": outcome,
        "reason": "the reason",
    }
    return Measured(**(known | changes))


def evidence(*entries: Measured, strata: tuple[Stratum, ...] = ()) -> Evidence:
    return Evidence(
        measured=entries,
        strata=(Stratum(name="all", column="", at_least=0, below=np.inf), *strata),
        ranges={"imbalance_ratio": (1.0, 100.0), "positives": (20.0, 5000.0)},
        versions={"boostweights": "0"},
        suites=("some",),
        cost_ratio=10.0,
        command="make it",
    )


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what was published."""

    def publish(*entries: Measured, strata: tuple[Stratum, ...] = ()) -> None:
        monkeypatch.setattr(advice, "shipped", lambda: evidence(*entries, strata=strata))

    return publish


def verdicts(*arguments: Any, **options: Any) -> dict[str, str]:
    return {row.option: row.verdict for row in bw.advise(*arguments, **options).rows}


@pytest.mark.parametrize(
    "needs", [*([name] for name in NEEDED), NEEDED, [bw.Costs(fn=50, fp=1), "recall"]], ids=str
)
@pytest.mark.parametrize(
    "counts", [COUNTS, {0: 10, 1: 10}, {"a": 500, "b": 7, "c": 90}, {0: 10**7, 1: 3}], ids=str
)
def test_no_verdict_is_without_reason_evidence_and_uncertainty(counts: Any, needs: Any) -> None:
    if len(counts) == 3 and isinstance(needs[0], bw.Costs):
        needs = ["costs", "recall"]
    found = bw.advise(counts, needs=needs)
    assert {row.option for row in found.rows} == set(OPTIONS)
    for row in found.rows:
        assert row.verdict in ("use", "consider", "avoid")
        assert all((row.reason, row.evidence, row.uncertainty, row.how))
        for need in found.needs.names:
            assert need in row.reason


@pytest.mark.parametrize("need", NEEDED)
def test_while_results_decide_nothing_no_option_that_was_measured_is_told_from_another(
    published: Any, need: str
) -> None:
    published(*(entry(option, need, "undecided") for option in OPTIONS))
    found = verdicts(COUNTS, needs=need)
    for option in ("nothing", "sqrt", "balanced", "costs", "resample"):
        assert found[option] == "consider", option


@pytest.mark.parametrize(
    ("outcome", "verdict", "nothing"),
    [
        ("better", "use", "avoid"),
        ("worse", "avoid", "use"),
        ("same", "avoid", "use"),
        ("not better", "avoid", "use"),
        ("not worse", "consider", "consider"),
        ("undecided", "consider", "consider"),
    ],
)
@pytest.mark.parametrize("option", ["sqrt", "balanced", "threshold"])
def test_results_that_decide_make_the_verdict(
    published: Any, option: str, outcome: str, verdict: str, nothing: str
) -> None:
    published(entry(option, "recall", outcome))
    found = bw.advise(COUNTS, needs="recall")
    rows = {row.option: row for row in found.rows}
    assert (rows[option].verdict, rows["nothing"].verdict) == (verdict, nothing)
    assert "+0.100 (+0.050 to +0.150)" in rows[option].evidence
    assert "20 families" in rows[option].evidence
    assert "P(better) 0.98" in rows[option].uncertainty


def test_what_harms_one_need_is_avoided_whatever_it_does_for_another(published: Any) -> None:
    published(entry("balanced", "recall", "better"), entry("balanced", "probabilities", "worse"))
    assert verdicts(COUNTS, needs="recall")["balanced"] == "use"
    assert verdicts(COUNTS, needs="probabilities")["balanced"] == "avoid"
    assert verdicts(COUNTS, needs=["recall", "probabilities"])["balanced"] == "avoid"


def test_what_leaves_one_need_alone_may_serve_another(published: Any) -> None:
    published(entry("threshold", "decisions", "better"))
    assert verdicts(COUNTS, needs=["ranking", "decisions"])["threshold"] == "use"
    assert verdicts(COUNTS, needs="ranking")["threshold"] == "avoid"
    assert verdicts({0: 50, 1: 60, 2: 70}, needs="decisions")["threshold"] == "avoid"


@pytest.mark.parametrize("outcome", ["same", "not better"])
def test_what_makes_no_difference_to_one_need_may_serve_another(published: Any, outcome: str) -> None:
    published(entry("balanced", "ranking", outcome), entry("balanced", "recall", "better"))
    assert verdicts(COUNTS, needs=["ranking", "recall"])["balanced"] == "use"
    published(entry("balanced", "ranking", "not worse"), entry("balanced", "recall", "better"))
    assert verdicts(COUNTS, needs=["ranking", "recall"])["balanced"] == "consider"


def test_resampling_helps_if_one_way_does_and_harms_if_all_do(published: Any) -> None:
    def resampled(*outcomes: str) -> str:
        names = ("over", "under", "smote")
        published(
            *(
                entry("resample", "recall", each, variant=name)
                for name, each in zip(names, outcomes, strict=True)
            )
        )
        return verdicts(COUNTS, needs="recall")["resample"]

    assert resampled("worse", "better", "undecided") == "use"
    assert resampled("worse", "worse", "worse") == "avoid"
    assert resampled("worse", "same", "not better") == "avoid"
    assert resampled("worse", "same", "undecided") == "consider"


def test_of_the_parts_to_which_data_belong_the_smallest_is_used(published: Any) -> None:
    few = Stratum(name="few", column="positives", at_least=0, below=100)
    steep = Stratum(name="steep", column="imbalance_ratio", at_least=15, below=np.inf)
    published(
        entry("balanced", "recall", "better"),
        entry("balanced", "recall", "worse", stratum="few", families=11),
        entry("balanced", "recall", "undecided", stratum="steep", families=12),
        strata=(few, steep),
    )
    assert verdicts({0: 1000, 1: 100}, needs="recall")["balanced"] == "use"
    assert verdicts({0: 990, 1: 99}, needs="recall")["balanced"] == "avoid"
    assert verdicts({0: 15_000, 1: 1000}, needs="recall")["balanced"] == "consider"
    assert verdicts({0: 14_999, 1: 1000}, needs="recall")["balanced"] == "use"
    assert verdicts({0: 9_900, 1: 99}, needs="recall")["balanced"] == "avoid"  # 11 families, not 12
    assert "where few" in next(
        row.evidence for row in bw.advise({0: 990, 1: 99}, needs="recall").rows if row.option == "balanced"
    )


@pytest.mark.parametrize("need", NEEDED)
def test_classes_of_one_size_need_nothing_and_their_weights_are_ones(need: str) -> None:
    counts = bw.ClassCounts({0: 2000, 1: 2000})
    for policy in (bw.Balanced(), bw.Balanced(power=0.5)):  # what the advice rests on
        assert set(policy.resolve(counts).class_weight.values()) == {1.0}
    found = verdicts(counts, needs=need)
    assert found["nothing"] == ("use" if need in ("ranking", "probabilities") else "consider")
    assert {found["sqrt"], found["balanced"], found["resample"], found["collect more"]} == {"avoid"}


def test_with_classes_of_one_size_costs_and_a_threshold_still_count(published: Any) -> None:
    published(entry("costs", "costs", "better"), entry("balanced", "costs", "better"))
    level = {0: 2000, 1: 2000}
    assert verdicts(level, needs=bw.Costs(fn=50, fp=1))["nothing"] == "avoid"
    published(entry("threshold", "decisions", "better"), entry("balanced", "decisions", "worse"))
    assert verdicts(level, needs="decisions")["nothing"] == "avoid"
    published(entry("threshold", "decisions", "same"), entry("balanced", "decisions", "better"))
    assert verdicts(level, needs="decisions")["nothing"] == "use"  # balanced weights are ones
    assert verdicts(COUNTS, needs="decisions")["nothing"] == "avoid"


def test_what_nobody_asks_for_is_no_reason_to_do_something(published: Any) -> None:
    published(entry("costs", "recall", "better"), entry("balanced", "recall", "same"))
    assert verdicts(COUNTS, needs="recall")["nothing"] == "use"  # costs are not known
    published(entry("threshold", "recall", "better"), entry("balanced", "recall", "same"))
    assert verdicts({0: 900, 1: 50, 2: 50}, needs="recall")["nothing"] == "use"  # nor is there a threshold


@pytest.mark.parametrize(
    ("rows", "verdict"),
    [(3, "use"), (20, "use"), (99, "use"), (100, "consider"), (999, "consider"), (1000, "avoid")],
)
def test_more_rows_are_asked_for_by_how_well_a_recall_is_known(rows: int, verdict: str) -> None:
    row = next(each for each in bw.advise({0: 10_000, 1: rows}).rows if each.option == "collect more")
    assert row.verdict == verdict
    interval = stats.binomtest(rows // 2, rows // 2 * 2).proportion_ci(method="wilson")
    if rows % 2 == 0:
        assert f"±{(interval.high - interval.low) / 2:.2f}" in row.reason


def test_rows_a_feature_are_counted() -> None:
    y = [0] * 9000 + [1] * 1000
    thin = next(r for r in bw.advise(y, np.zeros((10_000, 200))).rows if r.option == "collect more")
    wide = next(r for r in bw.advise(y, np.zeros((10_000, 100))).rows if r.option == "collect more")
    assert (thin.verdict, wide.verdict) == ("consider", "avoid")
    assert "5 rows of it for each of 200 features" in thin.reason
    assert "Peduzzi" in thin.evidence


def test_costs_come_with_their_threshold_and_price() -> None:
    rows = {row.option: row for row in bw.advise(COUNTS, needs=bw.Costs(fn=50, fp=1)).rows}
    assert "p ≥ 0.01961" in rows["threshold"].reason  # 1 / 51
    assert "not known" not in rows["costs"].reason
    rows = {row.option: row for row in bw.advise(COUNTS, needs="recall").rows}
    assert rows["costs"].verdict == "consider"
    assert "needs=Costs" in rows["costs"].reason


def test_it_is_said_at_which_costs_results_were_measured(published: Any) -> None:
    published(entry("costs", "costs", "better"))

    def reason(policy: Any) -> str:
        return next(row.reason for row in bw.advise(COUNTS, needs=policy).rows if row.option == "costs")

    for policy in (bw.Costs(fn=50, fp=1), bw.RowCosts(), "costs"):
        assert "measured where a missed row of the rare class cost 10 false alarms" in reason(policy)


def test_data_beyond_what_was_measured_are_said_to_be(published: Any) -> None:
    published()
    assert bw.advise({0: 5000, 1: 500}).notes == ()
    (ratio, positives) = bw.advise({0: 5000, 1: 3}).notes
    assert "imbalance ratio, 1666.67, lies outside" in ratio
    assert "rarest class, 3, lies outside of what was measured, 20 to 5000" in positives
    assert any("two classes" in note for note in bw.advise({0: 50, 1: 60, 2: 70}).notes)


@pytest.mark.parametrize("counts", [{0: 5000, 1: 3}, {0: 90_000, 1: 90}], ids=["few rows", "great imbalance"])
def test_beyond_what_was_measured_results_decide_nothing(published: Any, counts: dict[int, int]) -> None:
    published(entry("balanced", "recall", "better"), entry("sqrt", "recall", "worse"))
    found = verdicts(counts, needs="recall")
    assert {found["nothing"], found["balanced"], found["sqrt"]} == {"consider"}
    assert found["correction"] == "avoid"  # by definition, on any data


def test_use_is_first_and_of_equals_the_simpler(published: Any) -> None:
    published(*(entry(option, "recall", "better") for option in ("balanced", "sqrt", "threshold")))
    found = bw.advise(COUNTS, needs="recall")
    order = [row.verdict for row in found.rows]
    assert order == sorted(order, key=("use", "consider", "avoid").index)
    assert [row.option for row in found.rows][:3] == ["threshold", "sqrt", "balanced"]
    assert found.start.option == "threshold"


@pytest.mark.parametrize(
    "y",
    [
        [0] * 9 + [1],
        np.array([0] * 9 + [1]),
        pd.Series([0] * 9 + [1]),
        pl.Series([0] * 9 + [1]),
        pa.chunked_array([[0] * 9, [1]]),
        bw.ClassCounts({0: 9, 1: 1}),
        {0: 9, 1: 1},
    ],
    ids=["list", "numpy", "pandas", "polars", "arrow", "counts", "mapping"],
)
def test_labels_of_any_kind_give_the_same_advice(y: Any) -> None:
    assert bw.advise(y) == bw.advise({0: 9, 1: 1})


def test_features_of_any_kind_are_counted() -> None:
    y = [0] * 9 + [1]
    array = np.zeros((10, 3))
    for X in (array, array.tolist(), pd.DataFrame(array), pl.DataFrame(array), pa.table(pd.DataFrame(array))):
        assert bw.advise(y, X) == bw.advise(y, array)
    assert bw.advise({0: 9, 1: 1}, array) == bw.advise(y, array)


def test_it_prints_as_text_and_as_a_frame() -> None:
    found = bw.advise(COUNTS, needs=["recall", "probabilities"])
    text = str(found)
    for row in found.rows:
        assert f"{row.verdict:<9} {row.option}: " in text
    for line in text.splitlines():
        assert len(line) <= 100
    assert text.count("uncertainty: ") == len(found.rows)
    assert "Rows: 0: 9000, 1: 1000 (9 to 1). Needed: recall, probabilities." in text
    frame = found.to_frame("polars")
    assert frame.columns == ["option", "verdict", "reason", "evidence", "uncertainty", "how"]
    assert frame["option"].to_list() == [row.option for row in found.rows]
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.rows = ()  # type: ignore[misc]


@given(
    counts=st.dictionaries(st.integers(0, 20), st.integers(1, 10**9), min_size=2, max_size=6),
    needs=st.lists(st.sampled_from(NEEDED), min_size=1, max_size=6),
)
def test_any_counts_and_needs_are_advised_on(counts: dict[int, int], needs: list[str]) -> None:
    found = bw.advise(counts, needs=needs)
    assert found.needs.names == tuple(dict.fromkeys(needs))
    assert all(row.uncertainty for row in found.rows)
    repeated = bw.advise(counts, needs=needs + needs)
    assert repeated.rows == found.rows
    assert sorted(row.option for row in bw.advise(counts, needs=needs[::-1]).rows) == sorted(OPTIONS)
    backwards = {row.option: row.verdict for row in bw.advise(counts, needs=needs[::-1]).rows}
    assert backwards == {row.option: row.verdict for row in found.rows}


@pytest.mark.parametrize(
    ("arguments", "options", "error", "says"),
    [
        (([0, 0],), {}, bw.InvalidValueError, "at least two classes; got one, 0"),
        (([],), {}, bw.InvalidValueError, "got"),
        (([0, None],), {}, bw.InvalidValueError, "got"),
        (([0.5, 0.25],), {}, bw.InvalidValueError, "continuous"),
        (({0: -1, 1: 2},), {}, bw.InvalidValueError, "at least 0 and finite"),
        ((COUNTS,), {"needs": "rankng"}, bw.InvalidValueError, "Did you mean 'ranking'?"),
        ((COUNTS,), {"needs": ["recall", "rankng"]}, bw.InvalidValueError, "Did you mean 'ranking'?"),
        ((COUNTS,), {"needs": []}, bw.InvalidValueError, "must know a need; got none"),
        ((COUNTS,), {"needs": 3}, bw.InvalidTypeError, "a name or a policy of costs; got 3"),
        ((COUNTS,), {"needs": [None]}, bw.InvalidTypeError, "got None"),
        ((COUNTS,), {"needs": bw.Balanced()}, bw.InvalidTypeError, "got Balanced()"),
        ((COUNTS,), {"needs": [bw.Costs(fn=2, fp=1), bw.RowCosts()]}, bw.InvalidValueError, "said once"),
        (({"bad": 1, "good": 2},), {"needs": bw.Costs(fn=2, fp=1)}, bw.InvalidValueError, "positive"),
        (({0: 1, 1: 2},), {"needs": bw.Costs(fn=2, fp=1, positive=7)}, bw.BoostweightsError, "7"),
        (([0, 1], [1, 2]), {}, bw.InvalidTypeError, "X must be a table; got shape (2,)"),
        (([0, 1], [[1], [2], [3]]), {}, bw.InvalidValueError, "a row for each label; got 3 for 2"),
        ((COUNTS, np.zeros((3, 2))), {}, bw.InvalidValueError, "got 3 for 10000"),
    ],
)
def test_bad_input_says_what_to_do(arguments: Any, options: Any, error: type[Exception], says: str) -> None:
    with pytest.raises(error) as raised:
        bw.advise(*arguments, **options)
    assert says in str(raised.value)


def test_advice_loads_neither_the_harness_nor_a_booster() -> None:
    code = (
        "import sys, boostweights as bw\nstr(bw.advise({0: 90, 1: 10}))\n"
        "print(*[name for name in sys.modules if name.startswith('boostweights.benchmark')],"
        "*({'pandas', 'xgboost', 'lightgbm', 'catboost'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_what_is_shipped_covers_what_options_ask_for() -> None:
    """An option that looks up what nobody measured would stay open for ever."""
    asked: set[tuple[str, str]] = set()

    class Spy:
        cost_ratio = 10.0

        def of(self, option: str, need: str, counts: bw.ClassCounts) -> tuple[Measured, ...]:
            asked.add((option, need))
            return shipped().of(option, need, counts)

    for counts in (COUNTS, {0: 500, 1: 400, 2: 60}):
        situation = Situation(
            counts=bw.ClassCounts(counts),
            needs=as_needs(NEEDED),
            features=None,
            evidence=Spy(),  # type: ignore[arg-type]
        )
        for option in OPTIONS.values():
            for need in NEEDED:
                option.judge(situation, need)
    there = {(each.option, each.need) for each in shipped().measured}
    assert there <= asked
    assert asked - there == {("threshold", "ranking"), ("threshold", "probabilities")}  # it moves neither
