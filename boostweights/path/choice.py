"""Which ratio to take: the one-standard-error rule."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.path.scores import GREATER_IS_BETTER


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


def chosen(ratios: Sequence[float], scores: npt.NDArray[np.float64], scoring: str) -> Choice:
    """Return the ratio nearest to 1 whose mean is within one standard error of the best.

    Scores are those of each ratio and fold, shape (r, k).

    Examples
    --------
    >>> choice = chosen([1.0, 2.0, 4.0], np.array([[0.5, 0.5], [0.7, 0.7], [0.6, 1.0]]), "recall")
    >>> choice.ratio, choice.top_ratio, round(choice.standard_error, 3)
    (2.0, 4.0, 0.2)
    """
    sign = 1.0 if GREATER_IS_BETTER[scoring] else -1.0
    by_ratio, folds = sign * scores, scores.shape[1]
    means = by_ratio.mean(axis=1)
    top = int(np.argmax(means))
    error = float(by_ratio[top].std(ddof=1)) / math.sqrt(folds) if folds > 1 else math.nan
    within = [i for i, mean in enumerate(means) if i == top or mean >= means[top] - error]
    pick = min(within, key=lambda i: (abs(math.log(ratios[i])), -means[i]))
    return Choice(
        ratio=ratios[pick],
        score=float(sign * means[pick]),
        scoring=scoring,
        standard_error=error,
        top_ratio=ratios[top],
        top_score=float(sign * means[top]),
    )
