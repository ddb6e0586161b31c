"""A promise of precision: a fixed sequence of tests."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, check_that
from boostweights.probabilities.promises import Floats, checked_share, level_of, scored
from boostweights.weighting.labels.rules import Label, as_floats

_STARTS = 5
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PrecisionPromise:
    """A threshold from which on at least a share of the rows called positive are so.

    Attributes
    ----------
    threshold : float
        A row is called positive from it on.
    precision, confidence : float
        What is promised, and in which share of draws of the rows it is kept.
    flagged, found : int
        Rows called positive of those that it was made on, and how many of them are.
    """

    threshold: float
    precision: float
    confidence: float
    flagged: int
    found: int

    def decide(self, scores: Any) -> npt.NDArray[np.bool_]:
        """Return which rows are called positive."""
        return np.asarray(np.asarray(scores, np.float64) >= self.threshold)


def promise_precision(
    scores: Any,
    y: Any,
    *,
    at_least: float,
    confidence: float = 0.9,
    thresholds: Any = None,
    positive: Label = None,
) -> PrecisionPromise:
    r"""Return the lowest threshold that is shown to have a precision on new rows, if there is one.

    The lowest threshold whose interval lies above the precision is not it: of many that are looked at, the
    luckiest is chosen. Here thresholds are fixed before any row is seen, and tested from the highest to the
    lowest, from five starts on, each at a fifth of 1 - c, until a binomial test does not reject a lower
    precision: a wrong one is rejected with probability 1 - c at most (Angelopoulos et al. 2021, section 3).
    Often none is found.

    Parameters
    ----------
    scores : array-like of shape (n,)
        Of rows that nothing has looked at, by the model that will decide.
    y : array-like of shape (n,)
        Their labels.
    at_least : float
        The precision.
    confidence : float, default=0.9
        In this share of draws of the rows the promise is kept.
    thresholds : array-like of shape (t,), default=None
        Chosen without a look at these rows; by default 100 for probabilities, even in log-odds, from 2 above
        those of the precision to 5 below.
    positive : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.

    Returns
    -------
    PrecisionPromise

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If no threshold can be shown to have it, or arguments cannot serve.

    References
    ----------
    Angelopoulos, Bates, Candès, Jordan & Lei (2021), Learn then test, doi:10.48550/arXiv.2110.01052.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> p = rng.random(2000)
    >>> kept = promise_precision(p, rng.random(2000) < p, at_least=0.8)
    >>> round(kept.threshold, 3), kept.flagged, kept.found
    (0.652, 706, 593)
    """
    from scipy.special import bdtrc

    rows = scored(scores, y, positive=positive)
    if rows.positive is None:
        raise InvalidTypeError("precision is of labelled rows", "y=None", "Pass the labels, too.")
    wanted = checked_share("at_least", at_least)
    level = level_of(checked_share("confidence", confidence), _STARTS)
    grid = _grid(thresholds, rows.scores, wanted)
    flagged, found = (
        len(scores_of) - np.searchsorted(np.sort(scores_of), grid)
        for scores_of in (rows.scores, rows.scores[rows.positive])
    )
    lowest = _walked(((found > 0) & (bdtrc(found - 1, flagged, wanted) <= level)).tolist())
    check_that(
        lowest >= 0,
        f"some threshold must be shown to have a precision of at least {wanted:g}",
        f"none of {len(grid)} with confidence {confidence:g}, from {int(rows.positive.sum())} positives",
        "Promise less, or gather more rows.",
    )
    return PrecisionPromise(
        threshold=float(grid[lowest]),
        precision=wanted,
        confidence=confidence,
        flagged=int(flagged[lowest]),
        found=int(found[lowest]),
    )


def _walked(rejects: list[bool]) -> int:
    """The last that is reached from some start without a failure on the way; -1 if there is none.

    Examples
    --------
    >>> _walked([False, False, True, True, False, True, False, False, False, False])
    3
    """
    starts = np.linspace(0, len(rejects), _STARTS, endpoint=False).astype(int)
    runs = [int(np.cumprod(rejects[start:]).sum()) for start in starts]
    return max((int(start) + run - 1 for start, run in zip(starts, runs, strict=True) if run), default=-1)


def _grid(thresholds: Any, scores: Floats, precision: float) -> Floats:
    """Thresholds from the highest to the lowest."""
    if thresholds is None:
        rule = "thresholds for scores that are no probabilities must be given"
        remedy = "Pass thresholds=, chosen on other rows."
        check_that(((scores >= 0) & (scores <= 1)).all(), rule, float(scores.max()), remedy)
        odds = precision / (1 - precision) * np.exp(np.linspace(2, -5, _STEPS))
        return np.asarray(odds / (1 + odds))
    return np.unique(as_floats(thresholds, "thresholds must be numbers", "Pass a list of them."))[::-1]
