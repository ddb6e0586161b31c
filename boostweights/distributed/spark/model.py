"""A fitted model of Spark's pipelines that knows with which weights it was trained."""

from __future__ import annotations

from typing import Any, cast

import numpy as np
from pyspark.ml import Model
from pyspark.ml.util import MLReadable, MLReader, MLWritable, MLWriter

from boostweights.adapters.form import FormName, NativeForm
from boostweights.distributed.spark.deciding import Deciding
from boostweights.distributed.spark.estimators import local_of
from boostweights.distributed.spark.saving import model_reader, model_writer
from boostweights.distributed.spark.weighing import decoded
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.deciding import keep_decision
from boostweights.estimator.summary import Summary
from boostweights.frames.spark import check_running, column
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.base import Policy


class SparkWeightedClassifierModel(Model, MLReadable[Any], MLWritable):
    """What `SparkWeightedClassifier` fits.

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
        What was resolved.
    threshold : float, "costs" or None
        What decides the prediction column.
    threshold_ : float or None
        The number: positive from it on.
    pos_label : label or None
        The positive one.
    """

    def __init__(
        self,
        *,
        model: Any,
        class_weights: ClassWeights,
        native: NativeForm,
        policy: Policy,
        threshold: Any = None,
        pos_label: Label = None,
    ) -> None:
        super().__init__()
        self.model = model
        self.class_weights_ = class_weights
        self.native_ = native
        self.policy = policy
        self.threshold = threshold
        self.pos_label = pos_label

    @property
    def threshold_(self) -> float | None:
        """The number that decides; None where the most probable class does."""
        return self._deciding().value(self.classes_)

    def _deciding(self) -> Deciding:
        return Deciding(threshold=self.threshold, pos_label=self.pos_label, weighting=self.policy)

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
            decision="" if self.threshold is None else f"positive from {self.threshold_:.6g} on",
        )

    def to_local(self) -> WeightedClassifier:
        """Return the fitted classifier of one machine, which needs no Spark; of SparkXGBClassifier only."""
        booster = local_of(self.model, len(self.classes_))
        local = WeightedClassifier(
            type(booster)(),
            weighting=self.policy,
            form=cast(FormName, self.native_.form),
            threshold=self.threshold,
            pos_label=self.pos_label,
        )
        local.estimator_ = booster
        local.classes_ = np.array(self.classes_)
        local._keep(self.class_weights_)
        keep_decision(local)
        local.native_ = self.native_
        local.n_features_in_ = int(booster.get_booster().num_features())
        return local

    def write(self) -> MLWriter:
        """Return what saves it: weights as JSON, the inner model beside."""
        return model_writer(self)

    @classmethod
    def read(cls) -> MLReader[Any]:
        """Return what loads it."""
        return model_reader(cls)

    def _transform(self, dataset: Any) -> Any:
        check_running(dataset)
        found = self.model.transform(dataset)
        name = self.model.getOrDefault("predictionCol")
        if name and self.threshold is not None:
            decided = self._deciding().codes(self.classes_, self.model.getOrDefault("probabilityCol"))
            return found.withColumn(name, decoded(decided, self.classes_))
        codes = list(range(len(self.classes_)))
        if not name or (list(self.classes_) == codes and not isinstance(self.classes_[0], bool)):
            return found
        return found.withColumn(name, decoded(column(name), self.classes_))
