"""A classifier's parameters, checked before a row is read, and the arguments of its ``fit``."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import numpy as np
from sklearn.utils import get_tags
from sklearn.utils.validation import has_fit_parameter

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.expressing import checked_eval_weighting, checked_form, refuse_class_weighting
from boostweights.adapters.form import EvalWeighting
from boostweights.adapters.registry import adapter_of
from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_that, shown
from boostweights.estimator.corrected import check_correctable
from boostweights.estimator.deciding import Threshold
from boostweights.estimator.protocols import Wrapping
from boostweights.weighting.labels.arrays import is_array
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.names import Weighting, as_policy

CORRECTIONS: Final = (False, True, "fitted")


def checked_settings(clf: Wrapping, fit_params: Mapping[str, Any]) -> tuple[Weighting, Adapter]:
    """Return policy and adapter of a classifier's parameters, or raise."""
    estimator, policy = clf.estimator, as_policy(clf.weighting)
    name = type(estimator).__name__
    check_that(
        not isinstance(estimator, type) and hasattr(estimator, "fit"),
        "estimator must be an unfitted classifier",
        shown(estimator) if isinstance(estimator, str) else estimator,
        "Pass LGBMClassifier(), for example.",
        InvalidTypeError,
    )
    check_that(
        has_fit_parameter(estimator, "sample_weight"),
        "the estimator's fit must take sample_weight",
        name,
        "Wrap the classifier inside the Pipeline, not the Pipeline."
        if hasattr(estimator, "steps")
        else "It takes no weights: choose another classifier, or tune its threshold without weights.",
        InvalidTypeError,
    )
    checked_eval_weighting(clf.eval_weighting, shifted=True)
    adapter = adapter_of(estimator)
    checked_form(adapter, clf.form)
    try:
        kind = get_tags(estimator).estimator_type
    except AttributeError:  # a class that knows of no tags
        kind = None
    check_that(
        kind == "classifier" or (kind is None and hasattr(estimator, "predict_proba")),
        "WeightedClassifier trains a classifier: predictions of anything else are no labels",
        f"{name}, a {kind or 'class without predict_proba'}",
        "Pass the library's classifier, such as LGBMClassifier.",
        InvalidTypeError,
    )
    check_known(clf.correct_proba, CORRECTIONS, f"correct_proba must be one of {CORRECTIONS}")
    if isinstance(policy, RowCosts):
        check_that(
            clf.correct_proba in (False, "fitted"),
            "correct_proba=True undoes weights by class, which weights by row are not",
            f"correct_proba=True with weighting={policy!r}",
            'Set correct_proba="fitted", or train unweighted and decide by row costs.',
        )
        rule = 'eval_weighting="shifted" takes weights by class out of scores, which weights by row are not'
        remedy = 'Set eval_weighting="none".'
        check_that(clf.eval_weighting != "shifted", rule, f"weighting={policy!r}", remedy)
    settings = adapter.get_params(estimator)
    refuse_class_weighting(adapter, settings, policy)
    check_that(
        not (prepared := [argument for argument in adapter.prepared if argument in fit_params]),
        "labels and weights of evaluation sets are prepared by WeightedClassifier",
        f"{', '.join(prepared)}= for {name}.fit",
        "Pass X_val, y_val and sample_weight_val, or eval_set.",
        InvalidTypeError,
    )
    if clf.n_rounds is not None:
        remedy = "Set a number on the estimator itself."
        check_that(clf.n_rounds == "cv", 'n_rounds must be "cv" or None', clf.n_rounds, remedy)
        adapter.require("rounds")
        rule, remedy = 'n_rounds="cv" looks at all rounds before it chooses', "Leave one of them out."
        check_that(not (stops := adapter.rounds.stops(settings)), rule, f"{stops}, which stops early", remedy)
    if clf.threshold is not None:
        check_that(
            hasattr(estimator, "predict_proba"),
            "a threshold requires predict_proba",
            f"{name}, which has no predict_proba",
            "Choose an objective that gives probabilities, or threshold=None.",
            InvalidTypeError,
        )
        Threshold.of(clf).check()
    return policy, adapter


