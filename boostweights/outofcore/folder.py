"""A folder of Parquet files: which files, in which order, with which columns; and its rows in batches."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, check_type, did_you_mean, explained, shown

_BUFFER: Final = 1 << 16
"""Bytes of each column that are read from disk at a time, however large a row group is."""

Stamp: TypeAlias = tuple[int, int]
"""Size in bytes, and when it was changed, in nanoseconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """One Parquet file as its footer describes it.

    Attributes
    ----------
    path : Path
    footer : pyarrow.parquet.FileMetaData
    schema : pyarrow.Schema
    stamp : Stamp
    """

    path: Path
    footer: Any
    schema: Any
    stamp: Stamp

    @property
    def rows(self) -> int:
        """Its rows."""
        return int(self.footer.num_rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """Parquet files in the order of their paths: the order of rows."""

    place: str
    files: tuple[File, ...]

    @property
    def rows(self) -> int:
        """Rows of all files."""
        return sum(file.rows for file in self.files)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the first file."""
        return tuple(self.files[0].schema.names)

    def types(self, name: str) -> list[tuple[File, Any]]:
        """Return the type of a column in each file, or raise where a file lacks it."""
        for file in self.files:
            found = file.schema.names.count(name)
            if found != 1:
                rule = f"a column must be in every file of {self.place}, once"
                seen = f"{name!r}, {'twice' if found else 'not'} in {file.path.name}"
                known = found or name in self.names
                mend = "Write the files with equal columns." if known else did_you_mean(name, self.names)
                raise InvalidValueError(rule, seen, mend)
        return [(file, file.schema.field(name).type) for file in self.files]

    def check_unchanged(self) -> None:
        """Raise where files were added, removed or written since the folder was opened."""
        place = Path(self.place)
        then: dict[Path, Stamp | None] = {file.path: file.stamp for file in self.files}
        now = {path: _stamp(path) for path in (_found(place) if place.is_dir() else then)}
        changed = sorted(path.name for path in then.keys() | now.keys() if then.get(path) != now.get(path))
        if changed:
            raise InvalidValueError(
                "a folder must stay as it is while it is read",
                f"{changed[0]}, which was added, removed or written since",
                "Train on a folder that nobody writes to, such as a copy.",
            )


def open_folder(place: Any) -> Folder:
    """Return the Parquet files below a folder, or one file, footers read; raises where there is none."""
    mend = "Pass the path of a folder of Parquet files."
    check_type(place, (str, os.PathLike), "folder must be a path", mend)
    path = Path(place)
    if not path.exists():
        raise InvalidValueError("the folder must exist", shown(str(place)), "Check the path.")
    paths = _found(path) if path.is_dir() else [path]
    if not paths:
        inside = sorted(entry.name for entry in path.iterdir())[:5]
        raise InvalidValueError(
            "a folder must hold files that end in .parquet",
            f"{shown(str(place))} with {', '.join(inside) if inside else 'nothing'}",
            "Pass the folder above the files.",
        )
    _check_no_columns_in_names(path, paths)
    folder = Folder(place=str(place), files=tuple(_opened(each) for each in paths))
    if not folder.rows:
        raise InvalidValueError("labels must not be empty", f"0 rows in {shown(str(place))}", "Pass rows.")
    return folder


def batches(folder: Folder, names: Sequence[str], size: int) -> Iterator[tuple[File, Any]]:
    """Yield arrow batches of some columns, file after file, and the file of each."""
    for file in folder.files:
        for batch in read(file, names, size):
            yield file, batch


def read(
    file: File,
    names: Sequence[str],
    size: int,
    *,
    groups: Sequence[int] | None = None,
    dictionary: bool = False,
) -> Iterator[Any]:
    """Yield batches of some columns of a file; of text as codes where `dictionary`."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    texts = [name for name in names if file.schema.field(name).type in (pa.string(), pa.large_string())]
    # Arrow's own default, pre_buffer=True, keeps all of the file that it has read.
    options = {"pre_buffer": False, "buffer_size": _BUFFER, "page_checksum_verification": True}
    rule = "every file of the folder must stay as it is, and be whole Parquet"
    mend = "Write the file again, or move it away."
    with (
        explained((pa.ArrowException, OSError), rule, mend, file.path.name),
        ParquetFile(
            file.path, metadata=file.footer, read_dictionary=texts if dictionary else [], **options
        ) as opened,
    ):
        yield from opened.iter_batches(size, row_groups=groups, columns=list(names))


def as_floats(column: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an arrow column of numbers or bools as floats, null as NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    floats = column.cast(pa.from_numpy_dtype(np.dtype(dtype)), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False))


def _found(folder: Path) -> list[Path]:
    """Parquet files below a folder, those left out that are hidden or marked as no data."""
    return sorted(
        path
        for path in folder.rglob("*.parquet")
        if path.is_file() and not any(part.startswith((".", "_")) for part in path.relative_to(folder).parts)
    )


def _check_no_columns_in_names(folder: Path, paths: Sequence[Path]) -> None:
    for part in (part for path in paths for part in path.relative_to(folder).parts[:-1]):
        if "=" in part:
            raise InvalidValueError(
                "columns must be inside the files",
                f"the folder name {part!r}",
                "Write the column into the files, or rename the folders if it is none.",
            )


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return None
    return status.st_size, status.st_mtime_ns


def _opened(path: Path) -> File:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    stamp = _stamp(path) or (0, 0)
    try:
        with ParquetFile(path) as file:
            return File(path=path, footer=file.metadata, schema=file.schema_arrow, stamp=stamp)
    except (pa.ArrowException, OSError) as broken:
        raise InvalidValueError(
            "every file of the folder must be whole Parquet",
            f"{path.name}: {shown(str(broken))[1:-1]}",
            "Write the file again, or move it away.",
        ) from broken
