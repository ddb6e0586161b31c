"""The report of a tuned threshold holds what scikit-learn's metrics give out of fold, and what is drawn."""

import pickle
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pytest
import skops.io
from scipy.special import expit
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score, fbeta_score, make_scorer
from sklearn.model_selection import PredefinedSplit

import boostweights as bw
from boostweights.serving.skops import trusted_types

RNG = np.random.default_rng(3)
X = RNG.normal(size=(600, 3))
Y = (RNG.random(600) < expit(2 * X[:, 0] - 1.5)).astype(int)
FOLD = np.arange(600) % 3
WORDS = np.where(Y, "bad", "good")


def fitted(y: Any = Y, threshold: Any = "f1", fold: Any = FOLD, **settings: Any) -> bw.WeightedClassifier:
    settings = {"weighting": None, "calibration_cv": PredefinedSplit(fold), **settings}
    return bw.WeightedClassifier(LogisticRegression(), threshold=threshold, **settings).fit(X, y)


def out_of_fold(y: np.ndarray, at: int) -> np.ndarray:
    proba = np.empty(600)
    for fold in range(3):
        model = LogisticRegression().fit(X[fold != FOLD], y[fold != FOLD])
        proba[fold == FOLD] = model.predict_proba(X[fold == FOLD])[:, at]
    return proba


@pytest.mark.parametrize("words", [False, True])
def test_scores_and_thresholds_of_folds_are_brute_force(words: bool) -> None:
    y, settings = (WORDS, {"pos_label": "bad"}) if words else (Y, {})
    report = fitted(y, **settings).threshold_report_
    proba = out_of_fold(y, 0 if words else 1)
    expected = [f1_score(Y, proba >= value) for value in report.thresholds]
    np.testing.assert_allclose(report.scores, expected, atol=1e-12)
    assert report.threshold == report.thresholds[int(np.argmax(expected))]
    for fold, threshold in enumerate(report.fold_thresholds):
        rows = fold == FOLD
        tried = np.unique(proba[rows & (Y == 1)])
        assert len(tried) <= 100
        scores = [f1_score(Y[rows], proba[rows] >= value) for value in tried]
        assert threshold == pytest.approx(tried[int(np.argmax(scores))], abs=1e-12)
    assert report.fold_range == (min(report.fold_thresholds), max(report.fold_thresholds))
    frame = report.to_frame()
    assert list(frame.columns) == ["threshold", "score"]
    assert len(frame) == len(report.thresholds)


def test_a_scorer_of_the_users_own_names_itself() -> None:
    report = fitted(threshold=make_scorer(fbeta_score, beta=2)).threshold_report_
    proba = out_of_fold(Y, 1)
    expected = [fbeta_score(Y, proba >= value, beta=2) for value in report.thresholds]
    np.testing.assert_allclose(report.scores, expected, atol=1e-12)
    assert "fbeta" in str(report)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"weighting": bw.Costs(fn=9, fp=1, power=0)}, 0.1),
        ({"weighting": bw.Costs(fn=9, fp=1), "correct_proba": True}, 0.1),
        ({"weighting": bw.Costs(matrix=[[0, 1], [9, 0]], power=0), "pos_label": 0}, 0.9),
        ({"weighting": bw.Costs(fn=9, fp=1)}, None),
        ({"weighting": "balanced"}, None),
    ],
    ids=["unweighted", "corrected", "of the other class", "weighted", "without costs"],
)
def test_elkans_threshold_is_there_where_costs_are_known(
    settings: dict[str, Any], expected: float | None
) -> None:
    report = fitted(**settings).threshold_report_
    assert report.cost_threshold == (None if expected is None else pytest.approx(expected))
    assert ("the costs give" in str(report)) == (expected is not None)


def test_it_trains_as_many_models_as_without_it(monkeypatch: pytest.MonkeyPatch) -> None:
    fits: list[int] = []
    fit = LogisticRegression.fit

    def counted(self: Any, *columns: Any, **kwargs: Any) -> Any:
        fits.append(1)
        return fit(self, *columns, **kwargs)

    monkeypatch.setattr(LogisticRegression, "fit", counted)
    fitted()
    assert len(fits) == 4


def test_a_fold_without_positives_is_left_out() -> None:
    fold = np.where(Y == 1, FOLD % 2, FOLD)
    report = fitted(fold=fold).threshold_report_
    assert len(report.fold_thresholds) == 2


def test_it_lives_and_ends_as_other_fitted_attributes() -> None:
    clf = fitted()
    report = clf.threshold_report_
    trusted = [*trusted_types(), "sklearn.model_selection._split.PredefinedSplit"]
    assert pickle.loads(pickle.dumps(clf)).threshold_report_ == report
    assert skops.io.loads(skops.io.dumps(clf), trusted=trusted).threshold_report_ == report
    assert not hasattr(clone(clf), "threshold_report_")
    assert not hasattr(clf.set_params(threshold=0.3).fit(X, Y), "threshold_report_")
    three = np.where(X[:, 1] > 1, 2, Y)
    assert not hasattr(fitted(three, "f1_macro"), "threshold_report_")


def test_it_is_drawn() -> None:
    costs = bw.Costs(fn=9, fp=1, power=0)
    clf, ax = fitted(weighting=costs), plt.subplots()[1]
    report = clf.threshold_report_
    display = bw.plots.ThresholdDisplay.from_estimator(clf, ax=ax, color="k")
    assert display.ax_ is ax
    np.testing.assert_array_equal(display.line_.get_xydata(), np.c_[report.thresholds, report.scores])
    assert display.line_.get_color() == "k"
    assert display.threshold_line_.get_xdata()[0] == clf.threshold_
    span = display.fold_span_.get_extents().transformed(ax.transData.inverted())
    assert (span.x0, span.x1) == pytest.approx(report.fold_range)
    assert display.cost_line_.get_xdata()[0] == 0.1
    words = [text.get_text() for text in ax.get_legend().get_texts()]
    assert "range over 3 folds" in words
    assert not any("interval" in word for word in words)
    assert bw.plots.ThresholdDisplay.from_estimator(fitted()).cost_line_ is None
    with pytest.raises(bw.errors.InvalidTypeError, match="ThresholdReport"):
        bw.plots.ThresholdDisplay.from_estimator(fitted(threshold=0.3))
