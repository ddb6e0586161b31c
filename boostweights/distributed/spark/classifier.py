"""An estimator of Spark's pipelines that resolves class weights on the rows that it is fitted with."""

from __future__ import annotations

from typing import Any

from pyspark.ml import Pipeline
from pyspark.ml.param import Param, Params
from pyspark.ml.util import MLWriter

from boostweights.adapters.expressing import checked_eval_weighting, form_for
from boostweights.adapters.form import EvalWeighting, FormName, NativeForm
from boostweights.distributed.spark.columns import checked_frame
from boostweights.distributed.spark.counting import Tally, failing, tallied
from boostweights.distributed.spark.deciding import Deciding
from boostweights.distributed.spark.estimators import (
    adapter_for,
    checked_estimator,
    columns_of,
    settings_of,
    trainer_of,
    without_weights,
)
from boostweights.distributed.spark.model import SparkWeightedClassifierModel
from boostweights.distributed.spark.saving import estimator_reader, estimator_writer, text_of
from boostweights.distributed.spark.weighing import prepared
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.names import WeightingLike, class_policy


class SparkWeightedClassifier(Pipeline):
    """Train a classifier of Spark with class weights of a policy, resolved on the rows of each fit.

    In a CrossValidator each fold's weights come from that fold's training rows; evaluation rows
    (``validation_indicator_col``) are not counted either.

    Parameters
    ----------
    estimator : SparkXGBClassifier, GBTClassifier, RandomForestClassifier, LogisticRegression, …
        SparkXGBClassifier, or any classifier of ``pyspark.ml`` with a ``weightCol``. It names the columns:
        ``labelCol`` (numbers, text or bools), and, if there are, ``weightCol`` with the caller's row weights
        and ``validationIndicatorCol``. It must not weigh classes itself.
    weighting : policy, str, dict or None, default="balanced"
        See `as_policy`. A grid of policies: ``ParamGridBuilder().addGrid(clf.weighting, [...])``.
    form : str, default="auto"
        The native form. A form that would train another model than row weights is refused.
    eval_weighting : {"auto", "none", "same"}, default="auto"
        Whether evaluation rows are weighted as their class is in training ("same"); "auto" is "none".
    count_rows : bool, default=False
        Count rows as such, not by the weights of ``weight_col``.
    threshold : float or "costs", default=None
        What decides the prediction column: positive from this probability on, the number or that of
        ``weighting=Costs(…, power=0)``. Scorers and promises need rows that were not trained on: call
        `promise` on their scores, and set the number that it finds.
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
    threshold: Param[Any] = Param(Params._dummy(), "threshold", "what decides: a probability, or costs")
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
        threshold: float | str | None = None,
        pos_label: Label = None,
    ) -> None:
        super().__init__()
        self._set(
            weighting=text_of(weighting), form=form, eval_weighting=eval_weighting, count_rows=count_rows
        )
        self._setDefault(threshold=None, pos_label=None)
        self._set(threshold=threshold, pos_label=pos_label)
        if estimator is not None:
            self._set(estimator=checked_estimator(estimator))

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
        if columns:
            raise InvalidTypeError(
                "row weights and evaluation rows are columns in Spark",
                f"{next(iter(columns))}=",
                "Add a column to the frame, and name it as the estimator's weightCol (weight_col), "
                "validationIndicatorCol (validation_indicator_col).",
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
        """Return what saves it: parameters as JSON, the inner estimator beside."""
        return estimator_writer(self, self._inner())

    @classmethod
    def read(cls) -> Any:
        """Return what loads it."""
        return estimator_reader(cls)

    def _fit(self, dataset: Any) -> Any:
        inner = self._inner()
        columns = columns_of(inner)
        frame = checked_frame(dataset, columns)
        policy, weighting = self.getWeighting(), self.getOrDefault("eval_weighting")
        deciding = Deciding(
            threshold=self.getOrDefault("threshold"),
            pos_label=self.getOrDefault("pos_label"),
            weighting=policy,
        )
        deciding.check(inner)
        settings, checked_weighting = settings_of(inner), checked_eval_weighting(weighting)
        checked = form_for(adapter_for(inner), self.getOrDefault("form"), policy, settings)
        found = tallied(frame, columns)
        weights = policy.resolve(self._counted(found))
        deciding.value(weights.classes)
        sums = found.weighted.encoded() if found.weighted else None
        native = checked.express(weights.encoded(), found.rows.encoded(), sums)
        ready = prepared(frame, columns, weights.classes, native, checked_weighting)
        trainer = trainer_of(inner, ready.label, ready.weight, {**native.pins, **native.params})
        with failing(f"training {type(inner).__name__}"):
            trained = trainer.fit(ready.frame)
        return self._model(trained, columns.label, weights, native, deciding)

    def _inner(self) -> Any:
        if not self.isSet("estimator"):
            raise InvalidValueError(
                "an estimator must be set", "none", "Pass estimator=SparkXGBClassifier(…)."
            )
        return checked_estimator(self.getOrDefault("estimator"))

    def _counted(self, found: Tally) -> ClassCounts:
        by_weight = found.weighted is not None and not self.getOrDefault("count_rows")
        return found.weighted if by_weight and found.weighted else found.rows

    def _model(
        self, trained: Any, label: str, weights: ClassWeights, native: NativeForm, deciding: Deciding
    ) -> SparkWeightedClassifierModel:
        trained._set(labelCol=label)
        model = SparkWeightedClassifierModel(
            model=without_weights(trained),
            class_weights=weights,
            native=native,
            policy=deciding.weighting,
            threshold=deciding.threshold,
            pos_label=deciding.pos_label,
        )
        model._resetUid(self.uid)
        return model
