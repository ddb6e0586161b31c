"""Probabilities of models that were trained on few positives: candidates for the prior of the fitted map.

    python -m benchmarks.probabilities.few [--jobs N] [--minutes N] [--quick]

Half of each table trains and half tests. A draw takes some negatives and 5 to 50 positives from the
training half. The test half stays whole; its rows are weighted so that the positives have the same share as
in training, which is what thinning the test rows as well would give on average. The scores of each model are
stored, so that other maps are measured without training again.
"""

import io
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import numpy as np
from scipy.special import expit, log_expit, logit
from sklearn.linear_model import LogisticRegression

import boostweights as bw
from benchmarks.experiment.problem import LIBRARIES, Problem, problem
from benchmarks.experiment.run import ROOT, Cell, Figures, Plan, measured
from benchmarks.probabilities.fewpage import write
from benchmarks.probabilities.ways import sigmoid
from boostweights.benchmark.data.entries import catalogue
from boostweights.benchmark.data.rows import split_groups
from boostweights.estimator.corrected import margins
from boostweights.files import write_atomically
from boostweights.probabilities import fit_correction
from boostweights.probabilities.calibration import posterior_mode
from boostweights.probabilities.link import link_shift

ROWS: Final = 6_000
COUNTS: Final = (5, 7, 10, 15, 20, 30, 50)
"""Positives in training."""
NEGATIVES: Final = (250, 400, 600, 900, 1400)
"""Negatives in training, one number a draw."""
ARMS: Final = ("unweighted", "balanced")
FOLDS: Final = 5
RAREST: Final = 150
"""Positives of a table at least: half of them are for testing."""
FEATURES: Final = 100
SETS: Final = 12
Floats = np.ndarray
Map = tuple[float, float]
"""Slope and offset of scores from which the analytic shift was taken."""


def sets() -> tuple[str, ...]:
    """Twelve data sets of two classes in an order drawn once: the first half chooses, the second judges."""
    names = sorted(
        name
        for name, entry in catalogue().entries.items()
        if entry.task == "binary"
        and entry.features <= FEATURES
        and entry.minority_count * min(1, ROWS / entry.rows) >= RAREST
    )
    return tuple(random.Random(29).sample(names, SETS))


MODELS: Final = Plan(
    name="few",
    data=sets(),
    libraries=LIBRARIES,
    rows=ROWS,
    trees=50,
    repeats=1,
    folds=len(NEGATIVES),
    code=1,
    settings={"counts": COUNTS, "negatives": NEGATIVES, "inner": FOLDS, "arms": ARMS},
)
"""What is trained; a fold is a draw."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Scores:
    """Log-odds of a model and of five that were trained without a fold of its training rows.

    Attributes
    ----------
    y, left_out, shifts : ndarray of shape (n,)
        Labels of the training rows, their scores out of fold, and the analytic correction of these.
    y_test, tests : ndarray of shape (m,)
        Labels of the test rows, and their scores.
    shift : ndarray of shape (1,)
        The analytic correction of the scores of test rows.
    decides : ndarray of bool, of shape (1,)
        Whether the library has a decision function, which CalibratedClassifierCV then reads.
    """

    y: Floats
    left_out: Floats
    shifts: Floats
    y_test: Floats
    tests: Floats
    shift: Floats
    decides: Floats


def thinned(data: Problem, count: int, negatives: int, seed: int) -> Floats:
    """Positions of so many positives, of which no two are equal or of one group, and of negatives."""
    rng = np.random.default_rng(seed)
    _, firsts = np.unique(split_groups(data.dataset), return_index=True)
    positives = rng.permutation(firsts[data.y[firsts] == 1])
    others = rng.permutation(np.flatnonzero(data.y == 0))[:negatives]
    return np.sort(np.r_[positives[:count], others])


def scored(cell: Cell, data: Problem, tests: Problem, arm: Any) -> Scores:
    """Train on these rows and on the rest of each of five folds of them."""

    def trained(rows: Problem) -> tuple[Any, Floats]:
        estimator = rows.estimator(cell.library, cell.plan.trees, cell.fold)
        clf = bw.WeightedClassifier(estimator, weighting=arm).fit(rows.features(cell.library), rows.y)
        return clf, link_shift(clf.class_weights_, "logit")

    X = data.features(cell.library)
    left_out, shifts = np.empty(len(data.y)), np.empty(len(data.y))
    for inside, out in data.folds(FOLDS, cell.fold):
        clf, shifts[out] = trained(data.take(inside))
        left_out[out] = margins(clf.estimator_, X.iloc[out]).values
    clf, shift = trained(data)
    return Scores(
        y=data.y,
        left_out=left_out,
        shifts=shifts,
        y_test=tests.y,
        tests=margins(clf.estimator_, tests.features(cell.library)).values,
        shift=shift,
        decides=np.array([hasattr(clf, "decision_function")]),
    )


def stored(cell: Cell, kept: Path = ROOT / "runs" / "experiments" / "few-scores") -> dict[str, Floats]:
    """The scores of a cell's models, trained unless they are there."""
    path = kept / f"{replace(cell, plan=replace(cell.plan, settings=MODELS.settings)).key}.npz"
    if not path.exists():
        data = problem(cell.dataset, cell.plan.rows)
        train, test = next(data.folds(2, cell.fold))
        half, tests = data.take(train), data.take(test)
        arrays = {}
        for count in COUNTS:
            part = half.take(thinned(half, count, NEGATIVES[cell.fold], cell.fold))
            if part.y.sum() < count:  # a table in little
                break
            for arm in ARMS:
                scores = scored(cell, part, tests, arm)
                for name in Scores.__slots__:
                    arrays[f"{arm} {count} {name}"] = getattr(scores, name)
        written = io.BytesIO()
        np.savez_compressed(written, **arrays)
        write_atomically(path, written.getvalue())
    with np.load(path) as arrays:
        return dict(arrays)


