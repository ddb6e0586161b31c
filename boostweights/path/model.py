"""The estimator of a path: what is trained at each ratio, and what it predicts."""

import re
from dataclasses import dataclass
from typing import Any, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from boostweights.adapters.binning import BinnedFold, Reuse
from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, check_known, check_that
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import uncorrectable
from boostweights.estimator.settings import checked_settings, eval_weighting_of
from boostweights.path.inputs import Labels, Split
from boostweights.probabilities.calibration import affine_of
from boostweights.probabilities.link import log_proba
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.by_class import Explicit

Floats = npt.NDArray[np.float64]
_REUSE = ("auto", "none")
_PLAIN = {"correct_proba": False, "threshold": None, "ensemble": False}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PathModel:
    """A classifier whose weights are a ratio.

    Attributes
    ----------
    template : WeightedClassifier, or Pipeline that ends in one
    scale : str
        Of the class weights.
    """

    template: Any
    scale: Scale

    @property
    def classifier(self) -> WeightedClassifier:
        """The weighted classifier itself."""
        return _last(self.template)

    @property
    def name(self) -> str:
        """What is trained, on one line."""
        shown_one = self.template if isinstance(self.template, Pipeline) else self.classifier.estimator
        return re.sub(r"\b\w+=None, ", "", " ".join(repr(shown_one).split()))  # xgboost lists what is unset

    def policy(self, ratio: float, positive: int) -> Explicit:
        """Return the weights of a ratio, for codes."""
        return Explicit({1 - positive: 1.0, positive: ratio}, scale=self.scale)

    def at(self, ratio: float, positive: int) -> Any:
        """Return an unfitted copy with the weights of a ratio."""
        copied, policy = clone(self.template), self.policy(ratio, positive)
        # by the correction that the caller asked for, which the copy leaves out
        weighting = eval_weighting_of(self.classifier, adapter_of(self.classifier.estimator), policy)
        _last(copied).set_params(weighting=policy, eval_weighting=weighting, **_PLAIN)
        return copied

    def refitted(self, X: Any, labels: Labels, split: Split, ratio: float) -> dict[str, Floats]:
        """Train on a fold's training rows, and predict its test rows.

        Returns
        -------
        dict
            Probabilities of the positive class: ``proba`` as trained, ``corrected`` with the weights undone.
        """
        fitted = self.at(ratio, labels.positive).fit(
            _safe_indexing(X, split.train), labels.codes[split.train], **labels.fit_arguments(split.train)
        )
        tested, predicted = _safe_indexing(X, split.test), {}
        for kind, corrects in (("proba", False), ("corrected", True)):  # reads one fit in two ways
            _last(fitted).set_params(correct_proba=corrects)
            predicted[kind] = np.asarray(fitted.predict_proba(tested)[:, labels.positive], np.float64)
        return predicted

    def reused(
        self, X: Any, labels: Labels, split: Split, ratio: float, binned: BinnedFold
    ) -> dict[str, Floats]:
        """Do the same with bins that are there already."""
        codes, row_weights = labels.codes[split.train], labels.fit_arguments(split.train)
        policy, counts_rows = self.policy(ratio, labels.positive), self.classifier.count_rows
        weights = policy.resolve(codes, **({} if counts_rows else row_weights))
        native = to_native(
            weights, self.classifier.estimator, y=codes if row_weights else None, **row_weights
        )
        row_weight = native.fit_kwargs(codes, **row_weights).get("sample_weight")
        fitted, tested = binned.fit(row_weight), _safe_indexing(X, split.test)
        second = fitted.predict_proba(tested)[:, 1]  # in the library's own dtype
        proba = np.asarray(second if labels.positive == 1 else 1.0 - second, np.float64)
        scores = np.asarray(adapter_of(fitted).raw_scores.scores(fitted, tested))
        corrected = np.exp(log_proba(affine_of(weights, "logit")(scores), "logit"))
        return {"proba": proba, "corrected": corrected[:, labels.positive]}


def checked_model(estimator: Any, scale: Any) -> PathModel:
    """Return what is trained along a path, or raise."""
    template = estimator
    if isinstance(estimator, Pipeline):
        *steps, (name, last) = estimator.steps
        weighted = last if isinstance(last, WeightedClassifier) else WeightedClassifier(last, weighting=None)
        template = type(estimator)(**estimator.get_params(deep=False) | {"steps": [*steps, (name, weighted)]})
    elif not isinstance(estimator, WeightedClassifier):
        template = WeightedClassifier(estimator, weighting=None)
    model = PathModel(template=template, scale=scale)
    given = model.classifier
    plain = {"weighting": model.policy(1.0, 1), **_PLAIN}
    _, adapter = checked_settings(type(given)(**given.get_params(deep=False) | plain), {})
    refused = uncorrectable(adapter, given.estimator, 2)
    remedy = "Use a classifier that does, with its default objective, or wrap it in CalibratedClassifierCV."
    check_that(not refused, "the estimator must give probabilities", refused, remedy, InvalidTypeError)
    return model


def bins_of(model: PathModel, X: Any, reuse: Any, sample_weight: Any) -> Reuse:
    """Return how bins serve for many weights, or raise."""
    check_known(reuse, _REUSE, f"reuse must be one of {_REUSE}")
    classifier, obstacle = model.classifier, ""
    if isinstance(model.template, Pipeline):
        obstacle = "a Pipeline is fitted anew for each ratio"
    elif classifier.validation_fraction is not None:
        obstacle = "a validation_fraction is taken out of each training fold"
    elif classifier.form not in ("auto", "sample_weight"):
        obstacle = f"form={classifier.form!r} sets parameters of the estimator"
    if reuse == "none" or obstacle:
        return Reuse(how=f"none: {obstacle or 'as asked for'}")
    inner = classifier.estimator
    bins = adapter_of(inner).reuse(inner, X)
    if bins.above_zero and sample_weight is not None and not np.all(sample_weight):
        return Reuse(how="none: a row that weighs 0 has no part in the bins")
    return bins


def _last(template: Any) -> WeightedClassifier:
    return cast(WeightedClassifier, template.steps[-1][1] if isinstance(template, Pipeline) else template)
