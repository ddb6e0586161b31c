"""Advice: what it says follows from counts, needs and evidence, and never without its uncertainty."""

from __future__ import annotations

import dataclasses
import itertools
import subprocess
import sys
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from catboost import CatBoostClassifier
from hypothesis import given
from hypothesis import strategies as st
from lightgbm import LGBMClassifier
from scipy import stats
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

import boostweights as bw
from boostweights.audits.advice import advise as advice
from boostweights.audits.advice.evidence import Compared, Evidence, Rule, Standing, Table, shipped
from boostweights.audits.advice.ranking import code, named
from boostweights.audits.advice.regime import regime_of
from boostweights.recommendation.figures import Estimate
from boostweights.recommendation.needs import NEEDS

COUNTS = {0: 9000, 1: 1000}
NEEDED = sorted(need for need in NEEDS if not NEEDS[need].promises)
READ = {"ranking": "none", "probabilities": "none"}


def near(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.01, high=value + 0.01)


def compared(value: float, worse: float) -> Compared:
    return Compared(value=value, low=value - 0.01, high=value + 0.01, worse=worse)


def standing(
    arm: str, behind: float = 0.0, *, rule: str = "0.5", proba: str = "raw", **chances: float
) -> Standing:
    """A rule that is so far behind the first, with the probabilities that it is worse."""
    return Standing(
        rule=Rule(arm=arm, rule=rule, proba=proba),
        mean=0.5 - behind,
        regret=near(0.02 + behind),
        best=compared(-behind, chances.get("far", 0.0)),
        nothing=compared(0.1 - behind, chances.get("harm", 0.0)),
    )


