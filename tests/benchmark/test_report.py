"""The report: right figures, the same wherever it is made, names that stay text."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark.report_runs import ARMS, LIBRARIES, in_regimes, write_run, write_table
from documents import HOSTILE, Page, check_alone, check_is_text

from boostweights.benchmark.digests import DIGESTS
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan.plan import Cell
from boostweights.benchmark.plan.problem import Described
from boostweights.benchmark.report.content import Report, as_plain, make_report
from boostweights.benchmark.report.data import payload
from boostweights.benchmark.report.figures import figures_of
from boostweights.benchmark.report.page import as_page, write
from boostweights.benchmark.report.summary import Summary, leaderboard
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.report.terminal import as_table, fitted_table
from boostweights.benchmark.run.result import Figure, Result
from boostweights.benchmark.run.store import Store
from boostweights.cli import session
from boostweights.errors import InvalidValueError

RECALL = {  # data set, fold, arm → recall
    ("small", 0, "unweighted"): 0.2,
    ("small", 1, "unweighted"): 0.4,
    ("small", 0, "balanced"): 0.5,
    ("small", 1, "balanced"): 0.7,
    ("large", 0, "unweighted"): 0.5,
    ("large", 1, "unweighted"): 0.7,
    ("large", 0, "balanced"): 0.9,
    ("large", 1, "balanced"): 0.9,
}
DATA = {
    "rows": 10,
    "features": 2,
    "classes": {"no": 8, "yes": 2},
    "positive": "yes",
    "imbalance_ratio": 4.0,
    "task": "binary",
    "positives": 2,
    "source": {"package": "p", "version": "1", "path": "a/b.csv", "sha256": "s" * 64},
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


def fill(store: Store, *, data: tuple[str, str] = ("small", "large"), leave: tuple[str, ...] = ()) -> None:
    cells = []
    described = [Described(name=name, digest="d" * 64, facts=DATA | {"family": name}) for name in data]
    names = dict(zip(("small", "large"), data, strict=True))
    for (name, fold, arm), recall in RECALL.items():
        if arm in leave:
            continue
        key = f"{name} {fold} {arm}"
        place = {"dataset": names[name], "family": names[name], "repeat": 0, "fold": fold}
        cells.append(Cell(**place, library="lib", arm=arm, model_key=key))
        metrics = {**dict.fromkeys(METRICS, 0.5), "recall": recall}
        figures = tuple(Figure("0.5", "raw", name, value) for name, value in metrics.items())
        weights, seconds = {"no": 0.5, "yes": 2.0}, {"fit": 2.0, "fit_cpu": 1.0}
        store.save(
            Result(model_key=key, status="ok", weights=weights, digest="x", figures=figures, seconds=seconds)
        )
    store.begin_run(FACTS, described, cells)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.sqlite") as opened:
        yield opened


@pytest.fixture
def run(tmp_path: Path) -> Path:
    return write_run(tmp_path / "run")


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Nobody changes it."""
    return write_run(tmp_path_factory.mktemp("whole"))


@pytest.fixture(scope="module")
def made(whole_run: Path) -> Report:
    return make_report(whole_run)


@pytest.fixture(scope="module")
def html(made: Report) -> str:
    return as_page(made)


def summary_of(store: Store, tmp_path: Path) -> Summary:
    return write(store, tmp_path)


def page(store: Store, tmp_path: Path) -> Page:
    write(store, tmp_path)
    return Page((tmp_path / "report.html").read_text())


# Figures


def test_means_are_over_data_sets_of_means_over_folds(store: Store, tmp_path: Path) -> None:
    fill(store)
    summary = summary_of(store, tmp_path)
    unweighted, balanced = summary.rows
    assert (unweighted.library, unweighted.policy) == ("lib", "unweighted")
    assert unweighted.means["recall"] == pytest.approx((0.3 + 0.6) / 2)
    assert balanced.means["recall"] == pytest.approx((0.6 + 0.9) / 2)
    assert balanced.differences["recall"] == pytest.approx(0.3)
    assert balanced.differences["precision"] == 0.0
    assert unweighted.differences == {}
    assert unweighted.means["fit_cpu"] == 1.0
    assert (summary.done, summary.failed, summary.planned) == (8, 0, 8)
    assert [row.means for row in summary.overall] == [row.means for row in summary.rows]


