"""Labels of one partition: counted, and weighed, whatever is among them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights.errors import InvalidValueError, UnknownLabelError
from boostweights.weighting.labels.counting import count_labels, map_labels
from boostweights.weighting.labels.rules import Label


def counted(labels: Any) -> dict[Label, int]:
    """Return label → rows of a column, missing labels under None.

    Examples
    --------
    >>> import pandas as pd
    >>> counted(pd.Series(["good", None, "good"]))
    {'good': 2, None: 1}
    """
    if not len(labels):
        return {}
    try:
        return dict(count_labels(labels))
    except InvalidValueError:
        series = _series(labels)
        present = ~series.is_null()
        if series.dtype.is_float():
            present &= ~series.is_nan()
        missing = len(series) - int(present.sum())
        if not missing:
            raise
        return {**counted(series.filter(present).to_native()), None: missing}


def weighed(labels: Any, weights: Mapping[Label, float]) -> npt.NDArray[np.float32]:
    """Return the weight of each row of a column, NaN where its label has none.

    Examples
    --------
    >>> import pandas as pd
    >>> weighed(pd.Series(["good", None, "bad"]), {"good": 0.5})
    array([0.5, nan, nan], dtype=float32)
    """
    if not len(labels):
        return np.empty(0, np.float32)
    try:
        return map_labels(labels, weights, np.float32)
    except (UnknownLabelError, InvalidValueError):  # a label without a weight, or a missing one
        return np.array([weights.get(label, np.nan) for label in _series(labels).to_list()], np.float32)


def _series(labels: Any) -> Any:
    import narwhals as nw

    return nw.from_native(labels, series_only=True)
