"""Decision curves draw net benefit by the formula, and keep scikit-learn's conventions of displays."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from plots.paths import make_path
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix

import boostweights as bw

Display = bw.plots.NetBenefitDisplay
X, Y = make_classification(600, weights=[0.8], random_state=0)
MODEL = LogisticRegression().fit(X[:300], Y[:300])
PROBA = MODEL.predict_proba(X[300:])[:, 1]


def benefit(y: np.ndarray, p: np.ndarray, t: float) -> float:
    (_, fp), (_, tp) = confusion_matrix(y, p >= t)
    return float(tp - fp * t / (1 - t)) / len(y)


def test_lines_are_the_formula() -> None:
    thresholds = [0.05, 0.1, 0.4, 0.7]
    display = Display.from_predictions(Y[300:], PROBA, thresholds=thresholds, name="logistic")
    expected = [benefit(Y[300:], PROBA, t) for t in thresholds]
    np.testing.assert_allclose(display.line_.get_ydata(), expected, atol=1e-12)
    everyone = [benefit(Y[300:], np.ones(300), t) for t in thresholds]
    np.testing.assert_allclose(display.treat_all_.get_ydata(), everyone, atol=1e-12)
    assert np.ptp(display.treat_none_.get_ydata()) == 0
    assert display.line_.get_label() == "logistic"
    assert display.ax_.get_ylabel() == "net benefit"
    low, high = display.band
    assert (low <= display.net_benefit).all()
    assert (display.net_benefit <= high).all()


def test_the_band_is_that_of_draws_of_rows() -> None:
    display = Display.from_predictions(Y[300:], PROBA, thresholds=[0.2], n_bootstrap=200)
    rng = np.random.default_rng(5)
    drawn = [rng.integers(300, size=300) for _ in range(200)]
    ends = np.quantile([benefit(Y[300:][rows], PROBA[rows], 0.2) for rows in drawn], [0.025, 0.975])
    np.testing.assert_allclose(display.band[:, 0], ends, atol=0.015)
    assert Display.from_predictions(Y[300:], PROBA, n_bootstrap=0).fill_between_ is None


def test_from_an_estimator_with_words_for_labels() -> None:
    words = np.where(Y, "bad", "good")
    model = LogisticRegression().fit(X[:300], words[:300])
    display = Display.from_estimator(model, X[300:], words[300:], pos_label="bad")
    same = Display.from_predictions(Y[300:], PROBA)
    np.testing.assert_allclose(display.net_benefit, same.net_benefit, atol=1e-9)
    assert display.name == "LogisticRegression"
    assert display.ax_.get_xlabel() == "threshold of class bad"
    with pytest.raises(bw.errors.InvalidValueError, match="positive label must be given"):
        Display.from_estimator(model, X[300:], words[300:])


def test_costs_mark_their_thresholds() -> None:
    costs = [bw.Costs(fn=4, fp=1), bw.Costs(fn=19, fp=1)]
    display = Display.from_predictions(Y[300:], PROBA, costs=costs)
    assert display.cost_thresholds == (0.05, 0.2)
    corners = display.cost_span_.get_extents().transformed(display.ax_.transData.inverted())
    assert (round(corners.x0, 9), round(corners.x1, 9)) == (0.05, 0.2)
    assert display.thresholds.max() >= 0.2
    one = Display.from_predictions(Y[300:], PROBA, costs=costs[0])
    assert set(one.cost_span_.get_xdata()) == {0.2}
    with pytest.raises(bw.errors.InvalidTypeError, match="costs must be Costs"):
        Display.from_predictions(Y[300:], PROBA, costs=[0.3])


@pytest.mark.parametrize("corrected", [False, True, "fitted"])
def test_from_a_path(corrected: bool | str) -> None:
    path = make_path(costs=bw.Costs(fn=20.0, fp=1.0))
    display = Display.from_path(path, ratio=10.0, corrected=corrected)
    of = {False: path.proba, True: path.corrected, "fitted": path.fitted}[corrected]
    expected = [benefit(path.y, of[2], t) for t in display.thresholds]
    np.testing.assert_allclose(display.net_benefit, expected, atol=1e-12)
    assert display.name == "weight 10"
    assert display.cost_thresholds == (pytest.approx(1 / 21), pytest.approx(1 / 21))
    assert Display.from_path(path).name == "unweighted"


def test_a_second_model_in_the_same_axes() -> None:
    _, ax = plt.subplots()
    first = Display.from_predictions(Y[300:], PROBA, ax=ax, color="red")
    second = Display.from_predictions(Y[300:], PROBA / 2, ax=ax, baselines=False)
    assert first.ax_ is second.ax_ is ax
    assert first.line_.get_color() == "red" != second.line_.get_color()
    assert second.treat_all_ is None
    assert first.plot().ax_ is not ax
    with pytest.raises(bw.errors.InvalidTypeError, match="ax must be"):
        Display.from_predictions(Y[300:], PROBA, ax=3)
    with pytest.raises(bw.errors.InvalidTypeError, match="WeightPath"):
        Display.from_path(3)
