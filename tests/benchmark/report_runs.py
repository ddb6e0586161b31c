"""A run's exported tables, made up: figures at random, so that none is right by chance."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from boostweights.benchmark.digests import write_files

ARMS = {
    "unweighted": "Unweighted()",
    "power_0.25": "Balanced(power=0.25)",
    "balanced": "Balanced()",
    "costs": "Costs()",
    "native": "Balanced()",
}
LIBRARIES = ("lightgbm", "xgboost")
DECISIONS = ("recall", "precision", "f1", "accuracy", "balanced_accuracy", "mcc", "g_mean", "cost")
SCORES = ("average_precision", "roc_auc", "log_loss", "brier")
ROPE = {"recall": 0.02, "f1": 0.01, "log_loss": 0.01}
CELL = ["dataset", "repeat", "fold", "library", "arm"]


def write_run(
    directory: Path,
    *,
    families: int = 11,
    folds: int = 3,
    seed: int = 0,
    names: Sequence[str] = (),
    rise: float = 0.2,
    version: str = "1.0",
    fitted: Sequence[str] = (),
) -> Path:
    """Write a run: the last two data sets are of one family, the first one has three classes.

    Balanced weights raise recall by `rise`. The arm "native" is in the first library alone. Arms in `fitted`
    have fitted figures and curves as well.
    """
    datasets = make_datasets(families, names)
    cells = pd.DataFrame(list(_cells(datasets, folds)))
    rng = np.random.default_rng(seed)
    tables = {
        "cells": cells,
        "metrics": pd.DataFrame(list(_figures(cells, datasets, rng, rise))),
        "curves": pd.DataFrame(list(_curves(cells, datasets, np.random.default_rng(seed + 1)))),
        "timings": cells[CELL].assign(step="fit_cpu", seconds=rng.uniform(0.1, 1, len(cells))),
        "arms": pd.DataFrame([_arm(name, policy) for name, policy in ARMS.items()]),
        "datasets": datasets,
        "runs": pd.DataFrame([{"run": 1, "facts": json.dumps(facts(folds, version))}]),
    }
    if fitted:
        rng = np.random.default_rng(seed + 2)
        for name, column in (("metrics", "value"), ("curves", "y")):
            tables[name] = pd.concat([tables[name], _fitted(tables[name], fitted, column, rng)])
    for name, frame in tables.items():
        write_table(frame, directory, name)
    return directory


def write_table(frame: pd.DataFrame, run: Path, name: str) -> None:
    """Write one table of a run, with its digest."""
    write_files(run, [(f"{name}.parquet", frame.to_parquet())])


def rewrite(run: Path, name: str, change: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """Change one table of a run."""
    write_table(change(pd.read_parquet(run / f"{name}.parquet")), run, name)


def add_skill(run: Path) -> pd.DataFrame:
    """Give a run's log losses a skill, below 0 for one in three, and return those rows."""
    metrics = pd.read_parquet(run / "metrics.parquet")
    losses = metrics[metrics["metric"] == "log_loss"]
    value = np.random.default_rng(3).uniform(-0.5, 1, len(losses))
    skill = losses.assign(metric="log_loss_skill", value=value)
    write_table(pd.concat([metrics, skill]), run, "metrics")
    return skill


def in_regimes(run: Path) -> Path:
    """Write figures twice: as default, and halved as tuned, of two arms of the first library."""
    for name in ("metrics", "cells", "curves", "timings"):
        frame = pd.read_parquet(run / f"{name}.parquet")
        few = (frame["library"] == LIBRARIES[0]) & frame["arm"].isin(["unweighted", "balanced"])
        tuned = frame[few].assign(regime="tuned")
        for column in {"value", "y"} & set(tuned):
            tuned[column] = tuned[column] / 2
        write_table(pd.concat([frame.assign(regime="default"), tuned]), run, name)
    return run


def add_own_learners(run: Path) -> Path:
    """Add a library that trains its own learners alone, and no unweighted one."""
    for name in ("metrics", "cells", "curves", "timings"):
        frame = pd.read_parquet(run / f"{name}.parquet")
        forest = frame[(frame["arm"] == "native") & (frame["library"] == LIBRARIES[0])]
        write_table(pd.concat([frame, forest.assign(library="imblearn")]), run, name)
    return run


def make_datasets(families: int, names: Sequence[str] = ()) -> pd.DataFrame:
    place = np.arange(families + 1)
    found = pd.DataFrame(
        {
            "dataset": [*names, *(f"set-{at:02d}" for at in place[len(names) :])],
            "family": [f"family-{min(at, families - 1):02d}" for at in place],
            "task": ["multiclass", *["binary"] * families],
            "rows": 1000 + place,
            "features": 5,
            "positives": 50 + place,
            "imbalance_ratio": 2.0 * 1.6**place,
            "positive": [None, *["yes"] * families],
            "domain": "made up",
            "digest": [f"digest-{at}" for at in place],
        }
    )
    return found.assign(classes=json.dumps({"no": 900, "yes": 100}), source=None)


