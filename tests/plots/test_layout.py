"""What matplotlib's own renderer finds: no text on another, none cut, nothing under the legend."""

from collections.abc import Iterable
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plots.paths import make_path
from sklearn.calibration import calibration_curve

import boostweights as bw
from boostweights.plots.base import weight_axis, weight_text

LONG = "defaulted within twelve months of origination"
COSTS = bw.Costs(fn=20.0, fp=1.0)
MONEY = ("under 5$", r"$\frac 5$ or more")  # as mathematics it would not even parse


def boxes(texts: Iterable[Any]) -> list[Any]:
    return [text.get_window_extent() for text in texts if text.get_text() and text.get_visible()]


def touching(texts: Iterable[Any]) -> list[Any]:
    return [(a, b) for a, b in combinations(boxes(texts), 2) if a.overlaps(b)]


@pytest.mark.parametrize("size", [(6.4, 4.8), (9.0, 7.0)], ids=["alone", "of four"])
@pytest.mark.parametrize(
    "display", [bw.plots.WeightPathDisplay, bw.plots.PrecisionRecallPathDisplay], ids=["weight", "pr"]
)
@pytest.mark.parametrize("costs", [None, COSTS], ids=["no costs", "costs"])
def test_the_legend_covers_no_data_and_stays_inside(
    display: Any, size: tuple[float, float], costs: Any
) -> None:
    shape = (1, 1) if size[0] < 9 else (2, 2)
    figure, axes = plt.subplots(*shape, figsize=size, squeeze=False, layout="constrained")
    ax = display.from_path(make_path(costs=costs), ax=axes[0, 0]).ax_
    figure.canvas.draw()
    legend = ax.get_legend().get_window_extent()
    assert legend.y0 >= ax.transData.transform((0.5, 1.0))[1]
    assert ax.bbox.x0 <= legend.x0 < legend.x1 <= ax.bbox.x1


@pytest.mark.parametrize(
    ("metrics", "explaining"),
    [("cost", 0), (["log_loss", "cost"], 1), (["recall", "log_loss", "cost"], 0), ("log_loss", None)],
)
def test_the_baselines_are_explained_once(metrics: Any, explaining: int | None) -> None:
    display = bw.plots.WeightPathDisplay.from_path(make_path(costs=COSTS), metrics=metrics)
    texts = [
        [] if (legend := panel.get_legend()) is None else [text.get_text() for text in legend.get_texts()]
        for panel in display.axes_
    ]
    explained = [at for at, each in enumerate(texts) if "unweighted, tuned threshold" in each]
    assert explained == ([] if explaining is None else [explaining])
    assert "unweighted, at 1/(1 + weight)" in texts[explaining or 0] or explaining is None


def test_all_of_an_only_weight_is_seen() -> None:
    display = bw.plots.WeightPathDisplay.from_path(make_path([10.0]))
    assert all(line.get_marker() == "_" for line in display.equivalent_lines_)
    assert all(band.get_linewidth()[0] > 0 for band in display.fill_between_)
    more = bw.plots.WeightPathDisplay.from_path(make_path())
    assert all(line.get_marker() == "None" for line in more.equivalent_lines_)


def test_the_highest_cost_is_inside_its_panel() -> None:
    path = make_path(costs=COSTS)
    panel = bw.plots.WeightPathDisplay.from_path(path, metrics="cost", std_display_style=None).ax_
    bottom, top = panel.get_ylim()
    assert bottom == 0
    assert top > 1.05 * max(line.get_ydata()[0] for line in panel.lines)


@pytest.mark.parametrize(
    "ratios",
    [(1, 1.01, 1.02, 3), np.geomspace(0.0451, 1, 8), np.geomspace(1, 300, 30), (1, 1e3, 1e4, 1e5, 1e6)],
    ids=["close", "long texts", "many", "large"],
)
@pytest.mark.parametrize("width", [3.0, 6.4])
def test_weights_on_the_axis_do_not_touch(ratios: Any, width: float) -> None:
    figure, ax = plt.subplots(figsize=(width, 3), layout="constrained")
    ax.plot(ratios, ratios)
    weight_axis(ax, ratios)
    figure.canvas.draw()
    labels = ax.get_xticklabels()
    assert touching(labels) == []
    assert [labels[0].get_text(), labels[-1].get_text()] == [weight_text(ratios[at]) for at in (0, -1)]
    assert len(labels) >= 4 or width < 4 or ratios[1] < 1.1


def moved(shift: float) -> Any:
    """A path whose operating points are near each other; with 1 all are the same one."""
    path = make_path(np.geomspace(1, 40, 12))
    return make_path(path.ratios, proba=path.proba ** (1 - shift))


