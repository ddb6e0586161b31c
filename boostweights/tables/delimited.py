"""Text files of fields and rows: encoding and separator are found, columns typed by all of their values.

DuckDB sniffs and Arrow reads: newer versions of DuckDB refuse files whose line ends are mixed.
"""

import codecs
import csv
import gzip
import io
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from encodings.aliases import aliases
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv

from boostweights.errors import (
    InvalidValueError,
    MissingLibraryError,
    check_that,
    did_you_mean,
    explained,
    shown,
)

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16's, with which it begins
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WESTERN = "cp1252"
_LOST = "\N{REPLACEMENT CHARACTER}"
_SEPARATORS = (",", ";", "\t", "|")
_DECLARED = re.compile(r'"?sep=(.)"?\r?\n', re.IGNORECASE)
"""A line above the header that names the separator, as Excel reads it."""
_SAMPLE = 4_000_000
"""Letters that the sniffer sees."""
_BLOCK = 1 << 24
"""Bytes that are read at once of a file that is read part by part."""


def read_delimited(
    path: Path, usual: str, *, sep: str | None = None, encoding: str | None = None
) -> tuple[pa.Table, pa.Table | None, dict[str, str]]:
    """Return the rows of a text file below its header, columns typed by all of their values.

    Empty fields, NA, N/A, NaN and null are missing; dates are those of ISO 8601. Blank lines are no rows. A
    first line such as ``sep=;`` names the separator.

    Parameters
    ----------
    path : Path
        Plain or gzip.
    usual : str
        The separator that its ending implies, where none is found.
    sep, encoding : str, optional
        As the user specified them.

    Returns
    -------
    rows : pyarrow.Table
    texts : pyarrow.Table or None
        Its columns of fractions, as they are written.
    inferred : dict of str to str
        Encoding, separator and, where it is unusual, quote.

    Raises
    ------
    InvalidValueError
        If it is no text, a row has another number of fields than the header, or a quote is not closed.
    MissingLibraryError
        If DuckDB, which finds the separator, is not installed and none is specified.
    """
    content = path.read_bytes()
    if path.suffix.lower() == ".gz":
        broken = (OSError, EOFError, zlib.error)
        with explained(broken, "a .gz file must be whole", "Fetch or write it again.", str(path)):
            content = gzip.decompress(content)
    text, known_encoding = decoded(content, path, encoding)
    read, parse = _dialect(text, usual, sep)
    # text of Arrow's own: no Python in it while threads of Arrow's read
    sink = pa.BufferOutputStream()
    sink.write(content if known_encoding in ("utf-8", "utf-8-sig") else text.encode())
    buffer = sink.getvalue()
    try:
        rows = pacsv.read_csv(pa.BufferReader(buffer), read, parse, _converting())
    except pa.ArrowException as broken:
        _check_rows(text, path, read.skip_rows, parse)
        rule, seen = "a CSV file must be rows below a header", f"{path}: {broken}"
        raise InvalidValueError(rule, seen, "Look at that place.") from broken
    if text.count(parse.quote_char) % 2:
        _check_rows(text, path, read.skip_rows, parse)
    is_clear = len(set(rows.column_names)) == rows.num_columns
    floats = [field.name for field in rows.schema if is_clear and pa.types.is_floating(field.type)]
    texts = None
    if floats:
        converting = _converting(floats, include_columns=floats)
        texts = pacsv.read_csv(pa.BufferReader(buffer), read, parse, converting)
    written = {"encoding": known_encoding, "separator": parse.delimiter}
    return rows, texts, written | ({"quote": parse.quote_char} if parse.quote_char != '"' else {})


def text_batches(
    path: Path, usual: str, *, sep: str | None = None, encoding: str | None = None
) -> Iterator[pa.RecordBatch]:
    """Yield the rows of a text file as it is written: every column is text, and nothing is inferred of it.

    UTF-8, also in gzip, is read part by part, and may be larger than memory; other encodings are read whole.
    Parameters and missing values are those of `read_delimited`.
    """
    rule = "a CSV file must be rows of text below a header"
    with explained((pa.ArrowException, OSError), rule, "Look at that place.", str(path)):
        with pa.input_stream(str(path)) as opened:
            head = opened.read(_SAMPLE)
            known = encoding or next((name for mark, name in _MARKS if head.startswith(mark)), "")
            if not known:
                with suppress(UnicodeDecodeError):
                    codecs.getincrementaldecoder("utf-8")().decode(head)
                    known = "utf-8"
            if known and _known(known) in ("utf-8", "utf-8-sig"):
                text, stream = head.decode("utf-8-sig", errors="replace"), pa.input_stream(str(path))
            else:
                text, _ = decoded(head + opened.read(), path, encoding)
                stream = pa.BufferReader(text.encode())
        read, parse = _dialect(text, usual, sep)
        names: list[str] = next(islice(_reader(text, parse), read.skip_rows, None), [])
        with stream:
            yield from pacsv.open_csv(stream, read, parse, _converting(names))


def _converting(texts: Iterable[str] = (), **more: Any) -> pacsv.ConvertOptions:
    """Return how Arrow types columns: by their values, or as texts."""
    types = dict.fromkeys(texts, pa.string())
    return pacsv.ConvertOptions(strings_can_be_null=True, column_types=types, **more)


def _dialect(text: str, usual: str, sep: str | None) -> tuple[pacsv.ReadOptions, pacsv.ParseOptions]:
    """Return how Arrow reads a text: as it declares, as its user specifies, or as it is found out."""
    declared, quote, escape = _DECLARED.match(text), '"', None
    if declared is not None:
        sep = sep or declared[1]
    elif sep is None:
        sep, quote, escape = sniffed(text, usual)
    read = pacsv.ReadOptions(skip_rows=int(declared is not None), block_size=_BLOCK)
    return read, pacsv.ParseOptions(
        delimiter=sep, quote_char=quote, escape_char=escape or False, newlines_in_values=True
    )


