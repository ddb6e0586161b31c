"""Classifiers on Spark with weights of a policy: as on one machine, or as Spark trained by hand."""

import gc
import math
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from daskrows import FEATURES, rows

import boostweights as bw

pytest.importorskip("pyspark")
xgboost_spark = pytest.importorskip("xgboost.spark")

pytestmark = pytest.mark.filterwarnings(  # pandas 3 works in all that is used here
    "ignore:PySpark does not yet fully support pandas:FutureWarning",
    # CrossValidator leaves its pool of threads to the garbage collector
    "ignore:Exception ignored in. <function Pool.__del__:pytest.PytestUnraisableExceptionWarning",
    "ignore:unclosed running multiprocessing pool:ResourceWarning",
)
SETTINGS = {"n_estimators": 6, "max_depth": 3, "base_score": 0.5, "tree_method": "hist"}
X, CODES = rows(2, 400)
TABLE = pd.DataFrame(X, columns=FEATURES).assign(
    id=np.arange(400),
    label=CODES + 1,
    code=CODES.astype(float),
    text=np.array(["fine", "fraud"])[CODES],
    flag=CODES == 1,
    own=np.random.default_rng(0).integers(1, 5, 400) / 4,
    fold=np.arange(400) % 2,
    held_out=np.arange(400) % 5 == 0,
)
TABLE["a.b"] = TABLE.text
SPARKS: dict[str, dict[str, Any]] = {
    "GBTClassifier": {"maxIter": 3, "maxDepth": 3, "seed": 7},
    "RandomForestClassifier": {"numTrees": 3, "maxDepth": 3, "seed": 7},
    "LogisticRegression": {"maxIter": 5},
}


def inner(**settings: Any) -> Any:
    columns = {"features_col": FEATURES, "label_col": "label", "num_workers": 2, "verbose": False}
    return xgboost_spark.SparkXGBClassifier(**{**columns, **SETTINGS, **settings})


def made(name: str, **columns: Any) -> Any:
    """One of Spark's own classifiers."""
    from pyspark.ml import classification

    return getattr(classification, name)(**{**SPARKS[name], "featuresCol": "features", **columns})


def classifier(*args: Any, **params: Any) -> Any:
    from boostweights.distributed.spark import SparkWeightedClassifier

    return SparkWeightedClassifier(*args, **params)


