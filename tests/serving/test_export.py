"""An export answers in its own runtime as the classifier does here; what cannot is refused."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from commands import call
from lightgbm import LGBMClassifier
from servedmodels import MODELS, NEEDS, data, fitted, need, same
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from xgboost import XGBClassifier

from boostweights import RowCosts, WeightedClassifier, bake_correction
from boostweights.card.card import Card
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.probabilities import Promised
from boostweights.serving import check_export, export, load

KINDS = {"analytic": True, "fitted": "fitted", "none": False}
QUICK = {
    ("xgboost", "native"),
    ("lightgbm", "treelite"),
    ("HistGradientBoosting", "onnx"),
    ("catboost", "onnx"),
}


def cells() -> Any:
    for name in MODELS:
        for to in NEEDS:
            for classes in (2, 3):
                for missing in (False, True) if name != "GradientBoosting" else (False,):
                    for kind in KINDS if name not in ("RandomForest", "ExtraTrees") else ("analytic", "none"):
                        quick = (name, to) in QUICK and kind == "analytic" and missing
                        marks = [] if quick else [pytest.mark.full]
                        yield pytest.param(name, to, classes, missing, kind, marks=marks)


@pytest.mark.parametrize(("name", "to", "classes", "missing", "kind"), list(cells()))
def test_an_export_answers_as_the_classifier(
    name: str, to: Any, classes: int, missing: bool, kind: str, tmp_path: Path
) -> None:
    need(to)
    clf = fitted(name, classes, missing=missing, correct_proba=KINDS[kind])
    if (name, to) == ("catboost", "treelite"):
        with pytest.raises(InvalidValueError, match="CatBoost, of which Treelite has no reader"):
            export(clf, tmp_path / "model", to)
        return
    exported = export(clf, tmp_path / "model", to)
    X, _ = data(classes, missing=missing)
    X = X.astype(exported.manifest.dtype)
    assert same(exported, clf, X)
    assert exported.manifest.n_probes > 400
    assert check_export(tmp_path / "model") == pytest.approx(exported.manifest.largest_difference, abs=1e-6)


def test_a_converter_registered_for_ones_own_conversion() -> None:
    need("onnx")
    import onnxruntime
    from skl2onnx import to_onnx

    from boostweights.serving import register_skl2onnx

    register_skl2onnx()
    clf = fitted("xgboost")
    X = data()[0].astype(np.float32)
    converted = to_onnx(clf, X[:1], options={"zipmap": False})
    labels, proba = onnxruntime.InferenceSession(converted.SerializeToString()).run(None, {"X": X})
    assert (labels == clf.predict(X)).all()
    assert np.abs(proba - clf.predict_proba(X)).max() < 1e-6


@pytest.mark.parametrize(
    "to", ["native", *(pytest.param(to, marks=pytest.mark.full) for to in list(NEEDS)[1:])]
)
@pytest.mark.parametrize("correct_proba", [False, True, "fitted"])
@pytest.mark.parametrize("threshold", [0.05, "f1", Promised(recall=0.7)], ids=["number", "f1", "promise"])
def test_a_threshold_is_kept(threshold: Any, correct_proba: Any, to: Any, tmp_path: Path) -> None:
    need(to)
    clf = fitted("lightgbm", correct_proba=correct_proba, threshold=threshold, pos_label="bad")
    X = data()[0]
    for number, model in enumerate([clf, bake_correction(clf)]):
        found = export(model, tmp_path / str(number), to).predict(X)
        assert (found == clf.predict(X)).all()
    plain = fitted("lightgbm", correct_proba=correct_proba)
    assert (found != plain.predict(X)).any()


def test_a_number_decides_on_the_probabilities_that_are_given_now(tmp_path: Path) -> None:
    clf = fitted("lightgbm", correct_proba=False, threshold=0.05, pos_label="bad")
    before, X = clf.predict(data()[0]), data()[0]
    clf.set_params(correct_proba=True)
    assert (clf.predict(X) != before).any()
    assert same(export(clf, tmp_path / "model"), clf, X)


def test_what_lies_in_the_folder(tmp_path: Path) -> None:
    import pandas as pd
    import xgboost

    X, y = data()
    frame = pd.DataFrame(X, columns=list("abcde"))
    clf = WeightedClassifier(MODELS["xgboost"](), correct_proba=True).fit(frame, y)
    card = Card.of(clf, y, target="outcome")
    card.attach(clf)
    exported = export(clf, tmp_path / "model")
    assert Card.read(tmp_path / "model" / "card.toml") == card
    assert Card.from_model(xgboost.Booster(model_file=tmp_path / "model" / "model.ubj")) == card
    manifest = json.loads((tmp_path / "model" / "manifest.json").read_text())
    assert manifest["features"] == list("abcde")
    assert manifest["classes"] == ["bad", "paid"]
    assert {"boostweights", "xgboost", "numpy"} <= set(manifest["versions"])
    with pytest.raises(InvalidValueError, match="columns that the model was fitted with"):
        exported.predict(frame[list("edcba")])
    with (tmp_path / "model" / "model.ubj").open("ab") as file:
        file.write(b"\n")
    with pytest.raises(InvalidValueError, match=r"as they were written; got \['model.ubj'\]"):
        load(tmp_path / "model")


def test_numbers_that_collide_in_float32_go_into_onnx_as_double(tmp_path: Path) -> None:
    need("onnx")
    X, y = data()
    X[:, 0] = 1e8 + np.round(X[:, 0], 2)
    clf = WeightedClassifier(MODELS["lightgbm"](), correct_proba=True).fit(X, y)
    assert np.abs(clf.predict_proba(X) - clf.predict_proba(X.astype(np.float32))).max() > 0.1
    assert same(export(clf, tmp_path / "model", "onnx", rows=X), clf, X)


@pytest.mark.full
@pytest.mark.parametrize("to", ["native", "onnx", "treelite"])
@pytest.mark.parametrize(
    "estimator",
    [
        XGBClassifier(n_estimators=99, n_jobs=1, early_stopping_rounds=3, verbosity=0),
        LGBMClassifier(n_estimators=99, n_jobs=1, verbose=-1, early_stopping_round=3),
    ],
    ids=lambda each: type(each).__name__,
)
def test_rounds_after_the_best_are_not_served(estimator: Any, to: Any, tmp_path: Path) -> None:
    need(to)
    X, y = data()
    clf = WeightedClassifier(estimator, correct_proba=True, validation_fraction=0.3).fit(X, y)
    assert same(export(clf, tmp_path / "model", to), clf, X.astype(np.float32))


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"booster": "dart", "rate_drop": 0.5, "one_drop": 1}, "booster='dart'"),
        ({"missing": -1.0}, "mark missing values as NaN"),
        ({"objective": "multiclassova"}, "Treelite holds them"),
        ({"boosting_type": "rf", "bagging_fraction": 0.5, "bagging_freq": 1}, "summed, not averaged"),
        ({"linear_tree": True}, "linear_tree"),
        ({"zero_as_missing": True}, "zero_as_missing"),
    ],
    ids=str,
)
def test_what_converters_get_wrong_is_refused(settings: Any, words: str, tmp_path: Path) -> None:
    name = "xgboost" if {"booster", "missing"} & set(settings) else "lightgbm"
    estimator = MODELS[name]().set_params(**settings)
    clf = WeightedClassifier(estimator, correct_proba=True).fit(*data(3))
    with pytest.raises(InvalidValueError, match=words):
        export(clf, tmp_path / "model", "onnx")
    assert list(tmp_path.iterdir()) == []


def unfitted() -> Any:
    return WeightedClassifier(MODELS["xgboost"]())


def by_row() -> Any:
    X, y = data()
    clf = WeightedClassifier(MODELS["lightgbm"](), weighting=RowCosts())
    return clf.fit(X, y == "bad", row_costs=np.ones((len(y), 2)))


def piped(step: Any) -> Any:
    return make_pipeline(step, WeightedClassifier(MODELS["lightgbm"]())).fit(*data())


@pytest.mark.parametrize(
    ("model", "to", "words"),
    [
        (unfitted, "native", "is fitted"),
        (by_row, "native", "weights of single rows cannot be undone"),
        (lambda: fitted("xgboost").estimator_, "native", "is a WeightedClassifier"),
        (lambda: piped(StandardScaler()), "native", 'Use to="onnx"'),
        (lambda: fitted("xgboost"), "pmml", "known format"),
        (lambda: fitted("xgboost", correct_proba=False), "native", "which exists"),
    ],
)
def test_refused_before_anything_is_written(model: Any, to: Any, words: str, tmp_path: Path) -> None:
    place = tmp_path / "model"
    if words == "which exists":
        place.mkdir()
    before = sorted(tmp_path.iterdir())
    with pytest.raises((InvalidTypeError, InvalidValueError), match=words):
        export(model(), place, to)
    assert sorted(tmp_path.iterdir()) == before


def test_the_command_compares_made_rows_and_ones_own(tmp_path: Path) -> None:
    import pandas as pd

    clf = fitted("lightgbm")
    export(clf, tmp_path / "model")
    code, out, _ = call("check-export", tmp_path / "model")
    assert (code, out.startswith("the same")) == (0, True)
    pd.DataFrame(data()[0], columns=list("abcde")).to_csv(tmp_path / "rows.csv", index=False)
    (tmp_path / "model.py").write_text(
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[1])!r})\n"
        "from servedmodels import fitted\n"
        "clf = fitted('lightgbm')\nother = fitted('lightgbm', weighting='unweighted')\n"
    )
    for name, expected in (("clf", 0), ("other", 1)):
        files = tmp_path / "model", tmp_path / "rows.csv"
        code, out, err = call("check-export", *files, "--classifier", f"{tmp_path}/model.py:{name}")
        assert code == expected, err
    assert "apart in" in out
    code, _, err = call("check-export", tmp_path / "model", tmp_path / "rows.csv")
    assert (code, "Pass clf= and rows=" in err) == (2, True)
