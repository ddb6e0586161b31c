"""Columns of Parquet files, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import BoostweightsError, InvalidValueError, shown
from boostweights.outofcore.folder import File, Folder

__all__ = ["as_floats", "batches", "labelled", "read"]

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

    encoded = [name for name in names if dictionary and _is_text(file.schema.field(name).type)]
    # Arrow's own default, pre_buffer=True, keeps all of the file that it has read.
    options = {"read_dictionary": encoded, "pre_buffer": False, "buffer_size": _BUFFER}
    try:
        with ParquetFile(file.path, metadata=file.footer, **options) as opened:
            yield from opened.iter_batches(size, row_groups=groups, columns=list(names))
    except (pa.ArrowException, OSError) as broken:
        raise InvalidValueError(
            "every file of the folder must stay as it is, and be whole Parquet",
            f"{file.path.name}: {type(broken).__name__}: {shown(str(broken))[1:-1]}",
            "Write the file again, or move it away.",
        ) from broken


def _is_text(type_: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(type_) or types.is_large_string(type_))


def as_floats(column: Any, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
    """Return an arrow column of numbers or bools as floats, null as NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    cast = column.cast(pa.from_numpy_dtype(np.dtype(dtype)), safe=False)
    floats: npt.NDArray[Any] = cast.to_numpy(zero_copy_only=False)
    return floats


@contextmanager
def labelled(file: File) -> Iterator[None]:
    """Add the file's name to an error of what is read from it."""
    try:
        yield
    except BoostweightsError as error:
        raise type(error)(error.rule, f"{error.value} in {file.path.name}", error.mend) from error
