"""A claim, and the verdicts on figures with a planted effect."""

from __future__ import annotations

from typing import Any

from benchmark.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.judge import judge
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.benchmark.stats.paired import Side

ROPE = {"recall": 0.01, "log_loss": 0.01, "f1": 0.01}
RISES = Claim(
    id="recall-rises",
    group="decisions",
    sentence="Weights raise recall.",
    advice="says so",
    metric="recall",
    expect="higher",
    a=Side(arm="unweighted"),
    b=Side(arm="balanced"),
)


def verdict_on(
    claim: Claim, effect: Any, *, families: int = 12, rope: dict[str, float] | None = None, **how: Any
) -> Verdict:
    datasets = make_datasets(families)
    metrics = make_metrics(datasets, {UNWEIGHTED: 0.0, BALANCED: effect}, metric=claim.metric, **how)
    [verdict] = judge([claim], metrics, datasets, ROPE if rope is None else rope)
    return verdict
