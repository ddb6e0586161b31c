"""The displays draw the numbers that scikit-learn finds in the same out-of-fold probabilities."""

import subprocess
import sys
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plots.paths import FOLDS, RATIOS, make_path
from scipy.special import expit
from sklearn.calibration import calibration_curve
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import (
    average_precision_score,
    confusion_matrix,
    f1_score,
    log_loss,
    precision_recall_curve,
    precision_score,
    recall_score,
)

import boostweights as bw
from boostweights.probabilities.calibration import fit_correction

DISPLAYS = [
    bw.plots.WeightPathDisplay,
    bw.plots.ConfusionPathDisplay,
    bw.plots.PrecisionRecallPathDisplay,
    bw.plots.CalibrationShiftDisplay,
]
COSTS = bw.Costs(fn=20.0, fp=1.0)
SCORES = {
    "recall": lambda y, p, t: recall_score(y, p >= t),
    "precision": lambda y, p, t: precision_score(y, p >= t, zero_division=0),
    "f1": lambda y, p, t: f1_score(y, p >= t),
    "average_precision": lambda y, p, t: average_precision_score(y, p),
    "log_loss": lambda y, p, t: log_loss(y, p),
    "cost": lambda y, p, t: float(np.mean(np.where(y, 20.0 * (p < t), 1.0 * (p >= t)))),
}


def mean_over_folds(path: Any, name: str, proba: np.ndarray, thresholds: Any = 0.5) -> float:
    by_fold = np.broadcast_to(thresholds, FOLDS)
    folds = [path.fold == k for k in range(FOLDS)]
    scores = [SCORES[name](path.y[rows], proba[rows], t) for rows, t in zip(folds, by_fold, strict=True)]
    return float(np.mean(scores))


@pytest.mark.parametrize("style", ["fill_between", "errorbar", None])
def test_lines_are_the_means_over_folds(style: str | None) -> None:
    path = make_path(costs=COSTS)
    names = list(SCORES)
    display = bw.plots.WeightPathDisplay.from_path(path, metrics=names, std_display_style=style)
    lines = [bar[0] for bar in display.errorbar_] if style == "errorbar" else display.lines_
    # panel by panel: metrics of 0 to 1, log losses, cost
    for line, name in zip(lines, names, strict=True):
        expected = [mean_over_folds(path, name, proba) for proba in path.proba]
        np.testing.assert_allclose(line.get_ydata(), expected, rtol=1e-12)
        np.testing.assert_array_equal(line.get_xdata(), RATIOS)
    assert (display.lines_ is None) == (style == "errorbar")
    assert (display.errorbar_ is None) == (style != "errorbar")
    assert (display.fill_between_ is None) == (style != "fill_between")
    assert len(display.axes_) == 3
    below = display.axes_[-1]
    assert below.get_xscale() == "log"
    assert [label.get_text() for label in below.get_xticklabels()] == ["1", "3", "10", "30"]
    assert below.get_xlabel() == "weight of class 1"


def test_metrics_are_told_apart_without_colour_and_drawn_once() -> None:
    names = [*SCORES, "roc_auc", "log_loss_corrected"]
    display = bw.plots.WeightPathDisplay.from_path(make_path(costs=COSTS), metrics=[*names, *names])
    assert len(display.lines_) == len(names) == 8
    assert len({line.get_marker() for line in display.lines_}) == 8
    assert len({line.get_color() for line in display.lines_}) == 8


def test_intervals_are_those_of_the_frame() -> None:
    path = make_path()
    frame = path.to_frame()
    band = bw.plots.WeightPathDisplay.from_path(path).fill_between_[0].get_paths()[0].vertices
    for ratio, low, high in zip(RATIOS, frame["recall_low"], frame["recall_high"], strict=True):
        drawn = band[band[:, 0] == ratio, 1]
        assert drawn.min() == pytest.approx(max(low, 0))  # beyond 0..1 it would say nothing
        assert drawn.max() == pytest.approx(min(high, 1))
    bars = bw.plots.WeightPathDisplay.from_path(path, std_display_style="errorbar").errorbar_[1]
    ends = np.array([segment[:, 1] for segment in bars[2][0].get_segments()])
    np.testing.assert_allclose(ends, frame[["precision_low", "precision_high"]].clip(0, 1).to_numpy())


