"""The summary of a run as tables in the terminal."""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from boostweights.benchmark.metrics import METRICS
from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import ALL, Row, Summary, loss_rows
from boostweights.benchmark.report.tables import named
from boostweights.tables.text import as_text, wrapped

_MOST = 40
"""With more rows, those of single libraries are left to the page."""


def as_tables(summary: Summary) -> str:
    """Return all tables of a summary."""
    return "\n\n".join(filter(None, (as_table(summary), fitted_table(summary), prices_table(summary))))


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
    sentences = [
        "Means over folds, then data sets; decisions at .5; fit s: processor seconds.",
        f"With a sign: the difference from {BASELINE}, fold by fold.",
    ]
    if summary.done < summary.planned:
        sentences.append(f"{summary.planned - summary.done} of {summary.planned} cells have no figures.")
    table = table_of(["", *(metric.heading for metric in metrics)], lines)
    return "\n".join([table, *map(folded, sentences)])


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
    return f"{table_of(headings, rows)}\n{folded(caption)}"


def prices_table(summary: Summary) -> str | None:
    """Return what the promise costs, the cheapest arm first, if a run compares by one."""
    found = summary.prices
    if found is None:
        return None
    rows = (
        (row.policy, named(row.library, row.regime), _cell(row, "alarms"), _cell(row, "recall"))
        for row in found.rows
    )
    caption = f"What the promise costs. With a sign: from {BASELINE}."
    return f"{table_of(['', 'library', 'alarms', 'recall'], rows, keys=2)}\n{folded(caption)}"


def failures(summary: Summary) -> list[str]:
    """One line a library and reason: how many cells failed."""
    bad = summary.cells[summary.cells["status"].notna() & (summary.cells["status"] != "ok")]
    reasons = Counter(zip(bad["library"], bad["regime"], bad["status"], bad["error"], strict=True))
    return [
        f"{named(library, regime)}: {count} cells {status}: {error}"
        for (library, regime, status, error), count in reasons.items()
    ]


def table_of(headings: Sequence[str], rows: Iterable[Sequence[str]], *, keys: int = 1) -> str:
    """Return rows as a table; cells that a row lacks at its end are empty."""
    cells = zip_longest(headings, *rows, fillvalue="")
    return as_text([(heading, column) for heading, *column in cells], keys=keys)


def folded(text: str) -> str:
    """Return a text in lines that fit the terminal."""
    return "\n".join(wrapped("", text, indent=0))


def _cell(row: Row, name: str) -> str:
    if name not in row.means:
        return "–"
    return f"{row.means[name]:.3f}" + (f"\n{row.differences[name]:+.3f}" if name in row.differences else "")
