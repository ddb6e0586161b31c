"""The report in a real browser: filtered, sorted and read; its numbers are what pandas finds in the files."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from benchmark.report_runs import LIBRARIES, add_own_learners, add_skill, in_regimes, write_run, write_table
from browser.chromium import complaints, requests
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import Select, WebDriverWait

from benchmarks.stats.paired import Side
from benchmarks.stats.ranks import critical_difference, family_means
from boostweights.benchmark.regimes import WORDS
from boostweights.benchmark.report.board import GOALS, boards
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.tables import read_tables
from boostweights.recommendation.needs import IN_WORDS

READY = "document.documentElement.dataset.ready === 'true'"
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
CELL = ["dataset", "library", "arm"]
Load = Callable[..., Any]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_run(tmp_path_factory.mktemp("run"), names=["set-00", HOSTILE])


@pytest.fixture(scope="module")
def metrics(run: Path) -> pd.DataFrame:
    frame = pd.read_parquet(run / "metrics.parquet")
    return frame.assign(view=frame["rule"] + "/" + frame["proba"])


@pytest.fixture(scope="module")
def page(run: Path) -> str:
    return as_page(make_report(run))


def table(driver: Any, name: str) -> pd.DataFrame:
    """A table as shown: its numbers without the small ones below them, in the order of its rows."""
    rows = driver.execute_script(
        "const table = document.getElementById(arguments[0]);"
        "const text = (cell) => [...cell.childNodes].filter((node) => node.tagName !== 'SMALL')"
        ".map((node) => node.textContent).join('').replace(/[↕↑↓]/g, '').trim();"
        "return [...table.rows].map((row) => [...row.cells].map(text))",
        name,
    )
    return pd.DataFrame(rows[1:], columns=rows[0]).set_index(rows[0][0])


def small(driver: Any, name: str, row: str) -> list[float]:
    texts = driver.execute_script(
        "return [...document.querySelectorAll(`#${arguments[0]} tr[data-arm='${arguments[1]}'] small`)]"
        ".map((one) => one.textContent)",
        name,
        row,
    )
    return [number(text) for text in texts]


def number(text: str) -> float:
    return float(text.replace("−", "-").replace(",", "")) if text not in ("–", "") else float("nan")


def choose(driver: Any, name: str, text: str) -> None:
    Select(driver.find_element(By.ID, name)).select_by_visible_text(text)


def tick(driver: Any, name: str, text: str) -> None:
    """Click the box of a library or data set."""
    if driver.find_element(By.ID, "filter").get_attribute("open") is None:
        driver.find_element(By.CSS_SELECTOR, "#filter summary").click()
    boxes = driver.find_elements(By.CSS_SELECTOR, f"input[name={name}]")
    next(box for box in boxes if box.find_element(By.XPATH, "..").text.split("\n")[0].strip() == text).click()


def drawn(driver: Any) -> None:
    WebDriverWait(driver, 5, poll_frequency=0.02).until(
        lambda _: driver.execute_script("return document.documentElement.dataset.drawn === 'true'")
    )


def expected(metrics: pd.DataFrame, view: str, metric: str) -> pd.DataFrame:
    """Means by arm (rows) and library, and over both."""
    chosen = metrics[(metrics["view"] == view) & (metrics["metric"] == metric)]
    means = chosen.groupby(CELL)["value"].mean()
    wide = means.groupby(["arm", "library"]).mean().unstack("library")
    return wide.assign(all=means.groupby("arm").mean())


def shows(driver: Any, name: str, figures: pd.DataFrame) -> None:
    found = table(driver, name)
    for arm, row in figures.iterrows():
        for column, value in row.items():
            assert number(found.loc[arm, column]) == pytest.approx(value, abs=5.1e-4, nan_ok=True)


def test_the_leaderboard_shows_the_tables_means_and_differences(
    load: Load, page: str, metrics: pd.DataFrame
) -> None:
    driver = load(page, ready=READY)
    wide = expected(metrics, "0.5/raw", "f1")
    shows(driver, "board", wide)
    change = wide.loc["balanced"] - wide.loc["unweighted"]
    assert small(driver, "board", "balanced") == pytest.approx(
        change[["all", *LIBRARIES]].tolist(), abs=5.1e-4
    )
    assert small(driver, "board", "unweighted") == []
    choose(driver, "metric", "log loss")
    shows(driver, "board", expected(metrics, "none/raw", "log_loss"))
    choose(driver, "view", "corrected")
    corrected = expected(metrics, "none/corrected", "log_loss")
    shows(driver, "board", corrected)  # which has no row unweighted
    plain = expected(metrics, "none/raw", "log_loss").loc[["unweighted"]]
    shows(driver, "board", plain)
    assert "log loss, corrected" in driver.find_element(By.CSS_SELECTOR, "[data-says=figure]").text
    assert complaints(driver) == []
    assert requests(driver) == []


def test_mean_ranks_are_those_of_the_statistics(load: Load, page: str, metrics: pd.DataFrame) -> None:
    driver = load(page, ready=READY)
    sides = [Side(arm=arm) for arm in ("unweighted", "power_0.25", "balanced", "costs")]
    ranks = critical_difference(family_means(metrics, sides, "f1"))
    shown = table(driver, "board")["mean rank"].map(number)
    for side, rank in ranks.mean_ranks.items():
        assert shown[side.removesuffix(" at 0.5")] == pytest.approx(rank, abs=5.1e-3)
    assert np.isnan(shown["native"])
    text = driver.find_element(By.ID, "ranks-text").text
    assert f"Critical difference {ranks.width:.2f}" in text
    assert "over 11 families" in text


def test_learners_of_their_own_leave_the_ranks_as_they_are(load: Load, page: str, tmp_path: Path) -> None:
    before = table(load(page, ready=READY), "board")["mean rank"].to_dict()
    run = add_own_learners(write_run(tmp_path, names=["set-00", HOSTILE]))
    shown = table(load(as_page(make_report(run)), ready=READY), "board")
    assert "imblearn" in shown
    assert shown["mean rank"].to_dict() == before
    assert number(before["balanced"]) > 1


def test_filters_leave_what_is_ticked(load: Load, page: str, metrics: pd.DataFrame) -> None:
    driver = load(page, ready=READY)
    tick(driver, "library", "xgboost")
    tick(driver, "dataset", "set-05")
    kept = metrics[(metrics["library"] == "lightgbm") & (metrics["dataset"] != "set-05")]
    shows(driver, "board", expected(kept, "0.5/raw", "f1"))
    assert "xgboost" not in table(driver, "board").columns
    assert "set-05" not in table(driver, "heat").index
    assert driver.find_element(By.ID, "filter-text").text == "11 data sets of 10 families, 1 library"
    choose(driver, "task", "multiclass")
    shows(driver, "board", expected(kept[kept["dataset"] == "set-00"], "0.5/raw", "f1"))
    assert table(driver, "heat").index.tolist() == ["set-00"]
    assert "tell nothing apart" in driver.find_element(By.ID, "ranks-text").text
    tick(driver, "library", "lightgbm")
    assert driver.find_element(By.ID, "nothing").is_displayed()
    assert complaints(driver) == []


def test_data_sets_are_found_by_family_and_unticked_together(load: Load, page: str) -> None:
    driver = load(page, ready=READY)
    driver.find_element(By.CSS_SELECTOR, "#filter summary").click()
    driver.find_element(By.ID, "search").send_keys("family-10")
    driver.find_element(By.ID, "none").click()
    assert not {"set-10", "set-11"} & set(table(driver, "heat").index)
    assert len(table(driver, "heat")) == 10


@pytest.mark.parametrize("keys", ["a click", "the keyboard"])
def test_headings_sort_best_first_then_worst_first(load: Load, page: str, keys: str) -> None:
    driver = load(page, ready=READY)

    def press(text: str) -> None:
        heads = driver.find_elements(By.CSS_SELECTOR, "#board thead button")
        head = next(head for head in heads if head.text.startswith(text))
        head.click() if keys == "a click" else head.send_keys(Keys.ENTER)

    press("all")
    values = table(driver, "board")["all"].map(number).tolist()
    assert values == sorted(values, reverse=True)
    press("all")
    assert table(driver, "board")["all"].map(number).tolist() == values[::-1]
    sorts = driver.find_elements(By.CSS_SELECTOR, "#board th[aria-sort=ascending]")
    assert [head.text.rstrip("↑ ") for head in sorts] == ["all"]
    choose(driver, "metric", "recall")  # the order asked for stays
    values = table(driver, "board")["all"].map(number).tolist()
    assert values == sorted(values)
    press("xgboost")
    assert table(driver, "board")["xgboost"].iloc[-1] == "–"  # the arm that it lacks goes last


def test_the_heat_map_and_the_bins_hold_differences(load: Load, page: str, metrics: pd.DataFrame) -> None:
    driver = load(page, ready=READY)
    choose(driver, "metric", "recall")
    chosen = metrics[(metrics["view"] == "0.5/raw") & (metrics["metric"] == "recall")]
    by_set = chosen.groupby(CELL)["value"].mean().groupby(["dataset", "arm"]).mean().unstack("arm")
    change = by_set["balanced"] - by_set["unweighted"]
    heat = table(driver, "heat")
    assert heat.index.tolist() == [
        "set-00",
        HOSTILE,
        *(f"set-{at:02d}" for at in range(2, 12)),
    ]  # by imbalance
    assert heat["balanced"].map(number).tolist() == pytest.approx(change[heat.index].tolist(), abs=5.1e-3)
    choose(driver, "heat-what", "value")
    heat = table(driver, "heat")
    assert heat["balanced"].map(number).tolist() == pytest.approx(
        by_set.loc[heat.index, "balanced"].tolist(), abs=5.1e-4
    )
    bins = table(driver, "bins").loc["balanced"]
    assert number(bins["below 5 (2 sets)"]) == pytest.approx(change[["set-00", HOSTILE]].mean(), abs=5.1e-4)


def test_the_weight_moves_the_confusion_matrix(load: Load, page: str, metrics: pd.DataFrame) -> None:
    driver = load(page, ready=READY)
    slider = driver.find_element(By.ID, "sweep-arm")
    for arm, key in (("unweighted", Keys.HOME), ("power_0.25", Keys.ARROW_RIGHT), ("balanced", Keys.END)):
        slider.send_keys(key)
        counts = metrics[(metrics["view"] == "0.5/raw") & (metrics["arm"] == arm)]
        sums = counts[counts["metric"].isin(["tn", "fp", "fn", "tp"])].pivot_table(
            index=CELL, columns="metric", values="value", aggfunc="sum"
        )
        shares = (1000 * sums.div(sums.sum(axis=1), axis=0)).mean()
        shown = {name: number(driver.find_element(By.ID, name).text) for name in shares.index}
        assert shown == pytest.approx(shares.to_dict(), abs=0.051)
        assert driver.find_element(By.ID, "sweep-arm-text").text.startswith(arm)
        assert slider.get_attribute("aria-valuetext").startswith(arm)


def test_costs_of_ones_own_make_another_arm_the_cheapest(
    load: Load, page: str, metrics: pd.DataFrame
) -> None:
    driver = load(page, ready=READY)
    names = {"0.5/raw": "most probable class (.5)", "cost/corrected": "threshold of costs, corrected"}
    for fn, fp in ((8, 1), (3, 2)):
        for name, value in (("fn-cost", fn), ("fp-cost", fp)):
            field = driver.find_element(By.ID, name)
            field.send_keys(Keys.CONTROL + "a")
            field.send_keys(str(value))
        shown = table(driver, "costs")
        for view, heading in names.items():
            counts = metrics[(metrics["view"] == view) & (metrics["arm"] == "balanced")]
            sums = counts.pivot_table(index=CELL, columns="metric", values="value", aggfunc="sum")
            total = sums[["tn", "fp", "fn", "tp"]].sum(axis=1)
            cost = (1000 * (fn * sums["fn"] + fp * sums["fp"]) / total).mean()
            assert number(shown.loc["balanced", heading]) == pytest.approx(cost, rel=1e-3)
    field.send_keys(Keys.CONTROL + "a", Keys.DELETE)
    assert "last good one" in driver.find_element(By.ID, "message").text
    assert complaints(driver) == []


def test_every_chart_is_drawn_and_follows(load: Load, page: str) -> None:
    driver = load(page, ready=READY)

    def charts() -> dict[str, str]:
        return driver.execute_script(
            "return Object.fromEntries([...document.querySelectorAll('[data-chart]')]"
            ".map((place) => [place.dataset.chart, place.innerHTML]))"
        )

    before = charts()
    assert len(before) == 8
    assert all("<svg" in chart for chart in before.values())
    choose(driver, "metric", "recall")
    drawn(driver)
    after = charts()
    assert {name for name in before if before[name] != after[name]} == {"ranks", "effect", "sweep"}
    tick(driver, "library", "xgboost")
    drawn(driver)
    assert {name for name in before if after[name] != charts()[name]} == set(before)
    assert complaints(driver) == []


def test_curves_are_those_of_the_chosen_data_set_and_arm(load: Load, page: str, run: Path) -> None:
    driver = load(page, ready=READY)
    points = pd.read_parquet(run / "curves.parquet")
    offered = [one.text for one in Select(driver.find_element(By.ID, "curves-data")).options]
    assert offered == points["dataset"].drop_duplicates().tolist()
    arms = [one.text for one in Select(driver.find_element(By.ID, "curves-arm")).options]
    assert arms == ["unweighted", "power_0.25", "balanced", "costs"]  # native parameters do something else
    for arm, curves in (("costs", 2), ("unweighted", 1)):
        choose(driver, "curves-data", "set-03")
        choose(driver, "curves-arm", arm)
        drawn(driver)
        of = points[(points["dataset"] == "set-03") & (points["arm"] == arm)]
        reliability = of[of["curve"] == "reliability"]
        assert len(reliability) == 5 * len(LIBRARIES) * curves
        shown = driver.execute_script(
            "return [...document.querySelectorAll('[data-chart=reliability] .mark-symbol path')]"
            ".map((dot) => dot.getAttribute('aria-label'))"
        )
        assert sorted(map(_share, shown)) == pytest.approx(sorted(reliability["y"]), rel=5e-3, abs=1e-9)
        lines = driver.find_elements(By.CSS_SELECTOR, "[data-chart=recall] .mark-line path")
        assert len(lines) == len(LIBRARIES) * curves  # beside a weighted arm, the unweighted curve
    assert complaints(driver) == []


def test_fitted_probabilities_stand_beside_the_analytic_ones(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=3, folds=2, fitted=("unweighted", "balanced"))
    frame = pd.read_parquet(run / "metrics.parquet")
    frame = frame.assign(view=frame["rule"] + "/" + frame["proba"])
    driver = load(as_page(make_report(run)), ready=READY)
    trained, fitted = (expected(frame, f"none/{kind}", "log_loss")["all"] for kind in ("raw", "fitted"))
    found = table(driver, "losses").map(number)
    assert found.columns.tolist() == ["as trained", "corrected", "fitted"]
    for arm in ("unweighted", "balanced"):
        assert found.loc[arm, "fitted"] == pytest.approx(fitted[arm], abs=5.1e-4)
    assert np.isnan(found.loc["costs", "fitted"])
    shown = driver.execute_script(
        "return [...document.querySelectorAll('[data-chart=calibration] .mark-symbol path')]"
        ".map((dot) => dot.getAttribute('aria-label'))"
    )
    changes = {
        found[2]: number(found[1])
        for label in shown
        if (found := re.search(r"value: ([-\d.e−]+); arm: (\w+); kind: fitted", label))
    }
    assert changes == pytest.approx(
        {arm: fitted[arm] - trained["unweighted"] for arm in ("unweighted", "balanced")}, rel=5e-3
    )
    points = pd.read_parquet(run / "curves.parquet")
    of = points[(points["dataset"] == "set-01") & (points["arm"] == "unweighted")]
    choose(driver, "curves-data", "set-01")
    choose(driver, "curves-arm", "unweighted")
    drawn(driver)
    labels = driver.execute_script(
        "return [...document.querySelectorAll('[data-chart=reliability] .mark-symbol path')]"
        ".map((dot) => dot.getAttribute('aria-label'))"
    )
    wanted = of.loc[of["curve"] == "reliability", "y"]
    assert len(wanted) == 2 * 5 * len(LIBRARIES)
    assert sorted(map(_share, labels)) == pytest.approx(sorted(wanted), rel=5e-3)
    choose(driver, "metric", "log loss")
    choose(driver, "view", "fitted")
    shows(driver, "board", expected(frame, "none/fitted", "log_loss"))
    assert complaints(driver) == []


def _share(label: str) -> float:
    found = re.search(r"share of positives: ([-\d.e−]+)", label)
    assert found is not None, label
    return number(found[1])


def test_names_from_the_data_stay_text(load: Load, page: str) -> None:
    driver = load(page, ready=READY)
    assert driver.find_elements(By.TAG_NAME, "img") == []
    assert len(driver.find_elements(By.TAG_NAME, "script")) == 4
    assert HOSTILE in table(driver, "heat").index
    assert HOSTILE in driver.find_element(By.ID, "datasets").text
    choose(driver, "trade-data", HOSTILE)
    assert complaints(driver) == []  # an alert would also have stopped the lines above


def test_what_is_best_follows_the_need_and_the_library(load: Load, page: str, run: Path) -> None:
    found = {(board.goal, board.library): board for board in boards(read_tables(run))}
    driver = load(page, ready=READY)
    for need, library in (
        ("the best F1", "all"),
        ("honest probabilities", "all"),
        ("the best ranking", "xgboost"),
    ):
        choose(driver, "goal", need)
        choose(driver, "board-library", "all together" if library == "all" else library)
        goal = next(name for name in GOALS if IN_WORDS.get(name) == need)
        ways = found[goal, library].ways
        shown = table(driver, "best-table").reset_index()
        assert shown["trained as"].tolist() == [way.arm for way in ways]
        assert shown["decided by"].tolist() == [way.decided for way in ways]
        assert shown.iloc[:, 3].map(number).tolist() == pytest.approx([way.value for way in ways], abs=5.1e-4)
        differences = [np.nan if way.difference is None else way.difference for way in ways]
        assert shown["difference"].map(number).tolist() == pytest.approx(differences, abs=5.1e-4, nan_ok=True)
        assert shown.iloc[:, 0].tolist() == [
            str(at) if way.standing else "–" for at, way in enumerate(ways, 1)
        ]
        bold = driver.find_elements(By.CSS_SELECTOR, "#best-table tr.best th")
        assert [one.text for one in bold] == [ways[0].arm]
    assert complaints(driver) == []


def test_what_is_worse_than_the_class_shares_is_marked(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=3)
    skill = add_skill(run)
    skill = skill[skill["proba"] == "raw"]
    driver = load(as_page(make_report(run)), ready=READY)
    choose(driver, "metric", "log loss")
    choose(driver, "heat-what", "value")
    by_cell = skill.groupby(["dataset", "arm", "library"])["value"].mean()
    marked = driver.find_elements(By.CSS_SELECTOR, "#heat td.below")
    assert len(marked) == (by_cell.groupby(["dataset", "arm"]).mean() < 0).sum() > 0
    assert {one.get_attribute("title") for one in marked} == {"worse than the class shares"}
    choose(driver, "metric", "F1")
    assert driver.find_elements(By.CSS_SELECTOR, ".below") == []
    choose(driver, "goal", "honest probabilities")
    words = [one.text for one in driver.find_elements(By.CSS_SELECTOR, "#best-table td small")]
    ways = next(each for each in boards(read_tables(run)) if each.goal == "probabilities").ways
    assert [each for each in words if "shares" in each] == [way.mark for way in ways if way.mark]


def test_nothing_is_bold_that_ran_in_one_library_alone(load: Load, tmp_path: Path) -> None:
    run = write_run(tmp_path, families=2)
    metrics = pd.read_parquet(run / "metrics.parquet")
    better = (metrics["arm"] == "native") & (metrics["metric"] == "f1")
    write_table(metrics.assign(value=metrics["value"] + 0.5 * better), run, "metrics")
    driver = load(as_page(make_report(run)), ready=READY)
    choose(driver, "explored", "F1")
    for name in ("board", "costs"):
        rows = driver.find_elements(By.CSS_SELECTOR, f"#{name} tr:has(.best)")
        assert rows
        assert "native" not in [row.get_attribute("data-arm") for row in rows]


def test_the_first_table_needs_no_script(page: str, run: Path) -> None:
    first = boards(read_tables(run))[0]
    rows = re.findall(r'<th scope="row" data-label="trained as">(.*?)</th>', page)
    assert rows == [way.arm for way in first.ways]


def test_charts_are_as_wide_as_a_phone_lets_them_be(load: Load, page: str) -> None:
    driver = load(page, width=390, ready=READY)
    charts = driver.find_elements(By.CSS_SELECTOR, "[data-chart] svg")
    assert len(charts) == 8
    assert all(250 < chart.rect["width"] <= 390 for chart in charts)


def test_dark_follows_the_reader(load: Load, page: str) -> None:
    driver = load(page, dark=True, ready=READY)
    paper, ink = driver.execute_script(
        "const label = document.querySelector('[data-chart=sweep] .role-axis-label text');"
        "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(label).fill]"
    )
    assert sum(map(int, paper[4:-1].split(","))) < 200
    assert sum(map(int, ink[4:-1].split(","))) > 600


def test_the_figures_are_of_one_regime(load: Load, tmp_path: Path) -> None:
    run = in_regimes(write_run(tmp_path, families=2))
    figures = pd.read_parquet(run / "metrics.parquet")
    figures = figures.assign(view=figures["rule"] + "/" + figures["proba"])
    points = pd.read_parquet(run / "curves.parquet").query("curve == 'reliability' and arm == 'balanced'")
    driver = load(as_page(make_report(run)), ready=READY)
    for regime, libraries in (("tuned", LIBRARIES[:1]), ("default", LIBRARIES)):
        choose(driver, "trained", WORDS[regime])
        for menu in ("effect-arm", "curves-arm"):
            offered = [one.text for one in Select(driver.find_element(By.ID, menu)).options]
            assert ("balanced" in offered, "unweighted" in offered) == (True, menu == "curves-arm")
            assert ("costs" in offered) == (regime == "default")
        shown = table(driver, "board")
        assert shown.columns.tolist()[:-2] == ["all", *libraries]
        means = expected(figures[figures["regime"] == regime], "0.5/raw", "f1")
        shows(driver, "board", means)
        change = (means.loc["balanced"] - means.loc["unweighted"])[["all", *libraries]]
        assert small(driver, "board", "balanced") == pytest.approx(change.tolist(), abs=5.1e-4)
        drawn(driver)
        dots = driver.execute_script(
            "return [...document.querySelectorAll('[data-chart=reliability] .mark-symbol path')]"
            ".map((dot) => dot.getAttribute('aria-label'))"
        )
        ranks = driver.find_element(By.ID, "ranks-figure")
        assert ranks.is_displayed() == (regime == "default")  # two arms have no ranks
        if ranks.is_displayed():
            assert ranks.find_element(By.CSS_SELECTOR, "svg").rect["width"] > 250
        here = points[(points["regime"] == regime) & (points["dataset"] == points["dataset"].iloc[0])]
        assert sorted(map(_share, dots)) == pytest.approx(sorted(here["y"]), rel=5e-3, abs=1e-9)
        legends = driver.find_elements(By.CSS_SELECTOR, "#sweep-section .legend li")
        assert [one.text for one in legends if one.is_displayed()] == list(libraries)
    assert complaints(driver) == []
