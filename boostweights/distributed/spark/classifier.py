"""An estimator of Spark's pipelines that resolves class weights on the rows that it is fitted with."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from pyspark.ml import Model, Pipeline
from pyspark.ml.param import Param, Params
from pyspark.ml.util import MLReadable, MLReader, MLWritable, MLWriter

from boostweights.adapters.expressing import checked_eval_weighting, form_for
from boostweights.adapters.form import EvalWeighting, FormName, NativeForm
from boostweights.adapters.registry import adapter_named
from boostweights.distributed.spark import estimators
from boostweights.distributed.spark.saving import Reader, Writer, rule_of, rule_text, saved_weights, text_of
from boostweights.errors import InvalidTypeError, check_that
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.deciding import Threshold
from boostweights.estimator.summary import Summary
from boostweights.frames.spark import check_running, column
from boostweights.probabilities.rule import DecisionRule
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import WeightingLike, class_policy

_SETTINGS = ("weighting", "form", "eval_weighting", "count_rows", "threshold", "pos_label")


class SparkWeightedClassifier(Pipeline):
    """Train a classifier of Spark with class weights of a policy, resolved on the rows of each fit.

    In a CrossValidator each fold's weights come from that fold's training rows; evaluation rows
    (``validation_indicator_col``) are not counted either.

    Parameters
    ----------
    estimator : SparkXGBClassifier, GBTClassifier, RandomForestClassifier, LogisticRegression, …
        SparkXGBClassifier, or any classifier of ``pyspark.ml`` with a ``weightCol``. It names the columns:
        ``labelCol`` (numbers, text or bools), and, if there are, ``weightCol`` with the caller's row weights
        and ``validationIndicatorCol``. It must not weight classes itself.
    weighting : policy, str, dict or None, default="balanced"
        See `as_policy`. A grid of policies: ``ParamGridBuilder().addGrid(clf.weighting, [...])``.
    form : str, default="auto"
        The native form. A form that would train another model than row weights is refused.
    eval_weighting : {"auto", "none", "same"}, default="auto"
        Whether evaluation rows are weighted as their class is in training ("same"); "auto" is "none".
    count_rows : bool, default=False
        Count rows as such, not by the weights of ``weight_col``.
    threshold : float or Costs, default=None
        What decides the prediction column, as of `WeightedClassifier`; costs require ``weighting=None``.
        Scorers and promises need rows that were not trained on: call `promise` on their scores, and set the
        number that it finds.
    pos_label : label, default=None
        The positive one, where a threshold decides.

    Notes
    -----
    The prediction column holds labels: numbers as doubles, as Spark's evaluators want, text and bools as they
    are. Weights are multiplied in the type that the library stores, float32 in xgboost and float64 in Spark's
    own classifiers. To Spark it is a pipeline whose one stage is the estimator, so that a search finds and
    saves the parameters of both.

    Examples
    --------
    ::

        clf = SparkWeightedClassifier(SparkXGBClassifier(features_col=["amount", "age"], label_col="bad"))
        model = Pipeline(stages=[clf]).fit(frame)
        model.stages[-1].class_weights_
    """

    estimator: Param[Any] = Param(Params._dummy(), "estimator", "the classifier that is trained")
    weighting: Param[Any] = Param(
        Params._dummy(), "weighting", "the policy of class weights, as its code", text_of
    )
    form: Param[str] = Param(Params._dummy(), "form", "the native form of the weights")
    eval_weighting: Param[str] = Param(
        Params._dummy(), "eval_weighting", "how evaluation rows are weighted: auto, none or same"
    )
    count_rows: Param[bool] = Param(Params._dummy(), "count_rows", "count rows, whatever weight_col says")
    threshold: Param[Any] = Param(
        Params._dummy(), "threshold", "what decides: a probability, or costs as their code", rule_text
    )
    pos_label: Param[Any] = Param(
        Params._dummy(), "pos_label", "the positive label, where a threshold decides"
    )

    def __init__(
        self,
        estimator: Any = None,
        weighting: WeightingLike = "balanced",
        form: FormName = "auto",
        eval_weighting: EvalWeighting = "auto",
        count_rows: bool = False,
        threshold: float | Costs | None = None,
        pos_label: Label = None,
    ) -> None:
        super().__init__()
        if estimator is not None:
            self._set(estimator=estimators.checked_estimator(estimator))
        self._set(
            weighting=text_of(weighting),
            form=form,
            eval_weighting=eval_weighting,
            count_rows=count_rows,
            threshold=threshold,
            pos_label=pos_label,
        )

    def fit(self, dataset: Any, params: Any = None, **columns: Any) -> Any:
        """Fit, as every estimator of Spark.

        Parameters
        ----------
        dataset : pyspark.sql.DataFrame
            Training rows, and evaluation rows where the estimator has a ``validation_indicator_col``.
        params : dict or list of dict, default=None
            Parameters for this fit.
        **columns
            None: weights are columns in Spark, and arrays such as ``sample_weight`` raise.

        Returns
        -------
        SparkWeightedClassifierModel, or a list of them

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnknownLabelError
            Before any training.
        """
        check_that(
            not columns,
            "row weights and evaluation rows are columns in Spark",
            ", ".join(f"{name}=" for name in columns),
            "Add a column to the frame, and name it as the estimator's weightCol (weight_col), "
            "validationIndicatorCol (validation_indicator_col).",
            InvalidTypeError,
        )
        return super().fit(dataset, params)

    def copy(self, extra: Any = None) -> Any:
        """Return a copy, the inner estimator's parameters in `extra` set on a copy of that."""
        copied = super().copy(extra)
        if copied.isSet("estimator"):
            copied._set(estimator=copied.getOrDefault("estimator").copy(extra))
        return copied

    def getStages(self) -> list[Any]:  # noqa: N802  Spark's name
        """Return the estimator, as the one stage of this pipeline."""
        return [self._inner()]

    def getWeighting(self) -> Policy:  # noqa: N802  as Spark calls such methods
        """Return the policy of class weights."""
        return class_policy(self.getOrDefault("weighting"))

    @property
    def _to_java(self) -> Any:
        """Raise, so that Spark saves a search as Python's: Java has no class for this estimator."""
        raise AttributeError("_to_java")

    def write(self) -> MLWriter:
        """Return what saves it: parameters as JSON, the inner estimator next to them."""
        return Writer(self, {name: self.getOrDefault(name) for name in _SETTINGS}, self._inner())

    @classmethod
    def read(cls) -> Any:
        """Return what loads it."""
        return Reader(cls)

    def _fit(self, dataset: Any) -> Any:
        inner, policy = self._inner(), self.getWeighting()
        columns = estimators.columns_of(inner)
        frame = estimators.checked_frame(dataset, columns)
        threshold = Threshold(
            threshold=rule_of(self.getOrDefault("threshold")),
            pos_label=self.getOrDefault("pos_label"),
            weighting=policy,
        )
        threshold.refuse_folds()
        threshold.check()
        gives_proba = inner.hasParam("probabilityCol") and inner.getOrDefault("probabilityCol")
        check_that(
            gives_proba or threshold.threshold is None,
            "a threshold requires probabilities",
            f"{type(inner).__name__} without a probabilityCol",
            "Set the column, choose a classifier that gives probabilities, or threshold=None.",
            InvalidTypeError,
        )
        weighting = checked_eval_weighting(self.getOrDefault("eval_weighting"))
        adapter = adapter_named("xgboost") if estimators.is_xgboost(inner) else estimators.PYSPARK
        checked = form_for(adapter, self.getOrDefault("form"), policy, estimators.settings_of(inner))
        tally = estimators.tallied(frame, columns)
        weights = policy.resolve(tally.rows if self.getOrDefault("count_rows") else tally.weighted)
        if threshold.threshold is not None:
            threshold.known(weights.classes)
        sums = tally.weighted.encoded() if tally.sums else None
        native = checked.express(weights.encoded(), tally.rows.encoded(), sums)
        ready, label, weight = estimators.prepared(frame, columns, weights.classes, native, weighting)
        trainer = estimators.without_weights(inner.copy())
        trainer._set(labelCol=label, **({} if weight is None else {"weightCol": weight}))
        if params := {**native.pins, **native.params}:
            trainer.setParams(**params)
        with estimators.SPARK.failing(f"training {type(inner).__name__}"):
            trained = trainer.fit(ready)
        trained._set(labelCol=columns.label)
        model = SparkWeightedClassifierModel(
            estimators.without_weights(trained),
            class_weights=weights,
            native=native,
            policy=policy,
            threshold=threshold.threshold,
            pos_label=threshold.pos_label,
        )
        model._resetUid(self.uid)
        return model

    def _inner(self) -> Any:
        remedy = "Pass estimator=SparkXGBClassifier(…)."
        check_that(self.isSet("estimator"), "an estimator must be set", "none", remedy)
        return estimators.checked_estimator(self.getOrDefault("estimator"))


