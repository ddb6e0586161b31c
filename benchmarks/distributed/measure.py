"""How far models of Dask and Spark are from each other and from one machine's: make distributed.

    python -m benchmarks.distributed.measure [--no-spark]

Two worker processes of one thread. Each case is trained five times on the same rows: Dask's partitions are
dealt to the workers in five ways, and each model is compared with the first and with the library on one
machine with the same row weights. Writes ``benchmarks/results/distributed/``
and the table of ``docs/dask.md``.
"""

import argparse
import json
import os
import platform
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

import boostweights as bw
from boostweights.distributed.dask.classifier import DaskWeightedClassifier

OUT = Path(__file__).parents[1] / "results" / "distributed"
DOCS = Path(__file__).parents[2] / "docs" / "dask.md"
REPEATS = 5
PARTS = 8
MARKS = ("<!-- distributed:begin -->", "<!-- distributed:end -->")
XGB: dict[str, Any] = {"n_estimators": 30, "max_depth": 4, "tree_method": "hist"}
LGB: dict[str, Any] = {"n_estimators": 30, "num_leaves": 15, "verbose": -1}
LEAVES = {"min_child_samples": 1, "min_child_weight": 5.0}


class Case(NamedTuple):
    """A line of the table."""

    engine: str
    library: str
    rows: str
    data: Mapping[str, Any]
    settings: Mapping[str, Any]
    placement: str = "free"


class Rows(NamedTuple):
    """Features and labels on one machine."""

    X: np.ndarray
    y: np.ndarray


FEW, MANY = {"values": "few"}, {"values": "many"}
SORTED = {"values": "few", "ordered": True}
START = {"base_score": 0.5}


def cases() -> list[Case]:
    """What is trained on each cluster."""
    few, many, by_label = "12 values", "8000 values", "12 values, sorted by label"

    return [
        Case("dask", "xgboost", few, FEW, START),
        Case("dask", "xgboost", few, FEW, {}),
        Case("dask", "xgboost", by_label, SORTED, START),
        Case("dask", "xgboost", many, MANY, START),
        Case("dask", "xgboost", many, MANY, START, "pinned"),
        Case("dask", "xgboost", many, MANY, {**START, "max_bin": 8192}),
        Case("dask", "lightgbm", few, FEW, LEAVES),
        Case("dask", "lightgbm", f"{few}, 3 classes", {**FEW, "classes": 3}, LEAVES),
        Case("dask", "lightgbm", few, FEW, {}),
        Case("dask", "lightgbm", by_label, SORTED, LEAVES),
        Case("dask", "lightgbm", many, MANY, LEAVES),
        Case("spark", "xgboost", few, FEW, START),
        Case("spark", "xgboost", few, FEW, {}),
        Case("spark", "xgboost", many, MANY, START),
    ]


def main() -> int:
    """Train on all clusters, write the page, and return 1 if a model differs that must not."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-spark", action="store_true", help="without Java")
    wanted = parser.parse_args()
    warnings.simplefilter("ignore")
    found = dask_lines([case for case in cases() if case.engine == "dask"])
    if not wanted.no_spark:
        found += spark_lines([case for case in cases() if case.engine == "spark"])
    names = ("boostweights", "xgboost-cpu", "lightgbm", "dask", "distributed", "pyspark", "numpy")
    run = {
        "command": "make distributed",
        "rows": 8000,
        "partitions": PARTS,
        "workers": 2,
        "repeats": REPEATS,
        "versions": {name: version(name) for name in names} | {"python": platform.python_version()},
        "cases": found,
    }
    OUT.mkdir(parents=True, exist_ok=True)
    (OUT / "run.json").write_text(json.dumps(run, indent=1) + "\n")
    (OUT / "README.md").write_text(page(run))
    if not wanted.no_spark:
        DOCS.write_text(shown_in(DOCS.read_text(), run))
    print(page(run))
    return 0


def dask_lines(chosen: Sequence[Case]) -> list[dict[str, Any]]:
    """Each case on Dask: how far its repeats are from one machine's model."""
    from distributed import Client, LocalCluster

    lines = []
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0") as cluster,
        Client(cluster) as client,
    ):
        workers = sorted(client.scheduler_info()["workers"])
        for case in chosen:
            rows = made(**case.data)
            probas = []
            for repeat in range(REPEATS):
                deal = np.random.default_rng(repeat).permutation(PARTS)
                X, y = placed(rows, workers, client, deal.tolist())
                clf = DaskWeightedClassifier(dask_estimator(case), placement=case.placement).fit(X, y)
                assert clf.class_weights_ == bw.Balanced().resolve(rows.y)
                probas.append(clf.estimator_.predict_proba(rows.X))
            lines.append(line(case, rows, probas))
    return lines


