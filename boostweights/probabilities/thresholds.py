"""What decisions at a threshold are worth: counts, F1, net benefit in true positives, and the best one."""

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_that
from boostweights.probabilities.columns import check_shares
from boostweights.probabilities.decisions import checked_weights
from boostweights.probabilities.promises import scored
from boostweights.weighting.labels.rules import Label

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.intp]

COUNTS = ("tn", "fp", "fn", "tp")


def counts_at(positive: Bools, scores: npt.NDArray[np.floating[Any]], thresholds: Any) -> Counts:
    """Return ``tn``, ``fp``, ``fn``, ``tp`` at each of t thresholds, shape (t, 4).

    A prediction is positive where the probability is at least the threshold.

    Examples
    --------
    >>> counts_at(np.array([False, True, True]), np.array([0.2, 0.5, 0.4]), [0.5, 0.3]).tolist()
    [[1, 0, 1, 1], [1, 0, 0, 2]]
    """
    values = checked_thresholds(thresholds, dimensions=(1,), most=1.0)
    classes = [np.sort(scores[~positive]), np.sort(scores[positive])]
    below, missed = (np.searchsorted(side, values, side="left") for side in classes)
    return np.column_stack([below, len(classes[0]) - below, missed, len(classes[1]) - missed]).astype(np.intp)


def f1_of(counts: Counts) -> Floats:
    """Return F1 of counts of shape (t, 4).

    Examples
    --------
    >>> f1_of(np.array([[6, 2, 1, 1]])).tolist()
    [0.4]
    """
    _, fp, fn, tp = counts.T
    return np.asarray(2 * tp / (2 * tp + fp + fn))


def best_threshold(
    positive: Bools, scores: npt.NDArray[np.floating[Any]], worth: Callable[[Counts], Floats] = f1_of
) -> float:
    """Return the score from which on a positive decision is worth most; of several the highest.

    Parameters
    ----------
    positive : ndarray of shape (n,), bool
        Which rows are positive.
    scores : ndarray of shape (n,)
        Probabilities of the positive class; each of them is a candidate.
    worth : callable, default=f1_of
        Maps counts of shape (t, 4) to what each is worth.

    Examples
    --------
    >>> positive, scores = np.array([False, False, True, True]), np.array([0.1, 0.2, 0.3, 0.9])
    >>> best_threshold(positive, scores), best_threshold(positive, scores, lambda counts: -counts[:, 1])
    (0.3, 0.9)
    """
    candidates = np.unique(scores)[::-1]
    return best_candidate(candidates, worth(counts_at(positive, scores, candidates)))


def best_candidate(candidates: npt.NDArray[np.floating[Any]], worths: Any) -> float:
    """Return the candidate that is worth most; of several the first. NaN is never best.

    Raises
    ------
    InvalidValueError
        If no worth is a number above minus infinity.

    Examples
    --------
    >>> best_candidate(np.array([0.2, 0.4, 0.6]), [float("nan"), 0.5, 0.5])
    0.4
    """
    known = np.where(np.isnan(worths), -np.inf, worths)
    rule, remedy = "a scorer must give numbers", "Use another one."
    check_that((known > -np.inf).any(), rule, "NaN at each threshold", remedy)
    return float(candidates[np.argmax(known)])


def net_benefit(
    y_true: Any, proba: Any, threshold: Any, sample_weight: Any = None, *, pos_label: Label = None
) -> Any:
    r"""Return the net benefit of calling positive from a threshold on.

    :math:`\mathrm{TP}/n - \mathrm{FP}/n \cdot t/(1 - t)` (Vickers & Elkin 2006): true positives a row, less
    false ones at the rate at which the threshold itself trades them: who decides at t takes a missed
    positive for (1 - t)/t times as bad as a false alarm. It is the largest that probabilities can have where
    they are honest. To call nobody has 0; to call all, :math:`\pi - (1 - \pi) t/(1 - t)` for a share of
    positives :math:`\pi`.

    Parameters
    ----------
    y_true : array-like of shape (n,)
        True labels of two classes.
    proba : array-like of shape (n,)
        Probability of the positive class, best a corrected one (see `correct_proba`).
    threshold : float or array-like of shape (t,)
        In [0, 1). From costs: ``Costs(fn=50, fp=1).threshold()``.
    sample_weight : array-like of shape (n,), default=None
        Weight of each row.
    pos_label : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.

    Returns
    -------
    float or ndarray of shape (t,)
        At most the share of positives.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If probabilities or thresholds are none, or lengths differ.

    References
    ----------
    Vickers & Elkin (2006), Decision curve analysis, Medical Decision Making 26,
    doi:10.1177/0272989X06295361.

    Examples
    --------
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], 0.5)
    0.0
    >>> net_benefit([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.9], [0.2, 0.5])
    array([0.4375, 0.    ])
    """
    y, values, weight = checked_rows(y_true, proba, sample_weight, pos_label)
    thresholds = checked_thresholds(threshold)
    worths = benefits(y, values, weight, np.atleast_1d(thresholds))
    return worths if thresholds.ndim else float(worths[0])


def checked_rows(
    y_true: Any, proba: Any, sample_weight: Any, pos_label: Label
) -> tuple[Bools, Floats, Floats]:
    """Return whether rows are positive, their probabilities and weights, or raise."""
    rows = scored(proba, y_true, pos_label=pos_label)
    check_shares(rows.scores)
    assert rows.positive is not None
    return rows.positive, rows.scores, checked_weights(sample_weight, len(rows.scores))


def checked_thresholds(
    thresholds: Any, *, dimensions: tuple[int, ...] = (0, 1), most: float = float(np.nextafter(1, 0))
) -> Floats:
    """Return thresholds as an array, or raise unless they lie in [0, most]: of net benefit in [0, 1)."""
    values = np.asarray(thresholds)
    numbers, remedy = values.dtype.kind in "iuf" and values.ndim in dimensions, "Pass 0.1, or a list."
    check_that(numbers, "a threshold must be a number", thresholds, remedy, InvalidTypeError)
    rule = f"a threshold must lie in [0, 1{']' if most == 1 else ')'}"
    right, remedy = ((values >= 0) & (values <= most)).all(), "It is a probability of the positive class."
    check_that(right, rule, thresholds, remedy)
    return values.astype(np.float64)


def benefits(y: Bools, proba: Floats, weight: Floats, thresholds: Floats) -> Floats:
    """Return the net benefit at each of t thresholds.

    Examples
    --------
    >>> benefits(np.array([False, True]), np.array([0.1, 0.9]), np.ones(2), np.array([0.0, 0.5])).tolist()
    [0.5, 0.5]
    """
    order = np.argsort(thresholds, kind="stable")
    above = np.searchsorted(thresholds[order], proba, side="right")  # how many thresholds a row reaches
    cells = np.bincount(2 * above + ~y, weight, minlength=2 * len(thresholds) + 2).reshape(-1, 2)
    sums = cells[::-1].cumsum(axis=0)[::-1]
    shares = np.empty((len(thresholds), 2))
    shares[order] = sums[1:] / sums[0].sum()
    return np.asarray(shares[:, 0] - shares[:, 1] * thresholds / (1 - thresholds))