def test_a_data_set_counts_once_however_many_folds_it_has(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.save(Result(model_key="large 1 balanced", status="error", error="no"))
    balanced = summary_of(store, tmp_path).rows[1]
    assert balanced.means["recall"] == pytest.approx((0.6 + 0.9) / 2)


def test_a_difference_is_between_models_of_the_same_fold(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.save(Result(model_key="small 0 unweighted", status="timeout", error="late"))
    unweighted, balanced = summary_of(store, tmp_path).rows
    assert unweighted.means["recall"] == pytest.approx((0.4 + 0.6) / 2)
    assert balanced.differences["recall"] == pytest.approx(((0.7 - 0.4) + 0.3) / 2)
    data = payload(tables := read_tables(tmp_path), figures_of(tables))
    assert list(data["partial"][str(data["columns"].index("0.5/raw/recall"))].values()) == [0.4 - 0.4, 0.3]


@pytest.mark.parametrize(
    ("view", "metric"), [("0.5/raw", "f1"), ("none/raw", "log_loss"), ("cost/raw", "cost")]
)
def test_the_leaderboard_is_what_pandas_says(made: Report, view: str, metric: str) -> None:
    metrics = made.tables.metrics
    seen = metrics["rule"] + "/" + metrics["proba"]
    metrics = metrics[(seen == view) & (metrics["metric"] == metric)]
    board = leaderboard(made.summary.averages, view, metric).set_index(["arm", "library"])
    assert board["noise"].isna().all()  # folds alone leave more to chance than several data sets do
    for arm in ARMS:
        for library in LIBRARIES:
            here = metrics[(metrics["arm"] == arm) & (metrics["library"] == library)]
            if here.empty:
                assert (arm, library) not in board.index
                continue
            base = metrics[(metrics["arm"] == "unweighted") & (metrics["library"] == library)]
            row = board.loc[(arm, library)]
            assert row["mean"] == pytest.approx(here["value"].mean())  # as many folds everywhere
            assert row["difference"] == pytest.approx(here["value"].mean() - base["value"].mean())
            assert row["datasets"] == here["dataset"].nunique()
        assert board.loc[(arm, "all"), "mean"] == pytest.approx(
            metrics[metrics["arm"] == arm]["value"].mean()
        )


def test_a_corrected_view_shows_raw_figures_where_there_is_nothing_to_correct(made: Report) -> None:
    means = made.figures.means
    plain = means.xs("unweighted", level="arm")
    for metric in ("log_loss", "brier"):
        assert plain["none/corrected", metric].equals(plain["none/raw", metric])
        weighted = means.xs("balanced", level="arm")
        assert not (weighted["none/corrected", metric] == weighted["none/raw", metric]).any()
    assert means.xs("unweighted", level="arm")["equivalent/corrected", "recall"].notna().all()


FITTED = ("unweighted", "balanced")


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Report:
    return make_report(write_run(tmp_path_factory.mktemp("fitted"), families=3, folds=2, fitted=FITTED))


def test_a_fitted_view_shows_the_arms_that_were_fitted(fitted: Report, tmp_path: Path) -> None:
    view = fitted.figures.table("none/fitted", "log_loss")
    assert set(view.index.get_level_values("arm")) == set(FITTED)
    means = view["mean"].xs("balanced", level="arm") - view["mean"].xs("unweighted", level="arm")
    pd.testing.assert_series_equal(view["difference"].xs("balanced", level="arm"), means, check_names=False)
    before = figures_of(read_tables(write_run(tmp_path, families=3, folds=2))).means
    assert not any(column.endswith("fitted") for column, _ in before.columns)
    pd.testing.assert_frame_equal(fitted.figures.means[list(before.columns)], before)


def test_every_report_shows_fitted_probabilities(fitted: Report, made: Report) -> None:
    metrics = (
        fitted.tables.metrics.query("rule == 'none'").groupby(["proba", "metric", "arm"])["value"].mean()
    )
    plain = as_plain(fitted)
    rows = {
        (row["arm"], row["library"]): row["mean"]
        for row in plain["leaderboard"]
        if (row["view"], row["metric"]) == ("none/fitted", "brier")
    }
    assert rows["balanced", "all"] == pytest.approx(metrics["fitted", "brier", "balanced"])
    printed = session.as_plain(fitted.summary, Path())["losses"]
    assert {
        (row["metric"], row["arm"]): row["mean"] for row in printed if row["view"] == "none/fitted"
    } == pytest.approx(
        {(name, arm): metrics["fitted", name, arm] for name in ("log_loss", "brier") for arm in FITTED}
    )
    text = str(fitted_table(fitted.summary))
    for arm in ("unweighted", "balanced", "costs"):
        kinds = ["raw", "raw" if arm == "unweighted" else "corrected", *(["fitted"] if arm in FITTED else [])]
        wanted = [f"{metrics[kind, name, arm]:.4f}" for name in ("log_loss", "brier") for kind in kinds]
        line = next(line for line in text.splitlines() if line.split()[:1] == [arm])
        assert [part for part in line.split()[1:] if part != "–"] == wanted
        assert line.count("–") == (0 if arm in FITTED else 2)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert fitted_table(made.summary) is None


def test_the_page_draws_fitted_curves(fitted: Report, html: str) -> None:
    page = as_page(fitted)
    data = json.loads(Page(page).scripts[1])
    arms = {data["arms"][row[3]]["name"] for row in data["curves"]["reliability/fitted"]}
    assert arms == set(FITTED)
    assert "none/fitted/log_loss" in data["columns"]
    assert "long dashes fitted" in page
    assert "long dashes fitted" not in html


def test_the_table_fits_80_columns_and_shows_means_and_differences(store: Store, tmp_path: Path) -> None:
    fill(store)
    text = as_table(summary_of(store, tmp_path))
    assert "…" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
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


def test_no_figure_is_a_mean_over_regimes(tmp_path: Path) -> None:
    made = make_report(in_regimes(write_run(tmp_path, families=3, fitted=FITTED)))
    figures = made.tables.metrics.query("arm == 'balanced' and proba == 'raw'")
    means = figures.groupby(["regime", "rule", "metric"])["value"].mean()
    plain, printed = as_plain(made), session.as_plain(made.summary, tmp_path)
    terminal = as_table(made.summary)
    for regime, libraries in (("tuned", LIBRARIES[:1]), ("default", LIBRARIES)):
        f1, loss = means[regime, "0.5", "f1"], means[regime, "none", "log_loss"]
        rows = [row for row in made.summary.rows if (row.regime, row.policy) == (regime, "balanced")]
        assert [row.library for row in rows] == list(libraries)
        assert np.mean([row.means["f1"] for row in rows]) == pytest.approx(f1)
        everywhere = {
            "regime": regime,
            "library": "all",
            "arm": "balanced",
            "view": "0.5/raw",
            "metric": "f1",
        }
        (row,) = (row for row in plain["leaderboard"] if everywhere.items() <= row.items())
        assert row["mean"] == pytest.approx(f1)
        of_loss = {"regime": regime, "arm": "balanced", "metric": "log_loss", "view": "none/raw"}
        (row,) = (row for row in printed["losses"] if of_loss.items() <= row.items())
        assert row["mean"] == pytest.approx(loss)
        assert f"\n{libraries[0]}, {regime}" in f"\n{terminal}"


def test_a_table_of_many_arms_is_over_all_libraries(made: Report) -> None:
    summary = made.summary
    assert "xgboost" in as_table(summary)
    many = type(summary)(
        **{name: getattr(summary, name) for name in summary.__slots__} | {"rows": summary.rows * 5}
    )
    text = as_table(many)
    assert "all libraries" in text
    assert "xgboost" not in text


# Tables


def test_the_page_from_published_tables_is_the_published_page(store: Store, tmp_path: Path) -> None:
    fill(store)
    write(store, tmp_path / "here")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for file in (*(tmp_path / "here").glob("*.parquet"), tmp_path / "here" / DIGESTS):
        (elsewhere / file.name).write_bytes(file.read_bytes())
    made = make_report(elsewhere)
    assert as_page(made) == (tmp_path / "here" / "report.html").read_text()
    write(store, tmp_path / "again")
    for file in (tmp_path / "here").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_the_page_holds_the_figures_of_the_tables(whole_run: Path, html: str) -> None:
    data = json.loads(Page(html).scripts[1])
    metrics = pd.read_parquet(whole_run / "metrics.parquet")
    expected = metrics.groupby(["dataset", "library", "arm", "rule", "proba", "metric"])["value"].mean()
    sums = metrics.groupby(["dataset", "library", "arm", "rule", "proba", "metric"])["value"].sum()
    checked = 0
    for column, values in zip(data["columns"], data["values"], strict=True):
        rule, proba, metric = column.split("/")
        for at, value in enumerate(values):
            names = (
                data["datasets"][data["cells"]["dataset"][at]]["name"],
                data["libraries"][data["cells"]["library"][at]],
                data["arms"][data["cells"]["arm"][at]]["name"],
            )
            key = (*names, rule, proba, metric)
            if key in expected.index:
                of = sums if metric in ("tn", "fp", "fn", "tp") else expected
                assert value == pytest.approx(of[key], rel=1e-5)
                checked += 1
    assert checked > 0.9 * len(expected.index.intersection(sums.index))
    assert data["partial"] == {}


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda run: (run / "metrics.parquet").unlink(), "metrics.parquet"),
        (lambda run: (run / "cells.parquet").write_bytes(b"no"), "cells.parquet"),
        (lambda run: rewrite(run, "metrics", lambda frame: frame.drop(columns="rule")), "no 'rule'"),
        (lambda run: rewrite(run, "runs", lambda frame: frame.iloc[:0]), "a run must be recorded"),
    ],
    ids=["missing", "no Parquet", "no such column", "no run"],
)
def test_tables_that_cannot_serve_are_refused(run: Path, spoil: Any, says: str) -> None:
    spoil(run)
    with pytest.raises(InvalidValueError, match=re.escape(says)):
        make_report(run)


