"""The commands. They parse, call and print; what they do is done elsewhere.

Exit codes: 0 all went well; 1 some models failed, and the report lists them; 2 the request cannot be met, and
one line says why; 130 interrupted.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from boostweights.errors import BoostweightsError, InvalidValueError, did_you_mean, shown

if TYPE_CHECKING:
    from boostweights.benchmark.plan import Plan
    from boostweights.benchmark.report import Summary
    from boostweights.benchmark.result import Result
    from boostweights.benchmark.store import Store
    from boostweights.benchmark.suite import Suite

__all__ = ["app"]

app = typer.Typer(
    name="boostweights",
    help="One class-weighting policy for every gradient boosting library.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)

_STORE: Final = "store.sqlite"

Debug = Annotated[bool, typer.Option("--debug", help="Show the whole traceback of an error.")]
Out = Annotated[Path, typer.Option(help="Where the runs are.", file_okay=False)]


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
    with _errors_in_one_line(progress, debug=debug):
        from boostweights.benchmark import report
        from boostweights.benchmark.plan import make_plan
        from boostweights.benchmark.store import Store
        from boostweights.benchmark.suite import load_suite

        chosen = load_suite(suite)
        if seed is not None:
            chosen = dataclasses.replace(chosen, seed=seed)
        directory = out / _run_name(name or chosen.name)
        plan = make_plan(chosen, _data(chosen, progress))
        with Store(directory / _STORE) as store:
            if retry_failed:
                store.forget_failures()
            _train(plan, store, progress, jobs=jobs, dask=dask)
            summary = report.write(store, directory)
        _show(summary, directory)
    raise typer.Exit(1 if summary.failed else 0)


@app.command(name="report")
def report_(
    run: Annotated[str, typer.Argument(help="A run's name, or its directory.")],
    *,
    out: Out = Path("runs"),
    debug: Debug = False,
) -> None:
    """Print a run's table and write its report and tables again, without training anything."""
    with _errors_in_one_line(Console(stderr=True), debug=debug):
        from boostweights.benchmark import report
        from boostweights.benchmark.store import Store

        directory = _run_directory(run, out)
        with Store(directory / _STORE) as store:
            summary = report.write(store, directory)
        _show(summary, directory)


@app.command()
def forms(
    library: Annotated[str | None, typer.Argument(help="A library's name.  (default: all)")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, for machines.")] = False,
    debug: Debug = False,
) -> None:
    """List the native forms that class weights can take, and what each guarantees."""
    with _errors_in_one_line(Console(stderr=True), debug=debug):
        from boostweights.native import forms as table_of

        table = table_of(library)
        if as_json:
            columns = table.columns()
            rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
            typer.echo(json.dumps(rows, indent=2))
        else:
            typer.echo(str(table))


@contextmanager
def _errors_in_one_line(console: Console, *, debug: bool) -> Iterator[None]:
    try:
        yield
    except BoostweightsError as error:
        if debug:
            raise
        console.print(f"error: {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error
    except KeyboardInterrupt as stopped:
        console.print("Interrupted. What was trained is stored: the same command goes on from there.")
        raise typer.Exit(130) from stopped


def _data(suite: Suite, console: Console) -> dict[str, Path]:
    from boostweights.benchmark import data

    found = {}
    with console.status("") as status:
        for name in suite.data:
            status.update(f"data set {name}")
            found[name] = data.prepare(name)
    return found


def _train(plan: Plan, store: Store, console: Console, *, jobs: int, dask: str | None) -> None:
    from boostweights.benchmark.forecast import Forecast
    from boostweights.benchmark.run import run

    store.claim()
    seconds = store.model_seconds()
    known = store.known()
    forecast = Forecast(plan.models.values(), {key: seconds.get(key, 0.0) for key in known})
    count = sum(key in known for key in plan.models)
    columns = (TextColumn("training"), BarColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as bar:
        task = bar.add_task("", total=1.0)

        def show(done: int) -> None:
            left = _duration(forecast.seconds_left(jobs))
            text = f"{done}/{len(plan.models)} models, about {left} left, so far"
            bar.update(task, completed=forecast.share, description=text)

        def on_result(result: Result) -> None:
            nonlocal count
            count += 1
            forecast.done(result.model_key, result.wall_seconds)
            show(count)

        show(count)
        run(plan, store, jobs=jobs, dask=dask, on_result=on_result)


def _duration(seconds: float) -> str:
    minutes = seconds / 60
    if minutes < 1:
        return f"{seconds:.0f} s"
    return f"{minutes:.0f} min" if minutes < 100 else f"{minutes / 60:.1f} h"


def _show(summary: Summary, directory: Path) -> None:
    from boostweights.benchmark.report import as_table

    console = Console()
    console.print(as_table(summary))
    for file in ("report.html", "cells.parquet"):
        console.print(str(directory / file), markup=False, highlight=False, soft_wrap=True)


def _run_name(name: str) -> str:
    if Path(name).name != name or name in {".", ".."}:
        raise InvalidValueError(
            "a run's name must be a directory name", shown(name), "Use --out for the directory above it."
        )
    return name


def _run_directory(run: str, out: Path) -> Path:
    for directory in (Path(run), out / run):
        if (directory / _STORE).is_file():
            return directory
    runs = sorted(store.parent.name for store in out.glob(f"*/{_STORE}"))
    raise InvalidValueError(
        f"a run must have a {_STORE}, here or in {out}", shown(run), did_you_mean(run, runs)
    )
