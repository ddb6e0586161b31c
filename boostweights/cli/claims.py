"""``boostweights claims``: what common advice says of class weights, judged by a run."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from boostweights.benchmark.needed import require_bench
from boostweights.cli.options import AsJson
from boostweights.cli.session import echo
from boostweights.tables.text import as_text

if TYPE_CHECKING:
    from boostweights.benchmark.claims.verdict import Verdict


class Format(StrEnum):
    """How verdicts are written."""

    table = "table"
    markdown = "markdown"


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
    format: Annotated[
        Format, typer.Option(help="What to print: markdown says what decided, and how.")
    ] = Format.table,
    as_json: AsJson = False,
) -> None:
    """Judge claims about class weights by the figures of runs: higher, equivalent, lower or unclear.

    Examples
    --------
    boostweights claims benchmarks/results/default
    boostweights claims benchmarks/results/default --claim recall-rises
    boostweights claims runs/mine --claims mine.toml --format markdown
    """
    require_bench()
    from boostweights.benchmark.claims.page import as_markdown
    from boostweights.benchmark.claims.runs import judge_runs
    from boostweights.benchmark.claims.verdict import to_table

    verdicts = judge_runs(runs, file=file, ids=claim)
    if as_json:
        echo(to_table(verdicts).to_json(orient="records"))
    else:
        echo(_table(verdicts) if format is Format.table else as_markdown(verdicts))


def _table(verdicts: Sequence[Verdict]) -> str:
    several = len({verdict.regime for verdict in verdicts}) > 1
    effects = [verdict.effect for verdict in verdicts]
    regimes: dict[str, Sequence[Any]] = {"regime": [verdict.regime for verdict in verdicts]}
    return as_text(
        {
            **(regimes if several else {}),
            "claim": [verdict.claim.sentence for verdict in verdicts],
            "verdict": [verdict.answer for verdict in verdicts],
            "advice": ["contradicted" if verdict.contradicts_advice else "" for verdict in verdicts],
            "mean": ["–" if each is None else f"{each.value:+.3f}" for each in effects],
            "low": ["–" if each is None else f"{each.low:+.3f}" for each in effects],
            "high": ["–" if each is None else f"{each.high:+.3f}" for each in effects],
            "families": [verdict.families for verdict in verdicts],
        },
        keys=1 + several,
    )
