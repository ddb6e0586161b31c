"""The rows of a folder's files as arrow batches, one after another or on as many threads as arrow uses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, TypeVar

import numpy as np
import numpy.typing as npt

from boostweights.errors import explained
from boostweights.outofcore.folder import File, Folder

LABEL_BATCH: Final = 1 << 20
"""Rows of a batch in which no feature is read."""
_BUFFER: Final = 1 << 16
"""Bytes of each column that are read from disk at a time, however large a row group is."""

Found = TypeVar("Found")


def batches(
    folder: Folder, names: Sequence[str], size: int, *, coded: Sequence[str] = ()
) -> Iterator[tuple[File, Any]]:
    """Yield arrow batches of some columns, file after file, and the file of each."""
    for file in folder.files:
        for batch in _read(folder, file, names, size, coded=coded):
            yield file, batch


def mapped(
    folder: Folder, names: Sequence[str], size: int, coded: Sequence[str], of: Callable[[File, Any], Found]
) -> Iterator[Found]:
    """Yield what a function finds in each batch, several batches at a time; text columns `coded` as codes."""
    import pyarrow as pa

    def part(file: File, groups: Sequence[int]) -> list[Found]:
        return [of(file, batch) for batch in _read(folder, file, names, size, groups=groups, coded=coded)]

    with ThreadPoolExecutor(pa.cpu_count()) as pool:
        for found in pool.map(lambda each: part(*each), _parts(folder, size)):
            yield from found
    folder.check_unchanged()


def _parts(folder: Folder, size: int) -> Iterator[tuple[File, list[int]]]:
    """Yield row groups of about a batch's rows, and their file."""
    for file in folder.files:
        groups: list[int] = []
        rows = 0
        for number in range(file.footer.num_row_groups):
            groups.append(number)
            rows += file.footer.row_group(number).num_rows
            if rows >= size:
                yield file, groups
                groups, rows = [], 0
        if rows:
            yield file, groups


def _read(
    folder: Folder,
    file: File,
    names: Sequence[str],
    size: int,
    *,
    groups: Sequence[int] | None = None,
    coded: Sequence[str],
) -> Iterator[Any]:
    """Yield batches of some columns of a file; those that its folders' names hold are added."""
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    texts = (pa.string(), pa.large_string())
    inside = [name for name in names if name not in file.partition]
    # Arrow's own default, pre_buffer=True, keeps all of the file that it has read.
    options = {
        "pre_buffer": False,
        "buffer_size": _BUFFER,
        "page_checksum_verification": True,
        "read_dictionary": [
            name for name in inside if name in coded and file.schema.field(name).type in texts
        ],
    }
    rule = "every file of the folder must stay as it is, and be whole Parquet"
    mend = "Write the file again, or move it away."
    start = sum(file.footer.row_group(number).num_rows for number in range(groups[0] if groups else 0))
    with (
        explained((pa.ArrowException, OSError), rule, mend, file.name),
        folder.filesystem.open_input_file(str(file.path)) as source,
        ParquetFile(source, metadata=file.footer, **options) as opened,
    ):
        for batch in opened.iter_batches(size, row_groups=groups, columns=inside):
            columns = [
                pa.repeat(file.partition[name], batch.num_rows)
                if name in file.partition
                else _plain(batch.column(name))
                for name in names
            ]
            stop = start + batch.num_rows
            found = pa.RecordBatch.from_arrays(columns, names=list(names))
            if file.taken is not None:
                found = found.filter(pa.array(file.taken[start:stop]))
            if found.num_rows:
                yield found
            start = stop


def _plain(column: Any) -> Any:
    """Return text views, for which arrow lacks functions, as text."""
    import pyarrow as pa

    return column.cast(pa.large_string()) if str(column.type) == "string_view" else column


def as_floats(column: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an arrow column of numbers or bools as floats, null as NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    floats = column.cast(pa.from_numpy_dtype(np.dtype(dtype)), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False))
