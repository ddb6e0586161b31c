r"""Class offsets: the shift of log probabilities by which a metric of decisions is highest.

Row i is decided for the class k of the highest :math:`\log p_{ik} + o_k`. Two classes have one such offset,
which is a threshold; more have k - 1, and are searched one at a time.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from boostweights.errors import check_that

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Score = Callable[[Codes, Codes], float]
"""Maps decided classes, and the numbers of their rows, to what these decisions are worth."""

_MOST = 100
"""Offsets of one class that a scorer is asked about."""
_SHARES = np.linspace(0, 1, 11)
_STARTS = (0.0, 0.5, 1.0, 1.5, -0.5)  # from 0 and 1 alone, some searches end low
_SAME, _ENOUGH = 1e-12, 1e-3


def _mean(values: Floats, totals: Floats) -> Floats:
    """The mean over classes with a total of the values' shares in it."""
    shares = np.divide(values, totals, out=np.zeros(np.broadcast(values, totals).shape), where=totals > 0)
    return np.asarray(shares.sum(axis=-1) / (totals > 0).sum(axis=-1))


def _mcc(right: Floats, called: Floats, true: Floats) -> Floats:
    total = true.sum()
    spread = (total**2 - (called**2).sum(axis=-1)) * (total**2 - (true**2).sum())
    shared = right.sum(axis=-1) * total - (called * true).sum(axis=-1)
    some = spread > _SAME * total**4  # 0 but for rounding where all rows are decided alike
    return np.asarray(np.divide(shared, np.sqrt(np.abs(spread)), out=np.zeros(np.shape(shared)), where=some))


