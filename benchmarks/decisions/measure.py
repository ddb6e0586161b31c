"""How to decide between more than two classes: most probable class, class offsets, least expected cost.

    python -m benchmarks.decisions.measure [--jobs N] [--quick]

The data sets are all of the catalogue with more than two classes. Cost matrices are drawn: 0 on the diagonal,
elsewhere log-uniform between 1 and the largest cost.
"""

from typing import Any, Final

import numpy as np
from sklearn.metrics import f1_score

import boostweights as bw
from benchmarks.decisions.page import write
from benchmarks.experiment.problem import problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured

PLAN: Final = Plan(
    name="decisions",
    data=("kr-vs-k", "fars", "accidents", "covid-testing", "page-blocks", "hpc-jobs"),
    libraries=("lightgbm", "xgboost"),
    rows=8_000,
    trees=50,
    repeats=1,
    folds=3,
    code=2,
    settings={"matrices": 3, "largest": 20.0},
)
Decision = tuple[str, str, str, np.ndarray]  # arm, rule, probabilities used, predicted codes


def measure(cell: Cell) -> Figures:
    """Train a fold, and return the macro F1 or the cost of each way to decide."""
    data = problem(cell.dataset, cell.plan.rows)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    X = data.features(cell.library)
    rows, tests, y, truth = X.iloc[train], X.iloc[test], data.y[train], data.y[test]
    classes, settings = np.unique(data.y), cell.plan.settings

    def trained(weighting: Any, **asked: Any) -> bw.WeightedClassifier:
        estimator = data.estimator(cell.library, cell.plan.trees, cell.repeat)
        return bw.WeightedClassifier(estimator, weighting, **asked).fit(rows, y)

    plain = trained(None)
    tuned = trained(None, correct_proba="fitted", threshold="f1_macro")
    proba = {"raw": plain.predict_proba(tests), "fitted": tuned.predict_proba(tests)}
    most_probable = {name: np.argmax(values, axis=1) for name, values in proba.items()}
    decided: list[Decision] = [
        *(("unweighted", "most probable", name, codes) for name, codes in most_probable.items()),
        ("unweighted", "offsets", "fitted", tuned.predict(tests)),
        ("balanced", "most probable", "raw", trained("balanced").predict(tests)),
    ]
    figures = [
        {"arm": arm, "rule": rule, "proba": name, "metric": "macro F1", "value": macro_f1(truth, codes)}
        for arm, rule, name, codes in decided
    ]
    for number in range(settings["matrices"]):
        matrix = drawn(len(classes), settings["largest"], (cell.repeat, number))
        costs = bw.Costs(matrix=matrix.tolist(), classes=classes.tolist())
        least = {name: bw.decide(summing(values), costs) for name, values in proba.items()}
        ways = [
            *(("unweighted", "most probable", name, codes) for name, codes in most_probable.items()),
            *(("unweighted", "least expected cost", name, codes) for name, codes in least.items()),
            ("weights of the costs", "most probable", "raw", trained(costs).predict(tests)),
        ]
        figures += [
            {"arm": arm, "rule": rule, "proba": name, "metric": f"cost {number}", "value": value}
            for arm, rule, name, codes in ways
            for value in [share_of_cost(truth, codes, matrix)]
        ]
    return figures


def drawn(k: int, largest: float, seed: tuple[int, ...]) -> np.ndarray:
    """A cost matrix of shape (k, k): rows truth, columns decision."""
    matrix = np.exp(np.random.default_rng((*seed, k)).uniform(0, np.log(largest), (k, k)))
    return np.asarray(matrix * (1 - np.eye(k)))


def summing(proba: np.ndarray) -> np.ndarray:
    """Probabilities in float64 whose rows sum to 1."""
    return np.asarray(proba / proba.sum(axis=1, keepdims=True, dtype=np.float64))


def macro_f1(truth: np.ndarray, codes: np.ndarray) -> float:
    """The mean F1 of the classes that are true or decided; 0 for one that is never right."""
    return float(f1_score(truth, codes, average="macro", zero_division=0.0))


def share_of_cost(truth: np.ndarray, codes: np.ndarray, matrix: np.ndarray) -> float:
    """The cost, divided by that of the one class that is cheapest for all rows."""
    constant = matrix[truth].sum(axis=0).min()
    return float(matrix[truth, codes].sum() / constant)


if __name__ == "__main__":
    write(*measured(PLAN, measure))
