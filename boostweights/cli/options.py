"""Options that several commands share."""

import inspect
import re
from collections.abc import Callable, Iterator
from enum import StrEnum
from functools import partial, wraps
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from boostweights.audits.findings import SEVERITIES, Findings
from boostweights.cli.usage import with_parameters
from boostweights.errors import check_that
from boostweights.tables.reading import Dates, Reading

_COMMA: Final = re.compile(r",(?![^(]*\))")
"""Outside of brackets."""


class FailOn(StrEnum):
    """The severity at or above which findings make a command fail."""

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


def names(options: list[str] | None) -> tuple[str, ...]:
    """Return names from options that may be repeated and may hold several, split by commas.

    Examples
    --------
    >>> names(["a,b", "mine:P(x=1, y=2)"])
    ('a', 'b', 'mine:P(x=1, y=2)')
    """
    parts = (part.strip() for option in options or () for part in _COMMA.split(option))
    return tuple(filter(None, parts))


Data = Annotated[
    Path,
    typer.Argument(
        help="A CSV or TSV (.gz), Excel or Parquet file, a folder of Parquet, or a DuckDB database."
    ),
]
_column: Final[Any] = partial(typer.Option, rich_help_panel="Columns")
Target = Annotated[str, _column(metavar="COL", help="The column of labels.")]
Positive = Annotated[
    str | None,
    _column(metavar="LABEL", help="The label to be found.  (needed unless 0/1, -1/1, or true/false)"),
]
Drop = Annotated[list[str] | None, _column(metavar="COL,…", help="Leave out.  (repeatable)")]
Categorical = Annotated[
    list[str] | None, _column(metavar="COL,…", help="Categories, whatever their type.  (repeatable)")
]
CostOfFn = Annotated[float | None, typer.Option(help="What a missed positive costs.")]
CostOfFp = Annotated[float | None, typer.Option(help="What a false alarm costs.  (default: 1)")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="Exit with 1 for findings at this severity or above.")
]
DropMissingTarget = Annotated[bool, _column("--drop-missing-target", help="Leave out rows without a label.")]
DatesAsFeatures = Annotated[
    bool, _column("--dates", help="Make features of dates: days, month, weekday, hour.")
]
DropDates = Annotated[bool, _column("--drop-dates", help="Leave out columns of dates.")]


def dates_asked(*, features: bool, drop: bool) -> Dates:
    """Return what becomes of dates, or raise where two things are asked for.

    Raises
    ------
    InvalidValueError
        Where they are.
    """
    check_that(
        not (features and drop), "dates are features or left out", "--dates --drop-dates", "Choose one."
    )
    if features:
        return "features"
    return "drop" if drop else "refuse"


_file: Final[Any] = partial(typer.Option, rich_help_panel="The file")
_READING: Final[dict[str, Any]] = {
    "sql": _file(help="A DuckDB query for the rows; a file's table is called data."),
    "sep": _file(metavar="MARK", help="What separates the fields of a CSV file.  (default: found)"),
    "decimal": _file(metavar="MARK", help="The decimal mark, . or ,  (default: found)"),
    "encoding": _file(
        metavar="NAME", help="Encoding of a CSV file.  (default: by its byte order mark, UTF-8, or cp1252)"
    ),
    "sheet": _file(metavar="NAME", help="Sheet of a workbook.  (needed where several are not empty)"),
}


def reads_a_file(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the options of a `Reading`, which it takes as ``reading``."""
    signature = inspect.signature(command, eval_str=True)
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[str | None, option]
        )
        for name, option in _READING.items()
    ]
    parameters: list[inspect.Parameter] = []
    for parameter in signature.parameters.values():
        parameters += options if parameter.name == "reading" else [parameter]

    @wraps(command)
    def with_reading(*arguments: Any, **named: Any) -> None:
        reading = Reading(**{name: named.pop(name) for name in _READING})
        command(*arguments, **named, reading=reading)

    with_parameters(with_reading, signature, parameters)
    return with_reading
