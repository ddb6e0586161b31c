"""The weights along a path: which are tried, and which to take by the one-standard-error rule."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.path.scores import GREATER_IS_BETTER
from boostweights.weighting.labels.rules import scalar
from boostweights.weighting.policies.base import bounded


def default_ratios(imbalance: float) -> tuple[float, ...]:
    """Return about eight ratios: from 1 to the balanced one in equal factors, and twice that.

    Parameters
    ----------
    imbalance : float
        Negative rows for each positive one: the ratio of balanced weights. Where it is near 1 the grid is
        a quarter to four, with it among them.

    Examples
    --------
    >>> default_ratios(99.0)
    (1.0, 2.51, 6.28, 15.8, 39.5, 99.0, 140.0, 198.0)
    >>> default_ratios(0.1)
    (0.05, 0.0707, 0.1, 0.158, 0.251, 0.398, 0.631, 1.0)
    >>> default_ratios(1.0)
    (0.25, 0.5, 1.0, 2.0, 4.0)
    """
    if 0.5 < imbalance < 2:
        grid = [ratio for ratio in (0.25, 0.5, 1.0, 2.0, 4.0) if abs(math.log(ratio / imbalance)) > 0.05]
        return tuple(sorted({*grid, 1.0, imbalance}))
    direction = 1 if imbalance > 1 else -1
    beyond = [imbalance * 2 ** (0.5 * direction), imbalance * 2.0**direction]
    between = np.geomspace(1.0, imbalance, 6)[1:-1].tolist()
    rounded = (float(f"{ratio:.3g}") for ratio in (*between, *beyond))
    return tuple(sorted({1.0, imbalance, *rounded}))


def checked_ratios(ratios: Any) -> tuple[float, ...]:
    """Return ratios in increasing order, or raise.

    Examples
    --------
    >>> checked_ratios([10, 1])
    (1.0, 10.0)
    """
    if isinstance(ratios, (str, bytes)) or not isinstance(ratios, Iterable):
        raise InvalidTypeError("ratios must be a sequence of numbers", shown(ratios), "Pass [1, 2, 5, 10].")
    rule = "a ratio must be positive and finite"
    mend = "It is the weight of the positive class over the other's; 1 is unweighted."
    checked = [bounded("a ratio", scalar(each), lambda at: 0 < at < math.inf, rule, mend) for each in ratios]
    if not checked:
        raise InvalidValueError(
            "there must be at least one ratio", shown(ratios), "Leave ratios out for a grid."
        )
    if twice := [ratio for ratio in checked if checked.count(ratio) > 1]:
        raise InvalidValueError("each ratio must be there once", f"{twice[0]!r} twice", "Leave one out.")
    return tuple(sorted(checked))


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


def checked_scoring(scoring: Any, *, has_costs: bool, has_promise: bool = False) -> str:
    """Return the name of a metric, or raise."""
    if not isinstance(scoring, str):
        raise InvalidTypeError("scoring must be a metric's name", shown(scoring), "Write scoring='f1', say.")
    if scoring == "cost" and not has_costs:
        raise InvalidValueError(
            "scoring='cost' needs the costs of errors", "costs=None", "Pass costs=Costs(fn=…, fp=…)."
        )
    if scoring.startswith("promised_") and not has_promise:
        mend = 'Pass at_least={"recall": 0.9}, say.'
        raise InvalidValueError(f"scoring={scoring!r} needs a promise", "a path without one", mend)
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