@pytest.mark.parametrize("name", ["recall", "precision", "cost"])
def test_baselines_are_the_unweighted_model_at_other_thresholds(name: str) -> None:
    path = make_path(costs=COSTS)
    display = bw.plots.WeightPathDisplay.from_path(path, metrics=[name])
    (equivalent,), (tuned,) = display.equivalent_lines_, display.tuned_lines_
    expected = [mean_over_folds(path, name, path.baseline, 1 / (1 + ratio)) for ratio in RATIOS]
    np.testing.assert_allclose(equivalent.get_ydata(), expected)
    level = mean_over_folds(path, name, path.baseline, path.tuned_threshold)
    np.testing.assert_allclose(tuned.get_ydata(), level)


def test_a_metric_without_a_threshold_has_no_baselines() -> None:
    display = bw.plots.WeightPathDisplay.from_path(make_path(), metrics=["average_precision", "log_loss"])
    assert display.equivalent_lines_ == display.tuned_lines_ == []
    without = bw.plots.WeightPathDisplay.from_path(make_path(), baselines=False)
    assert without.equivalent_lines_ == without.tuned_lines_ == []


def test_line_keywords_reach_matplotlib() -> None:
    path = make_path()
    display = bw.plots.WeightPathDisplay.from_path(path, line_kw={"c": "k"}, fill_between_kw={"alpha": 0.5})
    assert display.lines_[0].get_color() == "k"
    assert display.fill_between_[0].get_alpha() == 0.5
    looks: dict[str, Any] = {"im_kw": {"cmap": "Reds"}, "text_kw": {"rotation": 90}}
    confusion = bw.plots.ConfusionPathDisplay.from_path(path, **looks)
    assert confusion.im_[0].get_cmap().name == "Reds"
    assert confusion.text_[0, 0, 0].get_rotation() == 90
    looks = {"std_display_style": "errorbar", "errorbar_kw": {"ls": ":"}}
    bars = bw.plots.WeightPathDisplay.from_path(path, **looks)
    assert bars.errorbar_[0][0].get_linestyle() == ":"
    looks = {"line_kw": {"linewidth": 3}, "point_kw": {"marker": "s"}, "cmap": "magma"}
    curve = bw.plots.PrecisionRecallPathDisplay.from_path(path, **looks)
    assert curve.lines_[0].get_linewidth() == 3
    assert curve.points_[0].get_marker() == "s"
    assert bw.plots.CalibrationShiftDisplay.from_path(make_path(), marker="x").lines_[1].get_marker() == "x"


@pytest.mark.parametrize("threshold", [0.5, 0.2])
def test_confusion_matrices_are_scikit_learns(threshold: float) -> None:
    path = make_path(classes=("bad", "good"))
    display = bw.plots.ConfusionPathDisplay.from_path(path, threshold=threshold)
    for at, proba in enumerate(path.proba):
        counts = confusion_matrix(path.y, proba >= threshold)
        shares = confusion_matrix(path.y, proba >= threshold, normalize="true")
        np.testing.assert_allclose(display.im_[at].get_array(), shares)
        for place in np.ndindex(2, 2):
            assert display.text_[at][place].get_text() == f"{counts[place]:,}\n{shares[place]:.1%}"
    assert [panel.get_title() for panel in display.axes_] == [f"weight {ratio:g}" for ratio in RATIOS]
    assert [text.get_text() for text in display.axes_[0].get_yticklabels()] == ["bad", "good"]
    assert [text.get_text() for text in display.axes_[1].get_yticklabels()] == ["", ""]


def test_counts_are_written_white_on_dark_and_black_on_pale() -> None:
    display = bw.plots.ConfusionPathDisplay.from_path(make_path())
    for image, texts in zip(display.im_, display.text_, strict=True):
        for (i, j), share in np.ndenumerate(image.get_array()):
            if share < 0.4 or share > 0.9:
                assert texts[i, j].get_color() == ("white" if share > 0.9 else "black")


def test_the_negative_class_comes_first_whichever_it_is() -> None:
    display = bw.plots.ConfusionPathDisplay.from_path(make_path(classes=("bad", "good"), pos_label="bad"))
    assert [text.get_text() for text in display.axes_[0].get_xticklabels()] == ["good", "bad"]


