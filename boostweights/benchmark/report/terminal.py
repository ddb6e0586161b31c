"""Results as tables in the terminal: the summary of a run, and the comparison of two."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import pandas as pd
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from boostweights.benchmark.metrics import METRICS, Metric
from boostweights.benchmark.report.diff import Comparison
from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import ALL, Row, Summary, Tone, loss_rows, tone

_MOST: Final = 40
"""With more rows, those of single libraries are left to the page."""

_MOST_CHANGES: Final = 20
_STYLES: Final[Mapping[Tone, str]] = {"better": "green", "worse": "red", "same": "dim"}


def as_table(summary: Summary) -> Table:
    """Return the summary as a rich table: means, and under them the differences from unweighted.

    It fits a terminal of 80 columns.
    """
    table = _table([metric.heading for metric in summary.columns.values()], _caption(summary))
    rows = summary.rows if len(summary.rows) <= _MOST else summary.overall
    before = None
    for row, after in zip(rows, [*rows[1:], None], strict=True):
        if row.library != before:
            table.add_row(Text("all libraries" if row.library == ALL else row.library, style="bold"))
            before = row.library
        cells = [_cell(row, metric) for metric in summary.columns.values()]
        ends_library = after is None or after.library != row.library
        table.add_row(Text(f"  {row.policy}"), *cells, end_section=ends_library)
    return table


def fitted_table(summary: Summary) -> Table | None:
    """Return the losses of each arm's probabilities, if a run has fitted ones: less is better."""
    found = summary.losses
    if not any(view == "none/fitted" for view, _ in found):
        return None
    table = _table(
        [f"{METRICS[name].text}\n{VIEWS[view]}" for view, name in found],
        Text("Means over data sets and libraries; fitted: by a map learned out of fold.", style="dim"),
    )
    for arm, *texts in loss_rows(found):
        table.add_row(Text(arm), *texts)
    return table


def prices_table(summary: Summary) -> Table | None:
    """Return what the promise costs, the cheapest arm first, if a run compares by one."""
    found = summary.prices
    if found is None:
        return None
    text = f"What the promise costs.\nWith a sign: from {BASELINE}."
    table = _table(["library", "alarms", "recall"], Text(text, style="dim"))
    for price in found.rows:
        pairs = ((price.alarms, price.alarms_difference), (price.recall, price.recall_difference))
        cells = [
            Text(f"{mean:.3f}" + ("" if math.isnan(more) else f"\n{more:+.3f}"), justify="right")
            for mean, more in pairs
        ]
        table.add_row(Text(price.policy), Text(price.library), *cells)
    return table


def _table(headings: Iterable[str], caption: Text) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=0, caption=caption, caption_justify="left")
    table.add_column("", overflow="fold")  # of all columns the one that gives way: numbers stay whole
    for heading in headings:
        table.add_column(heading, justify="right", no_wrap=True)
    return table


def _caption(summary: Summary) -> Text:
    text = (
        "Means over data sets of fold means; decisions at .5; fit s: processor seconds.\n"
        f"With a sign: the difference from {BASELINE}, fold by fold."
    )
    if summary.done < summary.planned:
        text += f"\n{summary.planned - summary.done} of {summary.planned} cells have no figures."
    return Text(text, style="dim")


def _cell(row: Row, metric: Metric) -> Text:
    name = metric.name
    if name not in row.means:
        return Text("–", style="dim")
    cell = Text(f"{row.means[name]:.3f}")
    if name in row.differences:
        difference = row.differences[name]
        cell.append(f"\n{difference:+.3f}", style=_STYLES[tone(metric, difference, row.noise.get(name, 0.0))])
    return cell


def as_tables(found: Comparison) -> Iterator[RenderableType]:
    """Yield what differs, by library and by figure, and the verdict in a line."""
    for name, (a, b) in found.versions.items():
        yield Text(f"{name}: {a or 'not installed'} → {b or 'not installed'}")
    if not found.versions:
        yield Text("The same versions of everything.")
    for name, (a, b) in found.settings.items():
        yield Text(f"The suites differ in {name}: {a} → {b}")
    if found.changed_data:
        yield Text(f"Left out, for their data changed: {', '.join(found.changed_data)}")
    yield _libraries(found)
    moved = found.differences[found.differences["difference"] != 0]
    if len(moved):
        yield _figures(moved, found.metrics)
    if len(found.newly_failed):
        yield _failed(found)
    yield Text(_verdict(found), style="red" if found.worse else "green")


def _verdict(found: Comparison) -> str:
    if not found.worse:
        return "No regression."
    return (
        f"{len(found.regressions)} figures are worse by more than their margin; "
        f"{len(found.newly_failed)} cells fail that did not."
    )


def _plain_table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("library", "arm", "figure") else "right")
    return table


def _libraries(found: Comparison) -> Table:
    table = _plain_table("library", "cells", "changed", "only in A", "only in B", "seconds B/A")
    for row in found.libraries.to_dict("records"):
        ratio = "–" if pd.isna(row["seconds_ratio"]) else f"{row['seconds_ratio']:.2f}"
        counts = (str(row[name]) for name in ("cells", "changed", "only_a", "only_b"))
        table.add_row(Text(row["library"]), *counts, ratio)
    return table


def _figures(moved: pd.DataFrame, metrics: Mapping[str, Metric]) -> Table:
    table = _plain_table("library", "arm", "figure", "B − A", "least", "greatest", "sets")
    for row in moved.head(_MOST_CHANGES).to_dict("records"):
        rule = "" if row["rule"] == "none" else f" at {row['rule']}"
        proba = "" if row["proba"] == "raw" else f", {row['proba']}"
        style = "red" if row["regression"] else ""
        numbers = (Text(f"{row[name]:+.4f}", style=style) for name in ("difference", "least", "greatest"))
        figure = Text(f"{metrics[row['metric']].text}{rule}{proba}")
        table.add_row(Text(row["library"]), Text(row["arm"]), figure, *numbers, str(row["datasets"]))
    if len(moved) > _MOST_CHANGES:
        table.caption = (
            f"The worst {_MOST_CHANGES} of {len(moved)} figures that moved; all with --format json."
        )
        table.caption_justify = "left"
    return table


def _failed(found: Comparison) -> Table:
    table = _plain_table("library", "arm", "data set", "fold", "what")
    for row in found.newly_failed.head(_MOST_CHANGES).to_dict("records"):
        what = f"{row['status']}: {row['error']}"
        table.add_row(*(Text(str(row[name])) for name in ("library", "arm", "dataset", "fold")), Text(what))
    return table
