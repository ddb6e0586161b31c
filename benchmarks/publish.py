"""Publish a run: its tables and configuration to benchmarks/results/, its findings to the README.

python benchmarks/publish.py runs/tiny
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

from boostweights.benchmark.export import TABLES
from boostweights.benchmark.report import Row, Summary, read_tables, summarize

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
FIGURES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "accuracy": "accuracy",
    "average_precision": "AP",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
}


def main(run: Path) -> None:
    results = ROOT / "benchmarks" / "results" / run.name
    results.mkdir(parents=True, exist_ok=True)
    tables = read_tables(run)
    summary, facts = summarize(tables), dict(tables.run)
    if summary.done != summary.planned:
        raise SystemExit(f"{summary.planned - summary.done} of {summary.planned} cells have no figures")
    for table in TABLES:
        shutil.copy(run / f"{table}.parquet", results / f"{table}.parquet")
    (results / "run.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    section = as_section(summary, facts)
    before, rest = README.read_text().split(f"<!-- {run.name}:begin -->\n")
    after = rest.split(f"<!-- {run.name}:end -->")[1]
    README.write_text(f"{before}<!-- {run.name}:begin -->\n{section}<!-- {run.name}:end -->{after}")


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
    main(Path(sys.argv[1]))
