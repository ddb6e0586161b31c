"""Parts of the data sets, and which policy ranks best in each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.claims.evidence import Evidence
from boostweights.benchmark.claims.verdict import FEWEST_FAMILIES
from boostweights.benchmark.stats.paired import Side
from boostweights.benchmark.stats.ranks import CriticalDifference, critical_difference, family_means


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
        yield Stratum(
            name=words,
            ranks=means.rank(axis=1, ascending=lower),
            found=critical_difference(means, lower_is_better=lower) if enough else None,
        )
