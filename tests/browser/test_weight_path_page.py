"""The page in a real browser: its sliders move its numbers, and the numbers are scikit-learn's."""

from collections.abc import Callable
from contextlib import suppress
from functools import cache
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest
from browser.chromium import HOSTILE, READY, Load, choose, complaints, fill, number, press, requests, text
from plots.paths import RATIOS, make_path
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait
from sklearn.calibration import calibration_curve
from sklearn.metrics import confusion_matrix, f1_score, log_loss, precision_score, recall_score

import boostweights as bw
from boostweights.recommendation.evidence import THRESHOLDS

HALF = THRESHOLDS.index(0.5)

page_of = cache(bw.plots.weight_path_page)  # a path is hashed by identity


@cache
def plain() -> bw.path.WeightPath:
    return make_path()


@cache
def with_costs() -> bw.path.WeightPath:
    return make_path(costs=bw.Costs(fn=20.0, fp=1.0))


@cache
def long_names() -> bw.path.WeightPath:
    long = "without_a_space_" * 8
    return make_path(names=["north", long], classes=("fine", long), estimator=f"X({long * 5})")


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
        assert number(driver, "f1") == pytest.approx(f1_score(path.y, decided), abs=5e-4)
        shares = confusion_matrix(path.y, decided, normalize="true").ravel()
        for name, share in zip(("tn", "fp", "fn", "tp"), shares, strict=True):
            percent = text(driver, f"{name}-share").removesuffix(" %")
            assert float(percent) == pytest.approx(100 * share, abs=0.05)
        assert number(driver, "log-loss") == pytest.approx(log_loss(path.y, proba), abs=5e-5)
        assert number(driver, "log-loss-corrected") == pytest.approx(
            log_loss(path.y, path.corrected[at]), abs=5e-5
        )
        cost = 1000 * np.mean(np.where(path.y, 20.0 * ~decided, 1.0 * decided))
        assert number(driver, "cost") == pytest.approx(cost, rel=1e-3)
        recall, precision = recall_score(path.y, decided), precision_score(path.y, decided)
        assert text(driver, "sentence").startswith(
            f"Catches {found[3]} of {path.y.sum()} “1” with {found[1]} false alarms: "
            f"{100 * recall:.0f} % recall, {100 * precision:.0f} % precision, at a cost of "
        )
        WebDriverWait(driver, 5, poll_frequency=0.02).until(lambda driver: point(driver) not in places)
        places.append(point(driver))
        bars.append(text(driver, "weight-text"))
        assert driver.find_element(By.ID, "weight").get_attribute("aria-valuetext") == bars[-1]
    assert bars == ["1 (unweighted)", "3 : 1", "10 : 1", "30 : 1"]
    assert complaints(driver) == []
    assert requests(driver) == []


def eventually(check: Callable[[], None]) -> None:
    """Check until it holds: charts are redrawn a moment after the numbers."""
    end = monotonic() + 10
    while monotonic() < end:
        with suppress(AssertionError):
            return check()
        sleep(0.05)
    return check()


def lines(driver: Any, chart: str) -> list[np.ndarray]:
    """The ends of each line of a chart, as shares of its width and height."""
    drawn = driver.execute_script(
        "const chart = document.querySelector(`[data-chart=${arguments[0]}]`);"
        "const plot = chart.querySelector('.background').getBBox();"
        "return [[plot.width, plot.height], ...[...chart.querySelectorAll('.mark-line path')]"
        ".map((path) => path.getAttribute('d'))]",
        chart,
    )
    size, *paths = drawn
    points = [np.array([place.split(",") for place in path[1:].split("L")], float) for path in paths]
    return [np.column_stack([each[:, 0] / size[0], 1 - each[:, 1] / size[1]]) for each in points]


@pytest.mark.parametrize("share", [1.0, 0.05], ids=["all of the axes", "a rare class"])
def test_reliability_is_drawn_beside_the_diagonal(load: Load, share: float) -> None:
    path = make_path([1.0, 10.0])
    path = make_path(
        [1.0, 10.0],
        **{name: getattr(path, name) * share for name in ("proba", "corrected", "fitted", "baseline")},
    )
    driver = load(page_of(path), ready=READY)
    kinds = (*path.proba, *path.corrected, *path.fitted)
    found = [calibration_curve(path.y, proba, n_bins=10, strategy="quantile") for proba in kinds]
    end = min(1, 1.05 * np.max(found))
    expected = [np.column_stack([predicted, observed]) for observed, predicted in found[1::2]]

    def check() -> None:
        diagonal, *curves = lines(driver, "reliability")
        np.testing.assert_allclose(diagonal, [[0, 0], [1, 1]])
        for curve, points in zip(curves, expected, strict=True):
            np.testing.assert_allclose(curve * end, points, atol=2e-5)

    eventually(check)
    assert complaints(driver) == []


