"""A data set ready for models: labels as codes, the positive class last."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.benchmark.data.dataset import Dataset, read
from boostweights.weighting.counts import ClassCounts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A data set and its labels from 0 to k-1.

    Attributes
    ----------
    dataset : Dataset
        Features and labels.
    classes : tuple of str
        The labels: sorted, but of two the positive one is the last, so that native forms, which weigh the
        last one, weigh the right one.
    y : ndarray of int of shape (n,)
        Positions in `classes`.
    """

    dataset: Dataset
    classes: tuple[str, ...]
    y: npt.NDArray[np.int64]


def as_problem(dataset: Dataset) -> Problem:
    """Return a data set with its labels encoded."""
    labels, codes = np.unique(dataset.y, return_inverse=True)
    classes = tuple(labels.tolist())
    if dataset.positive is not None and classes[0] == dataset.positive and len(classes) == 2:
        return Problem(dataset=dataset, classes=classes[::-1], y=1 - codes)
    return Problem(dataset=dataset, classes=classes, y=codes)


def read_problem(path: Path) -> Problem:
    """Read a data set's file, its labels encoded."""
    return as_problem(read(path))


def counted(codes: npt.NDArray[Any], k: int) -> ClassCounts:
    """Return the counts of labels 0 to k-1."""
    return ClassCounts(enumerate(np.bincount(codes, minlength=k).tolist()))
