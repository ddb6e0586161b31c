"""What to start from, by the labels and by what the model is for.

`advise` never looks at a model: it reads counts, needs, and the results that this project published. For each
need the rule of least regret is named: one way to train and to read a model, the same for all data, which on
average over families of data sets is least behind the best one with hindsight; of rules that cannot be told
apart the simplest. A choice that depends on the labels' counts is made only where it gained beyond doubt on
data sets that it was not made from.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

from boostweights.audits.advice.evidence import Evidence, Table, properties_of, shipped
from boostweights.audits.advice.ranking import Asked, rows
from boostweights.audits.advice.result import Advice, Needs, VerdictName
from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_same_rows,
    check_that,
    check_type,
    did_you_mean,
    shown,
)
from boostweights.recommendation.needs import NAMES, RATES, named
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.policies.costs import Costs
from boostweights.weighting.row_weights import RowCosts

CAREFUL = "tuned"
"""The regime that advice is for, unless another one is asked for."""
_FEW = 100
_PER_FEATURE = 10


def advise(
    y_or_counts: Any,
    X: Any = None,
    needs: Any = "decisions",
    *,
    regime: str | None = None,
    estimator: Any = None,
) -> Advice:
    """Recommend ways to treat imbalance, from published results: which to use, to consider and to avoid.

    For each need we recommend the constant rule with the lowest regret in the published results, or the
    simplest of those that cannot be distinguished from it. A rule is to be avoided if it is worse than doing
    nothing, or worse than the recommended rule by more than the region of practical equivalence, with a
    probability of .95 or more. With several needs one model serves all: each way to train has its best
    reading for each need, and the differences are added up, in units of the regions. Where no published
    result is about such labels (more than two classes, or a count beyond those measured), or each option
    harms one of the needs, no option is to be used or avoided, and a note explains why.

    Parameters
    ----------
    y_or_counts : array-like of shape (n,), ClassCounts, or mapping of label to number
        Labels, or how many rows each class has.
    X : array-like of shape (n, p), default=None
        Only its number of columns is used: rows of the rarest class are compared with it.
    needs : str, policy of costs, or iterable of these, default="decisions"
        What the model is for: "ranking", "probabilities", "decisions", "costs", a policy `Costs` or
        `RowCosts`; or, with a rate, "recall at alarm rate <= 0.02", "alarms at recall >= 0.8", "recall at
        precision >= 0.5".
    regime : str, default=None
        How the model is trained: a regime of the published results. Without one, that of the estimator, or
        "tuned"; where no results of it measured the need, the most careful one that did.
    estimator : classifier, default=None
        What is to be trained, to read from its settings in which regime: "default" of the library's own,
        "stopped" where training stops early or folds choose the rounds, else "tuned". See `regime_of`.

    Returns
    -------
    Advice
        A row an option, in order of preference: verdict, reason, evidence and uncertainty. Prints as text.

    Raises
    ------
    InvalidValueError
        If labels cannot be counted, there is one class only, a need is unknown, lacks its rate or was not
        measured, the regime is not among the published ones, or X has other rows than y.
    InvalidTypeError
        If a need is neither a name nor a policy of costs, or X is no table.

    Examples
    --------
    >>> advice = advise({0: 9500, 1: 500}, needs="decisions")
    >>> advice.start.option, advice.start.verdict
    ('unweighted, tuned threshold', 'use')
    """
    is_mapping = isinstance(y_or_counts, Mapping)
    counts = counts_of(ClassCounts(y_or_counts) if is_mapping else y_or_counts, None).weighing
    rule, remedy = "advice needs at least two classes", "Check the target column."
    check_that(len(counts) > 1, rule, f"one, {counts.classes[0]!r}", remedy)
    once, seen = regime is None or estimator is None, f"{shown(regime)}, and an estimator"
    check_that(once, "the regime must be specified once", seen, "Pass one of them.")
    features = None
    if X is not None:
        shape = np.shape(X)
        remedy = "Pass an array or frame of shape (n, p)."
        check_that(len(shape) == 2, "X must be a table", f"shape {shape}", remedy, InvalidTypeError)
        check_same_rows(X=shape[0], y=counts.total if is_mapping else len(y_or_counts))
        features = shape[1]
    parsed = as_needs(needs)
    if isinstance(parsed.costs, Costs):
        parsed.costs.resolve(counts)  # its own checks: labels and the positive one
    evidence = shipped()
    if regime is not None:
        check_known(regime, evidence.regimes, "regime must be one of the published results")
    wanted = CAREFUL
    if estimator is not None:
        from boostweights.audits.advice.regime import regime_of  # which loads what labels do not need

        wanted = regime_of(estimator)
    tables = {need: _table(need, regime, wanted, counts, evidence) for need in parsed.names}
    asked = Asked(counts=counts, costs=parsed.costs, tables=tables)
    options = tuple(rows(asked))
    versions = ", ".join(f"{name} {version}" for name, version in evidence.versions.items())
    return Advice(
        counts=counts,
        needs=parsed,
        regimes=tuple(table.regime for table in tables.values()),
        rows=options,
        notes=tuple(_notes(regime or wanted, features, asked, options[0].verdict)),
        source=f"made by `{evidence.command}`, with {versions}.",
    )


def _table(need: str, regime: str | None, wanted: str, counts: ClassCounts, evidence: Evidence) -> Table:
    """The table of the regime, or without one of the wanted regime, or of the most careful one."""
    for tried in (wanted, None) if regime is None else (regime,):
        if (table := evidence.of(need, tried, counts)) is not None:
            return table
    known = dict.fromkeys(table.need for table in evidence.tables if regime in (None, table.regime))
    mend = f"The published needs are {', '.join(known)}"
    if named(need).name in RATES:
        mend += "; for one model, promise(scores, y, at_least=…, at_most=…) reports what a threshold keeps"
    within = "" if regime is None else f" in the regime {regime}"
    raise InvalidValueError(f"a need must be among the published results{within}", shown(need), f"{mend}.")


def _notes(wanted: str, features: int | None, asked: Asked, verdict: VerdictName) -> Iterator[str]:
    """Yield why no option is recommended, if none is, and what limits all verdicts."""
    if asked.beyond:
        yield "no published result is about such labels, so compare these options on your own data"
    elif verdict != "use":
        yield "each option harms one of the needs, so train a model for each need"
    by_regime: dict[str, list[str]] = {}
    for need, table in asked.tables.items():
        lacking = "" if table.regime == wanted else f"; there are none for the regime {wanted}"
        by_regime.setdefault(f"{table.regime} ({table.trained}){lacking}", []).append(need)
    for words, names in by_regime.items():
        yield f"published results for {', '.join(names)} are from the regime {words}"
    if len(asked.counts) > 2:
        yield "all public data sets in the results have two classes"
    if asked.level:
        yield "the classes have the same size, so each balanced weight is 1 and resampling changes nothing"
    yield from dict.fromkeys(text for table in asked.tables.values() for text in table.beyond(asked.counts))
    prices = [table.price for table in asked.tables.values() if table.price is not None]
    if prices:
        yield f"in the published results, a missed row of the rare class costs {prices[0]:g} false alarms"
    yield from known_of_rare(properties_of(asked.counts)["positives"], features)


def as_needs(needs: Any) -> Needs:
    """Return the needs that a name, a policy of costs, or several of these state.

    Raises
    ------
    InvalidValueError
        If a name is unknown or lacks its rate, nothing is needed, or costs are given twice.
    InvalidTypeError
        If a need is neither a name nor a policy of costs.

    Examples
    --------
    >>> as_needs("ranking").names
    ('ranking',)
    >>> as_needs(["alarms at recall 0.8", Costs(fn=50, fp=1)]).names
    ('alarms at recall >= 0.8', 'costs')
    """
    alone = isinstance(needs, str | Costs | RowCosts) or not isinstance(needs, Iterable)
    parts = [needs] if alone else list(needs)
    policies = []
    names: dict[str, None] = {}
    remedy = f"Use {', '.join(NAMES)}, Costs(…) or RowCosts()."
    for part in parts:
        if isinstance(part, Costs | RowCosts):
            policies.append(part)
            names["costs"] = None
            continue
        check_type(part, str, "a need must be a name or a policy of costs", remedy)
        need = named(part)
        has_rate = need.name not in RATES or need.rate is not None
        check_that(has_rate, "such a need must have its rate", shown(part), f'Write "{part} … 0.5".')
        names[str(need)] = None
    check_that(names, "advice must know a need", "none", did_you_mean("", NAMES))
    check_that(len(policies) < 2, "costs must be specified once", policies, "Keep one policy.")
    return Needs(names=tuple(names), costs=policies[0] if policies else None)


def known_of_rare(rows: float, features: int | None) -> Iterator[str]:
    """Yield what few rows of the rarest class limit: Wilson's interval (1927), and ten rows a feature.

    Examples
    --------
    >>> list(known_of_rare(50, None))
    ['a recall of .5, measured on all 50 rows of the rarest class, has a 95 % interval of ±0.13']
    >>> list(known_of_rare(726, 10))
    []
    """
    if rows < _FEW:
        z = 1.959963984540054
        half_width = z / (1 + z * z / rows) * math.sqrt(0.25 / rows + z * z / (4 * rows * rows))
        yield (
            f"a recall of .5, measured on all {rows:g} rows of the rarest class, has a 95 % interval of "
            f"±{half_width:.2f}"
        )
    if features is not None and rows < _PER_FEATURE * features:
        yield (
            f"there are {rows / features:.2g} rows of the rarest class for each of {features} features; "
            "Peduzzi et al. (1996) recommend ten for logistic regression"
        )
