"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Final

from boostweights.audits.advice.evidence import Table
from boostweights.audits.advice.ranking import named
from boostweights.benchmark.regimes import FIXED, WORDS
from boostweights.benchmark.report import charts
from boostweights.benchmark.report.board import GOALS, boards
from boostweights.benchmark.report.content import Report, forest
from boostweights.benchmark.report.data import curves_of, payload
from boostweights.benchmark.report.listed import shared
from boostweights.benchmark.report.own import own_page
from boostweights.benchmark.report.summary import Row, Summary
from boostweights.pages.charts import PALETTE
from boostweights.pages.document import as_document
from boostweights.recommendation.needs import IN_WORDS

_SCRIPTS: Final = "desk.js figures.js table.js best.js board.js explore.js curves.js page.js"
_EXPLORED: Final = ("recall", "precision", "f1", "balanced_accuracy", "mcc")


def as_page(report: Report, advice: Sequence[Table] = ()) -> str:
    """Return a self-contained HTML page: the benchmark's, or that of a comparison on a table of one's own.

    With the tables of regret that `advise` rests on, where the run is what they were made of. Every name and
    message from data, suite and models is text in it, never markup, and its
    Content-Security-Policy runs no script but its own. The same tables give the same page.
    """
    if report.evidence:
        return own_page(report)
    tables = report.tables
    found = boards(tables)
    return as_document(
        "boostweights.benchmark.report",
        "report.html.j2",
        _SCRIPTS.split(),
        filters={"forest": forest, "rule_name": named},
        **shared(report),
        judged=report.judged,
        advice=advice,
        headline=None if report.judged.verdicts else _headline(report.summary),  # which have intervals
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
