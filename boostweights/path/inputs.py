"""What a weight path is asked for, checked before anything is trained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold, check_cv
from sklearn.utils import _safe_indexing
from sklearn.utils.validation import _num_samples

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.estimator.rows import checked_labels
from boostweights.weighting.labels.columns import column_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight, positive_label
from boostweights.weighting.policies.costs import Costs

Codes = npt.NDArray[np.intp]
_INNER_FOLDS: Final = 5  # scikit-learn's own default


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Labels:
    """Labels of two classes, as codes 0 and 1 in sorted order, and rows' weights.

    Attributes
    ----------
    classes : tuple of two labels
    codes : ndarray of shape (n,)
    positive : int
        The code of the positive class.
    weight : ndarray of shape (n,) or None
        The caller's weight of each row.
    """

    classes: tuple[Label, Label]
    codes: Codes
    positive: int
    weight: npt.NDArray[np.float64] | None

    @property
    def imbalance(self) -> float:
        """Weight of negative rows for that of positive ones, a row weighing 1 unless told otherwise."""
        sums = np.bincount(self.codes, self.weight, minlength=2)
        return float(sums[1 - self.positive] / sums[self.positive])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """The rows of one fold.

    Attributes
    ----------
    train, test : ndarray of int
        Positions.
    """

    train: Codes
    test: Codes


def checked_two_classes(X: Any, y: Any, positive: Label, costs: Any, sample_weight: Any) -> Labels:
    """Return labels of two classes, or raise."""
    counts, codes = factorize(checked_labels(X, y))
    classes = list(counts)
    chosen = checked_positive(classes, positive, costs)
    weight = None if sample_weight is None else checked_sample_weight(sample_weight, len(codes))
    return Labels(
        classes=(classes[0], classes[1]),
        codes=np.asarray(codes, np.intp),
        positive=classes.index(chosen),
        weight=weight,
    )


def checked_positive(classes: Sequence[Label], positive: Label, costs: Any) -> Label:
    """Return the positive one of two classes, or raise."""
    if len(classes) != 2:
        raise InvalidValueError(
            "weight_path is for two classes: one weight along an axis",
            f"{len(classes)} classes, {shown(list(classes))}",
            "Make one class against the rest: y == label.",
        )
    asked = [label for label in (positive, getattr(costs, "positive", None)) if label is not None]
    if len(asked) == 2 and asked[0] != asked[1]:
        raise InvalidValueError(
            "the positive label must be one",
            f"positive={asked[0]!r} and {costs!r}",
            "Leave one of them out.",
        )
    return positive_label(classes, asked[0] if asked else None)


def checked_costs(costs: Any, classes: Sequence[Label]) -> Costs | None:
    """Return costs that fit two classes, or raise."""
    if costs is None:
        return None
    if not isinstance(costs, Costs):
        raise InvalidTypeError(
            "costs must be Costs, the same for all rows", shown(costs), "Pass Costs(fn=50.0, fp=1.0), say."
        )
    size = 2 if costs.matrix is None else len(costs.matrix)
    named = classes if costs.classes is None else costs.classes
    if size != 2 or set(named) != set(classes):
        raise InvalidValueError(
            f"costs must be of the two classes {shown(list(classes))}", repr(costs), "Give a 2 by 2 matrix."
        )
    return costs


def checked_group_column(groups: Any, rows: int) -> npt.NDArray[np.object_] | None:
    """Return one group a row, or raise."""
    if groups is None:
        return None
    _check_one_a_row("groups", groups, rows)
    try:
        names, codes = column_of(groups, few=False).codes()
    except (InvalidValueError, InvalidTypeError) as broken:
        mend = "Groups are few and none is missing: bin numbers, and name what is missing."
        raise type(broken)(f"groups must be labels ({broken.rule})", broken.value, mend) from broken
    named = np.empty(len(names), object)
    named[:] = list(names)
    return np.asarray(named[codes])


def folds(X: Any, labels: Labels, cv: Any, cv_groups: Any) -> list[Split]:
    """Return the rows of each fold, both classes on both sides, or raise."""
    _check_number(cv, labels)
    if cv_groups is not None:
        _check_one_a_row("cv_groups", cv_groups, _num_samples(X))
    splitter = check_cv(cv, labels.codes, classifier=True)
    given = [
        (_positions(train, labels), _positions(test, labels))
        for train, test in splitter.split(X, labels.codes, cv_groups)
    ]
    if not given:
        raise InvalidValueError("cv must make at least one fold", shown(cv), "Pass cv=5, say.")
    return [_split(number, *sides, labels, cv_groups) for number, sides in enumerate(given)]


def _check_one_a_row(name: str, groups: Any, rows: int) -> None:
    if not hasattr(groups, "__len__") or len(groups) != rows:
        seen = f"{len(groups)} groups" if hasattr(groups, "__len__") else shown(groups)
        raise InvalidValueError(
            f"{name} must have one value for each of the {rows} rows", seen, "Pass a column of the same rows."
        )


def _split(number: int, train: Codes, test: Codes, labels: Labels, cv_groups: Any) -> Split:
    """Return one fold, or raise."""
    _check_classes(number, train, test, labels, grouped=cv_groups is not None)
    _check_groups(number, train, test, cv_groups)
    return Split(train=train, test=test)


def checked_jobs(n_jobs: Any) -> int | None:
    """Return how many folds are trained at a time, or raise."""
    if n_jobs is None:
        return None
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, (int, np.integer)) or n_jobs == 0:
        raise InvalidValueError(
            "n_jobs must be an integer other than 0, or None",
            shown(n_jobs),
            "Use -1 for one fold a core, say.",
        )
    return int(n_jobs)


def _check_number(cv: Any, labels: Labels) -> None:
    if not isinstance(cv, int) or isinstance(cv, bool):
        return
    counts = np.bincount(labels.codes, minlength=2)
    if cv < 2 or cv > counts.min():
        rarest = labels.classes[int(np.argmin(counts))]
        raise InvalidValueError(
            f"cv must be between 2 and the rows of the rarest class, {rarest!r}: {counts.min()}",
            f"cv={cv}",
            "Use fewer folds, so that each tests a row of each class.",
        )


def _positions(rows: Any, labels: Labels) -> Codes:
    """Row positions, from positions or a mask."""
    found, size = np.asarray(rows), len(labels.codes)
    if found.dtype == np.bool_ and found.shape == (size,):
        found = np.flatnonzero(found)
    wrong = found.ndim != 1 or found.dtype.kind not in "iu"
    if wrong or (len(found) and not 0 <= found.min() <= found.max() < size):
        raise InvalidValueError(
            "cv must give positions of rows: (train, test) for each fold", shown(rows), "See sklearn's KFold."
        )
    return found.astype(np.intp)


def _check_classes(number: int, train: Codes, test: Codes, labels: Labels, *, grouped: bool) -> None:
    name = "StratifiedGroupKFold" if grouped else "StratifiedKFold"
    for side, rows in (("train", train), ("test", test)):
        if missing := _missing_class(labels, rows, weighing=side == "train"):
            raise InvalidValueError(
                "each fold needs rows of both classes, to train on and to test",
                f"fold {number} without {missing}, to {side} ({len(rows)} rows)",
                f"Use cv={name}(n_splits, shuffle=True, random_state=0), or fewer folds.",
            )


def _missing_class(labels: Labels, rows: Codes, *, weighing: bool) -> str:
    """Name the class that rows lack; rows that weigh nothing train nothing."""
    if weighing and labels.weight is not None:
        rows = rows[labels.weight[rows] > 0]
    present = set(labels.codes[rows].tolist())
    kinds = {labels.positive: "positives", 1 - labels.positive: "negatives"}
    absent = [f"{kind}, {labels.classes[code]!r}" for code, kind in kinds.items() if code not in present]
    return absent[0] if absent else ""


def _check_groups(number: int, train: Codes, test: Codes, cv_groups: Any) -> None:
    """Raise where a splitter, or the splits given, pass over the groups that are to be kept together."""
    if cv_groups is None:
        return
    trained, tested = (set(np.asarray(_safe_indexing(cv_groups, rows)).tolist()) for rows in (train, test))
    if both := trained & tested:
        raise InvalidValueError(
            "cv must keep each group of cv_groups on one side of a fold",
            f"fold {number} with {len(both)} groups on both, such as {shown(next(iter(both)))}",
            "Use cv=StratifiedGroupKFold(n_splits), or leave cv_groups out.",
        )


def clusters_of(cv_groups: Any) -> Codes | None:
    """Return the cluster of each row, as codes; None where rows are each for themselves."""
    return None if cv_groups is None else np.asarray(column_of(cv_groups, few=False).codes()[1], np.intp)


def inner_parts(number: int, rows: Codes, labels: Labels, cv_groups: Any) -> Codes:
    """Return the part of a training fold that each of its rows is in; raise where no threshold can be tuned.

    Parts are stratified, and groups stay together.
    """
    codes = labels.codes[rows]
    groups = None if cv_groups is None else np.asarray(_safe_indexing(cv_groups, rows))
    parts = min(_INNER_FOLDS, int(np.bincount(codes, minlength=2).min()))
    if groups is not None:
        parts = min(parts, len(set(groups.tolist())))
    if parts < 2:
        raise InvalidValueError(
            "tuning a threshold within a training fold needs two rows of each class there, and two groups",
            f"fold {number} with too few among {len(rows)} training rows",
            "Use fewer folds, or more rows of the rarer class.",
        )
    splitter = StratifiedKFold(parts) if groups is None else StratifiedGroupKFold(parts)
    found = np.empty(len(rows), np.intp)
    for part, (train, test) in enumerate(splitter.split(codes, codes, groups)):
        if missing := _missing_class(labels, rows[train], weighing=True):
            raise InvalidValueError(
                "tuning a threshold within a training fold needs rows of both classes in each part of it",
                f"fold {number}, within which fold {part} is without {missing}, to train",
                "Use fewer folds, or more rows (or groups) of the rarer class.",
            )
        found[test] = part
    return found
