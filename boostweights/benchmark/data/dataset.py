"""A data set in memory and as one Parquet file that carries its own description."""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from boostweights.benchmark.data.costs import CostTable
from boostweights.files import write_atomically

_KEY = b"boostweights"
_LABEL = "boostweights label"
_GROUP = "boostweights group"
_TIME = "boostweights time"
_COST = "boostweights cost "


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
    group : ndarray of int of shape (n,) or None
        Rows that belong together, such as those of one person: a split must not part them.
    time : ndarray of int of shape (n,) or None
        Each row's place among the different times, from 0: what splits in order of time go by.
    costs : CostTable or None
        What each row's errors cost, for `row_costs`.
    family : str
        Data sets of one family share their rows and count once in statistics; the name where not given.
    """

    name: str
    X: pd.DataFrame
    y: np.ndarray[Any, Any]
    positive: str | None = None
    group: np.ndarray[Any, Any] | None = None
    time: np.ndarray[Any, Any] | None = None
    costs: CostTable | None = None
    family: str = ""

    def __post_init__(self) -> None:
        if not self.family:
            object.__setattr__(self, "family", self.name)

    @property
    def categorical(self) -> tuple[str, ...]:
        """The names of the categorical columns."""
        return tuple(self.X.select_dtypes("category").columns)

    @property
    def digest(self) -> str:
        """SHA-256 of every value, level, column name, label, group and cost: equal data, equal digest.

        Times are not in it: they decide splits and nothing else, and a split has a digest of its own.
        """
        sha = hashlib.sha256(json.dumps([list(self.X.columns), self.positive]).encode())
        for name, column in self.X.items():
            if name in self.categorical:
                sha.update(json.dumps(list(column.cat.categories)).encode())
                sha.update(column.cat.codes.to_numpy(np.int64).tobytes())
            else:
                sha.update(column.to_numpy(np.float64).tobytes())
        sha.update(json.dumps(self.y.tolist()).encode())
        if self.group is not None:
            sha.update(b"group" + self.group.astype(np.int64).tobytes())
        if self.costs is not None:
            for name, values in self.costs.columns().items():
                sha.update(name.encode() + values.tobytes())
        return sha.hexdigest()

    def take(self, rows: np.ndarray[Any, Any]) -> Dataset:
        """Return some rows, in the order of their positions; all levels of categories stay."""
        return replace(
            self,
            X=self.X.iloc[rows].reset_index(drop=True),
            y=self.y[rows],
            group=None if self.group is None else self.group[rows],
            time=None if self.time is None else self.time[rows],
            costs=None if self.costs is None else self.costs.take(rows),
        )

    def facts(self) -> dict[str, Any]:
        """Return what a report says of the data: sizes, class counts, imbalance, groups, rows with costs."""
        classes, counts = np.unique(self.y, return_counts=True)
        return {
            "rows": len(self.y),
            "features": self.X.shape[1],
            "categorical": len(self.categorical),
            "missing_cells": int(self.X.isna().sum().sum()),
            "classes": dict(zip(classes.tolist(), counts.tolist(), strict=True)),
            "positive": self.positive,
            "imbalance_ratio": float(counts.max() / counts.min()),
            "family": self.family,
            "groups": None if self.group is None else len(np.unique(self.group)),
            "cost_rows": 0 if self.costs is None else int(self.costs.known.sum()),
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
    about: dict[str, Any] = {"name": dataset.name, "positive": dataset.positive, "entry": entry_digest}
    beside: dict[str, Any] = {_LABEL: dataset.y.astype(object), _GROUP: dataset.group, _TIME: dataset.time}
    if dataset.family != dataset.name:
        about["family"] = dataset.family
    if dataset.costs is not None:
        about["costs"] = {"gain": dataset.costs.gain, "loss": dataset.costs.loss}
        beside |= {_COST + name: values for name, values in dataset.costs.columns().items()}
    present = {name: values for name, values in beside.items() if values is not None}
    frame = pd.concat([dataset.X, pd.DataFrame(present, index=dataset.X.index)], axis=1)
    rows = pa.Table.from_pandas(frame, preserve_index=False)
    described = rows.replace_schema_metadata({**rows.schema.metadata, _KEY: json.dumps(about).encode()})
    content = as_parquet(described)
    write_atomically(path, content)
    write_atomically(_digest_path(path), _sha256(content).encode())


def as_parquet(table: pa.Table) -> bytes:
    """Return a table as the content of a Parquet file."""
    buffer = io.BytesIO()
    pq.write_table(table, buffer)
    return buffer.getvalue()


def read(path: Path) -> Dataset:
    """Read what `write` wrote."""
    with path.open("rb") as file:  # whose name may be no UTF-8, which pyarrow cannot open
        rows = pq.read_table(file)
    about = json.loads(rows.schema.metadata[_KEY])
    frame = rows.to_pandas()
    y = frame.pop(_LABEL).to_numpy(dtype=np.str_)
    group, time = (
        frame.pop(name).to_numpy(dtype=np.int64) if name in frame else None for name in (_GROUP, _TIME)
    )
    parts = {
        name.removeprefix(_COST): frame.pop(name).to_numpy(dtype=np.float64)
        for name in [name for name in frame if name.startswith(_COST)]
    }
    return Dataset(
        name=about["name"],
        X=frame,
        y=y,
        positive=about["positive"],
        group=group,
        time=time,
        costs=CostTable.of_columns(parts, **about["costs"]) if parts else None,
        family=about.get("family", ""),
    )


def stored_entry(path: Path) -> str | None:
    """Return the digest of the catalogue entry that a file was made from.

    None if there is no such file, or it is not as it was written: its SHA-256 stands beside it.
    """
    kept = _digest_path(path)
    content = path.read_bytes() if path.exists() and kept.exists() else b""
    if not content or kept.read_bytes() != _sha256(content).encode():
        return None
    return str(json.loads(pq.read_schema(io.BytesIO(content)).metadata[_KEY])["entry"])


def _digest_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
