"""A stratified sample of a user's table, and its folds: stratified, by group, or in order of time."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from boostweights.benchmark.compare.dataset import TableData, places
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.plan.splits import Split, check_classes, folds, time_folds
from boostweights.benchmark.plan.suite import Suite
from boostweights.benchmark.regimes import PARTS
from boostweights.errors import InvalidValueError, check_that
from boostweights.probabilities.promise_cost import held_out

Ints = npt.NDArray[np.int64]


def sampled_data(data: TableData, max_rows: int, *, least: int, seed: int) -> TableData:
    """Return at most so many rows, in their order, with each class's share as it was.

    Parameters
    ----------
    data : TableData
        The table.
    max_rows : int
        How many rows at most; 0 for all.
    least : int
        How many rows each class must keep: as many as there are folds.
    seed : int
        Of the sample.

    Raises
    ------
    InvalidValueError
        If a class would keep too few rows; it says how many rows would do.

    Examples
    --------
    >>> import pandas as pd
    >>> from boostweights.benchmark.data.dataset import Dataset
    >>> from boostweights.tables.roles import Roles
    >>> dataset = Dataset(name="d", X=pd.DataFrame({"x": range(8)}), y=np.array(list("nnnnnnpp")))
    >>> data = TableData(dataset=dataset, roles=Roles(target="y"), names={"x": "x"})
    >>> sampled_data(data, 4, least=1, seed=0).dataset.y.tolist()
    ['n', 'n', 'n', 'p']
    """
    labels = data.dataset.y
    if not 0 < max_rows < len(labels):
        return data
    classes, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    exact = counts * max_rows / len(labels)
    kept: Ints = np.floor(exact).astype(np.int64)
    left = max_rows - int(kept.sum())
    kept[np.argsort(kept - exact, kind="stable")[:left]] += 1  # what is left goes to the largest fractions
    if (kept < np.minimum(least, counts)).any():
        rarest = int(counts.argmin())
        enough = int(np.ceil(least * len(labels) / counts[rarest]))
        raise InvalidValueError(
            f"a sample must have {least} rows of each class, one a fold",
            f"{kept[rarest]} of {str(classes[rarest])!r} with --max-rows {max_rows}",
            f"Use --max-rows {enough} or more.",
        )
    order = np.random.default_rng(seed).permutation(len(labels))
    chosen = [order[codes[order] == code][:count] for code, count in enumerate(kept)]
    rows = np.sort(np.concatenate(chosen))
    return dataclasses.replace(
        data,
        dataset=data.dataset.take(rows),
        times=None if data.times is None else places(data.times[rows]),
        sampled_from=len(labels),
    )


def table_folds(data: TableData, suite: Suite) -> tuple[Split, ...]:
    """Return the folds of each repeat; each has rows of every class on both sides.

    Stratified, equal rows on one side, groups together; with times, as `time_folds` makes them.

    Raises
    ------
    InvalidValueError
        If there are too few rows, groups or times of a class; a fold that lacks a class is named. Arms with a
        fitted correction need more of them, and so does a promise.
    """
    labels = data.dataset.y
    if data.times is None:
        splits = tuple(folds(data.dataset, suite))
    else:
        splits = tuple(time_folds(data.dataset, data.times, suite.folds))
    for split in splits:
        apart = data.times is not None and data.dataset.group is not None
        check_classes(data.dataset, split, suite.folds, apart=apart)
    if "ensemble" in suite.stages or any(arm.correction == "fitted" for arm in suite.arms):
        groups = fewest_groups(data.dataset, splits)
        rule = f"a fitted correction needs {PARTS} rows of each class in every training fold, "
        rule += "of which no two are equal or of one group"
        remedy = "Leave --fitted and --ensemble out, or use more folds."
        check_that(groups >= PARTS, rule, f"{groups} such rows", remedy)
    if suite.promised is not None:
        held_out(suite.promised, labels == data.roles.positive, data.dataset.group)  # raises where it cannot
    return splits


def fewest_groups(dataset: Dataset, splits: Sequence[Split]) -> int:
    """Return the fewest rows of a class in a training fold, of which no two are equal or of one group."""
    fewest = []
    for split in splits:
        labels = dataset.y[split.train]
        groups = np.arange(len(labels)) if split.groups is None else split.groups
        fewest += [len(np.unique(groups[labels == label])) for label in np.unique(labels)]
    return min(fewest, default=len(dataset.y))
