"""A card against the labels of today: what drifted, what it lacks, whether its form and promise hold."""

import datetime
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.form import Guarantee
from boostweights.audits.findings import Finding, Severity, finding_of
from boostweights.card.content import Content, labels_digest
from boostweights.card.resolving import native_of, versions_of, weights_on
from boostweights.errors import BoostweightsError, InvalidTypeError, MissingLibraryError, check_that, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.rules import label_kind
from boostweights.weighting.row_weights import RowCosts, by_class

_SMALL = 0.1
_MEDIUM = 0.3
_LEVEL = 0.05
_FACTOR = 2.0
_WEAKEST_FIRST = [guarantee.value for guarantee in reversed(Guarantee)]
_finding = partial(finding_of, "card")


def data_findings(
    card: Content, y: Any, sample_weight: Any, row_costs: Any, estimator: Any, tolerance: float
) -> Iterator[Finding]:
    """Yield what differs between a card and the labels of today."""
    counts, known = counts_of(y, sample_weight), card.weights.counts
    kinds, known_kinds = (sorted(set(map(label_kind, labels))) for labels in (counts, known))
    if kinds != known_kinds:
        differ = f"labels are of type {' and '.join(kinds)}, those of the card {' and '.join(known_kinds)}"
        examples = f"{shown(list(counts))} against {shown(list(known))}"
        yield _finding("card-label-type", f"{differ}: {examples}")
        return
    for label, count in counts.items():
        if label not in known:
            yield _finding("card-new-class", f"class {label!r} has {count} rows and is not in the card")
    for label, count in known.items():
        if label not in counts:
            yield _finding("card-missing-class", f"class {label!r} had {count} rows and has none now")
    yield from prior_findings(known.weighing, counts.weighing)
    weights: ClassWeights | None = None
    same_classes = counts.keys() == known.keys()
    try:
        if not isinstance(card.policy, RowCosts) or row_costs is not None:
            weights = by_class(weights_on(card.policy, y, sample_weight, row_costs))
            yield from moved(card.weights, weights, tolerance)
        elif same_classes:
            yield _finding("card-weights-unchecked", "weights by row were not compared")
    except BoostweightsError as refused:
        if same_classes:
            why = f"the card's policy does not resolve here: {refused.rule}; got {refused.value}"
            yield _finding("card-unresolvable", why, mend=refused.mend)
    if card.labels and y is not counts and counts == known and labels_digest(y) != card.labels:
        differ = "class counts are the card's, but the labels, or their order, are others"
        yield _finding("card-labels-changed", differ)
    if weights is not None or same_classes:
        yield from form_findings(card, weights or card.weights, y, sample_weight, estimator)


def moved(old: ClassWeights, new: ClassWeights, tolerance: float) -> Iterator[Finding]:
    """Yield a finding for each class whose weight differs by more than a relative tolerance."""
    for label, before in old.class_weight.items():
        after = new.class_weight.get(label)
        if after is None or abs(after / before - 1) <= tolerance:
            continue
        ratio = max(after / before, before / after)
        change = f"{after:.6g} instead of {before:.6g} ({100 * (after / before - 1):+.0f} %)"
        severity = "error" if ratio >= _FACTOR else "warning"
        why = f"Training would use weights that the card does not state (tolerance {tolerance:g})."
        weight = f"the weight of {label!r} would be {change}"
        yield _finding("card-weights-moved", weight, severity=severity, why=why)


def cohens_w(old: ClassCounts, new: ClassCounts) -> float:
    r"""Return Cohen's w between the shares of the classes that both have.

    :math:`w = \sqrt{\sum_k (p_k - q_k)^2 / q_k}`, p being the new shares, q the old ones (Cohen 1988, 7.2).

    Examples
    --------
    >>> round(cohens_w(ClassCounts({0: 50, 1: 50}), ClassCounts({0: 60, 1: 40})), 6)
    0.2
    """
    table = _table(old, new)
    q, p = table / table.sum(axis=1, keepdims=True)
    return float(np.sqrt(((p - q) ** 2 / q).sum()))


def prior_findings(old: ClassCounts, new: ClassCounts) -> Iterator[Finding]:
    """Yield a finding if the shares moved, as grave as the effect; none if chance explains a small one."""
    from scipy.stats import chi2_contingency

    table = _table(old, new)
    if table.shape[1] < 2:
        return
    effect = cohens_w(old, new)
    # the test of homogeneity, without Yates's correction
    p_value = float(chi2_contingency(table, correction=False).pvalue)
    certain = p_value < _LEVEL
    if not certain and effect < _SMALL:
        return
    severity: Severity = "info"
    why = "It is more than chance, but a small effect."
    if not certain:
        why = "Rows are too few to tell it from chance."
    elif effect >= _SMALL:
        severity = "error" if effect >= _MEDIUM else "warning"
        why = "Weights that follow counts move with it; probabilities and thresholds are of the old share."
    q, p = table / table.sum(axis=1, keepdims=True)
    position = int(np.argmax(np.abs(p - q) / q))
    label = [label for label in old if label in new][position]
    weighted = any(isinstance(count, float) for count in (*old.values(), *new.values()))
    yield _finding(
        "card-prior-moved",
        f"the share of class {label!r} was {100 * q[position]:.3g} % and is "
        f"{100 * p[position]:.3g} % (Cohen's w {effect:.3f}, chi-square p {p_value:.2g}"
        f"{', of weighted counts' if weighted else ''})",
        severity=severity,
        why=why,
    )


