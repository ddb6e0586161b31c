"""A user's rows as a data set: what each column is, said by the user or its type; nothing is left out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from shlex import quote
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from boostweights.benchmark.data.costs import CostTable
from boostweights.benchmark.data.dataset import Dataset
from boostweights.errors import Problems, check_known, check_that, shown
from boostweights.serving.row_costs import CostPipeline
from boostweights.tables.dates import as_times
from boostweights.tables.features import (
    as_text,
    check_present,
    dropping,
    leaving_out_missing,
    reading_dates,
    rows_with_target,
)
from boostweights.tables.preparation import TablePreparation
from boostweights.tables.reading import Read
from boostweights.tables.roles import Roles, checked_roles
from boostweights.tables.target import check_classes, labels_of, positive_of
from boostweights.weighting.labels.rules import check_few_classes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TableData:
    """A user's table, ready for models.

    Attributes
    ----------
    dataset : Dataset
        Features and labels; columns whose names a library would refuse have another one.
    roles : Roles
        As given; ``positive`` is filled in where the labels say it, and names are apart.
    names : mapping of str to str
        Feature → the column's own name.
    preparation : TablePreparation or None
        What the features were made by.
    table : pyarrow.Table or None
        What it was fitted on: the rows with a label, without target, group, time and what is dropped.
    guesses : mapping of str to str
        What was not said → the option that says it.
    times : ndarray of int of shape (n,) or None
        Each row's place among the different times.
    notes : mapping of str to str
        Column → what its user should know of it.
    sampled_from : int or None
        How many rows there were, where this is a sample of them.
    inferred : mapping of str to str
        How the file was read, as a `Read` has it.
    unlabelled : int
        How many rows without a label were left out.
    dated : tuple of str
        Features that were made of dates.
    source : str
        The file of the rows and how it is read, as `source_of` returns it; empty where there is no file.
    """

    dataset: Dataset
    roles: Roles
    names: Mapping[str, str]
    preparation: TablePreparation | None = None
    table: pa.Table | None = None
    guesses: Mapping[str, str] = field(default_factory=dict)
    times: npt.NDArray[np.int64] | None = None
    notes: Mapping[str, str] = field(default_factory=dict)
    sampled_from: int | None = None
    inferred: Mapping[str, str] = field(default_factory=dict)
    unlabelled: int = 0
    dated: tuple[str, ...] = ()
    source: str = ""

    @property
    def split(self) -> Literal["time", "group", "stratified"]:
        """The kind of split."""
        if self.times is not None:
            return "time"
        return "stratified" if self.dataset.group is None else "group"


def as_table_data(table: pa.Table | Read, roles: Roles, *, name: str) -> TableData:
    """Return the data set that a table holds.

    Parameters
    ----------
    table : pyarrow.Table of shape (n, any), or Read
        As `read_file` returns it, or its rows.
    roles : Roles
        Which columns are not plain features.
    name : str
        How reports call the data set.

    Raises
    ------
    InvalidValueError
        If a column that is named is absent or has two roles, the target can't be learned, a label, group or
        time is missing, or a column can be no feature as it is.

    Examples
    --------
    >>> rows = pa.table({"y": [0, 1, 0, 1], "age": [31, 40, 25, 33], "job": ["a", "b", "a", "a"]})
    >>> found = as_table_data(rows, Roles(target="y"), name="people")
    >>> found.dataset.categorical, found.roles.positive
    (('job',), '1')
    """
    read = table if isinstance(table, Read) else Read(rows=table)
    problems = Problems()
    asked, rows = checked_roles(read.rows, roles, problems), read.rows
    roles = asked
    with problems:
        check_known(roles.target, rows.column_names, "--target must name a column")
        if roles.drop_missing_target or not roles.strict:
            rows = rows_with_target(rows, roles.target)
        labels = labels_of(rows[roles.target], roles.target)
        check_few_classes(len(np.unique(labels)), len(labels))
        if not roles.many_classes:
            check_classes(labels, roles.target)
        roles = replace(roles, positive=positive_of(labels, roles.positive, strict=roles.strict))
    with problems:
        group = None if roles.group is None else _groups(rows[roles.group], roles.group)
    with problems:
        times = None if roles.time is None else _times(rows[roles.time], roles.time)
    preparation = TablePreparation(
        categorical=roles.categorical,
        drop=(*roles.drop, *roles.key),
        dates=roles.dates,
        identifiers="refuse" if roles.strict else "drop",
        marks=read.marks,
    )
    used = {roles.target, roles.group, roles.time}
    features = rows.select([column for column in rows.column_names if column not in used])
    with problems:
        X = preparation.fit(features).transform(features)
    costs = None
    with problems:
        if roles.costs is not None:
            priced = CostPipeline([("prepare", preparation)], costs=roles.costs).with_prices(rows)
            fn, fp = priced.row_costs(rows).T
            costs = CostTable(fixed=np.column_stack([0 * fn, fp, fn, 0 * fn]))
    problems.check()
    dates = [column for column in preparation.columns_.values() if column.kind == "date"]
    notes = {column: note for column, note in read.notes.items() if column in preparation.columns_}
    dataset = Dataset(
        name=name,
        X=X,
        y=labels,
        positive=roles.positive,
        group=group,
        costs=costs,
    )
    return TableData(
        dataset=dataset,
        roles=replace(roles, drop=tuple(name for name in preparation.left_out_ if name not in roles.key)),
        names=preparation.names_,
        preparation=preparation,
        table=features,
        guesses=dict(_guesses(asked, roles, preparation, read.rows.num_rows - rows.num_rows)),
        times=times,
        notes=notes | preparation.notes_,
        inferred=read.inferred,
        unlabelled=read.rows.num_rows - rows.num_rows,
        dated=tuple(part for column in dates for part in column.parts.values()),
    )


def _guesses(
    asked: Roles, roles: Roles, preparation: TablePreparation, unlabelled: int
) -> Iterator[tuple[str, str]]:
    """Yield what was not said of a table, and the option that says it."""
    if asked.positive is None and roles.positive is not None and roles.positive.lower() not in ("1", "true"):
        yield (
            f"{shown(roles.positive)} is the positive label, the rarer one",
            f"--positive {quote(roles.positive)}",
        )
    reasons = preparation.left_out_.items()
    asked_for = {*asked.drop, *asked.key, *(name for name, why in reasons if why == "dates")}
    left_out = {name: why for name, why in reasons if name not in asked_for}
    if left_out:
        listed = "; ".join(f"{name!r}: {why}" for name, why in left_out.items())
        yield f"left out, as identifiers or empty: {listed}", dropping(left_out)
    dates = [name for name, column in preparation.columns_.items() if column.kind == "date"]
    if dates and asked.dates == "features":
        yield f"dates as days, month, weekday and hour: {', '.join(map(repr, dates))}", "--dates"
    if unlabelled and not asked.drop_missing_target:
        yield f"{unlabelled:,} rows without a label are left out", "--drop-missing-target"


def _groups(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.int64]:
    text = as_text(column)
    rule = "every row must have a value in the column of --group"
    check_present(text, rule, f"Add {leaving_out_missing(name)}.", f" of {name!r}")
    return places(text.to_numpy(zero_copy_only=False).astype(np.str_))


def _times(column: pa.ChunkedArray, name: str) -> npt.NDArray[np.int64]:
    kind = column.type
    times, way = as_times(column)
    values = f"dates that can be {way}" if way else str(kind)
    remedy = "Write dates as 2026-01-31, or times as 2026-01-31 12:00:00."
    check_that(
        times is not None or pa.types.is_integer(kind) or pa.types.is_floating(kind),
        "--time must name dates or numbers",
        f"{name!r}, which holds {values}, such as {shown(column[0].as_py())}",
        f"Add {reading_dates(name, way)}, or the other way." if way else remedy,
    )
    rule = "every row must have a value in the column of --time"
    check_present(column, rule, f"Add {leaving_out_missing(name)}.", f" of {name!r}")
    return places((column if times is None else times).to_numpy())


def places(values: npt.NDArray[Any]) -> npt.NDArray[np.int64]:
    """Return the place of each value among the different ones in their order."""
    return np.unique(values, return_inverse=True)[1].astype(np.int64)
