"""Publish a run: tables and configuration to benchmarks/results/, and what is told of them.

python -m benchmarks.publish runs/tiny

The runs of `JUDGED` decide claims together, as far as they are published: each has arms, tasks or splits that
the others lack. From them come docs/claims.md, forest plots, a page, what is advised, and the README's
findings. A run that is published already is judged again: name its directory in benchmarks/results/.
"""

import argparse
import io
import json
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from benchmarks import evidence
from benchmarks.claims.forest import write_forests
from benchmarks.claims.page import as_table, overview, sections
from benchmarks.claims.results import judge_runs, read_results
from benchmarks.claims.verdict import Verdict, in_regimes
from benchmarks.experiment.tables import replaced
from boostweights.benchmark.data.dataset import as_parquet
from boostweights.benchmark.digests import read_file, write_files
from boostweights.benchmark.regimes import WORDS
from boostweights.benchmark.report.content import make_report
from boostweights.benchmark.report.figures import figures_of
from boostweights.benchmark.report.page import as_page
from boostweights.benchmark.report.summary import Row, Summary, summarize
from boostweights.benchmark.report.tables import by_regime, read_table, read_tables
from boostweights.benchmark.run.export import TABLES
from boostweights.benchmark.stats import mean_interval

ROOT = Path(__file__).parents[1]
README, FINDINGS = Path("README.md"), Path("docs", "findings.md")
CLAIMS, DETAILS = Path("docs", "claims.md"), Path("docs", "claims-in-detail.md")
FIGURES = {
    "recall": "recall",
    "precision": "precision",
    "f1": "F1",
    "accuracy": "accuracy",
    "average_precision": "AP",
    "roc_auc": "ROC-AUC",
    "log_loss": "log loss",
}


JUDGED = ("default", "fixed", "noise", "multiclass", "ordered")
"""The runs that decide claims; the first that is there gives the page and the README's findings."""

PAIRED = ["dataset", "library"]
CALIBRATED = {
    ("unweighted", "raw"): "unweighted",
    ("unweighted", "fitted"): "unweighted, fitted correction",
    ("balanced", "raw"): "balanced",
    ("balanced", "corrected"): "balanced, corrected",
    ("balanced", "fitted"): "balanced, fitted correction",
    ("balanced", "beta"): "balanced, beta calibration",
}
"""Arms and probabilities whose calibration is told, in words."""

CAPPED = {"recall": "0.5", "precision": "0.5", "f1": "0.5", "average_precision": "none", "log_loss": "none"}
"""Figures, and how they decide, that are looked at with more rows."""

SITE = "https://github.com/boostweights/boostweights/blob/main/docs"
"""Where the README's links lead, wherever it is read."""

HEADLINES = (
    "recall-rises",
    "precision-falls",
    "f1-rises",
    "average-precision-unchanged",
    "probabilities-degrade-log-loss",
)
"""The claims that the README tells."""

FORESTS = Path("benchmarks", "results", "claims")
"""Where the pictures of verdicts are."""


def main() -> None:
    """Publish the run that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("run", type=Path)
    run = parser.parse_args().run.resolve()
    os.chdir(ROOT)  # what is published names its files as from here
    published = Path("benchmarks", "results", run.name)
    summary, facts = copied(run, published)
    if run.name in JUDGED:
        publish_claims(judged_runs())
    elif run.name == "cap":
        publish_cap(published)
    elif f"<!-- {run.name}:begin -->\n" in FINDINGS.read_text():
        replaced(FINDINGS, run.name, as_section(summary, facts))


def copied(run: Path, published: Path) -> tuple[Summary, dict[str, Any]]:
    """Copy a run's tables, if it is not there already: of regimes those that are whole; others stay."""
    published.mkdir(parents=True, exist_ok=True)
    if run != published.resolve():
        cells = read_table(run, "cells")
        whole = [name for name, part in by_regime(cells).items() if part["status"].notna().all()]
        if not whole:
            raise SystemExit(f"{cells['status'].isna().sum()} of {len(cells)} cells were not trained yet")
        names = [f"{table}.parquet" for table in (*TABLES, "calibration")]
        files = ((name, of_regimes(run, published, name, whole)) for name in names)
        write_files(published, [file for file in files if file[1] is not None])
        for file in run.glob("forecast.json"):
            shutil.copy(file, published)
    name_from_here(published)
    tables = read_tables(published)
    facts = dict(tables.run)
    (published / "run.json").write_text(json.dumps(facts, indent=2, sort_keys=True) + "\n")
    return summarize(tables, figures_of(tables)), facts


