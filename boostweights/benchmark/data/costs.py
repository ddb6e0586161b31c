"""What errors on each row cost: recorded in the data, or worked out by a published recipe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from boostweights.errors import check_that

Floats = npt.NDArray[np.float64]
_OUTCOMES = ("tn", "fp", "fn", "tp")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CostTable:
    """What is known of each row's costs before any split; a split's training rows complete it.

    A credit refused costs the lender the profit on it, less what its money would earn with an average
    other customer: that average is a figure of the training rows, and so is worked out by `matrix`.

    Attributes
    ----------
    fixed : ndarray of shape (n, 4)
        Costs of (tn, fp, fn, tp) that no split changes, in the data's own unit of money; for a credit, fp
        is the profit on its line. NaN where a row has no costs.
    line : ndarray of shape (n,) or None
        Credit lines; None for other costs.
    gain, loss : float
        Profit and loss given default on one unit of a credit line.
    """

    fixed: Floats
    line: Floats | None = None
    gain: float = 0.0
    loss: float = 0.0

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """Which of the n rows have costs."""
        return np.asarray(np.isfinite(self.fixed).all(axis=1))

    def matrix(self, positive: npt.NDArray[Any], train_rows: npt.NDArray[Any]) -> Floats:
        """Return each row's costs of (tn, fp, fn, tp), of shape (n, 4); NaN where it has none.

        For a credit line c with profit r(c): fp = max(0, r(c) − (1 − p) r(m) + p · loss · m), where m is the
        mean line and p the share of positives of the training rows (Correa Bahnsen, Aouada and Ottersten
        2014, "Example-dependent cost-sensitive logistic regression for credit scoring").

        Parameters
        ----------
        positive : ndarray of bool of shape (n,)
            Which rows are of the positive class.
        train_rows : ndarray of int
            Positions of the training rows.
        """
        costs = self.fixed.copy()
        if self.line is None:
            return costs
        rows, remedy = train_rows[self.known[train_rows]], "Take the rows that have: `costed(dataset)`."
        check_that(len(rows), "some training row must have costs", f"none of {len(train_rows)}", remedy)
        mean, share = self.line[rows].mean(), positive[rows].mean()
        other = (1 - share) * self.gain * mean - share * self.loss * mean
        costs[:, 1] = np.maximum(0.0, costs[:, 1] - other)
        return costs

    def take(self, rows: npt.NDArray[Any]) -> CostTable:
        """Return the costs of some rows, in the order of their positions."""
        return replace(self, fixed=self.fixed[rows], line=None if self.line is None else self.line[rows])

    def columns(self) -> dict[str, Floats]:
        """Return the parts that have one value a row, by name."""
        columns = dict(zip(_OUTCOMES, self.fixed.T, strict=True))
        return columns if self.line is None else columns | {"line": self.line}

    @staticmethod
    def of_columns(columns: Mapping[str, Floats], gain: float, loss: float) -> CostTable:
        """Return the table that `columns` was taken from."""
        fixed = np.column_stack([columns[name] for name in _OUTCOMES])
        return CostTable(fixed=fixed, line=columns.get("line"), gain=gain, loss=loss)


def costs_of(recipe: Mapping[str, Any], numbers: pd.DataFrame) -> CostTable:
    """Return the costs that a catalogue entry's recipe gives.

    Parameters
    ----------
    recipe : mapping
        ``kind`` and that kind's parameters: ``"columns"`` (names of recorded costs), ``"deposit"`` (offers of
        a term deposit: Correa Bahnsen et al. 2014) or ``"credit"`` (credit lines). ``above``, ``below`` (each
        column → limit, itself outside) and ``complete`` (nothing missing) say which rows have costs.
    numbers : DataFrame of shape (n, any)
        The numeric columns.

    Examples
    --------
    >>> offer = {"kind": "deposit", "balance": "b", "margin": 0.02, "share": 0.5, "contact": 1.0}
    >>> costs_of(offer, pd.DataFrame({"b": [50.0, 900.0]})).fixed
    array([[0., 1., 1., 1.],
           [0., 1., 9., 1.]])
    """
    if recipe["kind"] == "columns":
        columns = numbers[[recipe[name] for name in _OUTCOMES]]
        table = CostTable(fixed=columns.to_numpy(np.float64, copy=True))
    else:
        table = (_deposit if recipe["kind"] == "deposit" else _credit)(recipe, numbers)
    above, below = (pd.Series(recipe.get(key, {}), dtype=float) for key in ("above", "below"))
    known = (numbers[above.index] > above).all(axis=1) & (numbers[below.index] < below).all(axis=1)
    if recipe.get("complete", False):
        known &= numbers.notna().all(axis=1)
    table.fixed[~known] = np.nan
    if table.line is not None:
        table.line[~known] = np.nan
    return table


def _deposit(recipe: Mapping[str, Any], numbers: pd.DataFrame) -> CostTable:
    """Work out what offers cost: a contact each; one not made, the margin that it would have earned."""
    margin = numbers[recipe["balance"]].to_numpy() * recipe["margin"] * recipe["share"]
    contact = np.full(len(numbers), float(recipe["contact"]))
    nothing = np.zeros(len(numbers))
    return CostTable(fixed=np.column_stack([nothing, contact, np.maximum(margin, contact), contact]))


def _credit(recipe: Mapping[str, Any], numbers: pd.DataFrame) -> CostTable:
    """Work out the lines and what is made and lost on them.

    A line is the least of k times the income, the largest line, and what the income without its debts
    repays in the term: with a(c) the instalment on c and v(a) what instalments are worth today,
    min(k·y, largest, v(min(a(k·y), y·(1 − debt)))).
    """
    months, rate = recipe["months"], recipe["yearly_rate"] / 12
    instalment = rate * (1 + rate) ** months / ((1 + rate) ** months - 1)
    income = numbers[recipe["income"]].to_numpy() * recipe.get("income_factor", 1.0)
    debt = numbers[recipe["debt"]].to_numpy() if "debt" in recipe else 0.0
    wanted = recipe["incomes"] * income
    repaid = np.minimum(instalment * wanted, income * (1 - debt)) / instalment
    line = np.minimum(np.minimum(wanted, recipe["largest_line"]), repaid)
    funding = recipe["yearly_funding_rate"] / 12
    gain = instalment * ((1 - (1 + funding) ** -months) / funding) - 1  # instalments at today's worth
    loss = recipe["loss_given_default"]
    nothing = np.zeros(len(line))
    fixed = np.column_stack([nothing, gain * line, loss * line, nothing])
    return CostTable(fixed=fixed, line=line, gain=gain, loss=loss)
