"""Counts and a column of row weights on a Ray dataset: each block's labels are read where they are."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from boostweights import errors
from boostweights.errors import BoostweightsError, InvalidValueError, check_known
from boostweights.frames import partitions
from boostweights.weighting.labels.rules import Label, check_class_count


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


def counted(dataset: Any, target: str) -> Mapping[Label, int]:
    """Return label → rows of a dataset, missing labels under None: one number a class and block is moved."""
    found = dataset.map_batches(
        _counted, fn_args=[target], batch_format="pyarrow", batch_size=None, zero_copy_batch=True
    )
    total: Counter[Label] = Counter()
    for row in found.iter_rows():
        if row["problem"]:
            kind, *said = row["problem"]
            raise getattr(errors, kind)(*said)
        total[row["label"]] += row["rows"]
        check_class_count(len(total))
    return total


def weighed(dataset: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    """Return a dataset with a column of float32 planned; null where a label has no weight."""
    arguments = [target, dict(weights), name]
    return dataset.map_batches(
        _weighed, fn_args=arguments, batch_format="pyarrow", batch_size=None, zero_copy_batch=True
    )


def _counted(block: Any, target: str) -> Any:
    """Return a row a label; or what is wrong with the block, since of an error Ray hands on the text only."""
    import pyarrow as pa

    problem, counts, kind = None, {None: 0}, pa.null()
    try:
        labels = _labels(block, target)
        kind = labels.type.value_type if pa.types.is_dictionary(labels.type) else labels.type
        counts = partitions.counted(labels)
    except BoostweightsError as broken:
        problem = [type(broken).__name__, broken.rule, broken.value, broken.mend]
    rows = {"label": pa.array(counts, kind), "rows": pa.array(counts.values(), pa.int64())}
    return pa.table({**rows, "problem": pa.array([problem] * len(counts), pa.list_(pa.string()))})


def _weighed(block: Any, target: str, weights: Mapping[Label, float], name: str) -> Any:
    import pyarrow as pa

    if name in block.column_names:
        rule = "the name of the new column must be free"
        raise InvalidValueError(rule, f"name={name!r}, a column of the dataset", "Pass another name=.")
    values = partitions.weighed(_labels(block, target), weights)
    return block.append_column(name, pa.array(values, from_pandas=True))


def _labels(block: Any, target: str) -> Any:
    check_known(target, block.column_names, "target must be a column of the dataset")
    return block[target]
