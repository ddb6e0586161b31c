"""A data set in memory and as one Parquet file that carries its own description."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from boostweights.benchmark.files import write_atomically

__all__ = ["Dataset", "read", "stored_entry", "write"]

_KEY: Final = b"boostweights"
_LABEL: Final = "boostweights label"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Features and labels of one classification problem.

    Attributes
    ----------
    name : str
        How plans, stores and reports call it.
    X : pandas.DataFrame of shape (n, d)
        Categorical columns have a categorical dtype whose levels are sorted text; the others are float64.
        NaN means missing in both.
    y : ndarray of str of shape (n,)
        Labels as canonical text.
    positive : str or None
        The label that recall, precision and the like are about; None for more than two classes.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray[Any, Any]
    positive: str | None = None

    @property
    def categorical(self) -> tuple[str, ...]:
        """The names of the categorical columns."""
        return tuple(self.X.select_dtypes("category").columns)

    @property
    def digest(self) -> str:
        """SHA-256 of every value, level, column name and label: equal data, equal digest."""
        sha = hashlib.sha256(json.dumps([list(self.X.columns), self.positive]).encode())
        for name, column in self.X.items():
            if name in self.categorical:
                sha.update(json.dumps(list(column.cat.categories)).encode())
                sha.update(column.cat.codes.to_numpy(np.int64).tobytes())
            else:
                sha.update(column.to_numpy(np.float64).tobytes())
        sha.update(json.dumps(self.y.tolist()).encode())
        return sha.hexdigest()

    def facts(self) -> dict[str, Any]:
        """Return what a report says of the data: sizes, class counts, imbalance."""
        classes, counts = np.unique(self.y, return_counts=True)
        return {
            "rows": len(self.y),
            "features": self.X.shape[1],
            "categorical": len(self.categorical),
            "missing_cells": int(self.X.isna().sum().sum()),
            "classes": dict(zip(classes.tolist(), counts.tolist(), strict=True)),
            "positive": self.positive,
            "imbalance_ratio": float(counts.max() / counts.min()),
        }


def write(dataset: Dataset, path: Path, *, entry_digest: str = "") -> None:
    """Write a data set to one Parquet file, atomically.

    Parameters
    ----------
    dataset : Dataset
        What to write.
    path : Path
        Where; directories are made.
    entry_digest : str, default=""
        Digest of the catalogue entry that it was made from.
    """
    about = {"name": dataset.name, "positive": dataset.positive, "entry": entry_digest}
    rows = pa.Table.from_pandas(dataset.X.assign(**{_LABEL: dataset.y.astype(object)}), preserve_index=False)
    described = rows.replace_schema_metadata({**rows.schema.metadata, _KEY: json.dumps(about).encode()})
    buffer = io.BytesIO()
    pq.write_table(described, buffer)
    write_atomically(path, buffer.getvalue())


def read(path: Path) -> Dataset:
    """Read what `write` wrote."""
    rows = pq.read_table(path)
    about = json.loads(rows.schema.metadata[_KEY])
    frame = rows.to_pandas()
    y = frame.pop(_LABEL).to_numpy(dtype=np.str_)
    return Dataset(name=about["name"], X=frame, y=y, positive=about["positive"])


def stored_entry(path: Path) -> str | None:
    """Return the digest of the catalogue entry that a file was made from; None if there is no such file."""
    if not path.exists():
        return None
    try:
        metadata = pq.read_schema(path).metadata or {}
    except (pa.ArrowInvalid, OSError):
        return None  # not Parquet: whatever it is, it is not the data set
    return str(json.loads(metadata[_KEY])["entry"]) if _KEY in metadata else None
