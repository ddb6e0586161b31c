"""A run's tables and its page, written from its store."""

from __future__ import annotations

from pathlib import Path

from boostweights.benchmark.report.content import Report, make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Summary
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.files import write_atomically


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
    write_page(report, directory)
    return report.summary


def write_page(report: Report, directory: Path) -> None:
    """Write ``report.html`` into a run's directory."""
    write_atomically(directory / "report.html", as_page(report).encode())