def drawn(driver: Any, chart: str) -> list[dict[str, str]]:
    """What each point of a chart says to a screen reader: its values by their names."""
    labels = driver.execute_script(
        "return [...document.querySelectorAll(`[data-chart=${arguments[0]}] .mark-symbol path[aria-label]`)]"
        ".map((point) => point.getAttribute('aria-label').replaceAll('−', '-').replaceAll(',', ''))",
        chart,
    )
    return [dict(part.split(": ") for part in label.split("; ")) for label in labels]


def values(points: list[dict[str, str]], name: str, kind: str | None = None) -> list[float]:
    return [float(each[name]) for each in points if kind in (None, each.get("kind"), each.get("metric"))]


def test_every_point_of_the_charts_is_scikit_learns(load: Load) -> None:
    """With costs of right decisions, too; fields set those of the wrong ones."""
    path = make_path(costs=bw.Costs(matrix=[[2, 5], [100, 10]], classes=[0, 1]))
    driver = load(page_of(path), ready=READY)
    press(driver, "weight", Keys.END)
    press(driver, "threshold", Keys.ARROW_LEFT * 20)
    fill(driver, "fn-cost", "60")
    y, threshold = path.y, THRESHOLDS[HALF - 20]

    def cost(proba: np.ndarray, threshold: float) -> float:
        decided = proba >= threshold
        each = np.where(y, np.where(decided, 10, 60), np.where(decided, 5, 2))
        return 1000 * float(each.mean())

    def least(proba: np.ndarray) -> float:
        return min(cost(proba, each) for each in THRESHOLDS)

    here = [cost(each, threshold) for each in path.proba]
    best = [least(each) for each in path.proba]
    decided = [each >= threshold for each in path.proba]
    recalls = [recall_score(y, each) for each in decided]
    precisions = [precision_score(y, each) for each in decided]

    def check_costs() -> None:
        costs = drawn(driver, "costs")
        assert values(costs, "weight (log scale)", "at this threshold") == list(RATIOS)
        assert values(costs, "cost", "at this threshold") == pytest.approx(here, rel=5e-3)
        assert values(costs, "cost", "at its best threshold") == pytest.approx(best, rel=5e-3)
        assert values(drawn(driver, "cost"), "cost") == pytest.approx([best[-1], here[-1]], rel=5e-3)

    def check_rates() -> None:
        rates = drawn(driver, "rates")
        assert values(rates, "weight (log scale)", "recall") == list(RATIOS)
        assert values(rates, "value", "recall") == pytest.approx(recalls, abs=1e-6)
        assert values(rates, "value", "precision") == pytest.approx(precisions, abs=1e-6)
        point = drawn(driver, "ranking")
        assert values(point, "recall") == pytest.approx([recalls[-1]], abs=1e-6)
        assert values(point, "precision") == pytest.approx([precisions[-1]], abs=1e-6)

    def check_losses() -> None:
        losses = drawn(driver, "loss")
        assert values(losses, "weight (log scale)", "corrected") == list(RATIOS)
        for kind, table in (("as trained", path.proba), ("corrected", path.corrected)):
            expected = [log_loss(y, each) for each in table]
            assert values(losses, "loss", kind) == pytest.approx(expected, abs=2e-6)

    assert number(driver, "cost") == pytest.approx(here[-1], rel=1e-3)
    for check in (check_costs, check_rates, check_losses):
        eventually(check)
    # Elkan's threshold: a false alarm costs 3 more than being right, a miss 50
    odds = RATIOS[-1] * 3 / 50
    assert number(driver, "theory-threshold") == pytest.approx(odds / (1 + odds), rel=5e-3)


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
    assert f"Catches 0 of {path.y.sum()} “1” with 0 false alarms, at a cost of " in text(driver, "sentence")
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


def test_a_threshold_near_1_is_not_called_1(load: Load) -> None:
    driver = load(page_of(plain()))
    fill(driver, "fn-cost", "1")
    fill(driver, "fp-cost", "300")  # 10 times as large by the weight
    assert 1 - number(driver, "theory-threshold") == pytest.approx(1 / 3001, rel=2e-3)


@pytest.mark.parametrize("cost", ["1e80", "1e-20"])
def test_costs_of_any_size_are_reckoned_with(load: Load, cost: str) -> None:
    path = plain()
    driver = load(page_of(path), ready=READY)
    fill(driver, "fn-cost", cost)
    fill(driver, "fp-cost", "0")
    missed = float(np.mean(path.y & (path.proba[2] < 0.5)))
    assert float(text(driver, "cost")) == pytest.approx(1000 * float(cost) * missed, rel=1e-3)
    assert complaints(driver) == []


