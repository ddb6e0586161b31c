"""Claims judged by runs as they are stored: what the commands do."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.parse import load_claims
from boostweights.benchmark.claims.stored import read_results
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.errors import check_known


def judge_runs(
    runs: Sequence[Path], *, file: Path | None = None, ids: Sequence[str] | None = None
) -> list[Verdict]:
    """Return a verdict for each claim, by the Parquet files of runs.

    Parameters
    ----------
    runs : sequence of Path
        Their directories.
    file : Path, optional
        A TOML file of claims instead of the package's own.
    ids : sequence of str, optional
        Only the claims with these ids.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a run or the file of claims cannot serve, or an id is unknown.
    """
    claims = _chosen(load_claims(file), ids)
    found = read_results(runs)
    return judge(
        claims, found.metrics, found.datasets, found.rope, known=found.known, runs=[str(run) for run in runs]
    )


def _chosen(claims: tuple[Claim, ...], ids: Sequence[str] | None) -> tuple[Claim, ...]:
    known = [claim.id for claim in claims]
    for name in ids or ():
        check_known(name, known, "a claim must be known")
    return tuple(claim for claim in claims if not ids or claim.id in ids)
