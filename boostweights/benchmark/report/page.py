"""The report as one HTML page that needs nothing but itself, and the files of a run."""

from dataclasses import asdict
from pathlib import Path

from boostweights.benchmark.regimes import FIXED, WORDS
from boostweights.benchmark.report import charts
from boostweights.benchmark.report.board import GOALS, boards
from boostweights.benchmark.report.content import Report, make_report, shared
from boostweights.benchmark.report.data import curves_of, payload
from boostweights.benchmark.report.own import own_page
from boostweights.benchmark.report.summary import Row, Summary
from boostweights.benchmark.run.export import export
from boostweights.benchmark.run.store import Store
from boostweights.benchmark.stats import FEWEST_FAMILIES
from boostweights.files import write_atomically
from boostweights.pages.charts import PALETTE
from boostweights.pages.document import as_document
from boostweights.recommendation.needs import IN_WORDS

_SCRIPTS = "desk.js figures.js table.js best.js board.js explore.js curves.js page.js"
_EXPLORED = ("recall", "precision", "f1", "balanced_accuracy", "mcc")


def as_page(report: Report) -> str:
    """Return a self-contained HTML page: the benchmark's, or that of a comparison on a table of one's own.

    Every name and message from data, suite and models is text in it, never markup, and its
    Content-Security-Policy runs no script but its own. The same tables give the same page.
    """
    if report.evidence:
        return own_page(report)
    tables = report.tables
    found = boards(tables)
    few = tables.datasets["family"].nunique() < FEWEST_FAMILIES  # others have intervals
    return as_document(
        "boostweights.benchmark.report",
        "report.html.j2",
        _SCRIPTS.split(),
        **shared(report),
        headline=_headline(report.summary) if few else None,
        fitted=PALETTE[2] if report.figures.has("none/fitted", "log_loss") else "",
        explored=[report.figures.metrics[name] for name in _EXPLORED],
        titles=charts.TITLES,
        boards=found,
        goals={need: IN_WORDS.get(need, need) for need in GOALS},
        regimes=WORDS,
        fixed=FIXED,
        metrics=report.figures.metrics,
        data=payload(tables, report.figures)
        | {"curves": curves_of(tables), "step": charts.STEP, "boards": [asdict(board) for board in found]},
        charts=charts.specifications(tables.libraries),
    )


def _headline(summary: Summary) -> Row | None:
    """The balanced arm, or else the arm that moved recall most, over all libraries, in the first regime."""
    moved = [row for row in summary.overall if {"recall", "precision"} <= set(row.differences)]
    moved = [row for row in moved if row.regime == moved[0].regime]
    named = [row for row in moved if row.policy == "balanced"]
    return max(named or moved, key=lambda row: abs(row.differences["recall"]), default=None)


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
