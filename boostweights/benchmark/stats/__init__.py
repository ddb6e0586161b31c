"""Statistics of a run's figures: per data set first, then across families of data sets. All are seeded.

They read one long table of figures (`metrics.parquet` of a run) and know nothing of how it was made.
"""

from __future__ import annotations

from boostweights.benchmark.stats.across import (
    Estimate,
    Regions,
    by_family,
    mean_interval,
    pooled,
    signed_rank,
    wilcoxon_holm,
)
from boostweights.benchmark.stats.paired import LOWER_IS_BETTER, Side, differences, sides_of
from boostweights.benchmark.stats.ranks import CriticalDifference, critical_difference, family_means
from boostweights.benchmark.stats.trend import spearman
from boostweights.benchmark.stats.within import per_dataset

__all__ = [
    "LOWER_IS_BETTER",
    "CriticalDifference",
    "Estimate",
    "Regions",
    "Side",
    "by_family",
    "critical_difference",
    "differences",
    "family_means",
    "mean_interval",
    "per_dataset",
    "pooled",
    "sides_of",
    "signed_rank",
    "spearman",
    "wilcoxon_holm",
]
