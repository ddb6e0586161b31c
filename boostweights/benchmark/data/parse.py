"""Files of the catalogue as data sets: plain tables first, then features, labels, groups, times and costs."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from boostweights.benchmark.data.costs import costs_of
from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.entries import Entry
from boostweights.errors import check_that, explained
from boostweights.tables.features import canonical

_ATTRIBUTE = re.compile(r"@attribute\s+('[^']+'|\"[^\"]+\"|[^\s{\[]+)", re.IGNORECASE)


def table(entry: Entry, content: bytes, *extra: bytes) -> pd.DataFrame:
    """Return a file's rows and named columns as they stand, before any cleaning.

    Parameters
    ----------
    entry : Entry
        The data set; its ``format`` decides the parser.
    content : bytes
        The file, whose hash must have been checked: a pickle runs code when it is loaded.
    *extra : bytes
        The files of the entry's ``extra_paths``: more rows of a csv, the labels of a matrix.
    """
    return _PARSERS[entry.format](entry, content, *extra)


def _attribute_file(entry: Entry, content: bytes) -> pd.DataFrame:
    """KEEL's .dat and ARFF: lines of attributes, ``@data``, rows; a line that starts with % is a comment."""
    lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    kept = [line for line in lines if line and not line.startswith("%")]
    start = [line.lower() for line in kept].index("@data")
    names = [match[1].strip("'\"") for line in kept[:start] if (match := _ATTRIBUTE.match(line))]
    rows = [line.split(",") for line in kept[start + 1 :]]
    return pd.DataFrame(rows, columns=pd.Index(names), dtype=object)


def _csv(entry: Entry, *contents: bytes) -> pd.DataFrame:
    # pandas' C parser takes lone CR line ends too, on which a reader by lines would see one line
    parts = [
        pd.read_csv(
            io.BytesIO(content),
            sep=r"\s+" if entry.sep == " " else entry.sep,
            compression="gzip" if entry.path.endswith(".gz") else None,
            encoding="utf-8-sig",
            names=list(entry.columns) or None,
            index_col=False,
            dtype=object,
            keep_default_na=False,
            skipinitialspace=True,
        )
        for content in contents
    ]
    return pd.concat(parts, ignore_index=True)


def _matrix(entry: Entry, content: bytes, labels: bytes) -> pd.DataFrame:
    rows = [line.split() for line in content.decode("ascii").splitlines() if line.strip()]
    frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(1, len(rows[0]) + 1)], dtype="float64")
    return frame.assign(**{entry.target: labels.decode("ascii").split()})


_PARSERS: Mapping[str, Callable[..., pd.DataFrame]] = {
    "keel": _attribute_file,
    "arff": _attribute_file,
    "csv": _csv,
    "matrix": _matrix,
    # pandas silences the warnings about modules that numpy has moved since the pickle was written
    "pickle-xz": lambda _entry, content: pd.read_pickle(io.BytesIO(content), compression="xz"),
    "parquet": lambda _entry, content: pd.read_parquet(io.BytesIO(content)),
}


def parsed(entry: Entry, raw: pd.DataFrame) -> Dataset:
    """Return the data set that a plain table holds, as its catalogue entry says.

    Features are categorical or float64, labels canonical text. Rows whose label is missing are left out, and
    those that the entry drops; the index is 0, 1, 2, ….

    Raises
    ------
    InvalidValueError
        If a numeric column holds text, or a row has no group or no time.
    """
    labels = canonical_column(raw[entry.target], entry.missing)
    keep = labels.notna()
    for name, values in entry.drop_rows.items():
        keep &= ~canonical_column(raw[name], entry.missing).isin(values)
    kept, y = raw[keep].reset_index(drop=True), labels[keep].to_numpy(dtype=np.str_)
    hidden = {entry.target, entry.group, *entry.drop}
    names = [str(name) for name in kept if name not in hidden | {*entry.categorical}]
    if entry.costs.get("kind") == "columns":
        hidden |= {name for key, name in entry.costs.items() if key != "kind"}
    columns = {
        str(name): category(kept[name], (*entry.missing, *entry.sentinels.get(str(name), ())))
        if name in entry.categorical
        else _number(kept[name], entry, entry.sentinels.get(str(name), ()))
        for name in kept
        if name not in hidden
    }
    group = canonical_column(kept[entry.group], entry.missing) if entry.group else None
    # published recipes of costs read the numeric columns with their sentinels
    numbers = {name: _number(kept[name], entry, ()) for name in names} if entry.costs else {}
    return Dataset(
        name=entry.name,
        X=pd.DataFrame(columns, index=kept.index),
        y=np.where(y == entry.positive, y, entry.others) if entry.others else y,
        positive=entry.positive,
        group=None if group is None else _numbered(entry, group, "group"),
        time=_times(entry, kept[entry.time]) if entry.time else None,
        costs=costs_of(entry.costs, pd.DataFrame(numbers)) if entry.costs else None,
        family=entry.family,
    )


def _times(entry: Entry, column: pd.Series[Any]) -> np.ndarray[Any, Any]:
    """Number the different times in their order."""
    if entry.time_runs:
        return np.cumsum(np.r_[0, column.to_numpy()[1:] != column.to_numpy()[:-1]]).astype(np.int64)
    if not entry.time_format:
        return _numbered(entry, _number(column, entry, ()), "time")
    rule = f"column {column.name!r} of {entry.name} must hold times in the format {entry.time_format}"
    with explained((ValueError,), rule, "Correct time_format in the catalogue."):
        moments = pd.to_datetime(canonical_column(column, entry.missing), format=entry.time_format, utc=True)
    return _numbered(entry, moments, "time")


def _numbered(entry: Entry, values: pd.Series[Any], what: str) -> np.ndarray[Any, Any]:
    codes = pd.factorize(values, sort=True)[0]
    missing = int((codes < 0).sum())
    rule, remedy = f"every row of {entry.name} must have a {what}", f"Name another column as the {what}."
    check_that(not missing, rule, f"{missing} rows without one", remedy)
    return codes.astype(np.int64)


def _number(column: pd.Series[Any], entry: Entry, sentinels: tuple[str, ...]) -> pd.Series[Any]:
    plain = column.dtype.kind in "iufb" and not sentinels
    values = column if plain else canonical_column(column, (*entry.missing, *sentinels))
    remedy = "List it as categorical in the catalogue, or its token as missing."
    with explained((ValueError,), f"column {column.name!r} of {entry.name} must be numeric", remedy):
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
