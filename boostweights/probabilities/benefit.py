"""Net benefit: what decisions at a threshold are worth, in true positives."""

from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, check_type, shown
from boostweights.probabilities.columns import check_shares
from boostweights.probabilities.decisions import checked_weights
from boostweights.probabilities.promises import Floats, scored
from boostweights.weighting.labels.rules import Label
from boostweights.weighting.policies.costs import Costs


def net_benefit(
    y_true: Any, proba: Any, threshold: Any, sample_weight: Any = None, *, positive: Label = None
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
    positive : label, default=None
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
    y, values, weight = checked_rows(y_true, proba, sample_weight, positive)
    thresholds = checked_thresholds(threshold)
    found = benefit_of(counted(y, values, weight, np.atleast_1d(thresholds)), np.atleast_1d(thresholds))
    return found if thresholds.ndim else float(found[0])


def checked_rows(
    y_true: Any, proba: Any, sample_weight: Any, positive: Label
) -> tuple[npt.NDArray[np.bool_], Floats, Floats]:
    """Return whether rows are positive, their probabilities and weights, or raise."""
    rows = scored(proba, y_true, positive=positive)
    check_shares(rows.scores)
    assert rows.positive is not None
    return rows.positive, rows.scores, checked_weights(sample_weight, len(rows.scores))


def checked_thresholds(threshold: Any) -> Floats:
    """Return thresholds as an array, or raise unless they lie in [0, 1)."""
    values = np.asarray(threshold)
    if values.dtype.kind not in "iuf" or values.ndim > 1:
        raise InvalidTypeError("a threshold must be a number", shown(threshold), "Pass 0.1, or a list.")
    if not ((values >= 0) & (values < 1)).all():
        rule = "a threshold of net benefit must lie in [0, 1)"
        raise InvalidValueError(rule, shown(threshold), "At 1 a false alarm outweighs all else; start below.")
    return values.astype(np.float64)


def counted(y: npt.NDArray[np.bool_], proba: Floats, weight: Floats, thresholds: Floats) -> Floats:
    """Return the shares of true and of false positives at each of t thresholds, shape (t, 2)."""
    order = np.argsort(thresholds, kind="stable")
    above = np.searchsorted(thresholds[order], proba, side="right")  # how many thresholds a row reaches
    cells = np.bincount(2 * above + ~y, weight, minlength=2 * len(thresholds) + 2).reshape(-1, 2)
    sums = cells[::-1].cumsum(axis=0)[::-1]
    found = np.empty((len(thresholds), 2))
    found[order] = sums[1:] / sums[0].sum()
    return found


def benefit_of(shares: Floats, thresholds: Floats) -> Floats:
    """Return net benefit from shares of true and false positives.

    Examples
    --------
    >>> benefit_of(np.array([[0.2, 0.1]]), np.array([0.5])).tolist()
    [0.1]
    """
    return np.asarray(shares[..., 0] - shares[..., 1] * thresholds / (1 - thresholds))


def band(
    y: npt.NDArray[np.bool_], proba: Floats, weight: Floats, thresholds: Floats, draws: int, seed: int
) -> Floats:
    """Return the ends of 95 % of the net benefits of draws of rows with replacement, shape (2, t)."""
    rng, rows = np.random.default_rng(seed), len(y)
    found = []
    for _ in range(draws):
        times = np.bincount(rng.integers(rows, size=rows), minlength=rows)
        found.append(benefit_of(counted(y, proba, weight * times, thresholds), thresholds))
    return np.asarray(np.quantile(found, [0.025, 0.975], axis=0))


def thresholds_of(costs: Any, positive: Any) -> tuple[float, float] | None:
    """Return the thresholds that costs mean, the lowest and the highest; or None."""
    if costs is None:
        return None
    given = [costs] if isinstance(costs, Costs) else list(costs)
    for each in given:
        check_type(each, Costs, "costs must be Costs, or several", "Pass Costs(fn=50, fp=1), say.")
    found = [each.threshold(positive if each.matrix is None or each.classes else None) for each in given]
    return min(found), max(found)