def name_from_here(published: Path) -> None:
    """Write where each run's files are in the project, not where it is on a machine."""
    name = "runs.parquet"
    content = read_file(published, name)
    assert content is not None  # it was copied, or published before
    table = pq.read_table(io.BytesIO(content))
    facts = pc.replace_substring(table["facts"], f"{ROOT}/", "")
    if not facts.equals(table["facts"]):
        changed = table.set_column(table.schema.get_field_index("facts"), "facts", facts)
        write_files(published, [(name, as_parquet(changed))])


def of_regimes(run: Path, published: Path, name: str, whole: Sequence[str]) -> bytes | None:
    """A table's rows of these regimes, after published ones of others; without regimes, all rows."""
    content = read_file(run, name)
    if content is None or "regime" not in (table := pq.read_table(io.BytesIO(content))).column_names:
        return content
    parts = [table.filter(pc.is_in(table["regime"], pa.array(whole)))]
    if (before := read_file(published, name)) is not None:
        known = pq.read_table(io.BytesIO(before))
        parts.insert(0, known.filter(pc.invert(pc.is_in(known["regime"], pa.array(whole)))))
    return as_parquet(pa.concat_tables(parts))


def judged_runs() -> list[Path]:
    """The published runs that decide claims."""
    folders = [Path("benchmarks", "results", name) for name in JUDGED]
    return [folder for folder in folders if folder.is_dir()]


def publish_claims(runs: Sequence[Path]) -> None:
    """The page of claims, forest plots, the first run's page, the findings, and what advice makes of all."""
    verdicts = judge_runs(runs)
    shutil.rmtree(FORESTS, ignore_errors=True)
    write_forests(verdicts, FORESTS)
    CLAIMS.write_text(overview(verdicts, DETAILS.name))
    DETAILS.write_text(f"# Claims in detail\n\n{sections(verdicts, f'../{FORESTS.as_posix()}')}")
    evidence.main(runs)
    (runs[0] / "report.html").write_text(as_page(make_report(runs[0])))
    replaced(FINDINGS, "claims", as_sentences(verdicts))
    pooled, metrics = (read_table(runs[0], name) for name in ("calibration", "metrics"))
    replaced(FINDINGS, "calibration", as_calibration(pooled, metrics))
    replaced(README, "default", as_findings(verdicts))


def as_calibration(calibration: pd.DataFrame, metrics: pd.DataFrame) -> str:
    """How honest each kind of probabilities is, by regime: an intercept of 0 and a slope of 1 are."""
    skill = metrics[metrics["metric"] == "log_loss_skill"].groupby(["regime", "arm", "proba", *PAIRED])
    worse = skill["value"].mean() < 0
    by_set = calibration[calibration["library"] != "imblearn"].groupby(["regime", "arm", "proba", "dataset"])
    means = by_set[["intercept", "slope"]].mean()
    rows = []
    for regime in [name for name in WORDS if name in means.index]:
        for (arm, proba), words in CALIBRATED.items():
            side = (regime, arm, proba)
            if side in {place[:3] for place in means.index}:
                figures = means.xs(side, level=(0, 1, 2))
                found = [mean_interval(figures[name].dropna().to_numpy()) for name in figures.columns]
                below = worse.xs(side, level=(0, 1, 2))
                rows.append(
                    [
                        regime,
                        words,
                        *(f"{one.value:+.2f} [{one.low:+.2f}, {one.high:+.2f}]" for one in found),
                        f"{below.sum()} of {len(below)}",
                    ]
                )
    sets = calibration["dataset"].nunique()
    header = ("regime", "probabilities", "intercept", "slope", "worse than the class shares")
    return (
        f"Calibration of all test rows, on {sets} data sets, each a family, libraries averaged, with .95 t "
        "intervals: honest\nprobabilities have an intercept of 0 (below 0: too high) and a slope of 1 "
        "(below 1: too extreme).\nWorse than the class shares: by log loss, of all data sets and libraries "
        f"(`make default`).\n\n{as_table(header, rows)}\n"
    )