@pytest.mark.parametrize(("number", "rows"), [(1, 1), (5, 1), (6, 2), (11, 3)])
def test_every_weight_has_a_panel(number: int, rows: int) -> None:
    display = bw.plots.ConfusionPathDisplay.from_path(make_path(np.geomspace(1, 40, number)))
    assert len(display.axes_) == number
    assert len(display.figure_.axes) == number + 1  # and what holds them: no empty panel is left
    assert len({round(panel.get_position().y0, 6) for panel in display.axes_}) == rows
    assert sum(panel.get_xlabel() == "predicted" for panel in display.axes_) == -(-number // rows)


def test_curves_and_points_are_scikit_learns() -> None:
    path = make_path()
    display = bw.plots.PrecisionRecallPathDisplay.from_path(path)
    for line, point, proba in zip(display.lines_, display.points_, path.proba, strict=True):
        precision, recall, _ = precision_recall_curve(path.y, proba)
        np.testing.assert_allclose(line.get_xydata(), np.column_stack([recall, precision]))
        decided = proba >= 0.5
        expected = [[recall_score(path.y, decided), precision_score(path.y, decided)]]
        np.testing.assert_allclose(point.get_xydata(), expected)
    hollow = [
        [recall_score(path.y, path.baseline >= t), precision_score(path.y, path.baseline >= t)]
        for t in (1 / (1 + ratio) for ratio in RATIOS)
    ]
    np.testing.assert_allclose(display.equivalent_line_.get_xydata(), hollow)
    assert bw.plots.PrecisionRecallPathDisplay.from_path(path, baselines=False).equivalent_line_ is None
    for drawn in (display.lines_, display.points_):
        assert len({tuple(each.get_color()) for each in drawn}) == len(RATIOS)


def test_a_weight_that_predicts_nothing_positive_has_no_point() -> None:
    path = make_path()
    nothing = np.vstack([path.proba[:1] * 0.4, path.proba[1:]])
    display = bw.plots.PrecisionRecallPathDisplay.from_path(make_path(proba=nothing))
    assert np.isnan(display.points_[0].get_ydata()).all()
    assert "1" not in {text.get_text() for text in display.text_}


@pytest.mark.parametrize("strategy", ["quantile", "uniform"])
def test_reliability_is_scikit_learns(strategy: str) -> None:
    path = make_path()
    display = bw.plots.CalibrationShiftDisplay.from_path(path, ratio=10, n_bins=7, strategy=strategy)
    for line, proba in zip(display.lines_, (path.proba[2], path.corrected[2], path.fitted[2]), strict=True):
        observed, predicted = calibration_curve(path.y, proba, n_bins=7, strategy=strategy)
        np.testing.assert_allclose(line.get_xydata(), np.column_stack([predicted, observed]))
        assert line.get_label().endswith(f"(log loss {log_loss(path.y, proba):.3f})")


def test_calibration_of_a_path_is_at_the_weight_nearest_to_balanced() -> None:
    path = make_path()
    assert path.imbalance_ratio == pytest.approx(11, abs=1)
    display = bw.plots.CalibrationShiftDisplay.from_path(path)
    assert display.weight == 10.0
    assert display.ax_.get_legend().get_title().get_text() == "weight 10"
    assert len(display.ax_.lines) == 1 + len(display.lines_)
    assert len(display.plot(ref_line=False).ax_.lines) == len(display.lines_)


@pytest.mark.parametrize("positive", ["bad", "good"])
@pytest.mark.parametrize("columns", [1, 2])
def test_predictions_are_corrected_by_their_weights(positive: str, columns: int) -> None:
    rng = np.random.default_rng(0)
    p = rng.uniform(0.05, 0.6, 400)
    y = np.where(rng.random(400) < p, "bad", "good")
    weights = bw.Explicit({"bad": 6.0, "good": 1.0}).resolve(y)
    bad = 6 * p / (6 * p + 1 - p)
    shown, honest = (bad, p) if positive == "bad" else (1 - bad, 1 - p)
    proba = shown if columns == 1 else np.column_stack([bad, 1 - bad])
    display = bw.plots.CalibrationShiftDisplay.from_predictions(y, proba, weights, pos_label=positive)
    np.testing.assert_allclose(display.proba, shown)
    np.testing.assert_allclose(display.corrected, honest)
    np.testing.assert_array_equal(display.y, y == positive)
    assert display.weight == pytest.approx(6.0 if positive == "bad" else 1 / 6)


@pytest.mark.parametrize("positive", [False, True])
def test_a_map_that_was_learned_is_drawn_as_a_third_curve(positive: bool) -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(-1, 1.5, 800)
    y = rng.random(800) < expit(scores)
    found = fit_correction(scores / 2 + np.log(6), y, bw.Explicit({False: 1.0, True: 6.0}).resolve(y))
    weighted = expit(scores / 2 + np.log(6))
    proba = np.column_stack([1 - weighted, weighted])
    display = bw.plots.CalibrationShiftDisplay.from_predictions(y, proba, found, pos_label=positive, n_bins=5)
    by_hand = expit(found.slopes[0] * scores / 2 + found.offsets[0])
    np.testing.assert_allclose(display.fitted, by_hand if positive else 1 - by_hand)
    np.testing.assert_allclose(display.corrected, expit(scores / 2 if positive else -scores / 2))
    observed, predicted = calibration_curve(y == positive, display.fitted, n_bins=5, strategy="quantile")
    np.testing.assert_allclose(display.lines_[2].get_xydata(), np.column_stack([predicted, observed]))
    loss = log_loss(y == positive, display.fitted)
    names = [line.get_label().split(" (")[0] for line in display.lines_]
    assert names == ["as trained", "corrected", "fitted"]
    assert display.lines_[2].get_label() == f"fitted (log loss {loss:.3f})"
    assert loss < min(log_loss(y == positive, each) for each in (display.proba, display.corrected))


X, Y = make_classification(300, weights=[0.8], random_state=0)


def test_one_panel_is_drawn_in_any_axes() -> None:
    ax = plt.figure().add_axes((0, 0, 1, 1))
    assert bw.plots.WeightPathDisplay.from_path(make_path(), ax=ax).ax_ is ax


@pytest.mark.parametrize("weighted", [False, True])
def test_calibration_from_an_estimator_is_balanced_by_default(weighted: bool) -> None:
    w = np.random.default_rng(0).uniform(0.5, 2, 300) if weighted else np.ones(300)
    ax = plt.subplots(1, 2)[1][1]
    settings = {"sample_weight": w} if weighted else {}
    made = bw.plots.CalibrationShiftDisplay.from_estimator(
        LogisticRegression(), X, Y, cv=2, ax=ax, **settings
    )
    assert made.ax_ is ax
    weight = w[Y == 0].sum() / w[Y == 1].sum()
    assert made.weight == pytest.approx(weight)
    np.testing.assert_allclose(made.corrected, made.proba / (made.proba + weight * (1 - made.proba)))


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
def test_parameters_of_training_and_axes_reach_it(display: Any) -> None:
    figure, (_, ax) = plt.subplots(1, 2)
    names = np.where(Y == 1, "bad", "good")
    w = np.random.default_rng(0).uniform(0.5, 2, 300)
    ratio = {"ratio": 3.0} if display is bw.plots.CalibrationShiftDisplay else {"ratios": [3.0]}
    settings: dict[str, Any] = {"cv": 2, "pos_label": "bad", "sample_weight": w, "costs": COSTS}
    made = display.from_estimator(LogisticRegression(), X, names, ax=ax, **ratio, **settings)
    assert made.figure_ is figure
    assert made.ax_ is ax or display is bw.plots.WeightPathDisplay  # whose first panel is in its place
    path = bw.weight_path(LogisticRegression(), X, names, ratios=[3.0], **settings)
    results = made if display is bw.plots.CalibrationShiftDisplay else made.path
    np.testing.assert_array_equal(np.ravel(results.proba), path.proba[0])
    assert getattr(results, "costs", COSTS) == COSTS
    with pytest.raises(ValueError, match="n_jobs"):
        display.from_estimator(LogisticRegression(), X, Y, n_jobs=0)


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
def test_drawing_again_gives_a_figure_of_its_own(display: Any) -> None:
    made = display.from_path(make_path())
    first = made.figure_
    assert made.plot() is made
    assert made.figure_ is not first


@pytest.mark.parametrize("display", DISPLAYS[:2], ids=lambda display: display.__name__)
def test_given_axes_are_split_in_their_place(display: Any) -> None:
    figure, axes = plt.subplots(1, 2)
    made = display.from_path(make_path(costs=COSTS), ax=axes[1])
    assert not axes[1].axison
    assert made.figure_ is figure
    place = axes[1].get_position()
    for panel in made.axes_:
        assert panel.get_position().x0 >= place.x0 - 1e-9
        assert panel.get_position().x1 <= place.x1 + 1e-9


WEIGHT, CONFUSION, CURVE, CALIBRATION = DISPLAYS
WHOLE = (0, 0, 1, 1)  # a place of axes that cannot be split
UNDRAWABLE = [
    (WEIGHT, {"metrics": ["recal"]}, "Did you mean 'recall'"),
    (WEIGHT, {"metrics": "cost"}, "columns of the path"),  # which has no costs
    (WEIGHT, {"metrics": []}, "at least one"),
    (WEIGHT, {"std_display_style": "bars"}, "std_display_style"),
    (CONFUSION, {"threshold": 1.5}, r"in \[0, 1\]"),
    (CONFUSION, {"threshold": "0.5"}, "must be a number"),
    (CURVE, {"threshold": np.nan}, r"in \[0, 1\]"),
    (CALIBRATION, {"strategy": "quantiles"}, "quantile"),
    (CONFUSION, {"threshhold": 0.5}, "threshhold"),
    (CURVE, {"ax": 3}, "must be matplotlib Axes"),
    (CONFUSION, {"ax": WHOLE}, "fig.add_subplot"),
    (WEIGHT, {"ax": WHOLE, "metrics": ["recall", "log_loss"]}, "fig.add_subplot"),
]


@pytest.mark.parametrize(("display", "settings", "message"), UNDRAWABLE)
def test_what_cannot_be_drawn_is_refused_before_training(display: Any, settings: Any, message: str) -> None:
    if isinstance(settings.get("ax"), tuple):
        settings = settings | {"ax": plt.figure().add_axes(settings["ax"])}
    with pytest.raises((ValueError, TypeError), match=message):
        display.from_path(make_path(), **settings)
    with pytest.raises((ValueError, TypeError), match=message):
        display.from_estimator("nothing to train", [[0.0], [1.0]], [0, 1], **settings)


BAD = {
    "weight_path": (lambda: WEIGHT(path=3), TypeError),
    "nearest is 3.0": (lambda: CALIBRATION.from_path(make_path(), ratio=4.0), ValueError),
    "class_weights_": (lambda: predictions(weights={0: 1, 1: 2}), TypeError),
    "two classes": (lambda: predictions(weights=bw.Balanced().resolve([0, 1, 2])), ValueError),
    "the same rows": (lambda: predictions(proba=[0.5]), ValueError),
    "probabilit": (lambda: predictions(proba=[0.5, 1.5]), ValueError),
    "2": (lambda: predictions(y=[0, 2]), KeyError),
    "pos_label=": (
        lambda: CALIBRATION.from_estimator(LogisticRegression(), [[0], [1]], ["a", "b"]),
        ValueError,
    ),
}


def predictions(y: Any = (0, 1), proba: Any = (0.5, 0.5), weights: Any = None) -> Any:
    weights = bw.Explicit({0: 1.0, 1: 2.0}).resolve([0, 1]) if weights is None else weights
    return bw.plots.CalibrationShiftDisplay.from_predictions(y, proba, weights)


@pytest.mark.parametrize("message", BAD)
def test_bad_input_is_refused(message: str) -> None:
    call, error = BAD[message]
    with pytest.raises(error, match=message) as caught:
        call()
    assert isinstance(caught.value, bw.BoostweightsError)


@pytest.mark.parametrize("display", DISPLAYS, ids=lambda display: display.__name__)
def test_without_matplotlib_nothing_is_trained(display: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(bw.errors.MissingLibraryError, match=r"boostweights\[plots\]"):
        display.from_estimator("trained only after the check", None, None)


def test_the_room_loads_no_drawing_library() -> None:
    code = (
        "import sys, boostweights.plots\n"
        "drawing = {'matplotlib', 'altair', 'jinja2', 'vl_convert'} & set(sys.modules)\n"
        "assert not drawing, drawing"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
