r"""A promise: which rates a threshold keeps on new rows, and whether new rows keep them.

An order statistic promises a rate exactly, for any distribution of scores, ties included: at most a share p
of new rows lies beyond the k-th of n scores, counted from the end where rows go wrong, but for
:math:`P(B \le k - 1)` of all draws of these n rows, B being binomial of n and p. Where scores are tied it is
fewer draws.

References
----------
Wilks (1941), Determination of sample sizes for setting tolerance limits, doi:10.1214/aoms/1177731788.

Scheffé & Tukey (1945), Non-parametric estimation, on ties, doi:10.1214/aoms/1177731119.
"""

import math
import warnings
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_same_rows,
    check_that,
    placed,
    shown,
)
from boostweights.probabilities.columns import read
from boostweights.probabilities.decisions import position_of_positive
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text
from boostweights.weighting.class_weights import normalise
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, check_rows, scalar
from boostweights.weighting.policies.base import bounded
from boostweights.weighting.policies.costs import agreed_positive

METRICS = {"recall": "at least", "alarms": "at most"}
"""What can be promised, and which way: the share of positives found, and that of all rows flagged."""
ROWS = {"recall": "positives", "alarms": "rows"}
"""What each metric is a share of."""
_RECALLS = (0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
_ROUNDING = 1 + 1e-12
"""Levels such as 1 - .9 are not exact."""

Floats = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]


def rank_of(rows: int, share: float, level: float) -> int:
    r"""Return the largest k with :math:`P(B \le k - 1) \le` `level`; 0 where there is none.

    Examples
    --------
    >>> rank_of(21, 0.1, 0.1), rank_of(22, 0.1, 0.1), rank_of(1000, 0.1, 0.1)
    (0, 1, 88)
    """
    from scipy.special import bdtr

    return bisect_right(range(rows), level * _ROUNDING, key=lambda below: float(bdtr(below, rows, share)))


def rows_needed(share: float, level: float) -> int:
    r"""Return the fewest rows of which some order statistic serves: :math:`(1 - p)^n \le` `level`.

    Examples
    --------
    >>> rows_needed(0.1, 0.1), rows_needed(0.05, 0.1), rows_needed(0.01, 0.1)
    (22, 45, 230)
    """
    return max(1, math.ceil(math.log(level) / math.log1p(-share) - 1e-9))


def share_at(rank: int, rows: int, level: float) -> float:
    """Return the smallest share that an order statistic promises: Clopper and Pearson's upper limit.

    Examples
    --------
    >>> round(share_at(1, 22, 0.1), 4)
    0.0994
    """
    from scipy.special import betaincinv

    return float(betaincinv(rank, rows - rank + 1, 1 - level))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Promised:
    """Rates that decisions are to keep on new rows, for ``WeightedClassifier(threshold=Promised(…))``.

    Parameters
    ----------
    recall : float or dict, default=None
        At least this share of the positives is found. ``{"fraud": 0.9}`` names the positive class.
    alarms : float or dict, default=None
        At most this share of all rows is flagged.
    confidence : float, default=0.9
        The share of all draws of the rows that a promise is made on in which it is kept; several share
        what is left.
    pos_label : label, default=None
        The positive class; all others are negative.
    precision : None
        Refused: no order statistic promises it.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a rate or the confidence does not lie between 0 and 1, or nothing is promised.

    Examples
    --------
    >>> Promised(recall=0.9).rows_needed
    {'recall': 22}
    >>> Promised(recall=0.9, alarms=50 / 1000).rows_needed
    {'recall': 29, 'alarms': 59}
    >>> Promised(recall={"fraud": 0.9})
    Promised(recall=0.9, alarms=None, confidence=0.9, pos_label='fraud')
    """

    recall: float | Mapping[Label, float] | None = None
    alarms: float | Mapping[Label, float] | None = None
    confidence: float = 0.9
    pos_label: Label = None
    precision: InitVar[Any] = None

    def __post_init__(self, precision: Any) -> None:
        rule, remedy = (
            "a recall or alarms can be promised",
            "Write Promised(recall=0.9) or Promised(alarms=0.05).",
        )
        check_that(precision is None, rule, f"precision={precision!r}", remedy, InvalidTypeError)
        for name in METRICS:
            if isinstance(rates := getattr(self, name), Mapping):
                rule, remedy = f"{name} is promised of one class", f'Write {name}={{"fraud": 0.9}}, say.'
                check_that(len(rates) == 1, rule, shown(dict(rates)), remedy)
                [(label, rate)] = rates.items()
                normalise(self, **{name: rate, "pos_label": agreed_positive(self.pos_label, scalar(label))})
        for name in ("confidence", *METRICS):
            if getattr(self, name) is not None or name == "confidence":
                normalise(self, **{name: checked_share(name, getattr(self, name))})
        rule = "a promise is of a recall or of alarms"
        check_that(self.rates, rule, "neither", "Write Promised(recall=0.9), say.", InvalidTypeError)

    def __repr__(self) -> str:
        names = ["recall", "alarms", "confidence", *(["pos_label"] if self.pos_label is not None else [])]
        return f"Promised({', '.join(f'{name}={getattr(self, name)!r}' for name in names)})"

    @property
    def rates(self) -> dict[str, float]:
        """What is promised: metric → rate."""
        return {name: rate for name in METRICS if (rate := getattr(self, name)) is not None}

    @property
    def rows_needed(self) -> dict[str, int]:
        """The fewest rows that each promise can be made on: of recall positives, of alarms any."""
        level = level_of(self.confidence, len(self.rates))
        return {name: rows_needed(wrong_share(name, rate), level) for name, rate in self.rates.items()}


