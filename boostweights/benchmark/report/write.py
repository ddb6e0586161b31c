"""The report of a run: a page, a text, tables for machines and for the terminal, from its tables alone.

A report made elsewhere from a run's published tables is the report that was published.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from boostweights.benchmark.report.content import Report, make_report
from boostweights.benchmark.report.diff import Comparison, compare_runs
from boostweights.benchmark.report.difftable import as_tables
from boostweights.benchmark.report.machine import as_plain
from boostweights.benchmark.report.markdown import as_markdown
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Row, Summary, summarize
from boostweights.benchmark.report.tables import Tables, has_tables, read_tables
from boostweights.benchmark.report.terminal import as_table
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.files import write_atomically

__all__ = [
    "Comparison",
    "Report",
    "Row",
    "Summary",
    "Tables",
    "as_markdown",
    "as_page",
    "as_plain",
    "as_table",
    "as_tables",
    "compare_runs",
    "has_tables",
    "make_report",
    "read_tables",
    "summarize",
    "write",
]


def write(store: Store, directory: Path, *, beside: Sequence[Path] = ()) -> Summary:
    """Write the tables of `export` into a run's directory, and ``report.html``, which is made from them.

    Parameters
    ----------
    store : Store
        Where the results are.
    directory : Path
        Made if it does not exist.
    beside : sequence of Path
        Further runs for `make_report`.

    Returns
    -------
    summary : Summary
        What the page shows, in short.
    """
    export(store, directory)
    report = make_report(directory, beside)
    write_atomically(directory / "report.html", as_page(report).encode())
    return report.summary
