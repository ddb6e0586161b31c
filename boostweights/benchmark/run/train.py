"""What a worker does: train one model on its training rows and measure it on its test rows."""

import hashlib
import math
import os
import threading
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
import psutil
from threadpoolctl import ThreadpoolController

from boostweights.adapters.record import named_class
from boostweights.benchmark.foreign import reach
from boostweights.benchmark.metrics import Of, named_metric
from boostweights.benchmark.plan.learners import trees_of
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.plan.problem import Problem
from boostweights.benchmark.plan.resample import Codes
from boostweights.benchmark.plan.splits import INNER_FOLDS, inner_splits
from boostweights.benchmark.regimes import COST_RATIOS, ENSEMBLE, ROUNDS
from boostweights.benchmark.run.figures import (
    BetaMap,
    Proba,
    best_f1_threshold,
    confusion,
    curve_points,
    decision_figures,
    decisions,
    log_odds,
    score_figures,
    skill_figures,
    threshold_figures,
)
from boostweights.benchmark.run.fit import (
    TooFewHeldOutError,
    Trained,
    fit,
    losses_by_round,
    rows_of,
    train_in,
)
from boostweights.benchmark.run.result import Figure, Point, Predictions, Result, Scores
from boostweights.errors import check_that
from boostweights.probabilities.promise_cost import held_out, promise_cost

TOO_LARGE = 77
"""The exit code of a process that needs too much memory."""

_LOOKS = 0.05
"""Seconds between two looks at a process's memory."""

Kinds = dict[str, Proba]


@lru_cache  # a search through all that the process has loaded takes milliseconds, as some models do
def _threads(classifier: str) -> Any:
    """Return what sets the number of threads of the libraries that are loaded with a classifier."""
    named_class(classifier)
    return ThreadpoolController()


@contextmanager
def limited(megabytes: int, seconds: float = math.inf) -> Iterator[None]:
    """End this process if meanwhile it uses more megabytes (libraries and data included) or seconds.

    A limit of the operating system (RLIMIT_AS) counts address space, of which threads and allocators reserve
    far more than they use. So a thread looks at the memory in use.
    """
    done, end, process = threading.Event(), time.monotonic() + seconds, psutil.Process()

    def watch() -> None:
        while not done.wait(_LOOKS):
            if process.memory_info().rss > megabytes * 1_000_000:
                os._exit(TOO_LARGE)
            if time.monotonic() > end:
                os._exit(TOO_LARGE + 1)

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def attempt(model: Model, seconds: float = float("inf")) -> Result:
    """Return the result of `train`, or a row with the reason why there is none.

    The process ends at the model's limit of memory, and after so many seconds.
    """
    try:
        with limited(model.megabytes, seconds):
            return train(model)
    # Whatever a library raises, and it may be anything, is this cell's result: it must not end the run.
    except TooFewHeldOutError as few:
        return failure(model.key, "skipped", _one_line(few))
    except Exception as error:
        status = "out of memory" if isinstance(error, MemoryError) else "error"
        return failure(model.key, status, _one_line(error), traceback.format_exc())


def failure(key: str, status: str, error: str, trace: str | None = None) -> Result:
    """Return the row of a model that failed."""
    return Result(model_key=key, status=status, error=error, traceback=trace)


def train(model: Model) -> Result:
    """Return a model's weights, digest, figures and times; weights and threshold come from training rows."""
    reach(model.folders)
    recipe, asked, test = model.recipe, model.asked, model.split.test
    problem, X, X_test = rows_of(model)
    y, y_test = problem.y[model.split.train], problem.y[test]
    wide, two = recipe.regime.out_of_fold, len(recipe.weights) == 2
    with _threads(recipe.classifier).limit(limits=model.threads):
        clock = _Clock()
        if recipe.regime == ROUNDS:
            losses = losses_by_round(recipe, X, y, X_test, y_test)
            clock.lap("fit")
            points = [
                Point(ROUNDS.name, "raw", number, number, float(loss), len(test))
                for number, loss in enumerate(losses, 1)
            ]
            return Result(model_key=model.key, status="ok", curves=tuple(points), seconds=clock.seconds)
        trained = train_in(recipe, X, y, model.split.groups, corrected=asked.fitted)
        clock.lap("fit", trained.searching)
        if any(trained.searching):
            clock.seconds |= dict(zip(("search", "search_cpu"), trained.searching, strict=True))
        by_kind: Kinds = dict(trained.whole.probabilities(X_test))
        if recipe.regime == ENSEMBLE:
            by_kind = {"raw": trained.mean_of_parts(X_test)}
        clock.lap("predict")
        thresholds: dict[str, float] = {}
        if asked.tune:
            if wide:
                thresholds = tuned_out_of_fold(trained, X, y, by_kind, beta=asked.beta)
            else:
                # a quarter of the training rows, by a model of the other three; the order of two classes'
                # corrected or fitted probabilities is that of the raw ones, which alone are read
                rest, tune = next(inner_splits(y, model.split.groups, recipe.seed, INNER_FOLDS))
                inner = fit(recipe, X.iloc[rest], y[rest]).model
                score = inner.predict_proba(X.iloc[tune])[:, 1]
                thresholds = {"raw": best_f1_threshold(y[tune], score)}
            clock.lap("tune")
        figures = [
            *_scored(model, by_kind, y, y_test),
            *_decided(model, by_kind, thresholds, y_test),
            *_about(model, trained, y),
            *_promised(model, problem, by_kind["raw"]),
        ]
        curves = curve_points(y_test, by_kind)
        clock.lap("measure")
    digest = hashlib.sha256()
    for kind, proba in by_kind.items():
        if wide or kind == "raw":
            digest.update(np.asarray(proba, np.float64).tobytes())
    scores = by_kind.items() if wide and two else ()
    return Result(
        model_key=model.key,
        status="ok",
        weights=dict(zip(problem.classes, recipe.weights, strict=True)),
        digest=digest.hexdigest(),
        figures=tuple(figures),
        curves=tuple(curves),
        predictions=Predictions.of(test, by_kind["raw"]) if asked.predictions else None,
        scores=tuple(Scores.of(kind, y_test, log_odds(proba[:, 1])) for kind, proba in scores),
        seconds=clock.seconds,
    )


