"""The report in a real browser: filtered, sorted and read; its numbers are what pandas finds in the files."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from benchmark.report_runs import LIBRARIES, add_own_learners, add_skill, in_regimes, write_run, write_table
from browser.chromium import HOSTILE, Load, View, as_number
from selenium.webdriver.common.keys import Keys

from benchmarks.stats.paired import Side
from benchmarks.stats.ranks import critical_difference, family_means
from boostweights.benchmark.regimes import WORDS
from boostweights.benchmark.report.board import boards
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.tables import read_tables
from boostweights.recommendation.needs import IN_WORDS

CELL = ["dataset", "library", "arm"]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), names=["set-00", HOSTILE])


def viewed(run: Path) -> pd.DataFrame:
    frame = pd.read_parquet(run / "metrics.parquet")
    return frame.assign(view=frame["rule"] + "/" + frame["proba"])


metrics = pytest.fixture(scope="module")(viewed)


def shares(view: View) -> list[float]:
    """The points of the reliability curves."""
    return sorted(float(point["share of positives"]) for point in view.points("reliability"))


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return as_page(make_report(run))


def table(view: View, name: str) -> pd.DataFrame:
    """A table as shown: its numbers without the small ones below them, in the order of its rows."""
    rows = view.run(
        "const table = document.getElementById(arguments[0]);"
        "const text = (cell) => [...cell.childNodes].filter((node) => node.tagName !== 'SMALL')"
        ".map((node) => node.textContent).join('').replace(/[↕↑↓]/g, '').trim();"
        "return [...table.rows].map((row) => [...row.cells].map(text))",
        name,
    )
    return pd.DataFrame(rows[1:], columns=rows[0]).set_index(rows[0][0])


def small(view: View, name: str, row: str) -> list[float]:
    texts = view.run(
        "return [...document.querySelectorAll(`#${arguments[0]} tr[data-arm='${arguments[1]}'] small`)]"
        ".map((one) => one.textContent)",
        name,
        row,
    )
    return [as_number(shown) for shown in texts]


def tick(view: View, name: str, label: str) -> None:
    """Click the box of a library or data set."""
    if view.field("filter").get_attribute("open") is None:
        view.all("#filter summary")[0].click()
    boxes = view.all(f"input[name={name}]")
    next(box for box in boxes if box.find_element("xpath", "..").text.split("\n")[0].strip() == label).click()


def drawn(view: View) -> None:
    view.until(lambda: view.run("return document.documentElement.dataset.drawn === 'true'"))


def expected(metrics: pd.DataFrame, view: str, metric: str) -> pd.DataFrame:
    """Means by arm (rows) and library, and over both."""
    chosen = metrics[(metrics["view"] == view) & (metrics["metric"] == metric)]
    means = chosen.groupby(CELL)["value"].mean()
    wide = means.groupby(["arm", "library"]).mean().unstack("library")
    return wide.assign(all=means.groupby("arm").mean())


def shows(view: View, name: str, figures: pd.DataFrame) -> None:
    found = table(view, name)
    for arm, row in figures.iterrows():
        for column, value in row.items():
            assert as_number(found.loc[arm, column]) == pytest.approx(value, abs=5.1e-4, nan_ok=True)


def test_the_leaderboard_shows_the_tables_means_and_differences(
    load: Load, page: str, metrics: pd.DataFrame
) -> None:
    view = load(page)
    wide = expected(metrics, "0.5/raw", "f1")
    shows(view, "board", wide)
    change = wide.loc["balanced"] - wide.loc["unweighted"]
    assert small(view, "board", "balanced") == pytest.approx(change[["all", *LIBRARIES]].tolist(), abs=5.1e-4)
    assert small(view, "board", "unweighted") == []
    view.choose("metric", "log loss")
    shows(view, "board", expected(metrics, "none/raw", "log_loss"))
    view.choose("view", "corrected")
    corrected = expected(metrics, "none/corrected", "log_loss")
    shows(view, "board", corrected)  # which has no row unweighted
    plain = expected(metrics, "none/raw", "log_loss").loc[["unweighted"]]
    shows(view, "board", plain)
    assert "log loss, corrected" in view.all("[data-says=figure]")[0].text
    assert view.complaints() == []


def test_mean_ranks_are_those_of_the_statistics(load: Load, page: str, metrics: pd.DataFrame) -> None:
    view = load(page)
    sides = [Side(arm=arm) for arm in ("unweighted", "power_0.25", "balanced", "costs")]
    ranks = critical_difference(family_means(metrics, sides, "f1"))
    shown = table(view, "board")["mean rank"].map(as_number)
    for side, rank in ranks.mean_ranks.items():
        assert shown[side.removesuffix(" at 0.5")] == pytest.approx(rank, abs=5.1e-3)
    assert np.isnan(shown["native"])
    sentence = view.text("ranks-text")
    assert f"Critical difference {ranks.width:.2f}" in sentence
    assert "over 11 families" in sentence


def test_learners_of_their_own_leave_the_ranks_as_they_are(load: Load, page: str, tmp_path: Path) -> None:
    before = table(load(page), "board")["mean rank"].to_dict()
    run = add_own_learners(write_run(tmp_path, names=["set-00", HOSTILE]))
    shown = table(load(as_page(make_report(run))), "board")
    assert "imblearn" in shown
    assert shown["mean rank"].to_dict() == before
    assert as_number(before["balanced"]) > 1


def test_filters_leave_what_is_ticked(load: Load, page: str, metrics: pd.DataFrame) -> None:
    view = load(page)
    tick(view, "library", "xgboost")
    tick(view, "dataset", "set-05")
    kept = metrics[(metrics["library"] == "lightgbm") & (metrics["dataset"] != "set-05")]
    shows(view, "board", expected(kept, "0.5/raw", "f1"))
    assert "xgboost" not in table(view, "board").columns
    assert "set-05" not in table(view, "heat").index
    assert view.text("filter-text") == "11 data sets of 10 families, 1 library"
    view.choose("task", "multiclass")
    shows(view, "board", expected(kept[kept["dataset"] == "set-00"], "0.5/raw", "f1"))
    assert table(view, "heat").index.tolist() == ["set-00"]
    assert "tell nothing apart" in view.text("ranks-text")
    tick(view, "library", "lightgbm")
    assert view.field("nothing").is_displayed()
    assert view.complaints() == []


def test_data_sets_are_found_by_family_and_unticked_together(load: Load, page: str) -> None:
    view = load(page)
    view.all("#filter summary")[0].click()
    view.field("search").send_keys("family-10")
    view.field("none").click()
    assert not {"set-10", "set-11"} & set(table(view, "heat").index)
    assert len(table(view, "heat")) == 10


@pytest.mark.parametrize("keys", ["a click", "the keyboard"])
def test_headings_sort_best_first_then_worst_first(load: Load, page: str, keys: str) -> None:
    view = load(page)

    def press(name: str) -> None:
        heads = view.all("#board thead button")
        head = next(head for head in heads if head.text.startswith(name))
        head.click() if keys == "a click" else head.send_keys(Keys.ENTER)

    press("all")
    values = table(view, "board")["all"].map(as_number).tolist()
    assert values == sorted(values, reverse=True)
    press("all")
    assert table(view, "board")["all"].map(as_number).tolist() == values[::-1]
    sorts = view.all("#board th[aria-sort=ascending]")
    assert [head.text.rstrip("↑ ") for head in sorts] == ["all"]
    view.choose("metric", "recall")  # the order asked for stays
    values = table(view, "board")["all"].map(as_number).tolist()
    assert values == sorted(values)
    press("xgboost")
    assert table(view, "board")["xgboost"].iloc[-1] == "–"  # the arm that it lacks goes last


def test_the_heat_map_and_the_bins_hold_differences(load: Load, page: str, metrics: pd.DataFrame) -> None:
    view = load(page)
    view.choose("metric", "recall")
    chosen = metrics[(metrics["view"] == "0.5/raw") & (metrics["metric"] == "recall")]
    by_set = chosen.groupby(CELL)["value"].mean().groupby(["dataset", "arm"]).mean().unstack("arm")
    change = by_set["balanced"] - by_set["unweighted"]
    heat = table(view, "heat")
    by_imbalance = ["set-00", HOSTILE, *(f"set-{at:02d}" for at in range(2, 12))]
    assert heat.index.tolist() == by_imbalance
    assert heat["balanced"].map(as_number).tolist() == pytest.approx(change[heat.index].tolist(), abs=5.1e-3)
    view.choose("heat-what", "value")
    heat = table(view, "heat")
    means = by_set.loc[heat.index, "balanced"].tolist()
    assert heat["balanced"].map(as_number).tolist() == pytest.approx(means, abs=5.1e-4)
    bins = table(view, "bins").loc["balanced"]
    assert as_number(bins["below 5 (2 sets)"]) == pytest.approx(
        change[["set-00", HOSTILE]].mean(), abs=5.1e-4
    )


def test_the_weight_moves_the_confusion_matrix(load: Load, page: str, metrics: pd.DataFrame) -> None:
    view = load(page)
    slider = view.field("sweep-arm")
    for arm, key in (("unweighted", Keys.HOME), ("power_0.25", Keys.ARROW_RIGHT), ("balanced", Keys.END)):
        slider.send_keys(key)
        counts = metrics[(metrics["view"] == "0.5/raw") & (metrics["arm"] == arm)]
        sums = counts[counts["metric"].isin(["tn", "fp", "fn", "tp"])].pivot_table(
            index=CELL, columns="metric", values="value", aggfunc="sum"
        )
        expected_counts = (1000 * sums.div(sums.sum(axis=1), axis=0)).mean()
        shown = {name: view.number(name) for name in expected_counts.index}
        assert shown == pytest.approx(expected_counts.to_dict(), abs=0.051)
        assert view.text("sweep-arm-text").startswith(arm)
        assert slider.get_attribute("aria-valuetext").startswith(arm)


def test_costs_of_ones_own_make_another_arm_the_cheapest(
    load: Load, page: str, metrics: pd.DataFrame
) -> None:
    view = load(page)
    names = {"0.5/raw": "most probable class (.5)", "cost/corrected": "threshold of costs, corrected"}
    for fn, fp in ((8, 1), (3, 2)):
        view.fill("fn-cost", str(fn))
        view.fill("fp-cost", str(fp))
        shown = table(view, "costs")
        for seen, heading in names.items():
            counts = metrics[(metrics["view"] == seen) & (metrics["arm"] == "balanced")]
            sums = counts.pivot_table(index=CELL, columns="metric", values="value", aggfunc="sum")
            total = sums[["tn", "fp", "fn", "tp"]].sum(axis=1)
            cost = (1000 * (fn * sums["fn"] + fp * sums["fp"]) / total).mean()
            assert as_number(shown.loc["balanced", heading]) == pytest.approx(cost, rel=1e-3)
    view.fill("fp-cost", Keys.DELETE)
    assert "last good one" in view.text("message")
    assert view.complaints() == []


def test_every_chart_is_drawn_and_follows(load: Load, page: str) -> None:
    view = load(page)
    before = view.charts()
    assert len(before) == 8
    assert all("<svg" in chart for chart in before.values())
    view.choose("metric", "recall")
    drawn(view)
    after = view.charts()
    assert {name for name in before if before[name] != after[name]} == {"ranks", "effect", "sweep"}
    tick(view, "library", "xgboost")
    drawn(view)
    assert {name for name in before if after[name] != view.charts()[name]} == set(before)
    assert view.complaints() == []


def test_curves_are_those_of_the_chosen_data_set_and_arm(load: Load, page: str, run: Path) -> None:
    view = load(page)
    curves = pd.read_parquet(run / "curves.parquet")
    assert view.offered("curves-data") == curves["dataset"].drop_duplicates().tolist()
    arms = ["unweighted", "power_0.25", "balanced", "costs"]  # native parameters do something else
    assert view.offered("curves-arm") == arms
    for arm, kinds in (("costs", 2), ("unweighted", 1)):
        view.choose("curves-data", "set-03")
        view.choose("curves-arm", arm)
        drawn(view)
        of = curves[(curves["dataset"] == "set-03") & (curves["arm"] == arm)]
        reliability = of[of["curve"] == "reliability"]
        assert len(reliability) == 5 * len(LIBRARIES) * kinds
        assert shares(view) == pytest.approx(sorted(reliability["y"]), rel=5e-3, abs=1e-9)
        lines = view.all("[data-chart=recall] .mark-line path")
        assert len(lines) == len(LIBRARIES) * kinds  # beside a weighted arm, the unweighted curve
    assert view.complaints() == []


def test_fitted_probabilities_stand_beside_the_analytic_ones(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=3, folds=2, fitted=("unweighted", "balanced"))
    frame, view = viewed(run), load(as_page(make_report(run)))
    trained, fitted = (expected(frame, f"none/{kind}", "log_loss")["all"] for kind in ("raw", "fitted"))
    found = table(view, "losses").map(as_number)
    assert found.columns.tolist() == ["as trained", "corrected", "fitted"]
    for arm in ("unweighted", "balanced"):
        assert found.loc[arm, "fitted"] == pytest.approx(fitted[arm], abs=5.1e-4)
    assert np.isnan(found.loc["costs", "fitted"])
    dots = [point for point in view.points("calibration") if point["kind"] == "fitted"]
    changes = {arm: fitted[arm] - trained["unweighted"] for arm in ("unweighted", "balanced")}
    assert {dot["arm"]: float(dot["value"]) for dot in dots} == pytest.approx(changes, rel=5e-3)
    curves = pd.read_parquet(run / "curves.parquet")
    of = curves[(curves["dataset"] == "set-01") & (curves["arm"] == "unweighted")]
    view.choose("curves-data", "set-01")
    view.choose("curves-arm", "unweighted")
    drawn(view)
    wanted = of.loc[of["curve"] == "reliability", "y"]
    assert len(wanted) == 2 * 5 * len(LIBRARIES)
    assert shares(view) == pytest.approx(sorted(wanted), rel=5e-3)
    view.choose("metric", "log loss")
    view.choose("view", "fitted")
    shows(view, "board", expected(frame, "none/fitted", "log_loss"))
    assert view.complaints() == []


def test_what_is_best_follows_the_need_and_the_library(load: Load, page: str, run: Path) -> None:
    found = {(board.goal, board.library): board for board in boards(read_tables(run))}
    view = load(page)
    for goal, library in (("decisions", "all"), ("probabilities", "all"), ("ranking", "xgboost")):
        view.choose("goal", IN_WORDS[goal])
        view.choose("board-library", "all together" if library == "all" else library)
        ways = found[goal, library].ways
        shown = table(view, "best-table").reset_index()
        assert shown["trained as"].tolist() == [way.arm for way in ways]
        assert shown["decided by"].tolist() == [way.decided for way in ways]
        assert shown.iloc[:, 3].map(as_number).tolist() == pytest.approx(
            [way.value for way in ways], abs=5.1e-4
        )
        differences = [np.nan if way.difference is None else way.difference for way in ways]
        assert shown["difference"].map(as_number).tolist() == pytest.approx(
            differences, abs=5.1e-4, nan_ok=True
        )
        places = [str(at) if way.standing else "–" for at, way in enumerate(ways, 1)]
        assert shown.iloc[:, 0].tolist() == places
        bold = view.all("#best-table tr.best th")
        assert [one.text for one in bold] == [ways[0].arm]
    assert view.complaints() == []


def test_what_is_worse_than_the_class_shares_is_marked(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=3)
    skill = add_skill(run)
    skill = skill[skill["proba"] == "raw"]
    view = load(as_page(make_report(run)))
    view.choose("metric", "log loss")
    view.choose("heat-what", "value")
    by_cell = skill.groupby(["dataset", "arm", "library"])["value"].mean()
    marked = view.all("#heat td.below")
    assert len(marked) == (by_cell.groupby(["dataset", "arm"]).mean() < 0).sum() > 0
    assert {one.get_attribute("title") for one in marked} == {"worse than the class shares"}
    view.choose("metric", "F1")
    assert view.all(".below") == []
    view.choose("goal", "honest probabilities")
    words = [one.text for one in view.all("#best-table td small")]
    ways = next(each for each in boards(read_tables(run)) if each.goal == "probabilities").ways
    assert [each for each in words if "shares" in each] == [way.mark for way in ways if way.mark]


def test_nothing_is_bold_that_ran_in_one_library_alone(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=2)
    metrics = pd.read_parquet(run / "metrics.parquet")
    better = (metrics["arm"] == "native") & (metrics["metric"] == "f1")
    write_table(metrics.assign(value=metrics["value"] + 0.5 * better), run, "metrics")
    view = load(as_page(make_report(run)))
    view.choose("explored", "F1")
    for name in ("board", "costs"):
        rows = view.all(f"#{name} tr:has(.best)")
        assert rows
        assert "native" not in [row.get_attribute("data-arm") for row in rows]


def test_the_first_table_needs_no_script(page: str, run: Path) -> None:
    first = boards(read_tables(run))[0]
    rows = re.findall(r'<th scope="row" data-label="trained as">(.*?)</th>', page)
    assert rows == [way.arm for way in first.ways]


def test_the_figures_are_of_one_regime(load: Load, tmp_path: Path) -> None:
    run = in_regimes(write_run(tmp_path, families=2))
    figures = viewed(run)
    curves = pd.read_parquet(run / "curves.parquet").query("curve == 'reliability' and arm == 'balanced'")
    view = load(as_page(make_report(run)))
    for regime, libraries in (("tuned", LIBRARIES[:1]), ("default", LIBRARIES)):
        view.choose("trained", WORDS[regime])
        for menu in ("effect-arm", "curves-arm"):
            arms = {*view.offered(menu)} & {"balanced", "unweighted", "costs"}
            plain, costs = {"unweighted"} if menu == "curves-arm" else set(), {"costs"}
            assert arms == {"balanced"} | plain | (costs if regime == "default" else set())
        shown = table(view, "board")
        assert shown.columns.tolist()[:-2] == ["all", *libraries]
        means = expected(figures[figures["regime"] == regime], "0.5/raw", "f1")
        shows(view, "board", means)
        change = (means.loc["balanced"] - means.loc["unweighted"])[["all", *libraries]]
        assert small(view, "board", "balanced") == pytest.approx(change.tolist(), abs=5.1e-4)
        drawn(view)
        ranks = view.field("ranks-figure")
        assert ranks.is_displayed() == (regime == "default")  # two arms have no ranks
        if ranks.is_displayed():
            assert ranks.find_element("css selector", "svg").rect["width"] > 250
        here = curves[(curves["regime"] == regime) & (curves["dataset"] == curves["dataset"].iloc[0])]
        assert shares(view) == pytest.approx(sorted(here["y"]), rel=5e-3, abs=1e-9)
        legends = view.all("#sweep-section .legend li")
        assert [one.text for one in legends if one.is_displayed()] == list(libraries)
    assert view.complaints() == []