def wrong_share(metric: str, rate: float) -> float:
    """Return the share of rows that may lie on the wrong side: of positives the missed, of all the flagged.

    Examples
    --------
    >>> wrong_share("recall", 0.9), wrong_share("alarms", 0.05)
    (0.1, 0.05)
    """
    return round(1 - rate, 12) if metric == "recall" else rate


def level_of(confidence: float, promises: int = 1) -> float:
    """Return the share of draws in which one of several promises may be broken.

    Examples
    --------
    >>> level_of(0.9), level_of(0.9, 2)
    (0.1, 0.05)
    """
    return round(1 - confidence, 12) / promises


def checked_share(name: str, value: Any) -> float:
    """Return a share, or raise unless it lies between 0 and 1."""
    rule = f"{name} must lie between 0 and 1, both excluded: nothing is sure"
    return bounded(name, value, lambda share: 0 < share < 1, rule, f"Write {name}=0.9, say.")


def asked(at_least: Any, at_most: Any, confidence: Any) -> Promised:
    """Return what is to be promised, as `promise` is told it, or raise."""
    rates: dict[str, Any] = {}
    for name, stated, metric in (("at_least", at_least, "recall"), ("at_most", at_most, "alarms")):
        if stated is None:
            continue
        rate = stated if isinstance(stated, Real) else {"recall": 0.9, "alarms": 0.1}[metric]
        rule, mend = f"{name} must map a metric to a rate", f'Write {name}={{"{metric}": {rate}}}, say.'
        check_that(isinstance(stated, dict) and stated, rule, stated, mend, InvalidTypeError)
        remedy = f'Write {name}={{"{metric}": …}}.'
        check_that(set(stated) == {metric}, f'{name} can promise "{metric}"', stated, remedy)
        rates |= stated
    return Promised(**rates, confidence=confidence)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scored:
    """Rows of which something is promised, or checked.

    Attributes
    ----------
    scores : ndarray of shape (n,)
    positive : ndarray of shape (n,), bool, or None
        Without labels: none.
    group : ndarray of shape (n,), int
        Which of `groups` each row is in.
    groups : tuple of labels
        (None,) where there are none.
    cluster : ndarray of shape (n,), int, or None
    seed : int
        By which one row of each cluster is drawn.
    """

    scores: Floats
    positive: npt.NDArray[np.bool_] | None
    group: Codes
    groups: tuple[Label, ...]
    cluster: Codes | None
    seed: int

    def of(self, metric: str, group: Label = None) -> Floats:
        """Return the scores that a promise is about: of positives, or of all; of a cluster one of them."""
        chosen = np.ones(len(self.scores), bool)
        if metric == "recall":
            rule, remedy = "recall is the share of positives that are found", "Pass the labels, too."
            check_that(self.positive is not None, rule, "y=None", remedy, InvalidTypeError)
            chosen &= self.positive
        if group is not None:
            chosen &= self.group == (self.groups.index(group) if group in self.groups else -1)
        rows = np.flatnonzero(chosen)
        if self.cluster is not None:
            rows = np.random.default_rng(self.seed).permutation(rows)
            rows = rows[np.unique(self.cluster[rows], return_index=True)[1]]
        return self.scores[rows]


