"""Weights that were counted on more rows than those that train."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import fixed_weights, is_balanced
from boostweights.errors import BoostweightsError
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.rules import Label

_SPLITTING = ("search", "calibrated", "tuned_threshold", "stacking")


def weights_before_folds(part: Part, evidence: Evidence) -> Iterator[str]:
    """Numbers that are the balanced weights of all labels, inside what trains on parts of them."""
    splitting = next((above for above in part.above if _splits(above)), None)
    counts = evidence.counts
    if splitting is None or counts is None or part.is_frozen:
        return
    for what, weights in _numbers(part, evidence):
        if is_balanced(weights, counts):
            within = type(splitting.model).__name__
            yield f"{what} balances all {_rows(counts)}, of which {within} trains on a part"


def weights_from_more_rows(part: Part, evidence: Evidence) -> Iterator[str]:
    """Weights that fit the training rows together with others, not the training rows."""
    counts = evidence.counts
    if counts is None:
        return
    fitted = None if part.wrapper is None else part.wrapper.weights
    if fitted is not None and _counts_rows(fitted.counts) and _holds(fitted.counts, _counted(part, evidence)):
        yield f"the weights were resolved on {_rows(fitted.counts)}, the training labels are {_rows(counts)}"
    together = _with_evaluation(evidence, counts)
    if together is None or not part.predicts:
        return
    for what, weights in _numbers(part, evidence):
        if is_balanced(weights, together) and not is_balanced(weights, counts):
            yield f"{what} balances {_rows(together)}, evaluation rows among them, but {_rows(counts)} train"


def _numbers(part: Part, evidence: Evidence) -> Iterator[tuple[str, Mapping[Label, float]]]:
    """Yield weights of classes that are numbers, and what states them."""
    if weights := fixed_weights(part, evidence):
        yield part.weighting, weights
    if part.predicts and evidence.given is not None:
        yield "sample_weight", evidence.given.by_class


def _splits(part: Part) -> bool:
    return part.container in _SPLITTING and part.settings.get("cv") != "prefit"


def _counted(part: Part, evidence: Evidence) -> Mapping[Label, float]:
    """What a WeightedClassifier counts of the training rows: rows, or the caller's weights of them."""
    by_rows = part.wrapper is not None and part.wrapper.counts_rows
    if evidence.given is None or not evidence.given.sums or by_rows:
        return evidence.counts or {}
    return evidence.given.sums


def _counts_rows(counts: ClassCounts) -> bool:
    """Whether counts may be those of rows: sums of weights that are not given here tell nothing of rows."""
    return all(isinstance(count, int) for count in counts.values())


def _holds(more: Mapping[Label, float], fewer: Mapping[Label, float]) -> bool:
    """Whether one count covers another and goes beyond it."""
    covers = all(more.get(label, 0) >= count for label, count in fewer.items())
    return covers and sum(more.values()) > sum(fewer.values())


def _with_evaluation(evidence: Evidence, counts: ClassCounts) -> ClassCounts | None:
    known = [rows.counts for rows in evidence.evaluation if rows.counts is not None and rows.counts != counts]
    if not known:
        return None
    try:
        return sum(known, start=counts)
    except BoostweightsError:  # labels of another kind: evaluation rows that are encoded, say
        return None


def _rows(counts: ClassCounts) -> str:
    return f"{counts.total} rows ({', '.join(f'{label!r}: {count}' for label, count in counts.items())})"
