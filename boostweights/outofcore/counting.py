"""Class counts of a Parquet folder: the label column is read, and nothing else."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from typing import Any

import numpy as np

from boostweights.errors import placed
from boostweights.outofcore.columns import Columns, check_target
from boostweights.outofcore.folder import File, Folder, open_folder
from boostweights.outofcore.reading import LABEL_BATCH, as_floats, batches, mapped
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import count_labels, encode
from boostweights.weighting.labels.rules import checked_sample_weight
from boostweights.weighting.labels.sums import exact_sums, rounded


def count_parquet(folder: Any, target: str, *, filesystem: Any = None) -> ClassCounts:
    """Count the labels of a folder of Parquet files.

    Of each file the footer and the label column are read; memory does not grow with rows.

    Parameters
    ----------
    folder : path, or list of paths
        A folder, whose files that end in ``.parquet``, ``.parq`` or ``.pq`` are read (those below it too, in
        the order of their paths; names that begin with ``.`` or ``_`` are left out), one file, or a list of
        files and folders in the order of their rows. Names of folders such as ``year=2024`` are a column.
    target : str
        The column of labels: bools, integers, strings or categories (or floats that are whole).
    filesystem : pyarrow.fs.FileSystem, default=None
        Where the folder is; by default the local one, or that of a place such as ``s3://bucket/folder``.

    Returns
    -------
    ClassCounts

    Raises
    ------
    InvalidValueError
        If there are no files or no rows, a file is broken or lacks the column, or a label is missing; if the
        folder is, is in, or contains a table of Delta Lake, Iceberg or Hudi.
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
    opened = open_folder(folder, filesystem)
    check_target(opened, target)
    return count_folder(opened, target)


def count_folder(folder: Folder, target: str) -> ClassCounts:
    """Count the labels of a folder whose columns are checked, on as many threads as arrow uses."""

    def count(file: File, batch: Any) -> ClassCounts:
        with placed(f"in {file.name}"):
            return _count(batch.column(target))

    return sum(mapped(folder, [target], LABEL_BATCH, [target], count), start=ClassCounts({}))


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


def weigh_folder(folder: Folder, columns: Columns, rows: ClassCounts) -> ClassCounts:
    """Sum the caller's weights of each class, whose rows are counted: exactly, and rounded once."""
    sums: dict[Any, Fraction] = defaultdict(Fraction)
    for file, batch in batches(folder, columns.of_labels, LABEL_BATCH):
        with placed(f"in {file.name}"):
            given = as_floats(batch.column(columns.sample_weight), np.float64)
            codes = encode(batch.column(columns.target), rows.classes)
            weight = checked_sample_weight(given, len(codes))
        for label, total in zip(rows, exact_sums(codes, weight, len(rows)), strict=True):
            sums[label] += total
    return ClassCounts(rounded(sums))
