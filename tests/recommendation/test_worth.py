"""What options do on resamples, against scikit-learn's metrics of the same weighted rows."""

from typing import Any

import numpy as np
import pytest
from recommendation.models import COSTS, FOLD, ROWS, M, Y, model, option_of, proba
from sklearn import metrics as sk

import boostweights as bw
from boostweights.recommendation.needs import NEEDS
from boostweights.recommendation.options import TRIVIAL, Option, Rows, units_of
from boostweights.recommendation.worth import Resamples, worths


@pytest.mark.parametrize("rule", ["tuned", "0.5"])
def test_f1_is_scikit_learns_of_rows_weighted_as_often_as_they_are_drawn(rule: str) -> None:
    models = [model(None, proba(1.5))]
    resamples = Resamples(rows=ROWS, count=4, seed=3)
    [found] = worths([option_of("decisions", rule, models)], NEEDS["decisions"], resamples, None)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    scores = models[0].proba
    for at in range(4):
        thresholds = [0.5] if rule == "0.5" else np.unique(scores)[::-1]
        of = lambda t, weights: sk.f1_score(Y, scores >= t, sample_weight=weights)  # noqa: E731
        best = max(thresholds, key=lambda t: of(t, drawn[:, at]))
        fn, fp, tp = found.drawn[2, at], found.drawn[1, at], found.drawn[3, at]
        assert 2 * tp / (2 * tp + fp + fn) == pytest.approx(of(best, drawn[:, at]), abs=1e-12)
        left = (drawn[:, at] == 0).astype(float)
        tn, fp, fn, tp = found.left[:, at]
        expected = sk.confusion_matrix(Y, scores >= best, sample_weight=left).ravel()
        assert [tn, fp, fn, tp] == pytest.approx(expected.tolist())
    whole = max(thresholds, key=lambda t: sk.f1_score(Y, scores >= t))
    assert found.threshold == whole
    assert found.whole[:, 0].tolist() == sk.confusion_matrix(Y, scores >= whole).ravel().tolist()
    for at, weights in enumerate(drawn.T):
        expected = sk.confusion_matrix(Y, scores >= whole, sample_weight=weights).ravel()
        assert found.fixed[:, at].tolist() == expected.tolist()


def test_rules_without_a_model_are_counted_as_expected_of_lots() -> None:
    resamples = Resamples(rows=ROWS, count=5, seed=3)
    found = worths([Option(trivial=name) for name in TRIVIAL], NEEDS["costs"], resamples, COSTS)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    for at, weights in enumerate(drawn.T):
        nobody, everybody = (
            sk.confusion_matrix(Y, np.full(M, flag), sample_weight=weights).ravel() for flag in (False, True)
        )
        for each, rate in zip(found, (0.0, 1.0, np.average(Y, weights=weights)), strict=True):
            np.testing.assert_allclose(each.drawn[:, at], (1 - rate) * nobody + rate * everybody)


@pytest.mark.parametrize(
    ("need", "metric"),
    [("probabilities", sk.log_loss), ("ranking", sk.average_precision_score)],
)
def test_figures_of_probabilities_are_scikit_learns(need: str, metric: Any) -> None:
    models = [model(None, proba(1.0).clip(0.01, 0.99))]
    resamples = Resamples(rows=ROWS, count=5, seed=3)
    [found] = worths([option_of(need, "none", models)], NEEDS[need], resamples, None)
    drawn = np.concatenate([chunk for _, chunk in resamples.chunks()], axis=1)
    for at in range(5):
        for outcome, weights in ((found.drawn, drawn[:, at]), (found.left, drawn[:, at] == 0)):
            expected = metric(Y, models[0].proba, sample_weight=weights.astype(float))
            assert outcome[0, at] == pytest.approx(expected, abs=1e-12)


def test_units_are_drawn_whole_and_equal_seeds_draw_alike() -> None:
    rows = Rows(y=Y, unit=np.arange(M) // 3, fold=FOLD)
    [(_, first)], [(_, second)] = (list(Resamples(rows=rows, count=9, seed=1).chunks()) for _ in range(2))
    assert (first == second).all()
    assert (first[0::3] == first[2::3]).all()


@pytest.mark.parametrize(
    ("y", "unit"),
    [
        (Y, np.arange(M) % 3),
        (Y, np.where(Y, np.arange(M) % 2, 2 + np.arange(M) % 10)),
        (~Y, np.where(Y, 2 + np.arange(M) % 10, np.arange(M) % 2)),
        (~Y, np.where(Y, np.arange(M) % 2, 2 + np.arange(M) % 10)),
    ],
)
def test_each_resample_has_both_classes_and_leaves_rows_out(
    y: Any, unit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By chance many would draw all of three groups, or none of two."""
    monkeypatch.setattr("boostweights.recommendation.options.FEWEST", 2)
    [(_, drawn)] = Resamples(rows=Rows(y=y, unit=unit, fold=FOLD), count=200, seed=0).chunks()
    for each in (drawn[y] > 0, drawn[~y] > 0, drawn == 0):
        assert each.any(axis=0).all()
    for number in range(unit.max() + 1):
        assert (np.ptp(drawn[unit == number], axis=0) == 0).all()


def test_resamples_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("boostweights.recommendation.worth._CHUNK", 70 * M)
    places, parts = zip(*Resamples(rows=ROWS, count=166, seed=0).chunks(), strict=True)
    assert [(each.start, each.stop) for each in places] == [(0, 70), (70, 140), (140, 166)]
    assert [each.shape for each in parts] == [(M, 70), (M, 70), (M, 26)]


def test_rows_are_one_unit_where_any_column_joins_them() -> None:
    assert units_of(np.array([0, 1, 2, 3, 0]), np.array([5, 5, 6, 7, 7])).tolist() == [0, 0, 1, 0, 0]


@pytest.mark.parametrize("positive", [True, False])
@pytest.mark.parametrize("rows", [1, 5])
def test_too_few_rows_or_groups_of_a_class_are_refused(rows: int, positive: bool) -> None:
    def made(few: int) -> Rows:
        side = np.repeat(np.arange(100) < few, rows)
        return Rows(y=side == positive, unit=np.repeat(np.arange(100), rows), fold=np.arange(100 * rows) % 2)

    assert len(made(10).y) == 100 * rows
    with pytest.raises(bw.errors.InvalidValueError, match="at least 10 rows of each class.*9"):
        made(9)
