"""What to start from, by the labels and by what the model is for.

`advise` never looks at a model: it reads counts, needs, and the results that this project published. What
those mean for each option is a table:

============  ==================================  ======================================================
option        use it when                         avoid it when
============  ==================================  ======================================================
nothing       only the ranking or the             a measured option does better for what you need
              probabilities count, or the
              classes are nearly of one size
threshold     decisions count, or costs are       rows are only ranked, or there are more than two
              known                               classes (then ``decide``)
sqrt          recall counts, at a lower price     probabilities are read without correction
              than balanced weights ask
balanced      recall counts above all             probabilities are read without correction, precision
                                                  counts, or the classes are of one size
costs         errors have known costs             nobody can say what an error costs
correction    a weighted model's probabilities    the model has no weights, or decides at .5
              are read
collect more  the rarest class has a handful of   its figures are known well enough already
              rows
resample      it does better than weights, which  weights do as well: they add no rows and lose none
              are simpler
============  ==================================  ======================================================

The table says what to expect; `advise` says what published results bear out, and how surely: with few
families of data sets they decide nothing, and the verdict is "consider".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from boostweights.audits.advice.evidence import shipped
from boostweights.audits.advice.judgement import Judgement, Situation, combined
from boostweights.audits.advice.options import OPTIONS, Option
from boostweights.audits.advice.result import VERDICTS, Advice, AdviceRow, as_needs
from boostweights.errors import InvalidTypeError, InvalidValueError
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.policies.costs import Costs

_BINARY: Final = "most data sets that were measured have two classes"


def advise(y_or_counts: Any, X: Any = None, needs: Any = "decisions") -> Advice:
    """Say which ways to treat imbalance to use, consider or avoid, why, and how sure that is.

    An option is to be used if it helps one need and harms none, as published results decide (by the rule of
    `boostweights.benchmark.claims`: the Bayesian signed-rank test over families of data sets, from ten
    families on) or as it follows from the definition. Of the parts of the data sets to which the counts
    belong (by imbalance and by rows of the rarest class) the smallest that was measured is used.

    Parameters
    ----------
    y_or_counts : array-like of shape (n,), ClassCounts, or mapping of label to number
        Labels, or how many rows each class has.
    X : array-like of shape (n, p), default=None
        Only its number of columns is used: rows of the rarest class are compared with it.
    needs : str, policy of costs, or iterable of these, default="decisions"
        What the model is for: "ranking", "probabilities", "decisions", "recall", "precision", "costs", or a
        policy `Costs` or `RowCosts`.

    Returns
    -------
    Advice
        A row an option: verdict, reason, evidence and uncertainty. Prints as text.

    Raises
    ------
    InvalidValueError
        If labels cannot be counted, there is one class only, a need is unknown, or X has other rows than y.
    InvalidTypeError
        If a need is neither a name nor a policy of costs, or X is no table.

    Examples
    --------
    >>> advice = advise({0: 100, 1: 100}, needs="ranking")
    >>> advice.start.option, advice.start.verdict, advice.start.reason
    ('nothing', 'use', 'ranking: the classes are of one size')
    """
    counts = _counts(y_or_counts)
    features = None if X is None else _features(X, y_or_counts, counts)
    parsed = as_needs(needs)
    if isinstance(parsed.costs, Costs):
        parsed.costs.resolve(counts)  # its own checks: labels and the positive one
    evidence = shipped()
    situation = Situation(counts=counts, needs=parsed, features=features, evidence=evidence)
    rows = [_row(option, situation) for option in OPTIONS.values()]
    versions = ", ".join(f"{name} {version}" for name, version in evidence.versions.items())
    return Advice(
        counts=counts,
        needs=parsed,
        rows=tuple(sorted(rows, key=lambda row: VERDICTS.index(row.verdict))),  # stable: simpler first
        notes=evidence.beyond(counts) + (() if situation.binary else (_BINARY,)),
        source=f"suite {', '.join(evidence.suites)} with {versions}; made by `{evidence.command}`.",
    )


def _row(option: Option, situation: Situation) -> AdviceRow:
    judged = [option.judge(situation, need) for need in situation.needs.names]
    texts = {name: _joined(judged, name) for name in ("reason", "evidence", "uncertainty")}
    return AdviceRow(option=option.name, verdict=combined(judged), how=option.how, **texts)


def _joined(judged: list[Judgement], name: str) -> str:
    """Return what is said of each need; what is the same for several is said once."""
    by_text: dict[str, list[str]] = {}
    for each in judged:
        by_text.setdefault(getattr(each, name), []).append(each.need)
    if name != "reason" and len(by_text) == 1:
        return next(iter(by_text))
    return ". ".join(f"{', '.join(needs)}: {text}" for text, needs in by_text.items())


def _counts(given: Any) -> ClassCounts:
    counts = counts_of(ClassCounts(given) if isinstance(given, Mapping) else given, None).weighing
    if len(counts) < 2:
        raise InvalidValueError(
            "advice needs at least two classes", f"one, {counts.classes[0]!r}", "Check the target column."
        )
    return counts


def _features(X: Any, y: Any, counts: ClassCounts) -> int:
    import numpy as np

    shape = tuple(X.shape) if hasattr(X, "shape") else np.shape(X)
    if len(shape) != 2:
        raise InvalidTypeError(
            "X must be a table", f"shape {shape}", "Pass an array or frame of shape (n, p)."
        )
    rows = counts.total if isinstance(y, Mapping) else len(y)
    if shape[0] != rows:
        raise InvalidValueError("X must have a row for each label", f"{shape[0]} for {rows:g}", "Align them.")
    return int(shape[1])
