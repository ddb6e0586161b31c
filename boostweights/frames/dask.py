"""Counts and a column of row weights on Dask: each partition's labels are read where they are."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import numpy as np

from boostweights.frames import partitions
from boostweights.weighting.labels.rules import Label, check_class_count

_SPLIT: Final = 8
"""So many results are merged in one task: 1e5 partitions take six levels."""


def merged(parts: Sequence[Any], merge: Callable[..., Any]) -> Any:
    """Return what the tasks of all partitions find as one delayed value, merged eight at a time."""
    from dask.delayed import delayed

    level, merging = list(parts), delayed(merge, pure=True)
    while len(level) > 1:
        level = [merging(level[start : start + _SPLIT]) for start in range(0, len(level), _SPLIT)]
    return level[0]


def counted(frame: Any, target: str) -> Mapping[Label, int]:
    """Return label → rows of a Dask frame, missing labels under None: one number a class is moved."""
    from dask.delayed import delayed

    count = delayed(partitions.counted, pure=True)
    found: Mapping[Label, int] = merged(list(map(count, frame[target].to_delayed())), _total).compute()
    return found


def weighed(frame: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    """Return a Dask frame with a column of float32 planned; NaN where a label has no weight.

    Only the label column is read for it, so that Dask still leaves out what nobody asks for.
    """
    import pandas as pd

    labels = frame[target]
    meta = pd.Series([], dtype=np.float32, name=name, index=labels._meta.index)
    return frame.assign(**{name: labels.map_partitions(_weighed, weights, name, meta=meta)})


def _total(counts: Sequence[Mapping[Label, int]]) -> Mapping[Label, int]:
    total = sum(map(Counter, counts), start=Counter[Label]())
    check_class_count(len(total))
    return total


def _weighed(labels: Any, weights: Mapping[Label, float], name: str) -> Any:
    import pandas as pd

    return pd.Series(partitions.weighed(labels, weights), index=labels.index, name=name)
