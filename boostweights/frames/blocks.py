"""Counts and row weights on Dask and Ray: each partition or block is read where it is."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from boostweights import errors
from boostweights.errors import (
    BoostweightsError,
    InvalidValueError,
    UnknownLabelError,
    check_known,
    check_that,
)
from boostweights.weighting.labels.counting import count_labels, map_labels
from boostweights.weighting.labels.rules import Label, check_class_count

_SPLIT = 8
"""So many results are merged in one task: 1e5 partitions take six levels."""
_WHOLE_BLOCKS: Mapping[str, Any] = {
    "batch_format": "pyarrow",
    "batch_size": None,
    "zero_copy_batch": True,
}


def block_counts(labels: Any) -> dict[Label, int]:
    """Return label → rows of a column, missing labels under None.

    Examples
    --------
    >>> import pandas as pd
    >>> block_counts(pd.Series(["good", None, "good"]))
    {'good': 2, None: 1}
    """
    import narwhals as nw

    if not len(labels):
        return {}
    try:
        return dict(count_labels(labels))
    except InvalidValueError:
        series = nw.from_native(labels, series_only=True)
        present = ~series.is_null()
        if series.dtype.is_float():
            present &= ~series.is_nan()
        missing = len(series) - int(present.sum())
        if not missing:
            raise
        return {**block_counts(series.filter(present).to_native()), None: missing}


def block_weights(labels: Any, weights: Mapping[Label, float]) -> npt.NDArray[np.float32]:
    """Return the weight of each row of a column, NaN where its label has none.

    Examples
    --------
    >>> import pandas as pd
    >>> block_weights(pd.Series(["good", None, "bad"]), {"good": 0.5})
    array([0.5, nan, nan], dtype=float32)
    """
    import narwhals as nw

    if not len(labels):
        return np.empty(0, np.float32)
    try:
        return map_labels(labels, weights, np.float32)
    except (UnknownLabelError, InvalidValueError):  # a label without a weight, or a missing one
        values = nw.from_native(labels, series_only=True).to_list()
        return np.array([weights.get(label, np.nan) for label in values], np.float32)


def merged(parts: Sequence[Any], merge: Callable[..., Any]) -> Any:
    """Return what the tasks of all partitions find as one delayed value, merged eight at a time."""
    from dask.delayed import delayed

    level, merging = list(parts), delayed(merge, pure=True)
    while len(level) > 1:
        level = [merging(level[start : start + _SPLIT]) for start in range(0, len(level), _SPLIT)]
    return level[0]


def dask_counts(frame: Any, target: str) -> Mapping[Label, int]:
    """Return label → rows of a Dask frame, missing labels under None: one number a class is moved."""
    from dask.delayed import delayed

    count = delayed(block_counts, pure=True)
    counts: Mapping[Label, int] = merged(list(map(count, frame[target].to_delayed())), _total).compute()
    return counts


def dask_column(frame: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    """Return a Dask frame with a column of float32 planned; NaN where a label has no weight.

    Only the label column is read for it, so that Dask still leaves out what nobody asks for.
    """
    import pandas as pd

    labels = frame[target]
    meta = pd.Series([], dtype=np.float32, name=name, index=labels._meta.index)
    return frame.assign(**{name: labels.map_partitions(_weighed_partition, weights, name, meta=meta)})


def _total(counts: Sequence[Mapping[Label, int]]) -> Mapping[Label, int]:
    total = sum(map(Counter, counts), start=Counter[Label]())
    check_class_count(len(total))
    return total


def _weighed_partition(labels: Any, weights: Mapping[Label, float], name: str) -> Any:
    import pandas as pd

    return pd.Series(block_weights(labels, weights), index=labels.index, name=name)


def is_ray(frame: Any) -> bool:
    """Whether a value is a dataset of ``ray.data``, without importing it."""
    bases = type(frame).__mro__
    return any(base.__name__ == "Dataset" and base.__module__.startswith("ray.data") for base in bases)


def schema_of(dataset: Any) -> Any:
    """Return narwhals' types of the columns, or None where only running the dataset would tell."""
    import narwhals as nw
    import pyarrow as pa

    schema = dataset.schema(fetch_if_missing=False)
    if schema is None:
        return None
    kinds = [kind if isinstance(kind, pa.DataType) else pa.string() for kind in schema.types]
    table = pa.schema(list(zip(schema.names, kinds, strict=True))).empty_table()
    return nw.from_native(table, eager_only=True).schema


def ray_counts(dataset: Any, target: str) -> Mapping[Label, int]:
    """Return label → rows of a dataset, missing labels under None: one number a class and block is moved."""
    total: Counter[Label] = Counter()
    for row in dataset.map_batches(_counted_block, fn_args=[target], **_WHOLE_BLOCKS).iter_rows():
        if row["problem"]:
            kind, *parts = row["problem"]
            raise getattr(errors, kind)(*parts)
        total[row["label"]] += row["rows"]
        check_class_count(len(total))
    return total


def ray_column(dataset: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    """Return a dataset with a column of float32 planned; null where a label has no weight."""
    return dataset.map_batches(_weighed_block, fn_args=[target, dict(weights), name], **_WHOLE_BLOCKS)


def _counted_block(block: Any, target: str) -> Any:
    """Return a row a label; or what is wrong with the block, since of an error Ray hands on the text only."""
    import pyarrow as pa

    problem, counts, kind = None, {None: 0}, pa.null()
    try:
        labels = _labels(block, target)
        kind = labels.type.value_type if pa.types.is_dictionary(labels.type) else labels.type
        counts = block_counts(labels)
    except BoostweightsError as broken:
        problem = [type(broken).__name__, broken.rule, broken.value, broken.mend]
    rows = {"label": pa.array(counts, kind), "rows": pa.array(counts.values(), pa.int64())}
    return pa.table({**rows, "problem": pa.array([problem] * len(counts), pa.list_(pa.string()))})


def _weighed_block(block: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    import pyarrow as pa

    rule, seen = "the name of the new column must be free", f"name={name!r}, a column of the dataset"
    check_that(name not in block.column_names, rule, seen, "Pass another name=.")
    values = block_weights(_labels(block, target), weights)
    return block.append_column(name, pa.array(values, from_pandas=True))


def _labels(block: Any, target: str) -> Any:
    check_known(target, block.column_names, "target must be a column of the dataset")
    return block[target]