def _table(old: ClassCounts, new: ClassCounts) -> npt.NDArray[np.float64]:
    """Return the old and the new counts, a row each, of the classes that both have."""
    shared = [label for label in old if label in new]
    return np.array([[counts[label] for label in shared] for counts in (old, new)], np.float64)


def completeness_findings(card: Content, today: datetime.date) -> Iterator[Finding]:
    """Yield what people left open in a card."""
    review = card.review
    for name, value in (("rationale", card.rationale.strip()), ("owner", card.owner.strip())):
        if not value:
            yield _finding(f"card-no-{name}", f"the card has no {name}")
    if not card.affected:
        yield _finding("card-no-affected", "the card does not say who is affected by each kind of error")
    if review.state == "not reviewed":
        yield _finding("card-not-reviewed", "the card is not reviewed")
    elif review.state == "rejected":
        yield _finding("card-rejected", f"{review.reviewer} rejected the card on {review.date}")
    elif review.date is not None and review.date < card.date:
        stale = f"the review is of {review.date}, the policy was resolved on {card.date}"
        yield _finding("card-review-stale", stale)
    for name, date in (("card", card.date), ("review", review.date)):
        if date is not None and date > today:
            yield _finding("card-date-ahead", f"the {name} is of {date}, and today is {today}")


def form_findings(
    card: Content, weights: ClassWeights, y: Any, sample_weight: Any, estimator: Any
) -> Iterator[Finding]:
    """Yield findings about library, form, guarantee and versions."""
    if not card.library:
        return
    try:
        versions = versions_of(card.library)
    except MissingLibraryError as missing:
        yield _unchecked(str(missing.rule), missing.mend)
        return
    changed = ", ".join(
        f"{name} was {card.versions.get(name, 'unknown')} and is {version}"
        for name, version in versions.items()
        if card.versions.get(name) != version
    )
    if isinstance(card.policy, RowCosts):
        return  # row weights are the reference
    inner = estimator.estimator if hasattr(estimator, "__boostweights_bake__") else estimator
    if card.estimator and inner is None:
        if changed:
            yield _unchecked(f"{changed} since the card was written", f"Pass estimator={card.estimator}(…).")
        return
    try:
        native = native_of(weights, inner or card.library, card.form, y, sample_weight)
    except BoostweightsError as refused:
        severity: Severity = "error"
        now, mend = f"none ({refused.rule}; got {refused.value})", refused.mend
    else:
        guarantee = native.guarantee.value
        if guarantee == card.guarantee:
            return
        weaker = card.guarantee not in _WEAKEST_FIRST[: _WEAKEST_FIRST.index(guarantee)]
        severity, now = "error" if weaker else "info", f"{guarantee} ({native.reason})"
        mend = "Use form='sample_weight', or write the card again." if weaker else "Write the card again."
    message = f"the guarantee of form {card.form!r} of {card.library} was {card.guarantee} and is {now}"
    message = f"{message}; {changed}" if changed else message
    yield _finding("card-guarantee-changed", message, severity=severity, mend=mend)


def _unchecked(why: str, mend: str) -> Finding:
    message = "the guarantee of the form was not looked at again"
    why = f"{why[:1].upper()}{why[1:]}."
    return _finding("card-guarantee-unchecked", message, why=why, mend=mend)


def promise_findings(card: Content, y: Any, scores: Any, columns: Mapping[str, Any]) -> Iterator[Finding]:
    """Yield whether new rows keep a card's promise, if it has one."""
    rule, seen = "scores show whether a promise is kept", "a card without one"
    promise = card.promise
    check_that(promise is not None or scores is None, rule, seen, "Leave them out.", InvalidTypeError)
    if promise is None or (scores is None and y is None):
        return
    if scores is None:
        yield _finding("card-promise-unchecked", "the card's promise was not looked at")
        return
    rule, remedy = "a promise is checked row by row", "Pass the labels."
    check_that(not isinstance(y, ClassCounts), rule, "counts of labels", remedy, InvalidTypeError)
    for rate in promise.check(scores, y, **columns).rates:
        yield _finding("card-promise-kept" if rate.kept else "card-promise-broken", str(rate))
