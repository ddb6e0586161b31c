"""Folders of Parquet files, as a user has them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """write(frame, sizes=…) → a folder with a file for each size; row groups are small and uneven."""

    def written(frame: Any, sizes: tuple[int, ...] = (), name: str = "rows") -> Path:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        table = frame if isinstance(frame, pa.Table) else pa.Table.from_pandas(frame, preserve_index=False)
        start = 0
        for number, size in enumerate(sizes or (len(table),)):
            pq.write_table(table.slice(start, size), folder / f"part-{number}.parquet", row_group_size=37)
            start += size
        assert start == len(table)
        return folder

    return written
