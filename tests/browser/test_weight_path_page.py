"""The page in a real browser: its sliders move its numbers, and the numbers are scikit-learn's."""

from functools import cache

import numpy as np
import pytest
from browser.chromium import Load, View
from plots.paths import RATIOS, make_path
from selenium.webdriver.common.keys import Keys
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


def at_balanced(load: Load, path: bw.path.WeightPath) -> View:
    """The page at a weight of 10 and a threshold of .5, wherever it opens."""
    return put_back(load(page_of(path)), path)


def put_back(view: View, path: bw.path.WeightPath) -> View:
    view.choose("kind", "as trained")
    for name, place in (("weight", path.ratios.index(10.0)), ("threshold", HALF)):
        move = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
        view.run(move, view.field(name), place)
    return view


@pytest.mark.parametrize("need", ["costs", "decisions"])
def test_the_page_opens_at_its_recommendation(load: Load, need: str) -> None:
    path = with_costs() if need == "costs" else plain()
    best = path.best()
    view = load(page_of(path))
    proba = {"fitted": path.baseline_fitted, "none": path.baseline}[best.correction]
    assert isinstance(best.policy, bw.Unweighted)
    assert isinstance(best.threshold, float)
    nearest = min(THRESHOLDS, key=lambda step: abs(step - best.threshold))
    assert counts(view) == confusion_matrix(path.y, proba >= nearest).ravel().tolist()


def counts(view: View) -> list[int]:
    return [int(view.number(name)) for name in ("tn", "fp", "fn", "tp")]


def test_the_weight_slider_moves_every_number_with_it(load: Load) -> None:
    path = with_costs()
    view = at_balanced(load, path)
    view.press("weight", Keys.HOME)
    bars = []
    for at, (ratio, proba) in enumerate(zip(RATIOS, path.proba, strict=True)):
        if at:
            view.press("weight", Keys.ARROW_RIGHT)
        decided = proba >= 0.5
        found = confusion_matrix(path.y, decided).ravel()
        assert counts(view) == found.tolist() == list(path.confusion(ratio).values())
        recall, precision = recall_score(path.y, decided), precision_score(path.y, decided)
        figures = [view.number(name) for name in ("recall", "precision", "f1")]
        assert figures == pytest.approx([recall, precision, f1_score(path.y, decided)], abs=5e-4)
        shares = confusion_matrix(path.y, decided, normalize="true").ravel()
        for name, share in zip(("tn", "fp", "fn", "tp"), shares, strict=True):
            percent = view.text(f"{name}-share").removesuffix(" %")
            assert float(percent) == pytest.approx(100 * share, abs=0.05)
        losses = [log_loss(path.y, each) for each in (proba, path.corrected[at])]
        shown = [view.number(name) for name in ("log-loss", "log-loss-corrected")]
        assert shown == pytest.approx(losses, abs=5e-5)
        cost = 1000 * np.mean(np.where(path.y, 20.0 * ~decided, 1.0 * decided))
        assert view.number("cost") == pytest.approx(cost, rel=1e-3)
        assert view.text("sentence").startswith(
            f"Catches {found[3]} of {path.y.sum()} “1” with {found[1]} false alarms: "
            f"{100 * recall:.0f} % recall, {100 * precision:.0f} % precision, at a cost of "
        )
        bars.append(view.text("weight-text"))
        assert view.field("weight").get_attribute("aria-valuetext") == bars[-1]
    assert bars == ["1 (unweighted)", "3 : 1", "10 : 1", "30 : 1"]
    assert view.complaints() == []


def lines(view: View, chart: str) -> list[np.ndarray]:
    """The ends of each line of a chart, as shares of its width and height."""
    drawn = view.run(
        "const chart = document.querySelector(`[data-chart=${arguments[0]}]`);"
        "const plot = chart.querySelector('.background').getBBox();"
        "return [[plot.width, plot.height], ...[...chart.querySelectorAll('.mark-line path')]"
        ".map((path) => path.getAttribute('d'))]",
        chart,
    )
    size, *paths = drawn
    ends = [np.array([place.split(",") for place in path[1:].split("L")], float) for path in paths]
    return [np.column_stack([line[:, 0] / size[0], 1 - line[:, 1] / size[1]]) for line in ends]


@pytest.mark.parametrize("share", [1.0, 0.05], ids=["all of the axes", "a rare class"])
def test_reliability_is_drawn_beside_the_diagonal(load: Load, share: float) -> None:
    path = make_path([1.0, 10.0])
    path = make_path(
        [1.0, 10.0],
        **{name: getattr(path, name) * share for name in ("proba", "corrected", "fitted", "baseline")},
    )
    view = at_balanced(load, path)
    kinds = (*path.proba, *path.corrected, *path.fitted)
    found = [calibration_curve(path.y, proba, n_bins=10, strategy="quantile") for proba in kinds]
    end = min(1, 1.05 * np.max(found))
    expected = [np.column_stack([predicted, observed]) for observed, predicted in found[1::2]]

    def check() -> None:
        diagonal, *curves = lines(view, "reliability")
        np.testing.assert_allclose(diagonal, [[0, 0], [1, 1]])
        for curve, ends in zip(curves, expected, strict=True):
            np.testing.assert_allclose(curve * end, ends, atol=2e-5)

    view.until(check)
    assert view.complaints() == []


