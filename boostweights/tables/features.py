"""Columns of a user's table as features: numbers, categories, or a reason why one can be neither."""

import re
import shlex
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from boostweights.errors import InvalidValueError
from boostweights.tables.dates import as_times, is_time
from boostweights.tables.numerals import PLAIN_NUMBER, plain_numbers

_INTEGRAL = re.compile(r"[+-]?\d+\.0*")

_MOSTLY = 0.9
"""From this share of numbers on, a text column is taken for numbers but for some values."""

NO_FEATURES = (
    *(pa.types.is_nested, pa.types.is_duration),
    *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary),
)
DATED = "dates or times"
_SAFE = re.compile(r"[A-Za-z][A-Za-z0-9_.-]*", re.ASCII)
"""Names that every library takes: LightGBM refuses quotes and brackets, XGBoost < and brackets."""
_UNCLEAR = "dates that can be "
"""How a refusal begins of dates that can be written in two ways."""
_IDENTIFIERS = ", as identifiers have"
_FEW_LEVELS = 50
_ROWS_FOR_A_COUNT = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Feature:
    """What became of a column.

    Attributes
    ----------
    values : ndarray of float64 or pyarrow.DictionaryArray of shape (n,), or None
        Numbers, or categories with sorted text levels; None where it is refused.
    refused : str
        Why it can't serve without being asked for; "" where it can.
    note : str
        What its user should know of it, or "".
    useless : bool
        Whether it is refused because it is useless: it looks like an identifier, or has no value.
    """

    values: npt.NDArray[np.float64] | pa.DictionaryArray | None = None
    refused: str = ""
    note: str = ""
    useless: bool = False


def as_feature(column: pa.ChunkedArray, *, categorical: bool = False) -> Feature:
    """Return a column as a feature.

    Whole and other numbers are numbers, also as text with marks such as ``?`` for what is missing, unless
    some have leading zeros, as codes have; other text, booleans and dictionaries are categories. Refused are
    dates and times (see `date_features`), nested values, columns without any value, infinite numbers, text
    that is numbers but for a few values, and what looks like an identifier: text of which most rows have a
    value of their own, or numbers that count the rows.

    Parameters
    ----------
    column : pyarrow.ChunkedArray of length n
        The column.
    categorical : bool, default=False
        Whether its user calls it categorical; then any flat type is one, however many levels.

    Examples
    --------
    >>> as_feature(pa.chunked_array([[1, 2, None]])).values.tolist()
    [1.0, 2.0, nan]
    >>> as_feature(pa.chunked_array([["b", "a", "b"]])).values.dictionary.to_pylist()
    ['a', 'b']
    >>> as_feature(pa.chunked_array([["1", "2", "?"]])).values.tolist()
    [1.0, 2.0, nan]
    >>> as_feature(pa.chunked_array([["1", "2", "many"] + ["3"] * 30])).refused
    "numbers but for 'many' in row 3"
    """
    kind = kind_of(column)
    reasons = {
        "no value in any row": column.null_count == len(column),
        f"values of type {kind}": any(is_such(kind) for is_such in NO_FEATURES),
        DATED: not categorical and (is_time(kind) or pa.types.is_time(kind)),
    }
    if refused := next((reason for reason, applies in reasons.items() if applies), ""):
        return Feature(refused=refused, useless=column.null_count == len(column))
    if categorical or kind != column.type or pa.types.is_boolean(kind):
        return _categories(as_text(column))
    if is_number(kind):
        return _number(column)
    numbers, note, other = plain_numbers(column)
    if numbers is not None:
        return replace(_number(numbers), note=note)
    if other is not None:
        return Feature(refused=f"numbers with other marks than the rest, as {other[0]!r} in row {other[1]}")
    text = as_text(column)
    refused = _refused_text(column, text)
    useless = refused.endswith(_IDENTIFIERS)
    return Feature(refused=refused, useless=useless) if refused else _categories(text, note)


