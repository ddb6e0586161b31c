"""One column of a user's table as a feature: numbers, categories, or a reason why it can be neither."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from boostweights.errors import InvalidValueError
from boostweights.tables.dates import as_times, is_time
from boostweights.tables.numerals import PLAIN_NUMBER, other_numbers, plain_numbers

_INTEGRAL: Final = re.compile(r"[+-]?\d+\.0*")

_MOSTLY: Final = 0.9
"""From this share of numbers on, a text column is taken for numbers but for some values."""

_NO_FEATURES: Final = (
    *(pa.types.is_nested, pa.types.is_duration),
    *(pa.types.is_binary, pa.types.is_large_binary, pa.types.is_fixed_size_binary),
)
UNCLEAR: Final = "dates that can be "
"""How a refusal begins of dates that can be written in two ways."""
_FEW_LEVELS: Final = 50
_ROWS_FOR_A_COUNT: Final = 10


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
    """

    values: npt.NDArray[np.float64] | pa.DictionaryArray | None = None
    refused: str = ""
    note: str = ""


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
    is_coded = pa.types.is_dictionary(column.type)
    kind = column.type.value_type if is_coded else column.type
    reasons = {
        "no value in any row": column.null_count == len(column),
        f"values of type {kind}": any(is_such(kind) for is_such in _NO_FEATURES),
        "dates or times": not categorical and (is_time(kind) or pa.types.is_time(kind)),
    }
    if refused := next((reason for reason, applies in reasons.items() if applies), ""):
        return Feature(refused=refused)
    if categorical or is_coded or pa.types.is_boolean(kind):
        return _categories(as_text(column))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return _number(column)
    numbers, note = plain_numbers(column)
    if numbers is not None:
        return replace(_number(pa.chunked_array([numbers])), note=note)
    text = as_text(column)
    refused = _refused_text(column, text)
    return Feature(refused=refused) if refused else _categories(text, note)


def as_text(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as text: stripped, whole numbers without decimals; null where a value is missing.

    Examples
    --------
    >>> as_text(pa.chunked_array([[1.0, 0.0, None]])).to_pylist()
    ['1', '0', None]
    """
    is_coded = pa.types.is_dictionary(column.type)
    plain = column.cast(column.type.value_type) if is_coded else column
    if pa.types.is_floating(plain.type):
        plain = pc.add(plain.cast(pa.float64()), 0.0)  # so that -0.0 is 0.0
    encoded = plain.combine_chunks().dictionary_encode()  # text is made once a value, not once a row
    texts = [canonical(value, ("",)) for value in encoded.dictionary.to_pylist()]
    return pa.array(texts, pa.large_string()).take(encoded.indices)


def check_present(
    values: pa.Array | pa.ChunkedArray,
    rule: str,
    where: str = "",
    mend: str = "Complete the column, or remove the rows.",
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
        found = f"none in {count} of {len(values)} rows{where}, the first of them row {row}"
        raise InvalidValueError(rule, found, mend)


def _number(column: pa.ChunkedArray) -> Feature:
    values = column.cast(pa.float64(), safe=False).to_numpy()
    infinite = np.isinf(values)
    if infinite.any():
        return Feature(refused=f"an infinite number in row {int(infinite.argmax()) + 1}")
    whole = pa.types.is_integer(column.type) and column.null_count == 0
    if whole and len(values) >= _ROWS_FOR_A_COUNT and (np.diff(values) == 1).all():
        return Feature(refused="numbers that count the rows")
    return Feature(values=values)


def _refused_text(column: pa.ChunkedArray, text: pa.Array) -> str:
    if (other := other_numbers(column)) is not None:
        return f"numbers with other marks than the rest, as {other[0]!r} in row {other[1]}"
    times, way = as_times(column)
    if way:
        return "dates or times" if times is not None else f"{UNCLEAR}{way}"
    matches = pc.match_substring_regex(text, PLAIN_NUMBER)
    if _MOSTLY <= (pc.mean(matches).as_py() or 0.0) < 1:
        row = pc.index(matches, False).as_py()
        return f"numbers but for {text[row].as_py()!r} in row {row + 1}"
    levels, present = pc.count_distinct(text).as_py(), len(text) - text.null_count
    if levels == present or levels > max(_FEW_LEVELS, present / 2):
        return f"{levels} different texts in {present} rows, as identifiers have"
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
