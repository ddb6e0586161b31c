"""Figures of decisions and probabilities, from counts or means, and intervals of what new rows will show."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np

from boostweights.recommendation.options import Floats
from boostweights.tables.text import written

LEVEL = 0.9
"""Confidence level of intervals."""
TEXTS = {
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

    def as_plain(self) -> dict[str, float]:
        """Return plain values, for JSON."""
        return {"value": self.value, "low": self.low, "high": self.high}


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
        value, low, high = (written(number, 3) for number in (self.value, self.low, self.high))
        return f"{value} [{low}, {high}]"


def _share(part: Floats, whole: Floats, of_none: float = np.nan) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(whole > 0, part / whole, of_none)


def _f1(counts: Floats) -> Floats:
    fp, fn, tp = counts[1:4]
    return np.where(tp + fn > 0, _share(2 * tp, 2 * tp + fp + fn, 0.0), np.nan)


OF_COUNTS: Mapping[str, Callable[[Floats], Any]] = {
    "f1": _f1,
    "recall": lambda counts: _share(counts[3], counts[2] + counts[3]),
    "precision": lambda counts: _share(counts[3], counts[3] + counts[1], 0.0),
    "alarms_per_1000": lambda counts: 1000 * (counts[1] + counts[3]) / counts[:4].sum(axis=0),
}
"""By metric, of tn, fp, fn, tp, and what they cost where rows have costs; NaN where no row is positive."""
TRAINED = math.sqrt(2)
"""The factor by which a cross-validated figure varies more than its test rows do, as another training gives
another model: the limit of `overlap` for many folds. That of five folds, 1.5, covered costs too often."""
HIGHEST = {
    **dict.fromkeys(("f1", "recall", "precision", "average_precision"), 1.0),
    **dict.fromkeys(("alarms_per_1000", "tn", "fp", "fn", "tp"), 1e3),
}
"""The highest value of metrics, and of counts in 1000 rows."""


def metrics_of(metric: str, costs: Floats | None) -> Mapping[str, Callable[[Floats], Any]]:
    """Return a need's own metric, first, and the others that its outcomes determine.

    Parameters
    ----------
    metric : str
        The need's.
    costs : ndarray of shape (4,) or (4, m), or None
        Of a true negative, false positive, false negative and true positive; or those of each row.
    """
    if metric not in ("cost", *OF_COUNTS):
        return {metric: lambda outcome: outcome[0]}
    metrics = dict(OF_COUNTS)
    if costs is not None:
        total = (lambda counts: np.tensordot(costs, counts, axes=1)) if costs.ndim == 1 else itemgetter(4)
        metrics["cost"] = lambda counts: total(counts) / counts[:4].sum(axis=0)
    return {metric: metrics.pop(metric)} | metrics


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
