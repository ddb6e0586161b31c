"""Options that several commands share."""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final

import typer

from boostweights.audits.findings import SEVERITIES, Findings

_COMMA: Final = re.compile(r",(?![^(]*\))")
"""Outside of brackets."""


class FailOn(StrEnum):
    """From which severity on findings make a command fail."""

    info = "info"
    warning = "warning"
    error = "error"
    never = "never"


def fails(findings: Findings, fail_on: FailOn) -> bool:
    """Whether one of the findings is as grave as that."""
    return any(findings.at_least(severity) for severity in SEVERITIES if severity == fail_on)


def libraries(incomplete: str) -> Iterator[str]:
    """Yield the libraries whose names begin so, for the shell's completion."""
    from boostweights.adapters.registry import library_names

    return (name for name in library_names() if name.startswith(incomplete))


def names(given: list[str] | None) -> tuple[str, ...]:
    """Return names from options that may be repeated and may hold several, split by commas.

    Examples
    --------
    >>> names(["a,b", "mine:P(x=1, y=2)"])
    ('a', 'b', 'mine:P(x=1, y=2)')
    """
    found = (name.strip() for each in given or () for name in _COMMA.split(each))
    return tuple(name for name in found if name)


Data = Annotated[
    Path, typer.Argument(help="A CSV, TSV (.gz) or Parquet file, a folder of Parquet, a DuckDB database.")
]
Target = Annotated[str, typer.Option(metavar="COL", help="The column of labels.")]
Positive = Annotated[
    str | None,
    typer.Option(
        metavar="LABEL", help="The label to be found.  (needed for costs unless 0/1, -1/1, or true/false)"
    ),
]
Sql = Annotated[str | None, typer.Option(help="A DuckDB query for the rows; a file's table is called data.")]
Separator = Annotated[str | None, typer.Option(help="What separates the fields of a CSV file.")]
CostOfFn = Annotated[float | None, typer.Option(help="What a missed positive costs.")]
CostOfFp = Annotated[float | None, typer.Option(help="What a false alarm costs.  (default: 1)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="Exit with 1 from which severity of findings on.")
]
