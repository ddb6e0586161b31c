"""The comparison of two runs, as tables in the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import pandas as pd
from rich import box
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from boostweights.benchmark.metrics import Metric
from boostweights.benchmark.report.diff import Comparison

_MOST: Final = 20


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


def _table(*headings: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, padding=(0, 1, 0, 0))
    for heading in headings:
        table.add_column(heading, justify="left" if heading in ("library", "arm", "figure") else "right")
    return table


def _libraries(found: Comparison) -> Table:
    table = _table("library", "cells", "changed", "only in A", "only in B", "seconds B/A")
    for row in found.libraries.to_dict("records"):
        ratio = "–" if pd.isna(row["seconds_ratio"]) else f"{row['seconds_ratio']:.2f}"
        counts = (str(row[name]) for name in ("cells", "changed", "only_a", "only_b"))
        table.add_row(Text(row["library"]), *counts, ratio)
    return table


def _figures(moved: pd.DataFrame, metrics: Mapping[str, Metric]) -> Table:
    table = _table("library", "arm", "figure", "B − A", "least", "greatest", "sets")
    for row in moved.head(_MOST).to_dict("records"):
        rule = "" if row["rule"] == "none" else f" at {row['rule']}"
        proba = "" if row["proba"] == "raw" else f", {row['proba']}"
        style = "red" if row["regression"] else ""
        numbers = (Text(f"{row[name]:+.4f}", style=style) for name in ("difference", "least", "greatest"))
        figure = Text(f"{metrics[row['metric']].text}{rule}{proba}")
        table.add_row(Text(row["library"]), Text(row["arm"]), figure, *numbers, str(row["datasets"]))
    if len(moved) > _MOST:
        table.caption = f"The worst {_MOST} of {len(moved)} figures that moved; all with --format json."
        table.caption_justify = "left"
    return table


def _failed(found: Comparison) -> Table:
    table = _table("library", "arm", "data set", "fold", "what")
    for row in found.newly_failed.head(_MOST).to_dict("records"):
        what = f"{row['status']}: {row['error']}"
        table.add_row(*(Text(str(row[name])) for name in ("library", "arm", "dataset", "fold")), Text(what))
    return table
