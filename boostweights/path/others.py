"""What each fold of a path learns from the scores of the other folds: a correction, and a threshold."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from boostweights.estimator.corrected import Margins, OutOfFold, out_of_fold_correction
from boostweights.probabilities.calibration import EDGE, scores_of
from boostweights.probabilities.link import log_proba
from boostweights.probabilities.thresholds import Floats, best_threshold, f1_of
from boostweights.weighting.policies.by_class import Unweighted

Bools = npt.NDArray[np.bool_]
Integers = npt.NDArray[np.intp]


def by_others(row: Integers, fold: Integers) -> Iterator[tuple[Bools, Bools]]:
    """Yield for each fold the evaluated rows that it tested, and those that it may learn from.

    Parameters
    ----------
    row, fold : ndarray of shape (m,)
        Which row each is, and the fold that tested it. A fold learns nothing from its own rows, nor from
        those rows in the folds of another repetition.

    Examples
    --------
    >>> row, fold = np.array([0, 1, 0, 1]), np.array([0, 1, 2, 3])
    >>> [np.flatnonzero(others).tolist() for _, others in by_others(row, fold)]
    [[1, 3], [0, 2], [1, 3], [0, 2]]
    """
    for number in np.unique(fold):
        tested = fold == number
        yield tested, ~np.isin(row, row[tested])


def fitted(corrected: Floats, y: Bools, row: Integers, fold: Integers, own: Floats) -> Floats:
    """Return probabilities of the positive class by `fit_correction`, which costs no fit more.

    Parameters
    ----------
    corrected : ndarray of shape (r, m)
        Out-of-fold probabilities of the positive class at each ratio, the weights taken out.
    y : ndarray of shape (m,)
        Whether rows are positive.
    row, fold : ndarray of shape (m,)
        See `by_others`. Of one fold nothing is learned.
    own : ndarray of shape (m,)
        The caller's row weights.

    Examples
    --------
    >>> proba, y = np.tile([0.2, 0.6], 100), np.tile([False, False, False, True], 50)
    >>> fitted(proba[None], y, np.arange(200), np.arange(200) // 100, np.ones(200))[0, :2].round(2)
    array([0.01, 0.49])
    """
    codes, weights = y.astype(np.intp), Unweighted().resolve(y)
    found = corrected.copy()
    scores = [scores_of(np.column_stack([1.0 - each, each]), "logit", EDGE) for each in corrected]
    for tested, others in by_others(row, fold):
        if len(np.unique(codes[others])) < 2:  # there is no other fold
            continue
        for at, score in enumerate(scores):
            margins = Margins(values=score[others], kind="logit", edge=EDGE)
            learned = out_of_fold_correction([OutOfFold(margins, codes[others], own[others])], weights)
            found[at, tested] = np.exp(log_proba(learned.affine()(score[tested]), "logit"))[:, 1]
    return found


def tuned(proba: Floats, y: Bools, row: Integers, fold: Integers, costs: Floats | None) -> Floats:
    """Return for each fold the threshold that is best on the scores of the others, which costs no fit.

    Parameters
    ----------
    proba : ndarray of shape (m,)
        Out-of-fold probabilities of the positive class, of the unweighted model.
    y, row, fold : ndarray of shape (m,)
        As for `fitted`; there are others of both classes.
    costs : ndarray of shape (4,) or None
        Of a true negative, false positive, false negative and true positive; without, F1 counts.

    Examples
    --------
    >>> proba, y = np.array([0.1, 0.4, 0.6, 0.9, 0.2, 0.3, 0.5, 0.8]), np.tile([False, False, True, True], 2)
    >>> tuned(proba, y, np.arange(8), np.arange(8) // 4, None)
    array([0.5, 0.6])
    """
    pairs = by_others(row, fold)
    worth = f1_of if costs is None else lambda counts: -(counts @ costs)
    return np.array([best_threshold(y[others], proba[others], worth) for _, others in pairs])
