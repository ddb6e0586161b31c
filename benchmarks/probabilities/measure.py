"""Probabilities of balanced and unweighted models, made honest in six ways, at the best rounds and beyond.

    python -m benchmarks.probabilities.measure [--jobs N] [--minutes N] [--quick]

In each fold a model of all training rows and five of four fifths of them are trained for each arm. The five
choose the number of rounds, as ``n_rounds="cv"`` with ``eval_weighting="shifted"`` does, and all ways learn
from them. Fewer rounds are the first rounds of the same models.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from sklearn.metrics import average_precision_score, log_loss

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, Problem, problem
from benchmarks.experiment.run import Cell, Figures, Plan, measured
from benchmarks.probabilities.page import write
from benchmarks.probabilities.ways import FoldScores, ways
from boostweights.adapters.registry import adapter_named
from boostweights.adapters.training import EvaluationSet
from boostweights.benchmark.data.entries import catalogue
from boostweights.estimator.corrected import margins
from boostweights.probabilities.link import link_shift, log_proba

ROWS: Final = 6_000
RAREST: Final = 50
FEATURES: Final = 500
ARMS: Final = ("unweighted", "balanced")
INNER: Final = 5
TIMES: Final = {"third": 1 / 3, "best": 1, "three": 3}
"""Multiples of the best number of rounds."""
GRID: Final = tuple(sorted({round(300 ** (step / 40)) for step in range(41)}))
"""Where losses of evaluation rows that are not shifted are looked at."""
Floats = np.ndarray


def sets() -> tuple[str, ...]:
    """Data sets with rows enough of each class, in an order drawn once: the first of them are a sample.

    One of 1,617 features is left out: it would take a third of the time of all.
    """
    names = sorted(
        name
        for name, entry in catalogue().entries.items()
        if entry.minority_count * min(1, ROWS / entry.rows) >= RAREST
    )
    drawn = random.Random(0).sample(names, len(names))
    return tuple(name for name in drawn if catalogue().entries[name].features <= FEATURES)


PLAN: Final = Plan(
    name="probabilities",
    data=sets(),
    libraries=LIBRARIES,
    rows=ROWS,
    trees=300,
    repeats=1,
    folds=3,
    code=5,
    settings={"learning_rate": 0.1, "inner": INNER, "times": TIMES, "grid": GRID},
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Inner:
    """A model trained without some rows, and their mean loss after each round, without the weights."""

    clf: bw.WeightedClassifier
    out: Floats
    losses: Floats


def measure(cell: Cell) -> Figures:
    """Train a fold, and return the figures of each way to correct its probabilities."""
    data = problem(cell.dataset, cell.plan.rows)
    train, test = list(data.folds(cell.plan.folds, cell.repeat))[cell.fold]
    found: Figures = []
    for arm in ARMS:
        for figure in _of_arm(cell, arm, data.take(train), data.take(test)):
            found.append({"arm": arm, "rule": "none", **figure})
    return found


def _of_arm(cell: Cell, arm: Any, part: Problem, tests: Problem) -> Iterator[dict[str, Any]]:
    inner = inner_models(cell, arm, part, cell.plan.trees)
    rounds = best_rounds(inner, part, cell.library, arm)
    for name, number in rounds.items():
        yield {"proba": "raw", "at": name, "metric": "rounds", "value": number}
    numbers = {name: max(1, round(times * rounds["best"])) for name, times in TIMES.items()}
    numbers |= {name: number for name, number in rounds.items() if name != "best"}
    most = max(numbers.values())
    if most > cell.plan.trees:
        inner = inner_models(cell, arm, part, most)
    X, y = part.features(cell.library), part.y
    model = bw.WeightedClassifier(_estimator(cell, part, most), weighting=arm).fit(X, y)
    for name, number in numbers.items():
        for way, proba in probabilities(model, inner, part, tests, cell.library, number):
            if name not in ("best", "three") and way not in ("raw", "analytic", "fitted"):
                continue
            for metric, value in figures(tests.y, proba).items():
                yield {"proba": way, "at": name, "metric": metric, "value": value}


def _estimator(cell: Cell, part: Problem, rounds: int) -> Any:
    adapter = adapter_named(cell.library)
    settings = {"learning_rate": cell.plan.settings["learning_rate"]}
    settings |= adapter.rounds.all_trained({}, len(np.unique(part.y)))
    return part.estimator(cell.library, rounds, cell.repeat, **settings)


def inner_models(cell: Cell, arm: str, part: Problem, rounds: int) -> list[Inner]:
    """Models of so many rounds on four fifths of the rows."""
    return [_inner(cell, arm, part, rounds, inside, out) for inside, out in part.folds(INNER, cell.repeat)]


def _inner(cell: Cell, arm: Any, part: Problem, rounds: int, inside: Floats, out: Floats) -> Inner:
    adapter, X = adapter_named(cell.library), part.features(cell.library)
    clf = bw.WeightedClassifier(_estimator(cell, part, rounds), weighting=arm)
    given: Mapping[str, Any] = {}
    if adapter.rounds.RECORDED:
        clf.set_params(eval_weighting="shifted")
        given = {**adapter.rounds.QUIET, "X_val": X.iloc[out], "y_val": part.y[out]}
    clf.fit(X.iloc[inside], part.y[inside], **given)
    rows = EvaluationSet(X=X.iloc[out], y=part.y[out], weight=None)
    shift = link_shift(clf.class_weights_, adapter.raw_scores.link(clf.estimator_).kind)
    losses = adapter.rounds.losses(clf.estimator_, rows, shift)
    return Inner(clf=clf, out=out, losses=np.asarray(losses, np.float64))


def best_rounds(inner: list[Inner], part: Problem, library: str, arm: str) -> dict[str, int]:
    """Rounds by evaluation rows that are shifted ("best"), plain, or weighted as in training."""
    sizes = [len(each.out) for each in inner]
    pooled = np.average([each.losses for each in inner], axis=0, weights=sizes)
    found = {"best": int(np.argmin(pooled)) + 1}
    if arm == "unweighted":
        return found
    grid = [number for number in GRID if number <= len(pooled)]
    X = part.features(library)
    tables: dict[str, list[Floats]] = {"plain": [], "weighted": []}
    for each in inner:
        y = part.y[each.out]
        weights = each.clf.class_weights_.encoded().sample_weight(y)
        proba = [_proba(each.clf, X.iloc[each.out], number) for number in grid]
        tables["plain"].append(np.array([loss(y, p) for p in proba]))
        tables["weighted"].append(np.array([loss(y, p, weights) for p in proba]))
    for name, losses in tables.items():
        found[name] = grid[int(np.argmin(np.average(losses, axis=0, weights=sizes)))]
    return found


def _proba(clf: bw.WeightedClassifier, X: Any, rounds: int) -> Floats:
    found = margins(clf.estimator_, X, rounds)
    return np.exp(log_proba(found.values, found.kind))


def probabilities(
    model: bw.WeightedClassifier, inner: list[Inner], part: Problem, tests: Problem, library: str, rounds: int
) -> Iterator[tuple[str, Floats]]:
    """What the first rounds say of the test rows, in each way."""
    X, X_test = part.features(library), tests.features(library)
    own = margins(model.estimator_, X_test, rounds)
    folds = []
    for each in inner:
        left_out, of_tests = (
            margins(each.clf.estimator_, rows, rounds).values for rows in (X.iloc[each.out], X_test)
        )
        outputs = (left_out, of_tests)
        if not hasattr(each.clf, "decision_function"):
            outputs = (np.exp(log_proba(left_out, own.kind)), np.exp(log_proba(of_tests, own.kind)))
        shift = link_shift(each.clf.class_weights_, own.kind)
        folds.append(
            FoldScores(y=part.y[each.out], scores=left_out, tests=of_tests, shift=shift, outputs=outputs)
        )
    return ways(own.values, link_shift(model.class_weights_, own.kind), folds, own.kind)


def loss(truth: Floats, proba: Floats, weights: Floats | None = None) -> float:
    """The log loss, of rows that sum to one."""
    rows = proba / proba.sum(axis=1, keepdims=True)
    return float(log_loss(truth, rows, sample_weight=weights, labels=range(rows.shape[1])))


def figures(truth: Floats, proba: Floats) -> dict[str, float]:
    """Log loss, Brier score, expected calibration error and average precision.

    Of the positive class; for more than two the Brier score is summed and the others are means over classes.
    The expected calibration error has ten bins of equal counts.
    """
    proba = np.asarray(proba, np.float64)
    proba = proba / proba.sum(axis=1, keepdims=True)
    k = proba.shape[1]
    hits = truth[:, None] == np.arange(k)
    columns = [1] if k == 2 else list(range(k))
    return {
        "log_loss": loss(truth, proba),
        "brier": float(np.mean(np.sum((proba[:, columns] - hits[:, columns]) ** 2, axis=1))),
        "ece": float(np.mean([calibration_error(hits[:, i], proba[:, i]) for i in columns])),
        "ap": float(np.mean([average_precision_score(hits[:, i], proba[:, i]) for i in columns])),
    }


def calibration_error(hits: Floats, proba: Floats, bins: int = 10) -> float:
    """The mean distance of probabilities from shares, in bins of equal size."""
    parts = np.array_split(np.argsort(proba, kind="stable"), bins)
    return float(sum(len(p) * abs(proba[p].mean() - hits[p].mean()) for p in parts if len(p)) / len(proba))


if __name__ == "__main__":
    write(*measured(PLAN, measure))
