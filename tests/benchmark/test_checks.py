"""What a table may have wrong is found, and named with the option that mends it."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.stats import beta
from sklearn.metrics import roc_auc_score
from statsmodels.stats.proportion import confint_proportions_2indep

from boostweights.benchmark.compare.checks import (
    _TEXTS,
    TOO_GOOD,
    Checked,
    rate_change,
    too_good,
)
from boostweights.benchmark.compare.dataset import TableData, as_table_data
from boostweights.benchmark.compare.folds import table_folds
from boostweights.benchmark.compare.plan import Wanted, table_suite
from boostweights.tables.roles import Roles

N = 600


def honest(seed: int = 0) -> pd.DataFrame:
    """Rows whose features tell something of the label, and no more."""
    rng = np.random.default_rng(seed)
    bad = (np.arange(N) % 5 == 0).astype(int)
    return pd.DataFrame(
        {
            "income": rng.normal(size=N) + bad,
            "age": rng.integers(18, 90, N),
            "job": rng.choice(["a", "b", "c"], N),
            "amount": np.exp(rng.normal(9, 2, N)).round(),
            "day": rng.permutation(N),
            "bad": bad,
        }
    )


def as_data(frame: pd.DataFrame, time: str | None = None) -> TableData:
    drop = () if time == "day" else ("day",)
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    return as_table_data(rows, Roles(target="bad", time=time, drop=drop), name="t")


def found(frame: pd.DataFrame, time: str | None = None) -> dict[str, Any]:
    data = as_data(frame, time)
    splits = table_folds(data, table_suite(data, Wanted(libraries=["sklearn"]), name="t"))
    return {each.code: each for each in Checked(data=data, splits=splits).findings}


def changed(**columns: Any) -> pd.DataFrame:
    return honest().assign(**columns)


RNG = np.random.default_rng(1)
BAD = honest()["bad"].to_numpy()
DAYS = pd.date_range("2024-01-01", periods=N).strftime("%Y%m%d").astype(int).to_numpy()

WRONG: dict[str, tuple[str, Callable[[], pd.DataFrame], str]] = {
    "a copy of the target": ("leak", lambda: changed(closed=1 - BAD), "--drop closed"),
    "written after the event": (
        "leak",
        lambda: changed(closed=np.where(BAD == 1, RNG.normal(size=N), np.nan)),
        "'closed' (area under the ROC curve 1.0000)",
    ),
    "on both sides of the rest": (
        "leak",
        lambda: changed(far=BAD * RNG.choice([-9, 9], N) + RNG.normal(size=N)),
        "'far'",
    ),
    "a category of the event": ("leak", lambda: changed(state=np.where(BAD, "gone", "here")), "'state'"),
    "a key": ("identifier", lambda: changed(key=RNG.permutation(N) * 7 + 10**6), "--drop key"),
    "a long key": ("identifier", lambda: changed(key=RNG.choice(9 * 10**8, N, False) + 10**8), "--drop key"),
    "a key that rises": (
        "identifier",
        lambda: changed(key=np.cumsum(RNG.integers(1, 10**5, N))),
        "--drop key",
    ),
    "days": ("date-as-number", lambda: changed(on=RNG.permutation(DAYS)), "--time on, or leave out"),
    "months": ("date-as-number", lambda: changed(on=RNG.permutation(DAYS) // 100), "written as 202601"),
    "seconds": (
        "date-as-number",
        lambda: changed(**{"my time": 1_700_000_000 + RNG.integers(0, 9**8, N)}),
        "--time 'my time'",
    ),
    "one value": ("constant", lambda: changed(one=1.0), "--drop one"),
    "few positives": (
        "few-positives",
        lambda: honest().drop(index=honest().index[BAD == 1][12:]),
        "12 rows of '1'. So few promise a recall of 0.825 at most",
    ),
    "copied positives": (
        "duplicates",
        lambda: pd.concat([honest(), *[honest()[BAD == 1]] * 3]),
        "75% of the rows of '1' are copies, and 0% of the rest",
    ),
    "appended to itself": (
        "duplicates",
        lambda: pd.concat([honest()] * 2),
        "100% of the rows have an equal one",
    ),
}


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("time", [None, "day"])
def test_an_honest_table_has_nothing_wrong(seed: int, time: str | None) -> None:
    assert found(honest(seed), time) == {}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_found_and_nothing_else(name: str) -> None:
    code, make, says = WRONG[name]
    findings = found(make().reset_index(drop=True))
    assert list(findings) == [code]
    assert says in str(findings[code])


def test_amounts_and_dates_are_no_identifiers_though_each_is_there_once() -> None:
    rng = np.random.default_rng(3)
    amounts = np.unique(np.exp(rng.normal(11, 2, 4 * N)).round())
    days = pd.date_range("2024-01-01", periods=N)[rng.permutation(N)]
    frame = changed(amount=rng.permutation(amounts)[:N], since=days).drop(columns="day")
    data = as_table_data(
        pa.Table.from_pandas(frame, preserve_index=False), Roles(target="bad", dates="features"), name="t"
    )
    assert data.dataset.X["since_days"].is_unique
    assert data.dataset.X["amount"].is_unique
    assert Checked(data=data, splits=()).findings == ()


def test_every_rule_is_tested() -> None:
    codes = {entry.get("code", code) for code, entry in _TEXTS.items()}
    assert {code for code, _, _ in WRONG.values()} | {"drift", "too-good"} == codes


def test_few_positives_promise_what_clopper_and_pearson_say() -> None:
    frame = honest().drop(index=honest().index[BAD == 1][12:]).reset_index(drop=True)
    least = beta.ppf(0.1, 12, 1)  # of twelve found of twelve, the lower limit
    assert f"a recall of {np.floor(least * 1000) / 1000:g} at most" in found(frame)["few-positives"].why


def test_a_share_that_drifts_is_found_along_time_alone() -> None:
    rng = np.random.default_rng(0)
    day = rng.permutation(N)
    bad = (rng.random(N) < 0.02 + 0.6 * day / N).astype(int)
    frame = changed(day=day, bad=bad, income=rng.normal(size=N) + bad)
    assert "drift" in found(frame, "day")
    assert found(frame) == {}


@pytest.mark.parametrize(("first", "last"), [(4, 12), (1, 90), (60, 60), (100, 3)])
@pytest.mark.parametrize("copies", [1, 3])
def test_the_change_of_the_rate_is_newcombes_and_copies_of_a_group_add_nothing(
    first: int, last: int, copies: int
) -> None:
    bad = np.concatenate([np.arange(120) % 2 == 0, *(np.arange(120) < count for count in (first, last))])
    frame = pd.DataFrame({"bad": np.repeat(bad.astype(int), copies)})
    frame["x"], frame["person"] = RNG.normal(size=len(frame)), np.repeat(np.arange(360), copies)
    frame["day"] = frame["person"]
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    data = as_table_data(rows, Roles(target="bad", time="day", group="person"), name="t")
    splits = table_folds(data, table_suite(data, Wanted(libraries=["sklearn"], folds=2), name="t"))
    change = rate_change(data, splits)
    assert change is not None
    low, high = confint_proportions_2indep(last, 120, first, 120, method="newcomb", alpha=0.01)
    assert change == pytest.approx({"first": first / 120, "last": last / 120, "low": low, "high": high})
    findings = Checked(data=data, splits=splits).findings.codes()
    assert ("drift" in findings) == (not low <= 0 <= high)


def test_a_rare_class_is_not_told_apart_by_chance() -> None:
    rng = np.random.default_rng(0)
    bad = np.zeros(N, int)
    bad[:5] = 1
    frame = pd.DataFrame({f"x{i}": rng.normal(size=N) for i in range(300)} | {"day": 0, "bad": bad})
    assert Checked(data=as_data(frame), splits=()).areas == {}
    bad[:10] = 1
    assert max(Checked(data=as_data(frame.assign(bad=bad)), splits=()).areas.values()) < 0.99


@pytest.mark.parametrize("ties", [3, 10_000])
def test_an_area_is_scikit_learns(ties: int) -> None:
    rng = np.random.default_rng(0)
    positive, scores = rng.random(500) < 0.2, rng.integers(0, ties, 500)
    frame = pd.DataFrame({"x": scores, "day": 0, "bad": positive.astype(int)})
    area = roc_auc_score(positive, scores)
    assert Checked(data=as_data(frame), splits=()).areas["x"] >= max(area, 1 - area) - 1e-12


def test_more_than_two_classes_are_told_apart_on_average() -> None:
    rng = np.random.default_rng(0)
    kind = np.arange(N) % 3
    frame = pd.DataFrame(
        {
            "first": (kind == 0) + 0.0,
            "all": (kind + 1) % 3,
            "noise": rng.normal(size=N),
            "day": 0,
            "bad": kind,
        }
    )
    areas = Checked(data=as_data(frame), splits=()).areas
    assert areas["all"] == 1
    assert 0.7 < areas["first"] < 0.9  # one of three classes alone is no leak
    assert areas["noise"] < 0.6


@pytest.mark.parametrize(
    ("change", "codes"),
    [({}, ["too-good"]), ({"roc_auc": 0.998}, []), ({"average_precision": 0.99}, [])],
)
def test_a_model_is_too_good_by_both_figures(change: dict[str, float], codes: list[str]) -> None:
    models = {
        "sklearn, unweighted": {"roc_auc": 0.8},
        "lightgbm, balanced": dict.fromkeys(TOO_GOOD, 1.0) | change,
    }
    said = too_good(models, {"age": 0.6, "closed": 0.97})
    assert said.codes() == codes
    assert all("lightgbm, balanced" in str(each) and "'closed' 0.970, 'age'" in str(each) for each in said)
    assert too_good(models, {}) == ()


def test_findings_are_kept_in_the_facts_as_plain_values() -> None:
    from boostweights.benchmark.compare.describe import as_lines, described

    data = as_data(changed(closed=BAD))
    suite = table_suite(data, Wanted(libraries=["sklearn"]), name="t")
    splits = table_folds(data, suite)
    facts = json.loads(json.dumps(described(data, suite, splits, Checked(data=data, splits=splits).findings)))
    assert [each["code"] for each in facts["findings"]] == ["leak"]
    assert "warning" in as_lines(facts)
    assert "leave out with --drop closed" in " ".join(as_lines(facts).split())
