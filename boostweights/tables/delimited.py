"""CSV and TSV as rows. Nothing is guessed or left out: a row of another length is an error, with its line."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pacsv

from boostweights.errors import InvalidValueError, explained


def read_delimited(path: Path, sep: str) -> pa.Table:
    """Return the rows of a CSV file with a header, its columns typed by all of their values.

    Empty fields, NA, N/A, NaN and null are missing; dates are those of ISO 8601. Blank lines are no rows.

    Parameters
    ----------
    path : Path
        UTF-8, plain or gzip.
    sep : str
        One character between fields.

    Raises
    ------
    InvalidValueError
        If it is not text, a row has another number of fields than the header, or a quote is not closed.
    """
    content = _content(path)
    text = _checked_text(path, content)
    try:
        # no Python in it: at an error the interpreter may exit while threads of Arrow's still read
        rows = pacsv.read_csv(
            pa.input_stream(path, compression="gzip" if path.suffix.lower() == ".gz" else None),
            parse_options=pacsv.ParseOptions(delimiter=sep, newlines_in_values=True),
            convert_options=pacsv.ConvertOptions(strings_can_be_null=True),
        )
    except pa.ArrowException as broken:
        _check_rows(path, text, sep)
        raise InvalidValueError(
            "a CSV file must be rows below a header", f"{path}: {broken}", "Look at that place."
        ) from broken
    if text.count('"') % 2:
        _check_rows(path, text, sep)
    return rows.rename_columns([name.strip() for name in rows.column_names])


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return raw
    broken = (OSError, EOFError, zlib.error)
    with explained(broken, "a .gz file must be whole", "Fetch or write it again.", str(path)):
        return gzip.decompress(raw)


def _checked_text(path: Path, content: bytes) -> str:
    rule, mend = "a CSV file must be text in UTF-8", "Save it as UTF-8."
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as other:
        line = content.count(b"\n", 0, other.start) + 1
        raise InvalidValueError(rule, f"{path}: another byte in line {line}", mend) from other
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InvalidValueError(rule, f"{path}: a zero byte in line {line}", mend)
    return text


def _check_rows(path: Path, text: str, sep: str) -> None:
    """Raise with the line of the first row that does not fit: Arrow counts rows, not lines."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sep, strict=True)
    width, begins = 0, 1
    try:
        for row in reader:
            width = width or len(row)
            if row and len(row) != width:
                raise InvalidValueError(
                    f"every row of a CSV file must have as many fields as its header, {width}",
                    f"{len(row)} in line {begins} of {path}",
                    "Correct that line; a field that holds the separator stands in quotes.",
                )
            begins = reader.line_num + 1
    except csv.Error as broken:
        rule, seen = "quotes in a CSV file must be closed", f"{path}, line {begins}: {broken}"
        raise InvalidValueError(rule, seen, "Close it.") from broken
