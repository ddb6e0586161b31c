"""The pages of a run, each one HTML file that needs nothing but itself, and the files of a run."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import cycle
from operator import itemgetter
from pathlib import Path
from typing import Any

import numpy as np

from boostweights.benchmark.regimes import FIXED, WORDS
from boostweights.benchmark.report import charts
from boostweights.benchmark.report.board import GOALS, boards
from boostweights.benchmark.report.content import Report, make_report, shared
from boostweights.benchmark.report.data import payload
from boostweights.benchmark.report.summary import Summary, tone
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.stats import FEWEST_FAMILIES
from boostweights.files import write_atomically
from boostweights.pages.charts import PALETTE
from boostweights.pages.document import as_document, short
from boostweights.probabilities.thresholds import COUNTS
from boostweights.recommendation.figures import TEXTS
from boostweights.recommendation.needs import IN_WORDS

_SCRIPTS = "desk.js figures.js table.js best.js board.js explore.js curves.js page.js"
_EXPLORED = ("recall", "precision", "f1", "balanced_accuracy", "mcc")
_SORTS = {"ranking": "average_precision", "probabilities": "log_loss"}


def as_page(report: Report) -> str:
    """Return a self-contained HTML page: the benchmark's, or that of a comparison on a table of one's own.

    Every name and message from data, suite and models is text in it, never markup, and its
    Content-Security-Policy runs no script but its own. The same tables give the same page.
    """
    if report.evidence:
        return _own_page(report)
    tables = report.tables
    found = boards(tables)
    headline = None
    if tables.datasets["family"].nunique() < FEWEST_FAMILIES:  # others have intervals
        # the balanced arm, or else the arm that moved recall most, over all libraries, in the first regime
        moved = [row for row in report.summary.overall if {"recall", "precision"} <= set(row.differences)]
        moved = [row for row in moved if row.regime == moved[0].regime]
        balanced = [row for row in moved if row.policy == "balanced"]
        headline = max(balanced or moved, key=lambda row: abs(row.differences["recall"]), default=None)
    return as_document(
        "boostweights.benchmark.report",
        "report.html.j2",
        _SCRIPTS.split(),
        **shared(report),
        headline=headline,
        fitted=PALETTE[2] if report.figures.has("none/fitted", "log_loss") else "",
        explored=[report.figures.metrics[name] for name in _EXPLORED],
        titles=charts.TITLES,
        boards=found,
        goals={need: IN_WORDS.get(need, need) for need in GOALS},
        regimes=WORDS,
        fixed=FIXED,
        metrics=report.figures.metrics,
        data=payload(tables, report.figures)
        | {"step": charts.STEP, "boards": [asdict(board) for board in found]},
        charts=charts.specifications(tables.libraries),
    )


def _own_page(report: Report) -> str:
    """Return the page of a comparison: what to use, what to expect, what else there was."""
    found, best = report.evidence, report.recommendation
    options = _options(found, best)
    title, lines = "", []
    if options:
        title, lines = options[0]["name"], found.get("benefit", {}).get("models", [])
        if isinstance(best["threshold"], float):
            title += f" ({short(best['threshold'])})"
    return as_document(
        "boostweights.benchmark.report",
        "own.html.j2",
        ("copy.js", "table.js", "desk.js", "own.js"),
        **shared(report),
        texts=TEXTS,
        best=best,
        title=title,
        need=IN_WORDS.get(best.get("need", ""), ""),
        found=found,
        table=found["table"],
        warnings=[finding for finding in found["table"]["findings"] if finding["severity"] != "info"],
        columns=list(_columns(found["table"])),
        expected=found.get("expected"),
        ticks=list(_ticks(*_axis(found))) if options else [],
        benefit=list(zip((line["name"] for line in lines), cycle(PALETTE), strict=False)),
        options=options,
        named=list(_thresholds(found)),
        figures=_figures(report.summary, _SORTS.get(best.get("need", ""), "f1")),
        headings=[metric.heading for metric in report.summary.columns.values()],
        titles=charts.OWN_TITLES if lines else {},
        data=_data(found, options, report.tables.libraries) if lines else {},
        charts=charts.own_specifications(report.tables.libraries) if lines else {},
    )


def _axis(found: Mapping[str, Any]) -> tuple[float, float]:
    """Where the axis of intervals begins and ends: those of the worst quarter may go beyond it."""
    options, lower = found["options"], found["lower"]
    low = float(np.quantile([one["low"] for one in options], 0 if lower else 0.25))
    high = float(np.quantile([one["high"] for one in options], 0.75 if lower else 1))
    low, high = min(low, options[0]["low"]), max(high, options[0]["high"])
    return low, high if high > low else low + 1.0


def _ticks(low: float, high: float) -> Iterator[tuple[str, float]]:
    """Round numbers along an axis, and where they are, in percent of it."""
    rough = (high - low) / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    for count in range(math.ceil(low / step), math.floor(high / step) + 1):
        yield f"{count * step:.6g}", 100 * (count * step - low) / (high - low)


def _options(found: Mapping[str, Any], best: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Each option as a row of the table, the chosen first; those with the same figures share a row.

    Rows that are `shown` at once are those that the recommendation is compared with (the simple rule, the
    next best, rules without a model) and the best of each library.
    """
    rows: dict[Any, dict[str, Any]] = {}
    options = found.get("options", [])
    low, high = _axis(found) if options else (0.0, 1.0)
    for one in options:
        difference = one["value"] - options[0]["value"]
        better = (difference < 0) == found["lower"]
        figures = (one["library"], *(one[name] for name in ("value", "low", "high")), str(one["counts"]))
        row = one | _decided(one["counts"])
        row["difference"] = difference
        row["tone"] = ("better" if better else "worse") if one["beyond"] else "same"
        row["ends"] = {name: 100 * (one[name] - low) / (high - low) for name in ("low", "value", "high")}
        row["same"] = []
        row["shown"] = all(one["library"] != other["library"] for other in rows.values())
        row = rows.setdefault(figures, row)
        row["same"] += [one["name"]] * (row["name"] != one["name"])
        row["shown"] |= one["name"] in best["baselines"]
    return list(rows.values())


