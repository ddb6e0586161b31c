"""Class counts of a Dask column: partitions are counted where they are, and counts add up in a tree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from functools import reduce
from typing import Any

from boostweights.distributed.dask.collections import check_lengths, label_partitions
from boostweights.distributed.dask.failing import reduced
from boostweights.errors import InvalidValueError, placed
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight
from boostweights.weighting.labels.sums import exact_sums, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows of each class, and the exact sums of their weights where rows are weighted."""

    rows: ClassCounts = field(default_factory=lambda: ClassCounts({}))
    sums: Mapping[Label, Fraction] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        sums = dict(self.sums)
        for label, weight in other.sums.items():
            sums[label] = sums.get(label, Fraction(0)) + weight
        return Tally(rows=self.rows + other.rows, sums=sums)

    @property
    def weighted(self) -> ClassCounts:
        """The sums, each rounded once."""
        return ClassCounts(rounded(self.sums))


def count_classes(y: Any, sample_weight: Any = None, *, client: Any = None) -> ClassCounts:
    """Count the labels of a Dask column on its workers.

    Parameters
    ----------
    y : dask Series or dask Array of shape (n,)
        Labels of any kind; partitions may be empty, or lack classes.
    sample_weight : dask Series or dask Array of shape (n,), default=None
        Weight of each row, in the same partitions.
    client : distributed.Client, default=None
        The cluster; without one, Dask's default scheduler.

    Returns
    -------
    ClassCounts
        The same, to the last bit, for any partitions: sums of weights are exact and rounded once.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If they are no Dask columns, do not align, or labels are missing, continuous or of several kinds.

    Notes
    -----
    Counts are a monoid: a partition's counts are added to its neighbours', eight at a time, so that only one
    number a class reaches the client. A worker that dies meanwhile costs its own partitions, which Dask
    counts again elsewhere.

    Examples
    --------
    >>> import dask.array as da, numpy as np
    >>> count_classes(da.from_array(np.array(["a", "b", "a", "a"]), chunks=2))
    ClassCounts({'a': 3, 'b': 1})
    """
    found = tallied(y, sample_weight, client)
    return found.rows if sample_weight is None else found.weighted


def tallied(y: Any, sample_weight: Any, client: Any) -> Tally:
    """Return rows and sums of weights of each class; raises where there are no rows."""
    from dask.delayed import delayed

    count = delayed(_tally, pure=True)
    parts = [count(number, *part) for number, part in enumerate(label_partitions(y, sample_weight))]
    found: Tally = reduced(parts, _total, client, "counting labels")
    if not found.rows:
        raise InvalidValueError(
            "labels must not be empty", "0 rows in all partitions", "Pass at least one row of each class."
        )
    counts_of(found.rows, None)
    return found


def _tally(number: int, labels: Any, own: Any) -> Tally:
    with placed(f"(partition {number})"):
        check_lengths(len(labels), own, "y and sample_weight", "Take both from one collection.")
        if not len(labels):
            return Tally()
        counts, codes = factorize(labels)
        if own is None:
            return Tally(rows=ClassCounts(counts))
        weight = checked_sample_weight(own, len(labels))
        sums = exact_sums(codes, weight, len(counts))
        return Tally(rows=ClassCounts(counts), sums=dict(zip(counts, sums, strict=True)))


def _total(tallies: Sequence[Tally]) -> Tally:
    return reduce(Tally.__add__, tallies)
