"""The claims that one signed-rank test cannot decide; ranks of policies in parts of the data sets."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.evidence import Evidence
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES, Answer, Verdict
from boostweights.benchmark.stats.across import by_family, mean_interval, pooled, spearman
from boostweights.benchmark.stats.paired import Side, differences
from boostweights.benchmark.stats.ranks import CriticalDifference, critical_difference, family_means
from boostweights.benchmark.stats.within import per_dataset

_LEVEL: Final = 0.05
_WEAK: Final = -0.3  # a rank correlation nearer to 0 explains less than a tenth of the ranks' variance


def not_always_best(claim: Claim, evidence: Evidence) -> Verdict:
    """Decide whether a side (a) is beaten on some data set by one of the others.

    Per data set and other side, the difference is averaged over libraries and tested, one-sided, to be better
    by more than the region of practical equivalence (t-test with Nadeau and Bengio's correction; Holm over
    all). Supported if any is: the chance to say so wrongly is at most .05 in all. Refuted if every upper
    limit (.95, one-sided, one by one) lies within the region. The effect is the share of families in which a
    is beaten.
    """
    others = _present(claim, evidence)
    if not others:
        return Verdict(claim=claim, answer="undecided", reason="The run has none of its competitors.")
    tested = _tested(claim, evidence, others)
    beaten = tested.assign(beaten=tested["holm"] < _LEVEL).groupby("family", sort=True)["beaten"].max()
    families = len(beaten)
    answer: Answer = "undecided"
    reason = f"In {int(beaten.sum())} of {families} families another policy is better beyond doubt."
    if families < FEWEST_FAMILIES:
        reason = f"Only {families} of at least {FEWEST_FAMILIES} families of data sets can be compared."
    elif beaten.any():
        answer = "supported"
    elif (tested["limit"] <= evidence.rope).all():
        answer, reason = "refuted", f"In none of {families} families can another policy be better."
    shares = beaten.to_numpy(dtype=float)
    return Verdict(
        claim=claim,
        answer=answer,
        reason=reason,
        measure=f"share of families in which {claim.a} is beaten",
        effect=mean_interval(shares, seed=evidence.seed) if families > 1 else None,
        families=families,
        datasets=tested["dataset"].nunique(),
        details=(*_winners(tested), *_left_out(claim, evidence)),
    )


def _tested(claim: Claim, evidence: Evidence, others: list[Side]) -> pd.DataFrame:
    """Return, for each data set and other side, the adjusted p and the upper limit of its advantage."""
    from scipy import stats
    from statsmodels.stats.multitest import multipletests

    assert evidence.rope is not None
    sign = -1 if evidence.lower else 1
    pairs = pd.concat(
        [differences(evidence.metrics, claim.a, other=side, metric=claim.metric) for side in others]
    )
    over = ["metric", "arm", "rule", "proba", "family", "dataset", "repeat", "fold"]
    means = pairs.groupby(over, sort=True)[["difference", "folds", "planned"]].mean().reset_index()
    means["difference"] *= sign
    table = per_dataset(means.assign(library="all"))
    table = table[table["error"].notna()].reset_index(drop=True)
    freedom, margin = (table["n"] - 1).to_numpy(), table["difference"] - evidence.rope
    with np.errstate(divide="ignore", invalid="ignore"):  # all folds equal: sure, or exactly at the margin
        statistic = np.nan_to_num(margin.to_numpy() / table["error"].to_numpy(), nan=0.0)
    table["limit"] = table["difference"] + stats.t.ppf(1 - _LEVEL, freedom) * table["error"]
    p = np.atleast_1d(stats.t.sf(statistic, freedom))
    return table.assign(holm=multipletests(p, method="holm")[1] if len(p) else p)


def _winners(tested: pd.DataFrame) -> Iterator[str]:
    won = tested[tested["holm"] < _LEVEL].groupby(["arm", "rule", "proba"], sort=True)["family"].nunique()
    ordered = won.sort_values(ascending=False, kind="stable").reset_index()
    for arm, rule, proba, families in ordered.to_numpy():
        yield f"{Side(arm=arm, rule=rule, proba=proba)} is better in {families} families."


def spread_by_positives(claim: Claim, evidence: Evidence) -> Verdict:
    """Decide whether side b varies more over folds than side a, the more so the fewer the positives.

    Per data set and library: the logarithm of the ratio of the standard deviations over repeats and folds (b
    over a). Supported if its rank correlation with the number of positives is at most -.3 and its interval
    lies below 0; refuted if the interval lies above -.3.
    """
    pairs = evidence.pairs(claim)
    keys = ["family", "dataset", "library"]
    spread = pairs.groupby(keys, sort=True)[["baseline", "value"]].std().reset_index()
    varying = spread[(spread[["baseline", "value"]] > 0).all(axis=1)]
    ratios = varying.assign(difference=np.log(varying["value"] / varying["baseline"]))
    values = pooled(by_family(ratios))
    still = len(spread) - len(varying)
    sentence = f"{still} of {len(spread)} pairs of data set and library do not vary over folds."
    known = Verdict(
        claim=claim,
        answer="undecided",
        reason=f"Only {len(values)} of at least {FEWEST_FAMILIES} families of data sets vary over folds.",
        families=len(values),
        datasets=varying["dataset"].nunique(),
        details=(sentence,) if still else (),
    )
    if len(values) < FEWEST_FAMILIES:
        return known
    positives = evidence.logged("positives", varying["dataset"]).reindex(values.index)
    rho = spearman(positives.to_numpy(), values.to_numpy(), seed=evidence.seed)
    answer: Answer = "undecided"
    if rho.high < 0 and rho.value <= _WEAK:
        answer = "supported"
    elif rho.low > _WEAK:
        answer = "refuted"
    return dataclasses.replace(
        known,
        answer=answer,
        reason=f"Rank correlation of the relative spread with positives {rho.value:+.2f}, "
        f"interval {rho.low:+.2f} to {rho.high:+.2f}.",
        measure=f"rank correlation with positives of the spread of {claim.metric}, {claim.b} over {claim.a}",
        effect=rho,
        details=(*known.details, *_spread_at(claim.cuts["positives"], positives, values)),
    )


def _spread_at(cut: float, positives: pd.Series[float], values: pd.Series[float]) -> Iterator[str]:
    few = positives < np.log10(cut)
    for words, part in ((f"fewer than {cut:g}", values[few]), (f"{cut:g} or more", values[~few])):
        if len(part):
            ratio = float(np.exp(part.mean()))
            yield f"With {words} positives ({len(part)} families) the spread is {ratio:.2f} times as large."


def start_policy(claim: Claim, evidence: Evidence) -> Verdict:
    """Decide whether one side (a) is the one to start from, whatever the imbalance and size.

    Data sets are divided at the claim's cuts, one property at a time; in each part sides are ranked by
    family. Supported if a has the best mean rank in each part; refuted if in one part it is told apart from
    the best (Friedman's and Nemenyi's tests, at .05 divided by the number of parts). The effect is a's mean
    rank minus the best's, in the part where it is largest.
    """
    sides = [claim.a, *_present(claim, evidence)]
    if len(sides) < 3:
        return Verdict(claim=claim, answer="undecided", reason="Fewer than three policies have figures.")
    strata = [one for name, cut in claim.cuts.items() for one in ranked(claim, evidence, sides, name, cut)]
    families = evidence.metrics["family"].nunique()
    details = (*(one.sentence for one in strata), *_left_out(claim, evidence))
    full = [one for one in strata if one.found is not None]
    if not full:
        reason = f"No part has {FEWEST_FAMILIES} families with all policies."
        return Verdict(claim=claim, answer="undecided", reason=reason, details=details, families=families)
    worst = max(full, key=lambda one: one.behind(claim.a).mean())
    answer, reason = _start(claim, full, complete=len(full) == len(strata))
    return Verdict(
        claim=claim,
        answer=answer,
        reason=reason,
        measure=f"mean rank of {claim.a} minus the best, where {worst.name}",
        effect=mean_interval(worst.behind(claim.a).to_numpy(), seed=evidence.seed),
        families=families,
        datasets=evidence.metrics["dataset"].nunique(),
        details=details,
    )


def _start(claim: Claim, full: list[Stratum], *, complete: bool) -> tuple[Answer, str]:
    level = _LEVEL / len(full)
    beaten = [one.name for one in full if one.told_apart(claim.a, level)]
    if beaten:
        return "refuted", f"{claim.a} is behind the best where {', '.join(beaten)}."
    best = [one.name for one in full if one.best == str(claim.a)]
    if complete and len(best) == len(full):
        return "supported", f"{claim.a} has the best mean rank in each part."
    where = f"only where {', '.join(best)}" if best else "nowhere"
    return "undecided", f"{claim.a} is not told apart from the best, but has the best mean rank {where}."


def _present(claim: Claim, evidence: Evidence) -> list[Side]:
    absent = evidence.absent(claim.others)
    return [side for side in claim.others if side not in absent]


def _left_out(claim: Claim, evidence: Evidence) -> tuple[str, ...]:
    absent = evidence.absent(claim.others)
    return (f"The run has no {claim.metric} of {', '.join(map(str, absent))}.",) if absent else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Stratum:
    """A part of the data sets.

    Attributes
    ----------
    name : str
        Such as "imbalance_ratio < 15".
    ranks : pandas.DataFrame
        A row a family, a column a side; 1 is the best.
    found : CriticalDifference or None
        None of too few families.
    """

    name: str
    ranks: pd.DataFrame
    found: CriticalDifference | None

    @property
    def best(self) -> str:
        """The side of the best mean rank."""
        assert self.found is not None
        return next(iter(self.found.mean_ranks))

    @property
    def sentence(self) -> str:
        """Which policy to start from there."""
        where = f"Where {self.name} ({len(self.ranks)} families)"
        if self.found is None:
            return f"{where}: too few families with all policies."
        alike = [name for clique in self.found.cliques if self.best in clique for name in clique[1:]]
        rank = self.found.mean_ranks[self.best]
        apart = f"not told apart from it: {', '.join(alike)}" if alike else "told apart from all others"
        return f"{where}: start from {self.best} (mean rank {rank:.1f}); {apart}."

    def behind(self, side: Side) -> pd.Series[float]:
        """Return by family how many ranks a side is behind the one with the best mean rank."""
        return self.ranks[str(side)] - self.ranks[self.best]

    def told_apart(self, side: Side, level: float) -> bool:
        """Return whether a side is worse than the best, beyond doubt at a level."""
        assert self.found is not None
        pair = self.found.nemenyi_p[str(side)][self.best]
        return self.best != str(side) and self.found.friedman_p < level and pair < level


def ranked(
    claim: Claim, evidence: Evidence, sides: Sequence[Side], name: str, cut: float
) -> Iterator[Stratum]:
    """Yield the data sets below a cut, then the others, with sides ranked by family."""
    column = evidence.datasets[name]
    for words, part in ((f"{name} < {cut:g}", column < cut), (f"{name} ≥ {cut:g}", column >= cut)):
        inside = evidence.datasets.loc[part, "dataset"]
        metrics = evidence.metrics[evidence.metrics["dataset"].isin(inside)]
        lower = evidence.lower
        means = pd.DataFrame() if metrics.empty else family_means(metrics, sides, claim.metric)
        enough = len(means) >= FEWEST_FAMILIES
        found = critical_difference(means, lower_is_better=lower) if enough else None
        yield Stratum(name=words, ranks=means.rank(axis=1, ascending=lower), found=found)
