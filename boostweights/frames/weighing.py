"""Class counts of a data frame, by one group-by where the rows are, and a column of row weights."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress, count
from typing import Any

import numpy as np

from boostweights.errors import (
    InvalidTypeError,
    UnknownLabelError,
    check_known,
    check_that,
    check_type,
    explained,
)
from boostweights.frames.blocks import is_ray, schema_of
from boostweights.frames.engines import Engine, engine_of
from boostweights.lazy import needs
from boostweights.weighting.class_weights import ClassWeights
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import count_labels
from boostweights.weighting.labels.rules import (
    MOST_CLASSES,
    Label,
    check_class_count,
    check_labels,
    missing_labels,
)
from boostweights.weighting.policies.names import class_policy
from boostweights.weighting.row_weights import RowWeights

_LABEL = "label"
_ROWS = "rows"


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
    with engine.failing("reading the columns"):
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


def _narwhals_frame(frame: Any) -> Any:
    import narwhals as nw
    from narwhals.exceptions import DuplicateError

    with warnings.catch_warnings():  # nothing that the caller could mend
        warnings.filterwarnings("ignore", "Dask support is moving out of Narwhals", FutureWarning)
        with explained((DuplicateError,), "columns must have names of their own", "Rename the columns."):
            native = nw.from_native(frame, pass_through=True, allow_series=True)
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


def count_classes(frame: Any, target: str) -> ClassCounts:
    """Count the labels of a data frame in the engine that holds it.

    A lazy frame is asked for one group-by of the label column, and one row a class comes out of it; rows
    stay where they are. An eager frame's column is read in place.

    Parameters
    ----------
    frame : data frame, or list of data frames
        pandas, polars (eager or lazy), pyarrow, a DuckDB relation, Dask, PySpark, a Ray dataset, or another
        that narwhals reads; several of one engine are counted together.
    target : str
        The column of labels: bools, integers, strings, categories or enums (or floats that are whole).

    Returns
    -------
    ClassCounts
        The same, to the last bit, whatever the engine.

    Raises
    ------
    InvalidTypeError
        If it is no data frame, frames are of different engines, or the column cannot hold labels.
    InvalidValueError
        If the frame has no such column or no rows, a label is missing (null or NaN) or continuous, or the
        engine fails to compute the frame.

    Notes
    -----
    Missing labels are never counted as a class: leave their rows out first, or fill them.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"amount": [5.0, 7.0, 9.0], "label": ["good", "bad", "good"]})
    >>> count_classes(frame, "label")
    ClassCounts({'bad': 1, 'good': 2})
    """
    if not isinstance(frame, (list, tuple)):
        return _total([labelled_frame(frame, target)])
    check_that(frame, "there must be a frame to count", "an empty list", "Pass at least one frame.")
    frames = [labelled_frame(part, target) for part in frame]
    engines = sorted({labelled.engine.name for labelled in frames})
    check_that(
        len(engines) == 1,
        "frames that are counted together must be of one engine",
        " and ".join(engines),
        "Convert all to one, or count each and add the ClassCounts up.",
        InvalidTypeError,
    )
    return _total(frames)


def _total(frames: Sequence[LabelledFrame]) -> ClassCounts:
    """Count the labels of all frames together; raises unless one of them has rows."""
    counts = ClassCounts({})
    for labelled in frames:
        if labelled.is_lazy:
            counts += ClassCounts(_by_group(labelled))
        elif len(column := labelled.frame[labelled.target]):
            counts += ClassCounts(count_labels(column.to_native()))
    check_that(counts, "labels must not be empty", "0 rows", "Pass at least one row of each class.")
    return counts


def _by_group(labelled: LabelledFrame) -> dict[Label, int]:
    """Return label → rows by one group-by in the engine."""
    import narwhals as nw

    engine = labelled.engine
    if engine.counted is None and engine.collected_by is not None:
        needs([engine.collected_by], f"counting in {engine.name}", "frames")
    with engine.failing(f"counting {labelled.target!r}"):
        if engine.counted is not None:
            counts = engine.counted(labelled.native, labelled.target)
            labels, rows = list(counts), list(counts.values())
        else:
            grouped = (
                labelled.frame.select(labelled.labels.alias(_LABEL))
                .group_by(_LABEL)
                .agg(nw.len().alias(_ROWS))
                .head(MOST_CLASSES + 1)  # a target of a regression would move a row of counts a row
            )
            table = grouped.collect(backend=engine.collected_by, **engine.options)
            labels, rows = table[_LABEL].to_list(), table[_ROWS].to_list()
    check_class_count(len(labels))
    are_missing = (label is None or label != label for label in labels)  # noqa: PLR0124  NaN
    if missing := sum(compress(rows, are_missing)):
        raise missing_labels(f"{missing} of {sum(rows)} missing")
    if labelled.dtype.is_integer():  # DuckDB's widest integers arrive as decimals
        labels = list(map(int, labels))
    check_labels(labels)
    counted = zip(labels, map(int, rows), strict=True)
    return {label: number for label, number in counted if number}  # unused categories have none


def with_weights(frame: Any, target: str, weights: Any, name: str = "weight") -> Any:
    """Return a data frame with one more column: what each row weighs.

    A lazy frame stays lazy: its column is a plan, computed when the frame is. The frame given is not changed.

    Parameters
    ----------
    frame : data frame
        pandas, polars (eager or lazy), pyarrow, a DuckDB relation, Dask, PySpark, a Ray dataset, or another
        that narwhals reads.
    target : str
        The column of labels.
    weights : ClassWeights, policy or shorthand
        A policy is resolved on this frame by `count_classes`: of a lazy frame, one group-by is computed now.
        For a training and an evaluation frame resolve once, and pass the ClassWeights to both.
    name : str, default="weight"
        The new column, float32.

    Returns
    -------
    data frame
        Of the type that was given, with the column last.

    Raises
    ------
    UnknownLabelError
        If a label has no weight. In a lazy frame that is found out only when it is computed: such rows, and
        rows without a label, then have a null weight (NaN in Dask), never some other class's.
    InvalidTypeError, InvalidValueError
        If the frame or the weights cannot serve, or the column's name is taken.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = pd.DataFrame({"label": ["good", "bad", "good", "good"]})
    >>> with_weights(frame, "label", "balanced")
      label    weight
    0  good  0.666667
    1   bad  2.000000
    2  good  0.666667
    3  good  0.666667
    """
    import narwhals as nw

    check_that(
        not isinstance(weights, RowWeights),
        "a weight column is made of weights by class",
        weights,
        "RowWeights are one number a row already: add weights.values to the frame.",
        InvalidTypeError,
    )
    labelled = labelled_frame(frame, target)
    rule, remedy = "name must be the name of the new column", "Pass name='weight', say."
    check_that(isinstance(name, str) and name, rule, repr(name), remedy, InvalidTypeError)
    folded = str.casefold if labelled.engine.folds_case else str
    taken = [folded(column) for column in labelled.columns]
    free = next(text for number in count(2) if folded(text := f"{name}_{number}") not in taken)
    check_that(
        folded(name) not in taken,
        "the name of the new column must be free",
        f"name={name!r}, a column of the frame",
        f"Pass name={free!r}, or drop the column first.",
    )
    resolved = (
        weights if isinstance(weights, ClassWeights) else class_policy(weights).resolve(_total([labelled]))
    )
    if labelled.is_lazy:
        return _planned(labelled, resolved, name)
    column = labelled.frame[target]
    values = resolved.sample_weight(column.to_native()) if len(column) else np.empty(0, np.float32)
    added = nw.new_series(name, values, nw.Float32, backend=labelled.frame.implementation)
    return labelled.frame.with_columns(added).to_native()


def _planned(labelled: LabelledFrame, weights: ClassWeights, name: str) -> Any:
    """Plan the column of a lazy frame: its engine's own look-up, or a comparison a class; else null.

    Raises where the column's type can hold no label that has a weight.
    """
    import narwhals as nw

    engine, dtype, labels = labelled.engine, labelled.dtype, labelled.labels
    is_enum, comparable = isinstance(dtype, nw.Enum) and engine.text_enums, dict(weights.class_weight)
    if isinstance(dtype, nw.String) or is_enum:
        comparable = {label: weight for label, weight in comparable.items() if isinstance(label, str)}
    elif isinstance(dtype, nw.Boolean):
        comparable = {bool(label): weight for label, weight in comparable.items() if label in (0, 1)}
    elif dtype.is_numeric():
        convert = int if dtype.is_integer() else float
        numbers = [label for label in comparable if isinstance(label, (int, float))]
        comparable = {convert(label): comparable[label] for label in numbers}
    if not comparable:
        label = next(iter(weights.class_weight))
        raise UnknownLabelError(
            f"weights must be of labels that column {labelled.target!r} can hold, of type {dtype}",
            f"labels such as {label!r} ({type(label).__name__})",
            "Resolve the policy on this column, or cast the column.",
        )
    if engine.with_column is not None:
        with engine.failing(f"weighing {labelled.target!r}"):
            return engine.with_column(labelled.native, labelled.target, comparable, name)
    if is_enum:
        labels = labels.cast(nw.String)
    cases = [nw.when(labels == nw.lit(label)).then(nw.lit(weight)) for label, weight in comparable.items()]
    return labelled.frame.with_columns(nw.coalesce(*cases).cast(nw.Float32).alias(name)).to_native()
