"""The evidence that the package ships: made again from published results; it loses to no constant rule."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from study.figures_of_runs import make_datasets, make_metrics

from boostweights.audits.advice.evidence import Rule, Table, parse, shipped
from boostweights.audits.advice.ranking import ARMS, READINGS

ROOT = Path(__file__).parents[2]
TABLES = shipped().tables
IDS = [f"{table.need}, {table.regime}" for table in TABLES]
KEYS = ["library", "family", "dataset"]


@pytest.fixture(autouse=True)
def root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def published() -> dict[str, pd.DataFrame]:
    """By regime, figures of the published runs, of data sets of two classes."""
    results = ROOT / "benchmarks" / "results"
    found = {}
    for run in (results / name for name in ("default", "fixed")):
        if run.is_dir():
            datasets = pd.read_parquet(run / "datasets.parquet")
            binary = datasets.loc[datasets["task"] == "binary", "dataset"]
            metrics = pd.read_parquet(run / "metrics.parquet")
            wanted = metrics["metric"].isin({table.metric for table in TABLES})
            metrics = metrics[wanted & metrics["dataset"].isin(binary)]
            named = metrics.assign(regime=metrics.get("regime", "fixed"))
            found |= {str(name): part for name, part in named.groupby("regime")}
    rounds = pd.read_parquet(results / "probabilities" / "metrics.parquet")
    rounds = rounds[(rounds["at"] == "best") & (rounds["metric"] == "log_loss")]
    many = {"accidents", "covid-testing", "hpc-jobs"}  # of more than two classes
    known = ~rounds["dataset"].isin(many)
    return found | {
        "best rounds": rounds[known].assign(
            proba=rounds["proba"].replace("analytic", "corrected"), family=rounds["dataset"]
        ),
    }


def by_family(table: Table, published: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """A row a family, a column a rule of the table; more is better."""
    figures = published[table.regime]
    figures = figures[figures["metric"] == table.metric]
    columns = {}
    for one in table.rules:
        rule = one.rule
        of = figures[(figures["arm"] == rule.arm) & (figures["rule"] == rule.rule)]
        cells = of[of["proba"] == rule.proba].groupby(KEYS)["value"].mean()
        columns[rule] = cells.groupby(["family", "dataset"]).mean().groupby("family").mean()
    wide = pd.DataFrame(columns)
    return -wide if table.lower else wide


@pytest.mark.parametrize("table", TABLES, ids=IDS)
def test_a_table_is_what_pandas_finds_in_the_published_figures(
    table: Table, published: dict[str, pd.DataFrame]
) -> None:
    better = by_family(table, published)
    assert (len(better), better.isna().sum().sum()) == (table.families, 0)
    regret = better.rsub(better.max(axis=1), axis=0)
    sign = -1 if table.lower else 1
    nothing = next(one.rule for one in table.rules if one.rule.arm == "unweighted" and plain(one.rule))
    for one in table.rules:
        assert one.mean == pytest.approx(sign * better[one.rule].mean(), abs=1e-6)
        assert one.regret.value == pytest.approx(regret[one.rule].mean(), abs=1e-6)
        for other, beside, by in ((table.rules[0].rule, one.best, table.region), (nothing, one.nothing, 0.0)):
            lead = better[one.rule] - better[other]
            assert beside.value == pytest.approx(sign * lead.mean(), abs=1e-6)
            if not lead.any():
                assert beside.worse == 0
                continue
            low, high = stats.ttest_1samp(sign * lead, 0).confidence_interval(0.95)
            assert (beside.low, beside.high) == pytest.approx((low, high), abs=1e-6)
            p = stats.ttest_1samp(lead, -by, alternative="less").pvalue
            assert beside.worse == pytest.approx(1 - p, abs=1e-5)


def plain(rule: Rule) -> bool:
    return rule.proba == "raw" and rule.rule in ("none", "0.5")


@pytest.mark.parametrize("table", TABLES, ids=IDS)
def test_advice_loses_to_no_constant_rule(table: Table, published: dict[str, pd.DataFrame]) -> None:
    """On each family advice takes what the others say; so does the rule of least regret, as it stands."""
    from benchmarks.evidence import chosen

    better = by_family(table, published)
    regret = better.rsub(better.max(axis=1), axis=0)
    ours, constant = [], []
    named = better.set_axis([(one.arm, one.rule, one.proba) for one in better.columns], axis=1)
    for family in better.index:
        arm, rule, proba = chosen(named.drop(family))
        ours.append(regret.loc[family, Rule(arm=arm, rule=rule, proba=proba)])
        constant.append(regret.loc[family, regret.drop(family).mean().idxmin()])
    assert table.advised.value == pytest.approx(np.mean(ours), abs=1e-6)
    assert np.mean(ours) <= np.mean(constant) + table.region
    assert np.mean(ours) <= min(one.regret.value for one in table.rules) + table.region


@pytest.mark.parametrize("table", TABLES, ids=IDS)
def test_the_first_rule_cannot_be_told_from_the_least_regret_and_is_the_simplest(
    table: Table, published: dict[str, pd.DataFrame]
) -> None:
    better = by_family(table, published)
    least = better.mean().idxmax()

    def steps(rule: Rule) -> tuple[int, int]:
        return list(ARMS).index(rule.arm), sum(name in READINGS for name in (rule.rule, rule.proba))

    def alike(rule: Rule) -> bool:
        lead = better[rule] - better[least]
        return not lead.any() or stats.ttest_1samp(lead, 0, alternative="less").pvalue > 0.05

    assert table.rules[0].rule == min(filter(alike, better.columns), key=steps)
    rest = [one.regret.value for one in table.rules[1:]]
    assert rest == sorted(rest)


def test_a_dependence_on_counts_is_shipped_where_it_gains_only(published: dict[str, pd.DataFrame]) -> None:
    from benchmarks import evidence as maker

    def made(effect: Any, families: int) -> list[dict[str, Any]]:
        datasets = make_datasets(families)
        sides = {("unweighted", "none", "raw"): 0.0, ("balanced", "none", "raw"): effect}
        metrics = make_metrics(datasets, sides, metric="average_precision", folds=2)
        [found] = maker.figures(metrics, datasets, {"average_precision": 0.01}, None)
        return list(maker.tables(found))

    # of 26 families the imbalance ratio is 2, 3, …, 27: thirteen are below 15
    low, high = made(lambda place: 0.1 if 2 + place < 15 else -0.1, 26)
    assert [(one["column"], one["at_least"], one["below"]) for one in (low, high)] == [
        ("imbalance_ratio", 0.0, 15.0),
        ("imbalance_ratio", 15.0, None),
    ]
    assert [one["rules"][0]["arm"] for one in (low, high)] == ["balanced", "unweighted"]
    [same] = made(0.1, 26)
    assert (same["column"], same["rules"][0]["arm"]) == ("", "balanced")
    assert [part["column"] for part in same["parts"]] == ["imbalance_ratio"]  # no ten families have few rows
    [few] = made(lambda place: 0.1 if 2 + place < 15 else -0.1, 21)  # eight above 15
    assert few["column"] == ""
    [unsure] = made(lambda place: 0.15 if 2 + place < 15 else -0.3 if place == 20 else -0.001, 26)
    ((gain, low_end, _),) = (part["gain"] for part in unsure["parts"])
    assert low_end < 0 < gain  # one family gains
    assert (unsure["column"], unsure["rules"][0]["arm"]) == ("", "balanced")
    assert all(not table.column for table in TABLES)  # none gained so far, as the page says


def test_what_is_written_is_what_advice_reads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole way, from the published runs to the three files."""
    from benchmarks import evidence as maker

    page = tmp_path / "advice.md"
    page.write_text("before\n<!-- evidence:begin -->\nold\n<!-- evidence:end -->\nafter\n")
    monkeypatch.setattr(maker, "FILE", tmp_path / "evidence.json")
    monkeypatch.setattr(maker, "PAGE", page)
    monkeypatch.setattr(maker, "DETAILS", tmp_path / "advice-in-detail.md")
    _, _, runs = shipped().command.partition("benchmarks.evidence ")
    maker.main([Path(run) for run in runs.split()])
    file = ROOT / "boostweights" / "audits" / "advice" / "evidence.json"
    assert (tmp_path / "evidence.json").read_text() == file.read_text()
    assert parse(json.loads(file.read_text())) == shipped()
    section = page.read_text().split("<!-- evidence:begin -->")[1]
    assert section.removesuffix("after\n") in (ROOT / "docs" / page.name).read_text()
    details = (tmp_path / "advice-in-detail.md").read_text()
    assert details == (ROOT / "docs" / "advice-in-detail.md").read_text()
    assert details.count("\n## ") == len(TABLES)


def test_shipped_figures_are_whole() -> None:
    keys = [(table.need, table.regime, table.at_least) for table in TABLES]
    assert len(set(keys)) == len(keys)
    for table in TABLES:
        assert table.families >= 10
        assert len({one.rule for one in table.rules}) == len(table.rules)
        assert table.rules[0].best.value == 0
        for one in table.rules:
            for interval in (one.regret, one.best, one.nothing):
                assert interval.low <= interval.value <= interval.high
            assert 0 <= one.best.worse <= 1
            assert one.regret.value >= 0
