"""The columns of labels, features and weights in a folder, checked by the files' footers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, shown
from boostweights.outofcore.folder import Folder

_LABELS: Final = {name: name for name in ("bool", "integer", "float", "text")}
_NUMBERS: Final = dict.fromkeys(("bool", "integer", "float", "decimal", "null"), "number")
_FEATURES: Final = {**_NUMBERS, "text": "text"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """The columns that are read.

    Attributes
    ----------
    target : str
    features : tuple of str
    texts : tuple of str
        Those of the features that hold text, which are categories.
    sample_weight : str or None
    """

    target: str
    features: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    sample_weight: str | None = None

    @property
    def of_labels(self) -> list[str]:
        """The columns that are read of a row where its features are not."""
        return [self.target] if self.sample_weight is None else [self.target, self.sample_weight]


def check_target(folder: Folder, target: str) -> None:
    """Raise unless a column holds labels of one kind in every file."""
    _kinds([folder], target, _LABELS, "labels must be bools, integers, strings or categories")


def checked_columns(folders: Sequence[Folder], target: Any, columns: Any, sample_weight: Any) -> Columns:
    """Return the columns of folders, or raise unless each feature is of one kind in every file.

    Without `columns` the features are all other columns of the first folder.
    """
    for folder in folders:
        check_target(folder, target)
    if sample_weight is not None:
        _kinds(folders, sample_weight, _NUMBERS, "the column of weights must be of numbers")
    reserved = {target: "the target", sample_weight: "the sample_weight"}
    if columns is None:
        _check_equal_names(folders[0])
        columns = [name for name in folders[0].names if name not in reserved]
    elif isinstance(columns, str) or not isinstance(columns, Sequence):
        raise InvalidTypeError(
            "columns must be a list of names", shown(columns), "Write ['a', 'b'], for example."
        )
    rule = "features must not hold what is to be predicted, or the weight"
    for name in columns:
        seen = f"{name!r}, {reserved.get(name)}, in columns"
        check_that(name not in reserved, rule, seen, "Take it out.")
    once = columns and len(set(columns)) == len(columns)
    check_that(once, "features must be named, each once", columns, "Pass columns=.")
    texts = texts_of(folders, columns)
    return Columns(target=target, features=tuple(columns), texts=texts, sample_weight=sample_weight)


def texts_of(folders: Sequence[Folder], features: Sequence[str]) -> tuple[str, ...]:
    """Return the features that hold text, or raise unless each is of numbers or of text in every file."""
    rule = "a feature must be of numbers, bools or text"
    return tuple(name for name in features if "text" in _kinds(folders, name, _FEATURES, rule))


def _check_equal_names(folder: Folder) -> None:
    """Raise where files have other columns than the first: are these features or not?"""
    for file in folder.files:
        if other := sorted({*folder.names} ^ {*file.schema.names}):
            raise InvalidValueError(
                "files must have equal columns, unless columns= names those to read",
                f"{other[0]!r}, {'only' if other[0] in file.schema.names else 'not'} in {file.name}",
                "Pass columns=[…], or write the files with equal columns.",
            )


def _kinds(folders: Sequence[Folder], name: str, kinds: Mapping[str, str], rule: str) -> set[str]:
    """Return the kind of a column's values in all files; an empty set if there are no values."""
    remedy = "Write the files with one type, or leave the column out: columns=[…]."
    first = None
    for file, arrow_type in (pair for folder in folders for pair in folder.types(name)):
        arrow_kind = _kind(arrow_type)
        seen = f"column {name!r} of type {arrow_type} in {file.name}"
        check_that(arrow_kind in kinds, rule, seen, remedy, InvalidTypeError)
        if arrow_kind != "null":
            first = first or (kinds[arrow_kind], f"of {arrow_type} in {file.name}")
            equal = "a column must be of one kind in every file"
            same = kinds[arrow_kind] == first[0]
            check_that(same, equal, f"{seen}, {first[1]}", remedy, InvalidTypeError)
    return {first[0]} if first else set()


def _kind(arrow_type: Any) -> str:
    """Return the kind of an arrow type's values; for a dictionary, the kind of the values that it encodes."""
    from pyarrow import types

    if types.is_dictionary(arrow_type):
        return _kind(arrow_type.value_type)
    kinds = {
        "bool": types.is_boolean,
        "integer": types.is_integer,
        "float": types.is_floating,
        "text": lambda text: str(text) in ("string", "large_string", "string_view"),
        "decimal": types.is_decimal,
        "null": types.is_null,
    }
    return next((kind for kind, matches in kinds.items() if matches(arrow_type)), "other")
