"""Text files of fields and rows: separator and quotes found, columns typed by all of their values."""

import csv
import gzip
import io
import tempfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.csv as pacsv

from boostweights.errors import InvalidValueError, MissingLibraryError, explained
from boostweights.tables.encoding import decoded

_SEPARATORS: Final = (",", ";", "\t", "|")
_SAMPLE: Final = 4_000_000
"""Letters that the sniffer sees."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What separates fields, and how one is quoted.

    Attributes
    ----------
    sep : str
        One character.
    quote : str
        One character.
    escape : str or None
        What makes a quote within quotes a letter; None where it is doubled.
    """

    sep: str
    quote: str = '"'
    escape: str | None = None


class Delimited:
    """A text file whose encoding and dialect are known.

    Parameters
    ----------
    path : Path
        Plain or gzip.
    usual : str
        What separates fields where nothing is found: as its ending says.
    sep, encoding : str, optional
        As its user says.

    Raises
    ------
    InvalidValueError
        If it is no text.
    MissingLibraryError
        If DuckDB, which finds the separator, is not installed and none is given.
    """

    def __init__(
        self, path: Path, usual: str, *, sep: str | None = None, encoding: str | None = None
    ) -> None:
        self.path = path
        content = _content(path)
        text, self.encoding = decoded(content, path, encoding)
        self._text = text.removeprefix("\ufeff")
        self.dialect = Dialect(sep=sep) if sep is not None else sniffed(self._text, usual)
        # text of Arrow's own: no Python in it while threads of Arrow's read
        sink = pa.BufferOutputStream()
        sink.write(content if self.encoding in ("utf-8", "utf-8-sig") else self._text.encode())
        self._buffer = sink.getvalue()

    def rows(self, as_text: Iterable[str] = ()) -> pa.Table:
        """Return the rows below the header, columns typed by all of their values.

        Empty fields, NA, N/A, NaN and null are missing; dates are those of ISO 8601. Blank lines are no rows.

        Parameters
        ----------
        as_text : iterable of str
            Columns that are returned as text, whatever they hold; if any, no others are returned.

        Raises
        ------
        InvalidValueError
            If a row has another number of fields than the header, or a quote is not closed.
        """
        texts = {name: pa.string() for name in as_text}
        try:
            rows = pacsv.read_csv(
                pa.BufferReader(self._buffer),
                parse_options=pacsv.ParseOptions(
                    delimiter=self.dialect.sep,
                    quote_char=self.dialect.quote,
                    escape_char=self.dialect.escape or False,
                    newlines_in_values=True,
                ),
                convert_options=pacsv.ConvertOptions(
                    strings_can_be_null=True, column_types=texts, include_columns=list(texts)
                ),
            )
        except pa.ArrowException as broken:
            self._check_rows()
            raise InvalidValueError(
                "a CSV file must be rows below a header", f"{self.path}: {broken}", "Look at that place."
            ) from broken
        if self._text.count(self.dialect.quote) % 2:
            self._check_rows()
        return rows

    def _check_rows(self) -> None:
        """Raise with the line of the first row that does not fit: Arrow counts rows, not lines."""
        reader = self._reader()
        width, begins = 0, 1
        try:
            for row in reader:
                width = width or len(row)
                if row and len(row) != width:
                    raise InvalidValueError(
                        f"every row of a CSV file must have as many fields as its header, {width}",
                        f"{len(row)} in line {begins} of {self.path}",
                        f"Correct that line; a field that holds {self.dialect.sep!r} stands in quotes. "
                        "Another separator is said by --sep.",
                    )
                begins = reader.line_num + 1
        except csv.Error as broken:
            rule, seen = "quotes in a CSV file must be closed", f"{self.path}, line {begins}: {broken}"
            raise InvalidValueError(rule, seen, "Close it.") from broken

    def _reader(self) -> Any:
        return csv.reader(
            io.StringIO(self._text, newline=""),
            delimiter=self.dialect.sep,
            quotechar=self.dialect.quote,
            escapechar=self.dialect.escape,
            doublequote=self.dialect.escape is None,
            strict=True,
        )


def sniffed(text: str, usual: str) -> Dialect:
    """Return the dialect that DuckDB's sniffer finds in a text, whose first line is its header.

    Parameters
    ----------
    text : str
        A file's.
    usual : str
        The separator where none that the sniffer knows splits the header.

    Raises
    ------
    MissingLibraryError
        If DuckDB is not installed.

    Examples
    --------
    >>> sniffed("price, EUR;sold\\n1,5;2\\n2,5;3\\n", ",").sep
    ';'
    """
    try:
        import duckdb
    except ImportError as absent:
        raise MissingLibraryError(
            "the separator of a text file is found by the package duckdb",
            "no module named 'duckdb'",
            "Install it with: pip install 'boostweights[cli]', or add --sep ',', say.",
        ) from absent
    sample = text if len(text) <= _SAMPLE else text[:_SAMPLE].rpartition("\n")[0] + "\n"
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "sample.csv"
        file.write_text(sample, encoding="utf-8", newline="")
        asked = "SELECT Delimiter, Quote, Escape FROM sniff_csv(?, header=true, skip=0, sample_size=-1)"
        try:
            found = connection.execute(asked, [str(file)]).fetchone()
        except duckdb.Error:
            found = None
    header = text.lstrip().partition("\n")[0]
    if found is None or found[0] not in _SEPARATORS or found[0] not in header:
        return Dialect(sep=usual if usual in header else max((usual, *_SEPARATORS), key=header.count))
    sep, quote, escape = found
    if sep == "," and (count := header.count(";")):  # 1,5;2 has as many fields by commas
        sep = ";" if all(line.count(";") == count for line in sample.splitlines() if line.strip()) else sep
    return Dialect(sep=sep, quote="'" if quote == "'" else '"', escape="\\" if escape == "\\" else None)


def _content(path: Path) -> bytes:
    raw = path.read_bytes()
    if path.suffix.lower() != ".gz":
        return raw
    broken = (OSError, EOFError, zlib.error)
    with explained(broken, "a .gz file must be whole", "Fetch or write it again.", str(path)):
        return gzip.decompress(raw)
