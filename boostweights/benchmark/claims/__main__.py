"""``python -m boostweights.benchmark.claims RUN``: judge the claims by a run's Parquet files.

Exit codes: 0, judged; 2, the run or the file of claims cannot serve (one line says why).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boostweights.benchmark.claims.page import as_markdown
from boostweights.benchmark.claims.runs import judge_runs
from boostweights.benchmark.claims.verdict import to_table
from boostweights.errors import BoostweightsError


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page of claims, or their table as JSON; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m boostweights.benchmark.claims", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="directories of runs")
    parser.add_argument("--claim", action="append", help="only this one (may be repeated)")
    parser.add_argument("--claims", type=Path, help="a TOML file of claims instead of the package's own")
    parser.add_argument("--json", action="store_true", help="a table for machines")
    given = parser.parse_args(arguments)
    try:
        verdicts = judge_runs(given.runs, file=given.claims, ids=given.claim)
    except BoostweightsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(to_table(verdicts).to_json(orient="records") if given.json else as_markdown(verdicts))
    return 0


if __name__ == "__main__":
    sys.exit(main())