class SparkWeightedClassifierModel(Model, MLReadable[Any], MLWritable):
    """The fitted model of a `SparkWeightedClassifier`.

    Attributes
    ----------
    model : SparkXGBClassifierModel, or of another of Spark's classifiers
        The fitted one; it knows encoded labels only.
    classes_ : tuple of labels
        Sorted; the order of the probability column.
    class_weights_ : ClassWeights
        Resolved on the training rows of this fit.
    native_ : NativeForm
        Their form, for encoded labels 0 to k-1.
    policy : Policy
        The policy that was resolved.
    threshold : float, Costs or None
        What decides the prediction column.
    rule_ : DecisionRule or None
        The rule for these classes.
    threshold_ : float or None
        Its number: a row is positive at this probability or above.
    pos_label : label or None
        The positive one.
    """

    def __init__(
        self,
        model: Any,
        *,
        class_weights: ClassWeights,
        native: NativeForm,
        policy: WeightingLike,
        threshold: Any = None,
        pos_label: Label = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.class_weights_ = class_weights
        self.native_ = native
        self.policy = class_policy(policy)
        self.threshold = rule_of(threshold)
        self.pos_label = pos_label

    @property
    def rule_(self) -> DecisionRule | None:
        """What decides; None where the most probable class does."""
        asked = Threshold(threshold=self.threshold, pos_label=self.pos_label, weighting=self.policy)
        return None if self.threshold is None else asked.known(self.classes_)

    @property
    def threshold_(self) -> float | None:
        """The number that decides, where the rule is a threshold."""
        return None if self.rule_ is None else self.rule_.threshold

    @property
    def classes_(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return self.class_weights_.classes

    def copy(self, extra: Any = None) -> SparkWeightedClassifierModel:
        """Return a copy, the inner model's parameters in `extra` set on a copy of that."""
        copied = super().copy(extra)
        copied.model = self.model.copy(extra)
        return copied

    def summary(self) -> Summary:
        """Return policy, counts, weights, form and guarantee of the fit, to be printed."""
        return Summary(
            estimator=type(self.model).__name__,
            policy=self.policy,
            weights=self.class_weights_,
            native=self.native_,
            decision="" if self.rule_ is None else str(self.rule_),
        )

    def to_local(self) -> WeightedClassifier:
        """Return the fitted classifier of one machine, which needs no Spark; of SparkXGBClassifier only."""
        check_that(
            hasattr(self.model, "get_booster"),
            "of a SparkXGBClassifier's model there is one of one machine",
            type(self.model).__name__,
            "Predict with transform, or train a SparkXGBClassifier.",
            InvalidTypeError,
        )
        from xgboost import XGBClassifier

        booster = XGBClassifier()
        booster.load_model(self.model.get_booster().save_raw("ubj"))
        booster.n_classes_ = len(self.classes_)
        local = WeightedClassifier(
            XGBClassifier(),
            weighting=self.policy,
            form=cast(FormName, self.native_.form),
            threshold=self.threshold,
            pos_label=self.pos_label,
        )
        local._keep(booster, self.native_, self.class_weights_, np.array(self.classes_))
        local.n_features_in_ = int(booster.get_booster().num_features())
        return local

    def write(self) -> MLWriter:
        """Return what saves it: weights as JSON, the inner model next to them."""
        facts = {"policy": text_of(self.policy), "threshold": rule_text(self.threshold)}
        facts["pos_label"] = self.pos_label
        return Writer(self, facts | saved_weights(self.class_weights_, self.native_), self.model)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """Return what loads it."""
        return Reader(cls)

    def _transform(self, dataset: Any) -> Any:
        from pyspark.ml.functions import vector_to_array

        check_running(dataset)
        predicted = self.model.transform(dataset)
        name, classes = self.model.getOrDefault("predictionCol"), self.classes_
        is_coded = list(classes) == list(range(len(classes))) and not isinstance(classes[0], bool)
        if not name or (is_coded and self.threshold is None):
            return predicted
        codes = column(name)
        if self.rule_ is not None:
            proba = vector_to_array(column(self.model.getOrDefault("probabilityCol")))
            codes = estimators.decided(proba, self.rule_)
        return predicted.withColumn(name, estimators.decoded(codes, classes))
