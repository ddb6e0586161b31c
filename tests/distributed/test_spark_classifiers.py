"""Classifiers of Spark's own, labels of any kind, searches that are saved: beside Spark trained by hand."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from daskrows import FEATURES, rows

import boostweights as bw

pytest.importorskip("pyspark")

pytestmark = pytest.mark.filterwarnings(  # pandas 3 works in all that is used here
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    # CrossValidator leaves its pool of threads to the garbage collector
    "ignore:Exception ignored in. <function Pool.__del__:pytest.PytestUnraisableExceptionWarning",
    "ignore:unclosed running multiprocessing pool:ResourceWarning",
)
X, CODES = rows(2, 300)
TABLE = pd.DataFrame(X, columns=FEATURES).assign(
    id=np.arange(300),
    code=CODES.astype(float),
    text=np.array(["fine", "fraud"])[CODES],
    own=np.random.default_rng(0).integers(1, 5, 300) / 4,
    fold=np.arange(300) % 2,
)
TABLE["flag"] = TABLE.code == 1
TABLE["a.b"] = TABLE.text
CLASSIFIERS: dict[str, dict[str, Any]] = {
    "GBTClassifier": {"maxIter": 3, "maxDepth": 3, "seed": 7},
    "RandomForestClassifier": {"numTrees": 3, "maxDepth": 3, "seed": 7},
    "LogisticRegression": {"maxIter": 5},
}


@pytest.fixture(scope="module")
def frame(spark: Any) -> Any:
    from pyspark.ml.feature import VectorAssembler

    made = spark.createDataFrame(TABLE)
    return VectorAssembler(inputCols=FEATURES, outputCol="features").transform(made).coalesce(1).cache()


def made(name: str, **columns: Any) -> Any:
    from pyspark.ml import classification

    return getattr(classification, name)(**{**CLASSIFIERS[name], "featuresCol": "features", **columns})


def weighted(estimator: Any, *args: Any) -> Any:
    from boostweights.distributed.spark.classifier import SparkWeightedClassifier

    return SparkWeightedClassifier(estimator, *args)


def found(model: Any, frame: Any) -> tuple[list[Any], np.ndarray[Any, Any]]:
    """Predictions and probabilities in the order of rows."""
    got = sorted(model.transform(frame).select("id", "prediction", "probability").collect())
    return [row.prediction for row in got], np.array([row.probability.toArray() for row in got])


def by_hand(name: str, frame: Any, weight: Any) -> Any:
    """Spark's own classifier, with a column of weights that was made here."""
    pairs = pd.DataFrame({"id": TABLE.id, "by_hand": weight.astype(float)})
    joined = (
        frame.join(frame.sparkSession.createDataFrame(pairs), "id").coalesce(1).sortWithinPartitions("id")
    )
    return made(name, labelCol="code", weightCol="by_hand").fit(joined)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("LogisticRegression", "text"),
        pytest.param("GBTClassifier", "flag", marks=pytest.mark.full),
        pytest.param("RandomForestClassifier", "a.b", marks=pytest.mark.full),
    ],
)
def test_classifiers_of_spark_and_labels_of_any_kind(frame: Any, name: str, label: str) -> None:
    estimator = made(name, labelCol=label, weightCol="own")
    model = weighted(estimator).fit(frame.sortWithinPartitions("id"))
    expected = bw.Balanced().resolve(TABLE[label], TABLE.own)
    assert model.class_weights_ == expected
    reference = by_hand(name, frame, expected.sample_weight(TABLE[label], np.float64) * TABLE.own)
    predictions, proba = found(model, frame)
    codes, theirs = found(reference, frame)
    assert proba == pytest.approx(theirs, abs=1e-9)
    assert predictions == [expected.classes[int(code)] for code in codes]
    unweighted = found(made(name, labelCol="code").fit(frame.sortWithinPartitions("id")), frame)[1]
    assert np.abs(proba - unweighted).max() > 0.05
    assert model.native_.guarantee is bw.adapters.Guarantee.IDENTICAL
    with pytest.raises(bw.InvalidTypeError, match="of a SparkXGBClassifier's model"):
        model.to_local()


