"""What a promise costs, arm by arm: the alarms paid for a recall, or the recall that a limit leaves."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from boostweights.benchmark.report.figures import BASELINE, Figures
from boostweights.benchmark.report.tables import Tables
from boostweights.probabilities.promise_cost import promise_in_words
from boostweights.probabilities.promises import Promised

VIEW: Final = "promised/raw"


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """What a promise costs in one library under one arm.

    Attributes
    ----------
    library, policy : str
        Which library, and which arm of the suite.
    alarms, recall, threshold : float
        Means over data sets of the means over folds.
    alarms_difference, recall_difference : float
        The same of the differences from the unweighted model of the same fold; NaN of itself, or without it.
    """

    library: str
    policy: str
    alarms: float
    recall: float
    threshold: float
    alarms_difference: float
    recall_difference: float

    def plain(self) -> dict[str, Any]:
        """Return it for JSON, which has no NaN."""
        return {
            name: None if isinstance(value, float) and math.isnan(value) else value
            for name, value in asdict(self).items()
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Prices:
    """What was promised, and what it costs; the cheapest first.

    Attributes
    ----------
    promised : Promised
        One rate.
    rows : tuple of Price
        By the alarms that are paid; where those are promised, by the recall that they leave.
    """

    promised: Promised
    rows: tuple[Price, ...]

    @property
    def text(self) -> str:
        """What was promised, and how, in words."""
        return promise_in_words(self.promised)

    def plain(self) -> dict[str, Any]:
        """Return it for JSON."""
        return {"promise": asdict(self.promised), "rows": [price.plain() for price in self.rows]}


def prices(tables: Tables, figures: Figures) -> Prices | None:
    """Return what the promise of a run costs; None of a run without one, or before it has figures."""
    wanted: Mapping[str, Any] | None = tables.suite.get("promised")
    if wanted is None or not figures.has(VIEW, "alarms"):
        return None
    promised = Promised(**wanted)
    names = ("alarms", "recall", "threshold")
    means, differences = (
        {name: part[VIEW, name].groupby(level=["library", "arm"], sort=False).mean() for name in names}
        for part in (figures.means, figures.differences)
    )
    found = [
        Price(
            library=str(library),
            policy=str(arm),
            **{name: float(means[name][library, arm]) for name in names},
            **{
                f"{name}_difference": math.nan if arm == BASELINE else float(differences[name][library, arm])
                for name in names[:2]
            },
        )
        for library, arm in means["alarms"].dropna().index
    ]
    by_recall = promised.recall is None
    return Prices(
        promised=promised,
        rows=tuple(sorted(found, key=lambda price: -price.recall if by_recall else price.alarms)),
    )
