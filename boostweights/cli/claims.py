"""``boostweights claims``: what common advice says of class weights, judged by a run."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import AsJson
from boostweights.cli.session import Debug, errors_in_one_line


def claims(
    runs: Annotated[
        list[Path], typer.Argument(metavar="RUN…", help="Directories with the Parquet files of runs.")
    ],
    *,
    claim: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this claim.  (repeatable)")
    ] = None,
    file: Annotated[
        Path | None,
        typer.Option("--claims", help="A TOML file of claims.  (default: those of boostweights)"),
    ] = None,
    as_json: AsJson = False,
    debug: Debug = False,
) -> None:
    """Judge claims about class weights by the figures of runs: higher, equivalent, lower or unclear."""
    with errors_in_one_line(debug=debug):
        require_bench()
        from boostweights.benchmark.claims.page import as_markdown
        from boostweights.benchmark.claims.runs import judge_runs
        from boostweights.benchmark.claims.verdict import to_table

        verdicts = judge_runs(runs, file=file, ids=claim)
        typer.echo(to_table(verdicts).to_json(orient="records") if as_json else as_markdown(verdicts))
