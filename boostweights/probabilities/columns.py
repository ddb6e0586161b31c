"""Probabilities and scores as users hold them: arrays, lists, data frames, columns; in and out."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.weighting.labels.rules import Label, as_floats, scalar

_SUM_TOLERANCE: Final = 1e-3  # float32 probabilities of many classes


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
    if isinstance(given, (np.ndarray, list, tuple)):
        return Given(values=_as_floats(given, what))
    import narwhals.stable.v1 as nw
    from narwhals.exceptions import DuplicateError

    if nw.dependencies.is_into_series(given):
        series = nw.from_native(given, series_only=True)
        return Given(values=_as_floats(series.to_numpy(), what), frame=series)
    try:
        frame = nw.from_native(given, pass_through=True)
        names = tuple(frame.columns) if isinstance(frame, nw.DataFrame) else None
    except DuplicateError as repeated:
        raise InvalidValueError(
            "columns of a data frame must have different names", shown(list(given.columns)), "Rename them."
        ) from repeated
    if isinstance(frame, (nw.DataFrame, nw.LazyFrame)) and nw.get_level(frame) != "full":
        rule = f"{what} must be in memory, as an array or a data frame"
        remedy = "Collect or compute it first, or pass a numpy, pandas, polars or arrow table."
        raise InvalidTypeError(rule, f"a {type(given).__name__}", remedy)
    if names is None:
        return Given(values=_as_floats(given, what))
    return Given(values=_as_floats(frame.to_numpy(), what), names=names, frame=frame)


def check_distributions(values: npt.NDArray[np.float64]) -> None:
    """Raise unless each row, along the last axis, is at least 0 and sums to 1."""
    sums_to_1 = np.abs(values.sum(axis=-1) - 1) <= _SUM_TOLERANCE
    right = (values >= 0).all(axis=-1) & sums_to_1
    _check_rows(right, values, "each row of probabilities must be at least 0 and sum to 1")


def check_shares(values: npt.NDArray[np.float64]) -> None:
    """Raise unless each number lies in [0, 1]."""
    within = (values >= 0) & (values <= 1)
    right = within if values.ndim == 1 else within.all(axis=-1)
    _check_rows(np.asarray(right), values, "each probability must lie in [0, 1]")


def wrong_shape(what: str, classes: int, shape: tuple[int, ...]) -> InvalidValueError:
    """Return the error for another number of columns than classes."""
    return InvalidValueError(
        f"{what} must have shape (n, {classes}), a column a class", f"shape {shape}", _mend(what)
    )


def _mend(what: str) -> str:
    return "Pass predict_proba's result whole." if what == "probabilities" else "Pass the raw scores whole."


def _check_rows(right: npt.NDArray[np.bool_], values: npt.NDArray[np.float64], rule: str) -> None:
    if right.all():
        return
    at = tuple(int(i) for i in np.argwhere(~right)[0])
    place = f"row {at[-1]}" if len(at) == 1 else f"row {at[-1]} of tree {at[0]}"
    raise InvalidValueError(
        rule, f"{values[at].tolist()} in {place}", "Pass predict_proba's result, not raw scores."
    )


def _as_floats(given: Any, what: str) -> npt.NDArray[np.float64]:
    return as_floats(given, f"{what} must be numbers, one row as long as the other", _mend(what))
