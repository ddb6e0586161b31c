"""Files of claims: what cannot serve, and the one that comes with the package."""

from pathlib import Path

import pandas as pd
import pytest
from study.figures_of_runs import make_datasets, make_metrics

from benchmarks.claims.claim import load_claims, parse_claims, studies
from benchmarks.claims.judge import judge
from benchmarks.claims.page import as_markdown
from benchmarks.stats.paired import Side
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan.suite import load_suite
from boostweights.errors import InvalidTypeError, InvalidValueError

PLAIN = """
[[claim]]
id = "x"
group = "g"
sentence = "S."
advice = "says so"
metric = "f1"
expect = "higher"
a = { arm = "unweighted" }
b = { arm = "balanced" }
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("expect =", "expects =", "Did you mean 'expect'"),
        ('"higher"', '"highr"', "Did you mean 'higher'"),
        ('"says so"', '"say so"', "Did you mean 'says so'"),
        ("{ arm =", "{ arms =", "Did you mean 'arm'"),
        ('{ arm = "balanced" }', "{ }", r"must say arm in \[claim\[0\].b\]"),
        ('{ arm = "balanced" }', '"balanced"', r"claim\[0\].b must be .*got `str`"),
        ('{ arm = "balanced" }', "{ arm = 1 }", r"claim\[0\].b.arm must be .*expected `str`"),
        ('metric = "f1"\n', "", "must say metric in"),
        ('b = { arm = "balanced" }\n', "", "must say b in"),
        ('metric = "f1"', "metric = 1", "claim.0..metric must be .*expected `str`"),
        ('metric = "f1"', 'metric = "f1"\nmargin = -1', "margin must be .*>= 0"),
        ('metric = "f1"', 'metric = "f1"\ntask = "binry"', "Did you mean 'binary'"),
        ('metric = "f1"', 'metric = "f1"\nbeside = [{ study = "s", found = "", differs = "" }]', "got 's'"),
        ('metric = "f1"', 'metric = "f1"\nwhere = { colum = "rows" }', "Did you mean 'column'"),
        ('metric = "f1"', 'metric = "f1"\nwhere = { at_most = 1 }', "must say column"),
        ('id = "x"', 'id = "x"\n[[claim]]', "must say group in .*claim.0"),
        ("[[claim]]", "[[claims]]", "Did you mean 'claim'"),
        ("[[claim]]", "[claim]", "claim must be .*expected `array`"),
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


def test_the_shipped_claims_name_arms_rules_and_metrics_of_the_judged_suites() -> None:
    suites = [load_suite(name) for name in ("default", "fixed", "noise")]
    arms = {arm.name for suite in suites for arm in suite.arms}
    tuned = {arm.name for suite in suites for arm in suite.arms if arm.tune or suite.regimes}
    learned = {arm.name for arm in suites[0].arms if arm.learner}
    free = {name for name, metric in METRICS.items() if metric.of in ("score", "pooled")}
    for claim in load_claims():
        assert claim.margin is not None or claim.metric in suites[0].rope
        for one in (claim.a, claim.b, *filter(None, [claim.floor])):
            assert one.arm in arms, claim.id
            assert (one.rule == "none") == (claim.metric in free), claim.id
            assert one.rule in ("none", "0.5", "tuned", "equivalent", "cost")
            assert one.rule != "tuned" or one.arm in tuned, claim.id
            assert not one.library or (one.library in suites[0].libraries and one.arm in learned), claim.id


def test_every_shipped_claim_gets_a_verdict_from_figures_of_all_its_sides() -> None:
    datasets = make_datasets(24, task=["binary"] * 12 + ["multiclass"] * 12)
    claims = load_claims()
    parts = []
    for metric in sorted({claim.metric for claim in claims}):
        sides = {
            (one.arm, one.rule, one.proba): 0.03 * (len(str(one)) % 4)
            for claim in claims
            if claim.metric == metric
            for one in (claim.a, claim.b, claim.floor)
            if one is not None
        }
        libraries = ["lightgbm", "xgboost", "imblearn"]
        made = make_metrics(datasets, sides, metric=metric, folds=2, libraries=libraries)
        parts.append(made.assign(split="group"))
    metrics = pd.concat(parts, ignore_index=True)
    rope = dict.fromkeys(metrics["metric"].unique(), 0.01)
    found = {one.claim.id: one for one in judge(claims, metrics, datasets, rope)}
    assert {name for name, one in found.items() if not one.decided} == {"all-data-flatters-in-time"}
    page = as_markdown(list(found.values()))
    assert page.count("\n### ") == len(claims) - 1
    assert all(f"--claim {claim.id}\n" in page for claim in claims)
    assert all(
        f"[{study.citation.split(',')[0]}]({study.url})".replace("&", "&amp;") in page
        for study in studies().values()
    )
