"""The subject of an audit: an object of a user's file, parameters, or a model file."""

import json
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from boostweights.cli.column import read_column
from boostweights.errors import (
    UNREADABLE,
    InvalidTypeError,
    check_file,
    check_known,
    check_that,
    explained,
    shown,
)
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

_RUN_NAME: Final = "boostweights_object"
"""Not "__main__": code that a file runs only as a script is not run."""

_HEAD: Final = 4096
_LARGEST_PARAMETERS: Final = 1_000_000
"""Bytes; parameters of a model are a page, not a book."""


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
    names = {key: value for key, value in _names_of(path).items() if not key.startswith("_")}
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
    settings = _parameters(path)
    if settings is None:
        return path, None
    check_that(library, "parameters must come with their library", shown(text), "Add --library.")
    return settings, library


def audited_file(path: str, **table: Any) -> list[dict[str, Any]]:
    """Return the findings of a model file, which is loaded in this process, with the labels of a table."""
    from boostweights.audits.audit import audit

    return as_rows(audit(_model(Path(path)), labels_of(**table)).columns())


def labels_of(
    *, data: str | None, target: str | None, reading: Mapping[str, Any], drop_missing_target: bool
) -> Any:
    """Return the labels of a table; None where none is given."""
    if data is None or target is None:
        return None
    how = Reading(**reading)
    return read_column(Path(data), target, how, drop_missing_target=drop_missing_target)


def _model(path: Path) -> Any:
    from boostweights.card.model import loaded

    try:
        return loaded(path)
    except InvalidTypeError as refused:
        mend = "If you trust it, name a FILE.py:OBJECT that loads it."
        raise InvalidTypeError(refused.rule, refused.value, mend) from refused


def _names_of(path: Path) -> Mapping[str, Any]:
    kinds = (*UNREADABLE, SyntaxError, SystemExit)
    remedy = "Run it with python first."
    with explained(kinds, "a file must run to its end", remedy, str(path)), _directory_of(path):
        return runpy.run_path(str(path), run_name=_RUN_NAME)


@contextmanager
def _directory_of(path: Path) -> Iterator[None]:
    """Let a file import its neighbours, as a script does."""
    directory = str(path.resolve().parent)
    sys.path.insert(0, directory)
    try:
        yield
    finally:
        if directory in sys.path:
            sys.path.remove(directory)


def _parameters(path: Path) -> dict[str, Any] | None:
    """Return a JSON file's flat object; None where it is no such, or a model."""
    from boostweights.adapters.registry import adapters_that_can

    if path.suffix.lower() != ".json" or path.stat().st_size > _LARGEST_PARAMETERS:
        return None
    kinds = (ValueError, RecursionError)  # no text, no JSON, too many digits
    with explained(kinds, "a .json file must be JSON", "Correct it.", str(path)):
        parameters = json.loads(path.read_text(encoding="utf-8"))
    rule, seen = "parameters must be a JSON object", f"{path}: {type(parameters).__name__}"
    check_that(isinstance(parameters, dict), rule, seen, 'Write {"max_depth": 3}.', InvalidTypeError)
    with path.open("rb") as file:
        head = file.read(_HEAD)
    is_model = any(adapter.files.is_file(path, head) for adapter in adapters_that_can("files"))
    return None if is_model else parameters