def kind_of(column: pa.ChunkedArray) -> pa.DataType:
    """Return the type of a column's values, also where they are kept in a dictionary."""
    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def is_number(kind: pa.DataType) -> bool:
    """Whether a type is that of numbers."""
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind))


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as text: stripped, whole numbers without decimals; null where a value is missing.

    Examples
    --------
    >>> as_text(pa.chunked_array([[1.0, 0.0, None]])).to_pylist()
    ['1', '0', None]
    """
    plain = column.cast(kind_of(column))
    if pa.types.is_floating(plain.type):
        plain = pc.add(plain.cast(pa.float64()), 0.0)  # so that -0.0 is 0.0
    encoded = plain.combine_chunks().dictionary_encode()  # text is made once a value, not once a row
    texts = [canonical(value, ("",)) for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.large_string()).take(encoded.indices)


def check_present(
    values: pa.Array | pa.ChunkedArray,
    rule: str,
    mend: str,
    where: str = "",
) -> None:
    """Raise where a value of a column is missing; the first one's row is counted from 1.

    Raises
    ------
    InvalidValueError
        It says in how many rows.
    """
    missing = pc.is_null(values, nan_is_null=True)
    if count := pc.sum(missing).as_py():
        row = pc.index(missing, True).as_py() + 1
        seen = f"none in {count} of {len(values)} rows{where}, the first of them row {row}"
        raise InvalidValueError(rule, seen, mend)


def check_labelled(labels: pa.Array, target: str) -> None:
    """Raise where a label is missing.

    Raises
    ------
    InvalidValueError
        It says in how many rows.
    """
    mend = "Add --drop-missing-target to leave these rows out, or complete the column."
    check_present(labels, f"every row must have a label in {target!r}", mend=mend)


def _number(column: pa.ChunkedArray | pa.Array) -> Feature:
    values = np.asarray(column.cast(pa.float64(), safe=False))
    infinite = np.isinf(values)
    if infinite.any():
        return Feature(refused=f"an infinite number in row {int(infinite.argmax()) + 1}")
    whole = pa.types.is_integer(column.type) and column.null_count == 0
    if whole and len(values) >= _ROWS_FOR_A_COUNT and (np.diff(values) == 1).all():
        return Feature(refused="numbers that count the rows", useless=True)
    return Feature(values=values)


def _refused_text(column: pa.ChunkedArray, text: pa.Array) -> str:
    times, way = as_times(column)
    if way:
        return DATED if times is not None else f"{_UNCLEAR}{way}"
    matches = pc.match_substring_regex(text, PLAIN_NUMBER)
    if _MOSTLY <= (pc.mean(matches).as_py() or 0.0) < 1:
        row = pc.index(matches, False).as_py()
        return f"numbers but for {text[row].as_py()!r} in row {row + 1}"
    levels, present = pc.count_distinct(text).as_py(), len(text) - text.null_count
    if levels == present or levels > max(_FEW_LEVELS, present / 2):
        return f"{levels} different texts in {present} rows{_IDENTIFIERS}"
    return ""


def _categories(text: pa.Array, note: str = "") -> Feature:
    levels = pa.array(sorted(text.unique().drop_null().to_pylist()), text.type)
    return Feature(values=pa.DictionaryArray.from_arrays(pc.index_in(text, levels), levels), note=note)


def canonical(value: Any, missing: Sequence[str]) -> str | None:
    """Return a value as text: stripped, integral numbers without decimals; None where it is missing.

    Examples
    --------
    >>> [canonical(value, ("?",)) for value in (" a ", "1.0", "?", "007", 2.0, float("nan"))]
    ['a', '1', None, '007', '2', None]
    """
    if value is None or value != value:  # noqa: PLR0124  NaN
        return None
    stripped = str(value).strip()
    plain = stripped.partition(".")[0] if _INTEGRAL.fullmatch(stripped) else stripped
    return None if plain in missing else plain


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


def refusal(refused: Mapping[str, str]) -> InvalidValueError:
    """Return the error of columns that can be no features as they are: column → why."""
    dated = [name for name, why in refused.items() if why == DATED]
    drop = dropping(refused)
    if len(dated) == len(refused):
        remedy = f"Add --dates to make features of them, or --drop-dates (here {drop}) to leave them out."
    else:
        remedies = [f"Leave out with {drop}"]
        if dated:
            remedies.append("or add --dates to make features of dates and leave out the others")
        unclear = next((name for name, why in refused.items() if why.startswith(_UNCLEAR)), None)
        if unclear is not None:
            way = reading_dates(unclear, refused[unclear][len(_UNCLEAR) :])
            remedies.append(f"or specify which it is with {way}")
        remedy = (
            ", ".join(remedies) + ", or correct the values, or use them as categories with --categorical."
        )
    listed = "; ".join(f"{name!r}: {why}" for name, why in refused.items())
    return InvalidValueError("every feature must be numbers or categories", listed, remedy)


def safe_names(names: Sequence[str]) -> dict[str, str]:
    """Return names that every library takes → the names themselves, which are kept where they are safe.

    Examples
    --------
    >>> safe_names(["age", "price [EUR]"])
    {'age': 'age', 'column_2': 'price [EUR]'}
    """
    safe: dict[str, str] = {}
    for number, name in enumerate(names, start=1):
        other = name if _SAFE.fullmatch(name) else f"column_{number}"
        while other != name and other in names:
            other += "_"
        safe[other] = name
    return safe


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
