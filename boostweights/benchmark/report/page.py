"""The report as one HTML page that needs nothing but itself."""

from __future__ import annotations

import json
from itertools import cycle
from typing import TYPE_CHECKING, Any, Final

from boostweights.benchmark.report import charts
from boostweights.benchmark.report.content import Report, bar
from boostweights.benchmark.report.data import curves_of, payload, plain
from boostweights.benchmark.report.figures import BASELINE
from boostweights.benchmark.report.machine import records
from boostweights.benchmark.report.summary import Row, Summary, tone
from boostweights.benchmark.report.tables import Tables
from boostweights.pages.charts import PALETTE
from boostweights.pages.document import digest, environment, vega_bundle
from boostweights.recommendation.figures import TEXTS

if TYPE_CHECKING:
    from jinja2 import Environment

_FAILED: Final = ["dataset", "repeat", "fold", "library", "arm", "status", "error", "traceback"]
_SCRIPTS: Final = ("figures.js", "table.js", "board.js", "explore.js", "curves.js", "page.js")
_EXPLORED: Final = ("recall", "precision", "f1", "balanced_accuracy", "mcc")
_MOST_FAILURES: Final = 200


def as_page(report: Report) -> str:
    """Return a self-contained HTML page.

    Every name and message from data, suite and models is text in it, never markup, and its
    Content-Security-Policy runs no script but its own. The same tables give the same page.
    """
    from markupsafe import Markup

    templates = environment("boostweights.benchmark.report")
    templates.filters |= {
        "signed": lambda value, digits=3: f"{value:+.{digits}f}".replace("-", "−"),
        "whole": lambda value: "–" if value is None else f"{value:,}",
        "tone": lambda difference, name: tone(report.figures.metrics[name], difference),
        "bar": bar,
        "in_words": lambda metric: TEXTS.get(metric, metric),
    }
    script = Markup("{\n" + "\n".join(_source(templates, name) for name in _SCRIPTS) + "}\n")
    vega = vega_bundle()
    tables = report.tables
    failures = records(tables.failed[_FAILED])
    return templates.get_template("report.html.j2").render(
        report=report,
        judged=report.judged,
        summary=report.summary,
        suite=tables.suite,
        run=tables.run,
        runs=tables.runs,
        baseline=BASELINE,
        columns={name: metric.heading for name, metric in report.summary.columns.items()},
        headline=_headline(report.summary),
        libraries=list(zip(tables.libraries, cycle(PALETTE), strict=False)),
        arms=records(tables.arms),
        datasets=_datasets(tables),
        weights=_weights(tables),
        fitted=PALETTE[2] if report.figures.has("none/fitted", "log_loss") else "",
        explored=[report.figures.metrics[name] for name in _EXPLORED],
        titles=charts.TITLES,
        failures=failures[:_MOST_FAILURES],
        more_failures=max(0, len(failures) - _MOST_FAILURES),
        data=payload(tables, report.figures) | {"curves": curves_of(tables), "step": charts.STEP},
        charts=charts.specifications(tuple(tables.libraries)),
        scripts={"vega": vega, "page": script},
        allowed=Markup(f"{digest(vega)} {digest(script)}"),  # base64 in quotes: ours, not from the data
    )


def _headline(summary: Summary) -> Row | None:
    """The balanced arm, or else the arm that moved recall most, over all libraries."""
    moved = [row for row in summary.overall if {"recall", "precision"} <= set(row.differences)]
    named = [row for row in moved if row.policy == "balanced"]
    return max(named or moved, key=lambda row: abs(row.differences["recall"]), default=None)


def _datasets(tables: Tables) -> list[dict[str, Any]]:
    """The table of data sets; numbers that are missing are None, class counts and sources are read."""
    found = []
    for known in records(tables.datasets):
        for name in ("rows", "features", "positives", "groups", "categorical", "missing_cells"):
            known[name] = plain(known.get(name))
        for name in ("classes", "source"):
            known[name] = json.loads(known.get(name) or "null")
        found.append(
            {"task": None, "imbalance_ratio": None, "positive": None, "domain": None, "used_as": None} | known
        )
    return found


def _weights(tables: Tables) -> dict[str, dict[str, dict[str, float]]]:
    """Per data set and arm, the class weights of the first fold that has a model."""
    good = tables.cells[tables.cells["status"] == "ok"]
    first = good.drop_duplicates(["dataset", "arm"])
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, arm, weights in zip(first["dataset"], first["arm"], first["weights"], strict=True):
        found.setdefault(name, {})[arm] = json.loads(weights)
    return found


def _source(templates: Environment, name: str) -> str:
    """The text of a file beside the templates, as it is."""
    assert templates.loader is not None
    return templates.loader.get_source(templates, name)[0]
