"""The files of a folder of Parquet files; tables with a log of changes are refused.

Delta Lake, Iceberg and Hudi keep files that were removed from the table. Only their logs list what is left.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path, PurePath, PurePosixPath
from typing import Any

from boostweights.errors import InvalidValueError, explained

_UTF8 = "the path of a file must be UTF-8, unless it is CSV or TSV"
_RENAME = "Rename it."


_FORMATS = (
    (
        "Delta Lake",
        "_delta_log",
        "",
        "deltalake.DeltaTable('{place}').to_pandas(), or write the rows to a file and read that: "
        "duckdb -c \"COPY (FROM delta_scan('{place}')) TO 'rows.parquet'\".",
    ),
    (
        "Iceberg",
        "metadata",
        ".metadata.json",
        "pyiceberg (catalog.load_table(name).scan().to_pandas()), or write the rows to a file and read that: "
        "duckdb -c \"COPY (FROM iceberg_scan('{place}')) TO 'rows.parquet'\".",
    ),
    (
        "Hudi",
        ".hoodie",
        "",
        "Spark (spark.read.format('hudi').load('{place}').toPandas()), or write it to a new folder and read "
        "that.",
    ),
)
"""Formats of tables: name, the folder of the log, what its files are named, and how the rows are read."""


def files_of(system: Any, roots: Sequence[PurePosixPath], endings: tuple[str, ...] = ("",)) -> Iterator[Any]:
    """Yield what is known of each root that is a file, and of the files below each that is a folder.

    Files below a folder come in the order of their paths. Those that are hidden or marked as no data, whose
    names or folders begin with ``.`` or ``_``, are left out.

    Parameters
    ----------
    system : pyarrow.fs.FileSystem
        Where the roots are.
    roots : sequence of PurePosixPath
        Files and folders.
    endings : tuple of str, optional
        The endings of the files that are taken from folders, in small letters; by default all files.

    Raises
    ------
    InvalidValueError
        If a root is, is in, or contains a table of Delta Lake, Iceberg or Hudi, or a name is not UTF-8.
    """
    from pyarrow import fs

    for root in roots:
        check_utf8(root)
    _check_above(system, roots)
    for root, info in zip(roots, system.get_file_info([str(root) for root in roots]), strict=True):
        if info.type != fs.FileType.Directory:
            yield from [info] if info.is_file else []
            continue
        inside = system.get_file_info(fs.FileSelector(str(root), recursive=True))
        files = [info for info in inside if info.is_file]
        with explained((UnicodeError,), _UTF8, _RENAME, f"a file in {root}"):
            below = {PurePosixPath(info.path).relative_to(root).parts: info for info in files}
        for parts in below:
            _check_parts(root, parts)
        for parts in sorted(below):
            if parts[-1].lower().endswith(endings) and not any(part.startswith((".", "_")) for part in parts):
                yield below[parts]


def check_utf8(path: PurePath) -> None:
    """Raise where a path is not UTF-8, which pyarrow, DuckDB and readers of workbooks cannot open.

    Raises
    ------
    InvalidValueError
        If it is not.
    """
    if any("\ud800" <= letter <= "\udfff" for letter in str(path)):  # for bytes that are not UTF-8
        raise InvalidValueError(_UTF8, str(path), _RENAME)


def _check_above(system: Any, roots: Sequence[PurePosixPath]) -> None:
    """Raise where a root, or a folder above it, is a table; folders that may not be read are passed over."""
    from pyarrow import fs

    if isinstance(system, fs.LocalFileSystem):
        roots = [PurePosixPath(Path(os.path.realpath(root)).as_posix()) for root in roots]
    for folder in {folder: None for root in roots for folder in (root, *root.parents)}:
        with suppress(OSError):
            for info in system.get_file_info([str(folder / marker) for _, marker, _, _ in _FORMATS]):
                if info.type == fs.FileType.Directory:
                    for entry in system.get_file_info(fs.FileSelector(info.path)):
                        _check_parts(folder, (info.base_name, entry.base_name))


def _check_parts(folder: PurePosixPath, parts: Sequence[str]) -> None:
    """Raise where a path below a folder belongs to the log of a table."""
    for name, marker, file, frame in _FORMATS:
        if marker not in parts[:-1] or file not in parts[-1]:
            continue
        table = folder.joinpath(*parts[: parts.index(marker)])
        raise InvalidValueError(
            f"a folder of Parquet files must not be a {name} table, which keeps files that were removed "
            "from it",
            f"{table} with {marker}",
            f"Pass the frame of {frame.format(place=table)}",
        )
