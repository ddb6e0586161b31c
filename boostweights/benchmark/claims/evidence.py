"""The figures that a claim is judged by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.benchmark.claims.claim import Claim
from boostweights.benchmark.metrics import Metric
from boostweights.benchmark.stats.paired import Side, check_frame, differences, sides_of
from boostweights.errors import InvalidValueError, check_known, shown

PROPERTIES: Final = ("imbalance_ratio", "positives", "rows")
"""Of data sets, along which effects are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The figures of one claim, and what judging needs beside them.

    Attributes
    ----------
    metrics, datasets : pandas.DataFrame
        Of the claim's metric, split and data sets only.
    rope : float or None
        Half-width of practical equivalence; None if neither claim nor suite says it.
    lower : bool
        Whether less of the metric is better.
    seed, samples : int
        Of the posterior's draws.
    """

    metrics: pd.DataFrame
    datasets: pd.DataFrame
    rope: float | None
    lower: bool
    seed: int
    samples: int

    @classmethod
    def of(
        cls,
        claim: Claim,
        metrics: pd.DataFrame,
        datasets: pd.DataFrame,
        rope: Mapping[str, float],
        known: Mapping[str, Metric],
        *,
        seed: int,
        samples: int,
    ) -> Evidence:
        """Return what a claim is about, of all figures."""
        chosen = datasets[_about(claim, datasets)]
        about = (metrics["metric"] == claim.metric) & metrics["dataset"].isin(chosen["dataset"])
        if "split" in metrics.columns and len(metrics):
            about &= metrics["split"] == (claim.split or metrics["split"].iloc[0])
        elif claim.split is not None:  # the kind of split is not known
            about &= False
        width = rope.get(claim.metric) if claim.margin is None else claim.margin
        lower = claim.metric in known and known[claim.metric].lower
        return cls(
            metrics=metrics[about], datasets=chosen, rope=width, lower=lower, seed=seed, samples=samples
        )

    def absent(self, sides: Iterable[Side]) -> list[Side]:
        """Return the sides without any figure."""
        known = set() if self.metrics.empty else set(sides_of(self.metrics, self.metrics["metric"].iloc[0]))
        return [side for side in sides if side not in known]

    def pairs(self, claim: Claim) -> pd.DataFrame:
        """Return the differences of b from a, or their sizes."""
        pairs = differences(self.metrics, claim.a, other=claim.b, metric=claim.metric)
        return pairs.assign(difference=pairs["difference"].abs()) if claim.absolute else pairs

    def logged(self, name: str, datasets: Iterable[str]) -> pd.Series[float]:
        """Return a property by family: the mean of its logarithm (base 10) over the given data sets."""
        table = self.datasets[self.datasets["dataset"].isin(set(datasets))].sort_values("dataset")
        logged = pd.Series(np.log10(table[name].to_numpy(dtype=float)), index=table["family"])
        return logged.groupby(level=0, sort=True).mean()


def _about(claim: Claim, datasets: pd.DataFrame) -> pd.Series[bool]:
    if (where := claim.where) is None:
        return pd.Series(True, index=datasets.index)
    if where.column not in datasets.columns:  # a property that nobody measured holds for none
        return pd.Series(False, index=datasets.index)
    column = datasets[where.column].astype(float)
    return (column >= where.at_least) & (column <= where.at_most)


def check_datasets(datasets: Any, metrics: pd.DataFrame) -> None:
    """Refuse a table of data sets that lacks a column, or a data set that has figures.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If so.
    """
    check_frame(datasets, ("dataset", "family", *PROPERTIES), "the table of data sets", "datasets.parquet")
    if (again := datasets["dataset"].duplicated()).any():
        rule, first = "a data set must be in its table once", datasets.loc[again, "dataset"].iloc[0]
        raise InvalidValueError(rule, shown(first), "Remove the second row.")
    known = datasets["dataset"].tolist()
    for name in sorted(set(metrics["dataset"])):
        check_known(name, known, "a data set with figures must be in the table of data sets")


def check_rope(rope: Mapping[str, float]) -> None:
    """Refuse a half-width that is not a finite number, or negative.

    Raises
    ------
    InvalidValueError
        If so.
    """
    for metric, width in rope.items():
        if not isinstance(width, int | float) or not math.isfinite(width) or width < 0:
            rule = f"the region of practical equivalence of {metric} must be finite and not negative"
            raise InvalidValueError(rule, shown(width), "Use its half-width, such as 0.01.")
