"""Labels and row weights on a device, counted and weighed where they lie.

All is done by operations of the Python array API standard (https://data-apis.org/array-api), so that one code
serves every library and device. Only what `read` returns, a few numbers a class, comes to the host.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, UnknownLabelError, shown
from boostweights.weighting.labels.arrays import compat, is_array, namespace, place, read, rows_of
from boostweights.weighting.labels.blocks import UnmatchedError
from boostweights.weighting.labels.rules import (
    Label,
    bad_weight,
    check_class_count,
    check_labels,
    check_weight_rows,
    checked_sample_weight,
    not_one_dimensional,
    positions,
)

_NARROW: Final = 32  # integer labels within this range are counted by comparing, others by sorting
_NUMBERS: Final = ("bool", "integral", "real floating")


class DeviceColumn:
    """A 1-d column of labels on a device."""

    def __init__(self, y: Any) -> None:
        if y.ndim != 1:
            raise not_one_dimensional(f"shape {tuple(y.shape)}")
        self.xp, self.device = namespace(y), compat().device(y)
        if y.dtype not in self._dtypes.values() or not self.xp.isdtype(y.dtype, _NUMBERS):
            raise InvalidTypeError(
                "labels on a device must be bools, integers or whole floats of the array API standard",
                f"dtype {y.dtype}",
                "Convert the column, for example to int64.",
            )
        is_bool = self.xp.isdtype(y.dtype, "bool")
        self.is_float = self.xp.isdtype(y.dtype, "real floating")
        self.kind = bool if is_bool else float if self.is_float else int
        self.data = self.xp.astype(y, self.xp.uint8) if is_bool else y

    def __len__(self) -> int:
        return rows_of(self.data)

    @cached_property
    def _dtypes(self) -> Mapping[str, Any]:
        """The standard's dtypes that the device can hold."""
        held: Mapping[str, Any] = self.xp.__array_namespace_info__().dtypes(device=self.device)
        return held

    def counts(self) -> dict[Label, int]:
        """Return label → number of rows, sorted; raises where one is missing or continuous, or too many."""
        if self.is_float:
            self._check_whole()
        counts: Counter[Label] = Counter()
        for label, size in zip(*(self._compared() or self._sorted()), strict=True):
            counts[self.kind(label)] += size
        return {label: counts[label] for label in sorted(counts) if counts[label]}

    def codes(self) -> tuple[dict[Label, int], Any]:
        """Return counts in sorted label order, and each row's position among these labels."""
        counts = self.counts()
        are_codes = not self.is_float and list(counts) == list(range(len(counts)))
        return counts, self.data if are_codes else self.lookup(positions(counts), np.dtype(np.intp))

    def lookup(self, values: Mapping[Label, float], dtype: np.dtype[Any]) -> Any:
        """Return the value of each row's label; UnmatchedError where there is none."""
        stored, labels = self._stored(dtype), self._held(values)
        if not labels:
            raise UnknownLabelError(
                "labels on a device are numbers, which must be among the labels that have a value",
                f"{self.data.dtype} for {shown(list(values))}",
                "Encode text on the host; weights.encoded() are for its codes.",
            )
        table = self._sent([values[label] for label in labels], stored)
        return table[self._positions(labels)]

    def sums(self, counts: Mapping[Label, int], sample_weight: Any) -> list[Fraction]:
        """Return the exact sum of the row weights of each class.

        Floats are integers times a power of two: rows are sorted by class, and what is left of each weight is
        cut off from above in integers that an integer type of the device adds up without overflow.
        """
        xp = self.xp
        rest = xp.take(weights_beside(self.data, sample_weight), xp.argsort(self.data))
        ends = self._sent((np.cumsum(list(counts.values())) - 1).tolist(), self._stored(np.dtype(np.int64)))
        floats, whole = xp.finfo(rest.dtype), self._stored(np.dtype(np.int64))
        precision = -math.frexp(float(floats.eps))[1] + 2
        bits = min(precision, int(xp.iinfo(whole).bits) - 1 - len(self).bit_length())
        least = math.frexp(float(floats.smallest_normal))[1] - precision
        totals = [Fraction(0)] * len(counts)
        for power in range(math.frexp(read(xp.max(rest)))[1] - bits, least - bits, -bits):
            unit = 2.0 ** max(power, least)
            cut = xp.floor(rest / unit)
            upto = [0, *read(xp.cumulative_sum(xp.astype(cut, whole))[ends])]
            for code, (before, after) in enumerate(pairwise(upto)):
                totals[code] += Fraction(after - before) * Fraction(unit)
            rest = rest - cut * unit
            if not read(xp.any(rest > 0)):
                break
        return totals

    def _check_whole(self) -> None:
        xp = self.xp
        broken = ~(xp.isfinite(self.data) & (self.data == xp.floor(self.data)))
        if read(xp.any(broken)):
            check_labels([read(self.data[read(xp.argmax(xp.astype(broken, xp.uint8)))])])

    def _compared(self) -> tuple[Iterable[int], list[int]] | None:
        """Integers within a narrow range, and how often each occurs; else None."""
        xp = self.xp
        if self.is_float:
            return None
        low, high = read(xp.stack([xp.min(self.data), xp.max(self.data)]))
        if high - low >= _NARROW:
            return None
        labels = range(low, high + 1)
        return labels, read(xp.stack([xp.count_nonzero(self.data == label) for label in labels]))

    def _sorted(self) -> tuple[list[float], list[int]]:
        labels, sizes = self.xp.unique_counts(self.data)
        check_class_count(rows_of(labels))
        return read(labels), read(sizes)

    def _held(self, labels: Iterable[Label]) -> list[Label]:
        """Those labels that the column's dtype can hold, sorted."""
        numbers = sorted(label for label in labels if isinstance(label, (bool, int, float)))
        if self.is_float:
            held = read(self._sent(map(float, numbers), self.data.dtype))
            return [label for label, stored in zip(numbers, held, strict=True) if label == stored]
        limits = self.xp.iinfo(self.data.dtype)
        return [label for label in numbers if int(label) == label and limits.min <= label <= limits.max]

    def _positions(self, labels: list[Label]) -> Any:
        """Return the position of each row's label; UnmatchedError where there is none."""
        xp, first = self.xp, labels[0]
        if not self.is_float and labels == list(range(int(first), int(first) + len(labels))):
            unknown = (self.data < int(first)) | (self.data > int(labels[-1]))
            if read(xp.any(unknown)):
                raise UnmatchedError
            at = xp.astype(self.data, self._stored(np.dtype(np.int64)), copy=False)
            return at - int(first) if first else at
        known = self._sent(map(self.kind if self.is_float else int, labels), self.data.dtype)
        at = xp.searchsorted(known, xp.astype(self.data, self.data.dtype, copy=True))  # torch wants no stride
        at = xp.where(at < len(labels), at, xp.zeros_like(at))
        if read(xp.any(known[at] != self.data)):
            raise UnmatchedError
        return at

    def _stored(self, dtype: np.dtype[Any]) -> Any:
        """The device's dtype of that name; of integers the widest that it has."""
        found = self._dtypes.get(dtype.name)
        if found is None and dtype.kind == "i":
            found = self._dtypes["int32"]
        if found is None:
            raise InvalidTypeError(
                f"row weights of {dtype.name} need a device that can hold them",
                place(self.data),
                "Pass dtype=np.float32, or labels on the host.",
            )
        return found

    def _sent(self, values: Iterable[float], dtype: Any) -> Any:
        """A few numbers, on the device."""
        return self.xp.asarray(list(values), dtype=dtype, device=self.device)


