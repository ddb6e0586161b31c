"""The figures that a claim is judged by."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from benchmarks.claims.claim import Claim
from benchmarks.stats.paired import PAIR, Side, check_frame, differences, is_side
from boostweights.errors import InvalidValueError, check_known, shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """The figures of one claim in one regime.

    Attributes
    ----------
    metrics : pandas.DataFrame
        Of the claim's metric, split, data sets and libraries only.
    rope : float or None
        Half-width of practical equivalence; None if neither claim nor suite says it.
    """

    metrics: pd.DataFrame
    rope: float | None

    @classmethod
    def of(
        cls,
        claim: Claim,
        metrics: pd.DataFrame,
        datasets: pd.DataFrame,
        rope: Mapping[str, float],
        split: str | None = None,
    ) -> Evidence:
        """Return what a claim is about, of all figures of a regime; of this split if it names none itself."""
        chosen = datasets.loc[_about(claim, datasets), "dataset"]
        about = (metrics["metric"] == claim.metric) & metrics["dataset"].isin(chosen)
        if claim.libraries:
            about &= metrics["library"].isin(claim.libraries)
        if split is not None:
            about &= metrics["split"] == (claim.split or split)
        elif claim.split is not None:  # the kind of split is not known
            about &= False
        width = rope.get(claim.metric) if claim.margin is None else claim.margin
        return cls(metrics=metrics[about], rope=width)

    def absent(self, sides: Iterable[Side]) -> list[Side]:
        """Return the sides without any figure."""
        figures = self.metrics.dropna(subset="value")
        return [side for side in sides if not is_side(figures, side).any()]

    def pairs(self, claim: Claim) -> pd.DataFrame:
        """Return the differences of b from a; with a floor, their sizes less that of the floor."""
        pairs = differences(self.metrics, claim.a, other=claim.b, metric=claim.metric)
        if claim.floor is None:
            return pairs
        floor = differences(self.metrics, claim.a, other=claim.floor, metric=claim.metric)
        both = pairs.merge(floor[[*PAIR, "difference"]], on=list(PAIR), suffixes=("", "_of_floor"))
        return both.assign(difference=both["difference"].abs() - both["difference_of_floor"].abs())


def _about(claim: Claim, datasets: pd.DataFrame) -> pd.Series[bool]:
    chosen = datasets["task"] == claim.task
    if (where := claim.where) is None:
        return chosen
    if where.column not in datasets.columns:  # a property that nobody measured holds for none
        return chosen & False
    column = datasets[where.column].astype(float)
    return chosen & (column >= where.at_least) & (column <= where.at_most)


def check_datasets(datasets: Any, metrics: pd.DataFrame) -> None:
    """Refuse a table of data sets that lacks a column, or a data set that has figures.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If so.
    """
    check_frame(datasets, ("dataset", "family", "task"), "the table of data sets", "datasets.parquet")
    if (again := datasets["dataset"].duplicated()).any():
        rule, first = "a data set must be in its table once", datasets.loc[again, "dataset"].iloc[0]
        raise InvalidValueError(rule, shown(first), "Remove the second row.")
    known = datasets["dataset"].tolist()
    for name in metrics["dataset"].unique():
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
