"""Plain tables as data sets: the catalogue's rows, features, labels, groups, times and costs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from boostweights.benchmark.data.costs import costs_of
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import Entry
from boostweights.errors import InvalidValueError, explained
from boostweights.tables.features import canonical


def parsed(entry: Entry, raw: pd.DataFrame) -> Dataset:
    """Return the data set that a plain table holds, as its catalogue entry says.

    Features are categorical or float64, labels canonical text. Rows whose label is missing are left out, and
    those that the entry drops; the index is 0, 1, 2, ….

    Raises
    ------
    InvalidValueError
        If a column that the catalogue names is absent, a numeric column holds text, or a row has no group or
        no time.
    """
    _check_columns(entry, raw)
    labels = canonical_column(raw[entry.target], entry.missing)
    keep = labels.notna()
    for name, values in entry.drop_rows.items():
        keep &= ~canonical_column(raw[name], entry.missing).isin(values)
    kept, y = raw[keep].reset_index(drop=True), labels[keep].to_numpy(dtype=np.str_)
    return Dataset(
        name=entry.name,
        X=_features(entry, kept),
        y=np.where(y == entry.positive, y, entry.others) if entry.others else y,
        positive=entry.positive,
        group=_codes(entry, kept[entry.group]) if entry.group else None,
        time=_times(entry, kept[entry.time]) if entry.time else None,
        costs=costs_of(entry.costs, _raw_numbers(entry, kept)) if entry.costs else None,
        family=entry.family,
    )


def _not_features(entry: Entry) -> set[str]:
    costs = {name for key, name in entry.costs.items() if entry.costs["kind"] == "columns" and key != "kind"}
    return {entry.target, *entry.drop, *([entry.group] if entry.group else []), *costs}


def _check_columns(entry: Entry, raw: pd.DataFrame) -> None:
    named = _not_features(entry) | {*entry.categorical, *entry.drop_rows, *entry.sentinels}
    named |= {entry.time} if entry.time else set()
    if absent := sorted(named - set(raw.columns)):
        raise InvalidValueError(
            f"{entry.name} must have every column that the catalogue names",
            f"no {', '.join(absent)} among {', '.join(map(str, raw.columns))}",
            "The catalogue entry does not fit this file.",
        )


def _features(entry: Entry, kept: pd.DataFrame) -> pd.DataFrame:
    hidden = _not_features(entry)
    return pd.DataFrame(
        {
            str(name): category(kept[name], (*entry.missing, *entry.sentinels.get(str(name), ())))
            if name in entry.categorical
            else _number(kept[name], entry, entry.sentinels.get(str(name), ()))
            for name in kept.columns
            if name not in hidden
        },
        index=kept.index,
    )


def _codes(entry: Entry, column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Number the groups in the order of their text."""
    names = canonical_column(column, entry.missing)
    if names.isna().any():
        rule, mend = f"every row of {entry.name} must have a group", "Name another column as the group."
        raise InvalidValueError(rule, f"{int(names.isna().sum())} rows without one", mend)
    return np.unique(names.to_numpy(dtype=np.str_), return_inverse=True)[1].astype(np.int64)


def _times(entry: Entry, column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Number the different times in their order."""
    if entry.time_runs:
        return np.cumsum(np.r_[0, column.to_numpy()[1:] != column.to_numpy()[:-1]]).astype(np.int64)
    values = _moments(entry, column) if entry.time_format else _number(column, entry, ())
    codes = pd.factorize(values, sort=True)[0]
    if (codes < 0).any():
        rule, mend = f"every row of {entry.name} must have a time", "Name another column as the time."
        raise InvalidValueError(rule, f"{int((codes < 0).sum())} rows without one", mend)
    return codes.astype(np.int64)


def _moments(entry: Entry, column: pd.Series[Any]) -> pd.Series[Any]:
    said = f"column {column.name!r} of {entry.name} must hold times in the format {entry.time_format}"
    with explained((ValueError,), said, "Correct time_format in the catalogue."):
        return pd.to_datetime(canonical_column(column, entry.missing), format=entry.time_format, utc=True)


def _raw_numbers(entry: Entry, kept: pd.DataFrame) -> pd.DataFrame:
    """Return the numeric columns with their sentinels, as the published recipes of costs read them."""
    others = {entry.target, entry.group, *entry.drop, *entry.categorical}
    return pd.DataFrame({str(name): _number(kept[name], entry, ()) for name in kept if name not in others})


def _number(column: pd.Series[Any], entry: Entry, sentinels: tuple[str, ...]) -> pd.Series[Any]:
    plain = column.dtype.kind in "iufb" and not sentinels
    values = column if plain else canonical_column(column, (*entry.missing, *sentinels))
    mend = "List it as categorical in the catalogue, or its token as missing."
    with explained((ValueError,), f"column {column.name!r} of {entry.name} must be numeric", mend):
        return pd.to_numeric(values).astype(np.float64)


def canonical_column(column: pd.Series[Any], missing: Sequence[str]) -> pd.Series[Any]:
    """Return a column as text: stripped, integral numbers without decimals; None where a value is missing.

    Examples
    --------
    >>> canonical_column(pd.Series([" a ", "1.0", "?", "007"]), ("?",)).tolist()
    ['a', '1', None, '007']
    """
    texts = [None if pd.isna(value) else canonical(value, missing) for value in column]
    return pd.Series(texts, index=column.index, dtype=object)


def category(column: pd.Series[Any], missing: Sequence[str]) -> pd.Series[Any]:
    """Return a column as categories: its canonical texts, sorted."""
    values = canonical_column(column, missing)
    return values.astype(pd.CategoricalDtype(sorted(set(values.dropna()))))
