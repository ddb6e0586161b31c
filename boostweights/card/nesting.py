"""What a TOML reader must not be given: text whose nesting takes it minutes, or its stack."""

from __future__ import annotations

import re
from typing import Final

_MOST: Final = 32
_STRINGS: Final = re.compile(
    r'"""(?:[^"\\]|\\.|"{1,2}(?!"))*+(?:"{3,5}|\Z)'
    r"|'''(?:[^']|'{1,2}(?!'))*+(?:'{3,5}|\Z)"
    r'|"(?:[^"\\\n]|\\.)*+"?'
    r"|'[^'\n]*+'?"
    r"|\#[^\n]*+",
    re.DOTALL,
)
"""Strings and comments of TOML 1.0, also where they do not end: what they hold nests nothing."""
_BETWEEN: Final = re.compile(r"[=,{}\[\]\n]")


def too_deep(text: str) -> int | None:
    """Return the line in which keys or values nest deeper than 32 levels, from 1, or None.

    A card's nest 3 deep. Python's own reader takes time that grows with the square of a dotted key's parts,
    and recurses into brackets.

    Examples
    --------
    >>> too_deep('a = [[1], {b.c = "[[[["}]  # ....')
    >>> too_deep("a = 1\\n" + "b." * 40 + "c = 1")
    2
    """
    bare = _STRINGS.sub(lambda found: "Q" + "\n" * found[0].count("\n"), text)
    line, start, depth = 1, 0, 0
    for found in _BETWEEN.finditer(bare):
        if bare.count(".", start, found.start()) > _MOST:
            return line
        start = found.end()
        if found[0] == "\n":
            line += 1
        elif found[0] in "[{":
            depth += 1
        elif found[0] in "]}":
            depth = max(0, depth - 1)
        if depth > _MOST:
            return line
    return line if bare.count(".", start) > _MOST else None