def table(need: str, *rules: Standing, regime: str = "fixed", **changes: Any) -> Table:
    known = {
        "need": need,
        "regime": regime,
        "trained": "somehow",
        "metric": need,
        "lower": False,
        "region": 0.01,
        "families": 20,
        "datasets": 25,
        "ranges": {"imbalance_ratio": (1.0, 100.0), "positives": (20.0, 5000.0)},
        "price": 10.0 if need == "costs" else None,
        "advised": near(0.02),
        "parts": (),
        "column": "",
        "at_least": 0.0,
        "below": np.inf,
        "rules": rules,
    }
    return Table(**(known | changes))


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Sets what was published."""

    def publish(*tables: Table) -> None:
        made = Evidence(tables=tables, versions={"boostweights": "0"}, command="make it")
        monkeypatch.setattr(advice, "shipped", lambda: made)

    return publish


def verdicts(*arguments: Any, **options: Any) -> dict[str, str]:
    return {row.option: row.verdict for row in bw.advise(*arguments, **options).rows}


@pytest.mark.parametrize(
    "needs", [*([name] for name in NEEDED), NEEDED, [bw.Costs(fn=50, fp=1), "ranking"]], ids=str
)
@pytest.mark.parametrize(
    "counts", [COUNTS, {0: 10, 1: 10}, {"a": 500, "b": 7, "c": 90}, {0: 10**7, 1: 3}], ids=str
)
def test_no_verdict_is_without_reason_evidence_and_uncertainty(counts: Any, needs: Any) -> None:
    if len(counts) == 3 and isinstance(needs[0], bw.Costs):
        needs = ["costs", "ranking"]
    found = bw.advise(counts, needs=needs)
    assert len({row.option for row in found.rows}) == len(found.rows) > 0
    for row in found.rows:
        assert row.verdict in ("use", "consider", "avoid")
        for text in (row.reason, row.evidence, row.uncertainty):
            assert all(f"{need}: " in text for need in found.needs.names)
        assert all(f"regime {regime}, " in row.evidence for regime in found.regimes)


def test_the_advised_rule_is_used_and_what_surely_harms_is_avoided(published: Any) -> None:
    published(
        table(
            "decisions",
            standing("unweighted", rule="tuned"),
            standing("balanced", 0.005, far=0.3),
            standing("over", 0.02, far=0.949),
            standing("under", 0.02, far=0.95),
            standing("costs", 0.004, harm=0.95),
            standing("smote", 0.003, harm=0.949),
        )
    )
    found = bw.advise(COUNTS)
    assert [(row.option, row.verdict) for row in found.rows] == [
        ("unweighted, tuned threshold", "use"),
        ("smote, most probable class", "consider"),
        ("balanced, most probable class", "consider"),
        ("over, most probable class", "consider"),
        ("costs, most probable class", "avoid"),
        ("under, most probable class", "avoid"),
    ]
    assert found.start.option == "unweighted, tuned threshold"
    assert found.start.reason == (
        "decisions: none of the 6 rules is surely better, or as good and simpler; "
        "regret of 0.0200 (0.0100 to 0.0300) in decisions on public data sets"
    )
    assert (
        "worse than doing nothing with a probability of 0.00, "
        "and worse than unweighted, tuned threshold by more than 0.01 with 0.30"
    ) in found.rows[2].uncertainty
    assert "-0.0050 (-0.0150 to +0.0050)" in found.rows[2].reason


def test_one_model_serves_several_needs(published: Any) -> None:
    """Balanced weights are best for one need and harm the other; unweighted is good enough at both."""
    loss = {"lower": True, "metric": "log_loss"}
    published(
        table(
            "decisions",
            standing("balanced"),
            standing("unweighted", 0.002, rule="tuned"),
            standing("unweighted", 0.1),
        ),
        table(
            "probabilities",
            standing("unweighted", rule="none", proba="fitted"),
            standing("balanced", -0.001, rule="none", proba="fitted", harm=0.99),
            **loss,
        ),
        table("ranking", standing("unweighted", rule="none")),
    )
    assert verdicts(COUNTS)["balanced, most probable class"] == "use"
    found = bw.advise(COUNTS, needs=["decisions", "probabilities"])
    assert [(row.option, row.verdict) for row in found.rows] == [
        ("unweighted (decisions: tuned threshold; probabilities: fitted correction)", "use"),
        ("balanced (decisions: most probable class; probabilities: fitted correction)", "avoid"),
    ]
    assert found.start.how == (
        'WeightedClassifier(…, weighting=Unweighted(), threshold="f1", correct_proba="fitted")'
    )
    assert list(verdicts(COUNTS, needs=["decisions", "ranking"])) == [
        "unweighted (decisions: tuned threshold)"
    ]


def test_what_is_behind_is_added_up_in_units_of_the_regions(published: Any) -> None:
    decisions = table("decisions", standing("balanced"), standing("unweighted", 0.01))
    losses = [standing("unweighted", rule="none"), standing("balanced", -0.02, rule="none")]  # more is worse
    for region, arms in ((0.01, ["unweighted", "balanced"]), (0.03, ["balanced", "unweighted"])):
        published(decisions, table("probabilities", *losses, lower=True, region=region))
        advised = bw.advise(COUNTS, needs=["decisions", "probabilities"])
        assert [row.option.split()[0] for row in advised.rows] == arms


@pytest.mark.parametrize(
    "needs", [["decisions", "probabilities"], ["ranking", "probabilities"], NEEDED], ids=str
)
def test_shipped_advice_never_harms_one_need_for_another(needs: list[str]) -> None:
    """What was advised once for two needs, balanced weights, made probabilities worse with P = .99."""
    found = bw.advise(COUNTS, needs=needs)
    assert found.start.verdict == "use"
    assert found.start.option.startswith("unweighted")
    for need in needs:
        measured = shipped().of(need, None, bw.ClassCounts(COUNTS))
        assert measured is not None
        reading = next(one for one in measured.rules if one.rule.arm == "unweighted")
        assert reading.nothing.worse < 0.95


def test_probabilities_are_fitted_first() -> None:
    found = bw.advise(COUNTS, needs="probabilities")
    assert found.start.option == "unweighted, fitted correction"
    assert verdicts(COUNTS, needs="probabilities")["balanced, not corrected"] == "avoid"


def test_the_most_careful_regime_is_used_unless_another_is_asked_for(published: Any) -> None:
    tuned = table("decisions", standing("unweighted"), regime="tuned")
    fixed = table("decisions", standing("balanced"), regime="fixed")
    published(tuned, fixed)
    found = bw.advise(COUNTS)
    assert (found.start.option, found.regimes) == ("unweighted, most probable class", ("tuned",))
    assert bw.advise(COUNTS, regime="fixed").start.option == "balanced, most probable class"
    assert "there are none" not in str(bw.advise(COUNTS, regime="fixed"))
    published(fixed)
    assert "regime fixed (somehow); there are none for the regime tuned" in bw.advise(COUNTS).notes[0]


def _search() -> Any:
    return GridSearchCV(bw.WeightedClassifier(XGBClassifier()), {"estimator__max_depth": [3, None]})


@pytest.mark.parametrize(
    ("estimator", "regime"),
    [
        (LGBMClassifier(), "default"),
        (LGBMClassifier(n_jobs=1, verbose=-1, random_state=3, class_weight="balanced"), "default"),
        (XGBClassifier(scale_pos_weight=9, tree_method="hist"), "default"),
        (XGBClassifier(missing=float("nan")), "default"),
        (CatBoostClassifier(verbose=0, random_seed=1), "default"),
        (HistGradientBoostingClassifier(early_stopping=False), "default"),
        (XGBClassifier(device="cpu", n_jobs=1, verbosity=0, enable_categorical=True), "default"),
        (CatBoostClassifier(thread_count=1, logging_level="Silent", allow_writing_files=False), "default"),
        (bw.WeightedClassifier(LGBMClassifier()), "default"),
        (LGBMClassifier(early_stopping_round=5), "stopped"),
        (XGBClassifier(early_stopping_rounds=5, max_depth=3), "stopped"),
        (CatBoostClassifier(od_type="Iter", od_wait=5), "stopped"),
        (HistGradientBoostingClassifier(early_stopping=True), "stopped"),
        (HistGradientBoostingClassifier(early_stopping=True, n_iter_no_change=5), "stopped"),
        (bw.WeightedClassifier(LGBMClassifier(), n_rounds="cv"), "stopped"),
        (make_pipeline(StandardScaler(), XGBClassifier(early_stopping_rounds=5)), "stopped"),
        (LGBMClassifier(n_estimators=300), "tuned"),
        (LGBMClassifier(early_stopping_round=0), "default"),
        (CatBoostClassifier(cat_features=np.array([0])), "tuned"),
        (HistGradientBoostingClassifier(max_iter=50), "tuned"),
        (_search(), "tuned"),
    ],
    ids=lambda given: given if isinstance(given, str) else type(given).__name__,
)
def test_an_estimator_says_its_regime(published: Any, estimator: Any, regime: str) -> None:
    names = ("tuned", "stopped", "default")
    published(*(table("decisions", standing("unweighted"), regime=name) for name in names))
    assert regime_of(estimator) == regime
    found = bw.advise(COUNTS, estimator=estimator)
    assert found.regimes == (regime,)
    assert found.notes[0] == f"published results for decisions are from the regime {regime} (somehow)"


def test_a_regime_that_did_not_measure_the_need_gives_way_and_advice_says_so(published: Any) -> None:
    published(table("decisions", standing("balanced"), regime="stopped"))
    found = bw.advise(COUNTS, estimator=LGBMClassifier())
    assert found.regimes == ("stopped",)
    assert found.notes[0].endswith("regime stopped (somehow); there are none for the regime default")


def test_what_says_no_regime() -> None:
    with pytest.raises(bw.errors.InvalidValueError, match="specified once; got 'tuned', and an estimator"):
        bw.advise(COUNTS, regime="tuned", estimator=LGBMClassifier())
    for wrong in (3, LGBMClassifier):
        with pytest.raises(bw.errors.InvalidTypeError, match="advice must be for a classifier"):
            bw.advise(COUNTS, estimator=wrong)


@pytest.mark.parametrize(("regime", "measured"), [(None, "ranking, decisions"), ("fixed", "decisions")])
def test_a_need_without_results_is_told_which_needs_have_some(
    published: Any, regime: str | None, measured: str
) -> None:
    ranking = table("ranking", standing("unweighted", rule="none"), regime="tuned")
    published(ranking, table("decisions", standing("balanced"), regime="fixed"))
    with pytest.raises(bw.errors.InvalidValueError) as raised:
        bw.advise(COUNTS, needs="costs", regime=regime)
    assert raised.value.mend == f"The published needs are {measured}."


def test_a_dependence_on_counts_is_followed_where_it_is_published(published: Any) -> None:
    few = {"column": "positives", "at_least": 0.0, "below": 100.0}
    many = {"column": "positives", "at_least": 100.0, "below": np.inf}
    published(table("decisions", standing("over"), **few), table("decisions", standing("unweighted"), **many))
    assert bw.advise({0: 990, 1: 99}).start.option == "over, most probable class"
    assert bw.advise({0: 1000, 1: 100}).start.option == "unweighted, most probable class"


def test_classes_of_one_size_leave_nothing_to_weigh_or_resample() -> None:
    counts = bw.ClassCounts({0: 2000, 1: 2000})
    for policy in (bw.Balanced(), bw.Balanced(power=0.5)):  # what the advice rests on
        assert set(policy.resolve(counts).class_weight.values()) == {1.0}
    found = bw.advise(counts, needs="ranking", regime="stopped")
    assert {row.option for row in found.rows} == {"unweighted", "costs"}
    assert any("the same size" in note for note in found.notes)


def test_a_tuned_threshold_is_for_two_classes() -> None:
    assert "unweighted, tuned threshold" in verdicts(COUNTS)
    assert not any("tuned" in option for option in verdicts({0: 500, 1: 600, 2: 70}))
    assert any("two classes" in note for note in bw.advise({0: 500, 1: 600, 2: 70}).notes)


@pytest.mark.parametrize(
    "policy", [bw.Costs(fn=50, fp=1), bw.Costs(fn=3, fp=2, pos_label=1), bw.RowCosts()], ids=repr
)
def test_costs_that_are_given_are_costs_that_are_printed(policy: Any) -> None:
    rows = {row.option: row for row in bw.advise(COUNTS, needs=policy, regime="stopped").rows}
    assert rows["unweighted, threshold of costs"].how.endswith(f"then decide(proba, {policy!r})")
    assert rows["costs, most probable class"].how == f"WeightedClassifier(…, weighting={policy!r})"
    plain = {row.option: row for row in bw.advise(COUNTS, needs="costs", regime="stopped").rows}
    assert plain["costs, most probable class"].how == "WeightedClassifier(…, weighting=Costs(fn=…, fp=…))"
    notes = bw.advise(COUNTS, needs=policy).notes
    assert "in the published results, a missed row of the rare class costs 10 false alarms" in notes


@pytest.mark.parametrize(
    "rule",
    sorted({one.rule for table in shipped().tables for one in table.rules}, key=named),
    ids=named,
)
def test_the_code_of_a_rule_trains(rule: Rule) -> None:
    text = code((rule,), bw.Costs(fn=10, fp=1))
    if " before " in text:  # imbalanced-learn's, in its own pipeline
        text = text.partition(" before ")[2]
    made, _, decided = text.partition(", then ")
    names = {
        name: getattr(bw, name)
        for name in ("Unweighted", "Balanced", "Costs", "WeightedClassifier", "decide")
    }
    X, y = make_classification(300, weights=[0.8], random_state=0)
    lgbm = LGBMClassifier(n_estimators=3, n_jobs=1, verbose=-1)
    clf = eval(made.replace("…", "lgbm"), names | {"lgbm": lgbm}).fit(X, y)
    assert clf.predict(X).shape == y.shape
    if decided:
        assert eval(decided, names | {"proba": clf.predict_proba(X)}).shape == y.shape


@pytest.mark.parametrize("rows", [4, 20, 98])
def test_how_well_a_recall_can_be_known_is_said(rows: int) -> None:
    interval = stats.binomtest(rows // 2, rows).proportion_ci(method="wilson")
    [note] = [note for note in bw.advise({0: 10_000, 1: rows}).notes if "recall of .5" in note]
    assert note.endswith(f"95 % interval of ±{(interval.high - interval.low) / 2:.2f}")


@pytest.mark.parametrize("rows", [100, 726, 1000])
def test_many_rows_of_the_rarest_class_are_no_cause_for_a_note(rows: int) -> None:
    text = str(bw.advise({0: 9000, 1: rows}))
    assert "recall" not in text
    assert "label more" not in text


def test_rows_a_feature_are_counted() -> None:
    y = [0] * 9000 + [1] * 1000
    thin, wide = (str(bw.advise(y, np.zeros((10_000, columns)))) for columns in (200, 100))
    assert "5 rows of the rarest class for each of 200 features" in " ".join(thin.split())
    assert "Peduzzi" not in wide


def test_beyond_what_was_measured_results_decide_nothing(published: Any) -> None:
    published(table("decisions", standing("unweighted"), standing("under", 0.5, far=1.0)))
    assert verdicts({0: 5000, 1: 500}) == {
        "unweighted, most probable class": "use",
        "under, most probable class": "avoid",
    }
    for counts in ({0: 5000, 1: 3}, {0: 90_000, 1: 90}):
        assert set(verdicts(counts).values()) == {"consider"}
    notes = bw.advise({0: 5000, 1: 3}).notes
    assert notes[0].startswith("no published result is about such labels")
    assert any("imbalance ratio is 1666.67; the public data sets have 1 to 100" in note for note in notes)
    assert any("rarest class is 3; the public data sets have 20 to 5000" in note for note in notes)


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
    found = bw.advise(COUNTS, needs=["decisions", "probabilities"])
    text = found.details()
    whole = " ".join(text.split())
    for row in found.rows:
        assert f"{row.verdict} {row.option}: {row.reason}" in whole
    for line in text.splitlines():
        assert len(line) <= 100
    assert text.count("uncertainty: ") == len(found.rows)
    assert "Rows: 0: 9000, 1: 1000 (9 to 1). Needs: decisions, probabilities." in text
    frame = found.to_frame("polars")
    assert frame.columns == ["option", "verdict", "reason", "evidence", "uncertainty", "how"]
    assert frame["option"].to_list() == [row.option for row in found.rows]
    assert found.as_plain()["regimes"] == list(found.regimes)
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.rows = ()  # type: ignore[misc]


LABELS: dict[str, dict[Any, int]] = {
    "measured": {0: 9000, 1: 726},
    "one size": {0: 2000, 1: 2000},
    "few": {0: 30, 1: 9},
    "rare": {0: 10**7, 1: 3},
    "three classes": {0: 5000, 1: 700, 2: 300},
    "three of one size": {0: 300, 1: 300, 2: 300},
    "six classes": {label: 100 * (label + 1) for label in range(6)},
}
MEASURED = sorted({each.need for each in shipped().tables})
ASKED = [
    (list(needs), how)
    for needs in (*((need,) for need in MEASURED), *itertools.combinations(MEASURED, 2), MEASURED)
    for how in ({}, *({"regime": regime} for regime in shipped().regimes), {"estimator": LGBMClassifier()})
    if "regime" not in how
    or all(any((t.need, t.regime) == (n, how["regime"]) for t in shipped().tables) for n in needs)
]


def contradictions(found: bw.Advice) -> list[str]:
    """What an advice must never have, as it is printed and as an object."""
    options = {row.option: row.verdict for row in found.rows}
    text = " ".join(str(found).split())
    listed = {
        verdict: text.partition(f"{verdict.capitalize()}: ")[2] for verdict in ("use", "consider", "avoid")
    }
    wrong = {
        "an option appears twice": len(options) < len(found.rows),
        "a name is the beginning of another one": any(
            f"{other},".startswith(f"{name},") for name in options for other in options if name != other
        ),
        "it starts with what is to be avoided": found.start.verdict == "avoid",
        "all is to be avoided": set(options.values()) == {"avoid"},
        "it avoids something and uses nothing": {"avoid"} <= set(options.values())
        and "use" not in options.values(),
        "none next to a first": "none" in text.partition("Note: ")[0],
        "a first that is not to be used": "First: " in text and found.start.verdict != "use",
        "nothing to use, and no reason": "use" not in options.values() and "so " not in found.notes[0],
        "verdicts without options": any(
            bool(listed[verdict]) != (verdict in options.values()) for verdict in listed
        ),
        "more classes than were measured": len(found.counts) > 2 and set(options.values()) != {"consider"},
        "a figure as if it were the user's": "mean" in text and "public data sets" not in text,
        "an alarm about many rows": "label more" in found.details(),
    }
    return [name for name, holds in wrong.items() if holds]


@pytest.mark.parametrize("labels", LABELS)
def test_an_advice_never_contradicts_itself(labels: str) -> None:
    for needs, how in ASKED:
        found = bw.advise(LABELS[labels], needs=needs, **how)
        assert contradictions(found) == [], (needs, how, str(found))


def test_where_each_option_harms_a_need_none_is_used_and_advice_says_so(published: Any) -> None:
    published(
        table("decisions", standing("balanced"), standing("unweighted", 0.3, far=1.0)),
        table(
            "ranking",
            standing("unweighted", rule="none"),
            standing("balanced", 0.3, rule="none", far=1.0),
        ),
    )
    found = bw.advise(COUNTS, needs=["decisions", "ranking"])
    assert contradictions(found) == []
    assert set(verdicts(COUNTS, needs=["decisions", "ranking"]).values()) == {"consider"}
    assert "train a model for each need" in found.notes[0]


def test_a_rule_that_does_not_apply_makes_no_other_one_harmful(published: Any) -> None:
    """With classes of one size balanced weights are no weights, and so unweighted is not behind them."""
    published(
        table("ranking", standing("balanced", rule="none"), standing("unweighted", 0.3, rule="none", far=1.0))
    )
    found = bw.advise({0: 2000, 1: 2000}, needs="ranking")
    assert (found.start.option, found.start.verdict) == ("unweighted", "use")
    assert contradictions(found) == []


@given(
    counts=st.dictionaries(st.integers(0, 20), st.integers(1, 10**9), min_size=2, max_size=6),
    needs=st.lists(st.sampled_from(NEEDED), min_size=1, max_size=6),
)
def test_any_counts_and_needs_are_advised_on(counts: dict[int, int], needs: list[str]) -> None:
    found = bw.advise(counts, needs=needs)
    assert found.needs.names == tuple(dict.fromkeys(needs))
    assert bw.advise(counts, needs=needs + needs).rows == found.rows
    order = [row.verdict for row in found.rows]
    assert order == sorted(order, key=("use", "consider", "avoid").index)
    assert contradictions(found) == []


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"y_or_counts": [0, 0]}, "at least two classes; got one, 0"),
    ({"y_or_counts": [0, None]}, "missing"),
    ({"y_or_counts": [0.5, 0.25]}, "continuous"),
    ({"y_or_counts": {0: -1, 1: 2}}, "at least 0 and finite"),
    ({"needs": ["decisions", "rankng"]}, "Did you mean 'ranking'"),
    ({"needs": "recall"}, "got 'recall'. Specify how far"),
    ({"needs": ["ranking", "precision"]}, "recall at precision >= 0.5"),
    ({"needs": "recall at precision"}, "must have its rate"),
    ({"needs": "recall at precision 1"}, "between 0 and 1"),
    ({"needs": "recall at alarm rate 0.03"}, "promise.scores, y"),
    ({"regime": "fixt"}, "Did you mean 'fixed'"),
    ({"regime": "best rounds"}, "in the regime best rounds; got 'decisions'"),
    ({"needs": []}, "must know a need; got none"),
    ({"needs": [bw.Costs(fn=2, fp=1), bw.RowCosts()]}, "specified once"),
    ({"y_or_counts": {"bad": 1, "good": 2}, "needs": bw.Costs(fn=2, fp=1)}, "pos_label"),
    ({"y_or_counts": [0, 1], "X": [[1], [2], [3]]}, "3 rows of X and 2 rows"),
    ({"X": np.zeros((3, 2))}, "3 rows of X and 10000 rows"),
]
BAD_TYPES: list[tuple[dict[str, Any], str]] = [
    ({"needs": 3}, "a name or a policy of costs; got 3"),
    ({"needs": [None]}, "got None"),
    ({"needs": bw.Balanced()}, "got Balanced"),
    ({"y_or_counts": [0, 1], "X": [1, 2]}, "X must be a table; got shape"),
]


@pytest.mark.parametrize(
    ("error", "arguments", "says"),
    [
        *((bw.errors.InvalidValueError, *case) for case in BAD_VALUES),
        *((bw.errors.InvalidTypeError, *case) for case in BAD_TYPES),
    ],
)
def test_bad_input_says_what_to_do(error: type[Exception], arguments: dict[str, Any], says: str) -> None:
    with pytest.raises(error, match=says):
        bw.advise(**{"y_or_counts": COUNTS, **arguments})


def test_advice_loads_neither_the_harness_nor_a_booster() -> None:
    code = (
        "import sys, boostweights as bw\nstr(bw.advise({0: 90, 1: 10}))\n"
        "print(*[name for name in sys.modules if name.startswith('boostweights.benchmark')],"
        "*({'pandas', 'xgboost', 'lightgbm', 'catboost'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
