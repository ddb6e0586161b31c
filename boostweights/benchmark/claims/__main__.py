"""``python -m boostweights.benchmark.claims RUN``: judge the claims by a run's Parquet files.

Exit codes: 0, judged; 2, the run or the file of claims cannot serve (one line says why).
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from boostweights.benchmark.claims import as_markdown, judge, load_claims, read_results, to_table
from boostweights.benchmark.claims.claim import Claim
from boostweights.errors import BoostweightsError, InvalidValueError, did_you_mean, shown


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the page of claims, or their table as JSON; return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m boostweights.benchmark.claims", description=__doc__)
    parser.add_argument("runs", nargs="+", type=Path, help="directories of runs")
    parser.add_argument("--claim", action="append", help="only this one (may be repeated)")
    parser.add_argument("--claims", type=Path, help="a TOML file of claims instead of the package's own")
    parser.add_argument("--json", action="store_true", help="a table for machines")
    given = parser.parse_args(arguments)
    try:
        claims = _chosen(load_claims(given.claims), given.claim)
        found = read_results(given.runs)
        runs = [str(run) for run in given.runs]
        verdicts = judge(claims, found.metrics, found.datasets, found.rope, runs=runs)
    except BoostweightsError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(to_table(verdicts).to_json(orient="records") if given.json else as_markdown(verdicts))
    return 0


def _chosen(claims: tuple[Claim, ...], ids: Sequence[str] | None) -> tuple[Claim, ...]:
    known = [claim.id for claim in claims]
    for name in ids or ():
        if name not in known:
            raise InvalidValueError("a claim must be known", shown(name), did_you_mean(name, known))
    return tuple(claim for claim in claims if ids is None or claim.id in ids)


if __name__ == "__main__":
    sys.exit(main())
