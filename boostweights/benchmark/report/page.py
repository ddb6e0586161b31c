"""The summary as one HTML page that needs nothing but itself."""

from __future__ import annotations

import json
from typing import Any, Final

from boostweights.benchmark.report import charts
from boostweights.benchmark.report.summary import BASELINE, COLUMNS, Row, Summary, tone
from boostweights.benchmark.store import Store
from boostweights.pages import PALETTE, environment, vega_bundle

__all__ = ["as_page"]

_FAILED: Final = ["dataset", "fold", "library", "policy", "status", "error", "traceback"]


def as_page(summary: Summary, store: Store) -> str:
    """Return a self-contained HTML page; every name and message from the store is escaped in it."""
    templates = environment("boostweights.benchmark.report")
    templates.filters |= {"signed": _signed, "tone": lambda difference, name: tone(name, difference)}
    runs = store.runs()
    changes = charts.changes(summary)
    trails = list(charts.trails(summary))
    specifications = {f"trail-{number}": chart for number, (_, chart) in enumerate(trails, start=1)}
    return templates.get_template("report.html.j2").render(
        summary=summary,
        baseline=BASELINE,
        columns=COLUMNS,
        headline=_headline(summary),
        policies=_legend([row.policy for row in summary.overall if row.policy != BASELINE]),
        all_policies=[row.policy for row in summary.overall],
        libraries=_legend(list(dict.fromkeys(row.library for row in summary.rows))),
        changes=changes,
        trails=trails,
        charts=specifications | ({"changes": changes} if changes else {}),
        failures=_failures(summary),
        datasets=store.datasets(),
        weights=_weights(summary),
        run=runs[-1],
        runs=runs,
        vega=vega_bundle(),
    )


def _headline(summary: Summary) -> Row | None:
    """The policy that moved recall most, over all libraries."""
    moved = [row for row in summary.overall if row.differences]
    return max(moved, key=lambda row: abs(row.differences["recall"]), default=None)


def _legend(names: list[str]) -> list[tuple[str, str]]:
    return list(zip(names, PALETTE * (1 + len(names) // len(PALETTE)), strict=False))


def _failures(summary: Summary) -> list[dict[str, Any]]:
    failed = summary.cells["status"].notna() & (summary.cells["status"] != "ok")
    rows = summary.cells.loc[failed, _FAILED].to_numpy(dtype=object)
    return [dict(zip(_FAILED, row, strict=True)) for row in rows]


def _weights(summary: Summary) -> dict[str, dict[str, dict[str, float]]]:
    """Per data set and policy, the class weights of the first fold that has a model."""
    good = summary.cells[summary.cells["status"] == "ok"]
    first = good.drop_duplicates(["dataset", "policy"])
    found: dict[str, dict[str, dict[str, float]]] = {}
    for name, policy, weights in zip(first["dataset"], first["policy"], first["weights"], strict=True):
        found.setdefault(name, {})[policy] = json.loads(weights)
    return found


def _signed(value: float, digits: int = 3) -> str:
    return f"{value:+.{digits}f}".replace("-", "−")
