"""Publish a run: tables and configuration to benchmarks/results/, findings to the page that has room.

python -m benchmarks.publish runs/tiny [--beside DIRECTORY …]

The suite "tiny" has room in docs/findings.md, "default" in the README, between `<!-- NAME:begin -->` and
`<!-- NAME:end -->`. The suite "default" gets verdicts, and with them docs/claims.md, forest plots and its
page; runs beside it add other kinds of split. A run that is published already is judged again: name its
directory in benchmarks/results/.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from benchmarks import evidence
from benchmarks.experiment.tables import replaced
from boostweights.benchmark.claims.forest import write_forests
from boostweights.benchmark.claims.page import as_markdown
from boostweights.benchmark.claims.runs import judge_runs
from boostweights.benchmark.claims.verdict import ANSWERS, Verdict, by_library
from boostweights.benchmark.regimewords import WORDS
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Row, Summary, summarize
from boostweights.benchmark.report.tables import read_tables
from boostweights.benchmark.run.export import TABLES

ROOT = Path(__file__).parents[1]
ROOMS = {"default": Path("README.md"), "tiny": Path("docs", "findings.md")}
"""The pages that tell of a run."""
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
    "f1-rises",
    "average-precision-unchanged",
    "probabilities-degrade-log-loss",
)
"""The claims that the README tells."""

FORESTS = "forests"
"""Where, beside the tables of a run, the pictures of its verdicts are."""


OF_REGIMES = ("calibration.parquet", "forecast.json")
"""What a run in regimes has besides."""

REGRET = """\
## What a constant rule loses

By need and regime, each rule beside the best one with hindsight, and what [advice](advice.md) loses where
it has not seen the family of data sets.

<!-- evidence:begin -->
<!-- evidence:end -->
"""
"""The end of the page of claims, which `benchmarks.evidence` fills."""


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
    if run != results.resolve():
        for table in TABLES:
            shutil.copy(run / f"{table}.parquet", results / f"{table}.parquet")
        for name in OF_REGIMES:
            if (run / name).exists():
                shutil.copy(run / name, results / name)
    (results / "run.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    if run.name not in ROOMS:
        return
    if run.name == "default":
        verdicts = judge_runs([results, *beside])
        publish_claims(verdicts, results)
        (results / "report.html").write_text(as_page(make_report(results, beside)))
        section = as_findings(verdicts, summary, facts)
    else:
        section = as_section(summary, facts)
    replaced(ROOMS[run.name], run.name, section)


def publish_claims(verdicts: Sequence[Verdict], results: Path) -> None:
    """The page of claims, its forest plots, the findings, and what advice makes of the run."""
    write_forests(verdicts, results / FORESTS)
    page = as_markdown(verdicts, f"../{results.as_posix()}/{FORESTS}")
    Path("docs", "claims.md").write_text(f"{page}\n{REGRET}")
    evidence.main([results])
    replaced(Path("docs", "findings.md"), "claims", as_sentences(verdicts))


def as_sentences(verdicts: Sequence[Verdict]) -> str:
    """What was decided, regime by regime, for docs/findings.md."""
    parts = []
    for regime in dict.fromkeys(verdict.regime for verdict in verdicts):
        chosen = [verdict for verdict in verdicts if verdict.regime == regime]
        decided = [verdict for verdict in chosen if verdict.decided]
        parts.append(
            f"In the regime *{regime}* ({WORDS[regime]}) {len(decided)} of {len(chosen)} claims are "
            "decided; the others are\nunclear. Mean differences over libraries and families, with the "
            "interval that decides:\n"
        )
        parts += [
            f"- {one.claim.sentence} **{one.answer.capitalize()}**: {one.effect.value:+.3f} "
            f"({one.effect.low:+.3f} to {one.effect.high:+.3f}), {one.datasets} data sets."
            for one in decided
            if one.effect is not None
        ]
    return "\n".join(parts) + "\n"


def as_findings(verdicts: Sequence[Verdict], summary: Summary, facts: dict) -> str:
    """The verdicts that the README tells, with effects and intervals, and what was run."""
    regime = verdicts[0].regime  # the most careful one
    by_id = {verdict.claim.id: verdict for verdict in verdicts if verdict.regime == regime}
    answers = [verdict.answer for verdict in by_id.values()]
    counts = ", ".join(f"{answers.count(answer)} {answer}" for answer in ANSWERS)
    versions = ", ".join(f"{name} {version}" for name, version in facts["versions"].items() if version)
    data, suite = summary.cells["dataset"].nunique(), facts["suite"]
    names = ("claim", "answer", "mean difference", "interval", "by library", "data sets")
    head = f"| {' | '.join(names)} |\n|---|---|---:|---|---|---:|\n"
    return (
        f"{data} real data sets, {suite['folds']} folds, {', '.join(suite['libraries'])}, "
        f"{summary.cells['arm'].nunique()} ways to treat\nimbalance: {summary.done} cells"
        f"{f' and {summary.failed} that failed' if summary.failed else ''}, in the regime *{regime}* "
        f"({WORDS[regime]}).\nOf {len(by_id)} claims {counts}. An answer must be the same in every\n"
        "library, and whichever family of data sets is left out, with an interval wholly within or beyond\n"
        "a region fixed before the run. Differences are means over libraries and families:\n\n"
        f"{head}{''.join(_finding(by_id[name]) for name in HEADLINES)}\n"
        "All claims with what decided them: [docs/claims.md](docs/claims.md). Made by `make default`, about "
        "an hour\n([tables, configuration and page](benchmarks/results/default)), with "
        f"{versions}.\n"
    )


def _finding(verdict: Verdict) -> str:
    effect = verdict.effect
    value = "–" if effect is None else f"{effect.value:+.3f}"
    interval = "–" if effect is None else f"{effect.low:+.3f} to {effect.high:+.3f}"
    against = ", against common advice" if verdict.contradicts_advice else ""
    cells = (f"{verdict.answer}{against}", value, interval, by_library(verdict.effects))
    return f"| {verdict.claim.sentence} | {' | '.join(cells)} | {verdict.datasets} |\n"


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
        "Regime *fixed*; five sets are too few for an interval over families, so nothing is decided here. "
        "Made by\n`make results` "
        f"([tables and configuration](../benchmarks/results/{facts['suite']['name']})) with {versions}.\n"
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