def rewrite(run: Path, name: str, change: Any) -> None:
    write_table(change(pd.read_parquet(run / f"{name}.parquet")), run, name)


# Page


def test_the_page_is_one_file_that_needs_nothing_but_itself(html: str) -> None:
    check_alone(html)


def test_the_page_says_what_was_run_and_how_to_run_it_again(store: Store, tmp_path: Path) -> None:
    fill(store)
    text = page(store, tmp_path).text
    command = "boostweights bench --suite tiny"
    for fact in (
        "A title",
        command,
        "numpy 2.0",
        "lib not installed",
        "2 cores",
        "d" * 64,
        "s" * 64,
        "a/b.csv",
    ):
        assert fact in text
    assert "moved recall by\n+0.30" in text


def test_hostile_names_and_messages_stay_text(store: Store, tmp_path: Path) -> None:
    fill(store, data=(HOSTILE, "large"))
    store.save(Result(model_key="small 0 balanced", status="error", error=HOSTILE, traceback=HOSTILE))
    found = page(store, tmp_path)
    check_is_text(found, 4)
    assert json.loads(found.scripts[1])["datasets"][0]["name"] == HOSTILE


def test_failures_and_gaps_are_said(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.save(Result(model_key="small 0 balanced", status="timeout", error="stopped after 60 seconds"))
    store.forget_failures()
    store.save(Result(model_key="large 0 balanced", status="error", error="E: no", traceback="line 1"))
    text = " ".join(page(store, tmp_path).text.split())
    assert "2 of 8 cells have no figures: 1 failed (listed below), 1 were not trained yet" in text
    assert "error: E: no" in text
    assert "line 1" in text
    made = make_report(tmp_path)
    assert "2 of 8 cells have no figures" in as_table(made.summary)
    assert as_plain(made)["failures"][0]["traceback"] == "line 1"


def test_without_an_unweighted_arm_nothing_is_compared(store: Store, tmp_path: Path) -> None:
    fill(store, leave=("unweighted",))
    summary = summary_of(store, tmp_path)
    assert [row.differences for row in summary.rows] == [{}]
    assert "moved recall" not in page(store, tmp_path).text
    assert as_plain(make_report(tmp_path))["leaderboard"][0]["difference"] is None


def test_a_store_without_a_single_result_is_reported(store: Store, tmp_path: Path) -> None:
    fill(store)
    named = {"dataset": "small", "family": "small", "library": "lib", "arm": "balanced"}
    cells = [Cell(repeat=0, fold=0, model_key="k", **named)]
    store.begin_run(FACTS, [Described(name="small", digest="d", facts=DATA | {"family": "small"})], cells)
    assert "1 of 1 cells have no figures" in page(store, tmp_path).text
    made = make_report(tmp_path)
    assert as_plain(made)["leaderboard"] == []


# JSON


def test_json_is_strict_and_whole(made: Report) -> None:
    plain = json.loads(json.dumps(as_plain(made), allow_nan=False))
    board = leaderboard(made.summary.averages, "0.5/raw", "f1")
    rows = [row for row in plain["leaderboard"] if (row["view"], row["metric"]) == ("0.5/raw", "f1")]
    assert [row["mean"] for row in rows] == pytest.approx(board["mean"].tolist())
    assert plain["schema"] == 3
    assert len(plain["datasets"]) == 12
    assert plain["cells"] == {"planned": 324, "done": 324, "failed": 0}


def test_near_duplicates_across_folds_are_flagged(tmp_path: Path) -> None:
    run = write_run(tmp_path, families=2)
    datasets = pd.read_parquet(run / "datasets.parquet")
    assert "near-duplicates" not in as_page(make_report(run))
    shares = np.resize([0.0, 0.09, 0.1, np.nan], len(datasets))
    write_table(datasets.assign(near_duplicates=shares), run, "datasets")
    table = as_page(make_report(run)).partition('id="datasets"')[2].partition("</table>")[0]
    found = re.findall(r'<td class="number( below)?" data-value="[^"]*">(\d+\.\d %|–)</td>', table)[
        -len(shares) :
    ]
    words = {0.0: "0.0 %", 0.09: "9.0 %", 0.1: "10.0 %"}
    assert found == [(" below" if share >= 0.1 else "", words.get(share, "–")) for share in shares]
