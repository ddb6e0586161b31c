"""What is published: page and verdicts, made again elsewhere from the published Parquet files alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pandas as pd
import pytest

from boostweights.benchmark.claims.claim import load_claims
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.page import as_markdown
from boostweights.benchmark.claims.runs import read_results
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page

ROOT = Path(__file__).parents[2]
RUNS = [Path("benchmarks/results/default"), Path("benchmarks/results/ordered")]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another folder that holds the published tables and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for run in RUNS:
        shutil.copytree(ROOT / run, folder / run, ignore=shutil.ignore_patterns("*.html", "*.json"))
    return folder


@pytest.mark.full
def test_the_published_page_and_verdicts_are_those_of_the_published_tables(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    assert as_page(make_report(RUNS[0], RUNS[1:])) == (ROOT / RUNS[0] / "report.html").read_text()


def test_the_page_of_claims_is_that_of_the_published_tables(
    elsewhere: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    found = read_results(RUNS)
    wanted = ("recall-rises", "precision-falls", "all-data-flatters-in-time")
    claims = tuple(claim for claim in load_claims() if claim.id in wanted)
    verdicts = judge(claims, found.metrics, found.datasets, found.rope, runs=list(map(str, RUNS)))
    published = (ROOT / "docs" / "claims.md").read_text()
    sections = as_markdown(verdicts).split('<a id="')[1:]
    assert len(sections) == len(wanted)
    for section in sections:
        assert section.strip() in published


def test_every_claim_has_a_verdict_in_the_page() -> None:
    published = (ROOT / "docs" / "claims.md").read_text()
    for claim in load_claims():
        section = published.split(f'<a id="{claim.id}"></a>')[1].split("<a id=")[0]
        assert re.search(r"\*\*(Supported|Refuted|Undecided)\.\*\*", section), claim.id
        assert "python -m boostweights.benchmark.claims" in section


def test_recall_and_precision_moved_as_pandas_finds_in_the_tables() -> None:
    """The README's first two effects, averaged here anew: folds, data sets of a family, libraries."""
    metrics = pd.read_parquet(ROOT / RUNS[0] / "metrics.parquet")
    at_half = metrics[(metrics["rule"] == "0.5") & (metrics["proba"] == "raw")]
    readme = (ROOT / "README.md").read_text()
    for metric, sentence in (("recall", "raise recall"), ("precision", "lower precision")):
        wide = at_half[at_half["metric"] == metric].pivot_table(
            index=["family", "library", "dataset", "fold"], columns="arm", values="value"
        )
        moved = wide["balanced"] - wide["unweighted"]
        by_family = (
            moved.groupby(["family", "library", "dataset"]).mean().groupby(["family", "library"]).mean()
        )
        effect = by_family.groupby("family").mean().mean()
        assert f"| Balanced weights {sentence}. | supported | {effect:+.3f} |" in readme
