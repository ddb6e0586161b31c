"""TOML files that people write: parsed, made into typed tables; errors name the line and the nearest word."""

import dataclasses
import datetime
import re
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from boostweights.errors import (
    BoostweightsError,
    InvalidTypeError,
    InvalidValueError,
    did_you_mean,
    explained,
    shown,
)

T = TypeVar("T")

_TABLE = re.compile(r"^\s*(\[{1,2})\s*([\w.-]+)\s*\]")
_KEY = re.compile(r"""\s*(?:("[^"]*"|'[^']*')|([\w.-]+))\s*=\s*(\[\s*[{\[])?""")
_STEP = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")
_UNKNOWN = re.compile(r"unknown field `(.*)`")
_MISSING = re.compile(r"missing required field `(.*)`")
_PATH = re.compile(r"^(.*?)(?: - at `\$?\.?(.*)`)?$", re.DOTALL)

_DOTTED = re.compile(r"""(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+)++""")
_MOST_PARTS = 1000


def read_text(path: Path, what: str) -> str:
    """Return the text of a file that a user names.

    Raises
    ------
    InvalidValueError
        If it cannot be read; the error calls it `what`.
    """
    with explained(
        (OSError, UnicodeDecodeError), f"{what} must be readable text", "Check the path.", str(path)
    ):
        return path.read_text(encoding="utf-8")


def parsed(text: str, what: str, source: str) -> dict[str, Any]:
    """Return the tables of a TOML text; errors name `what` it is and its `source`.

    Raises
    ------
    InvalidValueError
        If it is no TOML; the line is named.

    Examples
    --------
    >>> parsed("folds = 3", "a suite", "mine.toml")
    {'folds': 3}
    """
    try:
        text.encode()  # a lone surrogate is no text, which tomllib accepts
        return tomllib.loads(text)
    except (ValueError, RecursionError) as broken:  # of numbers too long to read, a plain ValueError
        line = re.search(r"line (\d+)", str(broken))
        number = int(line[1]) if line else None
        if isinstance(broken, UnicodeEncodeError):
            number = text.count("\n", 0, broken.start) + 1
        where = place(source, number)
        raise InvalidValueError(f"{what} must be TOML ({where})", shown(str(broken)), "Mend it.") from broken


def converted(document: Any, kind: type[T], what: str, *, text: str = "", source: str = "") -> T:
    """Return tables as an instance of a msgspec Struct or a dataclass.

    Parameters
    ----------
    document : mapping
        As `parsed` returns it.
    kind : type
        The Struct, which forbids unknown fields, or the dataclass; tables in it are others of these.
    what : str
        What errors call it: "a card".
    text, source : str, default=""
        What it was parsed from, and where that is from, for the line in errors.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a key is unknown or absent, or a value cannot serve.
    """
    import msgspec

    try:
        for path, key in _unknown(document, kind):
            raise msgspec.ValidationError(f"unknown field `{key}` - at `$.{path}`")
        return msgspec.convert(document, kind, builtin_types=(datetime.date, datetime.datetime))
    except msgspec.ValidationError as broken:
        match = _PATH.match(str(broken))
        rule, path = (match[1], match[2] or "") if match else (str(broken), "")
        error, sentence, *parts = _worded(rule, path, document, kind, what)
        unknown = _UNKNOWN.search(rule)
        where = place(source, line_of(text, f"{path}.{unknown[1]}".strip(".") if unknown else path))
        raise error(f"{sentence} ({where})" if where else sentence, *parts) from broken


