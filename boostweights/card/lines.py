"""Where in a card's text a key stands, for errors."""

from __future__ import annotations

import re
from typing import Final

__all__ = ["STEP", "line_of", "place"]

_TABLE: Final = re.compile(r"^\s*\[\s*([\w.-]+)\s*\]")
STEP: Final = re.compile(r"\.?([^.\[\]]+)|\[(\d+|\.\.\.)\]")


def place(source: str, line: int | None) -> str:
    """Return where an error is, to be put behind a rule."""
    return source if line is None else f"{source}, line {line}"


def line_of(text: str, path: str) -> int | None:
    """Return the line, from 1, at which a path stands; of its table where the key itself does not.

    Parameters
    ----------
    text : str
        A card.
    path : str
        As msgspec says it: ``"data.classes[1].weight"``.

    Examples
    --------
    >>> line_of("[data]\\nclasses = [\\n{ label = 0 },\\n{ label = 1 },\\n]", "data.classes[1].label")
    4
    """
    steps = [(key, index) for key, index in STEP.findall(path)]
    keys = [key for key, _ in steps if key]
    rows = text.splitlines()
    tables = {".".join(keys[:depth]): depth for depth in range(len(keys) + 1)}
    best: tuple[int, int | None] = (-1, None)
    table = ""
    for number, row in enumerate(rows, start=1):
        header = _TABLE.match(row)
        if header is not None:
            table = header[1]
            if table in tables:
                best = max(best, (2 * tables[table], number), key=lambda each: each[0])
        elif table in tables and tables[table] < len(keys) and _names(row, keys[tables[table]]):
            found = _entry(rows, number, steps, tables[table])
            best = max(best, (2 * tables[table] + 1, found), key=lambda each: each[0])
    return best[1]


def _names(row: str, key: str) -> bool:
    """Whether a row gives a key its value, itself or the first part of it."""
    return re.match(rf"""\s*(["']?){re.escape(key)}\1\s*[=.]""", row) is not None


def _entry(rows: list[str], first: int, steps: list[tuple[str, str]], depth: int) -> int:
    """Return the line of an entry of the list that begins at a line; entries are a line each."""
    seen = [position for position, (key, _) in enumerate(steps) if key]
    after = seen[depth] + 1
    if after >= len(steps) or not steps[after][1].isdigit():
        return first
    wanted = int(steps[after][1])
    numbered = enumerate(rows[first - 1 :], start=first)
    entries = [number for number, row in numbered if _opens(row, is_first=number == first)]
    return entries[wanted] if wanted < len(entries) else first


def _opens(row: str, *, is_first: bool) -> bool:
    body = row.partition("=")[2].strip().lstrip("[") if is_first else row
    return body.strip()[:1] in ("{", "[") or bool(re.match(r"\s*[^\s\]#]", body) and not is_first)
