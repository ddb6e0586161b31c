"""Folds of a user's table: stratified, by group, or in order of time."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from boostweights.benchmark.compare.dataset import TableData
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.plan.splits import INNER_FOLDS, Split, check_classes, folds, time_folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.tables.target import check_counts

__all__ = ["can_tune", "table_folds"]


def table_folds(data: TableData, suite: Suite) -> tuple[Split, ...]:
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
        check_classes(data.dataset, split, suite.folds)
    return found


def can_tune(dataset: Dataset, splits: Sequence[Split]) -> bool:
    """Whether every training fold has enough rows of each class to tune a threshold on a part of it."""
    for split in splits:
        labels = dataset.y[split.train]
        standing_for = np.arange(len(labels)) if split.groups is None else split.groups
        if any(len(np.unique(standing_for[labels == label])) < INNER_FOLDS for label in np.unique(labels)):
            return False
    return True
