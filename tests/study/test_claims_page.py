"""The page of claims, and the command that makes it."""

import dataclasses
import json
import re
import shlex
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pandas as pd
import pytest
from benchmark.report_runs import write_table
from study.claims_on_figures import RISES, ROPE, verdict_on
from study.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from benchmarks.claims.__main__ import main
from benchmarks.claims.claim import load_claims
from benchmarks.claims.forest import write_forests
from benchmarks.claims.judge import judge
from benchmarks.claims.page import as_markdown
from benchmarks.claims.results import judge_runs, read_results
from benchmarks.claims.verdict import Verdict, to_table
from benchmarks.stats.paired import Side
from boostweights.errors import InvalidValueError


@pytest.mark.parametrize(
    ("answer", "advice", "contradicts"),
    [
        ("higher", "says so", False),
        ("lower", "says so", True),
        ("equivalent", "says so", True),
        ("unclear", "says so", False),
        ("higher", "says the opposite", True),
        ("lower", "says the opposite", False),
        ("unclear", "says the opposite", False),
        ("higher", "is divided", False),
        ("lower", "is divided", False),
    ],
)
def test_advice_is_contradicted_by_verdicts_only(answer: Any, advice: Any, contradicts: bool) -> None:
    verdict = Verdict(
        claim=dataclasses.replace(RISES, advice=advice), regime="fixed", answer=answer, reason="R."
    )
    assert verdict.contradicts_advice is contradicts
    assert ("Against common advice:" in as_markdown([verdict])) is contradicts


def test_the_page_shows_verdict_effect_interval_and_command() -> None:
    verdict = verdict_on(RISES, -0.1)
    page = as_markdown([verdict])
    assert verdict.effect is not None
    assert "1 claims: 0 higher, 0 equivalent, 1 lower, 0 unclear. 1 of the answers contradict" in page
    assert f"{verdict.effect.value:+.3f} | {verdict.effect.low:+.3f} to {verdict.effect.high:+.3f}" in page
    assert "python -m benchmarks.claims RUN --claim recall-rises" in page
    assert "| xgboost | lower | -0.10" in page
    assert "## Regime fixed: 100 trees" in page
    assert "<details" not in page
    folded = as_markdown([verdict_on(RISES, 0.01)], "forests")
    assert "<summary>Unclear: Weights raise recall.</summary>" in folded
    assert "(forests/fixed-recall-rises.svg)" in folded


def test_names_cannot_carry_markup_into_the_page() -> None:
    nasty = 'a|b <script>alert("x")</script> [x](y) `c`\n# d'
    claim = dataclasses.replace(RISES, sentence=nasty, b=Side(arm=nasty), id="x y`z", note=nasty)
    datasets = make_datasets(11)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, (nasty, "0.5", "raw"): 0.1}, libraries=["**l|<b>"])
    page = as_markdown(judge([claim], metrics, datasets, ROPE, runs=["my `run`\n```"]))
    assert "<script" not in page
    assert "<b>" not in page
    assert "[x](y)" not in page
    assert page.count("```") == 2
    for line in page.splitlines():
        if line.startswith("| [") and "script" in line:
            assert len(re.findall(r"(?<!\\)\|", line)) == 8


def test_verdicts_as_a_table() -> None:
    verdict = verdict_on(RISES, 0.1)
    row = to_table([verdict]).iloc[0]
    assert (row["verdict"], row["library"], row["library_verdict"]) == ("higher", "all", "higher")
    assert row["low"] < row["effect"] < row["high"]
    assert row["below"] + row["within"] + row["above"] == pytest.approx(1)
    assert to_table([verdict], "polars")["families"].to_list() == [12] * 4


