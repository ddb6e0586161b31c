"""What each option does on all rows, on resamples of them, and on the rows that a resample left out."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from boostweights.probabilities.promise_cost import flagged_at, places, side_weights
from boostweights.recommendation.figures import HIGHEST, LEVEL, TRAINED, Figure, metrics_of
from boostweights.recommendation.needs import Need
from boostweights.recommendation.options import CONSTANT, TRIVIAL, Bools, Codes, Floats, Model, Option, Rows

_CHUNK = 4_000_000
"""Numbers held at a time."""
_EDGE = float(np.finfo(np.float64).eps)
"""How near to 0 and 1 a probability counts at most, as in scikit-learn's log_loss."""


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
        unit = self.rows.unit
        units = int(unit.max()) + 1
        picks = rng.integers(units, size=(units, wanted)) * wanted + np.arange(wanted)
        drawn = np.bincount(picks.ravel(), minlength=units * wanted).reshape(units, wanted)
        every = np.all([(drawn[unit[side]] > 0).any(axis=0) for side in self.rows.sides], axis=0)
        if (again := ~every | (drawn > 0).all(axis=0)).any():
            drawn[:, again] = self._drawn(rng, int(again.sum()))
        return drawn


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """An option's outcomes: tn, fp, fn, tp (and their cost, of costs by row), or one figure of probabilities.

    With k classes, more than two, they are the confusion matrix, row by row.

    Attributes
    ----------
    option : Option
        Which.
    threshold : float or None
        The one learned from all rows; None where nothing is decided, or a promise made on other rows decides.
    whole : ndarray of shape (f, 1)
        On all rows, f being 4, 5, k * k or 1; of a promise, whose threshold is not known yet, the mean of
        resamples.
    drawn, left : ndarray of shape (f, b)
        On each resample, by what was learned from it; and on the rows that it left out, by the same.
    fixed : ndarray of shape (f, b)
        On each resample, by what was learned from all rows.
    """

    option: Option
    threshold: float | None
    whole: Floats
    drawn: Floats
    left: Floats
    fixed: Floats

    def expected(
        self, metric: str, value_of: Callable[[Floats], Any], *, decides: bool, part: float = 1.0
    ) -> Figure:
        """Return what to expect on new rows.

        The value is that of all tested rows, at the threshold that is recommended. The interval covers three
        sources of error: the tested rows are a sample, the new rows are another, and another training gives
        another model. Resampling measures the first two, and `TRAINED` widens both for the third. The figure
        that decides is near its optimum, where it changes little with the threshold: of it only the part of
        the tested rows is widened. A promise finds its threshold by the scores of the very model that
        decides: its interval covers that threshold instead, and is not widened.

        Parameters
        ----------
        metric : str
            Which figure.
        value_of : callable
            The figure, from outcomes.
        decides : bool
            Whether it is the figure that decides.
        part : float
            Tested rows for each new row.
        """
        value, promised = float(value_of(self.whole)[0]), self.option.rule == "promised"
        deviations = []
        for outcomes in (self.drawn if promised else self.fixed, self.fixed):
            drawn = value_of(outcomes)
            finite = drawn[np.isfinite(drawn)]
            deviations.append(finite - finite.mean())  # a resample has rows twice, which flatters an order
        tested, new = deviations
        new = np.random.default_rng(len(new)).permutation(new) * np.sqrt(part)
        trained = 1.0 if self.option.model is None or promised else TRAINED
        size = min(len(tested), len(new))  # a resample may leave a figure undefined
        spread = trained * tested[:size] + (1.0 if decides else trained) * new[:size]
        low, high = value + np.quantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Figure(
            metric=metric,
            value=value,
            low=max(float(low), 0.0),
            high=min(float(high), HIGHEST.get(metric, np.inf)),
        )


class Promise(NamedTuple):
    """The promised metric, and for each resample the share of rows on the wrong side of its threshold."""

    metric: str
    shares: Floats


def worths(
    options: Sequence[Option],
    need: Need,
    resamples: Resamples,
    costs: Floats | None,
    promise: Promise | None = None,
) -> list[Worth]:
    """Return what each option does, on the same resamples.

    Parameters
    ----------
    options, need, resamples
        What, by which figure, on which rows.
    costs : ndarray of shape (4,), (4, m) or (k * k,), or None
        See `metrics_of`.
    promise : Promise, default=None
        For a need that promises.
    """
    rules = [_rule_of(option, need, resamples.rows, costs, promise) for option in options]
    drawn, left, fixed = ([np.empty((len(rule.whole), resamples.count)) for rule in rules] for _ in range(3))
    for where, chunk in resamples.chunks():
        others = (chunk == 0).astype(np.float64)
        for number, rule in enumerate(rules):
            learned = rule.learn(chunk, where)
            drawn[number][:, where] = rule.apply(chunk, learned)
            left[number][:, where] = rule.apply(others, learned)
            fixed[number][:, where] = rule.fixed(chunk)
    results, y = [], resamples.rows.y
    for number, (option, rule) in enumerate(zip(options, rules, strict=True)):
        whole = rule.whole
        if option.rule == "promised":  # the mean rates of each class over resamples
            sides = drawn[number].reshape(2, 2, -1)
            rates = (sides / sides.sum(axis=1, keepdims=True)).mean(axis=2)
            whole = (rates * np.array([[(~y).sum()], [y.sum()]])).reshape(4, 1)
        results.append(Worth(option, rule.threshold, whole, drawn[number], left[number], fixed[number]))
    return results


