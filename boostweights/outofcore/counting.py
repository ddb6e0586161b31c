"""Class counts of a Parquet folder: the label column is read, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

import numpy as np

from boostweights.errors import placed
from boostweights.outofcore.columns import Columns, check_target
from boostweights.outofcore.folder import File, Folder, as_floats, batches, open_folder, read
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import count_labels

_BATCH: Final = 1 << 20


def count_parquet(folder: Any, target: str) -> ClassCounts:
    """Count the labels of a folder of Parquet files.

    Of each file the footer and the label column are read; memory does not grow with rows.

    Parameters
    ----------
    folder : path
        A folder, whose files that end in ``.parquet`` are read (those below it too, in the order of their
        paths; names that begin with ``.`` or ``_`` are left out), or one file.
    target : str
        The column of labels: bools, integers, strings or categories (or floats that are whole).

    Returns
    -------
    ClassCounts

    Raises
    ------
    InvalidValueError
        If there are no files or no rows, a file is broken or lacks the column, or a label is missing.
    InvalidTypeError
        If the column cannot hold labels, or is of another kind in another file.

    Examples
    --------
    >>> import tempfile, pyarrow as pa, pyarrow.parquet as pq
    >>> folder = tempfile.TemporaryDirectory()
    >>> pq.write_table(pa.table({"label": ["good", "bad"], "amount": [1.0, 2.0]}), f"{folder.name}/1.parquet")
    >>> pq.write_table(pa.table({"label": ["good"], "amount": [3.0]}), f"{folder.name}/2.parquet")
    >>> count_parquet(folder.name, "label")
    ClassCounts({'bad': 1, 'good': 2})
    >>> folder.cleanup()
    """
    opened = open_folder(folder)
    check_target(opened, target)
    return count_folder(opened, target)


def count_folder(folder: Folder, target: str) -> ClassCounts:
    """Count the labels of a folder whose columns are checked, on as many threads as arrow uses."""
    import pyarrow as pa

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        found = pool.map(lambda part: _count_part(part[0], part[1], target), _parts(folder))
        counts = sum(found, start=ClassCounts({}))
    folder.check_unchanged()
    return counts


def _parts(folder: Folder) -> Iterator[tuple[File, list[int]]]:
    """Yield row groups of about a batch's rows, and their file."""
    for file in folder.files:
        groups: list[int] = []
        rows = 0
        for number in range(file.footer.num_row_groups):
            groups.append(number)
            rows += file.footer.row_group(number).num_rows
            if rows >= _BATCH:
                yield file, groups
                groups, rows = [], 0
        if rows:
            yield file, groups


def _count_part(file: File, groups: list[int], target: str) -> ClassCounts:
    counts = ClassCounts({})
    for batch in read(file, [target], _BATCH, groups=groups, dictionary=True):
        with placed(f"in {file.path.name}"):
            counts = counts + _count(batch.column(target))
    return counts


def _count(labels: Any) -> ClassCounts:
    """Count an arrow array; of dictionary-encoded labels the codes are counted."""
    import pyarrow as pa

    if not len(labels):
        return ClassCounts({})
    if not isinstance(labels, pa.DictionaryArray) or labels.null_count or labels.dictionary.null_count:
        return ClassCounts.of(labels)
    classes = labels.dictionary.to_pylist()
    counts = count_labels(labels.indices.to_numpy())
    return ClassCounts((classes[code], count) for code, count in counts.items())


def weigh_folder(folder: Folder, columns: Columns) -> ClassCounts:
    """Sum the caller's weights of each class."""
    sums = ClassCounts({})
    own = columns.sample_weight
    for file, batch in batches(folder, columns.of_labels, _BATCH):
        if batch.num_rows:
            with placed(f"in {file.path.name}"):
                weight = as_floats(batch.column(own), np.float64)
                sums = sums + ClassCounts.of(batch.column(columns.target), weight)
    return sums
