"""A classifier's parameters: as scikit-learn asks for them, and checked before a row is read."""

import dataclasses
from collections.abc import Mapping
from contextlib import suppress
from types import MappingProxyType
from typing import Any, Literal, Self

import numpy as np
from sklearn import get_config
from sklearn.base import BaseEstimator, ClassifierMixin, MetaEstimatorMixin, clone
from sklearn.utils import get_tags
from sklearn.utils.metadata_routing import MetadataRouter, MethodMapping
from sklearn.utils.validation import has_fit_parameter

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.expressing import checked_eval_weighting, checked_form, refuse_class_weighting
from boostweights.adapters.form import Estimator, EvalWeighting, FormName
from boostweights.adapters.registry import adapter_of
from boostweights.errors import (
    BoostweightsError,
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_that,
    is_number,
    shown,
)
from boostweights.estimator.corrected import check_correctable
from boostweights.estimator.deciding import Threshold, ThresholdLike, is_unweighted
from boostweights.probabilities.decisions import as_costs
from boostweights.probabilities.promises import Promised
from boostweights.weighting.labels.arrays import is_array
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.by_class import Unweighted
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.policies.names import Weighting, WeightingLike, as_policy
from boostweights.weighting.row_weights import RowCosts

CORRECTIONS = (False, True, "fitted")
_PREFIX = "weighting__"


class Wrapping(MetaEstimatorMixin, ClassifierMixin, BaseEstimator):  # type: ignore[misc]
    """A classifier with an `estimator` inside and a `weighting`, whose fields are parameters too."""

    def __init__(  # noqa: PLR0913  each a setting of its own
        self,
        estimator: Estimator,
        weighting: WeightingLike = "balanced",
        *,
        form: FormName = "auto",
        eval_weighting: EvalWeighting = "auto",
        correct_proba: bool | Literal["fitted"] = False,
        threshold: ThresholdLike = None,
        pos_label: Any = None,
        calibration_cv: Any = 5,
        ensemble: bool = False,
        n_rounds: Literal["cv"] | None = None,
        validation_fraction: float | None = None,
        count_rows: bool = False,
        n_jobs: int | None = None,
        to_host: bool = False,
    ) -> None:
        self.estimator: Any = estimator
        self.weighting: Any = weighting
        self.form = form
        self.eval_weighting = eval_weighting
        self.correct_proba = correct_proba
        self.threshold = threshold
        self.pos_label = pos_label
        self.calibration_cv = calibration_cv
        self.ensemble = ensemble
        self.n_rounds = n_rounds
        self.validation_fraction = validation_fraction
        self.count_rows = count_rows
        self.n_jobs = n_jobs
        self.to_host = to_host

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Return parameters; with `deep` also the estimator's and the policy's fields."""
        params: dict[str, Any] = super().get_params(deep)
        if deep:
            with suppress(BoostweightsError):  # fit says what is wrong; get_params must not
                policy = as_policy(self.weighting)
                params |= {f"{_PREFIX}{name}": getattr(policy, name) for name in _fields(policy)}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters: plain ones first, then fields of the policy, which is replaced, never changed."""
        changes = {name.removeprefix(_PREFIX): params[name] for name in params if name.startswith(_PREFIX)}
        super().set_params(**{name: value for name, value in params.items() if not name.startswith(_PREFIX)})
        if not changes:
            return self
        policy = as_policy(self.weighting)
        for name in changes:
            rule = f"weighting__… must name a field of {policy!r}"
            remedy = f"Its fields: {', '.join(_fields(policy))}."
            check_that(name in _fields(policy), rule, _PREFIX + name, remedy)
        self.weighting = dataclasses.replace(policy, **changes)
        return self

    def get_metadata_routing(self) -> MetadataRouter:
        """Return how metadata reach this classifier and the one inside."""
        return (
            MetadataRouter(owner=self)
            .add_self_request(self)
            .add(estimator=self.estimator, method_mapping=MethodMapping().add(caller="fit", callee="fit"))
        )

    def __sklearn_clone__(self) -> Self:
        params = {
            name: clone(value, safe=False)
            for name, value in self.get_params(deep=False).items()
            if name != "estimator"
        }
        copied = type(self)(self._unfitted(), **params)
        if hasattr(self, "_metadata_request"):
            copied._metadata_request = clone(self._metadata_request, safe=False)
        return copied

    def _unfitted(self) -> Any:
        return adapter_of(self.estimator).unfitted(self.estimator)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        asked = threshold_of(self).threshold
        unnamed = self.pos_label is None and getattr(asked, "pos_label", None) is None
        of_two = isinstance(asked, Costs) and len(asked.matrix or "ab") == 2
        of_two |= unnamed and (is_number(asked) or isinstance(asked, Promised))
        tags.classifier_tags.multi_class = not of_two
        try:
            inner = get_tags(self.estimator)
        except AttributeError:  # its class does not derive from BaseEstimator, and so says nothing
            return tags
        tags.input_tags = inner.input_tags
        if inner.classifier_tags is not None:
            both = inner.classifier_tags.multi_class and tags.classifier_tags.multi_class
            tags.classifier_tags = dataclasses.replace(
                inner.classifier_tags, multi_label=False, multi_class=both
            )
        tags.non_deterministic = inner.non_deterministic
        tags.no_validation = inner.no_validation
        return tags

    def _html_repr(self) -> str:
        from sklearn.utils import estimator_html_repr

        diagram = str(estimator_html_repr(self))
        return diagram + self.summary()._repr_html_() if hasattr(self, "native_") else diagram

    def _repr_html_inner(self) -> str:
        return self._html_repr()

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        bundle = {"text/plain": repr(self)}
        return {**bundle, "text/html": self._html_repr()} if get_config()["display"] == "diagram" else bundle


