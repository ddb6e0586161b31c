"""The weights along a path: which are tried."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from boostweights.errors import InvalidTypeError, InvalidValueError, shown
from boostweights.weighting.labels.rules import scalar
from boostweights.weighting.policies.base import bounded


def default_ratios(imbalance: float) -> tuple[float, ...]:
    """Return about eight ratios: from 1 to the balanced one in equal factors, and twice that.

    Parameters
    ----------
    imbalance : float
        Negative rows for each positive one: the ratio of balanced weights. Where it is near 1 the grid is
        a quarter to four, with it among them.

    Examples
    --------
    >>> default_ratios(99.0)
    (1.0, 2.51, 6.28, 15.8, 39.5, 99.0, 140.0, 198.0)
    >>> default_ratios(0.1)
    (0.05, 0.0707, 0.1, 0.158, 0.251, 0.398, 0.631, 1.0)
    >>> default_ratios(1.0)
    (0.25, 0.5, 1.0, 2.0, 4.0)
    """
    if 0.5 < imbalance < 2:
        grid = [ratio for ratio in (0.25, 0.5, 1.0, 2.0, 4.0) if abs(math.log(ratio / imbalance)) > 0.05]
        return tuple(sorted({*grid, 1.0, imbalance}))
    direction = 1 if imbalance > 1 else -1
    beyond = [imbalance * 2 ** (0.5 * direction), imbalance * 2.0**direction]
    between = np.geomspace(1.0, imbalance, 6)[1:-1].tolist()
    rounded = (float(f"{ratio:.3g}") for ratio in (*between, *beyond))
    return tuple(sorted({1.0, imbalance, *rounded}))


def checked_ratios(ratios: Any) -> tuple[float, ...]:
    """Return ratios in increasing order, or raise.

    Examples
    --------
    >>> checked_ratios([10, 1])
    (1.0, 10.0)
    """
    if isinstance(ratios, (str, bytes)) or not isinstance(ratios, Iterable):
        raise InvalidTypeError("ratios must be a sequence of numbers", shown(ratios), "Pass [1, 2, 5, 10].")
    rule = "a ratio must be positive and finite"
    mend = "It is the weight of the positive class over the other's; 1 is unweighted."
    checked = [bounded("a ratio", scalar(each), lambda at: 0 < at < math.inf, rule, mend) for each in ratios]
    if not checked:
        raise InvalidValueError(
            "there must be at least one ratio", shown(ratios), "Leave ratios out for a grid."
        )
    if twice := [ratio for ratio in checked if checked.count(ratio) > 1]:
        raise InvalidValueError("each ratio must be there once", f"{twice[0]!r} twice", "Leave one out.")
    return tuple(sorted(checked))
