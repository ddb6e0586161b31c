"""What an audit is asked about: an object of a user's own file, parameters, or a model file."""

from __future__ import annotations

import json
import runpy
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from boostweights.cli.column import read_column
from boostweights.errors import UNREADABLE, InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.tables.reading import Reading
from boostweights.tables.results import as_rows

_RUN_NAME: Final = "boostweights_object"
"""Not "__main__": what a file does only as a script is left alone."""

_HEAD: Final = 4096
_LARGEST_PARAMETERS: Final = 1_000_000
"""Bytes; parameters of a model are a page, not a book."""


def is_object(text: str) -> bool:
    """Whether a text is FILE.py:OBJECT.

    Examples
    --------
    >>> is_object("train.py:clf"), is_object("model.json")
    (True, False)
    """
    file, colon, name = text.rpartition(":")
    return bool(colon and name) and file.endswith(".py")


def object_of(text: str) -> Any:
    """Run a user's own file and return an object of it, by its name (dots go into attributes).

    Raises
    ------
    InvalidValueError
        If there is no such file, it raises, or it has no such object; the nearest name is suggested.
    """
    file, _, name = text.rpartition(":")
    path = Path(file)
    if not path.is_file():
        near = sorted(str(each) for each in path.parent.glob("*.py"))
        raise InvalidValueError("a file to run must exist", shown(file), did_you_mean(file, near))
    first, *attributes = name.split(".")
    names = {key: value for key, value in _names_of(path).items() if not key.startswith("_")}
    if first not in names:
        raise InvalidValueError("an object must be in its file", shown(text), did_you_mean(first, names))
    found = names[first]
    for attribute in attributes:
        members = dict.fromkeys(dir(found))
        if attribute not in members:
            raise InvalidValueError("an object must be there", shown(text), did_you_mean(attribute, members))
        found = getattr(found, attribute)
    return found


def subject_of(text: str, library: str | None) -> tuple[Any, str | None]:
    """Return what to audit, or the path of a model file, and the library whose parameters it is.

    Pickle and joblib files are refused: reading them runs what is in them.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no file of these kinds, or parameters come without their library.
    """
    if is_object(text):
        return object_of(text), library
    path = Path(text)
    if not path.is_file():
        near = sorted(each.name for each in path.parent.glob("*") if each.is_file()) if path.name else []
        raise InvalidValueError(
            "what is audited must be FILE.py:OBJECT, parameters as JSON, or a model file",
            shown(text),
            did_you_mean(path.name, near),
        )
    if (settings := _parameters(path)) is not None:
        if library is None:
            raise InvalidValueError("parameters must come with their library", shown(text), "Add --library.")
        return settings, library
    return path, None


def audited_file(path: str, **table: Any) -> list[dict[str, Any]]:
    """Return the findings of a model file, which is loaded here and now, beside the labels of a table."""
    from boostweights.audits.audit import audit

    return as_rows(audit(_model(Path(path)), labels_of(**table)).columns())


def labels_of(
    *, data: str | None, target: str | None, reading: Mapping[str, Any], drop_missing_target: bool
) -> Any:
    """Return the labels of a table; None where none is given."""
    if data is None or target is None:
        return None
    said = Reading(**reading)
    return read_column(Path(data), target, said, drop_missing_target=drop_missing_target)


def _model(path: Path) -> Any:
    from boostweights.card.model import loaded

    try:
        return loaded(path)
    except InvalidTypeError as refused:
        mend = "If you trust it, name a FILE.py:OBJECT that loads it."
        raise InvalidTypeError(refused.rule, refused.value, mend) from refused


def _names_of(path: Path) -> Mapping[str, Any]:
    try:
        with _directory_of(path):
            return runpy.run_path(str(path), run_name=_RUN_NAME)
    except (*UNREADABLE, SyntaxError, SystemExit) as raised:
        raise InvalidValueError(
            "a file must run to its end",
            f"{path}, which raises {type(raised).__name__}: {' '.join(str(raised).split())}",
            "Run it with python first.",
        ) from raised


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
    if path.suffix.lower() != ".json" or path.stat().st_size > _LARGEST_PARAMETERS:
        return None
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as broken:  # no text, no JSON, too many digits
        raise InvalidValueError("a .json file must be JSON", f"{path}: {broken}", "Correct it.") from broken
    if not isinstance(found, dict):
        raise InvalidTypeError(
            "parameters must be a JSON object",
            f"{path}: {type(found).__name__}",
            'Write {"max_depth": 3}, say.',
        )
    return None if _is_model(path) else found


def _is_model(path: Path) -> bool:
    from boostweights.adapters.registry import adapters_that_can

    with path.open("rb") as file:
        head = file.read(_HEAD)
    return any(adapter.files.is_file(path, head) for adapter in adapters_that_can("files"))
