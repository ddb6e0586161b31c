"""The summary as one table in the terminal."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final

from rich import box
from rich.table import Table
from rich.text import Text

from boostweights.benchmark.metrics import METRICS, Metric
from boostweights.benchmark.report.board import ALL, loss_rows
from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import Row, Summary, Tone, tone

_MOST: Final = 40
"""With more rows, those of single libraries are left to the page."""

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
        [f"{METRICS[name].text}\n{VIEWS[view].text}" for view, name in found],
        Text("Means over data sets and libraries; fitted: by a map learned out of fold.", style="dim"),
    )
    for arm, *texts in loss_rows(found):
        table.add_row(Text(arm), *texts)
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
        cell.append(f"\n{difference:+.3f}", style=_STYLES[tone(metric, difference)])
    return cell
