"""Which columns of a folder are labels, features and weights, told by the files' footers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, check_known, check_type, shown
from boostweights.outofcore.folder import File, Folder

_LABELS: Final = ("bool", "integer", "float", "text")
_NUMBERS: Final = ("bool", "integer", "float", "decimal", "null")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that training reads.

    Attributes
    ----------
    target : str
    features : tuple of str
    texts : tuple of str
        Those of the features that hold text, which are categories.
    sample_weight : str or None
    """

    target: str
    features: tuple[str, ...]
    texts: tuple[str, ...]
    sample_weight: str | None

    @property
    def of_labels(self) -> list[str]:
        """What is read of a row where features are not."""
        return [self.target] if self.sample_weight is None else [self.target, self.sample_weight]


def check_target(folder: Folder, target: Any) -> None:
    """Raise unless a column holds labels of one kind in every file."""
    check_type(target, str, "target must be the name of a column", "Pass target='label', say.")
    types = folder.types(target)
    first, kind = types[0][1], _kind(types[0][1])
    for file, type_ in types:
        if _kind(type_) not in _LABELS:
            raise InvalidTypeError(
                "labels must be bools, integers, strings or categories",
                f"column {target!r} of type {type_} in {file.name}",
                "Write the column with another type.",
            )
        if _kind(type_) != kind:
            raise InvalidTypeError(
                "labels must be of one kind in every file",
                f"column {target!r} of type {type_} in {file.name}, of {first} in the first file",
                "Write the files with one type.",
            )


def checked_columns(folder: Folder, target: Any, columns: Any, sample_weight: Any) -> Columns:
    """Return the columns of a training folder, or raise unless each feature is of one kind in every file."""
    check_target(folder, target)
    if sample_weight is not None:
        name = _checked_name(folder, sample_weight, "sample_weight")
        if not _kinds(folder, name, "the column of weights") <= {"number"}:
            raise InvalidTypeError("the column of weights must be of numbers", repr(name), "Name another.")
    reserved = {target: "the target", sample_weight: "the sample_weight"}
    features = _chosen(folder, columns, reserved)
    texts = texts_of(folder, features)
    return Columns(target=target, features=features, texts=texts, sample_weight=sample_weight)


def texts_of(folder: Folder, features: Sequence[str]) -> tuple[str, ...]:
    """Return the features that hold text, or raise unless each is of numbers or of text in every file."""
    return tuple(name for name in features if "text" in _kinds(folder, name, "a feature"))


def _chosen(folder: Folder, columns: Any, reserved: dict[Any, str]) -> tuple[str, ...]:
    if columns is None:
        _check_equal_names(folder)
        chosen = tuple(name for name in folder.names if name not in reserved)
    else:
        if isinstance(columns, str) or not isinstance(columns, Sequence):
            raise InvalidTypeError("columns must be a list of names", shown(columns), "Pass ['a', 'b'], say.")
        chosen = tuple(_checked_name(folder, name, "columns") for name in columns)
    for name in chosen:
        if name in reserved:
            raise InvalidValueError(
                "features must not hold what is to be predicted, or the weight",
                f"{name!r}, {reserved[name]}, in columns",
                "Take it out.",
            )
    if not chosen or len(set(chosen)) < len(chosen):
        raise InvalidValueError("features must be named, each once", shown(list(chosen)), "Pass columns=.")
    return chosen


def _check_equal_names(folder: Folder) -> None:
    """Raise where files have other columns than the first: are these features or not?"""
    expected = set(folder.names)
    for file in folder.files:
        if other := sorted(expected ^ set(file.schema.names)):
            here = other[0] in file.schema.names
            raise InvalidValueError(
                "files must have equal columns, unless columns= names those to read",
                f"{other[0]!r}, {'only' if here else 'not'} in {file.name}",
                "Pass columns=[…], or write the files with equal columns.",
            )


def _checked_name(folder: Folder, name: Any, argument: str) -> str:
    check_type(name, str, f"{argument} must name columns", "Pass names of columns.")
    check_known(name, folder.names, f"{argument} must name columns of the folder")
    return str(name)


def _kinds(folder: Folder, name: str, what: str) -> set[str]:
    """Return "number", "text" or neither: of a column without values in any file."""
    found: dict[str, File] = {}
    for file, type_ in folder.types(name):
        kind = _kind(type_)
        if kind not in (*_NUMBERS, "text"):
            raise InvalidTypeError(
                f"{what} must be of numbers, bools or text",
                f"column {name!r} of type {type_} in {file.name}",
                "Write it as one of these, or leave the column out: columns=[…].",
            )
        if kind != "null":
            found.setdefault("text" if kind == "text" else "number", file)
    if len(found) > 1:
        raise InvalidTypeError(
            f"{what} must be of numbers or of text in every file alike",
            f"column {name!r} of text in {found['text'].name}, of numbers in {found['number'].name}",
            "Write the files with one type, or leave the column out: columns=[…].",
        )
    return set(found)


def _kind(type_: Any) -> str:
    """Return what values of an arrow type are; a dictionary's are those that it encodes."""
    from pyarrow import types

    if types.is_dictionary(type_):
        return _kind(type_.value_type)
    kinds = {
        "bool": types.is_boolean,
        "integer": types.is_integer,
        "float": types.is_floating,
        "text": lambda each: str(each) in ("string", "large_string", "string_view"),
        "decimal": types.is_decimal,
        "null": types.is_null,
    }
    return next((kind for kind, holds in kinds.items() if holds(type_)), "other")
