"""The rows of a folder's files: arrow batches, one after another, and what their columns become."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, explained, shown
from boostweights.outofcore.folder import File, Folder

Levels = Mapping[str, tuple[str, ...]]
"""Text feature → its texts in all files, sorted: the code of a text is its position."""
LABEL_BATCH: Final = 1 << 20
"""Rows of a batch in which no feature is read."""
_BUFFER: Final = 1 << 16
"""Bytes of each column that are read from disk at a time, however large a row group is."""


def batches(
    folder: Folder, names: Sequence[str], size: int, *, coded: Sequence[str] = ()
) -> Iterator[tuple[File, Any]]:
    """Yield arrow batches of some columns, file after file, and the file of each.

    Columns that the names of folders hold are added; columns of text that are `coded` are read as codes.
    """
    import pyarrow as pa

    for file in folder.files:
        start = 0
        for batch in _read(folder, file, [name for name in names if name not in file.partition], size, coded):
            columns = [
                pa.repeat(file.partition[name], batch.num_rows)
                if name in file.partition
                else _without_views(batch.column(name))
                for name in names
            ]
            rows = pa.RecordBatch.from_arrays(columns, names=list(names))
            if file.taken is not None:
                rows = rows.filter(pa.array(file.taken[start : start + batch.num_rows]))
            start += batch.num_rows
            if rows.num_rows:
                yield file, rows


def _read(folder: Folder, file: File, names: Sequence[str], size: int, coded: Sequence[str]) -> Iterator[Any]:
    import pyarrow as pa
    from pyarrow.parquet import ParquetFile

    texts = (pa.string(), pa.large_string())
    rule = "every file of the folder must stay as it is, and be whole Parquet"
    with (
        explained((pa.ArrowException, OSError), rule, "Write the file again, or move it away.", file.name),
        folder.filesystem.open_input_file(str(file.path)) as source,
        ParquetFile(
            source,
            metadata=file.footer,
            pre_buffer=False,  # the default keeps all of the file that it has read
            buffer_size=_BUFFER,
            page_checksum_verification=True,
            read_dictionary=[
                name for name in names if name in coded and file.schema.field(name).type in texts
            ],
        ) as opened,
    ):
        yield from opened.iter_batches(size, columns=names)


def _without_views(column: Any) -> Any:
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


def codes_of(
    column: Any, name: str, levels: Sequence[str], dtype: npt.DTypeLike, *, unseen: str = "error"
) -> npt.NDArray[Any]:
    """Return the codes of a text column as floats, null as NaN; unseen texts raise, or are missing too."""
    import pyarrow as pa
    from pyarrow import compute

    texts = column.cast(pa.large_string())
    codes = compute.index_in(texts, pa.array(levels, pa.large_string()))
    if unseen == "error" and codes.null_count > texts.null_count:
        unknown = compute.and_(texts.is_valid(), codes.is_null())
        raise InvalidValueError(
            f"text must be one of the {len(levels)} that column {name!r} was trained on",
            shown(texts.filter(unknown)[0].as_py()),
            "Train on rows that hold it, or write null: a missing value.",
        )
    return as_floats(codes, dtype)


def frame_of(
    batch: Any, names: Sequence[str], texts: Sequence[str], levels: Levels, *, unseen: str = "error"
) -> Any:
    """Return features of an arrow batch as a frame; text as categories, of `levels` where they are known."""
    import pandas as pd

    frame: dict[str, Any] = {}
    for name in names:
        column = batch.column(name)
        if name in levels:
            codes = codes_of(column, name, levels[name], np.float64, unseen=unseen)
            known = np.where(np.isnan(codes), -1, codes).astype(np.intp)
            frame[name] = pd.Categorical.from_codes(known, pd.Index(list(levels[name])))
        elif name in texts:
            frame[name] = pd.Categorical(column.to_pylist())
        elif column.null_count or column.type.bit_width > 64:  # decimals, which pandas takes for objects
            frame[name] = as_floats(column, np.float64)
        else:
            frame[name] = column.to_numpy(zero_copy_only=False)
    return pd.DataFrame(frame)
