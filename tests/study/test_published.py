"""What is published: page and verdicts, made again elsewhere from the published Parquet files alone."""

import json
import re
import shutil
from pathlib import Path

import pandas as pd
import pytest
from scipy import stats

from benchmarks.claims.claim import load_claims
from benchmarks.claims.forest import write_forests
from benchmarks.claims.judge import judge
from benchmarks.claims.page import as_markdown
from benchmarks.claims.results import read_results
from boostweights.benchmark.digests import write_files
from boostweights.benchmark.report.figures import figures_of
from boostweights.benchmark.report.summary import summarize
from boostweights.benchmark.report.tables import read_tables

ROOT = Path(__file__).parents[2]
FORESTS = Path("benchmarks/results/claims")
JUDGED = [Path("benchmarks/results", name) for name in ("default", "fixed", "noise", "multiclass", "ordered")]
RUNS = [run for run in JUDGED if (ROOT / run).is_dir()]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another folder that holds the published tables and nothing else."""
    folder = tmp_path_factory.mktemp("elsewhere")
    for run in RUNS:
        shutil.copytree(ROOT / run, folder / run, ignore=shutil.ignore_patterns("*.html", "*.json"))
    return folder


def test_the_page_of_claims_is_that_of_the_published_tables(
    elsewhere: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(elsewhere)
    found = read_results(RUNS)
    wanted = ["recall-rises", "correction-restores-brier", "all-data-flatters-in-time"]
    runs = [str(run) for run in RUNS]
    verdicts = judge(load_claims(), found.metrics, found.datasets, found.rope, ids=wanted, runs=runs)
    published = (ROOT / "docs" / "claims-in-detail.md").read_text()
    sections = as_markdown(verdicts, f"../{FORESTS}").split('<a id="')[1:]
    assert len(sections) == len(verdicts) >= len(wanted)
    for section in sections:
        assert section.split("\n## ")[0].strip() in published
    write_forests(verdicts, tmp_path)
    for picture in tmp_path.iterdir():
        assert picture.read_text() == (ROOT / FORESTS / picture.name).read_text()


def test_every_section_of_a_claim_has_a_verdict_and_a_forest_plot() -> None:
    sections = (ROOT / "docs" / "claims-in-detail.md").read_text().split("<a id=")[1:]
    for section in sections:
        assert re.search(r"\*\*(Higher|Equivalent|Lower|Unclear)\.\*\*", section), section[:80]
        assert "python -m benchmarks.claims" in section
        for picture in re.findall(r"\]\(\.\./(\S+\.svg)\)", section):
            assert (ROOT / picture).is_file()
        assert ".svg" in section or "Not in this run" in section


def test_identities_are_equal_to_the_bit_and_stand_on_the_page_of_equivalence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from benchmarks.equivalence.identities import as_section, counted

    metrics = pd.read_parquet(ROOT / "benchmarks/results/fixed/metrics.parquet")
    found = list(counted(metrics))
    assert len(found) == 9
    assert all(pairs == equal > 100 for _, _, pairs, equal in found)
    assert as_section(metrics) in (ROOT / "docs" / "equivalence.md").read_text()
    judged = {(claim.a.arm, claim.b.arm, name) for claim in load_claims() for name in claim.libraries}
    assert not judged & {(one.a, one.b, library) for one, library, _, _ in found}


def test_the_page_of_equivalence_is_that_of_the_published_results(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks.equivalence import page

    measured = {name: json.loads((page.RESULTS / f"{name}.json").read_text()) for name in page.LIBRARIES}
    written = page.PAGE.read_text()
    assert written.startswith(page.as_page(measured))
    assert len(written.split()) < 2500
    settings = {row["cell"] for facts in measured.values() for row in facts["rows"]}
    told = {
        name for row in re.findall(r"^\| \w+ `\w+` \| (.*?) \|", written, re.M) for name in row.split("; ")
    }
    assert settings <= told


def test_the_table_of_the_tiny_suite_is_that_of_its_published_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    from benchmarks import publish

    tables = read_tables(ROOT / "benchmarks" / "results" / "tiny")
    section = publish.as_section(summarize(tables, figures_of(tables)), dict(tables.run))
    assert f"<!-- tiny:begin -->\n{section}<!-- tiny:end -->" in (ROOT / publish.FINDINGS).read_text()


def test_the_table_of_calibration_is_what_pandas_and_scipy_find() -> None:
    run = ROOT / "benchmarks" / "results" / "default"
    kinds = {"corrected": "corrected", "fitted correction": "fitted", "beta calibration": "beta", "": "raw"}
    pooled = pd.read_parquet(run / "calibration.parquet").query("library != 'imblearn'")
    skill = pd.read_parquet(run / "metrics.parquet").query("metric == 'log_loss_skill'")
    page = (ROOT / "docs" / "findings.md").read_text()
    table = page.partition("<!-- calibration:begin -->")[2].partition("<!-- calibration:end -->")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if "[" in line
    ]
    assert {row[0] for row in rows} == set(pooled["regime"])
    for regime, words, intercept, slope, worse in rows:
        arm, _, kind = words.partition(", ")
        where = f"regime == {regime!r} and arm == {arm!r} and proba == {kinds[kind]!r}"
        by_set = pooled.query(where).groupby("dataset")[["intercept", "slope"]].mean()
        for text, values in ((intercept, by_set["intercept"]), (slope, by_set["slope"])):
            reach = stats.t.ppf(0.975, len(values) - 1) * stats.sem(values)
            ends = (values.mean() - reach, values.mean() + reach)
            assert text == f"{values.mean():+.2f} [{ends[0]:+.2f}, {ends[1]:+.2f}]"
        below = skill.query(where).groupby(["dataset", "library"])["value"].mean() < 0
        assert worse == f"{below.sum()} of {len(below)}"


def test_a_run_without_room_on_a_page_is_published_as_it_is_and_names_no_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from benchmarks import publish

    run = tmp_path / "runs" / "mine"
    shutil.copytree(ROOT / "benchmarks" / "results" / "tiny", run)
    facts = pd.read_parquet(run / "runs.parquet")
    facts["facts"] = facts["facts"].str.replace(
        "boostweights bench", f"boostweights bench --out {run.parent}"
    )
    write_files(run, [("runs.parquet", facts.to_parquet(index=False))])
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "findings.md").write_text("no room")
    monkeypatch.setattr(publish, "ROOT", tmp_path)
    monkeypatch.setattr("sys.argv", ["publish", str(run)])
    monkeypatch.chdir(tmp_path)
    publish.main()
    published = tmp_path / "benchmarks" / "results" / "mine"
    for text in ((published / "run.json").read_text(), *pd.read_parquet(published / "runs.parquet")["facts"]):
        assert "boostweights bench --out runs " in text
        assert str(tmp_path) not in text
    assert (tmp_path / "docs" / "findings.md").read_text() == "no room"
