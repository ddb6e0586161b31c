"""The columns of a user's table as features, and what its user says of them by name."""

import shlex
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from boostweights.errors import InvalidValueError, check_that
from boostweights.tables.dates import as_times, date_features
from boostweights.tables.features import UNCLEAR, as_feature, as_text
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


def named(texts: Iterable[str], present: Collection[str]) -> tuple[str, ...]:
    """Return names of columns from texts that may hold several, with commas between.

    Examples
    --------
    >>> named(["a,b", "c, d"], ["a", "b", "c, d"])
    ('a', 'b', 'c, d')
    """
    names: list[str] = []
    for text in texts:
        is_whole = text in present or "," not in text
        names += [text] if is_whole else [part.strip() for part in text.split(",")]
    return tuple(names)


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
    for name in (name for name in rows.column_names if name not in used):
        times, way = as_times(rows[name]) if name not in categorical else (None, "")
        if times is not None and times.null_count < len(times):
            dated.append(name)
            if dates == "features":
                for part, values in date_features(times).items():
                    free = f"{name}_{part}"
                    while free in rows.column_names:
                        free += "_"
                    columns[free] = made[free] = values
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
            _remedy(refused, [name for name in dated if name in refused]),
        )
    check_that(columns, "a table must have features", "the target alone", "Check its columns.")
    return Columns(
        columns=columns, notes=notes, dropped=tuple(dated) if dates == "drop" else (), dated=tuple(made)
    )


def _remedy(refused: Mapping[str, str], dated: Collection[str]) -> str:
    """Return the options that settle it; one is enough where all are dates, and to leave columns out."""
    drop = dropping(refused)
    if len(dated) == len(refused):
        return f"Add --dates to make features of them, or --drop-dates (here {drop}) to leave them out."
    remedies = [f"Leave out with {drop}"]
    if dated:
        remedies.append("or add --dates to make features of dates and leave out the others")
    unclear = next((name for name, why in refused.items() if why.startswith(UNCLEAR)), None)
    if unclear is not None:
        remedies.append(f"or say which it is with {reading_dates(unclear, refused[unclear][len(UNCLEAR) :])}")
    return ", ".join(remedies) + ", or correct the values, or say --categorical."


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


def reading_dates(name: str, ways: str) -> str:
    """Return the option that reads dates in the first of several ways, as `as_times` names them.

    Examples
    --------
    >>> print(reading_dates("on", "%d/%m/%Y or %m/%d/%Y"))
    --sql "SELECT * REPLACE (strptime(\\"on\\", '%d/%m/%Y') AS \\"on\\") FROM data"
    """
    column, way = _quoted(name), ways.partition(" or ")[0]
    return f"--sql \"SELECT * REPLACE (strptime({column}, '{way}') AS {column}) FROM data\""


def leaving_out_missing(name: str) -> str:
    """Return the option that leaves out rows without a value.

    Examples
    --------
    >>> print(leaving_out_missing("on"))
    --sql "SELECT * FROM data WHERE \\"on\\" IS NOT NULL"
    """
    return f'--sql "SELECT * FROM data WHERE {_quoted(name)} IS NOT NULL"'


def _quoted(name: str) -> str:
    """Return a name as SQL quotes it, within the double quotes of a shell."""
    return '\\"' + name.replace('"', '\\"\\"') + '\\"'
