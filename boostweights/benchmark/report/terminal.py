"""Results as tables in the terminal: the summary of a run, and the comparison of two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import zip_longest
from typing import Final

import pandas as pd

from boostweights.benchmark.metrics import METRICS, Metric
from boostweights.benchmark.report.diff import Comparison
from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import ALL, Row, Summary, loss_rows
from boostweights.benchmark.report.tables import named
from boostweights.tables.text import as_text, wrapped

_MOST: Final = 40
"""With more rows, those of single libraries are left to the page."""

_MOST_CHANGES: Final = 20


def as_table(summary: Summary) -> str:
    """Return the summary as a table: means, and under them the differences from unweighted."""
    rows = summary.rows if len(summary.rows) <= _MOST else summary.overall
    metrics = summary.columns.values()
    lines: list[list[str]] = []
    for row, before in zip(rows, [None, *rows], strict=False):
        if before is None or (row.regime, row.library) != (before.regime, before.library):
            lines += [[""]] * (before is not None)
            lines.append([named("all libraries" if row.library == ALL else row.library, row.regime)])
        lines.append([f"  {row.policy}", *(_cell(row, metric.name) for metric in metrics)])
    return f"{_table(['', *(metric.heading for metric in metrics)], lines)}\n{_caption(summary)}"


def fitted_table(summary: Summary) -> str | None:
    """Return the losses of each arm's probabilities, if a run has fitted ones: less is better."""
    columns = next(iter(summary.losses.values()), {})
    if not any(view == "none/fitted" for view, _ in columns):
        return None
    headings = ["", *(f"{METRICS[name].text}\n{VIEWS[view]}" for view, name in columns)]
    rows = (
        (named(arm, regime), *texts)
        for regime, found in summary.losses.items()
        for arm, *texts in loss_rows(found)
    )
    caption = "Means over data sets and libraries; fitted: by a map learned out of fold."
    return f"{_table(headings, rows)}\n{_lines(caption)}"


def prices_table(summary: Summary) -> str | None:
    """Return what the promise costs, the cheapest arm first, if a run compares by one."""
    found = summary.prices
    if found is None:
        return None
    rows = (
        (
            price.policy,
            price.library,
            _with_difference(price.alarms, price.alarms_difference),
            _with_difference(price.recall, price.recall_difference),
        )
        for price in found.rows
    )
    caption = f"What the promise costs. With a sign: from {BASELINE}."
    return f"{_table(['', 'library', 'alarms', 'recall'], rows, keys=2)}\n{_lines(caption)}"


def _table(headings: Sequence[str], rows: Iterable[Sequence[str]], *, keys: int = 1) -> str:
    """Return rows as a table; cells that a row lacks at its end are empty."""
    cells = zip_longest(headings, *rows, fillvalue="")
    return as_text([(heading, column) for heading, *column in cells], keys=keys)


def _lines(text: str) -> str:
    return "\n".join(wrapped("", text, indent=0))


def _caption(summary: Summary) -> str:
    sentences = [
        "Means over data sets of fold means; decisions at .5; fit s: processor seconds.",
        f"With a sign: the difference from {BASELINE}, fold by fold.",
    ]
    if summary.done < summary.planned:
        sentences.append(f"{summary.planned - summary.done} of {summary.planned} cells have no figures.")
    return "\n".join(map(_lines, sentences))


def _cell(row: Row, name: str) -> str:
    if name not in row.means:
        return "–"
    return _with_difference(row.means[name], row.differences.get(name, math.nan))


def _with_difference(mean: float, difference: float) -> str:
    return f"{mean:.3f}" + ("" if math.isnan(difference) else f"\n{difference:+.3f}")


def as_tables(found: Comparison) -> str:
    """Return what differs, by library and by figure, and the verdict in a line."""
    parts = [_lines(line) for line in _differing(found)]
    parts += ["", _libraries(found), ""]
    moved = found.differences[found.differences["difference"] != 0]
    if len(moved):
        parts += [_figures(moved, found.metrics), ""]
    if len(found.newly_failed):
        parts += [_failed(found), ""]
    return "\n".join([*parts, _lines(_verdict(found))])


def _differing(found: Comparison) -> Iterator[str]:
    for name, (a, b) in found.versions.items():
        yield f"{name}: {a or 'not installed'} → {b or 'not installed'}"
    if not found.versions:
        yield "The same versions of everything."
    for name, (a, b) in found.settings.items():
        yield f"The suites differ in {name}: {a} → {b}"
    if found.changed_data:
        yield f"Left out, for their data changed: {', '.join(found.changed_data)}"


def _verdict(found: Comparison) -> str:
    if not found.worse:
        return "No regression."
    return (
        f"{len(found.regressions)} figures are worse by more than their margin; "
        f"{len(found.newly_failed)} cells fail that did not."
    )


def _libraries(found: Comparison) -> str:
    rows = []
    for row in found.libraries.to_dict("records"):
        ratio = "–" if pd.isna(row["seconds_ratio"]) else f"{row['seconds_ratio']:.2f}"
        counts = (str(row[name]) for name in ("cells", "changed", "only_a", "only_b"))
        rows.append((row["library"], *counts, ratio))
    return _table(["library", "cells", "changed", "only in A", "only in B", "seconds B/A"], rows)


def _figures(moved: pd.DataFrame, metrics: Mapping[str, Metric]) -> str:
    rows = []
    for row in moved.head(_MOST_CHANGES).to_dict("records"):
        rule = "" if row["rule"] == "none" else f" at {row['rule']}"
        proba = "" if row["proba"] == "raw" else f", {row['proba']}"
        figure = f"{metrics[row['metric']].text}{rule}{proba}"
        numbers = (f"{row[name]:+.4f}" for name in ("difference", "least", "greatest"))
        worse = "worse" if row["regression"] else ""
        rows.append(
            (named(row["library"], row["regime"]), row["arm"], figure, *numbers, str(row["datasets"]), worse)
        )
    table = _table(["library", "arm", "figure", "B − A", "least", "greatest", "sets", ""], rows, keys=3)
    if len(moved) <= _MOST_CHANGES:
        return table
    more = f"The worst {_MOST_CHANGES} of {len(moved)} figures that moved; all with --format json."
    return f"{table}\n{_lines(more)}"


def _failed(found: Comparison) -> str:
    rows = [
        (
            named(row["library"], row["regime"]),
            *(str(row[name]) for name in ("arm", "dataset", "fold")),
            f"{row['status']}: {row['error']}",
        )
        for row in found.newly_failed.head(_MOST_CHANGES).to_dict("records")
    ]
    return _table(["library", "arm", "data set", "fold", "what"], rows, keys=4)
