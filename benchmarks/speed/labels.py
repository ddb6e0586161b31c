"""Counting classes and weighing rows, against scikit-learn's compute_sample_weight and a plain numpy mask.

    python benchmarks/speed/labels.py [--rows 1e4 1e5 1e6 1e7] [--columns int64 polars]

Ours is ``ClassCounts.of(y)``, ``Balanced().resolve(counts)``, ``weights.sample_weight(y)``; scikit-learn's is
``compute_sample_weight("balanced", y)``. Both give the same weights, which is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
from measure import Options, Ratio, alternate, resident_bytes, traced_bytes, whole, write
from sklearn.utils.class_weight import compute_sample_weight

import boostweights as bw

NAMES = np.array(["bad", "good"])
INTEGERS, OTHERS = 100, 20
RESULT = 4  # bytes a row of the float32 result
MASK = 1  # and of one mask


@dataclass(frozen=True)
class Case:
    """A kind of column, made of 1 % ones, and the ratio to reach at 1e7 rows."""

    make: Callable[[np.ndarray[Any, Any]], Any]
    required: int | None


def _mixed(codes: np.ndarray[Any, Any], classes: int) -> np.ndarray[Any, Any]:
    return np.random.default_rng(1).integers(0, classes, len(codes))


def _polars(codes: np.ndarray[Any, Any], dtype: Any) -> pl.Series:
    return pl.Series(NAMES[codes]).cast(dtype)


def _arrow(codes: np.ndarray[Any, Any]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(codes.astype(np.int32), NAMES.tolist())


CASES = {
    "int64, 1 % ones": Case(lambda codes: codes, INTEGERS),
    "int64, half ones": Case(lambda codes: _mixed(codes, 2), INTEGERS),
    "int64, 5 classes": Case(lambda codes: _mixed(codes, 5), INTEGERS),
    "int64, {-1, 1}": Case(lambda codes: 2 * codes - 1, INTEGERS),
    "int64, {1, 2}": Case(lambda codes: codes + 1, INTEGERS),
    "int32": Case(lambda codes: codes.astype(np.int32), INTEGERS),
    "int8": Case(lambda codes: codes.astype(np.int8), INTEGERS),
    "bool": Case(lambda codes: codes == 1, None),
    "numpy str": Case(lambda codes: NAMES[codes], OTHERS),
    "numpy object": Case(lambda codes: NAMES.astype(object)[codes], OTHERS),
    "pandas int64": Case(pd.Series, OTHERS),
    "pandas str": Case(lambda codes: pd.Series(NAMES[codes], dtype="str"), OTHERS),
    "pandas category": Case(lambda codes: pd.Series(NAMES[codes], dtype="category"), OTHERS),
    "polars Int64": Case(pl.Series, OTHERS),
    "polars String": Case(lambda codes: _polars(codes, pl.String), OTHERS),
    "polars Categorical": Case(lambda codes: _polars(codes, pl.Categorical), OTHERS),
    "polars Enum": Case(lambda codes: _polars(codes, pl.Enum(list(NAMES))), OTHERS),
    "pyarrow string": Case(lambda codes: pa.chunked_array([_arrow(codes).cast(pa.string())]), OTHERS),
    "pyarrow dictionary": Case(lambda codes: pa.chunked_array([_arrow(codes)]), OTHERS),
}
if find_spec("torch"):  # counted and weighed as tensors, where scikit-learn reads them in the host's memory
    CASES["torch int64"] = Case(lambda codes: import_module("torch").from_numpy(codes), None)


def column(name: str, rows: int) -> Any:
    return CASES[name].make((np.random.default_rng(0).random(rows) < 0.01).astype(np.int64))


def ours(y: Any) -> Any:
    return bw.Balanced().resolve(bw.ClassCounts.of(y)).sample_weight(y)


def theirs(y: Any) -> Any:
    return compute_sample_weight("balanced", y)


def against_sklearn(name: str, rows: int, repeats: int, budget: float) -> dict[str, Any]:
    small, y = column(name, 1000), column(name, rows)
    np.testing.assert_allclose(ours(small), theirs(small), rtol=1e-6)
    weights = bw.Balanced().resolve(bw.ClassCounts.of(y))
    mine, peer, counting, weighing = alternate(
        lambda: ours(y),
        lambda: theirs(y),
        lambda: bw.ClassCounts.of(y),
        lambda: weights.sample_weight(y),
        repeats=repeats,
        budget=budget,
    )
    ratio = Ratio.of(peer, mine)
    print(
        f"{rows:>11,}  {name:<20}{mine.median * 1e3:9.2f} ms{peer.median:10.4f} s{ratio.median:8.1f} ×"
        f"  (count {counting.median * 1e3:.2f} ms, weights {weighing.median * 1e3:.2f} ms)",
        flush=True,
    )
    return {
        "rows": rows,
        "column": name,
        "required": CASES[name].required,
        "ratio": ratio,
        "seconds": mine,
        "sklearn_seconds": peer,
        "counting_seconds": counting,
        "weighing_seconds": weighing,
    }


def against_mask(rows: int, repeats: int) -> dict[str, Any]:
    """Weights alone against a plain float32 fill-and-mask, and against the fill alone."""
    y = column("int64, 1 % ones", rows)
    weights = bw.Balanced().resolve(bw.ClassCounts.of(y))
    low, high = weights.values

    def mask() -> Any:
        plain = np.full(rows, low, np.float32)
        np.copyto(plain, np.float32(high), where=y == 1)
        return plain

    np.testing.assert_array_equal(weights.sample_weight(y), mask())
    mine, peer, fill = alternate(
        lambda: weights.sample_weight(y), mask, lambda: np.full(rows, low, np.float32), repeats=repeats
    )
    ratio = Ratio.of(mine, peer)
    print(f"{rows:>11,}  weights alone / fill-and-mask: {ratio.median:.2f}", flush=True)
    return {
        "rows": rows,
        "required": 3,
        "ratio": ratio,
        "seconds": mine,
        "mask_seconds": peer,
        "fill_seconds": fill,
    }


def memory(name: str, rows: int) -> dict[str, Any]:
    """Peak bytes a row beyond the column itself, the result's 4 included."""
    ours(column(name, 1000))  # imports; a long column would leave memory behind for the next to use
    y = column(name, rows)
    weights = bw.Balanced().resolve(bw.ClassCounts(dict.fromkeys(bw.ClassCounts.of(y[:1000]), 1)))

    def bytes_a_row(work: Callable[[], object]) -> dict[str, float | None]:
        resident = resident_bytes(work)
        return {
            "traced": round(traced_bytes(work) / rows, 3),
            "resident": None if resident is None else round(resident / rows, 3),
        }

    counting = bytes_a_row(lambda: bw.ClassCounts.of(y))
    weighing = bytes_a_row(lambda: weights.sample_weight(y))
    print(f"{rows:>11,}  {name:<20} bytes a row: counting {counting}, weights {weighing}", flush=True)
    return {
        "rows": rows,
        "column": name,
        "counting": counting,
        "weighing": weighing,
        "allowed_weighing": RESULT + MASK,
    }


def main() -> None:
    parser = Options(__doc__, rows=[10_000, 100_000], repeats=3)
    parser.add_argument("--rows", type=whole, nargs="+", default=[10**size for size in range(4, 8)])
    parser.add_argument("--columns", nargs="+", default=[""], help="parts of the names of columns")
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--budget", type=float, default=3.0, help="seconds a side after which it sits out")
    options = parser.read()
    names = [name for name in CASES if any(part in name for part in options.columns)]
    timings = [
        against_sklearn(name, rows, options.repeats, options.budget)
        for rows in options.rows
        for name in names
    ]
    masks = [against_mask(rows, options.repeats) for rows in options.rows]
    peaks = [memory(name, max(options.rows)) for name in names]
    libraries = ("boostweights", "numpy", "scikit-learn", "narwhals", "pandas", "polars", "pyarrow")
    write("labels", options, libraries, against_sklearn=timings, weights_alone=masks, peak_memory=peaks)


if __name__ == "__main__":
    main()
