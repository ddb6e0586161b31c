"""The page of claims, and the command that makes it."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from benchmark.claims_on_figures import RISES, ROPE, verdict_on
from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from boostweights.benchmark.claims.__main__ import main
from boostweights.benchmark.claims.claim import load_claims
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.page import as_markdown
from boostweights.benchmark.claims.runs import read_results
from boostweights.benchmark.claims.verdict import Verdict, to_table
from boostweights.benchmark.stats.paired import Side


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
    assert rooms == {"claims", "metrics", "stats"}
    assert not set(loaded.split()) & {"xgboost", "lightgbm", "catboost", "matplotlib", "statsmodels"}