def local(**settings: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(**SETTINGS, n_jobs=1, **settings)


def collected(frame: Any) -> pd.DataFrame:
    """Spark's own toPandas warns of pandas 3."""
    return pd.DataFrame([row.asDict() for row in frame.collect()])


def predicted(model: Any, frame: Any) -> tuple[list[Any], np.ndarray[Any, Any]]:
    """Predictions and probabilities in the order of rows."""
    answers = sorted(model.transform(frame).select("id", "prediction", "probability").collect())
    return [row.prediction for row in answers], np.array([row.probability.toArray() for row in answers])


@pytest.fixture(scope="module")
def frame(spark: Any) -> Any:
    return spark.createDataFrame(TABLE).repartition(3).cache()


@pytest.fixture(scope="module")
def vectors(spark: Any) -> Any:
    """Rows in one partition, features as Spark's own classifiers take them."""
    from pyspark.ml.feature import VectorAssembler

    assembled = VectorAssembler(inputCols=FEATURES, outputCol="features")
    return assembled.transform(spark.createDataFrame(TABLE)).coalesce(1).sortWithinPartitions("id").cache()


@pytest.fixture(scope="module")
def model(frame: Any) -> Any:
    """With the caller's weights, and a fifth of the rows held out."""
    estimator = inner(weight_col="own", validation_indicator_col="held_out")
    return classifier(estimator, weighting=bw.Balanced(power=0.5, owner="me")).fit(frame)


def test_model_weights_and_losses_are_those_of_one_machine(model: Any, frame: Any) -> None:
    kept, held_out = TABLE[~TABLE.held_out], TABLE[TABLE.held_out]
    sets = {"X_val": held_out[FEATURES], "y_val": held_out.label, "sample_weight_val": held_out.own}
    expected = bw.WeightedClassifier(local(), "sqrt_balanced")
    expected.fit(kept[FEATURES], kept.label, sample_weight=kept.own, **sets, verbose=False)
    history = model.model.training_summary.validation_objective_history["logloss"]
    assert history == pytest.approx(expected.estimator_.evals_result()["validation_0"]["logloss"], rel=1e-6)
    assert model.class_weights_ == expected.class_weights_
    assert model.to_local().predict_proba(X).tobytes() == expected.predict_proba(TABLE[FEATURES]).tobytes()
    assert model.to_local().predict(X).tolist() == expected.predict(TABLE[FEATURES]).tolist()

    predictions, proba = predicted(model, frame)
    assert predictions == expected.predict(TABLE[FEATURES]).tolist()
    assert proba == pytest.approx(
        expected.predict_proba(TABLE[FEATURES]), abs=1e-7
    )  # Spark's is a sigmoid in float64
    assert "me" in str(model.summary())


def test_a_native_form_and_labels_of_text(frame: Any) -> None:
    model = classifier(inner(max_bin=512, label_col="text"), form="scale_pos_weight").fit(frame)
    assert model.native_.guarantee is bw.adapters.Guarantee.IDENTICAL
    expected = bw.WeightedClassifier(local(max_bin=512)).fit(X, TABLE.text)  # by row weights
    assert model.to_local().predict_proba(X).tobytes() == expected.predict_proba(X).tobytes()
    predictions, proba = predicted(model, frame)
    assert predictions == expected.predict(X).tolist()
    model.threshold, model.pos_label = 0.7, "fraud"
    predictions = predicted(model, frame)[0]
    assert predictions == np.where(proba[:, 1] >= 0.7, "fraud", "fine").tolist()
    assert predictions == model.to_local().predict(X).tolist() != expected.predict(X).tolist()


class Recording(xgboost_spark.SparkXGBClassifier):  # type: ignore[misc, valid-type, name-defined]
    """Keeps what it was given to train with."""

    seen: list[pd.DataFrame] = []  # noqa: RUF012  Spark copies estimators

    def _fit(self, dataset: Any) -> Any:
        weight = self.getOrDefault("weightCol")
        self.seen.append(collected(dataset.select("id", "label", dataset[weight].alias("weight"))))
        return super()._fit(dataset)


def test_weights_of_a_fold_come_from_its_training_rows(frame: Any) -> None:
    from pyspark.ml import Pipeline
    from pyspark.ml.evaluation import MulticlassClassificationEvaluator
    from pyspark.ml.tuning import CrossValidator, ParamGridBuilder

    # 4 in 5 rows of a fold of its own: its weights are not those of the whole
    uneven = TABLE.assign(fold=((TABLE.label == 2) & (TABLE.id % 5 > 0)).astype(int))
    uneven.loc[uneven.index[::3], "fold"] = 1
    Recording.seen.clear()
    given = {"features_col": FEATURES, "label_col": "label", "verbose": False, **SETTINGS}
    clf = classifier(Recording(**given))
    cv = CrossValidator(
        estimator=Pipeline(stages=[clf]),
        estimatorParamMaps=ParamGridBuilder().addGrid(clf.weighting, ["sqrt_balanced"]).build(),
        evaluator=MulticlassClassificationEvaluator(labelCol="label"),
        numFolds=2,
        foldCol="fold",
        collectSubModels=True,
    )
    searched = cv.fit(frame.sparkSession.createDataFrame(uneven))
    for fold in range(2):
        training = uneven[uneven.fold != fold]
        expected = bw.Balanced(power=0.5).resolve(training.label)
        assert searched.subModels[fold][0].stages[-1].class_weights_ == expected
        trained = Recording.seen[fold]
        assert sorted(trained.id) == sorted(training.id)
        assert trained.weight.tolist() == expected.sample_weight(trained.label).tolist()
        assert expected != bw.Balanced(power=0.5).resolve(uneven.label)
    assert searched.bestModel.stages[-1].class_weights_ == bw.Balanced(power=0.5).resolve(uneven.label)
    assert len(Recording.seen) == 3
    gc.collect()


def test_parameters_are_copied(spark: Any) -> None:
    clf = classifier(inner(), weighting={1: 1.0, 2: 9.0}, eval_weighting="none")
    copied = clf.copy({clf.weighting: "balanced", clf.getOrDefault("estimator").max_depth: 7})
    assert copied.getWeighting() == bw.Balanced()
    assert copied.getOrDefault("estimator").getOrDefault("max_depth") == 7
    assert clf.getWeighting() == bw.Explicit({1: 1.0, 2: 9.0})
    assert clf.getOrDefault("weighting") == "Explicit({1: 1.0, 2: 9.0})"
    assert clf.getOrDefault("estimator").getOrDefault("max_depth") == 3
    assert copied.getOrDefault("eval_weighting") == "none"
    assert copied.uid == clf.uid


def test_saved_and_loaded(model: Any, frame: Any, tmp_path: Path) -> None:
    from boostweights.distributed.spark import SparkWeightedClassifier, SparkWeightedClassifierModel

    model.write().save(str(tmp_path / "model"))
    loaded = SparkWeightedClassifierModel.load(str(tmp_path / "model"))
    assert loaded.class_weights_ == model.class_weights_
    assert (loaded.policy, loaded.policy.owner) == (model.policy, "me")
    assert (loaded.native_, loaded.uid) == (model.native_, model.uid)
    assert loaded.to_local().predict_proba(X).tobytes() == model.to_local().predict_proba(X).tobytes()
    assert predicted(loaded, frame)[0] == predicted(model, frame)[0]

    policy = bw.Explicit({1: 1.0, 2: 9.0}, rationale="dear")
    clf = classifier(inner(max_depth=5), weighting=policy, form="sample_weight", count_rows=True)
    clf.write().save(str(tmp_path / "estimator"))
    again = SparkWeightedClassifier.load(str(tmp_path / "estimator"))
    assert (again.uid, again.getWeighting()) == (clf.uid, policy)
    assert again.getWeighting().rationale == "dear"
    assert again.getOrDefault("count_rows") is True
    assert again.getOrDefault("estimator").getOrDefault("max_depth") == 5
    with pytest.raises(bw.errors.InvalidValueError, match="must hold a SparkWeightedClassifier"):
        SparkWeightedClassifier.load(str(tmp_path / "model"))


def test_sums_of_weights_do_not_depend_on_partitions(spark: Any) -> None:
    from boostweights.distributed.spark.estimators import Columns, tallied

    rng = np.random.default_rng(0)
    table = pd.DataFrame({"label": rng.integers(0, 3, 300), "own": rng.lognormal(0, 8, 300)})
    expected = {label: math.fsum(table.own[table.label == label]) for label in range(3)}
    for parts in (1, 3):
        tally = tallied(spark.createDataFrame(table).repartition(parts), Columns(label="label", weight="own"))
        assert dict(tally.weighted) == expected
        assert dict(tally.rows) == table.label.value_counts().sort_index().to_dict()
    table.loc[table.label == 1, "own"] = 0.0
    tally = tallied(spark.createDataFrame(table), Columns(label="label", weight="own"))
    assert dict(tally.weighted) == {**expected, 1: 0}


def broken(**columns: Any) -> pd.DataFrame:
    return TABLE.head(20).assign(label=[1, 2] * 10, **columns)


HELD = {"validation_indicator_col": "held_out"}
UNSEEN = broken(held_out=[False] * 18 + [True] * 2).assign(label=[1, 2] * 9 + [1, 3])
REFUSED: list[tuple[pd.DataFrame, dict[str, Any], str]] = [
    (TABLE.drop(columns="label"), {}, "label_col must be a column"),
    (broken().assign(label=pd.Timestamp("2020-01-01")), {}, "labels must be numbers, text or bools"),
    (broken(), {"validation_indicator_col": "fold"}, "a column of bools"),
    (broken().assign(label=[1.0, np.nan] * 10), {}, "label"),
    (broken(own=-1.0), {"weight_col": "own"}, "finite and at least 0"),
    (UNSEEN, HELD, "every label must be one of [1, 2]"),
    (broken(held_out=True), HELD, "must not be empty"),
    (broken(), {"tree_method": "exact"}, "'hist' or 'approx' on a cluster"),
    (broken(), {"scale_pos_weight": 3.0}, "classes may be weighted in one place"),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[2])
def test_refused_with_a_mend(spark: Any, case: Any) -> None:
    table, settings, rule = case
    with pytest.raises(bw.BoostweightsError) as caught:
        classifier(inner(**settings)).fit(spark.createDataFrame(table))
    assert rule in caught.value.rule
    assert caught.value.mend


def test_rows_that_spark_cannot_compute(spark: Any) -> None:
    from pyspark.sql import functions

    label = functions.raise_error(functions.lit("gone")).cast("int")
    frame = spark.createDataFrame(broken()).withColumn("label", label)
    with pytest.raises(bw.errors.InvalidValueError, match="needs a frame that pyspark can compute"):
        classifier(inner()).fit(frame)


def test_what_is_no_column(spark: Any) -> None:
    with pytest.raises(bw.errors.InvalidTypeError, match="are columns in Spark; got sample_weight="):
        classifier(inner()).fit(None, sample_weight=[1.0])
    with pytest.raises(bw.errors.InvalidTypeError, match="a Spark data frame is needed"):
        classifier(inner()).fit(TABLE)
    with pytest.raises(bw.errors.InvalidTypeError, match="an unfitted SparkXGBClassifier"):
        classifier(local())
    with pytest.raises(bw.errors.InvalidValueError, match="an estimator must be set"):
        classifier().fit(spark.createDataFrame(broken()))


def by_hand(name: str, frame: Any, weight: Any) -> Any:
    """Spark's own classifier, with a column of weights that was made here."""
    pairs = pd.DataFrame({"id": TABLE.id, "by_hand": weight.astype(float)})
    joined = (
        frame.join(frame.sparkSession.createDataFrame(pairs), "id").coalesce(1).sortWithinPartitions("id")
    )
    return made(name, labelCol="code", weightCol="by_hand").fit(joined)


@pytest.mark.parametrize(
    ("name", "label"),
    [("LogisticRegression", "text"), ("GBTClassifier", "flag"), ("RandomForestClassifier", "a.b")],
)
def test_classifiers_of_spark_and_labels_of_any_kind(vectors: Any, name: str, label: str) -> None:
    estimator = made(name, labelCol=label, weightCol="own")
    model = classifier(estimator).fit(vectors)
    expected = bw.Balanced().resolve(TABLE[label], TABLE.own)
    assert model.class_weights_ == expected
    reference = by_hand(name, vectors, expected.sample_weight(TABLE[label], np.float64) * TABLE.own)
    predictions, proba = predicted(model, vectors)
    codes, theirs = predicted(reference, vectors)
    assert proba == pytest.approx(theirs, abs=1e-9)
    assert predictions == [expected.classes[int(code)] for code in codes]
    unweighted = predicted(made(name, labelCol="code").fit(vectors), vectors)[1]
    assert np.abs(proba - unweighted).max() > 0.05
    assert model.native_.guarantee is bw.adapters.Guarantee.IDENTICAL
    with pytest.raises(bw.errors.InvalidTypeError, match="of a SparkXGBClassifier's model"):
        model.to_local()


def test_what_takes_no_weights_is_refused(spark: Any) -> None:
    from pyspark.ml.classification import FMClassifier, OneVsRest
    from pyspark.ml.regression import GBTRegressor

    for estimator in (FMClassifier(), GBTRegressor(), OneVsRest(classifier=FMClassifier())):
        with pytest.raises(bw.errors.InvalidTypeError, match="with a weightCol"):
            classifier(estimator)
    with pytest.raises(bw.errors.InvalidValueError, match="a policy must be written as it prints"):
        classifier(made("LogisticRegression"), "Balanced(power=os.system('true'))")


def test_a_search_over_policies_and_inner_parameters_is_saved(vectors: Any, tmp_path: Path) -> None:
    from pyspark.ml import Pipeline
    from pyspark.ml.evaluation import BinaryClassificationEvaluator
    from pyspark.ml.tuning import CrossValidator, CrossValidatorModel, ParamGridBuilder

    estimator = made("LogisticRegression", labelCol="code")
    clf = classifier(estimator)
    policies = [bw.Balanced(power=0.5, owner="me"), {0: 1.0, 1: 9.0}]
    grid = ParamGridBuilder().addGrid(clf.weighting, policies).addGrid(estimator.regParam, [0.0, 0.5]).build()
    searched = CrossValidator(
        estimator=Pipeline(stages=[clf]),
        estimatorParamMaps=grid,
        evaluator=BinaryClassificationEvaluator(labelCol="code"),
        numFolds=2,
        foldCol="fold",
    ).fit(vectors)
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
    assert predicted(saved, vectors)[1].tobytes() == predicted(best, vectors)[1].tobytes()
    refitted = again.getEstimator().fit(vectors, again.getEstimatorParamMaps()[2])
    assert refitted.stages[-1].policy == bw.Explicit({0: 1.0, 1: 9.0})


def ran(code: str, environment: Mapping[str, str]) -> Any:
    command = [sys.executable, "-W", "ignore", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment)


WITHOUT_JAVA = "from boostweights.distributed.spark import SparkWeightedClassifier"


def test_without_java_our_error_comes_first(tmp_path: Path) -> None:
    given = {"PATH": str(tmp_path), "PYTHONPATH": str(Path(bw.__file__).parents[1])}
    done = ran(WITHOUT_JAVA, given)
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
    except bw.errors.InvalidValueError as stopped:
        print(stopped)
"""


def test_a_stopped_session_is_named(spark: Any) -> None:
    given = {"PYTHONPATH": f"{Path(bw.__file__).parents[1]}:{Path(__file__).parents[1]}"}
    done = ran(STOPPED, os.environ | given)
    said = "a Spark frame needs a running session; got a DataFrame of a session that was stopped. Make"
    assert done.stdout.count(said) == 3


def test_a_threshold_decides_as_on_one_machine(vectors: Any, tmp_path: Path) -> None:
    from boostweights.distributed.spark import SparkWeightedClassifier, SparkWeightedClassifierModel

    estimator = made("LogisticRegression", labelCol="text")
    costs, matrix = (
        bw.Costs(fn=9, fp=1, pos_label="fraud"),
        bw.Costs(matrix=[[0, 1], [9, 0]], classes=["fine", "fraud"]),
    )
    for policy, threshold, value in (("balanced", 0.7, 0.7), (None, costs, 0.1), (None, matrix, 0.1)):
        clf = SparkWeightedClassifier(estimator, policy, threshold=threshold, pos_label="fraud")
        clf.write().overwrite().save(str(tmp_path / "clf"))
        model = SparkWeightedClassifier.read().load(str(tmp_path / "clf")).fit(vectors)
        predictions, proba = predicted(model, vectors)
        assert model.threshold_ == value
        assert predictions == np.where(proba[:, 1] >= value, "fraud", "fine").tolist()
        assert len(set(predictions)) == 2
        assert f"positive from {value:g} on" in repr(model.summary())
        model.write().overwrite().save(str(tmp_path / "model"))
        loaded = SparkWeightedClassifierModel.read().load(str(tmp_path / "model"))
        assert predicted(loaded, vectors)[0] == predictions
    other = SparkWeightedClassifier(estimator, threshold=0.7, pos_label="fine").fit(vectors)
    predictions, proba = predicted(other, vectors)
    assert predictions == np.where(proba[:, 0] >= 0.7, "fine", "fraud").tolist()


def test_three_classes_are_decided_by_costs_and_by_a_threshold_for_one(vectors: Any) -> None:
    from pyspark.sql import functions

    from boostweights.distributed.spark import SparkWeightedClassifier

    labels, low = [1.0, 2.0, 4.0], vectors[FEATURES[0]] < float(TABLE[FEATURES[0]].median())
    third = functions.when(vectors.text == "fraud", 4.0).when(low, 1.0).otherwise(2.0)
    rows = vectors.withColumn("three", third)
    estimator = made("LogisticRegression", labelCol="three", maxIter=3)
    costs = bw.Costs(matrix=[[0, 1, 5], [9, -1, 2], [3, 9, 0]])
    for threshold, label in ((costs, None), (0.4, 2.0)):
        model = SparkWeightedClassifier(estimator, None, threshold=threshold, pos_label=label).fit(rows)
        predictions, proba = predicted(model, rows)
        expected = bw.decide(proba, costs, classes=labels)
        if label is not None:
            others = np.where(proba[:, 0] >= proba[:, 2], 1.0, 4.0)
            expected = np.where(proba[:, 1] >= 0.4, 2.0, others)
        assert predictions == expected.tolist()
        assert len(set(predictions)) > 1
        assert predictions != np.array(labels)[np.argmax(proba, axis=1)].tolist()


def test_a_threshold_that_cannot_be_found_on_spark_is_refused(vectors: Any) -> None:
    from pyspark.ml.classification import LinearSVC

    from boostweights.distributed.spark import SparkWeightedClassifier

    logistic = made("LogisticRegression", labelCol="text")
    for estimator, settings, said in (
        (logistic, {"threshold": "f1"}, "folds are cut"),
        (logistic, {"threshold": 0.5}, "positive label must be given"),
        (logistic, {"threshold": bw.Costs(fn=9, fp=1, pos_label="fraud")}, "costs would count twice"),
        (LinearSVC(labelCol="text"), {"threshold": 0.5, "pos_label": "fraud"}, "without a probabilityCol"),
    ):
        with pytest.raises(bw.BoostweightsError, match=said):
            SparkWeightedClassifier(estimator, **settings).fit(vectors)
