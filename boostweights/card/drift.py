"""A card against the labels of today: what drifted, and whether chance explains it."""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from boostweights.audits.findings import Finding, Findings, Severity
from boostweights.card.content import Content
from boostweights.card.digest import labels_digest, split_digest
from boostweights.card.findings import completeness_findings, finding, form_findings
from boostweights.card.resolving import weights_on
from boostweights.errors import BoostweightsError, InvalidValueError, shown
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.rules import label_kind
from boostweights.weighting.policies.base import number
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.row_weights import by_class

_SMALL: Final = 0.1
_MEDIUM: Final = 0.3
_LEVEL: Final = 0.05

_FACTOR: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fold:
    """The labels of today, counted, and what belongs to their rows."""

    y: Any
    counts: ClassCounts
    sample_weight: Any
    row_costs: Any


def check(
    card: Content,
    data: tuple[Any, Any, Any] | None,
    split: Any,
    estimator: Any,
    *,
    tolerance: float,
    today: datetime.date,
) -> Findings:
    """Return what a check finds; see `Card.check`."""
    limit = number("tolerance", tolerance)
    if not 0 < limit < math.inf:
        rule = "tolerance must be positive and finite"
        raise InvalidValueError(rule, shown(tolerance), "0.1 reports weights that move by 10 %.")
    found: list[Finding] = []
    if data is not None:
        y, sample_weight, row_costs = data
        counts = counts_of(y, sample_weight)
        fold = _Fold(y=y, counts=counts, sample_weight=sample_weight, row_costs=row_costs)
        found += _data_findings(card, fold, estimator, limit)
    if split is not None and card.split and split_digest(split) != card.split:
        found.append(finding("card-split-changed", "the training rows are not those of the card's split"))
    return Findings([*found, *completeness_findings(card, today)])


def _data_findings(card: Content, fold: _Fold, estimator: Any, tolerance: float) -> Iterator[Finding]:
    kinds = sorted({label_kind(label) for label in fold.counts})
    known = sorted({label_kind(label) for label in card.weights.classes})
    if kinds != known:
        said = f"labels are of type {' and '.join(kinds)}, those of the card {' and '.join(known)}: "
        against = f"{shown(list(fold.counts))} against {shown(list(card.weights.classes))}"
        yield finding("card-label-type", said + against)
        return
    classes = list(_classes(card, fold.counts))
    yield from classes
    yield from prior_findings(card.weights.counts.weighing, fold.counts.weighing)
    weights, unresolved = _resolved(card, fold)
    if weights is not None:
        yield from moved(card.weights, weights, tolerance)
    elif not classes:
        yield from unresolved
    yield from _labels(card, fold)
    if weights is not None or not classes:
        yield from form_findings(card, weights or card.weights, fold.y, fold.sample_weight, estimator)


def _classes(card: Content, counts: ClassCounts) -> Iterator[Finding]:
    known = card.weights.counts
    for label in counts:
        if label not in known:
            said = f"class {label!r} has {counts[label]} rows and is not in the card"
            yield finding("card-new-class", said)
    for label in known:
        if label not in counts:
            yield finding("card-missing-class", f"class {label!r} had {known[label]} rows and has none now")


def _resolved(card: Content, fold: _Fold) -> tuple[ClassWeights | None, list[Finding]]:
    """What the policy resolves to now, or why it does not."""
    if isinstance(card.policy, RowCosts) and fold.row_costs is None:
        return None, [finding("card-weights-unchecked", "weights by row were not compared")]
    try:
        return by_class(weights_on(card.policy, fold.y, fold.sample_weight, fold.row_costs)), []
    except BoostweightsError as refused:
        said = f"the card's policy does not resolve here: {refused.rule}; got {refused.value}"
        return None, [finding("card-unresolvable", said, mend=refused.mend)]


def moved(old: ClassWeights, new: ClassWeights, tolerance: float) -> Iterator[Finding]:
    """Yield a finding for each class whose weight differs by more than a relative tolerance."""
    for label, before in old.class_weight.items():
        after = new.class_weight.get(label)
        if after is None or abs(after / before - 1) <= tolerance:
            continue
        ratio = max(after / before, before / after)
        change = f"{after:.6g} instead of {before:.6g} ({100 * (after / before - 1):+.0f} %)"
        said = f"the weight of {label!r} would be {change}"
        severity = "error" if ratio >= _FACTOR else "warning"
        why = f"Training would use weights that the card does not state (tolerance {tolerance:g})."
        yield finding("card-weights-moved", said, severity=severity, why=why)


def _labels(card: Content, fold: _Fold) -> Iterator[Finding]:
    """A note where rows differ and counts do not."""
    if not card.labels or fold.y is fold.counts or fold.counts != card.weights.counts:
        return
    if labels_digest(fold.y) != card.labels:
        said = "class counts are the card's, but the labels, or their order, are others"
        yield finding("card-labels-changed", said)


def cohens_w(old: ClassCounts, new: ClassCounts) -> float:
    r"""Return Cohen's w between the shares of the classes that both have.

    :math:`w = \sqrt{\sum_k (p_k - q_k)^2 / q_k}`, p being the new shares, q the old ones (Cohen 1988, 7.2).

    Examples
    --------
    >>> round(cohens_w(ClassCounts({0: 50, 1: 50}), ClassCounts({0: 60, 1: 40})), 6)
    0.2
    """
    q, p = _shares(old, new)
    return float(np.sqrt(((p - q) ** 2 / q).sum()))


def prior_findings(old: ClassCounts, new: ClassCounts) -> Iterator[Finding]:
    """Yield a finding if the shares moved, as grave as the effect; none if chance explains a small one."""
    shared = [label for label in old if label in new]
    if len(shared) < 2:
        return
    effect, p_value = cohens_w(old, new), _p_value(old, new)
    certain = p_value < _LEVEL
    if not certain and effect < _SMALL:
        return
    severity: Severity = "info"
    if certain and effect >= _SMALL:
        severity = "error" if effect >= _MEDIUM else "warning"
    q, p = _shares(old, new)
    position = int(np.argmax(np.abs(p - q) / q))
    weighted = any(isinstance(count, float) for count in (*old.values(), *new.values()))
    yield finding(
        "card-prior-moved",
        f"the share of class {shared[position]!r} was {100 * q[position]:.3g} % and is "
        f"{100 * p[position]:.3g} % (Cohen's w {effect:.3f}, chi-square p {p_value:.2g}"
        f"{', of weighted counts' if weighted else ''})",
        severity=severity,
        why=_why(certain=certain, effect=effect),
    )


def _why(*, certain: bool, effect: float) -> str:
    if not certain:
        return "Rows are too few to tell it from chance."
    if effect < _SMALL:
        return "It is more than chance, but a small effect."
    return "Weights that follow counts move with it; probabilities and thresholds are of the old share."


def _p_value(old: ClassCounts, new: ClassCounts) -> float:
    """The chi-square test of homogeneity of both samples, without Yates's correction."""
    from scipy.stats import chi2_contingency

    table = [[counts[label] for label in old if label in new] for counts in (old, new)]
    return float(chi2_contingency(np.asarray(table, np.float64), correction=False).pvalue)


def _shares(old: ClassCounts, new: ClassCounts) -> tuple[np.ndarray[tuple[int], np.dtype[np.float64]], ...]:
    shared = [label for label in old if label in new]
    counts = (np.array([each[label] for label in shared], np.float64) for each in (old, new))
    return tuple(each / each.sum() for each in counts)
