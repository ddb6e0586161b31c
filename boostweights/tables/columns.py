"""The columns of a user's table as features, and what its user says of them by name."""

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from boostweights.errors import InvalidValueError
from boostweights.tables.dates import as_times, date_features
from boostweights.tables.features import UNCLEAR, as_feature, as_text
from boostweights.tables.queries import reading_dates
from boostweights.tables.reading import Dates


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Columns:
    """The features of a table.

    Attributes
    ----------
    columns : mapping of str to array of shape (n,)
        Name → numbers or categories, as a `Feature` has them.
    notes : mapping of str to str
        Column → what its user should know of it.
    dropped : tuple of str
        Columns of dates that were left out.
    dated : tuple of str
        Features that were made of dates.
    """

    columns: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)
    dropped: tuple[str, ...] = ()
    dated: tuple[str, ...] = ()


def named(given: Iterable[str], present: Collection[str]) -> tuple[str, ...]:
    """Return names of columns from texts that may hold several, with commas between.

    Examples
    --------
    >>> named(["a,b", "c, d"], ["a", "b", "c, d"])
    ('a', 'b', 'c, d')
    """
    found: list[str] = []
    for text in given:
        whole = text in present or "," not in text
        found += [text] if whole else [part.strip() for part in text.split(",")]
    return tuple(found)


def rows_with_target(rows: pa.Table, target: str) -> pa.Table:
    """Return the rows that have a label.

    Examples
    --------
    >>> rows_with_target(pa.table({"y": ["a", "", None, "b"]}), "y")["y"].to_pylist()
    ['a', 'b']
    """
    return rows.filter(pc.is_valid(as_text(rows[target])))


def features_of(
    rows: pa.Table, used: Collection[str | None], *, categorical: Collection[str], dates: Dates
) -> Columns:
    """Return all columns but those that are used otherwise as features.

    Raises
    ------
    InvalidValueError
        If one can be no feature as it is, all such are named, or there is none.

    Examples
    --------
    >>> rows = pa.table({"y": [0, 1], "sold": ["31.1.2026", "1.2.2026"], "price": [1.5, 2]})
    >>> list(features_of(rows, ["y"], categorical=(), dates="features").columns)
    ['sold_days', 'sold_month', 'sold_weekday', 'price']
    """
    columns: dict[str, Any] = {}
    notes: dict[str, str] = {}
    refused: dict[str, str] = {}
    dated: list[str] = []
    made: dict[str, Any] = {}
    for name in (each for each in rows.column_names if each not in used):
        times, way = as_times(rows[name]) if name not in categorical else (None, "")
        if times is not None and times.null_count < len(times):
            dated.append(name)
            if dates == "features":
                made |= _dated(name, times, rows.column_names)
                columns |= made
                notes[name] = f"dates{way and f', written {way}'}, used as days, month, weekday and hour"
            elif dates == "refuse":
                refused[name] = "dates or times"
            continue
        feature = as_feature(rows[name], categorical=name in categorical)
        columns[name] = feature.values
        notes |= {name: feature.note} if feature.note else {}
        refused |= {name: feature.refused} if feature.refused else {}
    if refused:
        raise InvalidValueError(
            "every feature must be numbers or categories",
            "; ".join(f"{name!r}: {why}" for name, why in refused.items()),
            _mend(refused, [name for name in dated if name in refused]),
        )
    if not columns:
        raise InvalidValueError("a table must have features", "the target alone", "Check its columns.")
    return Columns(
        columns=columns, notes=notes, dropped=tuple(dated) if dates == "drop" else (), dated=tuple(made)
    )


def _dated(name: str, times: pa.ChunkedArray, taken: Collection[str]) -> dict[str, Any]:
    found = {}
    for part, values in date_features(times).items():
        free = f"{name}_{part}"
        while free in taken:
            free += "_"
        found[free] = values
    return found


def _mend(refused: Mapping[str, str], dated: Collection[str]) -> str:
    """Return the options that settle it; one is enough where all are dates, and to leave columns out."""
    drop = dropping(refused)
    if len(dated) == len(refused):
        return f"Add --dates to make features of them, or --drop-dates (here {drop}) to leave them out."
    dates = ", or add --dates to make features of dates and leave out the others" if dated else ""
    unclear = next((name for name, why in refused.items() if why.startswith(UNCLEAR)), None)
    said = (
        f", or say which it is with {reading_dates(unclear, refused[unclear][len(UNCLEAR) :])}"
        if unclear
        else ""
    )
    return f"Leave out with {drop}{dates}{said}, or correct the values, or say --categorical."


def dropping(names: Iterable[str]) -> str:
    """Return the option that leaves columns out.

    Examples
    --------
    >>> dropping(["a", "my id"]), dropping(["a,b", "c"])
    ("--drop 'a,my id'", '--drop a,b --drop c')
    """
    names = list(names)
    if any("," in name or name != name.strip() for name in names):
        return " ".join(f"--drop {shlex.quote(name)}" for name in names)
    return f"--drop {shlex.quote(','.join(names))}"
