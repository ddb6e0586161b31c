"""Wrong conversions, planted: the check of an export sees each; and upstream still needs each repair."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import needed
from servedmodels import MODELS, data, fitted, need

from boostweights import WeightedClassifier
from boostweights.adapters.catboost import serving as catboost_serving
from boostweights.adapters.sklearn import serving as sklearn_serving
from boostweights.errors import InvalidValueError
from boostweights.serving import ServingError, export
from boostweights.serving import served as served_models_of


def nothing(*args: Any, **kwargs: Any) -> None:
    """Repair nothing."""


def caught(clf: Any, to: Any, words: str, tmp_path: Path, rows: Any = None) -> None:
    with pytest.raises(ServingError, match=words):
        export(clf, tmp_path / "model", to, rows=rows)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["native", "onnx", "treelite"])
def test_a_model_without_its_correction(to: Any, tmp_path: Path, monkeypatch: Any) -> None:
    need(to)
    monkeypatch.setattr(served_models_of, "bake_correction", lambda clf: clf)
    caught(fitted("lightgbm"), to, "the model without correction", tmp_path)


def test_the_bias_of_catboost_in_onnx(tmp_path: Path, monkeypatch: Any) -> None:
    need("onnx")
    monkeypatch.setattr(catboost_serving, "repair_bias", nothing)
    caught(fitted("catboost"), "onnx", "all rows are wrong", tmp_path)


@pytest.mark.parametrize("name", ["RandomForest", pytest.param("ExtraTrees", marks=pytest.mark.full)])
def test_missing_values_of_forests_in_onnx(name: str, tmp_path: Path, monkeypatch: Any) -> None:
    need("onnx")
    monkeypatch.setattr(sklearn_serving, "repair_missing", nothing)
    caught(fitted(name, missing=True), "onnx", "only rows with missing values are wrong", tmp_path)


def test_categories_of_histogram_boosting_in_onnx(tmp_path: Path, monkeypatch: Any) -> None:
    need("onnx")
    X, y = data()
    X[:, 0] = np.random.default_rng(0).integers(5, size=len(X)) + 5.0 * (y == "bad")
    clf = WeightedClassifier(MODELS["HistGradientBoosting"](), correct_proba=True)
    clf.set_params(estimator__categorical_features=[0]).fit(X, y)
    with pytest.raises(InvalidValueError, match='categories.*to="native"'):
        export(clf, tmp_path / "model", "onnx", rows=X)
    monkeypatch.setattr(sklearn_serving, "refusal", lambda model, to: "")
    monkeypatch.setattr(sklearn_serving, "in_double", nothing)
    with pytest.raises(ServingError, match="apart in"):
        export(clf, tmp_path / "model", "onnx", rows=X)
    assert list(tmp_path.iterdir()) == []


def test_labels_by_corrected_probabilities(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(served_models_of, "_factors", lambda *_: (1.0, 1.0))
    caught(fitted("xgboost"), "native", "other labels.*the decision is not that of predict", tmp_path)


def session_of(converted: Any) -> Any:
    import onnxruntime

    return onnxruntime.InferenceSession(converted.SerializeToString())


def test_onnx_runtime_still_misreads_the_bias_of_catboost(tmp_path: Path) -> None:
    """When this fails, microsoft/onnxruntime#1007 is solved: take `repair_bias` out."""
    onnx = needed("onnx", "onnxruntime")
    X, y = data()
    model = MODELS["catboost"]().fit(X, (y == "bad").astype(int))
    model.set_scale_and_bias(1.0, 2.0)
    model.save_model(str(tmp_path / "model.onnx"), format="onnx")
    proba = session_of(onnx.load(tmp_path / "model.onnx")).run(None, {"features": X.astype(np.float32)})[1]
    assert np.abs(np.array([each[1] for each in proba]) - model.predict_proba(X)[:, 1]).max() > 0.1


def test_skl2onnx_still_needs_the_repairs(tmp_path: Path) -> None:
    """When this fails, skl2onnx writes where missing values go: take out `repair_missing`, or `_Integers`."""
    skl2onnx = needed("skl2onnx", "onnxruntime")
    X, y = data(missing=True)
    forest = MODELS["RandomForest"]().fit(X, y)
    converted = skl2onnx.to_onnx(forest, X[:1].astype(np.float32), options={"zipmap": False})
    proba = session_of(converted).run(None, {"X": X.astype(np.float32)})[1]
    assert np.abs(proba - forest.predict_proba(X)).max() > 0.1
    with pytest.raises(ValueError, match="Unable to create node"):
        skl2onnx.to_onnx(MODELS["HistGradientBoosting"]().fit(X, y), X[:1].astype(np.float32))


def test_onnx_runtime_still_imputes_no_float64() -> None:
    """When this fails, the converter of SimpleImputer in `boostweights.serving.graph` may go."""
    onnxruntime, skl2onnx = needed("onnxruntime"), needed("skl2onnx")
    from sklearn.impute import SimpleImputer

    X, _ = data(missing=True)
    converted = skl2onnx.to_onnx(SimpleImputer().fit(X), X[:1])
    with pytest.raises(Exception, match="Could not find an implementation for Imputer"):
        onnxruntime.InferenceSession(converted.SerializeToString())
