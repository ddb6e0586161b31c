"""What a worker does: train one model on its training rows and measure it on its test rows."""

from __future__ import annotations

import hashlib
import time
import traceback
from functools import lru_cache

import numpy as np
from threadpoolctl import threadpool_limits

from boostweights.benchmark.data import Dataset, read
from boostweights.benchmark.learners import estimator, features
from boostweights.benchmark.metrics import measure
from boostweights.benchmark.plan import Model
from boostweights.benchmark.store import Result
from boostweights.estimator import WeightedClassifier

__all__ = ["attempt", "failure", "train"]

_read = lru_cache(maxsize=2)(read)  # a worker is given the models of one data set after another


def attempt(model: Model) -> Result:
    """Return the result of `train`, or the row that says why there is none."""
    try:
        return train(model)
    # Whatever a library raises, and it may be anything, is this cell's result: it must not end the run.
    except Exception as error:
        status = "out of memory" if isinstance(error, MemoryError) else "error"
        return failure(model.key, status, _one_line(error), traceback.format_exc())


def failure(key: str, status: str, error: str, trace: str | None = None) -> Result:
    """Return the row of a model that failed."""
    return Result(model_key=key, status=status, error=error, traceback=trace)


def train(model: Model) -> Result:
    """Return a model's weights, digest, figures and times; the weights come from its training rows alone."""
    dataset = _read(model.data)
    X = features(dataset.X, model.categories)
    train_rows, test_rows = model.split.train, model.split.test
    classifier = WeightedClassifier(estimator(model.classifier, model.parameters), weighting=model.policy)
    with threadpool_limits(model.threads):
        start, start_cpu = time.perf_counter(), time.process_time()
        classifier.fit(X.iloc[train_rows], dataset.y[train_rows])
        fitted, fitted_cpu = time.perf_counter(), time.process_time()
        proba = np.ascontiguousarray(classifier.predict_proba(X), dtype=np.float64)
        predicted = time.perf_counter()
    return Result(
        model_key=model.key,
        status="ok",
        weights={str(label): float(w) for label, w in classifier.class_weights_.class_weight.items()},
        digest=hashlib.sha256(proba.tobytes()).hexdigest(),
        metrics=_figures(dataset, proba, classifier.classes_, test_rows),
        seconds={
            "fit": fitted - start,
            "fit_cpu": fitted_cpu - start_cpu,
            "predict": predicted - fitted,
        },
    )


def _figures(dataset: Dataset, proba: np.ndarray, classes: np.ndarray, rows: np.ndarray) -> dict[str, float]:
    return measure(dataset.y[rows], proba[rows], classes, dataset.positive)


def _one_line(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())}"