def values(shown: list[dict[str, str]], name: str, kind: str | None = None) -> list[float]:
    return [float(each[name]) for each in shown if kind in (None, each.get("kind"), each.get("metric"))]


def test_every_point_of_the_charts_is_scikit_learns(load: Load) -> None:
    """With costs of right decisions, too; fields set those of the wrong ones."""
    path = make_path(costs=bw.Costs(matrix=[[2, 5], [100, 10]], classes=[0, 1]))
    view = at_balanced(load, path)
    view.press("weight", Keys.END)
    view.press("threshold", Keys.ARROW_LEFT * 20)
    view.fill("fn-cost", "60")
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
        costs = view.points("costs")
        assert values(costs, "weight (log scale)", "at this threshold") == list(RATIOS)
        assert values(costs, "cost", "at this threshold") == pytest.approx(here, rel=5e-3)
        assert values(costs, "cost", "at its best threshold") == pytest.approx(best, rel=5e-3)
        assert values(view.points("cost"), "cost") == pytest.approx([best[-1], here[-1]], rel=5e-3)

    def check_rates() -> None:
        rates = view.points("rates")
        assert values(rates, "weight (log scale)", "recall") == list(RATIOS)
        assert values(rates, "value", "recall") == pytest.approx(recalls, abs=1e-6)
        assert values(rates, "value", "precision") == pytest.approx(precisions, abs=1e-6)
        here = view.points("ranking")
        assert values(here, "recall") == pytest.approx([recalls[-1]], abs=1e-6)
        assert values(here, "precision") == pytest.approx([precisions[-1]], abs=1e-6)

    def check_losses() -> None:
        losses = view.points("loss")
        assert values(losses, "weight (log scale)", "corrected") == list(RATIOS)
        for kind, table in (("as trained", path.proba), ("corrected", path.corrected)):
            expected = [log_loss(y, each) for each in table]
            assert values(losses, "loss", kind) == pytest.approx(expected, abs=2e-6)

    assert view.number("cost") == pytest.approx(here[-1], rel=1e-3)
    for check in (check_costs, check_rates, check_losses):
        view.until(check)
    # Elkan's threshold: a false alarm costs 3 more than being right, a miss 50
    odds = RATIOS[-1] * 3 / 50
    assert view.number("theory-threshold") == pytest.approx(odds / (1 + odds), rel=5e-3)


def test_charts_follow_the_sliders(load: Load) -> None:
    view = at_balanced(load, plain())
    deciding = {"ranking", "rates", "cost", "costs"}
    moves = [("weight", 1, deciding | {"reliability", "loss"}), ("threshold", 8, deciding)]
    for slider, steps, following in moves:
        before = view.charts()
        assert all("<svg" in chart for chart in before.values())
        view.press(slider, Keys.ARROW_LEFT * steps)
        view.until(
            lambda: {name for name, chart in view.charts().items() if chart != before[name]} == following  # noqa: B023
        )
    assert view.complaints() == []


COSTS = [("40", "2.5"), ("1", "300"), ("1e80", "0"), ("1e-20", "0"), ("0", "2"), ("0", "0")]


def test_costs_move_the_cost_and_its_thresholds(load: Load) -> None:
    """Elkan's threshold is fp / (fp + fn), here of probabilities whose odds are 10 times too large."""
    view = load(page_of(plain()))
    for fn, fp in COSTS:
        moved_by_costs(put_back(view, plain()), fn, fp)
    assert view.complaints() == []


def moved_by_costs(view: View, fn: str, fp: str) -> None:
    y, proba = plain().y, plain().proba[2]
    view.fill("fn-cost", fn)
    view.fill("fp-cost", fp)
    miss, alarm = float(fn), float(fp)

    def cost(threshold: float) -> float:
        return 1000 * float(np.mean(np.where(y, miss * (proba < threshold), alarm * (proba >= threshold))))

    assert view.number("cost") == pytest.approx(cost(0.5), rel=1e-3)
    cheapest = min(THRESHOLDS, key=cost)
    assert view.number("best-threshold") == pytest.approx(cheapest)
    assert view.number("best-cost") == pytest.approx(cost(cheapest), rel=1e-3)
    view.field("use-best").click()
    assert view.number("cost") == pytest.approx(cost(cheapest), rel=1e-3)
    decides = miss + alarm > 0
    assert view.field("use-theory").is_enabled() == decides
    theory = 10 * alarm / (10 * alarm + miss) if decides else np.nan
    assert 1 - view.number("theory-threshold") == pytest.approx(1 - theory, rel=5e-3, nan_ok=True)
    if decides:
        view.press("use-theory", Keys.ENTER)
        assert view.number("threshold-text") == pytest.approx(theory, abs=2.6e-3)


