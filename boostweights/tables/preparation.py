"""A table as models take it: what each column is is learned from training rows and applied by name."""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self, get_args

import narwhals as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from boostweights.errors import (
    InvalidValueError,
    Problems,
    check_known,
    check_that,
    did_you_mean,
    explained,
    listed,
    shown,
)
from boostweights.tables.dates import as_times, date_features, is_time, parsed_dates, plain_dates
from boostweights.tables.features import (
    DATED,
    NO_FEATURES,
    as_feature,
    as_text,
    is_number,
    kind_of,
    refusal,
    safe_names,
)
from boostweights.tables.numerals import ALL_MARKS, PLAIN, Marks, Texts, is_text, with_numbers
from boostweights.tables.reading import Categories, Dates

MISSING_LEVEL = "(missing)"
OTHER_LEVEL = "(other)"
FEW_LEVELS = 255
_TRUTHS = {"true": "True", "1": "True", "false": "False", "0": "False"}
_TYPES = {"boolean": pa.types.is_boolean, "number": is_number, "date": is_time}
_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")


@dataclass(kw_only=True)
class PreparedColumn:
    """What was learned of a column.

    Attributes
    ----------
    kind : {"number", "category", "date"}
        What it is used as.
    typed : {"text", "number", "boolean", "date"}
        The type that it had in the training rows.
    marks : list of str
        Of a number: its decimal mark, the mark between thousands, and a letter that stands for a missing one.
    levels : list of str
        Of a category: its levels, sorted.
    common : list of str
        Those that stay, where a library takes few; all others become one.
    written : str
        Of a date: how it was written; empty where it was a date by type.
    parts : dict of str to str
        Of a date: part → the feature that is made of it.
    missing : float
        The share of training rows without a value.
    """

    kind: Literal["number", "category", "date"]
    typed: Literal["text", "number", "boolean", "date"]
    marks: list[str] = field(default_factory=list)
    levels: list[str] = field(default_factory=list)
    common: list[str] = field(default_factory=list)
    written: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    missing: float = 0.0


@dataclass(kw_only=True)
class Differences:
    """How a table, or the parts of it so far, differ from the one that a preparation was fitted on.

    Attributes
    ----------
    rows : int
        Of the table.
    surplus : dict of str to None
        Columns that were not there.
    unseen : dict of str to Counter of str
        Column → level that was never seen → its rows.
    missing : Counter of str
        Column → rows without a value; a level never seen is no such row.
    """

    rows: int = 0
    surplus: dict[str, None] = field(default_factory=dict)
    unseen: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    missing: Counter[str] = field(default_factory=Counter)


