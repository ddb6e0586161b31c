"""The report: right figures, one page that needs nothing else, names that stay text."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import Page
from rich.console import Console

from boostweights.benchmark import report
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan import Cell, Described
from boostweights.benchmark.result import Figure
from boostweights.benchmark.store import Result, Store

HOSTILE = "</script><script>alert('x')</script><img src=https://evil.example/x onerror=alert(1)>\"'&{{ 7*7 }}"

RECALL = {  # data set, fold, policy → recall
    ("small", 0, "unweighted"): 0.2,
    ("small", 1, "unweighted"): 0.4,
    ("small", 0, "balanced"): 0.5,
    ("small", 1, "balanced"): 0.7,
    ("large", 0, "unweighted"): 0.5,
    ("large", 1, "unweighted"): 0.7,
    ("large", 0, "balanced"): 0.9,
    ("large", 1, "balanced"): 0.9,
}


def fill(store: Store, *, data: tuple[str, str] = ("small", "large"), leave: tuple[str, ...] = ()) -> None:
    cells, described = [], []
    for name in data:
        described.append(Described(name=name, digest="d" * 64, facts=DATA))
    names = dict(zip(("small", "large"), data, strict=True))
    for (name, fold, policy), recall in RECALL.items():
        if policy in leave:
            continue
        key = f"{name} {fold} {policy}"
        cells.append(
            Cell(
                dataset=names[name],
                family=names[name],
                repeat=0,
                fold=fold,
                library="lib",
                arm=policy,
                model_key=key,
            )
        )
        metrics = {**dict.fromkeys(METRICS, 0.5), "recall": recall}
        figures = tuple(Figure("0.5", "raw", name, value) for name, value in metrics.items())
        weights = {"no": 0.5, "yes": 2.0}
        seconds = {"fit": 2.0, "fit_cpu": 1.0}
        store.save(
            Result(model_key=key, status="ok", weights=weights, digest="x", figures=figures, seconds=seconds)
        )
    store.begin_run(FACTS, described, cells)


DATA = {
    "rows": 10,
    "features": 2,
    "classes": {"no": 8, "yes": 2},
    "positive": "yes",
    "imbalance_ratio": 4.0,
    "source": None,
}

FACTS = {
    "suite": {
        "name": "tiny",
        "title": "A title",
        "folds": 2,
        "trees": 5,
        "threads": 1,
        "seed": 0,
        "seconds_per_model": 60.0,
    },
    "versions": {"numpy": "2.0", "lib": None},
    "estimators": {"lib:Classifier": {"trees": 5}},
    "command": "boostweights bench --suite tiny",
    "python": "3.11",
    "platform": "Linux",
    "cores": 2,
    "jobs": 2,
    "started": "2026-01-01T00:00:00+00:00",
}


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


def page(store: Store) -> Page:
    return Page(report.as_page(report.summarize(store), store))


def test_means_are_over_data_sets_of_means_over_folds(store: Store) -> None:
    fill(store)
    summary = report.summarize(store)
    unweighted, balanced = summary.rows
    assert (unweighted.library, unweighted.policy) == ("lib", "unweighted")
    assert unweighted.means["recall"] == pytest.approx((0.3 + 0.6) / 2)
    assert balanced.means["recall"] == pytest.approx((0.6 + 0.9) / 2)
    assert balanced.differences["recall"] == pytest.approx(0.3)
    assert balanced.differences["precision"] == 0.0
    assert unweighted.differences == {}
    assert unweighted.means["fit_cpu"] == 1.0
    assert (summary.done, summary.failed, summary.planned) == (8, 0, 8)


def test_a_data_set_counts_once_however_many_folds_it_has(store: Store) -> None:
    fill(store)
    store.save(Result(model_key="large 1 balanced", status="error", error="no"))
    balanced = report.summarize(store).rows[1]
    assert balanced.means["recall"] == pytest.approx((0.6 + 0.9) / 2)


def test_a_difference_is_between_models_of_the_same_fold(store: Store) -> None:
    fill(store)
    store.save(Result(model_key="small 0 unweighted", status="timeout", error="late"))
    unweighted, balanced = report.summarize(store).rows
    assert unweighted.means["recall"] == pytest.approx((0.4 + 0.6) / 2)
    assert balanced.differences["recall"] == pytest.approx(((0.7 - 0.4) + 0.3) / 2)


def test_the_table_fits_80_columns_and_shows_means_and_differences(store: Store) -> None:
    fill(store)
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with console.file:
        console.print(report.as_table(report.summarize(store)))
        text = console.export_text()
    assert "…" not in text
    assert all(len(line.rstrip()) <= 80 for line in text.splitlines())
    for word in (
        "recall",
        "precision",
        "F1",
        "accuracy",
        "AP",
        "ROC-AUC",
        "log loss",
        "fit s",
        "0.450",
        "+0.300",
    ):
        assert word in text


def test_the_page_needs_nothing_but_itself(store: Store) -> None:
    fill(store)
    found = page(store)
    fetching = {"src", "srcset", "data", "poster", "action", "formaction", "background", "href"}
    links = [value for _, attrs in found.elements for key, value in attrs.items() if key in fetching]
    assert [link for link in links if not str(link).startswith("#")] == []
    assert not {"link", "img", "iframe", "object", "base"} & {tag for tag, _ in found.elements}
    policy = next(a["content"] for t, a in found.elements if t == "meta" and "http-equiv" in a)
    assert str(policy).startswith("default-src 'none';")
    style = report.as_page(report.summarize(store), store).split("<style>")[1].split("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert sum("vegaEmbed=" in script.replace(" ", "") for script in found.scripts) == 1


def test_the_page_says_what_was_run_and_how_to_run_it_again(store: Store) -> None:
    fill(store)
    text = page(store).text
    for fact in (
        "A title",
        "boostweights bench --suite tiny",
        "numpy 2.0",
        "lib not installed",
        "2 cores",
        "d" * 64,
    ):
        assert fact in text
    assert "moved recall by\n+0.30" in text


def test_charts_hold_every_data_set_and_difference(store: Store) -> None:
    fill(store)
    charts = json.loads(page(store).scripts[1])
    assert set(charts) == {"changes", "trail-1", "trail-2"}
    (rows,) = (values for values in charts["changes"]["datasets"].values() if "metric" in values[0])
    recall = {row["dataset"]: row["difference"] for row in rows if row["metric"] == "recall"}
    assert recall == {"small": pytest.approx(0.3), "large": pytest.approx(0.3)}


def test_hostile_names_and_messages_stay_text(store: Store) -> None:
    fill(store, data=(HOSTILE, "large"))
    plain = page(store)
    store.save(Result(model_key="small 0 balanced", status="error", error=HOSTILE, traceback=HOSTILE))
    found = page(store)
    assert len(found.scripts) == len(plain.scripts) == 3
    assert "img" not in {tag for tag, _ in found.elements}
    assert not any(key.startswith("on") for _, attrs in found.elements for key in attrs)
    assert found.text.count(HOSTILE) >= 4
    assert HOSTILE in json.dumps(json.loads(found.scripts[1]), ensure_ascii=False).replace('\\"', '"')


def test_failures_and_gaps_are_said(store: Store) -> None:
    fill(store)
    store.save(Result(model_key="small 0 balanced", status="timeout", error="stopped after 60 seconds"))
    store.forget_failures()
    store.save(Result(model_key="large 0 balanced", status="error", error="E: no", traceback="line 1"))
    text = " ".join(page(store).text.split())
    assert "2 of 8 cells have no figures: 1 failed (listed below), 1 were not trained yet" in text
    assert "error: E: no" in text
    assert "2 of 8 cells have no figures" in str(report.as_table(report.summarize(store)).caption)


def test_without_an_unweighted_policy_nothing_is_compared(store: Store) -> None:
    fill(store, leave=("unweighted",))
    summary = report.summarize(store)
    assert summary.paired.empty
    assert [row.differences for row in summary.rows] == [{}]
    assert "How far each figure moves" not in page(store).text


def test_a_store_without_a_single_result_is_reported(store: Store) -> None:
    fill(store)
    named = {"dataset": "small", "family": "small", "library": "lib", "arm": "balanced"}
    cells = [Cell(repeat=0, fold=0, model_key="k", **named)]
    store.begin_run(FACTS, [Described(name="small", digest="d", facts=DATA)], cells)
    assert "1 of 1 cells have no figures" in page(store).text


def test_the_same_store_gives_the_same_files(store: Store, tmp_path: Path) -> None:
    fill(store)
    for name in ("one", "two"):
        report.write(store, tmp_path / name)
    for file in ("report.html", "cells.parquet", "timings.parquet"):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_a_report_needs_no_run_and_no_booster() -> None:
    code = (
        "import sys, boostweights.benchmark.report\n"
        "unneeded = {'boostweights.benchmark.run', 'pebble', 'xgboost', 'lightgbm', 'catboost'}\n"
        "assert not unneeded & set(sys.modules), unneeded & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
