"""Counting classes and a column of weights, in the engine of each data frame.

    python benchmarks/speed/frames.py [--rows 1e4 1e5 1e6 1e7] [--engines pandas duckdb]

Ours is ``with_weights(frame, "label", "balanced")``, computed to the last row. Beside it, what one would
write by hand in that engine (pandas ``value_counts`` and ``map``, polars ``replace_strict``, SQL), and a
plain copy of a column of float32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
from measure import Options, Ratio, alternate, whole, write

import boostweights as bw

NAMES = np.array(["bad", "good"])
KINDS = ("int64", "string")


@dataclass(frozen=True)
class Engine:
    """How a frame is made of a column, all of it computed, and weighed by hand."""

    make: Callable[[np.ndarray[Any, Any]], Any]
    compute: Callable[[Any], Any]
    by_hand: Callable[[Any], Any]
    most_rows: int = 10**9


def balanced(counts: dict[Any, int]) -> dict[Any, float]:
    total = sum(counts.values())
    return {label: total / (len(counts) * count) for label, count in counts.items()}


def pandas_by_hand(frame: pd.DataFrame) -> pd.DataFrame:
    weights = balanced(frame["label"].value_counts().to_dict())
    return frame.assign(weight=frame["label"].map(weights).astype("float32"))


def polars_counts(frame: Any) -> dict[Any, int]:
    found = frame.lazy().group_by("label").len().collect()
    return dict(zip(found["label"].to_list(), found["len"].to_list(), strict=True))


def polars_by_hand(frame: Any) -> Any:
    weights = balanced(polars_counts(frame))
    weight = pl.col("label").replace_strict(weights, return_dtype=pl.Float32).alias("weight")
    return frame.with_columns(weight)


def arrow_by_hand(frame: pa.Table) -> pa.Table:
    weights = balanced({each["values"]: each["counts"] for each in frame["label"].value_counts().to_pylist()})
    places = pc.index_in(frame["label"], pa.array(list(weights)))
    return frame.append_column("weight", pa.array(weights.values(), pa.float32()).take(places))


def duckdb_by_hand(relation: Any) -> Any:
    counts = dict(relation.aggregate("label, count(*)", "label").fetchall())
    cases = " ".join(f"when {label!r} then {weight!r}" for label, weight in balanced(counts).items())
    return relation.project(f"*, (case label {cases} end)::float as weight")


def duckdb_relation(labels: np.ndarray[Any, Any]) -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.register("given", pa.table({"label": labels}))
    connection.execute("create table labels as select * from given")
    return connection.table("labels")


def dask_frame(labels: np.ndarray[Any, Any]) -> Any:
    import dask.dataframe as dd

    return dd.from_pandas(pd.DataFrame({"label": labels}), npartitions=4).persist()


def dask_by_hand(frame: Any) -> Any:
    weights = balanced(frame["label"].value_counts().compute().to_dict())
    return frame.assign(weight=frame["label"].map(weights, meta=("weight", "float64")).astype("float32"))


def itself(frame: Any) -> Any:
    return frame


ENGINES = {
    "pandas": Engine(lambda labels: pd.DataFrame({"label": labels}), itself, pandas_by_hand),
    "polars": Engine(lambda labels: pl.DataFrame({"label": labels}), itself, polars_by_hand),
    "polars lazy": Engine(
        lambda labels: pl.DataFrame({"label": labels}).lazy(), lambda frame: frame.collect(), polars_by_hand
    ),
    "pyarrow": Engine(lambda labels: pa.table({"label": labels}), itself, arrow_by_hand),
    "duckdb": Engine(duckdb_relation, lambda relation: relation.to_arrow_table(), duckdb_by_hand),
    "dask": Engine(dask_frame, lambda frame: frame.compute(), dask_by_hand, most_rows=10**7),
}


def measured(name: str, kind: str, rows: int, repeats: int, budget: float) -> dict[str, Any]:
    engine = ENGINES[name]
    codes = (np.random.default_rng(0).random(rows) < 0.99).astype(np.int64)
    frame = engine.make(codes if kind == "int64" else NAMES[codes])
    column = np.ones(rows, np.float32)

    def ours() -> Any:
        return engine.compute(bw.frames.with_weights(frame, "label", "balanced"))

    check(ours(), engine.compute(engine.by_hand(frame)))
    mine, peer, counting, copy = alternate(
        ours,
        lambda: engine.compute(engine.by_hand(frame)),
        lambda: bw.frames.count_classes(frame, "label"),
        column.copy,
        repeats=repeats,
        budget=budget,
    )
    ratio = Ratio.of(peer, mine)
    print(
        f"{rows:>11,}  {name:<12}{kind:<8}{mine.median * 1e3:10.2f} ms, by hand / ours {ratio.median:.2f}"
        f"  (count {counting.median * 1e3:.2f} ms, copy {copy.median * 1e3:.2f} ms)",
        flush=True,
    )
    return {
        "rows": rows,
        "engine": name,
        "column": kind,
        "ratio": ratio,
        "seconds": mine,
        "by_hand_seconds": peer,
        "counting_seconds": counting,
        "copy_seconds": copy,
    }


def check(ours: Any, by_hand: Any) -> None:
    """Both are the same weights."""
    first, second = (np.asarray(frame["weight"], np.float32)[:1000] for frame in (ours, by_hand))
    np.testing.assert_array_equal(first, second)


def main() -> None:
    parser = Options(__doc__, rows=[10_000, 100_000], repeats=3)
    parser.add_argument("--rows", type=whole, nargs="+", default=[10**size for size in range(4, 8)])
    parser.add_argument("--engines", nargs="+", choices=ENGINES, default=list(ENGINES))
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--budget", type=float, default=5.0, help="seconds a side after which it sits out")
    options = parser.read()
    results = [
        measured(name, kind, rows, options.repeats, options.budget)
        for rows in options.rows
        for name in options.engines
        for kind in KINDS
        if rows <= ENGINES[name].most_rows
    ]
    libraries = ("boostweights", "numpy", "narwhals", "pandas", "polars", "pyarrow", "duckdb", "dask")
    write("frames", options, libraries, engines=results)


if __name__ == "__main__":
    main()
