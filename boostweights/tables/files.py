"""A user's file as rows: CSV, TSV, Parquet, DuckDB; told by its ending, and checked to be that."""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.dataset as pads

from boostweights.errors import InvalidValueError, MissingLibraryError, did_you_mean, explained

_DELIMITED: Final = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
_PARQUET: Final = (".parquet", ".pq")
_DUCKDB: Final = (".duckdb", ".ddb", ".db")
_ENDINGS: Final = (*_DELIMITED, *_PARQUET, *_DUCKDB)
_BEGINNINGS: Final = (
    (0, b"PAR1", "Parquet"),
    (0, b"\x1f\x8b", "gzip"),
    (8, b"DUCK", "DuckDB"),
    (0, b"SQLite format 3", "SQLite"),
    (0, b"PK\x03\x04", "a zip archive, as Excel's files are"),
    (0, b"\xd0\xcf\x11\xe0", "an old Excel file"),
    (0, b"ARROW1", "Arrow"),
    (0, b"%PDF", "PDF"),
    (0, b"<!doctype html", "HTML"),
    (0, b"<html", "HTML"),
)
"""Where which bytes stand in what kind of file; letters in any case."""


def read_rows(path: Path, *, sql: str | None = None, sep: str | None = None) -> pa.Table:
    """Return the rows of a file, or of a query on it.

    Parameters
    ----------
    path : Path
        A file that ends in .csv, .tsv (also with .gz), .parquet or .duckdb, or a folder of Parquet files.
    sql : str, optional
        A query in DuckDB's SQL; a table other than a DuckDB database is called ``data`` in it. Only a query
        with ORDER BY is sure to return its rows in the same order, and so to be split alike, every time.
    sep : str, optional
        What separates the fields of a CSV file, where it is not what its ending says.

    Returns
    -------
    rows : pyarrow.Table of shape (n, any)

    Raises
    ------
    InvalidValueError
        If there is no such file, it is not what its ending says, or the query fails.
    MissingLibraryError
        If DuckDB is needed and not installed.
    """
    ending = _checked_ending(path)
    if sep is not None and (ending not in _DELIMITED or len(sep) != 1):
        rule = "a separator must be one character, and the file CSV"
        raise InvalidValueError(rule, repr(sep), "Correct --sep.")
    if ending in _DUCKDB:
        if sql is None:
            rule, mend = (
                "a query must say which rows of a DuckDB database",
                'Add --sql "SELECT * FROM some_table".',
            )
            raise InvalidValueError(rule, f"{path} alone", mend)
        return _query(sql, database=path)
    separator = sep or _DELIMITED.get(ending)
    rows: Any = _parquet(path) if separator is None else read_delimited(path, separator)
    if sql is not None:
        return _query(sql, data=rows)
    return rows if isinstance(rows, pa.Table) else _whole(rows, path)


def _checked_ending(path: Path) -> str:
    if path.is_dir():
        return _PARQUET[0]
    ending = next((each for each in _ENDINGS if path.name.lower().endswith(each)), None)
    if ending is None:
        raise InvalidValueError(
            "a data file must end in " + ", ".join(_ENDINGS), repr(path.name), "Rename or convert it."
        )
    if not path.is_file():
        near = sorted(each.name for each in path.parent.glob("*") if each.name.lower().endswith(_ENDINGS))
        raise InvalidValueError("a data file must exist", repr(str(path)), did_you_mean(path.name, near))
    _check_content(path, ending)
    return ending


def _check_content(path: Path, ending: str) -> None:
    rule, mend = "a data file must be readable", "Check who may read it."
    with explained((OSError,), rule, mend, str(path)), path.open("rb") as file:
        head = file.read(64).lower()
    if not head.strip():
        raise InvalidValueError("a data file must hold rows", f"{path}, which is empty", "Check its source.")
    found = next((kind for at, text, kind in _BEGINNINGS if head[at:].startswith(text.lower())), None)
    wanted = {".gz": "gzip", ".parquet": "Parquet", ".pq": "Parquet"}.get(path.suffix.lower())
    wanted = "DuckDB" if ending in _DUCKDB else wanted
    if found != wanted:
        raise InvalidValueError(
            f"a file that ends in {ending} must hold what that says",
            f"{path}, which holds {found or f'no {wanted}'}",
            "Give it the ending of what it is, or convert it.",
        )


def _parquet(path: Path) -> Any:
    options = pads.ParquetFragmentScanOptions(page_checksum_verification=True)
    with _readable(path):
        found = pads.dataset(
            path,
            format=pads.ParquetFileFormat(default_fragment_scan_options=options),
            partitioning="hive" if path.is_dir() else None,
        )
    if not found.files:
        raise InvalidValueError(
            "a folder must hold Parquet files", f"none in {path}", "Give the path of a file instead."
        )
    return found


def _whole(rows: Any, path: Path) -> pa.Table:
    with _readable(path):
        try:
            return rows.to_table()
        except (pa.ArrowException, OSError):
            _check_files(rows)
            raise


def _check_files(rows: Any) -> None:
    """Raise with the name of the first file that cannot be read."""
    for fragment in rows.get_fragments():
        with _readable(fragment.path):
            fragment.to_table()


def _readable(path: Path | str) -> AbstractContextManager[None]:
    rule, mend = "Parquet files must be whole and of one schema", "Write them again, or convert them to CSV."
    return explained((pa.ArrowException, OSError), rule, mend, str(path))


def _query(sql: str, *, database: Path | None = None, data: Any = None) -> pa.Table:
    try:
        import duckdb
    except ImportError as absent:
        raise MissingLibraryError(
            "a query needs the package duckdb",
            "no module named 'duckdb'",
            "Install it with: pip install 'boostweights[frames]'.",
        ) from absent
    # one thread: with more, groups come out in another order each time, and so in other folds
    settings: dict[str, Any] = {
        "threads": 1,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,  # variables of Python's are no tables
    }
    where = ":memory:" if database is None else str(database)
    try:
        with duckdb.connect(where, read_only=database is not None, config=settings) as connection:
            if data is not None:
                connection.register("data", data)
            # from here on it reads the named data alone, and nothing in the query can change that
            connection.execute("SET enable_external_access = false; SET lock_configuration = true")
            if len(statements := connection.extract_statements(sql)) != 1:
                rule = "the query must be one statement"
                raise InvalidValueError(rule, f"{len(statements)} in {sql!r}", "Leave the others out.")
            relation = connection.sql(sql)
            # nothing, or nothing but a heading, is what a statement that is no query returns
            rows = None if relation is None else relation.to_arrow_table()
    except (duckdb.Error, pa.ArrowException) as refused:
        if isinstance(refused, duckdb.InvalidInputException) and isinstance(data, pads.Dataset):
            _check_files(data)
        raise InvalidValueError(
            "the query must be one that DuckDB answers",
            " ".join(str(refused).split()),
            "A table from a file is called data in it." if data is not None else "Correct it.",
        ) from refused
    if rows is None or not rows.num_rows:
        raise InvalidValueError(
            "the query must return rows", f"none from {sql!r}", "Write a SELECT that finds some."
        )
    return rows


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