_Learn = Callable[[Floats, slice], Floats]
_Apply = Callable[[Floats, Floats], Floats]


class _Rule(NamedTuple):
    """How an option decides: ``learn`` on weighted rows, then ``apply`` to other weighted rows.

    Weights have the shape (m, c): how often each row counts in each of c resamples. ``learn`` also takes the
    numbers of the resamples, and returns a threshold or a share for each, shape (c,), or class shares, shape
    (c, k). Outcomes have the shape (f, c), as in `Worth`. ``fixed`` is the outcome of what was learned from
    all rows, and ``whole`` that outcome on all rows.
    """

    learn: _Learn
    apply: _Apply
    fixed: Callable[[Floats], Floats]
    whole: Floats
    threshold: float | None


def _rule_of(option: Option, need: Need, rows: Rows, costs: Floats | None, promise: Promise | None) -> _Rule:
    model, every, threshold = option.model, np.ones((len(rows.y), 1)), None
    by_row = costs if costs is not None and costs.ndim == 2 else None
    if option.rule == "promised" and model is not None:
        assert promise is not None
        return _promising(model.proba, rows, promise)
    many = rows.classes > 2
    if model is None and many:
        learn, apply = _without_model_of_classes(option.trivial, need.metric, rows, costs)
    elif model is None:
        learn, apply = _without_model(option.trivial, need.metric, rows.y, by_row)
    elif need.rule == "none":
        learn, apply = (lambda drawn, _: np.zeros(drawn.shape[1])), _figure(model, need.metric, rows.y)
    elif option.rule == "tuned":
        metric = metrics_of(need.metric, costs)[need.metric]
        sign = 1 if need.lower else -1
        learn, apply = _tuned(model.proba, rows.y, lambda counts: sign * metric(counts))
    elif many:
        cells = rows.classes * rows.y + np.argmax(model.proba, axis=1)
        shape = rows.classes**2, len(rows.y)
        matrix = csr_array((every[:, 0], (cells, np.arange(len(cells)))), shape=shape)
        learn, apply = (lambda drawn, _: np.zeros(drawn.shape[1])), (lambda drawn, _: matrix @ drawn)
    else:
        at = 0.5 if option.rule == "0.5" or by_row is not None else threshold_of(costs)
        flagged = model.proba >= at if by_row is None else cheaper_flagged(model.proba, by_row)
        decided = _outcomes(rows.y, flagged, by_row)
        learn, apply = (lambda drawn, _: np.full(drawn.shape[1], at)), (lambda drawn, _: decided @ drawn)
    learned = learn(every, slice(0, 1))
    if need.rule not in ("none", "promised") and model is not None and by_row is None and not many:
        threshold = float(learned[0])

    def fixed(drawn: Floats) -> Floats:
        return apply(drawn, np.repeat(learned, drawn.shape[1], axis=0))

    return _Rule(learn, apply, fixed, fixed(every), threshold)


def _without_model(name: str, metric: str, y: Bools, by_row: Floats | None) -> tuple[_Learn, _Apply]:
    """Give everyone the class share, or count what a rule decides, in expectation where it draws lots."""
    nobody, everybody = (_outcomes(y, np.full(y.shape, flagged), by_row) for flagged in (False, True))

    def share(drawn: Floats, _: Any = None) -> Floats:
        return np.asarray(drawn[y].sum(axis=0) / drawn.sum(axis=0))

    def apply(drawn: Floats, learned: Floats) -> Floats:
        true = share(drawn)
        if metric == "average_precision":
            return true[None]
        if metric == "log_loss":
            return -(true * np.log(learned) + (1 - true) * np.log(1 - learned))[None]
        flagged = dict(zip(TRIVIAL, (np.zeros_like(true), np.ones_like(true), learned), strict=True))[name]
        return (1 - flagged) * (nobody @ drawn) + flagged * (everybody @ drawn)

    return share, apply


def _without_model_of_classes(
    name: str, metric: str, rows: Rows, costs: Floats | None
) -> tuple[_Learn, _Apply]:
    """As `_without_model`, of three or more classes: learn how often each class is predicted."""
    one_hot, each = np.array(rows.sides, np.float64), np.eye(rows.classes)

    def learn(drawn: Floats, _: Any) -> Floats:
        counts = one_hot @ drawn
        shares: Floats = (counts / counts.sum(axis=0)).T
        if name not in CONSTANT:
            return shares
        losses = -shares if name == CONSTANT[0] or costs is None else shares @ costs.reshape(each.shape)
        return np.asarray(each[np.argmin(losses, axis=1)])

    def apply(drawn: Floats, learned: Floats) -> Floats:
        counts: Floats = one_hot @ drawn
        if metric == "log_loss":
            return -np.asarray((counts * np.log(learned.T)).sum(axis=0, keepdims=True) / counts.sum(axis=0))
        return np.asarray(np.einsum("ic,cj->ijc", counts, learned)).reshape(each.size, -1)

    return learn, apply


