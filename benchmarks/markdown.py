"""A run as Markdown: verdicts, means, ranks, probabilities, failures, provenance.

python -m benchmarks.markdown runs/tiny

Claims use the figures of all runs that are named; the rest is about the first one.
"""

import argparse
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks.claims.claim import load_claims
from benchmarks.claims.judge import judge
from benchmarks.claims.page import answered, as_table, as_text
from benchmarks.claims.results import read_results
from benchmarks.claims.verdict import Verdict
from benchmarks.stats.ranks import CriticalDifference, critical_difference
from boostweights.benchmark.report.content import Report, make_report
from boostweights.benchmark.report.figures import BASELINE, VIEWS, Figures
from boostweights.benchmark.report.summary import Row, loss_rows
from boostweights.benchmark.report.tables import named
from boostweights.benchmark.stats import FEWEST_FAMILIES

_RANKED: Final = (("0.5/raw", "f1"), ("none/raw", "average_precision"), ("none/raw", "log_loss"))
_MOST_FAILURES: Final = 50


def as_markdown(runs: Sequence[Path]) -> str:
    """Return a run as Markdown; names from data and suites are escaped, so that they stay text."""
    report = make_report(runs[0])
    suite = report.tables.suite
    parts = [f"# {as_text(suite['title'])}", *_gaps(report), "## Verdicts", _verdicts(runs)]
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


def _verdicts(runs: Sequence[Path]) -> str:
    results = read_results(runs)
    families = results.datasets["family"].nunique()
    if families < FEWEST_FAMILIES:
        counted = f"{families} {'family' if families == 1 else 'families'} of data sets"
        return f"Unclear. {counted}: no claim is decided by fewer than {FEWEST_FAMILIES}."
    verdicts = judge(load_claims(), results.metrics, results.datasets, results.rope)
    ordered = sorted(verdicts, key=lambda verdict: (not verdict.decided, not verdict.contradicts_advice))
    headings = ("claim", "regime", "verdict", "effect (interval)", "families", "why")
    return as_table(headings, map(_judged, ordered))


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """Mean ranks of arms.

    Attributes
    ----------
    arms : tuple of str
        The arms that were ranked: those that every library has.
    families : int
        Families of data sets with all of them.
    found : CriticalDifference or None
        None of fewer than two families or three arms.
    """

    arms: tuple[str, ...]
    families: int
    found: CriticalDifference | None

    @property
    def decides(self) -> bool:
        """Whether there are families enough to tell arms apart."""
        return self.found is not None and self.families >= FEWEST_FAMILIES


def ranking(figures: Figures, view: str, metric: str, regime: str) -> Ranking:
    """Rank the arms that every library has in a regime, over the families that have all of them.

    Libraries whose learners are their own, with no unweighted one beside them, are left out.

    A data set and library counts if every planned fold of each of these arms has the figure. Libraries are
    averaged first, then the data sets of a family.
    """
    cells = figures.table(view, metric)
    cells = cells[cells.index.get_level_values("regime") == regime]
    wide = cells["mean"].where(cells["whole"]).unstack("arm")
    if BASELINE in wide:
        wide = wide[wide[BASELINE].groupby(level="library").transform("count") > 0]
    measured = wide.notna().groupby(level="library").any().all()
    arms = [arm for arm in dict.fromkeys(cells.index.get_level_values("arm")) if measured[arm]]
    means = wide[arms].dropna().groupby(level="dataset", sort=True).mean()
    families = figures.families.reindex(means.index)
    means = means.groupby(families.to_numpy(), sort=True).mean()
    if len(arms) < 3 or len(means) < 2:
        return Ranking(arms=tuple(arms), families=len(means), found=None)
    found = critical_difference(means, lower_is_better=figures.metrics[metric].lower)
    return Ranking(arms=tuple(arms), families=len(means), found=found)


def main() -> None:
    """Print a run as Markdown."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("runs", nargs="+", type=Path, help="directories with the Parquet files of runs")
    print(as_markdown(parser.parse_args().runs), end="")


if __name__ == "__main__":
    main()
