"""``boostweights compare``: policies and libraries on a table of one's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import names
from boostweights.cli.session import (
    STORE,
    Debug,
    Out,
    as_plain,
    errors_in_one_line,
    failures,
    run_name,
    show,
    train,
)

__all__ = ["compare"]

_ROLES = "Columns"
_WHAT = "What to compare"
_RUN = "The run"


def compare(  # noqa: PLR0913 (an option each)
    data: Annotated[
        Path, typer.Argument(help="A CSV, TSV (.gz) or Parquet file, a folder of Parquet, a DuckDB database.")
    ],
    *,
    target: Annotated[str, typer.Option(metavar="COL", help="The labels.", rich_help_panel=_ROLES)],
    positive: Annotated[
        str | None,
        typer.Option(
            metavar="LABEL",
            help="The label to be found.  (needed unless 0 and 1, -1 and 1, or true and false)",
            rich_help_panel=_ROLES,
        ),
    ] = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Keep rows equal in it in one fold.", rich_help_panel=_ROLES),
    ] = None,
    time: Annotated[
        str | None,
        typer.Option(metavar="COL", help="Learn from the past, test on the future.", rich_help_panel=_ROLES),
    ] = None,
    drop: Annotated[
        list[str] | None,
        typer.Option(metavar="COL", help="Leave out.  (repeatable)", rich_help_panel=_ROLES),
    ] = None,
    categorical: Annotated[
        list[str] | None,
        typer.Option(
            metavar="COL", help="Categories, whatever their type.  (repeatable)", rich_help_panel=_ROLES
        ),
    ] = None,
    sql: Annotated[
        str | None,
        typer.Option(
            help="A DuckDB query for the rows; a file's table is called data.", rich_help_panel=_ROLES
        ),
    ] = None,
    sep: Annotated[
        str | None, typer.Option(help="What separates the fields of a CSV file.", rich_help_panel=_ROLES)
    ] = None,
    policies: Annotated[
        list[str] | None,
        typer.Option(
            "--policies",
            "--arms",
            metavar="NAME,…",
            help="Policies, arms of the default suite, or module:Policy(key=value) of your own.  "
            "(default: unweighted, sqrt_balanced, balanced)",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    libraries: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME,…",
            help="Libraries, or module:Classifier of your own.  (default: those installed)",
            rich_help_panel=_WHAT,
        ),
    ] = None,
    fn: Annotated[
        float | None,
        typer.Option(help="What a missed positive costs: adds the policy costs.", rich_help_panel=_WHAT),
    ] = None,
    fp: Annotated[
        float | None, typer.Option(help="What a false alarm costs.  (default: 1)", rich_help_panel=_WHAT)
    ] = None,
    folds: Annotated[int, typer.Option(min=2, help="Folds of a split.", rich_help_panel=_WHAT)] = 5,
    repeats: Annotated[int, typer.Option(min=1, help="Splits.", rich_help_panel=_WHAT)] = 1,
    trees: Annotated[int, typer.Option(min=1, help="Trees of a model.", rich_help_panel=_WHAT)] = 100,
    max_rows: Annotated[
        int,
        typer.Option(
            min=0,
            help="Train and test on a stratified sample of so many rows; 0: all.",
            rich_help_panel=_WHAT,
        ),
    ] = 0,
    seed: Annotated[int, typer.Option(min=0, help="Of folds and models.", rich_help_panel=_WHAT)] = 0,
    out: Out = Path("runs"),
    name: Annotated[
        str | None,
        typer.Option(help="Name of the run.  (default: compare-FILE)", rich_help_panel=_RUN),
    ] = None,
    jobs: Annotated[
        int, typer.Option(min=1, help="Models trained at the same time.", rich_help_panel=_RUN)
    ] = 2,
    dask: Annotated[
        str | None,
        typer.Option(help="Address of a Dask scheduler that trains instead.", rich_help_panel=_RUN),
    ] = None,
    seconds: Annotated[
        float, typer.Option(help="The most that a model may take.", rich_help_panel=_RUN)
    ] = 600.0,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Train failed models again.", rich_help_panel=_RUN)
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, for machines.", rich_help_panel=_RUN)
    ] = False,
    debug: Debug = False,
) -> None:
    """Compare policies and libraries on your own table.

    What each column is used as is printed first. Results and report go to OUT/NAME.

    Interrupted or killed, it goes on where it was when called again.
    """
    progress = Console(stderr=True)
    with errors_in_one_line(progress, debug=debug):
        require_bench()
        from boostweights.benchmark.compare.dataset import Roles, as_table_data
        from boostweights.benchmark.compare.describe import as_lines, described
        from boostweights.benchmark.compare.folds import table_folds
        from boostweights.benchmark.compare.plan import Wanted, table_plan, table_suite
        from boostweights.benchmark.compare.sample import sampled_data
        from boostweights.benchmark.report.write import write
        from boostweights.benchmark.run.store import Store
        from boostweights.tables.files import read_rows

        directory = out / run_name(name or f"compare-{data.resolve().name.split('.')[0]}")
        roles = Roles(
            target=target,
            positive=positive,
            group=group,
            time=time,
            drop=tuple(drop or ()),
            categorical=tuple(categorical or ()),
        )
        wanted = Wanted(
            policies=names(policies),
            libraries=names(libraries),
            fn=fn,
            fp=fp,
            folds=folds,
            repeats=repeats,
            trees=trees,
            max_rows=max_rows,
            seed=seed,
            seconds_per_model=seconds,
        )
        found = as_table_data(read_rows(data, sql=sql, sep=sep), roles, name=data.resolve().name)
        found = sampled_data(found, max_rows, least=folds, seed=seed)
        suite = table_suite(found, wanted, name=directory.name, folder=Path())
        splits = table_folds(found, suite)
        facts = described(found, suite, splits)
        if not as_json:
            typer.echo(as_lines(facts))
        with Store(directory / STORE) as store:
            if retry_failed:
                store.forget_failures()
            train(table_plan(found, suite, splits, directory), store, progress, jobs=jobs, dask=dask)
            summary = write(store, directory)
        if as_json:
            typer.echo(json.dumps({"data": facts} | as_plain(summary, directory), indent=2))
        else:
            typer.echo("")
            show(summary, directory)
            typer.echo("\n".join(failures(summary)), nl=bool(summary.failed))
    raise typer.Exit(1 if summary.failed else 0)
