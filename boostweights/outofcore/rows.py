"""The rows of a folder as a library's training reads them: block by block, each with its weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.adapters.binning import Block
from boostweights.errors import InvalidValueError, placed
from boostweights.outofcore.columns import Columns
from boostweights.outofcore.folder import File, Folder
from boostweights.outofcore.levels import Levels, coded
from boostweights.outofcore.reading import LABEL_BATCH, as_floats, batches
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label

Weigh: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any] | None], npt.NDArray[Any] | None]
"""Encoded labels and the caller's weights of some rows → what they weigh, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows of a folder, weighted: a `RowSource`.

    Attributes
    ----------
    folder : Folder
    columns : Columns
    labels_of : tuple of label
        The training folder's classes, sorted: a label's code is its position.
    weigh : callable
    block_rows : int
    levels : mapping of str to tuple of str
        Of each text feature.
    """

    folder: Folder
    columns: Columns
    labels_of: tuple[Label, ...]
    weigh: Weigh
    block_rows: int
    levels: Levels = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""
        return self.columns.features

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.folder.rows

    @property
    def classes(self) -> int:
        """How many classes labels are encoded for."""
        return len(self.labels_of)

    def blocks(self, dtype: type[np.floating[Any]], *, finite: bool = False) -> Iterator[Block]:
        """Yield the rows in blocks of `block_rows`; the last may be shorter."""
        self.folder.check_unchanged()
        block = _Growing(self, dtype, min(self.block_rows, self.rows))
        left = self.rows
        names = [*self.columns.of_labels, *self.names]
        for file, batch in batches(self.folder, names, self.block_rows, coded=self.columns.texts):
            while batch.num_rows:
                if not left:
                    self._changed()
                taken = block.add(file, batch, finite=finite)
                batch = batch.slice(taken)  # noqa: PLW2901  what did not fit
                if block.is_full:
                    left -= block.size
                    if not left:
                        self.folder.check_unchanged()  # nobody need ask for what follows the last block
                    yield block.done()
                    block = _Growing(self, dtype, min(self.block_rows, left))
        if left:
            self._changed()

    def labels(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Return encoded labels and weights (or None) of all rows."""
        self.folder.check_unchanged()
        y = np.empty(self.rows, np.float32)
        weights = None
        start = 0
        for file, batch in batches(self.folder, self.columns.of_labels, LABEL_BATCH):
            codes, weight = self.read(file, batch)
            stop = start + len(codes)
            y[start:stop] = codes
            if weight is not None:
                weights = np.empty(self.rows, np.float32) if weights is None else weights
                weights[start:stop] = weight
            start = stop
        if start != self.rows:
            self._changed()
        self.folder.check_unchanged()
        return y, weights

    def values(self, batch: Any, name: str, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """Return a feature of a batch as floats: codes, of text."""
        if name not in self.levels:
            return as_floats(batch.column(name), dtype)
        return coded(batch.column(name), name, self.levels[name], dtype, unseen="error")

    def read(self, file: File, batch: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
        """Return encoded labels and weights (or None) of a batch."""
        with placed(f"in {file.name}"):
            codes = encode(batch.column(self.columns.target), self.labels_of)
            own = self.columns.sample_weight
            given = None if own is None else as_floats(batch.column(own), np.float64)
            return codes, self.weigh(codes, given)

    def _changed(self) -> None:
        self.folder.check_unchanged()
        raise InvalidValueError(
            "a folder must have the rows that its footers tell", "another number", "Write the files again."
        )


class _Growing:
    """A block that is being filled from batches of any size."""

    def __init__(self, rows: Rows, dtype: type[np.floating[Any]], size: int) -> None:
        self._rows = rows
        self._X = np.empty((size, len(rows.names)), dtype)
        self._y = np.empty(size, np.int32)
        self._weights: npt.NDArray[Any] | None = None
        self._filled = 0
        self.size = size

    @property
    def is_full(self) -> bool:
        return self._filled == self.size

    def add(self, file: File, batch: Any, *, finite: bool) -> int:
        """Take in as many rows of a batch as fit; return how many."""
        taken = min(int(batch.num_rows), self.size - self._filled)
        part, here = batch.slice(0, taken), slice(self._filled, self._filled + taken)
        for number, name in enumerate(self._rows.names):
            with placed(f"in {file.name}"):
                self._X[here, number] = values = self._rows.values(part, name, self._X.dtype)
            if finite and (too_large := np.isinf(values)).any():
                value = part.column(name)[int(too_large.argmax())].as_py()
                raise InvalidValueError(
                    f"features must be finite in {self._X.dtype}, in which the library holds them",
                    f"{value!r} in column {name!r} of {file.name}",
                    "Leave the column out: columns=[…]; or scale it, or write null where a value is missing.",
                )
        self._y[here], weight = self._rows.read(file, part)
        if weight is not None:
            if self._weights is None:
                self._weights = np.empty(self.size, weight.dtype)
            self._weights[here] = weight
        self._filled += taken
        return taken

    def done(self) -> Block:
        """Return the block."""
        return Block(X=self._X, y=self._y, weight=self._weights)
