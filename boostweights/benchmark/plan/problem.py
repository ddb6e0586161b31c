"""A data set ready for models: labels as codes, the positive class last; and how a report names it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from boostweights.benchmark.data.dataset import Dataset, read
from boostweights.benchmark.data.entries import known_entry
from boostweights.benchmark.data.rows import near_duplicates
from boostweights.weighting.counts import ClassCounts

if TYPE_CHECKING:
    from boostweights.benchmark.plan.splits import Split


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Problem:
    """A data set and its labels from 0 to k-1.

    Attributes
    ----------
    dataset : Dataset
        Features and labels.
    classes : tuple of str
        The labels: sorted, but of two the positive one is the last, so that native forms, which weight the
        last one, weight the right one.
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
    """Return the data set of a file, its labels encoded; a process keeps the last two files that it read."""
    return _read(path, path.stat().st_mtime_ns, path.stat().st_ino)


@lru_cache(maxsize=2)  # a process is given the models of one data set after another
def _read(path: Path, changed: int, file: int) -> Problem:
    return as_problem(read(path))


def counted(codes: npt.NDArray[Any], k: int) -> ClassCounts:
    """Return the counts of labels 0 to k-1."""
    return ClassCounts(enumerate(np.bincount(codes, minlength=k).tolist()))


@dataclass(frozen=True, slots=True, kw_only=True)
class Described:
    """A data set as a report names it."""

    name: str
    digest: str
    facts: Mapping[str, Any]


def described_as(name: str, problem: Problem, folds: Sequence[Split] = ()) -> Described:
    """Return what a report prints of a data set.

    Where folds are given: how many rows are used, and the share of test rows that hardly differ from a
    training row.
    """
    entry = known_entry(name)
    source = {key: getattr(entry, key) for key in ("package", "version", "path", "sha256")} if entry else None
    facts = problem.dataset.facts()
    facts |= {
        "tier": entry.tier if entry else None,
        "domain": entry.domain if entry else None,
        "task": "binary" if len(problem.classes) == 2 else "multiclass",
        "positives": min(facts["classes"].values()),
        "source": source,
    }
    if folds:
        used = np.unique(np.concatenate([np.r_[fold.train, fold.test] for fold in folds]))
        facts |= {
            "rows_used": len(used),
            "rarest_used": int(np.bincount(problem.y[used], minlength=len(problem.classes)).min()),
            "near_duplicates": near_duplicates(
                problem.dataset.X, [(fold.train, fold.test) for fold in folds]
            ),
        }
    return Described(name=name, digest=problem.dataset.digest, facts=facts)
