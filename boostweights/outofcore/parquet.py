"""Columns of Parquet files, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import explained
from boostweights.outofcore.folder import File, Folder

__all__ = ["as_floats", "batches", "read"]

_BUFFER: Final = 1 << 16
"""Bytes of each column that are read from disk at a time, however large a row group is."""


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
    options = {"read_dictionary": texts if dictionary else [], "pre_buffer": False, "buffer_size": _BUFFER}
    rule = "every file of the folder must stay as it is, and be whole Parquet"
    mend = "Write the file again, or move it away."
    with (
        explained((pa.ArrowException, OSError), rule, mend, file.path.name),
        ParquetFile(file.path, metadata=file.footer, **options) as opened,
    ):
        yield from opened.iter_batches(size, row_groups=groups, columns=list(names))


def as_floats(column: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an arrow column of numbers or bools as floats, null as NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    floats = column.cast(pa.from_numpy_dtype(np.dtype(dtype)), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False))
