"""``boostweights bench``: a suite of data sets."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import AsJson
from boostweights.cli.session import (
    STORE,
    Debug,
    Out,
    as_plain,
    errors_in_one_line,
    progress,
    run_name,
    show,
    train,
)

if TYPE_CHECKING:
    from boostweights.benchmark.plan.suite import Suite


def bench(  # noqa: PLR0913 (an option each)
    *,
    suite: Annotated[str, typer.Option(help="A suite's name, or the path of a .toml file.")] = "tiny",
    out: Out = Path("runs"),
    name: Annotated[str | None, typer.Option(help="Name of the run.  (default: the suite's)")] = None,
    jobs: Annotated[int, typer.Option(min=1, help="Models trained at the same time.")] = 2,
    dask: Annotated[str | None, typer.Option(help="Address of a Dask scheduler that trains instead.")] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed than the suite's.")] = None,
    online: Annotated[
        bool, typer.Option("--online", help="Fetch data sets named openml:NUMBER from OpenML.")
    ] = False,
    retry_failed: Annotated[bool, typer.Option("--retry-failed", help="Train failed models again.")] = False,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Compare policies and libraries on a suite of data sets.

    Interrupted or killed, it goes on where it was when called again. Results and report go to OUT/NAME.
    """
    with errors_in_one_line(debug=debug):
        require_bench()
        from boostweights.benchmark.plan.plan import make_plan
        from boostweights.benchmark.plan.suite import load_suite
        from boostweights.benchmark.report.write import write
        from boostweights.benchmark.run.store import Store

        chosen = load_suite(suite)
        if seed is not None:
            chosen = dataclasses.replace(chosen, seed=seed)
        directory = out / run_name(name or chosen.name)
        plan = make_plan(chosen, _data(chosen, directory, online=online))
        with Store(directory / STORE) as store:
            if retry_failed:
                store.forget_failures()
            train(plan, store, jobs=jobs, dask=dask)
            summary = write(store, directory)
        if as_json:
            typer.echo(json.dumps(as_plain(summary, directory), indent=2))
        else:
            show(summary, directory)
    raise typer.Exit(1 if summary.failed else 0)


def _data(suite: Suite, directory: Path, *, online: bool) -> dict[str, Path]:
    from boostweights.benchmark.compare.plan import table_file
    from boostweights.benchmark.data.load import prepare

    found = {}
    with progress().status("") as status:
        for name in suite.data:
            status.update(f"data set {name}")
            own = suite.tables.get(name)
            found[name] = table_file(name, own, directory) if own else prepare(name, online=online)
    return found
