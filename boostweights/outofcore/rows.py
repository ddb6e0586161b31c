"""The rows of a folder: columns checked by the files' footers, counted, and read block by block."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.adapters.binning import Block
from boostweights.errors import InvalidTypeError, InvalidValueError, check_that, placed, shown
from boostweights.outofcore.folder import Folder, open_folder
from boostweights.weighting.counts import ClassCounts, Tally
from boostweights.weighting.labels.counting import encode
from boostweights.weighting.labels.rules import Label

Column = npt.NDArray[Any]
Levels = Mapping[str, tuple[str, ...]]
"""Text feature → its texts in all files, sorted: the code of a text is its position."""
Weigh = Callable[[Column, Column | None], Column | None]
"""Encoded labels and the caller's weights of some rows → their weights in training, or None."""
LABEL_BATCH = 1 << 20
"""Rows of a batch in which no feature is read."""
_ROWS_FOR_LEVELS = 1_000
_KINDS = {
    "bool": "bool",
    "integer": r"u?int\d+",
    "float": "halffloat|float|double",
    "text": "string|large_string|string_view",
    "decimal": r"decimal\d+\(.*",
    "null": "null",
}
"""Kind of a column's values → pattern of arrow's names of such types."""
_LABELS = {name: name for name in ("bool", "integer", "float", "text")}
_NUMBERS = dict.fromkeys(("bool", "integer", "float", "decimal", "null"), "number")


def count_parquet(folder: Any, target: str, *, filesystem: Any = None) -> ClassCounts:
    """Count the labels of a folder of Parquet files.

    Only the footer and the label column of each file are read; memory does not grow with rows.

    Parameters
    ----------
    folder : path, or list of paths
        A folder, whose files that end in ``.parquet``, ``.parq`` or ``.pq`` are read (those below it too, in
        the order of their paths; names that begin with ``.`` or ``_`` are left out), one file, or a list of
        files and folders in the order of their rows. Names of folders such as ``year=2024`` are a column.
    target : str
        The column of labels: bools, integers, strings or categories (or floats that are whole).
    filesystem : pyarrow.fs.FileSystem, default=None
        Where the folder is; by default the local one, or that of a place such as ``s3://bucket/folder``.

    Returns
    -------
    ClassCounts

    Raises
    ------
    InvalidValueError
        If there are no files or no rows, a file is broken or lacks the column, or a label is missing; if the
        folder is, is in, or contains a table of Delta Lake, Iceberg or Hudi.
    InvalidTypeError
        If the column cannot hold labels, or is of another kind in another file.

    Examples
    --------
    >>> import tempfile, pyarrow as pa, pyarrow.parquet as pq
    >>> folder = tempfile.TemporaryDirectory()
    >>> pq.write_table(pa.table({"label": ["good", "bad"], "amount": [1.0, 2.0]}), f"{folder.name}/1.parquet")
    >>> pq.write_table(pa.table({"label": ["good"], "amount": [3.0]}), f"{folder.name}/2.parquet")
    >>> count_parquet(folder.name, "label")
    ClassCounts({'bad': 1, 'good': 2})
    >>> folder.cleanup()
    """
    opened = open_folder(folder, filesystem)
    check_target(opened, target)
    return FolderRows(folder=opened, target=target).counted()[0].rows


