"""The fitted correction along a path: each fold's map is learned from the scores of the other folds."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from boostweights.probabilities.calibration import EDGE, learned, scores_of
from boostweights.probabilities.link import log_proba
from boostweights.weighting.policies.by_class import Unweighted

Floats = npt.NDArray[np.float64]
Integers = npt.NDArray[np.intp]


def fitted(corrected: Floats, y: npt.NDArray[np.bool_], row: Integers, fold: Integers, own: Floats) -> Floats:
    """Return probabilities of the positive class by `fit_correction`, which costs no fit more.

    Parameters
    ----------
    corrected : ndarray of shape (m,)
        Out-of-fold probabilities of the positive class, the weights taken out.
    y : ndarray of shape (m,)
        Whether rows are positive.
    row, fold : ndarray of shape (m,)
        Which row each is, and the fold that tested it. A fold learns nothing from its own rows, nor from
        those rows in the folds of another repetition. Of one fold nothing is learned.
    own : ndarray of shape (m,)
        The caller's row weights.

    Examples
    --------
    >>> proba, y = np.tile([0.2, 0.6], 100), np.tile([False, False, False, True], 50)
    >>> fitted(proba, y, np.arange(200), np.arange(200) // 100, np.ones(200))[:2].round(2)
    array([0.07, 0.48])
    """
    scores = scores_of(np.column_stack([1.0 - corrected, corrected]), "logit", EDGE)
    codes = y.astype(np.intp)
    weights = Unweighted().resolve(y)
    found = np.empty_like(scores)
    for number in np.unique(fold):
        tested = fold == number
        others = ~np.isin(row, row[tested])
        if len(np.unique(codes[others])) < 2:  # there is no other fold
            found[tested] = corrected[tested]
            continue
        by = learned(scores[others], codes[others], own[others], weights, "logit", of_proba=True, edge=EDGE)
        found[tested] = np.exp(log_proba(by.affine()(scores[tested]), "logit"))[:, 1]
    return found