def by_log_slope(prior: Map, scores: Floats, y: Floats, *, unit: bool = False) -> Map:
    """The most probable map, with a normal prior on the logarithm of its slope and on its offset.

    With `unit`, the slope is that of scores divided by the root of 1 plus their variance.
    """
    scale = np.hypot(1.0, scores.std()) if unit else 1.0
    mode = posterior_mode(scores[:, None] / scale, y[:, None] == 1, np.ones(len(y)), "logit", prior)
    return float(np.exp(mode[0]) / scale), float(mode[1])


def by_slope(scores: Floats, y: Floats) -> Map:
    """The most probable map with a standard normal prior on the slope of scores so divided, at least 0."""
    scale = np.hypot(1.0, scores.std())
    regression = LogisticRegression(C=1.0, tol=1e-8, max_iter=1000).fit(scores[:, None] / scale, y)
    if regression.coef_[0, 0] <= 0:
        return 0.0, float(logit(y.mean()))
    return float(regression.coef_[0, 0] / scale), float(regression.intercept_[0])


def before(scores: Floats, y: Floats) -> Map:
    """The map before this experiment: no map below 10 positives, a narrow prior up to 30, then a wide one."""
    if y.sum() < 10:
        return 1.0, 0.0
    return by_log_slope((0.2, 0.5) if y.sum() <= 30 else (0.5, 1.0), scores, y)


CANDIDATES: Final[dict[str, Callable[[Floats, Floats], Map]]] = {
    "log slope 1, offset 1.5": partial(by_log_slope, (1.0, 1.5)),
    "log slope 1.5, offset 2": partial(by_log_slope, (1.5, 2.0)),
    "log slope 1, offset 3": partial(by_log_slope, (1.0, 3.0)),
    "log slope 0.5, offset free": partial(by_log_slope, (0.5, np.inf)),
    "log slope 1, offset free": partial(by_log_slope, (1.0, np.inf)),
    "log slope 1.5, offset free": partial(by_log_slope, (1.5, np.inf)),
    "log slope 2, offset free": partial(by_log_slope, (2.0, np.inf)),
    "log slope 0.5 of unit scores, offset free": partial(by_log_slope, (0.5, np.inf), unit=True),
    "log slope 1 of unit scores, offset free": partial(by_log_slope, (1.0, np.inf), unit=True),
    "log slope 1.5 of unit scores, offset free": partial(by_log_slope, (1.5, np.inf), unit=True),
    "log slope 2 of unit scores, offset free": partial(by_log_slope, (2.0, np.inf), unit=True),
    "slope 1 of unit scores, offset free": by_slope,
}
"""Standard deviations of normal priors, simpler ones first; each holds at all numbers of positives."""

PLAN: Final = replace(
    MODELS,
    settings={
        **MODELS.settings,
        "chooses": sets()[: SETS // 2],
        "judges": sets()[SETS // 2 :],
        "candidates": tuple(CANDIDATES),
        "maps": 2,
    },
)


def weighted_loss(scores: Floats, truth: Floats, share: float) -> float:
    """The log loss of log-odds where positives have this share."""
    losses = -log_expit(np.where(truth == 1, scores, -scores))
    return float(share * losses[truth == 1].mean() + (1 - share) * losses[truth == 0].mean())


def losses(scores: Scores) -> Iterator[tuple[str, float]]:
    """Yield the name of each way, and its log loss on the test rows."""
    share = float(scores.y.mean())
    loss = partial(weighted_loss, truth=scores.y_test, share=share)
    left_out, tests = scores.left_out + scores.shifts, scores.tests + scores.shift
    yield "raw", loss(scores.tests)
    yield "analytic", loss(tests)
    yield "class share", loss(np.full(len(tests), logit(share)))
    yield "Platt", loss(_log_odds(sigmoid(scores.y, scores.left_out, scores.tests)))
    outputs = (scores.left_out, scores.tests)
    if not scores.decides[0]:
        left, tested = (np.column_stack([expit(-odds), expit(odds)]) for odds in outputs)
        outputs = (left, tested)
    yield "Platt of outputs", loss(_log_odds(sigmoid(scores.y, *outputs)))
    yield (
        "fitted",
        loss(fit_correction(left_out, scores.y, bw.Unweighted().resolve(scores.y)).affine()(tests)),
    )
    for name, learn in {"before": before, **CANDIDATES}.items():
        slope, offset = learn(left_out, scores.y)
        yield name, loss(slope * tests + offset)


def _log_odds(proba: Floats) -> Floats:
    odds: Floats = np.log(proba[:, 1]) - np.log(proba[:, 0])
    return odds


def measure(cell: Cell) -> Figures:
    """The log losses of a draw, for each number of positives."""
    arrays = stored(cell)
    return [
        {"arm": arm, "rule": "none", "proba": way, "at": count, "metric": "log_loss", "value": value}
        for count in COUNTS
        for arm in ARMS
        if f"{arm} {count} y" in arrays
        for way, value in losses(
            Scores(**{name: arrays[f"{arm} {count} {name}"] for name in Scores.__slots__})
        )
    ]


if __name__ == "__main__":
    write(*measured(PLAN, measure, page="probabilities/few"))