@dataclass(frozen=True, slots=True, kw_only=True)
class FolderRows:
    """The rows of a folder, weighted: a `RowSource`.

    Attributes
    ----------
    folder : Folder
    target : str
        The column of labels.
    names, texts : tuple of str
        The features, and those of them that hold text, which are categories.
    sample_weight : str or None
        The column of the caller's row weights.
    labels_of : tuple of label
        The training folder's classes, sorted: a label's code is its position.
    levels : mapping of str to tuple of str
        The levels of each text feature.
    block_rows : int
    weigh : callable
        By default, returns the caller's weights.
    """

    folder: Folder
    target: str
    names: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    sample_weight: str | None = None
    labels_of: tuple[Label, ...] = ()
    levels: Levels = field(default_factory=dict)
    block_rows: int = LABEL_BATCH
    weigh: Weigh = field(default=lambda codes, weights: weights)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return self.folder.rows

    @property
    def classes(self) -> int:
        """How many classes labels are encoded for."""
        return len(self.labels_of)

    def counted(self) -> tuple[Tally, Levels]:
        """Count labels, sum weights and collect the texts of features; raise where one is an identifier."""
        tally = Tally()
        levels: dict[str, set[str]] = {name: set() for name in self.texts}

        def added(batch: Any) -> Tally:
            for name, texts in levels.items():
                texts.update(batch.column(name).unique().drop_null().to_pylist())
                if len(texts) > max(_ROWS_FOR_LEVELS, self.rows) / 2:
                    raise InvalidValueError(
                        "a text feature has at most half as many levels as there are rows",
                        f"{len(texts):,} in column {name!r} of {self.rows:,} rows",
                        "Is it an identifier? Leave it out: columns=[…].",
                    )
            labels = batch.column(self.target)
            if self.sample_weight is not None:
                return Tally.of(labels, as_floats(batch.column(self.sample_weight), np.float64))
            classes, rows = labels.value_counts().flatten()
            return Tally(rows=ClassCounts(list(zip(classes.to_pylist(), rows.to_pylist(), strict=True))))

        names = [*self._of_labels, *self.texts]
        for _, counts in self.folder.read(names, LABEL_BATCH, added, coded=[self.target, *self.texts]):
            tally += counts
        self.folder.check_unchanged()
        return tally, {name: tuple(sorted(texts)) for name, texts in levels.items()}

    def blocks(self, dtype: type[np.floating[Any]], *, finite: bool = False) -> Iterator[Block]:
        """Yield the rows in blocks of `block_rows`; the last may be shorter."""
        parts: list[tuple[Column, Column, Column | None]] = []
        room = self.block_rows
        for file, batch in self._read([*self._of_labels, *self.names], self.block_rows, lambda batch: batch):
            start = 0
            while start < batch.num_rows:
                with placed(f"in {file.name}"):
                    parts.append(self._block(batch.slice(start, room), dtype, finite=finite))
                taken = len(parts[-1][1])
                start, room = start + taken, room - taken
                if not room:
                    yield _joined(parts)
                    parts, room = [], self.block_rows
        if parts:
            yield _joined(parts)

    def labels(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Return encoded labels and weights (or None) of all rows."""

        def taken(batch: Any) -> list[Any]:
            return [column if column is None else column.astype(np.float32) for column in self._labels(batch)]

        y, weights = zip(*(pair for _, pair in self._read(self._of_labels, LABEL_BATCH, taken)), strict=True)
        return np.concatenate(y), None if weights[0] is None else np.concatenate(weights)

    def frames(self) -> Iterator[tuple[Any, Column, Column]]:
        """Yield frames of features as classifiers predict them, encoded labels, and weights."""

        def taken(batch: Any) -> tuple[Any, Column, Column]:
            codes, weight = self._labels(batch)
            frame = frame_of(batch, self.names, self.texts, self.levels)
            return frame, codes, np.ones(len(codes)) if weight is None else weight

        for _, rows in self._read([*self._of_labels, *self.names], self.block_rows, taken):
            yield rows

    @property
    def _of_labels(self) -> list[str]:
        """The columns that are read of a row where its features are not."""
        return [self.target] if self.sample_weight is None else [self.target, self.sample_weight]

    def _read(self, names: Sequence[str], size: int, take: Callable[[Any], Any]) -> Iterator[tuple[Any, Any]]:
        self.folder.check_unchanged()
        return self.folder.read(names, size, take, coded=self.texts)

    def _labels(self, batch: Any) -> tuple[Column, Column | None]:
        codes, name = encode(batch.column(self.target), self.labels_of), self.sample_weight
        return codes, self.weigh(codes, None if name is None else as_floats(batch.column(name), np.float64))

    def _block(
        self, batch: Any, dtype: type[np.floating[Any]], *, finite: bool
    ) -> tuple[Column, Column, Column | None]:
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
        return X, *self._labels(batch)


def _joined(parts: Sequence[tuple[Column, Column, Column | None]]) -> Block:
    X, y, weights = (list(column) for column in zip(*parts, strict=True))
    weight = None if weights[0] is None else np.concatenate(weights)
    return Block(X=np.concatenate(X), y=np.concatenate(y), weight=weight)


def checked_rows(
    folders: Sequence[Folder], target: Any, columns: Any, sample_weight: Any, block_rows: int
) -> FolderRows:
    """Return the uncounted rows of the first folder, or raise unless columns are of one kind.

    Without `columns` the features are all other columns of the first folder.
    """
    for folder in folders:
        check_target(folder, target)
    if sample_weight is not None:
        _kinds(folders, sample_weight, _NUMBERS, "the column of weights must be of numbers")
    reserved = {target: "the target", sample_weight: "the sample_weight"}
    first = folders[0]
    if columns is None:
        for file in first.files:
            if other := sorted({*first.names} ^ {*file.schema.names}):
                raise InvalidValueError(
                    "files must have equal columns, unless columns= names those to read",
                    f"{other[0]!r}, {'only' if other[0] in file.schema.names else 'not'} in {file.name}",
                    "Pass columns=[…], or write the files with equal columns.",
                )
        columns = [name for name in first.names if name not in reserved]
    elif isinstance(columns, str) or not isinstance(columns, Sequence):
        rule, remedy = "columns must be a list of names", "Write ['a', 'b'], for example."
        raise InvalidTypeError(rule, shown(columns), remedy)
    rule = "features must not hold what is to be predicted, or the weight"
    for name in columns:
        check_that(name not in reserved, rule, f"{name!r}, {reserved.get(name)}, in columns", "Take it out.")
    once = columns and len(set(columns)) == len(columns)
    check_that(once, "features must be named, each once", columns, "Pass columns=.")
    return FolderRows(
        folder=first,
        target=target,
        names=tuple(columns),
        texts=texts_of(folders, columns),
        sample_weight=sample_weight,
        block_rows=block_rows,
    )


def check_target(folder: Folder, target: str) -> None:
    """Raise unless a column holds labels of one kind in every file."""
    _kinds([folder], target, _LABELS, "labels must be bools, integers, strings or categories")


def texts_of(folders: Sequence[Folder], features: Sequence[str]) -> tuple[str, ...]:
    """Return the features that hold text, or raise unless each is of numbers or of text in every file."""
    kinds, rule = {**_NUMBERS, "text": "text"}, "a feature must be of numbers, bools or text"
    return tuple(name for name in features if _kinds(folders, name, kinds, rule) == "text")


def _kinds(folders: Sequence[Folder], name: str, kinds: Mapping[str, str], rule: str) -> str:
    """Return the kind of a column's values in all files; nothing if there are no values."""
    from pyarrow.types import is_dictionary

    remedy = "Write the files with one type, or leave the column out: columns=[…]."
    kind = first = ""
    for file, arrow_type in (pair for folder in folders for pair in folder.types(name)):
        text = str(arrow_type.value_type if is_dictionary(arrow_type) else arrow_type)
        matching = (known for known, pattern in _KINDS.items() if re.fullmatch(pattern, text))
        stored = next(matching, "other")
        seen = f"column {name!r} of type {arrow_type} in {file.name}"
        check_that(stored in kinds, rule, seen, remedy, InvalidTypeError)
        if stored != "null":
            kind, first = kind or kinds[stored], first or f"of {arrow_type} in {file.name}"
            equal = "a column must be of one kind in every file"
            check_that(kinds[stored] == kind, equal, f"{seen}, {first}", remedy, InvalidTypeError)
    return kind


def as_floats(column: Any, dtype: npt.DTypeLike) -> Column:
    """Return an arrow column of numbers or bools as floats, null as NaN."""
    import pyarrow as pa

    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    floats = column.cast(pa.from_numpy_dtype(np.dtype(dtype)), safe=False)
    return np.asarray(floats.to_numpy(zero_copy_only=False))


def codes_of(
    column: Any, name: str, levels: Sequence[str], dtype: npt.DTypeLike, *, unseen: str = "error"
) -> Column:
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
