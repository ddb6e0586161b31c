"""What a classifier is to decide by, checked before training; and the rows that a promise holds out."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from numbers import Real
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from sklearn.metrics import get_scorer_names
from sklearn.utils import _safe_indexing

from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, shown
from boostweights.estimator.evaluation import Rows
from boostweights.estimator.steps import seed_of
from boostweights.probabilities.promise_cost import held_out_share
from boostweights.probabilities.promised import Promised
from boostweights.weighting.labels.columns import column_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, positive_label
from boostweights.weighting.policies.by_row import RowCosts
from boostweights.weighting.policies.costs import Costs, agreed_positive

ThresholdLike: TypeAlias = float | str | Promised | Callable[..., float] | None


class Aside(NamedTuple):
    """Rows on which a promise is made, and what nothing else has seen of them."""

    rows: Rows
    groups: Any


def is_number(threshold: Any) -> bool:
    """Whether a threshold is a number."""
    return isinstance(threshold, Real) and not isinstance(threshold, bool)


def is_tuned(threshold: Any) -> bool:
    """Whether a threshold is the best one by a scorer, on cross-fitted scores."""
    if isinstance(threshold, str):
        return threshold != "costs"
    return callable(threshold) and not isinstance(threshold, type)


def check_threshold(clf: Any, policy: Any) -> None:
    """Raise unless a classifier's ``threshold`` is one that it can decide by."""
    if clf.threshold is not None and not hasattr(clf.estimator, "predict_proba"):
        raise InvalidTypeError(
            "a threshold is one of probabilities",
            f"{type(clf.estimator).__name__}, which has no predict_proba",
            "Choose an objective that gives them, or threshold=None.",
        )
    check_asked(clf, policy)


def check_asked(clf: Any, policy: Any) -> None:
    """Raise unless a ``threshold`` is known, and one that a policy can have."""
    threshold = clf.threshold
    if threshold is None:
        return
    if isinstance(threshold, str):
        names = ["costs", *get_scorer_names()]
        check_known(threshold, names, 'threshold must be a number, "costs", a scorer or Promised(…)')
    elif is_number(threshold):
        if math.isnan(float(threshold)):
            raise InvalidValueError("a threshold must be a number", shown(threshold), "Write 0.1, say.")
        if 1 < float(threshold) <= 100:  # infinity is one that nothing reaches
            rule, mend = "a threshold is one of probabilities", f"Write {float(threshold) / 100:g}, say."
            raise InvalidValueError(rule, shown(threshold), mend)
    elif not isinstance(threshold, Promised) and not is_tuned(threshold):
        mend = 'Write threshold=0.1, "costs", "f1" or Promised(recall=0.9).'
        raise InvalidTypeError("a threshold must be known", shown(threshold), mend)
    if threshold == "costs":
        _check_costs(clf, policy)
    if isinstance(threshold, Promised) and isinstance(policy, RowCosts):
        raise InvalidValueError(
            "a promise is one threshold for all rows; where each row has its own costs each has its own",
            f"{threshold!r} with weighting={policy!r}",
            "Decide by decide(proba, row_costs=…), or weigh by class.",
        )


def _check_costs(clf: Any, policy: Any) -> None:
    if not isinstance(policy, Costs):
        raise InvalidTypeError(
            'threshold="costs" is that of weighting=Costs(…)',
            f"weighting={policy!r}",
            "Write weighting=Costs(fn=50, fp=1, power=0) to decide by costs without weights, say.",
        )
    if not clf.correct_proba and policy.power:
        raise InvalidValueError(
            'threshold="costs" needs honest probabilities: with the weights inside costs would count twice',
            f"correct_proba={clf.correct_proba!r} with weighting={policy!r}",
            'Set correct_proba="fitted", or power=0 in Costs(…), which trains without weights.',
        )
    policy.threshold(clf.pos_label)  # raises where it has none


def check_two_classes(clf: Any, classes: Sequence[Label]) -> None:
    """Raise where a classifier has a ``threshold`` that these classes cannot have."""
    if clf.threshold is not None:
        positive_at(clf, classes)


def positive_at(clf: Any, classes: Sequence[Label]) -> int:
    """Return the position of the positive label among two classes, or raise."""
    if len(classes) != 2:
        raise InvalidValueError(
            "Only binary classification is supported where a threshold decides",
            f"{len(classes)} classes, {shown(list(classes))}",
            "Set threshold=None; from costs of more classes: decide(proba, costs).",
        )
    named = clf.pos_label
    if clf.threshold == "costs":
        named = agreed_positive(clf.weighting.positive, named)
        if clf.weighting.matrix is not None and named is None and clf.weighting.classes is None:
            return 1
    return list(classes).index(positive_label(classes, named))


def known_threshold(clf: Any, classes: Sequence[Label]) -> float:
    """Return a threshold that needs no scores: a number, or that of costs."""
    if is_number(clf.threshold):
        return float(clf.threshold)
    costs = clf.weighting
    plain = costs.matrix is not None and costs.classes is None
    return float(costs.threshold(None if plain else classes[positive_at(clf, classes)]))


def set_aside(clf: Any, rows: Rows, groups: Any, sets: Sequence[Rows]) -> tuple[Rows, Any, Aside | None]:
    """Split off the rows that a promise is made on; without one all rows stay.

    Whole groups, where there are groups: those with positives and those without in the same share, so that
    each class is left to train on. Recall is about positives alone, so this leaves it exact; alarms of rows
    with a fixed share of positives vary less than those of rows drawn freely (Hoeffding 1956,
    doi:10.1214/aoms/1177728178), so that a limit on them is broken less often than promised.
    """
    if not isinstance(clf.threshold, Promised):
        return rows, groups, None
    if rows.sample_weight is not None:
        raise InvalidTypeError(
            "a promise counts rows: an order statistic of weighted rows promises nothing exact",
            f"sample_weight with {clf.threshold!r}",
            "Train with a number as threshold, and call boostweights.promise on rows as new ones will be.",
        )
    if any(each.X is rows.X for each in sets):
        raise InvalidValueError(
            "a promise is made on rows that nothing else looks at",
            "the training rows as evaluation set",
            "Leave them out, or pass other rows.",
        )
    counts, codes = factorize(rows.y)
    is_positive = np.asarray(codes == positive_at(clf, list(counts)))
    unit = np.arange(len(codes)) if groups is None else column_of(groups, few=False).codes()[1]
    with_positives = np.unique(unit[is_positive])
    without = np.setdiff1d(unit, with_positives)
    units = {"recall": len(with_positives), "alarms": len(with_positives) + len(without)}
    share = held_out_share(clf.threshold, units)
    rng = np.random.default_rng(seed_of(clf.estimator))
    chosen = [
        rng.choice(side, min(math.ceil(share * len(side)), max(len(side) - 1, 0)), replace=False)
        for side in (with_positives, without)
    ]
    held = np.isin(unit, np.concatenate(chosen))
    parts = [np.flatnonzero(mask) for mask in (~held, held)]
    of_groups = [None if groups is None else _safe_indexing(groups, part) for part in parts]
    return rows.part(parts[0]), of_groups[0], Aside(rows.part(parts[1]), of_groups[1])