def spark_lines(chosen: Sequence[Case]) -> list[dict[str, Any]]:
    """Each case on Spark: how far its repeats are from one machine's model."""
    import pandas as pd
    from pyspark.sql import SparkSession
    from xgboost.spark import SparkXGBClassifier

    from boostweights.distributed.spark.classifier import SparkWeightedClassifier

    os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
    spark = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    spark.sparkContext.setLogLevel("FATAL")
    lines = []
    for case in chosen:
        rows = made(**case.data)
        names = [f"x{at}" for at in range(rows.X.shape[1])]
        table = pd.DataFrame(rows.X, columns=names).assign(label=rows.y)
        probas = []
        for repeat in range(REPEATS):
            frame = spark.createDataFrame(table).repartition(2 + repeat)
            inner = SparkXGBClassifier(
                features_col=names, label_col="label", num_workers=2, verbose=False, **XGB, **case.settings
            )
            model = SparkWeightedClassifier(inner).fit(frame)
            assert model.class_weights_ == bw.Balanced().resolve(rows.y)
            probas.append(model.to_local().predict_proba(rows.X))
        lines.append(line(case, rows, probas))
    spark.stop()
    return lines


def dask_estimator(case: Case) -> Any:
    """A case's classifier on Dask."""
    if case.library == "xgboost":
        from xgboost.dask import DaskXGBClassifier

        return DaskXGBClassifier(**XGB, **case.settings)
    from lightgbm import DaskLGBMClassifier

    return DaskLGBMClassifier(**LGB, **case.settings)


def line(case: Case, rows: Rows, probas: Sequence[np.ndarray]) -> dict[str, Any]:
    """How far repeats are from the first, and from the library on one machine."""
    from lightgbm import LGBMClassifier
    from xgboost import XGBClassifier

    local, own = (XGBClassifier, XGB) if case.library == "xgboost" else (LGBMClassifier, LGB)
    weight = bw.Balanced().resolve(rows.y).sample_weight(rows.y)
    alone = local(**own, **case.settings, n_jobs=1).fit(rows.X, rows.y, sample_weight=weight)
    one = alone.predict_proba(rows.X)
    found = case._asdict() | {
        "repeats": max(float(np.abs(proba - probas[0]).max()) for proba in probas),
        "one_machine": max(float(np.abs(proba - one).max()) for proba in probas),
        "mean": float(np.mean([np.abs(proba - one).mean() for proba in probas])),
    }
    print(
        found["engine"], found["library"], found["rows"], found["repeats"], found["one_machine"], flush=True
    )
    return found


def made(*, values: str, classes: int = 2, ordered: bool = False, count: int = 8000, seed: int = 0) -> Rows:
    """Six features of 12 values or of as many as rows; `ordered` sorts rows by label."""
    rng = np.random.default_rng(seed)
    X = (
        rng.integers(0, 12, (count, 6)).astype(float)
        if values == "few"
        else rng.normal(size=(count, 6)) * 3 + 6
    )
    score = X[:, 0] + X[:, 1] / 2 + 2 * np.sin(X[:, 2]) + rng.normal(scale=2, size=count)
    y = np.searchsorted(np.quantile(score, [0.9] if classes == 2 else [0.8, 0.95]), score)
    order = np.argsort(y, kind="stable") if ordered else np.arange(count)
    return Rows(X=X[order], y=y[order])


def placed(rows: Rows, workers: Sequence[str], client: Any, deal: Sequence[int]) -> tuple[Any, Any]:
    """Return X and y as Dask arrays whose partitions lie on the workers that `deal` says."""
    import dask.array as da
    from dask.delayed import delayed

    def block(part: np.ndarray, worker: int) -> Any:
        future = client.scatter(part, workers=[workers[worker % len(workers)]], direct=False, hash=False)
        return da.from_delayed(delayed(future), shape=part.shape, dtype=part.dtype)

    parts = list(zip(np.array_split(rows.X, PARTS), np.array_split(rows.y, PARTS), deal, strict=True))
    X = da.concatenate([block(X, worker) for X, _, worker in parts])
    return X, da.concatenate([block(y, worker) for _, y, worker in parts])


def page(run: Mapping[str, Any]) -> str:
    """Return the page of a run."""
    versions = ", ".join(f"{name} {number}" for name, number in run["versions"].items())
    return f"# Distributed models beside one machine's\n\n{_table(run)}\nWith {versions}.\n"


def shown_in(text: str, run: Mapping[str, Any]) -> str:
    """Return a page with the table of a run between its marks."""
    before, rest = text.split(MARKS[0])
    _, after = rest.split(MARKS[1])
    return f"{before}{MARKS[0]}\n{_table(run)}{MARKS[1]}{after}"


def _table(run: Mapping[str, Any]) -> str:
    head = [
        f"Largest difference in predicted probability over {run['repeats']} trainings of {run['rows']} rows",
        f"in {run['partitions']} partitions, dealt to {run['workers']} workers anew each time. Balanced",
        f"row weights, the same to the last bit everywhere. Made by `{run['command']}`.",
        "",
        "| engine | library | rows | settings | placement | repeats differ | one machine differs | mean |",
        "|---|---|---|---|---|---:|---:|---:|",
    ]
    lines = [
        f"| {case['engine']} | {case['library']} | {case['rows']} | {_settings(case['settings'])} "
        f"| {case['placement']} | {_shown(case['repeats'])} | {_shown(case['one_machine'])} "
        f"| {_shown(case['mean'])} |"
        for case in run["cases"]
    ]
    return "\n".join([*head, *lines, ""])


def _settings(settings: Mapping[str, Any]) -> str:
    return ", ".join(f"`{name}={value}`" for name, value in settings.items()) or "defaults"


def _shown(number: float) -> str:
    return "0" if number == 0 else f"{number:.2g}"


if __name__ == "__main__":
    raise SystemExit(main())
