"""Files of the catalogue's formats as plain tables: named columns as they stand, before any cleaning."""

import io
import re
from collections.abc import Callable, Mapping
from typing import Final

import pandas as pd

from boostweights.benchmark.data.entries import Entry
from boostweights.errors import InvalidValueError

_ATTRIBUTE: Final = re.compile(r"@attribute\s+('[^']+'|\"[^\"]+\"|[^\s{\[]+)", re.IGNORECASE)


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

    Raises
    ------
    InvalidValueError
        If a row has another number of fields than there are columns, or a matrix another number of labels.
    """
    return _PARSERS[entry.format](entry, content, *extra)


def _attribute_file(entry: Entry, content: bytes) -> pd.DataFrame:
    """KEEL's .dat and ARFF: lines of attributes, ``@data``, rows; a line that starts with % is a comment."""
    lines = [line.strip() for line in content.decode("utf-8-sig").splitlines()]
    kept = [line for line in lines if line and not line.startswith("%")]
    start = [line.lower() for line in kept].index("@data")
    names = [match[1].strip("'\"") for line in kept[:start] if (match := _ATTRIBUTE.match(line))]
    rows = [line.split(",") for line in kept[start + 1 :]]
    _check_widths(entry, rows, len(names))
    return pd.DataFrame(rows, columns=pd.Index(names), dtype=object)


def _check_widths(entry: Entry, rows: list[list[str]], width: int) -> None:
    for number, row in enumerate(rows):
        if len(row) != width:
            raise InvalidValueError(
                f"every row of {entry.name} must have {width} fields",
                f"{len(row)} in row {number}",
                "The file is damaged, or the catalogue names another format.",
            )


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
    width = len(rows[0])
    _check_widths(entry, rows, width)
    frame = pd.DataFrame(rows, columns=[f"x{i}" for i in range(1, width + 1)], dtype="float64")
    target = [line.strip() for line in labels.decode("ascii").splitlines() if line.strip()]
    if len(target) != len(frame):
        rule, mend = f"{entry.name} must have a label for every row", "The two files do not belong together."
        raise InvalidValueError(rule, f"{len(target)} labels for {len(frame)} rows", mend)
    frame[entry.target] = pd.Series(target, dtype=object)
    return frame


def _pickle_xz(entry: Entry, content: bytes) -> pd.DataFrame:
    # pandas itself silences the warnings about modules that numpy has moved since the pickle was written
    frame = pd.read_pickle(io.BytesIO(content), compression="xz")
    assert isinstance(frame, pd.DataFrame)
    return frame


def _parquet(entry: Entry, content: bytes) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(content))


_PARSERS: Final[Mapping[str, Callable[..., pd.DataFrame]]] = {
    "keel": _attribute_file,
    "arff": _attribute_file,
    "csv": _csv,
    "matrix": _matrix,
    "pickle-xz": _pickle_xz,
    "parquet": _parquet,
}
