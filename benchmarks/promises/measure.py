"""Promised recall and alarms, kept or broken on rows of real data sets that nothing looked at.

    python -m benchmarks.promises.measure [--jobs N] [--minutes N] [--quick]

Rows are split at random: half train, a quarter makes the promise, a quarter tests it. Beside each promise
stands the threshold that just has the rate on the rows of the promise, and in a tenth of the splits a model
of balanced weights.
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

import numpy as np
from scipy import stats
from sklearn.model_selection import train_test_split

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.promises.page import write
from boostweights.errors import InvalidValueError
from boostweights.probabilities.promises import Promised, wrong_share

RATES: Final = (("recall", 0.7), ("recall", 0.9), ("recall", 0.95), ("alarms", 0.01), ("alarms", 0.05))
PLAN: Final = Plan(
    name="promises",
    data=(
        "yeast4",
        "hypothyroid",
        "caravan",
        "page-blocks0",
        "satimage4",
        "pakdd2009",
        "give-me-credit",
    ),
    libraries=LIBRARIES,
    rows=6_000,
    trees=50,
    repeats=10,
    folds=10,
    code=1,
    settings={"rates": RATES, "confidence": 0.9, "arms": ("unweighted", "balanced")},
)
ROUNDING: Final = 1e-9
Side = tuple[np.ndarray, np.ndarray]
"""Scores, and which rows are positive."""


def measure(cell: Cell) -> Figures:
    """Whether each promise is kept on the test rows of a split."""
    data = problem(cell.dataset, cell.plan.rows)
    seed = cell.repeat * cell.plan.folds + cell.fold
    train, promised, test = parts(data.y, seed)
    found: Figures = []
    for arm in cell.plan.settings["arms"][: 2 if cell.fold == 0 else 1]:
        model = data.estimator(cell.library, cell.plan.trees, seed)
        X = data.features(cell.library)
        clf = bw.WeightedClassifier(model, weighting=arm).fit(X.iloc[train], data.y[train])
        sides = [(clf.predict_proba(X.iloc[rows])[:, 1], data.y[rows] == 1) for rows in (promised, test)]
        for metric, rate in cell.plan.settings["rates"]:
            asked = Promised(**{metric: rate}, confidence=cell.plan.settings["confidence"])
            figures = {"arm": arm, "of": metric, "rate": rate}
            found += [{**figures, "metric": name, "value": value} for name, value in outcome(asked, *sides)]
    return found


def parts(y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The rows that train, that make the promise and that test it.

    Of the rows that do not train any is as likely as any other to test: stratified, they would differ less
    than new rows do.
    """
    train, rest = train_test_split(np.arange(len(y)), test_size=0.5, stratify=y, random_state=seed)
    promised, test = train_test_split(rest, test_size=0.5, random_state=seed)
    return train, promised, test


def outcome(asked: Promised, made_on: Side, tested: Side) -> Iterator[tuple[str, float]]:
    """What the promise was made on, and what the test rows say of it and of the rate's own threshold."""
    ((metric, rate),) = asked.rates.items()
    limits: dict[str, Any] = {"at_least" if metric == "recall" else "at_most": {metric: rate}}
    try:
        kept = bw.promise(*made_on, **limits, confidence=asked.confidence)
    except InvalidValueError:  # too few rows
        yield "impossible", 1.0
        return
    yield "impossible", 0.0
    of = "positives" if metric == "recall" else "rows"
    n, m = (int(y.sum()) if of == "positives" else len(y) for _, y in (made_on, tested))
    share = wrong_share(metric, rate)
    exceeding = math.floor(share * n + ROUNDING) + 1
    scores = np.sort(made_on[0][made_on[1]]) if metric == "recall" else -np.sort(-made_on[0])
    plain = replace(kept, threshold=float(scores[exceeding - 1]))
    for name, decided, rank in (("promise", kept, kept.rates[0].rank), ("plain", plain, exceeding)):
        called = decided.decide(tested[0])
        wrong = int((~called[tested[1]]).sum() if metric == "recall" else called.sum())
        yield f"{name}: broken", float(wrong > allowed(share, m))
        yield f"{name}: broken by chance", by_chance(rank, n, m, share)
        yield f"{name}: alarms", float(called.mean())
        yield f"{name}: recall", float(called[tested[1]].mean())


def allowed(share: float, rows: int) -> int:
    """How many of the test rows may lie on the wrong side."""
    return math.floor(share * rows + ROUNDING)


def by_chance(rank: int, n: int, m: int, share: float) -> float:
    """How likely more of m test rows lie beyond the rank-th of n scores, all orders of them alike likely.

    Negative hypergeometric, which for whole numbers is the beta-binomial distribution; no scores tied.
    """
    return float(stats.betabinom(m, rank, n - rank + 1).sf(allowed(share, m)))


if __name__ == "__main__":
    write(*measured(PLAN, measure))
