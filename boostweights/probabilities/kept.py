"""Whether new rows keep a promise: a binomial test of each rate."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.probabilities.rates import Rate
from boostweights.tables.results import to_frame
from boostweights.tables.text import as_text
from boostweights.weighting.labels.rules import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What new rows say of one rate.

    Attributes
    ----------
    metric : {"recall", "alarms"}
    promised : float
    group : label or None
    n, count : int
        Rows of that kind (of recall positives), and how many of them are flagged.
    p_value : float
        How likely are as few found positives, or as many alarms, at the rate that was promised.
    kept : bool
        Whether that is not too unlikely.
    """

    metric: str
    promised: float
    group: Label
    n: int
    count: int
    p_value: float
    kept: bool

    @property
    def seen(self) -> float:
        """The rate on these rows; NaN of none."""
        return self.count / self.n if self.n else float("nan")

    def __str__(self) -> str:
        sign, of = (
            (">=" if self.metric == "recall" else "<="),
            "" if self.group is None else f" in {self.group!r}",
        )
        return (
            f"{self.metric} {sign} {self.promised:g}{of} was promised and is {self.count} of {self.n}"
            f"{f', {self.seen:.4g}' if self.n else ''} (binomial p {self.p_value:.2g})"
        )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PromiseCheck:
    """Whether new rows keep a promise; prints as a table.

    Attributes
    ----------
    rates : tuple of Seen
        What the rows say of each rate.
    """

    rates: tuple[Seen, ...]

    @property
    def kept(self) -> bool:
        """Whether no rate is broken, as far as these rows tell."""
        return all(each.kept for each in self.rates)

    def columns(self) -> dict[str, list[Any]]:
        """Return one row a rate."""
        names = ("metric", "promised", "group", "n", "count", "seen", "p_value", "kept")
        return {name: [getattr(each, name) for each in self.rates] for name in names}

    def to_frame(self, backend: str = "pandas") -> Any:
        """Return one row a rate as a data frame."""
        return to_frame(self.columns(), backend)

    def __repr__(self) -> str:
        return as_text(self.columns())


def tested(rate: Rate, flagged: npt.NDArray[np.bool_], limit: float) -> Seen:
    """Return what new rows say of a rate: of recall the positives, whether each is flagged."""
    from scipy.special import bdtr, bdtrc

    n, count = len(flagged), int(flagged.sum())
    if rate.metric == "recall":
        p_value = float(bdtr(count, n, rate.rate)) if n else 1.0
    else:
        p_value = float(bdtrc(count - 1, n, rate.rate)) if count else 1.0
    return Seen(
        metric=rate.metric,
        promised=rate.rate,
        group=rate.group,
        n=n,
        count=count,
        p_value=p_value,
        kept=p_value > limit,
    )