def scored(
    scores: Any,
    y: Any,
    *,
    pos_label: Label,
    by: Any = None,
    clusters: Any = None,
    seed: int = 0,
) -> Scored:
    """Return rows with their columns, or raise."""
    values = read(scores, "scores").values
    rule = "scores must be a column: one number a row, the higher the more positive"
    check_that(values.ndim == 1, rule, f"shape {values.shape}", "Pass predict_proba(X)[:, 1], say.")
    check_rows(~np.isnan(values), values, "scores must not be missing", "Score these rows, or drop them.")
    rows, is_positive = len(values), None
    if y is not None:
        counts, codes = factorize(y)
        check_same_rows(scores=rows, y=len(codes))
        labels, named = list(counts), scalar(pos_label)
        of_many = len(labels) > 2 and named in labels  # this class against the rest
        at = labels.index(named) if of_many else position_of_positive(labels, named)
        is_positive = np.asarray(codes == at)
    groups, group = ((None,), np.zeros(rows, np.intp)) if by is None else _codes("by", by, rows)
    cluster = None if clusters is None else _codes("clusters", clusters, rows)[1]
    return Scored(scores=values, positive=is_positive, group=group, groups=groups, cluster=cluster, seed=seed)


def _codes(name: str, column: Any, rows: int) -> tuple[tuple[Label, ...], Codes]:
    with placed(f"in {name}"):
        names, codes = factorize(column, few=False)
    check_same_rows(**{"scores": rows, name: len(codes)})
    return tuple(names), np.asarray(codes, np.intp)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate that is promised, of all rows or of a group.

    Attributes
    ----------
    metric : {"recall", "alarms"}
    rate : float
        At least this recall, at most these alarms.
    confidence : float
        Its own: where several are promised they share what the whole promise leaves.
    n : int
        The rows that it was made on: of recall positives, of alarms all; of clusters one row each.
    threshold : float
        The order statistic that promises it.
    group : label, default=None
    """

    metric: str
    rate: float
    confidence: float
    n: int
    threshold: float
    group: Label = None

    @property
    def _limits(self) -> tuple[float, float]:
        """The share of rows that may lie on the wrong side, and that of draws in which more may."""
        return wrong_share(self.metric, self.rate), level_of(self.confidence)

    @property
    def rank(self) -> int:
        """Which order statistic it is, from 1: from the lowest of positives, from the highest of all rows."""
        return rank_of(self.n, *self._limits)

    @property
    def minimal_n(self) -> int:
        """The fewest rows that it could have been made on."""
        return rows_needed(*self._limits)

    def too_few(self, where: str, rows: int, lacking: int) -> InvalidValueError:
        """Return the error for too few rows: what could be promised instead on `n`, or with more `rows`."""
        (share, level), most = self._limits, METRICS[self.metric]
        mend = f"Gather {lacking} more"
        if self.n:
            part = share_at(1, self.n, level)
            rate = math.floor(1e3 * (1 - part)) if self.metric == "recall" else math.ceil(1e3 * part)
            sure = math.floor(1e3 * (1 - (1 - share) ** self.n)) / 1e3
            mend += f", or promise {most} {rate / 1e3:g}, or this with a confidence of {sure:g}"
        rule = f"{self.metric} of {most} {self.rate:g} with confidence {self.confidence:g} needs at least "
        rule += f"{self.minimal_n} {ROWS[self.metric]}{where}"
        return InvalidValueError(rule, f"{rows} of them", f"{mend}.")

    @property
    def expected(self) -> float:
        """The rate to be expected, where no scores are tied: the mean over all draws of the n rows."""
        beyond = self.rank / (self.n + 1)
        return 1 - beyond if self.metric == "recall" else beyond

    def __str__(self) -> str:
        made_on = f"from {self.n} {ROWS[self.metric]}, {self.minimal_n} needed"
        wanted = _in_words(self.metric, self.rate, self.group)
        return f"{wanted}, confidence {self.confidence:.6g} ({made_on}; expected {self.expected:.3f})"


def _in_words(metric: str, rate: float, group: Label) -> str:
    of = "" if group is None else f" in {group!r}"
    return f"{metric} {'>=' if metric == 'recall' else '<='} {rate:g}{of}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What new rows say of one rate.

    Attributes
    ----------
    metric : {"recall", "alarms"}
    promised : float
    group : label or None
    n, count : int
        Rows of that kind (of recall positives), and how many of them are flagged.
    p_value : float
        How likely are as few found positives, or as many alarms, at the rate that was promised.
    kept : bool
        Whether that is not too unlikely.
    """

    metric: str
    promised: float
    group: Label
    n: int
    count: int
    p_value: float
    kept: bool

    @property
    def seen(self) -> float:
        """The rate on these rows; NaN of none."""
        return self.count / self.n if self.n else float("nan")

    def __str__(self) -> str:
        seen = f", {self.seen:.4g}" if self.n else ""
        wanted = _in_words(self.metric, self.promised, self.group)
        return f"{wanted} was promised and is {self.count} of {self.n}{seen} (binomial p {self.p_value:.2g})"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PromiseCheck:
    """Whether new rows keep a promise; prints as a table.

    Attributes
    ----------
    rates : tuple of Seen
        What the rows say of each rate.
    """

    rates: tuple[Seen, ...]

    @property
    def kept(self) -> bool:
        """Whether no rate is broken, as far as these rows tell."""
        return all(rate.kept for rate in self.rates)

    def columns(self) -> dict[str, list[Any]]:
        """Return one row a rate."""
        names = ("metric", "promised", "group", "n", "count", "seen", "p_value", "kept")
        return {name: [getattr(rate, name) for rate in self.rates] for name in names}

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return one row a rate as a data frame."""
        return to_frame(self.columns(), backend)

    def __repr__(self) -> str:
        return as_text(self.columns())


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """A threshold, and which rates it promises on new rows; prints as text.

    It is about a rate: the share among all rows of the distribution that the rows were drawn from, of
    which a batch is a sample. Where new rows come from another distribution it says nothing.

    Attributes
    ----------
    threshold : float
        On the scale of the scores.
    strict : bool
        Whether a row is positive strictly above the threshold; otherwise from it on.
    confidence : float
        In this share of draws of the rows all the rates are kept.
    rates : tuple of Rate
        What is promised.
    clustered : bool
        Whether it is about one row drawn from a cluster, instead of any row.
    pos_label : label, default=None
        The positive label, where it was named.

    Examples
    --------
    >>> import numpy as np
    >>> from boostweights import promise
    >>> scores = np.arange(1000) / 1000
    >>> kept = promise(scores, scores >= 0.9, at_least={"recall": 0.9})
    >>> print(kept)
    positive where score >= 0.905, with confidence 0.9:
    recall >= 0.9, confidence 0.9 (from 100 positives, 22 needed; expected 0.941)
    >>> kept.decide([0.904, 0.905])
    array([False,  True])
    """

    threshold: float
    strict: bool
    confidence: float
    rates: tuple[Rate, ...]
    clustered: bool = False
    pos_label: Label = None

    def decide(self, scores: Any) -> npt.NDArray[np.bool_]:
        """Return which rows are positive."""
        values = np.asarray(scores, np.float64)
        return values > self.threshold if self.strict else values >= self.threshold

    def check(
        self,
        scores: Any,
        y: Any = None,
        *,
        by: Any = None,
        clusters: Any = None,
        level: float = 0.05,
        random_state: int = 0,
    ) -> PromiseCheck:
        """Test whether new rows keep the promise.

        Of each rate a one-sided binomial test: how likely are as few found positives, or as many alarms,
        if the rate were just what was promised. Several are tested at `level` over their number
        (Bonferroni).

        Parameters
        ----------
        scores : array-like of shape (n,)
            Of new rows, by the same model.
        y : array-like of shape (n,), default=None
            Their labels; alarms need none.
        by, clusters : array-like of shape (n,), default=None
            Needed where the promise was made with them.
        level : float, default=0.05
            How often a promise that is just kept may be called broken.
        random_state : int, default=0
            By which one row of each cluster is drawn.

        Returns
        -------
        PromiseCheck

        Examples
        --------
        >>> import numpy as np
        >>> from boostweights import promise
        >>> rng = np.random.default_rng(0)
        >>> y = np.repeat([0, 1], [900, 100])
        >>> kept = promise(rng.normal(2 * y), y, at_least={"recall": 0.9})
        >>> kept.check(rng.normal(2 * y), y).kept, kept.check(rng.normal(y), y).kept
        (True, False)
        """
        from scipy.special import bdtr, bdtrc

        rows = scored(scores, y, by=by, clusters=clusters, pos_label=self.pos_label, seed=random_state)
        limit, groups = checked_share("level", level) / len(self.rates), [rate.group for rate in self.rates]
        rule, right = "this promise is about rows of clusters", clusters is not None or not self.clustered
        check_that(right, rule, "clusters=None", "Pass the clusters.", InvalidTypeError)
        rule, remedy = "this promise is about groups", f"Pass groups, {shown(groups)}."
        check_that(groups[0] is None or by is not None, rule, "by=None", remedy, InvalidTypeError)
        seen = []
        for rate in self.rates:
            flagged = self.decide(rows.of(rate.metric, rate.group))
            n, count = len(flagged), int(flagged.sum())
            recall = rate.metric == "recall"
            p_value = float(bdtr(count, n, rate.rate) if recall else bdtrc(count - 1, n, rate.rate))
            seen.append(
                Seen(
                    metric=rate.metric,
                    promised=rate.rate,
                    group=rate.group,
                    n=n,
                    count=count,
                    p_value=p_value,
                    kept=p_value > limit,
                )
            )
        return PromiseCheck(rates=tuple(seen))

    def __str__(self) -> str:
        sign, of = (">" if self.strict else ">="), " of a row drawn from a new cluster" * self.clustered
        head = f"positive where score {sign} {self.threshold:.6g}, with confidence {self.confidence:g}{of}:"
        return "\n".join([head, *map(str, self.rates)])


def promise(  # noqa: PLR0913  a column each
    scores: Any,
    y: Any = None,
    *,
    at_least: Mapping[str, float] | None = None,
    at_most: Mapping[str, float] | None = None,
    confidence: float = 0.9,
    by: Any = None,
    clusters: Any = None,
    pos_label: Label = None,
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
    pos_label : label, default=None
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
    wanted = asked(at_least, at_most, confidence)
    rule = "a promise counts rows: an order statistic of weighted rows promises nothing exact"
    remedy = "Leave it out, on rows that are drawn as the new ones will be."
    check_that(sample_weight is None, rule, "sample_weight", remedy, InvalidTypeError)
    rows = scored(scores, y, pos_label=pos_label, by=by, clusters=clusters, seed=random_state)
    return promise_of(wanted, rows, pos_label)


def promise_of(wanted: Promised, rows: Scored, pos_label: Label = None) -> Promise:
    """Return the promise of what is wanted on these rows, or raise; warn where it tells no rows apart."""
    kinds = [(metric, rate, group) for metric, rate in wanted.rates.items() for group in rows.groups]
    own = 1 - level_of(wanted.confidence, len(kinds))
    rates = tuple(_rate(metric, rate, own, rows, group) for metric, rate, group in kinds)
    lowest = [rate.threshold for rate in rates if rate.metric == "alarms"]
    highest = [rate.threshold for rate in rates if rate.metric == "recall"]
    if lowest and highest and min(highest) <= max(lowest):
        raise _conflict(wanted, rates, rows, level_of(own))
    made = Promise(
        threshold=min(highest) if highest else max(lowest),
        strict=not highest,
        confidence=wanted.confidence,
        rates=rates,
        clustered=rows.cluster is not None,
        pos_label=pos_label,
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
        rank = rank_of(len(positives), wrong_share("recall", tried), level)
        flagged = int((scores >= positives[rank - 1]).sum()) if rank else len(scores)
        if flagged < len(scores):
            share = math.ceil(1e4 * share_at(flagged + 1, len(scores), level)) / 1e4
            together.append(f"recall {tried:g} with alarms {share:g}")
    return InvalidValueError(
        "rates that are promised together must be kept by one threshold",
        f"recall >= {recall.rate:g} by a threshold of at most {recall.threshold:.6g}, alarms <= "
        f"{alarms.rate:g} by one above {alarms.threshold:.6g}",
        f"On these rows go together: {'; '.join(together) or 'none'}. Choose, and promise it on rows not "
        "looked at.",
    )
