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
    "f1_macro": "macro F1",
    "balanced_accuracy": "balanced accuracy",
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


def _of_classes(counts: Floats) -> tuple[Floats, Floats, Floats]:
    """Return by class how many rows are classified correctly, are of it, and are classified as it."""
    classes = math.isqrt(len(counts))
    matrix = counts.reshape(classes, classes, -1)
    return np.einsum("iib->ib", matrix), matrix.sum(axis=1), matrix.sum(axis=0)


def _f1_macro(counts: Floats) -> Floats:
    correct, true, predicted = _of_classes(counts)
    return np.asarray(np.nanmean(np.where(true > 0, _share(2 * correct, true + predicted), np.nan), axis=0))


def _balanced_accuracy(counts: Floats) -> Floats:
    correct, true, _ = _of_classes(counts)
    return np.asarray(np.nanmean(_share(correct, true), axis=0))


OF_CLASSES: Mapping[str, Callable[[Floats], Any]] = {
    "f1_macro": _f1_macro,
    "balanced_accuracy": _balanced_accuracy,
    "accuracy": lambda counts: _of_classes(counts)[0].sum(axis=0) / counts.sum(axis=0),
}
"""By metric, of a confusion matrix of three or more classes, flattened; classes without rows do not count."""
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
    **dict.fromkeys(("f1", "recall", "precision", "average_precision", *OF_CLASSES), 1.0),
    **dict.fromkeys(("alarms_per_1000", "tn", "fp", "fn", "tp"), 1e3),
}
"""The highest value of metrics, and of counts in 1000 rows."""


def metrics_of(metric: str, costs: Floats | None) -> Mapping[str, Callable[[Floats], Any]]:
    """Return a need's own metric, first, and the others that its outcomes determine.

    Parameters
    ----------
    metric : str
        The need's.
    costs : ndarray of shape (4,), (4, m) or (k * k,), or None
        Of a true negative, false positive, false negative and true positive; or those of each row; or a cost
        matrix of three or more classes, row by row.
    """
    if metric not in ("cost", *OF_COUNTS, *OF_CLASSES):
        return {metric: lambda outcome: outcome[0]}
    is_matrix = costs is not None and len(costs) > len(("tn", "fp", "fn", "tp"))
    metrics = dict(OF_CLASSES if is_matrix or metric in OF_CLASSES else OF_COUNTS)
    if costs is not None:
        total = (lambda counts: np.tensordot(costs, counts, axes=1)) if costs.ndim == 1 else itemgetter(4)
        metrics["cost"] = lambda counts: total(counts) / counts[: len(costs)].sum(axis=0)
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