def test_a_cost_that_is_none_is_said_and_not_used(load: Load) -> None:
    view = at_balanced(load, with_costs())
    for wrong, right in (("-3", "30"), ("", "40"), ("1e101", "50")):
        before = view.text("cost")
        if wrong == "1e101":  # typed letter by letter, 1e10 would be a good one on the way
            field = view.field("fn-cost")
            set_at_once = "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input'))"
            view.run(set_at_once, field, wrong)
        else:
            view.fill("fn-cost", wrong or Keys.DELETE)
        assert "from 0 to 1e100" in view.text("message")
        assert view.field("fn-cost").get_attribute("aria-invalid") == "true"
        assert view.text("cost") == before
        view.fill("fn-cost", right)
        assert view.text("message") == ""
        assert view.text("cost") != before


def test_the_threshold_slider_decides_by_the_probabilities_chosen(load: Load) -> None:
    view = load(page_of(with_costs()))
    for kind in ("as trained", "corrected", "fitted"):
        decided_by(put_back(view, with_costs()), kind)


def decided_by(view: View, kind: str) -> None:
    path = with_costs()
    view.choose("kind", kind)
    view.press("weight", Keys.END)
    proba = {"as trained": path.proba, "corrected": path.corrected, "fitted": path.fitted}[kind][-1]
    for keys, place in ((Keys.ARROW_LEFT * 60, HALF - 60), (Keys.HOME, 0), (Keys.END, -1)):
        view.press("threshold", keys)
        assert view.text("threshold-text") == f"{THRESHOLDS[place]:g}"
        assert counts(view) == confusion_matrix(path.y, proba >= THRESHOLDS[place]).ravel().tolist()
    assert view.field("threshold").get_attribute("aria-valuetext") == "1"
    assert view.text("precision") == "–"  # nothing is predicted positive
    assert f"Catches 0 of {path.y.sum()} “1” with 0 false alarms, at a cost of " in view.text("sentence")
    weight = 1 if kind != "as trained" else RATIOS[-1]
    assert view.number("theory-threshold") == pytest.approx(weight / (weight + 20), rel=5e-3)


def test_the_cheapest_of_all_weights_and_thresholds_is_offered(load: Load) -> None:
    path = with_costs()
    view = load(page_of(path))
    for miss, names in (("20", "weight "), ("1", "no weight, as trained")):
        put_back(view, path).fill("fn-cost", miss)
        costs = [
            1000 * np.mean(np.where(path.y, float(miss) * (proba < t), 1.0 * (proba >= t)))
            for ways in (path.proba, path.corrected, path.fitted)
            for proba in ways
            for t in THRESHOLDS
        ]
        assert view.number("best-way-cost") == pytest.approx(min(costs), rel=1e-3)
        assert view.text("best-way").startswith(names)
        view.field("use-way").click()
        assert view.number("cost") == pytest.approx(min(costs), rel=1e-3)


def test_error_rates_of_groups_follow(load: Load) -> None:
    path = make_path(names=["north", "south"])
    view = at_balanced(load, path)
    view.press("weight", Keys.END)
    view.press("threshold", Keys.ARROW_LEFT * 12)
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
            percent, change = view.text(f"{rate}-{at}").replace("−", "-").split("\n")
            assert float(percent.removesuffix(" %")) == pytest.approx(100 * now, abs=0.05)
            assert float(change) == pytest.approx(100 * (now - then), abs=0.05)


def test_a_script_that_is_not_the_pages_own_does_not_run(load: Load) -> None:
    html = page_of(plain()).replace("</main>", "</main><script>document.title = 'run'</script>")
    view = load(html)
    assert view.driver.title.startswith("Weight path")
    assert any("Content Security Policy" in message for message in view.complaints())


def test_on_a_phone_the_sliders_stay_in_sight(load: Load) -> None:
    view = load(page_of(plain()), width=390)
    view.run("document.querySelector('[data-chart=loss]').scrollIntoView({block: 'end'})")
    place = view.run("return document.getElementById('weight').getBoundingClientRect().top")
    assert 0 <= place < 200


def test_amounts_of_any_size_fit_beside_their_axis(load: Load) -> None:
    path = make_path(costs=bw.Costs(fn=123_456.0, fp=54_321.0))
    view = at_balanced(load, path)
    labels = "document.querySelectorAll('[data-chart=cost] .role-axis-label text')"
    ticks = f"return [...{labels}].map(text => text.textContent)"
    assert any(tick.endswith(("k", "M")) for tick in view.run(ticks))
    assert view.cut() == []
    view.fill("fn-cost", "0.0000003")
    view.fill("fp-cost", "0.0000002")
    view.until(lambda: any("0.0000" in tick for tick in view.run(ticks)))
    assert view.cut() == []
