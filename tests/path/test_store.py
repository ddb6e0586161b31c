"""A path that is killed, or whose folds are trained at a time, ends as one that is trained undisturbed."""

from functools import wraps
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
import sklearn
from joblib import parallel_config
from libraries import hard_data, make_estimator
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.tree import DecisionTreeClassifier

import boostweights as bw
from boostweights.adapters.lightgbm.binning import _Fold
from boostweights.path.weight_path import settings_of

X, Y = hard_data(rows=300)
FULL = np.nan_to_num(X)
TREE = DecisionTreeClassifier(max_depth=5, random_state=0)
ARRAYS = ("row", "fold", "y", "proba", "corrected", "fitted", "baseline", "tuned_threshold", "train_size")


def same(one: bw.path.WeightPath, other: bw.path.WeightPath) -> None:
    for name in ARRAYS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert repr(one) == repr(other)


class Counted:
    """Counts fits, and stops at one of them as Ctrl-C would."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, owner: Any, method: str, stop_at: int = 0) -> None:
        self.calls, self.stop_at, own = 0, stop_at, getattr(owner, method)

        @wraps(own)  # its signature too: scikit-learn reads it
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.calls += 1
            if self.calls == self.stop_at:
                raise KeyboardInterrupt
            return own(*args, **kwargs)

        monkeypatch.setattr(owner, method, counted)


@pytest.mark.parametrize("stop_at", [1, 3, 5])
def test_a_stopped_path_goes_on_on_reused_bins(
    stop_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    estimator, ratios = make_estimator("lightgbm"), [1.0, 3.0, 6.0]
    undisturbed = bw.weight_path(estimator, X, Y, ratios, cv=2)
    fits = Counted(monkeypatch, _Fold, "fit", stop_at)
    with pytest.raises(KeyboardInterrupt):
        bw.weight_path(estimator, X, Y, ratios, cv=2, store=tmp_path)
    fits.stop_at = 0
    same(bw.weight_path(estimator, X, Y, ratios, cv=2, store=tmp_path), undisturbed)
    assert fits.calls == 6 + 1  # six results, one of which was begun twice
    assert {file.suffix for file in tmp_path.iterdir()} == {".npz"}


@pytest.mark.parametrize("stop_at", [2, 6, 12])
def test_a_stopped_path_goes_on_where_each_fit_is_its_own(
    stop_at: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    undisturbed = bw.weight_path(TREE, X, Y, [3.0], cv=2, tuning="nested")
    fits = Counted(monkeypatch, DecisionTreeClassifier, "fit", stop_at)
    with pytest.raises(KeyboardInterrupt):
        bw.weight_path(TREE, X, Y, [3.0], cv=2, tuning="nested", store=str(tmp_path))
    fits.stop_at = 0
    same(bw.weight_path(TREE, X, Y, [3.0], cv=2, tuning="nested", store=str(tmp_path)), undisturbed)


def test_nothing_is_trained_twice_and_a_longer_grid_trains_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bw.weight_path(TREE, FULL, Y, [3.0], cv=2, store=tmp_path)
    fits = Counted(monkeypatch, DecisionTreeClassifier, "fit")
    bw.weight_path(TREE, FULL, Y, [3.0], cv=2, store=tmp_path)
    assert fits.calls == 0
    longer = bw.weight_path(TREE, FULL, Y, [1.0, 3.0, 5.0], cv=2, store=tmp_path)
    assert fits.calls == 2  # of the ratio 5 alone: 1 is the baseline
    same(longer, bw.weight_path(TREE, FULL, Y, [1.0, 3.0, 5.0], cv=2))


@pytest.mark.parametrize(
    "changes",
    [
        {"X": FULL + 1e-9},
        {"X": np.asfortranarray(FULL[:, ::-1])},
        {"y": 1 - Y},
        {"cv": 3},
        {"estimator": DecisionTreeClassifier(max_depth=3, random_state=0)},
        {"estimator": bw.WeightedClassifier(TREE, count_rows=True)},
        {"scale": "none"},
        {"sample_weight": np.linspace(1, 2, len(Y))},
        {"pos_label": 0},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_what_changes_a_result_is_trained_again(
    changes: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"estimator": TREE, "X": FULL, "y": Y, "ratios": [3.0], "cv": 2, "store": tmp_path}
    bw.weight_path(**given)
    expected = bw.weight_path(**{**given, **changes, "store": None})
    fits = Counted(monkeypatch, DecisionTreeClassifier, "fit")
    same(bw.weight_path(**{**given, **changes}), expected)
    assert fits.calls > 0


def test_another_version_of_the_library_trains_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xgb = pytest.importorskip("xgboost")
    estimator = make_estimator("xgboost")
    bw.weight_path(estimator, X, Y, [3.0], cv=2, store=tmp_path)
    fits = Counted(monkeypatch, xgb.XGBClassifier, "fit")
    bw.weight_path(estimator, X, Y, [3.0], cv=2, store=tmp_path)
    assert fits.calls == 0
    monkeypatch.setattr(xgb, "__version__", "0.0")
    bw.weight_path(estimator, X, Y, [3.0], cv=2, store=tmp_path)
    assert fits.calls > 0


def test_the_key_has_the_version_of_each_librarys_step() -> None:
    lgb = pytest.importorskip("lightgbm")
    steps = make_pipeline(FunctionTransformer(), CalibratedClassifierCV(make_estimator("lightgbm")))
    versions = settings_of(steps)[-1]
    assert (versions["lightgbm"], versions["sklearn"]) == (lgb.__version__, sklearn.__version__)


def test_costs_only_tune_the_threshold_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"estimator": TREE, "X": FULL, "y": Y, "ratios": [3.0], "cv": 2, "tuning": "nested"}
    costs = bw.Costs(fn=30, fp=1)
    expected = bw.weight_path(**given, costs=costs)
    bw.weight_path(**given, store=tmp_path)
    fits = Counted(monkeypatch, DecisionTreeClassifier, "fit")
    same(bw.weight_path(**given, costs=costs, store=tmp_path), expected)
    assert fits.calls == 2 * 6  # five inner folds and the rest of TunedThresholdClassifierCV, in two folds


def test_thresholds_tuned_elsewhere_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    given = {"estimator": TREE, "X": FULL, "y": Y, "ratios": [3.0], "cv": 2}
    expected = {tuning: bw.weight_path(**given, tuning=tuning) for tuning in ("nested", "folds")}
    one, other = (path.tuned_threshold for path in expected.values())
    assert (one != other).any()
    fits = Counted(monkeypatch, DecisionTreeClassifier, "fit")
    for tuning in ("nested", "folds", "nested"):
        same(bw.weight_path(**given, tuning=tuning, store=tmp_path), expected[tuning])
    assert fits.calls == 2 * (2 + 6)  # the other folds' scores are there


def test_files_hold_numbers_only(tmp_path: Path) -> None:
    bw.weight_path(TREE, FULL, Y, [3.0], cv=2, tuning="nested", store=tmp_path / "new" / "folder")
    files = sorted((tmp_path / "new" / "folder").iterdir())
    assert len(files) == 2 * 3  # two ratios and a threshold
    for file in files:
        with np.load(file, allow_pickle=False) as arrays:
            assert all(arrays[name].dtype == np.float64 for name in arrays.files)


def test_a_spoilt_file_is_named(tmp_path: Path) -> None:
    bw.weight_path(TREE, FULL, Y, [3.0], cv=2, store=tmp_path)
    spoilt = sorted(tmp_path.iterdir())[0]
    spoilt.write_bytes(spoilt.read_bytes()[:40])
    with pytest.raises(bw.errors.InvalidValueError, match=f"{spoilt.name}.*Delete it"):
        bw.weight_path(TREE, FULL, Y, [3.0], cv=2, store=tmp_path)


def test_settings_that_do_not_say_what_they_are_cannot_be_found_again(tmp_path: Path) -> None:
    seeded = HistGradientBoostingClassifier(random_state=np.random.RandomState(0))
    with pytest.raises(bw.errors.InvalidValueError, match="random_state=.*integer seed"):
        bw.weight_path(seeded, X, Y, [3.0], cv=2, store=tmp_path)


def test_a_file_is_no_folder(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("")
    with pytest.raises(bw.errors.InvalidValueError, match="must be a folder"):
        bw.weight_path(TREE, FULL, Y, [3.0], cv=2, store=file)


def test_long_arrays_are_told_apart_wherever_they_are() -> None:
    long = np.zeros(2000)
    other = long.copy()
    other[1000] = 1.0  # which a repr leaves out
    for one, two in ((long, other), ([long], [other]), ({"a": long}, {"a": other})):
        keys = {joblib.hash(settings_of(FunctionTransformer(kw_args={"k": k}))) for k in (one, two, one)}
        assert len(keys) == 2


@pytest.mark.parametrize(
    ("library", "settings"),
    [
        ("lightgbm", {"sample_weight": np.linspace(0.5, 2.0, len(Y))}),
        ("catboost", {"pos_label": 0}),
        ("xgboost", {"reuse": "none"}),
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


def test_left_open_it_is_what_joblib_is_configured_for(capsys: Any) -> None:
    pytest.importorskip("rich")
    with parallel_config(backend="threading", n_jobs=2):
        given: dict[str, Any] = {"cv": 2, "progress": True, "tuning": "nested"}
        bw.weight_path(LogisticRegression(), FULL, Y, [6.0], **given)
        assert "6/6 fold 2 " in capsys.readouterr().err
        bw.weight_path(LogisticRegression(), FULL, Y, [6.0], n_jobs=1, **given)
        assert "6/6 fold 2, threshold" in capsys.readouterr().err