@pytest.mark.parametrize("shift", [0.0, 0.5, 0.9, 1.0])
def test_weights_beside_points_do_not_touch_and_stay_inside(shift: float) -> None:
    display = bw.plots.PrecisionRecallPathDisplay.from_path(moved(shift))
    display.figure_.canvas.draw()
    assert touching(display.text_) == []
    assert all(
        display.ax_.bbox.x0 <= box.x0 and box.x1 <= display.ax_.bbox.x1 for box in boxes(display.text_)
    )
    places = display.ax_.transData.transform([point.get_xydata()[0] for point in display.points_])
    for text in display.text_:
        own = display.ax_.transData.transform(text.xy)
        others = places[np.abs(places - own).max(axis=1) > 2]
        assert not any(text.get_window_extent().contains(*place) for place in others)
    assert {"1", "40"} & {text.get_text() for text in display.text_}


@pytest.mark.parametrize("classes", [(0, 1), ("repaid in full", LONG), MONEY], ids=["short", "long", "$"])
@pytest.mark.parametrize("times", [1, 1_000])
def test_texts_of_confusion_matrices_have_room(classes: Any, times: int) -> None:
    path = make_path(classes=classes, pos_label=classes[1])
    rows = {name: np.tile(getattr(path, name), times) for name in ("row", "fold", "y", "baseline")}
    grids = {name: np.tile(getattr(path, name), (1, times)) for name in ("proba", "corrected")}
    display = bw.plots.ConfusionPathDisplay.from_path(make_path(classes=classes, **rows, **grids))
    display.figure_.canvas.draw()
    whole = display.figure_.bbox
    assert 7 <= display.text_[0, 0, 0].get_size() <= 9 or times > 1
    for panel, texts in zip(display.axes_, display.text_, strict=True):
        assert all(box.width <= panel.bbox.width / 2 for box in boxes(texts.ravel()))
        if classes == (0, 1):
            assert touching(panel.get_xticklabels()) == []
        else:  # turned: their boxes overlap, the lines of text do not
            assert {label.get_rotation() for label in panel.get_xticklabels()} == {35.0}
        for box in boxes([*panel.get_xticklabels(), *panel.get_yticklabels(), panel.title]):
            assert whole.x0 <= box.x0 < box.x1 <= whole.x1
            assert whole.y0 <= box.y0 < box.y1 <= whole.y1


@pytest.mark.parametrize("classes", [("fine", LONG), MONEY], ids=["long", "$"])
@pytest.mark.parametrize(
    "display",
    [
        bw.plots.WeightPathDisplay,
        bw.plots.ConfusionPathDisplay,
        bw.plots.PrecisionRecallPathDisplay,
        bw.plots.CalibrationShiftDisplay,
    ],
    ids=lambda display: display.__name__,
)
def test_names_of_classes_are_drawn_as_they_are_and_fit(display: Any, classes: Any) -> None:
    made = display.from_path(make_path(classes=classes, pos_label=classes[1]))
    made.figure_.canvas.draw()
    for ax in made.figure_.axes:
        for box in boxes([ax.xaxis.label, ax.yaxis.label]):
            assert made.figure_.bbox.x0 <= box.x0 < box.x1 <= made.figure_.bbox.x1
            assert made.figure_.bbox.y0 <= box.y0 < box.y1 <= made.figure_.bbox.y1


@pytest.mark.parametrize("share", [1.0, 0.05])
def test_reliability_of_a_rare_class_fills_the_axes(share: float) -> None:
    path = make_path()
    y = path.y & (np.random.default_rng(0).random(len(path.y)) < share)
    proba = path.proba[-1] * share
    display = bw.plots.CalibrationShiftDisplay(y=y, proba=proba, corrected=proba / 2).plot()
    curves = [calibration_curve(y, each, n_bins=10, strategy="quantile") for each in (proba, proba / 2)]
    largest = np.max(curves)
    assert largest < display.ax_.get_xlim()[1] < 1.1 * largest
    assert display.ax_.get_xlim() == display.ax_.get_ylim()


@pytest.mark.parametrize("display", [bw.plots.WeightPathDisplay, bw.plots.ConfusionPathDisplay])
def test_pyplots_axes_stay_where_they_were_and_a_part_of_a_figure_is_drawn_in(display: Any) -> None:
    _, axes = plt.subplots(1, 2)
    plt.sca(axes[0])
    display.from_path(make_path(costs=COSTS), ax=axes[1])
    assert plt.gca() is axes[0]
    part = plt.figure(layout="constrained").subfigures(1, 2)[0]
    assert display.from_path(make_path(costs=COSTS), ax=part.subplots()).figure_ is part
