"""Weight w at .5 beside no weight at 1/(1+w): how often the two decide alike, and where trees break it.

    python -m benchmarks.threshold.measure [--jobs N] [--quick]

Beside each weighted model stands a floor: an unweighted one trained without a random twentieth of the rows,
at the same threshold. Two models that differ for no reason of weights differ by that much.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, Problem, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.threshold.page import write

LEAVES: Final[Mapping[str, Mapping[str, Any]]] = {
    "xgboost": {"max_depth": 10, "min_child_weight": 0.0, "reg_lambda": 0.0},
    "lightgbm": {"num_leaves": 255, "min_child_samples": 1},
    "catboost": {"depth": 8, "l2_leaf_reg": 1e-3},
    "sklearn": {"max_leaf_nodes": 255, "min_samples_leaf": 1},
}
STRONG: Final[Mapping[str, Mapping[str, Any]]] = {
    "xgboost": {"reg_lambda": 100.0},
    "lightgbm": {"reg_lambda": 100.0},
    "catboost": {"l2_leaf_reg": 100.0},
    "sklearn": {"l2_regularization": 100.0},
}
PLAN: Final = Plan(
    name="threshold",
    data=("bank-marketing", "give-me-credit", "nass-crash", "hypothyroid"),
    libraries=LIBRARIES,
    rows=8_000,
    trees=100,
    repeats=1,
    folds=3,
    code=1,
    settings={
        "ratios": (3.0, 10.0, 30.0, 100.0),
        "leaves": LEAVES,
        "strong": STRONG,
        "few": 30,
        "left_out": 0.05,
    },
)


def measure(cell: Cell) -> Figures:
    """Train a fold, and compare each weight at .5 with no weight at 1/(1+w)."""
    data = problem(cell.dataset, cell.plan.rows)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    found: Figures = []
    for setting, settings, rows in _settings(cell, data, train):
        plain = _trained(cell, data, rows, 1.0, settings)
        floor = _trained(cell, data, _without_some(cell, data, rows), 1.0, settings)
        X = data.features(cell.library).iloc[test]
        honest, other = plain.predict_proba(X)[:, 1], floor.predict_proba(X)[:, 1]
        for ratio in cell.plan.settings["ratios"]:
            weighted = _trained(cell, data, rows, ratio, settings).predict_proba(X)[:, 1]
            at = 1 / (1 + ratio)
            pairs = {"weighted": weighted >= 0.5, "floor": other >= at}
            for arm, decided in pairs.items():
                figures = compared(data.y[test] == 1, honest >= at, decided)
                found += [
                    {"setting": setting, "arm": arm, "ratio": ratio, "metric": metric, "value": value}
                    for metric, value in figures.items()
                ]
    return found


def _settings(
    cell: Cell, data: Problem, train: np.ndarray
) -> Iterator[tuple[str, Mapping[str, Any], np.ndarray]]:
    yield "defaults", {}, train
    yield "large trees, small leaves", LEAVES[cell.library], train
    yield "strong lambda", STRONG[cell.library], train
    few = cell.plan.settings["few"]
    positives = np.random.default_rng(cell.fold).permutation(train[data.y[train] == 1])[:few]
    yield f"{few} positives", {}, np.sort(np.r_[train[data.y[train] == 0], positives])


def _without_some(cell: Cell, data: Problem, rows: np.ndarray) -> np.ndarray:
    """The rows without a random twentieth of each class."""
    rng = np.random.default_rng(cell.fold)
    kept = [
        rng.permutation(part)[: len(part) - max(1, round(cell.plan.settings["left_out"] * len(part)))]
        for part in (rows[data.y[rows] == label] for label in (0, 1))
    ]
    return np.sort(np.concatenate(kept))


def _trained(
    cell: Cell, data: Problem, rows: np.ndarray, ratio: float, settings: Mapping[str, Any]
) -> bw.WeightedClassifier:
    estimator = data.estimator(cell.library, cell.plan.trees, cell.repeat, **settings)
    weighting = bw.Explicit({0: 1.0, 1: ratio})
    return bw.WeightedClassifier(estimator, weighting=weighting).fit(
        data.features(cell.library).iloc[rows], data.y[rows]
    )


def compared(truth: np.ndarray, plain: np.ndarray, other: np.ndarray) -> dict[str, float]:
    """How two decisions agree, and what the other one's recall and precision are more.

    ``alike`` is the share of rows decided alike; ``alike_positives`` the share of the rows that either calls
    positive that both do (Jaccard; 1 where neither calls any).
    """
    either = (plain | other).sum()
    return {
        "alike": float((plain == other).mean()),
        "alike_positives": float((plain & other).sum() / either) if either else 1.0,
        "recall": float((other & truth).sum() - (plain & truth).sum()) / float(truth.sum()),
        "precision": _precision(truth, other) - _precision(truth, plain),
        "called_positive": float(other.mean() - plain.mean()),
    }


def _precision(truth: np.ndarray, called: np.ndarray) -> float:
    return float((called & truth).sum() / max(1, called.sum()))


if __name__ == "__main__":
    write(*measured(PLAN, measure))