def facts(folds: int, version: str) -> dict[str, Any]:
    return {
        "suite": {
            "name": "made-up",
            "title": "A run that never was",
            "folds": folds,
            "repeats": 1,
            "split": "stratified",
            "trees": 5,
            "threads": 1,
            "seed": 0,
            "seconds_per_model": 60.0,
            "costs": {"": {"fn": 8.0, "fp": 1.0}},
            "rope": ROPE,
        },
        "versions": {"numpy": "2.0", "lightgbm": version, "absent": None},
        "estimators": {"lib:Classifier": {"trees": 5}},
        "command": "boostweights bench --suite made-up",
        "python": "3.11",
        "platform": "Linux",
        "cores": 2,
        "jobs": 2,
        "started": "2026-01-01T00:00:00+00:00",
    }


def _arm(name: str, policy: str) -> dict[str, Any]:
    form = "class_weight" if name == "native" else "auto"
    plain = {"resample": "none", "resolve": "fold", "early_stopping": "none"}
    return {"arm": name, "policy": policy, "form": form, "pinned": True, "dummy": False} | plain


def _cells(datasets: pd.DataFrame, folds: int) -> Iterator[dict[str, Any]]:
    for name, family in zip(datasets["dataset"], datasets["family"], strict=True):
        for fold in range(folds):
            for library in LIBRARIES:
                for arm in ARMS:
                    if arm == "native" and library != LIBRARIES[0]:
                        continue
                    values = [name, 0, fold, library, arm]
                    done = {"family": family, "status": "ok", "weights": '{"no": 0.5, "yes": 2.0}'}
                    digest = {"model_key": "k", "model_digest": f"{values}", "error": None, "traceback": None}
                    yield dict(zip(CELL, values, strict=True)) | done | digest


def _figures(
    cells: pd.DataFrame, datasets: pd.DataFrame, rng: np.random.Generator, rise: float
) -> Iterator[dict[str, Any]]:
    tasks = dict(zip(datasets["dataset"], datasets["task"], strict=True))
    for cell in cells[[*CELL, "family"]].to_dict("records"):
        binary = tasks[cell["dataset"]] == "binary"
        for rule, proba in _sides(cell["arm"], binary):
            for metric in SCORES if rule == "none" else DECISIONS:
                if metric == "cost" and not binary:
                    continue
                value = rng.uniform(0.4, 0.5) + rise * (metric == "recall" and cell["arm"] == "balanced")
                yield cell | {"rule": rule, "proba": proba, "metric": metric, "value": value}
            if rule != "none" and binary:
                for metric, value in zip(("tn", "fp", "fn", "tp"), rng.integers(1, 90, 4), strict=True):
                    yield cell | {"rule": rule, "proba": proba, "metric": metric, "value": float(value)}
        ratio = 1.0 if cell["arm"] == "unweighted" else rng.uniform(2, 9)
        yield cell | {"rule": "none", "proba": "raw", "metric": "weight_ratio", "value": ratio}


def _curves(
    cells: pd.DataFrame, datasets: pd.DataFrame, rng: np.random.Generator
) -> Iterator[dict[str, Any]]:
    binary = set(datasets.loc[datasets["task"] == "binary", "dataset"])
    named = cells[["dataset", "library", "arm"]].drop_duplicates()
    for name in named[named["dataset"].isin(binary)].to_dict("records"):
        kinds = ("raw",) if name["arm"] == "unweighted" else ("raw", "corrected")
        for curve, proba in [*(("reliability", kind) for kind in kinds), ("precision_recall", "raw")]:
            x = (np.arange(5) + rng.uniform(0.3, 0.7, 5)) / 5
            for place in range(5):
                point = {"place": place, "x": x[place], "y": rng.uniform(), "n": int(rng.integers(1, 99))}
                yield name | {"curve": curve, "proba": proba} | point


def _fitted(raw: pd.DataFrame, arms: Sequence[str], column: str, rng: np.random.Generator) -> pd.DataFrame:
    """Rows of raw figures or curves again, as fitted ones of other values."""
    chosen = raw[raw["arm"].isin(arms) & (raw["proba"] == "raw")]
    kept = (
        chosen[chosen["curve"] == "reliability"] if "curve" in chosen else chosen[chosen["rule"] != "tuned"]
    )
    other = pd.Series(rng.uniform(0.1, 0.2, len(kept)), index=kept.index)
    if "metric" in kept:
        counted = kept["metric"].isin(("tn", "fp", "fn", "tp", "weight_ratio"))
        other = other.where(~counted, kept[column])
    return kept.assign(**{"proba": "fitted", column: other})


def _sides(arm: str, binary: bool) -> list[tuple[str, str]]:
    weighted = arm != "unweighted"
    kinds = ("raw", "corrected") if weighted else ("raw",)
    sides = [(rule, proba) for rule in ("none", "0.5", *(("cost",) if binary else ())) for proba in kinds]
    sides.append(("equivalent", kinds[-1]))
    if binary and arm in ("unweighted", "balanced"):
        sides.append(("tuned", "raw"))
    return sides