def test_costs_of_nothing_imply_no_threshold(load: Load) -> None:
    driver = load(page_of(plain()))
    fill(driver, "fn-cost", "0")
    fill(driver, "fp-cost", "0")
    assert text(driver, "theory-threshold") == "–"
    assert not driver.find_element(By.ID, "use-theory").is_enabled()
    assert text(driver, "cost") == text(driver, "best-cost") == "0"
    assert text(driver, "best-threshold") == "0"  # the first of the cheapest, as the ring in the chart
    fill(driver, "fn-cost", "2")
    assert text(driver, "theory-threshold") == "0"
    fill(driver, "fn-cost", "0")
    fill(driver, "fp-cost", "2")
    assert text(driver, "theory-threshold") == "1"
    assert driver.find_element(By.ID, "use-theory").is_enabled()


@pytest.mark.parametrize("wrong", ["-3", "", "1e101"])
def test_a_cost_that_is_none_is_said_and_not_used(load: Load, wrong: str) -> None:
    driver = load(page_of(with_costs()))
    before = text(driver, "cost")
    if wrong == "1e101":  # typed letter by letter, 1e10 would be a good one on the way
        field = driver.find_element(By.ID, "fn-cost")
        set_at_once = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
        driver.execute_script(set_at_once, field, wrong)
    else:
        fill(driver, "fn-cost", wrong or Keys.DELETE)
    assert "from 0 to 1e100" in text(driver, "message")
    assert driver.find_element(By.ID, "fn-cost").get_attribute("aria-invalid") == "true"
    assert text(driver, "cost") == before
    fill(driver, "fn-cost", "30")
    assert text(driver, "message") == ""
    assert text(driver, "cost") != before


@pytest.mark.parametrize("kind", ["as trained", "corrected", "fitted"])
def test_the_threshold_is_that_of_the_probabilities_chosen(load: Load, kind: str) -> None:
    path = with_costs()
    driver = load(page_of(path), ready=READY)
    choose(driver, "kind", kind)
    press(driver, "weight", Keys.END)
    press(driver, "threshold", Keys.ARROW_LEFT * 60)
    proba = {"as trained": path.proba, "corrected": path.corrected, "fitted": path.fitted}[kind][-1]
    assert counts(driver) == confusion_matrix(path.y, proba >= THRESHOLDS[HALF - 60]).ravel().tolist()
    weight = 1 if kind != "as trained" else RATIOS[-1]
    assert number(driver, "theory-threshold") == pytest.approx(weight / (weight + 20), rel=5e-3)


@pytest.mark.parametrize(("miss", "names"), [("20", "weight "), ("1", "no weight, as trained")])
def test_the_cheapest_of_all_weights_and_thresholds_is_offered(load: Load, miss: str, names: str) -> None:
    path = with_costs()
    driver = load(page_of(path), ready=READY)
    fill(driver, "fn-cost", miss)
    costs = [
        1000 * np.mean(np.where(path.y, float(miss) * (proba < t), 1.0 * (proba >= t)))
        for ways in (path.proba, path.corrected, path.fitted)
        for proba in ways
        for t in THRESHOLDS
    ]
    assert number(driver, "best-way-cost") == pytest.approx(min(costs), rel=1e-3)
    assert text(driver, "best-way").startswith(names)
    driver.find_element(By.ID, "use-way").click()
    assert number(driver, "cost") == pytest.approx(min(costs), rel=1e-3)


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


CUT = """
    return [...document.querySelectorAll('[data-chart=cost], [data-chart=costs]')].flatMap(place => {
        const left = place.querySelector('svg').getBoundingClientRect().left;
        return [...place.querySelectorAll('.role-axis-label text')]
            .filter(text => text.getBoundingClientRect().left < left - 0.5).map(text => text.textContent);
    });
"""


def test_amounts_of_any_size_fit_beside_their_axis(load: Load) -> None:
    path = make_path(costs=bw.Costs(fn=123_456.0, fp=54_321.0))
    driver = load(page_of(path), ready=READY)
    labels = "document.querySelectorAll('[data-chart=cost] .role-axis-label text')"
    ticks = f"return [...{labels}].map(text => text.textContent)"
    assert any(tick.endswith(("k", "M")) for tick in driver.execute_script(ticks))
    assert driver.execute_script(CUT) == []
    fill(driver, "fn-cost", "0.0000003")
    fill(driver, "fp-cost", "0.0000002")
    WebDriverWait(driver, 5).until(lambda it: any("0.0000" in tick for tick in it.execute_script(ticks)))
    assert driver.execute_script(CUT) == []
