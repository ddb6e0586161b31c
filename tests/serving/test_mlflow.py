"""MLflow serves the classifier that was fitted, in both flavours, and never logs the model inside."""

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from libraries import needed
from servedmodels import data, fitted
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from boostweights import WeightedClassifier, advise, weight_path
from boostweights.card.card import Card
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.serving.mlflow import log_model, save_model
from boostweights.versions import distribution_name

os.environ["MLFLOW_DISABLE_TELEMETRY"] = "true"
mlflow = needed("mlflow", "skops.io")
pytestmark = pytest.mark.filterwarnings("ignore")  # MLflow's own, of many kinds


@pytest.fixture
def store(tmp_path: Path, monkeypatch: Any) -> Any:
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    mlflow.set_tracking_uri((tmp_path / "runs").as_uri())
    yield tmp_path
    mlflow.end_run()


ENSEMBLE = {"correct_proba": "fitted", "ensemble": True, "calibration_cv": 2}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("lightgbm", {}),
        pytest.param("lightgbm", ENSEMBLE, marks=pytest.mark.full),
        pytest.param("xgboost", {}, marks=pytest.mark.full),
    ],
)
def test_both_flavours_give_the_same_to_the_bit(name: str, settings: Any, tmp_path: Path) -> None:
    clf, (X, _) = fitted(name, **settings), data()
    for serve in ("predict_proba", "predict"):
        place = str(tmp_path / serve)
        save_model(clf, place, serve=serve)
        served = mlflow.pyfunc.load_model(place)
        expected = getattr(clf, serve)(X)
        assert np.array_equal(served.predict(X), expected)
        assert np.array_equal(getattr(mlflow.sklearn.load_model(place), serve)(X), expected)
        assert served.metadata.signature.outputs.inputs[0].type.type is expected.dtype.type
        needed = (tmp_path / serve / "requirements.txt").read_text().split()
        assert {line.partition("==")[0] for line in needed} == {
            *("boostweights", "mlflow-skinny", "numpy", "pandas", "scikit-learn", "skops"),
            distribution_name(name),
        }


@pytest.mark.full
def test_what_a_run_gets(store: Path) -> None:
    clf = fitted("lightgbm", correct_proba="fitted", calibration_cv=2)
    card = Card.of(clf, data()[1], rationale="defaults cost more", owner="risk")
    card.attach(clf)
    with mlflow.start_run() as run:
        log_model(clf, rows=data()[0][:5])
    kept = mlflow.get_run(run.info.run_id).data
    assert kept.params["boostweights.policy"] == "Balanced()"
    assert kept.params["boostweights.guarantee"] == "identical"
    assert kept.params["boostweights.correction"].startswith("fitted: slope")
    assert kept.tags["boostweights.card_digest"] == card.digest
    text = mlflow.artifacts.load_text(f"{run.info.artifact_uri}/boostweights/card.toml")
    assert Card.from_text(text) == card


class Recommended:
    """As whatever recommends weights writes itself."""

    def to_toml(self) -> str:
        return "weight = 7.0\n"


def test_what_weights_were_chosen_by_is_kept_with_the_run(store: Path) -> None:
    clf, (X, y) = fitted("lightgbm"), data()
    path, advice = weight_path(clf, X, y, ratios=[1, 5], cv=2, pos_label="bad"), advise(y)
    with mlflow.start_run() as run:
        log_model(clf, path=path, advice=advice, recommendation=Recommended())
    where = f"{run.info.artifact_uri}/boostweights"
    table = pd.read_csv(io.StringIO(mlflow.artifacts.load_text(f"{where}/weight_path.csv")))
    assert table.columns.tolist() == path.to_frame().columns.tolist()
    assert table["ratio"].tolist() == path.to_frame()["ratio"].tolist()
    assert mlflow.artifacts.load_text(f"{where}/advice.txt") == str(advice)
    assert mlflow.artifacts.load_text(f"{where}/recommendation.toml") == "weight = 7.0\n"
    with pytest.raises(InvalidTypeError, match="writes itself as TOML or JSON"):
        log_model(clf, recommendation={"weight": 7.0})


@pytest.mark.full
def test_autologging_leaves_the_model_inside_alone(store: Path) -> None:
    mlflow.sklearn.autolog(log_datasets=False)
    try:
        with mlflow.start_run() as run:
            fitted("HistGradientBoosting", correct_proba="fitted", calibration_cv=2)
    finally:
        mlflow.sklearn.autolog(disable=True)
    assert mlflow.search_logged_models(output_format="list") == []
    assert mlflow.get_run(run.info.run_id).data.params == {}


@pytest.mark.full
def test_a_pipeline_and_what_is_refused(tmp_path: Path) -> None:
    X, y = data(missing=True)
    pipeline = make_pipeline(SimpleImputer(), fitted("lightgbm")).fit(X, y)
    with pytest.raises(InvalidValueError, match="signature of a Pipeline"):
        save_model(pipeline, str(tmp_path / "model"))
    save_model(pipeline, str(tmp_path / "model"), rows=X[:5])
    served = mlflow.pyfunc.load_model(str(tmp_path / "model")).predict(X)
    assert np.array_equal(served, pipeline.predict_proba(X))
    with pytest.raises(InvalidTypeError, match="is fitted"):
        save_model(WeightedClassifier(fitted("lightgbm").estimator), str(tmp_path / "other"))
    with pytest.raises(InvalidValueError, match="Use one of: 'predict', 'predict_proba'"):
        save_model(pipeline, str(tmp_path / "other"), serve="proba", rows=X)  # type: ignore[arg-type]


@pytest.mark.full
def test_an_environment_of_its_own_requirements_serves_corrected_probabilities(tmp_path: Path) -> None:
    clf, (X, _) = fitted("lightgbm"), data()
    save_model(clf, str(tmp_path / "model"))
    np.save(tmp_path / "X.npy", X)
    root = Path(__file__).parents[2]
    wheels, python = tmp_path / "wheels", tmp_path / "venv" / "bin" / "python"

    def run(*command: Any) -> None:
        done = subprocess.run([*map(str, command)], capture_output=True, text=True, check=False, cwd=tmp_path)
        assert done.returncode == 0, done.stderr

    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", wheels, root)
    run(sys.executable, "-m", "venv", tmp_path / "venv")
    needs = tmp_path / "model/requirements.txt"
    run(*(python, "-m", "pip", "install", "-q", "--find-links", wheels, "-r", needs))
    code = (
        "import mlflow.pyfunc, numpy as np; X = np.load('X.npy'); "
        "np.save('proba.npy', mlflow.pyfunc.load_model('model').predict(X))"
    )
    run("env", "-u", "PYTHONPATH", python, "-c", code)
    assert np.array_equal(np.load(tmp_path / "proba.npy"), clf.predict_proba(X))
