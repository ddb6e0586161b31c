"""How many rows each class has, in all or part by part: all that a policy needs to know of the data."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sized
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from boostweights.errors import InvalidTypeError, check_that, is_number, shown
from boostweights.weighting.labels import rules
from boostweights.weighting.labels.arrays import rows_of
from boostweights.weighting.labels.counting import count_labels, factorize, rounded
from boostweights.weighting.labels.rules import Label, LabelMap, as_float


class ClassCounts(LabelMap[float]):
    """An immutable map label → number of rows, in sorted label order, that adds up.

    Chunks, partitions and nodes are counted apart and added in any order. Numbers are ints unless rows
    were weighted by fractions; 0 is a class whose rows all weigh 0.

    Parameters
    ----------
    counts : mapping of label to number
        Finite numbers, at least 0.

    Raises
    ------
    InvalidValueError
        If a number is negative or not finite, or there are more than 10,000 classes.
    InvalidTypeError
        If a count is no number, or labels are of kinds that do not stand beside each other.

    Examples
    --------
    >>> ClassCounts.of([0, 1, 0]) + ClassCounts.of([0, 2])
    ClassCounts({0: 3, 1: 1, 2: 1})
    >>> sum([ClassCounts.of(["a"]), ClassCounts.of(["b", "a"])])
    ClassCounts({'a': 2, 'b': 1})
    """

    __slots__ = ()

    def __init__(self, counts: Mapping[Label, float] | Iterable[tuple[Label, float]]) -> None:
        if isinstance(counts, Sized):
            rules.check_class_count(len(counts))
        super().__init__(counts)
        kinds = sorted({rules.label_kind(label) for label in self})
        check_that(
            len(kinds) < 2,
            "labels of one column must be of one kind",
            f"{shown(list(self))} ({', '.join(kinds)})",
            "Convert all chunks to one type before counting.",
            InvalidTypeError,
        )
        for label, count in self._items.items():
            seen = f"{shown(count)} for {label!r}"
            check_that(
                is_number(count), "a count must be a number", seen, "Count the rows.", InvalidTypeError
            )
            number = as_float(count)
            rule = "a count, or the sum of sample_weight in a class, must be at least 0 and finite"
            check_that(0 <= number < math.inf, rule, seen, "Leave the class out, or divide sample_weight.")
            self._items[label] = int(number) if number.is_integer() else number

    @classmethod
    def of(cls, y: Any, sample_weight: Any = None) -> ClassCounts:
        """Count a column of labels.

        Parameters
        ----------
        y : array-like of shape (n,)
            A list, numpy array, or pandas, polars or arrow column, categorical or not; or an array of torch,
            cupy, jax or another library of the array API standard, which is counted where it lies.
        sample_weight : array-like of shape (n,), default=None
            Weight of each row: 0 does not count it, 2 counts it twice. Of labels on a device: an array beside
            them.

        Returns
        -------
        ClassCounts

        Raises
        ------
        InvalidValueError
            If labels are empty, missing, continuous or not 1-d, or weights do not fit.

        Examples
        --------
        >>> ClassCounts.of(["good", "bad", "good"], sample_weight=[1.0, 0.0, 0.5])
        ClassCounts({'bad': 0, 'good': 1.5})
        """
        return cls(count_labels(y, sample_weight))

    def __add__(self, other: object) -> ClassCounts:
        if not isinstance(other, ClassCounts):
            return NotImplemented
        # Of equal labels, 1 and 1.0, the float stays whichever side it comes from.
        labels = {label: label for label in (*self, *other)}
        labels |= {label: label for label in (*self, *other) if isinstance(label, float)}
        return ClassCounts({kept: self.get(label, 0) + other.get(label, 0) for label, kept in labels.items()})

    def __radd__(self, other: object) -> ClassCounts:
        return self if other == 0 else NotImplemented  # the start of sum()

    def __repr__(self) -> str:
        return f"ClassCounts({super().__repr__()})"

    @property
    def classes(self) -> tuple[Label, ...]:
        """The labels, sorted."""
        return tuple(self)

    @property
    def weighing(self) -> ClassCounts:
        """The counts without those of 0."""
        return ClassCounts({label: count for label, count in self.items() if count})

    def encoded(self) -> ClassCounts:
        """Return the same counts for labels 0 to k-1, in sorted label order.

        Examples
        --------
        >>> ClassCounts({"good": 9, "bad": 1}).encoded()
        ClassCounts({0: 1, 1: 9})
        """
        return ClassCounts(enumerate(self.values()))

    @property
    def total(self) -> float:
        """The number of rows (or their weight), correctly rounded in any order."""
        total = math.fsum(self.values())
        return int(total) if all(isinstance(count, int) for count in self.values()) else total

    def columns(self, weights: Mapping[Label, float], heading: str = "weight") -> dict[str, list[Any]]:
        """Return one row a class: label, rows, their share, (mean) weight, share of the total weight.

        Examples
        --------
        >>> ClassCounts({"good": 9, "bad": 1}).columns({"good": 1.0, "bad": 9.0})["weighted share"]
        [0.5, 0.5]
        """
        sums = [count * weights[label] for label, count in self.items()]
        return {
            "label": list(self),
            "rows": list(self.values()),
            "share": list(self.prior.values()),
            heading: [weights[label] for label in self],
            "weighted share": [part / (sum(sums) or 1.0) for part in sums],
        }

    @property
    def majority(self) -> Label:
        """The most common label; of equally common ones the first.

        Examples
        --------
        >>> ClassCounts({"bad": 10, "good": 90}).majority
        'good'
        """
        return max(self, key=self.__getitem__)

    @property
    def prior(self) -> dict[Label, float]:
        """The share of each class.

        Examples
        --------
        >>> ClassCounts({0: 90, 1: 10}).prior
        {0: 0.9, 1: 0.1}
        """
        total = self.total or 1
        return {label: count / total for label, count in self.items()}

    @property
    def imbalance_ratio(self) -> float:
        """Rows of the most common class for each row of the rarest that has any.

        Examples
        --------
        >>> ClassCounts({0: 90, 1: 10}).imbalance_ratio
        9.0
        """
        return max(self.values()) / min(self.weighing.values(), default=1)


def counts_of(y: Any, sample_weight: Any) -> ClassCounts:
    """Return the counts of a fold's labels, or counts as they are; raises where labels are identifiers."""
    check_that(
        not isinstance(y, ClassCounts) or sample_weight is None,
        "counts are already weighted or not",
        "ClassCounts with sample_weight",
        "Pass the labels instead.",
        InvalidTypeError,
    )
    counts = y if isinstance(y, ClassCounts) else ClassCounts.of(y, sample_weight)
    rows = counts.total if sample_weight is None else rows_of(sample_weight)
    if isinstance(rows, int):  # sums of fractions are no rows
        rules.check_few_classes(len(counts), rows)
    return counts


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
        column = factorize(labels)
        sums = {} if sample_weight is None else column.sums(sample_weight)
        return cls(rows=ClassCounts(column.counts), sums=sums)

    def __add__(self, other: Tally) -> Tally:
        sums = {label: self.sums.get(label, Fraction(0)) + total for label, total in other.sums.items()}
        return Tally(rows=self.rows + other.rows, sums={**self.sums, **sums})

    @property
    def weighted(self) -> ClassCounts:
        """The sums of weights, each rounded once; the rows if they are not weighted."""
        return ClassCounts(rounded(self.sums)) if self.sums else self.rows

    def check(self) -> None:
        """Raise unless there are rows, and few enough classes."""
        check_that(self.rows, "labels must not be empty", "0 rows", "Pass rows of each class.")
        counts_of(self.rows, None)

    def check_known(self, labels: Collection[Label]) -> None:
        """Raise unless labels of other rows are among those counted."""
        if not set(labels) <= set(self.rows):
            raise rules.unknown_label(labels, self.rows)
