"""Folds that are trained at a time make the path that they make one after another."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib import parallel_config
from libraries import hard_data, make_estimator
from sklearn.linear_model import LogisticRegression

import boostweights as bw

X, Y = hard_data(rows=300)
FULL = np.nan_to_num(X)
ARRAYS = ("row", "fold", "y", "proba", "corrected", "fitted", "baseline", "tuned_threshold", "train_size")


def same(one: bw.path.WeightPath, other: bw.path.WeightPath) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert repr(one) == repr(other)


@pytest.mark.parametrize(
    ("library", "settings"),
    [
        ("lightgbm", {"sample_weight": np.linspace(0.5, 2.0, len(Y))}),
        ("catboost", {"positive": 0}),
        ("xgboost", {"reuse": "frozen"}),
        ("sklearn", {"costs": bw.Costs(fn=9, fp=2)}),
    ],
)
def test_folds_at_a_time_are_folds_one_after_another(library: str, settings: dict[str, Any]) -> None:
    given = {"estimator": make_estimator(library), "X": X, "y": Y, "ratios": [0.5, 6.0], "cv": 3}
    given |= {"tuning": "nested", **settings}
    same(bw.weight_path(**given, n_jobs=2), bw.weight_path(**given, n_jobs=1))


def test_what_folds_at_a_time_kept_is_found_by_one_after_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: dict[str, Any] = {"cv": 3, "tuning": "nested", "store": tmp_path}
    path = bw.weight_path(LogisticRegression(), FULL, Y, [3.0], n_jobs=2, **given)
    assert len(list(tmp_path.iterdir())) == 3 * 3  # two ratios and a threshold

    def fit(self: Any, X: Any, y: Any, sample_weight: Any = None) -> Any:
        raise AssertionError("trained again")

    monkeypatch.setattr(LogisticRegression, "fit", fit)
    same(bw.weight_path(LogisticRegression(), FULL, Y, [3.0], **given), path)


@pytest.mark.parametrize(
    ("settings", "ratio", "error", "match"),
    [
        ({}, 1e300, bw.errors.InvalidValueError, "float32's normal range"),
        ({"early_stopping_round": 2}, 3.0, ValueError, "For early stopping, at least|stopping_rounds"),
    ],
)
def test_errors_come_out_as_they_are(
    settings: dict[str, Any], ratio: float, error: type[Exception], match: str
) -> None:
    with pytest.raises(error, match=match) as raised:
        bw.weight_path(make_estimator("lightgbm", **settings), X, Y, [ratio], cv=2, n_jobs=2)
    assert type(raised.value) is error


def test_the_bar_goes_on_fold_by_fold(capsys: Any) -> None:
    pytest.importorskip("rich")
    bw.weight_path(LogisticRegression(), FULL, Y, [6.0], cv=2, n_jobs=2, progress=True)
    assert "4/4 fold 2 " in capsys.readouterr().err


def test_left_open_it_is_what_joblib_is_configured_for(capsys: Any) -> None:
    pytest.importorskip("rich")
    with parallel_config(backend="threading", n_jobs=2):
        given: dict[str, Any] = {"cv": 2, "progress": True, "tuning": "nested"}
        bw.weight_path(LogisticRegression(), FULL, Y, [6.0], **given)
        assert "6/6 fold 2 " in capsys.readouterr().err
        bw.weight_path(LogisticRegression(), FULL, Y, [6.0], n_jobs=1, **given)
        assert "6/6 fold 2, threshold" in capsys.readouterr().err
