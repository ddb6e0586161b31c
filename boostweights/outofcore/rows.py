"""The rows of a folder as a library's training reads them: block by block, each with its weights."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.adapters.binning import Block
from boostweights.errors import InvalidValueError, placed
from boostweights.outofcore.columns import Columns
from boostweights.outofcore.folder import Folder
from boostweights.outofcore.reading import LABEL_BATCH, Levels, as_floats, batches, codes_of, frame_of
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label

Weigh: TypeAlias = Callable[[npt.NDArray[Any], npt.NDArray[Any] | None], npt.NDArray[Any] | None]
"""Encoded labels and the caller's weights of some rows → their weights in training, or None."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRows:
    """The rows of a folder, weighted: a `RowSource`.

    Attributes
    ----------
    folder : Folder
    columns : Columns
    labels_of : tuple of label
        The training folder's classes, sorted: a label's code is its position.
    block_rows : int
    levels : mapping of str to tuple of str
        The levels of each text feature.
    weigh : callable
        By default, returns the caller's weights.
    """

    folder: Folder
    columns: Columns
    labels_of: tuple[Label, ...]
    block_rows: int
    levels: Levels
    weigh: Weigh = field(default=lambda codes, weights: weights)

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
        parts: list[Block] = []
        room = self.block_rows
        for where, batch in self._batches([*self.columns.of_labels, *self.names], self.block_rows):
            start = 0
            while start < batch.num_rows:
                with placed(where):
                    parts.append(self._block(batch.slice(start, room), dtype, finite=finite))
                start += len(parts[-1].y)
                room -= len(parts[-1].y)
                if not room:
                    yield _joined(parts)
                    parts, room = [], self.block_rows
        if parts:
            yield _joined(parts)

    def labels(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Return encoded labels and weights (or None) of all rows."""
        y = np.empty(self.rows, np.float32)
        weights = None
        start = 0
        for where, batch in self._batches(self.columns.of_labels, LABEL_BATCH):
            with placed(where):
                codes, weight = self._labels(batch)
            rows = slice(start, start := start + len(codes))
            y[rows] = codes
            if weight is not None:
                weights = np.empty(self.rows, np.float32) if weights is None else weights
                weights[rows] = weight
        return y, weights

    def frames(self) -> Iterator[tuple[Any, npt.NDArray[Any], npt.NDArray[Any]]]:
        """Yield frames of features as classifiers predict them, encoded labels, and weights."""
        for where, batch in self._batches([*self.columns.of_labels, *self.names], self.block_rows):
            with placed(where):
                codes, weight = self._labels(batch)
                frame = frame_of(batch, self.names, self.columns.texts, self.levels)
            yield frame, codes, np.ones(len(codes)) if weight is None else weight

    def _batches(self, names: Sequence[str], size: int) -> Iterator[tuple[str, Any]]:
        self.folder.check_unchanged()
        for file, batch in batches(self.folder, names, size, coded=self.columns.texts):
            yield f"in {file.name}", batch

    def _labels(self, batch: Any) -> tuple[npt.NDArray[Any], npt.NDArray[Any] | None]:
        codes = encode(batch.column(self.columns.target), self.labels_of)
        name = self.columns.sample_weight
        return codes, self.weigh(codes, None if name is None else as_floats(batch.column(name), np.float64))

    def _block(self, batch: Any, dtype: type[np.floating[Any]], *, finite: bool) -> Block:
        X = np.empty((batch.num_rows, len(self.names)), dtype)
        for number, name in enumerate(self.names):
            column = batch.column(name)
            X[:, number] = values = (
                codes_of(column, name, self.levels[name], dtype)
                if name in self.levels
                else as_floats(column, dtype)
            )
            if finite and (too_large := np.isinf(values)).any():
                raise InvalidValueError(
                    f"features must be finite in {X.dtype}, in which the library holds them",
                    f"{column[int(too_large.argmax())].as_py()!r} in column {name!r}",
                    "Leave the column out: columns=[…]; or scale it, or write null where a value is missing.",
                )
        codes, weight = self._labels(batch)
        return Block(X=X, y=codes, weight=weight)


def _joined(parts: list[Block]) -> Block:
    if len(parts) == 1:
        return parts[0]
    weights = [part.weight for part in parts if part.weight is not None]
    return Block(
        X=np.concatenate([part.X for part in parts]),
        y=np.concatenate([part.y for part in parts]),
        weight=np.concatenate(weights) if weights else None,
    )
