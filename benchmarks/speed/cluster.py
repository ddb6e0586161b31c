"""Dask beside one machine: a weighted fit, the native fit without our part, and counting labels.

    python benchmarks/speed/cluster.py [--rows 1e5 1e6] [--workers 2]

Ours is ``DaskWeightedClassifier.fit`` on persisted arrays: counts, weights, codes, training. The native fit
is ``DaskXGBClassifier.fit`` with labels encoded and weights computed before the clock starts. One machine is
``WeightedClassifier.fit`` with as many threads as there are workers.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from measure import Options, Ratio, alternate, whole, write

import boostweights as bw
from boostweights.distributed.dask.classifier import DaskWeightedClassifier
from boostweights.distributed.dask.counting import count_classes

SETTINGS = {"n_estimators": 20, "max_depth": 6, "tree_method": "hist", "base_score": 0.5}


def made(rows: int, features: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(rows, features)).astype(np.float32)
    return X, np.where(X[:, 0] + rng.normal(size=rows) > 3, "fraud", "fine")


def measured(client: Any, rows: int, features: int, workers: int, repeats: int) -> dict[str, Any]:
    import dask.array as da
    from distributed import wait
    from xgboost import XGBClassifier
    from xgboost.dask import DaskXGBClassifier

    X, y = made(rows, features)
    chunk = -(-rows // (4 * workers))
    codes = (y == "fraud").astype(np.int64)
    weight = bw.Balanced().resolve(y).sample_weight(y)
    on_cluster = [
        client.persist(da.from_array(each, chunks=(chunk, -1) if each.ndim == 2 else chunk))
        for each in (X, y, codes, weight)
    ]
    wait(on_cluster)
    dX, dy, dcodes, dweight = on_cluster
    alone = XGBClassifier(**SETTINGS, n_jobs=workers)
    ours, native, local, counting, counted = alternate(
        lambda: DaskWeightedClassifier(DaskXGBClassifier(**SETTINGS)).fit(dX, dy),
        lambda: DaskXGBClassifier(**SETTINGS).fit(dX, dcodes, sample_weight=dweight),
        lambda: bw.WeightedClassifier(alone).fit(X, y),
        lambda: count_classes(dy, client=client),
        lambda: bw.ClassCounts.of(y),
        repeats=repeats,
    )
    overhead, against = Ratio.of(ours, native), Ratio.of(local, ours)
    print(
        f"{rows:>11,}  ours {ours.median:.2f} s, {overhead.median:.2f} of native; one machine "
        f"{local.median:.2f} s, {against.median:.2f} of ours; counting {counting.median * 1e3:.0f} ms, "
        f"on one machine {counted.median * 1e3:.0f} ms",
        flush=True,
    )
    return {
        "rows": rows,
        "features": features,
        "overhead": overhead,
        "one_machine": against,
        "seconds": ours,
        "native_seconds": native,
        "one_machine_seconds": local,
        "counting_seconds": counting,
        "counting_one_machine_seconds": counted,
    }


def main() -> None:
    parser = Options(__doc__, rows=[20_000], repeats=2)
    parser.add_argument("--rows", type=whole, nargs="+", default=[10**5, 10**6])
    parser.add_argument("--features", type=int, default=20)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=5)
    options = parser.read()
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=options.workers, threads_per_worker=1, processes=True, dashboard_address=":0"
        ) as cluster,
        Client(cluster) as client,
    ):
        results = [
            measured(client, rows, options.features, options.workers, options.repeats)
            for rows in options.rows
        ]
    write("cluster", options, ("boostweights", "numpy", "dask", "distributed", "xgboost-cpu"), fits=results)


if __name__ == "__main__":
    main()
