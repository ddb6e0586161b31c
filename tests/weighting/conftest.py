"""The same labels in every column that a user may hold them in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

INTS = [3, -1, 3, 3, 0, -1]
COUNTS = [3, 1, 3, 3, 0, 1]  # what unsigned integers hold
BOOLS = [True, False, True, True, False]
FLOATS = [2.0, -1.0, 2.0, 0.0, 2.0]
STRS = ["good", "bad", "good", "", "Bad", "good ", "größer", "good"]
KINDS = {
    "int": INTS,
    "bool": BOOLS,
    "float": FLOATS,
    "str": STRS,
    "codes": [0, 1, 1, 0, 1],
    "two ints": [7, -7, 7, 7],
    "two strs": ["no", "yes", "no"],
}
SIGNED = ["i1", "i2", "i4", "i8"]
UNSIGNED = ["u1", "u2", "u4", "u8"]


@dataclass(frozen=True)
class Sample:
    """A column, and its labels as Python scalars."""

    name: str
    make: Callable[[], Any]
    labels: list[Any]


class Foreign:
    """An array of some other library."""

    def __init__(self, values: Any) -> None:
        self.values = values

    def __array__(self, dtype: Any = None, copy: Any = None) -> Any:
        return np.array(self.values, dtype)


def read_only(array: Any) -> Any:
    array.flags.writeable = False
    return array


def strided(array: Any) -> Any:
    return np.repeat(array, 2)[::2]


def objects(values: list[Any]) -> Any:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def chunked(values: list[Any], dtype: Any) -> Any:
    halves = [pl.Series(part, dtype=dtype) for part in (values[:2], values[2:])]
    column = pl.concat(halves, rechunk=False)
    assert column.n_chunks() == 2
    return column


def python(kind: str, labels: list[Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield f"list {kind}", lambda: list(labels)
    yield f"tuple {kind}", lambda: tuple(labels)
    yield f"object {kind}", lambda: objects(labels)
    yield f"pandas object {kind}", lambda: pd.Series(labels, dtype=object)
    yield f"foreign {kind}", lambda: Foreign(labels)
    yield f"list of numpy {kind}", lambda: list(np.array(labels))
    yield f"numpy {kind}", lambda: np.array(labels)
    yield f"read-only {kind}", lambda: read_only(np.array(labels))
    yield f"strided {kind}", lambda: strided(np.array(labels))
    yield f"reversed {kind}", lambda: np.array(labels[::-1])[::-1]


def frames(kind: str, labels: list[Any]) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield f"pandas {kind}", lambda: pd.Series(labels, index=[7] * len(labels), name="y")
    yield f"pandas index {kind}", lambda: pd.Index(labels)
    yield f"pandas converted {kind}", lambda: pd.Series(labels).convert_dtypes()
    yield f"pandas arrow {kind}", lambda: pd.Series(pd.array(pa.array(labels), dtype=None))
    yield f"pandas category {kind}", lambda: pd.Series(labels, dtype="category")
    yield f"pandas categorical {kind}", lambda: pd.Categorical(labels)
    yield f"pandas unused category {kind}", lambda: pd.Series([*labels, *labels[:1]], dtype="category")[:-1]
    yield (
        f"pandas ordered category {kind}",
        lambda: pd.Series(pd.Categorical(labels, sorted(set(labels))[::-1], ordered=True)),
    )
    yield f"polars {kind}", lambda: pl.Series("y", labels)
    yield f"polars chunks {kind}", lambda: chunked(labels, pl.Series(labels).dtype)
    yield f"arrow {kind}", lambda: pa.array(labels)
    yield f"arrow slice {kind}", lambda: pa.array([*labels, *labels])[len(labels) :]
    yield f"arrow chunks {kind}", lambda: pa.chunked_array([labels[:2], labels[2:2], labels[2:]])
    if kind != "bool":
        yield f"arrow dictionary {kind}", lambda: pa.array(labels).dictionary_encode()
        yield (
            f"arrow dictionary chunks {kind}",
            lambda: pa.chunked_array([labels[:2], labels[2:]]).dictionary_encode(),
        )


def integers(kind: str, labels: list[int], dtypes: list[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    for dtype in dtypes:
        yield f"numpy {dtype}", lambda dtype=dtype: np.array(labels, dtype)
        yield f"numpy big-endian {dtype}", lambda dtype=dtype: np.array(labels, f">{dtype}")
        name = f"{'Int' if dtype[0] == 'i' else 'UInt'}{8 * int(dtype[1])}"
        yield f"pandas {name}", lambda name=name: pd.Series(labels, dtype=name)
        yield (
            f"pandas {name.lower()}[pyarrow]",
            lambda name=name: pd.Series(labels, dtype=f"{name}[pyarrow]".lower()),
        )
        yield f"polars {name}", lambda name=name: pl.Series(labels, dtype=getattr(pl, name))
        yield f"arrow {name}", lambda name=name: pa.array(labels, getattr(pa, name.lower())())


def strings(labels: list[str]) -> Iterator[tuple[str, Callable[[], Any]]]:
    yield "numpy big-endian str", lambda: np.array(labels, ">U9")
    yield "numpy StringDType", lambda: np.array(labels, np.dtypes.StringDType())
    yield "pandas string", lambda: pd.Series(labels, dtype="string")
    yield "pandas string[python]", lambda: pd.Series(labels, dtype="string[python]")
    yield "polars Categorical", lambda: pl.Series(labels, dtype=pl.Categorical)
    yield "polars chunks Categorical", lambda: chunked(labels, pl.Categorical)
    yield "polars Enum", lambda: pl.Series(labels, dtype=pl.Enum([*sorted(set(labels))[::-1], "unused"]))
    yield "arrow large_string", lambda: pa.array(labels, pa.large_string())
    yield (
        "arrow dictionaries that differ",
        lambda: pa.chunked_array([pa.array(part).dictionary_encode() for part in (labels[:3], labels[3:])]),
    )


def floats(labels: list[float]) -> Iterator[tuple[str, Callable[[], Any]]]:
    for dtype in ("f2", "f4", ">f8"):
        yield f"numpy {dtype}", lambda dtype=dtype: np.array(labels, dtype)
    yield "pandas Float64", lambda: pd.Series(labels, dtype="Float64")
    yield "polars Float32", lambda: pl.Series(labels, dtype=pl.Float32)


def samples() -> Iterator[Sample]:
    for kind, labels in KINDS.items():
        for name, make in (*python(kind, labels), *frames(kind, labels)):
            if name != "pandas converted float":  # pandas makes integers of them
                yield Sample(name, make, labels)
    tables = [
        (integers("int", INTS, SIGNED), INTS),
        (integers("int", COUNTS, UNSIGNED), COUNTS),
        (strings(STRS), STRS),
        (floats(FLOATS), FLOATS),
        ([("pandas boolean", lambda: pd.Series(BOOLS, dtype="boolean"))], BOOLS),
        ([("numpy bytes", lambda: np.array([b"b", b"abc", b"b"]))], [b"b", b"abc", b"b"]),
        ([("range", lambda: range(4, -4, -2))], [4, 2, 0, -2]),
    ]
    for table, labels in tables:
        for name, make in table:
            yield Sample(name, make, labels)


SAMPLES = list(samples())


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "sample" in metafunc.fixturenames:
        metafunc.parametrize("sample", SAMPLES, ids=lambda sample: sample.name.replace(" ", "-"))
