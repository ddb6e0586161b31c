"""What a worker does: train one model on its training rows and measure it on its test rows."""

from __future__ import annotations

import hashlib
import math
import time
import traceback
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import ThreadpoolController

from boostweights.adapters.record import named_class
from boostweights.benchmark.foreign import reach
from boostweights.benchmark.metrics import Metric, Of, named_metric
from boostweights.benchmark.plan.learners import trees_of
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.plan.problem import Problem
from boostweights.benchmark.plan.splits import inner_split
from boostweights.benchmark.run.curves import curve_points
from boostweights.benchmark.run.decide import best_f1_threshold, decisions
from boostweights.benchmark.run.fit import TUNING, Fitted, calibrated, fit
from boostweights.benchmark.run.limits import limited
from boostweights.benchmark.run.measure import measured, regime_figures
from boostweights.benchmark.run.metrics import confusion, decision_figures, score_figures
from boostweights.benchmark.run.pooling import log_odds
from boostweights.benchmark.run.regime import train_in
from boostweights.benchmark.run.result import Figure, Predictions, Result, Scores
from boostweights.benchmark.run.search import TooFewHeldOutError
from boostweights.benchmark.run.shared import Shared
from boostweights.errors import InvalidValueError
from boostweights.probabilities.promise_cost import held_out, promise_cost

Codes = npt.NDArray[np.int64]


@lru_cache  # a search through all that the process has loaded takes milliseconds, as some models do
def _threads(classifier: str) -> Any:
    """Return what sets the number of threads of the libraries that are loaded with a classifier."""
    named_class(classifier)
    return ThreadpoolController()


def attempt(model: Model, seconds: float = float("inf"), shared: Shared | None = None) -> Result:
    """Return the result of `train`, or the row that says why there is none.

    The process ends at the model's limit of memory, and after so many seconds.
    """
    try:
        with limited(model.megabytes, seconds):
            return train(model, shared)
    # Whatever a library raises, and it may be anything, is this cell's result: it must not end the run.
    except TooFewHeldOutError as few:
        return failure(model.key, "skipped", _one_line(few))
    except Exception as error:
        status = "out of memory" if isinstance(error, MemoryError) else "error"
        return failure(model.key, status, _one_line(error), traceback.format_exc())


def failure(key: str, status: str, error: str, trace: str | None = None) -> Result:
    """Return the row of a model that failed."""
    return Result(model_key=key, status=status, error=error, traceback=trace)


def train(model: Model, shared: Shared | None = None) -> Result:
    """Return a model's weights, digest, figures and times; weights and threshold come from training rows.

    With what models of its fold have left it is the same to the bit. Seconds of its fit count the bins that
    it found: what a fit takes does not depend on which model comes first.
    """
    reach(model.folders)
    fold = shared or Shared()
    X_train, X_test = fold.rows(model)
    problem, test = fold.problem, model.split.test
    y_train = problem.y[model.split.train]
    if model.recipe.regime is not None:
        result = _train_in_regime(model, (X_train, y_train), (X_test, problem.y[test]), shared)
        return replace(result, weights=dict(zip(problem.classes, model.recipe.weights, strict=True)))
    with _threads(model.recipe.classifier).limit(limits=model.threads):
        clock = _Clock()
        fitted = fit(model.recipe, X_train, y_train, shared)
        clock.lap("fit", fold.spared)
        if model.asked.fitted:
            fitted = calibrated(model.recipe, fitted, X_train, y_train, model.split.groups, shared)
            clock.lap("calibrate")
        by_kind = fitted.probabilities(X_test)
        clock.lap("predict")
        tuned = _tuned(model, X_train, y_train, shared) if model.asked.tune else None
        if model.asked.tune:
            clock.lap("tune")
        figures = _figures(model, problem.y[test], by_kind, tuned) + _about(model, fitted, y_train)
        figures += _promised(model, problem, by_kind["raw"])
        curves = curve_points(problem.y[test], by_kind)
        clock.lap("measure")
    return Result(
        model_key=model.key,
        status="ok",
        weights=dict(zip(problem.classes, model.recipe.weights, strict=True)),
        digest=hashlib.sha256(by_kind["raw"].astype(np.float64).tobytes()).hexdigest(),
        figures=tuple(figures),
        curves=tuple(curves),
        predictions=Predictions.of(test, by_kind["raw"]) if model.asked.predictions else None,
        seconds=clock.seconds,
    )


