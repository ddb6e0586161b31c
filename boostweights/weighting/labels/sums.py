"""Sums of row weights that come out the same in any order, however rows are spread over partitions."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from boostweights.weighting.labels.rules import as_float

_BITS: Final = 53
_LOW: Final = 26
_MOST_ROWS: Final = 1 << 20  # 27-bit integers add up exactly in float64 up to 1 << 26; fewer, less memory
_EXACT: Final = 2.0**53  # up to here float64 adds whole numbers without rounding


def exact_sums(codes: npt.NDArray[np.intp], weight: npt.NDArray[np.float64], classes: int) -> list[Fraction]:
    """Return the exact sum of the weights of each class.

    A float64 is an integer of 53 bits times a power of two: integers of one power are summed by halves of 27
    bits, which float64 adds without rounding.

    Parameters
    ----------
    codes : ndarray of shape (n,)
        Positions of classes, 0 to `classes` - 1.
    weight : ndarray of shape (n,)
        Finite weights.
    classes : int
        How many there are.

    Returns
    -------
    list of Fraction
        Of length `classes`.

    Examples
    --------
    >>> exact_sums(np.array([0, 0, 0, 1]), np.array([1e16, 1.0, 1.0, 0.5]), 2)
    [Fraction(10000000000000002, 1), Fraction(1, 2)]
    """
    if (weight == np.rint(weight)).all() and float(weight.max(initial=0)) * len(weight) < _EXACT:
        return [Fraction(int(total)) for total in np.bincount(codes, weights=weight, minlength=classes)]
    totals = [Fraction(0)] * classes
    for start in range(0, len(codes), _MOST_ROWS):
        stop = start + _MOST_ROWS
        _add(totals, codes[start:stop], weight[start:stop])
    return totals


def rounded(sums: Mapping[Any, Fraction]) -> dict[Any, float]:
    """Return sums as the nearest floats, ints where they are whole.

    Examples
    --------
    >>> rounded({"a": Fraction(4), "b": Fraction(1, 2), "c": Fraction(0)})
    {'a': 4, 'b': 0.5, 'c': 0}
    """
    floats = {label: as_float(total) for label, total in sums.items()}
    return {label: int(total) if total.is_integer() else total for label, total in floats.items()}


def _add(totals: list[Fraction], codes: npt.NDArray[np.intp], weight: npt.NDArray[np.float64]) -> None:
    mantissa, exponent = np.frexp(weight)
    whole = np.ldexp(mantissa, _BITS).astype(np.int64)
    least = int(exponent.min())
    powers = int(exponent.max()) - least + 1
    keys, group = np.unique(codes.astype(np.int64) * powers + (exponent - least), return_inverse=True)
    low = np.bincount(group, weights=whole & ((1 << _LOW) - 1))
    high = np.bincount(group, weights=whole >> _LOW)
    for key, low_total, high_total in zip(keys.tolist(), low.tolist(), high.tolist(), strict=True):
        code, power = divmod(key, powers)
        total = (int(high_total) << _LOW) + int(low_total)
        totals[code] += Fraction(total) * Fraction(2) ** (power + least - _BITS)
