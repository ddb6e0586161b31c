"""A data frame and its label column, checked before anything is computed."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.errors import InvalidTypeError, InvalidValueError, did_you_mean, shown
from boostweights.frames.engines import Engine, engine_of, failing
from boostweights.frames.ray import is_ray, schema_of


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledFrame:
    """A data frame as narwhals sees it.

    Attributes
    ----------
    frame : narwhals.DataFrame or narwhals.LazyFrame
        Or a Ray dataset, which narwhals does not read.
    target : str
        The column of labels.
    dtype : narwhals.dtypes.DType
        Its type.
    columns : list of str
    engine : Engine
    is_lazy : bool
    """

    frame: Any
    target: str
    dtype: Any
    columns: list[str]
    engine: Engine
    is_lazy: bool

    @property
    def labels(self) -> Any:
        """The column of labels, as an expression of a lazy frame."""
        import narwhals as nw

        return nw.col(self.engine.quoted(self.target))

    @property
    def native(self) -> Any:
        """The frame as it was given."""
        import narwhals as nw

        return nw.to_native(self.frame, pass_through=True)


def labelled_frame(frame: Any, target: Any) -> LabelledFrame:
    """Return a frame with its columns read, or raise unless its target is a column of labels."""
    import narwhals as nw

    native = frame if is_ray(frame) else _narwhals_frame(frame)
    if not isinstance(target, str):
        raise InvalidTypeError(
            "target must be the name of a column", shown(target), "Pass target='label', say."
        )
    engine = engine_of("ray" if native is frame else native.implementation.value)
    with failing(engine, "reading the columns"):
        schema = schema_of(native) if native is frame else native.collect_schema()
    columns = list(schema or {})
    if engine.reserved and engine.reserved in columns:
        raise InvalidValueError(
            f"{engine.name} reads the name {engine.reserved!r} as all columns",
            "a column of that name",
            "Rename the column first.",
        )
    if schema is not None and target not in columns:
        raise InvalidValueError(
            "target must be a column of the frame", shown(target), did_you_mean(target, columns)
        )
    dtype = nw.Unknown() if schema is None else schema[target]
    if not _may_be_labels(dtype):
        raise InvalidTypeError(
            "labels must be bools, integers, strings or categories",
            f"column {target!r} of type {dtype}",
            "Convert the column, for example by a cast to a string.",
        )
    return LabelledFrame(
        frame=native,
        target=target,
        dtype=dtype,
        columns=columns,
        engine=engine,
        is_lazy=not isinstance(native, nw.DataFrame),
    )


def labelled_frames(frames: Any, target: Any) -> list[LabelledFrame]:
    """Return one frame, or several of one engine, each with its label column."""
    if not isinstance(frames, (list, tuple)):
        return [labelled_frame(frames, target)]
    if not frames:
        raise InvalidValueError("there must be a frame to count", "an empty list", "Pass at least one frame.")
    labelled = [labelled_frame(each, target) for each in frames]
    engines = sorted({each.engine.name for each in labelled})
    if len(engines) > 1:
        raise InvalidTypeError(
            "frames that are counted together must be of one engine",
            " and ".join(engines),
            "Convert all to one, or count each and add the ClassCounts up.",
        )
    return labelled


def _narwhals_frame(frame: Any) -> Any:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    with warnings.catch_warnings():  # nothing that the caller could mend
        warnings.filterwarnings("ignore", "Dask support is moving out of Narwhals", FutureWarning)
        try:
            native = nw.from_native(frame, pass_through=True, allow_series=True)
        except DuplicateError as twice:
            raise InvalidValueError(
                "columns must have names of their own", shown(str(twice))[1:-1], "Rename the columns."
            ) from twice
    if isinstance(native, (nw.DataFrame, nw.LazyFrame)):
        return native
    raise InvalidTypeError(
        "a frame is needed: pandas, polars, pyarrow, DuckDB, Dask, PySpark, Ray or what else narwhals reads",
        _kind(frame, native),
        _mend(frame, native),
    )


def _kind(frame: Any, native: Any) -> str:
    return f"a column ({type(frame).__name__})" if hasattr(native, "to_native") else type(frame).__name__


def _mend(frame: Any, native: Any) -> str:
    if isinstance(frame, Sequence) and not isinstance(frame, (str, bytes)):
        return "Pass one frame; of several, count_classes takes a list."
    if hasattr(native, "to_native") or hasattr(frame, "__array__"):
        return "Count a single column with ClassCounts.of(y), and weigh it with weights.sample_weight(y)."
    if type(frame).__module__.partition(".")[0] == "dask":
        return "Newer versions of narwhals read Dask with: pip install narwhals-dask."
    return "Pass a data frame and the name of its label column."


def _may_be_labels(dtype: Any) -> bool:
    import narwhals as nw

    kinds = (nw.Boolean, nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    return isinstance(dtype, kinds) or dtype.is_integer() or dtype.is_float()
