"""Judge claims about class weights by the figures of runs: higher, equivalent, lower or unclear.

python -m benchmarks.claims benchmarks/results/default --claim recall-rises
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from benchmarks.claims.page import as_markdown, interval
from benchmarks.claims.results import judge_runs
from benchmarks.claims.verdict import Verdict, to_table
from boostweights.tables.text import as_text

FORMATS: Final[Mapping[str, Callable[[Sequence[Verdict]], str]]] = {
    "table": lambda verdicts: as_text(columns(verdicts), keys=2),
    "markdown": as_markdown,
    "json": lambda verdicts: to_table(verdicts).to_json(orient="records"),
}


def main() -> None:
    """Print the verdicts on all claims, or on those that are named."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="directories with the Parquet files of runs")
    parser.add_argument("--claim", action="append", metavar="ID", help="only this claim (repeatable)")
    parser.add_argument("--claims", type=Path, help="a TOML file of claims instead of the study's own")
    parser.add_argument("--format", choices=FORMATS, default="table", help="markdown says what decided")
    options = parser.parse_args()
    print(FORMATS[options.format](judge_runs(options.runs, file=options.claims, ids=options.claim)))


def columns(verdicts: Sequence[Verdict]) -> dict[str, Sequence[Any]]:
    """Return the table of verdicts, a row each."""
    effects = [verdict.effect for verdict in verdicts]
    return {
        "regime": [verdict.regime for verdict in verdicts],
        "claim": [verdict.claim.sentence for verdict in verdicts],
        "verdict": [verdict.answer for verdict in verdicts],
        "advice": ["contradicted" if verdict.contradicts_advice else "" for verdict in verdicts],
        "mean": ["–" if effect is None else f"{effect.value:+.3f}" for effect in effects],
        "interval": [interval(effect) for effect in effects],
        "families": [verdict.families for verdict in verdicts],
    }


if __name__ == "__main__":
    main()
