"""A data frame and its label column, checked before anything is computed."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from boostweights.errors import (
    InvalidTypeError,
    InvalidValueError,
    check_known,
    check_that,
    check_type,
    shown,
)
from boostweights.frames.blocks import is_ray, schema_of
from boostweights.frames.engines import Engine, engine_of, failing


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
    check_type(target, str, "target must be the name of a column", "Pass target='label', say.")
    engine = engine_of("ray" if native is frame else native.implementation.value)
    with failing(engine, "reading the columns"):
        schema = schema_of(native) if native is frame else native.collect_schema()
    columns = list(schema or {})
    rule = f"{engine.name} reads the name {engine.reserved!r} as all columns"
    is_free = not engine.reserved or engine.reserved not in columns
    check_that(is_free, rule, "a column of that name", "Rename the column first.")
    if schema is not None:
        check_known(target, columns, "target must be a column of the frame")
    dtype = nw.Unknown() if schema is None else schema[target]
    kinds = (nw.Boolean, nw.String, nw.Categorical, nw.Enum, nw.Object, nw.Unknown)
    check_that(
        isinstance(dtype, kinds) or dtype.is_integer() or dtype.is_float(),
        "labels must be bools, integers, strings or categories",
        f"column {target!r} of type {dtype}",
        "Convert the column, for example by a cast to a string.",
        InvalidTypeError,
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
    check_that(frames, "there must be a frame to count", "an empty list", "Pass at least one frame.")
    labelled = [labelled_frame(frame, target) for frame in frames]
    engines = sorted({frame.engine.name for frame in labelled})
    check_that(
        len(engines) == 1,
        "frames that are counted together must be of one engine",
        " and ".join(engines),
        "Convert all to one, or count each and add the ClassCounts up.",
        InvalidTypeError,
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
    kind, remedy = type(frame).__name__, "Pass a data frame and the name of its label column."
    is_column = hasattr(native, "to_native")
    if isinstance(frame, Sequence) and not isinstance(frame, (str, bytes)):
        remedy = "Pass one frame; of several, count_classes takes a list."
    elif is_column or hasattr(frame, "__array__"):
        remedy = "Count a single column with ClassCounts.of(y), and weigh it with weights.sample_weight(y)."
    elif type(frame).__module__.partition(".")[0] == "dask":
        remedy = "Newer versions of narwhals read Dask with: pip install narwhals-dask."
    raise InvalidTypeError(
        "a frame is needed: pandas, polars, pyarrow, DuckDB, Dask, PySpark, Ray or what else narwhals reads",
        f"a column ({kind})" if is_column else kind,
        remedy,
    )