def store(
    directory: Path, *, effect: float = 0.1, rope: dict[str, float] | None = None, **suite: Any
) -> Path:
    datasets = make_datasets(12)
    write_table(make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}), directory, "metrics")
    write_table(datasets, directory, "datasets")
    facts = [{"suite": {"rope": {}}}, {"suite": {"rope": ROPE if rope is None else rope, **suite}}]
    runs = pd.DataFrame({"run": [1, 2], "facts": [json.dumps(one) for one in facts]})
    write_table(runs.iloc[::-1], directory, "runs")
    return directory


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The command: what it prints."""

    def printed(*arguments: object) -> str:
        monkeypatch.setattr("sys.argv", ["claims", *map(str, arguments)])
        main()
        return capsys.readouterr().out

    return printed


def test_the_command_makes_a_verdict_again(tmp_path: Path, call: Callable[..., str]) -> None:
    run = store(tmp_path / "a run")
    found = read_results([run])
    ids = ["recall-rises"]
    [verdict] = judge(load_claims(), found.metrics, found.datasets, found.rope, ids=ids, runs=[str(run)])
    assert verdict.answer == "higher"
    *command, path, option, name = shlex.split(verdict.command)
    assert command == ["python", "-m", "benchmarks.claims"]
    assert call(path, option, name, "--format", "markdown") == as_markdown([verdict]) + "\n"


def test_runs_that_differ_in_their_splits_are_judged_together(tmp_path: Path) -> None:
    runs = [store(tmp_path / "one", split="group"), store(tmp_path / "two", effect=-0.1, split="time")]
    found = read_results(runs)
    assert len(found.datasets) == 12
    claims = [RISES, dataclasses.replace(RISES, split="time")]
    verdicts = judge(claims, found.metrics, found.datasets, found.rope)
    assert [one.answer for one in verdicts] == ["higher", "lower"]


def test_a_run_without_regimes_stands_beside_one_with_them(tmp_path: Path) -> None:
    """The one by time is "fixed", the other names its regimes: each claim is judged where it was measured."""
    first = store(tmp_path / "one", split="group")
    metrics = pd.read_parquet(first / "metrics.parquet")
    regimes = [metrics.assign(regime=regime) for regime in ("default", "tuned")]
    write_table(pd.concat(regimes), first, "metrics")
    found = read_results([first, store(tmp_path / "two", effect=-0.1, split="time")])
    absent = dataclasses.replace(RISES, id="absent", b=Side(arm="smote"))
    claims = [RISES, dataclasses.replace(RISES, id="in-time", split="time"), absent]
    verdicts = judge(claims, found.metrics, found.datasets, found.rope)
    assert [(one.regime, one.claim.id, one.answer) for one in verdicts] == [
        ("tuned", "recall-rises", "higher"),
        ("tuned", "absent", "unclear"),
        ("default", "recall-rises", "higher"),
        ("fixed", "in-time", "lower"),
    ]


def test_what_cannot_be_judged_is_refused(tmp_path: Path) -> None:
    run = store(tmp_path / "run")
    other = store(tmp_path / "other", rope={"recall": 0.5})
    for message, arguments in {
        "Did you mean 'recall-rises'": {"runs": [run], "ids": ["recall-rise"]},
        "exported tables": {"runs": [tmp_path / "gone"]},
        "gone.toml": {"runs": [run], "file": tmp_path / "gone.toml"},
        "share their regions": {"runs": [run, other]},
    }.items():
        with pytest.raises(InvalidValueError, match=message):
            judge_runs(**arguments)
    (run / "metrics.parquet").write_bytes(b"no parquet")
    with pytest.raises(InvalidValueError, match=r"metrics\.parquet"):
        judge_runs([run])


def test_the_command_gives_a_table_or_json(tmp_path: Path, call: Callable[..., str]) -> None:
    run = store(tmp_path / "run")
    asked = (run, "--claim", "recall-rises", "--claim", "f1-rises")
    rows = json.loads(call(*asked, "--format", "json"))
    assert [(row["claim"], row["verdict"]) for row in rows] == [
        *[("recall-rises", "higher")] * 4,
        ("f1-rises", "unclear"),
    ]
    assert "raise F1 at a" in call(*asked)


def test_statistics_and_claims_never_import_a_run() -> None:
    code = "import benchmarks.claims.results, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    rooms = {name.split(".")[2] for name in loaded.split() if name.startswith("boostweights.benchmark.")}
    assert rooms == {"digests", "metrics", "regimes", "report", "stats"}
    assert not set(loaded.split()) & {"xgboost", "lightgbm", "catboost", "matplotlib", "statsmodels"}


def test_a_forest_shows_every_family_and_what_decides(tmp_path: Path) -> None:
    verdict = verdict_on(RISES, 0.1)
    write_forests([verdict, dataclasses.replace(verdict, regime="tuned", effects=())], tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["fixed-recall-rises.svg"]
    picture = ElementTree.fromstring((tmp_path / "fixed-recall-rises.svg").read_text())
    words = [text for one in picture.iter() if (text := (one.text or "").strip())]
    assert "recall: balanced at 0.5 minus unweighted at 0.5" in words
    assert {"all", "catboost", "lightgbm", "xgboost"} <= set(words)
    symbols = [group for group in picture.iter() if "mark-symbol" in (group.get("class") or "")]
    assert [len(group) for group in symbols] == [
        4 * 12,
        4,
    ]  # families; the mean of three libraries and of all
    write_forests([], tmp_path)
    assert list(tmp_path.iterdir()) == []