class _Clock:
    """Wall and processor seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = (time.perf_counter(), time.process_time())

    def lap(self, step: str, less: Sequence[float] = (0.0, 0.0)) -> None:
        """End a step, of whose seconds some are another step's."""
        now = (time.perf_counter(), time.process_time())
        for name, before, after, other in zip((step, f"{step}_cpu"), self._at, now, less, strict=True):
            self.seconds[name] = after - before - other
        self._at = now


def tuned_out_of_fold(
    trained: Trained, X: pd.DataFrame, y: Codes, by_kind: Kinds, *, beta: bool
) -> dict[str, float]:
    """Return the threshold of best F1 out of fold of each kind; with `beta` add that kind."""
    inner, rows = trained.out_of_fold(X)
    if beta:
        known = BetaMap(inner["raw"][:, 1], y[rows])
        for kinds in (inner, by_kind):
            positive = known(kinds["raw"][:, 1])
            kinds["beta"] = np.column_stack([1.0 - positive, positive])
    return {kind: best_f1_threshold(y[rows], inner[kind][:, 1]) for kind in by_kind}


def _scored(model: Model, by_kind: Kinds, y_train: Codes, y: Codes) -> list[Figure]:
    """Return the figures of probabilities."""
    k = len(model.recipe.weights)
    shares = np.bincount(y_train, minlength=k) / len(y_train)
    figures: list[Figure] = []
    for kind, proba in by_kind.items():
        values = score_figures(y, proba) | _own_figures(model, "score", y, proba)
        if model.recipe.regime.out_of_fold:
            values |= skill_figures(y, proba, shares)
            if k == 2:
                values |= threshold_figures(y, proba[:, 1])
        figures += [Figure("none", kind, name, value) for name, value in values.items()]
    return figures


def _decided(model: Model, by_kind: Kinds, thresholds: Mapping[str, float], y: Codes) -> list[Figure]:
    """Return the figures of what each rule decides, and what it costs."""
    asked, ratios = model.asked, COST_RATIOS if model.recipe.regime.out_of_fold else ()
    prices = {"cost": asked.costs} | {f"cost_{ratio:g}": (ratio, 1.0) for ratio in ratios}
    figures: list[Figure] = []
    for made in decisions(
        by_kind, balanced=asked.balanced, costs=asked.costs, thresholds=thresholds, ratios=ratios
    ):
        values = decision_figures(confusion(y, made.predicted, len(asked.balanced)))
        if made.threshold is not None:
            values |= {name: _cost(values, price, len(y)) for name, price in prices.items()}
            values["threshold"] = made.threshold
        values |= _own_figures(model, "decision", y, made.predicted)
        figures += [Figure(made.rule, made.proba, name, value) for name, value in values.items()]
    return figures


def _cost(values: Mapping[str, float], price: tuple[float, float], rows: int) -> float:
    fn, fp = price
    return (fn * values["fn"] + fp * values["fp"]) / rows


def _promised(model: Model, problem: Problem, proba: Any) -> list[Figure]:
    """Return what the promise costs; of groups, alarms and recall are of a row drawn from one, as it is.

    The order of rows is the same in raw, corrected and fitted probabilities, and so is what it costs.
    """
    wanted, test = model.asked.promised, model.split.test
    if wanted is None:
        return []
    positive, groups = problem.y == 1, problem.dataset.group
    rows, clusters = held_out(wanted, positive, groups), None if groups is None else groups[test]
    cost = promise_cost(wanted, proba[:, 1], positive[test], rows=rows, clusters=clusters)
    values = decision_figures(cost.counts.reshape(2, 2))
    values |= {
        "cost": _cost(values, model.asked.costs, len(test)),
        "recall": cost.recall,
        "alarms": cost.alarms,
        "threshold": cost.threshold,
    }
    return [Figure("promised", "raw", name, value) for name, value in values.items()]


def _own_figures(model: Model, of: Of, y: Codes, outcome: Any) -> dict[str, float]:
    """The figures of further metrics of probabilities, or of decisions."""
    metrics = [named_metric(name) if isinstance(name, str) else name.load() for name in model.metrics]
    values = {each.name: float(each.value(y, outcome)) for each in metrics if each.of == of and each.value}
    for name, value in values.items():
        rule = f"metric {name} must be finite, or NaN where it is not defined"
        check_that(not math.isinf(value), rule, str(value), "Correct its function.")
    return values


def _about(model: Model, trained: Trained, y: Codes) -> list[Figure]:
    """Return facts about the training, next to how good the model is."""
    weights, whole = model.recipe.weights, trained.whole
    values = {
        "positives_train": np.bincount(y).min(),
        "weight_ratio": max(weights) / min(weights),
        "trees": trained.chosen.get("rounds", trees_of(whole.model)),  # LightGBM keeps those after the best
        **trained.chosen,
    }
    facts = [("raw", name, value) for name, value in values.items() if value is not None]
    if whole.calibration is not None:
        facts.append(("fitted", "calibration_rows", whole.calibration.rows))
    return [Figure("none", kind, name, float(value)) for kind, name, value in facts]


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
