"""The column of labels of a user's file, in its own type."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boostweights.cli.session import echo
from boostweights.errors import check_known, printable
from boostweights.tables.endings import checked_ending
from boostweights.tables.reading import Reading, in_words

if TYPE_CHECKING:
    from boostweights.weighting.counts import ClassCounts


def read_table(path: Path, target: str, reading: Reading, *, drop_missing_target: bool | None = None) -> Any:
    """Return the rows of a file, among whose columns the target is; print how the file was read, if unusual.

    Parameters
    ----------
    path : Path
        The file.
    target : str
        The column of labels.
    reading : Reading
        How to read it.
    drop_missing_target : bool or None
        Whether rows without a label are left out, or refused; None where the command takes them.

    Raises
    ------
    InvalidValueError
        If the file cannot be read, or has no such column; the nearest one is suggested.
    """
    checked_ending(path)  # before what takes long to import
    from boostweights.tables.columns import rows_with_target
    from boostweights.tables.features import as_text, check_present
    from boostweights.tables.files import read_file

    read = read_file(path, replace(reading, as_text=(target,)))
    check_known(target, read.rows.column_names, "--target must name a column")
    if written := in_words(read.inferred, usual=False):
        echo(f"{printable(path.name)}: read as {written}", err=True)
    if drop_missing_target is None:
        return read.rows
    if not drop_missing_target:
        mend = "Add --drop-missing-target to leave these rows out, or complete the column."
        check_present(as_text(read.rows[target]), f"every row must have a label in {target!r}", mend=mend)
        return read.rows
    rows = rows_with_target(read.rows, target)
    if left_out := read.rows.num_rows - rows.num_rows:
        echo(f"{printable(path.name)}: {left_out} rows without a label left out", err=True)
    return rows


def read_column(path: Path, target: str, reading: Reading, *, drop_missing_target: bool | None = None) -> Any:
    """Return the labels of a file, an Arrow column of shape (n,).

    Raises
    ------
    InvalidValueError
        As `read_table`.
    """
    return read_table(path, target, reading, drop_missing_target=drop_missing_target)[target]


def label_named(text: str | None, counts: ClassCounts, option: str = "--positive") -> Any:
    """Return the label that is written so; None where nothing is.

    Raises
    ------
    InvalidValueError
        If no label is; the nearest one is suggested.

    Examples
    --------
    >>> from boostweights.weighting.counts import ClassCounts
    >>> label_named("1", ClassCounts({0: 9, 1: 1}))
    1
    """
    if text is None:
        return None
    by_text = {str(label): label for label in counts}
    check_known(text, by_text, f"{option} must name a label")
    return by_text[text]
