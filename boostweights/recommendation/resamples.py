"""Resamples of out-of-fold rows, and what each option decides on those drawn and on those left out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np

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
    """An option at work: ``learn`` on rows that count so often, then ``apply`` to others.

    Both take how often each row counts in each of c resamples, shape (m, c). What is learned is a threshold
    or a share for each, shape (c,); outcomes have the shape (f, c): tn, fp, fn, tp, or one figure.
    """

    learn: Callable[[Floats], Floats]
    apply: Callable[[Floats, Floats], Floats]


def deciding(option: Option, rows: Rows, loss: Callable[[Floats], Floats], fixed: float) -> Rule:
    """Return how an option decides: at a threshold of its own, at a fixed one, or without a model.

    Parameters
    ----------
    option, rows
        What decides about which rows.
    loss : callable
        Of counts of shape (4, t, c) at t thresholds; the least is chosen.
    fixed : float
        The threshold of costs.
    """
    if option.model is None:
        return Rule(learn=lambda drawn: share(drawn, rows.y), apply=partial(_trivial, option.trivial, rows.y))
    scores = option.model.proba
    if option.rule == "tuned":
        ordered = Ordered(scores, rows.y)
        return Rule(
            learn=lambda drawn: ordered.threshold[np.argmin(loss(ordered.counts(drawn)), axis=0)],
            apply=lambda drawn, at: ordered.counts(drawn)[:, ordered.places(at), np.arange(len(at))],
        )
    at = 0.5 if option.rule == "0.5" else fixed
    promised = option.model.flagged if option.rule == "promised" else None
    decided = outcomes(rows.y, scores >= at if promised is None else promised)
    return Rule(learn=lambda drawn: np.full(drawn.shape[1], at), apply=lambda drawn, _at: decided @ drawn)


class Ordered:
    """Rows by falling score, and where a threshold can lie between them: above all, or at a score."""

    def __init__(self, scores: Floats, y: Bools, most: int = 1_000) -> None:
        order = np.argsort(-scores, kind="stable")
        last = np.flatnonzero(np.diff(scores[order], append=-np.inf))  # of each distinct score
        if len(last) > most:
            last = last[np.linspace(0, len(last) - 1, most).round().astype(int)]
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
