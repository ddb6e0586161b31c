"""The promise by whose costs the ratios of a path are compared, checked before anything is trained."""

from __future__ import annotations

from typing import Any

from boostweights.path.inputs import Codes, Labels
from boostweights.path.scores import Scores
from boostweights.probabilities.promise_cost import compared_by, held_out, promise_cost
from boostweights.probabilities.promises import Promised
from boostweights.probabilities.thresholds import Bools, Floats


def checked_promise(
    at_least: Any, at_most: Any, confidence: Any, labels: Labels, clusters: Codes | None
) -> Promised | None:
    """Return what is promised, or raise where there are too few rows, or clusters, for it."""
    if at_least is None and at_most is None:
        return None
    wanted = compared_by(at_least, at_most, confidence)
    held_out(wanted, labels.codes == labels.positive, clusters)  # raises where it cannot
    return wanted


def promised_scores(
    wanted: Promised | None, rows: int, proba: Floats, y: Bools, clusters: Codes | None
) -> Scores:
    """Return threshold, alarms and recall of the promise on one fold's test rows; nothing without one.

    `rows` is how many rows it will be made on.
    """
    if wanted is None:
        return {}
    cost = promise_cost(wanted, proba, y, rows=rows, clusters=clusters)
    return {
        "promised_threshold": cost.threshold,
        "promised_alarms": cost.alarms,
        "promised_recall": cost.recall,
    }
