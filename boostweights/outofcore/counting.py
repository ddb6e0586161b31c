"""Class counts of a Parquet folder: the label column is read, and nothing else."""

from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidValueError, placed
from boostweights.outofcore.columns import Columns, check_target
from boostweights.outofcore.folder import Folder, open_folder
from boostweights.outofcore.reading import LABEL_BATCH, Levels, as_floats, batches
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.tally import Tally

_ROWS_FOR_LEVELS: Final = 1_000


def count_parquet(folder: Any, target: str, *, filesystem: Any = None) -> ClassCounts:
    """Count the labels of a folder of Parquet files.

    Only the footer and the label column of each file are read; memory does not grow with rows.

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
    return counted(opened, Columns(target=target))[0].rows


def counted(folder: Folder, columns: Columns) -> tuple[Tally, Levels]:
    """Count labels, sum weights and collect the texts of text features, or raise if one is an identifier."""
    tally = Tally()
    levels: dict[str, set[str]] = {name: set() for name in columns.texts}
    names = [*columns.of_labels, *columns.texts]
    for file, batch in batches(folder, names, LABEL_BATCH, coded=[columns.target, *columns.texts]):
        with placed(f"in {file.name}"):
            tally += _tally(batch, columns)
        for name, texts in levels.items():
            texts.update(batch.column(name).unique().drop_null().to_pylist())
            if len(texts) > max(_ROWS_FOR_LEVELS, folder.rows) / 2:
                raise InvalidValueError(
                    "a text feature has at most half as many levels as there are rows",
                    f"{len(texts):,} in column {name!r} of {folder.rows:,} rows",
                    "Is it an identifier? Leave it out: columns=[…].",
                )
    folder.check_unchanged()
    return tally, {name: tuple(sorted(texts)) for name, texts in levels.items()}


def _tally(batch: Any, columns: Columns) -> Tally:
    labels = batch.column(columns.target)
    if columns.sample_weight is None:
        classes, rows = labels.value_counts().flatten()
        return Tally(rows=ClassCounts(list(zip(classes.to_pylist(), rows.to_pylist(), strict=True))))
    return Tally.of(labels, as_floats(batch.column(columns.sample_weight), np.float64))
