"""A name with a model's suffix is one file, which its runtime opens and which has all of an export inside."""

import json
from pathlib import Path
from typing import Any

import catboost
import lightgbm
import numpy as np
import pytest
import xgboost
from commands import call
from libraries import needed
from servedmodels import NEEDS, data, fitted, need, same

from boostweights.card.card import Card
from boostweights.errors import InvalidValueError
from boostweights.serving import ServingError, check_export, export, load
from boostweights.serving.exported import pack

FILES = [
    ("xgboost", "model.ubj"),
    ("xgboost", "model.json"),
    ("lightgbm", "model.txt"),
    ("catboost", "model.cbm"),
    ("HistGradientBoosting", "model.skops"),
    ("lightgbm", "model.onnx"),
    ("RandomForest", "model.tl"),  # which decides by a second model
    pytest.param("RandomForest", "model.skops", marks=pytest.mark.full),
    pytest.param("RandomForest", "model.onnx", marks=pytest.mark.full),
    pytest.param("xgboost", "model.tl", marks=pytest.mark.full),
]


@pytest.mark.parametrize(("name", "file"), FILES)
def test_one_file_has_all_of_an_export(name: str, file: str, tmp_path: Path) -> None:
    need({".onnx": "onnx", ".tl": "treelite"}.get(Path(file).suffix, "native"))
    clf, (X, _) = fitted(name), data()
    exported = export(clf, tmp_path / file)
    assert [each.name for each in tmp_path.iterdir()] == [file]
    assert same(exported, clf, X.astype(exported.manifest.dtype))
    assert load(tmp_path / file).manifest == exported.manifest
    assert exported.manifest.classes == ["bad", "paid"]
    assert Card.from_text((exported.file("card.toml") or b"").decode()) == Card.of(clf)
    largest = exported.manifest.largest_difference
    assert check_export(tmp_path / file) == pytest.approx(largest, abs=1e-6)
    code, out, _ = call("check-export", tmp_path / file)
    assert (code, out.startswith("the same")) == (0, True)


def of_skops(path: Path, X: Any) -> Any:
    skops = needed("skops.io")
    return skops.load(path, trusted=skops.get_untrusted_types(file=path)).predict_proba(X)[:, 1]


def of_onnx(path: Path, X: Any) -> Any:
    labels, proba = needed("onnxruntime").InferenceSession(path).run(None, {"X": X})
    assert set(labels) == {"bad", "paid"}
    return proba[:, 1]


def of_treelite(path: Path, X: Any) -> Any:
    treelite = needed("treelite")
    return treelite.gtil.predict(treelite.Model.deserialize(path), X).ravel()


def of_catboost(path: Path, X: Any) -> Any:
    return catboost.CatBoost().load_model(path).predict(X, prediction_type="Probability")[:, 1]


def of_xgboost(path: Path, X: Any) -> Any:
    return xgboost.Booster(model_file=path).predict(xgboost.DMatrix(X))


@pytest.mark.parametrize(
    ("name", "file", "runtime"),
    [
        ("xgboost", "model.onnx", of_onnx),
        ("xgboost", "model.ubj", of_xgboost),
        ("xgboost", "model.json", of_xgboost),
        ("lightgbm", "model.txt", lambda path, X: lightgbm.Booster(model_file=path).predict(X)),
        ("catboost", "model.cbm", of_catboost),
        ("HistGradientBoosting", "model.skops", of_skops),
        ("xgboost", "model.tl", of_treelite),
    ],
)
def test_the_runtime_opens_it_without_us(name: str, file: str, runtime: Any, tmp_path: Path) -> None:
    clf, X = fitted(name), data()[0].astype(np.float32)
    export(clf, tmp_path / file)
    assert np.abs(runtime(tmp_path / file, X) - clf.predict_proba(X)[:, 1]).max() < 1e-6


def test_a_classifier_is_not_changed_by_its_export(tmp_path: Path) -> None:
    clf = fitted("xgboost", correct_proba=False)
    export(clf, tmp_path / "model.ubj")
    assert clf.estimator_.get_booster().attributes() == {}


@pytest.mark.parametrize(
    ("file", "to", "words"),
    [
        ("model.onnx", "treelite", r"that of the format, \.tl"),
        ("model.cbm", None, r"that of the format, \.ubj or \.json"),
        ("model.pkl", None, r"'model\.pkl', not one of \.onnx, \.tl, .*\.ubj"),
    ],
)
def test_a_suffix_of_another_format_is_refused(file: str, to: Any, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidValueError, match=words):
        export(fitted("xgboost"), tmp_path / file, to)
    assert list(tmp_path.iterdir()) == []


def test_the_one_file_itself_is_compared_before_it_is_there(tmp_path: Path, monkeypatch: Any) -> None:
    other = fitted("lightgbm", weighting="unweighted")
    export(other, tmp_path / "other")

    def packed(folder: Path, path: Path, to: Any, library: str) -> None:
        (folder / "model.txt").write_bytes((tmp_path / "other" / "model.txt").read_bytes())
        pack(folder, path, to, library)

    monkeypatch.setattr("boostweights.serving.exported.pack", packed)
    with pytest.raises(ServingError, match="probabilities .* apart"):
        export(fitted("lightgbm"), tmp_path / "model.txt")
    assert [each.name for each in tmp_path.iterdir()] == ["other"]


@pytest.mark.parametrize("to", list(NEEDS))
def test_a_file_that_export_did_not_write(to: Any, tmp_path: Path) -> None:
    need(to)
    path = export(fitted("lightgbm"), tmp_path / "folder", to).path
    (model,) = path.glob("model.*")
    model.rename(tmp_path / model.name)
    with pytest.raises(InvalidValueError, match="a folder or a file that export wrote"):
        load(tmp_path / model.name)


def test_one_file_of_a_wide_table_keeps_fewer_rows(tmp_path: Path) -> None:
    from boostweights import WeightedClassifier

    X = np.random.default_rng(0).normal(size=(200, 2_000))
    clf = WeightedClassifier(fitted("lightgbm").estimator, correct_proba=True).fit(X, X[:, 0] > 1)
    export(clf, tmp_path / "model.txt")
    assert (tmp_path / "model.txt").stat().st_size < 3e6
    assert json.loads(load(tmp_path / "model.txt").file("manifest.json") or b"")["n_probes"] > 400