def _thresholds(found: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Thresholds with a name; those that are the same share a row."""
    by_threshold: dict[float, list[Mapping[str, Any]]] = {}
    for one in sorted(found.get("named", []), key=itemgetter("threshold")):
        by_threshold.setdefault(one["threshold"], []).append(one)
    for threshold, same in by_threshold.items():
        counts, costs = same[0]["counts"], found["costs"]
        _, fp, fn, tp = counts
        yield _decided(counts) | {
            "names": [one["name"] for one in same],
            "threshold": threshold,
            "f1": 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else None,
            "cost": costs and sum(costs[name] * count for name, count in zip(COUNTS, counts, strict=True)),
        }


def _decided(counts: Sequence[float] | None) -> dict[str, float | None]:
    """What was decided, from counts of 1000 rows; None where it is not defined."""
    if counts is None:
        return dict.fromkeys(("recall", "precision", "alarms"))
    _, fp, fn, tp = counts
    precision = tp / (tp + fp) if tp + fp else None
    return {"recall": tp / (tp + fn) if tp + fn else None, "precision": precision, "alarms": tp + fp}


def _columns(table: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What each column was used as, the target first."""
    used = {
        table["target"]: "target",
        table["group"]: "groups of rows that stay together",
        table["time"]: "order of time",
    }
    used |= dict.fromkeys(table["dropped"], "left out")
    used |= dict.fromkeys(table["numbers"], "number") | dict.fromkeys(table["categories"], "category")
    used.pop(None, None)
    for name, role in used.items():
        area = table["areas"].get(name)
        yield {"name": name, "used": role, "area": area, "note": table["notes"].get(name, "")}


def _figures(summary: Summary, by: str) -> list[dict[str, Any]]:
    """A row a library and weighting, the best first; weightings with the same figures share a row.

    Differences within noise are neither good nor bad.
    """
    lower = summary.columns[by].lower
    worst = float("inf") if lower else float("-inf")
    rows: dict[Any, dict[str, Any]] = {}
    for row in sorted(summary.rows, key=lambda row: row.means.get(by, worst), reverse=not lower):
        cells = []
        for name, each in summary.columns.items():
            difference, value = row.differences.get(name), row.means.get(name)
            noise = row.noise.get(name, float("inf"))
            colour = "" if difference is None else tone(each, difference, noise)
            cells.append({"value": value, "difference": difference, "tone": colour, "noise": noise})
        figures = (row.library, *(row.means.get(name) for name in summary.columns))
        line = rows.setdefault(figures, {"library": row.library, "arms": [], "cells": cells})
        line["arms"].append(row.policy)
    return list(rows.values())


def _data(
    found: Mapping[str, Any], options: Sequence[Mapping[str, Any]], libraries: Sequence[str]
) -> dict[str, Any]:
    """What the script draws; nothing but names and numbers."""
    kept = ("rows", "positives", "costs", "trivial", "thresholds", "models", "benefit")
    points = [
        {name: one[name] for name in ("library", "name", "role", "counts")}
        for one in options
        if one["counts"] is not None and one["library"] is not None
    ]
    chosen = options[0]["threshold"]
    return {name: found[name] for name in kept} | {
        "chosen": "" if options[0]["library"] else options[0]["name"],
        "start": 0.5 if chosen is None else chosen,
        "points": points,
        "libraries": list(libraries),
    }


def write(store: Store, directory: Path) -> Summary:
    """Write the tables of `export` into a run's directory, and its page, which is made from them.

    Parameters
    ----------
    store : Store
        Where the results are.
    directory : Path
        Made if it does not exist.

    Returns
    -------
    summary : Summary
        What the page shows, in short.
    """
    export(store, directory)
    report = make_report(directory)
    write_atomically(directory / "report.html", as_page(report).encode())
    return report.summary
