"""Folds of a user's table: stratified, by group, or each tested on what came after."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from boostweights.benchmark.data import Dataset, duplicate_groups
from boostweights.benchmark.own.table import OwnData
from boostweights.benchmark.own.target import check_counts
from boostweights.benchmark.splits import INNER_FOLDS, Split, folds
from boostweights.benchmark.suite import Suite
from boostweights.errors import InvalidValueError

__all__ = ["can_tune", "own_folds", "time_folds"]

Ints = npt.NDArray[np.int64]


def own_folds(data: OwnData, suite: Suite) -> tuple[Split, ...]:
    """Return the folds of each repeat; each has rows of every class on both sides.

    Stratified, equal rows on one side, groups together; with times, as `time_folds` makes them.

    Raises
    ------
    InvalidValueError
        If there are too few rows, groups or times of a class; a fold that lacks a class is named.
    """
    labels = data.dataset.y
    check_counts(labels, suite.folds, data.roles.positive)
    if data.times is None:
        found = tuple(folds(data.dataset, suite))
    else:
        found = tuple(time_folds(data.dataset, data.times, suite.folds))
    for split in found:
        for side, rows in (("training", split.train), ("test", split.test)):
            absent = np.setdiff1d(labels, labels[rows]).tolist()
            if absent:
                raise InvalidValueError(
                    "every fold must have training and test rows of each class",
                    f"no {', '.join(map(repr, absent))} among the {len(rows)} {side} rows "
                    f"of fold {split.fold + 1} of {suite.folds}",
                    "Use fewer folds." if suite.folds > 2 else "Add rows of that class.",
                )
    return found


def time_folds(dataset: Dataset, times: Ints, count: int) -> Iterator[Split]:
    """Yield folds whose test rows are later than all of their training rows.

    The rows in order of time are cut as by scikit-learn's TimeSeriesSplit: the last `count` parts of
    n // (count + 1) rows are tested, each by a model of all rows before it. Rows of one time stay together:
    a cut among them moves behind them.

    Parameters
    ----------
    dataset : Dataset
        Features of shape (n, d).
    times : ndarray of int of shape (n,)
        Of each row.
    count : int
        How many folds.

    Raises
    ------
    InvalidValueError
        If so many rows have one time that a fold has none left.

    Examples
    --------
    >>> import pandas as pd
    >>> dataset = Dataset(name="d", X=pd.DataFrame({"x": np.arange(6.0)}), y=np.array(list("nnpnpn")))
    >>> [(s.train.tolist(), s.test.tolist()) for s in time_folds(dataset, np.array([0, 1, 1, 2, 3, 4]), 2)]
    [([0, 1, 2], [3]), ([0, 1, 2, 3], [4, 5])]
    """
    order = np.argsort(times, kind="stable")
    sorted_times = times[order]
    size = len(times) // (count + 1)
    wanted = [len(times) - size * left for left in range(count, 0, -1)]
    # the first row that is later than the last one before the cut
    cuts = [int(np.searchsorted(sorted_times, sorted_times[cut - 1], side="right")) for cut in wanted]
    equal = duplicate_groups(dataset)
    alone = equal.max(initial=0) + 1 == len(equal)
    for fold, (begin, end) in enumerate(zip(cuts, [*cuts[1:], len(times)], strict=True)):
        if begin == end:
            raise InvalidValueError(
                "every fold must have test rows later than its training rows",
                f"none for fold {fold + 1} of {count}: too many rows have one time",
                "Use fewer folds, or a finer time." if count > 2 else "Use a finer time.",
            )
        train, test = np.sort(order[:begin]), np.sort(order[begin:end])
        yield Split(repeat=0, fold=fold, train=train, test=test, groups=None if alone else equal[train])


def can_tune(dataset: Dataset, splits: Sequence[Split]) -> bool:
    """Whether every training fold has enough rows of each class to tune a threshold on a part of it."""
    for split in splits:
        labels = dataset.y[split.train]
        standing_for = np.arange(len(labels)) if split.groups is None else split.groups
        if any(len(np.unique(standing_for[labels == label])) < INNER_FOLDS for label in np.unique(labels)):
            return False
    return True
