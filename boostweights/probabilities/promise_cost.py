r"""The expected cost of a promise: the alarms paid for a recall, or the recall that a limit on alarms leaves.

`WeightedClassifier(threshold=Promised(…))` holds rows out and promises on them. The threshold is an order
statistic of these rows, so the share of new rows on its wrong side (missed positives, or alarms) is a random
number. Whatever the distribution of the scores, it follows Beta(k, n - k + 1), for the k-th of n held-out
scores. The cost follows from that share and from the scores of rows that the model was not trained on.

References
----------
Wilks (1941), Determination of sample sizes for setting tolerance limits, doi:10.1214/aoms/1177731788.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that
from boostweights.probabilities.promises import METRICS, Codes, Floats, Promised, Rate, level_of

Bools = npt.NDArray[np.bool_]

HELD_OUT = 1 / 3
"""The share of the rows that a fit holds out to promise on, unless the promise needs more.

`make promises` measures what other shares cost. Half costs .003 of all rows less, but then the fit trains on
far fewer rows than the folds by which a comparison expects its cost."""
_STEPS = 50
"""Equally likely thresholds over which a cost is averaged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PromiseCost:
    """The expected cost of a promise, measured on rows that the model was not trained on.

    Attributes
    ----------
    alarms, recall : float
        Expected share of all rows, and of the positives, that are flagged; with clusters, the share for a
        row drawn from one cluster, as in the promise.
    threshold : float
        The mean threshold.
    counts : ndarray of shape (4,)
        Expected numbers of true negatives, false positives, false negatives and true positives.
    """

    alarms: float
    recall: float
    threshold: float
    counts: Floats


def of_one_rate(wanted: Promised) -> Promised:
    """Return a promise of one rate, by whose cost models are compared, or raise.

    Two rates may have no threshold that keeps both, and only the scores show whether there is one.

    Examples
    --------
    >>> of_one_rate(Promised(recall=0.9))
    Promised(recall=0.9, alarms=None, confidence=0.9)
    """
    remedy = "Promise the recall and read off its alarms, or limit the alarms and read off the recall."
    check_that(len(wanted.rates) == 1, "models are compared by the cost of one promise", wanted, remedy)
    return wanted


def promise_in_words(wanted: Promised) -> str:
    """Return one rate in words, and how its cost is measured.

    Examples
    --------
    >>> promise_in_words(Promised(alarms=0.05)).partition(",")[0]
    'alarms of at most 0.05 with confidence 0.9'
    """
    [(metric, rate)] = wanted.rates.items()
    return (
        f"{metric} of {METRICS[metric]} {rate:g} with confidence {wanted.confidence:g}, made on the rows "
        "that a fit would hold out; expected cost on each fold's test rows"
    )


def held_out(wanted: Promised, positive: Bools, groups: Any = None) -> int:
    """Return how many rows the order statistic of a single promised rate is taken from.

    Parameters
    ----------
    wanted : Promised
        One rate.
    positive : ndarray of shape (n,), bool
        Which of the rows to fit on are positive.
    groups : array-like of shape (n,), default=None
        Groups count in place of rows.

    Raises
    ------
    InvalidValueError
        If there are too few rows, see `held_out_share`.

    Examples
    --------
    >>> held_out(Promised(recall=0.9), np.repeat([False, True], [2000, 400]))
    134
    """
    unit = np.arange(len(positive)) if groups is None else np.asarray(groups)
    units = {"recall": len(np.unique(unit[positive])), "alarms": len(np.unique(unit))}
    [metric] = wanted.rates
    return math.ceil(held_out_share(wanted, units) * units[metric])


def held_out_share(wanted: Promised, units: dict[str, int]) -> float:
    """Return the share of the rows that a fit holds out for its promise.

    Parameters
    ----------
    wanted : Promised
        What is promised.
    units : dict
        By metric, the rows (or groups) that it is about: positives for ``"recall"``, all for ``"alarms"``.

    Raises
    ------
    InvalidValueError
        If so few rows are left that the rest could not train: half of them must suffice for the promise.

    Examples
    --------
    >>> held_out_share(Promised(recall=0.9), {"recall": 400, "alarms": 2400}) == HELD_OUT
    True
    >>> held_out_share(Promised(recall=0.9), {"recall": 50, "alarms": 2400})
    0.44
    """
    shares = [HELD_OUT]
    for metric, needed in wanted.rows_needed.items():
        half = units[metric] // 2
        if needed > half:
            rate, sure = wanted.rates[metric], 1 - level_of(wanted.confidence, len(wanted.rates))
            promise = Rate(metric=metric, rate=rate, confidence=sure, n=half, threshold=math.nan)
            where = " (or groups with them) to hold out, and as many to train on"
            raise promise.too_few(where, units[metric], 2 * (needed - half))
        shares.append(needed / units[metric])
    return max(shares)


