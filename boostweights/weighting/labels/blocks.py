"""Blocks of a column: counting their labels, writing a value for each.

A block is a slice of a numpy array or of a narwhals series.
"""

# Why not numpy.take of numpy.unique's inverse: 10 million labels in blocks of 65536 to float64, one core,
# numpy 2.4, seconds here / take of the whole column / take block by block: two texts .17 / 3.3 / .77, five
# texts .50 / 3.1 / .98, codes 0 and 1 as int64 .010 / .015 / .011, as int8 .021 / .045 / .025 (take of the
# labels themselves, after a look at their range). Five codes are looked up by numpy.take here, too.

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

import numpy as np
import numpy.typing as npt

from boostweights.errors import shown
from boostweights.weighting.labels.rules import Label, not_one_dimensional, scalar

Array: TypeAlias = npt.NDArray[Any]
Writer: TypeAlias = Callable[[Any, Array], None]
"""Takes a block of labels and its part of the result."""

_FEW: Final = 3  # up to so many classes, comparing a block with each beats sorting or binning it
_SOME: Final = 100  # up to so many, a mask a class beats a look-up a row
_NARROW: Final = 32  # integer labels within this range are counted as bytes
_DENSE: Final = 1 << 16  # and within this range looked up in a table
_UNKNOWN: Final = -1  # no weight and no code is negative


class UnmatchedError(Exception):
    """Some row's label has no value; which one is found out only then."""


def count_known(block: Any, known: Mapping[Label, int]) -> dict[Label, int] | None:
    """Counts of a block that holds known labels only, where these are few; else None."""
    if not 0 < len(known) <= _FEW:
        return None
    left = len(block)
    counts: dict[Label, int] = {}
    for label in known:
        counts[label] = int(np.count_nonzero(_equals(block, label)))
        left -= counts[label]
        if not left:
            return counts
    return None


def count_array(block: Array) -> dict[Label, int]:
    """Counts of a block of any numpy labels."""
    if block.dtype.kind in "OT":
        return _count_objects(block)
    if block.dtype.kind in "ui":
        low, high = int(block.min()), int(block.max())
        if high - low < _DENSE:
            return _count_dense(block, low, high)
    labels, sizes = np.unique(block, return_counts=True)
    return dict(zip(labels.tolist(), sizes.tolist(), strict=True))


def count_series(block: Any) -> dict[Label, int]:
    """Counts of a block of a narwhals series of strings or categories."""
    table = block.alias("label").value_counts(name="count")
    pairs = zip(table["label"].to_list(), table["count"].to_list(), strict=True)
    return {scalar(label): int(count) for label, count in pairs if count}  # an unused category counts 0


def writer(values: Mapping[Label, float], block_kind: str, dtype: np.dtype[Any]) -> Writer:
    """Choose how to write values for blocks of a numpy kind (``"O"`` for a series)."""
    if len(values) == 2:
        return _pair_writer(values, dtype)
    if block_kind in "bui" and (whole := _whole_numbers(values, signed=block_kind != "u")):
        base = min(*whole, 0)
        if max(whole) - base < _DENSE:
            return _table_writer(whole, base, dtype)
    return _mask_writer(values, dtype) if len(values) <= _SOME else _dict_writer(values, dtype)


def _count_dense(block: Array, low: int, high: int) -> dict[Label, int]:
    wide = np.uint64 if block.dtype.kind == "u" else np.int64
    above = np.subtract(block, low, dtype=wide) if low else block
    if high - low < _NARROW:
        narrow = above.astype(np.uint8)
        sizes = np.array([np.count_nonzero(narrow == value) for value in range(high - low + 1)])
    else:
        sizes = np.bincount(above.astype(np.int64, copy=False))
    found = np.flatnonzero(sizes)
    labels = [value + low for value in found.tolist()]  # numpy's sum would overflow near 2**64
    return dict(zip(labels, sizes[found].tolist(), strict=True))


def _count_objects(block: Array) -> dict[Label, int]:
    try:
        counts = Counter(block.tolist())
    except TypeError as unhashable:
        raise not_one_dimensional(shown(block[0])) from unhashable
    return {scalar(label): count for label, count in counts.items()}


