"""Results as plain text that fits the terminal: tables whose figures stay whole, facts and prose in lines."""

from __future__ import annotations

import re
import shutil
import textwrap
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, zip_longest
from typing import Any

from boostweights.errors import printable_lines

Columns = Mapping[str, Sequence[Any]] | Iterable[tuple[str, Sequence[Any]]]

_NARROW = 18
"""Letters below which no column of words is folded."""
_PROSE = 100
"""Letters of a line beyond which it is hard to read."""
_NUMBER = re.compile(r"[-+–]?[\d.,]*(e[-+]?\d+)?[%x]?|nan|-?inf|None")
_PIECES = re.compile(r"[^\s_,;=(/]*[_,;=(/]*\s*")
"""What a name is folded into: behind a comma, a bracket, an underscore; a number is one piece."""


def line_width() -> int:
    """Return the columns of the terminal: of ``COLUMNS``, of standard output, or 80."""
    return max(40, shutil.get_terminal_size((80, 24)).columns)


def written(value: object, digits: int = 6) -> str:
    """Return a value as a table has it: floats to so many digits.

    Examples
    --------
    >>> written(2 / 3), written(1234567.0), written(True)
    ('0.666667', '1234567', 'True')
    """
    if not isinstance(value, float):
        return str(value)
    return f"{value:.0f}" if 10**digits <= abs(value) < 1e15 else f"{value:.{digits}g}"


def is_number(cells: Sequence[str]) -> bool:
    """Whether every line of a column's cells is a figure, a dash or nothing, and not all are nothing.

    Examples
    --------
    >>> is_number(["0.5", "", "+1e-09"]), is_number(["0.5 s"]), is_number([""])
    (True, False, False)
    """
    return any(cells) and all(_NUMBER.fullmatch(line) for cell in cells for line in cell.splitlines())


def as_text(columns: Columns, *, keys: int = 1, width: int | None = None) -> str:
    """Return columns as an aligned table that fits the terminal; floats to six digits.

    Where the lines are too long, words and names are folded within their column, never a figure; where that
    is not enough, the columns stand in several tables, each with the first ones, which tell the rows apart.
    A line break in a name or cell begins a line within it.

    Parameters
    ----------
    columns : mapping of str to sequence, or pairs
        Columns of equal length; pairs where two may have one name.
    keys : int, default=1
        How many of the first columns are repeated.
    width : int, optional
        Of the lines; by default the terminal's.

    Examples
    --------
    >>> print(as_text({"label": ["bad", "good"], "weight": [9.0, 1.0]}))
    label  weight
    bad         9
    good        1
    >>> print(as_text({"policy": ["Balanced(power=0.75)"], "recall": [0.5]}, width=24))
    policy            recall
    Balanced(power=      0.5
    0.75)
    """
    named = columns.items() if isinstance(columns, Mapping) else columns
    made = [_Column.of(name, values) for name, values in named]
    room = line_width() if width is None else width
    rest = made[keys:]
    if not rest or sum(column.natural for column in made) + 2 * (len(made) - 1) <= room:
        return "\n".join(_lines(made, room))
    tables = []
    while rest:
        taken = [*made[:keys], rest.pop(0)]
        while rest and _least([*taken, rest[0]]) <= room:
            taken.append(rest.pop(0))
        tables.append("\n".join(_lines(taken, room, dense=True)))
    return "\n\n".join(tables)


def as_facts(facts: Iterable[tuple[str, str]], *, indent: int = 0) -> list[str]:
    """Return what is said under each name as lines, folded beside the names; without those that are empty.

    Examples
    --------
    >>> as_facts([("rows", "1,100"), ("read as", "utf-8"), ("left out", "")])
    ['rows     1,100', 'read as  utf-8']
    """
    filled = [(name, text) for name, text in facts if text]
    margin = indent + max((len(name) for name, _ in filled), default=0) + 2
    return [
        line
        for name, text in filled
        for line in wrapped(f"{'':{indent}}{name}".ljust(margin), text, indent=margin)
    ]


