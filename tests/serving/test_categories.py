"""Categories leave Python as places, which the manifest names; or natively, or not at all."""

from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import needed
from servedmodels import MODELS, data, need, same

from boostweights import WeightedClassifier
from boostweights.errors import InvalidValueError
from boostweights.serving import ServingError, check_export, export
from boostweights.serving.served import served

pd = needed("pandas")
NAMES = list("wxqyzuv")  # none is in alphabetical order, and nobody is of "q"
SETTINGS: dict[str, Any] = {
    "xgboost": {"enable_categorical": True, "max_cat_to_onehot": 1},
    "catboost": {"cat_features": ["e"]},
    "HistGradientBoosting": {"categorical_features": "from_dtype"},
}


def framed(name: str, classes: int = 2) -> tuple[Any, Any]:
    """A classifier and its rows, of which one column is of categories and has holes."""
    X, y = data(classes, missing=True)
    codes = np.clip(np.nan_to_num(X[:, 4]) * 2 + 3, 0, 5).astype(int)
    frame = pd.DataFrame(X, columns=list("abcde"))
    frame["e"] = pd.Categorical(np.array(list("xyzuvw"))[codes], categories=NAMES)
    frame.loc[np.random.default_rng(0).random(len(frame)) < 0.1, "e"] = "w" if name == "catboost" else np.nan
    settings = {f"estimator__{key}": value for key, value in SETTINGS.get(name, {}).items()}
    clf = WeightedClassifier(MODELS[name](), correct_proba=True).set_params(**settings)
    return clf.fit(frame, y), frame


CELLS = [
    pytest.param(name, to, classes, marks=[] if classes == 2 or to == "native" else [pytest.mark.full])
    for name in ("xgboost", "lightgbm")
    for to in ("native", "onnx", "treelite")
    for classes in (2, 3)
]


@pytest.mark.parametrize(("name", "to", "classes"), CELLS)
def test_categories_of_a_data_frame(name: str, to: Any, classes: int, tmp_path: Path) -> None:
    need(to)
    clf, frame = framed(name, classes)
    exported = export(clf, tmp_path / "made", to)
    assert exported.manifest.categories == {"4": NAMES}
    assert same(exported, clf, frame)
    turned = frame.assign(e=frame["e"].cat.set_categories(NAMES[::-1]))
    assert np.abs(exported.predict_proba(turned) - clf.predict_proba(frame)).max() < 1e-6
    if to != "native":
        assert check_export(tmp_path / "made") == pytest.approx(
            exported.manifest.largest_difference, abs=1e-9
        )
    export(clf, tmp_path / "shown", to, rows=frame)


def test_places_are_what_another_language_passes(tmp_path: Path) -> None:
    need("onnx")
    clf, frame = framed("xgboost")
    export(clf, tmp_path / "model", "onnx")
    frame["e"] = [float(NAMES.index(each)) if isinstance(each, str) else np.nan for each in frame["e"]]
    session = needed("onnxruntime").InferenceSession(str(tmp_path / "model" / "model.onnx"))
    proba = session.run(["probabilities"], {"X": frame.to_numpy(np.float32)})[0]
    assert np.abs(proba - clf.predict_proba(framed("xgboost")[1])).max() < 1e-6


@pytest.mark.parametrize("to", ["onnx", "treelite"])
def test_other_places_are_caught(to: Any, tmp_path: Path, monkeypatch: Any) -> None:
    need(to)
    clf, _ = framed("lightgbm")

    def turned(*arguments: Any) -> Any:
        ready = served(*arguments)
        return replace(ready, categories={at: levels[::-1] for at, levels in ready.categories.items()})

    monkeypatch.setattr(import_module("boostweights.serving.export"), "served", turned)
    with pytest.raises(ServingError, match="some splits are taken otherwise"):
        export(clf, tmp_path / "model", to)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("to", ["onnx", "treelite"])
@pytest.mark.parametrize("name", ["lightgbm", "xgboost"])
def test_codes_in_an_array_of_numbers(name: str, to: Any, tmp_path: Path) -> None:
    need(to)
    X, y = data()
    X[:, 4] = np.clip(X[:, 4] * 2 + 3, 0, 5).astype(int)
    estimator, given = MODELS[name](), {"categorical_feature": [4]} if name == "lightgbm" else {}
    if name == "xgboost":
        types = ["float"] * 4 + ["c"]
        estimator.set_params(enable_categorical=True, feature_types=types, max_cat_to_onehot=1)
    clf = WeightedClassifier(estimator, correct_proba=True).fit(X, y, **given)
    exported = export(clf, tmp_path / "model", to)
    assert exported.manifest.categories == {}
    assert same(exported, clf, X)


@pytest.mark.parametrize(
    ("name", "to", "words"),
    [
        ("catboost", "onnx", "CatBoost does not write"),
        ("HistGradientBoosting", "onnx", "skl2onnx leaves out"),
        ("HistGradientBoosting", "treelite", "categories that are text"),
    ],
)
def test_what_cannot_be_said_is_refused_and_goes_natively(
    name: str, to: Any, words: str, tmp_path: Path
) -> None:
    clf, frame = framed(name)
    with pytest.raises(InvalidValueError, match=f'{words}.*to="native"'):
        export(clf, tmp_path / "model", to, rows=frame)
    assert same(export(clf, tmp_path / "model", rows=frame), clf, frame)
    assert not (tmp_path / "model" / "probes.npz").exists()


def test_treelite_still_refuses_the_names_of_categories_of_xgboost() -> None:
    """When this fails, `to_treelite` need not empty ``cats``."""
    treelite = needed("treelite")
    clf, _ = framed("xgboost")
    booster = clf.estimator_.get_booster()
    if not hasattr(booster, "get_categories"):
        pytest.skip("XGBoost before 3.1 keeps no names")
    with pytest.raises(treelite.TreeliteError, match="categorical encoder"):
        treelite.frontend.from_xgboost(booster)
