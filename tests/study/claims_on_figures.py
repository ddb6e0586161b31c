"""A claim, and the verdicts on figures with a planted effect."""

from typing import Any

from study.figures_of_runs import BALANCED, UNWEIGHTED, make_datasets, make_metrics

from benchmarks.claims.claim import Claim
from benchmarks.claims.judge import judge
from benchmarks.claims.verdict import Verdict
from benchmarks.stats.paired import Side

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
