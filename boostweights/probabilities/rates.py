"""One rate that is promised, and the order statistic that promises it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from boostweights.probabilities.promised import level_of, wrong_share
from boostweights.probabilities.tolerance import rank_of, rows_needed
from boostweights.weighting.labels.rules import Label

ROWS: Final[Mapping[str, str]] = {"recall": "positives", "alarms": "rows"}
"""What each metric is a share of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """One rate that is promised, of all rows or of a group.

    Attributes
    ----------
    metric : {"recall", "alarms"}
    rate : float
        At least this recall, at most these alarms.
    confidence : float
        Its own: where several are promised they share what the whole promise leaves.
    n : int
        The rows that it was made on: of recall positives, of alarms all; of clusters one row each.
    threshold : float
        The order statistic that promises it.
    group : label, default=None
    """

    metric: str
    rate: float
    confidence: float
    n: int
    threshold: float
    group: Label = None

    @property
    def rank(self) -> int:
        """Which order statistic it is, from 1: from the lowest of positives, from the highest of all rows."""
        return rank_of(self.n, wrong_share(self.metric, self.rate), level_of(self.confidence))

    @property
    def minimal_n(self) -> int:
        """The fewest rows that it could have been made on."""
        return rows_needed(wrong_share(self.metric, self.rate), level_of(self.confidence))

    @property
    def expected(self) -> float:
        """The rate to be expected, where no scores are tied: the mean over all draws of the n rows."""
        beyond = self.rank / (self.n + 1)
        return 1 - beyond if self.metric == "recall" else beyond

    def __str__(self) -> str:
        sign = ">=" if self.metric == "recall" else "<="
        of = "" if self.group is None else f" in {self.group!r}"
        return (
            f"{self.metric} {sign} {self.rate:g}{of}, confidence {self.confidence:.6g} "
            f"(from {self.n} {ROWS[self.metric]}, {self.minimal_n} needed; expected {self.expected:.3f})"
        )
