"""The report as Markdown: verdicts, the leaderboard, ranks, probabilities, failures, provenance."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from boostweights.benchmark.claims.page import answered, as_table, as_text
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.benchmark.report.content import Report
from boostweights.benchmark.report.figures import BASELINE, VIEWS
from boostweights.benchmark.report.summary import Row, loss_rows, ranking
from boostweights.benchmark.report.tables import named

_RANKED: Final = (("0.5/raw", "f1"), ("none/raw", "average_precision"), ("none/raw", "log_loss"))
_MOST_FAILURES: Final = 50


def as_markdown(report: Report) -> str:
    """Return the report as Markdown; names from data and suites are escaped, so that they stay text."""
    suite = report.tables.suite
    parts = [f"# {as_text(suite['title'])}", *_gaps(report), *_verdicts(report)]
    for regime in report.tables.regimes:
        parts += [*_board(report, regime), *_ranks(report, regime), *_probabilities(report, regime)]
    parts += [*_promised(report), *_failures(report), *_provenance(report)]
    return "\n\n".join(parts) + "\n"


def _gaps(report: Report) -> Iterator[str]:
    summary = report.summary
    if summary.done < summary.planned:
        yield (
            f"{summary.planned - summary.done} of {summary.planned} cells have no figures, {summary.failed} "
            "of them because they failed. Means leave them out."
        )


def _verdicts(report: Report) -> Iterator[str]:
    yield "## Verdicts"
    judged = report.judged
    if not judged.verdicts:
        yield f"Unclear. {judged.reason}"
        return
    headings = ("claim", "regime", "verdict", "effect (interval)", "families", "why")
    yield as_table(headings, map(_judged, judged.ordered))


def _judged(verdict: Verdict) -> tuple[str, ...]:
    effect = "–"
    if (found := verdict.effect) is not None:
        effect = f"{found.value:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    claim, reason = as_text(verdict.claim.sentence), as_text(verdict.reason)
    return claim, verdict.regime, answered(verdict), effect, str(verdict.families), reason


def _board(report: Report, regime: str) -> Iterator[str]:
    yield named("## By library and arm", regime)
    yield (
        "Means over data sets of fold means, raw probabilities, decided for the most probable class; in "
        f"brackets the difference from {BASELINE}, fold by fold. fit s: processor seconds."
    )
    rows = [row for row in (*report.summary.overall, *report.summary.rows) if row.regime == regime]
    columns = report.summary.columns
    headings = (metric.heading for metric in columns.values())
    yield as_table(("library", "arm", *headings), (_line(row, columns) for row in rows))


def _line(row: Row, columns: Iterable[str]) -> tuple[str, ...]:
    cells = []
    for name in columns:
        shown = f"{row.means[name]:.3f}" if name in row.means else "–"
        cells.append(f"{shown} ({row.differences[name]:+.3f})" if name in row.differences else shown)
    return (as_text(row.library), as_text(row.policy), *cells)


def _promised(report: Report) -> Iterator[str]:
    found = report.summary.prices
    if found is None:
        return
    yield "## What the promise costs"
    yield f"Promised: {found.text}. In brackets the difference from {BASELINE}, fold by fold."
    rows = (_line(row, ("alarms", "recall")) for row in found.rows)
    yield as_table(("library", "arm", "alarms", "recall"), rows)


def _ranks(report: Report, regime: str) -> Iterator[str]:
    rows = []
    for view, metric in _RANKED:
        found = ranking(report.figures, view, metric, regime) if report.figures.has(view, metric) else None
        if found is None or found.found is None:
            continue
        ranks = ", ".join(f"{as_text(arm)} {rank:.2f}" for arm, rank in found.found.mean_ranks.items())
        width = f"{found.found.width:.2f}" if found.decides else "too few families"
        rows.append((report.figures.metrics[metric].text, str(found.families), width, ranks))
    if rows:
        yield named("## Mean ranks", regime)
        yield "Over families of data sets; 1 is the best. Less than the critical difference: alike."
        yield as_table(("figure", "families", "critical difference", "mean ranks"), rows)


def _probabilities(report: Report, regime: str) -> Iterator[str]:
    found = report.summary.losses[regime]
    if {view for view, _ in found} <= {"none/raw"}:
        return
    yield named("## Probabilities, before and after correction", regime)
    columns = (f"{report.figures.metrics[name].text}, {VIEWS[view]}" for view, name in found)
    yield as_table(("arm", *columns), ((as_text(arm), *texts) for arm, *texts in loss_rows(found)))


def _failures(report: Report) -> Iterator[str]:
    failed = report.tables.failed
    if failed.empty:
        return
    yield "## Failures"
    names = ["dataset", "repeat", "fold", "regime", "library", "arm", "status", "error"]
    rows = failed[names].head(_MOST_FAILURES).astype(object)
    texts = [[as_text(str(value)) for value in row] for row in rows.where(rows.notna(), "").to_numpy()]
    yield as_table(names, texts)
    if (more := len(failed) - _MOST_FAILURES) > 0:
        yield f"And {more} more: see cells.parquet."


def _provenance(report: Report) -> Iterator[str]:
    run, suite = report.tables.run, report.tables.suite
    versions = ", ".join(f"{name} {version or 'not installed'}" for name, version in run["versions"].items())
    yield "## Provenance"
    yield (
        f"- Command: {as_text(run['command'])}\n"
        f"- Suite {as_text(suite['name'])}: {suite['folds']} folds, {suite.get('repeats', 1)} repeats, "
        f"{suite['trees']} trees, seed {suite['seed']}; {report.summary.planned} cells\n"
        f"- Versions: {as_text(versions)}\n"
        f"- Machine: {run['cores']} cores, Python {as_text(run['python'])}, {as_text(run['platform'])}"
    )
    names = ("dataset", "family", "digest")
    columns = [report.tables.datasets[name].astype(str) for name in names]
    yield as_table(names, ([as_text(value) for value in row] for row in zip(*columns, strict=True)))