def publish_cap(larger: Path) -> None:
    """What more rows change: the effects on the same sets, beside those of the suite default."""
    runs = [read_results([larger.parent / "default"]).metrics, read_results([larger]).metrics]
    sets = sorted(runs[1]["dataset"].unique())
    rows = []
    for metric, rule in CAPPED.items():
        moved = [balanced_less_unweighted(run, metric, rule).reindex(sets) for run in runs]
        most = (moved[1] - moved[0]).abs()
        rows.append(
            [
                FIGURES[metric],
                *(f"{each.mean():+.3f}" for each in moved),
                f"{most.max():.3f} ({most.idxmax()})",
            ]
        )
    header = ("balanced − unweighted", "5,000 rows", "20,000 rows", "largest change")
    replaced(
        FINDINGS,
        "cap",
        f"The suite default uses at most 5,000 rows of a set. On {len(sets)} sets with four times as many "
        "(`boostweights bench --suite cap`),\nregime *stopped*, XGBoost and LightGBM, means over sets, too "
        f"few for an interval:\n\n{as_table(header, rows)}\n",
    )


def balanced_less_unweighted(metrics: pd.DataFrame, metric: str, rule: str) -> pd.Series:
    """By data set, in the regime and the libraries of the suite cap."""
    chosen = metrics[
        (metrics["metric"] == metric)
        & (metrics["rule"] == rule)
        & (metrics["proba"] == "raw")
        & (metrics["regime"] == "stopped")
        & metrics["library"].isin(["xgboost", "lightgbm"])
    ]
    means = chosen.pivot_table(index="dataset", columns="arm", values="value")
    return means["balanced"] - means["unweighted"]


def as_sentences(verdicts: Sequence[Verdict]) -> str:
    """What was decided, regime by regime, for docs/findings.md."""
    parts: list[str] = []
    for regime, chosen in in_regimes(verdicts).items():
        decided = [verdict for verdict in chosen if verdict.decided]
        parts += [""] if parts else []
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


def as_findings(verdicts: Sequence[Verdict]) -> str:
    """The few verdicts that the README tells, of the most careful regime."""
    regime, chosen = next(iter(in_regimes(verdicts).items()))
    by_id = {verdict.claim.id: verdict for verdict in chosen}
    decided = sum(verdict.decided for verdict in by_id.values())
    told = [by_id[name] for name in HEADLINES if name in by_id and by_id[name].effect is not None]
    return (
        f"In the regime *{regime}* ({WORDS[regime]}), mean differences over libraries and families:\n\n"
        f"{''.join(map(_finding, told))}\n"
        f"Of {len(by_id)} claims {decided} are decided there: [all]({SITE}/claims.md) (`make default`).\n"
    )


def _finding(verdict: Verdict) -> str:
    effect = verdict.effect
    assert effect is not None
    moved = f"{effect.value:+.3f} ({effect.low:+.3f} to {effect.high:+.3f})"
    answer = f"{verdict.answer.capitalize()}{', it hangs on single families' * verdict.hangs}"
    return f"- {verdict.claim.sentence} **{answer}**: {moved}, {verdict.datasets} data sets.\n"


def as_section(summary: Summary, facts: dict[str, Any]) -> str:
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
