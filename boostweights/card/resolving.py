"""How a card comes about: from a classifier, a policy or weights, and the labels trained on."""

import datetime
from importlib import import_module
from typing import Any

from boostweights.adapters.expressing import to_native
from boostweights.adapters.form import NativeForm
from boostweights.adapters.registry import adapter_of
from boostweights.card.content import Content, check_date, error_names, labels_digest
from boostweights.card.policies import stated
from boostweights.errors import InvalidTypeError, check_that, shown
from boostweights.versions import distribution_version, module_version
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.policies.base import Policy
from boostweights.weighting.policies.by_class import Explicit
from boostweights.weighting.policies.names import Weighting, as_policy
from boostweights.weighting.row_weights import RowCosts, RowWeights, by_class

_ALWAYS = ("boostweights", "numpy", "sklearn")


def resolved(
    weighting: Any, y: Any, sample_weight: Any, row_costs: Any, *, library: str | None, form: str | None
) -> dict[str, Any]:
    """Return policy, weights, form and versions, by the names of a card's fields."""
    clf = None if isinstance(weighting, Policy) else classifier_in(weighting)
    if clf is not None:
        seen = f"library={library!r}, form={form!r} beside a WeightedClassifier"
        rule = "a classifier knows its library and form"
        check_that(library is form is None, rule, seen, "Leave them out.", InvalidTypeError)
        if hasattr(clf, "native_"):
            made = _of_fit(clf)
            if clf.validation_fraction is None and not hasattr(clf, "promise_"):
                _check_counts(made["weights"].counts, y, None if clf.count_rows else sample_weight)
            return made
        policy = as_policy(clf.weighting)
        weights = weights_on(policy, y, None if clf.count_rows else sample_weight, row_costs)
        fitted = native_of(weights, clf.estimator, clf.form, y, sample_weight)
        return _made(policy, weights, fitted, type(clf.estimator).__name__)
    rule, belongs = "a form is one of a library's", form is None or library is not None
    check_that(belongs, rule, f"form={form!r}", "Pass library=, too.", InvalidTypeError)
    if isinstance(weighting, ClassWeights):
        _check_counts(weighting.counts, y, sample_weight)
        policy, weights = Explicit(weighting.class_weight), weighting
    else:
        policy = as_policy(weighting)
        weights = weights_on(policy, y, sample_weight, row_costs)
    native = None if library is None else native_of(weights, library, form or "auto", y, sample_weight)
    return _made(policy, weights, native, "")


def weights_on(policy: Weighting, y: Any, sample_weight: Any, row_costs: Any) -> ClassWeights | RowWeights:
    """Resolve a policy on labels, which are needed."""
    if y is None:
        rule = "a card states weights that are resolved on the training labels"
        raise InvalidTypeError(rule, f"{policy!r} without y", "Pass y=, or a fitted WeightedClassifier.")
    if isinstance(policy, RowCosts):
        return policy.resolve(y, sample_weight, row_costs=row_costs)
    return policy.resolve(y, sample_weight)


def native_of(
    weights: ClassWeights | RowWeights, target: Any, form: Any, y: Any, sample_weight: Any
) -> NativeForm:
    """Return the native form, for an estimator as `WeightedClassifier` asks for it: labels encoded."""
    if isinstance(y, ClassCounts):  # which are the weights' own
        y = None
    if isinstance(target, str) or isinstance(weights, RowWeights):
        return to_native(weights, target, y, form=form, sample_weight=sample_weight)
    codes = None if y is None else factorize(y)[1]
    return to_native(weights.encoded(), target, codes, form=form, sample_weight=sample_weight)


def day(today: datetime.date | None) -> datetime.date:
    """Return a date, by default today's."""
    if today is None:
        return datetime.date.today()
    check_date(today, "today must be a date")
    return today


def refitted(card: Content, clf: Any, y: Any) -> dict[str, Any]:
    """Return the fields of a card that a new fit sets anew."""
    made = _of_fit(clf)
    labels, policy = labels_digest(y) if card.labels else "", made["policy"]
    known = error_names(made["weights"].classes)
    return {
        **made,
        "policy": stated(policy, policy.rationale or card.rationale, policy.owner or card.owner),
        "labels": labels,
        "split": card.split if labels == card.labels else "",
        "affected": {key: text for key, text in card.affected.items() if key in known},
    }


def versions_of(library: str) -> dict[str, str]:
    """Return the versions of the libraries that a card's weights depend on."""
    modules = [*_ALWAYS, *([adapter_of(library).module] if library else [])]
    for name in modules:
        import_module(name)
    return {name: module_version(name) or distribution_version(name) or "unknown" for name in modules}


def classifier_in(model: Any) -> Any:
    """Return the WeightedClassifier that a model is or, as a Pipeline or search, ends with; or None."""
    last = last_step(model)
    return last if hasattr(last, "__boostweights_bake__") else None


def last_step(model: Any) -> Any:
    """Return the estimator with which a Pipeline or a fitted search ends; others as they are."""
    if hasattr(model, "__boostweights_bake__"):
        return model
    if hasattr(model, "best_estimator_"):
        return last_step(model.best_estimator_)
    steps = getattr(model, "steps", None)
    return last_step(steps[-1][1]) if steps else model


def _of_fit(clf: Any) -> dict[str, Any]:
    summary, promise = clf.summary(), getattr(clf, "promise_", None)
    made = _made(summary.policy, summary.weights, summary.native, summary.estimator)
    for member in getattr(clf.models_[0], "members_", ()):
        made["versions"] |= versions_of(member.native_.library)
    correction = summary.correction
    if correction == "analytic" and len(set(made["weights"].class_weight.values())) == 1:
        correction = ""  # equal class weights change no probability
    decision = "" if promise else summary.decision
    return {**made, "correction": correction, "decision": decision, "promise": promise}


def _check_counts(known: ClassCounts, y: Any, sample_weight: Any) -> None:
    counts = known if y is None else counts_of(y, sample_weight)
    rule = "y must be the labels (and sample_weight the weights) that weights were resolved on"
    seen = f"{shown(counts)} instead of {shown(known)}"
    check_that(counts == known, rule, seen, "Pass those of the training fold.")


def _made(
    policy: Weighting, weights: ClassWeights | RowWeights, native: NativeForm | None, estimator: str
) -> dict[str, Any]:
    made = {"policy": policy, "weights": by_class(weights)}
    if native is None:
        return {**made, "versions": versions_of("")}
    return {**made, **native.texts(), "estimator": estimator, "versions": versions_of(native.library)}
