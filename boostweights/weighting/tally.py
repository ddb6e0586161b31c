"""Rows and weights of each class, counted part by part: blocks of a file, partitions of a cluster."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from boostweights.errors import InvalidValueError, UnknownLabelError, did_you_mean, shown
from boostweights.weighting.counts import ClassCounts, counts_of
from boostweights.weighting.labels.counting import factorize
from boostweights.weighting.labels.rules import Label, checked_sample_weight
from boostweights.weighting.labels.sums import exact_sums, rounded


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """Rows of each class, and the exact sums of their weights if rows are weighted.

    Tallies of parts are added in any order.

    Examples
    --------
    >>> tally = Tally.of(["a", "b"], [0.5, 1.0]) + Tally.of(["a"], [0.25])
    >>> tally.rows, tally.weighted
    (ClassCounts({'a': 2, 'b': 1}), ClassCounts({'a': 0.75, 'b': 1}))
    """

    rows: ClassCounts = field(default_factory=lambda: ClassCounts({}))
    sums: Mapping[Label, Fraction] = field(default_factory=dict)

    @classmethod
    def of(cls, labels: Any, sample_weight: Any = None) -> Tally:
        """Count a column of labels, which may have no rows."""
        if not len(labels):
            return cls()
        counts, codes = factorize(labels)
        if sample_weight is None:
            return cls(rows=ClassCounts(counts))
        weights = checked_sample_weight(sample_weight, len(labels))
        sums = exact_sums(codes, weights, len(counts))
        return cls(rows=ClassCounts(counts), sums=dict(zip(counts, sums, strict=True)))

    def __add__(self, other: Tally) -> Tally:
        sums = {label: self.sums.get(label, Fraction(0)) + total for label, total in other.sums.items()}
        return Tally(rows=self.rows + other.rows, sums={**self.sums, **sums})

    @property
    def weighted(self) -> ClassCounts:
        """The sums of weights, each rounded once; the rows if they are not weighted."""
        return (
            ClassCounts(rounded({label: self.sums[label] for label in self.rows})) if self.sums else self.rows
        )

    def check(self) -> None:
        """Raise unless there are rows, and few enough classes."""
        if not self.rows:
            raise InvalidValueError("labels must not be empty", "0 rows", "Pass rows of each class.")
        counts_of(self.rows, None)

    def check_known(self, labels: Iterable[Label]) -> None:
        """Raise unless labels of other rows are among those counted."""
        for label in labels:
            if label not in self.rows:
                raise UnknownLabelError(
                    f"labels of other rows must be among those of training: {shown(list(self.rows))}",
                    shown(label),
                    did_you_mean(label, self.rows),
                )