def _worded(
    rule: str, path: str, document: Any, kind: Any, what: str
) -> tuple[type[BoostweightsError], str, str, str]:
    """Return msgspec's error with the value and the remedy."""
    table = f"[{path}] of {what}" if path else what
    known, value = list(_parts(kind)), document  # the types that a value at the path may have, and the value
    for key, index in _STEP.findall(path):
        if key:
            hints = filter(None, (_hints(type_).get(key) for type_ in known))
            known = [part for hint in hints for part in _parts(hint)]
        if isinstance(value, Mapping) and key in value:
            value = value[key]
        elif isinstance(value, list) and index.isdigit() and int(index) < len(value):
            value = value[int(index)]
    if unknown := _UNKNOWN.search(rule):
        keys = [key for type_ in known for key in _hints(type_)]
        sentence = f"{table} has no other keys than its own"
        return InvalidValueError, sentence, shown(unknown[1]), did_you_mean(unknown[1], keys)
    if missing := _MISSING.search(rule):
        sentence = f"{what} must say {missing[1]}{f' in [{path}]' if path else ''}"
        return InvalidValueError, sentence, f"no {missing[1]}", "Add it, or write it again."
    words = [word for type_ in known if get_origin(type_) is Literal for word in get_args(type_)]
    if words and isinstance(value, str):
        mend = did_you_mean(value, words) + (" Or write a number." if float in known else "")
        return InvalidValueError, f"{path} of {what} must be known", shown(value), mend
    sentence = f"{path or what} must be as {what} has it: {rule[:1].lower()}{rule[1:]}"
    error = InvalidTypeError if "`, got `" in rule else InvalidValueError
    return error, sentence, shown(value), "Change the value, or write it again."


def _hints(kind: Any) -> dict[str, Any]:
    """Return the types of the keys of a table; none of what is no table."""
    is_table = dataclasses.is_dataclass(kind) or hasattr(kind, "__struct_fields__")
    return get_type_hints(kind) if is_table else {}


def _unknown(value: Any, kind: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Yield path and key of fields that a dataclass does not have, which msgspec ignores."""
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from _unknown(item, kind, f"{path}[{number}]")
    for table in filter(dataclasses.is_dataclass, _parts(kind) if isinstance(value, Mapping) else ()):
        hints = get_type_hints(table)
        yield from ((path, key) for key in value if key not in hints)
        for key in hints.keys() & value.keys():
            yield from _unknown(value[key], hints[key], f"{path}.{key}".lstrip("."))


def _parts(kind: Any) -> Iterator[Any]:
    """Yield the types of a union, and those that a list or dict holds."""
    if get_origin(kind) in (None, Literal):
        yield kind
    else:
        yield from (part for inner in get_args(kind) for part in _parts(inner))


def place(source: str, line: int | None) -> str:
    """Return where an error is, to be put behind a rule."""
    return source if line is None else f"{source}, line {line}"


def line_of(text: str, path: str) -> int | None:
    """Return the line of a path, from 1; the line of its table where there is no such key.

    Parameters
    ----------
    text : str
        TOML.
    path : str
        As msgspec writes it: ``"data.classes[1].weight"``.

    Examples
    --------
    >>> line_of("[data]\\nclasses = [\\n{ label = 0 },\\n{ label = 1 },\\n]", "data.classes[1].label")
    4
    """
    wanted = [key or index for key, index in _STEP.findall(path)]
    depth, line = 0, None
    for number, stated in _stated(text):
        if len(stated) > depth and stated == wanted[: len(stated)]:
            depth, line = len(stated), number
    return line


def _stated(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield line and path of each table, key and entry of a list; entries are a line each."""
    table: list[str] = []
    key, entries, seen = table, 0, Counter[str]()
    for number, row in enumerate(text.splitlines(), start=1):
        if header := _TABLE.match(row):
            table, key = header[2].split("."), []
            yield number, table
            if header[1] == "[[":
                table = [*table, str(seen[header[2]])]
                seen[header[2]] += 1
                yield number, table
        elif named := _KEY.match(row):
            key = [*table, *(named[2].split(".") if named[2] else [named[1][1:-1]])]
            entries = 1 if named[3] else 0  # the first one may stand behind the key
            yield number, key
        elif row.strip()[:1] not in ("", "]", "#"):
            yield number, [*key, str(entries)]
            entries += 1


def too_deep(text: str) -> int | None:
    """Return the line, from 1, of a key with more than 1000 dotted parts, or None.

    Python's own reader takes time that grows with the square of the parts; deep brackets it refuses itself.

    Examples
    --------
    >>> too_deep('a.b = "c.d"')
    >>> too_deep("a = 1\\n" + "b." * 1001 + "c = 1")
    2
    """
    for dotted in _DOTTED.finditer(text):
        if dotted[0].count(".") > _MOST_PARTS:
            return text.count("\n", 0, dotted.start()) + 1
    return None
