"""The plain tables of a page, and its numbers: data sets, their class weights, and what failed."""

from __future__ import annotations

import json
from typing import Any, Final

from boostweights.benchmark.report.data import plain
from boostweights.benchmark.report.machine import FAILED, records
from boostweights.benchmark.report.tables import Tables, named

_MOST: Final = 200
_NUMBERS: Final = (
    *("rows", "features", "positives", "groups", "categorical", "missing_cells"),
    "near_duplicates",
)


def listed_datasets(tables: Tables) -> list[dict[str, Any]]:
    """Return the table of data sets; numbers that are missing are None, class counts and sources are read."""
    found = []
    for known in records(tables.datasets):
        for name in _NUMBERS:
            known[name] = plain(known.get(name))
        for name in ("classes", "source"):
            known[name] = json.loads(known.get(name) or "null")
        found.append({"task": None, "imbalance_ratio": None, "positive": None, "domain": None} | known)
    return found


def listed_weights(tables: Tables) -> dict[str, dict[str, dict[str, float]]]:
    """Return per data set and arm the class weights of the first fold that has a model."""
    good = tables.cells[tables.cells["status"] == "ok"]
    first = good.drop_duplicates(["dataset", "arm"])
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, arm, weights in zip(first["dataset"], first["arm"], first["weights"], strict=True):
        found.setdefault(name, {})[arm] = json.loads(weights)
    return found


def listed_failures(tables: Tables) -> dict[str, Any]:
    """Return the failed cells that a page lists, as ``failures``, and how many more: ``more_failures``."""
    found = [
        row | {"library": named(row["library"], row["regime"])} for row in records(tables.failed[FAILED])
    ]
    return {"failures": found[:_MOST], "more_failures": max(0, len(found) - _MOST)}