def _equals(block: Any, label: Label) -> Array:
    """``block == label``; nothing equals where a missing value or an array refuses to be compared.

    numpy drops NULs at the end of a string that it compares with, unless it is told that it is an object.
    """
    kind = block.dtype.kind if isinstance(block, np.ndarray) else "series"
    if kind in ("U", "S") and isinstance(label, (str, bytes)) and label[-1:] in ("\0", b"\0"):
        return np.zeros(len(block), bool)  # fixed-width strings cannot end so
    try:
        return np.asarray(block == (_boxed(label, block.dtype) if kind in ("O", "T") else label))
    except (TypeError, ValueError):
        return np.zeros(len(block), bool)


def _boxed(label: Label, dtype: np.dtype[Any]) -> Array:
    """A label as an array without dimensions, whatever it is."""
    box = np.empty((), dtype)
    box[()] = label
    return box


def _pair_writer(values: Mapping[Label, float], dtype: np.dtype[Any]) -> Writer:
    """The bits of one value, turned into those of the other where a row is of the second label.

    Integer arithmetic on the bits is exact, and twice as fast as a look-up.
    """
    (low, first), (high, second) = values.items()
    unsigned = np.dtype(f"u{dtype.itemsize}")
    bits, other = np.array([first, second], dtype).view(unsigned)
    codes_already = low == 0 and high == 1

    def write(block: Any, part: Array) -> None:
        if codes_already and isinstance(block, np.ndarray) and block.dtype.kind in "iu":
            is_high = block.view(block.dtype.str.replace("i", "u"))
            if is_high.max() > 1:  # negative ones wrap to huge
                raise UnmatchedError
        else:
            is_high = _equals(block, high).view(np.uint8)
            if np.count_nonzero(is_high) + np.count_nonzero(_equals(block, low)) < len(block):
                raise UnmatchedError
        out = part.view(unsigned)
        np.multiply(is_high, bits ^ other, out=out, dtype=unsigned, casting="unsafe")
        np.bitwise_xor(out, bits, out=out)

    return write


def _table_writer(values: Mapping[int, float], base: int, dtype: np.dtype[Any]) -> Writer:
    """A look-up in a table of consecutive integers from `base` on."""
    table = np.full(max(values) - base + 1, _UNKNOWN, dtype)
    for label, value in values.items():
        table[label - base] = value
    holes = len(values) < len(table)

    def write(block: Array, part: Array) -> None:
        index = block.view(np.uint8) if block.dtype.kind == "b" else block
        if base:
            index = np.subtract(index, base, dtype=np.int64)
        if index.view(index.dtype.str.replace("i", "u")).max() >= len(table):  # negative ones wrap to huge
            raise UnmatchedError
        np.take(table, index.astype(np.intp, copy=False), out=part, mode="clip")
        if holes and part.min() < 0:
            raise UnmatchedError

    return write


def _mask_writer(values: Mapping[Label, float], dtype: np.dtype[Any]) -> Writer:
    """A mask for each label, summed to codes; faster than masked copies where labels are mixed."""
    table = np.array([_UNKNOWN, *values.values()], dtype)

    def write(block: Any, part: Array) -> None:
        codes = np.zeros(len(block), np.uint8)
        for code, label in enumerate(values, start=1):
            codes += _equals(block, label).view(np.uint8) * np.uint8(code)
        if not codes.all():
            raise UnmatchedError
        np.take(table, codes, out=part, mode="clip")

    return write


def _dict_writer(values: Mapping[Label, float], dtype: np.dtype[Any]) -> Writer:
    """A look-up of each row's label as a Python object."""
    by_label = dict(values)

    def write(block: Any, part: Array) -> None:
        try:
            labels = block.tolist() if isinstance(block, np.ndarray) else block.to_list()
            part[:] = np.fromiter(map(by_label.__getitem__, labels), dtype, count=len(block))
        except (KeyError, TypeError) as unknown:
            raise UnmatchedError from unknown

    return write


def _whole_numbers(values: Mapping[Label, float], signed: bool) -> dict[int, float]:
    """The values of labels that an integer, or an unsigned one, can equal."""
    return {
        int(label): value
        for label, value in values.items()
        if isinstance(label, (bool, int, float)) and label == label // 1 and (signed or label >= 0)
    }
