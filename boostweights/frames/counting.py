"""Class counts of a data frame: one group-by where the rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from boostweights.errors import InvalidValueError
from boostweights.frames.engines import failing
from boostweights.frames.labelled import LabelledFrame, labelled_frames
from boostweights.weighting.counts import ClassCounts
from boostweights.weighting.labels.counting import count_labels
from boostweights.weighting.labels.rules import Label, check_labels, missing_labels

_LABEL: Final = "label"
_ROWS: Final = "rows"
_MOST: Final = 100_000
"""More classes than this are no classes: a target of a regression would move a row of counts a row."""


def count_classes(frame: Any, target: str) -> ClassCounts:
    """Count the labels of a data frame in the engine that holds it.

    A lazy frame is asked for one group-by of the label column, and one row a class comes out of it; rows
    stay where they are. An eager frame's column is read in place.

    Parameters
    ----------
    frame : data frame, or list of data frames
        pandas, polars (eager or lazy), pyarrow, a DuckDB relation, Dask, PySpark, or another that narwhals
        reads; several of one engine are counted together.
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
    return total(labelled_frames(frame, target))


def total(frames: Sequence[LabelledFrame]) -> ClassCounts:
    """Count the labels of all frames together; raises unless one of them has rows."""
    counts = sum(map(_counted, frames), start=ClassCounts({}))
    if counts:
        return counts
    raise InvalidValueError("labels must not be empty", "0 rows", "Pass at least one row of each class.")


def _counted(labelled: LabelledFrame) -> ClassCounts:
    """Count one frame, which may have no rows."""
    if labelled.is_lazy:
        return ClassCounts(_by_group(labelled))
    column = labelled.frame[labelled.target]
    return ClassCounts(count_labels(column.to_native()) if len(column) else {})


def _by_group(labelled: LabelledFrame) -> dict[Label, int]:
    """Return label → rows by one group-by in the engine."""
    import narwhals as nw

    engine = labelled.engine
    with failing(engine, f"counting {labelled.target!r}"):
        grouped = (
            labelled.frame.select(nw.col(labelled.target).alias(_LABEL))
            .group_by(_LABEL)
            .agg(nw.len().alias(_ROWS))
            .head(_MOST + 1)
        )
        found = grouped.collect(backend=engine.collected_by, **engine.options)
    if len(found) > _MOST:
        raise InvalidValueError(
            f"a column of labels has at most {_MOST:,} classes",
            f"more in {labelled.target!r}",
            "Is it the target of a regression, or an identifier?",
        )
    whole = labelled.dtype.is_integer()  # DuckDB's widest integers arrive as decimals
    labels = [int(label) if whole and label is not None else label for label in found[_LABEL].to_list()]
    rows = [int(count) for count in found[_ROWS].to_list()]
    return _checked(labels, rows)


def _checked(labels: list[Label], rows: list[int]) -> dict[Label, int]:
    missing = sum(count for label, count in zip(labels, rows, strict=True) if _is_missing(label))
    if missing:
        raise missing_labels(f"{missing} of {sum(rows)} missing")
    check_labels(labels)
    return {label: count for label, count in zip(labels, rows, strict=True) if count}  # unused categories


def _is_missing(label: Label) -> bool:
    return label is None or label != label  # noqa: PLR0124  NaN
