"""The subjects of checks: an adapter's estimator under settings, and small, hard data sets."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any
from unittest import TestCase

import numpy as np
import numpy.typing as npt

from boostweights.adapters.adapter import Adapter
from boostweights.adapters.behaviour import Floats, Params
from boostweights.adapters.record import Record, named_class, record_of

Samples = tuple[Floats, npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An estimator of an adapter's record under settings that matter.

    Attributes
    ----------
    adapter : Adapter
    spelled : str
        ``"module:Class"``, imported when a check runs.
    name : str
        The name of the settings.
    settings : mapping
    """

    adapter: Adapter
    spelled: str
    name: str = "defaults"
    settings: Params = field(default_factory=dict)

    def make(self, **settings: Any) -> Any:
        """Return a new estimator."""
        return named_class(self.spelled)(**{**self.small, **self.settings, **settings})

    @property
    def record(self) -> Record:
        """What tests know of the library."""
        return record_of(self.adapter)

    @property
    def small(self) -> Params:
        """The estimator's own small settings that repeat."""
        return self.record.estimators[self.spelled]

    @property
    def is_own(self) -> bool:
        """Whether it is the library's own estimator, with its defaults."""
        return self.spelled == next(iter(self.record.estimators)) and not self.settings


def cases_of(adapter: Adapter) -> Iterator[Case]:
    """Yield each estimator of the record with its defaults, then the first one under all settings."""
    record = record_of(adapter)
    for spelled in record.estimators:
        yield Case(adapter=adapter, spelled=spelled)
    for name, settings in record.settings.items():
        if settings:
            yield Case(adapter=adapter, spelled=next(iter(record.estimators)), name=name, settings=settings)


def refused(error: type[Exception], what: str) -> AbstractContextManager[Any]:
    """Fail unless what is done inside raises this error."""
    return TestCase().assertRaises(error, msg=f"{what} must be refused")  # noqa: PT027  pytest is optional


def hard_data(classes: int = 2, rows: int = 400, seed: int = 0) -> Samples:
    """Return features and labels 0 to k-1: rare classes, and six features that are hard to split.

    One has many distinct values, one is its mirror, one has few, one is constant, one has missing values, one
    is noise.

    Examples
    --------
    >>> X, y = hard_data(3)
    >>> X.shape, np.bincount(y)
    ((400, 6), array([352,  24,  24]))
    """
    rng = np.random.default_rng(seed)
    many = rng.normal(size=rows)
    few = rng.integers(0, 4, rows).astype(float)
    missing = np.where(rng.random(rows) < 0.2, np.nan, rng.normal(size=rows))
    X = np.column_stack([many, -many, few, np.ones(rows), missing, rng.normal(size=rows)])
    score = many + 0.5 * few + rng.normal(scale=0.7, size=rows)
    cuts = np.quantile(score, 1 - 0.12 / np.arange(1, classes))
    return X, np.searchsorted(np.sort(cuts), score).astype(np.int64)


def complete_data(classes: int = 2, rows: int = 400, seed: int = 0) -> Samples:
    """Return `hard_data` with zeros for missing values, which not all estimators take."""
    X, y = hard_data(classes, rows, seed)
    return np.nan_to_num(X), y


def two_cells(rows: int = 300) -> Samples:
    """Return one feature of two values with its mirror, and labels that are 1 in .3 and in .7 of the rows.

    However a library bins features and counts the rows of a leaf, it can only part the two values.
    """
    row = np.arange(rows)
    cell = row % 2
    y = (row // 2 % 10 < np.where(cell == 0, 3, 7)).astype(np.int64)
    return np.column_stack([cell, 1 - cell]).astype(float), y


def row_weights(rows: int) -> Floats:
    """Return row weights as a caller may have them."""
    return np.random.default_rng(1).uniform(0.5, 2, rows)