def _fields(policy: Weighting) -> list[str]:
    return [field.name for field in dataclasses.fields(policy)]


def threshold_of(clf: Wrapping) -> Threshold:
    """Return a classifier's `threshold`, a matrix as `Costs`, and the parameters that it depends on."""
    asked = clf.threshold
    rows = asked if isinstance(asked, (list, tuple)) else ""
    is_matrix = getattr(asked, "ndim", 0) == 2 or (rows and all(hasattr(row, "__len__") for row in rows))
    return Threshold(
        threshold=as_costs(asked) if is_matrix else asked,
        pos_label=clf.pos_label,
        weighting=as_policy(clf.weighting),
        correct_proba=clf.correct_proba,
    )


def checked_settings(
    clf: Wrapping, fit_params: Mapping[str, Any], sample_weight: Any = None
) -> tuple[Weighting, Adapter]:
    """Return policy and adapter of a classifier's parameters, or raise."""
    estimator, policy = clf.estimator, as_policy(clf.weighting)
    name = type(estimator).__name__
    check_that(
        not isinstance(estimator, type) and hasattr(estimator, "fit"),
        "estimator must be an unfitted classifier",
        estimator,
        "Pass LGBMClassifier(), for example.",
        InvalidTypeError,
    )
    has_steps = hasattr(estimator, "steps")
    check_that(
        has_fit_parameter(estimator, "sample_weight")
        or (sample_weight is None and not has_steps and is_unweighted(policy)),
        "the estimator's fit must take sample_weight",
        name,
        "Wrap the classifier inside the Pipeline, not the Pipeline."
        if has_steps
        else "It takes no weights: choose another classifier, or set weighting=None and no sample_weight.",
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
    check_known(clf.ensemble, (False, True), "ensemble must be True or False")
    check_that(
        clf.correct_proba == "fitted" or not clf.ensemble,
        'ensemble=True predicts with the fold models that correct_proba="fitted" trains',
        f"ensemble=True with correct_proba={clf.correct_proba!r}",
        'Set correct_proba="fitted", or ensemble=False.',
    )
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
        threshold_of(clf).check()
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
        decides = threshold_of(clf)
        if isinstance(decides.threshold, Promised) or (decides.is_tuned and number == 2):
            decides.positive_at(classes)
        elif not decides.is_tuned:
            decides.known(classes)
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
    remedy = "Fit it first, with ensemble=False."
    check_that(hasattr(before, "estimator_"), rule, before, remedy, InvalidTypeError)
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
