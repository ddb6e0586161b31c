"""Labels and row weights on a device, counted and weighted there.

All is done by operations of the Python array API standard (https://data-apis.org/array-api), so that one code
serves every library and device. Only what `read` returns, a few numbers a class, comes to the host.
"""

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Any, Final

import numpy as np

from boostweights.errors import InvalidTypeError, UnknownLabelError, check_that, shown
from boostweights.weighting.labels.arrays import compat, is_array, namespace, place, read, rows_of
from boostweights.weighting.labels.rules import (
    Label,
    bad_weight,
    check_class_count,
    check_labels,
    check_weight_rows,
    checked_sample_weight,
    not_one_dimensional,
    positions,
    unknown_label,
)

_NUMBERS: Final = ("bool", "integral", "real floating")


class DeviceColumn:
    """A 1-d column of labels on a device."""

    def __init__(self, y: Any) -> None:
        if y.ndim != 1:
            raise not_one_dimensional(f"shape {tuple(y.shape)}")
        self.xp, self.device = namespace(y), compat().device(y)
        self.dtypes: Mapping[str, Any] = self.xp.__array_namespace_info__().dtypes(device=self.device)
        check_that(
            y.dtype in self.dtypes.values() and self.xp.isdtype(y.dtype, _NUMBERS),
            "labels on a device must be bools, integers or whole floats of the array API standard",
            f"dtype {y.dtype}",
            "Convert the column, for example to int64.",
            InvalidTypeError,
        )
        is_bool = self.xp.isdtype(y.dtype, "bool")
        self.is_float = self.xp.isdtype(y.dtype, "real floating")
        self.kind = bool if is_bool else float if self.is_float else int
        self.data = self.xp.astype(y, self.xp.uint8) if is_bool else y

    def __len__(self) -> int:
        return rows_of(self.data)

    def counts(self) -> dict[Label, int]:
        """Return label → number of rows, sorted; raises where one is missing or continuous, or too many."""
        if self.is_float:
            whole = self.xp.isfinite(self.data) & (self.data == self.xp.floor(self.data))
            if (row := _first_not(whole)) is not None:
                check_labels([read(self.data[row])])
        labels, sizes = self.xp.unique_counts(self.data)
        return dict(sorted(zip(self._labels(labels), read(sizes), strict=True)))

    def codes(self) -> tuple[dict[Label, int], Any]:
        """Return counts in sorted label order, and each row's position among these labels."""
        counts = self.counts()
        return counts, self.lookup(positions(counts), np.dtype(np.intp))

    def lookup(self, values: Mapping[Label, float], dtype: np.dtype[Any]) -> Any:
        """Return the value of each row's label, or raise where one has none."""
        check_that(
            any(isinstance(label, (bool, int, float)) for label in values),
            "labels on a device are numbers, which must be among the labels that have a value",
            f"{self.data.dtype} for {shown(list(values))}",
            "Encode text on the host; weights.encoded() are for its codes.",
            UnknownLabelError,
        )
        stored = self._stored(dtype)
        unique, codes = self.xp.unique_inverse(self.data)
        labels = self._labels(unique)
        if any(label not in values for label in labels):
            raise unknown_label(self.counts(), values)
        return self._sent([values[label] for label in labels], stored)[codes]

    def sums(self, counts: Mapping[Label, int], sample_weight: Any) -> list[Fraction]:
        """Return the exact sum of the row weights of each class.

        Floats are integers times a power of two: rows are sorted by class, and what is left of each weight is
        cut off from above in integers that an integer type of the device adds up without overflow.
        """
        xp = self.xp
        whole = self._stored(np.dtype(np.int64))
        rest = xp.take(weights_beside(self.data, sample_weight), xp.argsort(self.data))
        ends = self._sent((np.cumsum(list(counts.values())) - 1).tolist(), whole)
        floats = xp.finfo(rest.dtype)
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

    def _labels(self, unique: Any) -> list[Label]:
        """Return the different labels as Python scalars, or raise where they are too many to be classes."""
        check_class_count(rows_of(unique))
        return list(map(self.kind, read(unique)))

    def _stored(self, dtype: np.dtype[Any]) -> Any:
        """Return the device's dtype of that name; for integers the widest that it has."""
        stored = self.dtypes.get(dtype.name, self.dtypes["int32"] if dtype.kind == "i" else None)
        check_that(
            stored is not None,
            f"row weights of {dtype.name} need a device that can hold them",
            place(self.data),
            "Pass dtype=np.float32, or labels on the host.",
            InvalidTypeError,
        )
        return stored

    def _sent(self, values: Sequence[float], dtype: Any) -> Any:
        """Return a few numbers, on the device."""
        return self.xp.asarray(values, dtype=dtype, device=self.device)


def weights_beside(rows: Any, sample_weight: Any) -> Any:
    """Return checked row weights as the widest floats, where the other array of these rows is, or raise.

    Examples
    --------
    >>> weights_beside(np.array([0, 1]), [1, 2])
    array([1., 2.])
    """
    if not is_array(rows):
        return checked_sample_weight(sample_weight, len(rows))
    check_that(
        is_array(sample_weight) and place(rows) == place(sample_weight),
        "labels and row weights must be arrays of one library on one device",
        f"{place(rows)} and {place(sample_weight)}",
        "Move one of them; nothing is copied between devices unasked.",
    )
    xp = namespace(rows)
    check_that(
        xp.isdtype(sample_weight.dtype, _NUMBERS),
        "sample_weight must be numbers",
        f"dtype {sample_weight.dtype}",
        "Pass one number a row.",
        InvalidTypeError,
    )
    check_weight_rows(tuple(sample_weight.shape), rows_of(rows))
    dtypes = xp.__array_namespace_info__().dtypes(device=compat().device(rows))
    weight = xp.astype(sample_weight, dtypes.get("float64", xp.float32), copy=False)
    if (row := _first_not(xp.isfinite(weight) & (weight >= 0))) is not None:
        raise bad_weight(read(weight[row]), row)
    return weight


def _first_not(right: Any) -> int | None:
    """Return the first row that is not right."""
    xp = namespace(right)
    return None if read(xp.all(right)) else int(read(xp.argmin(xp.astype(right, xp.uint8))))
