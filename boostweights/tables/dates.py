"""Dates and times: as types, or as text that is dates in all rows; and what features they make."""

from collections.abc import Collection
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from boostweights.tables.numerals import is_text

_CLOCK = {
    "": r"$",
    " %H:%M": r" \d{1,2}:\d{2}$",
    " %H:%M:%S": r" \d{1,2}:\d{2}:\d{2}$",
}
_DAYS = {
    "%Y-%m-%d": r"^\d{4}-\d{1,2}-\d{1,2}",
    "%Y/%m/%d": r"^\d{4}/\d{1,2}/\d{1,2}",
    "%Y.%m.%d": r"^\d{4}\.\d{1,2}\.\d{1,2}",
    "%d.%m.%Y": r"^\d{1,2}\.\d{1,2}\.\d{4}",
    "%d/%m/%Y": r"^\d{1,2}/\d{1,2}/\d{4}",
    "%m/%d/%Y": r"^\d{1,2}/\d{1,2}/\d{4}",
    "%d.%m.%y": r"^\d{1,2}\.\d{1,2}\.\d{2}",
    "%d/%m/%y": r"^\d{1,2}/\d{1,2}/\d{2}",
    "%m/%d/%y": r"^\d{1,2}/\d{1,2}/\d{2}",
    "%d-%m-%Y": r"^\d{1,2}-\d{1,2}-\d{4}",
    "%m-%d-%Y": r"^\d{1,2}-\d{1,2}-\d{4}",
}
"""How dates are written. With points the day is always first."""


def is_time(kind: pa.DataType) -> bool:
    """Whether a type is that of dates, with or without a time of day."""
    return bool(pa.types.is_date(kind) or pa.types.is_timestamp(kind))


def as_times(column: pa.ChunkedArray) -> tuple[pa.ChunkedArray | None, str]:
    """Return a column of dates as timestamps, and how they are written where they are text.

    None for all else; where all rows can be read in two ways, both are named.

    Examples
    --------
    >>> as_times(pa.chunked_array([["31.12.2025", "1.1.2026", None]]))[1]
    '%d.%m.%Y'
    >>> as_times(pa.chunked_array([["01/02/2026", "03/04/2026"]]))
    (None, '%d/%m/%Y or %m/%d/%Y')
    """
    if is_time(column.type):
        return column.cast(pa.timestamp("us"), safe=False), ""
    if not is_text(column.type):
        return None, ""
    whole = column.combine_chunks().dictionary_encode()
    texts = plain_dates(whole.dictionary)
    ways: dict[str, pa.Array] = {}
    for day, shape in _DAYS.items() if texts.null_count < len(texts) else ():
        for clock, rest in _CLOCK.items():
            if pc.all(pc.match_substring_regex(texts, shape + rest)).as_py():
                times = parsed_dates(texts, day + clock)
                if times.null_count == texts.null_count:
                    ways[day + clock] = times
    if len(ways) != 1:
        return None, " or ".join(ways)
    ((way, times),) = ways.items()
    return pa.chunked_array([times.take(whole.indices)]), way


def plain_dates(texts: Any) -> Any:
    """Return texts without spaces around them, with a space before the time; null where one is empty."""
    plain = pc.replace_substring(pc.utf8_trim_whitespace(texts.cast(pa.string())), "T", " ")
    return pc.if_else(pc.equal(plain, ""), None, plain)


def parsed_dates(texts: Any, way: str) -> Any:
    """Return texts as timestamps; null where one is not written so."""
    return pc.strptime(texts, format=way, unit="us", error_is_null=True)


def date_features(
    times: pa.ChunkedArray, parts: Collection[str] | None = None
) -> dict[str, npt.NDArray[np.float64]]:
    """Return what trees can split dates by: days since 1970, month, weekday (Monday is 1), and hour if any.

    With `parts` it returns these, whatever the hours are.

    A model knows no day later than those it saw: what ``days`` says of them is what it says of the last ones.

    Examples
    --------
    >>> import datetime
    >>> made = date_features(pa.chunked_array([[datetime.datetime(2026, 1, 31, 12, 30), None]]))
    >>> {name: values.tolist() for name, values in made.items()}
    {'days': [20484.0, nan], 'month': [1.0, nan], 'weekday': [6.0, nan], 'hour': [12.5, nan]}
    """
    hour = pc.add(pc.hour(times), pc.divide(pc.minute(times).cast(pa.float64()), 60.0))
    features = {
        "days": pc.days_between(pa.scalar(0, pa.timestamp("us")).cast(times.type), times),
        "month": pc.month(times),
        "weekday": pc.day_of_week(times, count_from_zero=False),
    }
    if pc.any(pc.not_equal(hour, 0.0)).as_py() if parts is None else "hour" in parts:
        features["hour"] = hour
    return {name: values.cast(pa.float64()).to_numpy() for name, values in features.items()}
