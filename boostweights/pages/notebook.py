"""What results look like in a notebook: one look for all, escaped, in the notebook's own colours and fonts.

A result hands over names and values; nothing here loads anything, and a name from data is text, never markup.
"""

from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from boostweights.tables.text import is_number, written

_DIGITS = 4
_STYLE = """\
.boostweights{max-width:70em;overflow-x:auto}
.boostweights table{border-collapse:collapse;margin:.4em 0}
.boostweights.boostweights :is(th,td){padding:.2em .8em .2em 0;text-align:left;vertical-align:top}
.boostweights.boostweights :is(th,td){white-space:pre-line}
.boostweights.boostweights td.figure{white-space:pre}
.boostweights.boostweights .figure{text-align:right;font-variant-numeric:tabular-nums}
.boostweights pre{border-left:3px solid;padding:.2em .8em;overflow-x:auto}
.boostweights summary{cursor:pointer}"""
"""Of places and sizes alone: colours and fonts are the notebook's, light or dark. A class that is named twice
wins against Jupyter's own rules for cells."""


def view(title: str, *parts: str) -> str:
    """Return a result's view: its title, and what `facts`, `table`, `code` and `folded` made.

    Examples
    --------
    >>> "<strong>a &lt; b</strong>" in view("a < b", table({"weight": [2 / 3]}))
    True
    """
    inside = "".join(parts)
    return f'<div class="boostweights"><style>{_STYLE}</style><strong>{escape(title)}</strong>{inside}</div>'


def facts(named: Iterable[tuple[str, str]]) -> str:
    """Return names and what is said under them, without those that are empty."""
    rows = (
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(text)}</td></tr>' for name, text in named if text
    )
    return f"<table>{''.join(rows)}</table>"


def table(columns: Mapping[str, Sequence[Any]]) -> str:
    """Return columns of equal length as a table; floats to four digits, figures to the right.

    Examples
    --------
    >>> '<td class="figure">0.6667</td>' in table({"weight": [2 / 3]})
    True
    """
    made = [_column(name, [written(each, _DIGITS) for each in values]) for name, values in columns.items()]
    head, *rows = ("".join(cells) for cells in zip(*made, strict=True))
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def code(text: str) -> str:
    """Return code to copy."""
    return f"<pre><code>{escape(text)}</code></pre>"


def folded(summary: str, *parts: str) -> str:
    """Return parts that open with a click, below what they are."""
    return f"<details><summary>{escape(summary)}</summary>{''.join(parts)}</details>"


def _column(name: str, cells: Sequence[str]) -> list[str]:
    kind = ' class="figure"' if is_number(cells) else ""
    heading = escape(name.replace("_", " "))  # which may be folded there
    return [f"<th{kind}>{heading}</th>", *(f"<td{kind}>{escape(cell)}</td>" for cell in cells)]
