"""Odd settings and odd rows end in the classifier's answer, or the export is refused before it is written."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import needed
from lightgbm import LGBMClassifier
from servedmodels import MODELS, NEEDS, data, fitted, need, same
from sklearn.ensemble import HistGradientBoostingClassifier

from boostweights import WeightedClassifier
from boostweights.adapters.lightgbm import serving as lightgbm_serving
from boostweights.adapters.serving import Inputs, made
from boostweights.errors import InvalidValueError
from boostweights.serving import ServingError, check_export, export

pd = needed("pandas")


# --- values ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("double", [True, False])
def test_probes_have_zeros_and_their_neighbours_in_each_feature(double: bool) -> None:
    inputs = Inputs(
        thresholds={0: np.array([5.0])}, categories={}, missing=frozenset(), single=False, infinite=True
    )
    for column in made(inputs, 2, double=double).T:
        zeros = column[column == 0]
        assert {np.signbit(zero) for zero in zeros.tolist()} == {True, False}
        tiny = float(np.nextafter(np.float32(0), np.float32(1)))
        assert {tiny, -tiny, np.inf, -np.inf} <= {*column.tolist()}


@pytest.mark.parametrize("to", ["onnx", "treelite"])
def test_zeros_that_are_missing_are_seen_by_the_check(to: Any, tmp_path: Path, monkeypatch: Any) -> None:
    need(to)
    X, y = data()
    X = np.where(X < -0.7, 0.0, np.abs(X) + 1)  # no split is near 0
    estimator = LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1, zero_as_missing=True)
    clf = WeightedClassifier(estimator, correct_proba=True).fit(X, y)
    monkeypatch.setattr(lightgbm_serving, "refusal", lambda model, to: "")
    with pytest.raises(ServingError, match="apart in"):
        export(clf, tmp_path / "model", to)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("classes", [2, 3])
def test_infinite_scores_of_linear_trees(classes: int, tmp_path: Path) -> None:
    X, y = data(classes)
    estimator = LGBMClassifier(n_estimators=8, n_jobs=1, verbose=-1, linear_tree=True)
    clf = WeightedClassifier(estimator, correct_proba=True).fit(X, y)
    exported = export(clf, tmp_path / "model")
    rows = np.repeat(X[:100], 5, axis=0)
    rows[np.arange(500), np.tile(np.arange(5), 100)] = np.inf
    assert np.isinf(clf.estimator_.predict(rows, raw_score=True)).any()
    assert same(exported, clf, rows)


def test_a_threshold_at_infinity(tmp_path: Path) -> None:
    need("onnx")
    X, y = data()
    X[:, 1:] = 0.0
    X[np.random.default_rng(0).random(len(X)) < 0.3, 1] = np.nan
    y = np.where(np.isnan(X[:, 1]) ^ (X[:, 0] > 1), "bad", "paid")
    clf = WeightedClassifier(MODELS["lightgbm"](), correct_proba=True).fit(X, y)
    assert "inf" in clf.estimator_.booster_.model_to_string().partition("end of trees")[0]
    exported = export(clf, tmp_path / "model", "onnx")
    X[::2, 1] = np.inf
    assert same(exported, clf, X)


# --- categories -----------------------------------------------------------------------------------


def frame_of(levels: list[Any], *, ordered: bool = False) -> tuple[Any, Any]:
    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcde"))
    codes = np.digitize(X[:, 4], np.linspace(-1, 1, 7)) % len(levels)
    holes = np.random.default_rng(0).random(len(X)) < 0.1
    frame["e"] = pd.Categorical.from_codes(np.where(holes, -1, codes), pd.Index(levels), ordered=ordered)
    return frame, y


@pytest.mark.parametrize("to", list(NEEDS))
def test_levels_in_an_order(to: Any, tmp_path: Path) -> None:
    """LightGBM takes them for numbers, and does not name the column among those of categories."""
    need(to)
    frame, y = frame_of(["low", "middle", "high"], ordered=True)
    clf = WeightedClassifier(MODELS["lightgbm"](), correct_proba=True).fit(frame, y)
    assert same(export(clf, tmp_path / "model", to), clf, frame)


def test_levels_of_polars(tmp_path: Path) -> None:
    need("onnx")
    pl = needed("polars", "pyarrow")
    frame, y = frame_of(["Bonn", "Kiel", "Ulm"])
    table = pl.DataFrame({name: frame[name].astype(object).to_list() for name in "abcd"})
    texts = [text if isinstance(text, str) else None for text in frame["e"]]
    table = table.with_columns(e=pl.Series(texts, dtype=pl.Enum(["Ulm", "Bonn", "Kiel"])))
    estimator = MODELS["xgboost"]().set_params(enable_categorical=True)
    clf = WeightedClassifier(estimator, correct_proba=True).fit(table, y)
    exported = export(clf, tmp_path / "model", "onnx")
    assert exported.manifest.categories == {"4": ["Ulm", "Bonn", "Kiel"]}
    assert same(exported, clf, table)


def test_made_rows_that_the_classifier_does_not_take(tmp_path: Path, monkeypatch: Any) -> None:
    def raising(clf: Any, X: Any) -> Any:
        raise ValueError("a level of another frame")

    clf = fitted("lightgbm")
    monkeypatch.setattr(WeightedClassifier, "predict_proba", raising)
    with pytest.raises(InvalidValueError, match="must take the rows made to check it"):
        export(clf, tmp_path / "model")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("values", [[3, 7, 11, 40], [-2.5, 0.5, 0.7, 300.0]], ids=["whole", "others"])
def test_numbers_that_histogram_boosting_did_not_see(values: list[float], tmp_path: Path) -> None:
    need("treelite")
    X, y = data()
    X[:, 1] = np.random.default_rng(0).choice(values, len(X))
    estimator = HistGradientBoostingClassifier(max_iter=8, categorical_features=[1])
    y = np.where((X[:, 1] == values[1]) ^ (y == "bad"), "bad", "paid")
    clf = WeightedClassifier(estimator, correct_proba=True).fit(X, y)
    exported = export(clf, tmp_path / "model", "treelite")
    assert exported.manifest.categories == {"1": values}
    assert same(exported, clf, X)
    X[::2, 1], X[1::4, 1] = 99.0, np.nan
    assert same(exported, clf, X)
    check_export(tmp_path / "model")


# --- drawn ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "seed", [pytest.param(seed, marks=[] if seed < 14 else [pytest.mark.full]) for seed in range(42)]
)
@pytest.mark.filterwarnings("ignore")
def test_odd_models_end_in_equality_or_a_refusal(seed: int) -> None:
    """As `make serving` draws them, and more."""
    for to in NEEDS:
        need(to)
    from benchmarks.serving.fuzz import ENDS, judged

    row = judged(seed)
    assert row["end"] in ENDS, row
