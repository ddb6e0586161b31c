"""The tables of the experiment on recommendations: benchmarks/results/answer/README.md."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pandas as pd
from scipy import stats

from benchmarks.experiment.run import RESULTS, ROOT
from benchmarks.experiment.tables import made_with, markdown, replaced
from boostweights.benchmark.metrics import METRICS
from boostweights.recommendation.needs import NEEDS

STORED: Final = {"f1": "decisions"}
"""Needs of stored results under another name than `NEEDS` has."""
WANTED: Final = (0.85, 0.97)
WIDEST: Final = 1.5
ABOUT: Final = """\
Each data set is written as a plain CSV file and read as a user's. In each split half of the rows, or of the
groups, are compared as `boostweights compare` does; the rest is never shown. What is recommended for a need
is trained on all rows shown and measured on the rest.

- *covered*: how often the 90 % interval of the recommendation holds the figure that came; the mean over data
  sets, and its standard error. Wanted: {low} to {high}.
- *width*: the interval's width by that of the same model and threshold, had they been fixed in advance and
  trainings been no sample; the median. Wanted: at most {widest}.
- *simple*: how often the recommendation is the simple rule of the need, which is what it is compared with.
- *regret*: what the recommendation loses to the simple rule on the rest (negative: it wins), with a 95 %
  interval over data sets, and the metric's region of practical equivalence, below which its end must lie.
- *refused*: how often there were too few rows of a class to recommend anything.

Intervals are widened by √2 for trainings being samples. The first choice was 1.5, five folds' own factor; it
covered costs in .98 of the first 112 splits of these very data sets, so the coverage of costs is not wholly
new evidence. Nothing else was changed after looking.
"""


def write(frame: pd.DataFrame, out: Path) -> None:
    facts = json.loads((out / "run.json").read_text())
    cases = judged(frame)
    settings = facts["settings"]
    text = (
        f"# Recommendations on rows that they never saw\n\nMade by `{facts['command']}`: "
        f"{len(facts['data'])} of {facts['planned']} data sets, {facts['repeats']} splits each, "
        f"{', '.join(facts['libraries'])} of {facts['trees']} trees,\npolicies "
        f"{', '.join(settings['policies'])}, {settings['folds']} folds, a miss costs "
        f"{settings['fn']:g} false alarms; at most {facts['rows']} rows a data set, half\nof them shown; "
        f"{made_with(facts)}.\nIt is a small regime: one library, few trees, few rows.\n\n"
        f"{ABOUT.format(low=WANTED[0], high=WANTED[1], widest=WIDEST)}\n"
        f"{by_need(cases)}\n{said(cases)}\n## Covered, by data set\n\n{by_set(cases)}"
    )
    (out / "README.md").write_text(text)
    if out == RESULTS / facts["name"]:
        replaced(ROOT / "docs" / "recommendation.md", "answer", in_prose(cases, facts))
    print(text)


def judged(frame: pd.DataFrame) -> pd.DataFrame:
    """A row for each data set, split and need: whether it was covered, how wide, what it lost."""
    place = ["dataset", "repeat", "need"]
    found = frame.replace({"need": STORED}).pivot_table(index=place, columns="metric", values="value")
    found = found.reset_index()
    known = found["refused"] == 0
    sign = found["need"].map(lambda need: 1.0 if NEEDS[need].lower else -1.0)
    came = found["came"]
    return found.assign(
        covered=((found["low"] <= came) & (came <= found["high"])).astype(float).where(known),
        width=(found["high"] - found["low"]) / found["fixed width"],
        regret=sign * (came - found["simple came"]),
    )


def of_need(cases: pd.DataFrame, need: str) -> dict[str, float]:
    """The figures of a need over data sets, each of which counts once."""
    part = cases[cases["need"] == need]
    by = part.groupby("dataset")[["covered", "regret"]].mean().dropna()
    spread = by.std(ddof=1) / math.sqrt(len(by))
    half = float(stats.t.ppf(0.975, len(by) - 1) * spread["regret"])
    return {
        "sets": len(by),
        "covered": by["covered"].mean(),
        "error": spread["covered"],
        "width": part["width"].median(),
        "simple": part["is simple"].mean(),
        "regret": by["regret"].mean(),
        "low": by["regret"].mean() - half,
        "high": by["regret"].mean() + half,
        "rope": METRICS[NEEDS[need].metric].rope,
        "refused": part["refused"].mean(),
    }


def by_need(cases: pd.DataFrame) -> str:
    head = ["need", "data sets", "covered", "width", "simple", "regret", "region", "refused"]
    lines = []
    for need in cases["need"].unique():
        row = of_need(cases, need)
        lines.append(
            [
                need,
                f"{row['sets']:.0f}",
                f"{row['covered']:.3f} ± {row['error']:.3f}",
                f"{row['width']:.2f}",
                f"{row['simple']:.0%}",
                f"{row['regret']:+.4f} [{row['low']:+.4f}, {row['high']:+.4f}]",
                f"{row['rope']:g}",
                f"{row['refused']:.0%}",
            ]
        )
    return markdown(head, lines)


def said(cases: pd.DataFrame) -> str:
    """What holds of what was wanted, and what does not."""
    misses = []
    for need in cases["need"].unique():
        row = of_need(cases, need)
        broken = {
            "coverage": not WANTED[0] <= row["covered"] <= WANTED[1],
            "width": row["width"] > WIDEST,
            "regret": row["high"] >= row["rope"],
        }
        misses += [f"{name} of {need}" for name, is_broken in broken.items() if is_broken]
    if not misses:
        return "All that was wanted holds, for every need.\n"
    return f"Not as wanted: {', '.join(misses)}. All else holds.\n"


def by_set(cases: pd.DataFrame) -> str:
    table = cases.pivot_table(index="dataset", columns="need", values="covered", sort=False)
    positives = cases.groupby("dataset")["positives"].mean()
    lines = [
        [name, f"{positives[name]:.0f}", *("–" if math.isnan(each) else f"{each:.1f}" for each in row)]
        for name, row in zip(table.index, table.to_numpy(), strict=True)
    ]
    return markdown(["data", "positives shown", *table.columns], lines)


def in_prose(cases: pd.DataFrame, facts: Mapping[str, Any]) -> str:
    """The table of the documentation."""
    return (
        f"{by_need(cases)}\n{len(facts['data'])} data sets, {facts['repeats']} splits each (`make answer`,\n"
        "[what the columns say, and each data set](../benchmarks/results/answer/README.md)).\n"
    )