def _train_in_regime(
    model: Model, train: tuple[pd.DataFrame, Codes], test: tuple[pd.DataFrame, Codes], shared: Shared | None
) -> Result:
    """Return what `train` does; one model, and those of its parts, serve every kind and rule."""
    (X, y), (X_test, y_test) = train, test
    with _threads(model.recipe.classifier).limit(limits=model.threads):
        clock = _Clock()
        found = train_in(model.recipe, X, y, model.split.groups, shared)
        clock.lap("fit", (0.0, 0.0) if shared is None else shared.spared)
        clock.part("search", "fit", found.searching)
        rounds = found.found.get(
            "rounds", trees_of(found.whole.model)
        )  # LightGBM keeps those after the best one
        chosen = {**found.found, **({} if rounds is None else {"trees": float(rounds)})}
        by_kind, thresholds = measured(found, X, y, X_test, beta=model.asked.beta)
        clock.lap("predict")
        own = partial(_own_figures, model)
        figures = regime_figures(model.asked, by_kind, thresholds, (y, y_test), own)
        figures += [each for each in _about(model, found.whole, y) if each.metric not in ("trees", *chosen)]
        figures += [Figure("none", "raw", name, value) for name, value in chosen.items()]
        curves = curve_points(y_test, by_kind)
        clock.lap("measure")
    digest = hashlib.sha256()
    for proba in by_kind.values():
        digest.update(np.asarray(proba, np.float64).tobytes())
    two = len(model.recipe.weights) == 2
    return Result(
        model_key=model.key,
        status="ok",
        digest=digest.hexdigest(),
        figures=tuple(figures),
        curves=tuple(curves),
        scores=tuple(Scores.of(kind, y_test, log_odds(proba[:, 1])) for kind, proba in by_kind.items())
        if two
        else (),
        seconds=clock.seconds,
    )


class _Clock:
    """Wall and processor seconds by step."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        self._at = (time.perf_counter(), time.process_time())

    def lap(self, step: str, more: tuple[float, float] = (0.0, 0.0)) -> None:
        now = (time.perf_counter(), time.process_time())
        for name, before, after, spared in zip((step, f"{step}_cpu"), self._at, now, more, strict=True):
            self.seconds[name] = after - before + spared
        self._at = now

    def part(self, step: str, whole: str, seconds: tuple[float, float]) -> None:
        """Note what a part of a step took, apart from it."""
        for name, of, value in zip((step, f"{step}_cpu"), (whole, f"{whole}_cpu"), seconds, strict=True):
            if value:
                self.seconds[name] = value
                self.seconds[of] -= value


def _tuned(model: Model, X: pd.DataFrame, y: Codes, shared: Shared | None) -> float:
    """Return the threshold of best F1 on a quarter of the training rows, by a model of the other three."""
    fit_rows, tune_rows = inner_split(y, model.split.groups, model.recipe.seed)
    inner = fit(model.recipe, X.iloc[fit_rows], y[fit_rows], shared, TUNING)
    score = inner.model.predict_proba(X.iloc[tune_rows])[:, 1]
    return best_f1_threshold(y[tune_rows], score)


def _figures(model: Model, y: Codes, by_kind: Mapping[str, Any], tuned: float | None) -> list[Figure]:
    k = len(model.asked.balanced)
    found: list[Figure] = []
    for kind, proba in by_kind.items():
        scores = score_figures(y, proba)
        scores |= _own_figures(model, "score", y, proba)
        found += [Figure("none", kind, name, value) for name, value in scores.items()]
    fn, fp = model.asked.costs
    for made in decisions(by_kind, balanced=model.asked.balanced, costs=model.asked.costs, tuned=tuned):
        values = decision_figures(confusion(y, made.predicted, k))
        values |= _own_figures(model, "decision", y, made.predicted)
        if made.threshold is not None:
            values["cost"] = (fn * values["fn"] + fp * values["fp"]) / len(y)
            values["threshold"] = made.threshold
        found += [Figure(made.rule, made.proba, name, value) for name, value in values.items()]
    return found


def _promised(model: Model, problem: Problem, proba: Any) -> list[Figure]:
    """What the promise costs; of groups, alarms and recall are of a row drawn from one, as it is.

    The order of rows is the same in raw, corrected and fitted probabilities, and so is what it costs.
    """
    wanted, test = model.asked.promised, model.split.test
    if wanted is None:
        return []
    y, groups = problem.y, problem.dataset.group
    rows = held_out(wanted, y == 1, groups)
    y, clusters = y[test], None if groups is None else groups[test]
    cost = promise_cost(wanted, proba[:, 1], y == 1, rows=rows, clusters=clusters)
    values = decision_figures(cost.counts.reshape(2, 2))
    fn, fp = model.asked.costs
    values |= {
        "cost": (fn * values["fn"] + fp * values["fp"]) / len(y),
        "recall": cost.recall,
        "alarms": cost.alarms,
        "threshold": cost.threshold,
    }
    return [Figure("promised", "raw", name, value) for name, value in values.items()]


def _own_figures(model: Model, of: Of, y: Codes, given: Any) -> dict[str, float]:
    """The figures of further metrics of probabilities, or of decisions."""
    metrics: list[Metric] = [
        named_metric(each) if isinstance(each, str) else each.load() for each in model.metrics
    ]
    found = {each.name: float(each.value(y, given)) for each in metrics if each.of == of and each.value}
    for name, value in found.items():
        if math.isinf(value):
            rule = f"metric {name} must be finite, or NaN where it is not defined"
            raise InvalidValueError(rule, str(value), "Correct its function.")
    return found


def _about(model: Model, fitted: Fitted, y: Codes) -> list[Figure]:
    """What the training was like, beside how well it went."""
    weights = model.recipe.weights
    values = {
        "positives_train": float(np.bincount(y).min()),
        "weight_ratio": max(weights) / min(weights),
        "trees": trees_of(fitted.model),
    }
    found = [Figure("none", "raw", name, value) for name, value in values.items() if value is not None]
    if fitted.calibration is not None:
        found.append(Figure("none", "fitted", "calibration_rows", fitted.calibration.rows))
    return found


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
