r"""What an order statistic promises: exact for any distribution of scores, ties included.

At most a share p of new rows lies beyond the k-th of n scores, counted from the end where rows go wrong, but
for :math:`P(B \le k - 1)` of all draws of these n rows, B being binomial of n and p. Where scores are tied
it is fewer draws.

References
----------
Wilks (1941), Determination of sample sizes for setting tolerance limits, doi:10.1214/aoms/1177731788.

Scheffé & Tukey (1945), Non-parametric estimation, on ties, doi:10.1214/aoms/1177731119.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from typing import Final

_ROUNDING: Final = 1 + 1e-12
"""Levels such as 1 - .9 are not exact."""


def rank_of(rows: int, share: float, level: float) -> int:
    r"""Return the largest k with :math:`P(B \le k - 1) \le` `level`; 0 where there is none.

    Examples
    --------
    >>> rank_of(21, 0.1, 0.1), rank_of(22, 0.1, 0.1), rank_of(1000, 0.1, 0.1)
    (0, 1, 88)
    """
    from scipy.special import bdtr

    return bisect_right(range(rows), level * _ROUNDING, key=lambda below: float(bdtr(below, rows, share)))


def rows_needed(share: float, level: float) -> int:
    r"""Return the fewest rows of which some order statistic serves: :math:`(1 - p)^n \le` `level`.

    Examples
    --------
    >>> rows_needed(0.1, 0.1), rows_needed(0.05, 0.1), rows_needed(0.01, 0.1)
    (22, 45, 230)
    """
    return max(1, math.ceil(math.log(level) / math.log1p(-share) - 1e-9))


def share_at(rank: int, rows: int, level: float) -> float:
    """Return the smallest share that an order statistic promises: Clopper and Pearson's upper limit.

    Examples
    --------
    >>> round(share_at(1, 22, 0.1), 4)
    0.0994
    """
    from scipy.special import betaincinv

    return float(betaincinv(rank, rows - rank + 1, 1 - level))
