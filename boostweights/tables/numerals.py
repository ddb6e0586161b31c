"""Numbers that are written as text: decimal and thousands marks, and what stands for a missing one."""

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from boostweights.errors import InvalidValueError

MISSING = frozenset(
    {
        *("", "?", "-", "--", "–", "—", ".", "..", "...", "*", "\\n"),
        *("na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nd", "n.d.", "k.a.", "k. a."),
        *("null", "(null)", "nil", "none", "missing", "(missing)", "unknown"),
        *("#null!", "#div/0!", "#value!", "#ref!", "#num!", "#name?"),
    }
)
"""What stands for a missing number, in small letters."""

_SPACES = "[\u00a0\u2007\u2009\u202f]"
_MARKED = r"\d[., ']\d|^[+-]?,\d"
"""A number that is not plain digits."""
PLAIN_NUMBER = r"(?i)^[+-]?((\d+\.?\d*|\.\d+)(e[+-]?\d+)?|inf(inity)?)$"
_HOLDS = "text that holds numbers"
_RARELY = 0.1
_CODE = r"^[+-]?0\d"
"""Leading zeros: no number is written so, but codes are."""


class Marks(NamedTuple):
    """The decimal mark of numbers, and the mark between their thousands, "" for none.

    Examples
    --------
    >>> Marks(",", ".").number("1.234,5")
    1234.5
    """

    decimal: str
    thousands: str

    @property
    def pattern(self) -> str:
        """What a number looks like that is written so."""
        d, t = re.escape(self.decimal), re.escape(self.thousands)
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{t}\d{{3}})+)" if t else r"\d+"
        return rf"^[+-]?(?:{whole}(?:{d}\d*)?|{d}\d+)(?:[eE][+-]?\d+)?$"

    def number(self, text: str) -> float:
        """Return the number that a text is."""
        return float(text.replace(self.thousands, "").replace(self.decimal, "."))


ALL_MARKS = (
    *(Marks(".", ""), Marks(".", ","), Marks(".", "'"), Marks(".", " ")),
    *(Marks(",", ""), Marks(",", "."), Marks(",", "'"), Marks(",", " ")),
)
PLAIN = ALL_MARKS[0]


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is that of text."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


class Texts:
    """The different texts of a column, spaces and apostrophes made plain, missing marks apart.

    Parameters
    ----------
    column : pyarrow.Array or ChunkedArray of text, of length n
        The column.
    letter : str, optional
        A letter that stands for a missing number. By default the one text without a digit, where that is one
        letter in fewer than one row in ten.
    """

    def __init__(self, column: Any, letter: str | None = None) -> None:
        whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
        self._encoded = whole.dictionary_encode()
        plain = pc.replace_substring_regex(self._encoded.dictionary.cast(pa.string()), _SPACES, " ")
        self.values = pc.utf8_trim_whitespace(pc.replace_substring(plain, "’", "'"))
        lowered = pc.utf8_lower(self.values)
        self._missing = pc.is_in(lowered, value_set=pa.array([*sorted(MISSING), None]))
        self.letter = self._lone_letter() if letter is None else letter
        if self.letter:
            self._missing = pc.or_(self._missing, pc.equal(self.values, self.letter))
        self.present = self.values.filter(pc.invert(self._missing))

    def _lone_letter(self) -> str:
        words = pc.invert(pc.or_(self._missing, pc.match_substring_regex(self.values, r"\d")))
        match self.values.filter(words).unique().to_pylist():
            case [str(text)] if len(text) == 1 and text.isalpha():
                share = pc.mean(words.take(self._encoded.indices)).as_py()
                return text if share < _RARELY else ""
        return ""

    def all_match(self, pattern: str) -> bool:
        """Whether there are values, and all that are not missing match."""
        return len(self.present) > 0 and bool(pc.all(pc.match_substring_regex(self.present, pattern)).as_py())

    def first(self, pattern: str) -> tuple[str, int] | None:
        """Return the first value that matches, and its row counted from 1."""
        return self._first(pc.match_substring_regex(self.values, pattern))

    def _first(self, holds: pa.Array) -> tuple[str, int] | None:
        row = pc.index(pc.and_not(holds, self._missing).take(self._encoded.indices), True).as_py()
        return None if row < 0 else (self.values[self._encoded.indices[row].as_py()].as_py(), row + 1)

    def numbers(self, *ways: Marks) -> tuple[pa.Array, tuple[str, int] | None]:
        """Return each value as a number, by the first of the ways that it is written in.

        What is written in none of them comes last, with its row; all others are null.
        """
        numbers = pa.nulls(len(self.values), pa.float64())
        for marks in ways:
            fits = pc.match_substring_regex(self.values, PLAIN_NUMBER if marks == PLAIN else marks.pattern)
            plain = pc.if_else(pc.and_not(fits, self._missing), self.values, None)
            if marks.thousands:
                plain = pc.replace_substring(plain, marks.thousands, "")
            plain = pc.replace_substring_regex(pc.replace_substring(plain, marks.decimal, "."), r"^\+", "")
            numbers = pc.coalesce(numbers, plain.cast(pa.float64()))
        return numbers.take(self._encoded.indices), self._first(pc.is_null(numbers))

    def ways(self) -> list[Marks]:
        """Return in which ways the column can be read; the plainest first."""
        return [marks for marks in ALL_MARKS if self.all_match(marks.pattern)]

    def missing_marks(self) -> str:
        """Return in words what stands for a missing number, and in how many rows; empty texts are no mark."""
        marks = self._missing.take(self._encoded.indices)
        counts = self.values.take(self._encoded.indices).filter(marks).value_counts().to_pylist()
        pairs = sorted((row["values"], row["counts"]) for row in counts if row["values"])
        listed = ", ".join(f"{mark!r} in {count} row{'s' * (count > 1)}" for mark, count in pairs)
        return listed and f"; taken as missing: {listed}"


