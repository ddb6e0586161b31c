"""The part of a fitted classifier that is served: its model with the correction inside, and its decision."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.baking import bake_correction
from boostweights.adapters.registry import adapter_of
from boostweights.adapters.serving import Format, Inputs
from boostweights.card.card import Card
from boostweights.errors import InvalidTypeError, check_that, shown
from boostweights.estimator.classifier import WeightedClassifier, check_one_model
from boostweights.probabilities.calibration import CalibrationMap, affine_of
from boostweights.probabilities.rule import DecisionRule
from boostweights.weighting.class_weights import ClassWeights

Floats = npt.NDArray[np.float64]

_LARGEST_RATIO = 100.0
"""The largest ratio of factors: beyond it, float32 is too coarse for probabilities near 1."""


@dataclass(frozen=True, kw_only=True)
class Served:
    """A fitted classifier, ready for other runtimes.

    Attributes
    ----------
    adapter : Adapter
    model : classifier
        The library's own, whose probabilities are those of the classifier.
    factors : tuple of float
        One for each class: the decision is made on probabilities times these, renormalised.
    rule : DecisionRule or None
        What is decided on them; None: the class of the highest one.
    decider : classifier or None
        The model without correction, which decides where factors cannot: forests, one-vs-all, extreme
        weights.
    classes : ndarray of shape (k,)
        The caller's labels.
    categories : mapping of int to list
        The levels of a data frame's columns of categories, whose places the splits name.
    """

    adapter: Adapter
    model: Any
    factors: tuple[float, ...]
    rule: DecisionRule | None
    decider: Any
    classes: npt.NDArray[Any]
    categories: Mapping[int, list[Any]]

    @property
    def inputs(self) -> Inputs:
        """The thresholds and categories of the model's splits."""
        return self.adapter.serving.inputs(self.model)


def classifier_at_end(model: Any, *, ensembles: bool = False) -> WeightedClassifier:
    """Return the fitted classifier that a model is, or the last step of a Pipeline.

    Raises
    ------
    InvalidTypeError
        If there is none, it is not fitted, an ensemble predicts (unless `ensembles`), or its weights are
        those of rows.
    """
    clf = fitted_at_end(model)
    if not (ensembles and clf.ensemble):
        check_one_model(clf)
    check_that(
        "row_weights_" not in clf.__dict__,
        "what is exported was weighted by class; weights of single rows cannot be undone",
        f"weighting={shown(clf.weighting)}",
        "Serve the classifier itself (MLflow, skops), or convert its estimator_, which is uncorrected.",
        InvalidTypeError,
    )
    return clf


def fitted_at_end(model: Any) -> WeightedClassifier:
    """Return the fitted classifier that a model is, or that a Pipeline ends in, however it was weighted."""
    clf = model.steps[-1][1] if hasattr(model, "steps") else model
    check_that(
        isinstance(clf, WeightedClassifier),
        "what is exported is a WeightedClassifier, or a Pipeline whose last step is one",
        f"{shown(type(clf).__name__)}{' as last step' if clf is not model else ''}",
        "Wrap the classifier, or use its library's own converter.",
        InvalidTypeError,
    )
    fitted = "native_" in clf.__dict__
    check_that(fitted, "a model that is exported is fitted", clf, "Call fit first.", InvalidTypeError)
    return cast(WeightedClassifier, clf)


def labels_of(classes: Any) -> list[Any]:
    """Return labels as JSON and ONNX hold them, or raise.

    Examples
    --------
    >>> labels_of(np.array([False, True]))
    [False, True]
    """
    values: list[Any] = np.asarray(classes).tolist()
    plain = all(isinstance(value, (str, int, float, bool)) for value in values)
    rule = "labels of an exported model are numbers, bools or text"
    check_that(plain, rule, values, "Encode the labels.", InvalidTypeError)
    return values


def card_of(clf: WeightedClassifier) -> Card:
    """Return the card that a fitted classifier carries, or one made of it."""
    carried: Card | None = clf.__dict__.get("_card")
    return Card.of(clf) if carried is None else carried


def served(clf: WeightedClassifier, to: Format) -> Served:
    """Return what of a fitted classifier a format gets, the correction baked in.

    Raises
    ------
    InvalidValueError, MissingAbilityError
        If the format or the library cannot hold it, or the correction cannot be baked in.
    """
    adapter = adapter_of(clf.estimator_)
    adapter.require("serving")
    serving, link = adapter.serving, adapter.raw_scores.link
    encoded = serving.inputs(clf.estimator_).encoded
    names = [str(name) for name in getattr(clf, "feature_names_in_", ())]
    texts = {names.index(name): list(levels) for name, levels in getattr(clf, "feature_levels_", {}).items()}
    # the levels that the fit saw; a library's own read-back may be broken, as XGBoost 3.2's is
    categories = {**getattr(clf, "_levels", {}), **texts} if encoded else {}
    check_that(
        None not in categories.values() and (categories or not encoded),
        "categories of an exported model are text, numbers or bools of pandas, or an Enum of polars",
        "a data frame with others",
        "Convert the columns before fit.",
    )
    refused = serving.refusal(clf.estimator_, to)
    remedy = 'Export with to="native", the library\'s own file.'
    check_that(not refused, f'the model must be one that to="{to}" can hold', refused, remedy)
    model, decider = clf.estimator_, None
    alike = (1.0,) * len(clf.classes_)
    factors = alike
    rule, undoes = (None, True) if clf.threshold is None else clf._decides()
    if clf._corrects() or clf._is_baked():
        undone = _factors(clf._correction(), link(model).kind) if undoes else alike
        if undone is None:
            check_that(
                not clf._is_baked(),
                "the decision of this classifier is that of its model without correction",
                "a baked classifier, which has that no longer",
                "Export the classifier as it was fitted, which bakes a copy.",
            )
            factors, decider = alike, model
        else:
            factors = undone
        if not clf._is_baked():
            model = bake_correction(clf).estimator_
    return Served(
        adapter=adapter,
        model=model,
        factors=factors,
        rule=rule,
        decider=decider,
        classes=clf.classes_,
        categories=categories,
    )


def factors_of_ensemble(clf: WeightedClassifier) -> tuple[float, ...]:
    """Return the factors of an ensemble's decision, of its mean weights and its map; of a rule all are 1."""
    if clf.threshold is not None:
        return (1.0,) * len(clf.classes_)
    whole, folds = clf.calibration_, [np.log(one.weights.values) for one in clf.calibrations_]
    mean = dict(zip(whole.classes, np.exp(np.mean(folds, axis=0)).tolist(), strict=True))
    weights = ClassWeights(mean, counts=whole.weights.counts)
    factors = _factors(replace(whole, weights=weights), whole.kind)
    rule, seen = "factors decide as an exported ensemble does", "weights or slopes for which there are none"
    check_that(factors is not None, rule, seen, "Store the classifier with skops or MLflow.")
    return factors or ()


def _factors(correction: ClassWeights | CalibrationMap, kind: str) -> tuple[float, ...] | None:
    """Return what takes the argmax of corrected probabilities back to that of uncorrected ones, if any does.

    Scores s' = a s + d decide as s does where exp(-d) multiplies probabilities, if all slopes a are one.
    """
    if kind not in ("logit", "softmax"):
        return None
    affine = affine_of(correction, kind)  # type: ignore[arg-type]
    if len(set(affine.slope.tolist())) > 1:
        return None
    shift = np.array([0.0, affine.shift[0]]) if kind == "logit" else affine.shift
    if np.ptp(shift) > np.log(_LARGEST_RATIO):
        return None
    return tuple(np.exp(shift.max() - shift).tolist())
