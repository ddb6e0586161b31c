"""What errors on each row cost: recorded in the data, or worked out by a published recipe."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pandas as pd

from boostweights.errors import InvalidValueError

Floats = np.ndarray[Any, np.dtype[np.float64]]
_OUTCOMES: Final = ("tn", "fp", "fn", "tp")


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
    def known(self) -> np.ndarray[Any, np.dtype[np.bool_]]:
        """Which of the n rows have costs."""
        return np.asarray(np.isfinite(self.fixed).all(axis=1))

    def matrix(self, positive: np.ndarray[Any, Any], train_rows: np.ndarray[Any, Any]) -> Floats:
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
        found = self.fixed.copy()
        if self.line is None:
            return found
        rows = train_rows[self.known[train_rows]]
        if not len(rows):
            rule, mend = "some training row must have costs", "Take the rows that have: `costed(dataset)`."
            raise InvalidValueError(rule, f"none of {len(train_rows)}", mend)
        mean, share = self.line[rows].mean(), positive[rows].mean()
        other = (1 - share) * self.gain * mean - share * self.loss * mean
        found[:, 1] = np.maximum(0.0, found[:, 1] - other)
        return found

    def take(self, rows: np.ndarray[Any, Any]) -> CostTable:
        """Return the costs of some rows, in the order of their positions."""
        return replace(self, fixed=self.fixed[rows], line=None if self.line is None else self.line[rows])

    def columns(self) -> dict[str, Floats]:
        """Return the parts that have one value a row, by name."""
        found = dict(zip(_OUTCOMES, self.fixed.T, strict=True))
        return found if self.line is None else found | {"line": self.line}

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
    table = _KINDS[recipe["kind"]](recipe, numbers)
    unknown = ~_with_costs(recipe, numbers)
    table.fixed[unknown] = np.nan
    if table.line is not None:
        table.line[unknown] = np.nan
    return table


def _with_costs(recipe: Mapping[str, Any], numbers: pd.DataFrame) -> np.ndarray[Any, Any]:
    found = np.ones(len(numbers), dtype=bool)
    for name, limit in recipe.get("above", {}).items():
        found &= numbers[name].to_numpy() > limit
    for name, limit in recipe.get("below", {}).items():
        found &= numbers[name].to_numpy() < limit
    if recipe.get("complete", False):
        found &= numbers.notna().to_numpy().all(axis=1)
    return found


def _recorded(recipe: Mapping[str, Any], numbers: pd.DataFrame) -> CostTable:
    return CostTable(fixed=numbers[[recipe[name] for name in _OUTCOMES]].to_numpy(np.float64, copy=True))


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


_KINDS: Final[Mapping[str, Callable[[Mapping[str, Any], pd.DataFrame], CostTable]]] = {
    "columns": _recorded,
    "deposit": _deposit,
    "credit": _credit,
}
