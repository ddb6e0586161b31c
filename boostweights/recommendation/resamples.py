"""Resamples of out-of-fold rows, and what each option decides on those drawn and on those left out."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

from boostweights.probabilities.promise_cost import flagged_at, places, side_weights
from boostweights.recommendation.options import TRIVIAL, Bools, Codes, Floats, Option, Rows

_CHUNK: Final = 4_000_000
"""Numbers held at a time."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Resamples:
    """How often each row is in each of b resamples of whole units.

    Attributes
    ----------
    rows : Rows
        What is drawn from.
    count : int
        b.
    seed : int
        The same seed, the same resamples.
    """

    rows: Rows
    count: int
    seed: int

    def chunks(self) -> Iterator[tuple[slice, Floats]]:
        """Yield which resamples they are, and how often each row is in each, shape (m, c)."""
        rng = np.random.default_rng((self.seed, *b"resamples"))  # not the stream that made the rows
        size = max(1, _CHUNK // len(self.rows.y))
        for start in range(0, self.count, size):
            wanted = min(size, self.count - start)
            yield slice(start, start + wanted), self._drawn(rng, wanted)[self.rows.unit].astype(np.float64)

    def _drawn(self, rng: np.random.Generator, wanted: int) -> Codes:
        """Draw units, anew where a class is lacking or nothing is left out: there are no figures of that."""
        unit, y = self.rows.unit, self.rows.y
        units = int(unit.max()) + 1
        picks = rng.integers(units, size=(units, wanted)) * wanted + np.arange(wanted)
        drawn = np.bincount(picks.ravel(), minlength=units * wanted).reshape(units, wanted)
        both = (drawn[unit[y]] > 0).any(axis=0) & (drawn[unit[~y]] > 0).any(axis=0)
        if (again := ~both | (drawn > 0).all(axis=0)).any():
            drawn[:, again] = self._drawn(rng, int(again.sum()))
        return drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How an option decides: ``learn`` on weighted rows, then ``apply`` to other weighted rows.

    Weights have the shape (m, c): how often each row counts in each of c resamples. ``learn`` also takes the
    numbers of the resamples, and returns a threshold or a share for each, shape (c,). Outcomes have the shape
    (f, c): tn, fp, fn and tp, or one figure. ``fixed`` is the outcome of what was learned from all rows.
    """

    learn: Callable[[Floats, slice], Floats]
    apply: Callable[[Floats, Floats], Floats]
    fixed: Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Promise:
    """The promised metric, and for each resample the share of rows on the wrong side of its threshold."""

    metric: str
    shares: Floats


def deciding(
    option: Option, rows: Rows, loss: Callable[[Floats], Floats], at: float, promise: Promise | None = None
) -> Rule:
    """Return how an option decides: by a tuned threshold, a fixed one, a promise, or without a model.

    Parameters
    ----------
    option, rows
        What decides about which rows.
    loss : callable
        Loss of counts of shape (4, t, c) at t thresholds; the threshold with the lowest loss is chosen.
    at : float
        The threshold that follows from the costs.
    promise : Promise, default=None
        For the rule ``"promised"``.
    """
    if option.model is None:
        trivial = partial(_trivial, option.trivial, rows.y)
        return learning(lambda drawn: share(drawn, rows.y), trivial, len(rows.y))
    scores = option.model.proba
    if option.rule == "tuned":
        every = Ordered(scores, rows.y, most=len(rows.y))
        best = every.threshold[np.argmin(loss(every.counts(np.ones((len(rows.y), 1))))[:, 0])]
        ordered = Ordered(scores, rows.y, also=float(best))
        return learning(
            lambda drawn: ordered.threshold[np.argmin(loss(ordered.counts(drawn)), axis=0)],
            lambda drawn, at: ordered.counts(drawn)[:, ordered.places(at), np.arange(len(at))],
            len(rows.y),
        )
    if option.rule == "promised":
        assert promise is not None
        return _promising(scores, rows, promise)
    threshold = 0.5 if option.rule == "0.5" else at
    decided = outcomes(rows.y, scores >= threshold)
    return learning(
        lambda drawn: np.full(drawn.shape[1], threshold), lambda drawn, _: decided @ drawn, len(rows.y)
    )


def learning(learn: Callable[[Floats], Floats], apply: Callable[[Floats, Floats], Floats], size: int) -> Rule:
    """Return a rule that learns one number from weighted rows."""
    [whole] = learn(np.ones((size, 1)))
    return Rule(
        learn=lambda drawn, _: learn(drawn),
        apply=apply,
        fixed=lambda drawn: apply(drawn, np.full(drawn.shape[1], whole)),
    )


def _promising(scores: Floats, rows: Rows, promise: Promise) -> Rule:
    """Decide by a promise: in each resample another share of rows is on the wrong side of the threshold.

    A threshold belongs to one model, so rows are compared by their places among the test rows of their fold.
    """
    metric, place, weight = promise.metric, np.empty(len(rows.y)), np.empty((len(rows.y), 1))
    for number in np.unique(rows.fold):
        fold = rows.fold == number
        place[fold] = places(metric, scores[fold], rows.y[fold])
        weight[fold, 0] = side_weights(metric, rows.y[fold], rows.unit[fold])

    def apply(drawn: Floats, shares: Floats) -> Floats:
        decided, truth = flagged_at(metric, place, rows.y, drawn * weight, shares), rows.y[:, None]
        sides = (~truth & ~decided, ~truth & decided, truth & ~decided, truth & decided)
        return np.stack([(drawn * side).sum(axis=0) for side in sides])

    mean = flagged_at(metric, place, rows.y, weight, promise.shares.mean(keepdims=True))[:, 0]
    whole = outcomes(rows.y, mean)
    return Rule(learn=lambda _, where: promise.shares[where], apply=apply, fixed=lambda drawn: whole @ drawn)


class Ordered:
    """Rows by falling score, and where a threshold can lie between them: above all, or at a score.

    At most `most` thresholds are kept, at evenly spaced ranks, and the one that is wanted `also`.
    """

    def __init__(self, scores: Floats, y: Bools, most: int = 1_000, also: float = np.inf) -> None:
        order = np.argsort(-scores, kind="stable")
        last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # of each distinct score
        if len(last) > most:
            kept = np.linspace(0, len(last) - 1, most).round().astype(int)
            last = np.union1d(last[kept], last[scores[order][last] == also])
        self._order, self._starts = order, np.append(0, last[:-1] + 1)
        self._y = y[order][:, None]
        self.threshold = np.append(np.inf, scores[order][last])

    def counts(self, drawn: Floats) -> Floats:
        """Return tn, fp, fn, tp at each of t thresholds: (4, t, c)."""
        weights = drawn[self._order]
        flagged = [self._down(np.where(side, weights, 0.0)) for side in (~self._y, self._y)]
        (fp, negatives), (tp, positives) = ((each, each[-1]) for each in flagged)
        return np.stack([negatives - fp, fp, positives - tp, tp])

    def _down(self, weights: Floats) -> Floats:
        sums = np.add.reduceat(weights, self._starts, axis=0).cumsum(axis=0)
        return np.vstack([np.zeros((1, weights.shape[1])), sums])

    def places(self, thresholds: Floats) -> Codes:
        """Return which threshold each of these is."""
        return np.searchsorted(-self.threshold, -thresholds).astype(np.intp)


def outcomes(y: Bools, flagged: Bools) -> Floats:
    """Return for each row whether it is a true negative, false positive, false negative, true positive."""
    return np.stack([~y & ~flagged, ~y & flagged, y & ~flagged, y & flagged]).astype(np.float64)


def nothing(drawn: Floats) -> Floats:
    """Return what is learned where there is nothing to learn."""
    return np.zeros(drawn.shape[1])


def share(drawn: Floats, y: Bools) -> Floats:
    """Return the share of positive rows in each resample."""
    found: Floats = drawn[y].sum(axis=0) / drawn.sum(axis=0)
    return found


def _trivial(name: str, y: Bools, drawn: Floats, share: Floats) -> Floats:
    """Count what a rule without a model decides, in expectation where it draws lots."""
    flagged = {TRIVIAL[0]: np.zeros_like(share), TRIVIAL[1]: np.ones_like(share), TRIVIAL[2]: share}[name]
    negatives, positives = drawn[~y].sum(axis=0), drawn[y].sum(axis=0)
    sides = [(1 - flagged) * negatives, flagged * negatives, (1 - flagged) * positives, flagged * positives]
    return np.stack(sides)