def wrong_shares(wanted: Promised, rows: int, steps: int) -> Floats:
    """Return equally likely shares of new rows beyond the threshold of a promise made on so many rows.

    Examples
    --------
    >>> wrong_shares(Promised(recall=0.9), 100, 3).round(3)
    array([0.037, 0.057, 0.081])
    """
    from scipy.special import betaincinv

    [(metric, rate)] = wanted.rates.items()
    rank = Rate(metric=metric, rate=rate, confidence=wanted.confidence, n=rows, threshold=math.nan).rank
    return np.asarray(betaincinv(rank, rows - rank + 1, (np.arange(steps) + 0.5) / steps))


def places(metric: str, scores: Floats, positive: Bools) -> Floats:
    """Return for each row the share of one model's rows that score at least as high.

    Of a promised recall, the share of the negatives: places of several models' positives can be pooled.

    Examples
    --------
    >>> places("recall", np.array([0.1, 0.4, 0.6, 0.9]), np.array([False, True, False, True])).tolist()
    [1.0, 0.5, 0.5, 0.0]
    """
    others = np.sort(scores[~positive] if metric == "recall" else scores)
    return np.asarray(1.0 - np.searchsorted(others, scores) / len(others))


def flagged_at(metric: str, place: Floats, positive: Bools, weights: Floats, shares: Floats) -> Bools:
    """Return which rows are flagged where given shares of new rows are on the wrong side of the threshold.

    Of n positives the i-th worst leaves i / (n + 1) of new positives on the wrong side, on average. Between
    two of them, and between the worst one and flagging every row, the share of negatives is interpolated.

    Parameters
    ----------
    metric : {"recall", "alarms"}
        The share of positives that are not flagged, or of all rows that are.
    place, positive : ndarray of shape (n,)
        See `places`.
    weights : ndarray of shape (n, c) or (n, 1)
        How much each row counts, for each threshold.
    shares : ndarray of shape (c,)
        Wanted shares.

    Examples
    --------
    >>> place, positive = np.array([0.0, 0.2, 0.4, 0.6, 0.8]), np.array([True, False, False, True, False])
    >>> flagged_at("recall", place, positive, np.ones((5, 1)), np.array([0.2, 0.34])).T
    array([[ True,  True,  True,  True, False],
           [ True,  True,  True, False, False]])
    """
    side = np.flatnonzero(positive) if metric == "recall" else np.arange(len(place))
    order = side[np.argsort(-place[side] if metric == "recall" else place[side], kind="stable")]
    counted = weights[order]
    sums, total = np.cumsum(counted, axis=0), counted.sum(axis=0)
    reached = (sums - counted / 2) >= shares * total
    last = place[order][np.where(reached.any(axis=0), reached.argmax(axis=0), len(order) - 1)]
    if metric == "alarms":
        return np.asarray(place[:, None] < last)
    columns = np.broadcast_to(sums / (total + 1), (len(order), len(shares))).T
    limits = [
        np.interp(share, [0.0, *column], [1.0, *place[order]])
        for share, column in zip(shares, columns, strict=True)
    ]
    return np.where(positive[:, None], place[:, None] <= last, place[:, None] <= np.array(limits))


def side_weights(metric: str, positive: Bools, clusters: Codes | None) -> Floats:
    """Return how much each row counts in a rate: with clusters, all rows of one cluster count as one row."""
    if clusters is None:
        return np.ones(len(positive))
    counted = positive if metric == "recall" else np.ones(len(positive), bool)
    _, code = np.unique(clusters, return_inverse=True)
    sizes = np.bincount(code, weights=counted)
    return np.asarray(1.0 / np.maximum(sizes, 1.0)[code])


def promise_cost(
    wanted: Promised, scores: Any, positive: Bools, *, rows: int, clusters: Codes | None = None
) -> PromiseCost:
    """Return what a promise is expected to cost by the scores of one model on rows it was not trained on.

    Parameters
    ----------
    wanted : Promised
        One rate.
    scores : array-like of shape (n,)
        The higher, the more likely positive.
    positive : ndarray of shape (n,), bool
        Whether each row is positive.
    rows : int
        How many rows the promise will be made on (see `held_out`).
    clusters : ndarray of shape (n,), int, default=None
        Rows that belong together: the promise is then about one row of each.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> positive = np.repeat([False, True], [2000, 400])
    >>> cost = promise_cost(Promised(recall=0.9), rng.normal(2 * positive), positive, rows=100)
    >>> round(cost.alarms, 3), round(cost.recall, 3)
    (0.429, 0.941)
    """
    values = np.asarray(scores, np.float64)
    [metric] = wanted.rates
    weights, shares = side_weights(metric, positive, clusters)[:, None], wrong_shares(wanted, rows, _STEPS)
    decided = flagged_at(metric, places(metric, values, positive), positive, weights, shares)
    thresholds = np.where(decided, values[:, None], np.nextafter(values.max(), np.inf)).min(axis=0)
    flagged = decided.mean(axis=1)
    sides = (1 - flagged) * ~positive, flagged * ~positive, (1 - flagged) * positive, flagged * positive
    return PromiseCost(
        alarms=float(np.average(flagged, weights=side_weights("alarms", positive, clusters))),
        recall=float(np.average(flagged, weights=positive * side_weights("recall", positive, clusters))),
        threshold=float(thresholds.mean()),
        counts=np.array([part.sum() for part in sides]),
    )