def weights_beside(rows: Any, sample_weight: Any) -> Any:
    """Return checked row weights as the widest floats, where the other array of these rows lies, or raise.

    Examples
    --------
    >>> weights_beside(np.array([0, 1]), [1, 2])
    array([1., 2.])
    """
    if not is_array(rows):
        return checked_sample_weight(sample_weight, len(rows))
    if not is_array(sample_weight) or place(rows) != place(sample_weight):
        raise not_together(place(rows), place(sample_weight))
    xp = namespace(rows)
    if not xp.isdtype(sample_weight.dtype, _NUMBERS):
        raise InvalidTypeError(
            "sample_weight must be numbers", f"dtype {sample_weight.dtype}", "Pass one number a row."
        )
    check_weight_rows(tuple(sample_weight.shape), rows_of(rows))
    held = xp.__array_namespace_info__().dtypes(device=compat().device(rows))
    weight = xp.astype(sample_weight, held.get("float64", xp.float32), copy=False)
    broken = ~(xp.isfinite(weight) & (weight >= 0))
    if read(xp.any(broken)):
        row = read(xp.argmax(xp.astype(broken, xp.uint8)))
        raise bad_weight(read(weight[row]), row)
    return weight


def not_together(rows: str, sample_weight: str) -> InvalidValueError:
    """Return the error for rows and weights that do not lie in one place."""
    return InvalidValueError(
        "labels and row weights must be arrays of one library on one device",
        f"{rows} and {sample_weight}",
        "Move one of them; nothing is copied between devices unasked.",
    )
