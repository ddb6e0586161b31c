"""How a file is to be read, where its user says it, and what was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import pyarrow as pa

Dates = Literal["refuse", "features", "drop"]
"""What becomes of columns of dates."""

Categories = Literal["dtype", "text", "few", "codes"]
"""How a library takes categories: of pandas; as text, their columns in ``cat_features``; at most 255; or as
numbers in the order of their levels."""

_USUAL = {"encoding": ("utf-8", "utf-8-sig"), "separator": (",",)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the user of a file says of it; what is left out is inferred.

    Attributes
    ----------
    sql : str or None
        A query in DuckDB's SQL; a table other than a DuckDB database is called ``data`` in it. Only a query
        with ORDER BY is sure to return its rows in the same order, and so to be split alike, every time.
    sep : str or None
        What separates the fields of a text file.
    decimal : {".", ","} or None
        The decimal mark of numbers that are written as text.
    encoding : str or None
        Of a text file.
    sheet : str or None
        The sheet of a workbook that holds the table.
    as_text : tuple of str
        Columns whose texts stay as they are, whatever numbers they look like.
    """

    sql: str | None = None
    sep: str | None = None
    decimal: str | None = None
    encoding: str | None = None
    sheet: str | None = None
    as_text: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """The rows of a file, and how they were read.

    Attributes
    ----------
    rows : pyarrow.Table of shape (n, any)
        The table.
    inferred : mapping of str to str
        What was found out → what it is: separator, quote, encoding, decimal, thousands, sheet.
    notes : mapping of str to str
        Column → what its user should know of how it was read.
    marks : mapping of str to (str, str, str) or None
        Column that was text → the decimal mark of its numbers, the mark between thousands, and the letter of
        missing ones. None where text was not looked at.
    """

    rows: pa.Table
    inferred: Mapping[str, str] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    marks: Mapping[str, tuple[str, ...]] | None = None


def in_words(inferred: Mapping[str, str], *, usual: bool = True) -> str:
    """Return how a file was read, in words; unless `usual`, only what is not as in most files.

    Examples
    --------
    >>> in_words({"encoding": "cp1252", "separator": ";", "decimal": ","})
    "cp1252, ';' between fields, decimal mark ','"
    >>> in_words({"encoding": "utf-8", "separator": ","}, usual=False)
    ''
    """
    written = {
        "encoding": "{}",
        "separator": "{!r} between fields",
        "quote": "quotes {}",
        "sheet": "sheet {!r}",
        "decimal": "decimal mark {!r}",
        "thousands": "thousands mark {!r}",
    }
    kept = (key for key, value in inferred.items() if usual or value not in _USUAL.get(key, ()))
    return ", ".join(written[key].format(inferred[key]) for key in kept)
