"""Folds: stratified, equal rows on one side, groups together where asked for; or in order of time."""

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import train_test_split

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.rows import split_groups, stratified_splits
from boostweights.benchmark.plan.suite import Suite
from boostweights.errors import InvalidValueError, check_that

Rows = npt.NDArray[np.int64]
Groups = npt.NDArray[np.int64]

INNER_FOLDS = 4
"""A threshold is tuned on one of so many parts of the training fold, by a model of the others."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Split:
    """Positions of the training and test rows of one fold of one repeat."""

    repeat: int
    fold: int
    train: Rows
    test: Rows
    groups: Groups | None = None
    """Group of each training row, where an inner split must not part equal rows or groups."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the positions and groups."""
        sha = hashlib.sha256()
        for rows in (self.train, self.test, self.groups):
            sha.update(b"none" if rows is None else rows.astype(np.int64).tobytes() + b".")
        return sha.hexdigest()


def sampled(dataset: Dataset, suite: Suite) -> Rows:
    """Return the positions of the rows that a suite uses: all, or a stratified sample of `max_rows`."""
    rows = np.arange(len(dataset.y))
    if not 0 < suite.max_rows < len(rows):
        return rows
    chosen, _ = train_test_split(rows, train_size=suite.max_rows, stratify=dataset.y, random_state=suite.seed)
    return np.sort(chosen)


def folds(dataset: Dataset, suite: Suite) -> Iterator[Split]:
    """Yield the folds of each repeat, shuffled with the suite's seed plus the repeat.

    A split by time has those of `time_folds`. Neither equal rows nor groups are kept on one side there: what
    was seen of a person before is known when that person comes again.

    Raises
    ------
    InvalidValueError
        If a class has fewer rows that differ (or groups) than there are folds; by time: if the data set
        has none, or a fold lacks a class on one side.
    """
    rows = sampled(dataset, suite)
    used = dataset.take(rows)
    if suite.split == "time":
        if used.time is None:
            rule = "a data set must have times to be split in their order"
            raise InvalidValueError(rule, dataset.name, 'Leave it out, or use split = "group".')
        for split in time_folds(dataclasses.replace(used, group=None), used.time, suite.folds):
            check_classes(used, split, suite.folds)
            yield dataclasses.replace(split, train=rows[split.train], test=rows[split.test])
        return
    if suite.split == "stratified":
        used = dataclasses.replace(used, group=None)
    groups = split_groups(used)
    alone = groups.max(initial=0) + 1 == len(rows)
    for repeat in range(suite.repeats):
        parts = stratified_splits(used, suite.folds, suite.seed + repeat)
        for fold, (train, test) in enumerate(parts):
            inner = None if alone else groups[train]
            yield Split(repeat=repeat, fold=fold, train=rows[train], test=rows[test], groups=inner)


def time_folds(dataset: Dataset, times: Rows, count: int) -> Iterator[Split]:
    """Yield folds whose test rows are later than all of their training rows.

    The rows in order of time are cut as by scikit-learn's TimeSeriesSplit: the last `count` parts of
    n // (count + 1) rows are tested, each by a model of all rows before it. Rows of one time stay together:
    a cut among them moves to their nearer end. Training rows are dropped if their group has test rows.

    Parameters
    ----------
    dataset : Dataset
        Features of shape (n, d), and groups where no group may have training and test rows.
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
    >>> dataset = Dataset(name="d", X=pd.DataFrame({"x": np.arange(6.0)}), y=np.array(list("nnpnpn")))
    >>> [(s.train.tolist(), s.test.tolist()) for s in time_folds(dataset, np.array([0, 1, 1, 2, 3, 4]), 2)]
    [([0, 1, 2], [3]), ([0, 1, 2, 3], [4, 5])]
    """
    order = np.argsort(times, kind="stable")
    sorted_times = times[order]
    size = len(times) // (count + 1)
    wanted = [len(times) - size * left for left in range(count, 0, -1)]
    cuts = [_between_times(sorted_times, cut) for cut in wanted]
    groups = split_groups(dataset)
    alone = groups.max(initial=0) + 1 == len(groups)
    for fold, (begin, end) in enumerate(zip(cuts, [*cuts[1:], len(times)], strict=True)):
        rule = f"every fold of {dataset.name} must have test rows later than its training rows"
        seen = f"none for fold {fold + 1} of {count}: too many rows have one time"
        check_that(begin < end, rule, seen, "Use fewer folds, or a finer time.")
        train, test = np.sort(order[:begin]), np.sort(order[begin:end])
        if dataset.group is not None:
            train = train[~np.isin(dataset.group[train], dataset.group[test])]
        yield Split(repeat=0, fold=fold, train=train, test=test, groups=None if alone else groups[train])


def _between_times(sorted_times: Rows, cut: int) -> int:
    """Return the cut, or the nearer end of the time that it would part; never the very beginning."""
    time = sorted_times[cut - 1]
    begin = int(np.searchsorted(sorted_times, time, side="left"))
    end = int(np.searchsorted(sorted_times, time, side="right"))
    return begin if begin > 0 and cut - begin < end - cut else end


def check_classes(dataset: Dataset, split: Split, count: int, *, apart: bool = False) -> None:
    """Refuse a fold, of so many, that has no row of a class on one side.

    Parameters
    ----------
    dataset, split, count
        The data set, the fold, and the number of folds.
    apart : bool, default=False
        Whether earlier rows are left out of training because their group is tested.

    Raises
    ------
    InvalidValueError
        If so; the class and the fold are named.
    """
    for side, rows in (("training", split.train), ("test", split.test)):
        absent = ", ".join(map(repr, np.setdiff1d(dataset.y, dataset.y[rows]).tolist()))
        rule = f"every fold of {dataset.name} must have training and test rows of each class"
        seen = f"no {absent} among the {len(rows)} {side} rows of fold {split.fold + 1} of {count}"
        remedy = "Use fewer folds." if count > 2 else "Add rows of that class."
        if apart and side == "training":
            seen += ": earlier rows of the groups that it tests are left out"
            remedy = "Leave --time out to keep groups apart, or --group to keep the order of time."
        check_that(not absent, rule, seen, remedy)


def inner_splits(
    labels: npt.NDArray[Any], groups: Groups | None, seed: int, parts: int
) -> Iterator[tuple[Rows, Rows]]:
    """Yield positions of the training rows without one of so many parts, and of that part.

    Raises
    ------
    InvalidValueError
        If a class has fewer rows that differ (or groups) than parts.
    """
    X = pd.DataFrame({"group": np.arange(len(labels)) if groups is None else groups})
    fold = Dataset(name="the training fold", X=X, y=labels)
    return stratified_splits(fold, parts, seed)
