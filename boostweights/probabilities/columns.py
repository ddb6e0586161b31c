"""Probabilities and scores as users hold them: arrays, lists, data frames, columns; in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.weighting.labels.rules import Label, as_floats, check_rows, scalar

_SUM_TOLERANCE = 1e-3  # float32 probabilities of many classes
_NOT_SCORES = "Pass predict_proba's result, not raw scores."


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """Numbers as read, and what they came in.

    Attributes
    ----------
    values : ndarray
        float64; the user's own memory, perhaps: never written to.
    names : tuple or None
        The column names of a data frame.
    frame : narwhals DataFrame, Series or None
        What they came in, where it is no array.
    """

    values: npt.NDArray[np.float64]
    names: tuple[Any, ...] | None = None
    frame: Any = None

    def by_label(self, labels: Sequence[Label]) -> npt.NDArray[np.float64]:
        """Return values with columns in the order of `labels`: a data frame's go by name."""
        if self.names is None:
            return self.values
        return self.values[:, np.argsort(self._positions(labels))]

    def like_given(self, values: npt.NDArray[np.float64], labels: Sequence[Label]) -> Any:
        """Return values, columns in the order of `labels`, in what the given ones came in, its order kept."""
        if self.frame is None:
            return values
        import narwhals.stable.v1 as nw

        is_column = isinstance(self.frame, nw.Series)
        frame = self.frame.to_frame() if is_column else self.frame
        ordered = values[:, None] if self.names is None else values[:, self._positions(labels)]
        columns = [
            nw.new_series(name, np.ascontiguousarray(column), nw.Float64, backend=frame.implementation)
            for name, column in zip(frame.columns, ordered.T, strict=True)
        ]
        new = frame.with_columns(*columns)
        return nw.to_native(new.get_column(frame.columns[0]).alias(self.frame.name) if is_column else new)

    def _positions(self, labels: Sequence[Label]) -> list[int]:
        """The position among labels that each column's name, or its text, has."""
        names = self.names or ()
        known: dict[Any, int] = {str(label): at for at, label in enumerate(labels)}
        known |= {label: at for at, label in enumerate(labels)}
        found = [known.get(scalar(name), known.get(str(name), -1)) for name in names]
        for name, at in zip(names, found, strict=True):
            if at < 0 or found.count(at) > 1:
                raise InvalidValueError(
                    f"columns of a data frame must be named by the classes {shown(list(labels))}, each once",
                    f"{name!r} among the columns {shown(list(names))}",
                    f"{did_you_mean(name, labels)} Or pass an array, columns in that order.",
                )
        return found


def read(given: Any, what: str) -> Given:
    """Read an array, a list, a data frame or a column of one.

    Examples
    --------
    >>> read([[0.5, 0.5]], "probabilities").values
    array([[0.5, 0.5]])
    """
    import narwhals.stable.v1 as nw
    from narwhals.exceptions import DuplicateError

    try:
        frame = nw.from_native(given, pass_through=True, allow_series=True)
        names = tuple(frame.columns) if isinstance(frame, nw.DataFrame) else None
    except DuplicateError as repeated:
        raise InvalidValueError(
            "columns of a data frame must have different names", shown(list(given.columns)), "Rename them."
        ) from repeated
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) and nw.get_level(frame) != "full":
        rule = f"{what} must be in memory, as an array or a data frame"
        remedy = "Collect or compute it first, or pass a numpy, pandas, polars or arrow table."
        raise InvalidTypeError(rule, f"a {type(given).__name__}", remedy)
    is_frame = isinstance(frame, (nw.DataFrame, nw.Series))
    rule = f"{what} must be numbers, one row as long as the other"
    values = as_floats(frame.to_numpy() if is_frame else given, rule, _whole(what))
    return Given(values=values, names=names, frame=frame if is_frame else None)


def read_by_class(
    given: Any, what: str, classes: Sequence[Label], *, trees: bool = False
) -> tuple[Given, npt.NDArray[np.float64]]:
    """Read a column a class, or one of the last of two classes; return what is read, in order of classes too.

    Examples
    --------
    >>> read_by_class([[0.5, 0.5]], "probabilities", ["bad", "good"])[1]
    array([[0.5, 0.5]])
    """
    columns = read(given, what)
    values = columns.values
    is_table = values.ndim == 2 or (trees and values.ndim == 3 and len(values) > 0)
    is_column = values.ndim == 1 and len(classes) == 2
    if not is_column and not (is_table and values.shape[-1] == len(classes)):
        rule = f"{what} must have shape (n, {len(classes)}), a column a class"
        raise InvalidValueError(rule, f"shape {values.shape}", _whole(what))
    return columns, columns.by_label(classes)


def _whole(what: str) -> str:
    return "Pass predict_proba's result whole." if what == "probabilities" else "Pass the raw scores whole."


def check_distributions(values: npt.NDArray[np.float64]) -> None:
    """Raise unless each row, along the last axis, is at least 0 and sums to 1."""
    rows = values.reshape(-1, values.shape[-1])
    right = (rows >= 0).all(axis=1) & (np.abs(rows.sum(axis=1) - 1) <= _SUM_TOLERANCE)
    check_rows(right, rows, "each row of probabilities must be at least 0 and sum to 1", _NOT_SCORES)


def check_shares(values: npt.NDArray[np.float64]) -> None:
    """Raise unless each number lies in [0, 1]."""
    rows = values.reshape(-1, values.shape[-1]) if values.ndim == 3 else values
    check_rows((rows >= 0) & (rows <= 1), rows, "each probability must lie in [0, 1]", _NOT_SCORES)
