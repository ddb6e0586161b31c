"""Published cells, trained again: a random sample of them, and whether their probabilities are the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from boostweights.benchmark.plan.plan import Plan
from boostweights.benchmark.run.train import attempt
from boostweights.errors import InvalidValueError

SHARE: Final = 0.01
LEAST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrained:
    """A published cell and what came of training it again.

    Attributes
    ----------
    cell : str
        Data set, fold, library, regime and arm.
    status : str
        "ok", or why it failed now.
    same : bool
        Whether its probabilities are the same to the bit.
    """

    cell: str
    status: str
    same: bool


def sampled_cells(cells: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return a random 1 % of the cells that have results, at least five.

    Examples
    --------
    >>> cells = pd.DataFrame({"status": ["ok"] * 9 + ["error"], "cell": range(10)})
    >>> len(sampled_cells(cells, seed=0))
    5
    """
    done = cells[cells["status"] == "ok"]
    count = min(len(done), max(LEAST, round(SHARE * len(done))))
    chosen = np.random.default_rng(seed).choice(len(done), count, replace=False)
    return done.iloc[np.sort(chosen)]


def retrained(plan: Plan, chosen: pd.DataFrame) -> Iterator[Retrained]:
    """Train cells again, one after another.

    Raises
    ------
    InvalidValueError
        If the plan, by this version's code and the libraries that are installed, has no such model.
    """
    for row in chosen.to_dict("records"):
        where = [
            str(row[name])
            for name in ("dataset", "repeat", "fold", "library", "regime", "arm")
            if name in row
        ]
        model = plan.models.get(row["model_key"])
        if model is None:
            raise InvalidValueError(
                "a published cell is trained again by the code, the data and the versions that made it",
                f"{' '.join(where)}, whose key is not among those of suite {plan.suite.name} here",
                "Check out the commit in its run.json, and install the versions that stand there.",
            )
        result = attempt(model)
        same = result.digest == row["model_digest"]
        yield Retrained(cell=" ".join(where), status=result.status, same=same)
