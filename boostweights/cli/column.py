"""The column of labels of a user's file, in its own type."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from boostweights.errors import InvalidValueError, check_known, did_you_mean, shown

if TYPE_CHECKING:
    from boostweights.weighting.counts import ClassCounts


def read_table(path: Path, target: str, *, sql: str | None = None, sep: str | None = None) -> Any:
    """Return the rows of a file, among whose columns the target is.

    Raises
    ------
    InvalidValueError
        If the file cannot be read, or has no such column; the nearest one is suggested.
    """
    from boostweights.tables.files import read_rows

    rows = read_rows(path, sql=sql, sep=sep)
    check_known(target, rows.column_names, "--target must name a column")
    return rows


def read_column(path: Path, target: str, *, sql: str | None = None, sep: str | None = None) -> Any:
    """Return the labels of a file, an Arrow column of shape (n,).

    Raises
    ------
    InvalidValueError
        As `read_table`.
    """
    return read_table(path, target, sql=sql, sep=sep)[target]


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
    for label in counts:
        if text == str(label):
            return label
    raise InvalidValueError(f"{option} must name a label", shown(text), did_you_mean(text, counts))
