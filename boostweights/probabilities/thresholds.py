"""The best threshold by what its decisions are worth."""

from collections.abc import Callable
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, shown

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Counts = npt.NDArray[np.intp]

COUNTS: Final = ("tn", "fp", "fn", "tp")


def counts_at(positive: Bools, scores: npt.NDArray[np.floating[Any]], thresholds: Any) -> Counts:
    """Return ``tn``, ``fp``, ``fn``, ``tp`` at each of t thresholds, shape (t, 4).

    A prediction is positive where the probability is at least the threshold.

    Examples
    --------
    >>> counts_at(np.array([False, True, True]), np.array([0.2, 0.5, 0.4]), [0.5, 0.3]).tolist()
    [[1, 0, 1, 1], [1, 0, 0, 2]]
    """
    values = np.asarray(thresholds)
    if values.dtype.kind not in "iuf" or values.ndim != 1:
        raise InvalidTypeError("thresholds must be numbers", shown(thresholds), "Pass 0.5, for example.")
    outside = values[~((values >= 0) & (values <= 1))]
    if len(outside):
        remedy = "It is a probability of the positive class."
        raise InvalidValueError("a threshold must lie in [0, 1]", shown(outside[0].item()), remedy)
    classes = [np.sort(scores[~positive]), np.sort(scores[positive])]
    below, missed = (np.searchsorted(side, values.astype(np.float64), side="left") for side in classes)
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
    if not (known > -np.inf).any():
        raise InvalidValueError("a scorer must give numbers", "NaN at each threshold", "Use another one.")
    return float(candidates[np.argmax(known)])
