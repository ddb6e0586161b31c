"""What a weight path is asked for, checked before anything is trained."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, cast

import numpy as np
import numpy.typing as npt
from sklearn.model_selection import check_cv

from boostweights.errors import (
    InvalidTypeError,
    check_that,
    check_two_classes,
    check_type,
    explained,
    placed,
    shown,
)
from boostweights.estimator.rows import checked_labels
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight, positive_label, scalar
from boostweights.weighting.policies.base import bounded
from boostweights.weighting.policies.costs import Costs

Codes = npt.NDArray[np.intp]
_SEE = "See scikit-learn's KFold."


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

    def fit_arguments(self, rows: Codes) -> dict[str, Any]:
        """Return the caller's weights of rows, as a keyword of ``fit``."""
        return {} if self.weight is None else {"sample_weight": self.weight[rows]}

    def missing(self, rows: Codes, *, weighted: bool) -> str:
        """Name the class that rows lack; rows of weight 0 do not train anything."""
        if weighted and self.weight is not None:
            rows = rows[self.weight[rows] > 0]
        for code, kind in ((self.positive, "positives"), (1 - self.positive, "negatives")):
            if code not in self.codes[rows]:
                return f"{kind}, {self.classes[code]!r}"
        return ""


class Split(NamedTuple):
    """The positions of one fold's rows."""

    train: Codes
    test: Codes


def checked_two_classes(X: Any, y: Any, pos_label: Label, costs: Any, sample_weight: Any) -> Labels:
    """Return labels of two classes, or raise."""
    counts, codes = factorize(checked_labels(X, y))
    classes = list(counts)
    chosen = checked_positive(classes, pos_label, costs)
    weight = None if sample_weight is None else checked_sample_weight(sample_weight, len(codes))
    return Labels(
        classes=(classes[0], classes[1]),
        codes=np.asarray(codes, np.intp),
        positive=classes.index(chosen),
        weight=weight,
    )


def checked_positive(classes: Sequence[Label], pos_label: Label, costs: Any) -> Label:
    """Return the positive one of two classes, or raise."""
    check_two_classes(classes, "weight_path", "Make one class against the rest: y == label.")
    asked = [label for label in (pos_label, getattr(costs, "pos_label", None)) if label is not None]
    seen = f"pos_label={pos_label!r} and {costs!r}"
    check_that(len(set(asked)) < 2, "the positive label must be one", seen, "Leave one of them out.")
    return positive_label(classes, asked[0] if asked else None)


def checked_costs(costs: Any, classes: Sequence[Label]) -> Costs | None:
    """Return costs that fit two classes, or raise."""
    if costs is None:
        return None
    rule = "costs must be Costs, the same for all rows"
    check_type(costs, Costs, rule, "Pass Costs(fn=50.0, fp=1.0), say.")
    size = 2 if costs.matrix is None else len(costs.matrix)
    fits = size == 2 and set(classes if costs.classes is None else costs.classes) == set(classes)
    rule = f"costs must be of the two classes {shown(list(classes))}"
    check_that(fits, rule, costs, "Give a 2 by 2 matrix.")
    return cast("Costs", costs)


def checked_groups(groups: Any) -> npt.NDArray[np.object_] | None:
    """Return the name of each row's group, or raise: groups are few, and none is missing."""
    if groups is None:
        return None
    with placed("in groups"):
        counts, codes = factorize(groups, few=False)
    names = np.empty(len(counts), object)  # a name may be a tuple
    names[:] = list(counts)
    return np.asarray(names[codes])


def folds(X: Any, labels: Labels, cv: Any, cv_groups: Any, clusters: Codes | None) -> list[Split]:
    """Return the rows of each fold, both classes on both sides and no cluster on both, or raise."""
    splits = []
    for fold in check_cv(cv, labels.codes, classifier=True).split(X, labels.codes, cv_groups):
        with explained((IndexError,), "cv must give positions of rows: (train, test) for each fold", _SEE):
            splits.append(Split(*(np.arange(len(labels.codes))[np.asarray(rows)] for rows in fold)))
    check_that(splits, "cv must make at least one fold", cv, "Pass cv=5, for example.")
    name = "StratifiedKFold" if clusters is None else "StratifiedGroupKFold"
    for number, split in enumerate(splits):
        for side, rows in zip(("train", "test"), split, strict=True):
            missing = labels.missing(rows, weighted=side == "train")
            check_that(
                not missing,
                "each fold needs rows of both classes, to train on and to test",
                f"fold {number} without {missing}, to {side} ({len(rows)} rows)",
                f"Use cv={name}(n_splits, shuffle=True, random_state=0), or fewer folds.",
            )
        both = 0 if clusters is None else len(np.intersect1d(clusters[split.train], clusters[split.test]))
        check_that(
            not both,
            "cv must keep each group of cv_groups on one side of a fold",
            f"fold {number} with {both} groups on both",
            "Use cv=StratifiedGroupKFold(n_splits), or leave cv_groups out.",
        )
    return splits


def default_ratios(imbalance: float) -> tuple[float, ...]:
    """Return about eight ratios: from 1 to the balanced one in equal factors, and twice that.

    Parameters
    ----------
    imbalance : float
        Negative rows for each positive one: the ratio of balanced weights. Where it is near 1 the grid is
        a quarter to four, with it among them.

    Examples
    --------
    >>> default_ratios(99.0)
    (1.0, 2.51, 6.28, 15.8, 39.5, 99.0, 140.0, 198.0)
    >>> default_ratios(0.1)
    (0.05, 0.0707, 0.1, 0.158, 0.251, 0.398, 0.631, 1.0)
    >>> default_ratios(1.0)
    (0.25, 0.5, 1.0, 2.0, 4.0)
    """
    if 0.5 < imbalance < 2:
        grid = [ratio for ratio in (0.25, 0.5, 1.0, 2.0, 4.0) if abs(math.log(ratio / imbalance)) > 0.05]
        return tuple(sorted({*grid, 1.0, imbalance}))
    direction = 1 if imbalance > 1 else -1
    beyond = [imbalance * 2 ** (0.5 * direction), imbalance * 2.0**direction]
    between = np.geomspace(1.0, imbalance, 6)[1:-1].tolist()
    rounded = (float(f"{ratio:.3g}") for ratio in (*between, *beyond))
    return tuple(sorted({1.0, imbalance, *rounded}))


def checked_ratios(ratios: Any) -> tuple[float, ...]:
    """Return ratios in increasing order, or raise.

    Examples
    --------
    >>> checked_ratios([10, 1])
    (1.0, 10.0)
    """
    several = isinstance(ratios, Iterable) and not isinstance(ratios, (str, bytes))
    rule = "ratios must be a sequence of numbers"
    check_that(several, rule, shown(ratios), "Pass [1, 2, 5, 10].", InvalidTypeError)
    rule = "a ratio must be positive and finite"
    mend = "It is the weight of the positive class over the other's; 1 is unweighted."
    checked = [
        bounded("a ratio", scalar(ratio), lambda at: 0 < at < math.inf, rule, mend) for ratio in ratios
    ]
    check_that(checked, "there must be at least one ratio", ratios, "Leave ratios out for a grid.")
    twice = [f"{ratio!r} twice" for ratio in checked if checked.count(ratio) > 1]
    check_that(not twice, "each ratio must be there once", "".join(twice[:1]), "Leave one out.")
    return tuple(sorted(checked))
