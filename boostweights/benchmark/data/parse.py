"""Files of the catalogue's formats as plain tables, and plain tables as features and labels."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.benchmark.data.entries import Entry
from boostweights.errors import InvalidValueError

__all__ = ["features_and_labels", "table"]

_ATTRIBUTE: Final = re.compile(r"@attribute\s+('[^']+'|[^\s{\[]+)", re.IGNORECASE)
_INTEGRAL: Final = re.compile(r"[+-]?\d+\.0*")


def table(entry: Entry, content: bytes) -> pd.DataFrame:
    """Return a file's rows and named columns as they stand, before any cleaning.

    Parameters
    ----------
    entry : Entry
        The data set; its ``format`` decides the parser.
    content : bytes
        The file, whose hash must have been checked: a pickle runs code when it is loaded.
    """
    return _PARSERS[entry.format](entry, content)


def features_and_labels(entry: Entry, raw: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray[Any, Any]]:
    """Return the features, categorical or float64, and the labels as canonical text.

    Rows whose label is missing are left out; the index is 0, 1, 2, ….

    Raises
    ------
    InvalidValueError
        If a column that the catalogue names is absent, or a numeric column holds text.
    """
    named = {entry.target, *entry.drop, *entry.categorical}
    if absent := sorted(named - set(raw.columns)):
        raise InvalidValueError(
            f"{entry.name} must have every column that the catalogue names",
            f"no {', '.join(absent)} among {', '.join(map(str, raw.columns))}",
            "The catalogue entry does not fit this file.",
        )
    labels = _canonical(raw[entry.target], entry.missing)
    kept = raw[labels.notna()].reset_index(drop=True)
    X = pd.DataFrame(
        {
            str(name): _category(kept[name], entry)
            if name in entry.categorical
            else _number(kept[name], entry)
            for name in kept.columns
            if name != entry.target and name not in entry.drop
        }
    )
    return X, labels.dropna().to_numpy(dtype=np.str_)


def _keel(entry: Entry, content: bytes) -> pd.DataFrame:
    lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    start = [line.lower() for line in lines].index("@data")
    names = [match[1].strip("'") for line in lines[:start] if (match := _ATTRIBUTE.match(line))]
    rows = [line.split(",") for line in lines[start + 1 :] if line]
    return pd.DataFrame(rows, columns=pd.Index(names), dtype=object)


def _csv(entry: Entry, content: bytes) -> pd.DataFrame:
    return pd.read_csv(
        io.BytesIO(content),
        encoding="utf-8-sig",
        names=list(entry.columns) or None,
        dtype=object,
        keep_default_na=False,
        skipinitialspace=True,
    )


def _pickle_xz(entry: Entry, content: bytes) -> pd.DataFrame:
    # pandas itself silences the warnings about modules that numpy has moved since the pickle was written
    frame = pd.read_pickle(io.BytesIO(content), compression="xz")
    assert isinstance(frame, pd.DataFrame)
    return frame


_PARSERS: Final[Mapping[str, Callable[[Entry, bytes], pd.DataFrame]]] = {
    "keel": _keel,
    "csv": _csv,
    "pickle-xz": _pickle_xz,
}


def _canonical(column: pd.Series[Any], missing: tuple[str, ...]) -> pd.Series[Any]:
    """Text, stripped, integral numbers without decimals; None where a value is missing."""

    def text(value: Any) -> str | None:
        if pd.isna(value):
            return None
        stripped = str(value).strip()
        if stripped in missing:
            return None
        return stripped.partition(".")[0] if _INTEGRAL.fullmatch(stripped) else stripped

    return pd.Series([text(value) for value in column], index=column.index, dtype=object)


def _feature(column: pd.Series[Any], entry: Entry) -> pd.Series[Any]:
    return _category(column, entry) if column.name in entry.categorical else _number(column, entry)


def _category(column: pd.Series[Any], entry: Entry) -> pd.Series[Any]:
    values = _canonical(column, entry.missing)
    return values.astype(pd.CategoricalDtype(sorted(set(values.dropna()))))


def _number(column: pd.Series[Any], entry: Entry) -> pd.Series[Any]:
    values = column if column.dtype.kind in "iufb" else _canonical(column, entry.missing)
    try:
        return pd.to_numeric(values).astype(np.float64)
    except ValueError as text:
        raise InvalidValueError(
            f"column {column.name!r} of {entry.name} must be numeric",
            str(text),
            "List it as categorical in the catalogue, or its token as missing.",
        ) from text
