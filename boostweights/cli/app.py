"""The commands. They parse, call and print; what they do is done elsewhere.

Exit codes: 0 all went well; 1 some models failed, and the report lists them; 2 the request cannot be met, and
one line says why; 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from boostweights.cli.compare import compare
from boostweights.cli.report import diff, report
from boostweights.cli.session import (
    STORE,
    Debug,
    Out,
    errors_in_one_line,
    run_name,
    show,
    train,
)

if TYPE_CHECKING:
    from boostweights.benchmark.suite import Suite

__all__ = ["app"]

app = typer.Typer(
    name="boostweights",
    help="One class-weighting policy for every gradient boosting library.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(compare)
app.command()(report)
app.command()(diff)


@app.callback()
def _root() -> None:
    """Keep commands by name even while there is only one."""


@app.command()
def bench(
    *,
    suite: Annotated[str, typer.Option(help="A suite's name, or the path of a .toml file.")] = "tiny",
    out: Out = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run.  (default: the suite's)")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Models trained at the same time.")] = 2,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler that trains instead.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed than the suite's.")] = None,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Train failed models again.")] = False,
    debug: Debug = False,
) -> None:
    """Compare policies and libraries on a suite of data sets.

    Interrupted or killed, it goes on where it was when called again. Results and report go to OUT/NAME.
    """
    progress = Console(stderr=True)
    with errors_in_one_line(progress, debug=debug):
        from boostweights.benchmark import report as reports
        from boostweights.benchmark.plan import make_plan
        from boostweights.benchmark.store import Store
        from boostweights.benchmark.suite import load_suite

        chosen = load_suite(suite)
        if seed is not None:
            chosen = dataclasses.replace(chosen, seed=seed)
        directory = out / run_name(name or chosen.name)
        plan = make_plan(chosen, _data(chosen, progress))
        with Store(directory / STORE) as store:
            if retry_failed:
                store.forget_failures()
            train(plan, store, progress, jobs=jobs, dask=dask)
            summary = reports.write(store, directory)
        show(summary, directory)
    raise typer.Exit(1 if summary.failed else 0)


@app.command()
def forms(
    library: Annotated[str | None, typer.Argument(help="A library's name.  (default: all)")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    debug: Debug = False,
) -> None:
    """List the native forms that class weights can take, and what each guarantees."""
    with errors_in_one_line(Console(stderr=True), debug=debug):
        from boostweights.native import forms as table_of

        table = table_of(library)
        if as_json:
            columns = table.columns()
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            typer.echo(json.dumps(rows, indent=2))
        else:
            typer.echo(str(table))


def _data(suite: Suite, console: Console) -> dict[str, Path]:
    from boostweights.benchmark import data

    found = {}
    with console.status("") as status:
        for name in suite.data:
            status.update(f"data set {name}")
            found[name] = data.prepare(name)
    return found
