"""Publish a run: tables and configuration to benchmarks/results/, findings to the README if it has room.

python benchmarks/publish.py runs/tiny [--beside DIRECTORY …]

The README has room for a run where it has the comments `<!-- NAME:begin -->` and `<!-- NAME:end -->`. The
suite "default" gets verdicts, and with them docs/claims.md and its page;
runs beside it add other kinds of split.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from boostweights.benchmark.claims.page import as_markdown
from boostweights.benchmark.claims.runs import judge_runs
from boostweights.benchmark.claims.verdict import Verdict
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Row, Summary, summarize
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.run.export import TABLES

ROOT = Path(__file__).parents[1]
README = Path("README.md")
FIGURES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "accuracy": "accuracy",
    "average_precision": "AP",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
}


HEADLINES = (
    "recall-rises",
    "precision-falls",
    "accuracy-dips-slightly",
    "average-precision-unchanged",
    "tuned-threshold-as-good",
    "equivalent-threshold",
    "probabilities-degrade-log-loss",
    "correction-restores-log-loss",
    "native-scale-pos-weight",
    "all-data-flatters",
    "weights-stack-on-resampling",
    "over-sampling-equals-weights",
    "smote-beats-weights",
)
"""The claims that the README tells."""


OF_REGIMES = ("calibration.parquet", "forecast.json")
"""What a run in regimes has besides."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path)
    parser.add_argument("--beside", type=Path, nargs="*", default=[], help="published runs of other splits")
    given = parser.parse_args()
    run, beside = given.run.resolve(), [each.resolve().relative_to(ROOT) for each in given.beside]
    os.chdir(ROOT)  # what is published names its files as from here
    results = Path("benchmarks", "results", run.name)
    results.mkdir(parents=True, exist_ok=True)
    tables = read_tables(run)
    summary, facts = summarize(tables), dict(tables.run)
    if missing := summary.planned - summary.done - summary.failed:
        raise SystemExit(f"{missing} of {summary.planned} cells were not trained yet")
    for table in TABLES:
        shutil.copy(run / f"{table}.parquet", results / f"{table}.parquet")
    for name in OF_REGIMES:
        if (run / name).exists():
            shutil.copy(run / name, results / name)
    (results / "run.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    begin, end = f"<!-- {run.name}:begin -->\n", f"<!-- {run.name}:end -->"
    if begin not in README.read_text():
        return
    if run.name == "default":
        verdicts = judge_runs([results, *beside])
        Path("docs", "claims.md").write_text(as_markdown(verdicts))
        (results / "report.html").write_text(as_page(make_report(results, beside)))
        section = as_findings(verdicts, summary, facts)
    else:
        section = as_section(summary, facts)
    before, rest = README.read_text().split(begin)
    README.write_text(f"{before}{begin}{section}{end}{rest.split(end)[1]}")


def as_findings(verdicts: Sequence[Verdict], summary: Summary, facts: dict) -> str:
    """The verdicts that the README tells, with effects and intervals, and what was run."""
    by_id = {verdict.claim.id: verdict for verdict in verdicts}
    answers = [verdict.answer for verdict in verdicts]
    counts = ", ".join(
        f"{answers.count(answer)} {answer}" for answer in ("supported", "refuted", "undecided")
    )
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version)
    data, suite = summary.cells["dataset"].nunique(), facts["suite"]
    head = "| claim | verdict | effect | interval |\n|---|---|---:|---|\n"
    return (
        f"{data} real data sets, {suite['folds']} folds, {', '.join(suite['libraries'])}, "
        f"{summary.cells['arm'].nunique()} ways to treat\nimbalance: {summary.done} cells"
        f"{f' and {summary.failed} that failed' if summary.failed else ''}, decisions at .5 unless said. "
        f"Of {len(verdicts)} claims\n{counts}; some of them "
        "(effects are mean differences over families of\ndata sets, with .95 intervals):\n\n"
        f"{head}{''.join(_finding(by_id[name]) for name in HEADLINES)}\n"
        "All claims with what decided them: [docs/claims.md](docs/claims.md). Made by `make default`, about "
        "an hour\n([tables, configuration and page](benchmarks/results/default)), with "
        f"{versions}.\n"
    )


def _finding(verdict: Verdict) -> str:
    value = interval = "–"
    if (effect := verdict.effect) is not None:
        value, interval = f"{effect.value:+.3f}", f"{effect.low:+.3f} to {effect.high:+.3f}"
    against = ", against common advice" if verdict.contradicts_advice else ""
    return f"| {verdict.claim.sentence} | {verdict.answer}{against} | {value} | {interval} |\n"


def as_section(summary: Summary, facts: dict) -> str:
    """The table of means and differences over all libraries, and what was run."""
    head = f"| | {' | '.join(FIGURES.values())} |\n|---|{'---:|' * len(FIGURES)}\n"
    data = summary.cells["dataset"].nunique()
    libraries = ", ".join(facts["suite"]["libraries"])
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version)
    return (
        f"{data} real data sets, {facts['suite']['folds']} folds, {libraries}: {summary.done} models. "
        "Means over data sets\nand libraries, with the difference from unweighted; decisions at .5.\n\n"
        f"{head}{''.join(map(_line, summary.overall))}\n"
        "Weights buy recall with precision and log loss; the ranking (AP, ROC-AUC) hardly moves. "
        "Five sets are too\nfew for a verdict, and libraries differ: CatBoost's recall moves most. "
        "Made by `make results`\n"
        f"([tables and configuration](benchmarks/results/{facts['suite']['name']})) with {versions}.\n"
        "`make bench` repeats it on your machine and writes a page with every data set.\n"
    )


def _line(row: Row) -> str:
    cells = []
    for name in FIGURES:
        difference = f" ({row.differences[name]:+.3f})" if row.differences else ""
        cells.append(f"{row.means[name]:.3f}{difference}")
    return f"| {row.policy} | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    main()
