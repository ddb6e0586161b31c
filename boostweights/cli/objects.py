"""What a command works on: a table, an object of a user's file, parameters, or a model file."""

import json
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from boostweights.cli.options import ColumnOptions
from boostweights.cli.session import echo
from boostweights.errors import (
    UNREADABLE,
    InvalidTypeError,
    Problems,
    check_file,
    check_known,
    check_that,
    explained,
    printable,
    shown,
)
from boostweights.tables.endings import checked_ending
from boostweights.tables.reading import Reading, in_words
from boostweights.tables.results import as_rows

if TYPE_CHECKING:
    from boostweights.tables.roles import Roles

_RUN_NAME = "boostweights_object"
"""Not "__main__": code that a file runs only as a script is not run."""

_HEAD = 4096
_LARGEST_PARAMETERS = 1_000_000
"""Bytes; parameters of a model are a page, not a book."""


def read_table(path: Path, columns: ColumnOptions, reading: Reading) -> tuple[Any, "Roles"]:
    """Return the rows of a file that have a label, and its columns' roles; print what was guessed of them.

    Raises
    ------
    InvalidValueError
        If the file cannot be read, columns or the positive label are not in it, or labels are missing and
        --strict does not leave such rows out.
    """
    checked_ending(path)  # before what takes long to import
    from boostweights.tables.features import as_text, check_labelled, rows_with_target
    from boostweights.tables.files import read_file
    from boostweights.tables.roles import checked_roles, kept_as_text
    from boostweights.tables.target import labels_of, positive_of

    problems = Problems()
    roles = columns.roles(problems)
    read = read_file(path, kept_as_text(reading, roles))
    roles, rows = checked_roles(read.rows, roles, problems), read.rows
    with problems:
        check_known(roles.target, rows.column_names, "--target must name a column")
        if columns.strict and not columns.drop_missing_target:
            check_labelled(as_text(rows[roles.target]), roles.target)
        rows = rows_with_target(rows, roles.target)
        if columns.positive is not None:
            positive_of(labels_of(rows[roles.target], roles.target), columns.positive)
    problems.check()
    if written := in_words(read.inferred, usual=False):
        echo(f"{printable(path.name)}: read as {written}", err=True)
    if left_out := read.rows.num_rows - rows.num_rows:
        echo(f"{printable(path.name)}: {left_out:,} rows without a label are left out", err=True)
    return rows, roles


def object_of(text: str) -> Any:
    """Run a user's own file and return an object of it, by its name (dots go into attributes).

    Raises
    ------
    InvalidValueError
        If there is no such file, it raises, or it has no such object; the nearest name is suggested.
    """
    file, _, name = text.rpartition(":")
    path = Path(file)
    check_file(path, "a file to run must exist")
    first, *attributes = name.split(".")
    kinds = (*UNREADABLE, SyntaxError, SystemExit)
    directory = str(path.resolve().parent)
    sys.path.insert(0, directory)  # it may import its neighbours, as a script does
    try:
        with explained(kinds, "a file must run to its end", "Run it with python first.", file):
            ran = runpy.run_path(file, run_name=_RUN_NAME)
    finally:
        if directory in sys.path:
            sys.path.remove(directory)
    names = {key: value for key, value in ran.items() if not key.startswith("_")}
    check_known(first, names, f"{text} must be in its file")
    named = names[first]
    for attribute in attributes:
        check_known(attribute, dir(named), f"{text} must be there")
        named = getattr(named, attribute)
    return named


def subject_of(text: str, library: str | None) -> tuple[Any, str | None]:
    """Return what to audit, or the path of a model file, and the library whose parameters it is.

    Pickle and joblib files are refused: reading them runs what is in them.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no file of these kinds, or parameters come without their library.
    """
    file, _, name = text.rpartition(":")
    if name and file.endswith(".py"):
        return object_of(text), library
    path = Path(text)
    check_file(path, "an audit is of FILE.py:OBJECT, parameters as JSON, or a model file")
    if path.suffix.lower() != ".json" or path.stat().st_size > _LARGEST_PARAMETERS:
        return path, None
    from boostweights.adapters.registry import adapters_that_can

    kinds = (ValueError, RecursionError)  # no text, no JSON, too many digits
    with explained(kinds, "a .json file must be JSON", "Correct it.", text):
        settings = json.loads(path.read_text(encoding="utf-8"))
    rule, seen = "parameters must be a JSON object", f"{path}: {type(settings).__name__}"
    check_that(isinstance(settings, dict), rule, seen, 'Write {"max_depth": 3}.', InvalidTypeError)
    with path.open("rb") as opened:
        head = opened.read(_HEAD)
    if any(adapter.files.is_file(path, head) for adapter in adapters_that_can("files")):
        return path, None
    check_that(library, "parameters must come with their library", shown(text), "Add --library.")
    return settings, library


def audited_file(path: str, **table: Any) -> list[dict[str, Any]]:
    """Return the findings of a model file, which is loaded in this process, with the labels of a table."""
    from boostweights.audits.audit import audit
    from boostweights.card.model import loaded

    return as_rows(audit(loaded(Path(path)), table_labels(**table)).columns())


def table_labels(*, data: str | None, columns: Mapping[str, Any], reading: Mapping[str, Any]) -> Any:
    """Return the labels of a table; None where none is given."""
    if data is None:
        return None
    rows, roles = read_table(Path(data), ColumnOptions(**columns), Reading(**reading))
    return rows[roles.target]