EXACT: Mapping[str, Callable[[Floats, Floats, Floats], Floats]] = {
    "accuracy": lambda right, called, true: np.asarray(right.sum(axis=-1) / true.sum()),
    "balanced_accuracy": lambda right, called, true: _mean(right, true),
    "f1_macro": lambda right, called, true: _mean(2 * right, called + true),
    "f1_weighted": lambda right, called, true: np.asarray(
        (2 * right * true / np.maximum(called + true, _SAME)).sum(axis=-1) / true.sum()
    ),
    "matthews_corrcoef": _mcc,
}
"""Metrics by scikit-learn's names, of each class's rows: decided rightly, decided for it, and true."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Decisions:
    """Rows whose decisions a metric scores.

    Attributes
    ----------
    log_proba : ndarray of shape (n, k)
        Of rows that the model was not trained on; minus infinity is allowed.
    codes : ndarray of shape (n,)
        The true classes, 0 to k-1.
    weight : ndarray of shape (n,)
    metric : str or callable
        A key of `EXACT`, or a `Score`.
    rows : ndarray of shape (n,)
        The rows' numbers, which a `Score` is given.
    """

    log_proba: Floats
    codes: Codes
    weight: Floats
    metric: str | Score
    rows: Codes

    def part(self, chosen: npt.NDArray[np.bool_]) -> Self:
        """Return the chosen rows."""
        columns = ("log_proba", "codes", "weight", "rows")
        return replace(self, **{name: getattr(self, name)[chosen] for name in columns})

    @property
    def against_shares(self) -> Floats:
        """The offsets minus log shares, centred: each class is as likely as if all had equal shares."""
        sums = self._sums(self.codes, self.weight)
        logs = np.log(np.maximum(sums, sums[sums > 0].min()))
        return np.asarray(logs.mean() - logs)

    def decided(self, offsets: Floats) -> Codes:
        """Return the class of each row."""
        return np.asarray(np.argmax(self.log_proba + offsets, axis=1))

    def worth(self, decided: Codes) -> float:
        """Return what decisions are worth."""
        if callable(self.metric):
            return self.metric(decided, self.rows)
        right = self._sums(decided, self.weight * (decided == self.codes))
        called, true = self._sums(decided, self.weight), self._sums(self.codes, self.weight)
        return float(EXACT[self.metric](right, called, true))

    def along(self, offsets: Floats, at: int) -> tuple[Floats, Floats]:
        """Return offsets of one class, one between each two of its cut points, and what each is worth."""
        scores = self.log_proba + offsets
        scores[:, at] = -np.inf
        rival = np.argmax(scores, axis=1)
        with np.errstate(invalid="ignore"):
            cuts = scores.max(axis=1) - self.log_proba[:, at]
        points = np.unique(cuts[np.isfinite(cuts)])
        if not len(points):
            return offsets[at : at + 1], np.array([self.worth(self.decided(offsets))])
        tried = np.concatenate([points[:1] - 1, (points[1:] + points[:-1]) / 2, points[-1:] + 1])
        if callable(self.metric):
            tried = tried[np.round(np.linspace(0, len(tried) - 1, min(_MOST, len(tried)))).astype(np.intp)]
            decided = (np.where(cuts < offset, at, rival) for offset in tried)
            return tried, np.array([self.metric(codes, self.rows) for codes in decided], np.float64)
        order = np.argsort(cuts)
        weight, before, truth = self.weight[order], rival[order], self.codes[order]
        steps, rows = np.zeros((2, len(order) + 1, scores.shape[1])), np.arange(1, len(order) + 1)
        for sums, counted, leaves, joins in (
            (steps[0], rival == self.codes, before == truth, truth == at),
            (steps[1], True, True, True),
        ):
            sums[0] = self._sums(rival, self.weight * counted)
            sums[rows, before] -= weight * leaves
            sums[rows, at] += weight * joins
        right, called = steps.cumsum(axis=1)[:, np.searchsorted(cuts[order], tried)]
        return tried, EXACT[self.metric](right, called, self._sums(self.codes, self.weight))

    def _sums(self, codes: Codes, weight: Floats) -> Floats:
        return np.asarray(np.bincount(codes, weight, self.log_proba.shape[1]), np.float64)


def best_offsets(decisions: Decisions) -> Floats:
    """Return the offsets of the best decisions that a search of one class after the other reaches.

    It starts at several multiples of minus log shares, zeros among them. The offsets have a mean of 0. Of a
    scorer, which takes longer, it starts at two, and ends when a round adds less than a thousandth.

    Raises
    ------
    InvalidValueError
        If a scorer gives no number.

    Examples
    --------
    >>> log_proba = np.log([[0.5, 0.3, 0.2], [0.6, 0.3, 0.1], [0.5, 0.2, 0.3]])
    >>> rows, codes = np.arange(3), np.array([0, 1, 2])
    >>> decisions = Decisions(
    ...     log_proba=log_proba, codes=codes, weight=np.ones(3), metric="f1_macro", rows=rows
    ... )
    >>> decisions.decided(best_offsets(decisions)).tolist()
    [1, 1, 2]
    """
    starts = _STARTS[:3:2] if callable(decisions.metric) else _STARTS
    climbed = [_climbed(decisions, times * decisions.against_shares) for times in starts]
    worth, offsets = max(climbed, key=lambda found: found[0])
    check_that(worth > -np.inf, "a scorer must give numbers", "NaN for each offset", "Use another one.")
    return np.asarray(offsets - offsets.mean())


def _climbed(decisions: Decisions, start: Floats) -> tuple[float, Floats]:
    """What the best decisions near a start are worth, and their offsets."""
    offsets, best = start.copy(), decisions.worth(decisions.decided(start))
    best = -np.inf if np.isnan(best) else best
    least = _ENOUGH if callable(decisions.metric) else _SAME
    while True:
        before = best
        for at in range(len(offsets)):
            tried, worths = decisions.along(offsets, at)
            known = np.where(np.isnan(worths), -np.inf, worths)
            if known.max() > best + _SAME:
                equal = tried[known >= known.max() - _SAME]
                offsets[at] = equal[np.argmin(np.abs(equal - offsets[at]))]
                best = float(known.max())
        if not best > before + least * abs(best):
            return best, offsets


def shrunk_offsets(decisions: Decisions, folds: Codes) -> Floats:
    """Return the best offsets, shrunk toward 0 as rows of other folds ask for it.

    The offsets are a share in [0, 1] of the mean of those that are best without each fold, or of minus log
    shares. The share is the one by which decisions are best on the folds left out; of equal ones the least.

    Parameters
    ----------
    decisions : Decisions
        All rows that were left out of a fold.
    folds : ndarray of shape (n,)
        The number of each row's fold; two folds or more.

    Returns
    -------
    ndarray of shape (k,)
    """
    tests = [folds == fold for fold in np.unique(folds)]
    rest = [decisions.part(~test) for test in tests]
    fold_offsets = np.array([[best_offsets(part) for part in rest], [part.against_shares for part in rest]])
    whole = fold_offsets[0].mean(axis=0), decisions.against_shares
    best, shrunk = -np.inf, np.zeros(decisions.log_proba.shape[1])
    for share in _SHARES:
        for offsets, of_folds in zip(whole, fold_offsets, strict=True):
            decided = np.empty(len(folds), np.intp)
            for test, fold in zip(tests, of_folds, strict=True):
                decided[test] = decisions.part(test).decided(share * fold)
            if (worth := decisions.worth(decided)) > best + _SAME:
                best, shrunk = worth, share * offsets
    return shrunk
