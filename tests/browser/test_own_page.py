"""The page of a comparison in a real browser: its threshold, model and costs move every number with them."""

from pathlib import Path

import numpy as np
import pytest
from benchmark.own_runs import ROWS, models_of, rows_of, write_own_run
from browser.chromium import Load, View
from selenium.webdriver.common.keys import Keys
from sklearn.metrics import confusion_matrix, f1_score

from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.recommendation.evidence import THRESHOLDS


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    return as_page(make_report(write_own_run(tmp_path_factory.mktemp("own"))))


def symbols(view: View, chart: str) -> int:
    script = f"return document.querySelectorAll('[data-chart={chart}] .mark-symbol path').length"
    return int(view.run(script))


def labels(view: View, chart: str) -> list[str]:
    script = (
        f"return [...document.querySelectorAll('[data-chart={chart}] .role-mark.mark-text text')]"
        ".map((text) => text.textContent)"
    )
    return [text for text in view.run(script) if text]


@pytest.mark.parametrize("name", ["lightgbm, balanced", "xgboost, unweighted, fitted correction"])
def test_threshold_model_and_costs_move_every_number(load: Load, page: str, name: str) -> None:
    view = load(page)
    rows = rows_of()
    library, kind = name.partition(",")[0], "fitted" if "fitted" in name else "none"
    wanted = (library, "balanced" in name, kind)
    proba = next(
        each.proba for each in models_of(rows) if (each.library, each.weighted, each.correction) == wanted
    )
    view.choose("model", name)
    view.fill("fn-cost", "7")
    view.fill("fp-cost", "2")
    for keys, place in ((Keys.HOME, 0), (Keys.ARROW_RIGHT * 40, 40), (Keys.ARROW_RIGHT * 60, 100)):
        view.field("threshold").send_keys(keys)
        decided = proba >= THRESHOLDS[place]
        tn, fp, fn, tp = confusion_matrix(rows.y, decided, normalize="all").ravel()
        shown = [view.text(each) for each in ("tn", "fp", "fn", "tp", "alarms")]
        assert all(text == "<1" or text.replace(",", "").isdigit() for text in shown)  # of people
        counts = [float(text.replace("<1", "0.25").replace(",", "")) for text in shown]
        assert counts == pytest.approx([1000 * each for each in (tn, fp, fn, tp, decided.mean())], abs=0.501)
        assert view.number("recall") == pytest.approx(tp / (tp + fn), abs=5.1e-4)
        assert view.number("f1") == pytest.approx(f1_score(rows.y, decided), abs=5.1e-4)
        assert view.number("cost") == pytest.approx(1000 * (7 * fn + 2 * fp), rel=1e-3)
    costs = [
        1000 * (7 * np.sum(rows.y & (proba < t)) + 2 * np.sum(~rows.y & (proba >= t))) / ROWS
        for t in THRESHOLDS
    ]
    view.field("use-best").click()
    assert view.number("cost") == pytest.approx(min(costs), rel=1e-3)
    assert view.complaints() == []


def test_every_way_is_a_point_and_those_that_matter_have_names(load: Load, page: str) -> None:
    view = load(page)
    options = view.run("return JSON.parse(document.getElementById('data').textContent).points.length")
    # each option, three rules without a model, a ring and a cross
    assert symbols(view, "alarms") == options + 5
    assert symbols(view, "precision") == options + 4  # who flags nobody has no precision
    ways = {"flag at random (base rate)", "flag everybody", "flag nobody"}
    assert sorted(labels(view, "alarms")) == sorted(ways | {"recommended"})
    assert {"flag everybody", "flag nobody"} <= set(labels(view, "benefit"))


def test_without_costs_none_are_made_up(load: Load, tmp_path: Path) -> None:
    view = load(as_page(make_report(write_own_run(tmp_path, "decisions"))))
    assert view.text("cost") == "–"
    assert not view.field("use-best").is_displayed()
    assert not view.field("chart-cost").is_displayed()
    view.fill("fn-cost", "7")
    view.fill("fp-cost", "2")
    assert view.number("cost") > 0
    chart = view.field("chart-cost")
    assert chart.is_displayed()
    assert chart.find_element("css selector", "svg").rect["width"] > 250
    view.fill("fp-cost", "-1")
    assert "from 0 to 1e100" in view.text("message")
    assert view.complaints() == []


def test_tables_sort_by_their_headings(load: Load, page: str) -> None:
    view = load(page)
    heading = next(one for one in view.all("#options thead button") if one.text.startswith("recall"))
    heading.send_keys(Keys.ENTER)
    values = view.run(
        "return [...document.querySelectorAll('#options td[data-label=recall]')]"
        ".map((one) => one.dataset.value)"
    )
    known = [float(value) for value in values if value]
    assert known == sorted(known, reverse=True)


@pytest.mark.parametrize("width", [1280, 390])
def test_tiles_have_no_hole(load: Load, page: str, width: int) -> None:
    view = load(page, width=width)
    boxes = view.run(
        "return [...document.querySelectorAll('.tiles, .tiles li')].map((one) => one.getBoundingClientRect())"
    )
    whole, *tiles = boxes
    ends = {round(box["top"]): box["right"] for box in tiles}  # the last of each row
    assert len(tiles) == 5
    assert list(ends.values()) == pytest.approx([whole["right"]] * len(ends), abs=1)


def test_the_competitors_are_one_table_on_the_first_screen_with_an_axis(load: Load, page: str) -> None:
    view = load(page)
    assert view.run("return document.querySelector('#options tbody tr').getBoundingClientRect().bottom") < 900
    rows = view.all("#options tbody tr")
    shown = sum(row.is_displayed() for row in rows)
    assert 5 <= shown < len(rows)
    view.field("every").click()
    assert all(row.is_displayed() for row in rows)
    ticks = {
        float(tick.text): tick.rect["x"] + tick.rect["width"] / 2 for tick in view.all("#options .ticks span")
    }
    assert len(ticks) >= 2
    (low, left), *_, (high, right) = sorted(ticks.items())
    for row in rows[:shown]:
        value = float(row.find_element("css selector", "[data-label=expected]").get_attribute("data-value"))
        dot = row.find_element("css selector", ".dot").rect
        place = left + (value - low) / (high - low) * (right - left)
        assert dot["x"] + dot["width"] / 2 == pytest.approx(place, abs=1)
