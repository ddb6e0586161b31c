"""A user's data file by its ending: there, and what the ending says; nothing heavy is imported to tell."""

from pathlib import Path

from boostweights.errors import check_file, check_that, explained
from boostweights.tables.folders import check_utf8

DELIMITED = {".csv": ",", ".csv.gz": ",", ".tsv": "\t", ".tsv.gz": "\t"}
"""What separates fields, where nothing else is found."""
PARQUET = (".parquet", ".pq")
DUCKDB = (".duckdb", ".ddb", ".db")
SHEETS = {".xlsx": "zip", ".xlsm": "zip", ".xlsb": "zip", ".ods": "zip", ".xls": "old Excel"}
"""Workbooks, and what they are kept in."""
ENDINGS = (*DELIMITED, *SHEETS, *PARQUET, *DUCKDB)

_BEGINNINGS = (
    (0, b"PAR1", "Parquet"),
    (0, b"\x1f\x8b", "gzip"),
    (8, b"DUCK", "DuckDB"),
    (0, b"SQLite format 3", "SQLite"),
    (0, b"PK\x03\x04", "zip"),
    (0, b"\xd0\xcf\x11\xe0", "old Excel"),
    (0, b"ARROW1", "Arrow"),
    (0, b"%PDF", "PDF"),
    (0, b"<!doctype html", "HTML"),
    (0, b"<html", "HTML"),
)
"""Where which bytes stand in what kind of file; letters in any case."""
_KINDS = {
    **dict.fromkeys(PARQUET, "Parquet"),
    **dict.fromkeys(DUCKDB, "DuckDB"),
    **{ending: "gzip" for ending in DELIMITED if ending.endswith(".gz")},
    **SHEETS,
}
"""Ending → the kind of file that it implies; others are text."""
_WORDS = {"zip": "a zip archive, as Excel's files are", "old Excel": "an old Excel file"}


def checked_ending(path: Path) -> str:
    """Return the ending of a file that exists and is what its ending says; of a folder, Parquet's.

    Raises
    ------
    InvalidValueError
        If it is not; the nearest file is suggested.
    """
    if path.is_dir():
        return PARQUET[0]
    ending = next((ending for ending in ENDINGS if path.name.lower().endswith(ending)), "")
    rule = "a data file must end in " + ", ".join(ENDINGS)
    check_that(ending, rule, repr(path.name), "Rename or convert it.")
    check_file(path, "a data file must exist", ENDINGS)
    rule, mend = "a data file must be readable", "Check who may read it."
    with explained((OSError,), rule, mend, str(path)), path.open("rb") as file:
        head = file.read(64).lower()
    check_that(head.strip(), "a data file must hold rows", f"{path}, which is empty", "Check its source.")
    kind = next((kind for at, text, kind in _BEGINNINGS if head[at:].startswith(text.lower())), None)
    wanted = _KINDS.get(ending)
    seen = f"{path}, which holds {_WORDS.get(str(kind), kind) or f'no {wanted}'}"
    remedy = "Give it the ending of what it is, or convert it."
    check_that(kind == wanted, f"a file that ends in {ending} must hold what that says", seen, remedy)
    if ending not in DELIMITED:
        check_utf8(path)
    return ending