def _figure(model: Model, metric: str, y: Bools) -> _Apply:
    """Measure probabilities by log loss or average precision."""
    if metric == "log_loss":
        clipped = np.clip(model.proba, _EDGE, 1 - _EDGE)
        of_label = np.where(y, clipped, 1 - clipped) if clipped.ndim == 1 else clipped[np.arange(len(y)), y]
        losses = -np.log(of_label)
        return lambda drawn, _: (losses @ drawn / drawn.sum(axis=0))[None]
    ordered = Ordered(model.proba, y, most=len(y))

    def average_precision(drawn: Floats, _: Floats) -> Floats:
        _, fp, fn, tp = ordered.counts(drawn)
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(tp + fp > 0, tp / (tp + fp), 0.0)
            mean: Floats = (np.diff(tp, axis=0) * precision[1:]).sum(axis=0) / (tp + fn)[0]
        return mean[None]

    return average_precision


def _tuned(scores: Floats, y: Bools, loss: Callable[[Floats], Any]) -> tuple[_Learn, _Apply]:
    """Decide from the threshold on that has the lowest loss."""
    every = Ordered(scores, y, most=len(y))
    best = every.threshold[np.argmin(loss(every.counts(np.ones((len(y), 1))))[:, 0])]
    ordered = Ordered(scores, y, also=float(best))
    return (
        lambda drawn, _: ordered.threshold[np.argmin(loss(ordered.counts(drawn)), axis=0)],
        lambda drawn, at: ordered.counts(drawn)[:, ordered.places(at), np.arange(len(at))],
    )


def _promising(scores: Floats, rows: Rows, promise: Promise) -> _Rule:
    """Decide by a promise: in each resample another share of rows is on the wrong side of the threshold.

    A threshold belongs to one model, so rows are compared by their places among the test rows of their fold.
    """
    metric, place, weight = promise.metric, np.empty(len(rows.y)), np.empty((len(rows.y), 1))
    for number in np.unique(rows.fold):
        fold = rows.fold == number
        place[fold] = places(metric, scores[fold], rows.y[fold])
        weight[fold, 0] = side_weights(metric, rows.y[fold], rows.unit[fold])

    def apply(drawn: Floats, shares: Floats) -> Floats:
        decided = flagged_at(metric, place, rows.y, drawn * weight, shares)
        return np.stack([(drawn * side).sum(axis=0) for side in _outcomes(rows.y[:, None], decided)])

    mean = flagged_at(metric, place, rows.y, weight, promise.shares.mean(keepdims=True))[:, 0]
    decided = _outcomes(rows.y, mean)
    whole = decided @ np.ones((len(rows.y), 1))
    return _Rule(lambda _, where: promise.shares[where], apply, lambda drawn: decided @ drawn, whole, None)


def _outcomes(y: Bools, flagged: Bools, by_row: Floats | None = None) -> Floats:
    """Return for each row whether it is a true negative, false positive, false negative, true positive.

    With costs by row, of shape (4, m), what it costs is a fifth figure.
    """
    counts = np.stack([~y & ~flagged, ~y & flagged, y & ~flagged, y & flagged]).astype(np.float64)
    return counts if by_row is None else np.vstack([counts, (by_row * counts).sum(axis=0)])


def cheaper_flagged(proba: Floats, costs: Floats) -> Bools:
    """Return which rows a positive decision costs less on, as `decide` does, by costs of shape (4, m).

    Examples
    --------
    >>> cheaper_flagged(np.array([0.1, 0.1]), np.array([[0.0, 0.0], [1.0, 1.0], [9.0, 8.0], [0.0, 0.0]]))
    array([ True, False])
    """
    tn, fp, fn, tp = costs
    return np.asarray((1 - proba) * fp + proba * tp <= (1 - proba) * tn + proba * fn)


def threshold_of(costs: Floats | None) -> float:
    """Return the probability from which on a positive decision costs less (Elkan 2001).

    Examples
    --------
    >>> threshold_of(np.array([0.0, 1.0, 9.0, 0.0]))
    0.1
    """
    if costs is None:
        return 0.5
    tn, fp, fn, tp = costs
    return float((fp - tn) / (fp - tn + fn - tp))


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
        fp, tp = (
            np.add.reduceat(np.where(side, weights, 0.0), self._starts, axis=0).cumsum(axis=0)
            for side in (~self._y, self._y)
        )
        above = np.zeros((1, weights.shape[1]))
        fp, tp = np.vstack([above, fp]), np.vstack([above, tp])
        return np.stack([fp[-1] - fp, fp, tp[-1] - tp, tp])

    def places(self, thresholds: Floats) -> Codes:
        """Return which threshold each of these is."""
        return np.searchsorted(-self.threshold, -thresholds).astype(np.intp)