@pytest.mark.full
def test_xgboost_predicts_text(frame: Any) -> None:
    spark_xgboost = pytest.importorskip("xgboost.spark")
    settings = {"n_estimators": 3, "max_depth": 3, "base_score": 0.5}
    estimator = spark_xgboost.SparkXGBClassifier(
        features_col=FEATURES, label_col="text", weight_col="own", verbose=False, **settings
    )
    model = weighted(estimator).fit(frame.sparkSession.createDataFrame(TABLE).repartition(2))
    from xgboost import XGBClassifier

    local = bw.WeightedClassifier(XGBClassifier(**settings, n_jobs=1))
    local.fit(X, TABLE.text, sample_weight=TABLE.own)
    predictions, proba = found(model, frame)
    assert predictions == local.predict(X).tolist()
    assert proba == pytest.approx(local.predict_proba(X), abs=1e-6)
    model.threshold, model.pos_label = 0.7, "fraud"
    predictions = found(model, frame)[0]
    assert predictions == np.where(proba[:, 1] >= 0.7, "fraud", "fine").tolist()
    assert predictions == model.to_local().predict(X).tolist() != local.predict(X).tolist()


def test_what_takes_no_weights_is_refused(spark: Any) -> None:
    from pyspark.ml.classification import FMClassifier, OneVsRest
    from pyspark.ml.regression import GBTRegressor

    for estimator in (FMClassifier(), GBTRegressor(), OneVsRest(classifier=FMClassifier())):
        with pytest.raises(bw.InvalidTypeError, match=r"or a classifier of pyspark\.ml with a weightCol"):
            weighted(estimator)
    with pytest.raises(bw.InvalidValueError, match="a policy must be written as it prints"):
        weighted(made("LogisticRegression"), "Balanced(power=os.system('true'))")


@pytest.mark.full
def test_a_search_over_policies_and_inner_parameters_is_saved(frame: Any, tmp_path: Path) -> None:
    from pyspark.ml import Pipeline
    from pyspark.ml.evaluation import BinaryClassificationEvaluator
    from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder

    estimator = made("LogisticRegression", labelCol="code")
    clf = weighted(estimator)
    policies = [bw.Balanced(power=0.5, owner="me"), {0: 1.0, 1: 9.0}]
    grid = ParamGridBuilder().addGrid(clf.weighting, policies).addGrid(estimator.regParam, [0.0, 0.5]).build()
    searched = CrossValidator(
        estimator=Pipeline(stages=[clf]),
        estimatorParamMaps=grid,
        evaluator=BinaryClassificationEvaluator(labelCol="code"),
        numFolds=2,
        foldCol="fold",
    ).fit(frame)
    searched.write().save(str(tmp_path / "search"))
    again = CrossValidatorModel.load(str(tmp_path / "search"))
    assert again.avgMetrics == searched.avgMetrics
    maps = [{param.name: value for param, value in each.items()} for each in again.getEstimatorParamMaps()]
    assert [each["regParam"] for each in maps] == [0.0, 0.5] * 2
    assert maps[0]["weighting"] == "Balanced(power=0.5, owner='me')"
    assert len(set(again.avgMetrics)) > 2  # policies and inner parameters were set
    best, saved = (each.bestModel.stages[-1] for each in (searched, again))
    assert saved.class_weights_ == best.class_weights_
    assert saved.policy == best.policy
    assert found(saved, frame)[1].tobytes() == found(best, frame)[1].tobytes()
    refitted = again.getEstimator().fit(frame, again.getEstimatorParamMaps()[2])
    assert refitted.stages[-1].policy == bw.Explicit({0: 1.0, 1: 9.0})


WITHOUT_JAVA = "from boostweights.distributed.spark import SparkWeightedClassifier"