class TablePreparation(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Learn from training rows what each column is, and apply it to other rows by name.

    Numbers are numbers, also as text with decimal commas, marks of thousands or signs of missing values.
    Other text, booleans and dictionaries are categories: a level that the training rows lack is missing.
    Dates become parts: days since 1970, month, weekday (Monday is 1) and hour. A column that is missing is an
    error, a surplus one is ignored, and the order is free. What one row becomes never depends on the others
    that are transformed with it.

    Parameters
    ----------
    categorical : sequence of str, default=()
        Columns that are categories, whatever their type.
    drop : sequence of str, default=()
        Columns that are left out.
    dates : {"features", "drop", "refuse"}, default="features"
        What becomes of columns of dates.
    identifiers : {"drop", "refuse"}, default="drop"
        What becomes of columns that look like identifiers, or that have no value.
    categories : {"dtype", "text", "few", "codes"}, default="dtype"
        How categories are returned: as pandas categories; as text, with a level for missing values; as pandas
        categories of at most 255 levels, the most common ones; as numbers in the order of the levels.
    marks : mapping of str to tuple of str, default=None
        Column → the decimal mark and the mark between thousands with which the numbers were written that
        `fit` receives, and, where there is one, the letter that stood for a missing number. It is for tables
        whose numbers were read from text before: other text is then no number with such marks. None: such
        text becomes numbers.

    Attributes
    ----------
    feature_names_in_ : ndarray of str
        The columns of the training rows that are used, in their order.
    columns_ : dict of str to PreparedColumn
        Column → what was learned of it.
    names_ : dict of str to str
        Feature → the name that a user knows: that of a column, or of a part of a date. They differ where a
        library would refuse the name.
    left_out_ : dict of str to str
        Column → why it is left out.
    notes_ : dict of str to str
        Column → what its user should know of it.

    Examples
    --------
    >>> train = pd.DataFrame({"price [EUR]": ["1,50", "7,25", "?"], "city": ["Graz", "Linz", "Graz"]})
    >>> preparation = TablePreparation().fit(train)
    >>> new = pd.DataFrame({"city": ["Linz", "Wien"], "price [EUR]": ["2,75", "3"], "note": ["a", "b"]})
    >>> preparation.transform(new)
       column_1  city
    0      2.75  Linz
    1      3.00   NaN
    """

    def __init__(
        self,
        *,
        categorical: Sequence[str] = (),
        drop: Sequence[str] = (),
        dates: Dates = "features",
        identifiers: Literal["drop", "refuse"] = "drop",
        categories: Categories = "dtype",
        marks: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.categorical = categorical
        self.drop = drop
        self.dates = dates
        self.identifiers = identifiers
        self.categories = categories
        self.marks = marks

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn what each column is.

        Parameters
        ----------
        X : data frame of shape (n, p)
            Of pandas, polars or pyarrow, or of another engine that narwhals reads.
        y : ignored
            For scikit-learn's interface.

        Raises
        ------
        InvalidValueError
            If columns can be no features as they are; all are named.
        """
        check_known(self.dates, get_args(Dates), f"dates must be one of {get_args(Dates)}")
        check_known(self.identifiers, ("drop", "refuse"), 'identifiers must be "drop" or "refuse"')
        rows, problems = as_arrow(X), Problems()
        for role in ("categorical", "drop"):
            for name in getattr(self, role):
                with problems:
                    check_known(name, rows.column_names, f"{role} must name a column")
        self.columns_: dict[str, PreparedColumn] = {}
        self.left_out_ = dict.fromkeys(self.drop, "as asked for")
        self.notes_: dict[str, str] = {}
        rows = rows.select([name for name in rows.column_names if name not in self.left_out_])
        unread = [name for name in rows.column_names if self.marks is None and name not in self.categorical]
        texts = {name: rows[name] for name in unread if is_text(kind_of(rows[name]))}
        numbers, marks, notes = with_numbers(texts, None, commas=False)
        marks |= self.marks or {}
        self.decimal_ = next((decimal for decimal, *_ in marks.values()), PLAIN.decimal)
        refused = {
            name: why
            for name in rows.column_names
            if (why := self._learn(name, rows, numbers.get(name), marks.get(name, PLAIN), notes.get(name)))
        }
        with problems:
            if refused:
                raise refusal(refused)
            check_that(self.columns_, "a table must have features", "none", "Check its columns.")
        problems.check()
        features = [
            part
            for name, one in self.columns_.items()
            for part in (one.parts.values() if one.kind == "date" else [name])
        ]
        self.names_ = safe_names(features)
        self.feature_names_in_ = np.array(list(self.columns_), dtype=object)
        self.n_features_in_ = len(self.columns_)
        differences = Differences()
        self.compared(rows, differences)
        for name, one in self.columns_.items():
            one.missing = differences.missing[name] / rows.num_rows
        return self

    def _learn(
        self, name: str, rows: pa.Table, numbers: pa.Array | None, marks: Sequence[str], note: str | None
    ) -> str:
        """Learn what a column is, or return why it cannot be a feature."""
        categorical, column = name in self.categorical, rows[name]
        times, way = (None, "") if categorical else as_times(column)
        if times is not None and times.null_count < len(times):
            if self.dates == "drop":
                self.left_out_[name] = "dates"
            elif self.dates == "features":
                written = f", written {way}" if way else ""
                self.notes_[name] = f"dates{written}, used as days, month, weekday and hour"
                parts: dict[str, str] = {}
                for part in date_features(times):
                    parts[part] = f"{name}_{part}"
                    while parts[part] in rows.column_names:
                        parts[part] += "_"
                typed: Any = "text" if way else "date"
                self.columns_[name] = PreparedColumn(kind="date", typed=typed, written=way, parts=parts)
            return DATED if self.dates == "refuse" else ""
        feature = as_feature(column if numbers is None else numbers, categorical=categorical)
        values = feature.values
        if feature.useless and self.identifiers == "drop":
            self.left_out_[name] = feature.refused
            return ""
        if values is None:
            return feature.refused
        if text := note or feature.note:
            self.notes_[name] = text
        typed = next((typed for typed, is_such in _TYPES.items() if is_such(kind_of(column))), "text")
        if isinstance(values, np.ndarray):
            letter = Texts(column).letter if typed == "text" else "".join(marks[2:])
            if letter and self.identifiers == "refuse":
                return f"numbers but for {letter!r}"
            self.columns_[name] = PreparedColumn(kind="number", typed=typed, marks=[*marks[:2], letter])
            return ""
        learned = PreparedColumn(kind="category", typed=typed, levels=values.dictionary.to_pylist())
        if self.categories == "few" and len(learned.levels) > FEW_LEVELS:
            learned.common = common_levels(values.to_pandas())
        self.columns_[name] = learned
        return ""

    def transform(self, X: Any) -> pd.DataFrame:
        """Return features as a frame of shape (n, m), whose names every library takes.

        Parameters
        ----------
        X : data frame of shape (n, any)
            It has the columns that were fitted, in any order, and may have others.

        Raises
        ------
        InvalidValueError
            If a column is absent, or values cannot be what the column was; all such columns are named.
        """
        return self.compared(X, Differences())

    def compared(self, X: Any, differences: Differences) -> pd.DataFrame:
        """Return features as `transform` does, and count how the table differs from the training rows."""
        check_is_fitted(self)
        columns, present, problems = self.columns_, names_of(X), Problems()
        absent = [name for name in columns if name not in present]
        with problems:
            rule = "a table must have the columns that the preparation was fitted on"
            remedy = did_you_mean(next(iter(absent), ""), present)
            check_that(not absent, rule, f"none named {listed(absent)}", remedy)
        rows = as_arrow(X, only=columns)
        known = {*columns, *self.left_out_}
        differences.rows += rows.num_rows
        differences.surplus |= dict.fromkeys(name for name in present if name not in known)
        different: list[str] = []
        made: dict[str, Any] = {}
        for name in rows.column_names:
            try:
                made |= _features(name, rows[name], columns[name], self.decimal_, differences)
            except InvalidValueError as refused:
                different.append(f"{name!r} ({refused.rule}): {refused.value}")
        with problems:
            rule = "a column must hold what it held in the training rows"
            check_that(not different, rule, "; ".join(different), "Correct the values, or train again.")
        problems.check()
        frame = pd.DataFrame({safe: made[name] for safe, name in self.names_.items()})
        common = {safe: columns[name].common for safe, name in self.names_.items() if name in columns}
        return with_categories(frame, self.categories, common)

    def get_feature_names_out(self, input_features: Any = None) -> npt.NDArray[np.object_]:
        """Return the names of the features, of shape (m,)."""
        check_is_fitted(self)
        return np.array(list(self.names_), dtype=object)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags


def names_of(X: Any) -> list[str]:
    """Return the names of a table's columns; those of an array are x0, x1 and so on.

    Raises
    ------
    InvalidValueError
        If it is no data frame.
    """
    if isinstance(X, np.ndarray) and X.ndim == 2:
        return [f"x{at}" for at in range(X.shape[1])]
    if isinstance(X, pd.DataFrame):
        return [str(name) for name in X.columns]
    rule = "a table must be a data frame of pandas, polars, pyarrow or another that narwhals reads"
    with explained((TypeError,), rule, "Make it one, with the names of the columns."):
        return list(nw.from_native(X).lazy().collect_schema().names())


def as_arrow(X: Any, only: Collection[str] | None = None) -> pa.Table:
    """Return a data frame as an Arrow table; with `only`, without columns of other names.

    Raises
    ------
    InvalidTypeError
        If it is no data frame, or a column mixes types.
    """
    names = names_of(X)
    repeated = sorted({name for name in names if names.count(name) > 1})
    rule = "every column must have a name of its own"
    check_that(not repeated, rule, f"{shown(repeated)} more than once", "Rename one of them.")
    wanted = [name for name in names if only is None or name in only]
    if isinstance(X, (np.ndarray, pd.DataFrame)):  # without an index, of which Arrow makes a column
        X = pd.DataFrame(X).set_axis(names, axis=1).reset_index(drop=True)
    with explained((pa.ArrowException,), "every column of a table must have values of one type", "Convert."):
        table: pa.Table = nw.from_native(X).lazy().select(wanted).collect("pyarrow").to_native()
    return table


def with_categories(
    X: pd.DataFrame, categories: Categories, common: Mapping[str, Sequence[str]] | None = None
) -> pd.DataFrame:
    """Return features as a library wants its categories; X itself is not changed.

    As text, a missing category is a level of its own: CatBoost refuses NaN there. HistGradientBoosting takes
    no more levels than bins: of a column that has more, the 254 most common stay and the others become one.

    Parameters
    ----------
    X : DataFrame of shape (n, m)
        Its categories are of pandas.
    categories : {"dtype", "text", "few", "codes"}
        As `TablePreparation` has it.
    common : mapping of str to sequence of str, default=None
        Column → the levels that stay where a library takes few; by default the most common ones of X.

    Examples
    --------
    >>> X = pd.DataFrame({"colour": pd.Categorical(["red", None, "blue"])})
    >>> with_categories(X, "text")["colour"].tolist()
    ['red', '(missing)', 'blue']
    """
    columns = list(X.select_dtypes("category").columns)
    if categories == "few":
        columns = [name for name in columns if len(X[name].cat.categories) > FEW_LEVELS]
    if categories == "dtype" or not columns:
        return X
    changed = X.copy(deep=False)
    for name in columns:
        column = X[name]
        if categories == "text":
            changed[name] = column.astype(object).fillna(MISSING_LEVEL)
        elif categories == "codes":
            codes = column.cat.codes.astype("float64")  # positions of the levels, which are sorted
            changed[name] = codes.where(codes >= 0)
        elif kept := (common or {}).get(name) or common_levels(column):
            text = column.astype(object)
            merged = text.where(text.isin(kept) | text.isna(), OTHER_LEVEL)
            levels = pd.Categorical(merged, categories=list(dict.fromkeys([*kept, OTHER_LEVEL])))
            changed[name] = pd.Series(levels, index=column.index)
    return changed


def common_levels(column: "pd.Series[Any]") -> list[str]:
    """Return the 254 most common levels of a column, sorted; of equally common ones, the first."""
    counts = column.value_counts(sort=False).sort_values(ascending=False, kind="stable")
    return sorted(counts.index[: FEW_LEVELS - 1])


def _features(
    name: str, column: pa.ChunkedArray, learned: PreparedColumn, decimal: str, differences: Differences
) -> dict[str, Any]:
    """Return the features of a column, and count what differs from the training rows."""
    column = column.cast(kind_of(column))
    if learned.kind == "date":
        times = _times(column, learned.written)
        differences.missing[name] += times.null_count
        parts = date_features(times, learned.parts)
        return {learned.parts[part]: values for part, values in parts.items()}
    if learned.kind == "number":
        values = _numbers(column, learned, decimal)
        differences.missing[name] += int(np.isnan(values).sum())
        return {name: values}
    codes, unseen = _codes(column, learned)
    differences.missing[name] += codes.null_count - unseen.total()
    if unseen:
        differences.unseen[name] += unseen
    return {
        name: pa.DictionaryArray.from_arrays(codes, pa.array(learned.levels, pa.large_string())).to_pandas()
    }


def _numbers(column: pa.ChunkedArray, learned: PreparedColumn, decimal: str) -> npt.NDArray[np.float64]:
    if is_text(column.type):
        marks, letter = learned.marks[:2], "".join(learned.marks[2:])
        ways = [Marks(*marks), *(one for one in ALL_MARKS if one.decimal == decimal)]
        column, other = Texts(column, letter).numbers(*ways)
        if other is not None:
            raise InvalidValueError("numbers", f"{shown(other[0])} in row {other[1]}", "")
    kinds = (is_number, pa.types.is_boolean, pa.types.is_null)
    holds = any(is_such(column.type) for is_such in kinds)
    check_that(holds, "numbers", f"values of type {column.type}", "")
    values: npt.NDArray[np.float64] = np.asarray(column.cast(pa.float64(), safe=False))
    if len(infinite := np.flatnonzero(np.isinf(values))):
        raise InvalidValueError("finite numbers", f"infinite in row {infinite[0] + 1}", "")
    return values


def _codes(column: pa.ChunkedArray, learned: PreparedColumn) -> tuple[pa.Array, Counter[str]]:
    """Return the place of each row's level, and the rows of levels that were never seen."""
    flat = not any(is_such(column.type) for is_such in NO_FEATURES)
    check_that(flat, "categories", f"values of type {column.type}", "")
    texts = as_text(column).dictionary_encode()
    levels = {level: at for at, level in enumerate(learned.levels)}

    def place(text: str) -> int | None:
        if text in levels or learned.typed == "text":
            return levels.get(text)
        if learned.typed == "boolean":
            return levels.get(_TRUTHS.get(text.lower(), text))
        try:
            return levels.get(f"{float(text):.17g}")
        except ValueError:
            return None

    places = {text: place(text) for text in texts.dictionary.to_pylist()}
    codes = pa.array(places.values(), pa.int32()).take(texts.indices)
    counts = np.bincount(texts.indices.drop_null().to_numpy(), minlength=len(places))
    unseen = {
        text: int(count) for (text, at), count in zip(places.items(), counts, strict=True) if at is None
    }
    return codes, Counter(unseen)


def _times(column: pa.ChunkedArray, written: str) -> pa.ChunkedArray:
    if is_time(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.timestamp("us"), safe=False)
    rule = f"dates written {written}" if written else "dates"
    check_that(is_text(column.type), rule, f"values of type {column.type}", "")
    texts = plain_dates(column)
    times = pc.coalesce(*(parsed_dates(texts, way) for way in ([written] if written else _ISO)))
    row = pc.index(pc.and_not(pc.is_null(times), pc.is_null(texts)), True).as_py()
    if row >= 0:
        raise InvalidValueError(rule, f"{shown(column[row].as_py())} in row {row + 1}", "")
    return times
