"""What each option does on all rows, on each resample, and on the rows that it left out."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np

from boostweights.recommendation.figures import HIGHEST, LEVEL, TRAINED, Figure, metrics_of
from boostweights.recommendation.needs import Need
from boostweights.recommendation.options import Bools, Floats, Option, Rows
from boostweights.recommendation.resamples import (
    Ordered,
    Promise,
    Resamples,
    Rule,
    deciding,
    learning,
    nothing,
    share,
)

_EDGE: Final = float(np.finfo(np.float64).eps)
"""How near to 0 and 1 a probability counts at most, as in scikit-learn's log_loss."""


@dataclass(frozen=True, slots=True, eq=False)
class Worth:
    """An option's outcomes: tn, fp, fn, tp, or the need's one figure of probabilities.

    Attributes
    ----------
    option : Option
        Which.
    threshold : float or None
        The one learned from all rows; None where nothing is decided, or a promise made on other rows decides.
    whole : ndarray of shape (f, 1)
        On all rows, f being 4 or 1; for a promise, whose threshold is not known yet, the mean over resamples.
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

    @property
    def uncertain(self) -> Floats:
        """The outcomes that vary as the expected figure does: a promise has yet to find its threshold."""
        return self.drawn if self.option.rule == "promised" else self.fixed

    def expected(
        self, metric: str, value_of: Callable[[Floats], Floats], *, decides: bool, part: float = 1.0
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
        value = float(value_of(self.whole)[0])
        tested, new = (_deviations(value_of(outcomes)) for outcomes in (self.uncertain, self.fixed))
        new = np.random.default_rng(len(new)).permutation(new) * np.sqrt(part)
        trained = 1.0 if self.option.model is None or self.option.rule == "promised" else TRAINED
        size = min(len(tested), len(new))  # a resample may leave a figure undefined
        spread = trained * tested[:size] + (1.0 if decides else trained) * new[:size]
        low, high = value + np.quantile(spread, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
        return Figure(
            metric=metric,
            value=value,
            low=max(float(low), 0.0),
            high=min(float(high), HIGHEST.get(metric, np.inf)),
        )


def _deviations(values: Floats) -> Floats:
    """From their mean: a resample has rows twice, which flatters an order."""
    finite = values[np.isfinite(values)]
    return np.asarray(finite - finite.mean())


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
    costs : ndarray of shape (4,) or None
        Of a true negative, false positive, false negative and true positive.
    promise : Promise, default=None
        For a need that promises.
    """
    every = np.ones((len(resamples.rows.y), 1))
    results, rules = [], [_rule_of(option, need, resamples.rows, costs, promise) for option in options]
    for option, rule in zip(options, rules, strict=True):
        whole = rule.fixed(every)
        decides = need.rule not in ("none", "promised") and option.model is not None
        threshold = float(rule.learn(every, slice(0, 1))[0]) if decides else None
        parts = (np.empty((len(whole), resamples.count)) for _ in range(3))
        results.append(Worth(option, threshold, whole, *parts))
    for where, chunk in resamples.chunks():
        left = (chunk == 0).astype(np.float64)
        for rule, worth in zip(rules, results, strict=True):
            learned = rule.learn(chunk, where)
            worth.drawn[:, where] = rule.apply(chunk, learned)
            worth.left[:, where] = rule.apply(left, learned)
            worth.fixed[:, where] = rule.fixed(chunk)
    y = resamples.rows.y
    return [
        replace(worth, whole=_mean_counts(worth.drawn, y)) if worth.option.rule == "promised" else worth
        for worth in results
    ]


def _mean_counts(drawn: Floats, y: Bools) -> Floats:
    """Return tn, fp, fn and tp of all rows, by the mean rates of each class over resamples: shape (4, 1)."""
    sides = drawn.reshape(2, 2, -1)
    rates = (sides / sides.sum(axis=1, keepdims=True)).mean(axis=2)
    counts: Floats = rates * np.array([[(~y).sum()], [y.sum()]])
    return counts.reshape(4, 1)


def _rule_of(option: Option, need: Need, rows: Rows, costs: Floats | None, promise: Promise | None) -> Rule:
    if need.rule == "none":
        return _PROBABILITIES[need.metric](option, rows)
    metric = next(iter(metrics_of(need.metric, costs).values()))
    sign = 1 if need.lower else -1
    return deciding(option, rows, lambda counts: sign * metric(counts), threshold_of(costs), promise)


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


def _by_log_loss(option: Option, rows: Rows) -> Rule:
    if option.model is None:

        def entropy(drawn: Floats, said: Floats) -> Floats:
            true = share(drawn, rows.y)
            return -(true * np.log(said) + (1 - true) * np.log(1 - said))[None]

        return learning(lambda drawn: share(drawn, rows.y), entropy, len(rows.y))
    own = np.clip(option.model.proba, _EDGE, 1 - _EDGE)
    each = -np.log(np.where(rows.y, own, 1 - own))
    return learning(nothing, lambda drawn, _: (each @ drawn / drawn.sum(axis=0))[None], len(rows.y))


def _by_average_precision(option: Option, rows: Rows) -> Rule:
    if option.model is None:
        return learning(nothing, lambda drawn, _: share(drawn, rows.y)[None], len(rows.y))
    ordered = Ordered(option.model.proba, rows.y, most=len(rows.y))

    def average_precision(drawn: Floats, _: Floats) -> Floats:
        _, fp, fn, tp = ordered.counts(drawn)
        with np.errstate(invalid="ignore", divide="ignore"):
            precision = np.where(tp + fp > 0, tp / (tp + fp), 0.0)
            found: Floats = (np.diff(tp, axis=0) * precision[1:]).sum(axis=0) / (tp + fn)[0]
        return found[None]

    return learning(nothing, average_precision, len(rows.y))


_Probabilities: TypeAlias = Callable[[Option, Rows], Rule]
_PROBABILITIES: Final[Mapping[str, _Probabilities]] = {
    "log_loss": _by_log_loss,
    "average_precision": _by_average_precision,
}