def _reader(text: str, parse: pacsv.ParseOptions, *, strict: bool = False) -> Any:
    """Return Python's reader of a text."""
    return csv.reader(
        io.StringIO(text, newline=""),
        delimiter=parse.delimiter,
        quotechar=parse.quote_char,
        escapechar=parse.escape_char or None,
        doublequote=not parse.escape_char,
        strict=strict,
    )


def _check_rows(text: str, path: Path, skipped: int, parse: pacsv.ParseOptions) -> None:
    """Raise with the line of the first bad row: Arrow counts rows, and accepts an open quote."""
    reader = _reader(text, parse, strict=True)
    width, begins, sep = 0, 1 + skipped, parse.delimiter
    try:
        for row in islice(reader, skipped, None):
            width = width or len(row)
            if row and len(row) != width:
                raise InvalidValueError(
                    f"every row of a CSV file must have as many fields as its header, {width}",
                    f"{len(row)} in line {begins} of {path}",
                    f"Correct that line, or quote a field that contains {sep!r}, or name another --sep.",
                )
            begins = reader.line_num + 1
    except csv.Error as broken:
        rule, seen = "quotes in a CSV file must be closed", f"{path}, line {begins}: {broken}"
        raise InvalidValueError(rule, seen, "Close it.") from broken


def sniffed(text: str, usual: str) -> tuple[str, str, str | None]:
    """Return separator, quote and escape that DuckDB finds in a text, whose first line is its header.

    Where the separator is none that is common, it is the `usual` one, or the one most frequent in the header.

    Raises
    ------
    MissingLibraryError
        If DuckDB is not installed.

    Examples
    --------
    >>> sniffed("price, EUR;sold\\n1,5;2\\n2,5;3\\n", ",")
    (';', '"', None)
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
    query = "SELECT Delimiter, Quote, Escape FROM sniff_csv(?, header=true, skip=0, sample_size=-1)"
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as connection:
        file = Path(folder) / "sample.csv"
        file.write_text(sample, encoding="utf-8", newline="")
        try:
            sep, quote, escape = connection.execute(query, [str(file)]).fetchone() or ("", "", "")
        except duckdb.Error:
            sep = ""
    header = text.lstrip().partition("\n")[0]
    if sep not in _SEPARATORS or sep not in header:
        return usual if usual in header else max((usual, *_SEPARATORS), key=header.count), '"', None
    if sep == "," and (count := header.count(";")):  # 1,5;2 has as many fields by commas
        sep = ";" if all(line.count(";") == count for line in sample.splitlines() if line.strip()) else sep
    return sep, "'" if quote == "'" else '"', "\\" if escape == "\\" else None


def decoded(content: bytes, path: Path, encoding: str | None = None) -> tuple[str, str]:
    """Return the text of a file and the encoding that it was read by.

    Parameters
    ----------
    content : bytes
        The file's.
    path : Path
        Its name, for errors.
    encoding : str, optional
        As its user says; without it a byte order mark says it, or else it is UTF-8 where all of it is that,
        or else cp1252, which holds Latin-1's letters.

    Raises
    ------
    InvalidValueError
        If it is no text, or most of its letters are those of another encoding; the option that settles it is
        named.

    Examples
    --------
    >>> decoded("naïve".encode("latin-1"), Path("a.csv"))
    ('naïve', 'cp1252')
    >>> decoded("naïve".encode("utf-16"), Path("a.csv"))
    ('naïve', 'utf-16')
    """
    name = encoding or next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if name is None:
        try:
            content.decode("utf-8")
            name = "utf-8"
        except UnicodeDecodeError as broken:
            # UTF-8 but for some bytes, read as cp1252: its letters would be others
            lossy = content.decode("utf-8", errors="replace")
            lost = lossy.count(_LOST)
            check_that(
                len(lossy) - len(lossy.encode("ascii", errors="ignore")) <= 2 * lost,
                "a text file must be in one encoding",
                f"{path}, UTF-8 but for {lost} bytes, the first in line {_line(content, broken)}",
                f"Correct that line, or add --encoding {_WESTERN} to read every letter as that.",
            )
            name = _WESTERN
    try:
        text = content.decode(_known(name))
    except UnicodeError as broken:
        another = "Name another --encoding, or save it as UTF-8."
        raise InvalidValueError(
            f"a text file must be text in its encoding, here {name}",
            f"{path}: another byte in line {_line(content, broken)}",
            "Add --encoding latin-1, or what it is." if name == _WESTERN else another,
        ) from broken
    if "\0" in text:
        half = len(content) // 4  # zero bytes of UTF-16 are at every second place
        wide = [end for end, at in (("le", 1), ("be", 0)) if content[at::2].count(0) > half]
        raise InvalidValueError(
            "a text file must hold no zero bytes",
            f"{path}: a zero byte in line {text.count(chr(10), 0, text.index(chr(0))) + 1}",
            f"Add --encoding utf-16-{wide[0]}." if wide else "Correct that line, or save it as UTF-8.",
        )
    return text.removeprefix("\ufeff"), _known(name)


def _line(content: bytes, broken: UnicodeError) -> int:
    """Return the line of the first byte that is no text, counted from 1."""
    return content.count(b"\n", 0, getattr(broken, "start", 0)) + 1


def _known(name: str) -> str:
    """Return the usual name of an encoding of text."""
    with suppress(LookupError, ValueError):
        codec = codecs.lookup(name)
        if codec._is_text_encoding:
            return codec.name
    near = did_you_mean(name, [*aliases, *aliases.values()])
    raise InvalidValueError("--encoding must name an encoding", shown(name), near)
