"""Real data sets for an experiment: a stratified sample, folds, and each library's estimator and features."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from boostweights.benchmark.data.dataset import Dataset
from boostweights.benchmark.data.load import load
from boostweights.benchmark.data.rows import costed, stratified_splits
from boostweights.benchmark.plan.learners import LEARNERS, estimator, parameters
from boostweights.tables.preparation import with_categories

LIBRARIES: Final = ("xgboost", "lightgbm", "catboost", "sklearn")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A data set with labels 0 to k-1, of which the positive one is the last."""

    dataset: Dataset
    y: np.ndarray

    def folds(self, folds: int, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Stratified; equal rows and groups stay on one side."""
        return stratified_splits(self.dataset, folds, seed)

    def take(self, rows: np.ndarray) -> Problem:
        """The problem of these rows."""
        return Problem(dataset=self.dataset.take(rows), y=self.y[rows])

    def features(self, library: str) -> pd.DataFrame:
        """The features as a library's learner takes them."""
        return with_categories(self.dataset.X, LEARNERS[library].categories)

    def estimator(self, library: str, trees: int, seed: int, **settings: Any) -> Any:
        """A new estimator on one thread; ``patience`` and the library's own settings go to it."""
        patience = settings.pop("patience", None)
        learner = LEARNERS[library]
        found: Mapping[str, Any] = parameters(
            learner,
            trees=trees,
            seed=seed,
            threads=1,
            categorical=self.dataset.categorical,
            patience=patience,
        )
        return estimator(learner.classifier, {**found, **settings})


@lru_cache(maxsize=2)  # cells come data set by data set
def problem(name: str, rows: int, *, with_costs: bool = False) -> Problem:
    """At most so many rows of a data set, stratified, in the order of the file; those with costs if asked."""
    dataset = costed(load(name)) if with_costs else load(name)
    if len(dataset.y) > rows:
        kept, _ = train_test_split(
            np.arange(len(dataset.y)), train_size=rows, stratify=dataset.y, random_state=0
        )
        dataset = dataset.take(np.sort(kept))
    classes, codes = np.unique(dataset.y, return_inverse=True)
    if dataset.positive is not None:
        codes = (dataset.y == dataset.positive).astype(np.int64)
    assert len(classes) == codes.max() + 1
    return Problem(dataset=dataset, y=codes)
