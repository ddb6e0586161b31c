"""Labels as a program that reads the same file has them: whole numbers and truth values are no text."""

from __future__ import annotations

import re
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_WHOLE: Final = re.compile(r"0|-?[1-9]\d{0,17}")
_TRUTH: Final = {"false": False, "true": True}


def as_read(labels: npt.NDArray[np.str_]) -> npt.NDArray[Any]:
    """Return labels that are all whole numbers, or all true or false, as such; others as they are.

    Examples
    --------
    >>> as_read(np.array(["0", "1"])).tolist(), as_read(np.array(["no", "1"])).tolist()
    ([0, 1], ['no', '1'])
    """
    classes, codes = np.unique(labels, return_inverse=True)
    texts = [str(each) for each in classes]
    if all(_WHOLE.fullmatch(each) for each in texts):
        return np.array([int(each) for each in texts])[codes]
    if all(each.lower() in _TRUTH for each in texts):
        return np.array([_TRUTH[each.lower()] for each in texts])[codes]
    return labels
