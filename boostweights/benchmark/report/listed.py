"""What the pages of a run have in common: its facts, data sets, class weights, and what failed."""

import json
from typing import Any, Final

from boostweights.benchmark.report.charts import colours
from boostweights.benchmark.report.content import Report
from boostweights.benchmark.report.data import plain
from boostweights.benchmark.report.figures import BASELINE
from boostweights.benchmark.report.tables import FAILED, Tables, named, records

_MOST: Final = 200
_NUMBERS: Final = (
    *("rows", "features", "positives", "groups", "categorical", "missing_cells"),
    "near_duplicates",
)


def shared(report: Report) -> dict[str, Any]:
    """Return what the templates of all pages show."""
    tables = report.tables
    failures = records(tables.failed[FAILED])
    for row in failures:
        row["library"] = named(row["library"], row["regime"])
    return {
        "summary": report.summary,
        "suite": tables.suite,
        "run": tables.run,
        "runs": tables.runs,
        "baseline": BASELINE,
        "libraries": list(zip(tables.libraries, colours(tables.libraries), strict=True)),
        "arms": records(tables.arms),
        "datasets": _datasets(tables),
        "weights": _weights(tables),
        "failures": failures[:_MOST],
        "more_failures": max(0, len(failures) - _MOST),
    }


def _datasets(tables: Tables) -> list[dict[str, Any]]:
    """The table of data sets; missing numbers are None, class counts and sources are read."""
    rows = records(tables.datasets)
    for row in rows:
        row |= {name: plain(row.get(name)) for name in _NUMBERS}
        row |= {name: json.loads(row.get(name) or "null") for name in ("classes", "source")}
    return [{"task": None, "imbalance_ratio": None, "positive": None, "domain": None} | row for row in rows]


def _weights(tables: Tables) -> dict[str, dict[str, dict[str, float]]]:
    """Per data set and arm the class weights of the first fold that has a model."""
    good = tables.cells[tables.cells["status"] == "ok"]
    first = good.drop_duplicates(["dataset", "arm"])
    weights: dict[str, dict[str, dict[str, float]]] = {}
    for name, arm, text in zip(first["dataset"], first["arm"], first["weights"], strict=True):
        weights.setdefault(name, {})[arm] = json.loads(text)
    return weights
