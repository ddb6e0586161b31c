"""Finding a threshold that promises a rate on new rows: recall of at least, alarms of at most."""

import math
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidValueError
from boostweights.probabilities import promises
from boostweights.probabilities.promises import Promise, Promised, Rate, Scored
from boostweights.weighting.labels.rules import Label

_RECALLS: Final = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)


def promise(  # noqa: PLR0913  a column each
    scores: Any,
    y: Any = None,
    *,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    confidence: float = 0.9,
    by: Any = None,
    clusters: Any = None,
    positive: Label = None,
    random_state: int = 0,
    sample_weight: None = None,
) -> Promise:
    r"""Return a threshold that keeps a rate on new rows of the same distribution, with a confidence.

    Exact for any model and any distribution, ties included, if the rows are drawn as the new ones will be
    and nothing looked at them before: not training, early stopping, calibration nor the choice of a
    threshold. Decide then by the very model that gave the scores: after a refit it promises nothing.

    - ``at_least={"recall": r}``: positive from the k-th smallest score of the n positives on, with the
      largest k for which :math:`P(B \le k - 1) \le 1 - c`, B being binomial of n and 1 - r. It needs
      :math:`\lceil \log(1 - c) / \log r \rceil` positives.
    - ``at_most={"alarms": a}``: positive strictly above the k-th largest score of all n rows, B being
      binomial of n and a. Labels are not needed.

    Both at once, or groups, are several promises, which share 1 - c evenly (Bonferroni), so that all are
    kept at once with confidence c. One threshold keeps all of them; of those that do it is the one of
    fewest alarms, if a recall is promised.

    Parameters
    ----------
    scores : array-like of shape (n,)
        The higher the more positive: probabilities, log-odds.
    y : array-like of shape (n,), default=None
        Labels; needed for recall.
    at_least : dict, default=None
        ``{"recall": 0.9}``: the share of the positives that are found.
    at_most : dict, default=None
        ``{"alarms": 0.05}``: the share of all rows that are positive by the threshold.
    confidence : float, default=0.9
        In this share of all draws of the rows the promise is kept.
    by : array-like of shape (n,), default=None
        Groups, in each of which it is to be kept.
    clusters : array-like of shape (n,), default=None
        Rows that belong together, such as those of one customer. One row of each cluster is drawn, and the
        promise is about such a row: one drawn from a new cluster (for recall, one of its positives).
    positive : label, default=None
        The positive label; needed unless labels are {0, 1}, {-1, 1} or bool.
    random_state : int, default=0
        By which rows of clusters are drawn.
    sample_weight : None
        Refused: an order statistic of weighted rows promises nothing exact.

    Returns
    -------
    Promise

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If there are too few rows (it says how many are needed, and what could be promised instead),
        promises contradict each other (it shows which go together), or rates, scores or columns are none.

    Warns
    -----
    UserWarning
        If all rows are flagged, or none is.

    References
    ----------
    Wilks (1941), Determination of sample sizes for setting tolerance limits, doi:10.1214/aoms/1177731788.

    Examples
    --------
    >>> import numpy as np
    >>> rng = np.random.default_rng(0)
    >>> y = np.repeat([0, 1], [9500, 500])
    >>> print(promise(rng.normal(3 * y), y, at_least={"recall": 0.9}, at_most={"alarms": 0.2}))
    positive where score >= 1.60353, with confidence 0.9:
    recall >= 0.9, confidence 0.95 (from 500 positives, 29 needed; expected 0.922)
    alarms <= 0.2, confidence 0.95 (from 10000 rows, 14 needed; expected 0.193)
    """
    wanted = promises.asked(at_least, at_most, confidence)
    rows = promises.scored(
        *(scores, y),
        positive=positive,
        by=by,
        clusters=clusters,
        seed=random_state,
        sample_weight=sample_weight,
    )
    return promise_of(wanted, rows, positive)


def promise_of(wanted: Promised, rows: Scored, positive: Label = None) -> Promise:
    """Return the promise of what is wanted on these rows, or raise; warn where it tells no rows apart."""
    kinds = [(metric, rate, group) for metric, rate in wanted.rates.items() for group in rows.groups]
    own = 1 - promises.level_of(wanted.confidence, len(kinds))
    rates = tuple(_rate(metric, rate, own, rows, group) for metric, rate, group in kinds)
    lowest = [rate.threshold for rate in rates if rate.metric == "alarms"]
    highest = [rate.threshold for rate in rates if rate.metric == "recall"]
    if lowest and highest and min(highest) <= max(lowest):
        raise _conflict(wanted, rates, rows, promises.level_of(own))
    made = Promise(
        threshold=min(highest) if highest else max(lowest),
        strict=not highest,
        confidence=wanted.confidence,
        rates=rates,
        clustered=rows.cluster is not None,
        positive=positive,
    )
    flagged = made.decide(rows.scores)
    flat = rows.positive is None or not rows.positive.all() or np.ptp(rows.scores) == 0
    none = not flagged.any() and max(rate.rank for rate in rates) > 1
    if (flagged.all() and flat) or none:
        tied = ", for scores are tied" if len(np.unique(rows.scores)) < len(rows.scores) else ""
        which = "none of the rows" if none else "all rows"
        warnings.warn(f"the promise is kept by flagging {which}{tied}", UserWarning, stacklevel=3)
    return made


def _rate(metric: str, rate: float, confidence: float, rows: Scored, group: Label) -> Rate:
    """One rate by the order statistic that promises it, or raise."""
    scores = np.sort(rows.of(metric, group))
    if metric == "alarms":
        scores = scores[::-1]
    made = Rate(
        metric=metric, rate=rate, confidence=confidence, n=len(scores), threshold=math.nan, group=group
    )
    if made.rank:
        return replace(made, threshold=float(scores[made.rank - 1]))
    where = " drawn one from each cluster" * (rows.cluster is not None)
    where += "" if group is None else f" in {group!r}"
    raise made.too_few(where, made.n, made.minimal_n - made.n)


def _conflict(wanted: Promised, rates: Sequence[Rate], rows: Scored, level: float) -> InvalidValueError:
    """The error for rates that do not go together, with those that do on these rows."""
    recall = min((rate for rate in rates if rate.metric == "recall"), key=lambda rate: rate.threshold)
    alarms = max((rate for rate in rates if rate.metric == "alarms"), key=lambda rate: rate.threshold)
    positives, scores = np.sort(rows.of("recall", recall.group)), rows.of("alarms", alarms.group)
    together = []
    for tried in _RECALLS:
        rank = promises.rank_of(len(positives), promises.wrong_share("recall", tried), level)
        flagged = int((scores >= positives[rank - 1]).sum()) if rank else len(scores)
        if flagged < len(scores):
            share = math.ceil(1e4 * promises.share_at(flagged + 1, len(scores), level)) / 1e4
            together.append(f"recall {tried:g} with alarms {share:g}")
    return InvalidValueError(
        "rates that are promised together must be kept by one threshold",
        f"recall >= {wanted.recall:g} by a threshold of at most {recall.threshold:.6g}, alarms <= "
        f"{wanted.alarms:g} by one above {alarms.threshold:.6g}",
        f"On these rows go together: {'; '.join(together) or 'none'}. Choose, and promise it on rows not "
        "looked at.",
    )
