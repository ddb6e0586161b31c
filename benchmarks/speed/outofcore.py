"""Parquet folders: counting against DuckDB, peak memory of training as rows grow, sweeps that bin once.

    python benchmarks/speed/outofcore.py [--rows 1e5 1e6 1e7] [--gigabytes 1] [--sweep-rows 2e5 2e6]

Peak memory is that of a fresh process for each training, at half the size and at the whole: what grows
between the two is what a row costs. Beside it, the same booster on the folder read into memory.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Options, Ratio, alternate, status_bytes, whole, write

import boostweights as bw

COUNT_AT_MOST = 1.2
FILE_ROWS = 500_000
MAX_BIN = 64
NAMES = np.array(["bad", "good"])
LABELS = {
    "int64": lambda codes: codes.astype(np.int64),
    "string": lambda codes: NAMES[codes],
    "category": lambda codes: pa.array(NAMES[codes]).dictionary_encode(),
}
SIDES = ("xgboost disk", "xgboost memory", "xgboost read", "lightgbm memory", "lightgbm read")
RATIOS = (1, 2, 3, 5, 7, 10, 20, 30, 50, 100)


def features_folder(folder: Path, rows: int, features: int) -> Path:
    """Float32 features of many distinct values, of which three tell the label."""
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for start in range(0, rows, FILE_ROWS):
        X = rng.normal(size=(min(FILE_ROWS, rows - start), features)).astype(np.float32)
        label = X[:, 0] + X[:, 1] * X[:, 2] + rng.normal(size=len(X)) > 3
        columns = {f"f{number}": X[:, number] for number in range(features)}
        table = pa.table({**columns, "label": NAMES[label.astype(int)]})
        pq.write_table(table, folder / f"{start:010}.parquet", compression="none", row_group_size=100_000)
    return folder


def labels_folder(folder: Path, rows: int, kind: str) -> Path:
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    for start in range(0, rows, 4 * FILE_ROWS):
        size = min(4 * FILE_ROWS, rows - start)
        label = LABELS[kind]((rng.random(size) < 0.99).astype(int))
        pq.write_table(
            pa.table({"label": label, "feature": rng.normal(size=size)}), folder / f"{start:010}.parquet"
        )
    return folder


def booster(library: str, trees: int) -> Any:
    if library == "xgboost":
        from xgboost import XGBClassifier

        return XGBClassifier(n_estimators=trees, max_depth=4, n_jobs=2, max_bin=MAX_BIN)
    from lightgbm import LGBMClassifier

    settings = {"n_jobs": 2, "verbose": -1, "max_bin": MAX_BIN, "bin_construct_sample_cnt": 50_000}
    return LGBMClassifier(n_estimators=trees, num_leaves=15, **settings)


def worker(side: str, folder: str, trees: str) -> None:
    """Train in this process, and print its peak memory beyond imports, and seconds."""
    library, where = side.split()
    model = booster(library, int(trees))
    bw.WeightedClassifier(model).fit(np.arange(64.0).reshape(32, 2), np.arange(32) % 2)  # imports
    start, before = time.perf_counter(), peak_bytes()
    if where == "read":
        import pandas as pd

        frame = pd.read_parquet(folder)
        bw.WeightedClassifier(model).fit(frame.drop(columns="label"), frame["label"])
    else:
        bw.outofcore.fit_parquet(model, folder, "label", bins=where)  # type: ignore[arg-type]
    print(json.dumps({"peak_bytes": peak_bytes() - before, "seconds": time.perf_counter() - start}))


def peak_bytes() -> int:
    """Of this process alone: what getrusage says begins at the size of the process that started it."""
    return status_bytes("VmHWM")


def in_fresh_process(side: str, folder: Path, trees: int) -> dict[str, Any]:
    command = [sys.executable, __file__, "--worker", side, str(folder), str(trees)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def counting(place: Path, rows: int, kind: str, repeats: int) -> dict[str, Any]:
    import duckdb

    folder = labels_folder(place / f"labels-{kind}-{rows}", rows, kind)
    connection = duckdb.connect()
    query = f"select label, count(*) from read_parquet('{folder}/*.parquet') group by label"
    assert dict(connection.execute(query).fetchall()) == dict(bw.outofcore.count_parquet(folder, "label"))
    mine, peer = alternate(
        lambda: bw.outofcore.count_parquet(folder, "label"),
        lambda: connection.execute(query).fetchall(),
        repeats=repeats,
    )
    ratio = Ratio.of(mine, peer)
    print(f"{rows:>11,}  {kind:<9} count / DuckDB {ratio.median:.2f}, {mine.median * 1e3:.1f} ms", flush=True)
    return {
        "rows": rows,
        "column": kind,
        "required": COUNT_AT_MOST,
        "ratio": ratio,
        "seconds": mine,
        "duckdb_seconds": peer,
    }


def memory(place: Path, gigabytes: float, features: int, trees: int) -> list[dict[str, Any]]:
    rows = int(gigabytes * 1e9 / (4 * features))
    sizes = (rows // 2, rows)
    folders = [features_folder(place / f"features-{size}", size, features) for size in sizes]
    results = []
    for side in SIDES:
        runs = [in_fresh_process(side, folder, trees) for folder in folders]
        growth = (runs[1]["peak_bytes"] - runs[0]["peak_bytes"]) / (sizes[1] - sizes[0])
        peaks = " → ".join(f"{run['peak_bytes'] / 1e6:,.0f} MB" for run in runs)
        print(
            f"{sizes[1]:>11,}  {side:<16} {peaks}, {growth:.0f} bytes a row of {4 * features} of features, "
            f"{runs[1]['seconds']:.1f} s",
            flush=True,
        )
        results.append(
            {
                "side": side,
                "rows": sizes,
                "features": features,
                "trees": trees,
                "peak_bytes": [run["peak_bytes"] for run in runs],
                "bytes_a_row": growth,
                "feature_bytes_a_row": 4 * features,
                "seconds": [run["seconds"] for run in runs],
            }
        )
    return results


def sweep(place: Path, library: str, rows: int, trees: int) -> dict[str, Any]:
    """Ten weightings on one folder: binned once, and each anew."""
    folder = features_folder(place / f"sweep-{library}-{rows}", rows, 20)
    model = booster(library, trees)
    weightings = [{"bad": 1.0, "good": float(ratio)} for ratio in RATIOS]
    together, apart, once = alternate(
        lambda: bw.outofcore.sweep_parquet(model, folder, "label", weightings, frozen=True),
        lambda: [
            bw.outofcore.fit_parquet(bw.WeightedClassifier(model, weighting=each), folder, "label")
            for each in weightings
        ],
        lambda: bw.outofcore.fit_parquet(model.set_params(n_estimators=1), folder, "label"),
        repeats=1,
    )
    model.set_params(n_estimators=trees)
    ratio = Ratio.of(apart, together)
    print(f"{rows:>11,}  {library:<9} ten fits / sweep {ratio.median:.2f}", flush=True)
    return {
        "library": library,
        "rows": rows,
        "features": 20,
        "trees": trees,
        "weightings": len(RATIOS),
        "ratio": ratio,
        "seconds": together,
        "apart_seconds": apart,
        "reading_and_one_tree_seconds": once,
    }


def main() -> None:
    if sys.argv[1:2] == ["--worker"]:
        worker(*sys.argv[2:])
        return
    parser = Options(__doc__, rows=[100_000], gigabytes=0.02, sweep_rows=[20_000], repeats=3, trees=3)
    parser.add_argument("--rows", type=whole, nargs="+", default=[10**size for size in (5, 6, 7)])
    parser.add_argument("--gigabytes", type=float, default=1.0, help="of features; half of it as well")
    parser.add_argument("--features", type=int, default=100)
    parser.add_argument("--sweep-rows", type=whole, nargs="*", default=[200_000, 2_000_000])
    parser.add_argument("--trees", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="where folders are made, and removed")
    options = parser.read()
    with tempfile.TemporaryDirectory(dir=options.folder) as place:
        counts = [
            counting(Path(place), rows, kind, options.repeats) for rows in options.rows for kind in LABELS
        ]
        peaks = memory(Path(place), options.gigabytes, options.features, options.trees)
        sweeps = [
            sweep(Path(place), library, rows, options.trees)
            for rows in options.sweep_rows
            for library in ("lightgbm", "xgboost")
        ]
    options.folder = None  # a place on one machine
    libraries = (
        "boostweights",
        "numpy",
        "pyarrow",
        "duckdb",
        "lightgbm",
        packages_distributions()["xgboost"][0],
    )
    write("outofcore", options, libraries, counting=counts, memory=peaks, sweeps=sweeps)


if __name__ == "__main__":
    main()
