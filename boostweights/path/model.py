"""The estimator of a path: what is trained at each ratio, and what it predicts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.pipeline import Pipeline
from sklearn.utils import _safe_indexing

from boostweights.adapters.binning import BinnedFold, Reuse
from boostweights.adapters.expressing import to_native
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.estimator.classifier import WeightedClassifier
from boostweights.estimator.corrected import uncorrectable
from boostweights.estimator.settings import checked_settings, eval_weighting_of
from boostweights.path.inputs import Labels, Split
from boostweights.probabilities.calibration import affine_of
from boostweights.probabilities.link import log_proba
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.policies.base import Scale
from boostweights.weighting.policies.by_class import Explicit

Floats = npt.NDArray[np.float64]
_REUSE: Final = ("auto", "none", "frozen")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Model:
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

    def check_weights(self, sample_weight: Any) -> None:
        """Raise where row weights would have to find their way through a Pipeline."""
        if sample_weight is not None and isinstance(self.template, Pipeline):
            raise InvalidTypeError(
                "sample_weight goes to a classifier, not to a Pipeline",
                type(self.template).__name__,
                "Transform X first and pass the classifier, or leave sample_weight out.",
            )

    def policy(self, ratio: float, positive: int) -> Explicit:
        """Return the weights of a ratio, for codes."""
        return Explicit({1 - positive: 1.0, positive: ratio}, scale=self.scale)

    def at(self, ratio: float, positive: int) -> Any:
        """Return an unfitted copy with the weights of a ratio."""
        copied, policy = clone(self.template), self.policy(ratio, positive)
        # by the correction that the caller asked for, which the copy leaves out
        weighting = eval_weighting_of(self.classifier, adapter_of(self.classifier.estimator), policy)
        settings = {"correct_proba": False, "threshold": None, "eval_weighting": weighting}
        _last(copied).set_params(weighting=policy, **settings)
        return copied

    def refitted(self, X: Any, labels: Labels, split: Split, ratio: float) -> dict[str, Floats]:
        """Train on a fold's training rows, and predict its test rows.

        Returns
        -------
        dict
            Probabilities of the positive class: ``proba`` as trained, ``corrected`` with the weights undone.
        """
        fitted = self.at(ratio, labels.positive).fit(
            _safe_indexing(X, split.train), labels.codes[split.train], **_weights(labels, split)
        )
        tested = _safe_indexing(X, split.test)
        proba = _of_positive(fitted, tested, labels)
        _last(fitted).set_params(correct_proba=True)  # reads the same fit in another way
        return {"proba": proba, "corrected": _of_positive(fitted, tested, labels)}

    def reused(
        self, X: Any, labels: Labels, split: Split, ratio: float, binned: BinnedFold
    ) -> dict[str, Floats]:
        """Do the same with bins that are there already."""
        codes, given = labels.codes[split.train], _weights(labels, split)
        policy = self.policy(ratio, labels.positive)
        rows = ClassCounts.of(codes)
        weights = policy.resolve(rows) if self.classifier.count_rows else policy.resolve(codes, **given)
        native = to_native(weights, self.classifier.estimator, y=codes if given else None, **given)
        row_weight = native.fit_kwargs(codes, **given).get("sample_weight")
        second = binned.fit_predict(row_weight, _safe_indexing(X, split.test))
        proba = np.asarray(second.proba if labels.positive == 1 else 1.0 - second.proba, np.float64)
        corrected = np.exp(log_proba(affine_of(weights, "logit")(second.score), "logit"))
        return {"proba": proba, "corrected": corrected[:, labels.positive]}


def checked_model(estimator: Any, scale: Any) -> Model:
    """Return what is trained along a path, or raise."""
    model = Model(template=_wrapped(estimator), scale=scale)
    given = model.classifier
    plain = {"weighting": model.policy(1.0, 1), "correct_proba": False, "threshold": None}
    _, adapter = checked_settings(type(given)(**given.get_params(deep=False) | plain), {})
    inner = given.estimator
    without = "" if hasattr(inner, "predict_proba") else f"{type(inner).__name__} without predict_proba"
    if refused := without or uncorrectable(adapter, inner, 2):
        raise InvalidTypeError(
            "the estimator must give probabilities",
            refused,
            "Use a classifier that does, with its default objective, or wrap it in CalibratedClassifierCV.",
        )
    return model


def bins_of(model: Model, X: Any, reuse: Any, sample_weight: Any) -> Reuse:
    """Return how bins serve for many weights, or raise."""
    if reuse not in _REUSE:
        raise InvalidValueError(f"reuse must be one of {_REUSE}", shown(reuse), did_you_mean(reuse, _REUSE))
    obstacle = _obstacle(model)
    if reuse == "none" or obstacle:
        if reuse == "frozen":
            raise InvalidValueError("reuse='frozen' trains natively", obstacle, "Use reuse='auto'.")
        return Reuse(how=f"none: {obstacle or 'as asked for'}")
    inner = model.classifier.estimator
    adapter = adapter_of(inner)
    if reuse == "frozen":
        return adapter.frozen_reuse(inner, X)
    found = adapter.reuse(inner, X)
    if found.above_zero and sample_weight is not None and not np.all(sample_weight):
        return Reuse(how="none: a row that weighs 0 has no part in the bins", kept_as=found.kept_as)
    return found


def _obstacle(model: Model) -> str:
    if isinstance(model.template, Pipeline):
        return "a Pipeline is fitted anew for each ratio"
    classifier = model.classifier
    if classifier.validation_fraction is not None:
        return "a validation_fraction is taken out of each training fold"
    if classifier.form not in ("auto", "sample_weight"):
        return f"form={classifier.form!r} sets parameters of the estimator"
    return ""


def _wrapped(estimator: Any) -> Any:
    if isinstance(estimator, WeightedClassifier):
        return estimator
    if not isinstance(estimator, Pipeline):
        return WeightedClassifier(estimator, weighting=None)
    *steps, (name, last) = estimator.steps
    weighted = last if isinstance(last, WeightedClassifier) else WeightedClassifier(last, weighting=None)
    return type(estimator)(**{**estimator.get_params(deep=False), "steps": [*steps, (name, weighted)]})


def _last(template: Any) -> WeightedClassifier:
    return cast(WeightedClassifier, template.steps[-1][1] if isinstance(template, Pipeline) else template)


def _weights(labels: Labels, split: Split) -> dict[str, Any]:
    return {} if labels.weight is None else {"sample_weight": labels.weight[split.train]}


def _of_positive(fitted: Any, X: Any, labels: Labels) -> Floats:
    return np.asarray(fitted.predict_proba(X)[:, labels.positive], np.float64)
