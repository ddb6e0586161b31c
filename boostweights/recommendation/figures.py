"""Figures of decisions and probabilities, from counts or means, and intervals of what new rows will show."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from boostweights.recommendation.options import Floats
from boostweights.tables.text import written

LEVEL: Final = 0.9
"""Of intervals."""
TEXTS: Final = {
    "cost": "cost a row",
    "f1": "F1",
    "alarms_per_1000": "alarms a thousand rows",
    "log_loss": "log loss",
    "average_precision": "average precision",
}
"""Metrics in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A value with the ends of its interval, in the value's unit."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure(Estimate):
    """A metric that is expected on new rows, with the ends of its 90 % interval.

    Both the rows that were compared and the new rows are samples, and the interval allows for both.
    """

    metric: str

    @property
    def text(self) -> str:
        """The metric in words."""
        return TEXTS.get(self.metric, self.metric)

    def __str__(self) -> str:
        value, low, high = (written(each, 3) for each in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def _share(part: Floats, whole: Floats, of_none: float = np.nan) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, of_none)


def _recall(counts: Floats) -> Floats:
    _, _, fn, tp = counts
    return _share(tp, tp + fn)


def _precision(counts: Floats) -> Floats:
    _, fp, _, tp = counts
    return _share(tp, tp + fp, 0.0)


def _f1(counts: Floats) -> Floats:
    _, fp, fn, tp = counts
    return np.where(tp + fn > 0, _share(2 * tp, 2 * tp + fp + fn, 0.0), np.nan)


def _alarms(counts: Floats) -> Floats:
    _, fp, _, tp = counts
    found: Floats = 1000 * (fp + tp) / counts.sum(axis=0)
    return found


OF_COUNTS: Final[Mapping[str, Callable[[Floats], Floats]]] = {
    "f1": _f1,
    "recall": _recall,
    "precision": _precision,
    "alarms_per_1000": _alarms,
}
"""By metric, of tn, fp, fn, tp, shape (4, …); NaN where there is no positive row. Cost needs costs."""
TRAINED: Final = math.sqrt(2)
"""The factor by which a cross-validated figure varies more than its test rows do, as another training gives
another model: the limit of `overlap` for many folds. That of five folds, 1.5, covered costs too often."""
HIGHEST: Final = {
    "f1": 1.0,
    "recall": 1.0,
    "precision": 1.0,
    "average_precision": 1.0,
    "alarms_per_1000": 1e3,
    **dict.fromkeys(("tn", "fp", "fn", "tp"), 1e3),
}
"""Of metrics and of counts in 1000 rows."""


def metrics_of(metric: str, costs: Floats | None) -> Mapping[str, Callable[[Floats], Floats]]:
    """Return a need's own metric, first, and the others that its outcomes say.

    Parameters
    ----------
    metric : str
        The need's.
    costs : ndarray of shape (4,) or None
        Of a true negative, false positive, false negative and true positive.
    """
    if metric not in ("cost", *OF_COUNTS):
        return {metric: lambda outcome: outcome[0]}
    found = dict(OF_COUNTS)
    if costs is not None:
        found["cost"] = lambda counts: np.tensordot(costs, counts, axes=1) / counts.sum(axis=0)
    return {metric: found.pop(metric)} | found


def overlap(folds: int) -> float:
    """Return by how much more a figure of k folds varies than its test rows do, trainings being samples too.

    The training folds overlap: the variance of a mean of k folds is 1/k + 1/(k-1) of a fold's, not 1/k.

    References
    ----------
    Nadeau & Bengio (2003), Inference for the generalization error, doi:10.1023/A:1024068626366.

    Examples
    --------
    >>> overlap(5)
    1.5
    """
    return math.sqrt(1 + folds / max(1, folds - 1))