def plain_numbers(column: Any) -> tuple[pa.Array | None, str, tuple[str, int] | None]:
    """Return a column of text as numbers with decimal points, and a note; None where it is something else.

    Texts with leading zeros are codes, and no numbers. Of numbers with other marks than a decimal point the
    first value comes last, with its row.

    Examples
    --------
    >>> numbers, note, _ = plain_numbers(pa.array(["1", "2.5", "?"]))
    >>> numbers.to_pylist(), note
    ([1.0, 2.5, None], "text that holds numbers; taken as missing: '?' in 1 row")
    >>> plain_numbers(pa.array(["1,5", "7"]))
    (None, '', ('1,5', 1))
    """
    texts = Texts(column)
    if not texts.all_match(PLAIN_NUMBER):
        return None, "", texts.first(_MARKED) if texts.ways() else None
    if texts.first(_CODE):
        return None, "text of digits with leading zeros, taken as categories", None
    return texts.numbers(PLAIN)[0], f"{_HOLDS}{texts.missing_marks()}", None


def with_numbers(
    texts: Mapping[str, Any], decimal: str | None, *, commas: bool
) -> tuple[dict[str, pa.Array], dict[str, tuple[str, ...]], dict[str, str]]:
    """Read columns of text as numbers where they have decimal or thousands marks, both told together.

    All columns of a file have one decimal mark: the one that all of them can be read with.

    Parameters
    ----------
    texts : mapping of str to pyarrow array
        Name → text.
    decimal : {".", ","} or None
        As the file's user says.
    commas : bool
        Whether commas are as likely decimal marks as points are: in a file where semicolons separate fields.

    Returns
    -------
    numbers : dict of str to pyarrow.Array
        Those that are numbers. What is plain digits with decimal points is left as it is.
    marks : dict of str to (str, str, str)
        Column → the decimal mark of its numbers, the mark between thousands, and the letter of missing ones.
    notes : dict of str to str
        Column → how it was read.

    Raises
    ------
    InvalidValueError
        If a column can be read in two ways, and nothing says in which; ``--decimal`` does.

    Examples
    --------
    >>> texts = {"a": pa.array(["1.234,5", "7"]), "b": pa.array(["1.000", "2.500"])}
    >>> numbers, marks, _ = with_numbers(texts, None, commas=False)
    >>> numbers["a"].to_pylist(), numbers["b"].to_pylist(), marks["b"]
    ([1234.5, 7.0], [1000, 2500], (',', '.', ''))
    """
    columns = {name: Texts(values) for name, values in texts.items()}
    marked = {name: column for name, column in columns.items() if column.first(_MARKED)}
    ways = {name: possible for name, column in marked.items() if (possible := column.ways())}
    mark = decimal or _decimal(marked, ways, commas=commas)
    numbers: dict[str, pa.Array] = {}
    notes: dict[str, str] = {}
    used: dict[str, tuple[str, ...]] = {}
    for name, possible in ways.items():
        marks = next((marks for marks in possible if marks.decimal == mark), PLAIN)
        if marks == PLAIN:
            continue
        values, _ = marked[name].numbers(marks)
        is_whole = pc.all(pc.equal(values, pc.floor(values))).as_py()
        is_small = pc.all(pc.less(pc.abs(values), 2.0**53)).as_py()
        # whole numbers become integers, as in a file that Arrow reads
        numbers[name] = values.cast(pa.int64()) if is_whole and is_small else values
        if missing := marked[name].missing_marks():
            notes[name] = f"{_HOLDS}{missing}"
        used[name] = (*marks, marked[name].letter)
    return numbers, used, notes


def _decimal(columns: Mapping[str, Texts], ways: Mapping[str, list[Marks]], *, commas: bool) -> str:
    """Return the decimal mark that all columns can be read with."""
    possible = [{marks.decimal for marks in column_ways} for column_ways in ways.values()]
    shared = set.intersection(*possible) if possible else {"."}
    if len(shared) == 1:
        return shared.pop()
    for name, column_ways in ways.items():
        first = columns[name].first(r"\d[.,]\d" if commas else r"\d,\d")
        if first is None or len({marks.number(first[0]) for marks in column_ways}) == 1:
            continue
        value, row = first
        by_mark = {marks.decimal: f"{marks.number(value):.15g}" for marks in reversed(column_ways)}
        raise InvalidValueError(
            "a number must be read in one way",
            f"{value!r} in column {name!r}, row {row}: {by_mark['.']} or {by_mark[',']}",
            f"Add --decimal . for {by_mark['.']}, or --decimal , for {by_mark[',']}.",
        )
    return "."  # nothing depends on it, or some columns have one mark, some the other
