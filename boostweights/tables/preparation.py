"""A table as models take it: what each column is is learned from training rows and applied by name."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

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
    shown,
)
from boostweights.tables.dates import as_times, date_features, is_time
from boostweights.tables.features import DATED, as_feature, as_text, refusal, safe_names
from boostweights.tables.numerals import ALL_MARKS, PLAIN, Marks, Texts, with_numbers
from boostweights.tables.reading import Categories, Dates

MISSING_LEVEL = "(missing)"
OTHER_LEVEL = "(other)"
FEW_LEVELS = 255
_DATES: tuple[Dates, ...] = ("features", "drop", "refuse")
_TRUTHS = {"true": "True", "1": "True", "false": "False", "0": "False"}
_SHIFT = 0.05
_Z = 4.0
_NAMED = 3


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
        Of a number: its decimal mark and the mark between thousands.
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
    """How a table differs from the one that a preparation was fitted on.

    Attributes
    ----------
    rows : int
        Of the table.
    surplus : tuple of str
        Columns that were not there.
    unseen : dict of str to dict of str to int
        Column → level that was never seen → its rows.
    missing : dict of str to int
        Column → rows without a value; a level never seen is no such row.
    """

    rows: int = 0
    surplus: tuple[str, ...] = ()
    unseen: dict[str, dict[str, int]] = field(default_factory=dict)
    missing: dict[str, int] = field(default_factory=dict)

    def add(self, other: "Differences") -> None:
        """Count the rows of another part of the table, too."""
        self.rows += other.rows
        self.surplus = tuple(dict.fromkeys(self.surplus + other.surplus))
        for column, levels in other.unseen.items():
            counts = self.unseen.setdefault(column, {})
            for level, count in levels.items():
                counts[level] = counts.get(level, 0) + count
        for column, count in other.missing.items():
            self.missing[column] = self.missing.get(column, 0) + count


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
    marks : mapping of str to (str, str), default=None
        Column → the decimal mark and the mark between thousands with which the numbers were written that
        `fit` receives. It is for tables whose numbers were read from text before: other text is then no
        number with such marks. None: such text becomes numbers.

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
        marks: Mapping[str, tuple[str, str]] | None = None,
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
        check_known(self.dates, _DATES, f"dates must be one of {_DATES}")
        check_known(self.identifiers, ("drop", "refuse"), 'identifiers must be "drop" or "refuse"')
        rows, problems = as_arrow(X), Problems()
        for role in ("categorical", "drop"):
            for name in getattr(self, role):
                with problems:
                    check_known(name, rows.column_names, f"{role} must name a column")
        self.columns_: dict[str, PreparedColumn] = {}
        self.left_out_ = dict.fromkeys(self.drop, "as asked for")
        self.notes_: dict[str, str] = {}
        used = [name for name in rows.column_names if name not in self.left_out_]
        rows = rows.select(used)
        unread = [name for name in used if self.marks is None and name not in self.categorical]
        texts = {name: rows[name] for name in unread if _is_text(_kind(rows[name]))}
        numbers, found, notes = with_numbers(texts, None, commas=False)
        pairs = dict(self.marks or {}) | {name: (one.decimal, one.thousands) for name, one in found.items()}
        self.decimal_ = next((decimal for decimal, _ in pairs.values()), PLAIN.decimal)
        refused = {
            name: why
            for name in used
            if (why := self._learn(name, rows, numbers.get(name), pairs.get(name), notes.get(name, "")))
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
        frame, differences = self._made(rows)
        for name, one in self.columns_.items():
            one.missing = differences.missing[name] / max(1, rows.num_rows)
        if self.categories == "few":
            safe = {name: safe for safe, name in self.names_.items()}
            for name, one in self.columns_.items():
                if len(one.levels) > FEW_LEVELS:
                    one.common = common_levels(frame[safe[name]])
        return self

    def _learn(
        self, name: str, rows: pa.Table, numbers: pa.Array | None, marks: Sequence[str] | None, note: str
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
                self.columns_[name] = _date(name, times, way, rows.column_names)
            return DATED if self.dates == "refuse" else ""
        feature = as_feature(
            column if numbers is None else pa.chunked_array([numbers]), categorical=categorical
        )
        if feature.useless and self.identifiers == "drop":
            self.left_out_[name] = feature.refused
            return ""
        if not feature.refused:
            self.columns_[name] = _learned(feature.values, column, marks)
            self.notes_ |= {name: note or feature.note} if note or feature.note else {}
        return feature.refused

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
        return self.compared(X)[0]

    def compared(self, X: Any) -> tuple[pd.DataFrame, Differences]:
        """Return features as `transform` does, and how the table differs from the training rows."""
        check_is_fitted(self)
        frame, differences = self._made(X)
        known = self.columns_
        common = {safe: known[name].common for safe, name in self.names_.items() if name in known}
        return with_categories(frame, self.categories, common), differences

    def _made(self, X: Any) -> tuple[pd.DataFrame, Differences]:
        """Return features whose categories are of pandas, and how the table differs."""
        names = list(self.columns_)
        present = names_of(X)
        absent = [name for name in names if name not in present]
        problems = Problems()
        with problems:
            more = f" and {len(absent) - _NAMED} more" if len(absent) > _NAMED else ""
            listed = f"none named {', '.join(map(repr, absent[:_NAMED]))}{more}"
            rule = "a table must have the columns that the preparation was fitted on"
            check_that(not absent, rule, listed, did_you_mean("".join(absent[:1]), present))
        rows = as_arrow(X, only=names)
        surplus = tuple(name for name in present if name not in {*names, *self.left_out_})
        differences = Differences(rows=rows.num_rows, surplus=surplus)
        different: list[str] = []
        made: dict[str, Any] = {}
        for name in rows.column_names:
            try:
                made |= _features(name, rows[name], self.columns_[name], self.decimal_, differences)
            except InvalidValueError as refused:
                different.append(f"{name!r} ({refused.rule}): {refused.value}")
        with problems:
            rule = "a column must hold what it held in the training rows"
            check_that(not different, rule, "; ".join(different), "Correct the values, or train again.")
        problems.check()
        frame = pd.DataFrame(
            {
                safe: values if isinstance(values, np.ndarray) else values.to_pandas()
                for safe, name in self.names_.items()
                for values in [made[name]]
            }
        )
        return frame, differences

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
    if isinstance(X, np.ndarray):
        X = pd.DataFrame(X)
    if isinstance(X, pd.DataFrame):
        X = X.set_axis(names, axis=1).reset_index(drop=True)  # else Arrow makes a column of the index
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


def _kind(column: pa.ChunkedArray) -> pa.DataType:
    return column.type.value_type if pa.types.is_dictionary(column.type) else column.type


def _is_text(kind: pa.DataType) -> bool:
    views = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
    return any(is_such(kind) for is_such in views)


def _is_number(kind: pa.DataType) -> bool:
    numbers = (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_boolean)
    return any(is_such(kind) for is_such in numbers)


def _learned(values: Any, column: pa.ChunkedArray, marks: Sequence[str] | None) -> PreparedColumn:
    """Return what is learned of a column that is numbers or categories."""
    kind = _kind(column)
    typed: Any = "text"
    if pa.types.is_boolean(kind):
        typed = "boolean"
    elif _is_number(kind):
        typed = "number"
    elif is_time(kind):
        typed = "date"
    if isinstance(values, np.ndarray):
        plain = (PLAIN.decimal, PLAIN.thousands)
        return PreparedColumn(kind="number", typed=typed, marks=list(marks or plain))
    return PreparedColumn(kind="category", typed=typed, levels=values.dictionary.to_pylist())


def _date(name: str, times: pa.ChunkedArray, way: str, present: Collection[str]) -> PreparedColumn:
    """Return what is learned of a column of dates; the features' names are none of the table's."""
    parts = {}
    for part in date_features(times):
        free = f"{name}_{part}"
        while free in present:
            free += "_"
        parts[part] = free
    return PreparedColumn(kind="date", typed="text" if way else "date", written=way, parts=parts)


def _features(
    name: str, column: pa.ChunkedArray, learned: PreparedColumn, decimal: str, differences: Differences
) -> dict[str, Any]:
    """Return the features of a column, and count what differs from the training rows."""
    if learned.kind == "date":
        times = _times(column, learned)
        differences.missing[name] = times.null_count
        parts = date_features(times, learned.parts)
        return {learned.parts[part]: values for part, values in parts.items()}
    if learned.kind == "number":
        values = _numbers(column, learned, decimal)
        differences.missing[name] = int(np.isnan(values).sum())
        return {name: values}
    codes, missing, unseen = _codes(column, learned)
    differences.missing[name] = missing
    if unseen:
        differences.unseen[name] = unseen
    return {name: pa.DictionaryArray.from_arrays(codes, pa.array(learned.levels, pa.large_string()))}


def _numbers(column: pa.ChunkedArray, learned: PreparedColumn, decimal: str) -> npt.NDArray[np.float64]:
    kind = _kind(column)
    values: npt.NDArray[np.float64]
    if _is_number(kind) or pa.types.is_null(kind):
        values = column.cast(kind).cast(pa.float64(), safe=False).to_numpy()
    else:
        rule = "numbers"
        check_that(_is_text(kind), rule, f"values of type {kind}", "")
        texts = Texts(column.cast(pa.string()))
        ways = [Marks(*learned.marks), *(marks for marks in ALL_MARKS if marks.decimal == decimal)]
        numbers, other = texts.each_number(ways)
        check_that(other is None, rule, f"{shown(other and other[0])} in row {other and other[1]}", "")
        values = numbers.to_numpy(zero_copy_only=False)
    infinite = np.isinf(values)
    check_that(not infinite.any(), "finite numbers", f"infinite in row {int(infinite.argmax()) + 1}", "")
    return values


def _codes(column: pa.ChunkedArray, learned: PreparedColumn) -> tuple[pa.Array, int, dict[str, int]]:
    """Return the place of each row's level, the rows without a value, and levels never seen."""
    kind = _kind(column)
    rule = "categories"
    flat = not (pa.types.is_nested(kind) or pa.types.is_binary(kind) or pa.types.is_duration(kind))
    check_that(flat, rule, f"values of type {kind}", "")
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

    known = texts.dictionary.to_pylist()
    places = pa.array([place(text) for text in known], pa.int32())
    codes = places.take(texts.indices)
    counts = np.bincount(texts.indices.drop_null().to_numpy(), minlength=len(known))
    unseen = {
        text: int(count)
        for text, at, count in zip(known, places.to_pylist(), counts, strict=True)
        if at is None
    }
    return codes, texts.null_count, unseen


def _times(column: pa.ChunkedArray, learned: PreparedColumn) -> pa.ChunkedArray:
    kind = _kind(column)
    column = column.cast(kind)
    if is_time(kind):
        return column.cast(pa.timestamp("us"), safe=False)
    if pa.types.is_null(kind):
        return column.cast(pa.timestamp("us"))
    rule = f"dates written {learned.written}" if learned.written else "dates"
    check_that(_is_text(kind), rule, f"values of type {kind}", "")
    texts = pc.utf8_trim_whitespace(column.cast(pa.string()))
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    plain = pc.replace_substring(texts, "T", " ")
    ways = [learned.written] if learned.written else ["%Y-%m-%d", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M"]
    parsed = [pc.strptime(plain, format=way, unit="us", error_is_null=True) for way in ways]
    times = pc.coalesce(*parsed)
    wrong = pc.and_(pc.is_null(times), pc.is_valid(texts))
    if pc.any(wrong).as_py():
        row = pc.index(wrong, True).as_py()
        raise InvalidValueError(rule, f"{shown(texts[row].as_py())} in row {row + 1}", "")
    return times
