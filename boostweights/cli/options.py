"""Options that several commands share: alone, or in a record that a command takes as one parameter."""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from boostweights.audits.findings import Findings
from boostweights.errors import Problems, check_that
from boostweights.tables.reading import Reading

if TYPE_CHECKING:
    from boostweights.tables.roles import Roles

_COMMA = re.compile(r",(?![^(]*\))")
"""Outside of brackets."""
POLICIES = ("balanced", "sqrt_balanced", "unweighted", "costs", "weights")


FailOn = Literal["info", "warning", "error", "never"]
"""The severity at or above which findings make a command fail."""


def fails(findings: Findings, fail_on: FailOn) -> bool:
    """Whether a finding has this severity or a higher one."""
    return fail_on != "never" and bool(findings.at_least(fail_on))


def completed(names: Callable[[], Collection[str]]) -> Callable[[str], Iterator[str]]:
    """Return a shell completion among names, which are looked up only when the shell asks."""

    def matching(incomplete: str) -> Iterator[str]:
        return (name for name in names() if name.startswith(incomplete))

    return matching


def library_names() -> Collection[str]:
    """Return the libraries, which are found only when the shell asks."""
    from boostweights.adapters.registry import library_names

    return library_names()


def names(options: list[str] | None) -> tuple[str, ...]:
    """Return names from options that may be repeated and may contain several, split at commas.

    Examples
    --------
    >>> names(["a,b", "mine:P(x=1, y=2)"])
    ('a', 'b', 'mine:P(x=1, y=2)')
    """
    parts = (part.strip() for option in options or () for part in _COMMA.split(option))
    return tuple(filter(None, parts))


def number_or_name(text: str) -> float | str:
    """Return a number, or the text where it is none."""
    try:
        return float(text)
    except ValueError:
        return text


Several = list[str] | None
_cost: Any = partial(typer.Option, metavar="COST", parser=number_or_name)
_file: Any = partial(typer.Option, rich_help_panel="The file")
COLUMN: Any = partial(typer.Option, metavar="COL", rich_help_panel="Columns")
_run: Any = partial(typer.Option, rich_help_panel="The run")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")]
Data = Annotated[
    Path,
    typer.Argument(
        help="A CSV or TSV (.gz), Excel or Parquet file, a folder of Parquet, or a DuckDB database."
    ),
]
FailOnOption = Annotated[
    FailOn, typer.Option("--fail-on", help="Exit with 1 for findings at this severity or above.")
]
LIBRARY: Any = partial(typer.Option, metavar="NAME", autocompletion=completed(library_names))
Out = Annotated[Path, _run(help="Where the runs are.", file_okay=False)]
Seed = Annotated[int, typer.Option(min=0, help="Seed of folds and models.")]
Trees = Annotated[int, typer.Option(min=1, help="Trees of a model.")]
Weights = Annotated[
    Several,
    typer.Option(metavar="LABEL=W", help="The weight of a class; others weigh 1.  (repeatable)"),
]


@dataclass(frozen=True, slots=True, kw_only=True)
class FileOptions(Reading):
    """How a file is to be read."""

    sql: Annotated[str | None, _file(help="A DuckDB query for the rows; a file's table is called data.")] = (
        None
    )
    sep: Annotated[
        str | None, _file(metavar="MARK", help="What separates the fields of a CSV file.  (default: found)")
    ] = None
    decimal: Annotated[
        str | None, _file(metavar="MARK", help="The decimal mark, . or ,  (default: found)")
    ] = None
    encoding: Annotated[
        str | None,
        _file(
            metavar="NAME",
            help="Encoding of a CSV file.  (default: by its byte order mark, UTF-8, or cp1252)",
        ),
    ] = None
    sheet: Annotated[
        str | None,
        _file(metavar="NAME", help="Sheet of a workbook.  (needed where several are not empty)"),
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ColumnOptions:
    """Which columns of a table are not plain features."""

    target: Annotated[str | None, COLUMN(help="The column of labels.")] = None
    positive: Annotated[
        str | None, COLUMN(metavar="LABEL", help="The label to be found.  (default: 1, true, or the rarer)")
    ] = None
    group: Annotated[str | None, COLUMN(help="Keep rows equal in it in one fold.")] = None
    time: Annotated[str | None, COLUMN(help="Learn from the past, test on the future.")] = None
    drop: Annotated[Several, COLUMN(metavar="COL,…", help="Leave out.  (repeatable)")] = None
    key: Annotated[
        Several, COLUMN(metavar="COL,…", help="It names rows: left out, and copied by predict.  (repeatable)")
    ] = None
    categorical: Annotated[
        Several, COLUMN(metavar="COL,…", help="Categories, whatever their type.  (repeatable)")
    ] = None
    dates: Annotated[
        bool, COLUMN("--dates", help="Make features of dates: days, month, weekday, hour.  (default)")
    ] = False
    drop_dates: Annotated[bool, COLUMN("--drop-dates", help="Leave out columns of dates.")] = False
    many_classes: Annotated[
        bool,
        COLUMN("--many-classes", help="Confirm more than 20 classes, or 10 that are whole numbers."),
    ] = False
    drop_missing_target: Annotated[
        bool, COLUMN("--drop-missing-target", help="Leave out rows without a label.  (default)")
    ] = False
    strict: Annotated[
        bool,
        COLUMN("--strict", help="Guess nothing: refuse what no option says."),
    ] = False

    def roles(self, problems: Problems) -> "Roles":
        """Return the roles; that dates are to be features and to be left out is one of the problems."""
        from boostweights.tables.roles import Roles

        both, seen = self.dates and self.drop_dates, "--dates --drop-dates"
        with problems:
            check_that(not both, "dates are features or left out", seen, "Choose one.")
        options = {role: getattr(self, role) for role in Roles.__slots__ if hasattr(self, role)}
        lists = {role: tuple(options[role] or ()) for role in ("drop", "key", "categorical")}
        dates = "drop" if self.drop_dates else "refuse" if self.strict and not self.dates else "features"
        return Roles(**{**options, **lists, "dates": dates, "target": self.target or ""})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleOptions(ColumnOptions):
    """Those of a command that cannot do without labels."""

    target: Annotated[str, COLUMN(help="The column of labels.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class CostOptions:
    """What errors cost."""

    fn: Annotated[Any, _cost(help="What a missed positive costs; for compare, it may name a column.")] = None
    fp: Annotated[Any, _cost(help="What a false alarm costs, as --fn.  (default: 1)")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyOptions(CostOptions):
    """The options that describe a policy."""

    policy: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            autocompletion=completed(lambda: POLICIES),
            help=f"One of {', '.join(POLICIES)}, or as it prints: Balanced(power=0.5).  "
            "(default: costs with --fn, weights with --weight, or balanced)",
        ),
    ] = None
    weight: Weights = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How a run is named and trained."""

    out: Out = Path("runs")
    name: Annotated[
        str | None,
        _run(help="Name of the run.  (default: the suite's, or made of file, data and options)"),
    ] = None
    jobs: Annotated[int, _run(min=1, help="Models trained at the same time.")] = 2
    dask: Annotated[str | None, _run(help="Address of a Dask scheduler that trains instead.")] = None
    retry_failed: Annotated[bool, _run("--retry-failed", help="Train failed models again.")] = False
