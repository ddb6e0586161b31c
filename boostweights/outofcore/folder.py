"""A folder of Parquet files: which files, in which order, with which columns, and their rows."""

from __future__ import annotations

import os
import posixpath
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path, PurePath, PurePosixPath
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from boostweights import errors
from boostweights.errors import InvalidValueError, check_that, check_type, explained, shown
from boostweights.lazy import needs
from boostweights.tables.folders import check_utf8, files_of

ENDINGS = (".parquet", ".parq", ".pq")
"""The endings of the files that are read, in upper or lower case."""
_BUFFER = 1 << 16
"""Bytes of each column that are read from disk at a time, however large a row group is."""
_WHOLE = "every file of the folder must not change, and must be whole Parquet"
_REWRITE = "Write the file again, or move it away."
T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, eq=False)
class File:
    """One Parquet file as its footer and the folders above it describe it.

    Attributes
    ----------
    path : PurePosixPath
        On its file system.
    name : str
        Its path below the folder, as errors name it.
    footer : pyarrow.parquet.FileMetaData
    schema : pyarrow.Schema
        Its columns, then those of `partition`.
    stamp : tuple of int
        Size in bytes, and when it was changed, in nanoseconds.
    partition : dict
        Columns that the names of folders hold (``year=2024``) → their value in this file, an arrow scalar.
    taken : ndarray of shape (rows of the file,), bool, or None
        The rows that are read, if not all.
    """

    path: PurePosixPath
    name: str
    footer: Any
    schema: Any
    stamp: tuple[int, int]
    partition: dict[str, Any]
    taken: npt.NDArray[np.bool_] | None = None

    @cached_property
    def rows(self) -> int:
        """How many of its rows are read."""
        return int(self.footer.num_rows if self.taken is None else np.count_nonzero(self.taken))


