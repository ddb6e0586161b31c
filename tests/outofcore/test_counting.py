"""Counting reads footers and the label column, and nothing else."""

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import boostweights as bw


def wide(folder: Path, rows: int = 20_000, features: int = 40) -> np.ndarray[Any, Any]:
    rng = np.random.default_rng(0)
    label = np.array(["fine", "late"])[(rng.random(rows) < 0.05).astype(int)]
    for number, part in enumerate(np.array_split(np.arange(rows), 3)):
        columns = {f"f{name}": rng.normal(size=len(part)) for name in range(features)}
        pq.write_table(pa.table({**columns, "label": label[part]}), folder / f"{number}.parquet")
    return label


def test_no_byte_of_a_feature_is_needed(tmp_path: Path) -> None:
    """Pages of features are overwritten: reading one would fail."""
    label = wide(tmp_path)
    for path in tmp_path.iterdir():
        content = bytearray(path.read_bytes())
        group = pq.ParquetFile(path).metadata.row_group(0)
        for number in range(group.num_columns - 1):
            chunk = group.column(number)
            start = chunk.dictionary_page_offset or chunk.data_page_offset
            content[start : start + chunk.total_compressed_size] = b"\xff" * chunk.total_compressed_size
        path.write_bytes(content)
    with pytest.raises(OSError, match="."):
        pq.read_table(tmp_path / "0.parquet", columns=["f0"])
    assert bw.outofcore.count_parquet(tmp_path, "label") == dict(Counter(label.tolist()))


def test_many_classes_and_small_row_groups(tmp_path: Path) -> None:
    labels = np.random.default_rng(0).integers(0, 300, 5_000)
    pq.write_table(pa.table({"label": labels}), tmp_path / "1.parquet", row_group_size=17)
    assert bw.outofcore.count_parquet(tmp_path, "label") == dict(Counter(labels.tolist()))
