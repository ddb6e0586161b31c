"""Folds: stratified, equal rows on one side, groups together where asked for."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.model_selection import train_test_split

from boostweights.benchmark.data import Dataset, split_groups, stratified_splits
from boostweights.benchmark.suite import Suite

__all__ = ["Rows", "Split", "folds", "inner_split", "sampled"]

Rows = npt.NDArray[np.int64]
Groups = npt.NDArray[np.int64]

INNER_FOLDS = 4
"""A threshold is tuned on one of so many parts of the training fold, by a model of the others."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Split:
    """Positions of the training and test rows of one fold of one repeat."""

    repeat: int
    fold: int
    train: Rows
    test: Rows
    groups: Groups | None = None
    """Group of each training row, where an inner split must not part equal rows or groups."""

    @property
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

    Raises
    ------
    InvalidValueError
        If a class has fewer rows that differ (or groups) than there are folds.
    """
    rows = sampled(dataset, suite)
    used = dataset.take(rows)
    if suite.split == "stratified":
        used = dataclasses.replace(used, group=None)
    groups = split_groups(used)
    alone = groups.max(initial=0) + 1 == len(rows)
    for repeat in range(suite.repeats):
        parts = stratified_splits(used, suite.folds, suite.seed + repeat)
        for fold, (train, test) in enumerate(parts):
            yield Split(
                repeat=repeat,
                fold=fold,
                train=rows[train],
                test=rows[test],
                groups=None if alone else groups[train],
            )


def inner_split(labels: npt.NDArray[Any], groups: Groups | None, seed: int) -> tuple[Rows, Rows]:
    """Return positions of three quarters of the training rows and of the quarter left for tuning.

    Raises
    ------
    InvalidValueError
        If a class has fewer than four rows that differ (or groups).
    """
    standing_for = np.arange(len(labels)) if groups is None else groups
    fold = Dataset(name="the training fold", X=pd.DataFrame({"group": standing_for}), y=labels)
    return next(stratified_splits(fold, INNER_FOLDS, seed))
