"""A user's file as rows: text, Parquet, DuckDB, a workbook; told by its ending, and checked to be that."""

from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import pyarrow.dataset as pads
from pyarrow import fs

from boostweights.errors import InvalidValueError, MissingLibraryError, explained
from boostweights.tables.delimited import Delimited
from boostweights.tables.endings import DELIMITED, DUCKDB, SHEETS, checked_ending
from boostweights.tables.folders import files_of
from boostweights.tables.numerals import may_have_commas, with_numbers
from boostweights.tables.reading import Read, Reading
from boostweights.tables.sheets import read_sheet


def read_rows(path: Path, **said: Any) -> pa.Table:
    """Return the rows of a file, read as `read_file` does it.

    Parameters
    ----------
    path : Path
        The file.
    **said
        Of it, as the fields of a `Reading`.
    """
    return read_file(path, Reading(**said)).rows


def read_file(path: Path, reading: Reading) -> Read:
    """Return the rows of a file, or of a query on it, and what was inferred of how it is written.

    Parameters
    ----------
    path : Path
        A text file (.csv, .tsv, also with .gz), a workbook (.xlsx, .xls, .ods), .parquet or .duckdb, or
        a folder of Parquet files.
    reading : Reading
        What its user says of it.

    Raises
    ------
    InvalidValueError
        If there is no such file, it is not what its ending says, the query fails, or the file can be read in
        two ways; the option that settles it is named.
    MissingLibraryError
        If a package is needed and not installed.
    """
    ending = checked_ending(path)
    _check_said(path, ending, reading)
    if ending in DUCKDB:
        return _numbered(Read(rows=_query(str(reading.sql), database=path)), reading)
    if ending in DELIMITED:
        found = _delimited(path, ending, reading)
    elif ending in SHEETS:
        rows, sheet = read_sheet(path, reading.sheet)
        found = _numbered(Read(rows=rows, inferred={"sheet": sheet}), reading)
    else:
        rows = _parquet(path)
        rows = _whole(rows, path) if reading.sql is None else _query(reading.sql, data=rows)
        return _numbered(Read(rows=rows), reading)
    return found if reading.sql is None else replace(found, rows=_query(reading.sql, data=found.rows))


def _check_said(path: Path, ending: str, reading: Reading) -> None:
    """Raise where options do not fit the file, or it needs another one."""
    if reading.sep is not None and (ending not in DELIMITED or len(reading.sep) != 1):
        rule = "a separator must be one character, and the file CSV"
        raise InvalidValueError(rule, repr(reading.sep), "Correct --sep, or leave it out.")
    if reading.encoding is not None and ending not in DELIMITED:
        rule = "--encoding is for a text file"
        raise InvalidValueError(rule, f"{reading.encoding!r} for {path.name}", "Leave it out.")
    if reading.sheet is not None and ending not in SHEETS:
        rule = "--sheet is for a workbook"
        raise InvalidValueError(rule, f"{reading.sheet!r} for {path.name}", "Leave it out.")
    if reading.decimal not in (None, ".", ","):
        rule = "--decimal must be . or ,"
        raise InvalidValueError(rule, repr(reading.decimal), "Write --decimal , for 1,5.")
    if ending in DUCKDB and reading.sql is None:
        rule = "a query must say which rows of a DuckDB database"
        raise InvalidValueError(rule, f"{path} alone", 'Add --sql "SELECT * FROM some_table".')


def _delimited(path: Path, ending: str, reading: Reading) -> Read:
    """Return the rows of a text file, numbers with decimal commas and thousands marks as such."""
    file = Delimited(path, DELIMITED[ending], sep=reading.sep, encoding=reading.encoding)
    rows = file.rows()
    commas = file.dialect.sep == ";"
    also = file.rows(floats) if (floats := _in_question(rows, reading, commas=commas)) else None
    found = _numbered(Read(rows=rows), reading, also=also, commas=commas)
    named = found.rows.rename_columns([name.strip() for name in found.rows.column_names])
    notes = {name.strip(): note for name, note in found.notes.items()}
    escape = {"quote": file.dialect.quote} if file.dialect.quote != '"' else {}
    written = {"encoding": file.encoding, "separator": file.dialect.sep} | escape
    return Read(rows=named, inferred=written | dict(found.inferred), notes=notes)


def _in_question(rows: pa.Table, reading: Reading, *, commas: bool) -> list[str]:
    """Return the columns that were read as numbers with points, where these may be points of thousands."""
    if reading.decimal == "." or len(set(rows.column_names)) < rows.num_columns:
        return []
    texts = (rows[field.name] for field in rows.schema if _is_text(field.type))
    if not (commas or reading.decimal == "," or any(map(may_have_commas, texts))):
        return []
    return [field.name for field in rows.schema if pa.types.is_floating(field.type)]


def _numbered(found: Read, reading: Reading, *, also: pa.Table | None = None, commas: bool = False) -> Read:
    """Return the table with numbers where texts are numbers with marks, all with the same decimal mark."""
    rows = found.rows
    if len(set(rows.column_names)) < rows.num_columns:
        return found
    texts = {field.name: rows[field.name] for field in rows.schema if _is_text(field.type)}
    texts |= {} if also is None else {name: also[name] for name in also.column_names}
    asked = {name: column for name, column in texts.items() if name.strip() not in reading.as_text}
    numbers, inferred, notes = with_numbers(asked, reading.decimal, commas=commas)
    for name, values in numbers.items():
        rows = rows.set_column(rows.column_names.index(name), name, pa.chunked_array([values]))
    return Read(rows=rows, inferred=dict(found.inferred) | inferred, notes=notes)


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _parquet(path: Path) -> Any:
    options = pads.ParquetFragmentScanOptions(page_checksum_verification=True)
    with _readable(path):
        system = fs.LocalFileSystem()
        files = [info.path for info in files_of(system, [PurePosixPath(path)])]
        if not files:
            raise InvalidValueError(
                "a folder must hold Parquet files", f"none in {path}", "Give the path of a file instead."
            )
        return pads.dataset(
            files,
            filesystem=system,
            format=pads.ParquetFileFormat(default_fragment_scan_options=options),
            partitioning="hive",
            partition_base_dir=str(path if path.is_dir() else path.parent),
        )


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
            "Install it with: pip install 'boostweights[cli]'.",
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
