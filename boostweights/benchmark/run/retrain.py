"""Published cells, trained again: a random sample of them, and whether their probabilities are the same."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import pandas as pd

from boostweights.benchmark.plan.plan import Plan
from boostweights.benchmark.run.store import CELL
from boostweights.benchmark.run.train import attempt
from boostweights.errors import check_that

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


def retrained(plan: Plan, chosen: pd.DataFrame, versions: Mapping[str, str | None]) -> Iterator[Retrained]:
    """Train cells again, one after another.

    Parameters
    ----------
    plan : Plan
        The plan of their suite, by this version's code.
    chosen : pandas.DataFrame
        The cells, each found in the plan by its name.
    versions : mapping of str to str
        The versions of packages that the published run records.

    Raises
    ------
    InvalidValueError
        If another version of a package is installed, or the plan has no such cell.
    """
    rule = "a published cell is trained again by the code, the data and the versions that made it"
    remedy = "Check out the commit in its run.json, and install the versions recorded there."
    for package in versions.keys() & plan.versions.keys():
        recorded, here = versions[package], plan.versions[package]
        check_that(here == recorded, rule, f"{package} {here} in place of {recorded}", remedy)
    models = {tuple(getattr(cell, name) for name in CELL): cell.model_key for cell in plan.cells}
    for row in chosen.to_dict("records"):
        cell = tuple(row[name] for name in CELL)
        where = " ".join(map(str, cell))
        check_that(cell in models, rule, f"{where}, which is not a cell of suite {plan.suite.name}", remedy)
        result = attempt(plan.models[models[cell]])
        yield Retrained(cell=where, status=result.status, same=result.digest == row["model_digest"])