@dataclass(frozen=True, kw_only=True, eq=False)
class Folder:
    """Parquet files in the order of their paths, or as listed: the order of rows.

    Attributes
    ----------
    place : str
        The path or list, as the user passed it.
    roots : tuple of PurePosixPath
        The files and folders named.
    filesystem : pyarrow.fs.FileSystem
    files : tuple of File
    """

    place: str
    roots: tuple[PurePosixPath, ...]
    filesystem: Any
    files: tuple[File, ...]

    @cached_property
    def rows(self) -> int:
        """How many rows of all files are read."""
        return sum(file.rows for file in self.files)

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the first file."""
        return tuple(self.files[0].schema.names)

    def types(self, name: str) -> list[tuple[File, Any]]:
        """Return the type of a column in each file, or raise where a file lacks it."""
        for file in self.files:
            times = file.schema.names.count(name)
            if times != 1:
                raise InvalidValueError(
                    f"a column must be in every file of {self.place}, once",
                    f"{shown(name)}, {'twice' if times else 'not'} in {file.name}",
                    "Write the files with equal columns."
                    if times or name in self.names
                    else errors.did_you_mean(name, self.names),
                )
        return [(file, file.schema.field(name).type) for file in self.files]

    def check_unchanged(self, *, footers: bool = False) -> None:
        """Raise where files were added, removed or written since the folder was opened.

        With `footers`, these are compared too: they differ between files of the same size and time.
        """
        before = {str(file.path): file.stamp for file in self.files}
        infos = files_of(self.filesystem, self.roots, ENDINGS)
        now = {str(PurePosixPath(info.path)): (info.size, info.mtime_ns) for info in infos}
        changed = [path for path in before.keys() | now.keys() if before.get(path) != now.get(path)]
        if footers and not changed:
            read = ((file, _footer(self.filesystem, file.path, file.name)[0]) for file in self.files)
            changed = [str(file.path) for file, footer in read if not footer.equals(file.footer)]
        check_that(
            not changed,
            "a folder must stay as it is while it is read",
            f"{PurePosixPath(min(changed, default='')).name}, which was added, removed or written since",
            "Train on a folder that nobody writes to, such as a copy.",
        )

    def read(
        self, names: Sequence[str], size: int, take: Callable[[Any], T], *, coded: Sequence[str] = ()
    ) -> Iterator[tuple[File, T]]:
        """Yield what `take` makes of each arrow batch, file after file, and the file; errors name the file.

        Columns that the names of folders hold are added; columns of text that are `coded` are read as codes.
        """
        for file in self.files:
            for batch in self._batches(file, names, size, coded):
                with errors.placed(f"in {file.name}"):
                    taken = take(batch)
                yield file, taken

    def _batches(self, file: File, names: Sequence[str], size: int, coded: Sequence[str]) -> Iterator[Any]:
        import pyarrow as pa
        from pyarrow.parquet import ParquetFile

        start, texts = 0, (pa.string(), pa.large_string())
        stored = [name for name in names if name not in file.partition]
        with (
            explained((pa.ArrowException, OSError), _WHOLE, _REWRITE, file.name),
            self.filesystem.open_input_file(str(file.path)) as source,
            ParquetFile(
                source,
                metadata=file.footer,
                pre_buffer=False,  # the default keeps all of the file that it has read
                buffer_size=_BUFFER,
                page_checksum_verification=True,
                read_dictionary=[
                    name for name in stored if name in coded and file.schema.field(name).type in texts
                ],
            ) as opened,
        ):
            for batch in opened.iter_batches(size, columns=stored):
                columns = [
                    pa.repeat(file.partition[name], batch.num_rows)
                    if name in file.partition
                    else batch.column(name)
                    for name in names
                ]
                columns = [  # for views of text arrow lacks functions
                    column.cast(pa.large_string()) if str(column.type) == "string_view" else column
                    for column in columns
                ]
                rows = pa.RecordBatch.from_arrays(columns, names=list(names))
                if file.taken is not None:
                    rows = rows.filter(pa.array(file.taken[start : start + batch.num_rows]))
                start += batch.num_rows
                if rows.num_rows:
                    yield rows

    def split(self, share: Any, seed: int, argument: str) -> tuple[Folder, Folder]:
        """Return the rows without a share of them, and that share; each row is drawn by itself."""
        rule = f"{argument} must be a share of the rows between 0 and 1, or a folder"
        errors.check_range(share, rule, f"Use {argument}=0.2, for example.", above=0, below=1)
        drawn = [
            np.random.default_rng([seed, number]).random(file.rows) < share
            for number, file in enumerate(self.files)
        ]
        sides = [~rows for rows in drawn], drawn
        kept, left_out = (
            tuple(replace(file, taken=rows) for file, rows in zip(self.files, side, strict=True))
            for side in sides
        )
        return replace(self, files=kept), replace(self, files=left_out)


def open_folder(place: Any, filesystem: Any = None) -> Folder:
    """Return the Parquet files below a folder, one file or a list of files, footers read; or raise."""
    needs(["pyarrow"], "Reading Parquet files", "frames")
    import pyarrow as pa
    from pyarrow import fs

    listed = isinstance(place, (list, tuple)) and place
    located = [_located(path, filesystem) for path in (place if listed else [place])]
    system, roots = located[0][0], tuple(root for _, root in located)
    shared = all(system.equals(other) for other, _ in located)
    check_that(shared, "files must be on one file system", place, "Copy them to one place.")
    infos = list(files_of(system, roots, ENDINGS))
    name = f"a list of {len(place)}" if listed else str(place)
    if not infos:
        entries = system.get_file_info(fs.FileSelector(str(roots[0])))
        raise InvalidValueError(
            f"a folder must hold files that end in {', '.join(ENDINGS)}",
            f"{shown(name)} with {', '.join(sorted(entry.base_name for entry in entries)[:5]) or 'nothing'}",
            "Pass the folder above the files.",
        )
    paths = [PurePosixPath(info.path) for info in infos]
    for path, times in Counter(paths).items():
        check_that(times == 1, "each file must be read once", f"{path.name} twice", "Leave one out.")
    kinds = system.get_file_info([str(root) for root in roots])
    # the folder that all files share: the names of folders below it may hold columns
    base = posixpath.commonpath(
        root if info.type == fs.FileType.Directory else root.parent
        for root, info in zip(roots, kinds, strict=True)
    )
    files = []
    rule, remedy = "a column must be in the files or in the names of their folders", "Rename the folders."
    for info, path, partition in zip(infos, paths, _partitions(system, paths, base), strict=True):
        below = str(path.relative_to(base))
        footer, schema = _footer(system, path, below)
        for column, value in partition.items():
            check_that(column not in schema.names, rule, f"{column!r}, in both, of {below}", remedy)
            schema = schema.append(pa.field(column, value.type))
        facts = {"footer": footer, "schema": schema, "partition": partition}
        files.append(File(path=path, name=below, stamp=(info.size, info.mtime_ns), **facts))
    folder = Folder(place=name, roots=roots, filesystem=system, files=tuple(files))
    check_that(folder.rows, "labels must not be empty", f"0 rows in {shown(name)}", "Pass rows.")
    return folder


def _located(place: Any, filesystem: Any) -> tuple[Any, PurePosixPath]:
    """Return a file system and a path on it; a place such as ``s3://bucket/folder`` names both."""
    import pyarrow as pa
    from pyarrow import fs

    mend = "Pass the path of a folder of Parquet files, or a list of their paths."
    check_type(place, (str, os.PathLike), "folder must be a path", mend)
    of_fsspec = "For fsspec: pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(filesystem))."
    kinds = (fs.FileSystem, type(None))
    check_type(filesystem, kinds, "filesystem must be one of pyarrow.fs", of_fsspec)
    path = os.fspath(place)
    check_utf8(PurePath(path))
    if filesystem is None and "://" in path:
        rule, mend = "pyarrow must find the file system of a place", "Check it, or pass filesystem=."
        with explained((pa.ArrowException, OSError, ValueError), rule, mend, path):
            filesystem, path = fs.FileSystem.from_uri(path)
    elif filesystem is None:
        filesystem, path = fs.LocalFileSystem(), Path(place).as_posix()
    exists = filesystem.get_file_info(path).type != fs.FileType.NotFound
    check_that(exists, "the folder must exist", shown(str(place)), "Check the path.")
    return filesystem, PurePosixPath(path)


