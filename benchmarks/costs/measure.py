"""Which decisions save most where every row has its own costs: weights, thresholds, least expected cost.

    python -m benchmarks.costs.measure [--jobs N] [--quick]

Costs that depend on averages (a credit's) take them from the training rows of the fold.
"""

from collections.abc import Iterator
from typing import Any, Final

import numpy as np

import boostweights as bw
from benchmarks.costs.page import write
from benchmarks.experiment.problem import LIBRARIES, Problem, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from boostweights.benchmark.data.rows import row_costs

PLAN: Final = Plan(
    name="costs",
    data=("pakdd2009", "give-me-credit", "bank-marketing", "churn-tv"),
    libraries=LIBRARIES,
    rows=12_000,
    trees=100,
    repeats=1,
    folds=5,
    code=1,
    settings={},
)
Decision = tuple[str, str, str, np.ndarray]  # arm, rule, probabilities used, predicted labels


def measure(cell: Cell) -> Figures:
    """Train a fold, and return the figures of each way to decide."""
    data = problem(cell.dataset, cell.plan.rows, with_costs=True)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    costs = row_costs(data.dataset, train)
    constants = {name: np.full(len(test), label) for name, label in (("nobody", 0), ("everybody", 1))}
    decisions = [
        *_decisions(cell, data, train, test, costs),
        *(("constant", name, "none", predicted) for name, predicted in constants.items()),
    ]
    return [
        {"arm": arm, "rule": rule, "proba": proba, "metric": metric, "value": value}
        for arm, rule, proba, predicted in decisions
        for metric, value in figures(data.y[test], predicted, costs[test]).items()
    ]


def _decisions(
    cell: Cell, data: Problem, train: np.ndarray, test: np.ndarray, costs: np.ndarray
) -> Iterator[Decision]:
    X = data.features(cell.library)
    rows, tests, y = X.iloc[train], X.iloc[test], data.y[train]
    average = class_costs(y, costs[train])

    def trained(weighting: Any, **given: Any) -> bw.WeightedClassifier:
        estimator = data.estimator(cell.library, cell.plan.trees, cell.repeat)
        return bw.WeightedClassifier(estimator, weighting=weighting).fit(rows, y, **given)

    plain, balanced = trained("unweighted"), trained("balanced")
    honest = {"raw": plain.predict_proba(tests)}
    weighted = {"raw": balanced.predict_proba(tests)}
    weighted["corrected"] = bw.correct_proba(weighted["raw"], balanced.class_weights_)
    yield "unweighted", "0.5", "raw", plain.predict(tests)
    yield "balanced", "0.5", "raw", balanced.predict(tests)
    yield "mean costs", "0.5", "raw", trained(average).predict(tests)
    by_row = trained(bw.RowCosts(pos_label=1), row_costs=costs[train])
    yield "row costs", "0.5", "raw", by_row.predict(tests)
    yield "unweighted", "mean-cost threshold", "raw", bw.decide(honest["raw"], average)
    for arm, found in (("unweighted", honest), ("balanced", weighted)):
        for proba, values in found.items():
            summing = values / values.sum(axis=1, keepdims=True, dtype=np.float64)
            yield arm, "least expected cost", proba, bw.decide(summing, row_costs=costs[test])


def class_costs(y: np.ndarray, costs: np.ndarray) -> bw.Costs:
    """One cost a class: what being wrong adds, on average over the class's training rows."""
    tn, fp, fn, tp = costs.T
    return bw.Costs(fn=float((fn - tp)[y == 1].mean()), fp=float((fp - tn)[y == 0].mean()), pos_label=1)


def figures(truth: np.ndarray, predicted: np.ndarray, costs: np.ndarray) -> dict[str, float]:
    """Savings, mean cost a row, recall, precision (0 without a positive), share of rows called positive."""
    hits = (truth == 1) & (predicted == 1)
    return {
        "savings": bw.probabilities.savings_score(truth, predicted, costs, pos_label=1),
        "cost": float(costs[np.arange(len(truth)), 2 * truth + predicted].mean()),
        "recall": float(hits.sum() / (truth == 1).sum()),
        "precision": float(hits.sum() / max(1, (predicted == 1).sum())),
        "called_positive": float((predicted == 1).mean()),
    }


if __name__ == "__main__":
    write(*measured(PLAN, measure))
