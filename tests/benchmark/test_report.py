"""The report: right figures, the same wherever it is made, names that stay text."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark.report_runs import ARMS, LIBRARIES, facts, in_regimes, rewrite, write_run, write_table
from documents import HOSTILE, Page, check_alone, check_is_text

from boostweights.benchmark.digests import DIGESTS
from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.plan.plan import Cell
from boostweights.benchmark.plan.problem import Described
from boostweights.benchmark.report.content import Report, as_plain, make_report
from boostweights.benchmark.report.data import payload
from boostweights.benchmark.report.figures import figures_of
from boostweights.benchmark.report.page import as_page, write
from boostweights.benchmark.report.summary import leaderboard
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.report.terminal import as_table, fitted_table
from boostweights.benchmark.run.result import Figure, Result
from boostweights.benchmark.run.store import Store
from boostweights.cli import session
from boostweights.errors import InvalidValueError

RECALL = {  # data set, arm → recall of each fold
    ("small", "unweighted"): (0.2, 0.4),
    ("small", "balanced"): (0.5, 0.7),
    ("large", "unweighted"): (0.5, 0.7),
    ("large", "balanced"): (0.9, 0.9),
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


def fill(store: Store, *, data: tuple[str, str] = ("small", "large"), leave: tuple[str, ...] = ()) -> None:
    cells = []
    described = [Described(name=name, digest="d" * 64, facts=DATA | {"family": name}) for name in data]
    names = dict(zip(("small", "large"), data, strict=True))
    for (name, arm), fold in product(RECALL, range(2)):
        if arm in leave:
            continue
        key, recall = f"{name} {fold} {arm}", RECALL[name, arm][fold]
        place = {"dataset": names[name], "family": names[name], "repeat": 0, "fold": fold}
        cells.append(Cell(**place, library="lib", arm=arm, model_key=key))
        metrics = {**dict.fromkeys(METRICS, 0.5), "recall": recall}
        figures = tuple(Figure("0.5", "raw", name, value) for name, value in metrics.items())
        weights, seconds = {"no": 0.5, "yes": 2.0}, {"fit": 2.0, "fit_cpu": 1.0}
        store.save(
            Result(model_key=key, status="ok", weights=weights, digest="x", figures=figures, seconds=seconds)
        )
    store.begin_run(facts(2, "1.0"), described, cells)


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


# Figures


def test_means_are_over_data_sets_of_means_over_folds(store: Store, tmp_path: Path) -> None:
    fill(store)
    summary = write(store, tmp_path)
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


def test_a_difference_is_between_models_of_the_same_fold(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.save(Result(model_key="small 0 unweighted", status="timeout", error="late"))
    unweighted, balanced = write(store, tmp_path).rows
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
    means = metrics.groupby(["arm", "library"])["value"].mean()  # as many folds everywhere
    assert set(board.index) == {*means.index, *((arm, "all") for arm in ARMS)}
    for (arm, library), mean in means.items():
        row = board.loc[(arm, library)]
        assert row["mean"] == pytest.approx(mean)
        assert row["difference"] == pytest.approx(mean - means["unweighted", library])
        here = metrics[(metrics["arm"] == arm) & (metrics["library"] == library)]
        assert row["datasets"] == here["dataset"].nunique()
    by_arm = metrics.groupby("arm")["value"].mean()
    assert board.xs("all", level="library")["mean"].to_dict() == pytest.approx(by_arm.to_dict())


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
    raw = fitted.tables.metrics.query("rule == 'none'")
    metrics = raw.groupby(["proba", "metric", "arm"])["value"].mean()
    plain = as_plain(fitted)
    of_brier = {"arm": "balanced", "library": "all", "view": "none/fitted", "metric": "brier"}
    (row,) = (row for row in plain["leaderboard"] if of_brier.items() <= row.items())
    assert row["mean"] == pytest.approx(metrics["fitted", "brier", "balanced"])
    printed = session.as_plain(fitted.summary, Path())["losses"]
    means = {(row["metric"], row["arm"]): row["mean"] for row in printed if row["view"] == "none/fitted"}
    expected = {(name, arm): metrics["fitted", name, arm] for name, arm in means}
    assert means == pytest.approx(expected)
    assert set(means) == set(product(("log_loss", "brier"), FITTED))
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
    text = as_table(write(store, tmp_path))
    assert "…" not in text
    assert all(len(line) <= 80 for line in text.splitlines())
    words = "recall|precision|F1|accuracy|AP|ROC-AUC|log loss|fit s|0.450|+0.300"
    assert [word for word in words.split("|") if word not in text] == []


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
        of_f1 = {"regime": regime, "library": "all", "arm": "balanced", "view": "0.5/raw", "metric": "f1"}
        (row,) = (row for row in plain["leaderboard"] if of_f1.items() <= row.items())
        assert row["mean"] == pytest.approx(f1)
        of_loss = {"regime": regime, "arm": "balanced", "metric": "log_loss", "view": "none/raw"}
        (row,) = (row for row in printed["losses"] if of_loss.items() <= row.items())
        assert row["mean"] == pytest.approx(loss)
        assert f"\n{libraries[0]}, {regime}" in f"\n{terminal}"


def test_a_table_of_many_arms_is_over_all_libraries(made: Report) -> None:
    summary = made.summary
    assert "xgboost" in as_table(summary)
    text = as_table(replace(summary, rows=summary.rows * 5))
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
    figures = metrics.groupby(["dataset", "library", "arm", "rule", "proba", "metric"])["value"]
    expected, sums = figures.mean(), figures.sum()
    checked = 0
    for column, values in zip(data["columns"], data["values"], strict=True):
        rule, proba, metric = column.split("/")
        for at, value in enumerate(values):
            dataset, library, arm = (data["cells"][name][at] for name in ("dataset", "library", "arm"))
            names = data["datasets"][dataset]["name"], data["libraries"][library], data["arms"][arm]["name"]
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


# Page


def test_the_page_says_what_was_run_and_how_to_run_it_again(store: Store, tmp_path: Path) -> None:
    fill(store)
    write(store, tmp_path)
    html = (tmp_path / "report.html").read_text()
    check_alone(html)
    text, run = Page(html).text, facts(2, "1.0")
    known = [run["suite"]["title"], run["command"], "numpy 2.0", "absent not installed", "2 cores"]
    known += ["d" * 64, "s" * 64, "a/b.csv", "moved recall by\n+0.30"]
    assert [fact for fact in known if fact not in text] == []


def test_hostile_names_and_messages_stay_text(store: Store, tmp_path: Path) -> None:
    fill(store, data=(HOSTILE, "large"))
    store.save(Result(model_key="small 0 balanced", status="error", error=HOSTILE, traceback=HOSTILE))
    write(store, tmp_path)
    found = Page((tmp_path / "report.html").read_text())
    check_is_text(found, 4)
    assert json.loads(found.scripts[1])["datasets"][0]["name"] == HOSTILE


def test_failures_and_gaps_are_said(store: Store, tmp_path: Path) -> None:
    fill(store)
    store.save(Result(model_key="small 0 balanced", status="timeout", error="stopped after 60 seconds"))
    store.forget_failures()
    store.save(Result(model_key="large 0 balanced", status="error", error="E: no", traceback="line 1"))
    write(store, tmp_path)
    text = " ".join(Page((tmp_path / "report.html").read_text()).text.split())
    assert "2 of 8 cells have no figures: 1 failed (listed below), 1 were not trained yet" in text
    assert "error: E: no" in text
    assert "line 1" in text
    made = make_report(tmp_path)
    assert "2 of 8 cells have no figures" in as_table(made.summary)
    assert as_plain(made)["failures"][0]["traceback"] == "line 1"


def test_without_an_unweighted_arm_nothing_is_compared(store: Store, tmp_path: Path) -> None:
    fill(store, leave=("unweighted",))
    summary = write(store, tmp_path)
    assert [row.differences for row in summary.rows] == [{}]
    assert "moved recall" not in (tmp_path / "report.html").read_text()
    assert as_plain(make_report(tmp_path))["leaderboard"][0]["difference"] is None


def test_a_store_without_a_single_result_is_reported(store: Store, tmp_path: Path) -> None:
    fill(store)
    named = {"dataset": "small", "family": "small", "library": "lib", "arm": "balanced"}
    cells = [Cell(repeat=0, fold=0, model_key="k", **named)]
    store.begin_run(
        facts(2, "1.0"), [Described(name="small", digest="d", facts=DATA | {"family": "small"})], cells
    )
    write(store, tmp_path)
    assert "1 of 1 cells have no figures" in (tmp_path / "report.html").read_text()
    assert as_plain(make_report(tmp_path))["leaderboard"] == []


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
    found = re.findall(r'<td class="number( below)?" data-value="[^"]*">(\d+\.\d %|–)</td>', table)
    found = found[-len(shares) :]
    words = {0.0: "0.0 %", 0.09: "9.0 %", 0.1: "10.0 %"}
    assert found == [(" below" if share >= 0.1 else "", words.get(share, "–")) for share in shares]
