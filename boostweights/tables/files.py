"""A user's file as rows: text, Parquet, DuckDB, a workbook; told by its ending, and checked to be that."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import Any

import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as pads
from pyarrow import fs

from boostweights.errors import InvalidValueError, check_known, check_that, explained
from boostweights.lazy import needs
from boostweights.tables.delimited import read_delimited, text_batches
from boostweights.tables.endings import DELIMITED, DUCKDB, SHEETS, checked_ending
from boostweights.tables.features import rows_with_target
from boostweights.tables.folders import files_of
from boostweights.tables.numerals import is_text, with_numbers
from boostweights.tables.reading import Read, Reading
from boostweights.tables.sheets import read_sheet
from boostweights.tables.target import as_read, labels_of


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
    ending = _checked(path, reading)
    if ending in DELIMITED:
        rows, floats, written = read_delimited(
            path, DELIMITED[ending], sep=reading.sep, encoding=reading.encoding
        )
        read = _numbered(rows, reading, written, floats)
    elif ending in SHEETS:
        rows, sheet = read_sheet(path, reading.sheet)
        read = _numbered(rows, reading, {"sheet": sheet})
    elif ending in DUCKDB:
        return _numbered(_query(str(reading.sql), database=path), reading)
    else:
        data = _parquet(path)
        if reading.sql is not None:
            return _numbered(_query(reading.sql, data=data), reading)
        with _readable(path):
            try:
                return _numbered(data.to_table(), reading)
            except (pa.ArrowException, OSError):
                _check_files(data)
                raise
    return read if reading.sql is None else replace(read, rows=_query(reading.sql, data=read.rows))


def read_table(
    path: str | PathLike[str], target: str, *, categorical: Sequence[str] = (), **reading: str
) -> tuple[pd.DataFrame, npt.NDArray[Any]]:
    """Read the features and the labels of a file, as ``boostweights compare`` reads them.

    Parameters
    ----------
    path : path
        A CSV or TSV file (.gz), a workbook, a Parquet file or a folder of them, or a DuckDB database.
    target : str
        The column of labels. Rows without a label are left out.
    categorical : sequence of str, default=()
        Columns that stay text, whatever numbers they look like.
    **reading : str
        How the file is written, where that is not found as it should be: ``sep``, ``decimal``, ``encoding``,
        ``sheet`` (of a workbook), or ``sql``, a DuckDB query for the rows; a file's table is called ``data``.

    Returns
    -------
    X : DataFrame of shape (n, p)
        All other columns, for `TablePreparation`.
    y : ndarray of shape (n,)
        The labels: integers where all are whole numbers, booleans, or texts.

    Raises
    ------
    InvalidValueError
        If the file cannot be read, or has no such target.

    Examples
    --------
    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = Path(folder, "people.csv")
    ...     _ = file.write_text("age;left\\n31,5;yes\\n40;no\\n28;\\n")
    ...     X, y = read_table(file, "left")
    >>> X["age"].tolist(), y.tolist()
    ([31.5, 40.0], ['yes', 'no'])
    """
    rows = read_file(Path(path), Reading(**reading, as_text=(target, *categorical))).rows
    check_known(target, rows.column_names, "target must name a column")
    rows = rows_with_target(rows, target)
    return rows.drop_columns(target).to_pandas(ignore_metadata=True), as_read(labels_of(rows[target], target))


def read_batches(path: Path, reading: Reading) -> Iterator[pa.Table]:
    """Yield the rows of a file part by part, for a model that knows what its columns are.

    The columns of a text file are text, as they are written: what one row is does not depend on the others.

    Raises
    ------
    InvalidValueError, MissingLibraryError
        As `read_file`.
    """
    ending = _checked(path, reading)
    if reading.sql is not None:
        yield read_file(path, reading).rows
    elif ending in DELIMITED:
        for batch in text_batches(path, DELIMITED[ending], sep=reading.sep, encoding=reading.encoding):
            yield pa.Table.from_batches([batch.rename_columns([name.strip() for name in batch.schema.names])])
    elif ending in SHEETS:
        yield read_sheet(path, reading.sheet)[0]
    else:
        with _readable(path):
            yield from (pa.Table.from_batches([batch]) for batch in _parquet(path).to_batches())


def _checked(path: Path, reading: Reading) -> str:
    """Return the ending of a file; raise where options do not fit the file, or it needs another one."""
    ending = checked_ending(path)
    is_text, remedy, seen = ending in DELIMITED, "Leave it out.", f"for {path.name}"
    is_one = reading.sep is None or (is_text and len(reading.sep) == 1)
    rule = "a separator must be one character, and the file CSV"
    check_that(is_one, rule, repr(reading.sep), "Correct --sep, or leave it out.")
    is_fit = reading.encoding is None or is_text
    check_that(is_fit, "--encoding is for a text file", f"{reading.encoding!r} {seen}", remedy)
    is_fit = reading.sheet is None or ending in SHEETS
    check_that(is_fit, "--sheet is for a workbook", f"{reading.sheet!r} {seen}", remedy)
    is_mark = reading.decimal in (None, ".", ",")
    check_that(is_mark, "--decimal must be . or ,", repr(reading.decimal), "Write --decimal , for 1,5.")
    rule, remedy = "a query must say which rows of a DuckDB database", 'Add --sql "SELECT * FROM some_table".'
    check_that(ending not in DUCKDB or reading.sql is not None, rule, f"{path} alone", remedy)
    return ending


def _numbered(
    rows: pa.Table, reading: Reading, written: Mapping[str, str] | None = None, floats: pa.Table | None = None
) -> Read:
    """Return the table with numbers where texts are numbers with marks, all with the same decimal mark.

    Fractions with points are given as texts as well: where other columns have decimal commas, the points
    may be marks of thousands. Where semicolons separate fields, commas are as likely as points.
    """
    inferred = dict(written or {})
    notes: dict[str, str] = {}
    marks: dict[str, tuple[str, ...]] = {}
    if len(set(rows.column_names)) == rows.num_columns:
        texts = {field.name: rows[field.name] for field in rows.schema if is_text(field.type)}
        texts |= {} if floats is None else dict(zip(floats.column_names, floats.columns, strict=True))
        texts = {name: column for name, column in texts.items() if name.strip() not in reading.as_text}
        commas = inferred.get("separator") == ";"
        numbers, marks, notes = with_numbers(texts, reading.decimal, commas=commas)
        thousands = " and ".join(sorted({mark for _, mark, _ in marks.values()} - {""}))
        if marks:
            inferred["decimal"], *_ = next(iter(marks.values()))
        if thousands:
            inferred["thousands"] = thousands
        for name, values in numbers.items():
            rows = rows.set_column(rows.column_names.index(name), name, values)
    if "separator" in inferred:  # spaces around a name are no part of it
        rows = rows.rename_columns([name.strip() for name in rows.column_names])
        notes = {name.strip(): note for name, note in notes.items()}
    return Read(
        rows=rows, inferred=inferred, notes=notes, marks={name.strip(): pair for name, pair in marks.items()}
    )


def _readable(path: Path | str) -> AbstractContextManager[None]:
    rule, mend = "Parquet files must be whole and of one schema", "Write them again, or convert them to CSV."
    return explained((pa.ArrowException, OSError), rule, mend, str(path))


def _parquet(path: Path) -> Any:
    """Return a file or a folder as a data set, which is not read yet."""
    options = pads.ParquetFragmentScanOptions(page_checksum_verification=True)
    with _readable(path):
        system = fs.LocalFileSystem()
        files = [info.path for info in files_of(system, [PurePosixPath(path)])]
        rule, remedy = "a folder must hold Parquet files", "Give the path of a file instead."
        check_that(files, rule, f"none in {path}", remedy)
        return pads.dataset(
            files,
            filesystem=system,
            format=pads.ParquetFileFormat(default_fragment_scan_options=options),
            partitioning="hive",
            partition_base_dir=str(path if path.is_dir() else path.parent),
        )


def _check_files(rows: Any) -> None:
    """Raise with the name of the first file that cannot be read."""
    for fragment in rows.get_fragments():
        with _readable(fragment.path):
            fragment.to_table()


def _query(sql: str, *, database: Path | None = None, data: Any = None) -> pa.Table:
    needs(["duckdb"], "a query", "cli")
    import duckdb

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
            statements = connection.extract_statements(sql)
            rule, seen = "the query must be one statement", f"{len(statements)} in {sql!r}"
            check_that(len(statements) == 1, rule, seen, "Leave the others out.")
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
    rule, remedy = "the query must return rows", "Write a SELECT that finds some."
    check_that(rows is not None and rows.num_rows, rule, f"none from {sql!r}", remedy)
    return rows