def _partitions(system: Any, paths: Sequence[PurePosixPath], base: str) -> list[dict[str, Any]]:
    """Return the columns that the names of each file's folders hold, all of one type, or raise."""
    if not any("=" in part for path in paths for part in path.relative_to(base).parts[:-1]):
        return [{}] * len(paths)
    import pyarrow as pa
    from pyarrow import dataset

    texts = [str(path) for path in paths]
    with explained((pa.ArrowException, OSError), "folders must be named key=value", "Rename them."):
        whole = dataset.dataset(
            texts, filesystem=system, format="parquet", partitioning="hive", partition_base_dir=base
        )
        values = {
            part.path: dataset.get_partition_keys(part.partition_expression) for part in whole.get_fragments()
        }
    fields = whole.partitioning.schema
    for text, path in zip(texts, paths, strict=True):
        check_that(
            values[text].keys() == {*fields.names},
            "the names of folders must hold equal columns (key=value) above every file",
            f"{sorted(values[text])} above {path.relative_to(base)}, of {fields.names} above others",
            "Move the files that differ, or pass a list of those to read.",
        )
    return [
        {field.name: pa.scalar(values[text][field.name], field.type) for field in fields} for text in texts
    ]


def _footer(system: Any, path: PurePosixPath, name: str) -> tuple[Any, Any]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    with (
        explained((pa.ArrowException, OSError), _WHOLE, _REWRITE, name),
        system.open_input_file(str(path)) as source,
        ParquetFile(source) as file,
    ):
        return file.metadata, file.schema_arrow
