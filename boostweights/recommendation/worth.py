"""What each option does on all rows, on each resample, and on the rows that it left out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np

from boostweights.recommendation.figures import metrics_of
from boostweights.recommendation.needs import Need
from boostweights.recommendation.options import Floats, Option, Rows
from boostweights.recommendation.resamples import Ordered, Resamples, Rule, deciding, nothing, share

_EDGE: Final = float(np.finfo(np.float64).eps)
"""How near to 0 and 1 a probability counts at most, as in scikit-learn's log_loss."""


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """An option's outcomes: tn, fp, fn, tp, or the need's one figure of probabilities.

    Attributes
    ----------
    option : Option
        Which.
    threshold : float or None
        The one learned from all rows; None where nothing is decided, or a promise made on other rows decides.
    learned : ndarray of shape (1,)
        What was learned from all rows: that threshold, or a share.
    whole : ndarray of shape (f, 1)
        On all rows, f being 4 or 1.
    drawn, left : ndarray of shape (f, b)
        On each resample, by what was learned from it; and on the rows that it left out, by the same.
    fixed : ndarray of shape (f, b)
        On each resample, by what was learned from all rows.
    """

    option: Option
    threshold: float | None
    learned: Floats
    whole: Floats
    drawn: Floats
    left: Floats
    fixed: Floats


def worths(options: Sequence[Option], need: Need, resamples: Resamples, costs: Floats | None) -> list[Worth]:
    """Return what each option does, on the same resamples.

    Parameters
    ----------
    options, need, resamples
        What, by which figure, on which rows.
    costs : ndarray of shape (4,) or None
        Of a true negative, false positive, false negative and true positive.
    """
    every = np.ones((len(resamples.rows.y), 1))
    found, rules = [], [_at_work(option, need, resamples.rows, costs) for option in options]
    for option, rule in zip(options, rules, strict=True):
        learned = rule.learn(every)
        whole = rule.apply(every, learned)
        decides = need.rule not in ("none", "promised") and option.model is not None
        threshold = float(learned[0]) if decides else None
        parts = (np.empty((len(whole), resamples.count)) for _ in range(3))
        found.append(Worth(option, threshold, learned, whole, *parts))
    for where, chunk in resamples.chunks():
        left = (chunk == 0).astype(np.float64)
        for rule, each in zip(rules, found, strict=True):
            own = rule.learn(chunk)
            each.drawn[:, where] = rule.apply(chunk, own)
            each.left[:, where] = rule.apply(left, own)
            each.fixed[:, where] = rule.apply(chunk, np.full(chunk.shape[1], each.learned[0]))
    return found


def _at_work(option: Option, need: Need, rows: Rows, costs: Floats | None) -> Rule:
    if need.rule == "none":
        return _PROBABILITIES[need.metric](option, rows)
    own = next(iter(metrics_of(need.metric, costs).values()))
    sign = 1 if need.lower else -1
    return deciding(option, rows, lambda counts: sign * own(counts), threshold_of(costs))


def threshold_of(costs: Floats | None) -> float:
    """Return the probability from which on a positive decision costs less (Elkan 2001).

    Examples
    --------
    >>> threshold_of(np.array([0.0, 1.0, 9.0, 0.0]))
    0.1
    """
    if costs is None:
        return 0.5
    tn, fp, fn, tp = costs
    return float((fp - tn) / (fp - tn + fn - tp))


def _by_log_loss(option: Option, rows: Rows) -> Rule:
    if option.model is None:

        def entropy(drawn: Floats, said: Floats) -> Floats:
            true = share(drawn, rows.y)
            return -(true * np.log(said) + (1 - true) * np.log(1 - said))[None]

        return Rule(learn=lambda drawn: share(drawn, rows.y), apply=entropy)
    own = np.clip(option.model.proba, _EDGE, 1 - _EDGE)
    each = -np.log(np.where(rows.y, own, 1 - own))
    return Rule(learn=nothing, apply=lambda drawn, _: (each @ drawn / drawn.sum(axis=0))[None])


def _by_average_precision(option: Option, rows: Rows) -> Rule:
    if option.model is None:
        return Rule(learn=nothing, apply=lambda drawn, _: share(drawn, rows.y)[None])
    ordered = Ordered(option.model.proba, rows.y, most=len(rows.y))

    def average_precision(drawn: Floats, _: Floats) -> Floats:
        _, fp, fn, tp = ordered.counts(drawn)
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(tp + fp > 0, tp / (tp + fp), 0.0)
            found: Floats = (np.diff(tp, axis=0) * precision[1:]).sum(axis=0) / (tp + fn)[0]
        return found[None]

    return Rule(learn=nothing, apply=average_precision)


_Probabilities: TypeAlias = Callable[[Option, Rows], Rule]
_PROBABILITIES: Final[Mapping[str, _Probabilities]] = {
    "log_loss": _by_log_loss,
    "average_precision": _by_average_precision,
}
