"""The commands: they parse, call and print; the work is done elsewhere."""

from collections.abc import Callable
from typing import Annotated

import typer

import boostweights
from boostweights.cli import options
from boostweights.cli.advise import advise
from boostweights.cli.audit import audit
from boostweights.cli.bench import bench
from boostweights.cli.card import card
from boostweights.cli.compare import compare
from boostweights.cli.predict import predict
from boostweights.cli.promise import promise
from boostweights.cli.report import report
from boostweights.cli.session import echo, say
from boostweights.cli.usage import EXIT_CODES, HELP_OPTIONS, OneLineGroup, command
from boostweights.cli.verify import check_export, verify
from boostweights.tables.results import as_rows

app = typer.Typer(
    name="boostweights",
    cls=OneLineGroup,
    epilog=EXIT_CODES,
    context_settings=HELP_OPTIONS,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

_WEIGHTS = "Weights"
_MEASURE = "Measure"


def _version(wanted: bool) -> None:
    if wanted:
        echo(f"boostweights {boostweights.__version__}")
        raise typer.Exit


@app.callback()
def _all(
    *,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and exit.")
    ] = False,
) -> None:
    """One class-weighting policy for every gradient boosting library."""


@command(app, rich_help_panel=_WEIGHTS)
def forms(
    library: Annotated[
        str | None,
        typer.Argument(
            autocompletion=options.completed(options.library_names), help="A library's name.  (default: all)"
        ),
    ] = None,
    *,
    as_json: options.AsJson = False,
) -> None:
    """List the native forms that class weights can take, and what each guarantees.

    Examples
    --------
    boostweights forms
    boostweights forms lightgbm
    boostweights forms xgboost --json
    """
    from boostweights.adapters.expressing import forms as table_of

    table = table_of(library)
    say(as_rows(table.columns()), table, as_json=as_json)


_ABOUT_WEIGHTS: tuple[Callable[..., None], ...] = (advise, audit, verify, promise, check_export)
_ABOUT_RUNS: tuple[Callable[..., None], ...] = (compare, predict, bench, report)
for function in _ABOUT_WEIGHTS:
    command(app, rich_help_panel=_WEIGHTS)(function)
app.add_typer(card, rich_help_panel=_WEIGHTS)
for function in _ABOUT_RUNS:
    command(app, rich_help_panel=_MEASURE)(function)
