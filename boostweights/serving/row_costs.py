"""A pipeline that decides each row by its own costs, which columns of the table hold."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.pipeline import Pipeline

from boostweights.errors import check_that
from boostweights.probabilities.decisions import decide
from boostweights.tables.preparation import TablePreparation, as_arrow
from boostweights.tables.roles import Cost
from boostweights.weighting.row_weights import checked_row_costs


class CostPipeline(Pipeline):  # type: ignore[misc]
    """A pipeline whose ``predict`` decides each row by its own costs; see `decide`.

    Parameters
    ----------
    steps : list of (str, estimator)
        A `TablePreparation`, then a `WeightedClassifier` with honest probabilities and no threshold.
    costs : (fn, fp)
        What a missed positive and a false alarm cost: numbers, or names of columns.

    Attributes
    ----------
    prices_ : TablePreparation
        What the columns of costs are.
    """

    def __init__(self, steps: Sequence[tuple[str, Any]], *, costs: tuple[Cost, Cost] = (1.0, 1.0)) -> None:
        super().__init__(steps)
        self.costs = costs

    def fit(self, X: Any, y: Any = None, **params: Any) -> Self:
        """Fit the steps, and learn how the columns of costs are written."""
        self.with_prices(X)
        super().fit(X, y, **params)
        return self

    def with_prices(self, X: Any) -> Self:
        """Learn how the columns of costs are written, as the preparation reads them.

        Raises
        ------
        InvalidValueError
            If one is absent, or holds no numbers.
        """
        columns = as_arrow(X, only=[cost for cost in self.costs if isinstance(cost, str)])
        self.prices_ = TablePreparation(marks=self[0].marks, identifiers="refuse").fit(columns)
        for name, column in self.prices_.columns_.items():
            rule = "--fn and --fp must be numbers, or name columns of numbers"
            check_that(column.kind == "number", rule, f"{name!r}, of kind {column.kind}", "Name others.")
        return self

    def row_costs(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the costs of (fn, fp) of each row, of shape (n, 2).

        Raises
        ------
        InvalidValueError
            If a column is absent, holds no numbers, or a cost is missing, negative or infinite.
        """
        values = self.prices_.transform(X)
        columns = {self.prices_.names_[str(safe)]: column.to_numpy() for safe, column in values.items()}
        costs = [
            columns[cost] if isinstance(cost, str) else np.full(len(values), cost) for cost in self.costs
        ]
        checked_row_costs(np.column_stack(costs), len(values))
        return np.column_stack(costs)

    def decided(self, proba: Any, row_costs: Any) -> Any:
        """Return the label of least expected cost of each row."""
        clf = self[-1]
        return decide(proba, row_costs=row_costs, classes=clf.classes_, pos_label=clf.pos_label)

    def predict(self, X: Any, **params: Any) -> Any:
        """Return the label of least expected cost of each row."""
        return self.decided(self.predict_proba(X, **params), self.row_costs(X))
