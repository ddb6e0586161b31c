"""Training many weights on data that were binned once, or on rows that are read block by block."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Protocol, cast

import numpy as np
import numpy.typing as npt

from boostweights.adapters.behaviour import Params
from boostweights.errors import InvalidValueError, check_known, check_type, shown


class BinnedFold(Protocol):
    """A training fold that was binned once."""

    def fit(self, weight: npt.NDArray[Any] | None) -> Any:
        """Return a copy of the estimator fitted with these row weights (None: none); labels are 0 and 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reuse:
    """Whether and how bins serve for many weights.

    Attributes
    ----------
    how : str
        ``"exact: …"``, ``"frozen cuts (approximation): …"`` or ``"none: …"``, with the reason.
    bin : callable or None
        Training features and labels 0 and 1 → `BinnedFold`, or None of rows that cannot be binned for all
        weights; None itself where each fit bins anew.
    above_zero : bool
        Whether weights must be above 0: a row that weighs 0 has no part in the bins.
    """

    how: str
    bin: Callable[[Any, npt.NDArray[np.intp]], BinnedFold | None] | None = None
    above_zero: bool = False


def obstacle_in(estimator: Any, name: str, module: str, settings: Params) -> str:
    """Return why an estimator may train in another way than its library's own class; or nothing.

    Examples
    --------
    >>> obstacle_in(3, "int", "builtins", {"n_estimators": 3, "metrics": ["auc", len]})
    'metrics is a function'
    """
    of = type(estimator)
    if of.__name__ != name or of.__module__.partition(".")[0] != module:
        return f"{of.__name__}, which may train in its own way"
    functions = (
        f"{setting} is a function"
        for setting, value in settings.items()
        if callable(value) or (isinstance(value, (list, tuple)) and any(map(callable, value)))
    )
    return next(functions, "")


Bins = Literal["auto", "disk", "memory"]
BINS: tuple[Bins, ...] = ("auto", "disk", "memory")
"""Where a library keeps the binned features; "auto" is what it does best."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Rows that are read together.

    Attributes
    ----------
    X : ndarray of shape (n, p)
        Features, text as codes; a missing value is NaN.
    y : ndarray of shape (n,)
        Labels, encoded 0 to k-1.
    weight : ndarray of shape (n,) or None
        Their weights. Either all blocks have some or none has.
    """

    X: npt.NDArray[np.floating[Any]]
    y: npt.NDArray[Any]
    weight: npt.NDArray[Any] | None


class RowSource(Protocol):
    """Weighted rows that are read block by block, as often as needed, each time in the same order."""

    @property
    def names(self) -> tuple[str, ...]:
        """The features."""

    @property
    def texts(self) -> tuple[str, ...]:
        """Those of them that hold text."""

    @property
    def rows(self) -> int:
        """How many rows there are."""

    @property
    def classes(self) -> int:
        """How many classes labels are encoded for."""

    @property
    def levels(self) -> Mapping[str, tuple[str, ...]]:
        """The texts of each feature that is one of categories: a text's code is its position."""

    @property
    def block_rows(self) -> int:
        """Rows of each block but the last."""

    def blocks(self, dtype: type[np.floating[Any]], *, finite: bool = False) -> Iterator[Block]:
        """Yield the rows, features in this dtype; if `finite`, raise where a number does not fit into it."""

    def labels(self) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32] | None]:
        """Return encoded labels and weights (or None) of all rows, without reading a feature."""


class Trainer(Protocol):
    """Trains one estimator on rows that are read in blocks; what it binned once, it may use again."""

    @property
    def how(self) -> str:
        """Whether and how bins serve for many weights, as `Reuse` says it."""

    def fit(self, train: RowSource, evaluation: RowSource | None) -> Any:
        """Return a fitted copy of the estimator, which knows encoded labels only.

        Fits after the first must be of the same rows, which may weigh otherwise.
        """


OutOfCore = AbstractContextManager[Trainer]
"""A trainer whose files are removed at the end."""


def checked_bins(bins: Any, library: str, able: tuple[Bins, ...]) -> Bins:
    """Return where bins are kept, the first of what a library is able to for "auto", or raise.

    Examples
    --------
    >>> checked_bins("auto", "xgboost", ("disk", "memory"))
    'disk'
    """
    check_known(bins, BINS, f"bins must be one of {BINS}")
    if bins == "auto":
        return able[0]
    if bins in able:
        return cast("Bins", bins)
    raise InvalidValueError(
        f"{library} keeps its bins in {' or '.join(able)}", f"bins={bins!r}", "Use bins='auto'."
    )


def check_names(features: RowSource, library: str, refused: str) -> None:
    """Raise where a name holds a character that a library refuses."""
    for name in features.names:
        if found := sorted(set(name) & set(refused)):
            raise InvalidValueError(
                f"{library} takes no names of features with any of {' '.join(refused)}",
                f"{found[0]} in {name!r}",
                "Write the files with another name, or leave the column out: columns=[…].",
            )


def checked_cache_folder(folder: Any) -> Path:
    """Return the folder in which pages are kept, or raise unless it is there and may be written to."""
    mend = "Name a folder that exists, on a disk with space."
    check_type(folder, (str, os.PathLike, type(None)), "cache_folder must be a path", mend)
    path = Path(tempfile.gettempdir() if folder is None else folder)
    if not path.is_dir() or not os.access(path, os.W_OK):
        seen = "which may not be written to" if path.is_dir() else "which is none"
        raise InvalidValueError("cache_folder must be a folder", f"{shown(str(path))}, {seen}", mend)
    return path


def check_space(folder: Path, needed: int) -> None:
    """Raise where a disk has less space than pages need: the library ends the process when it is full."""
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise InvalidValueError(
            "pages of binned rows must find space in cache_folder",
            f"{free / 1e9:.3g} GB free in {shown(str(folder))}, of {needed / 1e9:.3g} GB needed at least",
            'Pass cache_folder= on another disk; or bins="memory", if half of that fits there.',
        )


def not_out_of_core(name: str, obstacle: str) -> InvalidValueError:
    """Return the error for an estimator of a library that can, set so that it cannot."""
    return InvalidValueError(
        f"training on a folder needs {name} as its library trains it by itself",
        obstacle,
        "Change that setting; or read the folder, and fit WeightedClassifier on it.",
    )