def test_without_java_our_error_comes_first(tmp_path: Path) -> None:
    given = {"PATH": str(tmp_path), "PYTHONPATH": str(Path(bw.__file__).parents[1])}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_JAVA], capture_output=True, text=True, check=False, env=given
    )
    assert "Spark needs Java 17 or newer; got no java on the PATH, and no JAVA_HOME. Install" in done.stderr


STOPPED = """
import sparksession
import boostweights as bw
from boostweights.distributed.spark import SparkWeightedClassifier
from pyspark.ml.classification import LogisticRegression

spark = sparksession.session()
frame = spark.createDataFrame([(0, 1.0), (1, 2.0)], "label long, feature double")
clf = SparkWeightedClassifier(LogisticRegression())
spark.stop()
for ask in (
    lambda: bw.frames.count_classes(frame, "label"),
    lambda: bw.frames.with_weights(frame, "label", {0: 1.0, 1: 9.0}),
    lambda: clf.fit(frame),
):
    try:
        ask()
    except bw.InvalidValueError as stopped:
        print(stopped)
"""


@pytest.mark.full
def test_a_stopped_session_is_named(spark: Any) -> None:
    given = {"PYTHONPATH": f"{Path(bw.__file__).parents[1]}:{Path(__file__).parents[1]}"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", STOPPED],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | given,
    )
    said = "a Spark frame needs a running session; got a DataFrame of a session that was stopped. Make"
    assert done.stdout.count(said) == 3


@pytest.mark.full
def test_a_threshold_decides_as_on_one_machine(frame: Any, tmp_path: Path) -> None:
    from boostweights.distributed.spark.classifier import (
        SparkWeightedClassifier,
        SparkWeightedClassifierModel,
    )

    estimator = made("LogisticRegression", labelCol="text")
    costs = bw.Costs(fn=9, fp=1, power=0, positive="fraud")
    for policy, threshold, value in (("balanced", 0.7, 0.7), (costs, "costs", 0.1)):
        clf = SparkWeightedClassifier(estimator, policy, threshold=threshold, pos_label="fraud")
        clf.write().overwrite().save(str(tmp_path / "clf"))
        model = SparkWeightedClassifier.read().load(str(tmp_path / "clf")).fit(frame)
        predictions, proba = found(model, frame)
        assert model.threshold_ == value
        assert predictions == np.where(proba[:, 1] >= value, "fraud", "fine").tolist()
        assert len(set(predictions)) == 2
        assert f"positive from {value:g} on" in repr(model.summary())
        model.write().overwrite().save(str(tmp_path / "model"))
        loaded = SparkWeightedClassifierModel.read().load(str(tmp_path / "model"))
        assert found(loaded, frame)[0] == predictions
    other = SparkWeightedClassifier(estimator, threshold=0.7, pos_label="fine").fit(frame)
    predictions, proba = found(other, frame)
    assert predictions == np.where(proba[:, 0] >= 0.7, "fine", "fraud").tolist()


def test_a_threshold_that_cannot_be_found_on_spark_is_refused(frame: Any) -> None:
    from pyspark.ml.classification import LinearSVC

    from boostweights.distributed.spark.classifier import SparkWeightedClassifier

    logistic = made("LogisticRegression", labelCol="text")
    for estimator, settings, said in (
        (logistic, {"threshold": "f1"}, "folds are cut"),
        (logistic, {"threshold": bw.probabilities.Promised(recall=0.9)}, "boostweights.promise"),
        (logistic, {"threshold": 0.5}, "positive label must be given"),
        (logistic, {"threshold": "costs", "weighting": bw.Costs(fn=9, fp=1)}, "costs would count twice"),
        (logistic, {"threshold": True}, "a threshold must be known"),
        (LinearSVC(labelCol="text"), {"threshold": 0.5, "pos_label": "fraud"}, "without a probabilityCol"),
    ):
        with pytest.raises(bw.BoostweightsError, match=said):
            SparkWeightedClassifier(estimator, **settings).fit(frame)
