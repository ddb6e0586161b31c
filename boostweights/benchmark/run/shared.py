"""What the models of one fold use again in the process that trains them one after another."""

from __future__ import annotations

import dataclasses
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import psutil

from boostweights.adapters.binning import BinnedFold
from boostweights.adapters.record import Categories
from boostweights.adapters.registry import adapter_of
from boostweights.benchmark.plan.learners import Recipe, features
from boostweights.benchmark.plan.plan import Model
from boostweights.benchmark.plan.problem import Problem, read_problem

Codes = npt.NDArray[np.int64]

_problem = lru_cache(maxsize=2)(read_problem)  # a process is given the models of one data set after another


@lru_cache(maxsize=3)
def _features(path: Path, categories: Categories) -> pd.DataFrame:
    return features(_problem(path).dataset.X, categories)


def fold_of(model: Model) -> tuple[object, ...]:
    """Return what models have in common that can share: their rows and their classifier."""
    return model.data, model.split.digest, model.recipe.classifier


class Shared:
    """The rows of a fold as a library takes them, and their bins; those of the last fold alone.

    Bins are used again where the library's adapter says that this trains the same model to the bit.

    Attributes
    ----------
    problem : Problem
        The data set.
    spared : tuple of float
        The wall and processor seconds of binning that the last model found done.
    """

    problem: Problem

    def __init__(self) -> None:
        self._fold: tuple[object, ...] = ()
        self._rows: tuple[pd.DataFrame, ...] = ()
        self._bins: dict[tuple[int, str], tuple[BinnedFold | None, tuple[float, float]]] = {}
        self.spared = (0.0, 0.0)

    def rows(self, model: Model) -> tuple[pd.DataFrame, ...]:
        """Return the features of a model's training and test rows; what was of another fold is forgotten.

        So are all bins once the process is at half of the model's limit of memory.
        """
        self.spared, fold = (0.0, 0.0), fold_of(model)
        if fold != self._fold or psutil.Process().memory_info().rss > model.megabytes * 500_000:
            self._bins.clear()
        if fold != self._fold:
            self.problem, X = _problem(model.data), _features(model.data, model.recipe.categories)
            self._rows, self._fold = (X.iloc[model.split.train], X.iloc[model.split.test]), fold
        return tuple(X.copy(deep=False) for X in self._rows)  # a model may change the columns of its own

    def bins(self, recipe: Recipe, plain: Any, X: Any, y: Codes, part: int) -> BinnedFold | None:
        """Return the bins of these rows for row weights of any size, if there can be any.

        Parameters
        ----------
        recipe : Recipe
            How a model is trained: all that is not its weights tells bins apart.
        plain : classifier
            Its unfitted estimator.
        X, y : features and codes
            The rows that it sees.
        part : int
            Which part of the fold they are.
        """
        key = part, repr(dataclasses.replace(recipe, weights=()))
        if key in self._bins:
            found, self.spared = self._bins[key]
            return found
        start = time.perf_counter(), time.process_time()
        make = adapter_of(plain).reuse(plain, X).bin
        found = None if make is None else make(X, y)
        spent = time.perf_counter() - start[0], time.process_time() - start[1]
        self._bins[key] = found, spent
        return found
