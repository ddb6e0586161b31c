"""Which scikit-learn is installed, where that decides a claim."""

from __future__ import annotations

from functools import cache
from importlib.metadata import version

__all__ = ["at_least"]


@cache
def at_least(major: int, minor: int) -> bool:
    """Whether scikit-learn is of this version or later.

    Examples
    --------
    >>> at_least(1, 0)
    True
    """
    installed = tuple(int(part) for part in version("scikit-learn").split(".")[:2])
    return installed >= (major, minor)
