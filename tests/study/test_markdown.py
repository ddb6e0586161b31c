"""A run as Markdown: its verdicts, means and ranks; names stay text."""

import json
from pathlib import Path

import pandas as pd
import pytest
from benchmark.report_runs import ARMS, add_own_learners, write_run, write_table

from benchmarks import markdown
from benchmarks.claims.claim import load_claims
from benchmarks.markdown import as_markdown, ranking
from benchmarks.stats.paired import Side
from benchmarks.stats.ranks import critical_difference, family_means
from boostweights.benchmark.regimes import FIXED
from boostweights.benchmark.report.content import Report, make_report
from boostweights.benchmark.report.figures import figures_of
from boostweights.benchmark.report.tables import read_tables

HOSTILE = "</script><script>alert('x')</script><img src=https://evil.example/x onerror=alert(1)>"


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    return write_run(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def made(whole: Path) -> Report:
    return make_report(whole)


@pytest.fixture(autouse=True)
def _few_claims(monkeypatch: pytest.MonkeyPatch) -> None:
    """All claims take longer than everything else."""
    monkeypatch.setattr(markdown, "load_claims", lambda: load_claims()[:2])


@pytest.mark.parametrize(("metric", "rule", "lower"), [("f1", "0.5", False), ("log_loss", "none", True)])
def test_ranks_are_those_of_the_statistics(made: Report, metric: str, rule: str, lower: bool) -> None:
    metrics = made.tables.metrics
    arms = [arm for arm in ARMS if arm != "native"]  # one library alone has it
    sides = [Side(arm=arm, rule=rule) for arm in arms]
    expected = critical_difference(family_means(metrics, sides, metric), lower_is_better=lower)
    ranks = ranking(made.figures, f"{rule}/raw", metric, FIXED)
    assert ranks.arms == tuple(arms)
    assert (ranks.families, ranks.decides) == (11, True)
    assert ranks.found is not None
    assert list(ranks.found.mean_ranks.values()) == pytest.approx(list(expected.mean_ranks.values()))
    assert ranks.found.width == pytest.approx(expected.width)


def test_nine_families_decide_nothing(tmp_path: Path) -> None:
    run = write_run(tmp_path, families=9)
    ranks = ranking(figures_of(read_tables(run)), "0.5/raw", "f1", FIXED)
    assert (ranks.families, ranks.decides) == (9, False)
    text = as_markdown([run])
    assert "9 families of data sets: no claim is decided by fewer than 10." in text
    assert "| too few families |" in text


def test_a_library_that_lacks_a_fold_is_left_out_of_the_ranks(run: Path) -> None:
    cells = pd.read_parquet(run / "metrics.parquet")
    gone = (cells["dataset"] == "set-03") & (cells["fold"] == 1) & (cells["arm"] == "balanced")
    write_table(cells[~gone], run, "metrics")
    assert ranking(figures_of(read_tables(run)), "0.5/raw", "f1", FIXED).families == 10


def test_learners_of_their_own_leave_the_ranks_as_they_are(run: Path) -> None:
    before = ranking(figures_of(read_tables(run)), "0.5/raw", "f1", FIXED)
    assert before.decides
    assert ranking(figures_of(read_tables(add_own_learners(run))), "0.5/raw", "f1", FIXED) == before


def test_it_has_the_verdicts_and_the_figures_of_the_summary(whole: Path, made: Report) -> None:
    text = as_markdown([whole])
    assert f"| {load_claims()[0].sentence} | fixed | **higher** | +" in text
    balanced = next(row for row in made.summary.overall if row.policy == "balanced")
    line = next(line for line in text.splitlines() if line.startswith("| all | balanced |"))
    assert f"{balanced.means['recall']:.3f} ({balanced.differences['recall']:+.3f})" in line
    assert "power\\_0.25" in text  # one underscore would be emphasis
    board = text.split("## By library")[1].split("##")[0]
    assert len({line.count(" | ") for line in board.splitlines() if "|" in line}) == 1
    losses = made.summary.losses[FIXED]["none/corrected", "log_loss"]
    assert f"{losses['balanced']:.4f}" in text.split("## Probabilities")[1]


def test_names_and_messages_stay_text_and_failures_are_listed(run: Path) -> None:
    cells = pd.read_parquet(run / "cells.parquet").astype({"error": object})
    cells.loc[0, ["status", "error"]] = ["error", HOSTILE]
    write_table(cells, run, "cells")
    text = as_markdown([run])
    assert "1 of 324 cells have no figures, 1 of them because they failed" in text
    assert "&lt;img src" in text.split("## Failures")[1]
    assert "<img" not in text
    assert "<script" not in text


def test_runs_on_other_splits_are_judged_with_the_first(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claims = [claim for claim in load_claims() if claim.split == "time"][:1]
    monkeypatch.setattr(markdown, "load_claims", lambda: claims)
    other = write_run(tmp_path / "by time", seed=1)
    runs = pd.read_parquet(other / "runs.parquet")
    facts = json.loads(runs["facts"].iloc[0])
    facts["suite"]["split"] = "time"
    write_table(runs.assign(facts=[json.dumps(facts)]), other, "runs")
    assert "splits of the kind “time”" in as_markdown([run])
    assert "splits of the kind" not in as_markdown([run, other])
