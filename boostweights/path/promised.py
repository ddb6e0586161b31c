"""The promise by whose costs the ratios of a path are compared, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from boostweights.path.inputs import Codes, Labels, Split
from boostweights.path.scores import Bools, Floats, Scores
from boostweights.probabilities.paid import check_payable, compared_by, paid
from boostweights.probabilities.promised import Promised


def checked_promise(
    at_least: Any,
    at_most: Any,
    confidence: Any,
    labels: Labels,
    splits: Sequence[Split],
    clusters: Codes | None,
) -> Promised | None:
    """Return what is promised, or raise where a fold has too few rows, or clusters, for it."""
    if at_least is None and at_most is None:
        return None
    wanted = compared_by(at_least, at_most, confidence)
    positive = labels.codes == labels.positive
    check_payable(
        wanted,
        [(positive[split.test], None if clusters is None else clusters[split.test]) for split in splits],
    )
    return wanted


def promised_scores(wanted: Promised | None, proba: Floats, y: Bools, clusters: Codes | None) -> Scores:
    """Return threshold, alarms and recall of the promise on one fold's test rows; nothing without one."""
    if wanted is None:
        return {}
    found = paid(wanted, proba, y, clusters=clusters)
    return {
        "promised_threshold": found.threshold,
        "promised_alarms": found.alarms,
        "promised_recall": found.recall,
    }
