"""``boostweights bench``: a suite of data sets."""

from __future__ import annotations

import dataclasses
import json
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.benchmark.plan.shipped import suite_names
from boostweights.cli import options
from boostweights.cli.session import as_plain, doing, echo, run_name, say, show, tell, train
from boostweights.errors import check_known

if TYPE_CHECKING:
    from boostweights.benchmark.plan.plan import Model
    from boostweights.benchmark.plan.suite import Suite


def bench(
    *,
    suite: Annotated[
        str,
        typer.Option(
            metavar="NAME|FILE",
            autocompletion=options.completed(suite_names),
            help=f"One of {', '.join(suite_names())}, or the path of a .toml file.",
        ),
    ] = "tiny",
    run: options.RunOptions,
    seed: Annotated[int | None, typer.Option(min=0, help="Another seed than the suite's.")] = None,
    regime: Annotated[
        options.Several, typer.Option(help="Train only these regimes of the suite now.")
    ] = None,
    library: Annotated[
        options.Several, typer.Option(help="Train only these libraries of the suite now.")
    ] = None,
    verify: Annotated[
        Path | None,
        typer.Option(
            help="A published run: train a random hundredth of its cells again, and compare.  (--suite names "
            "its suite where it is a file)"
        ),
    ] = None,
    as_json: options.AsJson = False,
) -> None:
    """Compare policies and libraries on a suite of data sets.

    Interrupted or killed, it goes on where it was when called again. Results and report go to OUT/NAME.

    Exits with 1 where a cell failed, or, of --verify, differs.

    Examples
    --------
    boostweights bench
    boostweights bench --suite mine.toml --jobs 4 --out runs
    boostweights bench --verify benchmarks/results/tiny
    """
    require_bench()
    from boostweights.benchmark.plan.plan import make_plan
    from boostweights.benchmark.plan.suite import load_suite
    from boostweights.benchmark.report.page import write
    from boostweights.benchmark.report.tables import read_runs, read_table, with_regime
    from boostweights.benchmark.run.run import check_clean_commit, retrained, sampled_cells
    from boostweights.benchmark.run.store import STORE, Store

    if verify is not None:
        cells, facts = with_regime(read_table(verify, "cells")), read_runs(verify)[-1]
        loaded = load_suite(suite if suite.endswith(".toml") else str(facts["suite"]["name"]))
        plan = make_plan(loaded, data_files(loaded, run.out / f"verify-{loaded.name}"))
        drawn = secrets.randbelow(2**32) if seed is None else seed
        rows: list[dict[str, Any]] = []
        for cell in retrained(plan, sampled_cells(cells, drawn), facts["versions"]):
            rows.append(dataclasses.asdict(cell))
            if not as_json:
                tell(f"{'same' if cell.same else 'DIFFERENT'}: {cell.cell} ({cell.status})")
        same = sum(bool(row["same"]) for row in rows)
        say(
            {"run": str(verify), "seed": drawn, "cells": rows},
            f"{same} of {len(rows)} cells are the same to the bit (--seed {drawn} draws them again)",
            as_json=as_json,
        )
        raise typer.Exit(0 if same == len(rows) else 1)
    loaded = load_suite(suite)
    if seed is not None:
        loaded = dataclasses.replace(loaded, seed=seed)
    if loaded.clean_commit:
        check_clean_commit()
    directory = run.out / run_name(run.name or loaded.name)
    for name in regime or ():
        check_known(name, loaded.regimes, f"--regime must be one of suite {loaded.name}")
    for name in library or ():
        check_known(name, loaded.libraries, f"--library must be one of suite {loaded.name}")

    def part(model: Model) -> bool:
        is_asked = not regime or model.recipe.regime.name in regime
        return is_asked and (not library or model.library in library)

    plan = make_plan(loaded, data_files(loaded, directory))
    with Store(directory / STORE) as store:
        if run.retry_failed:
            store.forget_failures()
        train(plan, store, jobs=run.jobs, dask=run.dask, part=part)
        summary = write(store, directory)
    if as_json:
        echo(json.dumps(as_plain(summary, directory), indent=2))
    else:
        show(summary, directory)
    # a cell that was skipped has its reason in its row, and did not fail
    failed = ~summary.cells["status"].dropna().isin(["ok", "skipped"])
    raise typer.Exit(1 if failed.any() else 0)


def data_files(suite: Suite, directory: Path) -> dict[str, Path]:
    """Return the file of each data set of a suite, fetched or converted where it is not there yet."""
    from boostweights.benchmark.compare.plan import table_file
    from boostweights.benchmark.data.load import prepare

    files = {}
    for name in suite.data:
        with doing(f"data set {name}"):
            table = suite.tables.get(name)
            files[name] = table_file(name, table, directory) if table else prepare(name)
    return files
