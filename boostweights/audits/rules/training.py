"""Where and on what training goes on: workers, models that are continued, few rows, even classes."""

from __future__ import annotations

from boostweights.audits.evidence import Evidence
from boostweights.audits.parts import Part
from boostweights.audits.weighting import is_automatic, weighs_classes

_EVEN = 1.2  # rows of the most common class for each of the rarest
_FEW = 20


def weights_per_worker(part: Part, evidence: Evidence) -> str:
    """Weights that each worker of a cluster counts on its own rows."""
    return f"{part.behaviour.per_worker} counts the rows of each worker" if part.behaviour.per_worker else ""


def inherited_weight(part: Part, evidence: Evidence) -> str:
    """A weight inside a trained model, with which training would go on unsaid."""
    return part.behaviour.inherited


def continued_model(part: Part, evidence: Evidence) -> str:
    """A model some of whose trees may have been trained with other weights."""
    return part.behaviour.continued


def already_balanced(part: Part, evidence: Evidence) -> str:
    """Balanced weights of classes that are even."""
    counts = evidence.counts
    if counts is None or len(counts) < 2 or counts.imbalance_ratio >= _EVEN:
        return ""
    if not weighs_classes(part) or not is_automatic(part):
        return ""
    return f"{part.weighting} for {_counts(evidence)}"


def few_rows(part: Part, evidence: Evidence) -> str:
    """So few rows of a weighted class that each of them steers the model."""
    counts = evidence.counts
    if counts is None or len(counts) < 2 or min(counts.values()) >= _FEW or not weighs_classes(part):
        return ""
    rarest = min(counts, key=counts.__getitem__)
    return f"{counts[rarest]} rows of {rarest!r} ({_counts(evidence)}), weighed by {part.weighting}"


def _counts(evidence: Evidence) -> str:
    return "rows " + ", ".join(f"{label!r}: {count}" for label, count in (evidence.counts or {}).items())
