"""Deciding claims. The rule is in the package's docstring; it was fixed before any run."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

import pandas as pd

from boostweights.benchmark.claims.claim import EXPECTED, Claim
from boostweights.benchmark.claims.evidence import PROPERTIES, Evidence, check_datasets, check_rope
from boostweights.benchmark.claims.special import not_always_best, spread_by_positives, start_policy
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, Answer, LibraryResult, Verdict
from boostweights.benchmark.metrics import METRICS, Metric
from boostweights.benchmark.stats.across import (
    Estimate,
    Regions,
    by_family,
    mean_interval,
    pooled,
    signed_rank,
    spearman,
    wilcoxon_holm,
)
from boostweights.benchmark.stats.paired import Side, check_columns
from boostweights.benchmark.stats.within import per_dataset
from boostweights.errors import check_type

Test: TypeAlias = Callable[[Claim, Evidence], Verdict]

_SURE: Final = 0.95
_LEVEL: Final = 0.05


def judge(
    claims: Iterable[Claim],
    metrics: pd.DataFrame,
    datasets: pd.DataFrame,
    rope: Mapping[str, float],
    *,
    known: Mapping[str, Metric] = METRICS,
    runs: Sequence[str] = ("RUN",),
    seed: int = 0,
    samples: int = 20_000,
) -> list[Verdict]:
    """Return a verdict for each claim.

    Parameters
    ----------
    claims : iterable of Claim
        What to decide; `load_claims` gives those that come with the package.
    metrics : pandas.DataFrame
        A run's figures: columns family, dataset, library, repeat, fold, arm, rule, proba, metric, value; and
        split, if they come from several kinds of split.
    datasets : pandas.DataFrame
        A row a data set: dataset, family, rows, positives (rows of the rarest class), imbalance_ratio.
    rope : mapping of str to float
        By metric, the half-width of practical equivalence that was fixed before the run. A claim about a
        metric without one is undecided.
    known : mapping of str to Metric
        Which way metrics are better; by default the metrics that come along.
    runs : sequence of str
        The runs' directories, for the command that makes a verdict again.
    seed, samples : int
        Of the posterior's draws: equal input, equal verdicts.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If a table or a half-width cannot serve.
    """
    check_columns(metrics)
    check_datasets(datasets, metrics)
    check_rope(rope)
    verdicts = []
    for claim in claims:
        check_type(claim, Claim, "claims must be of the class Claim", "Use load_claims().")
        evidence = Evidence.of(claim, metrics, datasets, rope, known, seed=seed, samples=samples)
        if reason := _cannot_be_decided(claim, evidence):
            verdict = Verdict(claim=claim, answer="undecided", reason=reason)
        else:
            verdict = TESTS[claim.test](claim, evidence)
        words = f"{shlex.join(runs)} --claim {shlex.quote(claim.id)}"
        command = f"python -m boostweights.benchmark.claims {words}"
        verdicts.append(dataclasses.replace(verdict, rope=evidence.rope, command=command))
    return verdicts


def _cannot_be_decided(claim: Claim, evidence: Evidence) -> str:
    if evidence.metrics["value"].isna().all():
        among = "" if claim.where is None else " among the data sets that the claim is about"
        split = "" if claim.split is None else f" with splits of the kind “{claim.split}”"
        return f"The run has no {claim.metric}{split}{among}."
    needed: list[Side] = [side for side in (claim.a, claim.b) if side is not None]
    if absent := evidence.absent(needed):
        return f"The run has no {claim.metric} of {' and '.join(map(str, absent))}."
    if evidence.rope is None and claim.test == "not_always_best":
        return _no_region(claim)
    return ""


def _no_region(claim: Claim) -> str:
    return f"The suite fixed no region of practical equivalence for {claim.metric}."


def _signed_rank(claim: Claim, evidence: Evidence) -> Verdict:
    assert claim.expect is not None
    table = per_dataset(evidence.pairs(claim))
    effects = by_family(table)
    values = pooled(effects)
    missing, planned = int((table["planned"] - table["n"]).sum()), int(table["planned"].sum())
    known = Verdict(
        claim=claim,
        answer="undecided",
        reason=too_few(len(values)),
        measure=f"mean {'size of the difference' if claim.absolute else 'difference'} in {claim.metric}",
        effect=mean_interval(values.to_numpy(), seed=evidence.seed) if len(values) > 1 else None,
        libraries=_by_library(effects, absolute=claim.absolute),
        families=len(values),
        datasets=table["dataset"].nunique(),
        details=(f"{missing} of {planned} pairs lack a figure on one side.",) if missing else (),
    )
    if len(values) < FEWEST_FAMILIES:
        return known
    if evidence.rope is None:
        return dataclasses.replace(known, reason=_no_region(claim))
    regions = signed_rank(values.to_numpy(), evidence.rope, seed=evidence.seed, samples=evidence.samples)
    answer, reason = _decided(claim.expect, regions, known.libraries)
    return dataclasses.replace(
        known, answer=answer, reason=reason, regions=regions, trends=_trends(values, table, evidence)
    )


def too_few(families: int) -> str:
    """Return the reason why nothing is decided.

    Examples
    --------
    >>> too_few(9)
    'Only 9 of at least 10 families of data sets have both sides.'
    """
    return f"Only {families} of at least {FEWEST_FAMILIES} families of data sets have both sides."


def _decided(expect: str, regions: Regions, libraries: tuple[LibraryResult, ...]) -> tuple[Answer, str]:
    bearing, does = EXPECTED[expect]
    probability = sum(getattr(regions, name) for name in bearing.split())
    reason = f"The probability of “{does} the region of practical equivalence” is {probability:.3f}"
    if probability <= _LEVEL:
        return "refuted", f"{reason}."
    if probability < _SURE:
        return "undecided", f"{reason}, neither {_SURE} or more nor {_LEVEL} or less."
    if expect not in _SIGNS:
        return "supported", f"{reason}."
    agree = sum(
        one.holm is not None and one.holm < _LEVEL and one.effect * _SIGNS[expect] > 0 for one in libraries
    )
    reason += f", and {agree} of {len(libraries)} libraries agree (Wilcoxon, Holm)"
    return ("supported" if 2 * agree > len(libraries) else "undecided"), f"{reason}."


def _by_library(effects: pd.DataFrame, *, absolute: bool) -> tuple[LibraryResult, ...]:
    groups = effects.groupby("library", sort=True)["difference"]
    values = {str(library): found.to_numpy() for library, found in groups}
    tested = {library: found for library, found in values.items() if len(found) > 1 and not absolute}
    p = wilcoxon_holm(tested)
    return tuple(
        LibraryResult(library=library, families=len(found), effect=float(found.mean()), p=plain, holm=holm)
        for library, found in values.items()
        for plain, holm in [p.get(library, (None, None))]
    )


def _trends(values: pd.Series[float], table: pd.DataFrame, evidence: Evidence) -> dict[str, Estimate]:
    logged = {name: evidence.logged(name, table["dataset"]).reindex(values.index) for name in PROPERTIES}
    return {
        name: spearman(along.to_numpy(), values.to_numpy(), seed=evidence.seed)
        for name, along in logged.items()
    }


TESTS: Final[Mapping[str, Test]] = {
    "signed_rank": _signed_rank,
    "not_always_best": not_always_best,
    "spread_by_positives": spread_by_positives,
    "start_policy": start_policy,
}
"""By the name in a file of claims, the function that decides."""

_SIGNS: Final[Mapping[str, int]] = {"rise": 1, "fall": -1}
