"""The report of a run: a table for the terminal, and a page and tables on disk; made from a store alone."""

from __future__ import annotations

from pathlib import Path

from boostweights.benchmark.export import export
from boostweights.benchmark.files import write_atomically
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Row, Summary, summarize
from boostweights.benchmark.report.terminal import as_table
from boostweights.benchmark.store import Store

__all__ = ["Row", "Summary", "as_page", "as_table", "summarize", "write"]


def write(store: Store, directory: Path) -> Summary:
    """Write ``report.html`` and the tables of `export` into a run's directory.

    Parameters
    ----------
    store : Store
        Where the results are.
    directory : Path
        Made if it does not exist.

    Returns
    -------
    summary : Summary
        What the page shows.
    """
    summary = summarize(store)
    export(store, directory)
    write_atomically(directory / "report.html", as_page(summary, store).encode())
    return summary