def wrapped(head: str, text: str, *, indent: int = 6) -> list[str]:
    """Return a text behind its head as lines that fit the terminal; words and names stay whole."""
    whole: dict[str, Any] = {"break_long_words": False, "break_on_hyphens": False}
    width = min(line_width(), _PROSE)
    return textwrap.wrap(text, width, initial_indent=head, subsequent_indent=" " * indent, **whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A column of text: its heading, its cells, the least and the natural number of letters."""

    heading: str
    cells: tuple[str, ...]
    is_number: bool
    least: int
    natural: int

    @classmethod
    def of(cls, name: str, values: Sequence[Any]) -> _Column:
        heading, cells = printable_lines(name), tuple(printable_lines(written(value)) for value in values)
        filled = max(map(_longest, cells), default=0)
        lines = heading.count("\n") + 2  # one more than it has
        pieces = [piece.rstrip() for line in heading.splitlines() for piece in _pieces(line)]
        widths = count(_longest("\n".join(pieces)))
        folds = (width for width in widths if len(_folded(heading, width)) <= lines)
        return cls(
            heading=heading,
            cells=cells,
            is_number=is_number(cells),
            least=max(filled if is_number(cells) else min(filled, _NARROW), next(folds)),
            natural=max(filled, _longest(heading)),
        )


def _gaps(columns: Sequence[_Column], *, dense: bool) -> list[str]:
    """Return what is before each column; numbers are closer where there is little room."""
    return ["", *(" " if dense and column.is_number else "  " for column in columns[1:])]


def _least(columns: Sequence[_Column]) -> int:
    return sum(column.least for column in columns) + len("".join(_gaps(columns, dense=True)))


def _lines(columns: Sequence[_Column], width: int, *, dense: bool = False) -> Iterator[str]:
    """Yield the lines of a table: columns give way, the widest first, until they fit."""
    gaps = _gaps(columns, dense=dense)
    widths = [column.natural for column in columns]
    while sum(widths) + len("".join(gaps)) > width:
        wide = [at for at, column in enumerate(columns) if widths[at] > column.least]
        if not wide:
            break
        widths[max(wide, key=lambda at: (columns[at].is_number, widths[at]))] -= 1

    def row(cells: Iterable[Sequence[str]]) -> Iterator[str]:
        for parts in zip_longest(*cells, fillvalue=""):
            line = ""
            for gap, column, part, room in zip(gaps, columns, parts, widths, strict=True):
                space = " " * (room - _length(part))
                line += gap + (space + part if column.is_number else part + space)
            yield line.rstrip()

    headings = [_folded(column.heading, room)[::-1] for column, room in zip(columns, widths, strict=True)]
    yield from reversed([*row(headings)])
    for cells in zip(*(column.cells for column in columns), strict=True):
        yield from row([_folded(*cell) for cell in zip(cells, widths, strict=True)])


def _folded(cell: str, width: int) -> list[str]:
    """Return a cell's lines; a piece that is too long alone is broken."""
    lines: list[str] = []
    for whole in cell.splitlines() or [""]:
        indent = " " * (len(whole) - len(whole.lstrip()))
        line = indent
        for piece in _pieces(whole):
            if line.strip() and _length(line + piece.rstrip()) > width:
                lines.append(line.rstrip())
                line = indent
            line += piece
            while _length(line.rstrip()) > width:
                cut = width if line.isascii() else max(1, width // 2)
                lines.append(line[:cut])
                line = indent + line[cut:]
        lines.append(line.rstrip())
    return lines


def _pieces(line: str) -> list[str]:
    return [piece for piece in _PIECES.findall(line.strip()) if piece]


def _longest(text: str) -> int:
    return max(map(_length, text.splitlines()), default=0)


def _length(text: str) -> int:
    """Return the columns that a text takes: letters of Asian scripts take two, combining ones none."""
    if text.isascii():
        return len(text)
    alone = (letter for letter in text if not unicodedata.combining(letter))
    return sum(1 + (unicodedata.east_asian_width(letter) in "WF") for letter in alone)
