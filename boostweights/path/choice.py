"""Which ratio to take: the one-standard-error rule."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.path.columns import by_fold
from boostweights.path.scores import GREATER_IS_BETTER

if TYPE_CHECKING:
    from boostweights.path.result import WeightPath

__all__ = ["Choice", "checked_scoring", "chosen"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A ratio that was picked.

    Attributes
    ----------
    ratio, score : float
        Nearest to 1 of those within one standard error of the best mean, and its own mean over folds.
    scoring : str
        The metric.
    standard_error : float
        Of the best mean, s / sqrt(k); NaN with one fold.
    top_ratio, top_score : float
        The best mean, and where it is.
    """

    ratio: float
    score: float
    scoring: str
    standard_error: float
    top_ratio: float
    top_score: float


def checked_scoring(scoring: Any, *, has_costs: bool) -> str:
    """Return the name of a metric, or raise."""
    if not isinstance(scoring, str):
        raise InvalidTypeError("scoring must be a metric's name", shown(scoring), "Write scoring='f1', say.")
    if scoring == "cost" and not has_costs:
        raise InvalidValueError(
            "scoring='cost' needs the costs of errors", "costs=None", "Pass costs=Costs(fn=…, fp=…)."
        )
    if scoring not in GREATER_IS_BETTER:
        raise InvalidValueError(
            "scoring must be a metric of the path", shown(scoring), did_you_mean(scoring, GREATER_IS_BETTER)
        )
    return scoring


def chosen(path: WeightPath, scoring: str) -> Choice:
    """Return the ratio nearest to 1 whose mean is within one standard error of the best."""
    name = checked_scoring(scoring, has_costs=path.costs is not None)
    sign = 1.0 if GREATER_IS_BETTER[name] else -1.0
    by_ratio = sign * np.reshape(by_fold(path)[name], (len(path.ratios), path.folds))
    means = by_ratio.mean(axis=1)
    top = int(np.argmax(means))
    error = float(by_ratio[top].std(ddof=1)) / math.sqrt(path.folds) if path.folds > 1 else math.nan
    within = [i for i, mean in enumerate(means) if i == top or mean >= means[top] - error]
    pick = min(within, key=lambda i: (abs(math.log(path.ratios[i])), -means[i]))
    return Choice(
        ratio=path.ratios[pick],
        score=float(sign * means[pick]),
        scoring=name,
        standard_error=error,
        top_ratio=path.ratios[top],
        top_score=float(sign * means[top]),
    )
