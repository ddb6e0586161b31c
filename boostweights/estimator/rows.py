"""The rows of a fit: to train on, to evaluate on, and held out for a promise."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedShuffleSplit
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples, column_or_1d

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Behaviour, Subject
from boostweights.adapters.form import EvalWeighting, NativeForm, refuse_on_device
from boostweights.adapters.training import EvaluationSet
from boostweights.errors import InvalidTypeError, check_range, check_same_rows, check_that
from boostweights.estimator.settings import Wrapping, seed_of, threshold_of
from boostweights.probabilities.promise_cost import held_out_share
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.arrays import is_array, on_host, rows_of
from boostweights.weighting.labels.counting import count_labels, factorize, map_labels
from boostweights.weighting.labels.rules import Label, check_few_classes, positions
from boostweights.weighting.policies.names import Weighting
from boostweights.weighting.row_weights import RowCosts, RowWeights, check_given, checked_row_costs


class Rows(NamedTuple):
    """Features, labels, row weights, row costs and groups (or None), as the caller gave them."""

    X: Any
    y: Any
    sample_weight: Any = None
    row_costs: Any = None
    groups: Any = None

    def part(self, chosen: Any) -> Rows:
        """Return the chosen rows."""
        return Rows(*(None if column is None else _safe_indexing(column, chosen) for column in self))


def training_rows(policy: Weighting, X: Any, y: Any, sample_weight: Any, row_costs: Any, groups: Any) -> Rows:
    """Return the rows to train on, with one label each, and their costs where the policy asks for them."""
    labels = checked_labels(X, y)
    if isinstance(policy, RowCosts):
        check_given(policy, row_costs)
        row_costs = checked_row_costs(row_costs, rows_of(labels))
    elif row_costs is not None:
        rule = "row_costs require weighting=RowCosts()"
        remedy = "Set weighting=RowCosts(), or leave row_costs out."
        raise InvalidTypeError(rule, f"row_costs with weighting={policy!r}", remedy)
    return Rows(X, labels, sample_weight, row_costs, groups)


def checked_labels(X: Any, y: Any) -> Any:
    """Return labels as a column, one for each row of X, or raise."""
    rule = "fit requires y to be passed, but the target y is None"
    check_that(y is not None, rule, "y=None", "Pass the labels.")
    labels = y if hasattr(y, "__len__") or is_array(y) else np.asarray(y)
    dimensions = getattr(labels, "ndim", 1)
    remedy = "Pass list(y), or an array."
    check_that(dimensions, "y must be a column of labels", y, remedy, InvalidTypeError)
    if dimensions == 2:
        rule = "y must be a column: one label a row"
        remedy = "For several labels a row, a model each: MultiOutputClassifier(WeightedClassifier(…))."
        check_that(labels.shape[1] <= 1, rule, f"shape {labels.shape}", remedy)
        if not is_array(labels):
            labels = column_or_1d(labels, warn=True)
    check_same_rows(X=_num_samples(X), y=rows_of(labels))
    return labels


def evaluation_rows(
    X_val: Any, y_val: Any, weights_val: Mapping[str, Any], eval_set: Any, row_costs_val: Any = None
) -> list[Rows]:
    """Return the caller's evaluation sets, however they were spelled.

    `weights_val` has their weights by name of the argument: ours, and the library's own.
    """
    weights = {name: given for name, given in weights_val.items() if given is not None}
    rule, seen = "weights of evaluation rows are given once", " and ".join(weights)
    check_that(len(weights) < 2, rule, seen, "Pass one of them.", InvalidTypeError)
    seen = f"{'y_val' if y_val is None else 'X_val'}=None"
    rule = "X_val and y_val go together"
    check_that((X_val is None) == (y_val is None), rule, seen, "Pass both.", InvalidTypeError)
    rule, remedy = "evaluation rows are given once", "Pass X_val and y_val, or eval_set."
    check_that(X_val is None or eval_set is None, rule, "both X_val and eval_set", remedy, InvalidTypeError)
    pairs = [(X_val, y_val)] if X_val is not None else eval_set if eval_set is not None else []
    if isinstance(pairs, tuple) and len(pairs) == 2 and not isinstance(pairs[0], tuple):
        pairs = [pairs]
    for pair in pairs if isinstance(pairs, (list, tuple)) else [None]:
        check_that(
            isinstance(pair, (list, tuple)) and len(pair) == 2,
            "eval_set is a list of (X, y)",
            type(eval_set).__name__,
            "Pass [(X_val, y_val)]; labels are encoded and weighted here, so no Pool or Dataset.",
            InvalidTypeError,
        )
    weight, columns = next(iter(weights.values()), None), []
    for name, column, dimensions in (("sample_weight_val", weight, 1), ("row_costs_val", row_costs_val, 2)):
        if column is None:
            columns.append([None] * len(pairs))
            continue
        rule, seen = f"{name} requires an evaluation set", "no evaluation set"
        check_that(pairs, rule, seen, "Pass X_val and y_val.", InvalidTypeError)
        is_list = isinstance(column, (list, tuple))
        several = is_list and any(array is None or np.ndim(array) == dimensions for array in column)
        columns.append(list(column) if several else [column])
        rule, seen = f"{name} must have one array a set", f"{len(columns[-1])} for {len(pairs)} sets"
        remedy = "Pass a list of arrays, None where a set has none."
        check_that(len(columns[-1]) == len(pairs), rule, seen, remedy)
    return [Rows(*pair, *of_set) for pair, *of_set in zip(pairs, *columns, strict=True)]


def placed(clf: Wrapping, adapter: Adapter, every: Sequence[Rows]) -> list[Rows]:
    """Return rows whose labels and weights lie where training needs them; none is copied unasked."""
    columns = [column for rows in every for column in (rows.y, rows.sample_weight) if is_array(column)]
    if not columns:
        return list(every)
    if clf.to_host:
        copied = {id(column): on_host(column) for column in columns}  # once: sets may be the training rows
        return [Rows(*(copied.get(id(column), column) for column in rows)) for rows in every]
    works_on_host = {
        adapter.name: not adapter.device_arrays,
        "validation_fraction": clf.validation_fraction is not None,
        "n_rounds": clf.n_rounds is not None,
        'correct_proba="fitted"': clf.correct_proba == "fitted",
        'eval_weighting="shifted"': clf.eval_weighting == "shifted",
        "threshold": threshold_of(clf).needs_scores,
        "RowCosts": isinstance(threshold_of(clf).weighting, RowCosts),
    }
    for what, refuses in works_on_host.items():
        if refuses:
            refuse_on_device(what, *columns)
    return list(every)


def aside(clf: Wrapping, rows: Rows, sets: Sequence[Rows]) -> tuple[Rows, Rows]:
    """Return the rows to train on, and those that a promise is made on.

    Whole groups, where there are groups: those with positives and those of each other class in the same
    share, so that each class is left to train on. Recall is about positives alone, so this leaves it exact;
    alarms of rows with fixed shares of classes vary less than those of rows drawn freely (Hoeffding 1956,
    doi:10.1214/aoms/1177728178), so that a limit on them is broken less often than promised.
    """
    check_that(
        rows.sample_weight is None,
        "a promise counts rows: an order statistic of weighted rows promises nothing exact",
        f"sample_weight with {clf.threshold!r}",
        "Train with a number as threshold, and call boostweights.promise on rows as new ones will be.",
        InvalidTypeError,
    )
    rule, seen = "a promise is made on rows that nothing else looks at", "the training rows as evaluation set"
    check_that(
        all(others.X is not rows.X for others in sets), rule, seen, "Leave them out, or pass other rows."
    )
    threshold, (counts, codes) = threshold_of(clf), factorize(rows.y)
    at = threshold.positive_at(list(counts))
    unit = np.arange(len(codes)) if rows.groups is None else factorize(rows.groups, few=False)[1]
    first = [at, *(place for place in range(len(counts)) if place != at)]
    kind = np.empty(int(unit.max()) + 1, np.intp)
    for place in reversed(first):  # a group with positives is of these
        kind[unit[codes == place]] = place
    sides = [np.flatnonzero(kind == place) for place in first]
    share = held_out_share(threshold.threshold, {"recall": len(sides[0]), "alarms": len(kind)})
    rng = np.random.default_rng(seed_of(clf.estimator))
    chosen = [
        rng.choice(side, min(math.ceil(share * len(side)), max(len(side) - 1, 0)), replace=False)
        for side in sides
    ]
    held = np.isin(unit, np.concatenate(chosen))
    return rows.part(np.flatnonzero(~held)), rows.part(np.flatnonzero(held))


def held_out(
    clf: Wrapping, adapter: Adapter, rows: Rows, sets: list[Rows], fit_params: Mapping[str, Any]
) -> tuple[Rows, list[Rows], str]:
    """Return training rows and evaluation sets, with a warning where rows are held out and not used.

    A `validation_fraction` is split off the training rows, stratified.
    """
    fraction, estimator = clf.validation_fraction, clf.estimator
    ways = {
        f"validation_fraction={fraction!r}": fraction is not None,
        f"n_rounds={clf.n_rounds!r}": clf.n_rounds is not None,
        "an evaluation set": bool(sets),
    }
    rule = "evaluation rows are given, or taken from the training fold in one way"
    seen = " beside ".join(way for way, is_used in ways.items() if is_used)
    check_that(sum(ways.values()) < 2, rule, seen, "Leave one of them out.", InvalidTypeError)
    if fraction is None:
        return rows, sets, ""
    rule, remedy = "validation_fraction must lie between 0 and 1", "Use 0.1, or None for none."
    check_range(fraction, rule, remedy, above=0, below=1)
    counts, codes = factorize(rows.y)
    check_few_classes(len(counts), len(codes))
    rule = "validation_fraction needs at least two rows of each class"
    remedy = "Pass an evaluation set, or leave the class out."
    check_that(min(counts.values()) > 1, rule, f"a class with {min(counts.values())} row", remedy)
    splitter = StratifiedShuffleSplit(n_splits=1, test_size=float(fraction), random_state=seed_of(estimator))
    train, test = next(splitter.split(np.empty((len(codes), 0)), codes))
    own_params = {name: value for name, value in fit_params.items() if name != adapter.continued_from}
    behaviour = adapter.describe(Subject(settings={**adapter.get_params(estimator), **own_params}))
    return rows.part(train), [rows.part(test)], unread(fraction, behaviour, estimator)


def unread(fraction: float | None, behaviour: Behaviour, estimator: Any) -> str:
    """Return a warning where rows are held out and nothing in training uses them; or nothing."""
    if fraction is None or not behaviour.evaluates_idly:
        return ""
    name = type(estimator).__name__
    return f"validation_fraction={fraction} holds rows out, on which nothing in {name} stops training early"


def weighted_sets(
    sets: Sequence[Rows],
    training: Rows,
    weights: ClassWeights | RowWeights,
    native: NativeForm,
    weighting: EvalWeighting,
) -> list[EvaluationSet]:
    """Return evaluation sets with labels encoded as in training, and rows weighted as `weighting` says."""
    ready = []
    for rows in sets:
        check_same_rows(**{"X of an evaluation set": _num_samples(rows.X), "its y": _num_samples(rows.y)})
        codes, row_weight = map_labels(rows.y, positions(weights.classes), np.intp), None
        if isinstance(weights, ClassWeights):
            rule = "row_costs_val require weighting=RowCosts()"
            remedy = "Set weighting=RowCosts(), or leave row_costs_val out."
            check_that(
                rows.row_costs is None, rule, "row_costs_val with weights by class", remedy, InvalidTypeError
            )
        elif rows.row_costs is not None:  # with "none" too: wrong costs are not passed over
            row_weight = weights.weigh(rows.y, rows.row_costs)
        else:
            rule = "an evaluation set needs the costs of its own rows"
            remedy = "Pass row_costs_val=, one array an evaluation set, or set eval_weighting='none'."
            check_that(weighting != "same", rule, "row_costs_val=None", remedy, InvalidTypeError)
        weight = native.eval_weight(codes, rows.sample_weight, weighting, row_weight=row_weight)
        is_training = rows.X is training.X and rows.y is training.y
        ready.append(EvaluationSet(X=rows.X, y=codes, weight=weight, is_training=is_training))
    return ready


def resolved(
    policy: Weighting, rows: Rows, counts: Mapping[Label, int], codes: Any, *, count_rows: bool
) -> ClassWeights | RowWeights:
    """Resolve a policy on training rows, counted by the caller's weights unless `count_rows`."""
    row_weights = None if count_rows else rows.sample_weight
    if isinstance(policy, RowCosts):
        return policy.resolve(rows.y, row_weights, row_costs=rows.row_costs)
    sums = counts.values() if row_weights is None else count_labels(codes, row_weights).values()
    return policy.resolve(ClassCounts(zip(counts, sums, strict=True)))


def class_array(classes: tuple[Label, ...], y: Any) -> npt.NDArray[Any]:
    """Return labels as an array of the type in which they came."""
    dtype = y.dtype if isinstance(y, np.ndarray) and y.dtype.kind in "biufOUS" else None
    return np.array(classes, dtype)