def check_classes(clf: Wrapping, adapter: Adapter, classes: tuple[Label, ...]) -> None:
    """Raise where labels are no scalars, or settings are not for these classes, encoded as 0 to k-1."""
    for label in classes:
        if isinstance(label, tuple):
            remedy = "Join a pair into one text or number."
            raise InvalidTypeError("a classifier's labels must be scalars", shown(label), remedy)
    number, settings = len(classes), adapter.get_params(clf.estimator)
    fitting = [list(map(str, range(number))), str(number), *(["0", "1"] if number == 2 else [])]
    for name in adapter.class_names:
        value = settings.get(name)
        one_by_one = isinstance(value, (list, tuple, np.ndarray))
        if value is not None and (list(map(str, value)) if one_by_one else str(value)) not in fitting:
            rule = f"an estimator's own classes must be the {number} of y, which it sees as 0 to {number - 1}"
            remedy = f"Leave {name} out: the estimator finds the classes; labels and their order stay here."
            raise InvalidValueError(rule, f"{name}={shown(value)}", remedy)
    if clf.threshold is not None:
        Threshold.of(clf).positive_at(classes)
    if clf.correct_proba:
        check_correctable(adapter, clf.estimator, number)


def library_arguments(
    adapter: Adapter, fit_params: Mapping[str, Any], classes: tuple[Label, ...]
) -> dict[str, Any]:
    """Return arguments of ``fit`` in which a model to train on from is the library's own, or raise."""
    name = adapter.continued_from
    arguments = {key: value for key, value in fit_params.items() if key != adapter.evaluation_weight}
    before = arguments.get(name)
    if before is None or not hasattr(before, "__boostweights_bake__"):
        return arguments
    rule = f"{name} must be a fitted model"
    check_that(hasattr(before, "estimator_"), rule, before, "Fit it first.", InvalidTypeError)
    rule = "a model is trained on from weighted trees, which a baked correction is not"
    remedy = "Pass the classifier that it was baked from."
    check_that(not before._is_baked(), rule, f"{name}= with a correction baked in", remedy)
    check_that(
        tuple(before.classes_.tolist()) == classes,
        "a model is trained on with its own classes",
        f"{name}= of the classes {shown(before.classes_.tolist())} for {shown(list(classes))}",
        "Train anew.",
    )
    return {**arguments, name: before.estimator_}


def check_limits(estimator: Any, limits: Mapping[str, Any], *, corrected: bool) -> None:
    """Raise unless arguments of ``predict`` limit the iterations of a model that is not corrected."""
    known = adapter_of(estimator).iteration_limits
    for name in limits:
        rule = f"predict of a WeightedClassifier takes {' and '.join(known) or 'no argument'} besides X"
        remedy = "Ask clf.estimator_ itself, whose labels are encoded 0 to k-1."
        check_that(name in known, rule, f"{name}={shown(limits[name])}", remedy, InvalidTypeError)
    rule = "a correction is of the whole model: with fewer trees weights have done less"
    remedy = "Set correct_proba=False, or train fewer trees."
    check_that(not (limits and corrected), rule, f"{', '.join(limits)} with correct_proba", remedy)


def eval_weighting_of(
    clf: Wrapping,
    adapter: Adapter,
    policy: Weighting,
    columns: tuple[Any, ...] = (),
    fit_params: Mapping[str, Any] = MappingProxyType({}),
) -> EvalWeighting:
    """Return how evaluation rows are weighted, "auto" decided: shifted if that is asked for and possible.

    `columns` are labels and row weights, which may lie on a device.
    """
    if clf.eval_weighting != "auto":
        return clf.eval_weighting
    if not clf.correct_proba or isinstance(policy, (RowCosts, Unweighted)):
        return "none"
    if clf.n_rounds is not None and not adapter.rounds.RECORDED:  # losses are computed here, of any scores
        return "shifted"
    settings = {**adapter.get_params(clf.estimator), **fit_params}
    possible = (
        adapter.can("shifted") and not any(map(is_array, columns)) and not adapter.unshiftable(settings)
    )
    return "shifted" if possible else "none"


def seed_of(estimator: Any) -> int:
    """Return an estimator's own integer seed, or 0."""
    settings = estimator.get_params()
    seeds = (settings.get(name) for name in ("random_state", "random_seed"))
    return next((int(seed) for seed in seeds if isinstance(seed, (int, np.integer))), 0)
