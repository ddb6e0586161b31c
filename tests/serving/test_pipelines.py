"""Pipelines in ONNX: steps as scikit-learn computes them, columns of a data frame as inputs by name."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from libraries import needed
from servedmodels import MODELS, data, need
from sklearn.compose import ColumnTransformer
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, OrdinalEncoder, StandardScaler

from boostweights import WeightedClassifier
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.serving import ServingError, check_export, export
from boostweights.serving.graph import own_converters

pd = needed("pandas")


PIPELINES = [
    pytest.param(name, classes, marks=[] if (name, classes) == ("xgboost", 2) else [pytest.mark.full])
    for name in ("xgboost", "lightgbm", "catboost", "HistGradientBoosting", "RandomForest")
    for classes in (2, 3)
]


@pytest.mark.parametrize(("name", "classes"), PIPELINES)
def test_a_pipeline_in_onnx_runtime(name: str, classes: int, tmp_path: Path) -> None:
    need("onnx")
    import onnxruntime

    X, y = data(classes, missing=True)
    clf = WeightedClassifier(MODELS[name](), correct_proba=True)
    pipeline = make_pipeline(SimpleImputer(), StandardScaler(), clf).fit(X, y)
    export(pipeline, tmp_path / "model", "onnx", rows=X)
    session = onnxruntime.InferenceSession(str(tmp_path / "model" / "model.onnx"))
    labels, proba = session.run(None, {"X": X})
    assert (labels == pipeline.predict(X)).all()
    assert np.abs(proba - pipeline.predict_proba(X)).max() < 1e-6


NUMBERS = ["a", "b", "income (k)"]
ENCODERS = {
    "one-hot": lambda: OneHotEncoder(handle_unknown="ignore", sparse_output=False),
    "without the first": lambda: OneHotEncoder(drop="first", handle_unknown="ignore", sparse_output=False),
    "one-hot, strict": lambda: OneHotEncoder(sparse_output=False),
    "ordinal": lambda: OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1),
    "ordinal, missing": lambda: OrdinalEncoder(
        handle_unknown="use_encoded_value", unknown_value=-1, encoded_missing_value=9
    ),
    "ordinal, strict": lambda: OrdinalEncoder(),
}


def mixed(missing: Any = np.nan) -> tuple[Any, Any]:
    """Rows of numbers, of text with holes, of whole numbers that are categories, and of text for nothing."""
    X, y = data(missing=True)
    random = np.random.default_rng(0)
    frame = pd.DataFrame(X, columns=[*NUMBERS, "d", "e"])
    jobs = np.where(frame["e"] > 0, random.choice(["clerk", "é"], len(X)), "none").astype(object)
    jobs[random.random(len(X)) < np.where(y == "bad", 0.8, 0.1)] = missing
    frame["job"] = pd.Series(jobs, dtype=object)
    frame["region"] = random.integers(3, 9, len(X))
    frame["agent"] = random.choice(["p", "q"], len(X))
    return frame, y


def by_column(encoder: Any, *, imputed: bool = True, **settings: Any) -> Any:
    text = make_pipeline(SimpleImputer(strategy="most_frequent"), encoder) if imputed else encoder
    region = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
            ("text", text, ["job"]),
            ("region", region, ["region"]),
            ("agent", "drop", ["agent"]),
        ],
        remainder="passthrough",
        **settings,
    )


def fitted_on(first: Any, name: str = "lightgbm", missing: Any = np.nan) -> Any:
    return make_pipeline(first, WeightedClassifier(MODELS[name](), correct_proba=True)).fit(*mixed(missing))


COLUMNS = [
    pytest.param(name, encoder, imputed, marks=[] if name == "lightgbm" else [pytest.mark.full])
    for name in ("xgboost", "lightgbm", "catboost", "HistGradientBoosting", "RandomForest")
    for encoder in ENCODERS
    for imputed in (True, False)
    if imputed or "strict" not in encoder
]


@pytest.mark.parametrize(("name", "encoder", "imputed"), COLUMNS)
def test_columns_are_inputs_by_name(name: str, encoder: str, imputed: bool, tmp_path: Path) -> None:
    need("onnx")
    frame, _ = mixed()
    pipeline = fitted_on(by_column(ENCODERS[encoder](), imputed=imputed), name)
    exported = export(pipeline, tmp_path / "model", "onnx")
    assert list(exported.manifest.columns.values()) == [*["float64"] * 5, "text", "int64", "unused"]
    inputs = {
        given: frame[[column]].fillna("").to_numpy() if kind == "text" else frame[[column]].to_numpy(kind)
        for (given, kind), column in zip(exported.manifest.columns.items(), frame, strict=True)
        if kind != "unused"
    }
    session = needed("onnxruntime").InferenceSession(str(tmp_path / "model" / "model.onnx"))
    labels, proba = session.run(None, inputs)
    assert (labels == pipeline.predict(frame)).all()
    assert np.abs(proba - pipeline.predict_proba(frame)).max() < 1e-6
    assert (exported.predict(frame) == labels).all()
    assert check_export(tmp_path / "model") <= exported.manifest.largest_difference


@pytest.mark.parametrize("encoder", ["one-hot", "ordinal, missing"])
def test_what_skl2onnx_makes_of_missing_categories_is_caught(
    encoder: str, tmp_path: Path, monkeypatch: Any
) -> None:
    """When nothing is wrong any more, the converters of encoders in `boostweights.serving` may go."""
    need("onnx")
    converters = own_converters()
    ours = {SimpleImputer: converters[SimpleImputer]}
    monkeypatch.setitem(export.__globals__, "own_converters", lambda: ours)
    pipeline = fitted_on(by_column(ENCODERS[encoder](), imputed=False))
    with pytest.raises(ServingError, match="apart in"):
        export(pipeline, tmp_path / "model", "onnx")
    assert list(tmp_path.iterdir()) == []


def test_a_category_may_be_none(tmp_path: Path) -> None:
    need("onnx")
    pipeline = fitted_on(by_column(ENCODERS["one-hot"](), imputed=False), missing=None)
    assert pipeline[0].named_transformers_["text"].categories_[0][-1] is None
    frame, exported = mixed(None)[0], export(pipeline, tmp_path / "model", "onnx")
    assert (exported.predict(frame) == pipeline.predict(frame)).all()


def test_zeros_left_out_of_sparse_rows_are_missing_to_xgboost(tmp_path: Path) -> None:
    need("onnx")
    sparse = by_column(OneHotEncoder(handle_unknown="ignore"), sparse_threshold=1.0)
    with pytest.raises(ServingError, match="apart in"):
        export(fitted_on(sparse, "xgboost"), tmp_path / "model", "onnx")


def test_rows_are_compared_besides_and_come_in_a_frame(tmp_path: Path) -> None:
    need("onnx")
    frame, _ = mixed()
    exported = export(fitted_on(by_column(ENCODERS["one-hot"]())), tmp_path / "model", "onnx", rows=frame)
    assert exported.manifest.n_probes > len(frame) + 400
    assert not (tmp_path / "model" / "probes.npz").exists()
    with pytest.raises(InvalidTypeError, match="columns of several types come in a data frame"):
        exported.predict(frame.to_numpy())
    with pytest.raises(InvalidValueError, match="columns that the model was fitted with"):
        exported.predict(frame[list(frame)[::-1]])
    frame["job"] = 3
    with pytest.raises(InvalidTypeError, match="a column of text holds text"):
        exported.predict(frame)


def of_text(*steps: Any) -> Any:
    return fitted_on(by_column(make_pipeline(*steps)))


def of_numbers(step: Any) -> Any:
    return make_pipeline(step, WeightedClassifier(MODELS["lightgbm"]())).fit(*data())


@pytest.mark.parametrize(
    ("pipeline", "words"),
    [
        (lambda: of_numbers(FunctionTransformer(np.abs)), "the step FunctionTransformer"),
        (lambda: of_numbers(SelectKBest(k=3)), "cannot be inverted"),
        (lambda: of_text(FunctionTransformer(np.copy), OneHotEncoder()), "the step FunctionTransformer"),
        (lambda: of_text(OneHotEncoder(sparse_output=False), SelectKBest(k=1)), "cannot be inverted"),
        (lambda: fitted_on(by_column(OneHotEncoder(), imputed=False)), "a missing category"),
        (lambda: of_text(OrdinalEncoder(categories=[["", "clerk", "none", "é"]])), "empty text"),
    ],
)
def test_what_a_graph_cannot_say_is_named(pipeline: Any, words: str, tmp_path: Path) -> None:
    need("onnx")
    with pytest.raises((InvalidTypeError, InvalidValueError), match=words):
        export(pipeline(), tmp_path / "model", "onnx")
    assert list(tmp_path.iterdir()) == []
