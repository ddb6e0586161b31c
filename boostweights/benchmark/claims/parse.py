"""Reading claims from TOML; a key that no claim has is an error that names the nearest."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Callable, Collection, Mapping
from importlib import resources
from pathlib import Path
from typing import Any, Final

from boostweights.benchmark.claims.claim import ADVICE, REGIONS_FOR, Claim, Where
from boostweights.benchmark.claims.judge import TESTS
from boostweights.benchmark.stats.paired import Side
from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown

__all__ = ["load_claims", "parse_claims"]

_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {
    "signed_rank": ("a", "b", "expect"),
    "not_always_best": ("a", "others"),
    "spread_by_positives": ("a", "b", "cuts"),
    "start_policy": ("a", "others", "cuts"),
}
_ALWAYS: Final = ("id", "sentence", "advice", "metric", "a")
_KEYS: Final = tuple(field.name for field in dataclasses.fields(Claim))


def load_claims(path: Path | None = None) -> tuple[Claim, ...]:
    """Return the claims that come with the package, or those in a TOML file.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If the file is unreadable or does not say what a claim must say.

    Examples
    --------
    >>> load_claims()[0].sentence
    'Balanced weights raise recall.'
    """
    if path is None:
        shipped = resources.files("boostweights.benchmark.claims") / "claims.toml"
        return parse_claims(shipped.read_text(encoding="utf-8"), source="claims.toml")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as broken:
        rule = "a file of claims must be readable text"
        raise InvalidValueError(rule, f"{path}: {broken}", "Check the path.") from broken
    return parse_claims(text, source=str(path))


def parse_claims(text: str, *, source: str = "claims") -> tuple[Claim, ...]:
    """Return the claims of a TOML text: tables ``[[claim]]``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If it is no TOML, a key is unknown, absent or of another type, or an id is there twice.
    """
    try:
        tables = tomllib.loads(text)
    except tomllib.TOMLDecodeError as broken:
        raise InvalidValueError(f"{source} must be TOML", str(broken), "Correct that line.") from broken
    _check_keys(tables, ("claim",), source)
    rows = tables.get("claim")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise InvalidTypeError(f"{source} must hold tables [[claim]]", shown(rows), "Write [[claim]].")
    claims = tuple(_claim(row, source) for row in rows)
    ids = [claim.id for claim in claims]
    if again := [name for name in ids if ids.count(name) > 1]:
        rule = f"ids in {source} must differ"
        raise InvalidValueError(rule, shown(again[0]), "Give each claim an id of its own.")
    return claims


def _claim(row: dict[str, Any], source: str) -> Claim:
    where = f"claim {row.get('id', '?')} of {source}"
    _check_keys(row, _KEYS, where)
    test = _one_of(row.get("test", "signed_rank"), TESTS, f"test of {where}")
    for key in (*_ALWAYS, *_NEEDED[test]):
        if key not in row:
            rule = f"{where} must say {', '.join((*_ALWAYS, *_NEEDED[test]))}"
            raise InvalidValueError(rule, f"no {key}", f"Add `{key} = …`.")
    given = {key: _typed(key, value, where) for key, value in row.items()}
    _one_of(given["advice"], ADVICE, f"advice of {where}")
    if "expect" in given:
        _one_of(given["expect"], REGIONS_FOR, f"expect of {where}")
    if given.get("absolute") and given.get("expect") != "same":
        rule = f"{where} can only expect sizes of differences to stay the same"
        raise InvalidValueError(rule, shown(given.get("expect")), 'Write expect = "same".')
    return Claim(**given)


def _typed(key: str, value: Any, where: str) -> Any:
    read: Callable[[Any, str], Any] = _READERS.get(key, _text)
    return read(value, f"{key} of {where}")


def _text(value: Any, what: str) -> str:
    text: str = _is(value, str, "a string", what)
    return text


def _flag(value: Any, what: str) -> bool:
    flag: bool = _is(value, bool, "true or false", what)
    return flag


def _sides(value: Any, what: str) -> tuple[Side, ...]:
    return tuple(_side(side, what) for side in _is(value, list, "a list of tables", what))


def _cuts(value: Any, what: str) -> dict[str, float]:
    table = _is(value, dict, "a table", what)
    return {name: _number(cut, f"{name} in {what}") for name, cut in table.items()}


def _where(value: Any, what: str) -> Where:
    table = _is(value, dict, "a table with a column", what)
    _check_keys(table, ("column", "at_least", "at_most"), what)
    ends = {name: _number(end, f"{name} of {what}") for name, end in table.items() if name != "column"}
    return Where(column=_is(table.get("column"), str, "a table with a column", what), **ends)


def _side(value: Any, what: str) -> Side:
    table = _is(value, dict, 'a table such as { arm = "balanced" }', what)
    _check_keys(table, ("arm", "rule", "proba"), what)
    if "arm" not in table:
        raise InvalidValueError(f"{what} must name an arm", shown(table), 'Write { arm = "balanced" }.')
    return Side(**table)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        rule = f"{what} must be a finite number, not negative"
        raise InvalidValueError(rule, shown(value), "Write, for example, 0.01.")
    return float(value)


def _is(value: Any, kind: type, words: str, what: str) -> Any:
    if not isinstance(value, kind):
        raise InvalidTypeError(f"{what} must be {words}", shown(value), "Change its value.")
    return value


def _one_of(value: Any, known: Collection[str], what: str) -> str:
    if value not in tuple(known):
        raise InvalidValueError(f"{what} must be known", shown(value), did_you_mean(value, known))
    return str(value)


def _check_keys(table: Mapping[str, Any], known: Collection[str], what: str) -> None:
    for key in table:
        if key not in known:
            rule = f"{what} must have no other keys than {', '.join(known)}"
            raise InvalidValueError(rule, shown(key), did_you_mean(key, known))


_READERS: Final[Mapping[str, Callable[[Any, str], Any]]] = {
    "a": _side,
    "b": _side,
    "others": _sides,
    "absolute": _flag,
    "margin": _number,
    "cuts": _cuts,
    "where": _where,
}
"""By key, how its value is read; of all other keys it is a string."""
