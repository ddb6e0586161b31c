"""What a promise costs: the alarms that are paid for it, and the recall that it leaves.

The rows are those that a model did not train on, such as a test fold. They are cut into parts; each part is
decided by the promise that is made on the others. So a threshold is an order statistic of rows that the very
model that is decided by did not see, exact as any promise, and what it costs is measured on rows that had no
part in it.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError
from boostweights.probabilities.promised import METRICS, Promised, asked, level_of, wrong_share
from boostweights.probabilities.promising import instead, made_of
from boostweights.probabilities.rates import ROWS
from boostweights.probabilities.scored import Codes, Floats, Scored

Bools = npt.NDArray[np.bool_]

PARTS: Final = 4
"""Into so many parts rows are cut."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Paid:
    """What a promise costs on rows that had no part in it.

    Attributes
    ----------
    alarms, recall : float
        The share of rows that are flagged, and of positives; of clusters that of a row drawn from one, as
        the promise is.
    thresholds : tuple of float
        Of each part, promised on the others.
    flagged : ndarray of shape (n,), bool
        Each row, as the promise decides that was made on the other parts.
    """

    alarms: float
    recall: float
    thresholds: tuple[float, ...]
    flagged: Bools

    @property
    def threshold(self) -> float:
        """The mean over parts."""
        return float(np.mean(self.thresholds))


def compared_by(at_least: Any, at_most: Any, confidence: Any) -> Promised:
    """Return the one rate by whose costs models are compared, or raise.

    Two rates may have no threshold that keeps both, which only the scores say.

    Examples
    --------
    >>> compared_by({"recall": 0.9}, None, 0.9)
    Promised(recall=0.9, alarms=None, confidence=0.9)
    """
    wanted = asked(at_least, at_most, confidence)
    if len(wanted.rates) > 1:
        raise InvalidValueError(
            "models are compared by what one promise costs",
            f"{wanted!r}",
            "Promise the recall, and see the alarms that it costs; or the alarms, and see the recall.",
        )
    return wanted


def told(wanted: Promised) -> str:
    """Return one rate, and where it is promised, in words.

    Examples
    --------
    >>> told(Promised(alarms=0.05)).partition(",")[0]
    'alarms of at most 0.05 with confidence 0.9'
    """
    [(metric, rate)] = wanted.rates.items()
    return (
        f"{metric} of {METRICS[metric]} {rate:g} with confidence {wanted.confidence:g}, on {PARTS - 1} of "
        f"{PARTS} parts of each fold's test rows; what it costs, on the part left out"
    )


def check_payable(wanted: Promised, folds: Iterable[tuple[Bools, Codes | None]]) -> None:
    """Raise where a fold has too few rows that the promise can be made on; before anything is trained.

    Parameters
    ----------
    wanted : Promised
        One rate.
    folds : iterable of (positive, clusters)
        Of each fold's test rows whether they are positive, and their clusters or None.

    Examples
    --------
    >>> check_payable(Promised(recall=0.9), [(np.ones(30, bool), None)] * 5)
    """
    [(metric, rate)], [needed] = wanted.rates.items(), wanted.rows_needed.values()
    least = math.ceil(needed * PARTS / (PARTS - 1))
    folds = list(folds)
    has = [_units(metric, *fold) for fold in folds]
    fewest = min(has)
    if fewest >= least:
        return
    kinds = ROWS[metric] if folds[0][1] is None else f"groups with {ROWS[metric]}"
    lacking = sum(max(0, least - each) for each in has)
    share, level = wrong_share(metric, rate), level_of(wanted.confidence)
    other = instead(metric, share, level, _others(fewest), lacking)
    raise InvalidValueError(
        f"{metric} of {METRICS[metric]} {rate:g} with confidence {wanted.confidence:g} needs at least "
        f"{least} {kinds} in the test rows of every fold: {needed} to promise it on, the rest to measure "
        "its costs",
        f"{fewest} in fold {has.index(fewest) + 1} of {len(has)}",
        other if len(has) <= 2 else f"{other} Fewer folds leave more to each.",
    )


def paid(
    wanted: Promised, scores: Any, positive: Bools, *, clusters: Codes | None = None, seed: int = 0
) -> Paid:
    """Return what a promise costs by these scores, of one model on rows that it did not train on.

    Parameters
    ----------
    wanted : Promised
        One rate.
    scores : array-like of shape (n,)
        The higher the more positive.
    positive : ndarray of shape (n,), bool
        Whether each row is.
    clusters : ndarray of shape (n,), int, default=None
        Rows that belong together: they are in one part, and the promise is about one row of each.
    seed : int, default=0
        By which rows are dealt to parts, and drawn from clusters.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> positive = np.repeat([False, True], [2000, 400])
    >>> found = paid(Promised(recall=0.9), rng.normal(2 * positive), positive)
    >>> round(found.alarms, 3), round(found.recall, 3)
    (0.391, 0.92)
    """
    values = np.asarray(scores, np.float64)
    part = parts_of(positive, clusters, seed)
    flagged, thresholds = np.empty(len(values), bool), []
    for number in range(PARTS):
        inside = part == number
        made = made_of(wanted, _rows(values, positive, clusters, ~inside, seed))
        flagged[inside] = made.decide(values[inside])
        thresholds.append(made.threshold)
    return Paid(
        alarms=_share(flagged, clusters),
        recall=_share(flagged[positive], None if clusters is None else clusters[positive]),
        thresholds=tuple(thresholds),
        flagged=flagged,
    )


def parts_of(positive: Bools, clusters: Codes | None, seed: int) -> Codes:
    """Return the part that each row is in: alike in size and positives; clusters are whole.

    Examples
    --------
    >>> part = parts_of(np.arange(12) < 4, None, seed=0)
    >>> np.bincount(part).tolist(), sorted(part[:4].tolist())
    ([3, 3, 3, 3], [0, 1, 2, 3])
    """
    unit = np.arange(len(positive)) if clusters is None else np.unique(clusters, return_inverse=True)[1]
    having = np.unique(unit[positive])
    rng = np.random.default_rng(seed)
    order = np.concatenate([rng.permutation(each) for each in (having, np.setdiff1d(unit, having))])
    dealt = np.empty(len(order), np.intp)
    dealt[order] = np.arange(len(order)) % PARTS
    return np.asarray(dealt[unit])


def _units(metric: str, positive: Bools, clusters: Codes | None) -> int:
    """How many rows, or clusters, of a fold a rate is about."""
    rows = np.arange(len(positive)) if clusters is None else clusters
    return len(np.unique(rows[positive] if metric == "recall" else rows))


def _others(units: int) -> int:
    """How many of them are in the other parts, where the most are in one."""
    return units - math.ceil(units / PARTS)


def _rows(scores: Floats, positive: Bools, clusters: Codes | None, chosen: Bools, seed: int) -> Scored:
    return Scored(
        scores=scores[chosen],
        positive=positive[chosen],
        group=np.zeros(int(chosen.sum()), np.intp),
        groups=(None,),
        cluster=None if clusters is None else clusters[chosen],
        seed=seed,
    )


def _share(flagged: Bools, clusters: Codes | None) -> float:
    """The share that is flagged; of clusters, of a row drawn from one of them."""
    if clusters is None or not len(flagged):
        return float(flagged.mean()) if len(flagged) else math.nan
    _, code, size = np.unique(clusters, return_inverse=True, return_counts=True)
    return float(np.average(flagged, weights=1 / size[code]))
