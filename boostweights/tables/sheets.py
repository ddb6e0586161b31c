"""A sheet of a workbook (Excel, OpenDocument) as rows: its first row that holds anything is the header."""

import datetime
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from boostweights.errors import check_known, check_that, explained
from boostweights.lazy import needs


def read_sheet(path: Path, sheet: str | None = None) -> tuple[pa.Table, str]:
    """Return the rows of a sheet, and its name.

    Parameters
    ----------
    path : Path
        The workbook.
    sheet : str, optional
        Needed where more than one sheet holds anything.

    Raises
    ------
    InvalidValueError
        If it can't be read, or the sheet is not said or not there.
    MissingLibraryError
        If python-calamine is not installed.
    """
    needs(["python_calamine"], "a workbook", "excel")
    import python_calamine as calamine

    rule, mend = "a workbook must be readable", "Save it again, without a password, or as CSV."
    kinds = (calamine.CalamineError, OSError, ValueError)
    with explained(kinds, rule, mend, str(path)), calamine.load_workbook(str(path)) as book:
        if sheet is not None:
            check_known(sheet, book.sheet_names, "--sheet must name a sheet")
        names = book.sheet_names if sheet is None else [sheet]
        sheets = {name: rows for name in names if (rows := book.get_sheet_by_name(name).to_python())}
    asked = " or ".join(f"--sheet {name!r}" for name in sheets)
    rule = "one sheet of a workbook must be the table"
    check_that(len(sheets) < 2, rule, f"{len(sheets)} in {path}", f"Add {asked}.")
    check_that(sheets, "a workbook must hold rows", f"{path}, which is empty", "Check its source.")
    ((name, (header, *rest)),) = sheets.items()
    rest = [row for row in rest if any(cell != "" for cell in row)]
    columns = {}
    for place, cell in enumerate(header):
        column = _column([row[place] for row in rest])
        if cell != "" or column.null_count < len(rest):
            columns[place] = column
    names = [_text(header[place]).strip() or f"column {place + 1}" for place in columns]
    return pa.table([*columns.values()], names=names), name


def _column(cells: Sequence[Any]) -> pa.Array:
    """Return a column of one type; cells of different types become text."""
    values = [None if isinstance(cell, str) and not cell.strip() else cell for cell in cells]
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int, float}:
        as_number = int if all(value is None or float(value).is_integer() for value in values) else float
        return pa.array([None if value is None else as_number(value) for value in values])
    if kinds <= {datetime.date, datetime.datetime}:
        as_time = datetime.datetime.fromisoformat  # a day is its midnight
        times = [None if value is None else as_time(value.isoformat()) for value in values]
        return pa.array(times, pa.timestamp("us"))
    if len(kinds) == 1:
        return pa.array(values)
    return pa.array([None if value is None else _text(value) for value in values], pa.string())


def _text(value: Any) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
