"""The page in a real browser: its sliders move its numbers, and the numbers are scikit-learn's."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pytest
from browser.chromium import complaints, overflow, requests
from plots.paths import RATIOS, make_path
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sklearn.metrics import confusion_matrix, log_loss, precision_score, recall_score

import boostweights as bw
from boostweights.plots.page.data import THRESHOLDS

READY = "document.documentElement.dataset.ready === 'true'"
HOSTILE = "</script><script>alert('x')</script><img src=x onerror=alert(1)>"
HALF = THRESHOLDS.index(0.5)
Load = Callable[..., Any]

page_of = cache(bw.weight_path_page)  # a path is hashed by identity


@cache
def plain() -> bw.WeightPath:
    return make_path()


@cache
def with_costs() -> bw.WeightPath:
    return make_path(costs=bw.Costs(fn=20.0, fp=1.0))


@cache
def long_names() -> bw.WeightPath:
    long = "without_a_space_" * 8
    return make_path(names=["north", long], classes=("fine", long), estimator=f"X({long * 5})")


def text(driver: Any, name: str) -> str:
    return driver.find_element(By.ID, name).text


def number(driver: Any, name: str) -> float:
    return float(text(driver, name).replace(",", "").replace("−", "-"))


def press(driver: Any, name: str, *keys: str) -> None:
    driver.find_element(By.ID, name).send_keys(*keys)


def fill(driver: Any, name: str, value: str) -> None:
    press(driver, name, Keys.CONTROL + "a")
    press(driver, name, value)


def counts(driver: Any) -> list[int]:
    return [int(number(driver, name)) for name in ("tn", "fp", "fn", "tp")]


def point(driver: Any) -> str:
    """Where the operating point is drawn."""
    return driver.execute_script(
        "return document.querySelector('[data-chart=ranking] .mark-symbol path').getAttribute('transform')"
    )


def test_the_weight_slider_moves_every_number_with_it(load: Load) -> None:
    path = with_costs()
    driver = load(page_of(path), ready=READY)
    press(driver, "weight", Keys.HOME)
    places, bars = [], []
    for at, (ratio, proba) in enumerate(zip(RATIOS, path.proba, strict=True)):
        if at:
            press(driver, "weight", Keys.ARROW_RIGHT)
        decided = proba >= 0.5
        found = confusion_matrix(path.y, decided).ravel()
        assert counts(driver) == found.tolist() == list(path.confusion(ratio).values())
        assert number(driver, "recall") == pytest.approx(recall_score(path.y, decided), abs=5e-4)
        assert number(driver, "precision") == pytest.approx(precision_score(path.y, decided), abs=5e-4)
        assert number(driver, "log-loss") == pytest.approx(log_loss(path.y, proba), abs=5e-5)
        assert number(driver, "log-loss-corrected") == pytest.approx(
            log_loss(path.y, path.corrected[at]), abs=5e-5
        )
        cost = 1000 * np.mean(np.where(path.y, 20.0 * ~decided, 1.0 * decided))
        assert number(driver, "cost") == pytest.approx(cost, rel=1e-3)
        assert f"{found[3]} of {path.y.sum()}" in text(driver, "sentence")
        WebDriverWait(driver, 5, poll_frequency=0.02).until(lambda driver: point(driver) not in places)
        places.append(point(driver))
        bars.append(text(driver, "weight-text"))
    assert bars == ["1 (unweighted)", "3 : 1", "10 : 1", "30 : 1"]
    assert complaints(driver) == []
    assert requests(driver) == []


def test_charts_follow_the_sliders(load: Load) -> None:
    driver = load(page_of(plain()), ready=READY)

    def drawn() -> list[str]:
        return driver.execute_script(
            "return [...document.querySelectorAll('[data-chart]')].map((place) => place.innerHTML)"
        )

    names = ["ranking", "reliability", "rates", "cost", "costs", "loss"]
    before = drawn()
    assert len(before) == len(names)
    assert all("<svg" in chart for chart in before)
    press(driver, "weight", Keys.ARROW_LEFT)
    # all six hold the weight chosen
    WebDriverWait(driver, 5, poll_frequency=0.02).until(
        lambda _: all(a != b for a, b in zip(before, drawn(), strict=True))
    )
    before = drawn()
    press(driver, "threshold", Keys.ARROW_LEFT * 8)
    follow = [name in ("ranking", "rates", "cost", "costs") for name in names]
    WebDriverWait(driver, 5, poll_frequency=0.02).until(
        lambda _: [a != b for a, b in zip(before, drawn(), strict=True)] == follow
    )
    assert complaints(driver) == []


def test_the_threshold_slider_decides(load: Load) -> None:
    path = plain()
    driver = load(page_of(path))
    for keys, i in (((), HALF), ((Keys.ARROW_LEFT * 10,), HALF - 10), ((Keys.HOME,), 0), ((Keys.END,), -1)):
        if keys:
            press(driver, "threshold", *keys)
        threshold = THRESHOLDS[i]
        assert text(driver, "threshold-text") == f"{threshold:g}"
        assert counts(driver) == confusion_matrix(path.y, path.proba[2] >= threshold).ravel().tolist()
    assert text(driver, "precision") == "–"  # nothing is predicted positive
    slider = driver.find_element(By.ID, "threshold")
    assert slider.get_attribute("aria-valuetext") == "1"


def test_costs_move_the_cost_and_the_cheapest_threshold(load: Load) -> None:
    path = plain()
    driver = load(page_of(path))
    fill(driver, "fn-cost", "40")
    fill(driver, "fp-cost", "2.5")
    y, proba = path.y, path.proba[2]

    def cost(threshold: float) -> float:
        return 1000 * float(np.mean(np.where(y, 40 * (proba < threshold), 2.5 * (proba >= threshold))))

    assert number(driver, "cost") == pytest.approx(cost(0.5), rel=1e-3)
    least = min(map(cost, THRESHOLDS))
    assert number(driver, "best-cost") == pytest.approx(least, rel=1e-3)
    assert cost(number(driver, "best-threshold")) == pytest.approx(least)
    driver.find_element(By.ID, "use-best").click()
    assert number(driver, "cost") == pytest.approx(least, rel=1e-3)
    # Elkan's threshold fp / (fp + fn), on probabilities whose odds are 10 times too large
    share = 2.5 / 42.5
    odds = 10 * share / (1 - share)
    assert number(driver, "theory-threshold") == pytest.approx(odds / (1 + odds), rel=5e-3)
    press(driver, "use-theory", Keys.ENTER)
    assert number(driver, "threshold-text") == pytest.approx(odds / (1 + odds), abs=2.6e-3)


@pytest.mark.parametrize("wrong", ["-3", ""])
def test_a_cost_that_is_none_is_said_and_not_used(load: Load, wrong: str) -> None:
    driver = load(page_of(with_costs()))
    before = text(driver, "cost")
    fill(driver, "fn-cost", wrong or Keys.DELETE)
    assert "0 or more" in text(driver, "message")
    assert driver.find_element(By.ID, "fn-cost").get_attribute("aria-invalid") == "true"
    assert text(driver, "cost") == before
    fill(driver, "fn-cost", "30")
    assert text(driver, "message") == ""
    assert text(driver, "cost") != before


def test_error_rates_of_groups_follow(load: Load) -> None:
    path = make_path(names=["north", "south"])
    driver = load(page_of(path))
    press(driver, "weight", Keys.END)
    press(driver, "threshold", Keys.ARROW_LEFT * 12)
    for at, name in enumerate(("north", "south")):
        rows = path.groups == name
        shown, before = (
            confusion_matrix(path.y[rows], proba[rows] >= threshold).ravel()
            for proba, threshold in ((path.proba[-1], THRESHOLDS[HALF - 12]), (path.proba[0], 0.5))
        )
        rates = [
            (c[2] / (c[2] + c[3]), c[1] / (c[0] + c[1]), (c[1] + c[3]) / c.sum()) for c in (shown, before)
        ]
        for rate, now, then in zip(("fnr", "fpr", "selection_rate"), *rates, strict=True):
            percent, change = text(driver, f"{rate}-{at}").replace("−", "-").split("\n")
            assert float(percent.removesuffix(" %")) == pytest.approx(100 * now, abs=0.05)
            assert float(change) == pytest.approx(100 * (now - then), abs=0.05)


def test_names_from_the_data_stay_text(load: Load) -> None:
    path = make_path(names=["a", HOSTILE], classes=("fine", HOSTILE), estimator=HOSTILE)
    driver = load(page_of(path), ready=READY)
    press(driver, "weight", Keys.ARROW_LEFT)
    assert driver.find_elements(By.TAG_NAME, "img") == []
    assert len(driver.find_elements(By.TAG_NAME, "script")) == 4
    assert HOSTILE in text(driver, "sentence")
    assert HOSTILE in driver.find_element(By.TAG_NAME, "h1").text
    assert HOSTILE in text(driver, "groups")
    assert complaints(driver) == []  # an alert would also have stopped the lines above
    assert requests(driver) == []


def test_a_script_that_is_not_the_pages_own_does_not_run(load: Load) -> None:
    html = page_of(plain()).replace("</main>", "</main><script>document.title = 'run'</script>")
    driver = load(html, ready=READY)
    assert driver.title.startswith("Weight path")
    assert any("Content Security Policy" in message for message in complaints(driver))


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_nothing_is_wider_than_the_window(load: Load, width: int) -> None:
    driver = load(page_of(long_names()), width=width, ready=READY)
    assert overflow(driver) == 0
    charts = driver.find_elements(By.CSS_SELECTOR, "[data-chart] svg")
    assert all(250 < chart.rect["width"] <= width for chart in charts)


def test_on_a_phone_the_sliders_stay_in_sight(load: Load) -> None:
    driver = load(page_of(plain()), width=390, ready=READY)
    driver.execute_script("document.querySelector('[data-chart=loss]').scrollIntoView({block: 'end'})")
    place = driver.execute_script("return document.getElementById('weight').getBoundingClientRect().top")
    assert 0 <= place < 200


def test_dark_follows_the_reader(load: Load) -> None:
    html = page_of(plain())
    colours = []
    for dark in (False, True):
        driver = load(html, dark=dark, ready=READY)
        colours.append(
            driver.execute_script(
                "const label = document.querySelector('[data-chart=loss] .role-axis-label text');"
                "return [getComputedStyle(document.body).backgroundColor, getComputedStyle(label).fill]"
            )
        )
    (paper, ink), (dark_paper, dark_ink) = colours
    assert min(sum(rgb(paper)), sum(rgb(dark_ink))) > 600
    assert max(sum(rgb(ink)), sum(rgb(dark_paper))) < 200


def rgb(colour: str) -> list[int]:
    return [int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
